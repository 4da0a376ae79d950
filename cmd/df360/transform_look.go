package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/lake"
	"github.com/kalpafall/df360/transform"
)

// transformRun is one run of transform: what is there, and what is to be done.
type transformRun struct {
	a              *app
	f              *transformFlags
	l              *lake.Lake
	raw, processed lake.Ref

	input    *lake.Snapshot
	base     *lake.Snapshot // processed as it is; Version -1 where it is not there
	agg      *lake.Snapshot // its aggregate; nil where there is none
	progress *transform.Progress
	typ      *transform.Type
	decision transform.Decision
	again    bool // an increment turned out to be impossible
}

// look reads what there is and decides. base is processed as a transaction
// found it; nil looks for it.
func (t *transformRun) look(ctx context.Context, base *lake.Snapshot) (err error) {
	if t.input, err = t.l.Snapshot(ctx, t.raw, lake.Latest); err != nil {
		return err
	}
	if base == nil {
		if base, err = t.l.Lookup(ctx, t.processed, lake.Latest); err != nil {
			return err
		}
	}
	if base == nil {
		base = &lake.Snapshot{Ref: t.processed, Main: t.processed, Version: -1}
	}
	t.base, t.progress, t.agg = base, nil, nil
	if base.Version >= 0 {
		if t.progress, err = readProgress(base); err != nil {
			return err
		}
		if t.agg, err = t.companion(ctx, lake.AggregateSuffix); err != nil {
			return err
		}
	}
	if err := t.findType(); err != nil {
		return err
	}
	return t.decide(ctx)
}

// companion is one of processed's companions; nil where it has none.
func (t *transformRun) companion(ctx context.Context, suffix string) (*lake.Snapshot, error) {
	ref := lake.Ref{Layer: t.processed.Layer, Name: t.processed.Name + suffix}
	snap, err := t.l.Lookup(ctx, ref, t.base.Version)
	if fault.CodeOf(err) == fault.NotFound { // a folder of another tool has no versions
		return nil, nil //nolint:nilnil // documented
	}
	if snap == nil || snap.Main != t.processed || snap.Version < 0 {
		return nil, err
	}
	return snap, err
}

// readProgress reads what the last transform said; nil where the newest commit
// is not a transform's.
func readProgress(base *lake.Snapshot) (*transform.Progress, error) {
	if len(base.Progress) == 0 || string(base.Progress) == "null" {
		return nil, nil //nolint:nilnil // documented
	}
	var p transform.Progress
	if err := json.Unmarshal(base.Progress, &p); err != nil {
		return nil, fault.New(fault.Corrupt, "progress of %s: %w", base.Ref, err)
	}
	if p.TypeHash == "" {
		return nil, nil //nolint:nilnil // documented
	}
	return &p, nil
}

// findType finds the type that was asked for, else the last one.
func (t *transformRun) findType() (err error) {
	name := t.f.typ
	if name == "" {
		if t.progress == nil {
			return fault.New(fault.Usage, "dataset %s was not transformed yet, so it has no last type", t.raw.Name).
				WithHint("name one: df360 transform --dataset %s --type generic", t.raw.Name)
		}
		if name = t.progress.Type; t.progress.TypeFile != "" {
			name = t.progress.TypeFile
		}
	}
	t.typ, err = transform.Find(t.a.projectDir, name)
	if err != nil && t.f.typ == "" {
		return fault.New(fault.CodeOf(err), "the last type of %s: %w", t.raw.Name, err).WithHint("name another one with --type")
	}
	if err == nil && t.f.aggregate && t.typ.Agg == nil {
		return fault.New(fault.Usage, "type %s has no aggregate", t.typ.Name).
			WithHint("leave --aggregate out, or give the type an aggregate of its own")
	}
	if err == nil && t.f.dates != nil {
		return t.f.dates.Check(t.typ)
	}
	return err
}

// decide says how much is to be done.
func (t *transformRun) decide(ctx context.Context) error {
	s := transform.Situation{
		Type: t.typ, Progress: t.progress, Input: t.mark(), Full: t.f.full || t.again, Dates: t.f.dates,
		Aggregate: t.f.aggregate, AggregateCurrent: t.agg != nil && t.agg.BuiltFor == t.base.BuiltFor,
	}
	if p := t.progress; p != nil && p.Input.Version >= 0 && p.Input.Version <= t.input.Version {
		records, err := t.l.Records(ctx, t.raw, p.Input.Version, t.input.Version)
		if err != nil {
			return err
		}
		s.Continues = records[0].CommitID == p.Input.CommitID
		for _, r := range records[1:] {
			s.Commits = append(s.Commits, inputCommit(r, t.raw.Name))
		}
	}
	t.decision = transform.Decide(s)
	return nil
}

// inputCommit says what a commit did to the rows of a dataset.
func inputCommit(r *lake.Record, dataset string) transform.Commit {
	d := r.Datasets[dataset]
	c := transform.Commit{Version: r.Version}
	switch r.Operation {
	case lake.OpAppend:
		c.Change = transform.Added
		if d != nil && len(d.Remove) > 0 {
			c.Change = transform.Rewritten
		}
	case lake.OpCompact:
		c.Change = transform.Rearrange
	case lake.OpReplace, lake.OpRollback, lake.OpAdopt:
		c.Change = transform.Rewritten
	default: // what a newer version may have brought
		c.Change = transform.Rewritten
	}
	if d != nil {
		for _, f := range d.Add {
			c.Rows += f.Rows
		}
	}
	return c
}

// mark is the state of the input.
func (t *transformRun) mark() transform.Mark {
	m := transform.Mark{Dataset: t.raw.String(), Version: t.input.Version, CommitID: t.input.CommitID}
	if !t.input.Foreign {
		return m
	}
	files := slices.Clone(t.input.Files)
	slices.SortFunc(files, func(a, b lake.File) int {
		if a.Path < b.Path {
			return -1
		}
		return 1
	})
	h := sha256.New()
	for _, f := range files {
		_, _ = fmt.Fprintf(h, "%q %d %d\n", f.Path, f.Bytes, f.ModTime.UnixNano()) // a hash takes everything
	}
	m.Files = hex.EncodeToString(h.Sum(nil))
	return m
}

// newProgress is what the commit of this run says.
func (t *transformRun) newProgress() transform.Progress {
	p := transform.Progress{Type: t.typ.Name, TypeHash: t.typ.Hash(), Input: t.mark(), Partial: t.decision.Mode == transform.Partitions}
	if t.typ.Path != "" {
		if named := t.f.typ; named != "" && transform.IsFile(named) || t.progress != nil && t.progress.TypeFile != "" && named == "" {
			p.TypeFile = absolute(t.typ.Path)
		}
	}
	if t.progress != nil {
		p.Aggregate = t.progress.Aggregate
	}
	if t.decision.Mode == transform.OnlyAggregate { // the rows stay those of the input as it was
		p.Input = t.progress.Input
	}
	if t.f.aggregate {
		p.Aggregate = t.typ.AggregateHash()
	}
	return p
}

// absolute is a path from the root, or as it is where there is none.
func absolute(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	return abs
}

// contains reports whether a list has a text.
func contains(all []string, one string) bool { return slices.Contains(all, one) }
