package jinja

import (
	"strings"
)

func strPad(name, s string, c *Call) (Value, error) {
	a, err := c.Bind(name, "width", "fillchar=")
	if err != nil {
		return nil, err
	}
	width, err := needInt(a[0], 0)
	if err != nil {
		return nil, err
	}
	fill := " "
	if Given(a[1]) {
		f, ok := text(a[1])
		if !ok || textLen(f) != 1 {
			return nil, Errorf(TypeError, "The fill character must be exactly one character long")
		}
		fill = f
	}
	n := width - int64(textLen(s))
	if n <= 0 {
		return s, nil
	}
	if n > maxTextSize/4 {
		return nil, tooLarge()
	}
	left := int64(0)
	switch name {
	case "rjust":
		left = n
	case "center": // Python puts the odd one left where the width is odd
		left = n/2 + n&width&1
	}
	return strings.Repeat(fill, int(left)) + s + strings.Repeat(fill, int(n-left)), nil
}

func strRemove(name, s string, c *Call) (Value, error) {
	a, _, err := c.bindText(name, "affix")
	if err != nil {
		return nil, err
	}
	if name == "removeprefix" {
		return strings.TrimPrefix(s, a[0]), nil
	}
	return strings.TrimSuffix(s, a[0]), nil
}

func strReplace(s string, c *Call) (Value, error) {
	a, err := c.Bind("replace", "old", "new", "count=")
	if err != nil {
		return nil, err
	}
	var parts [2]string
	for i := range parts {
		t, ok := text(a[i])
		if !ok {
			return nil, Errorf(TypeError, "replace() argument %d must be str, not %s", i+1, typeName(a[i]))
		}
		parts[i] = t
	}
	n, err := needInt(a[2], -1)
	if err != nil {
		return nil, err
	}
	return replaceText(s, parts[0], parts[1], n)
}

func replaceText(s, old, with string, n int64) (Value, error) {
	hits := int64(strings.Count(s, old))
	if n >= 0 {
		hits = min(hits, n)
	}
	if int64(len(with)) > 0 && hits > maxTextSize/int64(len(with)) {
		return nil, tooLarge()
	}
	return strings.Replace(s, old, with, int(max(min(n, 1<<40), -1))), nil
}

func strZfill(s string, c *Call) (Value, error) {
	a, err := c.Bind("zfill", "width")
	if err != nil {
		return nil, err
	}
	width, err := needInt(a[0], 0)
	if err != nil {
		return nil, err
	}
	n := width - int64(textLen(s))
	if n <= 0 {
		return s, nil
	}
	if n > maxTextSize {
		return nil, tooLarge()
	}
	sign := ""
	if strings.HasPrefix(s, "-") || strings.HasPrefix(s, "+") {
		sign, s = s[:1], s[1:]
	}
	return sign + strings.Repeat("0", int(n)) + s, nil
}

func strExpandtabs(s string, c *Call) (Value, error) {
	a, err := c.Bind("expandtabs", "tabsize=")
	if err != nil {
		return nil, err
	}
	size, err := needInt(a[0], 8)
	if err != nil {
		return nil, err
	}
	if size > 1000 && strings.Count(s, "\t") > 0 && size > maxTextSize/int64(strings.Count(s, "\t")) {
		return nil, tooLarge()
	}
	var b strings.Builder
	col := int64(0)
	for _, r := range s {
		switch r {
		case '\t':
			if size > 0 {
				n := size - col%size
				b.WriteString(strings.Repeat(" ", int(n)))
				col += n
			}
		case '\n', '\r':
			b.WriteRune(r)
			col = 0
		default:
			b.WriteRune(r)
			col++
		}
	}
	return b.String(), nil
}

func strEncode(s string, c *Call) (Value, error) {
	a, _, err := c.bindText("encode", "encoding=", "errors=")
	if err != nil {
		return nil, err
	}
	switch strings.ToLower(strings.ReplaceAll(a[0], "_", "-")) {
	case "", "utf-8", "utf8":
		return Bytes(s), nil
	case "ascii", "us-ascii":
		if !isASCII(s) {
			return nil, Errorf(UnicodeError, "'ascii' codec can't encode characters: ordinal not in range(128)")
		}
		return Bytes(s), nil
	case "latin-1", "latin1", "iso-8859-1":
		out := make([]byte, 0, len(s))
		for _, r := range s {
			if r > 0xff {
				return nil, Errorf(UnicodeError, "'latin-1' codec can't encode characters: ordinal not in range(256)")
			}
			out = append(out, byte(r)) //nolint:gosec // at most 0xff
		}
		return Bytes(out), nil
	}
	return nil, Errorf(ValueError, "unknown encoding: %s", a[0])
}

func strTranslate(s string, c *Call) (Value, error) {
	a, err := c.Bind("translate", "table")
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	for _, r := range s {
		v, ok, err := item(a[0], int64(r))
		if err != nil {
			return nil, err
		}
		n, isNum := asInt(v)
		switch t, isText := text(v); {
		case !ok:
			b.WriteRune(r)
		case isText:
			b.WriteString(t)
		case isNum:
			b.WriteRune(rune(n)) //nolint:gosec // a wrong code point becomes U+FFFD
		case v != nil:
			return nil, Errorf(TypeError, "character mapping must return integer, None or str")
		}
		if b.Len() > maxTextSize {
			return nil, tooLarge()
		}
	}
	return b.String(), nil
}

func strMaketrans(_ string, c *Call) (Value, error) {
	d := NewDict()
	if len(c.Args) == 1 {
		from, ok := c.Args[0].(*Dict)
		if !ok {
			return nil, Errorf(TypeError, "if you give only one argument to maketrans it must be a dict")
		}
		for k, v := range from.All() {
			if s, ok := text(k); ok {
				if textLen(s) != 1 {
					return nil, Errorf(ValueError, "string keys in translate table must be of length 1")
				}
				k = int64([]rune(s)[0])
			}
			if err := d.Set(k, v); err != nil {
				return nil, err
			}
		}
		return d, nil
	}
	a, given, err := c.bindText("maketrans", "x", "y", "z=")
	if err != nil {
		return nil, err
	}
	x, y := []rune(a[0]), []rune(a[1])
	if len(x) != len(y) {
		return nil, Errorf(ValueError, "the first two maketrans arguments must have equal length")
	}
	for i := range x {
		if err := d.Set(int64(x[i]), int64(y[i])); err != nil {
			return nil, err
		}
	}
	if Given(given[2]) {
		for _, r := range a[2] {
			if err := d.Set(int64(r), nil); err != nil {
				return nil, err
			}
		}
	}
	return d, nil
}
