package lake

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/kalpafall/df360/internal/fault"
)

const parquetSuffix = ".parquet"

// foreign is the snapshot of a folder that another tool made, nil where there
// is no Parquet file in it.
func (l *Lake) foreign(ref Ref) (*Snapshot, error) {
	snap := &Snapshot{Ref: ref, Main: ref, Foreign: true, Version: -1}
	if _, err := l.s.stat(ref.dir()); errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // documented
	}
	err := walk(l.s, ref.dir(), hidden, func(name string, e fs.DirEntry) error {
		if !strings.HasSuffix(name, parquetSuffix) {
			return nil
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		snap.Files = append(snap.Files, File{
			Path: strings.TrimPrefix(name, ref.dir()+"/"), Bytes: info.Size(), Version: -1, ModTime: info.ModTime(),
		})
		snap.Bytes += info.Size()
		if info.ModTime().After(snap.UpdatedAt) {
			snap.UpdatedAt = info.ModTime().UTC()
		}
		return nil
	})
	if err != nil { // a folder that goes meanwhile is one, too: half a list is none
		return nil, fault.OS(err, "list %s", ref.dir())
	}
	if len(snap.Files) == 0 {
		return nil, nil //nolint:nilnil // documented
	}
	return snap, nil
}

// footers reads the footers of a snapshot's files, in their order, naming the
// file that cannot be read.
func (l *Lake) footers(snap *Snapshot) ([]*footer, error) {
	out := make([]*footer, len(snap.Files))
	err := parallel(len(snap.Files), func(i int) error {
		return l.follow(snap, snap.Files[i], func(name string) (err error) {
			out[i], err = l.footerOf(name)
			return err
		})
	})
	return out, err
}

// follow calls read with the name of a snapshot's file, again where a writer
// moves the file just then.
func (l *Lake) follow(snap *Snapshot, f File, read func(name string) error) error {
	var err error
	for range findTries {
		name, ferr := l.find(snap, f)
		if ferr != nil {
			return ferr
		}
		if err = read(name); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return err
}

func (l *Lake) footerOf(name string) (*footer, error) {
	f, err := l.s.open(name)
	if err != nil {
		return nil, fault.OS(err, "open %s", name)
	}
	defer func() { _ = f.Close() }() // only read
	info, err := f.Stat()
	if err != nil {
		return nil, fault.OS(err, "stat %s", name)
	}
	ft, err := readFooter(f, info.Size())
	if err != nil {
		return nil, damagedFile(name, err)
	}
	return ft, nil
}

func damagedFile(name string, err error) error {
	return fault.New(fault.Corrupt, "file %s: %w", name, err).
		WithHint("restore it from its source or move it out of the lake")
}
