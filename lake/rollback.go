package lake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/kalpafall/df360/internal/fault"
)

// Rollback makes the rows and the progress of an older version the newest
// again, companions too, by a commit on top: nothing of the log is lost. It
// returns nil where the dataset is at that version already. Files that the
// older version had and the newest has not come back under new names.
func (l *Lake) Rollback(ctx context.Context, ref Ref, to int64) (rec *Record, err error) {
	snap, err := l.Snapshot(ctx, ref, Latest)
	if err != nil {
		return nil, err
	}
	if snap.Ref != snap.Main {
		return nil, fault.New(fault.Usage, "%s is a companion of %s and goes back with it only", ref, snap.Main).
			WithHint("df360 lake rollback %s --to N", snap.Main)
	}
	if snap.Foreign {
		return nil, fault.New(fault.NotFound, "dataset %s has no versions: another tool made its folder", ref)
	}
	t, err := l.beginAs(ctx, ref, true)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, t.Abort()) }()
	switch {
	case to < 0 || to > t.base.Version:
		return nil, fault.New(fault.NotFound, "dataset %s has no version %d", ref, to).
			WithHint("its versions are 0 to %d: df360 lake log %s", t.base.Version, ref)
	case to == t.base.Version:
		return nil, nil //nolint:nilnil // documented
	}
	change, err := t.rollback(to)
	if err != nil {
		return nil, err
	}
	return t.Commit(ctx, change)
}

// rollback is the change that leads back to version to.
func (t *Txn) rollback(to int64) (Change, error) {
	target, err := t.h.replay(to)
	if err != nil {
		return Change{}, err
	}
	if err := t.ensureStage(); err != nil {
		return Change{}, err
	}
	c := Change{Operation: OpRollback, Progress: target.Progress, Datasets: map[string]DatasetChange{}}
	for _, name := range sortedKeys(t.base.Datasets) {
		d, err := t.restore(name, t.base.Datasets[name], target)
		if err != nil {
			return Change{}, fmt.Errorf("restore %s of version %d: %w", name, to, err)
		}
		c.Datasets[name] = d
	}
	return c, nil
}

// restore is the change of one dataset: what the target does not have goes,
// what only it has is staged again.
func (t *Txn) restore(name string, now *datasetState, target *state) (DatasetChange, error) {
	then, ok := target.Datasets[name]
	if !ok { // a companion that came later: empty, and behind
		then = &datasetState{Schema: now.Schema, PartitionBy: now.PartitionBy, Version: -1}
	}
	d := DatasetChange{Schema: then.Schema, PartitionBy: then.PartitionBy, settled: true}
	if main := target.Datasets[t.ref.Name]; name != t.ref.Name && main != nil {
		d.behind = then.Version != main.Version
	}
	wanted := map[string]bool{}
	for _, f := range then.Files {
		wanted[f.Path] = true
	}
	have := map[string]bool{}
	for _, f := range now.Files {
		if have[f.Path] = true; !wanted[f.Path] {
			d.Remove = append(d.Remove, f.Path)
		}
	}
	for _, f := range then.Files {
		if have[f.Path] {
			continue
		}
		add, err := t.restage(name, f.AddFile, len(d.add)+1)
		if err != nil {
			return d, err
		}
		d.add = append(d.add, add)
	}
	return d, nil
}

// restage links a kept file and its sidecar into the stage, under names that
// hold this commit's identity.
func (t *Txn) restage(dataset string, f AddFile, n int) (AddFile, error) {
	base := fmt.Sprintf("%s_rollback_%s_%.12s-%04d", dataset, t.at.Format("20060102T150405Z"), t.id, n)
	dir := path.Dir(f.Path)
	staged, err := t.restageFile(dataset, f.Path, base+stagedSuffix)
	if err != nil {
		return f, err
	}
	if _, sum, err := t.l.hash(path.Join(t.h.dir, stageDir, staged)); err != nil || sum != f.SHA256 {
		return f, errors.Join(fault.New(fault.Corrupt, "its kept file %s is damaged", f.Path), err)
	}
	f.Staged = staged
	f.Path = path.Join(dir, base+parquetSuffix)
	if f.Sidecar != nil {
		old, err := t.l.s.readFile(t.h.keptPath(dataset, f.Sidecar.Path))
		if err != nil {
			return f, fault.OS(err, "read sidecar of %s", f.Path)
		}
		if err := t.renewSidecar(dataset, old, &f); err != nil {
			return f, err
		}
	}
	return f, nil
}

func (t *Txn) restageFile(dataset, file, as string) (string, error) {
	from, to := t.h.keptPath(dataset, file), path.Join(t.stage.dir, as)
	err := t.l.s.link(from, to)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fault.New(fault.NotFound, "its file %s was kept no longer", file)
	}
	if err == nil {
		err = t.l.s.syncFile(to)
	}
	if err != nil {
		return "", fault.OS(err, "stage %s again", from)
	}
	return path.Join(path.Base(t.stage.dir), as), nil
}
