package columns

import (
	"bytes"
	"errors"
	"unicode/utf8"

	"github.com/kalpafall/df360/internal/jsontext"
	"github.com/kalpafall/df360/internal/parquetfile"
)

// Table gathers rows as columns. It is not safe for concurrent use.
type Table struct {
	layout *Layout
	names  *index
	cols   []*builder
	rows   int
	d      decoder
}

// NewTable makes an empty table.
func NewTable(l *Layout) *Table {
	t := &Table{layout: l, names: l.index(), d: decoder{layout: l}}
	for _, f := range l.Fields {
		t.cols = append(t.cols, newBuilder(f.Type))
	}
	return t
}

// Rows is how many rows there are.
func (t *Table) Rows() int { return t.rows }

// JSON adds a row, an object in JSON. A Misfit, or a NewColumn, leaves the table as
// it was.
func (t *Table) JSON(row []byte) error {
	i := jsontext.Space(row, 0)
	if i >= len(row) || row[i] != '{' {
		return noObject(row)
	}
	end, err := t.d.members(t.names, t.cols, t.rows, row, i)
	if err == nil {
		if end = jsontext.Space(row, end); end < len(row) {
			err = jsontext.Valid(row)
		}
	}
	if t.d.strange {
		t.d.strange = false
		// A row that is no JSON behind it brings no column.
		if wrong := jsontext.Valid(row); wrong != nil {
			err = wrong
		}
	}
	return t.end(err)
}

// end counts a row, or takes it back.
func (t *Table) end(err error) error {
	if err == nil {
		t.rows++
		return nil
	}
	for _, c := range t.cols {
		c.cut(t.rows)
	}
	var fresh *NewColumn
	if errors.As(err, &fresh) {
		return err
	}
	m := asMisfit(err)
	if place := t.layout.Place(m.Column); m.Column != "" && place >= 0 {
		m.Column = t.layout.Fields[place].Name
	}
	return m
}

func noObject(row []byte) error {
	if err := jsontext.Valid(row); err != nil {
		return asMisfit(err)
	}
	return &Misfit{Reason: "not a JSON object"}
}

// asMisfit makes a misfit of what the text of a row is wrong with.
func asMisfit(err error) *Misfit {
	var m *Misfit
	if errors.As(err, &m) {
		return m
	}
	return &Misfit{Reason: err.Error()}
}

// Null adds a row of nothing but NULL.
func (t *Table) Null() { t.rows++ }

// Field adds a field to the row of fields that End ends: the one of the column
// that Layout.Header gave a place. A negative place is a column that the layout
// does not have; key is what the header calls it.
func (t *Table) Field(place int, key string, text []byte) error {
	if place < 0 {
		if t.layout.Strict {
			return t.layout.unknown(key)
		}
		return nil
	}
	c := t.cols[place]
	c.pad(t.rows)
	err := t.d.field(c, text)
	if err != nil {
		err = within(err, []byte(key))
	}
	return err
}

// End ends a row of fields. With an error, which it returns as JSON does, the
// row is taken back.
func (t *Table) End(err error) error { return t.end(err) }

// Values are the columns, in the layout's order, each with Rows values. They are
// the table's until Reset.
func (t *Table) Values() []parquetfile.Values {
	out := make([]parquetfile.Values, len(t.cols))
	for i, c := range t.cols {
		out[i] = c.finish(t.rows)
	}
	return out
}

// Bytes is about how much memory the rows take.
func (t *Table) Bytes() int {
	size := 0
	for _, c := range t.cols {
		size += c.bytes()
	}
	return size
}

// Reset makes the table empty. Its memory is used again.
func (t *Table) Reset() {
	t.rows = 0
	for _, c := range t.cols {
		c.reset()
	}
}

// ValidText reports what is wrong with bytes that shall be text; nil is nothing.
func ValidText(b []byte) error {
	if !utf8.Valid(b) {
		return &Misfit{Reason: NotUTF8}
	}
	if bytes.IndexByte(b, 0) >= 0 {
		return &Misfit{Reason: NULInside}
	}
	return nil
}
