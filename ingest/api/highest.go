package api

import (
	"slices"

	"github.com/kalpafall/df360/ingest/csv"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/jsontext"
)

// highest keeps the highest value of a field over rows.
type highest struct {
	path   string // "" keeps nothing
	kind   kind   // of the values that count, which the first stored one decides; none: not known
	time   moment
	number moment
	saw    [kindTime + 1]bool // kinds that rows have had
	rows   int64              // objects that were looked at
	with   int64              // those that have the field
	odd    string             // a value that is of no kind
}

// keep takes a stored value in.
func (h *highest) keep(m moment) {
	if m.kind == kindNone {
		return
	}
	if h.kind == kindNone {
		h.kind = m.kind
	}
	h.take(m)
}

func (h *highest) take(m moment) {
	into := &h.number
	if m.kind == kindTime {
		into = &h.time
	}
	if into.kind == kindNone || m.compare(*into) > 0 {
		*into = m
	}
}

// see looks at the rows of a page.
func (h *highest) see(p *page) error {
	if h.path == "" {
		return nil
	}
	if p.csv != nil {
		h.seeText(p)
		return nil
	}
	return p.groups(func(g group) error {
		for i := range g.rows {
			h.row(g.row(i))
		}
		return nil
	})
}

func (h *highest) row(row []byte) {
	if row[0] != '{' {
		return
	}
	h.rows++
	s := &split{data: row, missing: true, next: finding{path: h.path}}
	if err := s.root(); err != nil || !s.next.found {
		return
	}
	h.with++
	text := row[s.next.start:s.next.end]
	switch c := text[0]; {
	case c == '"':
		h.value(string(jsontext.Unescape(nil, text[1:len(text)-1])))
	case c == '-' || c >= '0' && c <= '9':
		h.value(string(text))
	case c != 'n':
		h.strange(string(text))
	}
}

func (h *highest) seeText(p *page) {
	if p.csv.header == nil {
		return
	}
	column := slices.Index(p.csv.header.Names, h.path)
	records := csv.NewReader(p.data, p.csv.dialect)
	for r := records.Next(); r != nil; r = records.Next() {
		h.rows++
		if r.Err != "" || column < 0 || column >= len(r.Fields) {
			continue
		}
		h.with++
		if len(r.Fields[column]) > 0 {
			h.value(string(r.Fields[column]))
		}
	}
}

func (h *highest) value(text string) {
	m := parseMoment(text)
	if m.kind == kindNone {
		h.strange(text)
		return
	}
	h.saw[m.kind] = true
	h.take(m)
}

func (h *highest) strange(text string) {
	if h.odd == "" {
		h.odd = text[:min(len(text), 40)]
	}
}

// best is the highest value: of the kind that is stored, else a time, where there
// are both.
func (h *highest) best() moment {
	switch {
	case h.kind == kindNumber, h.kind == kindNone && h.time.kind == kindNone:
		return h.number
	default:
		return h.time
	}
}

// check is an error where the field is in no row, or never a time or number: it is
// not the field that was meant.
func (h *highest) check() error {
	switch {
	case h.path == "" || h.rows == 0:
		return nil
	case h.with == 0:
		return fault.New(fault.Schema, "--incremental-field %s: no row has it", h.path).
			WithHint("it is a path within a row, such as meta.updated_at")
	case !h.saw[kindTime] && !h.saw[kindNumber] && h.odd != "":
		return fault.New(fault.Schema, "--incremental-field %s: %q is neither an ISO time nor a number", h.path, h.odd)
	case h.kind != kindNone && !h.saw[h.kind] && (h.saw[kindTime] || h.saw[kindNumber]):
		return fault.New(fault.Schema, "--incremental-field %s: the values are of another kind than %q, which is stored", h.path, h.best().text).
			WithHint("--restart forgets what is stored, and asks for all rows")
	}
	return nil
}
