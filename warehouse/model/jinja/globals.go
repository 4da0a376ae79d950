package jinja

import (
	"math/big"
	"strings"
)

// builtinGlobal finds the names that every template knows.
func builtinGlobal(name string) (Value, bool) {
	switch name {
	case "range":
		return &Func{name, globalRange}, true
	case "dict":
		return &Func{name, globalDict}, true
	case "namespace":
		return &Func{name, globalNamespace}, true
	case "cycler":
		return &Func{name, globalCycler}, true
	case "joiner":
		return &Func{name, globalJoiner}, true
	case "lipsum":
		return &Func{name, globalLipsum}, true
	}
	return nil, false
}

func globalRange(c *Call) (Value, error) {
	if len(c.Kwargs) > 0 {
		return nil, Errorf(TypeError, "range() takes no keyword arguments")
	}
	if len(c.Args) == 0 {
		return nil, Errorf(TypeError, "range expected at least 1 argument, got 0")
	}
	if len(c.Args) > 3 {
		return nil, Errorf(TypeError, "range expected at most 3 arguments, got %d", len(c.Args))
	}
	r := &Range{0, 0, 1}
	dest := []*int64{&r.start, &r.stop, &r.step}
	if len(c.Args) == 1 {
		dest = dest[1:]
	}
	for i, v := range c.Args {
		if err := refuse(v); err != nil {
			return nil, err
		}
		n, ok := asInt(v)
		if !ok {
			if _, big := v.(*big.Int); big {
				return nil, rangeTooBig()
			}
			return nil, Errorf(TypeError, "'%s' object cannot be interpreted as an integer", typeName(v))
		}
		*dest[i] = n
	}
	if r.step == 0 {
		return nil, Errorf(ValueError, "range() arg 3 must not be zero")
	}
	if rangeLen(r.start, r.stop, r.step) > maxRange {
		return nil, rangeTooBig()
	}
	return r, nil
}

func rangeTooBig() error {
	return Errorf(OverflowError, "Range too big. The sandbox blocks ranges larger than MAX_RANGE (%d).", maxRange)
}

// dictFrom is dict(…): of a mapping or pairs, and of named arguments.
func dictFrom(args []Value, kwargs []Kwarg) (*Dict, error) {
	if len(args) > 1 {
		return nil, Errorf(TypeError, "dict expected at most 1 argument, got %d", len(args))
	}
	d := NewDict()
	if len(args) == 1 {
		if err := d.updateFrom(args[0]); err != nil {
			return nil, err
		}
	}
	for _, k := range kwargs {
		d.Put(k.Name, k.Value)
	}
	return d, nil
}

// updateFrom takes over a mapping or pairs.
func (d *Dict) updateFrom(v Value) error {
	switch o := v.(type) {
	case *Dict:
		d.Update(o)
		return nil
	case Mapping:
		for _, k := range o.Keys() {
			x, _, err := o.Item(k)
			if err == nil {
				err = d.Set(k, x)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	items, err := toSlice(v)
	if err != nil {
		return err
	}
	for i, x := range items {
		pair, err := toSlice(x)
		if err != nil {
			return Errorf(TypeError, "cannot convert dictionary update sequence element #%d to a sequence", i)
		}
		if len(pair) != 2 {
			return Errorf(ValueError, "dictionary update sequence element #%d has length %d; 2 is required", i, len(pair))
		}
		if err := d.Set(pair[0], pair[1]); err != nil {
			return err
		}
	}
	return nil
}

func globalDict(c *Call) (Value, error) { return dictFrom(c.Args, c.Kwargs) }

func globalNamespace(c *Call) (Value, error) {
	d, err := dictFrom(c.Args, c.Kwargs)
	if err != nil {
		return nil, err
	}
	return &Namespace{d}, nil
}

// cycler goes round a list of values.
type cycler struct {
	items []Value
	at    int
}

func globalCycler(c *Call) (Value, error) {
	if len(c.Args) == 0 {
		return nil, Errorf(RuntimeError, "at least one item has to be provided")
	}
	return &cycler{items: c.Args}, nil
}

// TypeName is Cycler.
func (y *cycler) TypeName() string { return "Cycler" }

// Attr has current, next and reset.
func (y *cycler) Attr(name string) (Value, bool, error) {
	switch name {
	case "current":
		return y.items[y.at], true, nil
	case "next":
		return method(name, func(*Call) (Value, error) {
			v := y.items[y.at]
			y.at = (y.at + 1) % len(y.items)
			return v, nil
		}), true, nil
	case "reset":
		return method(name, func(*Call) (Value, error) {
			y.at = 0
			return nil, nil
		}), true, nil
	}
	return nil, false, nil
}

func globalJoiner(c *Call) (Value, error) {
	a, err := c.Bind("joiner", "sep=")
	if err != nil {
		return nil, err
	}
	sep := a[0]
	if isAbsent(sep) {
		sep = ", "
	}
	used := false
	return &Func{"joiner", func(*Call) (Value, error) {
		if !used {
			used = true
			return "", nil
		}
		return sep, nil
	}}, nil
}

// globalLipsum makes filler text: paragraphs of words, as many as asked for.
func globalLipsum(c *Call) (Value, error) {
	a, err := c.Bind("generate_lorem_ipsum", "n=", "html=", "min=", "max=")
	if err != nil {
		return nil, err
	}
	n, html, low, high := int64(5), true, int64(20), int64(100)
	for i, p := range []*int64{&n, nil, &low, &high} {
		if v, ok := asInt(a[i]); ok && p != nil {
			*p = v
		}
	}
	if Given(a[1]) {
		html = Truth(a[1])
	}
	if n > 1000 || high > 10_000 || low < 0 || low >= high {
		return nil, Errorf(ValueError, "lipsum: at most 1000 paragraphs of 10000 words, and min below max")
	}
	words := strings.Fields("lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore magna aliqua")
	paragraphs := make([]string, 0, max(n, 0))
	for range n {
		count := int(low) + c.random(int(high-low))
		line := make([]string, count)
		for i := range line {
			line[i] = words[c.random(len(words))]
		}
		s := strings.Join(line, " ") + "."
		s = strings.ToUpper(s[:1]) + s[1:]
		if html {
			s = "<p>" + s + "</p>"
		}
		paragraphs = append(paragraphs, s)
	}
	if html {
		return Markup(strings.Join(paragraphs, "\n")), nil
	}
	return strings.Join(paragraphs, "\n\n"), nil
}

// random is a number in [0, n) by the environment's source.
func (c *Call) random(n int) int {
	if n <= 1 || c.act == nil || c.act.env.opt.Random == nil {
		return 0
	}
	return c.act.env.opt.Random(n)
}
