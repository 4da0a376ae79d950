package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// kafkaFolder is a folder to run df360 in, and a topic to read from there.
type kafkaFolder struct {
	dir, topic, brokers string
	cl                  *kgo.Client
	adm                 *kadm.Client
}

// fakeKafka starts a Kafka in this process with a topic of four partitions.
func fakeKafka(t *testing.T, opts ...kfake.Opt) *kafkaFolder {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(2), kfake.SeedTopics(4, "orders")}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return newKafkaFolder(t, "orders", c.ListenAddrs()...)
}

func newKafkaFolder(t *testing.T, topic string, brokers ...string) *kafkaFolder {
	t.Helper()
	cl := kafkaProducer(t, topic, brokers)
	return &kafkaFolder{t.TempDir(), topic, strings.Join(brokers, ","), cl, kadm.NewClient(cl)}
}

func kafkaProducer(t *testing.T, topic string, brokers []string, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	cl, err := kgo.NewClient(append([]kgo.Opt{
		kgo.SeedBrokers(brokers...), kgo.DefaultProduceTopic(topic), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.MetadataMinAge(50 * time.Millisecond),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return cl
}

// put writes values to a partition.
func (f *kafkaFolder) put(t *testing.T, partition int32, values ...string) {
	t.Helper()
	var records []*kgo.Record
	for _, v := range values {
		records = append(records, &kgo.Record{Partition: partition, Value: []byte(v)})
	}
	f.putRecords(t, records...)
}

func (f *kafkaFolder) putRecords(t *testing.T, records ...*kgo.Record) {
	t.Helper()
	if err := f.cl.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// command is a call of ingest kafka.
func (f *kafkaFolder) command(t *testing.T, flags ...string) *exec.Cmd {
	t.Helper()
	cmd := program(t, append([]string{
		"ingest", "kafka", "--brokers", f.brokers, "--topic", f.topic, "--dataset", "orders", "--connect-timeout", "10s", "--json",
	}, flags...)...)
	cmd.Dir = f.dir
	return cmd
}

// kafkaReport is what ingest kafka --json prints.
type kafkaReport struct {
	OK      bool         `json:"ok"`
	Summary kafkaSummary `json:"summary"`
	Result  any          `json:"result"`
	Error   *reportError `json:"error"`
	exit    int
	stderr  string
}

// ingest runs ingest kafka, which must end with an exit code.
func (f *kafkaFolder) ingest(t *testing.T, exit int, flags ...string) kafkaReport {
	t.Helper()
	cmd := f.command(t, flags...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	r := kafkaReport{exit: code(t, cmd.Run()), stderr: stderr.String()}
	if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
		t.Fatalf("%v: %v\n%s%s", cmd.Args, err, stdout.String(), stderr.String())
	}
	if r.exit != exit {
		t.Fatalf("%v: exit %d, want %d\n%s%s", cmd.Args, r.exit, exit, stdout.String(), stderr.String())
	}
	return r
}

// query asks the lake, and decodes the rows into out.
func (f *kafkaFolder) query(t *testing.T, sql string, out any) {
	t.Helper()
	cmd := program(t, "lake", "query", "--format", "json", sql)
	cmd.Dir = f.dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(stdout, out)
	}
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", sql, err, stdout, stderr.String())
	}
}

// text is the one value of a query.
func (f *kafkaFolder) text(t *testing.T, sql string) string {
	t.Helper()
	var rows []map[string]any
	f.query(t, "SELECT ("+sql+")::VARCHAR AS x", &rows)
	if len(rows) != 1 {
		t.Fatalf("%s: %d rows", sql, len(rows))
	}
	return fmt.Sprint(rows[0]["x"])
}

func TestIngestKafka(t *testing.T) {
	t.Parallel()
	f := fakeKafka(t)
	f.put(t, 0, `{"id":1,"name":"a"}`, `{"id":2,"name":"b"}`, `not json`, `[1]`, `{"id":"three"}`, `{"id":3,"more":{"x":[1,2]}}`)
	f.putRecords(t,
		&kgo.Record{Partition: 1, Key: []byte("gone")},
		&kgo.Record{Partition: 1, Key: []byte{0xff}, Value: []byte(`{"id":4}`), Headers: []kgo.RecordHeader{{Key: "trace", Value: []byte("t1")}}})
	plan := f.ingest(t, 0, "--dry-run")
	if plan.Summary.Version != nil || plan.Summary.Partitions[0].End != 6 {
		t.Errorf("plan %+v", plan.Summary)
	}
	r := f.ingest(t, 0)
	if s := r.Summary; s.RowsRead != 8 || s.RowsRejected < 2 || s.RowsRead != s.RowsWritten+s.RowsRejected || len(s.Partitions) != 4 || s.Partitions[1].End != 2 {
		t.Errorf("summary %+v, stderr %s", r.Summary, r.stderr)
	}
	var rows []map[string]any
	f.query(t, `SELECT id::VARCHAR AS id, _kafka_partition AS p, _kafka_offset AS o, _kafka_key AS k, _kafka_key_b64 AS b,
		_kafka_headers['trace'] AS trace, _source AS s FROM raw.orders WHERE _kafka_partition = 1 ORDER BY o`, &rows)
	want := []map[string]any{
		{"id": nil, "p": 1.0, "o": 0.0, "k": "gone", "b": nil, "trace": nil, "s": "kafka"},
		{"id": "4", "p": 1.0, "o": 1.0, "k": "/w==", "b": true, "trace": "t1", "s": "kafka"},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
	if got := f.text(t, "SELECT string_agg(_origin, ' ' ORDER BY _origin) FROM raw.orders_rejected"); !strings.HasPrefix(got, "orders/0/2 orders/0/3") {
		t.Errorf("rejected are %s", got)
	}
	again := f.ingest(t, 0)
	if again.Summary.RowsRead != 0 || *again.Summary.Version != *r.Summary.Version || !strings.Contains(again.stderr, "nothing new") {
		t.Errorf("the second run: %+v %s", again.Summary, again.stderr)
	}
	mustRun(t, f.dir, []string{"lake", "verify"})
}

func TestIngestKafkaRaw(t *testing.T) {
	t.Parallel()
	f := fakeKafka(t)
	f.put(t, 0, "\x00\xff binary", "text", "")
	f.putRecords(t, &kgo.Record{Partition: 0})
	f.ingest(t, 0, "--value-format", "raw")
	got := f.text(t, "SELECT string_agg(coalesce(hex(value), 'NULL'), ' ' ORDER BY _kafka_offset) FROM raw.orders")
	if got != "00FF2062696E617279 74657874  NULL" {
		t.Errorf("values are %s", got)
	}
}

func TestIngestKafkaNewColumnsAndBatches(t *testing.T) {
	t.Parallel()
	f := fakeKafka(t)
	for i := range 40 {
		f.put(t, int32(i%4), fmt.Sprintf(`{"id":%d}`, i))
	}
	f.put(t, 2, `{"id":100,"late":"x"}`, `{"id":101,"late":"y"}`)
	r := f.ingest(t, 0, "--batch-rows", "10")
	if results, ok := r.Result.([]any); r.Summary.RowsWritten != 42 || !ok || len(results) < 5 {
		t.Errorf("summary %+v, result %v", r.Summary, r.Result)
	}
	if got := f.text(t, "SELECT count(*) || ' ' || count(DISTINCT id) || ' ' || count(late) FROM raw.orders"); got != "42 42 2" {
		t.Errorf("rows, ids and new values: %s", got)
	}
	f.put(t, 0, `{"id":200,"other":1}`)
	bad := f.ingest(t, 1, "--on-new-column", "fail")
	if bad.Error.Code != "schema" {
		t.Errorf("error %+v", bad.Error)
	}
	f.ingest(t, 0, "--on-new-column", "ignore")
	mustRun(t, f.dir, []string{"lake", "verify"})
}

func TestIngestKafkaBadRows(t *testing.T) {
	t.Parallel()
	f := fakeKafka(t)
	f.put(t, 0, `{"id":1}`, `{"id":2}`)
	f.ingest(t, 0)
	f.put(t, 0, `{"id":3}`, `{"id":"x"}`)
	if r := f.ingest(t, exitChecks, "--on-bad-row", "fail"); !strings.Contains(r.Error.Message, "orders/0/3") {
		t.Errorf("error %+v", r.Error)
	}
	f.ingest(t, exitChecks, "--max-rejects", "0")
	if r := f.ingest(t, 0); r.Summary.RowsRead != 2 || r.Summary.RowsRejected != 1 {
		t.Errorf("summary %+v", r.Summary)
	}
}

func TestIngestKafkaGap(t *testing.T) {
	t.Parallel()
	f := fakeKafka(t)
	f.put(t, 0, `{"id":0}`, `{"id":1}`)
	f.ingest(t, 0)
	f.put(t, 0, `{"id":2}`, `{"id":3}`, `{"id":4}`)
	at := kadm.Offsets{}
	at.Add(kadm.Offset{Topic: "orders", Partition: 0, At: 4})
	if _, err := f.adm.DeleteRecords(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	for _, dry := range [][]string{nil, {"--dry-run"}} {
		r := f.ingest(t, 1, dry...)
		if !strings.Contains(r.Error.Message, "offsets 2 to 3") || !strings.Contains(r.Error.Hint, "--accept-gap") {
			t.Errorf("error %+v", r.Error)
		}
	}
	r := f.ingest(t, 0, "--accept-gap")
	text, _ := json.Marshal(r.Summary.Partitions[0])
	if string(text) != `{"partition":0,"start":4,"end":5,"high_watermark":5,"lag":0,"gaps":[{"from":2,"to":4}]}` {
		t.Errorf("partition %s", text)
	}
	mustRun(t, f.dir, []string{"lake", "verify"})
}

func TestIngestKafkaForeverUntilInterrupted(t *testing.T) {
	t.Parallel()
	f := fakeKafka(t)
	f.put(t, 0, `{"id":0}`)
	cmd := f.command(t, "--until", "forever", "--batch-interval", "300ms", "-v")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stdout bytes.Buffer
	cmd.Stdout = &stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, stderr) }()
	await(t, "the first commit", func() bool {
		records, _ := filepath.Glob(filepath.Join(f.dir, "data_lake/raw/orders/_df360/log/*.json"))
		return len(records) > 0
	})
	f.put(t, 1, `{"id":1}`, `{"id":2}`)
	begin := time.Now()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if got := code(t, cmd.Wait()); got != exitInterrupt || time.Since(begin) > 5*time.Second {
		t.Errorf("exit %d after %s: %s", got, time.Since(begin), stdout.String())
	}
	r := f.ingest(t, 0)
	if got := f.text(t, "SELECT count(*) || ' ' || count(DISTINCT id) FROM raw.orders"); got != "3 3" {
		t.Errorf("rows and ids: %s, the last run %+v", got, r.Summary)
	}
}

// await waits until something is so.
func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	for range 600 {
		if so() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s did not come", what)
}

// TestIngestKafkaSecrets: references only, and nothing shows what they hold.
func TestIngestKafkaSecrets(t *testing.T) {
	t.Parallel()
	f := fakeKafka(t, kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-256", "etl", "hunter2"))
	run := func(exit int, flags ...string) kafkaReport {
		t.Helper()
		cmd := f.command(t, append([]string{"-vv", "--dry-run"}, flags...)...)
		cmd.Env = append(os.Environ(), "KAFKA_PASSWORD=hunter2")
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		var failed *exec.ExitError
		if err := cmd.Run(); err != nil && !errors.As(err, &failed) {
			t.Fatal(err)
		}
		if got := cmd.ProcessState.ExitCode(); got != exit || strings.Contains(stdout.String()+stderr.String(), "hunter2") {
			t.Errorf("%v: exit %d, want %d\n%s%s", flags, got, exit, stdout.String(), stderr.String())
		}
		var r kafkaReport
		if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
			t.Error(err)
		}
		return r
	}
	sasl := []string{"--sasl", "scram-sha-256", "--sasl-user", "etl", "--sasl-password"}
	run(0, append(sasl, "env:KAFKA_PASSWORD")...)
	run(exitUsage, append(sasl, "hunter2")...)
	run(exitUsage, append(sasl, "env:NO_SUCH_VARIABLE")...)
	for _, flags := range [][]string{
		{"--sasl", "scram"},
		{"--sasl-user", "etl"},
		{"--sasl", "plain", "--sasl-user", "etl"},
		{"--sasl", "oauthbearer", "--sasl-user", "etl", "--sasl-password", "env:KAFKA_PASSWORD"},
		{"--brokers", "kafka.example.com:9092", "--sasl", "plain", "--sasl-user", "etl", "--sasl-password", "env:KAFKA_PASSWORD"},
		{"--tls-cert", "c.pem"},
		{"--tls-ca", "no-such-file.pem"},
		{"--until", "tomorrow"},
		{"--until", "offsets=0"},
		{"--from", "timestamp=yesterday"},
		{"--value-format", "avro"},
		{"--batch-rows", "0"},
		{"--batch-interval", "0s"},
		{"--connect-timeout", "-1s"},
		{"--brokers", ","},
		{"--brokers", "a:b:c"},
		{"--brokers", "a:x"},
		{"--topic", ""},
	} {
		if r := run(exitUsage, flags...); r.Error == nil || r.Error.Message == "" {
			t.Errorf("%v: %+v", flags, r.Error)
		}
	}
}

func TestIngestKafkaUnreachable(t *testing.T) {
	t.Parallel()
	f := fakeKafka(t)
	f.brokers = "127.0.0.1:1"
	r := f.ingest(t, exitUnreachable, "--connect-timeout", "1s")
	if r.Error.Code != "unreachable" || !strings.Contains(r.Error.Message, "127.0.0.1:1") {
		t.Errorf("error %+v", r.Error)
	}
	f = fakeKafka(t)
	f.topic = "nosuch"
	if r := f.ingest(t, 1); r.Error.Code != "not_found" || !strings.Contains(r.Error.Message, "nosuch") {
		t.Errorf("error %+v", r.Error)
	}
	if _, err := os.Stat(filepath.Join(f.dir, "data_lake")); err == nil {
		t.Error("a run that failed has made a lake")
	}
}
