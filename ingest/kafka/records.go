package kafka

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"

	"github.com/twmb/franz-go/pkg/kbin"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Sizes of the record batch, version 2: https://kafka.apache.org/documentation/#recordbatch
const (
	preambleSize = 17 // up to the magic byte, the same in every version
	headSize     = 61
	crcFrom      = 21 // what the checksum covers begins here
)

// Attributes of a batch.
const (
	attrCodec         = 0b000_0111
	attrLogAppendTime = 0b000_1000
	attrTransactional = 0b001_0000
	attrControl       = 0b010_0000
)

// head is the head of a record batch.
type head struct {
	first, last int64 // offsets
	epoch       int32 // of the leader that wrote it
	attrs       int16
	baseTime    int64 // milliseconds; those of records are relative to it
	maxTime     int64
	producer    int64
	records     int32
}

// cut returns the first batch of in, whole, and what is behind it. ok is false
// where in ends before the batch does: a broker may cut the last one short.
func cut(in []byte) (batch, rest []byte, ok bool) {
	if len(in) < preambleSize {
		return nil, nil, false
	}
	size := int64(int32(binary.BigEndian.Uint32(in[8:]))) + 12 //nolint:gosec // as it is on the wire
	if size < preambleSize || size > int64(len(in)) {
		return nil, nil, false
	}
	return in[:size], in[size:], true
}

// magic is a batch's version.
func magic(batch []byte) byte { return batch[16] }

// lastOffset is that of a batch of any version, by its head alone.
func lastOffset(batch []byte) int64 {
	first := int64(binary.BigEndian.Uint64(batch)) //nolint:gosec // as it is on the wire
	if magic(batch) < 2 || len(batch) < headSize {
		return first
	}
	return first + int64(int32(binary.BigEndian.Uint32(batch[23:]))) //nolint:gosec // as it is on the wire
}

// parseHead reads and checks a batch of version 2. body is its records, as they
// are stored.
func parseHead(batch []byte) (h head, body []byte, err error) {
	if len(batch) < headSize {
		return h, nil, errors.New("a batch is shorter than its head")
	}
	if sum := crc32.Checksum(batch[crcFrom:], crc32.MakeTable(crc32.Castagnoli)); sum != binary.BigEndian.Uint32(batch[17:]) {
		return h, nil, errors.New("the checksum of a batch is wrong")
	}
	b := kbin.Reader{Src: batch}
	h.first = b.Int64()
	b.Int32() // length
	h.epoch = b.Int32()
	b.Int8()  // magic
	b.Int32() // checksum
	h.attrs = b.Int16()
	h.last = h.first + int64(b.Int32())
	h.baseTime, h.maxTime = b.Int64(), b.Int64()
	h.producer = b.Int64()
	b.Int16() // producer epoch
	b.Int32() // sequence
	h.records = b.Int32()
	if h.first < 0 || h.last < h.first || h.records < 0 {
		return h, nil, fmt.Errorf("a batch says that it has %d records, offsets %d to %d", h.records, h.first, h.last)
	}
	return h, batch[headSize:], nil
}

// record is one record. Its bytes are those of the batch.
type record struct {
	offset     int64
	millis     int64 // negative where there is none
	key, value []byte
	headers    []byte // as they are stored, behind their number
	nHeaders   int
}

// reader reads the visible records of one partition from what a broker sent.
type reader struct {
	topic     string
	partition int32
	d         *decompressor
	raw       []byte // batches that are not begun
	next, end int64  // what is read next, and where to stop (exclusive)
	epoch     int32  // of the last batch, -1 before the first
	// aborted transactions that begin further on, by offset, and the producers
	// whose transaction at this point is one.
	aborted []kmsg.FetchResponseTopicPartitionAbortedTransaction
	dropped map[int64]bool

	// The batch under way.
	head head
	body []byte
	left int32
	old  []*kgo.Record // of a message set, older than batches
}

func newReader(topic string, a *answered, next, end int64, d *decompressor) *reader {
	slices.SortFunc(a.aborted, func(x, y kmsg.FetchResponseTopicPartitionAbortedTransaction) int {
		return cmp.Compare(x.FirstOffset, y.FirstOffset)
	})
	return &reader{topic: topic, partition: a.id, d: d, raw: a.raw, next: next, end: end, epoch: -1, aborted: a.aborted}
}

// fill adds records to b until it is full (more is true) or there are none left.
// next moves with every offset that is done, whether it had a record or not.
func (r *reader) fill(b *builder) (more bool, err error) {
	for {
		if r.left > 0 || len(r.old) > 0 {
			full, err := r.records(b)
			if full || err != nil {
				return full, err
			}
		}
		if r.next >= r.end {
			return false, nil
		}
		batch, rest, ok := cut(r.raw)
		if !ok {
			return false, nil
		}
		r.raw = rest
		if err := r.open(batch); err != nil {
			return false, fmt.Errorf("offset %d: %w", r.next, err)
		}
	}
}

// records adds those of the batch under way.
func (r *reader) records(b *builder) (full bool, err error) {
	var rec record
	for ; len(r.old) > 0; r.old = r.old[1:] {
		if b.full() {
			return true, nil
		}
		fromOld(&rec, r.old[0])
		r.add(b, &rec)
	}
	for ; r.left > 0; r.left-- {
		if b.full() {
			return true, nil
		}
		if err := r.parse(&rec); err != nil {
			return false, fmt.Errorf("offset %d: %w", r.next, err)
		}
		r.add(b, &rec)
		if r.left == 1 && len(r.body) > 0 {
			return false, fmt.Errorf("offset %d: a batch has more bytes than records", r.next)
		}
	}
	r.done(r.head.last)
	return false, nil
}

