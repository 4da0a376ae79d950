package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// FuzzSplit holds the splitter against encoding/json: it takes what is valid, but
// for bytes that are no UTF-8, and yields the elements.
func FuzzSplit(f *testing.F) {
	for _, seed := range []string{
		`[{"a":1},2,"x",null]`, `{"d":{"items":[1,{"b":[]}],"next":"x"},"total":7}`, `{"d":{"items":{}}}`, `[]`, `null`, `{"d.items":[1]}`,
		`{"\u0064":{"it\u0065ms":[1]}}`, `["\ud800"]`, `["\ud83d\ude00"]`, `[1e5,-0.1,01]`, " [\n1\t,\r2 ] ", `{"d":{"items":[1]},"d":2}`, `[1,]`, `{"a":1,}`, `["\u12"]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, records := range []string{"", "d.items"} {
			c := &Config{Records: records, Next: "d.next", Total: "total"}
			got, err := splitJSON(data, c, true)
			valid := json.Valid(data) && utf8.Valid(data)
			if !valid {
				if err == nil {
					t.Fatalf("%q is taken", data)
				}
				continue
			}
			want, ok := wanted(data, records)
			if err != nil && ok && !twice(data) && !strings.Contains(err.Error(), "levels") {
				t.Fatalf("%q: %v", data, err)
			}
			if err != nil || twice(data) && records != "" {
				continue
			}
			if !ok || len(want) != got.rows() {
				t.Fatalf("%q: %d rows, want %d (%v)", data, got.rows(), len(want), ok)
			}
			for i, row := range rowsOf(t, got) {
				if !bytes.Equal(want[i], row) {
					t.Fatalf("%q: row %d is %q, want %q", data, i, row, want[i])
				}
			}
		}
	})
}

func rowsOf(t *testing.T, c *content) (out [][]byte) {
	t.Helper()
	err := c.groups(func(g group) error {
		for i := range g.rows {
			out = append(out, g.row(i))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// wanted are the rows as encoding/json sees them; not ok is an error.
func wanted(data []byte, records string) (rows []json.RawMessage, ok bool) {
	at := json.RawMessage(bytes.TrimSpace(data))
	var find func(at json.RawMessage, path string) (json.RawMessage, bool)
	find = func(at json.RawMessage, path string) (json.RawMessage, bool) {
		if path == "" {
			return at, true
		}
		var members map[string]json.RawMessage
		if len(at) == 0 || at[0] != '{' || json.Unmarshal(at, &members) != nil {
			return nil, false
		}
		for name, value := range members {
			rest, here := step(path, name)
			if here {
				return value, true
			}
			if rest == "" {
				continue
			}
			if found, ok := find(value, rest); ok {
				return found, true
			}
		}
		return nil, false
	}
	found, ok := find(at, records)
	if !ok {
		return nil, false
	}
	switch found = bytes.TrimSpace(found); found[0] {
	case '[':
		return rows, json.Unmarshal(found, &rows) == nil
	case '{':
		return []json.RawMessage{found}, true
	}
	return nil, string(found) == "null"
}

// twice reports whether a text may have a member twice, which is ours to refuse.
func twice(data []byte) bool {
	return bytes.Count(data, []byte("d")) > 1 || bytes.Contains(data, []byte(`\`))
}

func FuzzLines(f *testing.F) {
	f.Add([]byte("{\"a\":1}\r\n\n [2] \n\"\\ud800\""))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := splitLines(data)
		var want [][]byte
		valid := utf8.Valid(data)
		for line := range bytes.SplitSeq(data, []byte("\n")) {
			if line = bytes.Trim(line, " \t\r"); len(line) > 0 {
				want = append(want, line)
				valid = valid && json.Valid(line)
			}
		}
		if err != nil && strings.Contains(err.Error(), "levels") {
			return
		}
		if valid != (err == nil) {
			t.Fatalf("%q: %v", data, err)
		}
		if err != nil {
			return
		}
		if got.rows() != len(want) {
			t.Fatalf("%q: %d rows, want %d", data, got.rows(), len(want))
		}
		for i, row := range rowsOf(t, got) {
			if !bytes.Equal(row, want[i]) {
				t.Fatalf("%q: row %d is %q", data, i, row)
			}
		}
	})
}

func TestNextLink(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		``:                                        "",
		`<a>; rel=next`:                           "a",
		`<a>; rel="next"`:                         "a",
		`<a>; REL="Next"`:                         "a",
		`<a>;rel=prev, <b>;rel=next`:              "b",
		`<a>; rel="prev next"`:                    "a",
		`<a>; rel=prev; rel=next`:                 "", // the first counts
		`<a>; title="; rel=next"; rel=last`:       "",
		`<a,b;c>; rel=next`:                       "a,b;c",
		`<a>; rel="nextpage"`:                     "",
		`<a>; rel=next; anchor="#x"`:              "",
		`<a>; title="\"" ; rel = "next"`:          "a",
		`<a>; title="never closed; rel=next, <b>`: "",
		`a; rel=next`:                             "",
		`<a; rel=next`:                            "",
		`<>; rel=next`:                            "",
		`<a>; rel`:                                "",
		`,, <a>;; rel=next`:                       "a",
		`<a> rel=next`:                            "",
		`< a >; rel=next`:                         "a",
	} {
		if got := nextLink([]string{`<z>; rel="first"`, header}); got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
}

func FuzzNextLink(f *testing.F) {
	f.Add(`<a>; rel=prev, <b>; title="x\", <c>; rel=next`)
	f.Fuzz(func(t *testing.T, header string) {
		if got := nextLink([]string{header}); got != "" && !strings.Contains(header, got) {
			t.Errorf("%q is not in %q", got, header)
		}
	})
}

func FuzzRetryAfter(f *testing.F) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, seed := range []string{"1", "-1", "99999999999999999999", "Wed, 21 Oct 2099 07:28:00 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "1.5", "", " 7 "} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := retryAfter(http.Header{"Retry-After": {text}}, now)
		if got < -1 || got == -1 && text != "" && strings.Trim(text, "0123456789") == "" {
			t.Errorf("%q: %s", text, got)
		}
	})
}

func FuzzSpool(f *testing.F) {
	f.Add([]byte(`[1,{"a":[]}, "x"]`), int64(3))
	f.Fuzz(func(t *testing.T, data []byte, number int64) {
		got, err := splitJSON(data, &Config{}, true)
		if err != nil {
			return
		}
		s := &spool{dir: t.TempDir()}
		if number%2 == 0 {
			if err := s.spill(); err != nil {
				t.Fatal(err)
			}
		}
		in := &page{content: got, number: number, after: &position{By: byPage, At: "2"}}
		for range 2 {
			if err := s.add(in); err != nil {
				t.Fatal(err)
			}
		}
		at := int64(0)
		for range 2 {
			var out *page
			if out, at, err = s.read(at); err != nil || out.number != number || *out.after != *in.after || out.rows() != in.rows() {
				t.Fatalf("%v %+v", err, out)
			}
			want := rowsOf(t, in.content)
			for i, row := range rowsOf(t, out.content) {
				if !bytes.Equal(want[i], row) {
					t.Fatalf("row %d: %q", i, row)
				}
			}
		}
		if at != s.size {
			t.Errorf("ends at %d of %d", at, s.size)
		}
		if err := s.clear(); err != nil {
			t.Fatal(err)
		}
	})
}
