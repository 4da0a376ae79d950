package columns

import (
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/jsontext"
	"github.com/kalpafall/df360/internal/sqltype"
)

// maxColumns is how many columns a dataset may have.
const maxColumns = 20_000

// Inference finds the types of columns from all rows: of JSON rows by their keys,
// of rows with fields by place by the numbers that Headers gave their columns. It
// is not safe for concurrent use: each goroutine has its own, and Merge unites
// them.
type Inference struct {
	keys   *guesses
	fields []*guess
	typed  map[int]*sqltype.Type // of columns of files that have types
}

// NewInference begins.
func NewInference() *Inference { return &Inference{keys: newGuesses()} }

// JSON looks at a row. One that is no JSON object, or is nil, says nothing.
func (f *Inference) JSON(row []byte) {
	i := jsontext.Space(row, 0)
	if i >= len(row) || row[i] != '{' || jsontext.Valid(row) != nil {
		return
	}
	f.keys.object(row, i)
}

// Field looks at a field that is there, of the column with a number.
func (f *Inference) Field(number int, text []byte) { f.field(number).text(text) }

// Typed says that the column with a number has a type in some file.
func (f *Inference) Typed(number int, t *sqltype.Type) {
	f.field(number)
	if f.typed == nil {
		f.typed = map[int]*sqltype.Type{}
	}
	f.typed[number] = f.both(number, t)
}

// both is the type for what a column has in files with types, and t.
func (f *Inference) both(number int, t *sqltype.Type) *sqltype.Type {
	has := f.typed[number]
	switch {
	case has == nil:
		return t
	case t == nil:
		return has
	}
	return Wider(has, t)
}

func (f *Inference) field(number int) *guess {
	for number >= len(f.fields) {
		f.fields = append(f.fields, &guess{})
	}
	return f.fields[number]
}

// Merge adds what another has seen, of rows behind this one's.
func (f *Inference) Merge(o *Inference) {
	f.keys.merge(o.keys)
	for i, g := range o.fields {
		f.field(i).merge(g)
	}
}

// Layout is the known columns, perhaps with new fields, and those that have
// values beside them, in the order in which they came. headers gave the numbers
// of Field; nil where there were none. reserved are names that no column may have.
func (f *Inference) Layout(known *Layout, headers *Headers, reserved []string) (*Layout, error) {
	fields := append([]Field{}, known.Fields...)
	var fresh []freshField
	separate := f.join(headers)
	for i, g := range f.fields {
		c, place := headers.columns[i], i+1
		if c.key == "" {
			place = c.place
		}
		if c.known >= 0 {
			fields[c.known].Type = growBy(grow(fields[c.known].Type, f.typed[i]), g, 0)
		} else if t := f.both(i, g.typ()); t != nil {
			fresh = append(fresh, freshField{Field{Key: c.key, Type: t}, place})
		}
	}
	for _, i := range separate {
		key, g, place := f.keys.keys[i], f.keys.list[i], i+1
		if key == "" {
			place = 0 // emptyKey, wherever in its row
		}
		if at := known.Place(key); at >= 0 {
			fields[at].Type = growBy(fields[at].Type, g, 0)
		} else if t := g.typ(); t != nil {
			fresh = append(fresh, freshField{Field{Key: key, Type: t}, place})
		}
	}
	fields = append(fields, named(fresh, known.namer(reserved))...)
	if len(fields) > maxColumns {
		return nil, fault.New(fault.Limit, "the rows have %d columns, the most is %d", len(fields), maxColumns).
			WithHint("keys that are data (identifiers, dates) belong into a column of their own")
	}
	out := NewLayout(fields, known.Strict)
	out.Settled = true
	return out, nil
}

// freshField is a new column, at a place (1-based) of its header or row.
type freshField struct {
	Field
	place int
}

// named gives names to new columns: those that have one of their own come first,
// so that a column which is called by its place takes none from them.
func named(fresh []freshField, names Namer) []Field {
	out := make([]Field, len(fresh))
	for _, own := range []bool{true, false} {
		for i, f := range fresh {
			if own == (CleanName(f.Key) != "") {
				out[i] = f.Field
				out[i].Name = names.Column(f.Key, f.place)
			}
		}
	}
	return out
}

// join gives what was seen under the keys of JSON rows to the columns of headers
// that are called the same, and lists the keys that are not.
func (f *Inference) join(headers *Headers) (separate []int) {
	for i, key := range f.keys.keys {
		var same []int
		if headers != nil {
			same = headers.called(key)
		}
		if len(same) == 0 {
			separate = append(separate, i)
			continue
		}
		f.field(same[0]).merge(f.keys.list[i])
	}
	return separate
}
