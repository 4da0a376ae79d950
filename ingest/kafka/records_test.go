package kafka

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// encoded is a batch of records, compressed by franz-go.
func encoded(t testing.TB, b kmsg.RecordBatch, c codec, records ...kmsg.Record) []byte {
	t.Helper()
	var body []byte
	for i := range records {
		r := &records[i]
		r.Length = 0
		r.Length = int32(len(r.AppendTo(nil)) - 1)
		body = r.AppendTo(body)
	}
	if c != codecNone {
		of := map[codec]kgo.CompressionCodec{
			codecGzip: kgo.GzipCompression(), codecSnappy: kgo.SnappyCompression(), codecLZ4: kgo.Lz4Compression(), codecZstd: kgo.ZstdCompression(),
		}[c]
		compressor, err := kgo.DefaultCompressor(of)
		if err != nil {
			t.Fatal(err)
		}
		body, _ = compressor.Compress(new(bytes.Buffer), body)
	}
	b.Magic, b.Records, b.NumRecords = 2, body, int32(len(records))
	b.Attributes |= int16(c)
	if b.LastOffsetDelta == 0 {
		b.LastOffsetDelta = int32(len(records) - 1)
	}
	return seal(b.AppendTo(nil))
}

// seal sets the length and the checksum of a batch.
func seal(raw []byte) []byte {
	binary.BigEndian.PutUint32(raw[8:], uint32(len(raw)-12))
	binary.BigEndian.PutUint32(raw[17:], crc32.Checksum(raw[crcFrom:], crc32.MakeTable(crc32.Castagnoli)))
	return raw
}

func sample(n int) []kmsg.Record {
	out := make([]kmsg.Record, n)
	for i := range out {
		out[i] = kmsg.Record{OffsetDelta: int32(i), TimestampDelta64: int64(i), Key: fmt.Append(nil, i), Value: fmt.Appendf(nil, `{"value":%d}`, i)}
	}
	return out
}

// all reads everything, in blocks of at most so many rows.
func all(t testing.TB, raw []byte, next, end int64, most int, aborted ...kmsg.FetchResponseTopicPartitionAbortedTransaction) (offsets []int64, r *reader, err error) {
	t.Helper()
	d := &decompressor{cap: 1 << 20}
	defer d.close()
	s := newShared("t", false)
	r = newReader("t", &answered{raw: raw, aborted: aborted}, next, end, d)
	for {
		b := s.newBuilder(0, most, 10)
		more, err := r.fill(b)
		offsets = append(offsets, b.offsets...)
		if err != nil || !more {
			return offsets, r, err
		}
	}
}

func TestCodecs(t *testing.T) {
	t.Parallel()
	for _, c := range []codec{codecNone, codecGzip, codecSnappy, codecLZ4, codecZstd} {
		raw := encoded(t, kmsg.RecordBatch{FirstOffset: 10, FirstTimestamp: 1}, c, sample(100)...)
		for _, most := range []int{1, 7, 1000} {
			got, r, err := all(t, raw, 0, math.MaxInt64, most)
			if err != nil || len(got) != 100 || got[99] != 109 || r.next != 110 {
				t.Errorf("codec %d, blocks of %d: %d records, next %d, %v", c, most, len(got), r.next, err)
			}
		}
	}
	if _, _, err := all(t, encoded(t, kmsg.RecordBatch{Attributes: 6}, codecNone, sample(1)...), 0, 10, 10); err == nil {
		t.Error("a codec that does not exist was read")
	}
}

