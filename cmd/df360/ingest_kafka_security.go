package main

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"strings"

	"github.com/kalpafall/df360/ingest/kafka"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/secret"
)

// tlsConfig is nil where no flag asks for TLS.
func (f *ingestKafkaFlags) tlsConfig() (*tls.Config, error) {
	if !f.tls && f.ca == "" && f.cert == "" && f.key == "" {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if f.ca != "" {
		text, err := os.ReadFile(f.ca)
		if err != nil {
			return nil, fault.New(fault.Config, "--tls-ca: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(text) {
			return nil, fault.New(fault.Config, "--tls-ca %s has no certificate in PEM form", f.ca)
		}
	}
	switch {
	case f.cert == "" && f.key == "":
		return c, nil
	case f.cert == "" || f.key == "":
		return nil, fault.New(fault.Usage, "--tls-cert and --tls-key go together")
	}
	pair, err := tls.LoadX509KeyPair(f.cert, f.key)
	if err != nil {
		return nil, fault.New(fault.Config, "--tls-cert and --tls-key: %w", err)
	}
	c.Certificates = []tls.Certificate{pair}
	return c, nil
}

// login is nil where no flag asks for SASL.
func (f *ingestKafkaFlags) login(a *app) (*kafka.SASL, error) {
	if f.sasl == "" {
		if f.user != "" || f.password != "" {
			return nil, fault.New(fault.Usage, "--sasl-user and --sasl-password need --sasl").
				WithHint("the mechanisms are %s", strings.Join(kafka.Mechanisms(), ", "))
		}
		return nil, nil
	}
	if err := oneOfValues("sasl", f.sasl, kafka.Mechanisms()); err != nil {
		return nil, err
	}
	switch token := f.sasl == "oauthbearer"; {
	case token && f.user != "":
		return nil, fault.New(fault.Usage, "--sasl oauthbearer takes no --sasl-user: the token says who it is")
	case !token && f.user == "":
		return nil, fault.New(fault.Usage, "--sasl %s needs --sasl-user", f.sasl)
	case f.password == "":
		return nil, fault.New(fault.Usage, "--sasl %s needs --sasl-password", f.sasl).WithHint("--sasl-password env:NAME or file:PATH")
	}
	password, err := secret.Resolve(f.password, a.getenv)
	if err != nil {
		return nil, aboutFlag("sasl-password", err)
	}
	a.secrets.Add(password)
	if !f.plain() || f.insecureSASL {
		return &kafka.SASL{Mechanism: f.sasl, User: f.user, Password: password}, nil
	}
	for _, broker := range f.brokers {
		if !isLoopback(broker) {
			return nil, fault.New(fault.Usage, "--sasl without TLS shows the secret to everyone on the way to %s", broker).
				WithHint("use --tls; --insecure-sasl sends it all the same")
		}
	}
	return &kafka.SASL{Mechanism: f.sasl, User: f.user, Password: password}, nil
}

// plain reports whether no flag asks for TLS.
func (f *ingestKafkaFlags) plain() bool {
	return !f.tls && f.ca == "" && f.cert == ""
}

// isLoopback reports whether an address is on this machine, by its name.
func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
