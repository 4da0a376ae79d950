package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/nearest"
	"github.com/kalpafall/df360/internal/unite"
	"github.com/kalpafall/df360/lake"
)

// views are datasets as an engine's session sees them: one view each, over the
// pinned files of one version, and nothing else of the machine.
type views struct {
	session *duck.Session
	pin     *lake.Pin
	read    []readVersionOf
	files   []string // absolute paths that the engine may open
	scratch string   // the one that it may write, in its spill folder
}

// readVersionOf is a version that a query reads.
type readVersionOf struct {
	Table   string `json:"table"`
	Version *int64 `json:"version"`
}

// close lets the files go and ends the engine.
func (v *views) close() error {
	err := v.session.Close()
	if v.pin != nil {
		err = errors.Join(err, v.pin.Close())
	}
	return err
}

// openViews starts an engine with a view for every dataset that the query
// names.
func (a *app) openViews(ctx context.Context, l *lake.Lake, query string) (_ *views, err error) {
	options := a.duckOptions()
	options.Settings = map[string]string{"preserve_insertion_order": "true"}
	session, err := duck.Open(ctx, options)
	if err != nil {
		return nil, err
	}
	v := &views{session: session}
	defer func() {
		if err != nil {
			err = errors.Join(err, v.close())
		}
	}()
	tables, err := session.Tables(ctx, query)
	if err != nil {
		return nil, err
	}
	var spill string
	if err := session.QueryRow(ctx, "SELECT current_setting('temp_directory')", &spill); err != nil {
		return nil, err
	}
	v.scratch = filepath.Join(spill, "rows.part")
	for _, layer := range lake.Layers() {
		if err := session.Exec(ctx, "CREATE SCHEMA "+layer); err != nil {
			return nil, err
		}
	}
	if tables, err = a.curatedTables(ctx, v, tables); err != nil {
		return nil, err
	}
	if err := a.makeViews(ctx, l, v, tables); err != nil {
		return nil, err
	}
	if err := v.lockDown(ctx); err != nil {
		return nil, err
	}
	_, err = session.IsSelect(ctx, query) // a wrong query fails here, in its own words
	return v, err
}

// lockDown takes everything from the engine but the pinned files.
func (v *views) lockDown(ctx context.Context) error {
	// The engine compares the text of a path, so the escaped ones are named too.
	allowed := slices.Concat(v.files, duck.EscapeGlobs(v.files), []string{v.scratch})
	for _, stmt := range []string{
		"SET allowed_paths = " + duck.List(allowed), "SET enable_external_access = false", "SET lock_configuration = true",
	} {
		if err := v.session.Exec(ctx, stmt); err != nil {
			return fmt.Errorf("lock the engine: %w", err)
		}
	}
	return nil
}

// named is a table of a query, and the dataset's version that it stands for.
type named struct {
	table duck.Table
	snap  *lake.Snapshot
}

func (a *app) makeViews(ctx context.Context, l *lake.Lake, v *views, tables []duck.Table) error {
	var all []named
	var snaps []*lake.Snapshot
	for _, t := range tables {
		snap, err := a.tableSnapshot(ctx, l, v.session, t)
		if err != nil {
			return err
		}
		if snap == nil {
			continue
		}
		same := func(n named) bool { return strings.EqualFold(n.table.Name, t.Name) && n.snap.Ref == snap.Ref }
		if !slices.ContainsFunc(all, same) {
			all, snaps = append(all, named{t, snap}), append(snaps, snap)
		}
	}
	var err error
	if v.pin, err = l.Pin(ctx, snaps...); err != nil {
		return err
	}
	for _, n := range all {
		paths := v.pin.Paths(n.snap)
		relation, err := relationOf(l, n.snap, paths)
		if err != nil {
			return err
		}
		view := n.snap.Layer + "." + duck.Ident(strings.ToLower(n.table.Name))
		if err := v.session.Exec(ctx, "CREATE VIEW "+view+" AS "+relation); err != nil {
			return fmt.Errorf("read %s: %w", n.snap.Ref, err)
		}
		v.files = append(v.files, paths...)
		v.read = append(v.read, readVersionOf{n.snap.String(), versionOf(n.snap.Version)})
		a.log.Info("read", "dataset", n.snap.String(), "version", n.snap.Version, "files", len(paths))
	}
	return nil
}

