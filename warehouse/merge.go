package warehouse

import (
	"strings"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/fault"
)

// NotLater is the SQL that keeps rows of the table, t, that are later by some
// columns than the ones that come, n: in their order, NULL before everything.
func NotLater(orderBy []string) string {
	var cases []string
	same := ""
	for _, c := range orderBy {
		t, n := "t."+duck.Ident(c), "n."+duck.Ident(c)
		cases = append(cases, same+"("+t+" > "+n+" OR "+t+" IS NOT NULL AND "+n+" IS NULL)")
		same += t + " IS NOT DISTINCT FROM " + n + " AND "
	}
	if len(cases) == 0 {
		return ""
	}
	return " AND (" + strings.Join(cases, " OR ") + ") IS NOT TRUE"
}

// LastFirst is the SQL that orders the rows of one key in a merge, the last one
// first.
func LastFirst(orderBy []string) string {
	var order []string
	for _, c := range orderBy {
		order = append(order, duck.Ident(c)+" DESC NULLS LAST")
	}
	return strings.Join(append(order, AtColumn+" DESC"), ", ")
}

// NullKey is the error for rows that a merge cannot find by their key.
func NullKey(dataset, column string, rows int64) error {
	return fault.New(fault.Schema, "%s: rows without a value in column %s, which is of the key: %d", dataset, column, rows).
		WithHint("choose a key that every row has, or let a rule of the dataset's type reject those rows")
}

// DoubleKey is the error for rows of one key of which none is the last.
func DoubleKey(dataset string, o Options, example string, rows int64) error {
	where := "in one commit"
	if len(o.OrderBy) > 0 {
		where = "with the same " + strings.Join(o.OrderBy, ", ")
	}
	return fault.New(fault.Schema, "%s: %d rows have the key (%s) = (%s) %s", dataset, rows, strings.Join(o.Key, ", "), example, where).
		WithHint("--order-by names the columns by which the last of them is found; or add columns to --key")
}