// TestXerialSnappy: Java producers frame snappy in blocks.
func TestXerialSnappy(t *testing.T) {
	t.Parallel()
	d := &decompressor{cap: 100}
	framed := append([]byte(xerialMagic), 0, 0, 0, 1, 0, 0, 0, 1)
	for _, part := range []string{"hello ", "world"} {
		block := append([]byte{byte(len(part)), byte(len(part)-1) << 2}, part...)
		framed = append(binary.BigEndian.AppendUint32(framed, uint32(len(block))), block...)
	}
	if got, err := d.decompress(framed, codecSnappy); err != nil || string(got) != "hello world" {
		t.Errorf("%q, %v", got, err)
	}
	d.cap = 8
	if _, err := d.decompress(framed, codecSnappy); !errors.Is(err, errTooLarge) {
		t.Errorf("over the cap: %v", err)
	}
	for n := range len(framed) - 1 {
		if _, err := d.decompress(framed[:n], codecSnappy); err == nil && n != 16 && n != 16+4+8 {
			t.Errorf("cut at %d: no error", n)
		}
	}
}

func TestCapOfEveryCodec(t *testing.T) {
	t.Parallel()
	for _, c := range []codec{codecGzip, codecSnappy, codecLZ4, codecZstd} {
		raw := encoded(t, kmsg.RecordBatch{}, c, kmsg.Record{Value: make([]byte, 2<<20)})
		if _, _, err := all(t, raw, 0, 10, 10); !errors.Is(err, errTooLarge) {
			t.Errorf("codec %d: %v", c, err)
		}
	}
}

func TestPositionsMoveOverWhatIsNotSeen(t *testing.T) {
	t.Parallel()
	marker := func(at, producer int64, kind byte) []byte {
		return encoded(t, kmsg.RecordBatch{FirstOffset: at, ProducerID: producer, Attributes: attrControl | attrTransactional}, codecNone,
			kmsg.Record{Key: []byte{0, 0, 0, kind}, Value: []byte{0, 0, 0, 0, 0, 0}})
	}
	data := func(at, producer int64, n int) []byte {
		return encoded(t, kmsg.RecordBatch{FirstOffset: at, ProducerID: producer, Attributes: attrTransactional}, codecNone, sample(n)...)
	}
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	abort := func(producer, first int64) kmsg.FetchResponseTopicPartitionAbortedTransaction {
		return kmsg.FetchResponseTopicPartitionAbortedTransaction{ProducerID: producer, FirstOffset: first}
	}
	for name, tc := range map[string]struct {
		raw     []byte
		from    int64
		end     int64
		aborted []kmsg.FetchResponseTopicPartitionAbortedTransaction
		want    []int64
		next    int64
	}{
		"committed":        {join(data(0, 7, 2), marker(2, 7, 1)), 0, 3, nil, []int64{0, 1}, 3},
		"aborted":          {join(data(0, 7, 2), marker(2, 7, 0)), 0, 3, []kmsg.FetchResponseTopicPartitionAbortedTransaction{abort(7, 0)}, nil, 3},
		"begun before":     {join(data(5, 7, 2), marker(7, 7, 0), data(8, 7, 1)), 5, 9, []kmsg.FetchResponseTopicPartitionAbortedTransaction{abort(7, 1)}, []int64{8}, 9},
		"aborted twice":    {join(data(0, 7, 1), marker(1, 7, 0), data(2, 7, 1), marker(3, 7, 1), data(4, 7, 1), marker(5, 7, 0)), 0, 6, []kmsg.FetchResponseTopicPartitionAbortedTransaction{abort(7, 4), abort(7, 0)}, []int64{2}, 6},
		"interleaved":      {join(data(0, 7, 1), data(1, 8, 1), marker(2, 7, 0), marker(3, 8, 1)), 0, 4, []kmsg.FetchResponseTopicPartitionAbortedTransaction{abort(7, 0)}, []int64{1}, 4},
		"cut short":        {join(data(0, 7, 2), data(2, 7, 2)[:70]), 0, 4, nil, []int64{0, 1}, 2},
		"end in the batch": {data(0, 7, 9), 2, 5, nil, []int64{2, 3, 4}, 5},
		"compacted last":   {encoded(t, kmsg.RecordBatch{FirstOffset: 4, LastOffsetDelta: 20}, codecNone, sample(2)...), 0, 30, nil, []int64{4, 5}, 25},
		"empty batch":      {encoded(t, kmsg.RecordBatch{FirstOffset: 4, LastOffsetDelta: 20}, codecNone), 0, 30, nil, nil, 25},
		"before":           {join(data(0, 7, 2), data(2, 7, 2)), 3, 9, nil, []int64{3}, 4},
		"nothing":          {nil, 3, 9, nil, nil, 3},
	} {
		for _, most := range []int{1, 100} {
			got, r, err := all(t, tc.raw, tc.from, tc.end, most, tc.aborted...)
			if diff := cmp.Diff(tc.want, got); diff != "" || r.next != tc.next || err != nil {
				t.Errorf("%s, blocks of %d: next %d, %v %s", name, most, r.next, err, diff)
			}
		}
	}
}

