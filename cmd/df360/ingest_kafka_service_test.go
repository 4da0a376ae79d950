package main

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// needService is the value of the environment variable by which
// scripts/services.sh says where a service is. A test that lacks it is skipped,
// unless DF360_TEST_NO_SKIP names the service.
func needService(t *testing.T, service, variable string) string {
	t.Helper()
	at := os.Getenv(variable)
	if at == "" {
		if slices.Contains(strings.Split(os.Getenv("DF360_TEST_NO_SKIP"), ","), service) {
			t.Fatalf("%s is not set", variable)
		}
		t.Skipf("%s is not set; make test-services sets it", variable)
	}
	return at
}

// realKafka is the Kafka that scripts/services.sh has started, with a topic of
// this test's own.
func realKafka(t *testing.T, partitions int32, config map[string]string) *kafkaFolder {
	t.Helper()
	at := needService(t, "kafka", "DF360_TEST_KAFKA")
	topic := strings.ToLower(t.Name()) + fmt.Sprintf("-%d", time.Now().UnixNano())
	f := newKafkaFolder(t, topic, at)
	f.create(t, partitions, config)
	return f
}

func (f *kafkaFolder) create(t *testing.T, partitions int32, config map[string]string) {
	t.Helper()
	settings := map[string]*string{}
	for k, v := range config {
		settings[k] = &v
	}
	if _, err := f.adm.CreateTopic(t.Context(), partitions, 1, settings, f.topic); err != nil {
		t.Fatal(err)
	}
}

// broker does something to the broker: start, stop, kill.
func broker(t *testing.T, verb string) {
	t.Helper()
	script, err := filepath.Abs("../../scripts/services.sh")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), script, verb, "kafka")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("services.sh %s kafka: %v\n%s", verb, err, out)
	}
}

// ledger is what producers have written to a topic, by transaction. A row says
// which one it belongs to, how many rows that has, and its own hash.
type ledger struct {
	mu sync.Mutex
	// fate is what became of a transaction: true is committed, false aborted. One
	// whose end is not known, or that the producer has lost track of as the broker
	// was killed, is in unknown.
	fate    map[string]bool
	unknown map[string]bool
}

// row is a row of a transaction.
func (l *ledger) row(stream string, tx, size, seq int) []byte {
	text := fmt.Sprintf("%s/%d/%d/%d", stream, tx, size, seq)
	value, _ := json.Marshal(map[string]any{ // never fails
		"tx": fmt.Sprintf("%s/%d", stream, tx), "size": size, "seq": seq, "hash": fmt.Sprintf("%x", md5.Sum([]byte(text))), "text": text,
	})
	return value
}

func (l *ledger) end(stream string, tx int, committed bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	name := fmt.Sprintf("%s/%d", stream, tx)
	if err != nil && committed {
		l.unknown[name] = true
		return
	}
	l.fate[name] = committed
}

// produce writes transactions until ctx ends, one in five of them aborted; kinds
// without a transaction are committed as they are.
func (f *kafkaFolder) produce(ctx context.Context, t *testing.T, l *ledger, stream string, transactional bool) {
	random := rand.New(rand.NewPCG(uint64(len(stream)), uint64(stream[0])))
	var cl *kgo.Client
	defer func() {
		if cl != nil {
			cl.Close()
		}
	}()
	for tx := 0; ctx.Err() == nil; tx++ {
		if cl == nil {
			opts := []kgo.Opt{
				kgo.SeedBrokers(f.brokers), kgo.DefaultProduceTopic(f.topic), kgo.MetadataMinAge(50 * time.Millisecond),
				kgo.ProducerBatchCompression(kgo.Lz4Compression(), kgo.NoCompression()),
			}
			if transactional {
				opts = append(opts, kgo.TransactionalID(f.topic+stream), kgo.TransactionTimeout(20*time.Second))
			}
			var err error
			if cl, err = kgo.NewClient(opts...); err != nil {
				t.Error(err)
				return
			}
		}
		// What was begun is ended.
		if !f.transact(context.WithoutCancel(ctx), t, cl, l, stream, tx, random, transactional) {
			cl.Close()
			cl = nil
		}
		time.Sleep(time.Duration(random.IntN(4)) * time.Millisecond)
	}
}

