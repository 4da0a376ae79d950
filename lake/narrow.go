package lake

import (
	"io"
	"io/fs"
	"path"
	"strings"
)

// narrower is a store that can read a folder's files at less cost than from
// the root, where every part of a name is looked up again.
type narrower interface {
	// narrow is the same store, for readFile and readDir below a folder; the
	// names stay those from the root.
	narrow(folder string) (store, io.Closer, error)
}

// narrow opens the folder once.
func (d *disk) narrow(folder string) (store, io.Closer, error) {
	root, err := d.root.OpenRoot(folder)
	if err != nil {
		return nil, nil, err
	}
	return &narrowed{store: d, below: &disk{root: root}, prefix: folder + "/"}, root, nil
}

type narrowed struct {
	store
	below  *disk
	prefix string
}

func (n *narrowed) readFile(name string) ([]byte, error) {
	return n.below.readFile(strings.TrimPrefix(name, n.prefix))
}

func (n *narrowed) readDir(name string) ([]fs.DirEntry, error) {
	return n.below.readDir(strings.TrimPrefix(name, n.prefix))
}

// logReader is a dataset's history for reading its log only; a dataset without
// a log has one that is empty. The caller closes it.
func (l *Lake) logReader(ref Ref) (history, io.Closer) {
	h := l.history(ref)
	if n, ok := l.s.(narrower); ok {
		if s, closer, err := n.narrow(path.Join(ref.dir(), metaDir)); err == nil {
			return history{s: s, dir: h.dir}, closer
		}
	}
	return h, io.NopCloser(nil)
}
