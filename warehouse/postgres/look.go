package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/kalpafall/df360/warehouse"
)

// Relations implements warehouse.Target.
func (t *Target) Relations(ctx context.Context, schema string) ([]warehouse.Relation, error) {
	conn, err := t.connect(ctx)
	if err != nil {
		return nil, t.ended(ctx, err)
	}
	defer closeConn(ctx, conn)
	rows, err := conn.Query(ctx, `SELECT n.nspname::text, c.relname::text,
	CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' ELSE 'table' END,
	CASE WHEN c.relkind <> 'v' AND c.reltuples >= 0 THEN c.reltuples::bigint END, CASE WHEN c.relkind NOT IN ('v', 'f') THEN pg_total_relation_size(c.oid) END
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema' AND ($1 = '' OR n.nspname = $1)
ORDER BY 1, 2`, schema)
	if err != nil {
		return nil, t.ended(ctx, err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowToStructByPos[warehouse.Relation])
	return out, t.ended(ctx, err)
}

// Describe implements warehouse.Target.
func (t *Target) Describe(ctx context.Context, schema, name string) (*warehouse.Description, error) {
	conn, err := t.connect(ctx)
	if err != nil {
		return nil, t.ended(ctx, err)
	}
	defer closeConn(ctx, conn)
	d, err := describe(ctx, conn, schema, name)
	return d, t.ended(ctx, err)
}

func describe(ctx context.Context, conn *pgx.Conn, schema, name string) (*warehouse.Description, error) {
	rows, err := conn.Query(ctx, `SELECT a.attname::text, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`, schema, name)
	if err != nil {
		return nil, err
	}
	d := &warehouse.Description{Schema: schema, Name: name}
	if d.Columns, err = pgx.CollectRows(rows, pgx.RowToStructByPos[warehouse.Field]); err != nil || len(d.Columns) == 0 {
		return nil, err
	}
	rows, err = conn.Query(ctx, "SELECT indexdef FROM pg_indexes WHERE schemaname = $1 AND tablename = $2 ORDER BY indexname", schema, name)
	if err != nil {
		return nil, err
	}
	if d.Indexes, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
		return nil, err
	}
	rows, err = conn.Query(ctx, fmt.Sprintf(`SELECT dataset, version, commit_id, mode, run_id, rows, loaded_at FROM df360.loads
WHERE target = $1 ORDER BY id DESC LIMIT %d`, warehouse.LoadsShown), warehouse.TargetName(schema, name))
	if err == nil {
		d.Loads, err = pgx.CollectRows(rows, pgx.RowToStructByPos[warehouse.Load])
	}
	if isMissing(err) {
		d.Loads, err = []warehouse.Load{}, nil
	}
	return d, err
}
