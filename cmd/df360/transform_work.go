package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/unite"
	"github.com/kalpafall/df360/lake"
	"github.com/kalpafall/df360/transform"
)

// work does what is to be done and commits it. The record is nil where nothing
// was committed.
func (t *transformRun) work(ctx context.Context, txn *lake.Txn) (record *lake.Record, err error) {
	meter := t.a.meter("transform "+t.raw.Name, t.expected(), true)
	defer meter.Stop()
	defer t.watch(meter, txn)()
	w, err := t.a.openWorkbench(ctx, t.l, t.input, t.before(), t.rejectedBefore(ctx))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	res, err := t.compute(ctx, w, txn, meter.SetTitle)
	if err != nil {
		return nil, t.named(w, err)
	}
	return t.land(ctx, txn, res)
}

// named names the files of an error as the lake does.
func (t *transformRun) named(w *workbench, err error) error {
	said := unpinned(t.input, w, err.Error())
	if said == err.Error() {
		return err
	}
	code := fault.CodeOf(err)
	if code == fault.Internal { // the engine cannot read the file that it names
		code = fault.Corrupt
	}
	return fault.New(code, "%s", said).WithHint("%s", fault.Hint(err))
}

// compute runs the job. Where an increment turns out to be impossible, all
// rows are transformed.
func (t *transformRun) compute(ctx context.Context, w *workbench, txn *lake.Txn, tell func(string)) (*transform.Result, error) {
	dirs := t.dirs(txn)
	if t.decision.Mode == transform.OnlyAggregate {
		return t.onlyAggregate(ctx, w, dirs)
	}
	j, err := t.job(ctx, w)
	if err != nil {
		return nil, err
	}
	j.Stamp = txn.Time()
	j.Tell = func(what string) {
		t.a.log.Debug("step", "step", what)
		tell(what)
	}
	if err := t.addBefore(ctx, w, &j); err != nil {
		return nil, err
	}
	res, err := transform.Run(ctx, w.engine, j, dirs)
	if err == nil && t.decision.Mode == transform.Increment && !t.continues(res) {
		err = errTypesChanged
	}
	if errors.Is(err, transform.ErrOvertaken) || errors.Is(err, errTypesChanged) {
		return t.fromTheBeginning(ctx, w, txn, tell, err)
	}
	return res, err
}

// errTypesChanged: new rows have columns that older ones have in another type.
var errTypesChanged = errors.New("columns have other types than before")

// fromTheBeginning transforms all rows after an increment came to nothing.
func (t *transformRun) fromTheBeginning(ctx context.Context, w *workbench, txn *lake.Txn, tell func(string), why error) (*transform.Result, error) {
	t.a.log.Info("transform all rows", "why", why)
	outputs := []string{"", lake.RejectedSuffix}
	if t.f.aggregate {
		outputs = append(outputs, lake.AggregateSuffix)
	}
	for _, suffix := range outputs {
		dir, err := txn.StageDir(t.processed.Name + suffix)
		if err == nil {
			err = emptyDir(dir)
		}
		if err != nil {
			return nil, fault.OS(err, "throw away an increment of %s", t.processed)
		}
	}
	t.decision = transform.Decision{Mode: transform.Everything, Why: why.Error()}
	return t.compute(ctx, w, txn, tell)
}

func emptyDir(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	return err
}

// continues reports whether new rows fit to the ones that are there.
func (t *transformRun) continues(res *transform.Result) bool {
	return fits(t.base.Schema, res.Main.Columns)
}

func fits(schema []lake.Column, columns []unite.Column) bool {
	for _, c := range schema {
		if !slices.Contains(columns, unite.Column{Name: c.Name, Type: c.Type}) {
			return false
		}
	}
	return true
}

// dirs are the folders that outputs are written into.
func (t *transformRun) dirs(txn *lake.Txn) transform.Dirs {
	return func(output string) (string, error) {
		switch output {
		case transform.StateOutput:
			dir := filepath.Join(t.l.StateDir(t.processed), txn.CommitID())
			return dir, fault.OS(os.MkdirAll(dir, 0o755), "make folder %s", dir) //nolint:gosec // as readable as the data
		case transform.MainOutput:
			return txn.StageDir(t.processed.Name)
		}
		return txn.StageDir(t.processed.Name + "_" + output)
	}
}

// onlyAggregate makes the aggregate of the processed rows.
func (t *transformRun) onlyAggregate(ctx context.Context, w *workbench, dirs transform.Dirs) (*transform.Result, error) {
	rel, err := w.unite(ctx, t.l, t.base)
	if err != nil {
		return nil, err
	}
	out, state, err := transform.Aggregate(ctx, w.engine, t.typ, rel, len(t.base.Files), dirs)
	return &transform.Result{Aggregate: out, State: state}, err
}

// before is processed, where what it has is read again: by an aggregate.
func (t *transformRun) before() *lake.Snapshot {
	if t.f.aggregate && t.base.Version >= 0 && t.decision.Mode != transform.Everything {
		return t.base
	}
	return nil
}

// rejectedBefore is the companion with rejected rows, where some of them stay.
func (t *transformRun) rejectedBefore(ctx context.Context) *lake.Snapshot {
	if t.decision.Mode != transform.Partitions || t.base.Version < 0 {
		return nil
	}
	snap, err := t.companion(ctx, lake.RejectedSuffix)
	if err != nil {
		return nil // it is asked for again, and the error told, when it is read
	}
	return snap
}

// addBefore adds what the job needs of earlier commits.
func (t *transformRun) addBefore(ctx context.Context, w *workbench, j *transform.Job) error {
	if t.decision.Mode == transform.Partitions {
		j.Dates = t.f.dates
		if err := t.addRejected(ctx, w, j); err != nil {
			return err
		}
	}
	if t.before() == nil {
		return nil
	}
	if t.decision.Mode == transform.Increment && t.typ.AggregateHash() == t.progress.Aggregate {
		if j.State = t.readState(w.session.TempDir()); j.State != nil {
			return nil
		}
	}
	files, err := w.files(t.l, t.base)
	if err != nil {
		return err
	}
	for i, f := range files {
		if j.Dates != nil {
			gone, err := j.Dates.Covers(t.typ, t.base.Files[i].Partition)
			if err != nil {
				return err
			}
			if gone {
				continue
			}
		}
		j.Before = append(j.Before, f)
	}
	return nil
}

func (t *transformRun) addRejected(ctx context.Context, w *workbench, j *transform.Job) error {
	if t.base.Version < 0 {
		return nil
	}
	snap, err := t.companion(ctx, lake.RejectedSuffix)
	if err != nil || snap == nil || len(snap.Files) == 0 {
		return err
	}
	rel, err := w.unite(ctx, t.l, snap)
	if err != nil {
		return err
	}
	j.Rejected = &transform.Source{Relation: rel, Rows: snap.Rows}
	for i := range snap.Files {
		j.Rejected.Files = append(j.Rejected.Files, i)
	}
	return nil
}
