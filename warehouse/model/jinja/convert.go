package jinja

import (
	"math/big"
	"reflect"
	"slices"
	"strings"
)

// From makes a Value of a Go value: numbers, strings, slices, maps with string
// keys (in order of keys), pointers to them. Values and objects stay as they are.
func From(v any) Value {
	switch v := v.(type) {
	case nil, bool, int64, float64, string, Markup, Bytes, *List, *Tuple, *Dict, *Set, *Undefined, *Decimal:
		return v
	case *big.Int:
		return normInt(v)
	case int:
		return int64(v)
	case []string:
		out := make([]Value, len(v))
		for i, s := range v {
			out[i] = s
		}
		return NewList(out...)
	case []any:
		out := make([]Value, len(v))
		for i, s := range v {
			out[i] = From(s)
		}
		return NewList(out...)
	case map[string]any:
		return fromMap(v, func(x any) Value { return From(x) })
	case map[string]string:
		return fromMap(v, func(x string) Value { return x })
	case func(*Call) (Value, error):
		return &Func{Name: "function", Fn: v}
	}
	return fromReflect(v)
}

func fromMap[T any](m map[string]T, conv func(T) Value) *Dict {
	d := NewDict()
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		d.Put(k, conv(m[k]))
	}
	return d
}

func fromReflect(v any) Value {
	switch v.(type) {
	case Attributes, Callable, Items, Iterable, Iterator, Textual, Typed:
		return v
	}
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Bool:
		return r.Bool()
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return r.Int()
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return normInt(new(big.Int).SetUint64(r.Uint()))
	case reflect.Float32, reflect.Float64:
		return r.Float()
	case reflect.String:
		return r.String()
	case reflect.Slice, reflect.Array:
		out := make([]Value, r.Len())
		for i := range out {
			out[i] = From(r.Index(i).Interface())
		}
		return NewList(out...)
	case reflect.Map:
		d := NewDict()
		keys := r.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, k := range keys {
			if err := d.Set(From(k.Interface()), From(r.MapIndex(k).Interface())); err != nil {
				continue
			}
		}
		return d
	case reflect.Pointer:
		if r.IsNil() {
			return nil
		}
	default:
	}
	return v
}

// Go makes an ordinary Go value of v: []any, map[string]any (keys as text),
// int64, *big.Int, float64, string, bool, nil. Objects stay as they are. It ends
// at 200 levels, with the value itself.
func Go(v Value) any { return toGo(v, 0) }

func toGo(v Value, depth int) any {
	if depth > 200 {
		return v
	}
	list := func(items []Value) any {
		out := make([]any, len(items))
		for i, x := range items {
			out[i] = toGo(x, depth+1)
		}
		return out
	}
	switch v := v.(type) {
	case Markup:
		return string(v)
	case *List:
		return list(v.Items)
	case *Tuple:
		return list(v.Items)
	case *Set:
		return list(v.Values())
	case *Dict:
		out := make(map[string]any, v.Len())
		for k, x := range v.All() {
			out[Str(k)] = toGo(x, depth+1)
		}
		return out
	}
	return v
}
