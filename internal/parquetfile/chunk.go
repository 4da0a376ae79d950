package parquetfile

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
	"sort"

	"github.com/parquet-go/parquet-go/encoding/rle"
	"github.com/parquet-go/parquet-go/format"
)

const (
	// pageBytes is about how much a page holds.
	pageBytes = 1 << 20
	// pageValues is how many values it holds. Numbers of a column that is not
	// nested are divided by this alone where no encoder chooses for itself.
	pageValues = 1 << 20
)

// chunk makes the pages of one leaf in one row group. Its memory is used again
// for the next.
type chunk struct {
	n      *node
	v      *Values
	picked picked
	flat   bool // slot i is row i
	whole  bool // pages of numbers are as large as can be
	next   int  // slot that the next page begins with
	done   int  // values that are in pages already
	bounds bounds
	ints   []int64   // the values that are there
	floats []float64 //
	index  []int32   // of each of them in the dictionary
	dict   []byte    // the dictionary page
	size   int       // entries in it; 0 without a dictionary, or where a given one is empty as all is NULL
	zeros  bool      // there is one entry, and index is not set
	buf    []byte
	coded  []byte
	auto   autoDict

	intScratch   []int64
	floatScratch []float64
	indexScratch []int32
	dictScratch  []byte
}

// begin takes a leaf up. With auto it looks for values that repeat.
func (c *chunk) begin(n *node, s slots, p picked, v *Values, auto bool) {
	c.n, c.v, c.picked, c.flat, c.next, c.done, c.bounds, c.size, c.dict, c.zeros = n, v, p, s.at == nil, 0, 0, bounds{}, 0, nil, false
	c.whole = !auto
	switch {
	case v.Same:
		c.beginSame()
	case v.Dict != nil:
		c.index = gather(&c.indexScratch, v.Index, p.at)
		c.dict, c.size = v.Dict.plain, len(v.Dict.values)
		c.bounds.low, c.bounds.high = v.Dict.bounds(c.index)
		c.bounds.some = len(c.index) > 0
	case n.Kind == Double:
		c.floats = gather(&c.floatScratch, v.Floats, p.at)
	case n.Kind != Text && n.Kind != Blob && n.Kind != Wide:
		c.ints = gather(&c.intScratch, v.Ints, p.at)
	}
	if auto && v.Dict == nil && !v.Same {
		c.beginAuto()
	}
}

// drop forgets the caller's values.
func (c *chunk) drop() {
	c.v, c.picked, c.bounds, c.ints, c.floats, c.index, c.dict = nil, picked{}, bounds{}, nil, nil, nil, nil
}

// gather are the values at the places, copied to scratch where these are not
// simply all.
func gather[T any](scratch *[]T, values []T, at []int32) []T {
	if at == nil {
		return values
	}
	out := grown(*scratch, len(at))
	for i, place := range at {
		out[i] = values[place]
	}
	*scratch = out
	return out
}

// beginSame makes a dictionary of the one value. Booleans have none.
func (c *chunk) beginSame() {
	v, dst := c.v, c.dictScratch[:0]
	switch c.n.Kind {
	case Bool:
		c.ints = grown(c.intScratch, c.picked.n)
		for i := range c.ints {
			c.ints[i] = v.Ints[0]
		}
		c.intScratch = c.ints
		return
	case Text, Blob:
		if v.Dict != nil {
			dst = append(dst, v.Dict.plain...)
		} else {
			text := v.Text[v.Ends[0]:v.Ends[1]]
			dst = append(binary.LittleEndian.AppendUint32(dst, uint32(len(text))), text...) //nolint:gosec // a text
		}
		c.sawText(dst[4:])
	case Wide:
		dst = append(dst, v.Fixed...)
		c.sawText(dst)
	case Double:
		dst = appendFloats(dst, v.Floats[:1])
		c.saw(func() { c.bounds.floats(v.Floats[:1]) })
	default:
		dst = appendInt(dst, c.n.Kind, v.Ints[0])
		c.saw(func() { c.bounds.ints(v.Ints[:1]) })
	}
	c.dictScratch, c.dict, c.size, c.zeros = dst, dst, 1, true
}

func (c *chunk) sawText(value []byte) { c.saw(func() { c.bounds.text(value) }) }

// saw calls f where any value is there.
func (c *chunk) saw(f func()) {
	if c.picked.n > 0 {
		f()
	}
}

// beginAuto makes a dictionary if that is smaller than the values.
func (c *chunk) beginAuto() {
	d := &c.auto
	switch c.n.Kind {
	case Text, Blob:
		if !d.lookUpTexts(c.v, c.picked) {
			return
		}
		for i := range d.entries {
			c.bounds.text(d.entry(i))
		}
	case Double:
		if !d.lookUpFloats(c.floats) {
			return
		}
		values := make([]float64, d.entries)
		for i, x := range d.words {
			values[i] = math.Float64frombits(uint64(x)) //nolint:gosec // bits
		}
		c.bounds.floats(values)
		d.plain = appendFloats(d.plain, values)
	case Bool, Wide:
		return
	default:
		if !d.lookUpInts(c.ints) {
			return
		}
		c.bounds.ints(d.words)
		d.plain = appendInts(d.plain, c.n.Kind, d.words)
	}
	c.dict, c.size, c.index, c.zeros = d.plain, d.entries, d.index, d.entries == 1
}

