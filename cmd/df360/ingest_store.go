package main

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/kalpafall/df360/ingest"
	"github.com/kalpafall/df360/ingest/columns"
	"github.com/kalpafall/df360/internal/mergepatch"
	"github.com/kalpafall/df360/internal/sqltype"
	"github.com/kalpafall/df360/lake"
)

// ingestStore is a raw dataset as ingest sees it. It implements ingest.Store.
type ingestStore struct {
	l       *lake.Lake
	ref     lake.Ref
	source  string
	replay  *replayer      // nil: rows are new
	records []*lake.Record // of this run
	version int64          // the newest that was seen
}

// Begin starts a commit.
func (s *ingestStore) Begin(ctx context.Context) (ingest.Txn, error) {
	t, err := s.l.Begin(ctx, s.ref)
	if err != nil {
		return nil, err
	}
	base := t.Base()
	s.version = base.Version
	if s.replay != nil {
		s.replay.rejected = t.Companion(s.ref.Name + lake.RejectedSuffix)
	}
	return &ingestTxn{s: s, t: t, base: base}, nil
}

// ingestTxn is a commit of the lake as ingest sees it. It implements ingest.Txn.
type ingestTxn struct {
	s    *ingestStore
	t    *lake.Txn
	base *lake.Snapshot
}

// Base is the dataset as the commit found it.
func (t *ingestTxn) Base() ingest.Base {
	return ingest.Base{
		Version: t.base.Version, Fields: rawFields(t.base), Progress: t.base.Progress,
		Rejected: rawFields(t.t.Companion(t.s.ref.Name + lake.RejectedSuffix)),
	}
}

// rawFields are the columns of a raw dataset's files. A type that only other
// tools write is the lake's own.
func rawFields(s *lake.Snapshot) []columns.Field {
	var out []columns.Field
	for _, c := range s.Schema {
		if slices.Contains(s.PartitionBy, c.Name) {
			continue
		}
		t, err := sqltype.Parse(c.Type)
		if err != nil {
			continue // no file can be added to such a dataset, which the commit says
		}
		if own, ok := t.Lake(); ok {
			t = own
		}
		f := columns.Field{Key: c.OriginalName, Name: c.Name, Type: t}
		if f.Key == "" {
			f.Key = f.Name
		}
		out = append(out, f)
	}
	return out
}

// Time is the commit's timestamp.
func (t *ingestTxn) Time() time.Time { return t.t.Time() }

// Stage is the folder for staged files.
func (t *ingestTxn) Stage(rejected bool) (string, error) {
	if rejected {
		return t.t.StageDir(t.s.ref.Name + lake.RejectedSuffix)
	}
	return t.t.StageDir(t.s.ref.Name)
}

// Abort throws away what was staged.
func (t *ingestTxn) Abort() error { return t.t.Abort() }

// progressDepth is how deep in the progress runs may differ without being in
// each other's way: source, and its stream (a file, a topic, an API).
const progressDepth = 2

// Commit makes the staged files the dataset's.
func (t *ingestTxn) Commit(ctx context.Context, c ingest.Change) error {
	change := lake.Change{
		Operation: lake.OpAppend, Source: t.s.source, Progress: c.Progress, MergeProgress: true,
		Counts:   lake.Counts{Read: c.Counts.Read, Written: c.Counts.Written, Rejected: c.Counts.Rejected, Duplicate: c.Counts.Duplicate},
		Datasets: map[string]lake.DatasetChange{},
		Rebase: func(_ context.Context, base *lake.Snapshot, _ *lake.Change) (lake.Decision, error) {
			return t.rebase(base, c.Progress)
		},
	}
	if c.Fields != nil {
		change.Datasets[t.s.ref.Name] = lake.DatasetChange{Schema: rawSchema(c.Fields)}
	}
	if c.Rejected != nil {
		change.Datasets[t.s.ref.Name+lake.RejectedSuffix] = lake.DatasetChange{Schema: rawSchema(c.Rejected)}
	}
	if t.s.replay != nil && !t.s.replay.change(&change, c.Counts.Written) {
		return nil
	}
	record, err := t.t.Commit(ctx, change)
	if record != nil {
		t.s.records = append(t.s.records, record)
		t.s.version = record.Version
	}
	return err
}

func rawSchema(fields []columns.Field) []lake.Column {
	out := make([]lake.Column, len(fields))
	for i, f := range fields {
		out[i] = lake.Column{Name: f.Name, Type: f.Type.String(), Nullable: true}
		if f.Key != f.Name {
			out[i].OriginalName = f.Key
		}
	}
	return out
}

// rebase is asked when another commit came first: this one is right on top of it
// if that has neither taken the same rows nor brought columns.
func (t *ingestTxn) rebase(base *lake.Snapshot, patch json.RawMessage) (lake.Decision, error) {
	same, err := mergepatch.Untouched(t.base.Progress, base.Progress, patch, progressDepth)
	switch {
	case err != nil:
		return lake.Conflict, fmt.Errorf("compare progress: %w", err)
	case t.s.replay != nil || !same || !reflect.DeepEqual(t.base.Schema, base.Schema):
		return lake.Conflict, ingest.ErrMoved
	}
	return lake.Retry, nil
}

// known are the names of the columns that a dataset has, and what sources call
// them; none where it is not there.
func (s *ingestStore) known(ctx context.Context) ([]string, error) {
	snap, err := s.l.Lookup(ctx, s.ref, lake.Latest)
	if err != nil || snap == nil {
		return nil, err
	}
	s.version = snap.Version
	var out []string
	for _, c := range snap.Schema {
		if c.Name != ingest.TimeColumn && c.Name != ingest.SourceColumn && !slices.Contains(snap.PartitionBy, c.Name) {
			out = append(out, c.Name)
			if c.OriginalName != "" {
				out = append(out, c.OriginalName)
			}
		}
	}
	return out, nil
}
