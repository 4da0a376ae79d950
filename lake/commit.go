package lake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/kalpafall/df360/internal/fault"
)

// Change is what a commit does.
type Change struct {
	Operation Operation
	// Source is where the rows are from ("faker", "file", "api", "kafka",
	// "transform"): part of file names and sidecars.
	Source string
	// Progress is what the source said of how far it got; marshalled to JSON. It
	// takes the place of the progress before, or with MergeProgress changes it, as
	// a merge patch (RFC 7396): so that every source of a dataset has its own
	// member, and a commit says only what it adds.
	Progress      any
	MergeProgress bool
	Counts        Counts
	// Datasets is what happens to the main dataset and its companions.
	Datasets map[string]DatasetChange
	// Rebase is asked when another commit came first; it may edit the change.
	// nil means Conflict.
	Rebase func(ctx context.Context, base *Snapshot, c *Change) (Decision, error)
}

// DatasetChange is what a commit does to one dataset, beside adding what was
// staged for it. Files are numbered in the lexical order of their staged paths.
type DatasetChange struct {
	// Schema lists the columns of the staged files, then the partition columns.
	// nil takes it from the staged files, or the base's where there are none.
	Schema      []Column
	PartitionBy []string
	// Replace drops every file of the version that the commit lands on.
	Replace bool
	// Remove drops these files, by path.
	Remove []string
	// add are files made ready by the lake itself (adoption, rollback).
	add []AddFile
	// behind: the rows do not follow from the main dataset's newest version.
	behind bool
	// settled: the schema is not the change's to answer for.
	settled bool
	// odd: some files have types that lake files do not have.
	odd bool
}

// Decision says what to do when another commit came first.
type Decision int

// The decisions.
const (
	Conflict Decision = iota // give up: fault.Conflict
	Retry                    // the change is right on top of the other commit too
	Done                     // another run has done just this: ErrAlreadyDone
)

// ErrAlreadyDone says that another run has committed just what this one was
// about to.
var ErrAlreadyDone = errors.New("another run has already done this")

// maxRebases bounds how often a commit tries again behind others.
const maxRebases = 100

// Commit makes the change visible, at one moment. Before it, an error leaves
// everything as it was. After it, the record is returned even with an error:
// the rows are committed, and the next command finishes the publishing.
func (t *Txn) Commit(ctx context.Context, c Change) (*Record, error) {
	if t.ended {
		return nil, fault.New(fault.Internal, "the commit to %s has ended", t.ref)
	}
	if err := t.ensureStage(); err != nil {
		return nil, err
	}
	staged, err := t.collect(ctx, c.Datasets)
	if err != nil {
		return nil, err
	}
	if err := t.name(&c, staged); err != nil {
		return nil, err
	}
	if t.adopt != nil {
		if err := t.commitAdoption(ctx, &c, staged); err != nil {
			return nil, err
		}
	}
	r, err := t.land(ctx, c, staged)
	if err != nil {
		return nil, err
	}
	return r, t.finish(r)
}

// land puts the record into the log, behind whatever came first.
func (t *Txn) land(ctx context.Context, c Change, staged map[string][]stagedFile) (*Record, error) {
	for range maxRebases {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		r, err := t.record(c, staged)
		if err != nil {
			return nil, err
		}
		landed, err := t.put(r)
		if err != nil {
			return nil, err
		}
		if landed {
			return r, nil
		}
		if err := t.refresh(); err != nil {
			return nil, err
		}
		if err := t.rebase(ctx, &c); err != nil {
			return nil, err
		}
	}
	return nil, fault.New(fault.Conflict, "%d other commits to %s came first", maxRebases, t.ref).
		WithHint("run the command again when the others are done")
}

func (t *Txn) rebase(ctx context.Context, c *Change) error {
	decision := Conflict
	if c.Rebase != nil {
		var err error
		if decision, err = c.Rebase(ctx, t.Base(), c); err != nil {
			return err
		}
	}
	switch decision {
	case Retry:
		return nil
	case Done:
		return ErrAlreadyDone
	case Conflict:
	}
	return fault.New(fault.Conflict, "another run committed version %d of %s first", t.base.Version, t.ref).
		WithHint("nothing of this run was kept; run the command again")
}

