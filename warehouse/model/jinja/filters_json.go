package jinja

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

func sortedKeys(m map[string]bool) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// JSON is json.dumps: with sorted keys where sort is true, and an indent where it
// is not negative.
func JSON(v Value, sort bool, indent int) (string, error) {
	j := &jsonWriter{sort: sort, indent: indent}
	if err := j.write(v, 0); err != nil {
		return "", err
	}
	return j.b.String(), nil
}

func filterToJSON(c *Call) (Value, error) {
	a, err := c.Bind("do_tojson", "value", "indent=")
	if err != nil {
		return nil, err
	}
	indent := -1
	if Given(a[1]) && a[1] != nil {
		n, err := needInt(a[1], 0)
		if err != nil {
			return nil, err
		}
		indent = int(max(0, min(n, 1000)))
	}
	s, err := JSON(a[0], true, indent)
	if err != nil {
		return nil, err
	}
	return Markup(strings.NewReplacer("<", `\u003c`, ">", `\u003e`, "&", `\u0026`, "'", `\u0027`).Replace(s)), nil
}

type jsonWriter struct {
	b      strings.Builder
	sort   bool
	indent int
}

func (j *jsonWriter) write(v Value, depth int) error {
	if depth > maxNesting {
		return tooDeep()
	}
	if j.b.Len() > maxTextSize {
		return tooLarge()
	}
	switch x := v.(type) {
	case nil:
		j.b.WriteString("null")
	case bool:
		fmt.Fprintf(&j.b, "%t", x)
	case int64, *big.Int:
		s, err := repr(x)
		if err != nil {
			return err
		}
		j.b.WriteString(s)
	case float64:
		j.b.WriteString(jsonFloat(x))
	case string, Markup:
		s, _ := text(v)
		j.quote(s)
	case *List:
		return j.list(x.Items, depth)
	case *Tuple:
		return j.list(x.Items, depth)
	case groupTuple:
		return j.list(x.Items, depth)
	case *Dict:
		return j.dict(x, depth)
	default:
		return Errorf(TypeError, "Object of type %s is not JSON serializable", lastPart(typeName(v)))
	}
	return nil
}

func lastPart(s string) string { return s[strings.LastIndexByte(s, '.')+1:] }

func jsonFloat(f float64) string {
	switch s := floatRepr(f); s {
	case "nan":
		return "NaN"
	case "inf":
		return "Infinity"
	case "-inf":
		return "-Infinity"
	default:
		return s
	}
}

// between writes what separates items.
func (j *jsonWriter) between(i, depth int) {
	if i > 0 {
		j.b.WriteByte(',')
		if j.indent < 0 {
			j.b.WriteByte(' ')
		}
	}
	if j.indent >= 0 {
		j.b.WriteByte('\n')
		j.b.WriteString(strings.Repeat(" ", j.indent*(depth+1)))
	}
}

func (j *jsonWriter) end(n, depth int, c byte) {
	if j.indent >= 0 && n > 0 {
		j.b.WriteByte('\n')
		j.b.WriteString(strings.Repeat(" ", j.indent*depth))
	}
	j.b.WriteByte(c)
}

func (j *jsonWriter) list(items []Value, depth int) error {
	j.b.WriteByte('[')
	for i, x := range items {
		j.between(i, depth)
		if err := j.write(x, depth+1); err != nil {
			return err
		}
	}
	j.end(len(items), depth, ']')
	return nil
}

func (j *jsonWriter) dict(d *Dict, depth int) error {
	keys := d.Keys()
	if j.sort {
		var err error
		if keys, err = sortItems(keys, false, nil); err != nil {
			return err
		}
	}
	j.b.WriteByte('{')
	for i, k := range keys {
		j.between(i, depth)
		switch x := k.(type) {
		case string:
			j.quote(x)
		case Markup:
			j.quote(string(x))
		case nil:
			j.quote("null")
		case bool:
			j.quote(strings.ToLower(Str(x)))
		case int64, *big.Int:
			j.quote(Str(x))
		case float64:
			j.quote(jsonFloat(x))
		default:
			return Errorf(TypeError, "keys must be str, int, float, bool or None, not %s", typeName(k))
		}
		j.b.WriteString(": ")
		v, _ := d.Get(k)
		if err := j.write(v, depth+1); err != nil {
			return err
		}
	}
	j.end(len(keys), depth, '}')
	return nil
}

