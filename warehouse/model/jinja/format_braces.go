package jinja

import "strings"

// braces is the state of a str.format call.
type braces struct {
	c    *Call
	dict Value // of format_map
	auto int   // next automatic field; -1 after a numbered one
	used bool  // an automatic field was used
	size int
}

func strFormat(s string, c *Call) (Value, error) {
	return (&braces{c: c}).format(s, 2)
}

func strFormatMap(s string, c *Call) (Value, error) {
	a, err := c.Bind("format_map", "mapping")
	if err != nil {
		return nil, err
	}
	return (&braces{c: c.With(nil), dict: a[0]}).format(s, 2)
}

// format replaces the fields of s; depth bounds fields inside of specifications.
func (f *braces) format(s string, depth int) (string, error) {
	if depth == 0 {
		return "", Errorf(ValueError, "Max string recursion exceeded")
	}
	var b strings.Builder
	for s != "" {
		i := strings.IndexAny(s, "{}")
		if i < 0 {
			b.WriteString(s)
			break
		}
		b.WriteString(s[:i])
		c := s[i]
		s = s[i+1:]
		switch {
		case s != "" && s[0] == c:
			b.WriteByte(c)
			s = s[1:]
			continue
		case c == '}':
			return "", Errorf(ValueError, "Single '}' encountered in format string")
		case s == "":
			return "", Errorf(ValueError, "Single '{' encountered in format string")
		}
		end := fieldEnd(s)
		if end < 0 {
			return "", Errorf(ValueError, "expected '}' before end of string")
		}
		out, err := f.field(s[:end], depth)
		if err != nil {
			return "", err
		}
		if f.size += len(out); f.size > maxTextSize {
			return "", tooLarge()
		}
		b.WriteString(out)
		s = s[end+1:]
	}
	return b.String(), nil
}

// fieldEnd finds the brace that closes a field.
func fieldEnd(s string) int {
	depth := 0
	bracket := false
	for i := range len(s) {
		switch c := s[i]; {
		case bracket:
			bracket = c != ']'
		case c == '[' && depth == 0:
			bracket = !strings.ContainsAny(s[:i], ":!")
		case c == '{':
			depth++
		case c == '}':
			if depth == 0 {
				return i
			}
			depth--
		}
	}
	return -1
}

func (f *braces) field(s string, depth int) (string, error) {
	name, conv, spec := splitField(s)
	v, err := f.lookup(name)
	if err != nil {
		return "", err
	}
	switch conv {
	case "":
	case "r":
		v, err = repr(v)
	case "s":
		v, err = str(v)
	case "a":
		v, err = ascii(v)
	default:
		return "", Errorf(ValueError, "Unknown conversion specifier '%s'", conv)
	}
	if err != nil {
		return "", err
	}
	if strings.Contains(spec, "{") {
		if spec, err = f.format(spec, depth-1); err != nil {
			return "", err
		}
	}
	return format(v, spec)
}

// splitField takes name!conversion:spec apart.
func splitField(s string) (name, conv, spec string) {
	bracket := false
	for i := range len(s) {
		switch c := s[i]; {
		case c == '[':
			bracket = true
		case c == ']':
			bracket = false
		case bracket:
		case c == ':':
			return s[:i], "", s[i+1:]
		case c == '!':
			conv, spec, _ = strings.Cut(s[i+1:], ":")
			return s[:i], conv, spec
		}
	}
	return s, "", ""
}

// lookup finds a field: 0, name, name.attr[key].
func (f *braces) lookup(path string) (Value, error) {
	i := strings.IndexAny(path, ".[")
	first, rest := path, ""
	if i >= 0 {
		first, rest = path[:i], path[i:]
	}
	v, err := f.first(first)
	env := f.environment()
	for rest != "" && err == nil {
		if rest[0] == '.' {
			name := rest[1:]
			if j := strings.IndexAny(name, ".["); j >= 0 {
				name = name[:j]
			}
			if name == "" {
				return nil, Errorf(ValueError, "Empty attribute in format string")
			}
			rest = rest[1+len(name):]
			v, err = env.attr(v, name)
			continue
		}
		key, after, ok := strings.Cut(rest[1:], "]")
		if !ok {
			return nil, Errorf(ValueError, "Missing ']' in format string")
		}
		if after != "" && after[0] != '.' && after[0] != '[' {
			return nil, Errorf(ValueError, "Only '.' or '[' may follow ']' in format field specifier")
		}
		rest = after
		var k Value = key
		if strings.Trim(key, decimals) == "" && key != "" {
			if n, ok := parseInt(key, 10); ok {
				k = n
			}
		}
		v, err = env.getItem(v, k)
	}
	return v, err
}

func (f *braces) environment() *Environment {
	if f.c.act != nil {
		return f.c.act.env
	}
	return NewEnvironment(Options{})
}

func (f *braces) first(name string) (Value, error) {
	if name == "" || strings.Trim(name, decimals) == "" {
		n := int64(f.auto)
		switch {
		case f.dict != nil:
			return nil, Errorf(ValueError, "Format string contains positional fields")
		case name == "" && f.auto < 0:
			return nil, Errorf(ValueError, "cannot switch from manual field specification to automatic field numbering")
		case name == "":
			f.auto++
			f.used = true
		case f.used:
			return nil, Errorf(ValueError, "cannot switch from automatic field numbering to manual field specification")
		default:
			f.auto = -1
			v, ok := parseInt(name, 10)
			if n, _ = asInt(v); !ok || n < 0 {
				return nil, Errorf(ValueError, "Too many decimal digits in format string")
			}
		}
		if n >= int64(len(f.c.Args)) {
			return nil, Errorf(IndexError, "Replacement index %d out of range for positional args tuple", n)
		}
		return f.c.Args[n], nil
	}
	if f.dict != nil {
		v, ok, err := item(f.dict, name)
		if !ok && err == nil {
			err = Errorf(KeyError, "%s", Repr(name))
		}
		return v, err
	}
	if v, ok := f.c.Kwarg(name); ok {
		return v, nil
	}
	return nil, Errorf(KeyError, "%s", Repr(name))
}
