package kafka_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kalpafall/df360/ingest/kafka"
	"github.com/kalpafall/df360/internal/fault"
)

func TestSASL(t *testing.T) {
	t.Parallel()
	for _, mechanism := range []string{"plain", "scram-sha-256", "scram-sha-512"} {
		t.Run(mechanism, func(t *testing.T) {
			t.Parallel()
			f := startFake(t, 1)
			c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, topic), kfake.EnableSASL(),
				kfake.Superuser(strings.ToUpper(mechanism), "etl", "pa ss"))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			o := f.options()
			o.Brokers = c.ListenAddrs()
			o.SASL = login(mechanism, "etl", "pa ss")
			mustTake(t, o, nil)
			begin := time.Now()
			o.SASL = login(mechanism, "etl", "wrong")
			_, err = take(t, o, nil)
			wantFault(t, err, fault.Permission, "SASL login", "--sasl-password")
			c.ControlKey(int16(kmsg.SASLAuthenticate), func(req kmsg.Request) (kmsg.Response, error, bool) {
				resp := req.ResponseKind().(*kmsg.SASLAuthenticateResponse)
				resp.ErrorCode = kerr.SaslAuthenticationFailed.Code // as Kafka itself answers
				return resp, nil, true
			})
			_, err = take(t, o, nil)
			wantFault(t, err, fault.Permission, "refuses the SASL login")
			if took := time.Since(begin); took > 5*time.Second {
				t.Errorf("it took %s", took)
			}
			o.SASL, o.ConnectTimeout = nil, time.Second
			_, err = take(t, o, nil)
			wantFault(t, err, fault.Unreachable, "SASL")
		})
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	server, client := certificates(t)
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, topic), kfake.TLS(server))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	o := kafka.Options{Brokers: c.ListenAddrs(), Topic: topic, ConnectTimeout: 5 * time.Second, TLS: client}
	mustTake(t, o, nil)
	stranger := client.Clone()
	stranger.RootCAs = nil
	o.TLS = stranger
	_, err = take(t, o, nil)
	wantFault(t, err, fault.Permission, "not trusted", "--tls-ca")
	plain := startFake(t, 1)
	o.TLS, o.Brokers = client, plain.ListenAddrs()
	o.ConnectTimeout = time.Second
	if _, err = take(t, o, nil); err == nil {
		t.Error("a broker without TLS was read")
	}
	o.TLS, o.Brokers = nil, c.ListenAddrs()
	_, err = take(t, o, nil)
	wantFault(t, err, fault.Unreachable, "--tls")
}

// TestLogHoldsNoSecret: not even what the client says at its most talkative.
func TestLogHoldsNoSecret(t *testing.T) {
	t.Parallel()
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, topic), kfake.EnableSASL(), kfake.Superuser("PLAIN", "etl", "hunter2"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var log bytes.Buffer
	o := kafka.Options{
		Brokers: c.ListenAddrs(), Topic: topic, SASL: login("plain", "etl", "hunter2"),
		Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	mustTake(t, o, nil)
	if log.Len() == 0 || strings.Contains(log.String(), "hunter2") {
		t.Errorf("the log is %s", log.String())
	}
}
