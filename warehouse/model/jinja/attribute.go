package jinja

import (
	"math/big"
	"strings"
)

// methodFunc is a method of a built-in type.
type methodFunc func(self Value, c *Call) (Value, error)

// builtinMethod finds a method of a built-in type, nil where there is none.
func builtinMethod(v Value, name string) methodFunc {
	switch v.(type) {
	case string:
		return strMethod(name)
	case Markup:
		return markupMethod(name)
	case *List:
		return listMethod(name)
	case *Dict:
		return dictMethod(name)
	case *Set:
		return setMethod(name)
	case *Tuple:
		return tupleMethod(name)
	case *Range:
		return rangeMethod(name)
	case int64, *big.Int, bool, float64:
		return numberMethod(v, name)
	case Bytes:
		return bytesMethod(name)
	}
	return nil
}

// attribute is the attribute of a value, ok false where it has none.
func attribute(v Value, name string) (Value, bool, error) {
	if m := builtinMethod(v, name); m != nil {
		return &Func{name, func(c *Call) (Value, error) { return m(v, c) }}, true, nil
	}
	switch v := v.(type) {
	case Attributes:
		return v.Attr(name)
	case int64, *big.Int, bool, float64:
		return numberAttr(v, name)
	}
	return nil, false, nil
}

// attr is obj.name: the attribute, else the item, else undefined.
func (r *run) attr(obj Value, name string) (Value, error) { return r.act.env.attr(obj, name) }

func (e *Environment) attr(obj Value, name string) (Value, error) {
	if u, ok := obj.(*Undefined); ok && !unsafeAttr(obj, name) {
		if u.mode == UndefinedLenient || u.mode == UndefinedStrict {
			return nil, u.fail()
		}
		return e.missingAttr(u, name), nil
	}
	if unsafeAttr(obj, name) {
		if d, ok := obj.(*Dict); ok {
			if v, ok := d.Get(name); ok {
				return v, nil
			}
		}
		return e.unsafeAttribute(obj, name), nil
	}
	v, ok, err := attribute(obj, name)
	if ok || err != nil {
		return v, err
	}
	if _, isNS := obj.(*Namespace); !isNS {
		v, ok, err = item(obj, name)
		if ok || err != nil && !lookupError(err) {
			return v, err
		}
	}
	return e.missingAttr(obj, name), nil
}

// unsafeAttr says whether Python objects have an attribute that the sandbox hides.
func unsafeAttr(obj Value, name string) bool {
	if !strings.HasPrefix(name, "__") {
		return false
	}
	switch name {
	case "__class__", "__init__", "__doc__", "__dir__", "__eq__", "__ne__", "__lt__", "__gt__", "__le__", "__ge__",
		"__format__", "__getattribute__", "__hash__", "__new__", "__reduce__", "__reduce_ex__", "__repr__", "__str__",
		"__setattr__", "__delattr__", "__sizeof__", "__subclasshook__", "__init_subclass__":
		return true
	case "__len__", "__iter__", "__contains__", "__getitem__", "__setitem__", "__delitem__", "__add__", "__mul__", "__dict__", "__module__",
		"__call__", "__globals__", "__code__", "__self__", "__name__", "__mro__", "__bases__", "__subclasses__":
		_, undefined := obj.(*Undefined)
		return !undefined
	}
	return false
}

func (e *Environment) unsafeAttribute(obj Value, name string) Value {
	return &Undefined{
		hint: "access to attribute '" + name + "' of '" + typeName(obj) + "' object is unsafe.",
		obj:  obj, name: name, mode: e.opt.Undefined, kind: SecurityError,
	}
}

// lookupError says whether Jinja2 takes an error of an index for a missing item.
func lookupError(err error) bool {
	switch KindOf(err) {
	case TypeError, KeyError, IndexError, AttributeError:
		return true
	default:
		return false
	}
}

