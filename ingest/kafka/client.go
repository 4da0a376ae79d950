package kafka

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/oauth"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/kalpafall/df360/internal/fault"
)

// Waits between attempts: the first one, and the longest.
const (
	firstWait = 100 * time.Millisecond
	mostWait  = 2 * time.Second
	dialTime  = 5 * time.Second
	tryTime   = 15 * time.Second // one attempt
)

// mostHungUp is how often brokers may hang up at the start of a run before that is
// taken for a refused login: some say no more than that.
const mostHungUp = 5

// client asks brokers, and asks again where that may help.
type client struct {
	o  *Options
	kc *kgo.Client
	// met says that a broker has answered once; hungUp is how often one has hung up
	// before.
	met    bool
	hungUp int
}

func newClient(o *Options) (*client, error) {
	most := int32(min(max(o.MemoryLimit/4, 16<<20), 256<<20))
	opts := []kgo.Opt{
		kgo.SeedBrokers(o.Brokers...), kgo.ClientID("df360"),
		kgo.RequestRetries(0), kgo.RetryTimeout(tryTime), kgo.FetchMaxBytes(1 << 20), kgo.BrokerMaxReadBytes(most),
		kgo.WithLogger(logger{o.Log}), kgo.DisableClientMetrics(),
	}
	dial := (&net.Dialer{Timeout: dialTime}).DialContext
	if o.SASL != nil {
		m, err := o.SASL.mechanism()
		if err != nil {
			return nil, err
		}
		opts = append(opts, kgo.SASL(m))
		if o.TLS == nil && !o.InsecureSASL {
			dial = loopbackOnly(dial)
		}
	}
	if o.TLS != nil {
		opts = append(opts, kgo.Dialer(tlsDialer(dial, o.TLS)))
	} else {
		opts = append(opts, kgo.Dialer(dial))
	}
	kc, err := kgo.NewClient(opts...)
	if err != nil {
		return nil, fault.New(fault.Usage, "--brokers: %w", err).WithHint("write --brokers HOST:PORT,HOST:PORT")
	}
	return &client{o: o, kc: kc}, nil
}

type dialer = func(ctx context.Context, network, address string) (net.Conn, error)

// errPlain says that a secret would have been sent in the clear.
var errPlain = errors.New("SASL in plain text to another machine")

// loopbackOnly refuses to dial other machines: also where a broker on this one
// (a tunnel, say) names them as leaders.
func loopbackOnly(dial dialer) dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		if a, ok := conn.RemoteAddr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
			return nil, errors.Join(fmt.Errorf("%s: %w", address, errPlain), conn.Close())
		}
		return conn, nil
	}
}

func tlsDialer(dial dialer, config *tls.Config) dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		c := config.Clone()
		if c.ServerName == "" {
			if c.ServerName, _, err = net.SplitHostPort(address); err != nil {
				return nil, errors.Join(err, conn.Close())
			}
		}
		secure := tls.Client(conn, c)
		ctx, cancel := context.WithTimeout(ctx, dialTime)
		defer cancel()
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", address, err), conn.Close())
		}
		return secure, nil
	}
}

func (s *SASL) mechanism() (sasl.Mechanism, error) {
	switch s.Mechanism {
	case "plain":
		return plain.Auth{User: s.User, Pass: s.Password.Reveal()}.AsMechanism(), nil
	case "scram-sha-256":
		return scram.Auth{User: s.User, Pass: s.Password.Reveal()}.AsSha256Mechanism(), nil
	case "scram-sha-512":
		return scram.Auth{User: s.User, Pass: s.Password.Reveal()}.AsSha512Mechanism(), nil
	case "oauthbearer":
		return oauth.Auth{Token: s.Password.Reveal()}.AsMechanism(), nil
	}
	return nil, fault.New(fault.Usage, "%q is no SASL mechanism", s.Mechanism).
		WithHint("the mechanisms are %s", strings.Join(Mechanisms(), ", "))
}

