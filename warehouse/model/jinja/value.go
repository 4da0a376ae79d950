package jinja

import (
	"fmt"
	"math/big"
)

// Value is a Python value. The engine knows these Go types:
//
//	nil None · bool · int64, *big.Int (beyond int64) int · float64 · *Decimal
//	string str · Markup · Bytes · *List · *Tuple · *Dict · *Set · *Range
//	*Undefined · Iterator (a generator) · anything with the interfaces below
//
// From makes them of ordinary Go values. A value of another type is an object
// without attributes.
type Value = any

// Markup is a string that is safe in HTML.
type Markup string

// Bytes is Python's bytes.
type Bytes string

// Tuple is a list that cannot change.
type Tuple struct{ Items []Value }

// NewTuple makes a tuple.
func NewTuple(items ...Value) *Tuple { return &Tuple{items} }

// List is Python's list: shared and mutable.
type List struct{ Items []Value }

// NewList makes a list.
func NewList(items ...Value) *List { return &List{items} }

// Typed tells the name of an object's type, as messages and repr show it.
type Typed interface{ TypeName() string }

// Attributes has named attributes, methods among them. ok is false where there
// is none of the name; the engine then tries Item.
type Attributes interface {
	Attr(name string) (v Value, ok bool, err error)
}

// Items can be indexed. ok is false where there is no such item.
type Items interface {
	Item(key Value) (v Value, ok bool, err error)
}

// Mapping is an object that acts as a dict: iteration is over its keys.
type Mapping interface {
	Items
	Keys() []Value
}

// Iterable can be looped over.
type Iterable interface{ Iter() Iterator }

// Iterator yields values once. A value that has Next only is a generator.
type Iterator interface {
	// Next returns ok false at the end.
	Next() (v Value, ok bool, err error)
}

// Sized has a length.
type Sized interface{ Len() int }

// Textual prints as Str in output and, where it has Repr, as that in lists.
type Textual interface{ Str() string }

// Repred has a repr of its own.
type Repred interface{ Repr() string }

// Truthy decides its truth; else length, else true.
type Truthy interface{ Truth() bool }

// Container answers `in`; else the engine iterates.
type Container interface {
	Contains(v Value) (bool, error)
}

// Equaler compares for equality; else identity decides.
type Equaler interface{ Equal(other Value) bool }

// Orderer compares for order; ok is false where there is none.
type Orderer interface {
	Compare(other Value) (order int, ok bool)
}

// Hashable can be a key: equal objects have equal keys.
type Hashable interface{ HashKey() string }

// Operand takes part in arithmetic. op is +, -, *, /, //, % or **; reflected is
// true where the object is the right operand; ok is false where it has no answer.
type Operand interface {
	Operate(op string, other Value, reflected bool) (v Value, ok bool, err error)
}

// Formatter has a __format__ of its own.
type Formatter interface {
	Format(spec string) (string, error)
}

// Callable can be called.
type Callable interface {
	Call(c *Call) (Value, error)
}

// typeName is the name of Python's type.
func typeName(v Value) string {
	switch v := v.(type) {
	case nil:
		return "NoneType"
	case bool:
		return "bool"
	case int64, *big.Int:
		return "int"
	case float64:
		return "float"
	case string:
		return "str"
	case Typed:
		return v.TypeName()
	case Markup:
		return "Markup"
	case Bytes:
		return "bytes"
	case *Tuple:
		return "tuple"
	case *List:
		return "list"
	case Callable:
		return "function"
	case Iterator:
		return "generator"
	}
	return fmt.Sprintf("%T", v)
}

// Truth is the truth of a value.
func Truth(v Value) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case int64:
		return v != 0
	case string:
		return v != ""
	case float64:
		return v != 0
	case *big.Int:
		return v.Sign() != 0
	case Markup:
		return v != ""
	case Bytes:
		return v != ""
	case *List:
		return len(v.Items) > 0
	case *Tuple:
		return len(v.Items) > 0
	case Truthy:
		return v.Truth()
	case Sized:
		return v.Len() > 0
	}
	return true
}

// absent marks an argument that was not given.
type absent struct{}

func isAbsent(v Value) bool { _, ok := v.(absent); return ok }

// isTrue says whether an argument was given and is true.
func isTrue(v Value) bool { return Given(v) && Truth(v) }

// text returns the characters of a str or Markup.
func text(v Value) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case Markup:
		return string(v), true
	}
	return "", false
}

// isMapping says whether v acts as a dict.
func isMapping(v Value) bool {
	_, ok := v.(Mapping)
	return ok
}

// isSequence says whether v has a length and items, as Jinja2's test does.
func isSequence(v Value) bool {
	switch v := v.(type) {
	case string, Markup, Bytes, *List, *Tuple, *Range, *Dict:
		return true
	case *Undefined:
		return v.mode == UndefinedLenient || v.mode == UndefinedChainable
	case Items:
		_, sized := v.(Sized)
		return sized
	}
	return false
}
