package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/kalpafall/df360/ingest/columns"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/parquetfile"
	"github.com/kalpafall/df360/internal/sqltype"
)

// Report is what a run has done.
type Report struct {
	Commits int
	// Renamed are columns that got another name than the source has for them.
	Renamed []columns.Field
	// Wants says, by column, what type would have taken rows that were rejected.
	Wants map[string]*Want
	// Rejects are the first of the rows that were rejected, without their text.
	Rejects []Reject
}

// Want is what a column would have to be.
type Want struct {
	Type *sqltype.Type
	Rows int64 // at least so many rows would fit
}

// run is one run.
type run struct {
	store      Store
	source     Source
	o          Options
	columns    []Column // of the source
	sourceDict *parquetfile.Dict
	report     Report
}

// maxMoves bounds how often a batch begins anew because other runs come first.
const maxMoves = 20

// Run takes everything that the source has for now. The report is of what was
// committed, also beside an error.
func Run(ctx context.Context, store Store, source Source, o Options) (Report, error) {
	r := &run{
		store: store, source: source, o: o.withDefaults(), columns: source.Columns(),
		sourceDict: parquetfile.NewDict([]string{source.Name()}), report: Report{Wants: map[string]*Want{}},
	}
	moves := 0
	for {
		more, err := r.commit(ctx)
		switch {
		case errors.Is(err, ErrMoved) && moves < maxMoves:
			moves++
			continue
		case errors.Is(err, ErrMoved):
			return r.report, fault.New(fault.Conflict, "other runs took the same rows %d times in a row", maxMoves).
				WithHint("one run at a time is enough; nothing was taken twice")
		case err != nil || !more:
			return r.report, err
		}
		moves = 0
		if ctx.Err() != nil {
			return r.report, context.Cause(ctx)
		}
	}
}

// commit takes one batch. more says that the source may have another.
func (r *run) commit(ctx context.Context) (more bool, err error) {
	txn, err := r.store.Begin(ctx)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, txn.Abort()) }()
	base := txn.Base()
	progress, err := member(base.Progress, r.source.Name())
	if err != nil {
		return false, err
	}
	batch, err := r.source.Next(ctx, progress)
	if err != nil || batch == nil {
		return false, err
	}
	p, err := r.planFor(base)
	if err != nil {
		return false, err
	}
	p, w, batch, err := r.read(ctx, txn, batch, p, progress)
	if err != nil {
		return false, err
	}
	return true, r.land(ctx, txn, batch, p, w)
}

// read stages the rows of a batch, having found out about its columns as often
// as that needs.
func (r *run) read(ctx context.Context, txn Txn, batch Batch, p *plan, progress json.RawMessage) (*plan, written, Batch, error) {
	first, unknown := p, len(p.layout.Fields) == 0
	for {
		if unknown && !p.settled {
			next, err := r.infer(ctx, batch, p)
			if errors.Is(err, ErrAgain) {
				continue
			}
			if err != nil {
				return nil, written{}, nil, err
			}
			p = next
		}
		w, err := r.write(ctx, txn, batch, p, !p.settled && !r.o.Refetch)
		var fresh *columns.NewColumn
		switch {
		case errors.Is(err, ErrAgain):
			p = first // what was found is of rows that are void
			continue
		case !errors.As(err, &fresh):
			return p, w, batch, err
		case p.settled:
			return nil, w, nil, fault.New(fault.Internal, "the rows had a column %s when they were read again, and not before", fresh.Key)
		case r.o.OnNew == Fail && !fresh.Own:
			return nil, w, nil, newColumn(fresh)
		}
		unknown = true
		if r.o.Refetch {
			if batch, err = r.source.Next(ctx, progress); err != nil || batch == nil {
				return nil, w, nil, errors.Join(err, ErrMoved)
			}
		}
	}
}

// land commits what was staged, with the progress that belongs to it.
func (r *run) land(ctx context.Context, txn Txn, batch Batch, p *plan, w written) error {
	patch, err := batch.Progress()
	if err != nil {
		return err
	}
	if patch == nil || w.Read == 0 && !r.o.CommitEmpty {
		r.o.Done(ctx)
		return nil
	}
	progress, err := json.Marshal(map[string]any{r.source.Name(): patch})
	if err != nil {
		return fmt.Errorf("encode progress: %w", err)
	}
	change, err := r.change(ctx, txn, p, w)
	if err != nil {
		return err
	}
	change.Progress = progress
	// What was read is committed also where the run shall end.
	if err := txn.Commit(context.WithoutCancel(ctx), change); err != nil {
		return err
	}
	r.report.Commits++
	r.tell(p, w)
	r.o.Done(context.WithoutCancel(ctx))
	return nil
}

// change is what was staged, without the rows that the dataset has already.
func (r *run) change(ctx context.Context, txn Txn, p *plan, w written) (Change, error) {
	c := Change{Counts: w.Counts}
	fields := func() {
		c.Fields, c.Rejected = nil, nil
		if c.Counts.Written > 0 {
			c.Fields = p.fields()
		}
		if c.Counts.Rejected > 0 {
			c.Rejected = p.rejected.fields
		}
	}
	fields()
	if r.o.Distinct == nil || c.Counts.Read == 0 {
		return c, nil
	}
	dropped, err := r.o.Distinct(ctx, txn, Staged{Fields: c.Fields, Rejected: c.Rejected, Own: []string{TimeColumn, SourceColumn}})
	if err != nil {
		return c, err
	}
	c.Counts.Written -= dropped.Written
	c.Counts.Rejected -= dropped.Rejected
	c.Counts.Duplicate += dropped.Written + dropped.Rejected
	fields()
	return c, nil
}

// tell notes what the user should know of a commit.
func (r *run) tell(p *plan, w written) {
	if p.settled && w.Written > 0 {
		for _, f := range p.layout.Fields {
			if f.Key != f.Name {
				r.report.Renamed = append(r.report.Renamed, f)
			}
		}
	}
	wants(w.rejects, r.report.Wants)
	r.report.Rejects = append(r.report.Rejects, w.rejects[:min(len(w.rejects), max(0, maxTold-len(r.report.Rejects)))]...)
}

// member is a source's member of the progress.
func member(progress json.RawMessage, name string) (json.RawMessage, error) {
	if len(progress) == 0 {
		return nil, nil
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(progress, &all); err != nil {
		return nil, fault.New(fault.Corrupt, "the progress of the dataset is no JSON object: %w", err)
	}
	return all[name], nil
}
