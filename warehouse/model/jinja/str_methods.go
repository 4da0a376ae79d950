package jinja

import (
	"strings"
	"unicode"
)

// strMethod finds a method of str.
func strMethod(name string) methodFunc {
	if f := strMap(name); f != nil {
		return func(self Value, c *Call) (Value, error) {
			if _, err := c.Bind(name); err != nil {
				return nil, err
			}
			return f(self.(string)), nil //nolint:forcetypeassert // only strings come here
		}
	}
	if f := strIs(name); f != nil {
		return func(self Value, c *Call) (Value, error) {
			if _, err := c.Bind(name); err != nil {
				return nil, err
			}
			return f(self.(string)), nil //nolint:forcetypeassert // only strings come here
		}
	}
	f := strFunc(name)
	if f == nil {
		return nil
	}
	return func(self Value, c *Call) (Value, error) {
		return f(self.(string), c) //nolint:forcetypeassert // only strings come here
	}
}

// strMap has the methods from string to string without arguments.
func strMap(name string) func(string) string {
	switch name {
	case "upper":
		return toUpper
	case "lower":
		return strings.ToLower
	case "casefold":
		return func(s string) string { return strings.ReplaceAll(strings.ToLower(s), "ß", "ss") }
	case "capitalize":
		return capitalize
	case "title":
		return title
	case "swapcase":
		return func(s string) string {
			return strings.ReplaceAll(strings.Map(func(r rune) rune {
				if unicode.IsUpper(r) {
					return unicode.ToLower(r)
				}
				return unicode.ToUpper(r)
			}, s), "ß", "SS")
		}
	}
	return nil
}

func toUpper(s string) string {
	return strings.ReplaceAll(strings.ToUpper(s), "ß", "SS")
}

func capitalize(s string) string {
	if s == "" {
		return s
	}
	n := runeLen(s)
	if s[:n] == "ß" {
		return "Ss" + strings.ToLower(s[n:])
	}
	return string(unicode.ToTitle([]rune(s)[0])) + strings.ToLower(s[n:])
}

// title is str.title: a letter after anything that is no letter is a capital.
func title(s string) string {
	var b strings.Builder
	cased := false
	for _, r := range s {
		switch {
		case cased:
			b.WriteRune(unicode.ToLower(r))
		case r == 'ß':
			b.WriteString("Ss")
		default:
			b.WriteRune(unicode.ToTitle(r))
		}
		cased = unicode.IsLetter(r)
	}
	return b.String()
}

// strIs has the questions without arguments.
func strIs(name string) func(string) bool {
	all := func(ok func(rune) bool) func(string) bool {
		return func(s string) bool {
			return s != "" && strings.IndexFunc(s, func(r rune) bool { return !ok(r) }) < 0
		}
	}
	digit := func(r rune) bool {
		return unicode.Is(unicode.Nd, r) || strings.ContainsRune("²³¹⁰⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉", r)
	}
	switch name {
	case "isalpha":
		return all(unicode.IsLetter)
	case "isalnum":
		return all(func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) })
	case "isdigit":
		return all(digit)
	case "isdecimal":
		return all(func(r rune) bool { return unicode.Is(unicode.Nd, r) })
	case "isnumeric":
		return all(unicode.IsNumber)
	case "isspace":
		return all(isSpace)
	case "isascii":
		return isASCII
	case "isidentifier":
		return isIdentifier
	case "isprintable":
		return func(s string) bool { return s == "" || all(isPrintable)(s) }
	case "islower":
		return func(s string) bool { return isLower(s) }
	case "isupper":
		return func(s string) bool { return isUpper(s) }
	case "istitle":
		return isTitle
	}
	return nil
}

func isLower(s string) bool {
	found := false
	for _, r := range s {
		if unicode.IsUpper(r) || unicode.IsTitle(r) {
			return false
		}
		found = found || unicode.IsLower(r)
	}
	return found
}

func isUpper(s string) bool {
	found := false
	for _, r := range s {
		if unicode.IsLower(r) || unicode.IsTitle(r) {
			return false
		}
		found = found || unicode.IsUpper(r)
	}
	return found
}

func isTitle(s string) bool {
	cased, found := false, false
	for _, r := range s {
		switch {
		case unicode.IsUpper(r) || unicode.IsTitle(r):
			if cased {
				return false
			}
			cased, found = true, true
		case unicode.IsLower(r):
			if !cased {
				return false
			}
			found = true
		default:
			cased = false
		}
	}
	return found
}

