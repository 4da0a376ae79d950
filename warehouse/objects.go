package warehouse

import (
	"hash/fnv"
	"slices"
	"strings"
)

// Objects are the indexes and views that df360.yaml declares.
type Objects struct {
	Indexes map[string][]Index // by table or materialised view
	Views   []View             // in the order of the file
}

// Index is one index.
type Index struct {
	Columns []string
	Unique  bool
}

// View is a named SELECT. Tables that it names without a schema are those of the
// schema that is loaded into.
type View struct {
	Name         string
	SQL          string
	Materialized bool
}

// Definition is what a view is made of, to see whether it has changed.
func (v View) Definition() string {
	kind := "view"
	if v.Materialized {
		kind = "materialized view"
	}
	return kind + "\n" + v.SQL
}

// Has reports whether there is a view of that name.
func (o Objects) Has(name string) bool {
	return slices.ContainsFunc(o.Views, func(v View) bool { return v.Name == name })
}

// MostName is how many bytes of a name Postgres keeps.
const MostName = 63

// IndexName is a name made of parts, cut to what Postgres keeps; what is cut is
// told apart by a hash.
func IndexName(parts ...string) string {
	name := strings.Join(parts, "_")
	if len(name) <= MostName {
		return name
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(name)) // never fails
	const digits = "0123456789abcdef"
	sum := h.Sum32()
	tail := []byte("_00000000_idx")
	for i := range 8 {
		tail[8-i] = digits[sum&15]
		sum >>= 4
	}
	return strings.ToValidUTF8(name[:MostName-len(tail)], "") + string(tail)
}

// Name is the index's name.
func (i Index) Name(table string) string {
	return IndexName(append(append([]string{table}, i.Columns...), "idx")...)
}

// TargetName is a table's name in the ledger and in messages: quoted only where it
// must be.
func TargetName(schema, table string) string { return shown(schema) + "." + shown(table) }

func shown(name string) string {
	plain := name != "" && (name[0] < '0' || name[0] > '9') && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
	if plain {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}
