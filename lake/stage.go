package lake

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/kalpafall/df360/internal/fault"
)

// stageLock is the file in a private folder whose flock says that its owner lives.
const stageLock = ".lock"

// private is a folder below _df360 that belongs to one run: a stage or a pin.
// The kernel lets its lock go when the owner dies, however it dies.
type private struct {
	s    store
	dir  string
	lock io.Closer
}

// makePrivate makes dir and locks it: the lock is taken before its file has
// the name that sweepers look for. Folders that disappear under it (an aborted
// run tidies up) are met with another try.
func makePrivate(s store, dir string) (*private, error) {
	var err error
	for range 5 {
		if err = mkdirAll(s, dir); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		fresh := path.Join(dir, stageLock+".new")
		var lock io.Closer
		if lock, err = s.tryLock(fresh, true); err == nil {
			if err = s.rename(fresh, path.Join(dir, stageLock)); err == nil {
				return &private{s: s, dir: dir, lock: lock}, nil
			}
			_ = lock.Close() // it was never seen
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return nil, err
}

// drop removes the folder, then lets the lock go.
func (p *private) drop() error {
	err := removeAll(p.s, p.dir)
	return errors.Join(err, p.lock.Close())
}

// sweep removes what runs that are gone have left: stages, pins, temporary
// files. It is called after recovery. Errors are left for the next run: a
// sweep is housekeeping.
func (l *Lake) sweep(main Ref) {
	h := l.history(main)
	l.sweepStages(main, h)
	l.sweepFolder(path.Join(h.dir, pinDir))
	entries, err := h.s.readDir(path.Join(h.dir, metaDir))
	if err != nil {
		return
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && strings.HasSuffix(e.Name(), tempSuffix) && time.Since(info.ModTime()) > tempAge {
			_ = h.s.remove(path.Join(h.dir, metaDir, e.Name()))
		}
	}
}

// tempAge is how old a half-written derived file must be to be nobody's.
const tempAge = time.Hour

// sweepStages removes the stages that nobody holds. A stage whose lock can be
// taken has no living owner; what its owner committed is in the log, which is
// therefore read and published again before anything goes.
func (l *Lake) sweepStages(main Ref, h history) {
	entries, err := h.s.readDir(path.Join(h.dir, stageDir))
	if err != nil {
		return
	}
	for _, e := range entries {
		dir := path.Join(h.dir, stageDir, e.Name())
		lock, ok := orphan(h.s, dir, e)
		if !ok {
			continue
		}
		head, err := h.head()
		if err == nil {
			err = l.recover(main, head)
		}
		if err == nil {
			err = removeAll(h.s, dir)
		}
		_ = lock.Close()
		if err != nil {
			l.o.Log.Warn("could not sweep a stage", "folder", dir, "error", err)
		}
	}
}

// orphan takes over a private folder whose owner is gone. One without a lock
// file belongs to an owner that is just making it, or taking it away, unless it
// is old.
func orphan(s store, dir string, e fs.DirEntry) (io.Closer, bool) {
	lock, err := s.tryLock(path.Join(dir, stageLock), false)
	if err == nil {
		return lock, true
	}
	info, ierr := e.Info()
	if !errors.Is(err, fs.ErrNotExist) || ierr != nil || time.Since(info.ModTime()) < lockAge {
		return nil, false
	}
	return io.NopCloser(nil), true
}

// lockAge is far longer than a process takes between making a folder and
// locking it.
const lockAge = time.Minute

func (l *Lake) sweepFolder(folder string) {
	entries, err := l.s.readDir(folder)
	if err != nil {
		return
	}
	for _, e := range entries {
		dir := path.Join(folder, e.Name())
		lock, ok := orphan(l.s, dir, e)
		if !ok {
			continue
		}
		_ = removeAll(l.s, dir)
		_ = lock.Close()
	}
}

// lockPolitely takes the dataset's lock if it is free within the time the
// user allows; after that the run goes on without, since the protocol does not
// need it. nil means without.
func (l *Lake) lockPolitely(h history, wait <-chan struct{}) io.Closer {
	if _, err := h.s.stat(path.Join(h.dir, metaDir)); err != nil {
		return nil // a new dataset: nobody to be polite to
	}
	deadline := time.Now().Add(l.o.LockTimeout)
	for {
		lock, err := h.s.tryLock(path.Join(h.dir, metaDir, "lock"), true)
		if err == nil {
			return lock
		}
		if !errors.Is(err, errLocked) || time.Now().After(deadline) {
			l.o.Log.Info("going on without the lock", "dataset", h.dir, "reason", err)
			return nil
		}
		select {
		case <-wait:
			return nil
		case <-time.After(lockPoll):
		}
	}
}

// lockPoll is how often a polite waiter looks.
const lockPoll = 10 * time.Millisecond

// stageError names the dataset whose stage cannot be written.
func stageError(err error, ref Ref) error {
	return fault.OS(err, "stage files of %s", ref)
}
