package jinja

import "strings"

// builtinTest finds one of Jinja2's tests.
func builtinTest(name string) testFunc {
	switch name {
	case "==", "eq", "equalto":
		return comparing("==")
	case "!=", "ne":
		return comparing("!=")
	case "<", "lt", "lessthan":
		return comparing("<")
	case "<=", "le":
		return comparing("<=")
	case ">", "gt", "greaterthan":
		return comparing(">")
	case ">=", "ge":
		return comparing(">=")
	case "in":
		return func(c *Call) (bool, error) {
			a, err := c.Bind("in", "value", "seq")
			if err != nil {
				return false, err
			}
			return contains(a[1], a[0])
		}
	case "divisibleby":
		return func(c *Call) (bool, error) {
			a, err := c.Bind("divisibleby", "value", "num")
			if err != nil {
				return false, err
			}
			v, err := arith("%", a[0], a[1])
			return err == nil && Equal(v, int64(0)), err
		}
	case "odd", "even":
		return func(c *Call) (bool, error) {
			v, err := arith("%", c.Args[0], int64(2))
			if err != nil {
				return false, err
			}
			return Equal(v, map[string]Value{"odd": int64(1), "even": int64(0)}[name]), nil
		}
	case "filter", "test":
		return func(c *Call) (bool, error) {
			s, ok := text(c.Args[0])
			if !ok || c.act == nil {
				return false, nil
			}
			if name == "filter" {
				return c.act.env.filter(s) != nil, nil
			}
			return c.act.env.test(s) != nil, nil
		}
	case "sameas":
		return func(c *Call) (bool, error) {
			a, err := c.Bind("sameas", "value", "other")
			if err != nil {
				return false, err
			}
			return same(a[0], a[1]), nil
		}
	}
	if f := simpleTest(name); f != nil {
		return func(c *Call) (bool, error) {
			if len(c.Args) != 1 || len(c.Kwargs) > 0 {
				return false, Errorf(TypeError, "test_%s() takes 1 positional argument but %d were given", name, len(c.Args)+len(c.Kwargs))
			}
			return f(c.Args[0])
		}
	}
	return nil
}

func comparing(op string) testFunc {
	return func(c *Call) (bool, error) {
		a, err := c.Bind(op, "a", "b")
		if err != nil {
			return false, err
		}
		return compare(op, a[0], a[1])
	}
}

// same is Python's `is`, for the values whose identity can be told.
func same(a, b Value) bool {
	if _, ok := a.(float64); ok {
		return false
	}
	return comparableValue(a) && comparableValue(b) && a == b
}

// simpleTest has the tests without arguments.
func simpleTest(name string) func(v Value) (bool, error) {
	yes := func(f func(v Value) bool) func(Value) (bool, error) {
		return func(v Value) (bool, error) { return f(v), nil }
	}
	switch name {
	case "defined":
		return yes(func(v Value) bool { _, u := v.(*Undefined); return !u })
	case "undefined":
		return yes(func(v Value) bool { _, u := v.(*Undefined); return u })
	case "none":
		return yes(func(v Value) bool { return v == nil })
	case "boolean":
		return yes(func(v Value) bool { _, ok := v.(bool); return ok })
	case "true":
		return yes(func(v Value) bool { b, ok := v.(bool); return ok && b })
	case "false":
		return yes(func(v Value) bool { b, ok := v.(bool); return ok && !b })
	case "integer":
		return yes(func(v Value) bool { _, b := v.(bool); return isInt(v) && !b })
	case "float":
		return yes(isFloat)
	case "number":
		return yes(func(v Value) bool { _, d := v.(*Decimal); return d || isNumber(v) })
	case "string":
		return yes(func(v Value) bool { _, ok := text(v); return ok })
	case "mapping":
		return yes(isMapping)
	case "sequence":
		return yes(func(v Value) bool {
			if isMapping(v) {
				return true
			}
			return isSequence(v)
		})
	case "iterable":
		return yes(func(v Value) bool {
			_, err := iterate(v)
			return err == nil
		})
	case "callable":
		return yes(func(v Value) bool {
			u, isU := v.(*Undefined)
			_, ok := v.(Callable)
			if l, isLoop := v.(*loopContext); isLoop {
				return l != nil
			}
			return ok || isU && (u.mode == UndefinedLenient || u.mode == UndefinedChainable || u.mode == UndefinedCallable)
		})
	case "escaped":
		return yes(func(v Value) bool { _, ok := v.(Markup); return ok })
	case "lower", "upper":
		return func(v Value) (bool, error) {
			s, err := str(v)
			if name == "lower" {
				return isLower(s), err
			}
			return isUpper(s), err
		}
	}
	return nil
}

func words(s string) []string { return strings.FieldsFunc(s, isSpace) }
