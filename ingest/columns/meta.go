package columns

import (
	"github.com/kalpafall/df360/internal/parquetfile"
	"github.com/kalpafall/df360/internal/sqltype"
)

// Meta gathers a column that a source adds, from columns that have it already.
// It is not safe for concurrent use.
type Meta struct{ b *builder }

// NewMeta makes an empty column.
func NewMeta(t *sqltype.Type) *Meta { return &Meta{newBuilder(t)} }

// Take adds rows from to to (exclusive) of v.
func (m *Meta) Take(v *parquetfile.Values, from, to int) { m.b.take(v, from, to) }

// Null adds rows of NULL.
func (m *Meta) Null(rows int) { m.b.pad(m.b.n + rows) }

// Values are all rows. They are the column's until Reset.
func (m *Meta) Values() parquetfile.Values { return m.b.finish(m.b.n) }

// Reset makes the column empty. Its memory is used again.
func (m *Meta) Reset() { m.b.reset() }

func (b *builder) take(v *parquetfile.Values, from, to int) {
	if v.Same {
		b.takeSame(v, to-from)
		return
	}
	b.takeNulls(v.Null, from, to)
	base := int32(len(b.v.Text)) //nolint:gosec // Table.Full keeps it below
	switch b.kind {
	case parquetfile.Text, parquetfile.Blob:
		for _, end := range v.Ends[from+1 : to+1] {
			b.v.Ends = append(b.v.Ends, base+end-v.Ends[from])
		}
		b.v.Text = append(b.v.Text, v.Text[v.Ends[from]:v.Ends[to]]...)
	case parquetfile.Double:
		b.v.Floats = append(b.v.Floats, v.Floats[from:to]...)
	case parquetfile.Wide:
		b.v.Fixed = append(b.v.Fixed, v.Fixed[16*from:16*to]...)
	case parquetfile.List, parquetfile.Map:
		base := int32(b.kids[0].n) //nolint:gosec // elements of one group
		for _, end := range v.Offsets[from+1 : to+1] {
			b.v.Offsets = append(b.v.Offsets, base+end-v.Offsets[from])
		}
		for i, kid := range b.kids {
			kid.take(&v.Children[i], int(v.Offsets[from]), int(v.Offsets[to]))
		}
	case parquetfile.Struct:
		for i, kid := range b.kids {
			kid.pad(b.n)
			kid.take(&v.Children[i], from, to)
		}
	case parquetfile.Int64, parquetfile.Decimal, parquetfile.Bool, parquetfile.Date, parquetfile.Timestamp:
		b.v.Ints = append(b.v.Ints, v.Ints[from:to]...)
	}
	b.n += to - from
}

func (b *builder) takeNulls(null []bool, from, to int) {
	if null == nil && b.v.Null == nil {
		return
	}
	if b.v.Null == nil {
		b.v.Null = make([]bool, b.n, b.n+to-from)
	}
	if null == nil {
		b.v.Null = append(b.v.Null, make([]bool, to-from)...)
		return
	}
	b.v.Null = append(b.v.Null, null[from:to]...)
}

// takeSame adds one value of an integer, a time or a text rows times.
func (b *builder) takeSame(v *parquetfile.Values, rows int) {
	var text []byte
	isText := b.kind == parquetfile.Text || b.kind == parquetfile.Blob
	switch {
	case v.Null != nil && v.Null[0]:
		b.pad(b.n + rows)
		return
	case v.Dict != nil:
		text = []byte(v.Dict.Value(v.Index[0]))
	case isText:
		text = v.Text[v.Ends[0]:v.Ends[1]]
	}
	for range rows {
		if isText {
			b.addText(text)
		} else {
			b.addInt(v.Ints[0])
		}
	}
}

// HasValue reports whether any row of v is not NULL.
func HasValue(v *parquetfile.Values, rows int) bool {
	if v.Null == nil || v.Same {
		return rows > 0 && (v.Null == nil || !v.Null[0])
	}
	for _, null := range v.Null[:rows] {
		if !null {
			return true
		}
	}
	return false
}

// Text adds a row to a column of text.
func (m *Meta) Text(text []byte) { m.b.addText(text) }

// Int adds a row to a column of integers or times.
func (m *Meta) Int(x int64) { m.b.addInt(x) }
