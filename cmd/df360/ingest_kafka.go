package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kalpafall/df360/ingest/kafka"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/nearest"
	"github.com/kalpafall/df360/internal/table"
	"github.com/kalpafall/df360/lake"
)

// ingestKafkaFlags are the flags of ingest kafka, as they were given.
type ingestKafkaFlags struct {
	ingestFlags
	brokers        []string
	topic          string
	until, from    string
	valueFormat    string
	batchRows      int
	batchInterval  time.Duration
	acceptGap      bool
	connectTimeout time.Duration

	sasl, user, password string
	insecureSASL         bool
	tls                  bool
	ca, cert, key        string
}

func newIngestKafkaCmd(a *app) *cobra.Command {
	f := &ingestKafkaFlags{}
	cmd := &cobra.Command{
		Use:   "kafka --brokers HOST:PORT --topic NAME --dataset NAME",
		Short: "takes records of a Kafka topic into a raw dataset, up to its end or for as long as it runs",
		Long: `Reads a topic from where the dataset's last commit has ended, and commits its records to
raw.NAME together with the offsets: whatever is killed when, every record is in the dataset
once. Only records of committed transactions are read.

Values are JSON objects; one that is not, or does not fit, goes to NAME_rejected. A record
without a value (a tombstone) is a row of NULLs. Where the log does not have the offsets any
more that come next, or the topic is another one of the same name, the run ends and says
which offsets are missing; --accept-gap goes on behind them.`,
		Example: `  df360 ingest kafka --brokers localhost:9092 --topic orders --dataset orders
  df360 ingest kafka --brokers k1:9092,k2:9092 --topic clicks --dataset clicks --until forever
  df360 ingest kafka --brokers k1:9093 --topic orders --dataset orders --tls --sasl scram-sha-512 --sasl-user etl --sasl-password env:KAFKA_PASSWORD`,
		Args: arguments(0, 0, "no arguments"),
	}
	cmd.RunE = a.command("ingest kafka", func(ctx context.Context, _ []string) (*outcome, error) {
		if err := require(cmd, "brokers", "topic", "dataset"); err != nil {
			return nil, err
		}
		if err := f.settle(a); err != nil {
			return nil, err
		}
		return a.runIngestKafka(ctx, f)
	})
	f.add(a, cmd)
	a.lakeFlags(cmd)
	a.writeFlags(cmd)
	a.engineFlags(cmd)
	a.progressFlag(cmd)
	exits(cmd, exitUnreachable)
	return cmd
}

// valueFormats are the values of --value-format.
func valueFormats() []string { return []string{"json", "raw"} }

func (f *ingestKafkaFlags) add(a *app, cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringSliceVar(&f.brokers, "brokers", nil, "`HOST:PORT` of brokers to begin with, with commas between")
	flags.StringVar(&f.topic, "topic", "", "`NAME` of the topic")
	flags.StringVar(&f.until, "until", "end", "where to `END`: end (of the topic as of now), offsets=0:100,1:50, duration=30s or forever")
	flags.StringVar(&f.from, "from", "earliest", "where to `BEGIN` if the dataset has nothing of the topic: earliest, latest or timestamp=2026-11-05T02:00:00Z")
	flags.StringVar(&f.valueFormat, "value-format", "json", "what values are: json, or raw (bytes, in the column value)")
	flags.BoolVar(&f.acceptGap, "accept-gap", false, "go on where the log does not have the next offsets any more, and record that")
	flags.DurationVar(&f.connectTimeout, "connect-timeout", 30*time.Second, "how long to wait for brokers that do not answer")
	topic(cmd, "Topic", "brokers", "topic", "until", "from", "value-format", "accept-gap", "connect-timeout")
	flags.IntVar(&f.batchRows, "batch-rows", 500_000, "commit so many rows at a time")
	flags.DurationVar(&f.batchInterval, "batch-interval", 30*time.Second, "commit after this time at the latest, if there are rows")
	topic(cmd, "Commit", "batch-rows", "batch-interval")
	a.addIngestFlags(cmd, &f.ingestFlags)
	flags.StringVar(&f.sasl, "sasl", "", "`MECHANISM` to log in by: plain, scram-sha-256, scram-sha-512 or oauthbearer")
	flags.StringVar(&f.user, "sasl-user", "", "`NAME` of the user")
	flags.StringVar(&f.password, "sasl-password", "", "`REFERENCE` to the password, or to the token: env:NAME or file:PATH")
	flags.BoolVar(&f.insecureSASL, "insecure-sasl", false, "log in to other machines without TLS")
	flags.BoolVar(&f.tls, "tls", false, "speak TLS (so do the flags below)")
	flags.StringVar(&f.ca, "tls-ca", "", "PEM `FILE` with the authorities to trust (default the system's)")
	flags.StringVar(&f.cert, "tls-cert", "", "PEM `FILE` with this client's certificate")
	flags.StringVar(&f.key, "tls-key", "", "PEM `FILE` with its key")
	topic(cmd, "Security", "sasl", "sasl-user", "sasl-password", "insecure-sasl", "tls", "tls-ca", "tls-cert", "tls-key")
	a.complete(cmd, "until", kafka.Untils()...)
	a.complete(cmd, "from", kafka.Froms()...)
	a.complete(cmd, "value-format", valueFormats()...)
	a.complete(cmd, "sasl", kafka.Mechanisms()...)
}

