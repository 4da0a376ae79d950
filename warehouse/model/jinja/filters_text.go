package jinja

import (
	"fmt"
	"strings"
	"unicode"
)

// sizedBuilder is a builder that knows when it has too much.
type sizedBuilder struct {
	b    strings.Builder
	full bool
}

// String is what was added.
func (b *sizedBuilder) String() string { return b.b.String() }

func (b *sizedBuilder) add(s string) {
	if b.full = b.full || b.b.Len()+len(s) > maxTextSize; !b.full {
		b.b.WriteString(s)
	}
}

// textFilter finds the filters of text.
func textFilter(name string) filterFunc {
	switch name {
	case "upper", "lower", "capitalize":
		return func(c *Call) (Value, error) {
			if _, err := c.Bind(name, "s"); err != nil {
				return nil, err
			}
			return c.onText(strMap(name))
		}
	case "title":
		return func(c *Call) (Value, error) { return c.onText(titleWords) }
	case "striptags":
		return func(c *Call) (Value, error) {
			s, err := str(c.Args[0])
			return unescapeHTML(stripTags(s)), err
		}
	case "trim":
		return func(c *Call) (Value, error) {
			a, err := c.Bind("do_trim", "value", "chars=")
			if err != nil {
				return nil, err
			}
			s, err := str(a[0])
			if err != nil {
				return nil, err
			}
			v, err := strStrip("strip", s, c.With(a[1:2]))
			if isAbsent(a[1]) {
				v = strings.TrimFunc(s, isSpace)
				err = nil
			}
			return likewise(a[0], v), err
		}
	case "center":
		return func(c *Call) (Value, error) {
			a, err := c.Bind("do_center", "value", "width=")
			if err != nil {
				return nil, err
			}
			if isAbsent(a[1]) {
				a[1] = int64(80)
			}
			s, err := str(a[0])
			if err != nil {
				return nil, err
			}
			v, err := strPad("center", s, c.With(a[1:]))
			return likewise(a[0], v), err
		}
	case "replace":
		return filterReplace
	case "format":
		return filterFormat
	case "indent":
		return filterIndent
	case "truncate":
		return filterTruncate
	case "wordwrap":
		return filterWordwrap
	case "wordcount":
		return func(c *Call) (Value, error) {
			s, err := str(c.Args[0])
			return int64(len(strings.FieldsFunc(s, func(r rune) bool {
				return r != '_' && !unicode.IsLetter(r) && !unicode.IsNumber(r)
			}))), err
		}
	case "filesizeformat":
		return filterFileSize
	case "urlencode":
		return filterURLEncode
	case "urlize":
		return filterURLize
	case "xmlattr":
		return filterXMLAttr
	}
	return nil
}

// onText applies f to the text of the value; Markup stays Markup.
func (c *Call) onText(f func(string) string) (Value, error) {
	s, err := str(c.Args[0])
	return likewise(c.Args[0], f(s)), err
}

// likewise makes v Markup where from is.
func likewise(from, v Value) Value {
	if _, ok := from.(Markup); ok {
		return markUp(v)
	}
	return v
}

// titleWords is the title filter: words begin after blanks, hyphens and brackets.
func titleWords(s string) string {
	var b strings.Builder
	first := true
	for _, r := range s {
		if first {
			b.WriteString(toUpper(string(r)))
		} else {
			b.WriteString(strings.ToLower(string(r)))
		}
		first = strings.ContainsRune("-({[<", r) || isSpace(r)
	}
	return b.String()
}

// noAttribute is the error of a filter that needs a method of its value.
func noAttribute(v Value, name string) error {
	if err := refuse(v); err != nil {
		return err
	}
	return Errorf(AttributeError, "'%s' object has no attribute '%s'", typeName(v), name)
}

func filterReplace(c *Call) (Value, error) {
	a, err := c.Bind("do_replace", "s", "old", "new", "count=")
	if err != nil {
		return nil, err
	}
	n := int64(-1)
	if Given(a[3]) && a[3] != nil {
		if n, err = needInt(a[3], -1); err != nil {
			return nil, err
		}
	}
	var t [3]string
	for i := range t {
		if t[i], err = str(a[i]); err != nil {
			return nil, err
		}
	}
	if !c.escaping() {
		return replaceText(t[0], t[1], t[2], n)
	}
	_, m0 := a[0].(Markup)
	_, m1 := a[1].(Markup)
	_, m2 := a[2].(Markup)
	if !m0 && !m1 && !m2 {
		return replaceText(t[0], t[1], t[2], n)
	}
	for i, m := range []bool{m0, m1, m2} {
		if !m {
			t[i] = escapeHTML(t[i])
		}
	}
	v, err := replaceText(t[0], t[1], t[2], n)
	if err != nil {
		return nil, err
	}
	return markUp(v), nil
}

