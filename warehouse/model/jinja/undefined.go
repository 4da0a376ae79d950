package jinja

import "fmt"

// UndefinedMode says what happens to names and attributes that are not there.
type UndefinedMode int

// The modes.
const (
	// UndefinedLenient prints as nothing, is empty and false, and fails where it
	// is used for more: Jinja2's default.
	UndefinedLenient UndefinedMode = iota
	// UndefinedChainable has every attribute and item, itself undefined.
	UndefinedChainable
	// UndefinedCallable can also be called: dbt's while it parses.
	UndefinedCallable
	// UndefinedStrict fails wherever it is used but in tests of being defined.
	UndefinedStrict
)

// Undefined is a name, attribute or item that is not there.
type Undefined struct {
	hint string
	obj  Value // absent{} for a variable
	name Value
	mode UndefinedMode
	kind Kind // of the error, UndefinedError where ""
}

// Name is the name that was looked up, as text.
func (u *Undefined) Name() string { return Str(u.name) }

// TypeName is Undefined.
func (u *Undefined) TypeName() string {
	switch u.mode {
	case UndefinedChainable:
		return "ChainableUndefined"
	case UndefinedStrict:
		return "StrictUndefined"
	default:
		return "Undefined"
	}
}

func (u *Undefined) message() string {
	switch {
	case u.hint != "":
		return u.hint
	case isAbsent(u.obj) || u.mode == UndefinedCallable:
		return fmt.Sprintf("%s is undefined", Repr(u.name))
	}
	if name, ok := text(u.name); ok {
		return fmt.Sprintf("%s has no attribute %s", Repr(typeLabel(u.obj)), Repr(name))
	}
	return fmt.Sprintf("%s has no element %s", typeLabel(u.obj), Repr(u.name))
}

// fail is the error of using u.
func (u *Undefined) fail() error {
	kind := u.kind
	if kind == "" {
		kind = UndefinedError
	}
	return Errorf(kind, "%s", u.message())
}

// typeLabel is how messages about a missing attribute call the object.
func typeLabel(v Value) string {
	if v == nil {
		return "None"
	}
	switch v.(type) {
	case Markup:
		return "markupsafe.Markup object"
	case *Namespace:
		return "jinja2.utils.Namespace object"
	case *Macro:
		return "jinja2.runtime.Macro object"
	}
	return typeName(v) + " object"
}

// refuse is the error of an undefined value that is used, nil for other values.
func refuse(v Value) error {
	if u, ok := v.(*Undefined); ok {
		return u.fail()
	}
	return nil
}

// strictly is the error of a strict undefined value in a place where a lenient
// one is empty.
func strictly(v Value) error {
	if u, ok := v.(*Undefined); ok && u.mode == UndefinedStrict {
		return u.fail()
	}
	return nil
}

// Undefined makes the undefined value of a name in this environment's mode.
func (e *Environment) Undefined(name string) *Undefined {
	return &Undefined{obj: absent{}, name: name, mode: e.opt.Undefined}
}

func (e *Environment) missingAttr(obj, name Value) Value {
	if u, ok := obj.(*Undefined); ok && u.mode == UndefinedCallable {
		return &Undefined{hint: u.hint, obj: absent{}, name: name, mode: u.mode}
	}
	return &Undefined{obj: obj, name: name, mode: e.opt.Undefined}
}
