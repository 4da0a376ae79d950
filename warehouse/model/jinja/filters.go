package jinja

import (
	"math"
	"math/big"
	"strings"
)

// builtinFilter finds one of Jinja2's filters.
func builtinFilter(name string) filterFunc {
	switch name {
	case "abs":
		return filterAbs
	case "attr":
		return filterAttr
	case "default", "d":
		return filterDefault
	case "float":
		return filterFloat
	case "int":
		return filterInt
	case "round":
		return filterRound
	case "length", "count":
		return func(c *Call) (Value, error) {
			n, err := length(c.Args[0])
			return int64(n), err
		}
	case "string":
		return func(c *Call) (Value, error) {
			if _, ok := c.Args[0].(Markup); ok {
				return c.Args[0], nil
			}
			return str(c.Args[0])
		}
	case "list":
		return func(c *Call) (Value, error) {
			items, err := toSlice(c.Args[0])
			return NewList(append([]Value(nil), items...)...), err
		}
	case "tojson":
		return filterToJSON
	case "pprint":
		return func(c *Call) (Value, error) { return pprint(c.Args[0]) }
	case "escape", "e":
		return func(c *Call) (Value, error) { return escape(c.Args[0]) }
	case "forceescape":
		return func(c *Call) (Value, error) {
			s, err := str(c.Args[0])
			return Markup(escapeHTML(s)), err
		}
	case "safe":
		return func(c *Call) (Value, error) {
			s, err := str(c.Args[0])
			return Markup(s), err
		}
	}
	if f := textFilter(name); f != nil {
		return f
	}
	return listFilter(name)
}

// is says whether autoescaping is on.
func (c *Call) escaping() bool { return c.state != nil && c.state.autoescape }

func (c *Call) environment() *Environment {
	if c.act != nil {
		return c.act.env
	}
	return NewEnvironment(Options{})
}

func (c *Call) undefined(hint string) Value {
	return &Undefined{hint: hint, obj: absent{}, mode: c.environment().opt.Undefined}
}

func filterAbs(c *Call) (Value, error) {
	switch v := c.Args[0].(type) {
	case int64:
		if v >= 0 {
			return v, nil
		}
		return negate(v)
	case float64:
		return math.Abs(v), nil
	case bool:
		return positive(v)
	case *big.Int:
		return normInt(new(big.Int).Abs(v)), nil
	case *Decimal:
		return &Decimal{new(big.Int).Abs(v.coef), v.exp}, nil
	}
	return nil, Errorf(TypeError, "bad operand type for abs(): '%s'", typeName(c.Args[0]))
}

func filterAttr(c *Call) (Value, error) {
	a, err := c.Bind("do_attr", "obj", "name")
	if err != nil {
		return nil, err
	}
	name, err := str(a[1])
	if err != nil {
		return nil, err
	}
	e := c.environment()
	if err := refuse(a[0]); err != nil {
		return e.attr(a[0], name)
	}
	if unsafeAttr(a[0], name) {
		return e.unsafeAttribute(a[0], name), nil
	}
	v, ok, err := attribute(a[0], name)
	if ok || err != nil {
		return v, err
	}
	return e.missingAttr(a[0], name), nil
}

func filterDefault(c *Call) (Value, error) {
	a, err := c.Bind("do_default", "value", "default_value=", "boolean=")
	if err != nil {
		return nil, err
	}
	_, undefined := a[0].(*Undefined)
	if undefined || isTrue(a[2]) && !Truth(a[0]) {
		if isAbsent(a[1]) {
			return "", nil
		}
		return a[1], nil
	}
	return a[0], nil
}

func filterFloat(c *Call) (Value, error) {
	a, err := c.Bind("do_float", "value", "default=")
	if err != nil {
		return nil, err
	}
	def := a[1]
	if isAbsent(def) {
		def = 0.0
	}
	v, err := toFloat(a[0])
	switch {
	case err == nil:
		return v, nil
	case KindOf(err) == TypeError || KindOf(err) == ValueError:
		return def, nil
	}
	return nil, err
}

// toFloat is float(v).
func toFloat(v Value) (Value, error) {
	if err := refuse(v); err != nil {
		return nil, err
	}
	if d, ok := v.(*Decimal); ok {
		return d.Float(), nil
	}
	if f, ok, err := asFloat(v); ok || err != nil {
		return f, err
	}
	if s, ok := text(v); ok {
		f, ok := parseFloat(s)
		if !ok {
			return nil, Errorf(ValueError, "could not convert string to float: %s", Repr(s))
		}
		return f, nil
	}
	return nil, Errorf(TypeError, "float() argument must be a string or a real number, not '%s'", typeName(v))
}

// toInt is int(v).
func toInt(v Value) (Value, error) {
	switch x := v.(type) {
	case *Undefined:
		return nil, x.fail()
	case float64:
		if math.IsInf(x, 0) {
			return nil, Errorf(OverflowError, "cannot convert float infinity to integer")
		}
		if math.IsNaN(x) {
			return nil, Errorf(ValueError, "cannot convert float NaN to integer")
		}
		n, _ := big.NewFloat(x).Int(nil)
		return normInt(n), nil
	case *Decimal:
		return x.trunc(), nil
	case bool:
		return positive(x)
	case int64, *big.Int:
		return x, nil
	case string, Markup:
		s, _ := text(v)
		if n, ok := parseInt(s, 10); ok {
			return n, nil
		}
		return nil, Errorf(ValueError, "invalid literal for int() with base 10: %s", Repr(s))
	}
	return nil, Errorf(TypeError, "int() argument must be a string, a bytes-like object or a real number, not '%s'", typeName(v))
}

