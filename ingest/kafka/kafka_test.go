package kafka_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kalpafall/df360/ingest"
	"github.com/kalpafall/df360/ingest/kafka"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/mergepatch"
	"github.com/kalpafall/df360/internal/parquetfile"
)

const topic = "orders"

// fakeKafka is a cluster in this process, with a client of its own.
type fakeKafka struct {
	*kfake.Cluster
	*kgo.Client
	adm *kadm.Client
}

func startFake(t *testing.T, partitions int32, opts ...kfake.Opt) *fakeKafka {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(2), kfake.SeedTopics(partitions, topic)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	cl := newProducer(t, c)
	return &fakeKafka{c, cl, kadm.NewClient(cl)}
}

func newProducer(t *testing.T, c *kfake.Cluster, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	cl, err := kgo.NewClient(append([]kgo.Opt{
		kgo.SeedBrokers(c.ListenAddrs()...), kgo.DefaultProduceTopic(topic),
		kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.MetadataMinAge(10 * time.Millisecond),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return cl
}

// options are those of a run to the end.
func (f *fakeKafka) options() kafka.Options {
	return kafka.Options{Brokers: f.ListenAddrs(), Topic: topic, ConnectTimeout: 10 * time.Second}
}

// put writes values n, n+1, ... to a partition.
func (f *fakeKafka) put(t *testing.T, partition int32, from, n int) {
	t.Helper()
	put(t, f.Client, partition, from, n)
}

func put(t *testing.T, cl *kgo.Client, partition int32, from, n int) {
	t.Helper()
	records := make([]*kgo.Record, n)
	for i := range records {
		records[i] = &kgo.Record{Partition: partition, Value: fmt.Appendf(nil, `{"n":%d}`, from+i)}
	}
	if err := cl.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// grow adds a partition, and waits until the producer knows it.
func (f *fakeKafka) grow(t *testing.T, partition int32) {
	t.Helper()
	if _, err := f.adm.CreatePartitions(t.Context(), 1, topic); err != nil {
		t.Error(err)
	}
	for range 100 {
		f.ForceMetadataRefresh()
		time.Sleep(20 * time.Millisecond)
		if got, _, err := f.PartitionLeader(topic, partition); err == nil && got >= 0 {
			return
		}
	}
}

// run is what one run of a source has given.
type run struct {
	rows     []row
	batches  int
	blocks   int
	progress json.RawMessage
	report   []kafka.PartitionReport
}

type row struct {
	partition, offset, micros int64
	noTime                    bool
	key                       string
	noKey, base64             bool
	value                     string
	null                      bool
	headers                   string
	origin                    string
}

// take runs a source to its end as the loop of ingest does, and checks what
// every commit says.
func take(t *testing.T, o kafka.Options, progress json.RawMessage) (run, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	return takeUntil(ctx, t, o, progress, nil)
}

// takeUntil is take; seen, where it is set, is told of each block.
func takeUntil(ctx context.Context, t *testing.T, o kafka.Options, progress json.RawMessage, seen func(*run)) (run, error) {
	t.Helper()
	s, err := kafka.New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	out := run{progress: progress}
	for {
		b, err := s.Next(ctx, out.progress)
		if err != nil || b == nil {
			out.report = s.Report(ctx)
			return out, err
		}
		err = b.Read(ctx, false, func(b *ingest.Block) error {
			out.blocks++
			out.add(t, b)
			if seen != nil {
				seen(&out)
			}
			return nil
		})
		if err != nil {
			out.report = s.Report(ctx)
			return out, err
		}
		patch, err := b.Progress()
		if err != nil {
			t.Fatal(err)
		}
		if patch == nil {
			continue
		}
		out.batches++
		out.apply(t, patch)
		s.Committed(ctx)
	}
}

func (r *run) apply(t *testing.T, patch any) {
	t.Helper()
	text, err := json.Marshal(patch)
	if err != nil {
		t.Fatal(err)
	}
	if err := kafka.CheckProgress(r.progress, text); err != nil {
		t.Errorf("%s after %s: %v", text, r.progress, err)
	}
	if r.progress, err = mergepatch.Apply(r.progress, text); err != nil {
		t.Fatal(err)
	}
}

func (r *run) add(t *testing.T, b *ingest.Block) {
	t.Helper()
	m := b.Meta
	for i := range b.Rows {
		one := row{
			partition: m[1].Ints[0], offset: m[2].Ints[i], micros: m[3].Ints[i], noTime: isNull(m[3], i),
			noKey: isNull(m[4], i), key: text(m[4], i), base64: !isNull(m[5], i) && m[5].Ints[i] == 1,
			headers: headers(m[6], i), origin: b.Origin(i),
		}
		if len(m) > 7 {
			one.value, one.null = text(m[7], i), isNull(m[7], i)
		} else {
			one.value, one.null = string(b.Values[i]), b.Values[i] == nil
		}
		r.rows = append(r.rows, one)
	}
}

func isNull(v parquetfile.Values, i int) bool { return v.Null != nil && v.Null[i] }

func text(v parquetfile.Values, i int) string { return string(v.Text[v.Ends[i]:v.Ends[i+1]]) }

func headers(v parquetfile.Values, i int) string {
	if isNull(v, i) {
		return ""
	}
	var out []string
	for k := int(v.Offsets[i]); k < int(v.Offsets[i+1]); k++ {
		value := text(v.Children[1], k)
		if isNull(v.Children[1], k) {
			value = "NULL"
		}
		out = append(out, text(v.Children[0], k)+"="+value)
	}
	return strings.Join(out, " ")
}

// numbers are the rows' numbers, as "partition:offset=n".
func (r *run) numbers() string {
	var out []string
	for _, one := range r.rows {
		var v struct{ N int }
		if err := json.Unmarshal([]byte(one.value), &v); err != nil {
			out = append(out, one.value)
			continue
		}
		out = append(out, fmt.Sprintf("%d:%d=%d", one.partition, one.offset, v.N))
	}
	return strings.Join(out, " ")
}

// next is the committed position of a partition, -1 where there is none.
func next(t *testing.T, progress json.RawMessage, partition int) int64 {
	t.Helper()
	var p map[string]struct {
		Partitions map[string]struct{ Next int64 }
	}
	if len(progress) > 0 {
		if err := json.Unmarshal(progress, &p); err != nil {
			t.Fatal(err)
		}
	}
	if one, ok := p[topic].Partitions[strconv.Itoa(partition)]; ok {
		return one.Next
	}
	return -1
}

// mustTake is take for a run that ends well.
func mustTake(t *testing.T, o kafka.Options, progress json.RawMessage) run {
	t.Helper()
	r, err := take(t, o, progress)
	if err != nil {
		t.Fatalf("%v (hint: %s)", err, fault.Hint(err))
	}
	return r
}

// wantFault checks the kind of an error and what it says.
func wantFault(t *testing.T, err error, code fault.Code, says ...string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || fault.CodeOf(err) != code {
		t.Fatalf("got %v (%s), want one of kind %s", err, fault.CodeOf(err), code)
	}
	for _, what := range says {
		if !strings.Contains(err.Error()+"\n"+fault.Hint(err), what) {
			t.Errorf("%q (hint %q) does not say %q", err, fault.Hint(err), what)
		}
	}
}
