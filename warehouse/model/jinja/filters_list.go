package jinja

import (
	"slices"
)

// listFilter finds the filters of sequences.
func listFilter(name string) filterFunc {
	switch name {
	case "map":
		return filterMap
	case "select":
		return selecting(false, true)
	case "reject":
		return selecting(false, false)
	case "selectattr":
		return selecting(true, true)
	case "rejectattr":
		return selecting(true, false)
	case "groupby":
		return filterGroupBy
	case "batch":
		return filterBatch
	case "slice":
		return filterSlice
	case "first", "last":
		return func(c *Call) (Value, error) { return filterEnd(name, c) }
	case "min", "max":
		return func(c *Call) (Value, error) { return filterExtreme(name, c) }
	case "sort":
		return filterSort
	case "dictsort":
		return filterDictSort
	case "items":
		return filterItems
	case "unique":
		return filterUnique
	case "sum":
		return filterSum
	case "join":
		return filterJoin
	case "reverse":
		return filterReverse
	case "random":
		return filterRandom
	}
	return nil
}

func filterBatch(c *Call) (Value, error) {
	a, err := c.Bind("do_batch", "value", "linecount", "fill_with=")
	if err != nil {
		return nil, err
	}
	n, err := needInt(a[1], 0)
	if err != nil {
		return nil, err
	}
	var it Iterator
	return NewGenerator(func() (Value, bool, error) {
		if it == nil {
			if it, err = iterate(a[0]); err != nil {
				return nil, false, err
			}
		}
		var row []Value
		for {
			v, ok, err := it.Next()
			if err != nil {
				return nil, false, err
			}
			if !ok {
				break
			}
			row = append(row, v)
			if int64(len(row)) == n {
				return NewList(row...), true, nil
			}
		}
		if len(row) == 0 {
			return nil, false, nil
		}
		if Given(a[2]) && a[2] != nil && n < maxItems {
			for int64(len(row)) < n {
				row = append(row, a[2])
			}
		}
		return NewList(row...), true, nil
	}), nil
}

func filterSlice(c *Call) (Value, error) {
	a, err := c.Bind("sync_do_slice", "value", "slices", "fill_with=")
	if err != nil {
		return nil, err
	}
	n, err := needInt(a[1], 0)
	if err != nil {
		return nil, err
	}
	var items []Value
	started := false
	i, at := int64(0), int64(0)
	return NewGenerator(func() (Value, bool, error) {
		if !started {
			started = true
			if items, err = toSlice(a[0]); err != nil {
				return nil, false, err
			}
			if n == 0 {
				return nil, false, Errorf(ZeroDivisionError, "integer division or modulo by zero")
			}
		}
		if i >= n {
			return nil, false, nil
		}
		size := int64(len(items)) / n
		extra := int64(len(items)) % n
		end := at + size
		if i < extra {
			end++
		}
		row := slices.Clone(items[at:end])
		if Given(a[2]) && a[2] != nil && i >= extra {
			row = append(row, a[2])
		}
		at = end
		i++
		return NewList(row...), true, nil
	}), nil
}

func filterSort(c *Call) (Value, error) {
	a, err := c.Bind("do_sort", "value", "reverse=", "case_sensitive=", "attribute=")
	if err != nil {
		return nil, err
	}
	items, err := toSlice(a[0])
	if err != nil {
		return nil, err
	}
	key := c.multiGetter(a[3], !isTrue(a[2]))
	items, err = sortItems(items, isTrue(a[1]), key)
	if err != nil {
		return nil, err
	}
	return NewList(items...), nil
}

// pairs are the items of a mapping.
func pairs(v Value) ([]Value, error) {
	m, ok := v.(Mapping)
	if !ok {
		return nil, Errorf(TypeError, "Can only get item pairs from a mapping.")
	}
	var out []Value
	for _, k := range m.Keys() {
		x, _, err := m.Item(k)
		if err != nil {
			return nil, err
		}
		out = append(out, NewTuple(k, x))
	}
	return out, nil
}

func filterDictSort(c *Call) (Value, error) {
	a, err := c.Bind("do_dictsort", "value", "case_sensitive=", "by=", "reverse=")
	if err != nil {
		return nil, err
	}
	at := 0
	if Given(a[2]) {
		switch by, _ := text(a[2]); by {
		case "key":
		case "value":
			at = 1
		default:
			return nil, Errorf(FilterArgError, `You can only sort by either "key" or "value"`)
		}
	}
	if err := refuse(a[0]); err != nil {
		return nil, err
	}
	if !isMapping(a[0]) {
		return nil, Errorf(AttributeError, "'%s' object has no attribute 'items'", typeName(a[0]))
	}
	items, err := pairs(a[0])
	if err != nil {
		return nil, err
	}
	fold := !isTrue(a[1])
	items, err = sortItems(items, isTrue(a[3]), func(v Value) (Value, error) {
		k := v.(*Tuple).Items[at] //nolint:forcetypeassert // pairs makes tuples
		if fold {
			k = ignoreCase(k)
		}
		return k, nil
	})
	return NewList(items...), err
}

func filterItems(c *Call) (Value, error) {
	if _, err := c.Bind("do_items", "value"); err != nil {
		return nil, err
	}
	if err := strictly(c.Args[0]); err != nil {
		return nil, err
	}
	if _, ok := c.Args[0].(*Undefined); ok {
		return NewGenerator(sliceIter(nil).Next), nil
	}
	var it Iterator
	return NewGenerator(func() (Value, bool, error) {
		if it == nil {
			items, err := pairs(c.Args[0])
			if err != nil {
				return nil, false, err
			}
			it = sliceIter(items)
		}
		return it.Next()
	}), nil
}

func filterUnique(c *Call) (Value, error) {
	a, err := c.Bind("do_unique", "value", "case_sensitive=", "attribute=")
	if err != nil {
		return nil, err
	}
	key := c.attrGetter(a[2], !isTrue(a[1]), absent{})
	var it Iterator
	seen := &Set{}
	return NewGenerator(func() (Value, bool, error) {
		if it == nil {
			if it, err = iterate(a[0]); err != nil {
				return nil, false, err
			}
		}
		for {
			v, ok, err := it.Next()
			if !ok || err != nil {
				return nil, false, err
			}
			k, err := key(v)
			if err != nil {
				return nil, false, err
			}
			n := seen.Len()
			if err := seen.Add(k); err != nil {
				return nil, false, err
			}
			if seen.Len() > n {
				return v, true, nil
			}
		}
	}), nil
}

func filterReverse(c *Call) (Value, error) {
	if s, ok := text(c.Args[0]); ok {
		r := []rune(s)
		slices.Reverse(r)
		if _, m := c.Args[0].(Markup); m {
			return Markup(r), nil
		}
		return string(r), nil
	}
	items, err := toSlice(c.Args[0])
	if err != nil {
		return nil, Errorf(FilterArgError, "argument must be iterable")
	}
	i := len(items)
	return NewGenerator(func() (Value, bool, error) {
		if i == 0 {
			return nil, false, nil
		}
		i--
		return items[i], true, nil
	}), nil
}
