package lake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/kalpafall/df360/internal/fault"
)

// Report is what Verify found.
type Report struct {
	CheckedFiles int
	Problems     []Problem
}

// Problem is one thing that is not as the log says. Path is relative to the
// lake's root.
type Problem struct {
	Path    string
	Problem string
}

// Verify checks datasets (all without refs) against their logs: the records
// themselves, every file's bytes and footer, sidecars, the Delta projection,
// and files that nobody committed. A commit that only waits to be published is
// published where this process may write, and is no problem.
func (l *Lake) Verify(ctx context.Context, refs ...Ref) (*Report, error) {
	rep := &Report{Problems: []Problem{}}
	if l.s == nil {
		return rep, nil
	}
	mains, err := l.mains(ctx, refs)
	if err != nil {
		return nil, err
	}
	for _, main := range mains {
		v := verifier{l: l, h: l.history(main), main: main, rep: rep, added: map[string]AddFile{}}
		if err := v.run(ctx); err != nil {
			return nil, fmt.Errorf("verify %s: %w", main, err)
		}
	}
	return rep, nil
}

// mains are the main datasets of refs, or of the whole lake.
func (l *Lake) mains(ctx context.Context, refs []Ref) ([]Ref, error) {
	var out []Ref
	if len(refs) > 0 {
		seen := map[Ref]bool{}
		for _, ref := range refs {
			main, err := l.mainRef(ctx, ref)
			if err != nil {
				return nil, err
			}
			if !seen[main] {
				seen[main] = true
				out = append(out, main)
			}
		}
		return out, nil
	}
	entries, err := l.List(ctx)
	for _, e := range entries {
		if e.CompanionOf == "" {
			out = append(out, e.Ref)
		}
	}
	return out, err
}

// mainRef is the dataset whose log holds ref, found without reading more of a
// damaged log than its names.
func (l *Lake) mainRef(ctx context.Context, ref Ref) (Ref, error) {
	if head, err := l.history(ref).head(); err == nil && head >= 0 {
		return ref, nil
	}
	snap, err := l.Snapshot(ctx, ref, Latest)
	if err != nil {
		return Ref{}, err
	}
	return snap.Main, nil
}

type verifier struct {
	l     *Lake
	h     history
	main  Ref
	rep   *Report
	added map[string]AddFile // every file that a record adds, by path in the lake
}

func (v *verifier) problem(name, format string, args ...any) {
	v.rep.Problems = append(v.rep.Problems, Problem{name, fmt.Sprintf(format, args...)})
}

func (v *verifier) run(ctx context.Context) error {
	head, err := v.h.head()
	if err != nil {
		return err
	}
	if head < 0 {
		return v.foreign(ctx)
	}
	if err := v.l.recover(v.main, head); err != nil && !cannotWrite(err) {
		if fault.CodeOf(err) != fault.Corrupt {
			return err
		}
		v.problem(path.Join(v.main.dir(), logDir), "%v", err)
	}
	st, whole, err := v.records(ctx, head)
	if err != nil {
		return err
	}
	for _, name := range sortedKeys(st.Datasets) {
		if err := v.files(ctx, st, name); err != nil {
			return err
		}
	}
	if !whole {
		return nil
	}
	if err := v.unknownFiles(st); err != nil {
		return err
	}
	return v.keptFiles(ctx, st)
}

// records checks every record and the Delta entries that follow from it, and
// returns the newest state that the log leads to; whole is false where the log
// breaks off before its head.
func (v *verifier) records(ctx context.Context, head int64) (st *state, whole bool, err error) {
	st = newState()
	for n := int64(0); n <= head; n++ {
		if err := ctx.Err(); err != nil {
			return nil, false, context.Cause(ctx)
		}
		v.rep.CheckedFiles++
		r, err := v.h.record(n)
		if err != nil {
			v.problem(v.h.recordPath(n), "%v", err)
			return st, false, nil
		}
		next := st.clone()
		if err := next.apply(r); err != nil {
			v.problem(v.h.recordPath(n), "%v", err)
			return st, false, nil
		}
		v.totals(r, next)
		v.progress(r, st)
		if err := v.delta(r, st, next); err != nil {
			return nil, false, err
		}
		v.remember(r)
		st = next
	}
	return st, true, nil
}

