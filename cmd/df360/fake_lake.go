package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"time"

	"github.com/kalpafall/df360/fake"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/progress"
	"github.com/kalpafall/df360/internal/table"
	"github.com/kalpafall/df360/lake"
)

// fakeSource is the source of made-up rows, in commits and file names.
const fakeSource = "faker"

// fakeProgress is the progress of a commit of made-up rows: every argument
// that decides them. Equal arguments are equal rows.
type fakeProgress struct {
	Source     string `json:"source"`         // faker
	Generation int    `json:"generation"`     // of the generator
	Kind       string `json:"kind"`           // users, transactions, logs, or a file's name
	Spec       string `json:"spec,omitempty"` // hash of the file
	Keys       string `json:"keys,omitempty"` // hash of what its columns refer to
	Seed       uint64 `json:"seed"`
	Rows       int64  `json:"rows"`
	Start      string `json:"start"`
	Days       int    `json:"days"`
	Users      int64  `json:"users"`
	Late       string `json:"late"`
	Duplicates string `json:"duplicates"`
	Nulls      string `json:"nulls"`
	Invalid    string `json:"invalid"`
}

func progressOf(kind string, o fake.Options) fakeProgress {
	return fakeProgress{
		Source: fakeSource, Generation: fake.Generation, Kind: kind, Seed: o.Seed, Rows: o.Rows,
		Start: o.Start.Format(time.DateOnly), Days: o.Days, Users: o.Users,
		Late: o.Faults.Late.String(), Duplicates: o.Faults.Duplicates.String(),
		Nulls: o.Faults.Nulls.String(), Invalid: o.Faults.Invalid.String(),
	}
}

// fakeSummary adds the seed.
type fakeSummary struct {
	dataSummary
	Seed uint64 `json:"seed"`
}

// fakeLake makes the datasets one after the other, a commit each.
func (a *app) fakeLake(ctx context.Context, what string, jobs []fakeJob, f *fakeFlags) (*outcome, error) {
	l, err := a.openLake("fake " + what)
	if err != nil {
		return nil, err
	}
	total := int64(0)
	for _, job := range jobs {
		total += job.table.Rows()
	}
	meter := a.meter("fake "+what, total, false)
	defer meter.Stop()
	var done []madeDataset
	for _, job := range jobs {
		made, err := a.fakeCommit(ctx, l, job, f.seeded, meter)
		if made.record != nil || err == nil {
			done = append(done, made)
		}
		if err != nil {
			return a.fakeStopped(what, jobs, done, f, err)
		}
	}
	return a.fakeOutcome(what, done, f), nil
}

// madeDataset is what became of one job.
type madeDataset struct {
	ref     lake.Ref
	record  *lake.Record // nil: nothing new
	version int64        // the newest there is
}

func (a *app) fakeCommit(ctx context.Context, l *lake.Lake, job fakeJob, seeded bool, meter *progress.Meter) (made madeDataset, err error) {
	made.ref = lake.Ref{Layer: lake.Raw, Name: job.dataset}
	t, err := l.Begin(ctx, made.ref)
	if err != nil {
		return made, err
	}
	defer func() { err = errors.Join(err, t.Abort()) }()
	made.version = t.Base().Version
	isNew := func(ctx context.Context, version int64) (bool, error) {
		if !seeded {
			return true, nil
		}
		there, err := hasProgress(ctx, l, made.ref, version, job.progress)
		return !there, err
	}
	if fresh, err := isNew(ctx, made.version); err != nil || !fresh {
		return made, err
	}
	dir, err := t.StageDir(job.dataset)
	if err != nil {
		return made, err
	}
	if err := job.table.WriteFiles(ctx, dir, fake.Run{
		Ingested: t.Time(), Threads: a.threads, Progress: meter.Add, Compression: fake.Compression(a.settings.Compression),
	}); err != nil {
		return made, err
	}
	rows := job.table.Rows()
	made.record, err = t.Commit(ctx, lake.Change{
		Operation: lake.OpAppend, Source: fakeSource, Progress: fakeDone{job.progress.id(): job.progress}.patch(), MergeProgress: true,
		Counts:   lake.Counts{Read: rows, Written: rows},
		Datasets: map[string]lake.DatasetChange{job.dataset: {}},
		Rebase: func(ctx context.Context, base *lake.Snapshot, _ *lake.Change) (lake.Decision, error) {
			made.version = base.Version
			fresh, err := isNew(ctx, base.Version)
			if err != nil || fresh {
				return lake.Retry, err
			}
			return lake.Done, nil
		},
	})
	if errors.Is(err, lake.ErrAlreadyDone) {
		return made, nil
	}
	if made.record != nil {
		made.version = made.record.Version
	}
	return made, err
}

