package jinja

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Str is str(v). What cannot be printed (too deep, too many digits) is cut off
// with "...": use str inside the engine, which has errors.
func Str(v Value) string {
	s, err := str(v)
	if err != nil {
		return "..."
	}
	return s
}

// Repr is repr(v), with the same limit as Str.
func Repr(v Value) string {
	s, err := repr(v)
	if err != nil {
		return "..."
	}
	return s
}

func str(v Value) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case Markup:
		return string(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case *Undefined:
		if err := strictly(v); err != nil {
			return "", err
		}
		return "", nil
	case Textual:
		return v.Str(), nil
	}
	return repr(v)
}

func repr(v Value) (string, error) {
	var p printer
	if err := p.print(v, 0); err != nil {
		return "", err
	}
	return p.b.String(), nil
}

// printer writes reprs, and knows the containers that it is inside of.
type printer struct {
	b      strings.Builder
	inside []any
}

func (p *printer) enter(v any, cyclic string) bool {
	for _, x := range p.inside {
		if x == v {
			p.b.WriteString(cyclic)
			return false
		}
	}
	p.inside = append(p.inside, v)
	return true
}

func (p *printer) leave() { p.inside = p.inside[:len(p.inside)-1] }

func (p *printer) print(v Value, depth int) error {
	if depth > maxNesting {
		return tooDeep()
	}
	if p.b.Len() > maxTextSize {
		return tooLarge()
	}
	b := &p.b
	switch v := v.(type) {
	case nil:
		b.WriteString("None")
	case bool:
		if v {
			b.WriteString("True")
		} else {
			b.WriteString("False")
		}
	case int64:
		b.WriteString(strconv.FormatInt(v, 10))
	case *big.Int:
		s, err := intText(v)
		if err != nil {
			return err
		}
		b.WriteString(s)
	case float64:
		b.WriteString(floatRepr(v))
	case string:
		quote(b, v)
	case Markup:
		b.WriteString("Markup(")
		quote(b, string(v))
		b.WriteByte(')')
	case Bytes:
		quoteBytes(b, string(v))
	case *List:
		if !p.enter(v, "[...]") {
			return nil
		}
		defer p.leave()
		return p.items("[", v.Items, "]", depth)
	case *Tuple:
		end := ")"
		if len(v.Items) == 1 {
			end = ",)"
		}
		return p.items("(", v.Items, end, depth)
	case *Set:
		if v.Len() == 0 {
			b.WriteString("set()")
			return nil
		}
		return p.items("{", v.Values(), "}", depth)
	case *Dict:
		return p.dict(v, depth)
	case *dictView:
		b.WriteString("dict_" + v.kind + "(")
		if err := p.items("[", v.values(), "]", depth); err != nil {
			return err
		}
		b.WriteByte(')')
	case *Namespace:
		b.WriteString("<Namespace ")
		if err := p.dict(v.vars, depth); err != nil {
			return err
		}
		b.WriteByte('>')
	case *Undefined:
		if err := strictly(v); err != nil {
			return err
		}
		b.WriteString("Undefined")
	case Repred:
		b.WriteString(v.Repr())
	case Textual:
		b.WriteString(v.Str())
	default:
		b.WriteString("<" + typeName(v) + " object>")
	}
	return nil
}

func (p *printer) items(open string, items []Value, end string, depth int) error {
	p.b.WriteString(open)
	for i, x := range items {
		if i > 0 {
			p.b.WriteString(", ")
		}
		if err := p.print(x, depth+1); err != nil {
			return err
		}
	}
	p.b.WriteString(end)
	return nil
}

func (p *printer) dict(d *Dict, depth int) error {
	if !p.enter(d, "{...}") {
		return nil
	}
	defer p.leave()
	p.b.WriteByte('{')
	first := true
	for k, x := range d.All() {
		if !first {
			p.b.WriteString(", ")
		}
		first = false
		if err := p.print(k, depth+1); err != nil {
			return err
		}
		p.b.WriteString(": ")
		if err := p.print(x, depth+1); err != nil {
			return err
		}
	}
	p.b.WriteByte('}')
	return nil
}

// floatRepr is the shortest text that reads back as f, in Python's layout.
func floatRepr(f float64) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	}
	s := strconv.FormatFloat(f, 'e', -1, 64)
	mant, expText, _ := strings.Cut(s, "e")
	exp, err := strconv.Atoi(expText)
	if err != nil {
		return s
	}
	if exp < -4 || exp >= 16 {
		return fmt.Sprintf("%se%s%02d", mant, expText[:1], absInt(int64(exp)))
	}
	s = strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// quote writes the repr of a str.
func quote(b *strings.Builder, s string) {
	q := byte('\'')
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		q = '"'
	}
	b.WriteByte(q)
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == rune(q) || r == '\\':
			b.WriteByte('\\')
			b.WriteByte(byte(r)) //nolint:gosec // ASCII
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(b, `\udc%02x`, s[i])
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(b, `\x%02x`, r)
		case r < 0x7f || isPrintable(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(b, `\u%04x`, r)
		default:
			fmt.Fprintf(b, `\U%08x`, r)
		}
		i += n
	}
	b.WriteByte(q)
}

func quoteBytes(b *strings.Builder, s string) {
	q := byte('\'')
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		q = '"'
	}
	b.WriteByte('b')
	b.WriteByte(q)
	for i := range len(s) {
		switch c := s[i]; {
		case c == q || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\t':
			b.WriteString(`\t`)
		case c < ' ' || c >= 0x7f:
			fmt.Fprintf(b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte(q)
}

func isPrintable(r rune) bool {
	return r == ' ' || !unicode.In(r, unicode.C, unicode.Z) && assigned(r)
}

// assigned says whether Unicode has given the code point a meaning.
func assigned(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z, unicode.C)
}

// ascii is ascii(v): a repr with everything beyond ASCII escaped.
func ascii(v Value) (string, error) {
	s, err := repr(v)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r < 0x80:
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	return b.String(), nil
}

// identity tells two objects apart in keys.
func identity(v any) string { return fmt.Sprintf("%T:%p", v, v) }
