package lake

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/kalpafall/df360/internal/fault"
)

// recover publishes every record up to head that is not fully published,
// oldest first. It is an idempotent redo: any number of processes may do it at
// once. Where this process may not write, the error is fault.Permission.
func (l *Lake) recover(main Ref, head int64) error {
	h := l.history(main)
	done := h.published()
	if done >= head {
		return nil
	}
	for v := done + 1; v <= head; v++ {
		r, err := h.record(v)
		if err != nil {
			return err
		}
		if err := h.publish(main, r); err != nil {
			return fmt.Errorf("publish version %d of %s: %w", v, main, err)
		}
	}
	return nil
}

// published is the newest version that is known to be fully published: a hint
// that may lag behind, never run ahead.
func (h history) published() int64 {
	data, err := h.s.readFile(path.Join(h.dir, publishedFile))
	if err != nil {
		return -1
	}
	v, err := strconv.ParseInt(strings.TrimSpace(string(data)), 10, 64)
	if err != nil {
		return -1
	}
	return v
}

// publish makes a committed record's files visible: link to the final names,
// make the names durable, drop the staged names, project the Delta log, move
// replaced files away, note it as done.
func (h history) publish(main Ref, r *Record) error {
	for _, name := range sortedKeys(r.Datasets) {
		if err := h.publishFiles(main, r, name); err != nil {
			return err
		}
	}
	st, err := h.replay(r.Version)
	if err != nil {
		return err
	}
	if err := h.store(st); err != nil {
		return fault.OS(err, "store replay of version %d", r.Version)
	}
	for _, name := range sortedKeys(r.Datasets) {
		if err := h.project(main, r, name); err != nil {
			return err
		}
	}
	for _, name := range sortedKeys(r.Datasets) {
		if err := h.keepRemoved(main, name, r.Datasets[name].Remove); err != nil {
			return err
		}
	}
	return h.notePublished(r.Version)
}

// move is a staged file and its final name, both relative to the lake's root.
type move struct{ staged, final string }

func (h history) moves(main Ref, r *Record, name string) []move {
	var out []move
	folder := path.Join(main.Layer, name)
	add := func(staged, final string) {
		if staged != "" { // an adopted file is where it was
			out = append(out, move{path.Join(h.dir, stageDir, staged), path.Join(folder, final)})
		}
	}
	for _, a := range r.Datasets[name].Add {
		if a.Sidecar != nil {
			add(a.Sidecar.Staged, a.Sidecar.Path)
		}
		add(a.Staged, a.Path)
	}
	return out
}

func (h history) publishFiles(main Ref, r *Record, name string) error {
	moves := h.moves(main, r, name)
	folders := map[string]bool{}
	for _, m := range moves {
		for dir := path.Dir(m.final); !folders[dir] && dir != "."; dir = path.Dir(dir) {
			folders[dir] = true
		}
		if err := h.publishFile(m, r.Version); err != nil {
			return err
		}
	}
	// Every folder up to the layer is synced even if this process did not make
	// it: whoever made it may not have come to that yet.
	for _, dir := range sortedKeys(folders) {
		if err := h.s.syncDir(dir); err != nil {
			return fault.OS(err, "sync folder %s", dir)
		}
	}
	for _, m := range moves {
		if err := h.s.remove(m.staged); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fault.OS(err, "drop staged name %s", m.staged)
		}
	}
	return nil
}

func (h history) publishFile(m move, version int64) error {
	err := h.s.link(m.staged, m.final)
	if errors.Is(err, fs.ErrNotExist) {
		if merr := mkdirAll(h.s, path.Dir(m.final)); merr != nil {
			return fault.OS(merr, "make folder %s", path.Dir(m.final))
		}
		err = h.s.link(m.staged, m.final)
	}
	switch {
	case err == nil, errors.Is(err, fs.ErrExist): // a final name is never used twice: it is this file
		return nil
	case errors.Is(err, fs.ErrNotExist):
		// Another process has published it, and perhaps a later version moved it on.
		if _, serr := h.s.stat(m.final); serr == nil || h.published() >= version {
			return nil
		}
		return fault.New(fault.Corrupt, "%s is neither staged nor published", m.final)
	default:
		return fault.OS(err, "publish %s", m.final)
	}
}

// keptPath is where a replaced file goes; no glob for *.parquet matches it.
func (h history) keptPath(name, file string) string {
	return path.Join(h.dir, keepDir, name, file+".kept")
}

func (h history) keepRemoved(main Ref, name string, removed []string) error {
	folders := map[string]bool{}
	for _, file := range removed {
		from, to := path.Join(main.Layer, name, file), h.keptPath(name, file)
		if _, err := h.s.stat(from); errors.Is(err, fs.ErrNotExist) {
			continue // moved already
		}
		if err := mkdirAll(h.s, path.Dir(to)); err != nil {
			return fault.OS(err, "make folder %s", path.Dir(to))
		}
		if err := h.s.rename(from, to); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fault.OS(err, "keep replaced file %s", from)
		}
		folders[path.Dir(to)], folders[path.Dir(from)] = true, true
	}
	for _, dir := range sortedKeys(folders) {
		if err := h.s.syncDir(dir); err != nil {
			return fault.OS(err, "sync folder %s", dir)
		}
	}
	h.dropEmptyFolders(main, name, removed)
	return nil
}

// dropEmptyFolders removes partition folders that a replace has emptied, as a
// courtesy to people who look: a folder that is in use does not go.
func (h history) dropEmptyFolders(main Ref, name string, removed []string) {
	root := path.Join(main.Layer, name)
	for _, file := range removed {
		for dir := path.Dir(path.Join(root, file)); dir != root && len(dir) > len(root); dir = path.Dir(dir) {
			if h.s.remove(dir) != nil {
				break
			}
		}
	}
}

// notePublished writes the hint. It is not made durable: an older one only
// means that a redo finds everything done.
func (h history) notePublished(v int64) error {
	if h.published() >= v {
		return nil
	}
	temp := path.Join(h.dir, metaDir, "published."+randomHex(6)+tempSuffix)
	if err := h.s.create(temp, []byte(strconv.FormatInt(v, 10)+"\n")); err != nil {
		return fault.OS(err, "note version %d of %s as published", v, h.dir)
	}
	return fault.OS(h.s.rename(temp, path.Join(h.dir, publishedFile)), "note version %d of %s as published", v, h.dir)
}