// put is the commit point: the record under its version's name, or nothing. A
// link whose outcome is unknown is read back by commit id, never tried again.
func (t *Txn) put(r *Record) (landed bool, err error) {
	data, err := r.encode()
	if err != nil {
		return false, err
	}
	s := t.l.s
	temp := path.Join(t.stage.dir, fmt.Sprintf("record-%d.json", r.Version))
	final := t.h.recordPath(r.Version)
	err = s.create(temp, data)
	if err == nil {
		err = s.syncFile(temp)
	}
	if err == nil {
		err = t.syncStage()
	}
	if err == nil {
		err = mkdirAll(s, path.Dir(final))
	}
	if err != nil {
		return false, fault.OS(err, "write commit record of %s", t.ref)
	}
	linkErr := s.link(temp, final)
	if linkErr != nil {
		got, rerr := t.h.record(r.Version)
		switch {
		case rerr == nil && got.CommitID == r.CommitID: // it landed all the same
		case rerr == nil:
			return false, nil
		case errors.Is(rerr, fs.ErrNotExist):
			return false, fault.OS(linkErr, "commit to %s", t.ref)
		default:
			return false, errors.Join(fault.OS(linkErr, "commit to %s", t.ref), rerr)
		}
	}
	return true, nil
}

// syncStage makes the names in the stage durable, and those of the folders
// above it that another writer may just have made.
func (t *Txn) syncStage() error {
	top := path.Join(t.h.dir, metaDir)
	if t.base.Version < 0 {
		top = "."
	}
	for dir := t.stage.dir; ; dir = path.Dir(dir) {
		if err := t.l.s.syncDir(dir); err != nil || dir == top {
			return err
		}
	}
}

// finish does everything after the commit point. Whatever fails here, the rows
// are committed.
func (t *Txn) finish(r *Record) error {
	if err := t.l.recover(t.ref, r.Version); err != nil {
		t.ended = true
		code := fault.CodeOf(err)
		err = fault.New(code, "version %d of %s is committed but not fully published: %w", r.Version, t.ref, err).
			WithHint("the rows are safe; the next df360 command on this dataset finishes the publishing")
		return errors.Join(err, t.letGo())
	}
	if err := t.Abort(); err != nil { // nothing is left in the stage; the next run sweeps it
		t.l.o.Log.Warn("could not remove an empty stage", "dataset", t.ref.String(), "error", err)
	}
	return nil
}

// letGo drops the locks and leaves the stage to the next run.
func (t *Txn) letGo() error {
	var err error
	if t.stage != nil {
		err = t.stage.lock.Close()
	}
	if t.lock != nil {
		err = errors.Join(err, t.lock.Close())
	}
	return err
}

