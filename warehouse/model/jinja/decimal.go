package jinja

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// Decimal is Python's decimal.Decimal with its default context: exact digits,
// results rounded half to even at 28 of them. There is no NaN and no infinity.
type Decimal struct {
	coef *big.Int
	exp  int // value = coef × 10^exp
}

const (
	decimalDigits = 28
	decimalExp    = 20_000 // bound of exponents; Python's is 999,999
)

// ParseDecimal reads a Decimal; the digits stay as written.
func ParseDecimal(s string) (*Decimal, error) {
	bad := Errorf(DecimalError, "invalid decimal literal: %s", Repr(s))
	s = strings.ReplaceAll(strings.TrimFunc(s, isSpace), "_", "")
	mant, expText := s, ""
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mant, expText = s[:i], s[i+1:]
	}
	exp := 0
	if expText != "" || len(mant) < len(s) {
		n, err := strconv.Atoi(expText)
		if err != nil || n > decimalExp || n < -decimalExp {
			return nil, bad
		}
		exp = n
	}
	whole, frac, _ := strings.Cut(mant, ".")
	digits := strings.TrimLeft(whole, "+-") + frac
	if digits == "" || len(whole)-len(strings.TrimLeft(whole, "+-")) > 1 || strings.Trim(digits, "0123456789") != "" || len(digits) > decimalExp {
		return nil, bad
	}
	coef, ok := new(big.Int).SetString(digits, 10)
	if !ok {
		return nil, bad
	}
	if strings.HasPrefix(whole, "-") {
		coef.Neg(coef)
	}
	return &Decimal{coef, exp - len(frac)}, nil
}

// NewDecimal is coef × 10^exp.
func NewDecimal(coef *big.Int, exp int) *Decimal { return &Decimal{new(big.Int).Set(coef), exp} }

// TypeName is decimal.Decimal, as messages have it.
func (d *Decimal) TypeName() string { return "decimal.Decimal" }

// Truth is false for zero.
func (d *Decimal) Truth() bool { return d.coef.Sign() != 0 }

// Str prints as Python does: 1.10, 1E+3.
func (d *Decimal) Str() string {
	digits := new(big.Int).Abs(d.coef).String()
	sign := ""
	if d.coef.Sign() < 0 {
		sign = "-"
	}
	adjusted := d.exp + len(digits) - 1
	if d.exp <= 0 && adjusted >= -6 {
		point := len(digits) + d.exp
		switch {
		case d.exp == 0:
			return sign + digits
		case point > 0:
			return sign + digits[:point] + "." + digits[point:]
		}
		return sign + "0." + strings.Repeat("0", -point) + digits
	}
	out := digits[:1]
	if len(digits) > 1 {
		out += "." + digits[1:]
	}
	return fmt.Sprintf("%s%sE%+d", sign, out, adjusted)
}

// Repr is Decimal('…').
func (d *Decimal) Repr() string { return "Decimal('" + d.Str() + "')" }

