package ingest

import (
	"encoding/hex"
	"slices"
	"unicode/utf8"

	"github.com/kalpafall/df360/ingest/columns"
	"github.com/kalpafall/df360/internal/parquetfile"
	"github.com/kalpafall/df360/internal/sqltype"
)

// Reject is a row that does not fit.
type Reject struct {
	Raw    []byte // its text
	Reason string
	Column string // "" where it is the whole row
	Origin string
	// At is when it was rejected, in microseconds since 1970; 0 is now.
	At int64
	// Wants is what the column would have to be; nil where that is not the point.
	Wants *sqltype.Type

	block *Block // whose Meta has the source's columns of it; nil: it has none
	row   int
}

// Why is where the row is from, and what is wrong with it.
func (r *Reject) Why() string {
	if r.Column == "" {
		return r.Origin + ": " + r.Reason
	}
	return r.Origin + ": column " + r.Column + ": " + r.Reason
}

// RejectedFields are the columns that all rejected rows have.
func RejectedFields() []columns.Field {
	text := sqltype.Of(sqltype.Varchar)
	fields := []columns.Field{
		{Name: "_raw", Type: text},
		{Name: "_reason", Type: text},
		{Name: "_column", Type: text},
		{Name: "_origin", Type: text},
		{Name: TimeColumn, Type: sqltype.Of(sqltype.Timestamp)},
		{Name: SourceColumn, Type: text},
	}
	for i := range fields {
		fields[i].Key = fields[i].Name
	}
	return fields
}

// rejectPlan is the columns of rejected rows: those of all, and the source's own.
type rejectPlan struct {
	fields []columns.Field
	meta   []int // of the fields behind those of all: which of the source's, -1 for another source's
}

func (r *run) rejectPlan(base Base) (rejectPlan, error) {
	p := rejectPlan{fields: RejectedFields()}
	known := func(name string) bool {
		return slices.ContainsFunc(p.fields, func(f columns.Field) bool { return f.Name == name })
	}
	at := func(name string) int {
		return slices.IndexFunc(r.columns, func(c Column) bool { return c.Name == name })
	}
	for _, f := range base.Rejected {
		if !known(f.Name) {
			p.fields, p.meta = append(p.fields, f), append(p.meta, at(f.Name))
		}
	}
	for i, c := range r.columns {
		if known(c.Name) {
			continue
		}
		t, err := sqltype.Parse(c.Type)
		if err != nil {
			return p, err
		}
		p.fields, p.meta = append(p.fields, columns.Field{Key: c.Name, Name: c.Name, Type: t}), append(p.meta, i)
	}
	return p, nil
}

// rejectTable gathers rejected rows as columns.
type rejectTable struct {
	raw, reason, column, origin, at *columns.Meta
	source                          parquetfile.Values
	meta                            []*columns.Meta
	plan                            rejectPlan
	micros                          int64 // now
	rows, bytes                     int
}

func newRejectTable(p rejectPlan, micros int64, source *parquetfile.Dict) *rejectTable {
	text := sqltype.Of(sqltype.Varchar)
	t := &rejectTable{
		raw: columns.NewMeta(text), reason: columns.NewMeta(text), column: columns.NewMeta(text), origin: columns.NewMeta(text),
		at: columns.NewMeta(sqltype.Of(sqltype.Timestamp)), plan: p, micros: micros, source: parquetfile.Values{Dict: source, Same: true},
	}
	for _, f := range p.fields[len(p.fields)-len(p.meta):] {
		t.meta = append(t.meta, columns.NewMeta(f.Type))
	}
	return t
}

func (t *rejectTable) add(r *Reject) {
	raw := Readable(r.Raw)
	t.raw.Text(raw)
	t.reason.Text(Readable([]byte(r.Reason)))
	if r.Column == "" {
		t.column.Null(1)
	} else {
		t.column.Text([]byte(r.Column))
	}
	t.origin.Text(Readable([]byte(r.Origin)))
	if r.At != 0 {
		t.at.Int(r.At)
	} else {
		t.at.Int(t.micros)
	}
	for i, m := range t.meta {
		if k := t.plan.meta[i]; r.block != nil && k >= 0 && k < len(r.block.Meta) {
			m.Take(&r.block.Meta[k], r.row, r.row+1)
		} else {
			m.Null(1)
		}
	}
	t.rows++
	t.bytes += len(raw) + len(r.Reason) + len(r.Origin)
}

func (t *rejectTable) all() []*columns.Meta {
	return append([]*columns.Meta{t.raw, t.reason, t.column, t.origin, t.at}, t.meta...)
}

// values are the columns of the plan.
func (t *rejectTable) values() []parquetfile.Values {
	var out []parquetfile.Values
	for _, m := range t.all() {
		out = append(out, m.Values())
	}
	return slices.Insert(out, len(out)-len(t.meta), t.source)
}

func (t *rejectTable) reset() {
	for _, m := range t.all() {
		m.Reset()
	}
	t.rows, t.bytes = 0, 0
}

// Readable is a text as it is, if it is one: UTF-8 without NUL. Of any other
// bytes it is a text that says them all: those that are none as \xNN, and a
// backslash as two.
func Readable(b []byte) []byte {
	if columns.ValidText(b) == nil {
		return b
	}
	var out []byte
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch {
		case r == utf8.RuneError && n == 1, r == 0:
			out = append(out, '\\', 'x')
			out = hex.AppendEncode(out, b[:1])
		case r == '\\':
			out = append(out, '\\', '\\')
		default:
			out = append(out, b[:n]...)
		}
		b = b[n:]
	}
	return out
}
