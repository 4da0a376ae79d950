package duckdb

import (
	"context"
	"fmt"
	"strings"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/sqltype"
	"github.com/kalpafall/df360/internal/unite"
	"github.com/kalpafall/df360/transform"
)

// Engine runs plans in a session of the embedded engine. It is not safe for
// concurrent use.
type Engine struct {
	s           *duck.Session
	o           Options
	compression string
	sources     map[string]transform.Source
	kinds       map[string]string // of the views and tables made: VIEW or TABLE
}

// Options of an engine.
type Options struct {
	// Compression of the files: snappy (""), zstd.
	Compression string
	// Limits are those of the session; a second engine beside it has them, too.
	Limits duck.Options
}

// New makes an engine of a session, which stays the caller's to close.
func New(ctx context.Context, s *duck.Session, o Options) (*Engine, error) {
	e := &Engine{s: s, o: o, compression: o.Compression, sources: map[string]transform.Source{}, kinds: map[string]string{}}
	if e.compression == "" {
		e.compression = "snappy"
	}
	for _, macro := range prelude() {
		if err := s.Exec(ctx, "CREATE TEMP MACRO "+macro); err != nil {
			return nil, fmt.Errorf("make macro %s: %w", macro, err)
		}
	}
	return e, nil
}

// Prelude is the SQL that makes the portable core run in DuckDB.
func Prelude() []string {
	out := prelude()
	for i := range out {
		out[i] = "CREATE OR REPLACE TEMP MACRO " + out[i]
	}
	return out
}

// Register makes files readable as a view.
func (e *Engine) Register(ctx context.Context, view string, src transform.Source) error {
	e.sources[view] = src
	return e.define(ctx, view, "VIEW", SourceSQL(src))
}

// SourceSQL is the SELECT that reads a source: a time is a TIMESTAMP in UTC,
// since arithmetic on those does not ask a calendar of zones.
func SourceSQL(src transform.Source) string { return sourceSQL(src, "") }

// sourceSQL is SourceSQL for the rows that meet a condition, which is over the
// columns as they are stored; "" is all rows.
func sourceSQL(src transform.Source, where string) string {
	items := make([]string, len(src.Relation.Columns))
	plain := true
	for i, c := range src.Relation.Columns {
		items[i] = duck.Ident(c.Name)
		if c.Type == string(sqltype.Timestamp) {
			items[i], plain = "make_timestamp(epoch_us("+items[i]+")) AS "+items[i], false
		}
	}
	inner := src.Relation.Select(nil, src.Files)
	if plain && where == "" {
		return inner
	}
	outer := "SELECT " + strings.Join(items, ", ") + " FROM (" + inner + ")"
	if where != "" {
		outer += " WHERE " + where
	}
	return outer
}

// Step names the result of a SELECT.
func (e *Engine) Step(ctx context.Context, s transform.Step) error {
	kind := "VIEW"
	if s.Keep {
		kind = "TABLE"
	}
	if done, err := e.repeats(ctx, s); done || err != nil {
		return err
	}
	return e.define(ctx, s.Name, kind, s.SQL)
}

// define makes a view or a table, in the place of one of the same name.
func (e *Engine) define(ctx context.Context, name, kind, sql string) error {
	if err := e.drop(ctx, name); err != nil {
		return err
	}
	if err := e.s.Exec(ctx, "CREATE TEMP "+kind+" "+duck.Ident(name)+" AS "+sql); err != nil {
		return err
	}
	e.kinds[name] = kind
	return nil
}

// drop takes a view or a table away, where there is one.
func (e *Engine) drop(ctx context.Context, name string) error {
	kind := e.kinds[name]
	if kind == "" {
		return nil
	}
	delete(e.kinds, name)
	return e.s.Exec(ctx, "DROP "+kind+" temp."+duck.Ident(name))
}

// Columns are a view's or a table's, with the engine's types.
func (e *Engine) Columns(ctx context.Context, view string) ([]unite.Column, error) {
	rows, err := e.s.Query(ctx, "SELECT column_name, column_type FROM (DESCRIBE "+duck.Ident(view)+")")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // everything was read, or the error is returned
	var out []unite.Column
	for rows.Next() {
		var c unite.Column
		if err := rows.Scan(&c.Name, &c.Type); err != nil {
			return nil, fmt.Errorf("describe %s: %w", view, err)
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// Scalar runs a SELECT of one row.
func (e *Engine) Scalar(ctx context.Context, sql string, dest ...any) error {
	return e.s.QueryRow(ctx, sql, dest...)
}

// lakeItem is a column as it is written, with its type in the lake.
func lakeItem(c unite.Column) (item string, t *sqltype.Type, err error) {
	from, err := sqltype.Parse(c.Type)
	if err != nil {
		return "", nil, fmt.Errorf("column %s: %w", c.Name, err)
	}
	t, ok := from.Lake()
	if !ok {
		return "", nil, fault.New(fault.Schema, "column %s has type %s, which a lake cannot keep", c.Name, c.Type).
			WithHint("cast it: cast(… as varchar)")
	}
	name := duck.Ident(c.Name)
	switch {
	case from.Equal(t):
		return name, t, nil
	case from.Kind == "TIMESTAMP":
		return "make_timestamptz(epoch_us(" + name + ")) AS " + name, t, nil
	}
	return "CAST(" + name + " AS " + t.String() + ") AS " + name, t, nil
}
