package api

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf16"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/jsontext"
)

// maxRows bounds the rows of one answer: each takes eight bytes beside its text,
// and a text may be one byte.
const maxRows = 1 << 24

// content is what an answer says.
type content struct {
	data   []byte
	bounds []uint32                              // where rows begin and end in data, by turns
	csv    *csvText                              // instead of bounds
	kept   func(from, to uint32) ([]byte, error) // reads data that is not in memory; nil: it is
	next   place                                 // of Config.Next
	total  place                                 // of Config.Total
}

// place is a value that was looked for.
type place struct {
	found bool
	text  []byte // JSON
}

func (c *content) rows() int {
	if c.csv != nil {
		return c.csv.rows
	}
	return len(c.bounds) / 2
}

// split looks at a whole JSON text, once: it must be valid, and rows are parts of
// it, byte for byte.
type split struct {
	data    []byte
	bounds  []uint32
	missing bool // rows are not looked for
	records finding
	next    finding
	total   finding
	members []string // of the root, for people
}

// finding is a value that a path leads to.
type finding struct {
	path       string
	found      bool
	start, end int
}

// aims are the rests of the paths that are looked for below a value; "" is none.
type aims struct{ records, next, total string }

func (a aims) none() bool { return a == aims{} }

// splitJSON takes an answer apart.
func splitJSON(data []byte, c *Config, rows bool) (*content, error) {
	s := &split{
		data: data, missing: !rows,
		records: finding{path: c.Records}, next: finding{path: c.Next}, total: finding{path: c.Total},
	}
	err := s.root()
	if mended := mend(data, err); mended != nil {
		// Valid grammar, but no text. A row with one is for those to reject who
		// look into rows; the others are as good as any.
		again := &split{data: mended, missing: s.missing, records: finding{path: c.Records}, next: finding{path: c.Next}, total: finding{path: c.Total}}
		s, err = again, again.root()
	}
	if err != nil {
		return nil, err
	}
	out := &content{data: data, bounds: s.bounds}
	out.next, out.total = s.next.place(data), s.total.place(data)
	if rows && !s.records.found {
		return nil, s.noRecords()
	}
	return out, nil
}

func (f *finding) place(data []byte) place {
	if !f.found {
		return place{}
	}
	return place{true, data[f.start:f.end]}
}

// root looks at the whole text.
func (s *split) root() error {
	i := jsontext.Space(s.data, 0)
	var end int
	var err error
	if !s.missing && s.records.path == "" {
		end, err = s.rows(i, aims{next: s.next.path, total: s.total.path})
	} else {
		a := aims{next: s.next.path, total: s.total.path}
		if !s.missing {
			a.records = s.records.path
		}
		end, err = s.value(i, a, true)
	}
	if err != nil {
		return err
	}
	if rest := jsontext.Space(s.data, end); rest < len(s.data) {
		return &jsontext.SyntaxError{Offset: rest, What: "more text behind the value"}
	}
	return nil
}

// value looks at a value in which something is looked for.
func (s *split) value(i int, a aims, top bool) (end int, err error) {
	if a.none() || i >= len(s.data) || s.data[i] != '{' {
		return jsontext.Value(s.data, i)
	}
	i = jsontext.Space(s.data, i+1)
	if i < len(s.data) && s.data[i] == '}' {
		return i + 1, nil
	}
	for more := true; more; {
		nameEnd, plain, start, err := jsontext.Key(s.data, i)
		if err != nil {
			return start, err
		}
		name := s.data[i+1 : nameEnd]
		if !plain {
			name = jsontext.Unescape(nil, name)
		}
		if top && len(s.members) < 20 {
			s.members = append(s.members, string(name))
		}
		if end, err = s.member(string(name), start, a); err != nil {
			return end, err
		}
		if i, more, err = jsontext.Next(s.data, end, '}'); err != nil {
			return i, err
		}
	}
	return i, nil
}

// member looks at a member's value, which begins at i.
func (s *split) member(name string, i int, a aims) (end int, err error) {
	records, isRecords := step(a.records, name)
	next, isNext := step(a.next, name)
	total, isTotal := step(a.total, name)
	below := aims{records, next, total}
	if isRecords {
		if s.records.found {
			return i, &jsontext.SyntaxError{Offset: i, What: "a second member " + name + ", which the rows are in,"}
		}
		below.records = ""
		end, err = s.rows(i, below)
	} else {
		end, err = s.value(i, below, false)
	}
	if isNext {
		s.next.found, s.next.start, s.next.end = true, i, end
	}
	if isTotal {
		s.total.found, s.total.start, s.total.end = true, i, end
	}
	return end, err
}