func filterInt(c *Call) (Value, error) {
	a, err := c.Bind("do_int", "value", "default=", "base=")
	if err != nil {
		return nil, err
	}
	def := a[1]
	if isAbsent(def) {
		def = int64(0)
	}
	base, err := needInt(a[2], 10)
	if err != nil {
		return nil, err
	}
	if s, ok := text(a[0]); ok {
		if base != 0 && (base < 2 || base > 36) {
			return def, nil
		}
		if n, ok := parseInt(s, int(base)); ok {
			return n, nil
		}
		f, ok := parseFloat(s)
		if !ok {
			return def, nil
		}
		a[0] = f
	}
	v, err := toInt(a[0])
	switch {
	case err == nil:
		return v, nil
	case KindOf(err) == TypeError || KindOf(err) == ValueError || KindOf(err) == OverflowError && isFloat(a[0]) && !isFloat(c.Args[0]):
		return def, nil
	}
	return nil, err
}

func filterRound(c *Call) (Value, error) {
	a, err := c.Bind("do_round", "value", "precision=", "method=")
	if err != nil {
		return nil, err
	}
	how := "common"
	if Given(a[2]) {
		how, _ = text(a[2])
	}
	if how != "common" && how != "ceil" && how != "floor" {
		return nil, Errorf(FilterArgError, "method must be common, ceil or floor")
	}
	prec, err := needInt(a[1], 0)
	if err != nil {
		return nil, err
	}
	if how == "common" {
		return round(a[0], prec)
	}
	p, err := arith("**", int64(10), prec)
	if err != nil {
		return nil, err
	}
	x, err := arith("*", a[0], p)
	if err != nil {
		return nil, err
	}
	if _, isText := text(x); isText {
		return nil, Errorf(TypeError, "must be real number, not str")
	}
	f, err := toFloat(x)
	if err != nil {
		return nil, err
	}
	g := math.Floor(f.(float64)) //nolint:forcetypeassert // toFloat
	if how == "ceil" {
		g = math.Ceil(f.(float64)) //nolint:forcetypeassert // toFloat
	}
	whole, err := toInt(g)
	if err != nil {
		return nil, err
	}
	return arith("/", whole, p)
}

// round is round(v, n).
func round(v Value, n int64) (Value, error) {
	switch x := v.(type) {
	case float64:
		return roundFloat(x, n), nil
	case *Decimal:
		if n > decimalExp || n < -decimalExp {
			return x, nil
		}
		return x.quantize(int(-n)), nil
	}
	i, ok := asBig(v)
	if !ok {
		return nil, Errorf(TypeError, "type %s doesn't define __round__ method", typeName(v))
	}
	switch {
	case n >= 0:
		return normInt(i), nil
	case -n > int64(i.BitLen()):
		return int64(0), nil
	}
	d := (&Decimal{i, 0}).quantize(int(-n))
	return normInt(new(big.Int).Mul(d.coef, pow10(int(-n)))), nil
}

// roundFloat rounds the exact value of f half to even, as Python does.
func roundFloat(f float64, n int64) float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) || n > 323 {
		return f
	}
	if n < -309 {
		return math.Copysign(0, f)
	}
	if n >= 0 {
		s := formatFixed(f, int(n))
		g, ok := parseFloat(s)
		if !ok {
			return f
		}
		return g
	}
	r := new(big.Rat).SetFloat64(f)
	scale := new(big.Rat).SetInt(pow10(int(-n)))
	r.Quo(r, scale)
	q, m := floorDiv(new(big.Int).Set(r.Num()), r.Denom())
	switch o := m.Lsh(m, 1).Cmp(r.Denom()); {
	case o > 0, o == 0 && q.Bit(0) == 1:
		q.Add(q, big.NewInt(1))
	}
	g, _ := new(big.Rat).Mul(new(big.Rat).SetInt(q), scale).Float64()
	if g == 0 {
		return math.Copysign(0, f)
	}
	return g
}

func formatFixed(f float64, prec int) string {
	s, err := (&spec{fill: " ", prec: prec, typ: 'f'}).float(f)
	if err != nil {
		return ""
	}
	return s
}

// TextFilters are dbt's filters that say a type, for text: they change nothing.
func TextFilters() map[string]Filter {
	out := map[string]Filter{}
	for _, name := range []string{"as_text", "as_bool", "as_native", "as_number"} {
		out[name] = func(c *Call) (Value, error) { return c.Args[0], nil }
	}
	return out
}

// native is text that RenderNative turns into a value.
type native struct {
	kind string
	text string
}

// Str is the text.
func (n native) Str() string { return n.text }

// TypeName is str: it only waits to be rendered.
func (n native) TypeName() string { return "str" }

// NativeFilters are dbt's filters that say a type, for RenderNative.
func NativeFilters() map[string]Filter {
	out := map[string]Filter{}
	for _, name := range []string{"as_text", "as_bool", "as_native", "as_number"} {
		out[name] = func(c *Call) (Value, error) {
			s, err := str(c.Args[0])
			return native{strings.TrimPrefix(name, "as_"), s}, err
		}
	}
	return out
}

// value is what the text stands for.
func (n native) value() (Value, error) {
	if n.kind == "text" {
		return n.text, nil
	}
	v, ok := LiteralEval(strings.TrimSpace(n.text))
	if !ok {
		v = n.text
	}
	_, isBool := v.(bool)
	if n.kind == "bool" && !isBool || n.kind == "number" && (isBool || !isNumber(v)) {
		return nil, Errorf(ValueError, "Could not convert value '%s' into type '%s'", n.text, n.kind)
	}
	return v, nil
}
