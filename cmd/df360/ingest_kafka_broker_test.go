package main

import (
	"bytes"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// TestServiceKafkaBrokerRestart: a run that goes on waits for a broker that goes
// away and comes back.
func TestServiceKafkaBrokerRestart(t *testing.T) {
	f := realKafka(t, 4, nil)
	f.put(t, 0, `{"n":0}`, `{"n":1}`)
	cmd := f.command(t, "--until", "offsets=0:4", "--connect-timeout", "60s")
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * time.Second)
	broker(t, "kill")
	time.Sleep(2 * time.Second)
	broker(t, "start")
	f.put(t, 0, `{"n":2}`, `{"n":3}`)
	if got := code(t, cmd.Wait()); got != 0 {
		t.Fatalf("exit %d: %s", got, output.String())
	}
	if got := f.text(t, "SELECT count(*) || ' ' || count(DISTINCT n) FROM raw.orders"); got != "4 4" {
		t.Errorf("rows and numbers: %s", got)
	}
}

// TestServiceKafkaGaps: deleted records, partitions that come later, and a topic
// that is made again.
func TestServiceKafkaGaps(t *testing.T) {
	f := realKafka(t, 2, nil)
	f.put(t, 0, `{"n":0}`, `{"n":1}`)
	f.put(t, 1, `{"n":10}`)
	first := f.ingest(t, 0)
	f.put(t, 0, `{"n":2}`, `{"n":3}`, `{"n":4}`)
	at := kadm.Offsets{}
	at.Add(kadm.Offset{Topic: f.topic, Partition: 0, At: 4})
	if _, err := f.adm.DeleteRecords(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	r := f.ingest(t, 1)
	if r.Error.Code != "not_found" || !strings.Contains(r.Error.Message, "partition 0: offsets 2 to 3") {
		t.Errorf("deleted records: %+v", r.Error)
	}
	r = f.ingest(t, 0, "--accept-gap")
	if *r.Summary.Version <= *first.Summary.Version || len(r.Summary.Partitions[0].Gaps) != 1 || r.Summary.RowsWritten != 1 {
		t.Errorf("accepted: %+v", r.Summary)
	}

	if _, err := f.adm.CreatePartitions(t.Context(), 1, f.topic); err != nil {
		t.Fatal(err)
	}
	await(t, "the new partition", func() bool {
		f.cl.ForceMetadataRefresh()
		leader, _, err := f.cl.PartitionLeader(f.topic, 2)
		return err == nil && leader >= 0
	})
	f.put(t, 2, `{"n":20}`)
	if r = f.ingest(t, 0, "--from", "latest"); r.Summary.RowsWritten != 1 || len(r.Summary.Partitions) != 3 {
		t.Errorf("a new partition: %+v", r.Summary)
	}

	if _, err := f.adm.DeleteTopic(t.Context(), f.topic); err != nil {
		t.Fatal(err)
	}
	r = f.ingest(t, 1, "--connect-timeout", "5s")
	if r.Error.Code != "not_found" {
		t.Errorf("a deleted topic: %+v", r.Error)
	}
	f.create(t, 2, nil)
	f.cl.PurgeTopicsFromClient(f.topic)
	for i := range 9 { // more than was read of the old one
		f.put(t, 0, fmt.Sprintf(`{"n":%d}`, 100+i))
	}
	r = f.ingest(t, 1)
	if !strings.Contains(r.Error.Message, "made again") || !strings.Contains(r.Error.Message, "0:5") {
		t.Errorf("made again: %+v", r.Error)
	}
	if r = f.ingest(t, 0, "--accept-gap"); r.Summary.RowsWritten != 9 {
		t.Errorf("made again, accepted: %+v", r.Summary)
	}
	if r = f.ingest(t, 0); r.Summary.RowsRead != 0 {
		t.Errorf("after that: %+v", r.Summary)
	}
	if got := f.text(t, "SELECT count(*) || ' ' || count(DISTINCT n) FROM raw.orders"); got != "14 14" {
		t.Errorf("rows and numbers: %s", got)
	}
	mustRun(t, f.dir, []string{"lake", "verify"})
}

// TestServiceKafkaOpenTransaction: a run ends at the last stable offset, behind
// markers; what is held back comes when it is committed.
func TestServiceKafkaOpenTransaction(t *testing.T) {
	f := realKafka(t, 1, nil)
	cl := kafkaProducer(t, f.topic, []string{f.brokers}, kgo.TransactionalID(f.topic))
	write := func(values ...string) {
		t.Helper()
		if err := cl.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			if err := cl.ProduceSync(t.Context(), &kgo.Record{Value: []byte(v)}).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
	}
	end := func(try kgo.TransactionEndTry) {
		t.Helper()
		if err := cl.EndTransaction(t.Context(), try); err != nil {
			t.Fatal(err)
		}
	}
	write(`{"n":0}`, `{"n":1}`)
	end(kgo.TryCommit)
	write(`{"n":-1}`)
	end(kgo.TryAbort)
	r := f.ingest(t, 0)
	if p := r.Summary.Partitions[0]; r.Summary.RowsWritten != 2 || p.End != 5 || p.Lag != 0 {
		t.Errorf("behind an aborted transaction: %+v", r.Summary)
	}
	write(`{"n":2}`)
	f.put(t, 0, `{"n":3}`)
	r = f.ingest(t, 0)
	if p := r.Summary.Partitions[0]; r.Summary.RowsRead != 0 || p.End != 5 || p.HighWatermark != 7 || p.Lag != 2 {
		t.Errorf("with an open transaction: %+v", r.Summary)
	}
	end(kgo.TryCommit)
	if r = f.ingest(t, 0); r.Summary.RowsWritten != 2 {
		t.Errorf("committed: %+v", r.Summary)
	}
	if got := f.text(t, "SELECT string_agg(n, ' ' ORDER BY n) FROM raw.orders"); got != "0 1 2 3" {
		t.Errorf("rows: %s", got)
	}
}

// TestServiceKafkaCompaction: what compaction has removed is no gap, also where it
// is at the end, and the run comes to its end.
func TestServiceKafkaCompaction(t *testing.T) {
	f := realKafka(t, 1, map[string]string{
		"cleanup.policy": "compact", "segment.ms": "100", "min.cleanable.dirty.ratio": "0.01", "delete.retention.ms": "0",
		"min.compaction.lag.ms": "0", "max.compaction.lag.ms": "100",
	})
	for i := range 30 {
		f.putRecords(t, &kgo.Record{Key: []byte{byte('a' + i%3)}, Value: fmt.Appendf(nil, `{"n":%d}`, i)})
		time.Sleep(10 * time.Millisecond)
	}
	for _, key := range []string{"a", "b", "c", "d"} { // tombstones are compacted away, too
		time.Sleep(150 * time.Millisecond)
		f.putRecords(t, &kgo.Record{Key: []byte(key)})
	}
	ends, err := f.adm.ListEndOffsets(t.Context(), f.topic)
	if err != nil {
		t.Fatal(err)
	}
	end, _ := ends.Lookup(f.topic, 0)
	rows := int64(0)
	for i := range 40 { // as the log shrinks
		f.dir = t.TempDir()
		r := f.ingest(t, 0)
		if p := r.Summary.Partitions[0]; p.End != end.Offset || len(p.Gaps) > 0 {
			t.Fatalf("it came to %+v, the log ends at %d", p, end.Offset)
		}
		if rows = r.Summary.RowsRead; rows < 10 && i > 3 {
			break
		}
		time.Sleep(500 * time.Millisecond)
	}
	if t.Logf("%d rows are left", rows); rows >= 10 {
		t.Errorf("compaction has left %d rows", rows)
	}
	if r := f.ingest(t, 0); r.Summary.RowsRead != 0 {
		t.Errorf("the next run: %+v", r.Summary)
	}
}

// TestServiceKafkaMemory: a large topic takes no more memory than it may.
func TestServiceKafkaMemory(t *testing.T) {
	f := realKafka(t, 4, nil)
	const rows = 1_500_000
	cl := kafkaProducer(t, f.topic, []string{f.brokers}, kgo.RecordPartitioner(kgo.StickyPartitioner()),
		kgo.MaxBufferedRecords(50_000), kgo.ProducerBatchCompression(kgo.Lz4Compression()))
	for i := range rows {
		cl.Produce(t.Context(), &kgo.Record{Value: fmt.Appendf(nil, `{"id":%d,"text":"%0150d","amount":%d.25}`, i, i*7919, i%1000)}, nil)
	}
	if err := cl.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, flags := range [][]string{nil, {"--memory-limit", "256MiB", "--threads", "2"}} {
		f.dir = t.TempDir()
		cmd := f.command(t, flags...)
		begin := time.Now()
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
		if !ok {
			t.Fatal("this system does not tell how much memory a process took")
		}
		peak := usage.Maxrss >> 10
		t.Logf("%d rows, %v: %s, CPU %s, %d MiB", rows, flags, time.Since(begin).Round(time.Millisecond),
			cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime(), peak)
		if peak > 512 {
			t.Errorf("%v: %d MiB", flags, peak)
		}
		if got := f.text(t, "SELECT count(*) || ' ' || count(DISTINCT id) FROM raw.orders"); got != fmt.Sprintf("%d %d", rows, rows) {
			t.Errorf("rows and ids: %s", got)
		}
	}
}
