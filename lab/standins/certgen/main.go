// Command certgen is a stand-in of the lab for quay.io/cilium/certgen, which `cilium clustermesh
// enable` runs as a Job and which no package registry carries. It honours the part of the original's
// interface that Cilium's chart uses (templates/clustermesh-apiserver/tls-cronjob): the CA flags and
// the list of certificates in CILIUM_CERTGEN_CONFIG. The Job may create Secrets, get and update the
// CA and update the listed certificates; nothing else is asked of the API server.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"time"
)

const configVariable = "CILIUM_CERTGEN_CONFIG"

// threeYears is the validity that certgen gives its CA.
const threeYears = 3 * 365 * 24 * time.Hour

type options struct {
	generateCA bool
	reuseCA    bool
	caSecret   secretName
	caName     string
	caValidity time.Duration
	timeout    time.Duration
	debug      bool
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("certgen (the lab's stand-in): ")
	chosen, err := parse(os.Args[1:], os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		log.Fatal(err)
	}
	certificates, err := parseConfig(os.Getenv(configVariable))
	if err != nil {
		log.Fatal(err)
	}
	client, err := inCluster()
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), chosen.timeout)
	defer cancel()
	if err := generate(ctx, client, chosen, certificates); err != nil {
		log.Fatal(err)
	}
}

func parse(arguments []string, usage io.Writer) (options, error) {
	var chosen options
	flags := flag.NewFlagSet("cilium-certgen", flag.ContinueOnError)
	flags.SetOutput(usage)
	flags.BoolVar(&chosen.generateCA, "ca-generate", false, "make a CA and store it in its Secret")
	flags.BoolVar(&chosen.reuseCA, "ca-reuse-secret", false, "use the CA in the Secret, if there is one")
	flags.StringVar(&chosen.caSecret.name, "ca-secret-name", "cilium-ca", "name of the CA's Secret")
	flags.StringVar(&chosen.caSecret.namespace, "ca-secret-namespace", "kube-system", "its namespace")
	flags.StringVar(&chosen.caName, "ca-common-name", "Cilium CA", "common name of a new CA")
	flags.DurationVar(&chosen.caValidity, "ca-validity-duration", threeYears, "validity of a new CA")
	flags.DurationVar(&chosen.timeout, "k8s-request-timeout", time.Minute, "time for all API requests")
	flags.BoolVar(&chosen.debug, "debug", false, "accepted for compatibility, without effect")
	if err := flags.Parse(arguments); err != nil {
		return options{}, err
	}
	if flags.NArg() > 0 {
		return options{}, fmt.Errorf("unexpected argument %q: every option is a flag", flags.Arg(0))
	}
	if !chosen.generateCA && !chosen.reuseCA {
		return options{}, errors.New("neither --ca-generate nor --ca-reuse-secret is set: " +
			"there is no CA to sign with")
	}
	return chosen, nil
}

// generate signs every certificate before it stores the first one, so that a bad entry changes
// nothing in the cluster; only a new CA is stored earlier.
func generate(ctx context.Context, client *apiClient, chosen options, wanted []certificateConfig) error {
	ca, err := provideCA(ctx, client, chosen)
	if err != nil {
		return err
	}
	secrets := make([]secret, 0, len(wanted))
	for _, config := range wanted {
		issued, err := ca.issue(config)
		if err != nil {
			return fmt.Errorf("certificate %s/%s: %w", config.Namespace, config.Name, err)
		}
		secrets = append(secrets, tlsSecret(config, ca, issued))
	}
	for _, one := range secrets {
		if err := client.store(ctx, one); err != nil {
			return err
		}
		log.Printf("stored Secret %s/%s", one.Metadata.Namespace, one.Metadata.Name)
	}
	return nil
}

func provideCA(ctx context.Context, client *apiClient, chosen options) (*authority, error) {
	if chosen.reuseCA {
		data, err := client.read(ctx, chosen.caSecret)
		if err == nil {
			log.Printf("using the CA in Secret %s", chosen.caSecret)
			return loadAuthority(data["ca.crt"], data["ca.key"])
		}
		if !errors.Is(err, errNotFound) || !chosen.generateCA {
			return nil, fmt.Errorf("reading the CA: %w", err)
		}
	}
	ca, err := newAuthority(chosen.caName, chosen.caValidity)
	if err != nil {
		return nil, err
	}
	if err := client.store(ctx, caSecret(chosen.caSecret, ca)); err != nil {
		return nil, fmt.Errorf("storing the CA: %w", err)
	}
	log.Printf("stored a new CA in Secret %s", chosen.caSecret)
	return ca, nil
}
