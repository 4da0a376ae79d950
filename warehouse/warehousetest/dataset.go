// Package warehousetest holds what every warehouse must keep to: one suite, which
// each implementation of warehouse.Target adopts.
//
// It owns made-up datasets, described as the command line describes those of a
// lake, and the promises about them. It must not know which database it tests.
package warehousetest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/sqltype"
	"github.com/kalpafall/df360/warehouse"
)

// Commit is one commit of a made-up dataset: rows as SQL of the engine, with the
// dataset's columns in order.
type Commit struct {
	SQL      string
	Rows     int64
	Replaces bool
}

// Dataset is a made-up dataset.
type Dataset struct {
	Name    string
	Lake    string // tells apart datasets of the same name
	Columns []warehouse.Column
	Commits []Commit
	Opened  int // how often rows were asked for
}

// Columns reads "name TYPE" pairs.
func Columns(t testing.TB, pairs ...string) []warehouse.Column {
	t.Helper()
	var out []warehouse.Column
	for i := 0; i+1 < len(pairs); i += 2 {
		typ, err := sqltype.Parse(pairs[i+1])
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, warehouse.Column{Name: pairs[i], Type: typ})
	}
	return out
}

// Numbers is a commit of rows (id, v) with ids from first on.
func Numbers(first, n int64, v string) Commit {
	return Commit{SQL: fmt.Sprintf("SELECT range::BIGINT, '%s' FROM range(%d, %d)", v, first, first+n), Rows: n}
}

func (d *Dataset) commit(v int64) warehouse.Commit {
	c := d.Commits[v]
	out := warehouse.Commit{Version: v, ID: fmt.Sprintf("%s-%s-%d", d.Lake, d.Name, v), Rows: c.Rows}
	switch {
	case c.Replaces:
		out.Change = warehouse.Replaces
	case c.Rows > 0:
		out.Change = warehouse.Adds
	}
	return out
}

// At describes a version, -1 the newest.
func (d *Dataset) At(version int64) *warehouse.Input {
	if version < 0 {
		version = int64(len(d.Commits)) - 1
	}
	in := &warehouse.Input{Dataset: "processed." + d.Name, Version: version, CommitID: d.commit(version).ID, Columns: d.Columns}
	var there []warehouse.Commit // whose rows the version has
	for v := range version + 1 {
		c := d.commit(v)
		if c.Change == warehouse.Replaces {
			there = nil
		}
		there = append(there, c)
	}
	for _, c := range there {
		in.Rows += c.Rows
	}
	in.Commits = func(_ context.Context, from int64) ([]warehouse.Commit, error) {
		var out []warehouse.Commit
		for v := from; v <= version; v++ {
			out = append(out, d.commit(v))
		}
		return out, nil
	}
	in.Open = func(_ context.Context, commits []warehouse.Commit, split bool) (*warehouse.Reading, error) {
		d.Opened++
		whole := commits == nil && !split
		if commits == nil {
			commits = there
		}
		r := &warehouse.Reading{Close: func() error { return nil }}
		for _, c := range commits {
			if c.Rows == 0 {
				continue
			}
			part := warehouse.Part{Commit: c, Rows: c.Rows, SQL: d.selection(d.Commits[c.Version].SQL)}
			if whole {
				part.Commit = warehouse.Commit{Version: version, ID: in.CommitID, Rows: in.Rows}
			}
			r.Parts = append(r.Parts, part)
		}
		return r, nil
	}
	return in
}

// selection names and casts what a commit selects.
func (d *Dataset) selection(sql string) string {
	names, casts := "", ""
	for i, c := range d.Columns {
		if i > 0 {
			names, casts = names+", ", casts+", "
		}
		names += fmt.Sprintf("c%d", i)
		casts += fmt.Sprintf("CAST(c%d AS %s) AS %s", i, c.Type, duck.Ident(c.Name))
	}
	return "SELECT " + casts + " FROM (" + sql + ") AS t(" + names + ")"
}

// Grow adds a column; commits of before have to be written anew by the caller.
func (d *Dataset) Grow(c warehouse.Column) { d.Columns = append(slices.Clone(d.Columns), c) }
