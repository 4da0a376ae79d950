package unite

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/sqltype"
)

// Column is a column of a file. Type is in the engine's spelling, as the
// file's footer says it ("INTEGER", "TIMESTAMP_NS", "NULL"), or a lake type.
type Column struct {
	Name string
	Type string
}

// File is one Parquet file.
type File struct {
	// Path is how the engine opens it.
	Path string
	// Name is what errors call it.
	Name string
	// Columns are its own, in order.
	Columns []Column
	// Partition holds the values of Options.Partition's columns, nil for NULL.
	Partition map[string]*string
}

// Options say how files are united.
type Options struct {
	// Partition are columns that the files do not have: their values are
	// File.Partition's. They come last. Their types must be lake types.
	Partition []Column
	// Lenient makes text of a column whose types do not fit together, instead
	// of an error.
	Lenient bool
	// AllNull reports whether a column of a file (by its index) holds nothing
	// but NULL: such a column takes the type that it has in other files. It is
	// asked only where types do not fit. nil takes no column for empty.
	AllNull func(file int, column string) (bool, error)
	// Exact reports whether a DOUBLE holds every whole number of a column of a
	// file: it does up to 2^53. It is asked where whole numbers are beside
	// DOUBLE; what is not exact does not fit. nil takes all for exact.
	Exact func(file int, column string) (bool, error)
}

// Relation is the union of files.
type Relation struct {
	// Columns are the united ones, in the order in which files first have
	// them, then those of Options.Partition. All have lake types.
	Columns []Column
	files   []File
	types   []map[string]*sqltype.Type // of each file's columns, by lower-case name
	wide    []*sqltype.Type            // of Columns
	plain   int                        // how many of Columns are in files
}

// Unite finds the columns that files have together. Files that do not fit are
// an error of kind schema, which lists all conflicts.
func Unite(files []File, o Options) (*Relation, error) {
	u := &uniter{Relation: &Relation{files: files}, o: o, at: map[string]int{}}
	for i := range files {
		if err := u.file(i); err != nil {
			return nil, err
		}
	}
	if err := u.settle(); err != nil {
		return nil, err
	}
	return u.Relation, nil
}

// uniter collects what each file says of each column.
type uniter struct {
	*Relation
	o    Options
	at   map[string]int // index in columns, by lower-case name
	seen [][]sighting   // of each column
}

// sighting is the first file that has a column in a type.
type sighting struct {
	file int
	name string // the column's spelling there
	typ  *sqltype.Type
}

func (u *uniter) file(i int) error {
	types := map[string]*sqltype.Type{}
	for j, c := range u.files[i].Columns {
		t, err := sqltype.Parse(c.Type)
		if err != nil {
			return fmt.Errorf("file %s: column %s: %w", u.files[i].Name, c.Name, err)
		}
		key := strings.ToLower(c.Name)
		if _, twice := types[key]; twice && !u.o.Lenient {
			return u.caseError(i, u.at[key], c.Name)
		}
		for n := 1; types[key] != nil; n++ { // so does the engine call them
			c.Name = fmt.Sprintf("%s_%d", u.files[i].Columns[j].Name, n)
			key = strings.ToLower(c.Name)
		}
		types[key] = t
		n, known := u.at[key]
		if !known {
			n = len(u.Columns)
			u.at[key] = n
			u.Columns = append(u.Columns, Column{Name: c.Name})
			u.seen = append(u.seen, nil)
		}
		if u.Columns[n].Name != c.Name && !u.o.Lenient {
			return u.caseError(i, n, c.Name)
		}
		u.seen[n] = append(u.seen[n], sighting{i, c.Name, t})
	}
	u.types = append(u.types, types)
	return nil
}

func (u *uniter) caseError(file, column int, name string) error {
	first := u.seen[column]
	where := "file " + u.files[file].Name
	if len(first) > 0 && first[0].file != file {
		where = "files " + u.files[first[0].file].Name + " and " + u.files[file].Name
	}
	return fault.New(fault.Schema, "columns %q and %q differ only in case (%s)", u.Columns[column].Name, name, where).
		WithHint("rename one of them where the files are made: SQL does not tell them apart")
}

// settle finds the type of each column.
func (u *uniter) settle() error {
	u.plain = len(u.Columns)
	var conflicts []string
	for n := range u.Columns {
		wide, conflict, err := u.widest(n)
		if err != nil {
			return err
		}
		if conflict != "" {
			conflicts = append(conflicts, conflict)
			continue
		}
		u.wide = append(u.wide, wide)
		u.Columns[n].Type = wide.String()
	}
	if len(conflicts) > 0 {
		return fault.New(fault.Schema, "%s", strings.Join(conflicts, "\n")).
			WithHint("make the files agree, or take those that differ out of the dataset")
	}
	for _, c := range u.o.Partition {
		t, err := sqltype.Parse(c.Type)
		if err != nil {
			return fmt.Errorf("partition column %s: %w", c.Name, err)
		}
		u.Columns, u.wide = append(u.Columns, c), append(u.wide, t)
	}
	return nil
}

