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
	keys    [4]uint64
	table   []uint64 // a hash's low half above an entry's number from 1 on; 0 is free
	entries int
	limit   int     // entries at most
	index   []int32 // of each value
	plain   []byte  // the dictionary page
	ends    []int32 // of the texts in it
	texts   []textKey
	words   []int64  // the entries where they are numbers
	old     []uint64 // memory of a table
	block   []int64
}

// begin takes up n values.
func (d *autoDict) begin(n int) {
	if d.table == nil {
		d.seed = maphash.MakeSeed()
		for i := range d.keys {
			d.keys[i] = maphash.Bytes(d.seed, []byte{byte(i)})
		}
		d.table = make([]uint64, firstTable)
	}
	d.table = d.table[:firstTable]
	clear(d.table)
	d.entries, d.limit = 0, n/autoShare
	d.index, d.plain, d.ends, d.texts, d.words = grown(d.index, n), d.plain[:0], d.ends[:0], d.texts[:0], d.words[:0]
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

// lookUpTexts looks up the values of a leaf that are there, and reports whether a
// dictionary of them pays.
func (d *autoDict) lookUpTexts(v *Values, p picked) bool {
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

// textKey is what tells a text of up to 32 bytes from all others of its
// length: its first and last eight bytes and those next to them, which overlap
// in a shorter one.
type textKey struct {
	n                         int
	first, last, second, next uint64
}

// ends8 are the first and the last eight bytes, or what tells a shorter text
// from all others of its length.
func ends8(value []byte) (first, last uint64) {
	switch n := len(value); {
	case n >= 8:
		return binary.LittleEndian.Uint64(value), binary.LittleEndian.Uint64(value[n-8:])
	case n >= 4:
		return uint64(binary.LittleEndian.Uint32(value)), uint64(binary.LittleEndian.Uint32(value[n-4:]))
	case n > 0:
		return uint64(value[0]) | uint64(value[n/2])<<8, uint64(value[n-1])
	}
	return 0, 0
}

// text is the entry of a value. Its hash mixes by multiplication to 128 bits,
// as wyhash does.
func (d *autoDict) text(value []byte) int32 {
	n := len(value)
	var second, next uint64
	first, last := ends8(value)
	high, low := bits.Mul64(first^d.keys[0], last^d.keys[1]^uint64(n))
	if n > 16 {
		second, next = binary.LittleEndian.Uint64(value[8:]), binary.LittleEndian.Uint64(value[n-16:])
		high, low = bits.Mul64(second^d.keys[2]^high, next^d.keys[3]^low)
	}
	if n > 32 {
		low ^= maphash.Bytes(d.seed, value)
	}
	hash := uint32(high ^ low)       //nolint:gosec // half of it
	mask := uint32(len(d.table) - 1) //nolint:gosec // small
	for at := hash & mask; ; at = (at + 1) & mask {
		slot := d.table[at]
		if slot == 0 {
			d.texts = append(d.texts, textKey{n, first, last, second, next})
			return d.insertText(at, hash, value)
		}
		if uint32(slot>>32) != hash {
			continue
		}
		entry := uint32(slot) - 1 //nolint:gosec // the low half
		k := &d.texts[entry]
		if k.n == n && k.first == first && k.last == last && k.second == second && k.next == next &&
			(n <= 32 || bytes.Equal(d.entry(int(entry)), value)) {
			return int32(entry) //nolint:gosec // few
		}
	}
}

// insertText adds an entry to the dictionary page, too.
func (d *autoDict) insertText(at, hash uint32, value []byte) int32 {
	d.plain = binary.LittleEndian.AppendUint32(d.plain, uint32(len(value))) //nolint:gosec // a text
	d.plain = append(d.plain, value...)
	d.ends = append(d.ends, int32(len(d.plain))) //nolint:gosec // a block more than its limit
	return d.insert(at, hash)
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
	d.table = grown(d.old, 2*len(old))
	clear(d.table)
	d.old = old
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

// lookUpInts looks up numbers, and reports whether a dictionary of them pays.
func (d *autoDict) lookUpInts(values []int64) bool {
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

// lookUpFloats is lookUpInts for floating point numbers, told apart by their bits.
func (d *autoDict) lookUpFloats(values []float64) bool {
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

// word is the entry of a number.
func (d *autoDict) word(x int64) int32 {
	high, low := bits.Mul64(uint64(x)^d.keys[0], d.keys[1]|1) //nolint:gosec // bits
	hash := uint32(high ^ low)                                //nolint:gosec // half of it
	mask := uint32(len(d.table) - 1)                          //nolint:gosec // small
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
