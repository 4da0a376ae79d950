package jinja

// iterFunc makes an Iterator of a function; in a template it is a generator.
type iterFunc func() (Value, bool, error)

// Next yields the next value.
func (f iterFunc) Next() (Value, bool, error) { return f() }

// Generator is an iterator that is a value: it is consumed once.
type Generator struct {
	next func() (Value, bool, error)
	done bool
}

// NewGenerator makes a generator of a function that returns ok false at the end.
func NewGenerator(next func() (Value, bool, error)) *Generator { return &Generator{next: next} }

// TypeName is generator.
func (g *Generator) TypeName() string { return "generator" }

// Next yields the next value.
func (g *Generator) Next() (Value, bool, error) {
	if g.done {
		return nil, false, nil
	}
	v, ok, err := g.next()
	g.done = !ok || err != nil
	return v, ok, err
}

// iterate starts a loop over v.
func iterate(v Value) (Iterator, error) {
	switch v := v.(type) {
	case *List:
		i := 0 // a list that grows meanwhile is followed, as in Python
		return iterFunc(func() (Value, bool, error) {
			if i >= len(v.Items) {
				return nil, false, nil
			}
			i++
			return v.Items[i-1], true, nil
		}), nil
	case *Tuple:
		return sliceIter(v.Items), nil
	case string:
		return textIter(v), nil
	case Markup:
		return textIter(string(v)), nil
	case Bytes:
		i := 0
		return iterFunc(func() (Value, bool, error) {
			if i >= len(v) {
				return nil, false, nil
			}
			i++
			return int64(v[i-1]), true, nil
		}), nil
	case *Undefined:
		if err := strictly(v); err != nil {
			return nil, err
		}
		return sliceIter(nil), nil
	case Iterable:
		return v.Iter(), nil
	case Iterator:
		return v, nil
	case Mapping:
		return sliceIter(v.Keys()), nil
	}
	return nil, Errorf(TypeError, "'%s' object is not iterable", typeName(v))
}

func sliceIter(items []Value) Iterator {
	i := 0
	return iterFunc(func() (Value, bool, error) {
		if i >= len(items) {
			return nil, false, nil
		}
		i++
		return items[i-1], true, nil
	})
}

func textIter(s string) Iterator {
	i := 0
	return iterFunc(func() (Value, bool, error) {
		if i >= len(s) {
			return nil, false, nil
		}
		n := runeLen(s[i:])
		i += n
		return s[i-n : i], true, nil
	})
}

// toSlice collects an iterable. The slice is the caller's unless v is a list or
// a tuple: it must not be changed.
func toSlice(v Value) ([]Value, error) {
	switch v := v.(type) {
	case *List:
		return v.Items, nil
	case *Tuple:
		return v.Items, nil
	}
	it, err := iterate(v)
	if err != nil {
		return nil, err
	}
	var out []Value
	for {
		x, ok, err := it.Next()
		if err != nil {
			return nil, err
		}
		if !ok {
			return out, nil
		}
		if len(out) > maxItems {
			return nil, tooLarge()
		}
		out = append(out, x)
	}
}

// ToSlice collects any iterable value, for hosts.
func ToSlice(v Value) ([]Value, error) {
	items, err := toSlice(v)
	return append([]Value(nil), items...), err
}

// length is len(v).
func length(v Value) (int, error) {
	switch v := v.(type) {
	case string:
		return textLen(v), nil
	case Markup:
		return textLen(string(v)), nil
	case Bytes:
		return len(v), nil
	case *List:
		return len(v.Items), nil
	case *Tuple:
		return len(v.Items), nil
	case *Undefined:
		return 0, strictly(v)
	case Sized:
		return v.Len(), nil
	}
	return 0, Errorf(TypeError, "object of type '%s' has no len()", typeName(v))
}

// Range is Python's range.
type Range struct{ start, stop, step int64 }

// TypeName is range.
func (r *Range) TypeName() string { return "range" }

// Len is the number of values, at most maxRange.
func (r *Range) Len() int { return int(rangeLen(r.start, r.stop, r.step)) } //nolint:gosec // at most maxRange

func rangeLen(start, stop, step int64) uint64 {
	switch {
	case step > 0 && start < stop:
		return (uint64(stop)-uint64(start)-1)/uint64(step) + 1 //nolint:gosec // differences wrap rightly
	case step < 0 && start > stop:
		return (uint64(start)-uint64(stop)-1)/(-uint64(step)) + 1 //nolint:gosec // differences wrap rightly
	}
	return 0
}

// Iter counts.
func (r *Range) Iter() Iterator {
	i, n := int64(0), int64(r.Len())
	return iterFunc(func() (Value, bool, error) {
		if i >= n {
			return nil, false, nil
		}
		i++
		return r.start + (i-1)*r.step, true, nil
	})
}

