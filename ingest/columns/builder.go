package columns

import (
	"slices"

	"github.com/kalpafall/df360/internal/parquetfile"
	"github.com/kalpafall/df360/internal/sqltype"
)

// builder gathers the values of one column or field. Rows that are left out are
// NULL: a builder may be shorter than its table until finish.
type builder struct {
	typ    *sqltype.Type
	kind   parquetfile.Kind
	v      parquetfile.Values
	n      int // values so far, NULL included
	kids   []*builder
	fields *index // Struct: names to kids
}

func newBuilder(t *sqltype.Type) *builder {
	b := &builder{typ: t, kind: kindOf(t)}
	switch t.Kind {
	case sqltype.Struct:
		b.fields = newIndex(len(t.Fields))
		for i, f := range t.Fields {
			b.kids = append(b.kids, newBuilder(f.Type))
			b.fields.add(f.Name, i)
		}
		b.fields.resolve = func(key string) int {
			clean := cleanField(key)
			return slices.IndexFunc(t.Fields, func(f sqltype.Field) bool { return f.Name == clean })
		}
	case sqltype.List:
		b.kids = []*builder{newBuilder(t.Elem)}
	case sqltype.Map:
		b.kids = []*builder{newBuilder(t.Key), newBuilder(t.Elem)}
	default:
	}
	b.reset()
	return b
}

func kindOf(t *sqltype.Type) parquetfile.Kind {
	switch t.Kind {
	case sqltype.Boolean:
		return parquetfile.Bool
	case sqltype.Bigint:
		return parquetfile.Int64
	case sqltype.Double:
		return parquetfile.Double
	case sqltype.Date:
		return parquetfile.Date
	case sqltype.Timestamp:
		return parquetfile.Timestamp
	case sqltype.Blob:
		return parquetfile.Blob
	case sqltype.Struct:
		return parquetfile.Struct
	case sqltype.List:
		return parquetfile.List
	case sqltype.Map:
		return parquetfile.Map
	case sqltype.Decimal:
		if t.Precision > maxSmall {
			return parquetfile.Wide
		}
		return parquetfile.Decimal
	default:
		return parquetfile.Text
	}
}

// maxSmall is how many digits of a DECIMAL 64 bits hold.
const maxSmall = 18

// Parquet is how files have a column of a type.
func Parquet(name string, t *sqltype.Type) parquetfile.Column {
	c := parquetfile.Column{Name: name, Kind: kindOf(t), Precision: t.Precision, Scale: t.Scale}
	switch t.Kind {
	case sqltype.Struct:
		for _, f := range t.Fields {
			c.Children = append(c.Children, Parquet(f.Name, f.Type))
		}
	case sqltype.List:
		c.Children = []parquetfile.Column{Parquet("element", t.Elem)}
	case sqltype.Map:
		c.Children = []parquetfile.Column{Parquet("key", t.Key), Parquet("value", t.Elem)}
	default:
	}
	return c
}

// reset makes the builder empty. Its memory is used again.
func (b *builder) reset() {
	b.n = 0
	v := &b.v
	v.Ints, v.Floats, v.Fixed, v.Text, v.Null = v.Ints[:0], v.Floats[:0], v.Fixed[:0], v.Text[:0], nil
	v.Ends = append(v.Ends[:0], 0)
	v.Offsets = append(v.Offsets[:0], 0)
	for _, kid := range b.kids {
		kid.reset()
	}
}

// pad adds NULLs until there are n values.
func (b *builder) pad(n int) {
	for b.n < n {
		b.addNull()
	}
}

func (b *builder) addNull() {
	if b.v.Null == nil {
		b.v.Null = make([]bool, b.n, max(b.n+64, 2*b.n))
	}
	b.v.Null = append(b.v.Null, true)
	b.zero()
	b.n++
}

