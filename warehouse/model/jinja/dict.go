package jinja

import (
	"iter"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// Dict is Python's dict: ordered by insertion, shared and mutable. Keys that are
// equal in Python (1, 1.0, True) are one key.
type Dict struct {
	entries []entry
	index   map[any]int // nil while the dict is small
	live    int
}

type entry struct {
	hash any // comparable; nil for a deleted entry
	key  Value
	val  Value
}

const smallDict = 8

// NewDict makes an empty dict.
func NewDict() *Dict { return &Dict{} }

// DictOf makes a dict of pairs: key, value, key, value.
func DictOf(pairs ...Value) *Dict {
	d := &Dict{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if d.Set(pairs[i], pairs[i+1]) != nil {
			continue // a key that cannot be hashed
		}
	}
	return d
}

// TypeName is dict.
func (d *Dict) TypeName() string { return "dict" }

// Len is the number of keys.
func (d *Dict) Len() int { return d.live }

func (d *Dict) find(hash any) int {
	if d.index != nil {
		if i, ok := d.index[hash]; ok {
			return i
		}
		return -1
	}
	for i := range d.entries {
		if d.entries[i].hash == hash {
			return i
		}
	}
	return -1
}

// Set sets a key. The error is that of a key that cannot be hashed.
func (d *Dict) Set(key, val Value) error {
	hash, err := hashKey(key)
	if err != nil {
		return err
	}
	d.put(hash, key, val)
	return nil
}

// Put sets a key that is a string.
func (d *Dict) Put(key string, val Value) { d.put(key, key, val) }

func (d *Dict) put(hash any, key, val Value) {
	if i := d.find(hash); i >= 0 {
		d.entries[i].val = val
		return
	}
	d.entries = append(d.entries, entry{hash, key, val})
	d.live++
	switch {
	case d.index != nil:
		d.index[hash] = len(d.entries) - 1
	case len(d.entries) > smallDict:
		d.reindex()
	}
}

func (d *Dict) reindex() {
	if d.live < len(d.entries) {
		kept := d.entries[:0]
		for _, e := range d.entries {
			if e.hash != nil {
				kept = append(kept, e)
			}
		}
		clear(d.entries[len(kept):])
		d.entries = kept
	}
	d.index = nil
	if len(d.entries) > smallDict {
		d.index = make(map[any]int, len(d.entries))
		for i, e := range d.entries {
			d.index[e.hash] = i
		}
	}
}

// Get returns the value of a key; an unhashable key is not there.
func (d *Dict) Get(key Value) (Value, bool) {
	hash, err := hashKey(key)
	if err != nil {
		return nil, false
	}
	if i := d.find(hash); i >= 0 {
		return d.entries[i].val, true
	}
	return nil, false
}

// Delete removes a key and returns its value.
func (d *Dict) Delete(key Value) (Value, bool) {
	hash, err := hashKey(key)
	if err != nil {
		return nil, false
	}
	i := d.find(hash)
	if i < 0 {
		return nil, false
	}
	val := d.entries[i].val
	d.entries[i] = entry{}
	d.live--
	if d.index != nil {
		delete(d.index, hash)
	}
	if len(d.entries) > smallDict && d.live < len(d.entries)/2 || d.live == 0 {
		d.reindex()
	}
	return val, true
}

// Clear removes everything.
func (d *Dict) Clear() { *d = Dict{} }

// Item is Get, with the error of an unhashable key.
func (d *Dict) Item(key Value) (Value, bool, error) {
	hash, err := hashKey(key)
	if err != nil {
		return nil, false, err
	}
	if i := d.find(hash); i >= 0 {
		return d.entries[i].val, true, nil
	}
	return nil, false, nil
}

// Contains says whether key is there.
func (d *Dict) Contains(key Value) (bool, error) {
	_, ok, err := d.Item(key)
	return ok, err
}

// Keys returns the keys in order.
func (d *Dict) Keys() []Value {
	out := make([]Value, 0, d.live)
	for k := range d.All() {
		out = append(out, k)
	}
	return out
}

// All yields keys and values in order.
func (d *Dict) All() iter.Seq2[Value, Value] {
	return func(yield func(Value, Value) bool) {
		for i := 0; i < len(d.entries); i++ {
			if e := &d.entries[i]; e.hash != nil && !yield(e.key, e.val) {
				return
			}
		}
	}
}

// Copy is a shallow copy.
func (d *Dict) Copy() *Dict {
	c := &Dict{entries: append([]entry(nil), d.entries...), live: d.live}
	c.reindex()
	return c
}

// Update takes over all of other.
func (d *Dict) Update(other *Dict) {
	for _, e := range append([]entry(nil), other.entries...) {
		if e.hash != nil {
			d.put(e.hash, e.key, e.val)
		}
	}
}

// Iter iterates over the keys; it fails where the size changes meanwhile.
func (d *Dict) Iter() Iterator {
	return d.iter(func(e entry) Value { return e.key })
}

func (d *Dict) iter(pick func(entry) Value) Iterator {
	i, size := 0, d.live
	return iterFunc(func() (Value, bool, error) {
		if d.live != size {
			return nil, false, Errorf(PyRuntimeError, "dictionary changed size during iteration")
		}
		for i < len(d.entries) {
			e := d.entries[i]
			i++
			if e.hash != nil {
				return pick(e), true, nil
			}
		}
		return nil, false, nil
	})
}

// The comparable forms of keys that are not themselves comparable.
type (
	noneKey struct{}
	textKey struct{ kind, text string } // kind tells a tuple of a string
)

// hashKey returns a comparable Go value that is equal for keys that are equal in
// Python.
func hashKey(v Value) (any, error) { return hashDeep(v, 0) }

func hashDeep(v Value, depth int) (any, error) {
	switch v := v.(type) {
	case nil:
		return noneKey{}, nil
	case string:
		return v, nil
	case Markup:
		return string(v), nil
	case bool:
		if v {
			return int64(1), nil
		}
		return int64(0), nil
	case int64:
		return v, nil
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<62 {
			return int64(v), nil
		}
		if math.IsNaN(v) {
			return textKey{"nan", ""}, nil
		}
		if !math.IsInf(v, 0) && v == math.Trunc(v) {
			n, _ := big.NewFloat(v).Int(nil)
			return textKey{"int", n.String()}, nil
		}
		return v, nil
	case *big.Int:
		return textKey{"int", v.Text(62)}, nil
	case *Decimal:
		return v.hashKey(), nil
	case Bytes:
		return textKey{"bytes", string(v)}, nil
	case *Tuple:
		return hashTuple(v, depth)
	case *List, *Dict, *Set, *dictView:
		return nil, Errorf(TypeError, "unhashable type: '%s'", typeName(v))
	case Hashable:
		return textKey{"object", v.HashKey()}, nil
	case *Undefined:
		if v.mode == UndefinedStrict {
			return nil, v.fail()
		}
		return textKey{"undefined", ""}, nil
	}
	if !comparableValue(v) {
		return nil, Errorf(TypeError, "unhashable type: '%s'", typeName(v))
	}
	return v, nil
}

func hashTuple(t *Tuple, depth int) (any, error) {
	if depth > maxNesting {
		return nil, tooDeep()
	}
	var b strings.Builder
	for _, x := range t.Items {
		k, err := hashDeep(x, depth+1)
		if err != nil {
			return nil, err
		}
		var s string
		switch k := k.(type) {
		case string:
			s = "s" + k
		case int64:
			s = "i" + strconv.FormatInt(k, 10)
		case float64:
			s = "f" + strconv.FormatFloat(k, 'x', -1, 64)
		case textKey:
			s = k.kind + ":" + k.text
		case noneKey:
			s = "n"
		default:
			s = "p" + identity(k)
		}
		b.WriteString(strconv.Itoa(len(s)))
		b.WriteByte(',')
		b.WriteString(s)
	}
	return textKey{"tuple", b.String()}, nil
}
