package jinja

import (
	"fmt"
	"html"
	"net/url"
	"strings"
)

func unescapeHTML(s string) string { return html.UnescapeString(s) }

// stripTags removes comments and tags, and joins blanks.
func stripTags(s string) string {
	s = cutAll(s, "<!--", "-->")
	s = cutAll(s, "<", ">")
	return strings.Join(words(s), " ")
}

func cutAll(s, open, end string) string {
	var b strings.Builder
	for {
		i := strings.Index(s, open)
		if i < 0 {
			break
		}
		j := strings.Index(s[i:], end)
		if j < 0 {
			break
		}
		b.WriteString(s[:i])
		s = s[i+j+len(end):]
	}
	b.WriteString(s)
	return b.String()
}

func quoteURL(s string, safe string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || isDigit(c) || strings.IndexByte("_.-~"+safe, c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func filterURLEncode(c *Call) (Value, error) {
	v := c.Args[0]
	items := []Value(nil)
	_, isText := text(v)
	if isMapping(v) {
		var err error
		if items, err = pairs(v); err != nil {
			return nil, err
		}
	} else if !isText {
		it, err := toSlice(v)
		if err != nil {
			s, err := str(v)
			return quoteURL(s, "/"), err
		}
		items = it
	}
	if isText {
		s, _ := text(v)
		return quoteURL(s, "/"), nil
	}
	parts := make([]string, 0, len(items))
	for _, x := range items {
		p, err := unpack(x, 2)
		if err != nil {
			return nil, err
		}
		k, err := str(p[0])
		if err != nil {
			return nil, err
		}
		w, err := str(p[1])
		if err != nil {
			return nil, err
		}
		parts = append(parts, url.QueryEscape(k)+"="+url.QueryEscape(w))
	}
	return strings.Join(parts, "&"), nil
}

func filterXMLAttr(c *Call) (Value, error) {
	a, err := c.Bind("do_xmlattr", "d", "autospace=")
	if err != nil {
		return nil, err
	}
	if !isMapping(a[0]) {
		return nil, noAttribute(a[0], "items")
	}
	items, err := pairs(a[0])
	if err != nil {
		return nil, err
	}
	var parts []string
	for _, x := range items {
		k, v := x.(*Tuple).Items[0], x.(*Tuple).Items[1] //nolint:forcetypeassert // pairs makes tuples
		if _, u := v.(*Undefined); u || v == nil {
			continue
		}
		key, err := str(k)
		if err != nil {
			return nil, err
		}
		if strings.ContainsAny(key, " />=") || strings.IndexFunc(key, isSpace) >= 0 {
			return nil, Errorf(ValueError, "Invalid character in attribute name: %s", Repr(key))
		}
		m, err := escape(v)
		if err != nil {
			return nil, err
		}
		parts = append(parts, escapeHTML(key)+`="`+string(m)+`"`)
	}
	out := strings.Join(parts, " ")
	if out != "" && (isAbsent(a[1]) || Truth(a[1])) {
		out = " " + out
	}
	if c.escaping() {
		return Markup(out), nil
	}
	return out, nil
}