// zero adds what stands in the place of a NULL.
func (b *builder) zero() {
	switch b.kind {
	case parquetfile.Text, parquetfile.Blob:
		b.v.Ends = append(b.v.Ends, int32(len(b.v.Text))) //nolint:gosec // Table.Full keeps it below
	case parquetfile.Double:
		b.v.Floats = append(b.v.Floats, 0)
	case parquetfile.Wide:
		b.v.Fixed = append(b.v.Fixed, make([]byte, 16)...)
	case parquetfile.List, parquetfile.Map:
		b.v.Offsets = append(b.v.Offsets, int32(b.kids[0].n)) //nolint:gosec // Table.Full keeps it below
	case parquetfile.Int64, parquetfile.Decimal, parquetfile.Bool, parquetfile.Date, parquetfile.Timestamp:
		b.v.Ints = append(b.v.Ints, 0)
	case parquetfile.Struct:
	}
}

// took counts a value that was just added.
func (b *builder) took() {
	if b.v.Null != nil {
		b.v.Null = append(b.v.Null, false)
	}
	b.n++
}

func (b *builder) addInt(x int64) {
	b.v.Ints = append(b.v.Ints, x)
	b.took()
}

func (b *builder) addFloat(x float64) {
	b.v.Floats = append(b.v.Floats, x)
	b.took()
}

func (b *builder) addText(text []byte) {
	b.v.Text = append(b.v.Text, text...)
	b.v.Ends = append(b.v.Ends, int32(len(b.v.Text))) //nolint:gosec // Table.Full keeps it below
	b.took()
}

// addElements ends a list or a map whose elements were added to its children.
func (b *builder) addElements() {
	b.v.Offsets = append(b.v.Offsets, int32(b.kids[0].n)) //nolint:gosec // Table.Full keeps it below
	b.took()
}

// cut drops all values from n on.
func (b *builder) cut(n int) {
	if b.kind == parquetfile.List || b.kind == parquetfile.Map {
		// An unfinished list has added elements, but no value yet.
		b.v.Offsets = b.v.Offsets[:min(n, b.n)+1]
		for _, kid := range b.kids {
			kid.cut(int(b.v.Offsets[len(b.v.Offsets)-1]))
		}
	}
	if b.kind == parquetfile.Struct {
		for _, kid := range b.kids {
			kid.cut(n)
		}
	}
	if b.n <= n {
		return
	}
	b.n = n
	v := &b.v
	if v.Null != nil {
		v.Null = v.Null[:n]
	}
	switch b.kind {
	case parquetfile.Text, parquetfile.Blob:
		v.Ends = v.Ends[:n+1]
		v.Text = v.Text[:v.Ends[n]]
	case parquetfile.Double:
		v.Floats = v.Floats[:n]
	case parquetfile.Wide:
		v.Fixed = v.Fixed[:16*n]
	case parquetfile.Int64, parquetfile.Decimal, parquetfile.Bool, parquetfile.Date, parquetfile.Timestamp:
		v.Ints = v.Ints[:n]
	case parquetfile.List, parquetfile.Map, parquetfile.Struct:
	}
}

// finish fills up to n values, children too, and returns them. They are the
// builder's until reset.
func (b *builder) finish(n int) parquetfile.Values {
	b.pad(n)
	below := n
	if b.kind == parquetfile.List || b.kind == parquetfile.Map {
		below = int(b.v.Offsets[n])
	}
	b.v.Children = b.v.Children[:0]
	for _, kid := range b.kids {
		b.v.Children = append(b.v.Children, kid.finish(below))
	}
	return b.v
}

// bytes is about how much memory the values take.
func (b *builder) bytes() int {
	size := 8*len(b.v.Ints) + 8*len(b.v.Floats) + len(b.v.Fixed) + len(b.v.Text) + 4*len(b.v.Ends) + 4*len(b.v.Offsets)
	for _, kid := range b.kids {
		size += kid.bytes()
	}
	return size
}
