package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// certificateConfig is one entry of CILIUM_CERTGEN_CONFIG.
type certificateConfig struct {
	Name       string        `yaml:"name"`
	Namespace  string        `yaml:"namespace"`
	CommonName string        `yaml:"commonName"`
	Hosts      []string      `yaml:"hosts"`
	Usage      []string      `yaml:"usage"`
	Validity   time.Duration `yaml:"validity"`
}

// parseConfig reads the list of certificates and reports all its faults at once.
func parseConfig(text string) ([]certificateConfig, error) {
	var config struct {
		Certs []certificateConfig `yaml:"certs"`
	}
	decoder := yaml.NewDecoder(strings.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&config); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %w", configVariable, err)
	}
	var faults []error
	for index, cert := range config.Certs {
		if fault := cert.check(); fault != nil {
			faults = append(faults, fmt.Errorf("%s: certs[%d]: %w", configVariable, index, fault))
		}
	}
	return config.Certs, errors.Join(faults...)
}

func (c certificateConfig) check() error {
	var faults []error
	for field, value := range map[string]string{
		"name": c.Name, "namespace": c.Namespace, "commonName": c.CommonName,
	} {
		if value == "" {
			faults = append(faults, fmt.Errorf("%s is missing", field))
		}
	}
	if c.Validity <= 0 {
		faults = append(faults, errors.New("validity must be a duration above zero, such as 26280h"))
	}
	if _, _, err := usages(c.Usage); err != nil {
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}
