package secret

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// leastBytes is how long a value is at least that is scrubbed: taking out shorter
// ones would make every text unreadable, and they are hardly secrets.
const leastBytes = 4

// leastLine is how long a line of a value of several lines is at least that is
// scrubbed on its own; a key in PEM form has such lines.
const leastLine = 16

// leastInner is how long the part of a base64 text is at least that does not
// depend on what stands around the value.
const leastInner = 8

// Scrubber takes secrets out of texts: their values, and the forms that they
// have in URLs, in JSON, in quotes and, also as a part of something longer (user
// and password), in base64. Values of less than four bytes are left alone. The
// zero Scrubber is ready, knows none, and may be used by many at once.
type Scrubber struct {
	mu       sync.Mutex
	forms    map[string]bool
	replacer atomic.Pointer[strings.Replacer] // nil: no secrets
}

// Add makes v known.
func (s *Scrubber) Add(v Value) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.forms)
	if s.forms == nil {
		s.forms = map[string]bool{}
	}
	for _, form := range forms(v.text) {
		s.forms[form] = true
	}
	if len(s.forms) == before {
		return
	}
	var all []string
	for form := range s.forms {
		all = append(all, form)
	}
	// The longest first: at the same place it wins.
	slices.SortFunc(all, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b))
	})
	var pairs []string
	for _, form := range all {
		pairs = append(pairs, form, Mask)
	}
	s.replacer.Store(strings.NewReplacer(pairs...))
}

// forms are the texts in which a value may be seen.
func forms(value string) []string {
	if len(value) < leastBytes {
		return nil
	}
	out := []string{value, escapedJSON(value, true), escapedJSON(value, false)}
	for _, text := range []string{url.QueryEscape(value), url.PathEscape(value), url.UserPassword("", value).String()[1:]} {
		out = append(out, text, lowerHex(text))
	}
	for _, text := range []string{strconv.Quote(value), strconv.QuoteToASCII(value)} {
		out = append(out, text[1:len(text)-1])
	}
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		out = append(out, encoding.EncodeToString([]byte(value)))
		out = append(out, inner(encoding, value)...)
	}
	if strings.Contains(value, "\n") {
		for line := range strings.SplitSeq(value, "\n") {
			if line = strings.TrimSpace(line); len(line) >= leastLine {
				out = append(out, forms(line)...)
			}
		}
	}
	return out
}

// inner are the parts of base64 texts that are the same whatever stands before
// and behind the value; where it begins within three bytes makes three of them.
func inner(encoding *base64.Encoding, value string) []string {
	var out []string
	for before := range 3 {
		text := encoding.WithPadding(base64.NoPadding).EncodeToString([]byte(strings.Repeat("\x00", before) + value))
		start := (before*8 + 5) / 6
		end := (before + len(value)) * 8 / 6
		if end-start >= leastInner {
			out = append(out, text[start:end])
		}
	}
	return out
}

func escapedJSON(value string, html bool) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(html)
	if err := encoder.Encode(value); err != nil {
		return value // no string fails
	}
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSuffix(b.String(), "\n"), `"`), `"`)
}

// lowerHex is an escaped text as those write it that escape in small letters.
func lowerHex(text string) string {
	return regexp.MustCompile(`%[0-9A-F]{2}`).ReplaceAllStringFunc(text, strings.ToLower)
}

// Scrub returns text without secrets.
func (s *Scrubber) Scrub(text string) string {
	if r := s.replacer.Load(); r != nil {
		return r.Replace(text)
	}
	return text
}

// Holds reports whether a secret is in text.
func (s *Scrubber) Holds(text string) bool {
	return s.replacer.Load() != nil && s.Scrub(text) != text
}

// ScrubJSON returns a JSON text without secrets: they are taken out of strings
// that are values only, so that a secret that looks like a number or like the
// name of a member cannot break it.
func (s *Scrubber) ScrubJSON(text []byte) []byte {
	if s.replacer.Load() == nil {
		return text
	}
	var out []byte
	done := 0
	for i := 0; i < len(text); {
		if text[i] != '"' {
			i++
			continue
		}
		end := stringEnd(text, i)
		if after := bytes.TrimLeft(text[end:], " \t\r\n"); len(after) == 0 || after[0] != ':' {
			out = append(out, text[done:i]...)
			out = append(out, s.scrubString(text[i:end])...)
			done = end
		}
		i = end
	}
	return append(out, text[done:]...)
}

// scrubString is a JSON string without secrets.
func (s *Scrubber) scrubString(quoted []byte) []byte {
	var text string
	if err := json.Unmarshal(quoted, &text); err != nil {
		return []byte(s.Scrub(string(quoted))) // no JSON after all
	}
	clean := s.Scrub(text)
	if clean == text {
		return quoted
	}
	return []byte(`"` + escapedJSON(clean, false) + `"`)
}

// stringEnd is the index behind the string that begins at text[i].
func stringEnd(text []byte, i int) int {
	for i++; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

// Writer scrubs what is written to w. Each Write is scrubbed on its own: write
// whole lines.
func (s *Scrubber) Writer(w io.Writer) io.Writer {
	return scrubWriter{w, func(data []byte) []byte {
		if s.replacer.Load() == nil {
			return data
		}
		return []byte(s.Scrub(string(data)))
	}}
}

// JSONWriter is Writer where each Write is JSON, and stays it (ScrubJSON).
func (s *Scrubber) JSONWriter(w io.Writer) io.Writer { return scrubWriter{w, s.ScrubJSON} }

type scrubWriter struct {
	w     io.Writer
	scrub func([]byte) []byte
}

// Write writes data without secrets.
func (w scrubWriter) Write(data []byte) (int, error) {
	if _, err := w.w.Write(w.scrub(data)); err != nil {
		return 0, err
	}
	return len(data), nil
}