// widest is the type that column n has in all files together, or what does not
// fit.
func (u *uniter) widest(n int) (wide *sqltype.Type, conflict string, err error) {
	all := u.seen[n]
	wide, clash := fold(all)
	if clash != nil && u.o.AllNull != nil {
		if all, err = u.withValues(n); err != nil {
			return nil, "", err
		}
		wide, clash = fold(all)
	}
	if clash == nil && wide.Kind == sqltype.Double && u.o.Exact != nil {
		if conflict, err = u.inexact(n, all); conflict != "" || err != nil {
			return nil, conflict, err
		}
	}
	switch {
	case clash != nil && u.o.Lenient:
		return sqltype.Of(sqltype.Varchar), "", nil
	case clash != nil:
		a, b := all[clash[0]], all[clash[1]]
		return nil, fmt.Sprintf("column %s is %s in %s but %s in %s", u.Columns[n].Name,
			describe(a.typ), u.files[a.file].Name, describe(b.typ), u.files[b.file].Name), nil
	}
	if lake, ok := wide.Lake(); ok {
		return lake, "", nil
	}
	if u.o.Lenient {
		return sqltype.Of(sqltype.Varchar), "", nil
	}
	return nil, fmt.Sprintf("column %s has type %s in %s, which df360 cannot keep", u.Columns[n].Name,
		wide, u.files[all[0].file].Name), nil
}

// inexact says which whole numbers a column that is DOUBLE elsewhere would lose.
func (u *uniter) inexact(n int, all []sighting) (conflict string, err error) {
	double := slices.IndexFunc(all, func(s sighting) bool { return s.typ.Kind == sqltype.Double || s.typ.Kind == "FLOAT" })
	for _, s := range all {
		lake, ok := s.typ.Lake()
		whole := ok && (lake.Kind == sqltype.Bigint || lake.Kind == sqltype.Decimal && lake.Scale == 0)
		if !whole || double < 0 {
			continue
		}
		exact, err := u.o.Exact(s.file, s.name)
		if err != nil {
			return "", fmt.Errorf("look into column %s of %s: %w", s.name, u.files[s.file].Name, err)
		}
		if !exact {
			return fmt.Sprintf("column %s is %s in %s, with numbers over 2^53, but %s in %s, which holds only the first 15 to 17 digits",
				u.Columns[n].Name, describe(s.typ), u.files[s.file].Name, describe(all[double].typ), u.files[all[double].file].Name), nil
		}
	}
	return "", nil
}

// withValues leaves out the files in which column n is all NULL, and says so
// for the reading. A column that has no value anywhere keeps all sightings.
func (u *uniter) withValues(n int) ([]sighting, error) {
	var full []sighting
	empty := map[string]*sqltype.Type{}
	for _, s := range u.seen[n] {
		null, err := u.o.AllNull(s.file, s.name)
		if err != nil {
			return nil, fmt.Errorf("look into column %s of %s: %w", s.name, u.files[s.file].Name, err)
		}
		if !null {
			full = append(full, s)
			continue
		}
		empty[u.files[s.file].Path] = sqltype.Of(sqltype.Null)
	}
	key := strings.ToLower(u.Columns[n].Name)
	for i, f := range u.files {
		if t, ok := empty[f.Path]; ok {
			u.types[i][key] = t
		}
	}
	if full == nil {
		return []sighting{{u.seen[n][0].file, u.seen[n][0].name, sqltype.Of(sqltype.Null)}}, nil
	}
	return full, nil
}

// fold is the widest type of all, or the first two that have none.
func fold(all []sighting) (wide *sqltype.Type, clash []int) {
	wide = all[0].typ
	last := 0 // a sighting that made wide what it is
	for i, s := range all[1:] {
		if s.typ.Equal(wide) {
			continue
		}
		w, ok := sqltype.Widen(wide, s.typ)
		if !ok {
			return nil, []int{last, i + 1}
		}
		if wide.Kind == sqltype.Null {
			last = i + 1
		}
		wide = w
	}
	return wide, nil
}

// describe is a type as people call it.
func describe(t *sqltype.Type) string {
	lake, ok := t.Lake()
	if !ok {
		return t.String()
	}
	switch lake.Kind {
	case sqltype.Varchar:
		return "text"
	case sqltype.Bigint, sqltype.Double, sqltype.Decimal:
		return "a number (" + t.String() + ")"
	default:
		return t.String()
	}
}

// Type is the united type of a column (matched without regard to case); nil
// where there is none.
func (r *Relation) Type(name string) *sqltype.Type {
	i := slices.IndexFunc(r.Columns, func(c Column) bool { return strings.EqualFold(c.Name, name) })
	if i < 0 {
		return nil
	}
	return r.wide[i]
}

// AsStored reports whether every one of some files has a column in the type of
// the relation: an engine can then find rows by the statistics of files.
func (r *Relation) AsStored(name string, files []int) bool {
	wide := r.Type(name)
	if wide == nil {
		return false
	}
	for _, i := range files {
		t := r.types[i][strings.ToLower(name)]
		if t == nil || !t.Equal(wide) {
			return false
		}
	}
	return true
}

// Path is how the engine opens a file, by its index.
func (r *Relation) Path(file int) string { return r.files[file].Path }