// patiently tries until it works, until the error is one that no further attempt
// mends, or for --connect-timeout.
func (c *client) patiently(ctx context.Context, try func(context.Context) error) error {
	begin, wait := c.o.Now(), firstWait
	for {
		left := c.o.ConnectTimeout - c.o.Now().Sub(begin)
		one, cancel := context.WithTimeout(ctx, max(min(left, tryTime), firstWait))
		err := try(one)
		cancel()
		switch {
		case err == nil:
			c.met = true
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		}
		if final := c.final(err); final != nil {
			return final
		}
		if c.o.SASL != nil && !c.met && errors.Is(err, io.EOF) {
			if c.hungUp++; c.hungUp == mostHungUp {
				return fault.New(fault.Permission, "Kafka hangs up on the SASL login: %w", err).
					WithHint("look at --sasl, --sasl-user and --sasl-password, and whether the port expects TLS")
			}
		}
		if left <= wait {
			return c.unreachable(err)
		}
		c.o.Log.Debug("kafka: asking again", "after", wait, "error", err)
		if err := pause(ctx, wait); err != nil {
			return err
		}
		wait = min(2*wait, mostWait)
	}
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// unreachable is the error where brokers have not answered for too long.
func (c *client) unreachable(err error) error {
	f := fault.New(fault.Unreachable, "Kafka at %s did not answer for %s: %w", strings.Join(c.o.Brokers, ", "), c.o.ConnectTimeout, err)
	var eof *kgo.ErrFirstReadEOF
	if errors.As(err, &eof) {
		return f.WithHint("brokers hang up where they expect TLS (--tls) or SASL (--sasl), or do not")
	}
	return f.WithHint("--connect-timeout waits longer")
}

// final is the error for the user where asking again does not help, else nil.
func (c *client) final(err error) error {
	var known *fault.Error
	var unknownCA x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var noTLS tls.RecordHeaderError
	var alert tls.AlertError
	switch {
	case errors.As(err, &known):
		return err
	case errors.Is(err, errPlain):
		return fault.New(fault.Usage, "%w would show the secret to everyone on the way", err).
			WithHint("use --tls; --insecure-sasl sends it all the same")
	case errors.Is(err, kerr.SaslAuthenticationFailed), errors.Is(err, kerr.IllegalSaslState):
		return fault.New(fault.Permission, "Kafka refuses the SASL login: %w", err).
			WithHint("look at --sasl, --sasl-user and --sasl-password")
	case errors.Is(err, kerr.UnsupportedSaslMechanism):
		return fault.New(fault.Permission, "Kafka does not take --sasl %s: %w", c.o.SASL.Mechanism, err).
			WithHint("the mechanisms are %s", strings.Join(Mechanisms(), ", "))
	case errors.Is(err, kerr.TopicAuthorizationFailed):
		return fault.New(fault.Permission, "Kafka does not let this user read topic %s", c.o.Topic).
			WithHint("grant Read and Describe on the topic")
	case errors.Is(err, kerr.ClusterAuthorizationFailed):
		return fault.New(fault.Permission, "Kafka refuses: %w", err)
	case errors.Is(err, kerr.InvalidTopicException):
		return fault.New(fault.Usage, "--topic %s: %w", c.o.Topic, err)
	case errors.As(err, &unknownCA):
		return fault.New(fault.Permission, "the broker's certificate is not trusted: %w", err).WithHint("--tls-ca names the authority that has signed it")
	case errors.As(err, &host), errors.As(err, &invalid):
		return fault.New(fault.Permission, "the broker's certificate is not valid: %w", err)
	case errors.As(err, &noTLS):
		return fault.New(fault.Permission, "the broker does not speak TLS: %w", err).WithHint("leave out --tls, or name the port that does")
	case errors.As(err, &alert):
		return fault.New(fault.Permission, "the broker ends the TLS handshake: %w", err).WithHint("it may want a certificate: --tls-cert and --tls-key")
	}
	return nil
}

// logger takes what franz-go says.
type logger struct{ log *slog.Logger }

// Level is the least that is worth making a line of.
func (l logger) Level() kgo.LogLevel {
	if l.log.Enabled(context.Background(), slog.LevelDebug) {
		return kgo.LogLevelDebug
	}
	return kgo.LogLevelNone
}

// Log logs a line.
func (l logger) Log(_ kgo.LogLevel, msg string, keyvals ...any) {
	l.log.Debug("kafka client: "+msg, keyvals...)
}
