package transform

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kalpafall/df360/internal/fault"
)

// aggregatePlan is how an aggregate is made: where all measures can be put
// together from parts, by way of partial aggregates, which an increment only
// adds to; else from all processed rows.
type aggregatePlan struct {
	// partials are the views of the partial aggregates: of the measures, then
	// one with the different values of each column that is counted distinct.
	partials []string
}

// measure is a measure that can be put together from parts.
type measure struct {
	name     string
	function string
	arg      string
	distinct bool
	all      bool // arg is never NULL
}

// part is a column of the partial aggregate: how it is made of rows, and how
// of parts.
type part struct{ name, ofRows, ofParts string }

// addAggregate adds the steps from written to aggregate.
func (p *Plan) addAggregate(o Options) error {
	a := p.bound.typ.Agg
	p.agg = &aggregatePlan{}
	for _, g := range a.GroupBy {
		if !contains(p.columns, g) {
			return fault.New(fault.Config, "%s: aggregate.group_by: there is no column %s in the output", p.bound.typ.File, g).
				WithHint("the output has the columns %s", strings.Join(p.columns, ", "))
		}
	}
	keys := strings.Join(quoteAll(a.GroupBy), ", ")
	measures, ok := a.split()
	if !ok {
		items := keys
		for _, m := range a.Measures {
			items += ", " + m.SQL + " AS " + quote(m.Name)
		}
		p.aggregateStep(Step{Name: viewAggregate, SQL: fmt.Sprintf("SELECT %s FROM %s GROUP BY %s", items, viewWritten, keys)})
		return nil
	}
	p.addParts(o, keys, measures)
	p.addTotals(keys, measures)
	return nil
}

// aggregateStep adds a step whose SQL has the type's measures in it.
func (p *Plan) aggregateStep(s Step) {
	p.Steps = append(p.Steps, s)
	for _, m := range p.bound.typ.Agg.Measures {
		p.judged[s.Name] = append(p.judged[s.Name], judged{"measure", m, m.SQL, viewWritten})
	}
}

// addParts makes the partial aggregates of the rows, and adds the kept ones to
// them where there are some.
func (p *Plan) addParts(o Options, keys string, measures []measure) {
	columns, ofRows, ofParts := keys, keys, keys
	for i, m := range measures {
		counted := m
		if m.function == "count" && p.neverNull(m.arg) {
			counted.arg = "*" // so that the column is not read
		}
		if m.function == "avg" && p.neverNull(m.arg) {
			counted.all = true
		}
		for _, part := range counted.parts(i) {
			columns += ", " + part.name
			ofRows += ", " + part.ofRows + " AS " + part.name
			ofParts += ", " + part.ofParts + " AS " + part.name
		}
	}
	p.addPart(o, viewPartial, fmt.Sprintf("SELECT %s FROM %s GROUP BY %s", ofRows, viewWritten, keys),
		fmt.Sprintf("SELECT %s FROM (SELECT %s FROM %s\nUNION ALL\nSELECT %s FROM new_%s) AS t GROUP BY %s",
			ofParts, columns, viewState, columns, viewPartial, keys))
	for i, arg := range distinctArgs(measures) {
		suffix := fmt.Sprintf("_%d", i+1)
		values := keys + ", df360_value"
		p.addPart(o, viewPartial+suffix,
			fmt.Sprintf("SELECT %s, %s AS df360_value FROM %s WHERE %s IS NOT NULL GROUP BY %s, %s", keys, arg, viewWritten, arg, keys, arg),
			fmt.Sprintf("SELECT %s FROM %s\nUNION\nSELECT %s FROM new_%s", values, viewState+suffix, values, viewPartial+suffix))
	}
}

// addPart adds one partial aggregate: of the rows, or of a kept one and them.
func (p *Plan) addPart(o Options, view, ofRows, ofBoth string) {
	p.agg.partials = append(p.agg.partials, view)
	if !o.State {
		p.aggregateStep(Step{Name: view, SQL: ofRows, Keep: true})
		return
	}
	p.aggregateStep(Step{Name: "new_" + view, SQL: ofRows, Keep: true})
	p.aggregateStep(Step{Name: view, SQL: ofBoth, Keep: true})
}

// addTotals puts the partial aggregates together. Each has its own columns, so
// they are laid one below the other, and grouped.
func (p *Plan) addTotals(keys string, measures []measure) {
	distinct := distinctArgs(measures)
	columns, items := keys, keys
	var none string // the values that the first partial does not have
	for i, m := range measures {
		for _, part := range m.parts(i) {
			columns += ", " + part.name
		}
		items += ", " + m.total(i, slices.Index(distinct, m.arg)) + " AS " + quote(m.name)
	}
	for i := range distinct {
		none += fmt.Sprintf(", NULL AS df360_value_%d", i+1)
	}
	arms := []string{"SELECT " + columns + none + " FROM " + viewPartial}
	for i := range distinct {
		arm := keys
		for j, m := range measures {
			for range m.parts(j) {
				arm += ", NULL"
			}
		}
		for j := range distinct {
			value := "NULL"
			if i == j {
				value = "df360_value"
			}
			arm += ", " + value
		}
		arms = append(arms, fmt.Sprintf("SELECT %s FROM %s_%d", arm, viewPartial, i+1))
	}
	p.aggregateStep(Step{Name: viewAggregate, SQL: fmt.Sprintf("SELECT %s FROM (%s) AS t GROUP BY %s", items, strings.Join(arms, "\nUNION ALL\n"), keys)})
}

// neverNull reports whether a rule keeps NULL out of a column that stays as the
// rule has seen it.
func (p *Plan) neverNull(column string) bool {
	t := p.bound.typ
	if named(t.Replace, column) != nil || named(t.Derive, column) != nil {
		return false
	}
	return slices.ContainsFunc(t.Rules, func(r Expr) bool {
		all := tokens(r.SQL)
		return len(all) == 4 && all[0].names(column) && all[1].is("is") && all[2].is("not") && all[3].is("null")
	})
}

// distinctArgs are what is counted distinct, each once.
func distinctArgs(measures []measure) []string {
	var out []string
	for _, m := range measures {
		if m.distinct && !slices.Contains(out, m.arg) {
			out = append(out, m.arg)
		}
	}
	return out
}

// split reads the measures as calls of one aggregate function each; ok is
// false where one is more than that.
func (a *Aggregated) split() (measures []measure, ok bool) {
	for _, e := range a.Measures {
		m, ok := readMeasure(e)
		if !ok {
			return nil, false
		}
		measures = append(measures, m)
	}
	return measures, true
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
		counted := m.arg
		if m.all {
			counted = "*"
		}
		return []part{
			{n, "count(" + counted + ")", "cast(sum(" + n + ") as bigint)"},
			{s, "sum(" + m.arg + ")", "sum(" + s + ")"},
		}
	default: // min, max, bool_and, bool_or
		return []part{{s, m.function + "(" + m.arg + ")", m.function + "(" + s + ")"}}
	}
}

// total is the i-th measure over the partial aggregates; value is the index of
// what it counts distinct.
func (m measure) total(i, value int) string {
	n, s := fmt.Sprintf("df360_%d_n", i+1), fmt.Sprintf("df360_%d", i+1)
	switch {
	case m.distinct:
		return fmt.Sprintf("count(df360_value_%d)", value+1)
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

func quoteAll(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = quote(n)
	}
	return out
}
