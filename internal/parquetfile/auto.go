package parquetfile

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"math"
	"math/bits"
)

const (
	// autoBlock is how many values are looked up before it is asked whether a
	// dictionary still pays.
	autoBlock = 4096
	// autoBytes is how large a dictionary page may be.
	autoBytes = 1 << 20
	// autoShare is how many values there must be for each entry.
	autoShare = 4
	// firstTable is how many places the table of entries begins with.
	firstTable = 1 << 10
)

// autoDict looks for values that repeat. Entries stand in the order of their
// first appearance, so that the hash, which differs from process to process
// lest anybody can make values that collide, leaves no trace in a file. All
// that it decides follows from the values of the row group alone.
type autoDict struct {
	seed    maphash.Seed
	key     uint64
	table   []uint64 // a hash's low half above an entry's number from 1 on; 0 is free
	entries int
	limit   int     // entries at most
	index   []int32 // of each value
	plain   []byte  // the dictionary page
	ends    []int32 // of the texts in it
	words   []int64 // the entries where they are numbers
	block   []int64
}

// begin takes up n values.
func (d *autoDict) begin(n int) {
	if d.table == nil {
		d.seed = maphash.MakeSeed()
		d.key = maphash.String(d.seed, "key")
		d.table = make([]uint64, firstTable)
	}
	d.table = d.table[:firstTable]
	clear(d.table)
	d.entries, d.limit = 0, n/autoShare
	d.index, d.plain, d.ends, d.words = grown(d.index, n), d.plain[:0], d.ends[:0], d.words[:0]
}

// pays reports whether a dictionary can still be smaller after seen values.
// Values drawn at random from as many as the limit is would repeat more often
// in the first blocks than it asks for.
func (d *autoDict) pays(seen int) bool {
	switch {
	case d.entries > d.limit || len(d.plain)+8*len(d.words) > autoBytes:
		return false
	case seen <= autoBlock:
		return d.entries <= seen-seen/32
	case seen <= 4*autoBlock:
		return true
	}
	return d.entries <= seen-seen/8
}

// texts looks up the values of a leaf that are there, and reports whether a
// dictionary of them pays.
func (d *autoDict) texts(v *Values, p picked) bool {
	d.begin(p.n)
	for from := 0; from < p.n; from += autoBlock {
		to := min(from+autoBlock, p.n)
		d.textBlock(v, p.at, from, to)
		if !d.pays(to) {
			return false
		}
	}
	return p.n >= autoShare
}

func (d *autoDict) textBlock(v *Values, places []int32, from, to int) {
	text, ends := v.Text, v.Ends
	for i := from; i < to; i++ {
		at := i
		if places != nil {
			at = int(places[i])
		}
		d.index[i] = d.text(text[ends[at]:ends[at+1]])
	}
}

// text is the entry of a value.
func (d *autoDict) text(value []byte) int32 {
	hash := uint32(maphash.Bytes(d.seed, value)) //nolint:gosec // half of it
	mask := uint32(len(d.table) - 1)             //nolint:gosec // small
	for at := hash & mask; ; at = (at + 1) & mask {
		slot := d.table[at]
		if slot == 0 {
			d.plain = binary.LittleEndian.AppendUint32(d.plain, uint32(len(value))) //nolint:gosec // a text
			d.plain = append(d.plain, value...)
			d.ends = append(d.ends, int32(len(d.plain))) //nolint:gosec // a block more than its limit
			return d.insert(at, hash)
		}
		if uint32(slot>>32) != hash {
			continue
		}
		if entry := int32(uint32(slot)) - 1; bytes.Equal(d.entry(int(entry)), value) { //nolint:gosec // an entry
			return entry
		}
	}
}

// entry is a text of the dictionary.
func (d *autoDict) entry(i int) []byte {
	begin := int32(4)
	if i > 0 {
		begin += d.ends[i-1]
	}
	return d.plain[begin:d.ends[i]]
}

// insert adds an entry at a free place of the table, which it keeps half empty.
func (d *autoDict) insert(at, hash uint32) int32 {
	d.entries++
	d.table[at] = uint64(hash)<<32 | uint64(d.entries) //nolint:gosec // not negative
	if 2*d.entries > len(d.table) {
		d.widen()
	}
	return int32(d.entries - 1) //nolint:gosec // few
}

// widen makes the table twice as large.
func (d *autoDict) widen() {
	old := d.table
	d.table = make([]uint64, 2*len(old))
	mask := uint32(len(d.table) - 1) //nolint:gosec // small
	for _, slot := range old {
		if slot == 0 {
			continue
		}
		at := uint32(slot>>32) & mask
		for d.table[at] != 0 {
			at = (at + 1) & mask
		}
		d.table[at] = slot
	}
}

// ints looks up numbers, and reports whether a dictionary of them pays.
func (d *autoDict) ints(values []int64) bool {
	d.begin(len(values))
	for from := 0; from < len(values); from += autoBlock {
		to := min(from+autoBlock, len(values))
		d.wordBlock(values[from:to], d.index[from:to])
		if !d.pays(to) {
			return false
		}
	}
	return len(values) >= autoShare
}

// floats is ints for floating point numbers, told apart by their bits.
func (d *autoDict) floats(values []float64) bool {
	d.begin(len(values))
	d.block = grown(d.block, autoBlock)
	for from := 0; from < len(values); from += autoBlock {
		to := min(from+autoBlock, len(values))
		block := d.block[:to-from]
		for i, x := range values[from:to] {
			block[i] = int64(math.Float64bits(x)) //nolint:gosec // bits
		}
		d.wordBlock(block, d.index[from:to])
		if !d.pays(to) {
			return false
		}
	}
	return len(values) >= autoShare
}

func (d *autoDict) wordBlock(values []int64, index []int32) {
	last, entry := int64(0), int32(-1)
	for i, x := range values {
		if x != last || entry < 0 {
			last, entry = x, d.word(x)
		}
		index[i] = entry
	}
}

// multiplier is an odd number of random bits.
const multiplier = 0x9fb21c651e98df25

// word is the entry of a number.
func (d *autoDict) word(x int64) int32 {
	high, low := bits.Mul64(uint64(x)^d.key, multiplier) //nolint:gosec // bits
	hash := uint32(high ^ low)                           //nolint:gosec // half of it
	mask := uint32(len(d.table) - 1)                     //nolint:gosec // small
	for at := hash & mask; ; at = (at + 1) & mask {
		slot := d.table[at]
		if slot == 0 {
			d.words = append(d.words, x)
			return d.insert(at, hash)
		}
		if entry := int32(uint32(slot)) - 1; uint32(slot>>32) == hash && d.words[entry] == x { //nolint:gosec // an entry
			return entry
		}
	}
}
