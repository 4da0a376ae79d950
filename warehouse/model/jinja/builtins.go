package jinja

// Builtin is one of the Python functions that hosts hand to templates: int, float,
// str, bool, list, tuple, set, zip, enumerate, sorted, abs, round, len, sum, min,
// max. nil for any other name.
func Builtin(name string) Value {
	f := builtinFunc(name)
	if f == nil {
		return nil
	}
	return &Func{name, f}
}

func builtinFunc(name string) func(c *Call) (Value, error) {
	one := func(f func(v Value) (Value, error), none Value) func(c *Call) (Value, error) {
		return func(c *Call) (Value, error) {
			a, err := c.Bind(name, "x=")
			if err != nil {
				return nil, err
			}
			if isAbsent(a[0]) {
				return none, nil
			}
			return f(a[0])
		}
	}
	switch name {
	case "int":
		return pyInt
	case "float":
		return one(toFloat, 0.0)
	case "str":
		return one(func(v Value) (Value, error) { return str(v) }, "")
	case "bool":
		return one(func(v Value) (Value, error) { return truth(v) }, false)
	case "len":
		return func(c *Call) (Value, error) {
			a, err := c.Bind(name, "obj")
			if err != nil {
				return nil, err
			}
			n, err := length(a[0])
			return int64(n), err
		}
	case "list":
		return func(c *Call) (Value, error) {
			items, err := c.items(name)
			return NewList(items...), err
		}
	case "tuple":
		return func(c *Call) (Value, error) {
			items, err := c.items(name)
			return NewTuple(items...), err
		}
	case "set":
		return func(c *Call) (Value, error) {
			items, err := c.items(name)
			if err != nil {
				return nil, err
			}
			return NewSet(items...)
		}
	case "zip":
		return pyZip
	case "enumerate":
		return pyEnumerate
	case "round":
		return func(c *Call) (Value, error) {
			a, err := c.Bind(name, "number", "ndigits=")
			if err != nil {
				return nil, err
			}
			n, err := needInt(a[1], 0)
			if err != nil {
				return nil, err
			}
			v, err := round(a[0], n)
			if err == nil && isAbsent(a[1]) {
				return toInt(v)
			}
			return v, err
		}
	case "abs":
		return filterAbs
	case "sorted":
		return func(c *Call) (Value, error) {
			items, err := ToSlice(c.first())
			if err != nil {
				return nil, err
			}
			l := NewList(items...)
			_, err = listSort(l, c.With(nil, c.Kwargs...))
			return l, err
		}
	case "sum":
		return filterSum
	case "min", "max":
		return func(c *Call) (Value, error) {
			args := c.Args
			if len(args) > 1 {
				args = []Value{NewList(args...)}
			}
			return filterExtreme(name, c.With(append(args[:len(args):len(args)], true)))
		}
	}
	return nil
}

// first is the first argument, None without.
func (c *Call) first() Value {
	if len(c.Args) == 0 {
		return nil
	}
	return c.Args[0]
}

// items collects the only argument, which may be left out.
func (c *Call) items(fn string) ([]Value, error) {
	a, err := c.Bind(fn, "iterable=")
	if err != nil || isAbsent(a[0]) {
		return nil, err
	}
	return ToSlice(a[0])
}

func pyInt(c *Call) (Value, error) {
	a, err := c.Bind("int", "x=", "base=")
	if err != nil {
		return nil, err
	}
	if isAbsent(a[0]) {
		return int64(0), nil
	}
	if isAbsent(a[1]) {
		return toInt(a[0])
	}
	base, err := needInt(a[1], 10)
	if err != nil {
		return nil, err
	}
	s, ok := text(a[0])
	if !ok {
		return nil, Errorf(TypeError, "int() can't convert non-string with explicit base")
	}
	if base < 0 || base == 1 || base > 36 {
		return nil, Errorf(ValueError, "int() base must be >= 2 and <= 36, or 0")
	}
	if n, ok := parseInt(s, int(base)); ok {
		return n, nil
	}
	return nil, Errorf(ValueError, "invalid literal for int() with base %d: %s", base, Repr(s))
}

// pyZip is zip, as a generator.
func pyZip(c *Call) (Value, error) {
	its := make([]Iterator, len(c.Args))
	for i, v := range c.Args {
		var err error
		if its[i], err = iterate(v); err != nil {
			return nil, err
		}
	}
	return NewGenerator(func() (Value, bool, error) {
		row := make([]Value, len(its))
		for i, it := range its {
			v, ok, err := it.Next()
			if !ok || err != nil {
				return nil, false, err
			}
			row[i] = v
		}
		return NewTuple(row...), len(its) > 0, nil
	}), nil
}

func pyEnumerate(c *Call) (Value, error) {
	a, err := c.Bind("enumerate", "iterable", "start=")
	if err != nil {
		return nil, err
	}
	n, err := needInt(a[1], 0)
	if err != nil {
		return nil, err
	}
	it, err := iterate(a[0])
	if err != nil {
		return nil, err
	}
	return NewGenerator(func() (Value, bool, error) {
		v, ok, err := it.Next()
		n++
		return NewTuple(n-1, v), ok, err
	}), nil
}
