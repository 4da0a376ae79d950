package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/warehouse"
)

func errCount(format string, args ...any) error {
	return fault.New(fault.Corrupt, format, args...).WithHint("nothing was loaded; df360 lake verify checks the files")
}

// check refuses what no try could load.
func check(in *warehouse.Input, o warehouse.Options) error {
	for _, name := range []struct{ what, name string }{{"schema", o.Schema}, {"table", o.Table}} {
		if err := warehouse.CheckName(name.what, name.name, warehouse.MostName); err != nil {
			return err
		}
	}
	if err := warehouse.CheckColumns(in.Columns, warehouse.MostName, o.Reserved(systemColumns()...)); err != nil {
		return err
	}
	if err := warehouse.CheckKey(in.Columns, "--key", o.Key); err != nil {
		return err
	}
	return warehouse.CheckKey(in.Columns, "--order-by", o.OrderBy)
}

// Load loads one version of a dataset into a table. What passes (a lost
// connection, a restarting server, another session's lock) is met with another
// try of the whole, which begins with a look at the ledger: where the last one's
// COMMIT got no answer, it finds out under the lock whether it was kept.
//
// Where the rows were loaded, the result is there even with an error.
func (t *Target) Load(ctx context.Context, in *warehouse.Input, o warehouse.Options) (*warehouse.Result, error) {
	if err := check(in, o); err != nil {
		return nil, err
	}
	var sent *warehouse.Result // of a try whose COMMIT was sent
	connected := false
	for try := 1; ; try++ {
		s := &session{t: t, in: in, o: o, target: warehouse.TargetName(o.Schema, o.Table), sent: sent}
		err := s.run(ctx)
		sent = s.sent
		if s.loaded {
			s.res.Retries = try - 1
		} else {
			s.res = nil
		}
		connected = connected || s.conn != nil
		if err == nil || !passing(err) || try >= triesAfter(err, connected) || ctx.Err() != nil {
			return s.res, t.ended(ctx, err)
		}
		pause := t.pause(try)
		o.Log.Warn("try again", "dataset", in.Dataset, "reason", t.explain(err), "pause", pause)
		if err := wait(ctx, pause); err != nil {
			return nil, err
		}
	}
}

// ended is how a load ends: a run that was stopped says so, whatever broke of it.
func (t *Target) ended(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return t.explain(err)
}

// run is one try.
func (s *session) run(ctx context.Context) (err error) {
	s.res = warehouse.NewResult(s.in, s.o)
	if s.conn, err = s.t.connect(ctx); err != nil {
		return err
	}
	defer closeConn(ctx, s.conn)
	plan, err := s.look(ctx)
	switch {
	case err != nil:
		return err
	case s.o.DryRun:
		return s.preview(plan)
	case plan.There:
		s.already()
	default:
		if err := s.load(ctx); err != nil {
			return err
		}
	}
	s.loaded = true
	return s.indexes(ctx, s.o.Table, &s.res.Indexes)
}

// look reads what is there and decides what is left to do.
func (s *session) look(ctx context.Context) (plan warehouse.Plan, err error) {
	if s.ledger, err = readLedger(ctx, s.conn, s.target); err != nil {
		return plan, err
	}
	if s.table, err = readTable(ctx, s.conn, s.o.Schema, s.o.Table); err != nil {
		return plan, err
	}
	plan, err = warehouse.MakePlan(ctx, s.in, s.o.Mode, s.table != nil, s.ledger.entries)
	if err == nil && plan.There && s.o.Mode == warehouse.Replace {
		lacks, merr := s.missing()
		s.anew = merr == nil && len(lacks) > 0 // a column was dropped, or is asked for now
		plan.There = !s.anew
	}
	return plan, err
}

// already settles the result where nothing is left to do: it may be this run that
// has done it, in a try whose COMMIT got no answer.
func (s *session) already() {
	mine := len(s.ledger.entries) > 0 && s.ledger.entries[0].RunID == s.o.RunID
	if s.sent != nil && mine {
		s.res = s.sent
		return
	}
	s.res.There = true
}

// preview says what a load would do.
func (s *session) preview(plan warehouse.Plan) error {
	s.loaded = true
	s.res.There, s.res.Created = plan.There, s.table == nil
	if s.table != nil {
		lacks, err := s.missing()
		if err != nil {
			return err
		}
		for _, c := range lacks {
			s.res.AddedColumns = append(s.res.AddedColumns, c.Name)
		}
	}
	switch {
	case plan.There:
	case plan.Commits == nil:
		s.res.RowsRead = s.in.Rows
	default:
		s.res.Commits = len(plan.Commits)
		for _, c := range plan.Commits {
			s.res.RowsRead += c.Rows
		}
	}
	return nil
}

