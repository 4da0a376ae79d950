package kafka_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kalpafall/df360/ingest"
	"github.com/kalpafall/df360/ingest/kafka"
	"github.com/kalpafall/df360/internal/fault"
)

func TestRunTakesEverythingOnce(t *testing.T) {
	t.Parallel()
	f := startFake(t, 3)
	f.put(t, 0, 0, 5)
	f.put(t, 2, 100, 3)
	first := mustTake(t, f.options(), nil)
	if len(first.rows) != 8 || next(t, first.progress, 0) != 5 || next(t, first.progress, 1) != 0 || next(t, first.progress, 2) != 3 {
		t.Fatalf("rows %s, progress %s", first.numbers(), first.progress)
	}
	again := mustTake(t, f.options(), first.progress)
	if len(again.rows) != 0 || again.batches != 0 {
		t.Errorf("the second run took %s in %d batches", again.numbers(), again.batches)
	}
	f.put(t, 1, 200, 2)
	more := mustTake(t, f.options(), again.progress)
	if more.numbers() != "1:0=200 1:1=201" {
		t.Errorf("the third run took %s", more.numbers())
	}
	want := kafka.PartitionReport{Partition: 1, Start: 0, End: 2, HighWatermark: 2, Gaps: []kafka.Gap{}}
	if diff := cmp.Diff(want, more.report[1]); diff != "" {
		t.Error(diff)
	}
}

func TestEmptyTopicIsNothingNew(t *testing.T) {
	t.Parallel()
	f := startFake(t, 2)
	got := mustTake(t, f.options(), nil)
	if got.batches != 0 || got.progress != nil {
		t.Errorf("%d batches, progress %s", got.batches, got.progress)
	}
}

func TestBatchesHaveAsManyRowsAsAsked(t *testing.T) {
	t.Parallel()
	f := startFake(t, 2)
	f.put(t, 0, 0, 250) // one batch of the producer
	f.put(t, 1, 0, 70)
	o := f.options()
	o.BatchRows = 100
	got := mustTake(t, o, nil)
	if got.batches != 4 || len(got.rows) != 320 {
		t.Errorf("%d rows in %d batches", len(got.rows), got.batches)
	}
	seen := map[string]bool{}
	for _, r := range got.rows {
		seen[r.origin] = true
	}
	if len(seen) != 320 || !seen["orders/0/249"] || !seen["orders/1/69"] {
		t.Errorf("%d records of 320", len(seen))
	}
}

func TestColumnsHoldWhatRecordsHold(t *testing.T) {
	t.Parallel()
	f := startFake(t, 1)
	at := time.UnixMilli(1_762_300_800_123)
	h := func(pairs ...string) (out []kgo.RecordHeader) {
		for i := 0; i < len(pairs); i += 2 {
			out = append(out, kgo.RecordHeader{Key: pairs[i], Value: []byte(pairs[i+1])})
		}
		return out
	}
	records := []*kgo.Record{
		{Value: []byte(`{"a":1}`)},
		{Key: []byte("k"), Value: nil},
		{Key: []byte{}, Value: []byte{}, Headers: h("trace", "ü")},
		{Key: []byte{0xff, 0}, Value: []byte("not json"), Headers: h("a", "1", "a", "2", "a#2", "3", "bin", "\xff\x00")},
		{Key: []byte("a\x00b"), Value: []byte("{}"), Headers: []kgo.RecordHeader{{Key: "none"}, {Key: "\xfe", Value: []byte("v")}}},
	}
	for _, r := range records {
		r.Timestamp = at
	}
	if err := f.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
	want := []row{
		{value: `{"a":1}`, noKey: true},
		{key: "k", null: true},
		{key: "", value: "", headers: "trace=ü"},
		{key: "/wA=", base64: true, value: "not json", headers: "a=1 a#2=2 a##2=3 bin#b64=/wA="},
		{key: "YQBi", base64: true, value: "{}", headers: "none=NULL /g==#name_b64=v"},
	}
	for i := range want {
		want[i].offset, want[i].micros, want[i].origin = int64(i), at.UnixMicro(), fmt.Sprintf("orders/0/%d", i)
	}
	got := mustTake(t, f.options(), nil)
	if diff := cmp.Diff(want, got.rows, cmp.AllowUnexported(row{})); diff != "" {
		t.Error(diff)
	}
	raw := f.options()
	raw.Raw = true
	got = mustTake(t, raw, nil)
	if diff := cmp.Diff(want, got.rows, cmp.AllowUnexported(row{})); diff != "" {
		t.Errorf("raw: %s", diff)
	}
}