// indexed reports whether the pages refer to a dictionary.
func (c *chunk) indexed() bool { return c.size > 0 }

// more reports whether slots are left for another page.
func (c *chunk) more() bool { return c.next < c.picked.slots }

// page is the next data page, and how many slots it has.
func (c *chunk) page() (data []byte, slots int) {
	from, to := c.next, c.pageEnd()
	values := to - from
	if c.picked.defs != nil {
		values = bytes.Count(c.picked.defs[from:to], []byte{c.n.def})
	}
	first := c.done
	c.next, c.done = to, c.done+values
	c.buf = c.appendLevels(c.buf[:0], from, to)
	switch {
	case c.zeros:
		c.appendZeros(values)
	case c.indexed():
		c.appendIndex(c.index[first:c.done])
	default:
		c.appendPlain(first, c.done)
	}
	return c.buf, to - from
}

// pageEnd is the slot behind the page that begins at next. A row is never
// divided.
func (c *chunk) pageEnd() int {
	slots, to := c.picked.slots, 0
	switch text := (c.n.Kind == Text || c.n.Kind == Blob) && !c.indexed() && c.v.Dict == nil; {
	case text && c.flat:
		ends, limit := c.v.Ends, int(c.v.Ends[min(c.next, slots)])+pageBytes
		to = c.next + sort.Search(slots-c.next, func(i int) bool { return int(ends[c.next+i+1])+4*i >= limit })
	case text:
		to = c.textEnd()
	default:
		to = min(c.next+c.perPage(), slots)
	}
	to = max(to, min(c.next+1, slots))
	if reps := c.picked.reps; reps != nil && to < slots {
		begin := to
		for begin > c.next && reps[begin] != 0 {
			begin--
		}
		if begin == c.next { // one long row
			for begin = to; begin < slots && reps[begin] != 0; {
				begin++
			}
		}
		to = begin
	}
	return to
}

// textEnd is how far a page of nested texts goes.
func (c *chunk) textEnd() int {
	ends, at, defs := c.v.Ends, c.picked.at, c.picked.defs
	value, size := c.done, 0
	for i := c.next; i < c.picked.slots; i++ {
		size++
		if defs == nil || defs[i] == c.n.def {
			place := int32(value) //nolint:gosec // a place in a row group
			if at != nil {
				place = at[value]
			}
			size += 4 + int(ends[place+1]-ends[place])
			value++
		}
		if size >= pageBytes {
			return i
		}
	}
	return c.picked.slots
}

// perPage is how many slots of a fixed size a page holds.
func (c *chunk) perPage() int {
	width := 64
	switch {
	case c.indexed():
		width = bitWidth(c.size)
	case c.n.Kind == Wide:
		width = 8 * wideBytes
	case c.whole && c.flat:
		return pageValues
	}
	if c.picked.defs != nil {
		width += bits.Len8(c.n.def)
	}
	if c.picked.reps != nil {
		width += bits.Len8(c.n.rep)
	}
	return min(8*pageBytes/width, pageValues)
}

// appendLevels adds the levels of a page.
func (c *chunk) appendLevels(dst []byte, from, to int) []byte {
	if c.n.rep > 0 {
		dst = c.appendRLE(dst, slice(c.picked.reps, from, to), 0, c.n.rep, to-from)
	}
	return c.appendRLE(dst, slice(c.picked.defs, from, to), c.n.def, c.n.def, to-from)
}

func slice(levels []byte, from, to int) []byte {
	if levels == nil {
		return nil
	}
	return levels[from:to]
}

// appendRLE adds n levels behind their length in bytes. Without levels, all are
// the one given.
func (c *chunk) appendRLE(dst, levels []byte, all, highest byte, n int) []byte {
	if levels == nil {
		at := len(dst)
		dst = append(dst, 0, 0, 0, 0)
		dst = append(binary.AppendUvarint(dst, uint64(n)<<1), all)     //nolint:gosec // one run
		binary.LittleEndian.PutUint32(dst[at:], uint32(len(dst)-at-4)) //nolint:gosec // a few bytes
		return dst
	}
	// A width of up to 8 is always possible.
	c.coded, _ = (&rle.Encoding{BitWidth: bits.Len8(highest)}).EncodeLevels(c.coded[:0], levels)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(c.coded))) //nolint:gosec // a page
	return append(dst, c.coded...)
}

// appendZeros adds n indexes of 0.
func (c *chunk) appendZeros(n int) {
	c.buf = append(binary.AppendUvarint(append(c.buf, 1), uint64(n)<<1), 0) //nolint:gosec // one run
}

// appendIndex adds the indexes as they are: no value is looked at.
func (c *chunk) appendIndex(index []int32) {
	width := bitWidth(c.size)
	// The width fits: it follows from the dictionary.
	c.coded, _ = (&rle.Encoding{BitWidth: width}).EncodeInt32(c.coded[:0], index)
	c.buf = append(append(c.buf, byte(width)), c.coded...) //nolint:gosec // at most 31
}

func (c *chunk) statistics() format.Statistics {
	s := format.Statistics{NullCount: int64(c.picked.slots - c.picked.n)}
	c.bounds.set(&s, c.n.Kind)
	return s
}
