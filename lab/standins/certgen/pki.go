package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"time"
)

// clockSkew is how far another machine's clock may lag behind before it calls a certificate too new.
const clockSkew = 5 * time.Minute

// authority signs with the first certificate of its chain; the last one is the root.
type authority struct {
	chain  []*x509.Certificate
	key    crypto.Signer
	keyPEM []byte
}

// issued is a certificate with its key, both PEM.
type issued struct {
	certificate, key []byte
}

func newAuthority(commonName string, validity time.Duration) (*authority, error) {
	key, keyPEM, err := newKey()
	if err != nil {
		return nil, err
	}
	template, err := newTemplate(commonName, validity)
	if err != nil {
		return nil, err
	}
	template.IsCA = true
	template.BasicConstraintsValid = true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &authority{chain: []*x509.Certificate{certificate}, key: key, keyPEM: keyPEM}, nil
}

// loadAuthority takes a CA of any key type, from whatever tool: one CA shared by a mesh is often made
// elsewhere.
func loadAuthority(certificatePEM, keyPEM []byte) (*authority, error) {
	chain, err := parseChain(certificatePEM)
	if err != nil {
		return nil, fmt.Errorf("the CA's ca.crt: %w", err)
	}
	key, err := parseKey(keyPEM)
	if err != nil {
		return nil, fmt.Errorf("the CA's ca.key: %w", err)
	}
	public, ok := key.Public().(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !public.Equal(chain[0].PublicKey) {
		return nil, errors.New("the CA's ca.key does not belong to its ca.crt")
	}
	return &authority{chain: chain, key: key, keyPEM: keyPEM}, nil
}

func (a *authority) chainPEM() []byte { return encodeChain(a.chain) }

func (a *authority) rootPEM() []byte { return encodeChain(a.chain[len(a.chain)-1:]) }

func (a *authority) issue(config certificateConfig) (issued, error) {
	signer := a.chain[0]
	key, keyPEM, err := newKey()
	if err != nil {
		return issued{}, err
	}
	template, err := newTemplate(config.CommonName, config.Validity)
	if err != nil {
		return issued{}, err
	}
	if template.KeyUsage, template.ExtKeyUsage, err = usages(config.Usage); err != nil {
		return issued{}, err
	}
	template.BasicConstraintsValid = true
	template.DNSNames, template.IPAddresses = splitHosts(config.Hosts)
	der, err := x509.CreateCertificate(rand.Reader, template, signer, key.Public(), a.key)
	if err != nil {
		return issued{}, err
	}
	leaf := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	intermediates := encodeChain(a.chain[:len(a.chain)-1])
	return issued{certificate: append(leaf, intermediates...), key: keyPEM}, nil
}

func newTemplate(commonName string, validity time.Duration) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: commonName},
		NotBefore:    now.Add(-clockSkew),
		NotAfter:     now.Add(validity),
	}, nil
}

// usages translates the names that certgen's configuration uses.
func usages(names []string) (x509.KeyUsage, []x509.ExtKeyUsage, error) {
	var usage x509.KeyUsage
	var extended []x509.ExtKeyUsage
	for _, name := range names {
		switch name {
		case "signing", "digital signature":
			usage |= x509.KeyUsageDigitalSignature
		case "key encipherment":
			usage |= x509.KeyUsageKeyEncipherment
		case "client auth":
			extended = append(extended, x509.ExtKeyUsageClientAuth)
		case "server auth":
			extended = append(extended, x509.ExtKeyUsageServerAuth)
		default:
			return 0, nil, fmt.Errorf("usage %q is not known to this stand-in; it knows signing, "+
				"key encipherment, client auth and server auth", name)
		}
	}
	return usage, extended, nil
}

func splitHosts(hosts []string) (names []string, addresses []net.IP) {
	for _, host := range hosts {
		if address := net.ParseIP(host); address != nil {
			addresses = append(addresses, address)
		} else {
			names = append(names, host)
		}
	}
	return names, addresses
}

func newKey() (crypto.Signer, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, nil, err
	}
	return key, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), nil
}

func encodeChain(chain []*x509.Certificate) []byte {
	var text []byte
	for _, certificate := range chain {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw})...)
	}
	return text
}

func parseChain(text []byte) ([]*x509.Certificate, error) {
	var chain []*x509.Certificate
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		chain = append(chain, certificate)
	}
	if len(chain) == 0 {
		return nil, errors.New("it holds no PEM certificate")
	}
	return chain, nil
}

func parseKey(text []byte) (crypto.Signer, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("it holds no PEM key")
	}
	if key, err := x509.ParseECPrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("it is neither an EC, PKCS #1 nor PKCS #8 private key")
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("it is a key that cannot sign")
	}
	return signer, nil
}
