package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/unite"
	"github.com/kalpafall/df360/lake"
	"github.com/kalpafall/df360/transform"
	"github.com/kalpafall/df360/transform/duckdb"
)

// workbench is what a transform works with: an engine, and the files that it
// reads, kept readable.
type workbench struct {
	session *duck.Session
	engine  *duckdb.Engine
	pin     *lake.Pin
}

// openWorkbench starts the engine and pins snapshots.
func (a *app) openWorkbench(ctx context.Context, l *lake.Lake, snaps ...*lake.Snapshot) (_ *workbench, err error) {
	w := &workbench{}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.close())
		}
	}()
	if w.session, err = duck.Open(ctx, a.duckOptions()); err != nil {
		return nil, err
	}
	if w.engine, err = duckdb.New(ctx, w.session, duckdb.Options{Compression: a.settings.Compression, Limits: a.duckOptions()}); err != nil {
		return nil, err
	}
	snaps = slices.DeleteFunc(slices.Clone(snaps), func(s *lake.Snapshot) bool { return s == nil || len(s.Files) == 0 })
	w.pin, err = l.Pin(ctx, snaps...)
	return w, err
}

// close lets the files go and ends the engine.
func (w *workbench) close() error {
	var err error
	if w.session != nil {
		err = w.session.Close()
	}
	if w.pin != nil {
		err = errors.Join(err, w.pin.Close())
	}
	return err
}

// files are a pinned snapshot's files as they are united.
func (w *workbench) files(l *lake.Lake, s *lake.Snapshot) ([]unite.File, error) {
	if s == nil || len(s.Files) == 0 {
		return nil, nil
	}
	columns, err := l.FileColumns(s)
	if err != nil {
		return nil, err
	}
	paths := w.pin.Paths(s)
	files := make([]unite.File, len(s.Files))
	for i, f := range s.Files {
		files[i] = unite.File{Path: paths[i], Name: path.Join(s.Layer, s.Name, f.Path), Partition: f.Partition}
		for _, c := range columns[i] {
			files[i].Columns = append(files[i].Columns, unite.Column{Name: c.Name, Type: c.Type})
		}
	}
	return files, nil
}

// allNull answers whether a column of a file has no value.
func (w *workbench) allNull(ctx context.Context, files []unite.File) func(int, string) (bool, error) {
	return func(file int, column string) (bool, error) {
		var n int64
		err := w.session.QueryRow(ctx, fmt.Sprintf("SELECT count(%s) FROM read_parquet(%s, hive_partitioning = false)",
			duck.Ident(column), duck.Files([]string{files[file].Path})), &n)
		return n == 0, err
	}
}

// exact answers whether a DOUBLE holds every whole number of a column.
func (w *workbench) exact(ctx context.Context, files []unite.File) func(int, string) (bool, error) {
	return func(file int, column string) (bool, error) {
		var n int64
		name := duck.Ident(column)
		err := w.session.QueryRow(ctx, fmt.Sprintf("SELECT count(*) FROM read_parquet(%s, hive_partitioning = false) "+
			"WHERE %s NOT BETWEEN -9007199254740992 AND 9007199254740992", duck.Files([]string{files[file].Path}), name), &n)
		return n == 0, err
	}
}

// unite makes one relation of a snapshot's files. Where it has none, the
// relation has the columns that the log says.
func (w *workbench) unite(ctx context.Context, l *lake.Lake, s *lake.Snapshot) (*unite.Relation, error) {
	files, err := w.files(l, s)
	if err != nil {
		return nil, err
	}
	o := unite.Options{Partition: partitionColumns(s), AllNull: w.allNull(ctx, files), Exact: w.exact(ctx, files)}
	if len(files) == 0 {
		f := unite.File{}
		for _, c := range s.Schema {
			if !slices.Contains(s.PartitionBy, c.Name) {
				f.Columns = append(f.Columns, unite.Column{Name: c.Name, Type: c.Type})
			}
		}
		files = []unite.File{f}
	}
	return unite.Unite(files, o)
}

// partitionColumns are the columns that a snapshot's paths hold.
func partitionColumns(s *lake.Snapshot) []unite.Column {
	var out []unite.Column
	for _, name := range s.PartitionBy {
		for _, c := range s.Schema {
			if c.Name == name {
				out = append(out, unite.Column{Name: c.Name, Type: c.Type})
			}
		}
	}
	return out
}

// job is what is to be done with the rows of the input.
func (t *transformRun) job(ctx context.Context, w *workbench) (transform.Job, error) {
	j := transform.Job{Type: t.typ, Input: t.raw.String(), Aggregate: t.f.aggregate, Fresh: t.decision.Mode != transform.Increment}
	if err := t.l.Inspect(t.input); err != nil {
		return j, err
	}
	rel, err := w.unite(ctx, t.l, t.input)
	if err != nil {
		return j, fmt.Errorf("read %s: %w", t.raw, err)
	}
	from := int64(-1)
	if t.decision.Mode == transform.Increment {
		from = t.progress.Input.Version
	}
	newer := func(f lake.File) bool { return t.decision.Mode != transform.Increment || f.Version > from }
	j.New = transform.Source{Relation: rel}
	for i, f := range t.input.Files {
		if newer(f) {
			j.New.Files = append(j.New.Files, i)
			j.New.Rows += f.Rows
		}
	}
	if old := t.older(newer); len(old) > 0 {
		j.Old = &transform.Source{Relation: rel, Files: old}
		for _, i := range old {
			j.Old.Rows += t.input.Files[i].Rows
		}
	}
	return j, nil
}

// older are the older files of the input that may have a row of the new ones.
func (t *transformRun) older(newer func(lake.File) bool) []int {
	var fresh []lake.File
	for _, f := range t.input.Files {
		if newer(f) {
			fresh = append(fresh, f)
		}
	}
	var out []int
	for i, f := range t.input.Files {
		if newer(f) || f.Rows == 0 || t.typ.Dedupe.Mode == transform.DedupeNone {
			continue
		}
		if slices.ContainsFunc(fresh, func(n lake.File) bool { return n.Rows > 0 && mayShareRows(f, n, t.typ.Compares) }) {
			out = append(out, i)
		}
	}
	return out
}

// mayShareRows reports whether a row of one file can be equal to a row of
// another in the columns that count: not where one of them has no value in
// common (the time of ingestion, most of all).
func mayShareRows(a, b lake.File, counts func(column string) bool) bool {
	for name, sa := range a.Stats {
		sb, ok := b.Stats[name]
		if !ok || !counts(name) || sa.Nulls > 0 && sb.Nulls > 0 {
			continue
		}
		lowA, highA, okA := sa.IntRange()
		lowB, highB, okB := sb.IntRange()
		if okA && okB && (highA < lowB || highB < lowA) {
			return false
		}
	}
	return true
}

// unpinned makes an engine's message about a pinned file one about the file.
func unpinned(s *lake.Snapshot, w *workbench, message string) string {
	if s == nil || w.pin == nil {
		return message
	}
	for i, p := range w.pin.Paths(s) {
		message = strings.ReplaceAll(message, p, path.Join(s.Layer, s.Name, s.Files[i].Path))
	}
	return message
}
