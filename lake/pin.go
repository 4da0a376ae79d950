package lake

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"

	"github.com/kalpafall/df360/internal/fault"
)

// pinnedSuffix ends the name of a pinned file, so that no glob for *.parquet
// matches it.
const pinnedSuffix = ".pinned"

// Pin keeps the files of snapshots readable until it is closed, whatever
// writers replace meanwhile: engines open files lazily. It is hard links in a
// private folder of each dataset; where this process may not write, and for
// folders of other tools, it is the files where they are.
type Pin struct {
	l       *Lake
	id      string
	folders map[string]*private // by main dataset's folder
	paths   map[Ref]map[int64][]string
}

// Pin pins snapshots. An error leaves nothing pinned.
func (l *Lake) Pin(ctx context.Context, snaps ...*Snapshot) (*Pin, error) {
	p := &Pin{l: l, id: l.o.RunID + "-" + randomHex(4), folders: map[string]*private{}, paths: map[Ref]map[int64][]string{}}
	for _, s := range snaps {
		if err := p.add(ctx, s); err != nil {
			return nil, errors.Join(err, p.Close())
		}
	}
	return p, nil
}

// Paths are the absolute paths of a pinned snapshot's files, in their order.
// Partition folders (k=v) are part of them.
func (p *Pin) Paths(s *Snapshot) []string { return p.paths[s.Ref][s.Version] }

// Close lets the files go.
func (p *Pin) Close() error {
	var err error
	for _, dir := range sortedKeys(p.folders) {
		if f := p.folders[dir]; f != nil {
			err = errors.Join(err, f.drop())
			_ = p.l.s.remove(path.Dir(f.dir)) // stays while others pin
		}
	}
	p.folders = map[string]*private{}
	return fault.OS(err, "let go of pinned files")
}

func (p *Pin) add(ctx context.Context, s *Snapshot) error {
	if _, ok := p.paths[s.Ref][s.Version]; ok {
		return nil
	}
	base := ""
	if !s.Foreign && len(s.Files) > 0 {
		folder, err := p.folder(s.Main)
		if err != nil && !cannotWrite(err) {
			return fault.OS(err, "pin %s", s.Ref)
		}
		if folder != nil {
			base = path.Join(folder.dir, s.Name+"@"+versionName(s.Version))
		}
	}
	paths := make([]string, len(s.Files))
	for i, f := range s.Files {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		name, err := p.l.find(s, f)
		if err == nil && base != "" {
			name, err = p.link(s, f, path.Join(base, f.Path+pinnedSuffix))
		}
		if err != nil {
			return err
		}
		paths[i] = p.l.Abs(name)
	}
	if p.paths[s.Ref] == nil {
		p.paths[s.Ref] = map[int64][]string{}
	}
	p.paths[s.Ref][s.Version] = paths
	return nil
}

// folder is this pin's folder of a dataset; nil where it cannot be made.
func (p *Pin) folder(main Ref) (*private, error) {
	if f, ok := p.folders[main.dir()]; ok {
		return f, nil
	}
	f, err := makePrivate(p.l.s, path.Join(main.dir(), pinDir, p.id))
	if err != nil {
		err = fault.OS(err, "make pin folder of %s", main)
		f = nil
	}
	p.folders[main.dir()] = f
	return f, err
}

// link pins one file, wherever a writer is just moving it to.
func (p *Pin) link(s *Snapshot, f File, to string) (string, error) {
	for range findTries {
		from, err := p.l.find(s, f)
		if err != nil {
			return "", err
		}
		err = p.l.s.link(from, to)
		if errors.Is(err, fs.ErrNotExist) {
			if err := mkdirPlain(p.l.s, path.Dir(to)); err != nil {
				return "", fault.OS(err, "make folder %s", path.Dir(to))
			}
			err = p.l.s.link(from, to)
		}
		if err == nil {
			return to, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", fault.OS(err, "pin %s", from)
		}
	}
	return "", fault.New(fault.Conflict, "file %s of %s moves all the time", f.Path, s.Ref)
}

// findTries is how often a file that is just being moved is looked for.
const findTries = 20

// find is where a snapshot's file is now, relative to the lake's root: its
// final name, or where a publish that has not come that far, or a later
// replace, has it.
func (l *Lake) find(s *Snapshot, f File) (string, error) {
	places := []string{path.Join(s.dir(), f.Path)}
	if !s.Foreign {
		if f.staged != "" {
			places = append(places, path.Join(s.Main.dir(), stageDir, f.staged))
		}
		places = append(places, l.history(s.Main).keptPath(s.Name, f.Path))
	}
	for range findTries {
		for _, name := range places {
			_, err := l.s.stat(name)
			if err == nil {
				return name, nil
			}
			if !errors.Is(err, fs.ErrNotExist) {
				return "", fault.OS(err, "look at %s", name)
			}
		}
	}
	return "", fault.New(fault.Corrupt, "file %s of %s is gone", places[0], s.Ref).
		WithHint("df360 lake verify lists what is damaged")
}

// mkdirPlain makes name and its missing parents without making the names
// durable: a pin does not outlive its process.
func mkdirPlain(s store, name string) error {
	if info, err := s.stat(name); err == nil && info.IsDir() {
		return nil
	}
	if err := mkdirPlain(s, path.Dir(name)); err != nil {
		return err
	}
	if err := s.mkdir(name); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// FileColumns reads what each file of a snapshot says of its own columns, in
// the order of its files: they can be fewer and, in folders of other tools, of
// other types than the snapshot's.
func (l *Lake) FileColumns(s *Snapshot) ([][]Column, error) {
	fts, err := l.footers(s)
	if err != nil {
		return nil, err
	}
	out := make([][]Column, len(fts))
	for i, ft := range fts {
		out[i] = slices.Clip(ft.columns)
	}
	return out, nil
}

// StateDir is the absolute folder for derived state of a main dataset: what
// can be made again, never a truth. It may not be there yet.
func (l *Lake) StateDir(main Ref) string { return l.Abs(path.Join(main.dir(), StateDir)) }
