package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/kalpafall/df360/internal/fault"
)

// tempMark is in the names of files that are not finished.
const tempMark = ".df360-tmp-"

// writeOut makes a file of what write writes. It appears under its name whole,
// or not at all; what stopped runs left beside it goes. A file that is there
// is replaced only with force. A device or a pipe is written to as it is.
func writeOut(path string, force bool, write func(io.Writer) error) error {
	special, err := lookAtOut(path, force)
	if err != nil {
		return err
	}
	if special {
		return writeSpecial(path, write)
	}
	dir, base := filepath.Split(path)
	dir = filepath.Clean(dir + ".")
	sweepTemp(dir, base)
	temp, err := createTemp(dir, base)
	if err != nil {
		return fault.OS(err, "create %s", path)
	}
	err = write(temp)
	if err == nil {
		err = fault.OS(temp.Sync(), "make %s durable", path)
	}
	if err == nil {
		err = place(temp.Name(), path, force)
	}
	// The lock goes with the file; the name must be gone before.
	if rmErr := os.Remove(temp.Name()); rmErr != nil && !errors.Is(rmErr, fs.ErrNotExist) {
		err = errors.Join(err, fault.OS(rmErr, "remove temporary file"))
	}
	if closeErr := temp.Close(); err == nil {
		err = fault.OS(closeErr, "close %s", path)
	}
	if err == nil {
		err = syncFolder(dir)
	}
	return err
}

// lookAtOut looks at what is there under a name. special: neither nothing nor a
// file.
func lookAtOut(path string, force bool) (special bool, err error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, fault.OS(err, "look at %s", path)
	case info.IsDir():
		return false, fault.New(fault.Usage, "%s is a folder", path).WithHint("name a file in it")
	case !info.Mode().IsRegular():
		return true, nil
	case !force:
		return false, alreadyThere(path)
	}
	return false, nil
}

func alreadyThere(path string) error {
	return fault.New(fault.Usage, "%s is there already", path).WithHint("--force writes over it")
}

func writeSpecial(path string, write func(io.Writer) error) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY, 0) //nolint:gosec // the user names it
	if err != nil {
		return fault.OS(err, "open %s", path)
	}
	defer func() { err = errors.Join(err, fault.OS(f.Close(), "close %s", path)) }()
	return write(f)
}

// createTemp makes a locked file beside its later name.
func createTemp(dir, base string) (*os.File, error) {
	for {
		name := filepath.Join(dir, "."+base+tempMark+randomSuffix())
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666) //nolint:gosec // shared by umask, as any file a user makes
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		// A file system without locks only keeps sweepTemp from sweeping.
		_ = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if _, err := os.Lstat(name); err == nil {
			return f, nil
		}
		_ = f.Close() // swept by another run before it was locked
	}
}

func randomSuffix() string {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return hex.EncodeToString(b[:])
}

// sweepTemp removes what killed runs left of a file: nobody holds its lock.
func sweepTemp(dir, base string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return // creating the file will say why
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "."+base+tempMark) {
			continue
		}
		name := filepath.Join(dir, e.Name())
		f, err := os.Open(name) //nolint:gosec // a name of our own
		if err != nil {
			continue
		}
		if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			_ = os.Remove(name) // it is only in the way
		}
		_ = f.Close()
	}
}

// place gives a finished file its name.
func place(temp, path string, force bool) error {
	if force {
		return fault.OS(os.Rename(temp, path), "write %s", path)
	}
	err := os.Link(temp, path)
	if errors.Is(err, fs.ErrExist) {
		return alreadyThere(path)
	}
	if err != nil { // a file system without links
		if _, statErr := os.Lstat(path); statErr == nil {
			return alreadyThere(path)
		}
		err = os.Rename(temp, path)
	}
	return fault.OS(err, "write %s", path)
}

func syncFolder(dir string) (err error) {
	f, err := os.Open(dir) //nolint:gosec // the folder of the user's file
	if err != nil {
		return fault.OS(err, "open folder %s", dir)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return fault.OS(f.Sync(), "make folder %s durable", dir)
}

// writeTruth writes the faults of all jobs into one file. It comes before the
// rows do: a run that is killed in between gives the same truth again. A file
// that says just the same may be there already.
func writeTruth(ctx context.Context, jobs []fakeJob, f *fakeFlags) error {
	write := func(w io.Writer) error {
		for _, job := range jobs {
			if err := job.table.WriteTruth(ctx, w, job.dataset); err != nil {
				return err
			}
		}
		return nil
	}
	special, err := lookAtOut(f.truth, true)
	if err != nil {
		return err
	}
	if !special && !f.force {
		if same, err := saysTheSame(f.truth, write); err != nil || same {
			return err
		}
	}
	return writeOut(f.truth, f.force, write)
}

// saysTheSame reports whether a file is there and holds what write writes.
func saysTheSame(path string, write func(io.Writer) error) (same bool, err error) {
	file, err := os.Open(path) //nolint:gosec // the user names it
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fault.OS(err, "open %s", path)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	c := &comparer{file: file}
	switch err := write(c); {
	case errors.Is(err, errDiffers):
		return false, nil
	case err != nil:
		return false, err
	}
	rest, err := file.Read(make([]byte, 1))
	return rest == 0 && errors.Is(err, io.EOF), nil
}

// errDiffers stops a comparison.
var errDiffers = errors.New("the file differs")

// comparer is a writer that compares what is written with a file.
type comparer struct {
	file io.Reader
	have []byte
}

// Write fails with errDiffers where the file has something else.
func (c *comparer) Write(p []byte) (int, error) {
	if cap(c.have) < len(p) {
		c.have = make([]byte, len(p))
	}
	have := c.have[:len(p)]
	if _, err := io.ReadFull(c.file, have); err != nil || !bytes.Equal(have, p) {
		return 0, errDiffers
	}
	return len(p), nil
}
