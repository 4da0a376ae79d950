// Package mergepatch changes JSON documents by JSON merge patches (RFC 7396).
//
// It owns Apply, and Untouched, which tells whether two documents agree in
// everything that a patch is about. It must not know what documents mean. Numbers
// keep their digits.
package mergepatch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
)

// Apply is target with a patch: members of the patch replace those of the target,
// objects member by member, and null removes. An empty target is null.
func Apply(target, patch json.RawMessage) (json.RawMessage, error) {
	t, err := decode(target)
	if err != nil {
		return nil, err
	}
	p, err := decode(patch)
	if err != nil {
		return nil, err
	}
	return json.Marshal(merge(t, p))
}

// Untouched reports whether everything that patch changes, down to the given
// depth of members, is the same in both documents.
func Untouched(a, b, patch json.RawMessage, depth int) (bool, error) {
	docs := make([]any, 3)
	for i, text := range []json.RawMessage{a, b, patch} {
		var err error
		if docs[i], err = decode(text); err != nil {
			return false, err
		}
	}
	return untouched(docs[0], docs[1], docs[2], depth), nil
}

func untouched(a, b, patch any, depth int) bool {
	p, ok := patch.(map[string]any)
	if !ok || depth == 0 {
		return reflect.DeepEqual(a, b)
	}
	// A document that is no object has no members.
	x, _ := a.(map[string]any)
	y, _ := b.(map[string]any)
	for key, change := range p {
		if !untouched(x[key], y[key], change, depth-1) {
			return false
		}
	}
	return true
}

func merge(target, patch any) any {
	p, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	t, ok := target.(map[string]any)
	if !ok {
		t = map[string]any{}
	}
	for key, change := range p {
		if change == nil {
			delete(t, key)
			continue
		}
		t[key] = merge(t[key], change)
	}
	return t
}

func decode(text json.RawMessage) (any, error) {
	if len(text) == 0 {
		return nil, nil
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var out any
	if err := d.Decode(&out); err != nil {
		return nil, fmt.Errorf("decode JSON: %w", err)
	}
	return out, nil
}
