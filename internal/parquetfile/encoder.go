package parquetfile

import (
	"bytes"
	"fmt"
	"math"

	"github.com/klauspost/compress/s2"
	"github.com/parquet-go/parquet-go/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/kalpafall/df360/internal/fault"
)

// spareGroups is how many groups that were appended an Encoder keeps for their
// memory.
const spareGroups = 4

// plainEncodings is how many encodings a chunk without a dictionary has.
const plainEncodings = 2

// Encoder encodes row groups into memory, on any goroutine, for a Writer that
// appends them. Values that repeat become dictionaries, and chunks that
// compression does not make smaller stay as they are. It keeps its memory from
// group to group, and is not safe for concurrent use: one for each worker. Two
// encoders make the same bytes of the same values.
type Encoder struct {
	schema *schema
	zstd   *zstd.Codec // nil: Snappy
	auto   bool
	sink   func(data []byte) error // takes the bytes as they come; nil: the group keeps them
	spare  chan *Group

	group  *Group
	chunk  chunk
	picks  pickBuffers
	levels []slotBuffers // by depth
	packed []byte
	header bytes.Buffer
}

// Group is an encoded row group. It belongs to one goroutine at a time.
type Group struct {
	schema *schema
	rows   int
	size   int64
	data   []byte
	chunks []format.ColumnMetaData // offsets count from the group's first byte
	home   chan *Group             // nil: was appended
}

// Rows is how many rows are in the group.
func (g *Group) Rows() int { return g.rows }

// Size is how many bytes the group takes in a file, its part of the footer
// aside.
func (g *Group) Size() int64 { return g.size }

// NewEncoder makes an encoder of row groups for files of the columns. Pages are
// compressed with Zstandard or with Snappy. Columns that no file can have are
// an error of kind schema, or internal.
func NewEncoder(columns []Column, zstandard bool) (*Encoder, error) {
	s, err := newSchema(columns)
	if err != nil {
		return nil, err
	}
	e := newEncoder(s, zstandard)
	e.auto = true
	return e, nil
}

func newEncoder(s *schema, zstandard bool) *Encoder {
	e := &Encoder{schema: s, spare: make(chan *Group, spareGroups)}
	if zstandard {
		e.zstd = &zstd.Codec{Level: zstd.DefaultLevel, Concurrency: 1}
	}
	return e
}

// Encode makes a row group of the values, one for each column. It keeps nothing
// of them. A column that does not fit into a row group is an error of kind
// limit, a key of a map that is NULL one of kind schema.
func (e *Encoder) Encode(rows int, values []Values) (*Group, error) {
	if rows > maxRows || rows < 0 || len(values) != len(e.schema.roots) {
		return nil, fault.New(fault.Internal, "a row group of %d rows and %d columns, want %d columns", rows, len(values), len(e.schema.roots))
	}
	for i := range values {
		if err := e.schema.roots[i].check(rows, &values[i]); err != nil {
			return nil, err
		}
	}
	e.group = e.newGroup(rows)
	if rows == 0 && e.sink == nil {
		return e.group, nil
	}
	for i := range values {
		if err := e.node(e.schema.roots[i], slots{n: rows}, &values[i]); err != nil {
			return nil, err
		}
	}
	g := e.group
	e.group = nil
	e.chunk.drop()
	return g, nil
}

// newGroup is an empty group in the memory of one that was appended.
func (e *Encoder) newGroup(rows int) *Group {
	g := new(Group)
	select {
	case g = <-e.spare:
	default:
	}
	*g = Group{schema: e.schema, rows: rows, data: g.data[:0], chunks: g.chunks[:0], home: e.spare}
	return g
}

// node encodes what is in the slots of a column or of a part of it.
func (e *Encoder) node(n *node, s slots, v *Values) error {
	for len(e.levels) <= n.depth {
		e.levels = append(e.levels, slotBuffers{})
	}
	var err error
	switch n.Kind {
	case Struct:
		s, err = n.narrow(s, v.Null, &e.levels[n.depth])
	case List, Map:
		s, err = n.expand(s, v, &e.levels[n.depth])
	default:
		return e.leaf(n, s, v)
	}
	for i, child := range n.children {
		if err == nil {
			err = e.node(child, s, &v.Children[i])
		}
	}
	return err
}