// transact writes one transaction. false says that the producer cannot go on.
func (f *kafkaFolder) transact(ctx context.Context, t *testing.T, cl *kgo.Client, l *ledger, stream string, tx int, random *rand.Rand, transactional bool) bool {
	size := 1 + random.IntN(30)
	commit := !transactional || random.IntN(5) > 0
	if transactional {
		if err := cl.BeginTransaction(); err != nil {
			return false
		}
	}
	var records []*kgo.Record
	for seq := range size {
		records = append(records, &kgo.Record{Value: l.row(stream, tx, size, seq), Key: []byte{byte(random.Int())}})
	}
	err := cl.ProduceSync(ctx, records...).FirstErr()
	if !transactional {
		if err != nil {
			t.Errorf("stream %s: %v", stream, err) // it goes on trying
		}
		l.end(stream, tx, true, err)
		return err == nil
	}
	broken := err
	err = cl.EndTransaction(ctx, kgo.TransactionEndTry(commit && broken == nil))
	if broken != nil { // it is aborted, unless the client has lost track of it
		commit, err = true, broken
	}
	l.end(stream, tx, commit, err)
	return err == nil
}

// check compares the lake with the ledger: by SQL, every row of a committed
// transaction is there once and whole, and none of an aborted one.
func (f *kafkaFolder) check(t *testing.T, l *ledger) {
	t.Helper()
	const all = `SELECT count(*) || ' rows, ' || count(DISTINCT text) || ' different, ' || count(DISTINCT (_kafka_partition, _kafka_offset)) || ' offsets, ' ||
		count(*) FILTER (hash <> md5(text) OR text <> tx || '/' || size || '/' || seq) || ' damaged' FROM raw.orders`
	var groups []struct {
		Tx         string
		Size, N, D int
	}
	f.query(t, "SELECT tx, max(size)::INTEGER AS size, count(*)::INTEGER AS n, count(DISTINCT seq)::INTEGER AS d FROM raw.orders GROUP BY tx", &groups)
	rows, lost, doubled, aborted := 0, 0, 0, 0
	seen := map[string]bool{}
	for _, g := range groups {
		rows += g.N
		seen[g.Tx] = true
		committed, known := l.fate[g.Tx]
		switch {
		case known && !committed, !known && !l.unknown[g.Tx]:
			aborted += g.N
		case g.N > g.Size || g.D < g.N:
			doubled += g.N - g.Size
		case g.N < g.Size && known: // what a producer has lost track of may be there in part
			lost += g.Size - g.N
		}
	}
	commits := 0
	for name, committed := range l.fate {
		if !committed {
			continue
		}
		if commits++; !seen[name] {
			lost++
		}
	}
	summary := f.text(t, all)
	t.Logf("%s; %d transactions committed, %d aborted, %d with an unknown end", summary, commits, len(l.fate)-commits, len(l.unknown))
	want := fmt.Sprintf("%d rows, %d different, %d offsets, 0 damaged", rows, rows, rows)
	if lost != 0 || doubled != 0 || aborted != 0 || summary != want || commits == 0 || commits == len(l.fate) {
		t.Errorf("%d lost, %d doubled, %d aborted; %s", lost, doubled, aborted, summary)
	}
}

