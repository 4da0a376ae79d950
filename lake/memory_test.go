package lake

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"path"
	"sort"
	"strings"
	"sync"
	"time"
)

// memory is a store that forgets, on a crash, whatever was not made durable:
// contents without syncFile, names without syncDir. It keeps the log of its
// name operations, so that a crash can keep any part of the others.
type memory struct {
	mu      sync.Mutex
	names   map[string]*inode // by path; a folder has nil data and dir set
	ops     []*nameOp
	locked  map[*inode]bool
	steps   int // mutating operations so far
	crashAt int // the step at which everything stops; 0 never
}

type inode struct {
	data   []byte
	synced bool
	dir    bool
}

// nameOp adds a name, drops one, or both at once (rename).
type nameOp struct {
	add, drop string
	node      *inode
	durable   bool
}

var errCrashed = errors.New("power is off")

func newMemory() *memory {
	return &memory{names: map[string]*inode{".": {dir: true}}, locked: map[*inode]bool{}}
}

// reboot is the store after a power cut: durable things are there, others are
// as keep says.
func (m *memory) reboot(keep func() bool) *memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := newMemory()
	contents := map[*inode]*inode{}
	for _, op := range m.ops {
		if !op.durable && !keep() {
			continue
		}
		if op.drop != "" {
			out.forget(op.drop)
		}
		if op.add == "" || out.names[path.Dir(op.add)] == nil {
			continue
		}
		node := contents[op.node]
		if node == nil {
			node = &inode{data: op.node.data, synced: true, dir: op.node.dir}
			if !op.node.synced && !keep() {
				node.data = nil
			}
			contents[op.node] = node
		}
		out.names[op.add] = node
	}
	for name, node := range out.names {
		if name != "." {
			out.ops = append(out.ops, &nameOp{add: name, node: node, durable: true})
		}
	}
	sort.Slice(out.ops, func(i, j int) bool { return out.ops[i].add < out.ops[j].add })
	return out
}

// forget drops a name and what was below it: a folder that goes was empty.
func (m *memory) forget(name string) {
	for p := range m.names {
		if p == name || strings.HasPrefix(p, name+"/") {
			delete(m.names, p)
		}
	}
}

func keepNothing() bool { return false }
func keepAll() bool     { return true }

func keepSome(seed uint64) func() bool {
	r := rand.New(rand.NewPCG(seed, 7))
	return func() bool { return r.IntN(2) == 0 }
}

// step passes one mutating operation.
func (m *memory) step() error {
	if m.crashAt > 0 && m.steps >= m.crashAt {
		return errCrashed
	}
	m.steps++
	return nil
}

func pathError(op, name string, err error) error { return &fs.PathError{Op: op, Path: name, Err: err} }

func (m *memory) readFile(name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.names[name]
	if n == nil || n.dir {
		return nil, pathError("read", name, fs.ErrNotExist)
	}
	return n.data, nil
}

func (m *memory) readDir(name string) ([]fs.DirEntry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n := m.names[name]; n == nil || !n.dir {
		return nil, pathError("readdir", name, fs.ErrNotExist)
	}
	var out []fs.DirEntry
	for p, n := range m.names {
		if p != "." && path.Dir(p) == name {
			out = append(out, fs.FileInfoToDirEntry(memInfo{path.Base(p), n}))
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name() < out[j].Name() })
	return out, nil
}

func (m *memory) stat(name string) (fs.FileInfo, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.names[name]
	if n == nil {
		return nil, pathError("stat", name, fs.ErrNotExist)
	}
	return memInfo{path.Base(name), n}, nil
}

func (m *memory) open(name string) (file, error) {
	data, err := m.readFile(name)
	if err != nil {
		return nil, err
	}
	info, err := m.stat(name)
	return &memFile{bytes.NewReader(data), info}, err
}

