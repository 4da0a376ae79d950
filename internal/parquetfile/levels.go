package parquetfile

import (
	"math"

	"github.com/kalpafall/df360/internal/fault"
)

// slots are the entries of a column chunk on the way down to its leaf, by the
// model of Dremel (Melnik et al., 2010) that Parquet has: one for each value
// that may be there, and one for each NULL or empty list above it.
type slots struct {
	n int
	// at is the value of a slot in the node's Values, or, where the slot ended
	// further up, endAt of the definition level it ended at. nil: value i is
	// that of slot i.
	at []int32
	// reps are the repetition levels. nil: all are 0.
	reps []byte
}

// endAt marks a slot that ended at a definition level.
func endAt(def byte) int32 { return -1 - int32(def) }

// endedAt is the definition level of a slot that ended.
func endedAt(at int32) byte { return byte(-1 - at) } //nolint:gosec // a level

// slotBuffers is the memory for the slots below a node of some depth. The
// children of a node use it one after the other.
type slotBuffers struct {
	at   []int32
	reps []byte
}

// narrow ends the slots of a structure where it is NULL.
func (n *node) narrow(s slots, null []bool, b *slotBuffers) (slots, error) {
	if null == nil {
		return s, nil
	}
	if n.required && s.anyNull(null) {
		return s, n.nullKey()
	}
	b.at = grown(b.at, s.n)
	ended := endAt(n.def - 1)
	if s.at == nil {
		for i, isNull := range null {
			at := int32(i)
			if isNull {
				at = ended
			}
			b.at[i] = at
		}
	} else {
		for i, at := range s.at {
			if at >= 0 && null[at] {
				at = ended
			}
			b.at[i] = at
		}
	}
	s.at = b.at
	return s, nil
}

func (n *node) nullKey() error {
	return fault.New(fault.Schema, "column %q: a key of a map is NULL", n.name)
}

// place is the value of slot i, or where it ended.
func (s slots) place(i int) int32 {
	if s.at == nil {
		return int32(i) //nolint:gosec // a row group's places are 32 bits
	}
	return s.at[i]
}

// expand makes a slot of each element of a list or a map.
func (n *node) expand(s slots, v *Values, b *slotBuffers) (slots, error) {
	if n.required && v.Null != nil && s.anyNull(v.Null) {
		return s, n.nullKey()
	}
	// Each row of the list is in one slot at most.
	most := s.n + int(v.Offsets[len(v.Offsets)-1]-v.Offsets[0])
	b.at, b.reps = grown(b.at, most), grown(b.reps, most)
	isNull, empty, again := endAt(n.def-1), endAt(n.def), n.rep+1
	end := 0
	for i := range s.n {
		rep := byte(0)
		if s.reps != nil {
			rep = s.reps[i]
		}
		at := s.place(i)
		switch {
		case at < 0:
		case v.Null != nil && v.Null[at]:
			at = isNull
		case v.Offsets[at] == v.Offsets[at+1]:
			at = empty
		default:
			for j := v.Offsets[at]; j < v.Offsets[at+1]; j++ {
				b.at[end], b.reps[end], rep = j, rep, again
				end++
			}
			continue
		}
		b.at[end], b.reps[end] = at, rep
		end++
	}
	return slots{n: end, at: b.at[:end], reps: b.reps[:end]}, nil
}

// picked are the values of a leaf that stand in its slots.
type picked struct {
	slots int
	reps  []byte  // nil: all are 0
	defs  []byte  // nil: there is a value in every slot
	at    []int32 // the values that are there, in order; nil: value i in slot i
	n     int     // how many are there
}

// pick tells the slots of a leaf that have a value from the others. Its memory
// is b's until the next leaf. Where NULL is strewn in, a branch would cost more
// than all else: the loops have none.
func (n *node) pick(s slots, v *Values, b *pickBuffers) (picked, error) {
	p := picked{slots: s.n, reps: s.reps, n: s.n, at: s.at}
	if s.at == nil && v.Null == nil {
		return p, nil
	}
	if n.required && v.Null != nil && s.anyNull(v.Null) {
		return p, n.nullKey()
	}
	b.defs, b.at = grown(b.defs, s.n), grown(b.at, s.n)
	here := 0
	switch {
	case s.at == nil:
		here = n.pickRows(v.Null, b)
	case len(v.Null) == 0:
		here = n.pickSlots(s.at, []bool{false}, 0, b)
	default:
		here = n.pickSlots(s.at, v.Null, math.MaxInt32, b)
	}
	p.defs, p.at, p.n = b.defs, b.at[:here], here
	if here == s.n {
		p.defs = nil
	}
	return p, nil
}

// pickRows picks where slot i is value i.
func (n *node) pickRows(null []bool, b *pickBuffers) (here int) {
	defs, places := b.defs[:len(null)], b.at[:len(null)]
	for i, isNull := range null {
		gone := bit(isNull)
		defs[i], places[here] = n.def-gone, int32(i)
		here += int(1 - gone)
	}
	return here
}

// pickSlots picks by the slots' places, of which those bits that are set in mask
// count for null.
func (n *node) pickSlots(at []int32, null []bool, mask int32, b *pickBuffers) (here int) {
	defs, places := b.defs[:len(at)], b.at[:len(at)]
	for i, place := range at {
		ended := place >> 31 // all bits or none
		gone := bit(null[place&^ended&mask])
		def := n.def - gone
		if place < 0 {
			def = endedAt(place)
		}
		defs[i], places[here] = def, place
		here += int(1-gone) & int(1+ended)
	}
	return here
}

// bit is 1 or 0.
func bit(b bool) byte {
	var x byte
	if b {
		x = 1
	}
	return x
}

// anyNull reports whether a value in a slot is NULL.
func (s slots) anyNull(null []bool) bool {
	for i := range s.n {
		if at := s.place(i); at >= 0 && null[at] {
			return true
		}
	}
	return false
}

// pickBuffers is the memory of pick.
type pickBuffers struct {
	defs []byte
	at   []int32
}

// grown is s with length n, whatever stands in it.
func grown[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/4)
	}
	return s[:n]
}