// fakeDone is the progress of a dataset's made-up rows: what was made, by id.
type fakeDone map[string]fakeProgress

// patch is it as the member of its source.
func (d fakeDone) patch() map[string]fakeDone { return map[string]fakeDone{fakeSource: d} }

// id tells equal arguments from others.
func (p fakeProgress) id() string {
	data, _ := json.Marshal(p) // texts and numbers always can
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}

// hasProgress reports whether the rows of p are in a version of a dataset.
func hasProgress(ctx context.Context, l *lake.Lake, ref lake.Ref, version int64, p fakeProgress) (bool, error) {
	if version < 0 {
		return false, nil
	}
	snap, err := l.Snapshot(ctx, ref, version)
	if err != nil || len(snap.Progress) == 0 {
		return false, err
	}
	var done map[string]json.RawMessage
	if err := json.Unmarshal(snap.Progress, &done); err != nil || done[fakeSource] == nil {
		return false, nil //nolint:nilerr // the progress of something else
	}
	var made fakeDone
	if err := json.Unmarshal(done[fakeSource], &made); err != nil {
		return false, fault.New(fault.Corrupt, "the progress of %s: %w", ref, err)
	}
	return made[p.id()] == p, nil
}

// fakeOutcome sums up what was made.
func (a *app) fakeOutcome(what string, done []madeDataset, f *fakeFlags) *outcome {
	sum := fakeSummary{dataSummary: dataSummary{Dataset: what, Layer: lake.Raw}, Seed: f.Seed}
	results := []datasetResult{}
	var where []string
	for _, m := range done {
		s, r := nothingNew(m.ref, m.version)
		note := m.ref.Name + ": nothing new"
		if m.record != nil {
			s, r = committed(m.ref, m.record)
			note = table.Count(s.RowsWritten) + " rows → " + m.ref.Name
		}
		if len(done) == 1 && what != fakeAll {
			line := a.closing("fake", s)
			return &outcome{Summary: fakeSummary{s, f.Seed}, Result: r, Closing: a.fakeClosing(line, f)}
		}
		sum.RowsRead += s.RowsRead
		sum.RowsWritten += s.RowsWritten
		sum.Files += s.Files
		sum.Bytes += s.Bytes
		results = append(results, r...)
		where = append(where, note)
	}
	line := "fake " + what + ": " + strings.Join(where, ", ") + " (" + seconds(a.elapsed()) + ")"
	if len(results) == 0 {
		line = "fake " + what + ": nothing new"
	}
	return &outcome{Summary: sum, Result: results, Closing: a.fakeClosing(line, f)}
}

// fakeStopped is the outcome where err came after some datasets were committed.
func (a *app) fakeStopped(what string, jobs []fakeJob, done []madeDataset, f *fakeFlags, err error) (*outcome, error) {
	if len(done) == 0 || len(jobs) == 1 {
		if len(done) > 0 {
			return a.fakeOutcome(what, done, f), err
		}
		return nil, err
	}
	out := a.fakeOutcome(what, done, f)
	if fault.CodeOf(err) == fault.Interrupted {
		return out, err
	}
	return out, fault.New(fault.Partial, "%d of %d datasets were made: %w", len(done), len(jobs), err)
}

// fakePlan is what a dry run tells of a dataset.
type fakePlan struct {
	Dataset string `json:"dataset"`
	Layer   string `json:"layer"`
	Rows    int64  `json:"rows"`
	Note    string `json:"note"`
}

// planFake looks at what a job would do.
func (a *app) planFake(ctx context.Context, job fakeJob, f *fakeFlags) (fakePlan, error) {
	p := fakePlan{Dataset: job.dataset, Rows: job.table.Rows()}
	if f.out != "" {
		p.Note = "would be written to " + f.out
		return p, nil
	}
	p.Layer = lake.Raw
	if err := lake.CheckMainName(job.dataset); err != nil {
		return p, err
	}
	l, err := a.openLake("fake")
	if err != nil {
		return p, err
	}
	ref := lake.Ref{Layer: lake.Raw, Name: job.dataset}
	snap, err := l.Lookup(ctx, ref, lake.Latest)
	if err != nil {
		return p, err
	}
	p.Note = "would be added to " + filepath.ToSlash(filepath.Join(a.lake, lake.Raw, job.dataset))
	if snap != nil && f.seeded {
		there, err := hasProgress(ctx, l, ref, snap.Version, job.progress)
		if err != nil {
			return p, err
		}
		if there {
			p.Rows, p.Note = 0, "nothing new"
		}
	}
	return p, nil
}
