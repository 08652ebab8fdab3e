package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
)

const serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount/"

var errNotFound = errors.New("not found")

type secretName struct{ namespace, name string }

func (s secretName) String() string { return s.namespace + "/" + s.name }

// secret is as much of a Kubernetes Secret as certgen writes; Data travels as base64.
type secret struct {
	APIVersion string            `json:"apiVersion"`
	Kind       string            `json:"kind"`
	Metadata   metadata          `json:"metadata"`
	Type       string            `json:"type"`
	Data       map[string][]byte `json:"data"`
}

type metadata struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
}

func newSecret(name secretName, kind string, data map[string][]byte) secret {
	return secret{
		APIVersion: "v1",
		Kind:       "Secret",
		Metadata:   metadata{Name: name.name, Namespace: name.namespace},
		Type:       kind,
		Data:       data,
	}
}

func caSecret(name secretName, ca *authority) secret {
	return newSecret(name, "Opaque", map[string][]byte{"ca.crt": ca.chainPEM(), "ca.key": ca.keyPEM})
}

func tlsSecret(config certificateConfig, ca *authority, pair issued) secret {
	name := secretName{namespace: config.Namespace, name: config.Name}
	return newSecret(name, "kubernetes.io/tls", map[string][]byte{
		"ca.crt": ca.rootPEM(), "tls.crt": pair.certificate, "tls.key": pair.key,
	})
}

// apiClient talks to the API server with a service account's token.
type apiClient struct {
	server string
	token  string
	http   *http.Client
}

func inCluster() (*apiClient, error) {
	host, port := os.Getenv("KUBERNETES_SERVICE_HOST"), os.Getenv("KUBERNETES_SERVICE_PORT")
	if host == "" || port == "" {
		return nil, errors.New("KUBERNETES_SERVICE_HOST and _PORT are not set: this runs in a Pod only")
	}
	token, err := os.ReadFile(serviceAccount + "token")
	if err != nil {
		return nil, fmt.Errorf("the Pod's service account token: %w", err)
	}
	ca, err := os.ReadFile(serviceAccount + "ca.crt")
	if err != nil {
		return nil, fmt.Errorf("the API server's CA: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		return nil, errors.New("the API server's CA: no certificate in " + serviceAccount + "ca.crt")
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	return &apiClient{
		server: "https://" + net.JoinHostPort(host, port),
		token:  strings.TrimSpace(string(token)),
		http:   &http.Client{Transport: transport},
	}, nil
}

// read gives a Secret's data, or errNotFound.
func (c *apiClient) read(ctx context.Context, name secretName) (map[string][]byte, error) {
	status, body, err := c.do(ctx, http.MethodGet, namedPath(name), nil)
	if err != nil {
		return nil, err
	}
	if status == http.StatusNotFound {
		return nil, fmt.Errorf("Secret %s: %w", name, errNotFound)
	}
	if status != http.StatusOK {
		return nil, refused(http.MethodGet, name, status, body)
	}
	var found secret
	if err := json.Unmarshal(body, &found); err != nil {
		return nil, fmt.Errorf("Secret %s: %w", name, err)
	}
	return found.Data, nil
}

// store creates the Secret, or replaces it where it exists: the Job may neither get nor patch
// certificates.
func (c *apiClient) store(ctx context.Context, wanted secret) error {
	name := secretName{namespace: wanted.Metadata.Namespace, name: wanted.Metadata.Name}
	body, err := json.Marshal(wanted)
	if err != nil {
		return err
	}
	method := http.MethodPost
	status, answer, err := c.do(ctx, method, collectionPath(name.namespace), body)
	if err == nil && status == http.StatusConflict {
		method = http.MethodPut
		status, answer, err = c.do(ctx, method, namedPath(name), body)
	}
	if err != nil {
		return err
	}
	if status != http.StatusOK && status != http.StatusCreated {
		return refused(method, name, status, answer)
	}
	return nil
}

func (c *apiClient) do(ctx context.Context, method, path string, body []byte) (int, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.server+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	request.Header.Set("Content-Type", "application/json")
	response, err := c.http.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}

func collectionPath(namespace string) string {
	return "/api/v1/namespaces/" + namespace + "/secrets"
}

func namedPath(name secretName) string {
	return collectionPath(name.namespace) + "/" + name.name
}

// refused quotes the API server's own message; the answer to a refused write holds no Secret.
func refused(method string, name secretName, status int, body []byte) error {
	var answer struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(body, &answer) != nil || answer.Message == "" {
		answer.Message = http.StatusText(status)
	}
	return fmt.Errorf("%s of Secret %s: the API server answered %d: %s", method, name, status, answer.Message)
}
