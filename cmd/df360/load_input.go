package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/sqltype"
	"github.com/kalpafall/df360/internal/unite"
	"github.com/kalpafall/df360/lake"
	"github.com/kalpafall/df360/warehouse"
)

// loadInput is a version of a dataset as the warehouse reads it.
type loadInput struct {
	warehouse.Input
	a     *app
	l     *lake.Lake
	ref   lake.Ref
	snap  *lake.Snapshot
	pin   *lake.Pin // of a version whose columns only its files tell
	rel   *unite.Relation
	names [][2]string // paths as the engine opens them, and as the lake names them
	read  []fileResult
}

// loadInput describes a version. Nothing is pinned, and no file opened, before
// rows are asked for, but where the columns have to be looked up.
func (a *app) loadInput(ctx context.Context, l *lake.Lake, ref lake.Ref, version int64) (_ *loadInput, err error) {
	snap, err := l.Snapshot(ctx, ref, version)
	if err != nil {
		return nil, err
	}
	in := &loadInput{a: a, l: l, ref: ref, snap: snap}
	defer func() {
		if err != nil {
			in.close()
		}
	}()
	if err := in.describe(ctx); err != nil {
		return nil, err
	}
	in.Dataset, in.Version, in.CommitID, in.Rows = ref.String(), snap.Version, snap.CommitID, snap.Rows
	if snap.Foreign {
		in.CommitID = filesID(snap)
	}
	in.Commits = in.commits
	in.Open = in.open
	return in, nil
}

// describe finds the columns.
func (in *loadInput) describe(ctx context.Context) (err error) {
	if in.snap.Uniform() {
		for _, c := range in.snap.Schema {
			t, err := sqltype.Parse(c.Type)
			if err != nil {
				return fmt.Errorf("column %s of %s: %w", c.Name, in.ref, err)
			}
			in.Columns = append(in.Columns, warehouse.Column{Name: c.Name, Type: t})
		}
		return nil
	}
	if err := in.l.Inspect(in.snap); err != nil {
		return err
	}
	if in.pin, err = in.l.Pin(ctx, in.snap); err != nil {
		return err
	}
	if in.rel, err = united(in.l, in.snap, in.pin.Paths(in.snap)); err != nil {
		return err
	}
	columns := in.rel.Columns
	if !in.snap.Foreign {
		columns = nil
		for _, c := range in.snap.Schema {
			if t := in.rel.Type(c.Name); t != nil {
				c.Type = t.String()
			}
			columns = append(columns, unite.Column{Name: c.Name, Type: c.Type})
		}
	}
	for _, c := range columns {
		t, err := sqltype.Parse(c.Type)
		if err != nil {
			return fmt.Errorf("column %s of %s: %w", c.Name, in.ref, err)
		}
		if lake, ok := t.Lake(); ok {
			t = lake
		}
		in.Columns = append(in.Columns, warehouse.Column{Name: c.Name, Type: t})
	}
	return nil
}

// filesID names the contents of a folder without a log: its files, as they are.
func filesID(s *lake.Snapshot) string {
	h := sha256.New()
	for _, f := range s.Files {
		_, _ = fmt.Fprintf(h, "%q %d %d\n", f.Path, f.Bytes, f.ModTime.UnixNano()) // never fails
	}
	return "files-" + hex.EncodeToString(h.Sum(nil)[:16])
}

// close lets go of what was pinned to describe the input.
func (in *loadInput) close() {
	if in.pin != nil {
		if err := in.pin.Close(); err != nil {
			in.a.log.Info("let go of files", "error", err)
		}
		in.pin = nil
	}
}

// commits says what the versions from one on did to the dataset.
func (in *loadInput) commits(ctx context.Context, from int64) ([]warehouse.Commit, error) {
	records, err := in.l.Records(ctx, in.snap.Main, from, in.snap.Version)
	if err != nil {
		return nil, err
	}
	out := make([]warehouse.Commit, len(records))
	for i, r := range records {
		out[i] = warehouse.Commit{Version: r.Version, ID: r.CommitID}
		d := r.Datasets[in.ref.Name]
		if d == nil || r.Operation == lake.OpCompact {
			continue
		}
		for _, f := range d.Add {
			out[i].Rows += f.Rows
		}
		switch {
		case len(d.Remove) > 0:
			out[i].Change = warehouse.Replaces
		case out[i].Rows > 0:
			out[i].Change = warehouse.Adds
		}
	}
	return out, nil
}

// open pins files and says how their rows are read.
func (in *loadInput) open(ctx context.Context, commits []warehouse.Commit, split bool) (_ *warehouse.Reading, err error) {
	r := &partReader{in: in}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.close())
		}
	}()
	in.read, in.names = nil, nil
	if commits == nil {
		commits = []warehouse.Commit{{Version: in.Version, ID: in.CommitID, Rows: in.Rows}}
		if !split || in.snap.Foreign {
			return r.reading(ctx, commits, func(lake.File, warehouse.Commit) bool { return true })
		}
		commits = commitsOf(in.snap)
	}
	return r.reading(ctx, commits, func(f lake.File, c warehouse.Commit) bool { return f.Version == c.Version })
}

