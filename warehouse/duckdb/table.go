package duckdb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/sqltype"
	"github.com/kalpafall/df360/warehouse"
)

// readTable looks at a table; nil where there is none.
func readTable(ctx context.Context, s *duck.Session, schema, name string) (columns []warehouse.Column, err error) {
	there, err := has(ctx, s, schema, name)
	if err != nil || !there {
		return nil, err
	}
	rows, err := s.Query(ctx, `SELECT column_name, data_type FROM duckdb_columns()
WHERE database_name = current_database() AND schema_name = $1 AND table_name = $2 ORDER BY column_index`, schema, name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var name, typ string
		if err := rows.Scan(&name, &typ); err != nil {
			return nil, err
		}
		t, err := sqltype.Parse(typ)
		if err != nil {
			t = sqltype.Of(sqltype.Kind(typ))
		}
		columns = append(columns, warehouse.Column{Name: name, Type: t})
	}
	return columns, rows.Err()
}

// create makes the table.
func (w *work) create(ctx context.Context) error {
	items := make([]string, 0, len(w.in.Columns))
	for _, c := range w.columns() {
		items = append(items, duck.Ident(c.Name)+" "+c.Type.String())
	}
	if err := w.session.Exec(ctx, "CREATE TABLE "+w.name()+" ("+strings.Join(items, ", ")+")"); err != nil {
		return fmt.Errorf("create table %s: %w", w.target, err)
	}
	w.res.Created = true
	return nil
}

// differences are the columns that the table lacks, and those whose STRUCTs have
// got more fields. Types that do not fit are refused.
func (w *work) differences() (add, widen []warehouse.Column, err error) {
	var wrong, fixes []string
	for _, c := range w.columns() {
		i := slices.IndexFunc(w.table, func(tc warehouse.Column) bool { return strings.EqualFold(tc.Name, c.Name) })
		switch {
		case i < 0:
			add = append(add, c)
		case holds(w.table[i].Type, c.Type):
		case holds(c.Type, w.table[i].Type):
			widen = append(widen, c)
		default:
			wrong = append(wrong, fmt.Sprintf("column %s is %s in %s, but %s in %s", c.Name, w.table[i].Type, w.target, c.Type, w.in.Dataset))
			fixes = append(fixes, fmt.Sprintf("ALTER TABLE %s ALTER COLUMN %s TYPE %s", w.name(), duck.Ident(c.Name), c.Type))
		}
	}
	if len(wrong) > 0 {
		return nil, nil, fault.New(fault.Schema, "%s", strings.Join(wrong, "\n")).
			WithHint("this makes the table fit: df360 warehouse sql --write '%s'", strings.Join(fixes, "; "))
	}
	return add, widen, nil
}

// holds reports whether a column of type a takes every value of type b as it is.
func holds(a, b *sqltype.Type) bool {
	if a.Equal(b) {
		return true
	}
	if a.Kind != b.Kind {
		return false
	}
	switch a.Kind {
	case sqltype.Decimal:
		return a.Scale >= b.Scale && a.Precision-a.Scale >= b.Precision-b.Scale
	case sqltype.List:
		return holds(a.Elem, b.Elem)
	case sqltype.Map:
		return a.Key.Equal(b.Key) && holds(a.Elem, b.Elem)
	case sqltype.Struct:
		for _, f := range b.Fields {
			i := slices.IndexFunc(a.Fields, func(o sqltype.Field) bool { return o.Name == f.Name })
			if i < 0 || !holds(a.Fields[i].Type, f.Type) {
				return false
			}
		}
		return true
	default:
		return false
	}
}

// grow adds the columns and fields that the dataset has got.
func (w *work) grow(ctx context.Context) error {
	add, widen, err := w.differences()
	if err != nil {
		return err
	}
	for _, c := range add {
		if err := w.session.Exec(ctx, "ALTER TABLE "+w.name()+" ADD COLUMN "+duck.Ident(c.Name)+" "+c.Type.String()); err != nil {
			return fmt.Errorf("add column %s to %s: %w", c.Name, w.target, err)
		}
		w.res.AddedColumns = append(w.res.AddedColumns, c.Name)
	}
	for _, c := range widen {
		if err := w.session.Exec(ctx, "ALTER TABLE "+w.name()+" ALTER COLUMN "+duck.Ident(c.Name)+" TYPE "+c.Type.String()); err != nil {
			return fmt.Errorf("widen column %s of %s: %w", c.Name, w.target, err)
		}
	}
	return nil
}