// progress checks that a commit goes on where its source was.
func (v *verifier) progress(r *Record, before *state) {
	if v.l.o.CheckProgress == nil || !r.ProgressMerge {
		return
	}
	if err := v.l.o.CheckProgress(before.Progress, r.Progress); err != nil {
		v.problem(v.h.recordPath(r.Version), "its progress does not follow from the one before: %v", err)
	}
}

func (v *verifier) totals(r *Record, st *state) {
	for name, want := range st.totals() {
		if got := r.Totals[name]; got.Rows != want.Rows || got.Files != want.Files || got.Bytes != want.Bytes {
			v.problem(v.h.recordPath(r.Version), "its totals of %s are not those of its files", name)
		}
	}
}

func (v *verifier) delta(r *Record, before, after *state) error {
	for _, name := range sortedKeys(r.Datasets) {
		if r.Totals[name].NoDelta {
			continue
		}
		want, err := deltaEntry(v.main, before, after, r, name)
		if err != nil {
			return err
		}
		file := path.Join(v.main.Layer, name, deltaDir, versionName(r.Datasets[name].DeltaVersion))
		v.rep.CheckedFiles++
		got, err := v.h.s.readFile(file)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			if v.h.published() >= r.Version {
				v.problem(file, "the Delta log entry of version %d is missing", r.Version)
			}
		case err != nil:
			v.problem(file, "%v", err)
		case !bytes.Equal(got, want):
			v.problem(file, "the Delta log entry is not what follows from version %d", r.Version)
		}
	}
	return nil
}

// files checks the bytes of every file of the newest state.
func (v *verifier) files(ctx context.Context, st *state, name string) error {
	snap := st.snapshot(Ref{v.main.Layer, name}, v.main)
	problems := make([][]Problem, len(snap.Files))
	sidecars := st.Datasets[name].Files
	err := parallel(len(snap.Files), func(i int) error {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if p := v.file(snap, snap.Files[i]); p != "" {
			problems[i] = append(problems[i], Problem{path.Join(snap.dir(), snap.Files[i].Path), p})
		}
		if s := sidecars[i].Sidecar; s != nil {
			if p := v.sidecar(snap, s); p != "" {
				problems[i] = append(problems[i], Problem{path.Join(snap.dir(), s.Path), p})
			}
		}
		return nil
	})
	for i := range problems {
		v.rep.CheckedFiles++
		if sidecars[i].Sidecar != nil {
			v.rep.CheckedFiles++
		}
		v.rep.Problems = append(v.rep.Problems, problems[i]...)
	}
	return err
}

func (v *verifier) file(snap *Snapshot, f File) string {
	if _, err := v.l.find(snap, f); err != nil {
		return "it is missing"
	}
	var d described
	err := v.l.follow(snap, f, func(name string) (err error) {
		d, err = v.l.describe(name)
		return err
	})
	switch {
	case d.sha256 == "": // not even read
		return err.Error()
	case d.bytes != f.Bytes:
		return fmt.Sprintf("it has %d bytes, its commit wrote %d", d.bytes, f.Bytes)
	case d.sha256 != f.SHA256:
		return "its bytes are not those that its commit wrote (sha256 differs)"
	case err != nil:
		return err.Error()
	case d.rows != f.Rows:
		return fmt.Sprintf("its footer says %d rows, its commit %d", d.rows, f.Rows)
	}
	return ""
}

func (v *verifier) sidecar(snap *Snapshot, s *Sidecar) string {
	name, err := v.l.find(snap, File{Path: s.Path, staged: s.Staged})
	if err != nil {
		return "the sidecar is missing"
	}
	if _, sum, err := v.l.hash(name); err != nil || sum != s.SHA256 {
		return "the sidecar is not what its commit wrote"
	}
	return ""
}

// foreign checks that every file of another tool's folder has a sound footer.
func (v *verifier) foreign(ctx context.Context) error {
	snap, err := v.l.foreign(v.main)
	if err != nil || snap == nil {
		return err
	}
	for _, f := range snap.Files {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		v.rep.CheckedFiles++
		name := path.Join(snap.dir(), f.Path)
		if _, err := v.l.footerOf(name); err != nil {
			v.problem(name, "%v", err)
		}
	}
	return nil
}