// strFunc has the methods with arguments.
func strFunc(name string) func(s string, c *Call) (Value, error) {
	switch name {
	case "strip", "lstrip", "rstrip":
		return func(s string, c *Call) (Value, error) { return strStrip(name, s, c) }
	case "split", "rsplit":
		return func(s string, c *Call) (Value, error) { return strSplit(name, s, c) }
	case "startswith", "endswith":
		return func(s string, c *Call) (Value, error) { return strAffix(name, s, c) }
	case "find", "rfind", "index", "rindex", "count":
		return func(s string, c *Call) (Value, error) { return strFind(name, s, c) }
	case "center", "ljust", "rjust":
		return func(s string, c *Call) (Value, error) { return strPad(name, s, c) }
	case "partition", "rpartition":
		return func(s string, c *Call) (Value, error) { return strPartition(name, s, c) }
	case "removeprefix", "removesuffix":
		return func(s string, c *Call) (Value, error) { return strRemove(name, s, c) }
	case "replace":
		return strReplace
	case "join":
		return strJoin
	case "format":
		return strFormat
	case "format_map":
		return strFormatMap
	case "splitlines":
		return strSplitlines
	case "zfill":
		return strZfill
	case "expandtabs":
		return strExpandtabs
	case "encode":
		return strEncode
	case "translate":
		return strTranslate
	case "maketrans":
		return strMaketrans
	}
	return nil
}

// bindText binds parameters that are strings; one left out is not ok.
func (c *Call) bindText(fn string, params ...string) ([]string, []Value, error) {
	a, err := c.Bind(fn, params...)
	if err != nil {
		return nil, nil, err
	}
	out := make([]string, len(a))
	for i, v := range a {
		if isAbsent(v) {
			continue
		}
		s, ok := text(v)
		if !ok {
			return nil, nil, Errorf(TypeError, "%s() argument %d must be str, not %s", fn, i+1, typeName(v))
		}
		out[i] = s
	}
	return out, a, nil
}

// needInt is an argument that has to be an integer.
func needInt(v Value, def int64) (int64, error) {
	if isAbsent(v) {
		return def, nil
	}
	if err := refuse(v); err != nil {
		return 0, err
	}
	n, ok := asInt(v)
	if !ok {
		if isInt(v) {
			return 0, Errorf(OverflowError, "Python int too large to convert to C ssize_t")
		}
		return 0, Errorf(TypeError, "'%s' object cannot be interpreted as an integer", typeName(v))
	}
	return n, nil
}

func strStrip(name, s string, c *Call) (Value, error) {
	a, err := c.Bind(name, "chars=")
	if err != nil {
		return nil, err
	}
	in := isSpace
	if Given(a[0]) && a[0] != nil {
		chars, ok := text(a[0])
		if !ok {
			return nil, Errorf(TypeError, "%s arg must be None or str", name)
		}
		in = func(r rune) bool { return strings.ContainsRune(chars, r) }
	}
	switch name {
	case "lstrip":
		return strings.TrimLeftFunc(s, in), nil
	case "rstrip":
		return strings.TrimRightFunc(s, in), nil
	}
	return strings.TrimFunc(s, in), nil
}

func strAffix(name, s string, c *Call) (Value, error) {
	a, err := c.Bind(name, "affix", "start=", "end=")
	if err != nil {
		return nil, err
	}
	if s, err = window(s, a[1], a[2]); err != nil {
		return nil, err
	}
	options := []Value{a[0]}
	if t, ok := a[0].(*Tuple); ok {
		options = t.Items
	}
	for _, o := range options {
		x, ok := text(o)
		if !ok {
			return nil, Errorf(TypeError, "%s first arg must be str or a tuple of str, not %s", name, typeName(o))
		}
		if name == "startswith" && strings.HasPrefix(s, x) || name == "endswith" && strings.HasSuffix(s, x) {
			return true, nil
		}
	}
	return false, nil
}

// window is s[start:end].
func window(s string, start, end Value) (string, error) {
	if isAbsent(start) && isAbsent(end) {
		return s, nil
	}
	var idx [3]Value
	for i, v := range []Value{start, end} {
		if Given(v) {
			idx[i] = v
		}
	}
	v, ok, err := sliceOf(s, idx)
	if err != nil || !ok {
		return "", Errorf(TypeError, "slice indices must be integers or None or have an __index__ method")
	}
	return v.(string), nil //nolint:forcetypeassert // of a string
}

func strFind(name, s string, c *Call) (Value, error) {
	a, err := c.Bind(name, "sub", "start=", "end=")
	if err != nil {
		return nil, err
	}
	sub, ok := text(a[0])
	if !ok {
		return nil, Errorf(TypeError, "must be str, not %s", typeName(a[0]))
	}
	part, err := window(s, a[1], a[2])
	if err != nil {
		return nil, err
	}
	if name == "count" {
		return int64(strings.Count(part, sub)), nil
	}
	i := strings.Index(part, sub)
	if name[0] == 'r' {
		i = strings.LastIndex(part, sub)
	}
	if i < 0 {
		if strings.HasSuffix(name, "index") {
			return nil, Errorf(ValueError, "substring not found")
		}
		return int64(-1), nil
	}
	n := int64(textLen(part[:i]))
	if start, ok := asInt(a[1]); ok {
		if start < 0 {
			start = max(0, start+int64(textLen(s)))
		}
		n += start
	}
	return n, nil
}
