package lake

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/kalpafall/df360/internal/failpoint"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/nearest"
)

// Options of a lake. The zero value takes every default.
type Options struct {
	// Command and RunID go into commit records.
	Command string
	RunID   string
	// Writer names the program and its version in commit records.
	Writer string
	// LockTimeout is how long a writer waits politely for another (2 s).
	LockTimeout time.Duration
	// CheckProgress says whether a commit goes on where the ones before it have
	// ended: before is the progress up to it, patch what it changed (a merge patch).
	// Verify asks it; nil finds everything right.
	CheckProgress func(before, patch json.RawMessage) error
	// Now is the clock.
	Now func() time.Time
	// Log takes what is worth knowing; nil discards it.
	Log *slog.Logger
	// Fail is the fail point of tests; nil is off.
	Fail *failpoint.Set
}

func (o Options) withDefaults() Options {
	if o.LockTimeout == 0 {
		o.LockTimeout = 2 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.RunID == "" {
		o.RunID = randomHex(8)
	}
	if o.Writer == "" {
		o.Writer = "df360"
	}
	return o
}

// Lake is a folder of datasets. Once the folder is there it is safe for
// concurrent use; the first commit of all makes it, before other calls.
type Lake struct {
	root string // absolute
	o    Options
	mu   sync.Mutex // held while the folder is made
	s    store      // nil while the folder is not there
}

// Open names a lake. It makes nothing: a folder that is not there is an empty
// lake, made by the first commit.
func Open(root string, o Options) (*Lake, error) {
	if strings.Contains(root, "://") {
		return nil, fault.New(fault.Usage, "lake %q: only a folder can be a lake", root)
	}
	abs, err := filepath.Abs(root)
	if err != nil {
		return nil, fault.OS(err, "find lake %s", root)
	}
	l := &Lake{root: abs, o: o.withDefaults()}
	if err := l.open(); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return l, nil
}

func (l *Lake) open() error {
	r, err := os.OpenRoot(l.root)
	if err != nil {
		return fault.OS(err, "open lake %s", l.root)
	}
	l.s = &disk{root: r, fail: l.o.Fail}
	return nil
}

// ensure makes the lake's folder where it is missing.
func (l *Lake) ensure() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.s != nil {
		return nil
	}
	if err := makeDurable(l.root); err != nil {
		return fault.OS(err, "make lake %s", l.root)
	}
	return l.open()
}

