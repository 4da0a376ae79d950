package mergepatch

import (
	"encoding/json"
	"testing"
)

// The examples of RFC 7396, appendix A, as far as they are documents here.
func TestApply(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{
		{`{"a":"b"}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"b"}`, `{"b":"c"}`, `{"a":"b","b":"c"}`},
		{`{"a":"b"}`, `{"a":null}`, `{}`},
		{`{"a":"b","b":"c"}`, `{"a":null}`, `{"b":"c"}`},
		{`{"a":["b"]}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":{"b":"c"}}`, `{"a":{"b":"d","c":null}}`, `{"a":{"b":"d"}}`},
		{`{"a":[{"b":"c"}]}`, `{"a":[1]}`, `{"a":[1]}`},
		{`["a","b"]`, `["c","d"]`, `["c","d"]`},
		{`{"e":null}`, `{"a":1}`, `{"a":1,"e":null}`},
		{`{}`, `{"a":{"bb":{"ccc":null}}}`, `{"a":{"bb":{}}}`},
		{``, `{"n":12345678901234567890}`, `{"n":12345678901234567890}`},
	} {
		got, err := Apply(json.RawMessage(c[0]), json.RawMessage(c[1]))
		if err != nil || string(got) != c[2] {
			t.Errorf("Apply(%s, %s) = %s, %v; want %s", c[0], c[1], got, err, c[2])
		}
	}
}

func TestUntouchedLooksAtWhatThePatchIsAbout(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b, patch string
		want        bool
	}{
		{`{"k":{"t":{"0":5}}}`, `{"k":{"t":{"0":5},"u":1}}`, `{"k":{"t":{"0":9}}}`, true},
		{`{"k":{"t":{"0":5}}}`, `{"k":{"t":{"0":6}}}`, `{"k":{"t":{"0":9}}}`, false},
		{`{"k":{"t":{"0":5}}}`, `{"k":{"t":{"0":5,"1":2}}}`, `{"k":{"t":{"0":9}}}`, false}, // deeper than 2: all of t
		{``, `{"k":{"u":1}}`, `{"k":{"t":1}}`, true},
		{``, `{"k":{"t":1}}`, `{"k":{"t":1}}`, false},
	} {
		got, err := Untouched(json.RawMessage(c.a), json.RawMessage(c.b), json.RawMessage(c.patch), 2)
		if err != nil || got != c.want {
			t.Errorf("Untouched(%s, %s, %s) = %v, %v; want %v", c.a, c.b, c.patch, got, err, c.want)
		}
	}
}
