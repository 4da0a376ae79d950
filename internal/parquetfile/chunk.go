package parquetfile

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/parquet-go/parquet-go/encoding/rle"
	"github.com/parquet-go/parquet-go/format"
)

// pageBytes is about how much text a page holds. Everything else of a row
// group is one page.
const pageBytes = 1 << 20

// chunk makes the pages of one column in one row group. Its memory is used
// again for the next.
type chunk struct {
	column Column
	rows   int
	v      *Values
	next   int // row that the next page begins with
	nulls  int
	low    []byte // bounds; nil where there are none
	high   []byte
	buf    []byte
	levels []byte
	ints   []int64
	floats []float64
	index  []int32
	coded  []byte
}

// begin takes a column up.
func (c *chunk) begin(column Column, rows int, v *Values) {
	c.column, c.rows, c.v, c.next, c.nulls, c.low, c.high = column, rows, v, 0, 0, nil, nil
	for _, isNull := range v.Null {
		if isNull {
			c.nulls++
		}
	}
}

// indexed reports whether the pages refer to a dictionary.
func (c *chunk) indexed() bool { return c.v.Dict != nil || c.v.Same }

// entries is the number of values in the dictionary.
func (c *chunk) entries() int {
	if c.v.Dict != nil {
		return len(c.v.Dict.values)
	}
	return 1
}

// dictionary is the dictionary page.
func (c *chunk) dictionary() []byte {
	if c.v.Dict != nil {
		return c.v.Dict.plain
	}
	c.buf = binary.LittleEndian.AppendUint64(c.buf[:0], uint64(c.v.Ints[0])) //nolint:gosec // bits
	return c.buf
}

// more reports whether rows are left for another page.
func (c *chunk) more() bool { return c.next < c.rows }

// page is the next data page, and how many rows it has.
func (c *chunk) page() (data []byte, rows int) {
	from, to := c.next, c.pageEnd()
	c.next = to
	c.buf = c.appendLevels(c.buf[:0], from, to)
	switch {
	case c.v.Same:
		c.appendSame(to - from)
	case c.v.Dict != nil:
		c.appendIndex()
	default:
		c.appendPlain(from, to)
	}
	return c.buf, to - from
}

// pageEnd is the row behind the page that begins at next.
func (c *chunk) pageEnd() int {
	if c.column.Kind != Text || c.indexed() {
		return c.rows
	}
	ends := c.v.Ends
	to, limit := c.next, int(ends[c.next])+pageBytes
	for to < c.rows && int(ends[to+1])+4*(to-c.next) < limit {
		to++
	}
	return max(to, min(c.next+1, c.rows))
}

// appendLevels adds the definition levels: 0 for NULL, 1 for a value.
func (c *chunk) appendLevels(dst []byte, from, to int) []byte {
	if c.nulls == 0 {
		dst = append(dst, 0, 0, 0, 0)
		dst = append(binary.AppendUvarint(dst, uint64(to-from)<<1), 1) //nolint:gosec // one run
		binary.LittleEndian.PutUint32(dst, uint32(len(dst)-4))         //nolint:gosec // a few bytes
		return dst
	}
	c.levels = c.levels[:0]
	for _, isNull := range c.v.Null[from:to] {
		level := byte(1)
		if isNull {
			level = 0
		}
		c.levels = append(c.levels, level)
	}
	// A width of 1 is always possible.
	c.coded, _ = (&rle.Encoding{BitWidth: 1}).EncodeLevels(c.coded[:0], c.levels)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(c.coded))) //nolint:gosec // a page
	return append(dst, c.coded...)
}

// appendSame adds n indexes of 0, and takes the one value as the bounds.
func (c *chunk) appendSame(n int) {
	c.buf = append(binary.AppendUvarint(append(c.buf, 1), uint64(n)<<1), 0) //nolint:gosec // one run
	if c.v.Dict != nil {
		c.low = []byte(c.v.Dict.values[0])
	} else {
		c.low = binary.LittleEndian.AppendUint64(nil, uint64(c.v.Ints[0])) //nolint:gosec // bits
	}
	c.high = c.low
}

// appendIndex adds the indexes as they are: no value is looked at.
func (c *chunk) appendIndex() {
	index := present(&c.index, c.v.Index, c.v.Null)
	width := bitWidth(len(c.v.Dict.values))
	// The width fits: it follows from the dictionary.
	c.coded, _ = (&rle.Encoding{BitWidth: width}).EncodeInt32(c.coded[:0], index)
	c.buf = append(append(c.buf, byte(width)), c.coded...) //nolint:gosec // at most 31
	c.low, c.high = c.v.Dict.bounds(index)
}

