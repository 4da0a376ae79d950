package jinja

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// percent is the state of s % args.
type percent struct {
	args  []Value
	next  int
	dict  Value // the mapping, where args is one
	used  bool  // the mapping was used
	whole Value
	safe  bool // the result is Markup: arguments are escaped
}

// percentFormat is the % of str.
func percentFormat(s string, args Value) (Value, error) { return percentText(s, args, false) }

func percentFormatMarkup(s string, args Value) (Value, error) {
	v, err := percentText(s, args, true)
	if err != nil {
		return nil, err
	}
	return markUp(v), nil
}

func percentText(s string, args Value, safe bool) (Value, error) {
	p := &percent{args: []Value{args}, whole: args, safe: safe}
	switch a := args.(type) {
	case *Tuple:
		p.args = a.Items
	default:
		if isMappingLike(a) {
			p.dict = a
		}
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		k := strings.IndexByte(s[i:], '%')
		if k < 0 {
			b.WriteString(s[i:])
			break
		}
		b.WriteString(s[i : i+k])
		i += k + 1
		n, err := p.one(&b, s[i:], i-1)
		if err != nil {
			return nil, err
		}
		if b.Len() > maxTextSize {
			return nil, tooLarge()
		}
		i += n
	}
	_, tuple := args.(*Tuple)
	if p.next < len(p.args) && !p.used && (tuple || !isMappingLike(args)) {
		return nil, Errorf(TypeError, "not all arguments converted during string formatting")
	}
	return b.String(), nil
}

// isMappingLike says whether a value has items, which frees it from being used up.
func isMappingLike(v Value) bool {
	switch v.(type) {
	case *List, *Undefined, Bytes, Items:
		return true
	}
	return false
}

func (p *percent) take() (Value, error) {
	if p.next >= len(p.args) {
		return nil, Errorf(TypeError, "not enough arguments for format string")
	}
	p.next++
	return p.args[p.next-1], nil
}

// one reads a conversion after its %, and returns its length.
func (p *percent) one(b *strings.Builder, s string, at int) (int, error) {
	i := 0
	var v Value
	keyed := false
	if strings.HasPrefix(s, "(") {
		depth, end := 0, -1
		for j := range len(s) {
			if s[j] == '(' {
				depth++
			} else if s[j] == ')' {
				if depth--; depth == 0 {
					end = j
					break
				}
			}
		}
		if end < 0 {
			return 0, Errorf(ValueError, "incomplete format key")
		}
		if err := refuse(p.dict); err != nil {
			return 0, err
		}
		m, ok := p.dict.(Items)
		if !ok {
			return 0, Errorf(TypeError, "format requires a mapping")
		}
		x, ok, err := m.Item(s[1:end])
		if err != nil {
			return 0, err
		}
		if !ok {
			return 0, Errorf(KeyError, "%s", Repr(s[1:end]))
		}
		v, keyed, p.used, i = x, true, true, end+1
	}
	sp := &spec{fill: " ", prec: -1, align: '>'}
	for ; i < len(s); i++ {
		switch s[i] {
		case '-':
			sp.align = '<'
			continue
		case '+':
			sp.sign = '+'
			continue
		case ' ':
			if sp.sign == 0 {
				sp.sign = ' '
			}
			continue
		case '#':
			sp.alt = true
			continue
		case '0':
			sp.zero = true
			continue
		}
		break
	}
	var err error
	if i, err = p.size(s, i, sp); err != nil {
		return 0, err
	}
	for i < len(s) && strings.IndexByte("hlL", s[i]) >= 0 {
		i++
	}
	if i >= len(s) {
		return 0, Errorf(ValueError, "incomplete format")
	}
	c := s[i]
	if c == '%' {
		b.WriteByte('%')
		return i + 1, nil
	}
	if strings.IndexByte("diouxXeEfFgGcrsa", c) < 0 {
		r := []rune(s[i:])[0]
		return 0, Errorf(ValueError, "unsupported format character '%c' (0x%x) at index %d", r, r, at+i+1)
	}
	if !keyed {
		if v, err = p.take(); err != nil {
			return 0, err
		}
	}
	out, err := p.convert(sp, c, v)
	b.WriteString(out)
	return i + 1, err
}

