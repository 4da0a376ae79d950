package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/warehouse"
)

// The temporary tables of a merge, and the column that says of which commit a row is.
const (
	staged   = "temp.df360_staged"
	newest   = "temp.df360_newest"
	atColumn = warehouse.AtColumn
)

// merge puts the last row of each key in the place of the one that has the same.
func (w *work) merge(ctx context.Context, parts []warehouse.Part) error {
	var items []string
	for _, c := range w.columns() {
		items = append(items, duck.Ident(c.Name)+" "+c.Type.String())
	}
	if err := w.session.Exec(ctx, "CREATE TEMP TABLE df360_staged ("+strings.Join(items, ", ")+", "+atColumn+" BIGINT)"); err != nil {
		return err
	}
	var err error
	w.res.RowsRead, err = w.insert(ctx, staged, append(w.columnNames(), atColumn), parts, func(p warehouse.Part) []string {
		return append(w.lineage(p), fmt.Sprint(p.Commit.Version))
	})
	if err != nil {
		return err
	}
	if err := w.checkStaged(ctx); err != nil {
		return err
	}
	same := w.keyEquals()
	if set := w.assignments(); set != "" {
		w.res.RowsUpdated, err = w.count(ctx, "UPDATE "+w.name()+" AS t SET "+set+" FROM "+newest+" AS n WHERE "+same+warehouse.NotLater(w.o.OrderBy))
		if err != nil {
			return fmt.Errorf("update %s: %w", w.target, err)
		}
	}
	names := idents(w.columnNames())
	_, err = w.count(ctx, "INSERT INTO "+w.name()+" ("+names+") SELECT "+names+" FROM "+newest+" AS n WHERE NOT EXISTS (SELECT 1 FROM "+w.name()+" AS t WHERE "+same+")")
	if err != nil {
		return fmt.Errorf("insert into %s: %w", w.target, err)
	}
	return w.session.Exec(ctx, "DROP TABLE "+staged+"; DROP TABLE "+newest)
}

// checkStaged refuses keys that are NULL, and rows of which none is the last, and
// keeps the last of each key.
func (w *work) checkStaged(ctx context.Context) error {
	for _, k := range w.o.Key {
		var n int64
		if err := w.session.QueryRow(ctx, "SELECT count(*) FROM "+staged+" WHERE "+duck.Ident(k)+" IS NULL", &n); err != nil {
			return err
		}
		if n > 0 {
			return warehouse.NullKey(w.in.Dataset, k, n)
		}
	}
	var order []string
	for _, c := range w.o.OrderBy {
		order = append(order, duck.Ident(c)+" DESC NULLS LAST")
	}
	order = append(order, atColumn+" DESC")
	err := w.session.Exec(ctx, fmt.Sprintf(`CREATE TEMP TABLE df360_newest AS
SELECT %s FROM %s QUALIFY rank() OVER (PARTITION BY %s ORDER BY %s) = 1`, idents(w.columnNames()), staged, idents(w.o.Key), strings.Join(order, ", ")))
	if err != nil {
		return err
	}
	var example string
	var n int64
	keys := idents(w.o.Key)
	err = w.session.QueryRow(ctx, fmt.Sprintf("SELECT concat_ws(', ', %s), count(*) FROM %s GROUP BY %s HAVING count(*) > 1 ORDER BY %s LIMIT 1",
		keys, newest, keys, keys), &example, &n)
	switch {
	case err == nil:
		return warehouse.DoubleKey(w.in.Dataset, w.o, example, n)
	case !errors.Is(err, sql.ErrNoRows):
		return err
	}
	if err := w.session.QueryRow(ctx, "SELECT count(*) FROM "+newest, &w.res.RowsWritten); err != nil {
		return err
	}
	w.res.RowsDuplicate = w.res.RowsRead - w.res.RowsWritten
	return nil
}

func (w *work) keyEquals() string {
	var parts []string
	for _, k := range w.o.Key {
		parts = append(parts, "t."+duck.Ident(k)+" = n."+duck.Ident(k))
	}
	return strings.Join(parts, " AND ")
}

// assignments set all columns but the key's.
func (w *work) assignments() string {
	var parts []string
	for _, name := range w.columnNames() {
		if !slices.Contains(w.o.Key, name) {
			parts = append(parts, duck.Ident(name)+" = n."+duck.Ident(name))
		}
	}
	return strings.Join(parts, ", ")
}
