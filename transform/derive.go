package transform

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kalpafall/df360/internal/fault"
)

// frame is the columns of a step while a plan is made.
type frame struct {
	view  string
	names []string
}

// has finds a column, in any case.
func (f *frame) has(name string) int {
	return slices.IndexFunc(f.names, func(n string) bool { return strings.EqualFold(n, name) })
}

// addDerive adds the steps from kept to processed: replaced columns, derived
// ones in levels (one that uses another comes after it), then the output.
func (p *Plan) addDerive(o Options) error {
	b, t := p.bound, p.bound.typ
	f := &frame{view: viewKept}
	for _, c := range b.columns {
		f.names = append(f.names, c.name)
	}
	for _, c := range b.missing {
		f.names = append(f.names, c.Name)
	}
	changed, err := p.addLevel(f, "replace", "replaced", t.Replace, nil)
	if err != nil {
		return err
	}
	for i, level := range levels(t.Derive) {
		if changed, err = p.addLevel(f, "derive", fmt.Sprintf("derived_%d", i+1), level, changed); err != nil {
			return err
		}
	}
	return p.addOutput(f, o)
}

// addLevel adds a step that computes expressions over the step before, each in
// the place of the column of its name, or behind all columns.
func (p *Plan) addLevel(f *frame, what, view string, exprs []Expr, changed []string) ([]string, error) {
	if len(exprs) == 0 {
		return changed, nil
	}
	items := make([]string, len(f.names))
	for i, n := range f.names {
		items[i] = quote(n)
	}
	names, before := slices.Clone(f.names), slices.Clone(changed)
	for _, e := range exprs {
		sql, err := p.bound.expand(e, what, before)
		if err != nil {
			return nil, err
		}
		item := sql + " AS " + quote(e.Name)
		at := f.has(e.Name)
		if at < 0 && what == "replace" {
			return nil, fault.New(fault.Schema, "type %s replaces column %s, which %s", p.bound.typ.Name, e.Name, "the input does not have").
				WithHint("a new column belongs under derive")
		}
		if at < 0 {
			items, names = append(items, item), append(names, e.Name)
		} else {
			items[at], names[at] = item, e.Name
		}
		changed = append(changed, e.Name)
		p.judged[view] = append(p.judged[view], judged{what, e, sql, f.view})
	}
	p.step(view, "SELECT "+strings.Join(items, ", ")+" FROM "+f.view)
	f.view, f.names = view, names
	return changed, nil
}

// levels groups derived columns so that none uses another of its group, nor a
// column that another one replaces.
func levels(exprs []Expr) [][]Expr {
	var out [][]Expr
	for _, e := range exprs {
		clash := len(out) == 0 || slices.ContainsFunc(out[len(out)-1], func(o Expr) bool {
			return uses(e.SQL, o.Name) || strings.EqualFold(e.Name, o.Name)
		})
		if clash {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], e)
	}
	return out
}

// addOutput adds the step that leaves out dropped columns and adds the stamp.
func (p *Plan) addOutput(f *frame, o Options) error {
	b, t := p.bound, p.bound.typ
	made := func(name string) bool { return named(t.Derive, name) != nil }
	var items []string
	for _, n := range f.names {
		lacking := slices.ContainsFunc(b.missing, func(c Column) bool { return strings.EqualFold(c.Name, n) })
		switch {
		case strings.EqualFold(n, stampColumn), lacking && !made(n), t.drops(n) && !made(n):
			continue
		}
		items = append(items, quote(n))
		p.columns = append(p.columns, n)
	}
	for _, c := range t.Parts {
		if !contains(p.columns, c) {
			return fault.New(fault.Config, "%s: partition_by: there is no column %s in the output", t.File, c).
				WithHint("the output has the columns %s", strings.Join(p.columns, ", "))
		}
	}
	if len(p.columns) == len(t.Parts) {
		return fault.New(fault.Config, "%s: partition_by takes all columns of the output", t.File)
	}
	items = append(items, stamp(o.Stamp)+" AS "+stampColumn)
	p.columns = append(p.columns, stampColumn)
	p.step(viewProcessed, "SELECT "+strings.Join(items, ", ")+" FROM "+f.view)
	return nil
}
