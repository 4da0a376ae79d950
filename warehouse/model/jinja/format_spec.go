package jinja

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// spec is a format specification: [[fill]align][sign][#][0][width][,_][.prec][type].
type spec struct {
	fill  string
	align byte
	sign  byte
	alt   bool
	group byte
	width int
	prec  int // -1 without
	typ   byte
	zero  bool
	z     bool // no negative zero
}

func parseSpec(s string) (*spec, bool) {
	p := &spec{fill: " ", prec: -1}
	isAlign := func(c byte) bool { return c == '<' || c == '>' || c == '=' || c == '^' }
	if n := 0; s != "" {
		n = runeLen(s)
		if len(s) > n && isAlign(s[n]) {
			p.fill, p.align, s = s[:n], s[n], s[n+1:]
		} else if isAlign(s[0]) {
			p.align, s = s[0], s[1:]
		}
	}
	take := func(chars string) byte {
		if s != "" && strings.IndexByte(chars, s[0]) >= 0 {
			c := s[0]
			s = s[1:]
			return c
		}
		return 0
	}
	number := func(def int) (int, bool) {
		n := 0
		for n < len(s) && isDigit(s[n]) {
			n++
		}
		if n == 0 {
			return def, true
		}
		v, err := strconv.Atoi(s[:n])
		s = s[n:]
		return v, err == nil && v <= maxTextSize/4
	}
	p.sign = take("+- ")
	p.z = take("z") != 0
	p.alt = take("#") != 0
	if take("0") != 0 {
		p.zero = true
		if p.align == 0 {
			p.fill, p.align = "0", '='
		}
	}
	var ok bool
	if p.width, ok = number(0); !ok {
		return nil, false
	}
	p.group = take(",_")
	if take(".") != 0 {
		if p.prec, ok = number(-1); !ok || p.prec < 0 {
			return nil, false
		}
	}
	p.typ = take("bcdeEfFgGnosxX%")
	return p, s == ""
}

// format is format(v, spec).
func format(v Value, s string) (string, error) {
	switch f := v.(type) {
	case Formatter:
		return f.Format(s)
	case *Undefined:
		if err := strictly(f); err != nil {
			return "", err
		}
		if s == "" {
			return "", nil
		}
		return "", Errorf(TypeError, "unsupported format string passed to Undefined.__format__")
	}
	if s == "" {
		return str(v)
	}
	_, isText := text(v)
	dec, isDec := v.(*Decimal)
	if !isText && !isDec && !isNumber(v) {
		return "", Errorf(TypeError, "unsupported format string passed to %s.__format__", typeName(v))
	}
	p, ok := parseSpec(s)
	if !ok {
		return "", Errorf(ValueError, "Invalid format specifier '%s' for object of type '%s'", s, typeName(v))
	}
	switch {
	case isText:
		return p.text(v)
	case isDec:
		return p.decimal(dec)
	}
	if _, float := v.(float64); !float && (p.typ == 0 || strings.IndexByte("bcdnoxX", p.typ) >= 0) {
		return p.integer(v)
	}
	f, _, err := asFloat(v)
	if err != nil {
		return "", err
	}
	if p.typ != 0 && strings.IndexByte("eEfFgGn%", p.typ) < 0 {
		return "", p.badType(v)
	}
	return p.float(f)
}

func (p *spec) badType(v Value) error {
	return Errorf(ValueError, "Unknown format code '%c' for object of type '%s'", p.typ, typeName(v))
}

func (p *spec) text(v Value) (string, error) {
	s, _ := text(v)
	switch {
	case p.typ != 0 && p.typ != 's':
		return "", p.badType(v)
	case p.sign != 0:
		return "", Errorf(ValueError, "Sign not allowed in string format specifier")
	case p.z:
		return "", Errorf(ValueError, "Negative zero coercion (z) not allowed in string format specifier")
	case p.alt:
		return "", Errorf(ValueError, "Alternate form (#) not allowed in string format specifier")
	case p.group != 0:
		return "", Errorf(ValueError, "Cannot specify '%c' with 's'.", p.group)
	case p.align == '=' && !p.zero:
		return "", Errorf(ValueError, "'=' alignment not allowed in string format specifier")
	}
	if p.prec >= 0 && p.prec < textLen(s) {
		s = s[:offset(s, p.prec)]
	}
	align := p.align
	if align == 0 || align == '=' {
		align = '<'
	}
	return p.pad("", s, align), nil
}

// pad brings sign and digits to the width.
func (p *spec) pad(sign, s string, align byte) string {
	n := p.width - textLen(sign) - textLen(s)
	if n <= 0 {
		return sign + s
	}
	switch align {
	case '<':
		return sign + s + strings.Repeat(p.fill, n)
	case '^':
		return strings.Repeat(p.fill, n/2) + sign + s + strings.Repeat(p.fill, n-n/2)
	case '=':
		return sign + strings.Repeat(p.fill, n) + s
	}
	return strings.Repeat(p.fill, n) + sign + s
}

func (p *spec) signOf(negative bool) string {
	switch {
	case negative:
		return "-"
	case p.sign == '+' || p.sign == ' ':
		return string(p.sign)
	}
	return ""
}

func (p *spec) numberAlign() byte {
	if p.align == 0 {
		return '>'
	}
	return p.align
}

