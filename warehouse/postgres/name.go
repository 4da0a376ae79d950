package postgres

import (
	"hash/fnv"
	"strings"

	"github.com/kalpafall/df360/internal/duck"
)

// systemColumns are columns that every table has.
func systemColumns() []string { return []string{"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"} }

// ident quotes a name; Postgres does it as the engine does.
func ident(name string) string { return duck.Ident(name) }

// qualified is a table's name in SQL.
func qualified(schema, table string) string { return ident(schema) + "." + ident(table) }

func idents(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = ident(n)
	}
	return strings.Join(quoted, ", ")
}

// lockKey is the advisory lock of a target: whoever loads it holds it until the
// end of the transaction.
func lockKey(target string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte("df360 load " + target)) // never fails
	return int64(h.Sum64())                        //nolint:gosec // any number will do
}
