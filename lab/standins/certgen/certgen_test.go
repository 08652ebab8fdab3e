package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

const config = `
certs:
- name: server-cert
  namespace: kube-system
  commonName: clustermesh-apiserver.cilium.io
  hosts: [clustermesh-apiserver.cilium.io, "*.mesh.cilium.io", 127.0.0.1, "::1"]
  usage: [signing, key encipherment, server auth]
  validity: 26280h
- name: remote-cert
  namespace: kube-system
  commonName: remote
  usage: [signing, key encipherment, client auth]
  validity: 26280h
`

var arguments = []string{
	"--ca-generate=true", "--ca-reuse-secret", "--ca-secret-namespace=kube-system",
	"--ca-secret-name=cilium-ca", "--ca-common-name=Cilium CA",
}

// fakeAPI is an API server that knows Secrets and the rights that the chart gives to the Job.
type fakeAPI struct {
	t       *testing.T
	secrets map[string]secret
	calls   []string
}

func (f *fakeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer token" {
		f.t.Errorf("%s %s without the token", r.Method, r.URL.Path)
	}
	name := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, collectionPath("kube-system")), "/")
	f.calls = append(f.calls, strings.TrimSpace(r.Method+" "+name))
	body, _ := io.ReadAll(r.Body)
	var sent secret
	_ = json.Unmarshal(body, &sent)
	_, exists := f.secrets[name]
	_, clash := f.secrets[sent.Metadata.Name]
	switch {
	case r.Method == http.MethodGet && name == "cilium-ca" && exists:
		_ = json.NewEncoder(w).Encode(f.secrets[name])
	case r.Method == http.MethodGet && name == "cilium-ca":
		w.WriteHeader(http.StatusNotFound)
	case r.Method == http.MethodPost && name == "" && clash:
		w.WriteHeader(http.StatusConflict)
	case r.Method == http.MethodPost && name == "":
		f.secrets[sent.Metadata.Name] = sent
		w.WriteHeader(http.StatusCreated)
	case r.Method == http.MethodPut && exists:
		f.secrets[name] = sent
	default:
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`{"message":"the Job has no such right"}`))
	}
}

func newFake(t *testing.T) (*fakeAPI, *apiClient) {
	fake := &fakeAPI{t: t, secrets: map[string]secret{}}
	server := httptest.NewTLSServer(fake)
	t.Cleanup(server.Close)
	return fake, &apiClient{server: server.URL, token: "token", http: server.Client()}
}

func mustGenerate(t *testing.T, client *apiClient) {
	t.Helper()
	chosen, err := parse(arguments, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	wanted, err := parseConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := generate(context.Background(), client, chosen, wanted); err != nil {
		t.Fatal(err)
	}
}

func certificate(t *testing.T, text []byte) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode(text)
	if block == nil {
		t.Fatal("no PEM certificate")
	}
	parsed, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestCertificatesVerifyAgainstTheStoredCA(t *testing.T) {
	fake, client := newFake(t)
	mustGenerate(t, client)

	if kind := fake.secrets["cilium-ca"].Type; kind != "Opaque" {
		t.Errorf("the CA's Secret has type %q", kind)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(fake.secrets["cilium-ca"].Data["ca.crt"])
	server := fake.secrets["server-cert"]
	if server.Type != "kubernetes.io/tls" {
		t.Errorf("the certificate's Secret has type %q", server.Type)
	}
	for _, host := range []string{"cluster02.mesh.cilium.io", "127.0.0.1", "::1"} {
		_, err := certificate(t, server.Data["tls.crt"]).Verify(x509.VerifyOptions{
			Roots: roots, DNSName: host, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		})
		if err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	client2 := certificate(t, fake.secrets["remote-cert"].Data["tls.crt"])
	usage := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if _, err := client2.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: usage}); err != nil {
		t.Error(err)
	}
	usage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	if _, err := client2.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: usage}); err == nil {
		t.Error("a client certificate must not serve")
	}
	if left := time.Until(client2.NotAfter); left > 26280*time.Hour || left < 26279*time.Hour {
		t.Errorf("validity of %v was asked for, %v is left", 26280*time.Hour, left)
	}
}

