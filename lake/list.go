package lake

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/kalpafall/df360/internal/fault"
)

// Entry is one dataset in a listing.
type Entry struct {
	Ref
	// CompanionOf is the main dataset's name, "" for a main dataset.
	CompanionOf string
	// Foreign: another tool made the folder; Version is -1.
	Foreign bool
	// Version is the log's newest version.
	Version     int64
	Rows, Bytes int64
	Files       int
	UpdatedAt   time.Time // when the rows last changed
	Glob        string    // relative to the lake's root, "" where there is no file
	// Problem says why the dataset cannot be read; the other fields are empty then.
	Problem error
}

// List lists every dataset from its newest record alone, ordered by layer and
// name. A dataset that cannot be read is listed with its problem.
func (l *Lake) List(ctx context.Context) ([]Entry, error) {
	if l.s == nil {
		return nil, nil
	}
	names, err := l.names()
	if err != nil {
		return nil, err
	}
	lists := make([][]Entry, len(names))
	err = parallel(len(names), func(i int) error {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		lists[i] = l.listFolder(names[i])
		return nil
	})
	if err != nil {
		return nil, err
	}
	return arrangeEntries(slices.Concat(lists...)), nil
}

// arrangeEntries leaves out the folders of companions, which a main dataset's
// record lists, and sorts.
func arrangeEntries(all []Entry) []Entry {
	companions := map[Ref]bool{}
	for _, e := range all {
		if e.CompanionOf != "" {
			companions[e.Ref] = true
		}
	}
	out := all[:0]
	for _, e := range all {
		if e.Foreign && companions[e.Ref] {
			continue
		}
		out = append(out, e)
	}
	slices.SortStableFunc(out, func(a, b Entry) int {
		if a.Layer != b.Layer {
			return slices.Index(Layers(), a.Layer) - slices.Index(Layers(), b.Layer)
		}
		return strings.Compare(a.Name, b.Name)
	})
	return out
}

// listFolder lists a folder: a main dataset with its companions, or a folder
// of another tool, or nothing.
func (l *Lake) listFolder(ref Ref) []Entry {
	h, closer := l.logReader(ref)
	defer func() { _ = closer.Close() }() // only read
	head, err := h.head()
	if err != nil {
		return []Entry{{Ref: ref, Version: -1, Problem: err}}
	}
	if head < 0 {
		out := l.listForeign(ref)
		h = l.history(ref)
		if head, err = h.head(); err != nil || head < 0 { // a first commit may have come meanwhile
			return out
		}
	}
	if h.published() < head {
		if err := l.recover(ref, head); err != nil && !l.readsOn(err) {
			return []Entry{{Ref: ref, Version: head, Problem: err}}
		}
	}
	r, err := h.record(head)
	if err != nil {
		return []Entry{{Ref: ref, Version: head, Problem: err}}
	}
	var out []Entry
	for _, name := range sortedKeys(r.Totals) {
		t := r.Totals[name]
		e := Entry{
			Ref: Ref{ref.Layer, name}, Version: head, Rows: t.Rows, Bytes: t.Bytes, Files: t.Files, UpdatedAt: t.UpdatedAt,
		}
		if name != ref.Name {
			e.CompanionOf = ref.Name
		}
		e.Glob = globOf(e.Ref, t.Pattern)
		out = append(out, e)
	}
	return out
}

func (l *Lake) listForeign(ref Ref) []Entry {
	snap, err := l.foreign(ref)
	if err == nil && snap == nil {
		return nil
	}
	if err == nil {
		err = l.Inspect(snap)
	}
	if err != nil {
		return []Entry{{Ref: ref, Foreign: true, Version: -1, Problem: err}}
	}
	return []Entry{{
		Ref: ref, Foreign: true, Version: -1, Rows: snap.Rows, Bytes: snap.Bytes, Files: len(snap.Files),
		UpdatedAt: snap.UpdatedAt, Glob: snap.Glob(),
	}}
}

// names lists the folders that can be datasets, by layer.
func (l *Lake) names() ([]Ref, error) {
	var out []Ref
	for _, layer := range Layers() {
		entries, err := l.s.readDir(layer)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fault.OS(err, "list lake %s", path.Join(l.root, layer))
		}
		for _, e := range entries {
			if e.IsDir() && CheckName(e.Name()) == nil {
				out = append(out, Ref{layer, e.Name()})
			}
		}
	}
	return out, nil
}
