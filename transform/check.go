package transform

import (
	"fmt"
	"slices"
	"strings"
)

// stampColumn and reasonColumn are made by every transform.
const (
	stampColumn  = "_processed_timestamp"
	reasonColumn = "_reason"
)

// check looks for what is wrong with a type as a whole, and fills in defaults.
func (p *parser) check() {
	t := p.into
	if t.Name == "" {
		t.Name = baseName(p.Path)
	}
	if t.Dedupe.Mode == "" {
		t.Dedupe.Mode = DedupeAll
	}
	for _, c := range t.Columns {
		if c.Required == ForAggregate && t.Agg == nil {
			p.Add(c.Line, "columns.%s is required for an aggregate, but the type has none", c.Name)
		}
	}
	for _, e := range slices.Concat(t.Replace, t.Derive) {
		if strings.EqualFold(e.Name, stampColumn) {
			p.Add(e.Line, "%s is the column that every transform adds", e.Name)
		}
	}
	for _, e := range t.Derive {
		if r := named(t.Replace, e.Name); r != nil {
			p.Add(e.Line, "derive %s replaces the column that replace has made in line %d", e.Name, r.Line)
		}
	}
	p.checkRules()
	if t.Agg != nil {
		p.checkAggregate()
	}
}

// checkRules: names of rules stand in a comma-joined list.
func (p *parser) checkRules() {
	for _, r := range p.into.Rules {
		if strings.ContainsAny(r.Name, ", \t\n") {
			p.Add(r.Line, "rule %q: a name without commas and blanks expected", r.Name)
		}
		if c, ok := strings.CutSuffix(strings.ToLower(r.Name), "_is_number"); ok && p.into.column(c) != nil {
			p.Add(r.Line, "rule %s: rows whose %s is no number are found without a rule", r.Name, c)
		}
	}
}

func (p *parser) checkAggregate() {
	a := p.into.Agg
	if len(a.GroupBy) == 0 {
		p.Problems = append(p.Problems, fmt.Sprintf("%s: aggregate.group_by: at least one column expected", p.Path))
	}
	if len(a.Measures) == 0 {
		p.Problems = append(p.Problems, fmt.Sprintf("%s: aggregate.measures: at least one measure expected", p.Path))
	}
	for _, m := range a.Measures {
		if contains(a.GroupBy, m.Name) {
			p.Add(m.Line, "measure %s has the name of a column of group_by", m.Name)
		}
	}
	for _, o := range a.OrderBy {
		if !contains(a.GroupBy, o.Column) && named(a.Measures, o.Column) == nil {
			p.Problems = append(p.Problems, fmt.Sprintf("%s: aggregate.order_by: there is no column %s in the aggregate", p.Path, o.Column))
		}
	}
}

// contains reports whether a list has a name, in any case.
func contains(all []string, name string) bool {
	return slices.ContainsFunc(all, func(n string) bool { return strings.EqualFold(n, name) })
}
