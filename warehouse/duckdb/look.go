package duckdb

import (
	"context"
	"errors"
	"fmt"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/warehouse"
)

// Relations implements warehouse.Target.
func (t *Target) Relations(ctx context.Context, schema string) (out []warehouse.Relation, err error) {
	if !t.Exists() {
		return nil, nil
	}
	err = t.read(ctx, func(s *duck.Session) (err error) {
		rows, err := s.Query(ctx, `SELECT * FROM (
	SELECT schema_name, table_name, 'table', estimated_size FROM duckdb_tables() WHERE database_name = current_database() AND NOT internal
	UNION ALL SELECT schema_name, view_name, 'view', NULL FROM duckdb_views() WHERE database_name = current_database() AND NOT internal)
WHERE $1 = '' OR schema_name = $1 ORDER BY 1, 2`, schema)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			var r warehouse.Relation
			if err := rows.Scan(&r.Schema, &r.Name, &r.Kind, &r.Rows); err != nil {
				return err
			}
			out = append(out, r)
		}
		return rows.Err()
	})
	return out, err
}

// read opens the file for f, which reads.
func (t *Target) read(ctx context.Context, f func(*duck.Session) error) error {
	session, err := t.Open(ctx, t.engine, true)
	if err != nil {
		return err
	}
	return errors.Join(f(session), session.Close())
}

// Describe implements warehouse.Target.
func (t *Target) Describe(ctx context.Context, schema, name string) (d *warehouse.Description, err error) {
	if !t.Exists() {
		return nil, nil //nolint:nilnil // documented
	}
	err = t.read(ctx, func(s *duck.Session) error {
		fields, err := describeFields(ctx, s, schema, name)
		if err != nil || len(fields) == 0 {
			return err
		}
		d = &warehouse.Description{Schema: schema, Name: name, Columns: fields}
		if d.Indexes, err = texts(ctx, s, "SELECT sql FROM duckdb_indexes() WHERE schema_name = $1 AND table_name = $2 ORDER BY index_name", schema, name); err != nil {
			return err
		}
		d.Loads, err = describeLoads(ctx, s, warehouse.TargetName(schema, name))
		return err
	})
	return d, err
}

func describeFields(ctx context.Context, s *duck.Session, schema, name string) (out []warehouse.Field, err error) {
	rows, err := s.Query(ctx, `SELECT column_name, data_type, is_nullable FROM duckdb_columns()
WHERE database_name = current_database() AND schema_name = $1 AND table_name = $2 ORDER BY column_index`, schema, name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var f warehouse.Field
		if err := rows.Scan(&f.Name, &f.Type, &f.Nullable); err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, rows.Err()
}

func describeLoads(ctx context.Context, s *duck.Session, target string) (out []warehouse.Load, err error) {
	if there, err := has(ctx, s, "df360", "loads"); err != nil || !there {
		return nil, err
	}
	rows, err := s.Query(ctx, fmt.Sprintf(`SELECT dataset, version, commit_id, mode, run_id, rows, loaded_at FROM df360.loads
WHERE target = $1 ORDER BY id DESC LIMIT %d`, warehouse.LoadsShown), target)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var l warehouse.Load
		if err := rows.Scan(&l.Dataset, &l.Version, &l.CommitID, &l.Mode, &l.RunID, &l.Rows, &l.At); err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, rows.Err()
}