func TestASecondRunKeepsTheCAAndRenewsTheCertificates(t *testing.T) {
	fake, client := newFake(t)
	mustGenerate(t, client)
	ca := fake.secrets["cilium-ca"].Data["ca.crt"]
	first := fake.secrets["server-cert"].Data["tls.crt"]
	fake.calls = nil

	mustGenerate(t, client)

	if !slices.Equal(ca, fake.secrets["cilium-ca"].Data["ca.crt"]) {
		t.Error("the CA was replaced")
	}
	if slices.Equal(first, fake.secrets["server-cert"].Data["tls.crt"]) {
		t.Error("the certificate was not renewed")
	}
	want := []string{"GET cilium-ca", "POST", "PUT server-cert", "POST", "PUT remote-cert"}
	if !slices.Equal(fake.calls, want) {
		t.Errorf("calls %q, want %q", fake.calls, want)
	}
}

func TestAnIntermediateCASignsAndItsRootIsPublished(t *testing.T) {
	root, err := newAuthority("root", 4*threeYears)
	if err != nil {
		t.Fatal(err)
	}
	middle, err := newAuthority("middle", 2*threeYears)
	if err != nil {
		t.Fatal(err)
	}
	template := *middle.chain[0]
	der, err := x509.CreateCertificate(nil, &template, root.chain[0], middle.key.Public(), root.key)
	if err != nil {
		t.Fatal(err)
	}
	bundle := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), root.rootPEM()...)
	fake, client := newFake(t)
	fake.secrets["cilium-ca"] = newSecret(
		secretName{"kube-system", "cilium-ca"}, "Opaque",
		map[string][]byte{"ca.crt": bundle, "ca.key": middle.keyPEM},
	)
	mustGenerate(t, client)

	stored := fake.secrets["remote-cert"].Data
	roots, intermediates := x509.NewCertPool(), x509.NewCertPool()
	roots.AppendCertsFromPEM(stored["ca.crt"])
	intermediates.AppendCertsFromPEM(stored["tls.crt"])
	options := x509.VerifyOptions{
		Roots: roots, Intermediates: intermediates,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if _, err := certificate(t, stored["tls.crt"]).Verify(options); err != nil {
		t.Error(err)
	}
	if got := certificate(t, stored["ca.crt"]).Subject.CommonName; got != "root" {
		t.Errorf("ca.crt is %q, not the root", got)
	}
}

func TestACAWithAForeignKeyIsRefused(t *testing.T) {
	one, _ := newAuthority("one", threeYears)
	other, _ := newAuthority("other", threeYears)
	if _, err := loadAuthority(one.chainPEM(), other.keyPEM); err == nil {
		t.Error("the key of another CA was accepted")
	}
}

func TestARefusalQuotesTheAPIServer(t *testing.T) {
	_, client := newFake(t)
	_, err := client.read(context.Background(), secretName{"kube-system", "other"})
	if err == nil || !strings.Contains(err.Error(), "the Job has no such right") {
		t.Errorf("error %v", err)
	}
}

func TestEveryFaultOfTheConfigurationIsReported(t *testing.T) {
	_, err := parseConfig("certs:\n- {name: a, usage: [flying], validity: 0s}\n")
	if err == nil {
		t.Fatal("accepted")
	}
	for _, part := range []string{"namespace is missing", "commonName is missing", "validity", `"flying"`} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not reported in %q", part, err)
		}
	}
	if _, err := parseConfig("certs:\n- {name: a, speed: 3}\n"); err == nil {
		t.Error("an unknown field was accepted")
	}
}

func TestThereIsNoRunWithoutASourceForTheCA(t *testing.T) {
	if _, err := parse([]string{"--ca-generate=false"}, io.Discard); err == nil {
		t.Error("accepted")
	}
}