// Repr is range(0, 3).
func (r *Range) Repr() string {
	args := []Value{r.start, r.stop}
	if r.step != 1 {
		args = append(args, r.step)
	}
	return "range" + Repr(NewTuple(args...))
}

// Equal compares the values.
func (r *Range) Equal(other Value) bool {
	o, ok := other.(*Range)
	n := r.Len()
	return ok && n == o.Len() && (n == 0 || r.start == o.start && (n == 1 || r.step == o.step))
}

// Item is the value at an index.
func (r *Range) Item(key Value) (Value, bool, error) {
	i, ok := asInt(key)
	n := int64(r.Len())
	if i < 0 {
		i += n
	}
	if !ok || i < 0 || i >= n {
		return nil, false, nil
	}
	return r.start + i*r.step, true, nil
}

// Contains does not count.
func (r *Range) Contains(v Value) (bool, error) {
	if f, ok := v.(float64); ok && f == float64(int64(f)) {
		v = int64(f)
	}
	i, ok := asInt(v)
	if !ok {
		return false, nil
	}
	if r.step > 0 {
		return i >= r.start && i < r.stop && (i-r.start)%r.step == 0, nil
	}
	return i <= r.start && i > r.stop && (r.start-i)%-r.step == 0, nil
}

// dictView is what keys(), values() and items() return: a live view.
type dictView struct {
	d    *Dict
	kind string
}

// TypeName is dict_keys and so on.
func (v *dictView) TypeName() string { return "dict_" + v.kind }

// Len is the number of keys.
func (v *dictView) Len() int { return v.d.Len() }

// Truth is that of a container.
func (v *dictView) Truth() bool { return v.d.Len() > 0 }

// Iter iterates over the dict as it is now.
func (v *dictView) Iter() Iterator { return v.d.iter(v.pick) }

func (v *dictView) pick(e entry) Value {
	switch v.kind {
	case "keys":
		return e.key
	case "values":
		return e.val
	}
	return NewTuple(e.key, e.val)
}

func (v *dictView) values() []Value {
	out := make([]Value, 0, v.d.Len())
	for _, e := range v.d.entries {
		if e.hash != nil {
			out = append(out, v.pick(e))
		}
	}
	return out
}

// Contains looks keys up and searches the rest.
func (v *dictView) Contains(x Value) (bool, error) {
	if v.kind == "keys" {
		return v.d.Contains(x)
	}
	if t, ok := x.(*Tuple); ok && v.kind == "items" && len(t.Items) == 2 {
		got, ok, err := v.d.Item(t.Items[0])
		if !ok || err != nil {
			return false, err
		}
		return equal(got, t.Items[1], 0)
	}
	return containsItem(v.values(), x)
}

func (v *dictView) equal(other Value) (bool, error) {
	if v.kind == "values" {
		return v == other, nil
	}
	switch other.(type) {
	case *dictView, *Set:
	default:
		return false, nil
	}
	mine, err := NewSet(v.values()...)
	if err != nil {
		return false, err
	}
	switch o := other.(type) {
	case *dictView:
		if o.kind == "values" {
			return false, nil
		}
		theirs, err := NewSet(o.values()...)
		return err == nil && mine.Len() == theirs.Len() && mine.subset(theirs), err
	case *Set:
		return mine.Len() == o.Len() && mine.subset(o), nil
	}
	return false, nil
}

// Compare orders views of keys and items as sets; ok is false for anything else.
func (v *dictView) Compare(other Value) (int, bool) {
	if v.kind == "values" {
		return 0, false
	}
	var theirs []Value
	switch o := other.(type) {
	case *dictView:
		if o.kind == "values" {
			return 0, false
		}
		theirs = o.values()
	case *Set:
		theirs = o.Values()
	default:
		return 0, false
	}
	within := func(items []Value, box Value) bool {
		for _, x := range items {
			if in, err := contains(box, x); !in || err != nil {
				return false
			}
		}
		return true
	}
	below, above := within(v.values(), other), within(theirs, v)
	switch {
	case below && above:
		return 0, true
	case below:
		return -1, true
	case above:
		return 1, true
	}
	return unordered, true
}

// Operate is - with sets, the one set operator that the template language has.
func (v *dictView) Operate(op string, other Value, reflected bool) (Value, bool, error) {
	if op != "-" || v.kind == "values" {
		return nil, false, nil
	}
	mine, err := NewSet(v.values()...)
	if err != nil {
		return nil, true, err
	}
	theirs, err := setOf(other)
	if err != nil {
		return nil, true, err
	}
	if reflected {
		mine, theirs = theirs, mine
	}
	return setOp(op, mine, theirs), true, nil
}