// load makes what is missing and loads the rows.
func (s *session) load(ctx context.Context) error {
	if err := s.prepare(ctx); err != nil {
		return err
	}
	if s.table != nil && !s.anew {
		columns, err := s.missing()
		if err == nil && len(columns) > 0 {
			err = s.locked(ctx, lockKey(s.target), func() error { return s.grow(ctx) })
		}
		if err != nil {
			return err
		}
	}
	err := s.begin(ctx, lockKey(s.target))
	if err == nil {
		err = s.transact(ctx)
	}
	if err != nil {
		return errors.Join(err, s.rollback(ctx, err))
	}
	if s.res.There || s.res == s.sent {
		return s.rollback(ctx, nil)
	}
	if err := s.o.Fail.Hit("commit"); err != nil {
		return err
	}
	s.sent = s.res
	if err := s.commit(ctx); err != nil {
		if !lost(err) {
			s.sent = nil
		}
		return err
	}
	s.loaded = true
	if err := s.o.Fail.Hit("committed"); err != nil {
		return err
	}
	return s.analyze(ctx)
}

// analyze tells the planner what is in the table now: by a third of the usual
// sample, at once, since the server's own autovacuum looks closer before long. The
// rows are loaded, whatever becomes of it.
func (s *session) analyze(ctx context.Context) error {
	err := s.exec(ctx, fmt.Sprintf("SET lock_timeout = %d; SET default_statistics_target = 30; ANALYZE %s", max(s.o.Wait.Milliseconds(), 1), qualified(s.o.Schema, s.o.Table)))
	if err != nil {
		s.o.Log.Info("analyze", "table", s.target, "error", err)
		if lost(err) {
			return err // the next try finds the rows, and goes on from there
		}
	}
	return nil
}

// transact does the work of a load in the open transaction, which holds the lock:
// what is there is looked at again.
func (s *session) transact(ctx context.Context) (err error) {
	plan, err := s.look(ctx)
	if err != nil {
		return err
	}
	if plan.There {
		s.already()
		return nil
	}
	reading, err := s.in.Open(ctx, plan.Commits, s.o.Mode == warehouse.Merge)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, reading.Close()) }()
	fresh := s.o.Mode == warehouse.Replace
	if s.table == nil {
		fresh = true
		err = s.create(ctx)
	} else {
		err = s.grow(ctx) // mostly done before
	}
	if err != nil {
		return err
	}
	if s.o.Mode == warehouse.Replace && !s.res.Created {
		tag, err := s.conn.Exec(ctx, "DELETE FROM "+qualified(s.o.Schema, s.o.Table))
		if err != nil {
			return fmt.Errorf("empty %s: %w", s.target, err)
		}
		s.res.RowsDeleted = tag.RowsAffected()
	}
	if s.o.Mode == warehouse.Merge {
		err = s.merge(ctx, reading.Parts)
	} else {
		s.res.RowsRead, err = s.copyInto(ctx, qualified(s.o.Schema, s.o.Table), s.columnNames(), reading.Parts, s.lineage)
		s.res.RowsWritten = s.res.RowsRead
	}
	if err != nil {
		return err
	}
	return s.enter(ctx, plan, fresh)
}

// lineage are the fields of the columns that tell where a row is from.
func (s *session) lineage(p warehouse.Part) [][]byte {
	if !s.o.Lineage {
		return nil
	}
	return [][]byte{int8Field(nil, p.Commit.Version), textField(s.o.RunID)}
}

// enter writes the ledger: a line for each commit of an append, else one.
func (s *session) enter(ctx context.Context, plan warehouse.Plan, fresh bool) error {
	lines := plan.Commits
	if lines == nil || s.o.Mode == warehouse.Merge {
		lines = []warehouse.Commit{{Version: s.in.Version, ID: s.in.CommitID, Rows: s.res.RowsWritten}}
	}
	s.res.Commits = max(1, len(plan.Commits))
	for i, c := range lines {
		_, err := s.conn.Exec(ctx, `INSERT INTO df360.loads (target, dataset, version, commit_id, mode, run_id, rows, fresh)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			s.target, s.in.Dataset, c.Version, c.ID, string(s.o.Mode), s.o.RunID, c.Rows, fresh && i == 0)
		if err != nil {
			return fmt.Errorf("write %s: %w", Ledger, err)
		}
	}
	return nil
}