func (r *reader) add(b *builder, rec *record) {
	if rec.offset < r.next || rec.offset >= r.end {
		return
	}
	b.add(rec)
	r.next = rec.offset + 1
}

// done says that nothing up to and including an offset is left to read.
func (r *reader) done(offset int64) { r.next = max(r.next, min(offset+1, r.end)) }

// open begins a batch, or passes over one that nobody shall see.
func (r *reader) open(batch []byte) error {
	switch m := magic(batch); {
	case m < 2:
		return r.openOld(batch)
	case m > 2:
		return fmt.Errorf("version %d of batches is not known", m)
	case lastOffset(batch) < r.next:
		return nil
	}
	h, body, err := parseHead(batch)
	if err != nil {
		return err
	}
	r.epoch = max(r.epoch, h.epoch)
	for len(r.aborted) > 0 && r.aborted[0].FirstOffset <= h.last {
		if r.dropped == nil {
			r.dropped = map[int64]bool{}
		}
		r.dropped[r.aborted[0].ProducerID] = true
		r.aborted = r.aborted[1:]
	}
	if h.records == 0 || h.attrs&attrControl == 0 && h.attrs&attrTransactional != 0 && r.dropped[h.producer] {
		r.done(h.last)
		return nil
	}
	if body, err = r.d.decompress(body, codec(h.attrs&attrCodec)); err != nil {
		return err
	}
	if h.attrs&attrControl != 0 {
		abort, ok := isAbort(body)
		if !ok || h.records != 1 {
			return errors.New("a control batch is damaged")
		}
		if abort {
			delete(r.dropped, h.producer)
		}
		r.done(h.last)
		return nil
	}
	r.head, r.body, r.left = h, body, h.records
	return nil
}

// isAbort reports whether the one record of a control batch ends a transaction
// by aborting it. Its key is a version and a type, 16 bits each.
func isAbort(body []byte) (abort, ok bool) {
	r := reader{body: body}
	var rec record
	if r.parse(&rec) != nil || len(r.body) > 0 || len(rec.key) < 4 {
		return false, false
	}
	return binary.BigEndian.Uint16(rec.key[2:]) == 0, true
}

var errRecord = errors.New("a record is cut short")

// parse reads the next record of the body.
func (r *reader) parse(rec *record) error {
	size, n := kbin.Varint(r.body)
	if n <= 0 || size < 0 || int(size) > len(r.body)-n {
		return errRecord
	}
	in := r.body[n : n+int(size)]
	r.body = r.body[n+int(size):]
	if len(in) == 0 {
		return errRecord
	}
	in = in[1:] // attributes, unused
	delta, n := kbin.Varlong(in)
	if n <= 0 {
		return errRecord
	}
	in = in[n:]
	offset, n := kbin.Varint(in)
	if n <= 0 || offset < 0 {
		return errRecord
	}
	in = in[n:]
	var ok bool
	if rec.key, in, ok = varBytes(in); !ok {
		return errRecord
	}
	if rec.value, in, ok = varBytes(in); !ok {
		return errRecord
	}
	headers, n := kbin.Varint(in)
	if n <= 0 || headers < 0 || int(headers) > len(in) {
		return errRecord
	}
	if !wholeHeaders(in[n:], int(headers)) {
		return errRecord
	}
	rec.headers, rec.nHeaders = in[n:], int(headers)
	rec.offset = r.head.first + int64(offset)
	if rec.millis = r.head.baseTime + delta; r.head.attrs&attrLogAppendTime != 0 {
		rec.millis = r.head.maxTime
	}
	return nil
}

// varBytes reads bytes behind their length; nil where the length is negative.
func varBytes(in []byte) (out, rest []byte, ok bool) {
	size, n := kbin.Varint(in)
	switch {
	case n <= 0 || int(size) > len(in)-n:
		return nil, nil, false
	case size < 0:
		return nil, in[n:], true
	}
	end := n + int(size)
	return in[n:end:end], in[end:], true
}

// openOld begins a message of version 0 or 1, which clients before Kafka 0.11
// wrote and some brokers still keep.
func (r *reader) openOld(batch []byte) error {
	p := kmsg.NewFetchResponseTopicPartition()
	p.Partition, p.RecordBatches = r.partition, batch
	got, next := kgo.ProcessFetchPartition(kgo.ProcessFetchPartitionOpts{Offset: r.next, Topic: r.topic, Partition: r.partition},
		&p, oldDecompressor{r.d}, nil)
	if got.Err != nil {
		return got.Err
	}
	r.head = head{last: next - 1}
	r.old = got.Records
	if len(r.old) == 0 {
		r.done(next - 1)
	}
	return nil
}

func fromOld(rec *record, old *kgo.Record) {
	*rec = record{offset: old.Offset, millis: -1, key: old.Key, value: old.Value}
	if old.Attrs.TimestampType() >= 0 {
		rec.millis = old.Timestamp.UnixMilli()
	}
}

// oldDecompressor is the decompressor as franz-go calls it.
type oldDecompressor struct{ d *decompressor }

// Decompress returns src decompressed.
func (o oldDecompressor) Decompress(src []byte, c kgo.CompressionCodecType) ([]byte, error) {
	return o.d.decompress(src, codec(c)) //nolint:gosec // three bits
}