func TestOldMessages(t *testing.T) {
	t.Parallel()
	message := func(at int64, value string) []byte {
		m := kmsg.MessageV1{Offset: at, Magic: 1, Timestamp: 1234, Value: []byte(value)}
		raw := m.AppendTo(nil)
		binary.BigEndian.PutUint32(raw[8:], uint32(len(raw)-12))
		binary.BigEndian.PutUint32(raw[12:], crc32.ChecksumIEEE(raw[16:]))
		return raw
	}
	raw := bytes.Join([][]byte{message(3, "a"), message(4, "b"), encoded(t, kmsg.RecordBatch{FirstOffset: 5}, codecNone, sample(1)...)}, nil)
	for _, most := range []int{1, 100} {
		got, r, err := all(t, raw, 4, 100, most)
		if diff := cmp.Diff([]int64{4, 5}, got); diff != "" || r.next != 6 || err != nil {
			t.Errorf("next %d, %v %s", r.next, err, diff)
		}
	}
	if at := behind(raw, 0, -1); at != 6 {
		t.Errorf("behind is %d", at)
	}
}

// FuzzReader reads batches with any content, beside franz-go's own reader: what
// both take must be the same, and nothing that franz-go reads past is missed.
func FuzzReader(f *testing.F) {
	for _, c := range []codec{codecNone, codecGzip, codecSnappy, codecLZ4, codecZstd} {
		f.Add(encoded(f, kmsg.RecordBatch{FirstOffset: 3}, c, sample(3)...), int64(0))
	}
	headed := sample(2)
	headed[0].Headers = []kmsg.Header{{Key: "a", Value: []byte("b")}, {Key: "a"}}
	f.Add(bytes.Repeat(encoded(f, kmsg.RecordBatch{FirstOffset: 3, Attributes: attrLogAppendTime}, codecNone, headed...), 2), int64(4))
	f.Add(encoded(f, kmsg.RecordBatch{Attributes: attrControl}, codecNone, kmsg.Record{Key: []byte{0, 0, 0, 1}}), int64(0))
	f.Fuzz(func(t *testing.T, raw []byte, from int64) {
		if len(raw) >= headSize && magic(raw) == 2 {
			raw = seal(bytes.Clone(raw)) // else nothing gets past the checksum
		}
		if from < 0 {
			from = -(from + 1)
		}
		got, r, err := all(t, raw, from, math.MaxInt64, 5)
		if r.next < from {
			t.Fatalf("the position went back from %d to %d", from, r.next)
		}
		if err != nil {
			return
		}
		p := kmsg.NewFetchResponseTopicPartition()
		p.RecordBatches = raw
		want, next := kgo.ProcessFetchPartition(kgo.ProcessFetchPartitionOpts{Offset: from, Topic: "t", IsolationLevel: kgo.ReadCommitted()},
			&p, kgo.DefaultDecompressor(), nil)
		if want.Err != nil {
			return // of what has no record: it looks into empty batches, and at less than a head
		}
		if len(got) != len(want.Records) || r.next != next {
			t.Fatalf("%d records, next %d; franz-go has %d, next %d", len(got), r.next, len(want.Records), next)
		}
		for i, rec := range want.Records {
			if rec.Offset != got[i] {
				t.Fatalf("record %d has offset %d, for franz-go %d", i, got[i], rec.Offset)
			}
		}
	})
}
