package lake

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"sort"

	"golang.org/x/sys/unix"

	"github.com/kalpafall/df360/internal/failpoint"
)

// store is where a lake's files are: the operations that the protocol is made
// of, on slash-separated names relative to the lake's root. A crash may undo
// whatever was not made durable by syncFile (contents) and syncDir (names);
// the tests hold the protocol to just that.
type store interface {
	readFile(name string) ([]byte, error)
	readDir(name string) ([]fs.DirEntry, error) // sorted; fs.ErrNotExist where there is none
	stat(name string) (fs.FileInfo, error)
	open(name string) (file, error)

	mkdir(name string) error                             // parents must be there; fs.ErrExist
	create(name string, data []byte) error               // fs.ErrExist
	link(oldName, newName string) error                  // fs.ErrExist
	rename(oldName, newName string) error                // replaces
	remove(name string) error                            // a file or an empty folder
	syncFile(name string) error                          // contents
	syncDir(name string) error                           // names in the folder
	tryLock(name string, create bool) (io.Closer, error) // flock; errLocked, fs.ErrNotExist without create
}

type file interface {
	io.ReaderAt
	io.ReadCloser
	Stat() (fs.FileInfo, error)
}

// errLocked: another process holds the lock.
var errLocked = errors.New("locked by another process")

// disk is a store on a local file system. All names go through os.Root, so
// that no link leads out of the lake.
type disk struct {
	root *os.Root
	fail *failpoint.Set
}

func (d *disk) readFile(name string) ([]byte, error)  { return d.root.ReadFile(name) }
func (d *disk) stat(name string) (fs.FileInfo, error) { return d.root.Stat(name) }
func (d *disk) open(name string) (file, error)        { return d.root.Open(name) }

func (d *disk) readDir(name string) ([]fs.DirEntry, error) {
	f, err := d.root.Open(name)
	if err != nil {
		return nil, err
	}
	entries, err := f.ReadDir(-1)
	sort.Slice(entries, func(i, j int) bool { return entries[i].Name() < entries[j].Name() })
	return entries, errors.Join(err, f.Close())
}

func (d *disk) mkdir(name string) error {
	if err := d.fail.Hit("mkdir"); err != nil {
		return &fs.PathError{Op: "mkdir", Path: name, Err: err}
	}
	return d.root.Mkdir(name, 0o755)
}

func (d *disk) create(name string, data []byte) error {
	if err := d.fail.Hit("create"); err != nil {
		return &fs.PathError{Op: "create", Path: name, Err: err}
	}
	f, err := d.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, d.root.Remove(name))
	}
	return nil
}

func (d *disk) link(oldName, newName string) error {
	if err := d.fail.Hit("link"); err != nil {
		return &os.LinkError{Op: "link", Old: oldName, New: newName, Err: err}
	}
	return d.root.Link(oldName, newName)
}

func (d *disk) rename(oldName, newName string) error {
	if err := d.fail.Hit("rename"); err != nil {
		return &os.LinkError{Op: "rename", Old: oldName, New: newName, Err: err}
	}
	return d.root.Rename(oldName, newName)
}

func (d *disk) remove(name string) error {
	if err := d.fail.Hit("remove"); err != nil {
		return &fs.PathError{Op: "remove", Path: name, Err: err}
	}
	return d.root.Remove(name)
}

func (d *disk) syncFile(name string) error { return d.sync("syncfile", name) }
func (d *disk) syncDir(name string) error  { return d.sync("syncdir", name) }

func (d *disk) sync(step, name string) error {
	if err := d.fail.Hit(step); err != nil {
		return &fs.PathError{Op: "fsync", Path: name, Err: err}
	}
	f, err := d.root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (d *disk) tryLock(name string, create bool) (io.Closer, error) {
	flags := os.O_RDWR
	if create {
		flags |= os.O_CREATE
	}
	f, err := d.root.OpenFile(name, flags, 0o644)
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = errLocked
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// mkdirAll makes name and its missing parents, each name durable.
func mkdirAll(s store, name string) error {
	if name == "." {
		return nil
	}
	if info, err := s.stat(name); err == nil && info.IsDir() {
		return nil
	}
	parent := path.Dir(name)
	if err := mkdirAll(s, parent); err != nil {
		return err
	}
	if err := s.mkdir(name); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return s.syncDir(parent)
}

// removeAll removes a folder of the lake's own (stage, pin) with what is in it.
func removeAll(s store, name string) error {
	entries, err := s.readDir(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		child := path.Join(name, e.Name())
		if e.IsDir() {
			err = removeAll(s, child)
		} else {
			err = s.remove(child)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	err = s.remove(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// walk calls fn for every file below name, in lexical order, leaving out
// folders and files that skip says.
func walk(s store, name string, skip func(base string) bool, fn func(name string, e fs.DirEntry) error) error {
	entries, err := s.readDir(name)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if skip != nil && skip(e.Name()) {
			continue
		}
		child := path.Join(name, e.Name())
		if e.IsDir() {
			err = walk(s, child, skip, fn)
		} else {
			err = fn(child, e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// hidden reports whether readers leave out a path component of this name.
func hidden(base string) bool { return base[0] == '_' || base[0] == '.' }
