package jsontext_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/kalpafall/df360/internal/jsontext"
)

// FuzzValid compares with encoding/json, which forgives three things that are
// errors here: what is not UTF-8, half surrogates, and depth beyond MaxDepth.
func FuzzValid(f *testing.F) {
	for _, seed := range valid() {
		f.Add([]byte(seed))
	}
	for seed := range invalid() {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		err := jsontext.Valid(data)
		std := json.Valid(data)
		if err == nil && !std {
			t.Fatalf("%q was taken, encoding/json does not take it", data)
		}
		if err != nil && std && utf8.Valid(data) && !bytes.Contains(bytes.ToLower(data), []byte(`\ud`)) && depth(data) <= jsontext.MaxDepth {
			t.Fatalf("%q: %v, encoding/json takes it", data, err)
		}
		if err == nil {
			walk(t, data)
		}
	})
}

func depth(data []byte) int { return bytes.Count(data, []byte("[")) + bytes.Count(data, []byte("{")) }

// walk compares every string of a valid text with what encoding/json reads.
func walk(t *testing.T, data []byte) {
	t.Helper()
	for i := 0; i < len(data); i++ {
		if data[i] != '"' {
			continue
		}
		end, plain, err := jsontext.String(data, i)
		if err != nil {
			t.Fatalf("%q: the string at %d: %v", data, i, err)
		}
		var want string
		if err := json.Unmarshal(data[i:end], &want); err != nil {
			t.Fatalf("%q: encoding/json on %q: %v", data, data[i:end], err)
		}
		text := data[i+1 : end-1]
		if plain && string(text) != want {
			t.Fatalf("%q is said to be plain, and says %q", text, want)
		}
		if got := jsontext.Unescape(nil, text); string(got) != want {
			t.Fatalf("%q says %q, encoding/json reads %q", text, got, want)
		}
		i = end - 1
	}
}

// FuzzCut checks that a text cut short is never taken for a whole one, and that
// what is missing is said to be missing wherever the whole text is valid.
func FuzzCut(f *testing.F) {
	for _, seed := range valid() {
		f.Add([]byte(seed), 1)
		f.Add([]byte(seed), len(seed)/2)
	}
	f.Fuzz(func(t *testing.T, data []byte, at int) {
		if jsontext.Valid(data) != nil || at < 0 || at > len(data) {
			return
		}
		i := jsontext.Space(data, 0)
		end, err := jsontext.Value(data, i)
		if err != nil || at < i || at >= end {
			return
		}
		short, err := jsontext.Value(data[:at], i)
		switch data[i] {
		case '{', '[', '"', 't', 'f', 'n':
			if err != jsontext.ErrEnd { //nolint:errorlint // the sentinel itself
				t.Fatalf("%q cut to %q: end %d, %v; want ErrEnd", data, data[:at], short, err)
			}
		}
	})
}

func TestHostileTextsEndQuickly(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"brackets":     strings.Repeat("[", 1<<20),
		"braces":       strings.Repeat(`{"a":`, 1<<20),
		"digits":       strings.Repeat("9", 1<<20) + "x",
		"open string":  `"` + strings.Repeat(`\u0041`, 1<<20),
		"open string2": `"` + strings.Repeat(`é`, 1<<20),
	} {
		if jsontext.Valid([]byte(text)) == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
