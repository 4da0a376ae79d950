package kafka

import (
	"bytes"
	"encoding/base64"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/twmb/franz-go/pkg/kbin"

	"github.com/kalpafall/df360/ingest"
	"github.com/kalpafall/df360/internal/parquetfile"
)

// A block has at most so many rows, and about so many bytes.
const (
	blockRows  = 8192
	blockBytes = 4 << 20
)

// Columns are those that a source of JSON values adds.
func Columns() []ingest.Column { return columns(false) }

// valueColumn is the column of values that are taken as they are.
const valueColumn = "value"

func columns(raw bool) []ingest.Column {
	out := []ingest.Column{
		{Name: "_kafka_topic", Type: "VARCHAR"},
		{Name: "_kafka_partition", Type: "BIGINT"},
		{Name: "_kafka_offset", Type: "BIGINT"},
		{Name: "_kafka_timestamp", Type: "TIMESTAMPTZ"},
		{Name: "_kafka_key", Type: "VARCHAR"},
		{Name: "_kafka_key_b64", Type: "BOOLEAN"},
		{Name: "_kafka_headers", Type: "MAP(VARCHAR, VARCHAR)"},
	}
	if raw {
		out = append(out, ingest.Column{Name: valueColumn, Type: "BLOB"})
	}
	return out
}

// shared is what the blocks of a source have in common. It does not change.
type shared struct {
	topic string
	dict  *parquetfile.Dict // of the topic
	raw   bool
	nulls []bool  // all true
	zeros []int64 // all 0
	ends  []int32 // all 0
}

func newShared(topic string, raw bool) *shared {
	s := &shared{
		topic: topic, dict: parquetfile.NewDict([]string{topic}), raw: raw,
		nulls: make([]bool, blockRows), zeros: make([]int64, blockRows), ends: make([]int32, blockRows+1),
	}
	for i := range s.nulls {
		s.nulls[i] = true
	}
	return s
}

// builder makes a block of records of one partition.
type builder struct {
	*shared
	partition int32
	most      int // rows
	size      int // bytes of records so far

	offsets, micros []int64
	noTime          []bool // nil: every row has a time
	values          [][]byte
	blobs           texts // raw values
	keys            texts
	encoded         []int64 // 1 where the key is base64; nil where none is
	headers         *headers
}

// newBuilder makes one for at most so many rows, of which expected are likely.
func (s *shared) newBuilder(partition int32, most, expected int) *builder {
	b := &builder{shared: s, partition: partition, most: min(most, blockRows)}
	n := min(b.most, expected)
	b.offsets, b.micros = make([]int64, 0, n), make([]int64, 0, n)
	if !s.raw {
		b.values = make([][]byte, 0, n)
	}
	return b
}

func (b *builder) rows() int  { return len(b.offsets) }
func (b *builder) full() bool { return len(b.offsets) >= b.most || b.size >= blockBytes }

// add adds a record.
func (b *builder) add(r *record) {
	row := len(b.offsets)
	b.offsets = append(b.offsets, r.offset)
	b.addTime(r.millis, row)
	b.size += len(r.key) + len(r.value) + len(r.headers)
	if b.raw {
		b.blobs.add(r.value, r.value == nil, row)
	} else {
		b.values = append(b.values, r.value)
	}
	switch {
	case r.key == nil:
		b.keys.add(nil, true, row)
	case isText(r.key):
		b.keys.add(r.key, false, row)
	default:
		if b.encoded == nil {
			b.encoded = make([]int64, row, b.most)
		}
		b.encoded = append(b.encoded, 1)
		b.keys.add(base64.StdEncoding.AppendEncode(nil, r.key), false, row)
	}
	if b.encoded != nil && len(b.encoded) == row {
		b.encoded = append(b.encoded, 0)
	}
	if r.nHeaders > 0 && b.headers == nil {
		b.headers = newHeaders(row)
	}
	if b.headers != nil {
		b.headers.add(r)
	}
}

// addTime adds a record's time. There is none before 1970, and none that 64 bits
// of microseconds cannot hold.
func (b *builder) addTime(millis int64, row int) {
	ok := millis >= 0 && millis <= math.MaxInt64/1000
	if !ok {
		if b.noTime == nil {
			b.noTime = make([]bool, row, blockRows)
		}
		millis = 0
	}
	b.micros = append(b.micros, millis*1000)
	if b.noTime != nil {
		b.noTime = append(b.noTime, !ok)
	}
}

// isText reports whether bytes can be a VARCHAR that every reader takes.
func isText(data []byte) bool {
	return bytes.IndexByte(data, 0) < 0 && utf8.Valid(data)
}