// name gives the staged files their final names, which hold the commit's
// identity and so are never used twice, and raw files their sidecars.
func (t *Txn) name(c *Change, staged map[string][]stagedFile) error {
	stamp := t.at.Format("20060102T150405Z")
	for _, dataset := range sortedKeys(staged) {
		for i := range staged[dataset] {
			f := &staged[dataset][i]
			base := fmt.Sprintf("%s_%s_%s_%.12s-%04d", dataset, c.Source, stamp, t.id, i+1)
			dir := f.dir
			if t.ref.Layer == Raw && dir == "." {
				dir = t.at.Format("year=2006/month=01/day=02")
			}
			f.Path = path.Join(dir, base+parquetSuffix)
			if t.ref.Layer == Raw {
				if err := t.addSidecar(dataset, c.Source, f); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// record builds the record of the change on top of the newest version.
func (t *Txn) record(c Change, staged map[string][]stagedFile) (*Record, error) {
	progress, err := json.Marshal(c.Progress)
	if err != nil {
		return nil, fmt.Errorf("encode progress: %w", err)
	}
	at := t.at
	if !at.After(t.base.CommittedAt) {
		at = t.base.CommittedAt.Add(time.Microsecond)
	}
	o := t.l.o
	r := &Record{
		Format: Format, Version: t.base.Version + 1, CommitID: t.id, RunID: o.RunID, Command: o.Command, CommittedAt: at,
		Writer: o.Writer, Operation: c.Operation, Parent: t.base.CommitID, Progress: progress, ProgressMerge: c.MergeProgress, Counts: c.Counts,
		Datasets: map[string]*DatasetRecord{}, Totals: map[string]Totals{},
	}
	for _, name := range sortedKeys(c.Datasets) {
		d, err := t.datasetRecord(name, c.Datasets[name], staged[name])
		if err != nil {
			return nil, fmt.Errorf("dataset %s: %w", name, err)
		}
		r.Datasets[name] = d
		r.Totals[name] = Totals{NoDelta: t.noDelta(name, c.Datasets[name], d)}
	}
	if err := t.checkCount(r, c); err != nil {
		return nil, err
	}
	t.tieTogether(r, c)
	next := t.base.clone()
	if err := next.apply(r); err != nil {
		return nil, err
	}
	r.Totals = next.totals()
	return r, nil
}

// checkCount holds what a run says it wrote, where it counts, against the
// footers of its files.
func (t *Txn) checkCount(r *Record, c Change) error {
	d := r.Datasets[t.ref.Name]
	if d == nil || c.Counts == (Counts{}) || c.Operation != OpAppend && c.Operation != OpReplace {
		return nil
	}
	var rows int64
	for _, f := range d.Add {
		rows += f.Rows
	}
	if rows != c.Counts.Written {
		return fault.New(fault.Internal, "%d rows were said to be written to %s, its files hold %d: nothing was committed",
			c.Counts.Written, t.ref, rows)
	}
	return nil
}

// tieTogether puts the main dataset into every record and says of each
// dataset which of the main dataset's versions it belongs to.
func (t *Txn) tieTogether(r *Record, c Change) {
	main, known := t.base.Datasets[t.ref.Name]
	d := r.Datasets[t.ref.Name]
	if d == nil {
		d = &DatasetRecord{}
		if known {
			d.Schema, d.PartitionBy = main.Schema, main.PartitionBy
			r.Totals[t.ref.Name] = Totals{NoDelta: main.NoDelta}
		}
		r.Datasets[t.ref.Name] = d
	}
	d.DeltaVersion, d.BuiltFor = r.Version, r.Version
	if known && len(d.Add)+len(d.Remove) == 0 {
		d.BuiltFor = main.Version
	}
	for name, companion := range r.Datasets {
		if name == t.ref.Name {
			continue
		}
		companion.BuiltFor = d.BuiltFor
		if c.Datasets[name].behind {
			companion.BuiltFor = -1
		}
		companion.DeltaVersion = 0
		if before, ok := t.base.Datasets[name]; ok {
			companion.DeltaVersion = before.DeltaVersion + 1
		}
	}
}

func (t *Txn) datasetRecord(name string, c DatasetChange, staged []stagedFile) (*DatasetRecord, error) {
	before, known := t.base.Datasets[name]
	if !known {
		before = &datasetState{}
	}
	d := &DatasetRecord{PartitionBy: slices.Clone(c.PartitionBy), Add: slices.Clone(c.add), Remove: slices.Clone(c.Remove)}
	if c.Replace {
		d.Remove = nil
		for _, f := range before.Files {
			d.Remove = append(d.Remove, f.Path)
		}
	}
	for _, f := range staged {
		d.Add = append(d.Add, f.AddFile)
	}
	var err error
	if d.Schema, err = settleSchema(c, before, staged); err != nil {
		return nil, err
	}
	if !known && name != t.ref.Name {
		if err := t.l.vacant(Ref{t.ref.Layer, name}); err != nil && !t.overtaken() {
			return nil, err
		}
	}
	if len(before.Files) > len(d.Remove) && !slices.Equal(before.PartitionBy, d.PartitionBy) {
		return nil, fault.New(fault.Schema, "it is partitioned by (%s), not by (%s)",
			strings.Join(before.PartitionBy, ", "), strings.Join(d.PartitionBy, ", "))
	}
	return d, nil
}

// overtaken reports whether another commit has come since the newest version was
// read: what is there now may be its.
func (t *Txn) overtaken() bool {
	head, err := t.h.head()
	return err == nil && head > t.base.Version
}