// appendPlain adds the values of rows [from, to) that are not NULL.
func (c *chunk) appendPlain(from, to int) {
	switch c.column.Kind {
	case Text:
		c.appendText(from, to)
	case Double:
		c.appendFloats(present(&c.floats, c.v.Floats, c.v.Null))
	case Int64, Decimal, Timestamp, Date, Bool:
		c.appendInts(present(&c.ints, c.v.Ints, c.v.Null))
	}
}

func (c *chunk) appendText(from, to int) {
	text, ends, null := c.v.Text, c.v.Ends, c.v.Null
	low, high := c.low, c.high
	// Most values are told from the bounds by their first eight bytes.
	lowKey, highKey := prefix(low), prefix(high)
	for i := from; i < to; i++ {
		if null != nil && null[i] {
			continue
		}
		value := text[ends[i]:ends[i+1]]
		c.buf = binary.LittleEndian.AppendUint32(c.buf, uint32(len(value))) //nolint:gosec // a text
		c.buf = append(c.buf, value...)
		key := prefix(value)
		if low == nil || key <= lowKey && bytes.Compare(value, low) < 0 {
			low, lowKey = value, key
		}
		if high == nil || key >= highKey && bytes.Compare(value, high) > 0 {
			high, highKey = value, key
		}
	}
	c.low, c.high = low, high
}

// prefix is the first eight bytes as a number that sorts like them.
func prefix(text []byte) uint64 {
	if len(text) >= 8 {
		return binary.BigEndian.Uint64(text)
	}
	var b [8]byte
	copy(b[:], text)
	return binary.BigEndian.Uint64(b[:])
}

func (c *chunk) appendFloats(values []float64) {
	low, high := math.Inf(1), math.Inf(-1)
	for _, x := range values {
		c.buf = binary.LittleEndian.AppendUint64(c.buf, math.Float64bits(x))
		low, high = min(low, x), max(high, x) // NaN where there is one
	}
	if low <= high {
		c.low = binary.LittleEndian.AppendUint64(nil, math.Float64bits(low))
		c.high = binary.LittleEndian.AppendUint64(nil, math.Float64bits(high))
	}
}

func (c *chunk) appendInts(values []int64) {
	if len(values) == 0 {
		return
	}
	low, high := values[0], values[0]
	for _, x := range values {
		low, high = min(low, x), max(high, x)
	}
	c.low, c.high = c.appendInt(nil, low), c.appendInt(nil, high)
	switch c.column.Kind {
	case Bool:
		c.appendBools(values)
	case Date:
		for _, x := range values {
			c.buf = binary.LittleEndian.AppendUint32(c.buf, uint32(x)) //nolint:gosec // bits
		}
	case Int64, Decimal, Timestamp, Text, Double:
		at := len(c.buf)
		c.buf = append(c.buf, make([]byte, 8*len(values))...)
		for i, x := range values {
			binary.LittleEndian.PutUint64(c.buf[at+8*i:], uint64(x)) //nolint:gosec // bits
		}
	}
}

// appendInt adds one value as statistics have it.
func (c *chunk) appendInt(dst []byte, x int64) []byte {
	switch c.column.Kind {
	case Bool:
		return append(dst, byte(x)) //nolint:gosec // 0 or 1
	case Date:
		return binary.LittleEndian.AppendUint32(dst, uint32(x)) //nolint:gosec // bits
	case Int64, Decimal, Timestamp, Text, Double:
	}
	return binary.LittleEndian.AppendUint64(dst, uint64(x)) //nolint:gosec // bits
}

// appendBools adds one bit for each value.
func (c *chunk) appendBools(values []int64) {
	for i, x := range values {
		if i%8 == 0 {
			c.buf = append(c.buf, 0)
		}
		c.buf[len(c.buf)-1] |= byte(x) << (i % 8) //nolint:gosec // 0 or 1
	}
}

// maxBound is how long a text may be to stand in the statistics.
const maxBound = 64

func (c *chunk) statistics() format.Statistics {
	s := format.Statistics{NullCount: int64(c.nulls)}
	if c.low != nil && len(c.low) <= maxBound && len(c.high) <= maxBound {
		s.MinValue, s.MaxValue = bytes.Clone(c.low), bytes.Clone(c.high)
	}
	return s
}

// present are the values that are not NULL, copied to scratch where any is.
func present[T any](scratch *[]T, values []T, null []bool) []T {
	if null == nil {
		return values
	}
	out := (*scratch)[:0]
	for i, x := range values {
		if !null[i] {
			out = append(out, x)
		}
	}
	*scratch = out
	return out
}
