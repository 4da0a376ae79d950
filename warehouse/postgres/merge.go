package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/kalpafall/df360/warehouse"
)

// The temporary tables of a merge, and the column that says of which commit a row is.
const (
	staged   = "pg_temp.df360_staged"
	newest   = "pg_temp.df360_newest"
	atColumn = warehouse.AtColumn
)

// merge sends the rows to a temporary table, takes the last of each key, and puts
// those in the place of the rows that have the same.
func (s *session) merge(ctx context.Context, parts []warehouse.Part) error {
	if err := s.stageRows(ctx, parts); err != nil {
		return err
	}
	if err := s.checkStaged(ctx); err != nil {
		return err
	}
	target := qualified(s.o.Schema, s.o.Table)
	same := s.keyEquals("t", "n")
	// Rows are locked in the order of their keys: two writers that do so never
	// wait for each other in a circle.
	var order []string
	for _, k := range s.o.Key {
		order = append(order, "t."+ident(k))
	}
	lock := "SELECT count(*) FROM (SELECT FROM " + target + " t JOIN " + newest + " n ON " + same + " ORDER BY " + strings.Join(order, ", ") + " FOR UPDATE OF t) locked"
	if err := s.exec(ctx, lock); err != nil {
		return fmt.Errorf("lock rows of %s: %w", s.target, err)
	}
	if set := s.assignments(); set != "" {
		tag, err := s.conn.Exec(ctx, "UPDATE "+target+" t SET "+set+" FROM "+newest+" n WHERE "+same+warehouse.NotLater(s.o.OrderBy))
		if err != nil {
			return fmt.Errorf("update %s: %w", s.target, err)
		}
		s.res.RowsUpdated = tag.RowsAffected()
	}
	names := idents(s.columnNames())
	_, err := s.conn.Exec(ctx, "INSERT INTO "+target+" ("+names+") SELECT "+names+" FROM "+newest+" n WHERE NOT EXISTS (SELECT FROM "+target+" t WHERE "+same+
		") ORDER BY "+idents(s.o.Key))
	if err != nil {
		return fmt.Errorf("insert into %s: %w", s.target, err)
	}
	return nil
}

func (s *session) stageRows(ctx context.Context, parts []warehouse.Part) error {
	var items []string
	for _, c := range s.columns() {
		items = append(items, ident(c.Name)+" "+columnType(c.Type))
	}
	err := s.exec(ctx, "CREATE TEMP TABLE df360_staged ("+strings.Join(items, ", ")+", "+atColumn+" bigint NOT NULL) ON COMMIT DROP")
	if err != nil {
		return fmt.Errorf("make a temporary table: %w", err)
	}
	fields := func(p warehouse.Part) [][]byte {
		return append(s.lineage(p), int8Field(nil, p.Commit.Version))
	}
	s.res.RowsRead, err = s.copyInto(ctx, staged, append(s.columnNames(), atColumn), parts, fields)
	return err
}

// checkStaged refuses keys that are NULL, and rows of which none is the last, and
// keeps the last of each key.
func (s *session) checkStaged(ctx context.Context) error {
	for _, k := range s.o.Key {
		var n int64
		if err := s.conn.QueryRow(ctx, "SELECT count(*) FROM "+staged+" WHERE "+ident(k)+" IS NULL").Scan(&n); err != nil {
			return fmt.Errorf("check keys: %w", err)
		}
		if n > 0 {
			return warehouse.NullKey(s.in.Dataset, k, n)
		}
	}
	var order []string
	for _, c := range s.o.OrderBy {
		order = append(order, ident(c)+" DESC NULLS LAST")
	}
	order = append(order, atColumn+" DESC")
	keys := idents(s.o.Key)
	err := s.exec(ctx, fmt.Sprintf(`CREATE TEMP TABLE df360_newest ON COMMIT DROP AS
SELECT %s FROM (SELECT *, rank() OVER (PARTITION BY %s ORDER BY %s) AS `+warehouse.RankColumn+` FROM %s) ranked WHERE `+warehouse.RankColumn+` = 1;
ANALYZE df360_newest`, idents(s.columnNames()), keys, strings.Join(order, ", "), staged))
	if err != nil {
		return fmt.Errorf("find the last row of each key: %w", err)
	}
	if err := s.checkTies(ctx, keys); err != nil {
		return err
	}
	if err := s.conn.QueryRow(ctx, "SELECT count(*) FROM "+newest).Scan(&s.res.RowsWritten); err != nil {
		return fmt.Errorf("count rows: %w", err)
	}
	s.res.RowsDuplicate = s.res.RowsRead - s.res.RowsWritten
	return nil
}

func (s *session) checkTies(ctx context.Context, keys string) error {
	var text []string
	for _, k := range s.o.Key {
		text = append(text, ident(k)+"::text")
	}
	var example string
	var n int64
	err := s.conn.QueryRow(ctx, fmt.Sprintf("SELECT concat_ws(', ', %s), count(*) FROM %s GROUP BY %s HAVING count(*) > 1 ORDER BY %s LIMIT 1",
		strings.Join(text, ", "), newest, keys, keys)).Scan(&example, &n)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("check keys: %w", err)
	}
	return warehouse.DoubleKey(s.in.Dataset, s.o, example, n)
}

func (s *session) keyEquals(a, b string) string {
	var parts []string
	for _, k := range s.o.Key {
		parts = append(parts, a+"."+ident(k)+" = "+b+"."+ident(k))
	}
	return strings.Join(parts, " AND ")
}

// assignments set all columns but the key's.
func (s *session) assignments() string {
	var parts []string
	for _, name := range s.columnNames() {
		if !slices.Contains(s.o.Key, name) {
			parts = append(parts, ident(name)+" = n."+ident(name))
		}
	}
	return strings.Join(parts, ", ")
}