func pow10(n int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

func (d *Decimal) rat() *big.Rat {
	if d.exp >= 0 {
		return new(big.Rat).SetInt(new(big.Int).Mul(d.coef, pow10(d.exp)))
	}
	return new(big.Rat).SetFrac(d.coef, pow10(-d.exp))
}

func (d *Decimal) hashKey() any {
	r := d.rat()
	if r.IsInt() {
		k, err := hashKey(normInt(r.Num()))
		if err == nil {
			return k
		}
	}
	if f, exact := r.Float64(); exact {
		return f
	}
	return textKey{"decimal", r.String()}
}

// Float is the nearest float.
func (d *Decimal) Float() float64 {
	f, _ := d.rat().Float64()
	return f
}

// trunc is the integer part.
func (d *Decimal) trunc() Value {
	r := d.rat()
	return normInt(new(big.Int).Quo(r.Num(), r.Denom()))
}

// round gives d at most n digits, half to even.
func (d *Decimal) roundDigits(n int) *Decimal {
	extra := len(new(big.Int).Abs(d.coef).String()) - n
	if extra <= 0 {
		return d
	}
	r := d.quantize(d.exp + extra)
	if len(new(big.Int).Abs(r.coef).String()) > n { // 9.99 became 10.0
		return r.quantize(r.exp + 1)
	}
	return r
}

// quantize gives d the exponent exp, half to even.
func (d *Decimal) quantize(exp int) *Decimal {
	if exp <= d.exp {
		return &Decimal{new(big.Int).Mul(d.coef, pow10(d.exp-exp)), exp}
	}
	div := pow10(exp - d.exp)
	q, r := new(big.Int).QuoRem(d.coef, div, new(big.Int))
	switch c := new(big.Int).Abs(r.Lsh(r, 1)).Cmp(div); {
	case c > 0, c == 0 && q.Bit(0) == 1:
		q.Add(q, big.NewInt(int64(d.coef.Sign())))
	}
	return &Decimal{q, exp}
}

// toDecimal takes a Decimal or an integer.
func toDecimal(v Value) (*Decimal, bool) {
	if d, ok := v.(*Decimal); ok {
		return d, true
	}
	if n, ok := asBig(v); ok && n.BitLen() < decimalExp {
		return &Decimal{n, 0}, true
	}
	return nil, false
}

// Operate is arithmetic with Decimals and integers; floats do not mix, as in
// Python.
func (d *Decimal) Operate(op string, other Value, reflected bool) (Value, bool, error) {
	o, ok := toDecimal(other)
	if !ok {
		return nil, false, nil
	}
	a, b := d, o
	if reflected {
		a, b = o, d
	}
	if max(a.exp, b.exp, 0)-min(a.exp, b.exp, 0) > 2*decimalExp {
		return nil, true, Errorf(OverflowError, "decimal exponent out of range")
	}
	v, err := decimalOp(op, a, b)
	return v, true, err
}

func decimalOp(op string, a, b *Decimal) (Value, error) {
	low := min(a.exp, b.exp)
	switch op {
	case "+":
		return (&Decimal{new(big.Int).Add(a.quantize(low).coef, b.quantize(low).coef), low}).roundDigits(decimalDigits), nil
	case "-":
		return (&Decimal{new(big.Int).Sub(a.quantize(low).coef, b.quantize(low).coef), low}).roundDigits(decimalDigits), nil
	case "*":
		return (&Decimal{new(big.Int).Mul(a.coef, b.coef), a.exp + b.exp}).roundDigits(decimalDigits), nil
	case "**":
		return decimalPow(a, b)
	}
	if b.coef.Sign() == 0 {
		if a.coef.Sign() == 0 || op == "%" {
			return nil, Errorf(DecimalError, "[<class 'decimal.DivisionUndefined'>]")
		}
		return nil, Errorf(ZeroDivisionError, "[<class 'decimal.DivisionByZero'>]")
	}
	if op == "/" {
		return decimalDiv(a, b), nil
	}
	x, y := a.quantize(low).coef, b.quantize(low).coef
	q, r := new(big.Int).QuoRem(x, y, new(big.Int)) // Decimal's // and % cut towards zero
	if op == "//" {
		return &Decimal{q, 0}, nil
	}
	return (&Decimal{r, low}).roundDigits(decimalDigits), nil
}

func decimalDiv(a, b *Decimal) *Decimal {
	want := a.exp - b.exp
	shift := decimalDigits + 2 + len(b.coef.String())
	q, r := new(big.Int).QuoRem(new(big.Int).Mul(a.coef, pow10(shift)), b.coef, new(big.Int))
	if r.Sign() != 0 { // a sticky digit keeps the rounding right
		q.Mul(q, big.NewInt(10))
		q.Add(q, big.NewInt(int64(a.coef.Sign()*b.coef.Sign())))
		return (&Decimal{q, want - shift - 1}).roundDigits(decimalDigits)
	}
	d := &Decimal{q, want - shift}
	for d.exp < want { // an exact result has no zeros that it needs not
		q, r := new(big.Int).QuoRem(d.coef, big.NewInt(10), new(big.Int))
		if r.Sign() != 0 {
			break
		}
		d = &Decimal{q, d.exp + 1}
	}
	return d.roundDigits(decimalDigits)
}

func decimalPow(a, b *Decimal) (Value, error) {
	n, ok := b.trunc().(int64)
	if !ok || b.rat().Cmp(new(big.Rat).SetInt64(n)) != 0 || absInt(n) > 1000 {
		return nil, Errorf(DecimalError, "a Decimal can be raised to whole powers up to 1000 only")
	}
	out := &Decimal{big.NewInt(1), 0}
	for range absInt(n) {
		out = (&Decimal{new(big.Int).Mul(out.coef, a.coef), out.exp + a.exp}).roundDigits(2 * decimalDigits)
		if out.exp > decimalExp || out.exp < -decimalExp {
			return nil, Errorf(OverflowError, "decimal exponent out of range")
		}
	}
	if n < 0 {
		if out.coef.Sign() == 0 {
			return nil, Errorf(ZeroDivisionError, "[<class 'decimal.DivisionByZero'>]")
		}
		return decimalDiv(&Decimal{big.NewInt(1), 0}, out), nil
	}
	return out.roundDigits(decimalDigits), nil
}

// Attr has the methods that templates use.
func (d *Decimal) Attr(name string) (Value, bool, error) {
	switch name {
	case "quantize":
		return method(name, func(c *Call) (Value, error) {
			a, err := c.Bind(name, "exp")
			if err != nil {
				return nil, err
			}
			e, ok := a[0].(*Decimal)
			if !ok {
				return nil, Errorf(TypeError, "conversion from %s to Decimal is not supported", typeName(a[0]))
			}
			return d.quantize(e.exp), nil
		}), true, nil
	case "normalize":
		return method(name, func(*Call) (Value, error) { return d.normalize(), nil }), true, nil
	case "is_nan", "is_infinite":
		return method(name, func(*Call) (Value, error) { return false, nil }), true, nil
	case "to_integral_value", "to_integral":
		return method(name, func(*Call) (Value, error) { return d.quantize(0), nil }), true, nil
	case "copy_abs":
		return method(name, func(*Call) (Value, error) { return &Decimal{new(big.Int).Abs(d.coef), d.exp}, nil }), true, nil
	}
	return nil, false, nil
}

func (d *Decimal) normalize() *Decimal {
	if d.coef.Sign() == 0 {
		return &Decimal{new(big.Int), 0}
	}
	for {
		q, r := new(big.Int).QuoRem(d.coef, big.NewInt(10), new(big.Int))
		if r.Sign() != 0 {
			return d
		}
		d = &Decimal{q, d.exp + 1}
	}
}