func filterFormat(c *Call) (Value, error) {
	if len(c.Args) > 1 && len(c.Kwargs) > 0 {
		return nil, Errorf(FilterArgError, "can't handle positional and keyword arguments at the same time")
	}
	s, err := str(c.Args[0])
	if err != nil {
		return nil, err
	}
	var args Value = NewTuple(c.Args[1:]...)
	if len(c.Kwargs) > 0 {
		d := NewDict()
		for _, k := range c.Kwargs {
			d.Put(k.Name, k.Value)
		}
		args = d
	}
	if _, m := c.Args[0].(Markup); m {
		return percentFormatMarkup(s, args)
	}
	return percentFormat(s, args)
}

func filterIndent(c *Call) (Value, error) {
	a, err := c.Bind("do_indent", "s", "width=", "first=", "blank=")
	if err != nil {
		return nil, err
	}
	pad := "    "
	if Given(a[1]) {
		if t, ok := text(a[1]); ok {
			pad = t
		} else {
			n, err := needInt(a[1], 4)
			if err != nil {
				return nil, err
			}
			pad = strings.Repeat(" ", int(max(0, min(n, 1<<20))))
		}
	}
	s, ok := text(a[0])
	if !ok {
		if err := refuse(a[0]); err != nil {
			return nil, err
		}
		if _, list := a[0].(*List); list {
			return nil, Errorf(AttributeError, "'list' object has no attribute 'splitlines'")
		}
		return nil, unsupported("+=", a[0], "")
	}
	first := isTrue(a[2])
	blank := isTrue(a[3])
	var b sizedBuilder
	s += "\n"
	lines := splitLines(s, false)
	if blank {
		b.add(strings.Join(lines, "\n"+pad))
		if len(lines)*len(pad) > maxTextSize {
			return nil, tooLarge()
		}
	} else {
		for i, line := range lines {
			if i > 0 {
				b.add("\n")
				if line != "" {
					b.add(pad)
				}
			}
			b.add(line)
		}
	}
	out := b.String()
	if first {
		out = pad + out
	}
	if b.full {
		return nil, tooLarge()
	}
	return likewise(a[0], out), nil
}

func filterTruncate(c *Call) (Value, error) {
	a, err := c.Bind("do_truncate", "s", "length=", "killwords=", "end=", "leeway=")
	if err != nil {
		return nil, err
	}
	n, err := needInt(a[1], 255)
	if err != nil {
		return nil, err
	}
	leeway := int64(5)
	if Given(a[4]) && a[4] != nil {
		if leeway, err = needInt(a[4], 5); err != nil {
			return nil, err
		}
	}
	end := "..."
	if Given(a[3]) {
		if end, err = str(a[3]); err != nil {
			return nil, err
		}
	}
	e := int64(textLen(end))
	if n < e {
		return nil, Errorf(PyAssertionError, "expected length >= %d, got %d", e, n)
	}
	size, err := length(a[0])
	if err != nil || int64(size) <= n+leeway {
		return a[0], err
	}
	s, ok := text(a[0])
	if !ok {
		return nil, unsupported("+", a[0], end)
	}
	cutAt := s[:offset(s, int(n-e))]
	if !isTrue(a[2]) {
		if i := strings.LastIndexByte(cutAt, ' '); i >= 0 {
			cutAt = cutAt[:i]
		}
	}
	return likewise(a[0], cutAt+end), nil
}

func filterFileSize(c *Call) (Value, error) {
	a, err := c.Bind("do_filesizeformat", "value", "binary=")
	if err != nil {
		return nil, err
	}
	v, err := toFloat(a[0])
	if err != nil {
		return nil, err
	}
	size := v.(float64) //nolint:forcetypeassert // toFloat
	binary := isTrue(a[1])
	base, middle := 1000.0, ""
	if binary {
		base, middle = 1024, "i"
	}
	letters := "kMGTPEZY"
	if binary {
		letters = "KMGTPEZY"
	}
	switch {
	case size == 1:
		return "1 Byte", nil
	case size < base:
		n, err := toInt(size)
		if err != nil {
			return nil, err
		}
		return Str(n) + " Bytes", nil
	}
	unit := base
	for i := range len(letters) {
		unit *= base
		if size < unit || i == len(letters)-1 {
			return fmt.Sprintf("%.1f %c%sB", base*size/unit, letters[i], middle), nil
		}
	}
	return nil, nil
}
