package jinja

// markupMethod finds a method of Markup: those of str, with arguments escaped and
// results that are Markup.
func markupMethod(name string) methodFunc {
	switch name {
	case "unescape", "striptags":
		return func(self Value, _ *Call) (Value, error) {
			s, _ := text(self)
			if name == "striptags" {
				s = stripTags(s)
			}
			return unescapeHTML(s), nil
		}
	}
	m := strMethod(name)
	if m == nil {
		return nil
	}
	return func(self Value, c *Call) (Value, error) {
		s, _ := text(self)
		d := c.With(escapeAll(c.Args), c.Kwargs...)
		for i, k := range d.Kwargs {
			d.Kwargs[i].Value = escapeAll([]Value{k.Value})[0]
		}
		v, err := m(s, d)
		if err != nil {
			return nil, err
		}
		return markUp(v), nil
	}
}

func escapeAll(vs []Value) []Value {
	out := make([]Value, len(vs))
	for i, v := range vs {
		switch x := v.(type) {
		case string:
			v = escapeHTML(x)
		case *List:
			v = NewList(escapeAll(x.Items)...)
		case *Tuple:
			v = NewTuple(escapeAll(x.Items)...)
		}
		out[i] = v
	}
	return out
}

// markUp makes the strings of a result safe.
func markUp(v Value) Value {
	switch x := v.(type) {
	case string:
		return Markup(x)
	case *List:
		for i := range x.Items {
			x.Items[i] = markUp(x.Items[i])
		}
	case *Tuple:
		for i := range x.Items {
			x.Items[i] = markUp(x.Items[i])
		}
	}
	return v
}