// checkOffsets compares the lake with what franz-go's consumer reads of the topic.
func (f *kafkaFolder) checkOffsets(t *testing.T) {
	t.Helper()
	ends, err := f.adm.ListCommittedOffsets(t.Context(), f.topic)
	if err != nil {
		t.Fatal(err)
	}
	want := map[[2]int64]bool{}
	ends.Each(func(o kadm.ListedOffset) {
		cl, err := kgo.NewClient(kgo.SeedBrokers(f.brokers), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords(),
			kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{f.topic: {o.Partition: kgo.NewOffset().AtStart()}}))
		if err != nil {
			t.Fatal(err)
		}
		defer cl.Close()
		for next := int64(0); next < o.Offset; {
			cl.PollFetches(t.Context()).EachRecord(func(r *kgo.Record) {
				if next = r.Offset + 1; !r.Attrs.IsControl() {
					want[[2]int64{int64(r.Partition), r.Offset}] = true
				}
			})
		}
	})
	var got []struct{ P, O int64 }
	f.query(t, "SELECT _kafka_partition AS p, _kafka_offset AS o FROM raw.orders", &got)
	for _, g := range got {
		if !want[[2]int64{g.P, g.O}] {
			t.Errorf("partition %d, offset %d is in the lake, and no consumer sees it", g.P, g.O)
		}
		delete(want, [2]int64{g.P, g.O})
	}
	if len(want) > 0 {
		t.Errorf("%d records are not in the lake", len(want))
	}
}

// TestServiceKafkaKills: producers write, df360 is killed at random instants, and
// the broker is killed, stopped and started. Nothing is lost, doubled, or seen that
// was aborted.
func TestServiceKafkaKills(t *testing.T) {
	f := realKafka(t, 4, nil)
	defer broker(t, "start") // for the tests behind this one
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	l := &ledger{fate: map[string]bool{}, unknown: map[string]bool{}}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var producers sync.WaitGroup
	for stream, transactional := range map[string]bool{"a": true, "b": true, "c": false} {
		producers.Go(func() { f.produce(ctx, t, l, stream, transactional) })
	}
	var restarts sync.WaitGroup
	restarts.Go(func() {
		for _, verb := range []string{"kill", "stop", "kill"} {
			time.Sleep(9 * time.Second)
			broker(t, verb)
			time.Sleep(time.Second)
			broker(t, "start")
		}
	})
	over := make(chan struct{})
	go func() { restarts.Wait(); time.Sleep(5 * time.Second); close(over) }()
	kills, runs := 0, 0
	for done := false; !done; runs++ {
		if killed := f.runAndKill(t, random); killed {
			kills++
		}
		select {
		case <-over:
			done = true
		default:
		}
	}
	cancel()
	producers.Wait()
	r := f.ingest(t, 0, "--connect-timeout", "60s")
	t.Logf("%d runs, %d killed, then %d rows more", runs, kills, r.Summary.RowsWritten)
	f.check(t, l)
	f.checkOffsets(t)
	if last := f.ingest(t, 0); last.Summary.RowsRead != 0 {
		t.Errorf("a run over a topic at rest took %d rows", last.Summary.RowsRead)
	}
	mustRun(t, f.dir, []string{"lake", "verify"})
}

// runAndKill runs ingest kafka, sometimes twice at the same time, and kills it
// where it does not end before.
func (f *kafkaFolder) runAndKill(t *testing.T, random *rand.Rand) (killed bool) {
	t.Helper()
	flags := [][]string{
		{"--until", "end"},
		{"--until", "forever", "--batch-interval", "150ms"},
		{"--until", "duration=2s", "--batch-interval", "100ms", "--batch-rows", "50"},
	}
	var runs []*exec.Cmd
	for range 1 + random.IntN(4)/3 {
		cmd := f.command(t, append(flags[random.IntN(len(flags))], "--connect-timeout", "30s")...)
		var output bytes.Buffer
		cmd.Stdout, cmd.Stderr = &output, &output
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		runs = append(runs, cmd)
	}
	time.Sleep(time.Duration(50+random.IntN(2500)) * time.Millisecond)
	for _, cmd := range runs {
		_ = cmd.Process.Kill() // it may have ended
		if err := cmd.Wait(); err != nil && cmd.ProcessState.ExitCode() >= 0 && cmd.ProcessState.ExitCode() != exitConflict {
			t.Errorf("%v: %v\n%s", cmd.Args, err, cmd.Stdout)
		}
		killed = killed || !cmd.ProcessState.Exited()
	}
	return killed
}
