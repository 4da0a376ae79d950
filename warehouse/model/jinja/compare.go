package jinja

import (
	"cmp"
	"math"
	"math/big"
	"reflect"
	"strings"
)

// comparableValue says whether == on v cannot panic.
func comparableValue(v Value) bool {
	t := reflect.TypeOf(v)
	return t == nil || t.Comparable()
}

// Equal is Python's ==.
func Equal(a, b Value) bool {
	eq, err := equal(a, b, 0)
	return eq && err == nil
}

func equal(a, b Value, depth int) (bool, error) {
	if depth > maxNesting {
		return false, tooDeep()
	}
	if u, ok := b.(*Undefined); ok {
		a, b = u, a
	}
	switch x := a.(type) {
	case *Undefined:
		if err := strictly(x); err != nil {
			return false, err
		}
		_, ok := b.(*Undefined)
		return ok, nil
	case nil:
		return b == nil, nil
	case string, Markup:
		s, _ := text(a)
		if y, ok := text(b); ok {
			return s == y, nil
		}
	case bool, int64, *big.Int, float64, *Decimal:
		if o, ok := compareNumbers(a, b); ok {
			return o == 0, nil
		}
	case Bytes:
		y, ok := b.(Bytes)
		return ok && x == y, nil
	case *List:
		if y, ok := b.(*List); ok {
			if x == y {
				return true, nil
			}
			return equalItems(x.Items, y.Items, depth)
		}
	case *Tuple:
		if y, ok := b.(*Tuple); ok {
			return equalItems(x.Items, y.Items, depth)
		}
	case *Dict:
		if y, ok := b.(*Dict); ok {
			return equalDicts(x, y, depth)
		}
	case *Set:
		if y, ok := b.(*Set); ok {
			return x.Len() == y.Len() && x.subset(y), nil
		}
	case *dictView:
		return x.equal(b)
	}
	if x, ok := a.(Equaler); ok {
		return x.Equal(b), nil
	}
	if y, ok := b.(Equaler); ok {
		return y.Equal(a), nil
	}
	return comparableValue(a) && comparableValue(b) && a == b, nil
}

func equalItems(a, b []Value, depth int) (bool, error) {
	if len(a) != len(b) {
		return false, nil
	}
	for i := range a {
		if eq, err := equal(a[i], b[i], depth+1); !eq || err != nil {
			return false, err
		}
	}
	return true, nil
}

func equalDicts(a, b *Dict, depth int) (bool, error) {
	if a == b || a.Len() != b.Len() {
		return a == b, nil
	}
	for k, x := range a.All() {
		y, ok := b.Get(k)
		if !ok {
			return false, nil
		}
		if eq, err := equal(x, y, depth+1); !eq || err != nil {
			return false, err
		}
	}
	return true, nil
}

// unordered is the order of a NaN with anything.
const unordered = 2

// compareNumbers compares numbers of any kind exactly; ok is false where one is
// no number.
func compareNumbers(a, b Value) (order int, ok bool) {
	x, okx := asInt(a)
	y, oky := asInt(b)
	switch {
	case okx && oky:
		switch {
		case x < y:
			return -1, true
		case x > y:
			return 1, true
		}
		return 0, true
	case isFloat(a) && isFloat(b):
		return compareFloats(a.(float64), b.(float64)), true //nolint:forcetypeassert // isFloat
	}
	r, special, ok := ratio(a)
	if !ok {
		return 0, false
	}
	s, special2, ok := ratio(b)
	if !ok {
		return 0, false
	}
	if special != 0 || special2 != 0 || r == nil || s == nil {
		return compareFloats(special, special2), true
	}
	return r.Cmp(s), true
}

func isFloat(v Value) bool { _, ok := v.(float64); return ok }

func compareFloats(x, y float64) int {
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	case x == y:
		return 0
	}
	return unordered
}

// ratio is a number as an exact fraction; special is an infinity or, with a nil
// ratio, NaN.
func ratio(v Value) (r *big.Rat, special float64, ok bool) {
	switch v := v.(type) {
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, v, true
		}
		return new(big.Rat).SetFloat64(v), 0, true
	case *Decimal:
		return v.rat(), 0, true
	}
	if n, ok := asBig(v); ok {
		return new(big.Rat).SetInt(n), 0, true
	}
	return nil, 0, false
}

