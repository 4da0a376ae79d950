package jinja

import (
	"math"
	"math/big"
)

func asDict(v Value) *Dict { return v.(*Dict) } //nolint:forcetypeassert // only dicts come here

// dictMethod finds a method of dict.
func dictMethod(name string) methodFunc {
	switch name {
	case "keys", "values", "items":
		return func(self Value, c *Call) (Value, error) {
			if _, err := c.Bind(name); err != nil {
				return nil, err
			}
			return &dictView{asDict(self), name}, nil
		}
	case "get":
		return func(self Value, c *Call) (Value, error) {
			a, err := c.Bind("get", "key", "default=")
			if err != nil {
				return nil, err
			}
			v, ok, err := asDict(self).Item(a[0])
			switch {
			case ok || err != nil:
				return v, err
			case isAbsent(a[1]):
				return nil, nil
			}
			return a[1], nil
		}
	case "update":
		return func(self Value, c *Call) (Value, error) {
			if len(c.Args) > 1 {
				return nil, Errorf(TypeError, "update expected at most 1 argument, got %d", len(c.Args))
			}
			for _, v := range c.Args {
				if err := asDict(self).updateFrom(v); err != nil {
					return nil, err
				}
			}
			for _, k := range c.Kwargs {
				asDict(self).Put(k.Name, k.Value)
			}
			return nil, nil
		}
	case "pop":
		return func(self Value, c *Call) (Value, error) {
			a, err := c.Bind("pop", "key", "default=")
			if err != nil {
				return nil, err
			}
			if _, err := hashKey(a[0]); err != nil {
				return nil, err
			}
			v, ok := asDict(self).Delete(a[0])
			switch {
			case ok:
				return v, nil
			case isAbsent(a[1]):
				return nil, Errorf(KeyError, "%s", Repr(a[0]))
			}
			return a[1], nil
		}
	case "popitem":
		return func(self Value, _ *Call) (Value, error) {
			d := asDict(self)
			for i := len(d.entries) - 1; i >= 0; i-- {
				if e := d.entries[i]; e.hash != nil {
					d.Delete(e.key)
					return NewTuple(e.key, e.val), nil
				}
			}
			return nil, Errorf(KeyError, "'popitem(): dictionary is empty'")
		}
	case "setdefault":
		return func(self Value, c *Call) (Value, error) {
			a, err := c.Bind(name, "key", "default=")
			if err != nil {
				return nil, err
			}
			v, ok, err := asDict(self).Item(a[0])
			if ok || err != nil {
				return v, err
			}
			if isAbsent(a[1]) {
				a[1] = nil
			}
			return a[1], asDict(self).Set(a[0], a[1])
		}
	case "clear":
		return func(self Value, _ *Call) (Value, error) {
			asDict(self).Clear()
			return nil, nil
		}
	case "copy":
		return func(self Value, _ *Call) (Value, error) { return asDict(self).Copy(), nil }
	case "fromkeys":
		return func(_ Value, c *Call) (Value, error) {
			a, err := c.Bind(name, "iterable", "value=")
			if err != nil {
				return nil, err
			}
			if isAbsent(a[1]) {
				a[1] = nil
			}
			keys, err := toSlice(a[0])
			d := NewDict()
			for _, k := range keys {
				if err == nil {
					err = d.Set(k, a[1])
				}
			}
			return d, err
		}
	}
	return nil
}

// setMethod finds a method of set.
func setMethod(name string) methodFunc {
	self := func(v Value) *Set { return v.(*Set) } //nolint:forcetypeassert // only sets come here
	binary := func(op string) methodFunc {
		return func(v Value, c *Call) (Value, error) {
			out := self(v).copy()
			for _, o := range c.Args {
				other, err := setOf(o)
				if err != nil {
					return nil, err
				}
				out = setOp(op, out, other)
			}
			return out, nil
		}
	}
	question := func(f func(a, b *Set) bool) methodFunc {
		return func(v Value, c *Call) (Value, error) {
			a, err := c.Bind(name, "other")
			if err != nil {
				return nil, err
			}
			other, err := setOf(a[0])
			if err != nil {
				return nil, err
			}
			return f(self(v), other), nil
		}
	}
	switch name {
	case "union":
		return binary("|")
	case "intersection":
		return binary("&")
	case "difference":
		return binary("-")
	case "symmetric_difference":
		return binary("^")
	case "issubset":
		return question(func(a, b *Set) bool { return a.subset(b) })
	case "issuperset":
		return question(func(a, b *Set) bool { return b.subset(a) })
	case "isdisjoint":
		return question(func(a, b *Set) bool { return setOp("&", a, b).Len() == 0 })
	case "update":
		return func(v Value, c *Call) (Value, error) {
			for _, o := range c.Args {
				items, err := toSlice(o)
				if err != nil {
					return nil, err
				}
				for _, x := range items {
					if err := self(v).Add(x); err != nil {
						return nil, err
					}
				}
			}
			return nil, nil
		}
	case "copy":
		return func(v Value, _ *Call) (Value, error) { return self(v).copy(), nil }
	case "clear":
		return func(v Value, _ *Call) (Value, error) {
			self(v).d.Clear()
			return nil, nil
		}
	case "add", "discard", "remove", "pop":
		return func(v Value, c *Call) (Value, error) { return setChange(name, self(v), c) }
	}
	return nil
}

func setChange(name string, s *Set, c *Call) (Value, error) {
	if name == "pop" {
		for v := range s.d.All() {
			s.d.Delete(v)
			return v, nil
		}
		return nil, Errorf(KeyError, "'pop from an empty set'")
	}
	a, err := c.Bind(name, "value")
	if err != nil {
		return nil, err
	}
	if name == "add" {
		return nil, s.Add(a[0])
	}
	if _, err := hashKey(a[0]); err != nil {
		return nil, err
	}
	if _, ok := s.d.Delete(a[0]); !ok && name == "remove" {
		return nil, Errorf(KeyError, "%s", Repr(a[0]))
	}
	return nil, nil
}

// numberMethod finds a method of a number.
func numberMethod(v Value, name string) methodFunc {
	_, float := v.(float64)
	switch name {
	case "is_integer":
		if float {
			return func(self Value, _ *Call) (Value, error) {
				f := self.(float64) //nolint:forcetypeassert // checked above
				return f == math.Trunc(f) && !math.IsInf(f, 0), nil
			}
		}
	case "conjugate":
		return func(self Value, _ *Call) (Value, error) { return self, nil }
	case "bit_length":
		if !float {
			return func(self Value, _ *Call) (Value, error) {
				n, _ := asBig(self)
				return int64(n.BitLen()), nil
			}
		}
	case "as_integer_ratio":
		return func(self Value, _ *Call) (Value, error) {
			r, special, _ := ratio(self)
			if r == nil || special != 0 {
				return nil, Errorf(OverflowError, "cannot convert Infinity to integer ratio")
			}
			return NewTuple(normInt(new(big.Int).Set(r.Num())), normInt(new(big.Int).Set(r.Denom()))), nil
		}
	}
	return nil
}

// numberAttr is an attribute of a number that is no method.
func numberAttr(v Value, name string) (Value, bool, error) {
	_, float := v.(float64)
	switch name {
	case "real":
		r, err := positive(v)
		return r, true, err
	case "imag":
		if float {
			return 0.0, true, nil
		}
		return int64(0), true, nil
	case "numerator":
		r, err := positive(v)
		return r, !float, err
	case "denominator":
		return int64(1), !float, nil
	}
	return nil, false, nil
}