// makeDurable makes a folder and its missing parents, each name durable.
func makeDurable(dir string) error {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	parent := filepath.Dir(dir)
	if parent != dir {
		if err := makeDurable(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) { //nolint:gosec // data that other users' engines read
		return err
	}
	f, err := os.Open(parent) //nolint:gosec // the parent of the folder the user named
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Root is the lake's absolute path.
func (l *Lake) Root() string { return l.root }

// Exists reports whether the lake's folder is there.
func (l *Lake) Exists() bool { return l.s != nil }

// Abs is the absolute path of a name inside the lake.
func (l *Lake) Abs(name string) string { return filepath.Join(l.root, filepath.FromSlash(name)) }

func (l *Lake) history(main Ref) history { return history{s: l.s, dir: main.dir()} }

// Snapshot returns a version of a dataset (Latest for the newest), having
// published what a stopped writer left, where this process may write. A dataset
// that is not there is fault.NotFound, naming the nearest one that is.
func (l *Lake) Snapshot(ctx context.Context, ref Ref, version int64) (*Snapshot, error) {
	snap, err := l.Lookup(ctx, ref, version)
	if err != nil {
		return nil, err
	}
	if snap == nil {
		return nil, l.notFound(ref)
	}
	return snap, nil
}

// Lookup is Snapshot, but nil for a dataset that is not there.
func (l *Lake) Lookup(ctx context.Context, ref Ref, version int64) (*Snapshot, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if l.s == nil {
		return nil, nil //nolint:nilnil // documented
	}
	snap, err := l.lookupLogs(ref, version)
	if snap != nil || err != nil {
		return snap, err
	}
	snap, err = l.foreign(ref)
	if err != nil {
		return nil, err
	}
	// A first commit may have come between the two looks.
	if committed, err := l.lookupLogs(ref, version); committed != nil || err != nil {
		return committed, err
	}
	if snap != nil {
		l.warnDelta(ref)
	}
	if snap != nil && version != Latest {
		return nil, fault.New(fault.NotFound, "dataset %s has no versions: another tool made its folder", ref)
	}
	return snap, err
}

// warnDelta says that a Delta table of another tool is read file by file, with
// the files that its log has removed.
func (l *Lake) warnDelta(ref Ref) {
	if _, err := l.s.stat(path.Join(ref.dir(), deltaDir)); err == nil {
		l.o.Log.Warn("a Delta table of another tool: all its files are read, removed ones too", "dataset", ref.String())
	}
}

// lookupLogs looks for ref in the logs that may hold it; nil where none does.
func (l *Lake) lookupLogs(ref Ref, version int64) (*Snapshot, error) {
	for _, main := range mainCandidates(ref) {
		snap, err := l.lookupIn(ref, main, version)
		if snap != nil || err != nil {
			return snap, err
		}
	}
	return nil, nil //nolint:nilnil // documented
}

// mainCandidates are the datasets whose log may hold ref: itself, then the one
// that it is a companion of by its name.
func mainCandidates(ref Ref) []Ref {
	out := []Ref{ref}
	if m := mainOf(ref.Name); m != "" {
		out = append(out, Ref{ref.Layer, m})
	}
	return out
}

// lookupIn looks for ref in main's log; nil where it is not in it.
func (l *Lake) lookupIn(ref, main Ref, version int64) (*Snapshot, error) {
	h := l.history(main)
	head, err := h.head()
	if err != nil || head < 0 {
		return nil, err
	}
	if version == Latest {
		version = head
	} else if version > head || version < 0 {
		return nil, fault.New(fault.NotFound, "dataset %s has no version %d", ref, version).
			WithHint("its versions are 0 to %d: df360 lake log %s", head, ref)
	}
	if err := l.recover(main, head); err != nil && !l.readsOn(err) {
		return nil, err
	}
	st, err := h.replay(version)
	if err != nil {
		return nil, err
	}
	if _, ok := st.Datasets[ref.Name]; !ok {
		if ref == main {
			return st.snapshot(ref, main), nil
		}
		return nil, h.notYet(ref, version, head)
	}
	return st.snapshot(ref, main), nil
}

// notYet is the error for a companion that a later version has; nil where none has.
func (h history) notYet(ref Ref, version, head int64) error {
	r, err := h.record(head)
	if err != nil {
		return err
	}
	if _, ok := r.Totals[ref.Name]; !ok {
		return nil
	}
	return fault.New(fault.NotFound, "dataset %s is not there in version %d yet", ref, version).
		WithHint("df360 lake log %s lists the versions", ref)
}

// Log returns the records of the log that holds ref, oldest first.
func (l *Lake) Log(ctx context.Context, ref Ref) ([]*Record, error) {
	snap, err := l.Snapshot(ctx, ref, Latest)
	if err != nil {
		return nil, err
	}
	return l.Records(ctx, snap.Main, 0, snap.Version)
}

// Records returns the records from to last, both inclusive, of a main
// dataset's log.
func (l *Lake) Records(ctx context.Context, main Ref, from, last int64) ([]*Record, error) {
	var out []*Record
	h := l.history(main)
	for v := from; v <= last; v++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		r, err := h.record(v)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

func (l *Lake) notFound(ref Ref) error {
	e := fault.New(fault.NotFound, "there is no dataset %s in lake %s", ref, l.root)
	if l.s == nil {
		return e.WithHint("there is no lake there yet; df360 fake all fills one with made-up data")
	}
	names, err := l.names()
	if err != nil || len(names) == 0 {
		return e.WithHint("the lake is empty; df360 fake all fills one with made-up data")
	}
	texts := make([]string, len(names))
	for i, n := range names {
		if texts[i] = n.String(); n == ref { // a folder without files
			return e.WithHint("the folder %s is there, but no Parquet file is in it", l.Abs(ref.dir()))
		}
	}
	if near := nearest.Of(ref.String(), texts); near != "" {
		return e.WithHint("did you mean %s? df360 lake ls lists what is there", near)
	}
	return e.WithHint("df360 lake ls lists what is there")
}

// cannotWrite reports whether err says that this process may not write, or that
// there is no room: a reader goes on without.
func cannotWrite(err error) bool {
	code := fault.CodeOf(err)
	return code == fault.Permission || code == fault.NoSpace
}

// readsOn reports whether a reader goes on after an unfinished publish that it
// could not finish: it reads staged files where they are, and an older version
// is whole even if the newest is damaged.
func (l *Lake) readsOn(err error) bool {
	if !cannotWrite(err) && fault.CodeOf(err) != fault.Corrupt {
		return false
	}
	l.o.Log.Info("going on behind an unfinished publish", "reason", err)
	return true
}

func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return hex.EncodeToString(b)
}