// order compares for <, <=, > and >=. op is for the message.
func order(op string, a, b Value, depth int) (int, error) {
	if depth > maxNesting {
		return 0, tooDeep()
	}
	for _, v := range [...]Value{a, b} {
		if err := refuse(v); err != nil {
			return 0, err
		}
	}
	if s, ok := text(a); ok {
		if t, ok := text(b); ok {
			return strings.Compare(s, t), nil
		}
	}
	if o, ok := compareNumbers(a, b); ok {
		return o, nil
	}
	switch x := a.(type) {
	case *List:
		if y, ok := b.(*List); ok {
			return orderItems(op, x.Items, y.Items, depth)
		}
	case *Tuple:
		if y, ok := b.(*Tuple); ok {
			return orderItems(op, x.Items, y.Items, depth)
		}
	case Bytes:
		if y, ok := b.(Bytes); ok {
			return strings.Compare(string(x), string(y)), nil
		}
	case *Set:
		if y, ok := b.(*Set); ok {
			return orderSets(x, y), nil
		}
	case Orderer:
		if o, ok := x.Compare(b); ok {
			return o, nil
		}
	}
	if y, ok := b.(Orderer); ok {
		if o, ok := y.Compare(a); ok {
			if o != unordered {
				o = -o
			}
			return o, nil
		}
	}
	return 0, Errorf(TypeError, "'%s' not supported between instances of '%s' and '%s'", op, typeName(a), typeName(b))
}

func orderItems(op string, a, b []Value, depth int) (int, error) {
	for i := range min(len(a), len(b)) {
		eq, err := equal(a[i], b[i], depth+1)
		if err != nil {
			return 0, err
		}
		if !eq {
			return order(op, a[i], b[i], depth+1)
		}
	}
	return cmp.Compare(len(a), len(b)), nil
}

func orderSets(a, b *Set) int {
	switch {
	case a.Len() == b.Len() && a.subset(b):
		return 0
	case a.subset(b):
		return -1
	case b.subset(a):
		return 1
	}
	return unordered
}

// compare is one comparison of the template language.
func compare(op string, a, b Value) (bool, error) {
	switch op {
	case "==":
		return equal(a, b, 0)
	case "!=":
		eq, err := equal(a, b, 0)
		return !eq, err
	case "in":
		return contains(b, a)
	case "not in":
		in, err := contains(b, a)
		return !in, err
	}
	o, err := order(op, a, b, 0)
	if err != nil || o == unordered {
		return false, err
	}
	switch op {
	case "<":
		return o < 0, nil
	case "<=":
		return o <= 0, nil
	case ">":
		return o > 0, nil
	}
	return o >= 0, nil
}

// contains is `v in box`.
func contains(box, v Value) (bool, error) {
	if err := strictly(box); err != nil {
		return false, err
	}
	switch box := box.(type) {
	case string, Markup:
		s, _ := text(box)
		t, ok := text(v)
		if !ok {
			return false, Errorf(TypeError, "'in <string>' requires string as left operand, not %s", typeName(v))
		}
		return strings.Contains(s, t), nil
	case *List:
		return containsItem(box.Items, v)
	case *Tuple:
		return containsItem(box.Items, v)
	case Bytes:
		t, ok := v.(Bytes)
		return ok && strings.Contains(string(box), string(t)), nil
	case Container:
		return box.Contains(v)
	}
	it, err := iterate(box)
	if err != nil {
		if KindOf(err) != TypeError {
			return false, err
		}
		return false, Errorf(TypeError, "argument of type '%s' is not iterable", typeName(box))
	}
	for {
		x, ok, err := it.Next()
		if !ok || err != nil {
			return false, err
		}
		if eq, err := equal(x, v, 0); eq || err != nil {
			return eq, err
		}
	}
}

func containsItem(items []Value, v Value) (bool, error) {
	for _, x := range items {
		if eq, err := equal(x, v, 0); eq || err != nil {
			return eq, err
		}
	}
	return false, nil
}