func (j *jsonWriter) quote(s string) {
	b := &j.b
	b.WriteByte('"')
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\b':
			b.WriteString(`\b`)
		case r == '\f':
			b.WriteString(`\f`)
		case r >= ' ' && r < 0x7f:
			b.WriteRune(r)
		case r > 0xffff:
			hi, lo := utf16.EncodeRune(r)
			fmt.Fprintf(b, `\u%04x\u%04x`, hi, lo)
		default:
			fmt.Fprintf(b, `\u%04x`, r)
		}
	}
	b.WriteByte('"')
}

// pprint is pprint.pformat: one line of 80 characters, else an item a line.
func pprint(v Value) (string, error) {
	p := &prettyWriter{}
	if err := p.write(v, 0, 0, 0); err != nil {
		return "", err
	}
	return p.b.String(), nil
}

type prettyWriter struct{ b strings.Builder }

// sorted is v with the keys of all its dicts in order, as pprint prints them.
func sortedDicts(v Value, depth int) (Value, error) {
	if depth > maxNesting {
		return nil, tooDeep()
	}
	all := func(items []Value) ([]Value, error) {
		out := make([]Value, len(items))
		for i, x := range items {
			var err error
			if out[i], err = sortedDicts(x, depth+1); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	switch x := v.(type) {
	case *List:
		items, err := all(x.Items)
		return NewList(items...), err
	case *Tuple:
		items, err := all(x.Items)
		return NewTuple(items...), err
	case *Dict:
		keys, err := sortItems(x.Keys(), false, nil)
		if err != nil {
			keys = x.Keys()
		}
		d := NewDict()
		for _, k := range keys {
			val, _ := x.Get(k)
			if val, err = sortedDicts(val, depth+1); err != nil {
				return nil, err
			}
			if err := d.Set(k, val); err != nil {
				return nil, err
			}
		}
		return d, nil
	}
	return v, nil
}

func (p *prettyWriter) write(v Value, indent, allowance, depth int) error {
	if depth == 0 {
		var err error
		if v, err = sortedDicts(v, 0); err != nil {
			return err
		}
	}
	s, err := repr(v)
	if err != nil {
		return err
	}
	if textLen(s) <= 80-indent-allowance {
		p.b.WriteString(s)
		return nil
	}
	pad := ",\n" + strings.Repeat(" ", indent+1)
	switch x := v.(type) {
	case *List:
		return p.items("[", x.Items, "]", indent, allowance, depth)
	case *Tuple:
		end := ")"
		if len(x.Items) == 1 {
			end = ",)"
		}
		return p.items("(", x.Items, end, indent, allowance, depth)
	case *Dict:
		p.b.WriteByte('{')
		i := 0
		for k, val := range x.All() {
			key, err := repr(k)
			if err != nil {
				return err
			}
			if i > 0 {
				p.b.WriteString(pad)
			}
			i++
			p.b.WriteString(key + ": ")
			more := 1
			if i == x.Len() {
				more = allowance + 1
			}
			if err := p.write(val, indent+textLen(key)+3, more, depth+1); err != nil {
				return err
			}
		}
		p.b.WriteByte('}')
		return nil
	}
	p.b.WriteString(s)
	return nil
}

func (p *prettyWriter) items(open string, items []Value, end string, indent, allowance, depth int) error {
	p.b.WriteString(open)
	for i, x := range items {
		if i > 0 {
			p.b.WriteString(",\n" + strings.Repeat(" ", indent+1))
		}
		more := 1
		if i == len(items)-1 {
			more = allowance + len(end)
		}
		if err := p.write(x, indent+1, more, depth+1); err != nil {
			return err
		}
	}
	p.b.WriteString(end)
	return nil
}