func (n *attrExpr) eval(r *run) (Value, error) {
	obj, err := n.obj.eval(r)
	if err != nil {
		return nil, err
	}
	v, err := r.attr(obj, n.name)
	if err != nil {
		return nil, r.place(err, n.line)
	}
	return v, nil
}

func (n *itemExpr) eval(r *run) (Value, error) {
	obj, err := n.obj.eval(r)
	if err != nil {
		return nil, err
	}
	if s, ok := n.key.(*sliceExpr); ok {
		v, err := s.of(r, obj)
		if err != nil {
			return nil, r.place(err, n.line)
		}
		return v, nil
	}
	key, err := n.key.eval(r)
	if err != nil {
		return nil, err
	}
	v, err := r.act.env.getItem(obj, key)
	if err != nil {
		return nil, r.place(err, n.line)
	}
	return v, nil
}

// getItem is obj[key]: the item, else the attribute of that name, else undefined.
func (e *Environment) getItem(obj, key Value) (Value, error) {
	if u, ok := obj.(*Undefined); ok {
		switch u.mode {
		case UndefinedLenient, UndefinedStrict:
			return nil, u.fail()
		default:
			return u, nil
		}
	}
	v, ok, err := item(obj, key)
	if ok || err != nil && !lookupError(err) {
		return v, err
	}
	if name, isText := text(key); isText {
		if unsafeAttr(obj, name) {
			return e.unsafeAttribute(obj, name), nil
		}
		v, ok, err := attribute(obj, name)
		if ok || err != nil {
			return v, err
		}
	}
	return e.missingAttr(obj, key), nil
}

// item is the item of a container, ok false where it has none.
func item(obj, key Value) (Value, bool, error) {
	switch o := obj.(type) {
	case *Dict:
		return o.Item(key)
	case *List:
		return indexItems(o.Items, key)
	case *Tuple:
		return indexItems(o.Items, key)
	case string, Markup:
		s, _ := text(obj)
		i, ok := asInt(key)
		if !ok {
			return nil, false, nil
		}
		n := int64(textLen(s))
		if i < 0 {
			i += n
		}
		if i < 0 || i >= n {
			return nil, false, nil
		}
		c := nthRune(s, int(i))
		if _, ok := obj.(Markup); ok {
			return Markup(c), true, nil
		}
		return c, true, nil
	case Bytes:
		i, ok := asInt(key)
		if i < 0 {
			i += int64(len(o))
		}
		if !ok || i < 0 || i >= int64(len(o)) {
			return nil, false, nil
		}
		return int64(o[i]), true, nil
	case Items:
		return o.Item(key)
	}
	return nil, false, nil
}

func indexItems(items []Value, key Value) (Value, bool, error) {
	i, ok := asInt(key)
	if i < 0 {
		i += int64(len(items))
	}
	if !ok || i < 0 || i >= int64(len(items)) {
		return nil, false, nil
	}
	return items[i], true, nil
}

// of evaluates the slice of obj.
func (n *sliceExpr) of(r *run, obj Value) (Value, error) {
	var idx [3]Value
	for i, x := range []expr{n.start, n.stop, n.step} {
		if x == nil {
			continue
		}
		v, err := x.eval(r)
		if err != nil {
			return nil, err
		}
		idx[i] = v
	}
	if err := refuse(obj); err != nil {
		if u, ok := obj.(*Undefined); ok && u.mode != UndefinedLenient && u.mode != UndefinedStrict {
			return u, nil
		}
		return nil, err
	}
	v, ok, err := sliceOf(obj, idx)
	if err != nil || ok {
		return v, err
	}
	switch obj.(type) {
	case *Dict:
		return nil, Errorf(TypeError, "unhashable type: 'slice'")
	case string, Markup, Bytes, *List, *Tuple, *Range:
		return nil, Errorf(TypeError, "slice indices must be integers or None or have an __index__ method")
	}
	return nil, Errorf(TypeError, "'%s' object is not subscriptable", typeName(obj))
}
