package jinja

import (
	"math/big"
	"slices"
)

func asList(v Value) *List { return v.(*List) } //nolint:forcetypeassert // only lists come here

// listMethod finds a method of list.
func listMethod(name string) methodFunc {
	switch name {
	case "append":
		return func(self Value, c *Call) (Value, error) {
			a, err := c.Bind("append", "object")
			if err != nil {
				return nil, err
			}
			l := asList(self)
			if len(l.Items) >= maxItems {
				return nil, tooLarge()
			}
			l.Items = append(l.Items, a[0])
			return nil, nil
		}
	case "extend":
		return func(self Value, c *Call) (Value, error) {
			a, err := c.Bind(name, "iterable")
			if err != nil {
				return nil, err
			}
			items, err := toSlice(a[0])
			if err != nil {
				return nil, err
			}
			l := asList(self)
			if len(l.Items)+len(items) > maxItems {
				return nil, tooLarge()
			}
			l.Items = append(l.Items, slices.Clone(items)...)
			return nil, nil
		}
	case "insert":
		return listInsert
	case "pop":
		return listPop
	case "remove":
		return func(self Value, c *Call) (Value, error) {
			i, err := listFind(asList(self).Items, c, name)
			if err != nil {
				if KindOf(err) == ValueError {
					err = Errorf(ValueError, "list.remove(x): x not in list")
				}
				return nil, err
			}
			l := asList(self)
			l.Items = slices.Delete(l.Items, i, i+1)
			return nil, nil
		}
	case "clear":
		return func(self Value, _ *Call) (Value, error) {
			asList(self).Items = nil
			return nil, nil
		}
	case "copy":
		return func(self Value, _ *Call) (Value, error) {
			return NewList(slices.Clone(asList(self).Items)...), nil
		}
	case "reverse":
		return func(self Value, _ *Call) (Value, error) {
			slices.Reverse(asList(self).Items)
			return nil, nil
		}
	case "sort":
		return listSort
	case "index":
		return func(self Value, c *Call) (Value, error) {
			i, err := listFind(asList(self).Items, c, name)
			return int64(i), err
		}
	case "count":
		return func(self Value, c *Call) (Value, error) { return countItems(asList(self).Items, c) }
	}
	return nil
}

func tupleMethod(name string) methodFunc {
	items := func(v Value) []Value { return v.(*Tuple).Items } //nolint:forcetypeassert // only tuples come here
	switch name {
	case "index":
		return func(self Value, c *Call) (Value, error) {
			i, err := listFind(items(self), c, name)
			return int64(i), err
		}
	case "count":
		return func(self Value, c *Call) (Value, error) { return countItems(items(self), c) }
	}
	return nil
}

func rangeMethod(name string) methodFunc {
	m := tupleMethod(name)
	if m == nil {
		return nil
	}
	return func(self Value, c *Call) (Value, error) {
		items, err := toSlice(self)
		if err != nil {
			return nil, err
		}
		return m(NewTuple(items...), c)
	}
}

func countItems(items []Value, c *Call) (Value, error) {
	a, err := c.Bind("count", "value")
	if err != nil {
		return nil, err
	}
	n := int64(0)
	for _, v := range items {
		eq, err := equal(v, a[0], 0)
		if err != nil {
			return nil, err
		}
		if eq {
			n++
		}
	}
	return n, nil
}

func listFind(items []Value, c *Call, fn string) (int, error) {
	a, err := c.Bind(fn, "value", "start=", "stop=")
	if err != nil {
		return 0, err
	}
	start, err := needInt(a[1], 0)
	if err != nil {
		return 0, err
	}
	stop, err := needInt(a[2], int64(len(items)))
	if err != nil {
		return 0, err
	}
	from, to, _ := sliceBounds([3]*int64{&start, &stop, nil}, int64(len(items)))
	for i := from; i < to; i++ {
		eq, err := equal(items[i], a[0], 0)
		if eq || err != nil {
			return int(i), err
		}
	}
	s, err := repr(a[0])
	if err != nil {
		return 0, err
	}
	return 0, Errorf(ValueError, "%s is not in list", s)
}

func listInsert(self Value, c *Call) (Value, error) {
	a, err := c.Bind("insert", "index", "object")
	if err != nil {
		return nil, err
	}
	i, err := needInt(a[0], 0)
	if err != nil {
		return nil, err
	}
	l := asList(self)
	n := int64(len(l.Items))
	if i < 0 {
		i = max(0, i+n)
	}
	if n >= maxItems {
		return nil, tooLarge()
	}
	l.Items = slices.Insert(l.Items, int(min(i, n)), a[1])
	return nil, nil
}

func listPop(self Value, c *Call) (Value, error) {
	a, err := c.Bind("pop", "index=")
	if err != nil {
		return nil, err
	}
	l := asList(self)
	n := int64(len(l.Items))
	i, err := needInt(a[0], -1)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, Errorf(IndexError, "pop from empty list")
	}
	if i < 0 {
		i += n
	}
	if i < 0 || i >= n {
		return nil, Errorf(IndexError, "pop index out of range")
	}
	v := l.Items[i]
	l.Items = slices.Delete(l.Items, int(i), int(i)+1)
	return v, nil
}

func listSort(self Value, c *Call) (Value, error) {
	a, err := c.Bind("sort", "key=", "reverse=")
	if err != nil {
		return nil, err
	}
	var key func(Value) (Value, error)
	if Given(a[0]) && a[0] != nil {
		key = func(v Value) (Value, error) { return callValue(a[0], c.With([]Value{v})) }
	}
	items, err := sortItems(asList(self).Items, isTrue(a[1]), key)
	if err != nil {
		return nil, err
	}
	asList(self).Items = items
	return nil, nil
}

// sortItems sorts a copy, stably, by a key.
func sortItems(items []Value, reverse bool, key func(Value) (Value, error)) ([]Value, error) {
	type keyed struct{ key, val Value }
	work := make([]keyed, len(items))
	for i, v := range items {
		k := v
		if key != nil {
			var err error
			if k, err = key(v); err != nil {
				return nil, err
			}
		}
		work[i] = keyed{k, v}
	}
	var failed error
	slices.SortStableFunc(work, func(a, b keyed) int {
		if failed != nil {
			return 0
		}
		o, err := order("<", a.key, b.key, 0)
		if err != nil {
			failed = err
			return 0
		}
		switch {
		case o == unordered:
			return 0
		case reverse:
			return -o
		}
		return o
	})
	out := make([]Value, len(work))
	for i, w := range work {
		out[i] = w.val
	}
	return out, failed
}

// bytesMethod finds a method of bytes.
func bytesMethod(name string) methodFunc {
	switch name {
	case "decode":
		return func(self Value, _ *Call) (Value, error) { return string(self.(Bytes)), nil } //nolint:forcetypeassert // only bytes come here
	case "hex":
		return func(self Value, _ *Call) (Value, error) {
			n := new(big.Int).SetBytes([]byte(self.(Bytes)))              //nolint:forcetypeassert // only bytes come here
			return formatWidth(n.Text(16), 2*len(self.(Bytes)), '0'), nil //nolint:forcetypeassert // only bytes come here
		}
	}
	return nil
}

func formatWidth(s string, width int, fill byte) string {
	if n := width - len(s); n > 0 {
		b := make([]byte, n, width)
		for i := range b {
			b[i] = fill
		}
		return string(b) + s
	}
	if width == 0 {
		return ""
	}
	return s
}