func TestFirstBatchIsYieldedTwice(t *testing.T) {
	t.Parallel()
	f := startFake(t, 2)
	f.put(t, 0, 0, 50)
	f.put(t, 1, 0, 50)
	s, err := kafka.New(f.options())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	b, err := s.Next(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var first, second run
	if err := b.Read(t.Context(), true, func(b *ingest.Block) error { first.add(t, b); return nil }); err != nil {
		t.Fatal(err)
	}
	f.put(t, 0, 50, 10)
	if err := b.Read(t.Context(), false, func(b *ingest.Block) error { second.add(t, b); return nil }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first.numbers(), second.numbers()); diff != "" || len(first.rows) != 100 {
		t.Errorf("%d rows; %s", len(first.rows), diff)
	}
}

// TestRecordsBehindTheStartAreLeft: a run to the end takes what was there when it
// began, also where records come in all the time.
func TestRecordsBehindTheStartAreLeft(t *testing.T) {
	t.Parallel()
	f := startFake(t, 1)
	f.put(t, 0, 0, 10)
	o := f.options()
	o.BatchRows = 4
	put := 10
	got, err := takeUntil(t.Context(), t, o, nil, func(*run) { f.put(t, 0, put, 3); put += 3 })
	if err != nil || len(got.rows) != 10 || next(t, got.progress, 0) != 10 {
		t.Errorf("%d rows, progress %s, %v", len(got.rows), got.progress, err)
	}
	if got.report[0].Lag == 0 || got.report[0].End != 10 {
		t.Errorf("report %+v", got.report[0])
	}
}

func TestUntilOffsets(t *testing.T) {
	t.Parallel()
	f := startFake(t, 3)
	for p := range int32(3) {
		f.put(t, p, 0, 20)
	}
	o := f.options()
	var err error
	if o.Until, err = kafka.ParseUntil("offsets=0:7,2:0"); err != nil {
		t.Fatal(err)
	}
	got := mustTake(t, o, nil)
	if len(got.rows) != 7 || next(t, got.progress, 0) != 7 || next(t, got.progress, 1) != -1 {
		t.Errorf("%d rows, progress %s", len(got.rows), got.progress)
	}
	rest := mustTake(t, f.options(), got.progress)
	if len(rest.rows) != 53 {
		t.Errorf("%d rows are left, want 53", len(rest.rows))
	}
	o.Until, _ = kafka.ParseUntil("offsets=3:1")
	_, err = take(t, o, nil)
	wantFault(t, err, fault.NotFound, "no partition 3")
}

func TestFrom(t *testing.T) {
	t.Parallel()
	f := startFake(t, 1)
	f.put(t, 0, 0, 5)
	o := f.options()
	o.From = kafka.From{Latest: true}
	got := mustTake(t, o, nil)
	if len(got.rows) != 0 || got.batches != 1 || next(t, got.progress, 0) != 5 {
		t.Fatalf("%d rows, %d batches, progress %s", len(got.rows), got.batches, got.progress)
	}
	f.put(t, 0, 5, 2)
	got = mustTake(t, o, got.progress)
	if got.numbers() != "0:5=5 0:6=6" {
		t.Errorf("took %s", got.numbers())
	}
	o.From = kafka.From{Time: time.Now().Add(time.Hour)}
	if got = mustTake(t, o, nil); len(got.rows) != 0 || next(t, got.progress, 0) != 7 {
		t.Errorf("from a time to come: %d rows, progress %s", len(got.rows), got.progress)
	}
}

// TestFromLatestIsFixedOnce: where the first commit of a run fails, the run does
// not begin at a later end of the topic.
func TestFromLatestIsFixedOnce(t *testing.T) {
	t.Parallel()
	f := startFake(t, 1)
	f.put(t, 0, 0, 5)
	o := f.options()
	o.From, o.Until = kafka.From{Latest: true}, kafka.Until{Duration: 2 * time.Second}
	o.BatchInterval = 300 * time.Millisecond
	s, err := kafka.New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if _, err := s.Next(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	f.put(t, 0, 5, 3)
	b, err := s.Next(t.Context(), nil) // nothing was committed
	if err != nil {
		t.Fatal(err)
	}
	var got run
	if err := b.Read(t.Context(), false, func(b *ingest.Block) error { got.add(t, b); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(got.rows) != 3 {
		t.Errorf("took %s, want the three behind the first end", got.numbers())
	}
}

// TestAnotherRunHasMovedTheProgress: the source reads on from where it finds it.
func TestAnotherRunHasMovedTheProgress(t *testing.T) {
	t.Parallel()
	f := startFake(t, 1)
	f.put(t, 0, 0, 30)
	o := f.options()
	o.BatchRows = 10
	s, err := kafka.New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	var got run
	read := func(progress json.RawMessage) {
		b, err := s.Next(t.Context(), progress)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Read(t.Context(), false, func(b *ingest.Block) error { got.add(t, b); return nil }); err != nil {
			t.Fatal(err)
		}
		patch, err := b.Progress()
		if err != nil {
			t.Fatal(err)
		}
		got.progress = progress
		got.apply(t, patch)
	}
	read(nil)
	moved := strings.Replace(string(got.progress), `"next":10`, `"next":15`, 1)
	got.rows = nil
	read(json.RawMessage(moved))
	if len(got.rows) != 10 || got.rows[0].offset != 15 {
		t.Errorf("took %s", got.numbers())
	}
	got.rows = nil
	read(json.RawMessage(moved)) // the commit has failed
	if len(got.rows) != 10 || got.rows[0].offset != 15 {
		t.Errorf("took %s", got.numbers())
	}
}

func TestDurationAndForever(t *testing.T) {
	t.Parallel()
	f := startFake(t, 1)
	f.put(t, 0, 0, 5)
	o := f.options()
	o.Until, o.BatchInterval = kafka.Until{Duration: 1500 * time.Millisecond}, 200*time.Millisecond
	begin := time.Now()
	late := false
	got, err := takeUntil(t.Context(), t, o, nil, func(*run) {
		if !late {
			late = true
			go func() {
				time.Sleep(500 * time.Millisecond)
				_ = f.ProduceSync(context.Background(), &kgo.Record{Value: []byte(`{"n":5}`)}).FirstErr()
			}()
		}
	})
	if took := time.Since(begin); err != nil || len(got.rows) != 6 || got.batches != 2 || took < time.Second || took > 5*time.Second {
		t.Errorf("%d rows in %d batches after %s, %v", len(got.rows), got.batches, took, err)
	}
	o.Until = kafka.Until{Forever: true}
	ctx, cancel := context.WithTimeout(t.Context(), 700*time.Millisecond)
	defer cancel()
	got, err = takeUntil(ctx, t, o, nil, nil)
	if err == nil || len(got.rows) != 6 || next(t, got.progress, 0) != 6 {
		t.Errorf("%d rows, progress %s, %v", len(got.rows), got.progress, err)
	}
}

// TestInterruptedBatchIsCommitted: Ctrl-C ends a batch early, with what was read.
func TestInterruptedBatchIsCommitted(t *testing.T) {
	t.Parallel()
	f := startFake(t, 1)
	f.put(t, 0, 0, 20000)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	got, err := takeUntil(ctx, t, f.options(), nil, func(*run) { cancel() })
	if err == nil || len(got.rows) == 0 || len(got.rows) >= 20000 {
		t.Fatalf("%d rows, %v", len(got.rows), err)
	}
	if at := next(t, got.progress, 0); at != int64(len(got.rows)) {
		t.Errorf("%d rows, position %d", len(got.rows), at)
	}
	rest := mustTake(t, f.options(), got.progress)
	if len(got.rows)+len(rest.rows) != 20000 {
		t.Errorf("%d and %d rows", len(got.rows), len(rest.rows))
	}
}

func TestNewPartitions(t *testing.T) {
	t.Parallel()
	f := startFake(t, 1)
	f.put(t, 0, 0, 5)
	first := mustTake(t, f.options(), nil)
	f.grow(t, 1)
	f.put(t, 1, 100, 3)
	o := f.options()
	o.From = kafka.From{Latest: true} // is not for partitions that came later
	second := mustTake(t, o, first.progress)
	if second.numbers() != "1:0=100 1:1=101 1:2=102" {
		t.Errorf("took %s", second.numbers())
	}
	o.Until, o.Refresh, o.BatchInterval = kafka.Until{Duration: 3 * time.Second}, 100*time.Millisecond, 200*time.Millisecond
	done := make(chan error, 1)
	go func() {
		time.Sleep(300 * time.Millisecond)
		f.grow(t, 2)
		done <- f.ProduceSync(t.Context(), &kgo.Record{Partition: 2, Value: []byte(`{"n":7}`)}).FirstErr()
	}()
	third := mustTake(t, o, second.progress)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if third.numbers() != "2:0=7" {
		t.Errorf("took %s", third.numbers())
	}
}

func TestMirroredOffsets(t *testing.T) {
	t.Parallel()
	f := startFake(t, 2)
	f.put(t, 0, 0, 5)
	o := f.options()
	o.Group = "df360-orders"
	mustTake(t, o, nil)
	got, err := f.adm.FetchOffsets(t.Context(), "df360-orders")
	if err != nil {
		t.Fatal(err)
	}
	if at, ok := got.Lookup(topic, 0); !ok || at.At != 5 {
		t.Errorf("the group is at %+v", at)
	}
}

func TestPlanWritesNothing(t *testing.T) {
	t.Parallel()
	f := startFake(t, 2)
	f.put(t, 0, 0, 5)
	s, err := kafka.New(f.options())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	got, err := s.Plan(t.Context(), nil)
	want := []kafka.PartitionReport{{Partition: 0, End: 5, HighWatermark: 5}, {Partition: 1}}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}