// commitsOf are the commits that a version's files are from, oldest first.
func commitsOf(s *lake.Snapshot) []warehouse.Commit {
	rows := map[int64]int64{}
	for _, f := range s.Files {
		rows[f.Version] += f.Rows
	}
	var out []warehouse.Commit
	for v, n := range rows {
		out = append(out, warehouse.Commit{Version: v, Rows: n})
	}
	slices.SortFunc(out, func(a, b warehouse.Commit) int { return int(a.Version - b.Version) })
	return out
}

// partReader makes the parts of a reading.
type partReader struct {
	in   *loadInput
	pins []*lake.Pin
}

func (r *partReader) close() error {
	var err error
	for _, p := range r.pins {
		err = errors.Join(err, p.Close())
	}
	return err
}

// pinned is a snapshot, pinned and united.
type pinned struct {
	snap *lake.Snapshot
	rel  *unite.Relation
}

func (r *partReader) pin(ctx context.Context, s *lake.Snapshot) (*pinned, error) {
	if err := r.in.l.Inspect(s); err != nil {
		return nil, err
	}
	pin, err := r.in.l.Pin(ctx, s)
	if err != nil {
		return nil, err
	}
	r.pins = append(r.pins, pin)
	paths := pin.Paths(s)
	for i, f := range s.Files {
		r.in.names = append(r.in.names, [2]string{paths[i], path.Join(s.Layer, s.Name, f.Path)})
	}
	rel, err := united(r.in.l, s, paths)
	return &pinned{s, rel}, err
}

// reading makes a part of each commit, of the files that are its.
func (r *partReader) reading(ctx context.Context, commits []warehouse.Commit, of func(lake.File, warehouse.Commit) bool) (*warehouse.Reading, error) {
	newest, err := r.pin(ctx, r.in.snap)
	if err != nil {
		return nil, err
	}
	out := &warehouse.Reading{Close: r.close}
	for _, c := range commits {
		if c.Rows == 0 {
			continue
		}
		v := newest
		files, rows := v.files(c, of)
		if rows != c.Rows { // later commits have put its rows into other files
			old, err := r.in.l.Snapshot(ctx, r.in.ref, c.Version)
			if err != nil {
				return nil, err
			}
			if v, err = r.pin(ctx, old); err != nil {
				return nil, err
			}
			files, rows = v.files(c, of)
		}
		if rows != c.Rows {
			return nil, fault.New(fault.Corrupt, "version %d of %s added %d rows, its files have %d", c.Version, r.in.ref, c.Rows, rows)
		}
		for _, i := range files {
			f := v.snap.Files[i]
			r.in.read = append(r.in.read, fileResult{Path: path.Join(r.in.ref.Layer, r.in.ref.Name, f.Path), Rows: f.Rows, Bytes: f.Bytes})
		}
		out.Parts = append(out.Parts, warehouse.Part{Commit: c, Rows: rows, SQL: r.in.selection(v.rel, files)})
	}
	return out, nil
}

func (v *pinned) files(c warehouse.Commit, of func(lake.File, warehouse.Commit) bool) (files []int, rows int64) {
	for i, f := range v.snap.Files {
		if f.Rows > 0 && of(f, c) {
			files = append(files, i)
			rows += f.Rows
		}
	}
	return files, rows
}

// selection is a SELECT of the input's columns from some files.
func (in *loadInput) selection(rel *unite.Relation, files []int) string {
	items := make([]string, len(in.Columns))
	for i, c := range in.Columns {
		name, have := duck.Ident(c.Name), rel.Type(c.Name)
		switch {
		case have == nil:
			items[i] = "CAST(NULL AS " + c.Type.String() + ") AS " + name
		case have.Equal(c.Type):
			items[i] = name
		default: // an older version had it narrower
			items[i] = "CAST(" + name + " AS " + c.Type.String() + ") AS " + name
		}
	}
	return "SELECT " + strings.Join(items, ", ") + " FROM (" + rel.Select(nil, files) + ")"
}

// named names the files of an error as the lake does.
func (in *loadInput) named(err error) error {
	if err == nil {
		return nil
	}
	said := err.Error()
	for _, n := range in.names {
		said = strings.ReplaceAll(said, n[0], n[1])
	}
	if said == err.Error() {
		return err
	}
	code := fault.CodeOf(err)
	if code == fault.Internal { // the engine cannot read the file that it names
		code = fault.Corrupt
	}
	return fault.New(code, "%s", said).WithHint("%s", fault.Hint(err))
}
