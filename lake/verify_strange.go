package lake

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/kalpafall/df360/internal/fault"
)

// remember notes the files that a record adds.
func (v *verifier) remember(r *Record) {
	for name, d := range r.Datasets {
		for _, f := range d.Add {
			v.added[path.Join(v.main.Layer, name, f.Path)] = f
		}
	}
}

// unknownFiles names data files in the datasets' folders that are in no
// version, and entries of their Delta logs that follow from none.
func (v *verifier) unknownFiles(st *state) error {
	current := map[string]bool{}
	for name, ds := range st.Datasets {
		for _, f := range ds.Files {
			current[path.Join(v.main.Layer, name, f.Path)] = true
		}
	}
	for _, name := range sortedKeys(st.Datasets) {
		folder := path.Join(v.main.Layer, name)
		var strange []string
		err := walk(v.h.s, folder, hidden, func(file string, _ fs.DirEntry) error {
			if strings.HasSuffix(file, parquetSuffix) && !current[file] {
				strange = append(strange, file)
			}
			return nil
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fault.OS(err, "list %s", folder)
		}
		if err := v.reportStrange(st, strange); err != nil {
			return err
		}
		if err := v.strangeEntries(name, st.Datasets[name], st.Version); err != nil {
			return err
		}
	}
	return nil
}

// reportStrange reports files that no version has, unless a writer was at work
// meanwhile, or a replace waits to be published.
func (v *verifier) reportStrange(st *state, files []string) error {
	if len(files) == 0 {
		return nil
	}
	head, err := v.h.head()
	if err != nil {
		return err
	}
	for n := st.Version + 1; n <= head; n++ {
		r, err := v.h.record(n)
		if err != nil {
			return err
		}
		v.remember(r)
	}
	waits := head > st.Version || v.h.published() < head
	for _, file := range files {
		_, ours := v.added[file]
		_, err := v.h.s.stat(file)
		switch {
		case !ours:
			v.problem(file, "no commit has this file")
		case err == nil && !waits:
			v.problem(file, "a later version has replaced this file, and it is still here")
		}
	}
	return nil
}

// strangeEntries reports Delta log entries past the newest; each version that has
// come meanwhile may have brought one.
func (v *verifier) strangeEntries(name string, ds *datasetState, version int64) error {
	folder := path.Join(v.main.Layer, name, deltaDir)
	entries, err := v.h.s.readDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.OS(err, "list %s", folder)
	}
	head, err := v.h.head()
	if err != nil {
		return err
	}
	for _, e := range entries {
		digits, ok := strings.CutSuffix(e.Name(), ".json")
		n, err := strconv.ParseInt(digits, 10, 64)
		if ok && err == nil && n > ds.DeltaVersion+head-version {
			v.problem(path.Join(folder, e.Name()), "no commit has this Delta log entry: another tool has written to the table")
		}
	}
	return nil
}

// keptFiles checks the replaced files that are still there, which older
// versions and rollbacks read.
func (v *verifier) keptFiles(ctx context.Context, st *state) error {
	for _, name := range sortedKeys(st.Datasets) {
		root := path.Join(v.h.dir, keepDir, name)
		err := walk(v.h.s, root, nil, func(file string, _ fs.DirEntry) error {
			if err := ctx.Err(); err != nil {
				return context.Cause(ctx)
			}
			original := strings.TrimSuffix(strings.TrimPrefix(file, root+"/"), ".kept")
			f, ours := v.added[path.Join(v.main.Layer, name, original)]
			if !ours {
				return nil // a sidecar
			}
			v.rep.CheckedFiles++
			if _, sum, err := v.l.hash(file); err == nil && sum != f.SHA256 {
				v.problem(file, "its bytes are not those that its commit wrote (sha256 differs)")
			}
			return nil
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
