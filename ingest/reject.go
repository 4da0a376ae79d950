package ingest

import (
	"encoding/hex"
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
	Wants  *sqltype.Type // what the column would have to be; nil where that is not the point
}

// RejectedFields are the columns of a dataset of rejected rows.
func RejectedFields() []columns.Field {
	text := sqltype.Of(sqltype.Varchar)
	fields := []columns.Field{
		{Name: "_raw", Type: text}, {Name: "_reason", Type: text}, {Name: "_column", Type: text}, {Name: "_origin", Type: text},
		{Name: TimeColumn, Type: sqltype.Of(sqltype.Timestamp)},
	}
	for i := range fields {
		fields[i].Key = fields[i].Name
	}
	return fields
}

// rejectTable gathers rejected rows as columns.
type rejectTable struct {
	raw, reason, column, origin *columns.Meta
	rows, bytes                 int
}

func newRejectTable() *rejectTable {
	text := sqltype.Of(sqltype.Varchar)
	return &rejectTable{columns.NewMeta(text), columns.NewMeta(text), columns.NewMeta(text), columns.NewMeta(text), 0, 0}
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
	t.rows++
	t.bytes += len(raw) + len(r.Reason) + len(r.Origin)
}

// values are the columns of RejectedFields.
func (t *rejectTable) values(micros int64) []parquetfile.Values {
	return []parquetfile.Values{
		t.raw.Values(), t.reason.Values(), t.column.Values(), t.origin.Values(), {Ints: []int64{micros}, Same: true},
	}
}

func (t *rejectTable) reset() {
	for _, m := range []*columns.Meta{t.raw, t.reason, t.column, t.origin} {
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