// tableSnapshot is the version that a table of a query stands for: layer.name
// or layer."name@12". nil is a table that is not the lake's.
func (a *app) tableSnapshot(ctx context.Context, l *lake.Lake, session *duck.Session, t duck.Table) (*lake.Snapshot, error) {
	layer := strings.ToLower(t.Schema)
	if t.Catalog != "" || (layer != "" && !isLayer(layer)) {
		return nil, nil //nolint:nilnil // documented
	}
	name, version, err := splitVersion(strings.ToLower(t.Name))
	if err != nil {
		return nil, err
	}
	if layer == "" {
		return nil, unlayered(ctx, l, session, name)
	}
	snap, err := l.Snapshot(ctx, lake.Ref{Layer: layer, Name: name}, version)
	if err != nil {
		return nil, err
	}
	return snap, l.Inspect(snap)
}

func splitVersion(name string) (bare string, version int64, err error) {
	bare, text, ok := strings.Cut(name, "@")
	if !ok {
		return name, lake.Latest, nil
	}
	version, err = strconv.ParseInt(text, 10, 64)
	if err != nil || version < 0 {
		return "", 0, fault.New(fault.Usage, "table %q: a version is a number from 0, as in %q", name, bare+"@12")
	}
	return bare, version, nil
}

// unlayered is the error for a table without a layer; nil for the tables that
// the engine has of its own.
func unlayered(ctx context.Context, l *lake.Lake, session *duck.Session, name string) error {
	var own bool
	err := session.QueryRow(ctx, "SELECT count(*) > 0 FROM duckdb_views() WHERE view_name = "+duck.Literal(name), &own)
	if err != nil || own {
		return err
	}
	entries, err := l.List(ctx)
	if err != nil {
		return err
	}
	var names, full []string
	for _, e := range entries {
		names = append(names, e.Name)
	}
	near := nearest.Of(name, names)
	for _, e := range entries {
		if e.Name == near {
			full = append(full, e.String())
		}
	}
	missing := fault.New(fault.NotFound, "table %s does not say which layer", name)
	if len(full) == 0 {
		return missing.WithHint("datasets are tables such as raw.users_fake: df360 lake ls lists them")
	}
	return missing.WithHint("did you mean %s?", strings.Join(full, " or "))
}

// relationOf is a SELECT of a version's rows from files at paths, with the
// columns of its schema.
func relationOf(l *lake.Lake, s *lake.Snapshot, paths []string) (string, error) {
	relation, err := united(l, s, paths)
	if err != nil {
		return "", err
	}
	return withSchema(s, relation), nil
}

// united are a version's files as one relation: columns by name, whichever
// files lack some.
func united(l *lake.Lake, s *lake.Snapshot, paths []string) (*unite.Relation, error) {
	columns, err := l.FileColumns(s)
	if err != nil {
		return nil, err
	}
	files := make([]unite.File, len(s.Files))
	for i, f := range s.Files {
		files[i] = unite.File{Path: paths[i], Name: path.Join(s.Layer, s.Name, f.Path), Partition: f.Partition}
		for _, c := range columns[i] {
			files[i].Columns = append(files[i].Columns, unite.Column{Name: c.Name, Type: c.Type})
		}
	}
	options := unite.Options{Lenient: s.Foreign, AllNull: func(file int, column string) (bool, error) {
		stat, ok := s.Files[file].Stats[column]
		return ok && stat.Nulls == s.Files[file].Rows, nil
	}}
	for _, c := range s.Schema {
		if slices.Contains(s.PartitionBy, c.Name) {
			options.Partition = append(options.Partition, unite.Column{Name: c.Name, Type: c.Type})
		}
	}
	relation, err := unite.Unite(files, options)
	if err != nil {
		return nil, fmt.Errorf("unite the files of %s: %w", s.Ref, err)
	}
	return relation, nil
}

// withSchema selects the columns of a version's schema in their order: files
// of a version may all lack one that the version has.
func withSchema(s *lake.Snapshot, relation *unite.Relation) string {
	if s.Foreign || len(s.Schema) == 0 {
		return relation.SQL()
	}
	items := make([]string, len(s.Schema))
	for i, c := range s.Schema {
		name := duck.Ident(c.Name)
		items[i] = name
		if relation.Type(c.Name) == nil {
			items[i] = "CAST(NULL AS " + c.Type + ") AS " + name
		}
	}
	if len(relation.Columns) == 0 {
		return "SELECT " + strings.Join(items, ", ") + " LIMIT 0"
	}
	return "SELECT " + strings.Join(items, ", ") + " FROM (" + relation.SQL() + ")"
}