// source makes the source of what the flags say.
func (f *ingestKafkaFlags) source(a *app, dataset string) (*kafka.Source, error) {
	_, memory := a.workers()
	o := kafka.Options{
		Brokers: f.brokers, Topic: f.topic, Group: "df360-" + dataset, Raw: f.valueFormat == "raw", AcceptGap: f.acceptGap,
		BatchRows: f.batchRows, BatchInterval: f.batchInterval, ConnectTimeout: f.connectTimeout,
		InsecureSASL: f.insecureSASL, MemoryLimit: memory, Now: a.now, Log: a.log,
	}
	if err := checkBrokers(f.brokers); err != nil {
		return nil, err
	}
	switch {
	case f.topic == "":
		return nil, fault.New(fault.Usage, "--topic is empty")
	case f.batchRows < 1:
		return nil, fault.New(fault.Usage, "--batch-rows must be at least 1")
	case f.batchInterval <= 0:
		return nil, fault.New(fault.Usage, "--batch-interval must be more than 0")
	case f.connectTimeout <= 0:
		return nil, fault.New(fault.Usage, "--connect-timeout must be more than 0")
	}
	if err := oneOfValues("value-format", f.valueFormat, valueFormats()); err != nil {
		return nil, err
	}
	var err error
	if o.Until, err = kafka.ParseUntil(f.until); err != nil {
		return nil, aboutFlag("until", err)
	}
	if o.From, err = kafka.ParseFrom(f.from); err != nil {
		return nil, aboutFlag("from", err)
	}
	if o.TLS, err = f.tlsConfig(); err != nil {
		return nil, err
	}
	if o.SASL, err = f.login(a); err != nil {
		return nil, err
	}
	return kafka.New(o)
}

// checkBrokers checks that each address is HOST:PORT, or HOST alone.
func checkBrokers(brokers []string) error {
	for _, address := range brokers {
		host, port := address, "9092"
		if strings.ContainsRune(address, ':') {
			var err error
			if host, port, err = net.SplitHostPort(address); err != nil {
				host = ""
			}
		}
		if n, err := strconv.ParseUint(port, 10, 16); host == "" || err != nil || n == 0 {
			return fault.New(fault.Usage, "--brokers: %q is no address", address).WithHint("write --brokers HOST:PORT,HOST:PORT")
		}
	}
	if len(brokers) == 0 {
		return fault.New(fault.Usage, "--brokers is empty").WithHint("write --brokers HOST:PORT,HOST:PORT")
	}
	return nil
}

// aboutFlag names the flag that an error is about.
func aboutFlag(flag string, err error) error {
	return fault.New(fault.CodeOf(err), "--%s: %w", flag, err).WithHint("%s", fault.Hint(err))
}

// oneOfValues is a usage error for a value that a flag does not have.
func oneOfValues(flag, value string, have []string) error {
	if contains(have, value) {
		return nil
	}
	err := fault.New(fault.Usage, "--%s %q is none of %s", flag, value, strings.Join(have, ", "))
	if near := nearest.Of(value, have); near != "" {
		return err.WithHint("did you mean --%s %s?", flag, near)
	}
	return err
}

func (a *app) runIngestKafka(ctx context.Context, f *ingestKafkaFlags) (out *outcome, err error) {
	ref, err := f.ref()
	if err != nil {
		return nil, err
	}
	source, err := f.source(a, ref.Name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	l, err := a.openLake("ingest kafka")
	if err != nil {
		return nil, err
	}
	// The topic is looked at before anything is made in the lake.
	version, progress, err := kafkaProgress(ctx, l, ref)
	if err != nil {
		return nil, err
	}
	plan, err := source.Plan(ctx, progress)
	if err != nil {
		return nil, err
	}
	if a.dryRun {
		return planIngestKafka(ref, version, plan), nil
	}
	o := f.options(a)
	o.CommitEmpty, o.Refetch, o.Done = true, true, source.Committed
	run, err := a.ingest(ctx, "ingest kafka", ref, l, source, o)
	s, results := run.summary()
	if err != nil && len(run.store.records) == 0 {
		return nil, err
	}
	return &outcome{
		Summary: kafkaSummary{s, source.Report(ctx)}, Result: results, Closing: run.closing(a, s),
	}, err
}

// kafkaSummary is the summary of ingest kafka.
type kafkaSummary struct {
	dataSummary
	Partitions []kafka.PartitionReport `json:"partitions"`
}

// kafkaProgress is how far a dataset is in its topics; version is negative where
// there is none.
func kafkaProgress(ctx context.Context, l *lake.Lake, ref lake.Ref) (version int64, progress json.RawMessage, err error) {
	snap, err := l.Lookup(ctx, ref, lake.Latest)
	if err != nil || snap == nil {
		return -1, nil, err
	}
	return snap.Version, progressMember(snap.Progress, kafka.Name), nil
}

// planIngestKafka tells what a run would read.
func planIngestKafka(ref lake.Ref, version int64, plan []kafka.PartitionReport) *outcome {
	s, _ := nothingNew(ref, version)
	return &outcome{
		Summary: kafkaSummary{s, plan}, Result: plan,
		Closing: fmt.Sprintf("ingest kafka %s: dry run, nothing written", ref.Name),
		Text:    func(w io.Writer) error { return printPlan(w, plan) },
	}
}

func printPlan(w io.Writer, plan []kafka.PartitionReport) error {
	n := func(at int64) string { return strconv.FormatInt(at, 10) }
	rows := [][]string{}
	for _, p := range plan {
		var gaps []string
		for _, g := range p.Gaps {
			gaps = append(gaps, n(g.From)+" → "+n(g.To))
		}
		rows = append(rows, []string{n(int64(p.Partition)), n(p.Start), n(p.End), n(p.HighWatermark), table.Count(p.End - p.Start), strings.Join(gaps, ", ")})
	}
	right := []bool{true, true, true, true, true}
	return table.Grid(w, []string{"partition", "start", "end", "high watermark", "offsets", "gap"}, right, rows)
}
