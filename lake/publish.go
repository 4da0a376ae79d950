package lake

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
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
	// A record that another process has linked but not yet made durable must
	// not have its files published: a power cut would leave them as orphans.
	if err := h.syncLog(done < 0); err != nil {
		return err
	}
	before, err := h.replay(done)
	if err != nil {
		return err
	}
	for v := done + 1; v <= head; v++ {
		r, err := h.record(v)
		if err != nil {
			return err
		}
		after := before.clone()
		if err := after.apply(r); err != nil {
			return err
		}
		if err := h.publish(main, before, after, r); err != nil {
			return fmt.Errorf("publish version %d of %s: %w", v, main, err)
		}
		before = after
	}
	return nil
}

// syncLog makes the log's names durable, and before the first version is known
// to be published those of the folders above it: whoever made them may not have
// come to that.
func (h history) syncLog(first bool) error {
	dir := path.Join(h.dir, logDir)
	for {
		if err := h.s.syncDir(dir); err != nil {
			return fault.OS(err, "sync folder %s", dir)
		}
		if !first || dir == "." {
			return nil
		}
		dir = path.Dir(dir)
	}
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
func (h history) publish(main Ref, before, after *state, r *Record) error {
	for _, name := range sortedKeys(r.Datasets) {
		if err := h.publishFiles(main, r, name); err != nil {
			return err
		}
	}
	if err := h.store(after); err != nil {
		return fault.OS(err, "store replay of version %d", r.Version)
	}
	for _, name := range sortedKeys(r.Datasets) {
		if err := h.project(main, before, after, r, name); err != nil {
			return err
		}
	}
	for _, name := range sortedKeys(r.Datasets) {
		if err := h.keepRemoved(main, name, withSidecars(before.Datasets[name], r.Datasets[name].Remove)); err != nil {
			return err
		}
	}
	return h.notePublished(r.Version)
}

// move is a staged file on its way. Its names are relative to the lake's root.
type move struct {
	staged, final, kept string
	dataset, file       string // as records name it
	version             int64
}

// moves lists what a record publishes; an adopted file is where it was.
func (h history) moves(main Ref, r *Record, name string) []move {
	var out []move
	add := func(staged, file string) {
		if staged != "" {
			out = append(out, move{
				staged: path.Join(h.dir, stageDir, staged), final: path.Join(main.Layer, name, file),
				kept: h.keptPath(name, file), dataset: name, file: file, version: r.Version,
			})
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
		if err := h.publishFile(m); err != nil {
			return err
		}
	}
	// Every folder up to the layer is synced even if this process did not make
	// it: whoever made it may not have come to that yet.
	for _, dir := range sortedKeys(folders) {
		// A later replace may have emptied and dropped a folder.
		if err := h.s.syncDir(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
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

func (h history) publishFile(m move) error {
	var err error
	for range findTries { // a folder may be dropped as empty between two calls
		err = h.s.link(m.staged, m.final)
		if err == nil || errors.Is(err, fs.ErrExist) { // a final name is never used twice: it is this file
			return nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			break
		}
		if _, serr := h.s.stat(m.staged); errors.Is(serr, fs.ErrNotExist) {
			return h.publishedElsewhere(m)
		}
		if merr := mkdirAll(h.s, path.Dir(m.final)); merr != nil && !errors.Is(merr, fs.ErrNotExist) {
			return fault.OS(merr, "make folder %s", path.Dir(m.final))
		}
	}
	return fault.OS(err, "publish %s", m.final)
}

// publishedElsewhere is the answer to a staged name that is gone: another
// process has published the file, and a later version may have moved it on.
func (h history) publishedElsewhere(m move) error {
	for _, name := range []string{m.final, m.kept} {
		if _, err := h.s.stat(name); err == nil {
			return nil
		}
	}
	if h.published() >= m.version || h.removedAfter(m) {
		return nil
	}
	return fault.New(fault.Corrupt, "%s is neither staged nor published", m.final).
		WithHint("df360 lake verify lists what is damaged; lake rollback goes back to a whole version")
}

// removedAfter reports whether a later record drops the file: its kept copy
// may be gone for good then.
func (h history) removedAfter(m move) bool {
	head, err := h.head()
	if err != nil {
		return false
	}
	for v := m.version + 1; v <= head; v++ {
		r, err := h.record(v)
		if err != nil {
			return false
		}
		if d := r.Datasets[m.dataset]; d != nil && slices.Contains(d.Remove, m.file) {
			return true
		}
	}
	return false
}

// keptPath is where a replaced file goes; no glob for *.parquet matches it.
func (h history) keptPath(name, file string) string {
	return path.Join(h.dir, keepDir, name, file+".kept")
}

// withSidecars adds the sidecars of the removed files.
func withSidecars(before *datasetState, removed []string) []string {
	if before == nil || len(removed) == 0 {
		return removed
	}
	out := slices.Clone(removed)
	for _, f := range before.Files {
		if f.Sidecar != nil && slices.Contains(removed, f.Path) {
			out = append(out, f.Sidecar.Path)
		}
	}
	return out
}

func (h history) keepRemoved(main Ref, name string, removed []string) error {
	folders := map[string]bool{}
	for _, file := range removed {
		from, to := path.Join(main.Layer, name, file), h.keptPath(name, file)
		// Synced even if another process has moved it: that one may not have come
		// to syncing before it stopped.
		folders[path.Dir(from)] = true
		for dir := path.Dir(to); dir != h.dir; dir = path.Dir(dir) {
			folders[dir] = true
		}
		if _, err := h.s.stat(from); errors.Is(err, fs.ErrNotExist) {
			continue // moved already
		}
		if err := mkdirAll(h.s, path.Dir(to)); err != nil {
			return fault.OS(err, "make folder %s", path.Dir(to))
		}
		if err := h.s.rename(from, to); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fault.OS(err, "keep replaced file %s", from)
		}
	}
	for _, dir := range sortedKeys(folders) {
		if err := h.s.syncDir(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
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
