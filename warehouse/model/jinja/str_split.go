package jinja

import (
	"strings"
)

func strSplit(name, s string, c *Call) (Value, error) {
	a, err := c.Bind(name, "sep=", "maxsplit=")
	if err != nil {
		return nil, err
	}
	limit, err := needInt(a[1], -1)
	if err != nil {
		return nil, err
	}
	var parts []string
	if isAbsent(a[0]) || a[0] == nil {
		parts = splitSpace(s, int(min(limit, 1<<30)), name == "rsplit")
	} else {
		sep, ok := text(a[0])
		if !ok {
			return nil, Errorf(TypeError, "must be str or None, not %s", typeName(a[0]))
		}
		if sep == "" {
			return nil, Errorf(ValueError, "empty separator")
		}
		parts = splitText(s, sep, int(min(limit, 1<<30)), name == "rsplit")
	}
	return textList(parts), nil
}

func textList(parts []string) *List {
	items := make([]Value, len(parts))
	for i, p := range parts {
		items[i] = p
	}
	return NewList(items...)
}

func splitText(s, sep string, limit int, right bool) []string {
	if limit < 0 {
		return strings.Split(s, sep)
	}
	if !right {
		return strings.SplitN(s, sep, limit+1)
	}
	var out []string
	for ; limit > 0; limit-- {
		i := strings.LastIndex(s, sep)
		if i < 0 {
			break
		}
		out = append(out, s[i+len(sep):])
		s = s[:i]
	}
	out = append(out, s)
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}

func splitSpace(s string, limit int, right bool) []string {
	if limit < 0 {
		return strings.FieldsFunc(s, isSpace)
	}
	var out []string
	for {
		s = strings.TrimFunc(s, isSpace)
		i := strings.IndexFunc(s, isSpace)
		if right {
			i = strings.LastIndexFunc(s, isSpace)
		}
		if i < 0 || limit == 0 {
			break
		}
		limit--
		if right {
			out = append(out, s[i+runeLen(s[i:]):])
			s = s[:i]
		} else {
			out = append(out, s[:i])
			s = s[i:]
		}
	}
	if s != "" {
		out = append(out, s)
	}
	if right {
		for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
			out[i], out[j] = out[j], out[i]
		}
	}
	return out
}

func strPartition(name, s string, c *Call) (Value, error) {
	a, _, err := c.bindText(name, "sep")
	if err != nil {
		return nil, err
	}
	if a[0] == "" {
		return nil, Errorf(ValueError, "empty separator")
	}
	i := strings.Index(s, a[0])
	if name == "rpartition" {
		if i = strings.LastIndex(s, a[0]); i < 0 {
			return NewTuple("", "", s), nil
		}
	}
	if i < 0 {
		return NewTuple(s, "", ""), nil
	}
	return NewTuple(s[:i], a[0], s[i+len(a[0]):]), nil
}

func strJoin(s string, c *Call) (Value, error) {
	a, err := c.Bind("join", "iterable")
	if err != nil {
		return nil, err
	}
	items, err := toSlice(a[0])
	if err != nil {
		if KindOf(err) == TypeError {
			err = Errorf(TypeError, "can only join an iterable")
		}
		return nil, err
	}
	var b strings.Builder
	for i, v := range items {
		t, ok := text(v)
		if !ok {
			return nil, Errorf(TypeError, "sequence item %d: expected str instance, %s found", i, typeName(v))
		}
		if b.Len()+len(t)+len(s) > maxTextSize {
			return nil, tooLarge()
		}
		if i > 0 {
			b.WriteString(s)
		}
		b.WriteString(t)
	}
	return b.String(), nil
}

// isLineEnd says which characters end a line for str.splitlines.
func isLineEnd(r rune) bool {
	switch r {
	case '\n', '\r', '\v', '\f', 0x1c, 0x1d, 0x1e, 0x85, 0x2028, 0x2029:
		return true
	}
	return false
}

func splitLines(s string, keep bool) []string {
	var out []string
	for s != "" {
		i := strings.IndexFunc(s, isLineEnd)
		if i < 0 {
			out = append(out, s)
			break
		}
		n := i + runeLen(s[i:])
		if strings.HasPrefix(s[i:], "\r\n") {
			n = i + 2
		}
		if keep {
			out = append(out, s[:n])
		} else {
			out = append(out, s[:i])
		}
		s = s[n:]
	}
	return out
}

func strSplitlines(s string, c *Call) (Value, error) {
	a, err := c.Bind("splitlines", "keepends=")
	if err != nil {
		return nil, err
	}
	return textList(splitLines(s, isTrue(a[0]))), nil
}
