package main

import (
	"os"

	"github.com/kalpafall/df360/ingest/columns"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/sqltype"
	"github.com/kalpafall/df360/transform"
)

// declaredColumns reads the columns: list of a file, as type files have it.
// Columns of any type are left to be found out.
func (a *app) declaredColumns(path string) ([]columns.Field, error) {
	data, err := os.ReadFile(path) //nolint:gosec // the user names the file
	if err != nil {
		return nil, fault.OS(err, "read --schema %s", path)
	}
	declared, err := transform.ParseColumns(path, data)
	if err != nil {
		return nil, err
	}
	var out []columns.Field
	for _, c := range declared {
		if t := declaredType(c); t != nil {
			out = append(out, columns.Field{Key: c.Name, Name: columns.CleanName(c.Name), Type: t})
		}
	}
	if len(out) == 0 {
		return nil, fault.New(fault.Config, "--schema %s declares no column", path).
			WithHint("columns: {order_id: integer, amount: \"decimal(12,2)\", at: timestamp}")
	}
	return out, nil
}

// declaredType is the lake type of a declared column; nil leaves it open.
func declaredType(c transform.Column) *sqltype.Type {
	if c.Elem != nil {
		return c.Elem
	}
	switch c.Kind {
	case transform.Text:
		return sqltype.Of(sqltype.Varchar)
	case transform.Integer:
		return sqltype.Of(sqltype.Bigint)
	case transform.Number, transform.Float:
		return sqltype.Of(sqltype.Double)
	case transform.Boolean:
		return sqltype.Of(sqltype.Boolean)
	case transform.Date:
		return sqltype.Of(sqltype.Date)
	case transform.Timestamp:
		return sqltype.Of(sqltype.Timestamp)
	case transform.Any, transform.Struct, transform.List, transform.Decimal:
	}
	return nil
}
