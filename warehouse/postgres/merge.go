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
	doubled  = "pg_temp.df360_doubled"
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
	names := idents(s.columnNames())
	if s.res.Created { // nothing to take the place of
		if _, err := s.conn.Exec(ctx, "INSERT INTO "+target+" ("+names+") SELECT "+names+" FROM "+staged); err != nil {
			return fmt.Errorf("insert into %s: %w", s.target, err)
		}
		return nil
	}
	same := s.keyEquals("t", "n")
	// Rows are locked in the order of their keys: two writers that do so never
	// wait for each other in a circle.
	var order []string
	for _, k := range s.o.Key {
		order = append(order, "t."+ident(k))
	}
	lock := "SELECT count(*) FROM (SELECT FROM " + target + " t JOIN " + staged + " n ON " + same + " ORDER BY " + strings.Join(order, ", ") + " FOR UPDATE OF t) locked"
	if err := s.exec(ctx, lock); err != nil {
		return fmt.Errorf("lock rows of %s: %w", s.target, err)
	}
	if set := s.assignments(); set != "" {
		tag, err := s.conn.Exec(ctx, "UPDATE "+target+" t SET "+set+" FROM "+staged+" n WHERE "+same+warehouse.NotLater(s.o.OrderBy))
		if err != nil {
			return fmt.Errorf("update %s: %w", s.target, err)
		}
		s.res.RowsUpdated = tag.RowsAffected()
	}
	_, err := s.conn.Exec(ctx, "INSERT INTO "+target+" ("+names+") SELECT "+names+" FROM "+staged+" n WHERE NOT EXISTS (SELECT FROM "+target+" t WHERE "+same+
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
// keeps the last of each key. Only rows whose key comes again are ranked.
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
	keys := idents(s.o.Key)
	err := s.exec(ctx, "CREATE TEMP TABLE df360_doubled ON COMMIT DROP AS SELECT "+keys+" FROM "+staged+" GROUP BY "+keys+" HAVING count(*) > 1")
	if err != nil {
		return fmt.Errorf("find keys that come again: %w", err)
	}
	tag, err := s.conn.Exec(ctx, fmt.Sprintf(`DELETE FROM %[1]s t USING (
	SELECT s.ctid AS at, rank() OVER (PARTITION BY %[2]s ORDER BY %[3]s) AS place FROM %[1]s s JOIN %[4]s d USING (%[2]s)) r
WHERE t.ctid = r.at AND r.place > 1`, staged, keys, warehouse.LastFirst(s.o.OrderBy), doubled))
	if err != nil {
		return fmt.Errorf("find the last row of each key: %w", err)
	}
	s.res.RowsDuplicate = tag.RowsAffected()
	s.res.RowsWritten = s.res.RowsRead - s.res.RowsDuplicate
	if err := s.checkTies(ctx, keys); err != nil {
		return err
	}
	return s.exec(ctx, "ANALYZE "+staged)
}

func (s *session) checkTies(ctx context.Context, keys string) error {
	var text []string
	for _, k := range s.o.Key {
		text = append(text, ident(k)+"::text")
	}
	var example string
	var n int64
	err := s.conn.QueryRow(ctx, fmt.Sprintf("SELECT concat_ws(', ', %s), count(*) FROM %s JOIN %s USING (%s) GROUP BY %[4]s HAVING count(*) > 1 ORDER BY %[4]s LIMIT 1",
		strings.Join(text, ", "), staged, doubled, keys)).Scan(&example, &n)
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
