package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kalpafall/df360/ingest"
	"github.com/kalpafall/df360/ingest/columns"
	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/lake"
)

// distinct drops staged rows that a dataset has already.
type distinct struct {
	a *app
	l *lake.Lake
	// keys are the columns that tell rows apart: of rows that are the same in
	// everything one is kept. Without keys as many are kept as there are, less
	// those that the dataset has.
	keys []string
}

// drop is an ingest.Options.Distinct.
func (d *distinct) drop(ctx context.Context, txn ingest.Txn, staged ingest.Staged) (out ingest.Dropped, err error) {
	t, ok := txn.(*ingestTxn)
	if !ok {
		return out, fault.New(fault.Internal, "rows are compared in a lake only")
	}
	for _, key := range d.keys {
		if staged.Fields != nil && !slices.ContainsFunc(staged.Fields, func(f columns.Field) bool { return f.Name == key }) {
			return out, fault.New(fault.Schema, "--key %s: the rows have no such column", key)
		}
	}
	session, err := duck.Open(ctx, d.a.duckOptions())
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	for _, part := range []struct {
		rejected bool
		fields   []columns.Field
		base     *lake.Snapshot
		dropped  *int64
		own      []string
	}{
		{false, staged.Fields, t.base, &out.Written, staged.Own},
		{true, staged.Rejected, t.t.Companion(t.s.ref.Name + lake.RejectedSuffix), &out.Rejected, append([]string{"_reason", "_origin"}, staged.Own...)},
	} {
		if part.fields == nil {
			continue
		}
		dir, err := txn.Stage(part.rejected)
		if err != nil {
			return out, err
		}
		if *part.dropped, err = d.rewrite(ctx, session, dir, part.fields, part.own, part.base); err != nil {
			return out, fmt.Errorf("compare rows with those of %s: %w", t.s.ref, err)
		}
	}
	return out, nil
}

// rewrite writes the files of a stage again, without the rows that are there.
func (d *distinct) rewrite(ctx context.Context, session *duck.Session, dir string, fields []columns.Field, own []string, base *lake.Snapshot) (dropped int64, err error) {
	files, err := filepath.Glob(filepath.Join(duck.EscapeGlobs([]string{dir})[0], "*.part"))
	if err != nil || len(files) == 0 {
		return 0, err
	}
	have, closeBase, err := d.base(ctx, base, fields)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, closeBase()) }()
	content := contentColumns(fields, own)
	if err := session.Exec(ctx, "CREATE OR REPLACE TEMP TABLE fresh AS "+d.fresh(files, have, content)); err != nil {
		return 0, err
	}
	var kept, all int64
	if err := session.QueryRow(ctx, "SELECT count(*) FROM fresh", &kept); err != nil {
		return 0, err
	}
	if err := session.QueryRow(ctx, "SELECT count(*) FROM read_parquet("+duck.Files(files)+")", &all); err != nil {
		return 0, err
	}
	if kept == all {
		return 0, nil
	}
	if kept > 0 {
		out := filepath.Join(dir, "distinct.part")
		err := session.Exec(ctx, "COPY (SELECT * EXCLUDE (nth, place) FROM fresh ORDER BY place) TO "+duck.Literal(out)+
			" (FORMAT parquet, COMPRESSION "+d.a.settings.Compression+", ROW_GROUP_SIZE 122880)")
		if err != nil {
			return 0, err
		}
	}
	for _, file := range files {
		if err := os.Remove(file); err != nil {
			return 0, fault.OS(err, "stage rows")
		}
	}
	return all - kept, nil
}

// base is a SELECT of the rows that a dataset has, as fields; "" where there are
// none.
func (d *distinct) base(ctx context.Context, s *lake.Snapshot, fields []columns.Field) (query string, done func() error, err error) {
	if s.Version < 0 && !s.Foreign || len(s.Files) == 0 {
		return "", func() error { return nil }, nil
	}
	pin, err := d.l.Pin(ctx, s)
	if err != nil {
		return "", nil, err
	}
	relation, err := united(d.l, s, pin.Paths(s))
	if err != nil {
		return "", nil, errors.Join(err, pin.Close())
	}
	var items []string
	for _, f := range fields {
		name := duck.Ident(f.Name)
		switch has := relation.Type(f.Name); {
		case has == nil:
			items = append(items, "CAST(NULL AS "+f.Type.String()+") AS "+name)
		case !has.Equal(f.Type):
			items = append(items, "CAST("+name+" AS "+f.Type.String()+") AS "+name)
		default:
			items = append(items, name)
		}
	}
	return "SELECT " + strings.Join(items, ", ") + " FROM (" + relation.SQL() + ")", pin.Close, nil
}

// contentColumns are the columns that say what a row is.
func contentColumns(fields []columns.Field, own []string) []string {
	var out []string
	for _, f := range fields {
		if !slices.Contains(own, f.Name) {
			out = append(out, f.Name)
		}
	}
	return out
}

// fresh is a SELECT of the staged rows that are to stay.
func (d *distinct) fresh(files []string, have string, content []string) string {
	var names, same []string
	for _, c := range content {
		names = append(names, duck.Ident(c))
		same = append(same, "w."+duck.Ident(c)+" IS NOT DISTINCT FROM h."+duck.Ident(c))
	}
	list := strings.Join(names, ", ")
	staged := "SELECT *, row_number() OVER (PARTITION BY " + list + " ORDER BY place) AS nth" +
		" FROM (SELECT *, row_number() OVER () AS place FROM read_parquet(" + duck.Files(files) + "))"
	stay := "true"
	if len(d.keys) > 0 {
		stay = "nth = 1"
	}
	if have == "" {
		return "SELECT * FROM (" + staged + ") WHERE " + stay
	}
	stay = "nth > coalesce(times, 0)"
	if len(d.keys) > 0 {
		stay = "nth = 1 AND times IS NULL"
	}
	return "WITH staged AS MATERIALIZED (" + staged + "), wanted AS (SELECT DISTINCT " + list + " FROM staged)," +
		" found AS (SELECT w.*, count(*) AS times FROM wanted w JOIN (" + have + ") h ON " + strings.Join(same, " AND ") + " GROUP BY ALL)" +
		" SELECT w.* FROM staged w LEFT JOIN (SELECT * FROM found) h ON " + strings.Join(same, " AND ") + " WHERE " + stay
}
