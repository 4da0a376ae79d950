package jinja

func filterEnd(name string, c *Call) (Value, error) {
	if _, err := c.Bind(name, "seq"); err != nil {
		return nil, err
	}
	seq := c.Args[0]
	if name == "first" {
		it, err := iterate(seq)
		if err != nil {
			return nil, err
		}
		v, ok, err := it.Next()
		if ok || err != nil {
			return v, err
		}
		return c.undefined("No first item, sequence was empty."), nil
	}
	switch v := seq.(type) {
	case *Generator, *Set:
		return nil, Errorf(TypeError, "'%s' object is not reversible", typeName(v))
	}
	items, err := toSlice(seq)
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return c.undefined("No last item, sequence was empty."), nil
	}
	return items[len(items)-1], nil
}

func filterExtreme(name string, c *Call) (Value, error) {
	a, err := c.Bind("do_"+name, "value", "case_sensitive=", "attribute=")
	if err != nil {
		return nil, err
	}
	items, err := toSlice(a[0])
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return c.undefined("No aggregated item, sequence was empty."), nil
	}
	key := c.attrGetter(a[2], !isTrue(a[1]), absent{})
	best := items[0]
	bestKey, err := key(best)
	if err != nil {
		return nil, err
	}
	op := map[string]string{"min": "<", "max": ">"}[name]
	for _, v := range items[1:] {
		k, err := key(v)
		if err != nil {
			return nil, err
		}
		better, err := compare(op, k, bestKey)
		if err != nil {
			return nil, err
		}
		if better {
			best, bestKey = v, k
		}
	}
	return best, nil
}

func filterSum(c *Call) (Value, error) {
	a, err := c.Bind("sync_do_sum", "iterable", "attribute=", "start=")
	if err != nil {
		return nil, err
	}
	items, err := toSlice(a[0])
	if err != nil {
		return nil, err
	}
	total := a[2]
	if isAbsent(total) {
		total = int64(0)
	}
	if _, ok := text(total); ok {
		return nil, Errorf(TypeError, "sum() can't sum strings [use ''.join(seq) instead]")
	}
	key := c.attrGetter(a[1], false, absent{})
	for _, v := range items {
		k, err := key(v)
		if err != nil {
			return nil, err
		}
		if total, err = arith("+", total, k); err != nil {
			return nil, err
		}
	}
	return total, nil
}

func filterJoin(c *Call) (Value, error) {
	a, err := c.Bind("sync_do_join", "value", "d=", "attribute=")
	if err != nil {
		return nil, err
	}
	items, err := toSlice(a[0])
	if err != nil {
		return nil, err
	}
	key := c.attrGetter(a[2], false, absent{})
	var sep Value = ""
	if Given(a[1]) {
		sep = a[1]
	}
	parts := make([]Value, len(items))
	_, markup := sep.(Markup)
	for i, v := range items {
		if parts[i], err = key(v); err != nil {
			return nil, err
		}
		_, m := parts[i].(Markup)
		markup = markup || m
	}
	escaped := c.escaping() && markup
	print := func(v Value) (string, error) {
		if escaped {
			m, err := escape(v)
			return string(m), err
		}
		return str(v)
	}
	d, err := print(sep)
	if err != nil {
		return nil, err
	}
	var b sizedBuilder
	for i, v := range parts {
		s, err := print(v)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			b.add(d)
		}
		if b.add(s); b.full {
			return nil, tooLarge()
		}
	}
	if escaped {
		return Markup(b.String()), nil
	}
	return b.String(), nil
}

func filterRandom(c *Call) (Value, error) {
	n, err := length(c.Args[0])
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return c.undefined("No random item, sequence was empty."), nil
	}
	if isMapping(c.Args[0]) {
		return nil, Errorf(KeyError, "%d", c.random(n))
	}
	if err := indexable(c.Args[0]); err != nil {
		return nil, err
	}
	items, err := toSlice(c.Args[0])
	if err != nil {
		return nil, err
	}
	return items[c.random(n)], nil
}

// indexable is the error of a container without order.
func indexable(v Value) error {
	switch v.(type) {
	case *Set, *dictView:
		return Errorf(TypeError, "'%s' object is not subscriptable", typeName(v))
	}
	return nil
}
