package kafka_test

import (
	"bytes"
	"hash/crc32"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kalpafall/df360/ingest/kafka"
	"github.com/kalpafall/df360/internal/fault"
)

// batchOf is a batch as producers make them.
func batchOf(first int64, codec int16, values ...[]byte) []byte {
	var records []byte
	for i, v := range values {
		r := kmsg.Record{OffsetDelta: int32(i), Value: v}
		r.Length = int32(len(r.AppendTo(nil)) - 1)
		records = r.AppendTo(records)
	}
	return wrap(kmsg.RecordBatch{
		FirstOffset: first, Attributes: codec, LastOffsetDelta: int32(len(values) - 1), NumRecords: int32(len(values)), Records: records,
	})
}

func wrap(b kmsg.RecordBatch) []byte {
	b.Magic, b.ProducerID, b.ProducerEpoch, b.FirstSequence = 2, -1, -1, -1
	if b.Attributes&7 == 4 {
		e, _ := zstd.NewWriter(nil)
		b.Records = e.EncodeAll(b.Records, nil)
	}
	raw := b.AppendTo(nil)
	b.Length = int32(len(raw) - 12)
	b.CRC = int32(crc32.Checksum(raw[21:], crc32.MakeTable(crc32.Castagnoli)))
	return b.AppendTo(nil)
}

// serve answers fetches at an offset with raw bytes.
func (f *fakeKafka) serve(offset int64, times int, raw []byte) *atomic.Int32 {
	n := new(atomic.Int32)
	f.ControlKey(int16(kmsg.Fetch), func(kreq kmsg.Request) (kmsg.Response, error, bool) {
		f.KeepControl()
		req := kreq.(*kmsg.FetchRequest)
		if req.Topics[0].Partitions[0].FetchOffset != offset || int(n.Load()) >= times {
			return nil, nil, false
		}
		n.Add(1)
		resp := fetchAnswer(req, &kerr.Error{}).(*kmsg.FetchResponse)
		p := &resp.Topics[0].Partitions[0]
		p.HighWatermark, p.LastStableOffset, p.LogStartOffset, p.RecordBatches = 10, 10, 0, raw
		return resp, nil, true
	})
	return n
}

func TestDamagedBatches(t *testing.T) {
	t.Parallel()
	f := startFake(t, 1)
	f.put(t, 0, 0, 10)
	good := batchOf(0, 0, []byte(`{"n":0}`), []byte(`{"n":1}`))
	damaged := bytes.Clone(good)
	damaged[len(damaged)-3] ^= 1
	f.serve(0, 1, damaged)
	if got := mustTake(t, f.options(), nil); len(got.rows) != 10 {
		t.Errorf("damaged on the way: took %s", got.numbers())
	}
	n := f.serve(0, 100, damaged)
	got, err := take(t, f.options(), nil)
	wantFault(t, err, fault.Corrupt, "topic orders, partition 0, offset 0", "checksum")
	if len(got.rows) > 0 || n.Load() > 3 {
		t.Errorf("took %s after %d answers", got.numbers(), n.Load())
	}
}

func TestBatchBehindADamagedOne(t *testing.T) {
	t.Parallel()
	f := startFake(t, 1)
	f.put(t, 0, 0, 10)
	good := batchOf(0, 0, []byte(`{"n":0}`), []byte(`{"n":1}`))
	damaged := batchOf(2, 0, []byte(`{"n":2}`))
	damaged[len(damaged)-3] ^= 1
	f.serve(0, 1, append(bytes.Clone(good), damaged...))
	f.serve(2, 100, damaged)
	got, err := take(t, f.options(), nil)
	wantFault(t, err, fault.Corrupt, "offset 2")
	if got.numbers() != "0:0=0 0:1=1" || next(t, got.progress, 0) != 2 {
		t.Errorf("took %s, progress %s", got.numbers(), got.progress)
	}
}

// TestNothingBehindTheLastStableOffset is yielded, even if a broker sends it.
func TestNothingBehindTheLastStableOffset(t *testing.T) {
	t.Parallel()
	f := startFake(t, 1)
	f.put(t, 0, 0, 3)
	raw := append(batchOf(0, 0, []byte(`{"n":0}`)), batchOf(1, 0, []byte(`{"n":777}`))...)
	f.ControlKey(int16(kmsg.Fetch), func(kreq kmsg.Request) (kmsg.Response, error, bool) {
		resp := fetchAnswer(kreq, &kerr.Error{}).(*kmsg.FetchResponse)
		p := &resp.Topics[0].Partitions[0]
		p.HighWatermark, p.LastStableOffset, p.LogStartOffset, p.RecordBatches = 3, 1, 0, raw
		return resp, nil, true
	})
	if got := mustTake(t, f.options(), nil); got.numbers() != "0:0=0 0:1=1 0:2=2" {
		t.Errorf("took %s", got.numbers())
	}
}

func TestBatchThatDecompressesToTooMuch(t *testing.T) {
	t.Parallel()
	f := startFake(t, 1)
	f.put(t, 0, 0, 10)
	bomb := batchOf(0, 4, make([]byte, 200<<20))
	if len(bomb) > 100_000 {
		t.Fatalf("the bomb has %d bytes", len(bomb))
	}
	f.serve(0, 100, bomb)
	o := f.options()
	o.MemoryLimit = 256 << 20
	got, err := take(t, o, nil)
	wantFault(t, err, fault.Limit, "offset 0", "--memory-limit")
	if len(got.rows) > 0 {
		t.Errorf("%d rows", len(got.rows))
	}
}

// TestBrokerThatSendsNothingNew is not asked without an end, nor in a hurry.
func TestBrokerThatSendsNothingNew(t *testing.T) {
	t.Parallel()
	f := startFake(t, 1)
	f.put(t, 0, 0, 10)
	o := f.options()
	first, err := take(t, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := f.serve(10, 1000, batchOf(0, 0, []byte(`{"n":0}`)))
	o.ConnectTimeout, o.Until = 2*time.Second, kafka.Until{Offsets: map[int32]int64{0: 20}}
	got, err := take(t, o, first.progress)
	wantFault(t, err, fault.Unreachable, "no batch of the offset")
	if len(got.rows) > 0 || n.Load() > 20 {
		t.Errorf("%d rows, %d answers", len(got.rows), n.Load())
	}
}