func (p *spec) integer(v Value) (string, error) {
	n, _ := asBig(v)
	if p.z {
		return "", Errorf(ValueError, "Negative zero coercion (z) not allowed in format specifier with integer format code")
	}
	if p.prec >= 0 {
		return "", Errorf(ValueError, "Precision not allowed in integer format specifier")
	}
	abs := new(big.Int).Abs(n)
	sign := p.signOf(n.Sign() < 0)
	base, prefix := 10, ""
	switch p.typ {
	case 'b':
		base, prefix = 2, "0b"
	case 'o':
		base, prefix = 8, "0o"
	case 'x', 'X':
		base, prefix = 16, "0"+string(p.typ)
	case 'c':
		if !n.IsInt64() || n.Int64() < 0 || n.Int64() > 0x10ffff {
			return "", Errorf(OverflowError, "%%c arg not in range(0x110000)")
		}
		return p.pad("", string(rune(n.Int64())), p.numberAlign()), nil //nolint:gosec // in range
	default:
		if _, err := intText(n); err != nil {
			return "", err
		}
	}
	digits := abs.Text(base)
	if p.typ == 'X' {
		digits = strings.ToUpper(digits)
	}
	if p.alt {
		sign += prefix
	}
	size := 3
	if base != 10 {
		size = 4
	}
	return p.grouped(sign, digits, "", size), nil
}

// grouped pads a number with separators between groups of its digits.
func (p *spec) grouped(sign, digits, rest string, size int) string {
	if p.group != 0 {
		if p.fill == "0" && p.align == '=' { // zeros are grouped too
			for groupedLen(len(digits)+1, size)+len(sign)+len(rest) <= p.width {
				digits = "0" + digits
				if len(digits) > 10_000 {
					break
				}
			}
		}
		digits = group(digits, p.group, size)
	}
	return p.pad(sign, digits+rest, p.numberAlign())
}

func groupedLen(n, size int) int { return n + (n-1)/size }

func group(digits string, sep byte, size int) string {
	var b strings.Builder
	for i := range len(digits) {
		if i > 0 && (len(digits)-i)%size == 0 {
			b.WriteByte(sep)
		}
		b.WriteByte(digits[i])
	}
	return b.String()
}

func (p *spec) float(f float64) (string, error) {
	if p.prec > 100_000 {
		return "", Errorf(ValueError, "precision too big")
	}
	sign := p.signOf(math.Signbit(f) && !math.IsNaN(f))
	f = math.Abs(f)
	s := ""
	upper := false
	switch {
	case math.IsNaN(f):
		s = "nan"
	case math.IsInf(f, 0):
		s = "inf"
	}
	prec := p.prec
	if prec < 0 {
		prec = 6
	}
	special := s != ""
	switch p.typ {
	case 'e', 'E':
		upper = p.typ == 'E'
		if !special {
			s = strconv.FormatFloat(f, 'e', prec, 64)
		}
	case 'f', 'F':
		upper = p.typ == 'F'
		if !special {
			s = strconv.FormatFloat(f, 'f', prec, 64)
		}
	case '%':
		if !special {
			s = strconv.FormatFloat(f*100, 'f', prec, 64)
		}
		s += "%"
	case 'g', 'G', 'n':
		upper = p.typ == 'G'
		if !special {
			s = formatG(f, prec, p.alt)
		}
	default:
		switch {
		case special:
		case p.prec < 0:
			s = floatRepr(f)
		default:
			s = formatG(f, p.prec, p.alt)
			if !strings.ContainsAny(s, ".e") {
				s += ".0"
			}
		}
	}
	if upper {
		s = strings.ToUpper(s)
	}
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return p.grouped(sign, s[:n], s[n:], 3), nil
}

// formatG is the general format of C: prec significant digits, without zeros at
// the end.
func formatG(f float64, prec int, alt bool) string {
	prec = max(prec, 1)
	s := strconv.FormatFloat(f, 'e', prec-1, 64)
	mant, expText, _ := strings.Cut(s, "e")
	exp, err := strconv.Atoi(expText)
	if err != nil {
		return s
	}
	if exp < -4 || exp >= prec {
		if !alt && strings.Contains(mant, ".") {
			mant = strings.TrimRight(strings.TrimRight(mant, "0"), ".")
		}
		return mant + "e" + expText
	}
	s = strconv.FormatFloat(f, 'f', prec-1-exp, 64)
	if !alt && strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

func (p *spec) decimal(d *Decimal) (string, error) {
	switch p.typ {
	case 'f', 'F', '%', 0:
	default:
		return p.float(d.Float())
	}
	if p.typ == '%' {
		d = &Decimal{d.coef, d.exp + 2}
	}
	switch {
	case p.prec >= 0 && (p.typ != 0):
		d = d.quantize(-p.prec)
	case p.prec >= 0:
		d = d.roundDigits(max(p.prec, 1))
	case p.typ != 0 && d.exp > 0:
		d = d.quantize(0)
	}
	s := (&Decimal{new(big.Int).Abs(d.coef), d.exp}).Str()
	if p.typ != 0 && strings.Contains(s, "E") {
		s = d.rat().FloatString(max(-d.exp, 0))
		s = strings.TrimPrefix(s, "-")
	}
	if p.typ == '%' {
		s += "%"
	}
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return p.grouped(p.signOf(d.coef.Sign() < 0), s[:n], s[n:], 3), nil
}