// step follows a path into a member: here says that it ends there, rest is what
// is left of it otherwise. A name may have dots itself.
func step(path, name string) (rest string, here bool) {
	if path == "" || name == "" || !strings.HasPrefix(path, name) {
		return "", false
	}
	if len(path) == len(name) {
		return "", true
	}
	if path[len(name)] == '.' {
		return path[len(name)+1:], false
	}
	return "", false
}

// rows takes the value at i as the rows: the elements of an array, or one object.
// null is no row.
func (s *split) rows(i int, a aims) (end int, err error) {
	if i >= len(s.data) {
		return i, jsontext.ErrEnd
	}
	s.records.found, s.records.start = true, i
	switch s.data[i] {
	case '[':
		return s.elements(i)
	case '{':
		if end, err = s.value(i, a, true); err == nil {
			s.bounds = append(s.bounds, uint32(i), uint32(end)) //nolint:gosec // answers are smaller than 4 GiB
		}
		return end, err
	}
	if end, err = jsontext.Value(s.data, i); err == nil && string(s.data[i:end]) != "null" {
		err = fault.New(fault.HTTP, "%s is %.40s, and neither a list nor an object", s.where(), s.data[i:end])
	}
	return end, err
}

func (s *split) elements(i int) (end int, err error) {
	i = jsontext.Space(s.data, i+1)
	if i < len(s.data) && s.data[i] == ']' {
		return i + 1, nil
	}
	for more := true; more; {
		if end, err = jsontext.Value(s.data, i); err != nil {
			return end, err
		}
		if len(s.bounds) >= 2*maxRows {
			return end, tooManyRows()
		}
		s.bounds = append(s.bounds, uint32(i), uint32(end)) //nolint:gosec // answers are smaller than 4 GiB
		if i, more, err = jsontext.Next(s.data, end, ']'); err != nil {
			return i, err
		}
	}
	return i, nil
}

func tooManyRows() error {
	return fault.New(fault.Limit, "the answer has more than %d rows", maxRows).WithHint("smaller pages may help")
}

func (s *split) where() string {
	if s.records.path == "" {
		return "the answer"
	}
	return "--records " + s.records.path
}

// noRecords says what there is where the rows should be.
func (s *split) noRecords() error {
	err := fault.New(fault.HTTP, "the answer has nothing at --records %s", s.records.path)
	if len(s.members) == 0 {
		return err.WithHint("the answer is no object; without --records its root is taken")
	}
	return err.WithHint("the answer has %s", strings.Join(s.members, ", "))
}

// splitLines takes JSON texts apart of which each is one line.
func splitLines(data []byte) (*content, error) {
	out := &content{data: data}
	for start := 0; start < len(data); {
		end := len(data)
		if n := bytes.IndexByte(data[start:], '\n'); n >= 0 {
			end = start + n
		}
		from := jsontext.Space(data, start)
		if from < end {
			to := from + len(bytes.TrimRight(data[from:end], " \t\r"))
			if err := validLine(data[from:to]); err != nil {
				var at *jsontext.SyntaxError
				if errors.As(err, &at) {
					at.Offset += from
				}
				return nil, err
			}
			if len(out.bounds) >= 2*maxRows {
				return nil, tooManyRows()
			}
			out.bounds = append(out.bounds, uint32(from), uint32(to)) //nolint:gosec // answers are smaller than 4 GiB
		}
		start = end + 1
	}
	return out, nil
}

func validLine(line []byte) error {
	err := jsontext.Valid(line)
	if mended := mend(line, err); mended != nil {
		err = jsontext.Valid(mended)
	}
	return err
}

// mend is a text, which was found wrong, with all escapes replaced that are half
// a character, for the grammar's sake; nil where it has none.
func mend(data []byte, wrong error) []byte {
	if wrong == nil || !bytes.Contains(data, []byte(`\u`)) {
		return nil
	}
	out, found := bytes.Clone(data), false
	for i := 0; i < len(out); i++ {
		if out[i] != '\\' {
			continue
		}
		first, ok := unit(out, i)
		if !ok || !utf16.IsSurrogate(first) {
			i++ // whatever is escaped
			continue
		}
		if second, ok := unit(out, i+6); ok && utf16.DecodeRune(first, second) != '\uFFFD' {
			i += 11
			continue
		}
		copy(out[i:], `\u0020`)
		found = true
		i += 5
	}
	if !found {
		return nil
	}
	return out
}

// unit reads the escape \uXXXX at data[i].
func unit(data []byte, i int) (rune, bool) {
	if i+6 > len(data) || data[i] != '\\' || data[i+1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range data[i+2 : i+6] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
