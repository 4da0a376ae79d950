package unite

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/sqltype"
)

// SQL is a SELECT over all files with the relation's columns.
func (r *Relation) SQL() string {
	all := make([]int, len(r.files))
	for i := range all {
		all[i] = i
	}
	return r.Select(nil, all)
}

// Select is a SELECT of some columns (nil: all) over some files, by their
// index. It has the relation's types, whichever files are read.
func (r *Relation) Select(columns []string, files []int) string {
	want := r.Columns
	if columns != nil {
		want = slices.DeleteFunc(slices.Clone(r.Columns), func(c Column) bool {
			return !slices.ContainsFunc(columns, func(n string) bool { return strings.EqualFold(n, c.Name) })
		})
	}
	if len(files) == 0 {
		return r.none(want)
	}
	groups := r.groups(files)
	arms := make([]string, len(groups))
	for i, g := range groups {
		arms[i] = r.arm(want, g, nil)
	}
	return strings.Join(arms, "\nUNION ALL\n")
}

// With is a SELECT over one file with further items behind the columns, which are
// said of the columns as the file has them.
func (r *Relation) With(file int, items []string) string {
	return r.arm(r.Columns, []int{file}, items)
}

// none is the relation without rows.
func (r *Relation) none(want []Column) string {
	items := make([]string, len(want))
	for i, c := range want {
		items[i] = "CAST(NULL AS " + c.Type + ") AS " + duck.Ident(c.Name)
	}
	return "SELECT " + strings.Join(items, ", ") + " LIMIT 0"
}

// groups gathers files of the same columns, so that one scan reads each group.
func (r *Relation) groups(files []int) [][]int {
	at := map[string]int{}
	var out [][]int
	for _, i := range files {
		key := r.signature(i)
		n, ok := at[key]
		if !ok {
			n = len(out)
			at[key] = n
			out = append(out, nil)
		}
		out[n] = append(out[n], i)
	}
	return out
}

// signature says how a file is read: files of one signature are read alike.
func (r *Relation) signature(i int) string {
	f := r.files[i]
	var b strings.Builder
	for _, c := range f.Columns {
		fmt.Fprintf(&b, "%q %s,", c.Name, r.types[i][strings.ToLower(c.Name)])
	}
	if r.partitioned() && !r.hive(f) {
		for _, c := range r.Columns[r.plain:] {
			fmt.Fprintf(&b, "=%s", constant(f.Partition[c.Name]))
		}
	}
	return b.String()
}

func (r *Relation) partitioned() bool { return r.plain < len(r.Columns) }

// hive reports whether the engine itself can read the partition off the path.
func (r *Relation) hive(f File) bool {
	folders := strings.Split(f.Path, "/")
	for _, c := range r.Columns[r.plain:] {
		n := 0
		for _, folder := range folders[:len(folders)-1] {
			k, v, ok := strings.Cut(folder, "=")
			if !ok || !strings.EqualFold(k, c.Name) {
				continue
			}
			if n++; !sameValue(v, f.Partition[c.Name]) {
				return false
			}
		}
		if n != 1 {
			return false
		}
	}
	return true
}

// hiveNull stands for NULL in a folder's name.
const hiveNull = "__HIVE_DEFAULT_PARTITION__"

func sameValue(folder string, value *string) bool {
	if value == nil {
		return folder == hiveNull
	}
	plain, err := url.PathUnescape(folder)
	// The engine takes the text null, in any case, for NULL.
	return err == nil && plain == *value && !strings.EqualFold(plain, "null")
}

// arm is the SELECT over files of one signature.
func (r *Relation) arm(want []Column, files []int, more []string) string {
	first := files[0]
	paths := make([]string, len(files))
	for i, n := range files {
		paths[i] = r.files[n].Path
	}
	items := make([]string, len(want))
	for i, c := range want {
		items[i] = r.item(first, c)
	}
	items = append(items, more...)
	source := duck.Files(paths)
	hive := "hive_partitioning = false"
	if r.partitioned() && r.hive(r.files[first]) {
		hive = "hive_partitioning = true, hive_types = {" + r.hiveTypes() + "}"
	}
	return "SELECT " + strings.Join(items, ", ") + " FROM read_parquet(" + source + ", " + hive + ")"
}

func (r *Relation) hiveTypes() string {
	items := make([]string, 0, len(r.Columns)-r.plain)
	for _, c := range r.Columns[r.plain:] {
		items = append(items, duck.Literal(c.Name)+": "+c.Type)
	}
	return strings.Join(items, ", ")
}

// item is one column as a file of a group has it.
func (r *Relation) item(file int, c Column) string {
	name := duck.Ident(c.Name)
	n := slices.IndexFunc(r.Columns, func(o Column) bool { return o.Name == c.Name })
	if n >= r.plain {
		if r.hive(r.files[file]) {
			return name
		}
		return "CAST(" + constant(r.files[file].Partition[c.Name]) + " AS " + c.Type + ") AS " + name
	}
	from, ok := r.types[file][strings.ToLower(c.Name)]
	if !ok || from.Kind == sqltype.Null {
		return "CAST(NULL AS " + c.Type + ") AS " + name
	}
	if !from.Equal(r.wide[n]) {
		return barrier(convert(name, from, r.wide[n]), from) + " AS " + name
	}
	if floating(from) {
		return barrier(name, from) + " AS " + name
	}
	if slices.ContainsFunc(r.files[file].Columns, func(o Column) bool { return o.Name == c.Name }) {
		return name
	}
	return name + " AS " + name // the file spells it otherwise
}

// constant is a partition's value as a literal.
func constant(value *string) string {
	if value == nil {
		return "NULL"
	}
	return duck.Literal(*value)
}

// convert is expr, which a file has as from, as type to.
func convert(expr string, from, to *sqltype.Type) string {
	if to.Kind == sqltype.Timestamp && from.Kind != sqltype.Date && !from.Nested() {
		// A cast would do the same by the calendar's rules, which is slow.
		return "make_timestamptz(epoch_us(" + expr + "))"
	}
	return "CAST(" + expr + " AS " + to.String() + ")"
}

// barrier keeps the engine from answering a filter, a comparison or a minimum
// from the statistics of a floating-point column: those of Parquet files leave
// NaN out, so rows would be lost. TRY is opaque to it and changes no value.
func barrier(expr string, t *sqltype.Type) string {
	if !floating(t) {
		return expr
	}
	return "TRY(" + expr + ")"
}

// floating reports whether a type is, or has inside, floating point.
func floating(t *sqltype.Type) bool {
	switch t.Kind {
	case sqltype.Double, "FLOAT":
		return true
	case sqltype.Decimal:
		return t.Precision > 38 // read as DOUBLE
	case sqltype.List:
		return floating(t.Elem)
	case sqltype.Map:
		return floating(t.Key) || floating(t.Elem)
	case sqltype.Struct:
		return slices.ContainsFunc(t.Fields, func(f sqltype.Field) bool { return floating(f.Type) })
	default:
		return false
	}
}
