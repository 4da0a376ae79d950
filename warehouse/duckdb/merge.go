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
	doubled  = "temp.df360_doubled"
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
	names := idents(w.columnNames())
	if w.res.Created { // nothing to take the place of
		if _, err := w.count(ctx, "INSERT INTO "+w.name()+" ("+names+") SELECT "+names+" FROM "+staged); err != nil {
			return fmt.Errorf("insert into %s: %w", w.target, err)
		}
		return w.dropStaged(ctx)
	}
	if set := w.assignments(); set != "" {
		w.res.RowsUpdated, err = w.count(ctx, "UPDATE "+w.name()+" AS t SET "+set+" FROM "+staged+" AS n WHERE "+same+warehouse.NotLater(w.o.OrderBy))
		if err != nil {
			return fmt.Errorf("update %s: %w", w.target, err)
		}
	}
	_, err = w.count(ctx, "INSERT INTO "+w.name()+" ("+names+") SELECT "+names+" FROM "+staged+" AS n WHERE NOT EXISTS (SELECT 1 FROM "+w.name()+" AS t WHERE "+same+")")
	if err != nil {
		return fmt.Errorf("insert into %s: %w", w.target, err)
	}
	return w.dropStaged(ctx)
}

func (w *work) dropStaged(ctx context.Context) error {
	return w.session.Exec(ctx, "DROP TABLE "+staged+"; DROP TABLE "+doubled)
}

// checkStaged refuses keys that are NULL, and rows of which none is the last, and
// keeps the last of each key. Only rows whose key comes again are ranked.
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
	keys := idents(w.o.Key)
	err := w.session.Exec(ctx, "CREATE TEMP TABLE df360_doubled AS SELECT "+keys+" FROM "+staged+" GROUP BY "+keys+" HAVING count(*) > 1")
	if err != nil {
		return err
	}
	w.res.RowsDuplicate, err = w.count(ctx, fmt.Sprintf(`DELETE FROM %[1]s WHERE rowid IN (
	SELECT which FROM (SELECT s.rowid AS which, rank() OVER (PARTITION BY %[2]s ORDER BY %[3]s) AS place FROM %[1]s AS s JOIN %[4]s AS d USING (%[2]s)) WHERE place > 1)`,
		staged, keys, warehouse.LastFirst(w.o.OrderBy), doubled))
	if err != nil {
		return err
	}
	w.res.RowsWritten = w.res.RowsRead - w.res.RowsDuplicate
	var example string
	var n int64
	err = w.session.QueryRow(ctx, fmt.Sprintf("SELECT concat_ws(', ', %[1]s), count(*) FROM %[2]s JOIN %[3]s USING (%[1]s) GROUP BY %[1]s HAVING count(*) > 1 ORDER BY %[1]s LIMIT 1",
		keys, staged, doubled), &example, &n)
	switch {
	case err == nil:
		return warehouse.DoubleKey(w.in.Dataset, w.o, example, n)
	case !errors.Is(err, sql.ErrNoRows):
		return err
	}
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
