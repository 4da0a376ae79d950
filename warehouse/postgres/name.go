package postgres

import (
	"hash/fnv"
	"regexp"
	"strings"

	"github.com/kalpafall/df360/internal/duck"
)

// mostName is how many bytes of a name Postgres keeps.
const mostName = 63

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

// targetName is a table's name in the ledger: quoted only where it must be.
func targetName(schema, table string) string { return shown(schema) + "." + shown(table) }

func shown(name string) string {
	if regexp.MustCompile(`^[a-z_][a-z0-9_]*$`).MatchString(name) {
		return name
	}
	return ident(name)
}

// lockKey is the advisory lock of a target: whoever loads it holds it until the
// end of the transaction.
func lockKey(target string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte("df360 load " + target)) // never fails
	return int64(h.Sum64())                        //nolint:gosec // any number will do
}

// derivedName is a name of an index made of parts, cut to what Postgres keeps; what is
// cut is told apart by a hash.
func derivedName(parts ...string) string {
	name := strings.Join(parts, "_")
	if len(name) <= mostName {
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
	return strings.ToValidUTF8(name[:mostName-len(tail)], "") + string(tail)
}
