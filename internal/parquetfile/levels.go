package parquetfile

import "github.com/kalpafall/df360/internal/fault"

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
	b.at = b.at[:0]
	ended := endAt(n.def - 1)
	for i := range s.n {
		at := s.place(i)
		if at >= 0 && null[at] {
			if n.required {
				return s, n.nullKey()
			}
			at = ended
		}
		b.at = append(b.at, at)
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
	b.at, b.reps = b.at[:0], b.reps[:0]
	isNull, empty, again := endAt(n.def-1), endAt(n.def), n.rep+1
	for i := range s.n {
		rep := byte(0)
		if s.reps != nil {
			rep = s.reps[i]
		}
		at := s.place(i)
		switch {
		case at < 0:
		case v.Null != nil && v.Null[at]:
			if n.required {
				return s, n.nullKey()
			}
			at = isNull
		default:
			from, to := v.Offsets[at], v.Offsets[at+1]
			for j := from; j < to; j++ {
				b.at, b.reps = append(b.at, j), append(b.reps, rep)
				rep = again
			}
			if from < to {
				continue
			}
			at = empty
		}
		b.at, b.reps = append(b.at, at), append(b.reps, rep)
	}
	return slots{n: len(b.at), at: b.at, reps: b.reps}, nil
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
// is b's until the next leaf.
func (n *node) pick(s slots, v *Values, b *pickBuffers) (picked, error) {
	p := picked{slots: s.n, reps: s.reps, n: s.n, at: s.at}
	if s.at == nil && v.Null == nil {
		return p, nil
	}
	b.defs, b.at = grown(b.defs, s.n), grown(b.at, s.n)
	here := 0
	for i := range s.n {
		at, def := s.place(i), n.def
		switch {
		case at < 0:
			def = endedAt(at)
		case v.Null != nil && v.Null[at]:
			def--
		}
		b.defs[i], b.at[here] = def, at
		if def == n.def {
			here++
		}
	}
	if n.required && v.Null != nil && anyNull(s, v.Null) {
		return p, n.nullKey()
	}
	p.defs, p.at, p.n = b.defs, b.at[:here], here
	if here == s.n {
		p.defs = nil
	}
	return p, nil
}

func anyNull(s slots, null []bool) bool {
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
