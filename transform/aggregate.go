package transform

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kalpafall/df360/internal/fault"
)

// aggregatePlan is how an aggregate is made: where all measures can be put
// together from parts, by way of a partial aggregate, which an increment only
// adds to; else from all processed rows.
type aggregatePlan struct {
	// partial: the view viewPartial can be kept and added to.
	partial bool
	// reads are the processed columns that the aggregate needs.
	reads []string
}

// measure is a measure that can be put together from parts.
type measure struct {
	name     string
	function string
	arg      string
	distinct bool
}

// part is a column of the partial aggregate: how it is made of rows, and how
// of parts.
type part struct{ name, ofRows, ofParts string }

// addAggregate adds the steps from written to aggregate.
func (p *Plan) addAggregate(o Options) error {
	a := p.bound.typ.Agg
	p.agg = &aggregatePlan{reads: p.aggregateReads()}
	for _, g := range a.GroupBy {
		if !contains(p.columns, g) {
			return fault.New(fault.Config, "%s: aggregate.group_by: there is no column %s in the output", p.bound.typ.File, g).
				WithHint("the output has the columns %s", strings.Join(p.columns, ", "))
		}
	}
	keys := quoteAll(a.GroupBy)
	for _, view := range []string{viewAggregate, viewPartial, "new_" + viewPartial} {
		for _, m := range a.Measures {
			p.judged[view] = append(p.judged[view], judged{"measure", m, m.SQL, viewWritten})
		}
	}
	measures, distinct, ok := a.split()
	if !ok {
		items := slices.Clone(keys)
		for _, m := range a.Measures {
			items = append(items, m.SQL+" AS "+quote(m.Name))
		}
		p.step(viewAggregate, fmt.Sprintf("SELECT %s FROM %s GROUP BY %s", strings.Join(items, ", "), viewWritten, strings.Join(keys, ", ")))
		return nil
	}
	p.agg.partial = true
	p.addPartial(o, keys, measures, distinct)
	items := slices.Clone(keys)
	for i, m := range measures {
		items = append(items, m.total(i)+" AS "+quote(m.name))
	}
	p.step(viewAggregate, fmt.Sprintf("SELECT %s FROM %s GROUP BY %s", strings.Join(items, ", "), viewPartial, strings.Join(keys, ", ")))
	return nil
}

// addPartial makes the partial aggregate of the rows, and adds the kept one to
// it where there is one. A distinct count needs its values as a key.
func (p *Plan) addPartial(o Options, keys []string, measures []measure, distinct string) {
	group := slices.Clone(keys)
	ofRows, ofParts := slices.Clone(keys), slices.Clone(keys)
	if distinct != "" {
		ofRows, ofParts = append(ofRows, distinct+" AS df360_value"), append(ofParts, "df360_value")
		group = append(group, distinct)
	}
	groupParts := strings.Join(ofParts, ", ")
	for i, m := range measures {
		for _, part := range m.parts(i) {
			ofRows = append(ofRows, part.ofRows+" AS "+part.name)
			ofParts = append(ofParts, part.ofParts+" AS "+part.name)
		}
	}
	sql := fmt.Sprintf("SELECT %s FROM %s GROUP BY %s", strings.Join(ofRows, ", "), viewWritten, strings.Join(group, ", "))
	if !o.State {
		p.keep(viewPartial, sql)
		return
	}
	p.keep("new_"+viewPartial, sql)
	columns := slices.Clone(keys)
	if distinct != "" {
		columns = append(columns, "df360_value")
	}
	for i, m := range measures {
		for _, part := range m.parts(i) {
			columns = append(columns, part.name)
		}
	}
	list := strings.Join(columns, ", ")
	p.keep(viewPartial, fmt.Sprintf("SELECT %s FROM (SELECT %s FROM %s\nUNION ALL\nSELECT %s FROM new_%s) AS t GROUP BY %s",
		strings.Join(ofParts, ", "), list, viewState, list, viewPartial, groupParts))
}

// split reads the measures as calls of one aggregate function each; ok is
// false where one is more than that, or where two different columns are
// counted distinct.
func (a *Aggregated) split() (measures []measure, distinct string, ok bool) {
	for _, e := range a.Measures {
		m, ok := readMeasure(e)
		if !ok {
			return nil, "", false
		}
		if m.distinct {
			if distinct != "" && distinct != m.arg {
				return nil, "", false
			}
			distinct = m.arg
		}
		measures = append(measures, m)
	}
	return measures, distinct, true
}

// readMeasure reads function(argument) or count(distinct argument).
func readMeasure(e Expr) (measure, bool) {
	all := tokens(e.SQL)
	n := len(all)
	if n < 4 || all[0].kind != tokenWord || !all[1].is("(") || !all[n-1].is(")") {
		return measure{}, false
	}
	depth := 0
	for _, t := range all[1 : n-1] { // the parenthesis must be the call's own
		if t.is("(") {
			depth++
		}
		if t.is(")") {
			depth--
		}
		if depth == 0 {
			return measure{}, false
		}
	}
	m := measure{name: e.Name, function: strings.ToLower(all[0].text)}
	first := 2
	if all[2].is("distinct") {
		m.distinct, first = true, 3
	}
	if first >= n-1 {
		return measure{}, false
	}
	m.arg = e.SQL[all[first].start:all[n-2].end]
	switch m.function {
	case "count", "count_if", "sum", "avg", "min", "max", "bool_and", "bool_or":
		return m, !m.distinct || m.function == "count"
	}
	return measure{}, false
}

// parts are the columns that the i-th measure needs in a partial aggregate.
func (m measure) parts(i int) []part {
	n, s := fmt.Sprintf("df360_%d_n", i+1), fmt.Sprintf("df360_%d", i+1)
	switch {
	case m.distinct:
		return nil // the values are a key
	case m.function == "count", m.function == "count_if":
		return []part{{n, m.function + "(" + m.arg + ")", "cast(sum(" + n + ") as bigint)"}}
	case m.function == "sum":
		return []part{{s, "sum(" + m.arg + ")", "sum(" + s + ")"}}
	case m.function == "avg":
		return []part{
			{n, "count(" + m.arg + ")", "cast(sum(" + n + ") as bigint)"},
			{s, "sum(" + m.arg + ")", "sum(" + s + ")"},
		}
	default: // min, max, bool_and, bool_or
		return []part{{s, m.function + "(" + m.arg + ")", m.function + "(" + s + ")"}}
	}
}

// total is the i-th measure over a partial aggregate.
func (m measure) total(i int) string {
	n, s := fmt.Sprintf("df360_%d_n", i+1), fmt.Sprintf("df360_%d", i+1)
	switch {
	case m.distinct:
		return "count(df360_value)"
	case m.function == "count", m.function == "count_if":
		return "cast(sum(" + n + ") as bigint)"
	case m.function == "sum":
		return "sum(" + s + ")"
	case m.function == "avg":
		return "cast(sum(" + s + ") as double) / nullif(sum(" + n + "), 0)"
	default:
		return m.function + "(" + s + ")"
	}
}

// aggregateReads are the processed columns that the aggregate uses, in the
// order of the output.
func (p *Plan) aggregateReads() []string {
	a := p.bound.typ.Agg
	var out []string
	for _, c := range p.columns {
		if contains(a.GroupBy, c) || slices.ContainsFunc(a.Measures, func(m Expr) bool { return uses(m.SQL, c) }) {
			out = append(out, c)
		}
	}
	return out
}

func quoteAll(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = quote(n)
	}
	return out
}
