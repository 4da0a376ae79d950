package duck

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/kalpafall/df360/internal/fault"
)

// spillPrefix begins the name of every spill folder; what follows is random.
const spillPrefix = ".df360-spill-"

// Spill is a private folder that lives as long as its process: a file beside it
// is held with flock(2), which the kernel lets go when the process ends,
// however it ends. The file is there before the folder and goes after it, so
// that no instant leaves a folder that nobody can tell to be left.
type Spill struct {
	Dir  string
	lock *os.File
}

// MakeSpill removes the spill folders in parent that no process holds any more
// and makes a new one. parent is made where it is missing; "" is the system's
// temporary folder.
func MakeSpill(parent string) (*Spill, error) {
	if parent == "" {
		parent = os.TempDir()
	}
	if err := os.MkdirAll(parent, 0o755); err != nil { //nolint:gosec // the folder the user named; the private one below is 0700
		return nil, fault.OS(err, "make temporary folder %s", parent)
	}
	Sweep(parent)
	lock, err := newLock(parent)
	if err != nil {
		return nil, fault.OS(err, "make spill folder in %s", parent)
	}
	dir := strings.TrimSuffix(lock.Name(), lockSuffix)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, errors.Join(fault.OS(err, "make spill folder %s", dir), os.Remove(lock.Name()), lock.Close())
	}
	return &Spill{Dir: dir, lock: lock}, nil
}

// Close removes the folder.
func (s *Spill) Close() error {
	err := errors.Join(os.RemoveAll(s.Dir), os.Remove(s.lock.Name()))
	return errors.Join(fault.OS(err, "remove spill folder %s", s.Dir), s.lock.Close())
}

// Sweep removes the spill folders in parent that no process holds any more. It
// is a courtesy: what cannot be removed now is left for the next run. A command
// that may find nothing to do, and so opens no engine, calls it by itself.
func Sweep(parent string) {
	if parent == "" {
		parent = os.TempDir()
	}
	entries, err := os.ReadDir(parent)
	if err != nil {
		return
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), spillPrefix) {
			continue
		}
		name := filepath.Join(parent, e.Name())
		if dir, isLock := strings.CutSuffix(name, lockSuffix); isLock {
			sweepFolder(dir, name)
		} else if _, err := os.Stat(name + lockSuffix); errors.Is(err, fs.ErrNotExist) && stale(e) {
			_ = os.RemoveAll(name) // a power cut has taken its lock
		}
	}
}

func sweepFolder(dir, name string) {
	lock, err := os.OpenFile(name, os.O_RDWR, 0) //nolint:gosec // a name made here
	if err != nil {
		return
	}
	if flock(lock) == nil && os.RemoveAll(dir) == nil {
		_ = os.Remove(name)
	}
	_ = lock.Close()
}

// stale reports whether a folder without a lock is old enough to be nobody's.
func stale(e os.DirEntry) bool {
	info, err := e.Info()
	return err == nil && time.Since(info.ModTime()) > staleAfter
}

// staleAfter is far longer than a process takes between two system calls.
const staleAfter = time.Minute

// lockSuffix ends the name of the file that is held for a folder.
const lockSuffix = ".lock"

// newLock makes and takes a lock of a new name. A sweeper that is faster than
// the taking removes it; then another name is tried.
func newLock(parent string) (*os.File, error) {
	var err error
	for range 100 {
		f, cerr := os.CreateTemp(parent, spillPrefix+"*"+lockSuffix)
		if cerr != nil {
			return nil, cerr
		}
		if err = flock(f); err == nil {
			if _, err = os.Stat(f.Name()); err == nil {
				return f, nil
			}
		}
		_ = f.Close() // it is a sweeper's
	}
	return nil, err
}

func flock(f *os.File) error {
	return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
}
