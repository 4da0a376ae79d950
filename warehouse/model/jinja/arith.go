package jinja

import (
	"math"
	"math/big"
	"strings"
)

// arith is a binary operator of the template language: + - * / // % **.
func arith(op string, a, b Value) (Value, error) {
	x, okx := a.(int64)
	y, oky := b.(int64)
	if okx && oky {
		switch op {
		case "+":
			return addInt(x, y), nil
		case "-":
			return subInt(x, y), nil
		case "*":
			return mulInt(x, y), nil
		}
	}
	switch x := a.(type) {
	case string:
		if y, ok := b.(string); ok && op == "+" {
			return joinText(x, y)
		}
		if op == "%" {
			return percentFormat(x, b)
		}
	case Bytes:
		if y, ok := b.(Bytes); ok && op == "+" {
			return x + y, nil
		}
	}
	if err := refuse(a); err != nil {
		return nil, err
	}
	if err := refuse(b); err != nil {
		return nil, err
	}
	if isNumber(a) && isNumber(b) {
		return numberOp(op, a, b)
	}
	if v, ok, err := sequenceOp(op, a, b); ok || err != nil {
		return v, err
	}
	if x, ok := a.(Operand); ok {
		if v, ok, err := x.Operate(op, b, false); ok || err != nil {
			return v, err
		}
	}
	if y, ok := b.(Operand); ok {
		if v, ok, err := y.Operate(op, a, true); ok || err != nil {
			return v, err
		}
	}
	return nil, unsupported(op, a, b)
}

func unsupported(op string, a, b Value) error {
	_, str := a.(string)
	switch {
	case op == "+" && str:
		return Errorf(TypeError, `can only concatenate str (not "%s") to str`, typeName(b))
	case op == "+" && (typeName(a) == "list" || typeName(a) == "tuple"):
		return Errorf(TypeError, `can only concatenate %s (not "%s") to %s`, typeName(a), typeName(b), typeName(a))
	case op == "**":
		op = "** or pow()"
	}
	return Errorf(TypeError, "unsupported operand type(s) for %s: '%s' and '%s'", op, typeName(a), typeName(b))
}

func joinText(a, b string) (Value, error) {
	if len(a)+len(b) > maxTextSize {
		return nil, tooLarge()
	}
	return a + b, nil
}

func numberOp(op string, a, b Value) (Value, error) {
	x, okx := asBig(a)
	y, oky := asBig(b)
	if okx && oky {
		return bigOp(op, x, y)
	}
	f, _, err := asFloat(a)
	if err != nil {
		return nil, err
	}
	g, _, err := asFloat(b)
	if err != nil {
		return nil, err
	}
	switch op {
	case "+":
		return f + g, nil
	case "-":
		return f - g, nil
	case "*":
		return f * g, nil
	case "**":
		return powFloat(f, g)
	}
	if g == 0 {
		switch op {
		case "/":
			return nil, Errorf(ZeroDivisionError, "float division by zero")
		case "//":
			return nil, Errorf(ZeroDivisionError, "float floor division by zero")
		}
		return nil, Errorf(ZeroDivisionError, "float modulo")
	}
	if op == "/" {
		return f / g, nil
	}
	q, r := floorMod(f, g)
	if op == "//" {
		return q, nil
	}
	return r, nil
}

func bigOp(op string, x, y *big.Int) (Value, error) {
	switch op {
	case "+":
		return normInt(new(big.Int).Add(x, y)), nil
	case "-":
		return normInt(new(big.Int).Sub(x, y)), nil
	case "*":
		if x.BitLen()+y.BitLen() > maxIntBits {
			return nil, tooLarge()
		}
		return normInt(new(big.Int).Mul(x, y)), nil
	case "/":
		return divInt(x, y)
	case "**":
		return powInt(x, y)
	}
	if y.Sign() == 0 {
		if op == "%" {
			return nil, Errorf(ZeroDivisionError, "integer modulo by zero")
		}
		return nil, Errorf(ZeroDivisionError, "integer division or modulo by zero")
	}
	q, r := floorDiv(x, y)
	if op == "//" {
		return normInt(q), nil
	}
	return normInt(r), nil
}

