package jinja

// Set is Python's set. It keeps the order of insertion, where Python's order is
// arbitrary.
type Set struct{ d Dict }

// NewSet makes a set; unhashable values are an error.
func NewSet(items ...Value) (*Set, error) {
	s := &Set{}
	for _, v := range items {
		if err := s.Add(v); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Add adds a value.
func (s *Set) Add(v Value) error {
	hash, err := hashKey(v)
	if err != nil {
		return err
	}
	if s.d.find(hash) < 0 {
		s.d.put(hash, v, nil)
	}
	return nil
}

// TypeName is set.
func (s *Set) TypeName() string { return "set" }

// Len is the number of values.
func (s *Set) Len() int { return s.d.live }

// Contains says whether v is in the set.
func (s *Set) Contains(v Value) (bool, error) { return s.d.Contains(v) }

// Values returns the values in order of insertion.
func (s *Set) Values() []Value { return s.d.Keys() }

// Iter iterates over the values.
func (s *Set) Iter() Iterator {
	it := s.d.Iter()
	return iterFunc(func() (Value, bool, error) {
		v, ok, err := it.Next()
		if err != nil {
			err = Errorf(PyRuntimeError, "Set changed size during iteration")
		}
		return v, ok, err
	})
}

// filter returns the values for which keep is true, as a new set.
func (s *Set) filter(keep func(hash any) bool) *Set {
	out := &Set{}
	for _, e := range s.d.entries {
		if e.hash != nil && keep(e.hash) {
			out.d.put(e.hash, e.key, nil)
		}
	}
	return out
}

func (s *Set) has(hash any) bool { return s.d.find(hash) >= 0 }

func (s *Set) subset(of *Set) bool {
	for _, e := range s.d.entries {
		if e.hash != nil && !of.has(e.hash) {
			return false
		}
	}
	return true
}

func (s *Set) copy() *Set { return &Set{d: *s.d.Copy()} }

// setOf makes a set of any iterable.
func setOf(v Value) (*Set, error) {
	if s, ok := v.(*Set); ok {
		return s, nil
	}
	items, err := toSlice(v)
	if err != nil {
		return nil, err
	}
	return NewSet(items...)
}

// setOp is the operation behind |, &, - and ^ and their methods.
func setOp(op string, a, b *Set) *Set {
	switch op {
	case "&":
		return a.filter(b.has)
	case "-":
		return a.filter(func(h any) bool { return !b.has(h) })
	case "^":
		out := a.filter(func(h any) bool { return !b.has(h) })
		rest := b.filter(func(h any) bool { return !a.has(h) })
		out.d.Update(&rest.d)
		return out
	}
	out := a.copy()
	for _, e := range b.d.entries {
		if e.hash != nil && !out.has(e.hash) {
			out.d.put(e.hash, e.key, nil)
		}
	}
	return out
}