// leaf encodes a column chunk.
func (e *Encoder) leaf(n *node, s slots, v *Values) error {
	p, err := n.pick(s, v, &e.picks)
	if err != nil {
		return err
	}
	c := &e.chunk
	c.begin(n, s, p, v, e.auto)
	page, slots := c.page()
	meta := format.ColumnMetaData{
		Type: n.physical(), PathInSchema: n.path, NumValues: int64(s.n), Codec: e.codec(n, page),
		Encoding: []format.Encoding{format.Plain, format.RLE},
	}
	encoding := format.Plain
	if c.indexed() {
		encoding = format.RLEDictionary
		meta.Encoding = append(meta.Encoding, format.RLEDictionary)
		meta.DictionaryPageOffset = e.group.size
		err = e.page(n, &meta, c.dict, format.PageHeader{
			Type:                 format.DictionaryPage,
			DictionaryPageHeader: &format.DictionaryPageHeader{NumValues: int32(c.size), Encoding: format.Plain}, //nolint:gosec // few
		})
	}
	meta.DataPageOffset = e.group.size
	for err == nil {
		err = e.page(n, &meta, page, format.PageHeader{
			Type: format.DataPage,
			DataPageHeader: &format.DataPageHeader{
				NumValues: int32(slots), Encoding: encoding, DefinitionLevelEncoding: format.RLE, RepetitionLevelEncoding: format.RLE, //nolint:gosec // a page
			},
		})
		if !c.more() {
			break
		}
		page, slots = c.page()
	}
	if err == nil {
		err = n.checkRange(&c.bounds)
	}
	meta.Statistics = c.statistics()
	e.group.chunks = append(e.group.chunks, meta)
	return err
}

// codec is how the pages of a chunk are compressed. An automatic encoder tries
// it out on some bytes of the first page and of the dictionary.
func (e *Encoder) codec(n *node, page []byte) format.CompressionCodec {
	codec := format.Snappy
	switch {
	case e.zstd != nil:
		codec = format.Zstd
	case n.Plain:
		return format.Uncompressed
	}
	if e.auto && (e.gain(codec, page)+e.gain(codec, e.chunk.dict))*minGain < len(page)+len(e.chunk.dict) {
		return format.Uncompressed
	}
	return codec
}

const (
	// sampleBytes are tried out, from the middle of a page.
	sampleBytes = 16 << 10
	// minGain is the part of a chunk that compression must save: a tenth. It
	// costs more time than all the rest, when writing and when reading.
	minGain = 10
)

// gain is about how many bytes of a page compression saves.
func (e *Encoder) gain(codec format.CompressionCodec, page []byte) int {
	sample := page
	if len(page) > sampleBytes {
		begin := (len(page) - sampleBytes) / 2
		sample = page[begin : begin+sampleBytes]
	}
	packed, err := e.compress(codec, sample)
	if err != nil || len(packed) >= len(sample) {
		return 0
	}
	return (len(sample) - len(packed)) * len(page) / len(sample)
}

// page adds a page behind its header.
func (e *Encoder) page(n *node, meta *format.ColumnMetaData, data []byte, h format.PageHeader) error {
	raw := len(data)
	if raw > math.MaxInt32 {
		return n.tooLarge(raw)
	}
	data, err := e.compress(meta.Codec, data)
	if err != nil {
		return err
	}
	if len(data) > math.MaxInt32 {
		return n.tooLarge(len(data))
	}
	h.UncompressedPageSize, h.CompressedPageSize = int32(raw), int32(len(data)) //nolint:gosec // just checked
	header, err := encodeThrift(&e.header, &h)
	if err != nil {
		return err
	}
	meta.TotalUncompressedSize += int64(len(header) + raw)
	meta.TotalCompressedSize += int64(len(header) + len(data))
	if err := e.add(header); err != nil {
		return err
	}
	return e.add(data)
}

func (n *node) tooLarge(size int) error {
	return fault.New(fault.Limit, "column %q: a page of %d bytes; a page of a Parquet file holds 2 GiB at most", n.name, size)
}

func (e *Encoder) compress(codec format.CompressionCodec, data []byte) ([]byte, error) {
	switch codec {
	case format.Zstd:
		packed, err := e.zstd.Encode(e.packed[:0], data)
		if err != nil {
			return nil, fmt.Errorf("compress page: %w", err)
		}
		e.packed = packed
		return packed, nil
	case format.Snappy:
		e.packed = s2.EncodeSnappy(e.packed[:cap(e.packed)], data)
		return e.packed, nil
	default:
		return data, nil
	}
}

// add adds bytes to the group, or hands them on.
func (e *Encoder) add(data []byte) error {
	e.group.size += int64(len(data))
	if e.sink != nil {
		return e.sink(data)
	}
	e.group.data = append(e.group.data, data...)
	return nil
}

// encodeThrift is v in Thrift's compact protocol. It is valid until the buffer
// is used again.
func encodeThrift(b *bytes.Buffer, v any) ([]byte, error) {
	b.Reset()
	if err := thrift.NewEncoder(new(thrift.CompactProtocol).NewWriter(b)).Encode(v); err != nil {
		return nil, fmt.Errorf("encode Parquet metadata: %w", err)
	}
	return b.Bytes(), nil
}
