package duckdb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/warehouse"
)

// texts reads a column of texts.
func texts(ctx context.Context, s *duck.Session, query string, args ...any) (out []string, err error) {
	rows, err := s.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		out = append(out, text)
	}
	return out, rows.Err()
}

// finisher makes and refreshes views.
type finisher struct {
	session *duck.Session
	o       warehouse.Options
	have    []string          // tables and views of the schema
	defined map[string]string // definitions of the views that df360 has made
	due     []string          // tables that were loaded since views were refreshed
	out     *warehouse.Finished
	failed  bool
}

// Finish implements warehouse.Target.
func (t *Target) Finish(ctx context.Context, o warehouse.Options) (*warehouse.Finished, error) {
	f := &finisher{o: o, out: warehouse.NewFinished()}
	if len(o.Objects.Views) == 0 || !t.Exists() || o.DryRun {
		return f.out, nil
	}
	for _, readOnly := range []bool{true, false} { // there is mostly nothing to do
		session, err := t.Open(ctx, o.Engine, readOnly)
		if err != nil {
			return nil, err
		}
		f.session = session
		todo, err := f.look(ctx)
		if err == nil && todo && !readOnly {
			err = f.views(ctx)
		}
		err = errors.Join(err, session.Close())
		if err != nil || !todo {
			return f.out, ended(ctx, err)
		}
	}
	return f.out, f.out.Err()
}

// look reads what is there, and reports whether there is something to do.
func (f *finisher) look(ctx context.Context) (todo bool, err error) {
	ledger, err := has(ctx, f.session, "df360", "views")
	if err != nil || !ledger {
		return false, err
	}
	f.have, err = texts(ctx, f.session, `SELECT table_name FROM information_schema.tables WHERE table_catalog = current_database() AND table_schema = $1`, f.o.Schema)
	if err != nil {
		return false, err
	}
	f.defined = map[string]string{}
	names, err := texts(ctx, f.session, "SELECT name FROM df360.views ORDER BY name")
	if err == nil {
		var definitions []string
		definitions, err = texts(ctx, f.session, "SELECT definition FROM df360.views ORDER BY name")
		for i, d := range definitions {
			f.defined[names[i]] = d
		}
	}
	if err != nil {
		return false, err
	}
	if f.due, err = texts(ctx, f.session, "SELECT DISTINCT target FROM df360.loads WHERE refreshed_at IS NULL"); err != nil {
		return false, err
	}
	for _, v := range f.o.Objects.Views {
		if f.stranger(v) {
			continue
		}
		if !f.there(v) {
			return true, nil
		}
		if v.Materialized && len(f.due) > 0 {
			if on, err := f.dependsOnDue(ctx, v, nil); err != nil || on {
				return true, err
			}
		}
	}
	return false, nil
}

// there reports whether a view is there as it is declared.
func (f *finisher) there(v warehouse.View) bool {
	return slices.Contains(f.have, v.Name) && f.defined[f.key(v)] == v.Definition()
}

// stranger reports whether something has the view's name that df360 has not made.
func (f *finisher) stranger(v warehouse.View) bool {
	return slices.Contains(f.have, v.Name) && f.defined[f.key(v)] == ""
}

func (f *finisher) key(v warehouse.View) string { return warehouse.TargetName(f.o.Schema, v.Name) }

// dependsOnDue reports whether a view reads, by itself or through other declared
// views, a table that was loaded.
func (f *finisher) dependsOnDue(ctx context.Context, v warehouse.View, above []string) (bool, error) {
	tables, err := f.session.Tables(ctx, v.SQL)
	if err != nil {
		return false, err
	}
	for _, t := range tables {
		schema := t.Schema
		if schema == "" {
			schema = f.o.Schema
		}
		if slices.Contains(f.due, warehouse.TargetName(schema, t.Name)) {
			return true, nil
		}
		i := slices.IndexFunc(f.o.Objects.Views, func(o warehouse.View) bool { return o.Name == t.Name })
		if schema != f.o.Schema || i < 0 || slices.Contains(above, t.Name) {
			continue
		}
		if on, err := f.dependsOnDue(ctx, f.o.Objects.Views[i], append(above, t.Name)); err != nil || on {
			return on, err
		}
	}
	return false, nil
}

// views makes and refreshes what is to be; each is one transaction. The loads are
// marked when all of them are done.
func (f *finisher) views(ctx context.Context) error {
	for _, v := range f.o.Objects.Views {
		there := f.there(v)
		if f.stranger(v) {
			f.o.Log.Warn("a view or table that df360 has not made is left as it is", "view", f.key(v))
			continue
		}
		refresh := false
		if there && v.Materialized {
			var err error
			if refresh, err = f.dependsOnDue(ctx, v, nil); err != nil {
				return err
			}
		}
		if there && !refresh {
			continue
		}
		err := f.make(ctx, v)
		switch {
		case err == nil && there:
			f.out.Refreshed = append(f.out.Refreshed, v.Name)
		case err == nil:
			f.out.Made = append(f.out.Made, v.Name)
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case unknownTable(err) && !there:
			f.out.Waiting = append(f.out.Waiting, v.Name)
		default:
			f.failed = true
			f.out.Fail(v.Name, fmt.Errorf("%s", firstLine(err.Error())))
		}
	}
	if f.failed {
		return nil
	}
	return f.session.Exec(ctx, "UPDATE df360.loads SET refreshed_at = $1 WHERE refreshed_at IS NULL", f.o.Now().UTC())
}

// make makes a view, or a materialised one anew, which here is a table.
func (f *finisher) make(ctx context.Context, v warehouse.View) (err error) {
	name := duck.Ident(f.o.Schema) + "." + duck.Ident(v.Name)
	var steps []string
	before := f.defined[f.key(v)]
	if kind, _, _ := strings.Cut(before, "\n"); before != "" && slices.Contains(f.have, v.Name) && kind != kindOf(v) {
		drop := "VIEW"
		if kind != "view" {
			drop = "TABLE"
		}
		steps = append(steps, "DROP "+drop+" "+name)
	}
	what := "VIEW"
	if v.Materialized {
		what = "TABLE"
	}
	// Tables without a schema are those of the schema that is loaded into.
	steps = append(steps, "SET schema = "+duck.Literal(duck.Ident(f.o.Schema)), "CREATE OR REPLACE "+what+" "+name+" AS "+strings.TrimRight(v.SQL, "; \t\r\n"),
		"SET schema = 'main'")
	if err := f.session.Exec(ctx, "BEGIN TRANSACTION"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.session.Exec(context.WithoutCancel(ctx), "ROLLBACK") // an error has mostly ended it
			_ = f.session.Exec(context.WithoutCancel(ctx), "SET schema = 'main'")
		}
	}()
	for _, stmt := range steps {
		if err := f.session.Exec(ctx, stmt); err != nil {
			return err
		}
	}
	if err := f.session.Exec(ctx, "DELETE FROM df360.views WHERE name = $1", f.key(v)); err != nil {
		return err
	}
	if err := f.session.Exec(ctx, "INSERT INTO df360.views VALUES ($1, $2, $3)", f.key(v), v.Definition(), f.o.Now().UTC()); err != nil {
		return err
	}
	return f.session.Exec(ctx, "COMMIT")
}

func kindOf(v warehouse.View) string {
	kind, _, _ := strings.Cut(v.Definition(), "\n")
	return kind
}

// unknownTable reports whether a view's tables are not there (yet).
func unknownTable(err error) bool {
	text := err.Error()
	return strings.Contains(text, "Catalog Error") && strings.Contains(text, "Table with name") && strings.Contains(text, "does not exist")
}
