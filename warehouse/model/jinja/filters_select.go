package jinja

import (
	"strings"
)

// attrGetter makes the function that fetches an attribute of many values: a
// path with dots, an index, or nil for the value itself.
func (c *Call) attrGetter(attr Value, fold bool, def Value) func(Value) (Value, error) {
	e := c.environment()
	path := attrPath(attr)
	return func(v Value) (Value, error) {
		for _, part := range path {
			var err error
			if v, err = e.getItem(v, part); err != nil {
				return nil, err
			}
			if _, u := v.(*Undefined); u && Given(def) && def != nil {
				v = def
			}
		}
		if fold {
			v = ignoreCase(v)
		}
		return v, nil
	}
}

func attrPath(attr Value) []Value {
	s, isText := text(attr)
	if !isText {
		if attr == nil || isAbsent(attr) {
			return nil
		}
		return []Value{attr}
	}
	var path []Value
	for _, part := range strings.Split(s, ".") {
		if part != "" && strings.Trim(part, decimals) == "" {
			if n, ok := parseInt(part, 10); ok {
				path = append(path, n)
				continue
			}
		}
		path = append(path, part)
	}
	return path
}

func ignoreCase(v Value) Value {
	switch s := v.(type) {
	case string:
		return strings.ToLower(s)
	case Markup:
		return Markup(strings.ToLower(string(s)))
	}
	return v
}

// filterMap applies a filter or fetches an attribute, one value at a time.
func filterMap(c *Call) (Value, error) {
	var it Iterator
	var f func(Value) (Value, error)
	return NewGenerator(func() (Value, bool, error) {
		if it == nil {
			if yes, err := truth(c.Args[0]); !yes || err != nil {
				return nil, false, err
			}
			var err error
			if f, err = c.mapper(); err != nil {
				return nil, false, err
			}
			if it, err = iterate(c.Args[0]); err != nil {
				return nil, false, err
			}
		}
		v, ok, err := it.Next()
		if !ok || err != nil {
			return nil, false, err
		}
		v, err = f(v)
		return v, err == nil, err
	}), nil
}

func (c *Call) mapper() (func(Value) (Value, error), error) {
	if attr, ok := c.Kwarg("attribute"); ok && len(c.Args) == 1 {
		def := Value(absent{})
		for _, k := range c.Kwargs {
			switch k.Name {
			case "attribute":
			case "default":
				def = k.Value
			default:
				return nil, Errorf(FilterArgError, "Unexpected keyword argument %s", Repr(k.Name))
			}
		}
		return c.attrGetter(attr, false, def), nil
	}
	if len(c.Args) < 2 {
		return nil, Errorf(FilterArgError, "map requires a filter argument")
	}
	name, _ := text(c.Args[1])
	f := c.environment().filter(name)
	if f == nil {
		return nil, Errorf(RuntimeError, "No filter named %s.", Repr(c.Args[1]))
	}
	rest := c.Args[2:]
	return func(v Value) (Value, error) {
		return f(c.With(append([]Value{v}, rest...), c.Kwargs...))
	}, nil
}

// selecting makes select, reject, selectattr and rejectattr.
func selecting(attr, want bool) filterFunc {
	return func(c *Call) (Value, error) {
		var it Iterator
		var keep func(Value) (bool, error)
		return NewGenerator(func() (Value, bool, error) {
			if it == nil {
				if yes, err := truth(c.Args[0]); !yes || err != nil {
					return nil, false, err
				}
				var err error
				if keep, err = c.selector(attr); err != nil {
					return nil, false, err
				}
				if it, err = iterate(c.Args[0]); err != nil {
					return nil, false, err
				}
			}
			for {
				v, ok, err := it.Next()
				if !ok || err != nil {
					return nil, false, err
				}
				k, err := keep(v)
				if err != nil {
					return nil, false, err
				}
				if k == want {
					return v, true, nil
				}
			}
		}), nil
	}
}

func (c *Call) selector(attr bool) (func(Value) (bool, error), error) {
	rest := c.Args[1:]
	get := func(v Value) (Value, error) { return v, nil }
	if attr {
		if len(rest) == 0 {
			return nil, Errorf(FilterArgError, "Missing parameter for attribute name")
		}
		get = c.attrGetter(rest[0], false, absent{})
		rest = rest[1:]
	}
	test := func(c *Call) (bool, error) { return truth(c.Args[0]) }
	var more []Value
	if len(rest) > 0 {
		name, _ := text(rest[0])
		if test = c.environment().test(name); test == nil {
			return nil, Errorf(RuntimeError, "No test named %s.", Repr(rest[0]))
		}
		more = rest[1:]
	}
	return func(v Value) (bool, error) {
		x, err := get(v)
		if err != nil {
			return false, err
		}
		return test(c.With(append([]Value{x}, more...), c.Kwargs...))
	}, nil
}

// multiGetter is attrGetter for several attributes with commas: a list of keys.
func (c *Call) multiGetter(attr Value, fold bool) func(Value) (Value, error) {
	s, ok := text(attr)
	if !ok || !strings.Contains(s, ",") {
		return c.attrGetter(attr, fold, absent{})
	}
	var getters []func(Value) (Value, error)
	for _, part := range strings.Split(s, ",") {
		getters = append(getters, c.attrGetter(part, fold, absent{}))
	}
	return func(v Value) (Value, error) {
		out := &List{}
		for _, g := range getters {
			x, err := g(v)
			if err != nil {
				return nil, err
			}
			out.Items = append(out.Items, x)
		}
		return out, nil
	}
}

// groupTuple is what groupby yields: a tuple with names.
type groupTuple struct{ *Tuple }

// TypeName is tuple.
func (g groupTuple) TypeName() string { return "tuple" }

// Attr has grouper and list.
func (g groupTuple) Attr(name string) (Value, bool, error) {
	switch name {
	case "grouper":
		return g.Items[0], true, nil
	case "list":
		return g.Items[1], true, nil
	}
	return nil, false, nil
}

// Item is the item of the tuple.
func (g groupTuple) Item(key Value) (Value, bool, error) { return indexItems(g.Items, key) }

// Iter iterates over the two.
func (g groupTuple) Iter() Iterator { return sliceIter(g.Items) }

// Len is 2.
func (g groupTuple) Len() int { return 2 }

// Repr is the tuple's.
func (g groupTuple) Repr() string { return Repr(g.Tuple) }

func filterGroupBy(c *Call) (Value, error) {
	a, err := c.Bind("sync_do_groupby", "value", "attribute", "default=", "case_sensitive=")
	if err != nil {
		return nil, err
	}
	sensitive := isTrue(a[3])
	key := c.attrGetter(a[1], !sensitive, a[2])
	items, err := toSlice(a[0])
	if err != nil {
		return nil, err
	}
	if items, err = sortItems(items, false, key); err != nil {
		return nil, err
	}
	out := &List{}
	var group *List
	var last Value
	exact := c.attrGetter(a[1], false, a[2])
	for _, v := range items {
		k, err := key(v)
		if err != nil {
			return nil, err
		}
		eq := false
		if group != nil {
			if eq, err = equal(k, last, 0); err != nil {
				return nil, err
			}
		}
		if !eq {
			group, last = &List{}, k
			if k, err = exact(v); err != nil { // the name as the first of the group writes it
				return nil, err
			}
			out.Items = append(out.Items, groupTuple{NewTuple(k, group)})
		}
		group.Items = append(group.Items, v)
	}
	return out, nil
}