// size reads width and precision; a * takes an argument.
func (p *percent) size(s string, i int, sp *spec) (int, error) {
	read := func() (int, error) {
		if i < len(s) && s[i] == '*' {
			i++
			v, err := p.take()
			if err != nil {
				return 0, err
			}
			n, ok := asInt(v)
			if !ok {
				return 0, Errorf(TypeError, "* wants int")
			}
			return int(min(n, maxTextSize)), nil
		}
		n := 0
		for ; i < len(s) && isDigit(s[i]); i++ {
			if n = n*10 + int(s[i]-'0'); n > maxTextSize/4 {
				return 0, Errorf(ValueError, "width too big")
			}
		}
		return n, nil
	}
	w, err := read()
	if err != nil {
		return i, err
	}
	if w < 0 {
		sp.align, w = '<', -w
	}
	sp.width = min(w, maxTextSize/4)
	if i < len(s) && s[i] == '.' {
		i++
		if sp.prec, err = read(); err != nil {
			return i, err
		}
		sp.prec = max(sp.prec, 0)
	}
	return i, nil
}

func (p *percent) convert(sp *spec, c byte, v Value) (string, error) {
	switch c {
	case 's', 'r', 'a':
		var s string
		var err error
		switch {
		case c == 'r':
			s, err = repr(v)
		case c == 'a':
			s, err = ascii(v)
		case p.safe:
			m, err2 := escape(v)
			s, err = string(m), err2
		default:
			s, err = str(v)
		}
		if err != nil {
			return "", err
		}
		if sp.prec >= 0 && sp.prec < textLen(s) {
			s = s[:offset(s, sp.prec)]
		}
		return sp.pad("", s, sp.align), nil
	case 'c':
		if s, ok := text(v); ok && textLen(s) == 1 {
			return sp.pad("", s, sp.align), nil
		}
		if n, ok := asInt(v); ok && n >= 0 && n <= 0x10ffff {
			return sp.pad("", string(rune(n)), sp.align), nil
		}
		return "", Errorf(TypeError, "%%c requires int or char")
	case 'd', 'i', 'u', 'o', 'x', 'X':
		return percentInt(sp, c, v)
	}
	if d, ok := v.(*Decimal); ok {
		v = d.Float()
	}
	f, ok, err := asFloat(v)
	if err != nil {
		return "", err
	}
	if !ok {
		return "", Errorf(TypeError, "must be real number, not %s", typeName(v))
	}
	sp.typ = c
	if sp.zero && sp.align == '>' {
		sp.fill, sp.align = "0", '='
		if math.IsInf(f, 0) || math.IsNaN(f) {
			sp.fill, sp.align = " ", '>'
		}
	}
	return sp.float(f)
}

func percentInt(sp *spec, c byte, v Value) (string, error) {
	switch x := v.(type) {
	case float64:
		if c != 'd' && c != 'i' && c != 'u' {
			return "", Errorf(TypeError, "%%%c format: an integer is required, not float", c)
		}
		if math.IsInf(x, 0) || math.IsNaN(x) {
			return "", Errorf(OverflowError, "cannot convert float %s to integer", strconv.FormatFloat(x, 'g', -1, 64))
		}
		n, _ := big.NewFloat(x).Int(nil)
		v = normInt(n)
	case *Decimal:
		v = x.trunc()
	}
	n, ok := asBig(v)
	if !ok {
		if c == 'd' || c == 'i' || c == 'u' {
			return "", Errorf(TypeError, "%%%c format: a real number is required, not %s", c, typeName(v))
		}
		return "", Errorf(TypeError, "%%%c format: an integer is required, not %s", c, typeName(v))
	}
	prec := sp.prec
	sp.prec, sp.typ = -1, c
	if c == 'i' || c == 'u' {
		sp.typ = 'd'
	}
	if prec > 0 { // so many digits, with zeros
		abs := &spec{fill: "0", align: '=', prec: -1, typ: sp.typ, width: min(prec, maxTextSize/4)}
		digits, err := abs.integer(normInt(new(big.Int).Abs(n)))
		return sp.pad(sp.signOf(n.Sign() < 0), digits, sp.align), err
	}
	if sp.zero && sp.align == '>' {
		sp.fill, sp.align = "0", '='
	}
	return sp.integer(normInt(n))
}
