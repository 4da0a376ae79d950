package duckdb

import (
	"context"
	"errors"
	"fmt"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/warehouse"
)

// ledgerDDL makes the ledger, as warehouse/postgres has it.
func ledgerDDL() []string {
	return []string{
		"CREATE SCHEMA IF NOT EXISTS df360",
		`CREATE TABLE IF NOT EXISTS df360.loads (id BIGINT NOT NULL, target VARCHAR NOT NULL, dataset VARCHAR NOT NULL, version BIGINT NOT NULL,
	commit_id VARCHAR NOT NULL, mode VARCHAR NOT NULL, run_id VARCHAR NOT NULL, rows BIGINT NOT NULL, fresh BOOLEAN NOT NULL,
	loaded_at TIMESTAMPTZ NOT NULL, refreshed_at TIMESTAMPTZ)`,
		"CREATE TABLE IF NOT EXISTS df360.views (name VARCHAR NOT NULL, definition VARCHAR NOT NULL, made_at TIMESTAMPTZ NOT NULL)",
	}
}

// ledger is what is known of a target.
type ledger struct {
	there   bool
	entries []warehouse.Entry // the newest first
}

func has(ctx context.Context, s *duck.Session, schema, table string) (bool, error) {
	var n int64
	err := s.QueryRow(ctx, "SELECT count(*) FROM duckdb_tables() WHERE database_name = current_database() AND schema_name = "+duck.Literal(schema)+
		" AND table_name = "+duck.Literal(table), &n)
	return n > 0, err
}

// readLedger reads a target's entries since it was last empty.
func readLedger(ctx context.Context, s *duck.Session, target string) (l ledger, err error) {
	if l.there, err = has(ctx, s, "df360", "loads"); err != nil || !l.there {
		return l, err
	}
	rows, err := s.Query(ctx, `SELECT dataset, version, commit_id, mode, run_id, fresh FROM df360.loads
WHERE target = $1 AND id >= coalesce((SELECT max(id) FROM df360.loads WHERE target = $1 AND fresh), 0) ORDER BY id DESC`, target)
	if err != nil {
		return l, fmt.Errorf("read df360.loads: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var e warehouse.Entry
		if err := rows.Scan(&e.Dataset, &e.Version, &e.CommitID, &e.Mode, &e.RunID, &e.Fresh); err != nil {
			return l, err
		}
		l.entries = append(l.entries, e)
	}
	return l, rows.Err()
}

// enter writes the ledger: a line for each commit of an append, else one.
func (w *work) enter(ctx context.Context, plan warehouse.Plan, fresh bool) error {
	lines := plan.Commits
	if lines == nil || w.o.Mode == warehouse.Merge {
		lines = []warehouse.Commit{{Version: w.in.Version, ID: w.in.CommitID, Rows: w.res.RowsWritten}}
	}
	w.res.Commits = max(1, len(plan.Commits))
	for i, c := range lines {
		err := w.session.Exec(ctx, `INSERT INTO df360.loads SELECT coalesce(max(id), 0) + 1, $1, $2, $3, $4, $5, $6, $7, $8, $9, NULL FROM df360.loads`,
			w.target, w.in.Dataset, c.Version, c.ID, string(w.o.Mode), w.o.RunID, c.Rows, fresh && i == 0, w.o.Now().UTC())
		if err != nil {
			return fmt.Errorf("write df360.loads: %w", err)
		}
	}
	return nil
}