// sequenceOp joins and repeats strings, lists and tuples, and combines sets.
func sequenceOp(op string, a, b Value) (Value, bool, error) {
	switch op {
	case "+":
		return concat(a, b)
	case "*":
		if isInt(a) {
			a, b = b, a
		}
		if n, ok := asInt(b); ok {
			return repeat(a, n)
		}
		switch a.(type) {
		case string, Markup, *List, *Tuple:
			if isInt(b) {
				return nil, true, Errorf(OverflowError, "cannot fit 'int' into an index-sized integer")
			}
		}
	case "%":
		if m, ok := a.(Markup); ok {
			v, err := percentFormatMarkup(string(m), b)
			return v, true, err
		}
	case "-":
		x, okx := a.(*Set)
		y, oky := b.(*Set)
		if okx && oky {
			return setOp(op, x, y), true, nil
		}
	}
	return nil, false, nil
}

func concat(a, b Value) (Value, bool, error) {
	switch x := a.(type) {
	case *List:
		if y, ok := b.(*List); ok {
			if len(x.Items)+len(y.Items) > maxItems {
				return nil, true, tooLarge()
			}
			return NewList(append(append([]Value(nil), x.Items...), y.Items...)...), true, nil
		}
	case *Tuple:
		if y, ok := b.(*Tuple); ok {
			if len(x.Items)+len(y.Items) > maxItems {
				return nil, true, tooLarge()
			}
			return NewTuple(append(append([]Value(nil), x.Items...), y.Items...)...), true, nil
		}
	}
	_, ma := a.(Markup)
	_, mb := b.(Markup)
	s, oka := text(a)
	t, okb := text(b)
	if !oka || !okb {
		return nil, false, nil
	}
	if !ma {
		s = escapeHTML(s)
	}
	if !mb {
		t = escapeHTML(t)
	}
	v, err := joinText(s, t)
	if err != nil {
		return nil, true, err
	}
	return Markup(v.(string)), true, nil //nolint:forcetypeassert // joinText makes strings
}

func repeat(a Value, n int64) (Value, bool, error) {
	n = max(n, 0)
	tooMuch := func(size int) bool { return size > 0 && n > int64(maxTextSize/size) }
	switch x := a.(type) {
	case string:
		if tooMuch(len(x)) {
			return nil, true, tooLarge()
		}
		return strings.Repeat(x, int(n)), true, nil
	case Markup:
		if tooMuch(len(x)) {
			return nil, true, tooLarge()
		}
		return Markup(strings.Repeat(string(x), int(n))), true, nil
	case *List:
		if tooMuch(16 * len(x.Items)) {
			return nil, true, tooLarge()
		}
		return NewList(repeatItems(x.Items, int(n))...), true, nil
	case *Tuple:
		if tooMuch(16 * len(x.Items)) {
			return nil, true, tooLarge()
		}
		return NewTuple(repeatItems(x.Items, int(n))...), true, nil
	}
	return nil, false, nil
}

func repeatItems(items []Value, n int) []Value {
	if len(items) == 0 {
		return nil
	}
	out := make([]Value, 0, len(items)*n)
	for range n {
		out = append(out, items...)
	}
	return out
}

// negate is the unary minus.
func negate(v Value) (Value, error) {
	if err := refuse(v); err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case int64:
		if v == math.MinInt64 {
			return normInt(new(big.Int).Neg(big.NewInt(v))), nil
		}
		return -v, nil
	case float64:
		return -v, nil
	case *Decimal:
		return &Decimal{new(big.Int).Neg(v.coef), v.exp}, nil
	case Operand:
		if r, ok, err := v.Operate("*", int64(-1), false); ok || err != nil {
			return r, err
		}
	}
	if n, ok := asBig(v); ok {
		return normInt(new(big.Int).Neg(n)), nil
	}
	return nil, Errorf(TypeError, "bad operand type for unary -: '%s'", typeName(v))
}

// positive is the unary plus.
func positive(v Value) (Value, error) {
	if err := refuse(v); err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case bool:
		n, _ := asInt(v)
		return n, nil
	case int64, float64, *big.Int, *Decimal:
		return v, nil
	}
	return nil, Errorf(TypeError, "bad operand type for unary +: '%s'", typeName(v))
}
