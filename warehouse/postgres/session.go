package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/kalpafall/df360/warehouse"
)

// session is one try of a load: a connection, and what it has found.
type session struct {
	t      *Target
	conn   *pgx.Conn
	in     *warehouse.Input
	o      warehouse.Options
	target string // in the ledger
	ledger ledger
	table  *existing // nil: it is not there
	res    *warehouse.Result
	sent   *warehouse.Result // of a try whose COMMIT was sent, and maybe kept
	loaded bool              // the rows are there
	anew   bool              // they are there, but lack a column: all are loaded again
}

// exec runs statements without a result, one round trip.
func (s *session) exec(ctx context.Context, sql string) error {
	_, err := s.conn.PgConn().Exec(ctx, sql).ReadAll()
	return err
}

// begin opens a transaction that waits for locks no longer than the user allows,
// holds a lock of its own, and whose COMMIT is on disk when it returns. A client
// that is gone without a word is found out by the server within a minute.
func (s *session) begin(ctx context.Context, key int64) error {
	return s.exec(ctx, fmt.Sprintf(`BEGIN;
SET LOCAL lock_timeout = %d;
SET LOCAL statement_timeout = 0;
SET LOCAL idle_in_transaction_session_timeout = 0;
SET LOCAL tcp_keepalives_idle = 20;
SET LOCAL tcp_keepalives_interval = 10;
SET LOCAL tcp_keepalives_count = 3;
SELECT set_config('synchronous_commit', 'local', true) WHERE current_setting('synchronous_commit') = 'off';
SELECT pg_advisory_xact_lock(%d)`, max(s.o.Wait.Milliseconds(), 1), key))
}

// locked runs f in a transaction of its own.
func (s *session) locked(ctx context.Context, key int64, f func() error) error {
	err := s.begin(ctx, key)
	if err == nil {
		err = f()
	}
	if err == nil {
		return s.commit(ctx)
	}
	return errors.Join(err, s.rollback(ctx, err))
}

// commit ends the transaction. A server that answers COMMIT with ROLLBACK has kept nothing.
func (s *session) commit(ctx context.Context) error {
	tag, err := s.conn.Exec(ctx, "COMMIT")
	if err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	if tag.String() != "COMMIT" {
		return fmt.Errorf("commit: the server answered %q", tag.String())
	}
	return nil
}

// rollback ends the transaction after err. A connection that is lost has done it.
func (s *session) rollback(ctx context.Context, err error) error {
	gone := lost(err) || ctx.Err() != nil || s.conn.IsClosed()
	if gone {
		return nil
	}
	rerr := s.exec(ctx, "ROLLBACK")
	if lost(rerr) {
		rerr = nil
	}
	return rerr
}
