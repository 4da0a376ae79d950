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

// Spill is a private folder that lives as long as its process: a lock file in
// it is held with flock(2), which the kernel lets go when the process ends,
// however it ends.
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
	dir, err := os.MkdirTemp(parent, spillPrefix)
	if err != nil {
		return nil, fault.OS(err, "make spill folder in %s", parent)
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return nil, errors.Join(fault.OS(err, "lock spill folder %s", dir), os.RemoveAll(dir))
	}
	return &Spill{Dir: dir, lock: lock}, nil
}

// Close removes the folder.
func (s *Spill) Close() error {
	err := os.RemoveAll(s.Dir)
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
		if e.IsDir() && strings.HasPrefix(e.Name(), spillPrefix) {
			sweepFolder(filepath.Join(parent, e.Name()), e)
		}
	}
}

func sweepFolder(dir string, e os.DirEntry) {
	lock, err := takeLock(filepath.Join(dir, lockName), 0)
	switch {
	case err == nil:
		_ = os.RemoveAll(dir)
		_ = lock.Close()
	case errors.Is(err, fs.ErrNotExist) && stale(e): // its owner died before it had a lock
		_ = os.RemoveAll(dir)
	}
}

// stale reports whether a folder without a lock file is old enough that its
// owner must have died before it made one.
func stale(e os.DirEntry) bool {
	info, err := e.Info()
	return err == nil && time.Since(info.ModTime()) > staleAfter
}

// staleAfter is far longer than a process takes between two system calls.
const staleAfter = time.Minute

// lockName is the file in a spill folder that its owner holds a lock of.
const lockName = "lock"

// lockFolder takes the lock before its file has the name that sweepers look for.
func lockFolder(dir string) (*os.File, error) {
	fresh := filepath.Join(dir, lockName+".new")
	lock, err := takeLock(fresh, os.O_CREATE)
	if err != nil {
		return nil, err
	}
	if err := os.Rename(fresh, filepath.Join(dir, lockName)); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return lock, nil
}

func takeLock(name string, flags int) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDWR|flags, 0o600) //nolint:gosec // a name made here
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
