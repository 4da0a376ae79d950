package lake

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"time"

	"github.com/kalpafall/df360/internal/fault"
)

// Txn is one commit in the making. Nothing of it is visible before Commit.
// It is not safe for concurrent use, but files may be staged in parallel.
type Txn struct {
	l     *Lake
	ref   Ref
	h     history
	id    string // commit_id and name of the stage folder
	at    time.Time
	base  *state
	adopt *Snapshot // foreign files that must be adopted first
	lock  io.Closer // nil: went on without
	stage *private  // nil: nothing staged yet
	mends bool      // goes on where a version is damaged
	ended bool
}

// Begin starts a commit to a main dataset: it waits politely for another
// writer, finishes what stopped ones left, and reads the newest version. It
// leaves nothing behind for a dataset that does not exist yet.
func (l *Lake) Begin(ctx context.Context, ref Ref) (*Txn, error) {
	return l.beginAs(ctx, ref, false)
}

// beginAs is Begin; mends is for the change that leads away from a damaged
// version.
func (l *Lake) beginAs(ctx context.Context, ref Ref, mends bool) (*Txn, error) {
	if err := CheckMainName(ref.Name); err != nil {
		return nil, err
	}
	if err := l.ensure(); err != nil {
		return nil, err
	}
	t := &Txn{l: l, ref: ref, h: l.history(ref), id: randomHex(16), mends: mends}
	t.lock = l.lockPolitely(t.h, ctx.Done())
	if err := t.begin(ctx); err != nil {
		return nil, errors.Join(err, t.Abort())
	}
	return t, nil
}

func (t *Txn) begin(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	if err := t.refresh(); err != nil {
		return err
	}
	t.l.sweep(t.ref)
	t.at = t.l.o.Now().UTC().Truncate(time.Microsecond)
	if !t.at.After(t.base.CommittedAt) {
		t.at = t.base.CommittedAt.Add(time.Microsecond)
	}
	if t.base.Version >= 0 {
		return nil
	}
	snap, err := t.l.foreign(t.ref)
	if err != nil || snap == nil {
		return err
	}
	// The first commit of another run may have come between the two looks.
	if err := t.refresh(); err != nil || t.base.Version >= 0 {
		return err
	}
	t.adopt = snap
	return t.l.adoptable(snap)
}

// refresh publishes and reads the newest version.
func (t *Txn) refresh() error {
	head, err := t.h.head()
	if err != nil {
		return err
	}
	if err := t.l.recover(t.ref, head); err != nil && (!t.mends || fault.CodeOf(err) != fault.Corrupt) {
		return err
	}
	t.base, err = t.h.replay(head)
	return err
}

// Base is the main dataset as this commit found it; Version is -1 where
// nothing was committed (Foreign, with files, where another tool made it).
func (t *Txn) Base() *Snapshot {
	if t.adopt != nil {
		return t.adopt
	}
	return t.base.snapshot(t.ref, t.ref)
}

// Companion is a companion as this commit found it; Version is -1 where it
// does not exist.
func (t *Txn) Companion(name string) *Snapshot {
	return t.base.snapshot(Ref{t.ref.Layer, name}, t.ref)
}

// Time is this commit's one timestamp: UTC, microseconds, later than every
// earlier commit of the dataset.
func (t *Txn) Time() time.Time { return t.at }

// CommitID is the commit's identity.
func (t *Txn) CommitID() string { return t.id }

// RunID is the run's identity.
func (t *Txn) RunID() string { return t.l.o.RunID }

// StageDir is the absolute folder to write finished Parquet files of a dataset
// into, under any names that end in .part; partition folders (k=v) below it as
// engines write them. Files of raw datasets lie flat: the lake gives them
// their ingestion date. Commit syncs, hashes and names them.
func (t *Txn) StageDir(dataset string) (string, error) {
	if err := t.ensureStage(); err != nil {
		return "", err
	}
	dir := path.Join(t.stage.dir, dataset)
	// The stage itself is never made again: without its lock it is a sweeper's.
	if err := t.l.s.mkdir(dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", stageError(err, t.ref)
	}
	if err := t.l.s.syncDir(t.stage.dir); err != nil {
		return "", stageError(err, t.ref)
	}
	return t.l.Abs(dir), nil
}

// StagedBytes is how much is staged so far, for people who wait.
func (t *Txn) StagedBytes() int64 {
	if t.stage == nil {
		return 0
	}
	var size int64
	_ = walk(t.l.s, t.stage.dir, nil, func(_ string, e fs.DirEntry) error { // what goes meanwhile counts nothing
		if info, err := e.Info(); err == nil {
			size += info.Size()
		}
		return nil
	})
	return size
}

func (t *Txn) ensureStage() error {
	if t.ended {
		return fault.New(fault.Internal, "the commit to %s has ended", t.ref)
	}
	if t.stage != nil {
		return nil
	}
	stage, err := makePrivate(t.l.s, path.Join(t.h.dir, stageDir, t.id))
	if err != nil {
		return stageError(err, t.ref)
	}
	t.stage = stage
	return nil
}

// Abort throws away what was staged. It may be called again and after Commit,
// and then does nothing.
func (t *Txn) Abort() error {
	if t.ended {
		return nil
	}
	t.ended = true
	var err error
	if t.stage != nil {
		err = t.stage.drop()
		// A dataset that came to nothing leaves no folders; those in use stay.
		for dir := path.Join(t.h.dir, stageDir); dir != "."; dir = path.Dir(dir) {
			if t.l.s.remove(dir) != nil {
				break
			}
		}
	}
	if t.lock != nil {
		err = errors.Join(err, t.lock.Close())
	}
	return fault.OS(err, "throw away what was staged for %s", t.ref)
}
