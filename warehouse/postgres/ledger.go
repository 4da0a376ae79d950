package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kalpafall/df360/warehouse"
)

// Ledger is the table of all loads: one line for each version, or for each commit
// of an append. It is written in the transaction of the rows, so what it says is
// what is there. Users may read it; nothing else writes it.
const Ledger = "df360.loads"

// ledgerSchema is where the ledger is.
const ledgerSchema = "df360"

func ledgerDDL() string {
	return `CREATE TABLE IF NOT EXISTS df360.loads (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	target text NOT NULL,
	dataset text NOT NULL,
	version bigint NOT NULL,
	commit_id text NOT NULL,
	mode text NOT NULL,
	run_id text NOT NULL,
	rows bigint NOT NULL,
	fresh boolean NOT NULL,
	loaded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	refreshed_at timestamptz
);
CREATE INDEX IF NOT EXISTS loads_target ON df360.loads (target, id);
CREATE TABLE IF NOT EXISTS df360.views (
	name text PRIMARY KEY,
	definition text NOT NULL,
	made_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE df360.loads IS 'one line for each load of df360: what a table holds';
COMMENT ON TABLE df360.views IS 'the views that df360 has made, as df360.yaml had them';`
}

// setupKey is the lock of those that make the ledger, or a schema.
const setupKey = 3600360

// ledger is what is known of a target.
type ledger struct {
	there   bool // the ledger itself is there
	entries []warehouse.Entry
}

// querier is a connection, or a transaction on it.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// readLedger reads a target's entries since it was last empty, the newest first.
func readLedger(ctx context.Context, q querier, target string) (ledger, error) {
	rows, err := q.Query(ctx, `SELECT dataset, version, commit_id, mode, run_id, fresh
FROM df360.loads WHERE target = $1 AND id >= coalesce((SELECT max(id) FROM df360.loads WHERE target = $1 AND fresh), 0)
ORDER BY id DESC`, target)
	l := ledger{there: true}
	if err == nil {
		var e warehouse.Entry
		_, err = pgx.ForEachRow(rows, []any{&e.Dataset, &e.Version, &e.CommitID, &e.Mode, &e.RunID, &e.Fresh}, func() error {
			l.entries = append(l.entries, e)
			return nil
		})
	}
	if isMissing(err) {
		return ledger{}, nil
	}
	if err != nil {
		return ledger{}, fmt.Errorf("read %s: %w", Ledger, err)
	}
	return l, nil
}

// isMissing reports whether a statement failed for a schema or table that is not there.
func isMissing(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "42P01" || pg.Code == "3F000")
}

// prepare makes the ledger and the table's schema where they are missing. It
// asks first: a role that may not make them can use them.
func (s *session) prepare(ctx context.Context) error {
	rows, err := s.conn.Query(ctx, "SELECT wanted FROM unnest($1::text[]) wanted WHERE NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = wanted)",
		[]string{ledgerSchema, s.o.Schema})
	if err != nil {
		return fmt.Errorf("look for schema %s: %w", s.o.Schema, err)
	}
	missing, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("look for schema %s: %w", s.o.Schema, err)
	}
	if len(missing) == 0 && s.ledger.there {
		return nil
	}
	ddl := ""
	for _, schema := range missing {
		ddl += "CREATE SCHEMA IF NOT EXISTS " + ident(schema) + ";\n"
	}
	if !s.ledger.there {
		ddl += ledgerDDL()
	}
	return s.locked(ctx, setupKey, func() error { return s.exec(ctx, ddl) })
}