// block is what was added, nil where that is nothing.
func (b *builder) block() *ingest.Block {
	rows := b.rows()
	if rows == 0 {
		return nil
	}
	meta := []parquetfile.Values{
		{Dict: b.dict, Index: b.ends[:1], Same: true},
		{Ints: []int64{int64(b.partition)}, Same: true},
		{Ints: b.offsets},
		{Ints: b.micros, Null: b.noTime},
		b.text(&b.keys),
		{Ints: b.zeros[:rows], Null: b.nulls[:rows]},
		b.headerValues(),
	}
	if b.encoded != nil {
		meta[5] = parquetfile.Values{Ints: b.encoded, Null: make([]bool, rows)}
		for i, e := range b.encoded {
			meta[5].Null[i] = e == 0
		}
	}
	if b.raw {
		meta = append(meta, b.text(&b.blobs))
	}
	prefix, offsets := b.topic+"/"+strconv.Itoa(int(b.partition))+"/", b.offsets
	return &ingest.Block{
		Rows: rows, Values: b.values, Meta: meta,
		Origin: func(row int) string { return prefix + strconv.FormatInt(offsets[row], 10) },
	}
}

func (b *builder) text(t *texts) parquetfile.Values {
	if !t.any {
		return parquetfile.Values{Ends: b.ends[:b.rows()+1], Null: b.nulls[:b.rows()]}
	}
	return parquetfile.Values{Text: t.data, Ends: t.ends, Null: t.null}
}

func (b *builder) headerValues() parquetfile.Values {
	if h := b.headers; h != nil {
		return parquetfile.Values{Offsets: h.ends, Null: h.null, Children: []parquetfile.Values{
			{Text: h.names.data, Ends: h.names.ends}, {Text: h.values.data, Ends: h.values.ends, Null: h.values.null},
		}}
	}
	return parquetfile.Values{
		Offsets: b.ends[:b.rows()+1], Null: b.nulls[:b.rows()],
		Children: []parquetfile.Values{{Ends: b.ends[:1]}, {Ends: b.ends[:1]}},
	}
}

// texts are the values of a column, NULL as long as none is added.
type texts struct {
	any  bool
	data []byte
	ends []int32 // behind a leading 0
	null []bool  // nil: none is
}

// add adds the value of a row; nothing is kept of NULLs before the first value.
func (t *texts) add(value []byte, null bool, row int) {
	if !t.any {
		if null {
			return
		}
		t.any = true
		t.ends = make([]int32, row+1, max(2*row, 64))
		if row > 0 {
			t.null = make([]bool, row, 2*row)
			for i := range t.null {
				t.null[i] = true
			}
		}
	}
	if null && t.null == nil {
		t.null = make([]bool, row, 2*row)
	}
	if t.null != nil {
		t.null = append(t.null, null)
	}
	t.data = append(t.data, value...)
	t.ends = append(t.ends, int32(len(t.data))) //nolint:gosec // a block has few MiB
}

// headers are those of a block's records, as a map of texts. Nothing is lost:
// see name.
type headers struct {
	ends   []int32 // of each row's, behind a leading 0
	null   []bool
	names  texts
	values texts
	used   map[string]int // names of the row
	buf    []byte
}

func newHeaders(before int) *headers {
	h := &headers{ends: make([]int32, before+1), null: make([]bool, before), used: map[string]int{}}
	for i := range h.null {
		h.null[i] = true
	}
	h.names.any, h.values.any = true, true
	h.names.ends, h.values.ends = []int32{0}, []int32{0}
	return h
}

// add adds those of a record.
func (h *headers) add(r *record) {
	clear(h.used)
	in := r.headers
	for range r.nHeaders {
		var name, value []byte
		name, in, _ = varBytes(in) // all is there: see wholeHeaders
		value, in, _ = varBytes(in)
		row := len(h.names.ends) - 1
		text := value
		if !isText(value) {
			text = base64.StdEncoding.AppendEncode(nil, value)
		}
		h.names.add(h.name(name, len(text) != len(value)), false, row)
		h.values.add(text, value == nil, row)
	}
	h.null = append(h.null, r.nHeaders == 0)
	h.ends = append(h.ends, int32(len(h.names.ends)-1)) //nolint:gosec // a block has few
}

// name is a header's key in the map: its name, behind which #b64 says that the
// value is base64 (it is no text), #name_b64 that the name is, and #2 that it is
// the second of that name. A # in the name itself is written twice.
func (h *headers) name(name []byte, encoded bool) []byte {
	out := h.buf[:0]
	if isText(name) {
		for _, c := range name {
			if out = append(out, c); c == '#' {
				out = append(out, '#')
			}
		}
	} else {
		out = append(base64.StdEncoding.AppendEncode(out, name), "#name_b64"...)
	}
	if encoded {
		out = append(out, "#b64"...)
	}
	h.used[string(out)]++
	if n := h.used[string(out)]; n > 1 {
		out = strconv.AppendInt(append(out, '#'), int64(n), 10)
	}
	h.buf = out
	return out
}

// wholeHeaders reports whether a record's headers are whole, and nothing else.
func wholeHeaders(in []byte, n int) bool {
	for range n {
		size, used := kbin.Varint(in)
		if used <= 0 || size < 0 {
			return false // a name is never missing
		}
		var ok bool
		if _, in, ok = varBytes(in); !ok {
			return false
		}
		if _, in, ok = varBytes(in); !ok {
			return false
		}
	}
	return len(in) == 0
}