func (m *memory) add(name string, n *inode) error {
	if m.names[name] != nil {
		return pathError("add", name, fs.ErrExist)
	}
	if parent := m.names[path.Dir(name)]; parent == nil || !parent.dir {
		return pathError("add", name, fs.ErrNotExist)
	}
	m.names[name] = n
	m.ops = append(m.ops, &nameOp{add: name, node: n})
	return nil
}

func (m *memory) mutate(f func() error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.step(); err != nil {
		return err
	}
	return f()
}

func (m *memory) mkdir(name string) error {
	return m.mutate(func() error { return m.add(name, &inode{dir: true, synced: true}) })
}

func (m *memory) create(name string, data []byte) error {
	return m.mutate(func() error { return m.add(name, &inode{data: bytes.Clone(data)}) })
}

func (m *memory) link(oldName, newName string) error {
	return m.mutate(func() error {
		n := m.names[oldName]
		if n == nil {
			return pathError("link", oldName, fs.ErrNotExist)
		}
		return m.add(newName, n)
	})
}

func (m *memory) rename(oldName, newName string) error {
	return m.mutate(func() error {
		n := m.names[oldName]
		if n == nil || m.names[path.Dir(newName)] == nil {
			return pathError("rename", oldName, fs.ErrNotExist)
		}
		delete(m.names, oldName)
		m.names[newName] = n
		m.ops = append(m.ops, &nameOp{add: newName, drop: oldName, node: n})
		return nil
	})
}

func (m *memory) remove(name string) error {
	return m.mutate(func() error {
		n := m.names[name]
		if n == nil {
			return pathError("remove", name, fs.ErrNotExist)
		}
		for p := range m.names {
			if n.dir && strings.HasPrefix(p, name+"/") {
				return pathError("remove", name, errors.New("not empty"))
			}
		}
		delete(m.names, name)
		m.ops = append(m.ops, &nameOp{drop: name})
		return nil
	})
}

func (m *memory) syncFile(name string) error {
	return m.mutate(func() error {
		n := m.names[name]
		if n == nil {
			return pathError("sync", name, fs.ErrNotExist)
		}
		n.synced = true
		return nil
	})
}

func (m *memory) syncDir(name string) error {
	return m.mutate(func() error {
		if m.names[name] == nil {
			return pathError("sync", name, fs.ErrNotExist)
		}
		for _, op := range m.ops {
			if op.add != "" && path.Dir(op.add) == name || op.drop != "" && path.Dir(op.drop) == name {
				op.durable = true
			}
		}
		return nil
	})
}

func (m *memory) tryLock(name string, create bool) (io.Closer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.step(); err != nil {
		return nil, err
	}
	if n := m.names[name]; n != nil && m.locked[n] {
		return nil, errLocked
	}
	if m.names[name] == nil {
		if !create {
			return nil, pathError("open", name, fs.ErrNotExist)
		}
		if err := m.add(name, &inode{}); err != nil {
			return nil, err
		}
	}
	m.locked[m.names[name]] = true
	return unlocker{m, m.names[name]}, nil
}

type unlocker struct {
	m    *memory
	node *inode
}

func (u unlocker) Close() error {
	u.m.mu.Lock()
	defer u.m.mu.Unlock()
	delete(u.m.locked, u.node)
	return nil
}

type memInfo struct {
	name string
	n    *inode
}

func (i memInfo) Name() string       { return i.name }
func (i memInfo) Size() int64        { return int64(len(i.n.data)) }
func (i memInfo) ModTime() time.Time { return time.Unix(0, 0) }
func (i memInfo) IsDir() bool        { return i.n.dir }
func (i memInfo) Sys() any           { return nil }

func (i memInfo) Mode() fs.FileMode {
	if i.n.dir {
		return fs.ModeDir | 0o755
	}
	return 0o644
}

type memFile struct {
	*bytes.Reader
	info fs.FileInfo
}

func (f *memFile) Close() error               { return nil }
func (f *memFile) Stat() (fs.FileInfo, error) { return f.info, nil }
