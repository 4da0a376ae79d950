package lake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/kalpafall/df360/internal/fault"
)

// stagedSuffix ends the name of every staged file.
const stagedSuffix = ".part"

// stagedFile is a staged file, durable and described.
type stagedFile struct {
	AddFile // Path is not set yet: it depends on the dataset's name only
	columns []Column
	dir     string // folders below the dataset's stage, "." for none
}

// collect makes every staged file of the datasets durable and reads what the
// record says of it.
func (t *Txn) collect(ctx context.Context, datasets map[string]DatasetChange) (map[string][]stagedFile, error) {
	out := map[string][]stagedFile{}
	if t.stage == nil {
		return out, nil
	}
	entries, err := t.l.s.readDir(t.stage.dir)
	if err != nil {
		return nil, fault.OS(err, "list %s", t.stage.dir)
	}
	for _, e := range entries {
		if _, ok := datasets[e.Name()]; !e.IsDir() || ok {
			continue
		}
		left, err := t.l.s.readDir(path.Join(t.stage.dir, e.Name()))
		if err != nil {
			return nil, fault.OS(err, "list what is staged for %s", e.Name())
		}
		if len(left) > 0 { // an empty folder stages nothing
			return nil, fault.New(fault.Internal, "files are staged for %s, which the change does not name", e.Name())
		}
	}
	for _, name := range sortedKeys(datasets) {
		files, err := t.collectDataset(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("staged files of %s: %w", name, err)
		}
		out[name] = files
	}
	return out, nil
}

func (t *Txn) collectDataset(ctx context.Context, name string) ([]stagedFile, error) {
	root := path.Join(t.stage.dir, name)
	if _, err := t.l.s.stat(root); err != nil {
		return nil, nil //nolint:nilerr // nothing was staged for it
	}
	var names []string
	folders := map[string]bool{root: true}
	err := walk(t.l.s, root, nil, func(file string, _ fs.DirEntry) error {
		if !strings.HasSuffix(file, stagedSuffix) {
			return fault.New(fault.Internal, "%s does not end in %s", file, stagedSuffix)
		}
		names = append(names, file)
		for dir := path.Dir(file); dir != root; dir = path.Dir(dir) {
			folders[dir] = true
		}
		return nil
	})
	if err != nil {
		return nil, fault.OS(err, "list %s", root)
	}
	files := make([]stagedFile, len(names))
	err = parallel(len(names), func(i int) error {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		files[i], err = t.describe(root, names[i])
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, dir := range sortedKeys(folders) {
		if err := t.l.s.syncDir(dir); err != nil {
			return nil, fault.OS(err, "sync folder %s", dir)
		}
	}
	return files, nil
}

// describe syncs one staged file and reads its footer, size and hash.
func (t *Txn) describe(root, name string) (stagedFile, error) {
	var out stagedFile
	if err := t.l.s.syncFile(name); err != nil {
		return out, fault.OS(err, "sync %s", name)
	}
	d, err := t.l.describe(name)
	if err != nil {
		return out, err
	}
	out.AddFile = AddFile{
		Staged: strings.TrimPrefix(name, path.Join(t.h.dir, stageDir)+"/"),
		Rows:   d.rows, Bytes: d.bytes, SHA256: d.sha256, Stats: d.stats,
	}
	out.columns, out.dir = d.columns, path.Dir(strings.TrimPrefix(name, root+"/"))
	if keys, values := hiveValues(strings.TrimPrefix(name, root+"/")); len(keys) > 0 && t.ref.Layer != Raw {
		out.Partition = values
	}
	return out, nil
}

// described is what a file's bytes say.
type described struct {
	*footer
	bytes  int64
	sha256 string
}

// describe reads a file's footer, size and hash through one opening.
func (l *Lake) describe(name string) (described, error) {
	f, err := l.s.open(name)
	if err != nil {
		return described{}, fault.OS(err, "open %s", name)
	}
	defer func() { _ = f.Close() }() // only read
	size, sum, err := hashOf(f)
	if err != nil {
		return described{}, fault.OS(err, "read %s", name)
	}
	ft, err := readFooter(f, size)
	if err != nil {
		return described{bytes: size, sha256: sum}, damagedFile(name, err)
	}
	return described{ft, size, sum}, nil
}

// hash returns a file's size and sha256.
func (l *Lake) hash(name string) (int64, string, error) {
	f, err := l.s.open(name)
	if err != nil {
		return 0, "", fault.OS(err, "open %s", name)
	}
	defer func() { _ = f.Close() }() // only read
	size, sum, err := hashOf(f)
	return size, sum, fault.OS(err, "read %s", name)
}

func hashOf(r io.Reader) (int64, string, error) {
	h := sha256.New()
	n, err := io.Copy(h, r)
	return n, hex.EncodeToString(h.Sum(nil)), err
}
