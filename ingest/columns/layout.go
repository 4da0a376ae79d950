package columns

import (
	"slices"
	"strings"

	"github.com/kalpafall/df360/internal/sqltype"
)

// Field is a column of values.
type Field struct {
	Key  string // what the source calls it
	Name string // what files call it
	Type *sqltype.Type
}

// Layout is the columns that rows are read into. It does not change.
type Layout struct {
	Fields []Field
	// Strict says that a value in a column or a field that is not among them ends
	// the row with a NewColumn, and is not left out.
	Strict bool
	// Settled says that rows were looked at, and everything that can be added is
	// there: a value somewhere else does not fit then.
	Settled bool

	byKey, byName, byClean map[string][]int
}

// NewLayout makes a layout.
func NewLayout(fields []Field, strict bool) *Layout {
	l := &Layout{Fields: fields, Strict: strict, byKey: map[string][]int{}, byName: map[string][]int{}, byClean: map[string][]int{}}
	for i, f := range fields {
		l.byKey[f.Key] = append(l.byKey[f.Key], i)
		l.byName[f.Name] = append(l.byName[f.Name], i)
		clean := CleanName(f.Key)
		l.byClean[clean] = append(l.byClean[clean], i)
		if f.Name != clean {
			l.byClean[f.Name] = append(l.byClean[f.Name], i)
		}
	}
	return l
}

// unknown is the error of a value in a column or a field that is not there.
func (l *Layout) unknown(key string) error {
	if l.Settled {
		return &Misfit{Column: key, Reason: "it cannot be added: another is called the same but for case or signs, or there are too many"}
	}
	return &NewColumn{Key: key}
}

// candidates are the columns that key may mean, the likeliest first: by what the
// source calls them, by their own name, by what key is called when it is cleaned.
func (l *Layout) candidates(key string) [3][]int {
	if key == "" {
		key = emptyKey
	}
	out := [3][]int{l.byKey[key], l.byName[key], nil}
	if clean := CleanName(key); clean != "" {
		out[2] = l.byClean[clean]
	}
	return out
}

// Place finds the column that a source calls key; -1 is none.
func (l *Layout) Place(key string) int {
	for _, found := range l.candidates(key) {
		if len(found) > 0 {
			return found[0]
		}
	}
	return -1
}

// index finds columns by key, and remembers what Place said.
func (l *Layout) index() *index {
	x := newIndex(len(l.Fields))
	for i, f := range l.Fields {
		x.add(f.Key, i)
	}
	x.resolve = l.Place
	return x
}

// emptyKey is the name of the column whose key in JSON is empty.
const emptyKey = "column_0"

// Header is where each column of a file with a header goes: no two to the same
// column, -1 for those that the layout does not have. A name that is there twice
// is two columns; an empty one is called by its place, if nothing else is.
func (l *Layout) Header(names []string) []int {
	places := make([]int, len(names))
	taken := make([]bool, len(l.Fields))
	for k := range names {
		places[k] = -1
	}
	for rank := range 3 { // exact names take their column before those that look alike
		for k, name := range names {
			if places[k] >= 0 || name == "" {
				continue
			}
			for _, i := range l.candidates(name)[rank] {
				if !taken[i] {
					places[k], taken[i] = i, true
					break
				}
			}
		}
	}
	var unnamed map[string][]int
	for k, name := range names {
		if name != "" {
			continue
		}
		if unnamed == nil {
			unnamed = l.unnamed()
		}
		for _, i := range unnamed[nameless(k)] {
			if !taken[i] {
				places[k], taken[i] = i, true
				break
			}
		}
	}
	return places
}

// unnamed are the columns that may have had no name in a header, by what their
// place makes of that; those that surely had none come first.
func (l *Layout) unnamed() map[string][]int {
	out := map[string][]int{}
	for _, sure := range []bool{true, false} {
		for i, f := range l.Fields {
			place, ok := strings.CutPrefix(f.Name, "column_")
			if !ok || sure != (f.Key == "") || !sure && f.Key != f.Name {
				continue
			}
			place, _, _ = strings.Cut(place, "_") // behind it: the number that makes it unique
			out["column_"+place] = append(out["column_"+place], i)
		}
	}
	return out
}

// namer knows the names that are taken.
func (l *Layout) namer(reserved []string) Namer {
	n := Namer{}
	for _, name := range reserved {
		n.Reserve(name)
	}
	for _, f := range l.Fields {
		n.Reserve(f.Name)
	}
	return n
}

// grow is base with the fields that guessed has more.
func grow(base, guessed *sqltype.Type) *sqltype.Type {
	if guessed == nil || base.Kind != guessed.Kind {
		return base
	}
	switch base.Kind {
	case sqltype.List:
		return &sqltype.Type{Kind: sqltype.List, Elem: grow(base.Elem, guessed.Elem)}
	case sqltype.Struct:
		return growStruct(base, guessed)
	default:
		return base
	}
}

func growStruct(base, guessed *sqltype.Type) *sqltype.Type {
	out := &sqltype.Type{Kind: sqltype.Struct}
	known := map[string]int{}
	for i, f := range base.Fields {
		out.Fields = append(out.Fields, f)
		known[strings.ToLower(f.Name)] = i
	}
	for _, f := range guessed.Fields {
		i, ok := known[strings.ToLower(f.Name)]
		if !ok {
			out.Fields = append(out.Fields, f)
		} else if out.Fields[i].Name == f.Name {
			out.Fields[i].Type = grow(out.Fields[i].Type, f.Type)
		}
	}
	return out
}

// growBy is base with the fields that the values of a column have more, whatever
// else was among them.
func growBy(base *sqltype.Type, g *guess, depth int) *sqltype.Type {
	switch {
	case base.Kind == sqltype.List && g.elem != nil:
		return &sqltype.Type{Kind: sqltype.List, Elem: growBy(base.Elem, g.elem, depth+1)}
	case base.Kind == sqltype.Struct && g.fields != nil:
		return growFields(base, g.fields, depth+1)
	}
	return base
}

func growFields(base *sqltype.Type, more *guesses, depth int) *sqltype.Type {
	out := &sqltype.Type{Kind: sqltype.Struct, Fields: slices.Clone(base.Fields)}
	known := map[string]int{}
	for i, f := range base.Fields {
		known[strings.ToLower(f.Name)] = i
	}
	seen := map[string]*guess{} // by name: keys that are cleaned to the same one
	var names []string
	for i, key := range more.keys {
		name := cleanField(key)
		if seen[name] == nil {
			seen[name] = &guess{}
			names = append(names, name)
		}
		seen[name].merge(more.list[i])
	}
	for _, name := range names {
		g := seen[name]
		switch i, ok := known[strings.ToLower(name)]; {
		case ok && out.Fields[i].Name == name:
			out.Fields[i].Type = growBy(out.Fields[i].Type, g, depth)
		case !ok && g.seen != 0:
			known[strings.ToLower(name)] = len(out.Fields)
			out.Fields = append(out.Fields, sqltype.Field{Name: name, Type: g.typeAt(depth)})
		}
	}
	return out
}

// Wider is a type that takes the values of both: text where there is no other.
func Wider(a, b *sqltype.Type) *sqltype.Type { return sqltype.WidenLoosely(a, b) }

// Grows reports whether a column of a type would get new fields for values of
// another.
func Grows(base, other *sqltype.Type) bool { return !grow(base, other).Equal(base) }
