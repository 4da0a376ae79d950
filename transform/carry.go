package transform

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kalpafall/df360/internal/sqltype"
)

// dated says which rows are filtered by a condition on the type's output.
type dated struct {
	from, to  string // views
	prefix    string // of the steps between them
	condition string
	carried   []string // the columns of from and to
}

// addDated filters raw rows.
func (p *Plan) addDated(d dated) error {
	f, back, err := p.carry(d.from, d.prefix, d.carried)
	if err != nil {
		return err
	}
	p.step(d.to, "SELECT "+strings.Join(back, ", ")+" FROM "+f.view+" WHERE "+d.condition)
	return nil
}

// carry adds the steps that compute the type's output of raw rows, with some of
// their raw columns beside it; back are those under their own names.
func (p *Plan) carry(from, prefix string, carried []string) (f *frame, back []string, err error) {
	b, t := p.bound, p.bound.typ
	f = &frame{view: prefix + "_input"}
	items := b.inputItems()
	for i, name := range carried {
		as := fmt.Sprintf("df360_carried_%d", i+1)
		items = append(items, quote(name)+" AS "+as)
		back = append(back, as+" AS "+quote(name))
		f.names = append(f.names, as)
	}
	f.names = append(f.names, b.names()...)
	for _, c := range b.missing {
		f.names = append(f.names, c.Name)
	}
	p.step(f.view, "SELECT "+strings.Join(items, ", ")+" FROM "+from)
	changed, err := p.addLevel(f, "replace", prefix+"_replaced", t.Replace, nil)
	if err != nil {
		return nil, nil, err
	}
	for i, level := range levels(t.Derive) {
		if changed, err = p.addLevel(f, "derive", fmt.Sprintf("%s_derived_%d", prefix, i+1), level, changed); err != nil {
			return nil, nil, err
		}
	}
	return f, back, nil
}

// split finds the column that the partitions of the output run along: the only
// one of the input that they follow from, where its values have an order that
// files know. nil is none.
func (p *Plan) split() (*Split, error) {
	t := p.bound.typ
	var from []string
	for _, name := range t.Parts {
		from = p.follow(name, len(t.Derive), from)
	}
	if len(from) != 1 {
		return nil, nil //nolint:nilnil // documented
	}
	i := slices.IndexFunc(p.bound.columns, func(c boundColumn) bool { return c.name == from[0] })
	c := p.bound.columns[i]
	if c.cast.sql != "" || c.typ.Kind != sqltype.Timestamp && c.typ.Kind != sqltype.Date && c.typ.Kind != sqltype.Bigint {
		return nil, nil //nolint:nilnil // documented
	}
	side := &Plan{bound: p.bound, judged: map[string][]judged{}}
	f, _, err := side.carry(viewRaw, "split", from)
	if err != nil {
		return nil, err
	}
	parts := strings.Join(quoteAll(t.Parts), ", ")
	side.step("partitions", fmt.Sprintf("SELECT %s, min(df360_carried_1) AS df360_low, max(df360_carried_1) AS df360_high,\n"+
		" count(*) AS df360_rows, count(df360_carried_1) AS df360_values FROM %s GROUP BY %s", parts, f.view, parts))
	return &Split{View: viewRaw, Column: c.name, Steps: side.Steps, Partitions: "partitions"}, nil
}

// follow adds the columns of the input that an output column follows from;
// before is how many of the derived columns it may use.
func (p *Plan) follow(name string, before int, from []string) []string {
	t := p.bound.typ
	for i := before - 1; i >= 0; i-- {
		if strings.EqualFold(t.Derive[i].Name, name) {
			return p.followAll(t.Derive[i].SQL, i, from)
		}
	}
	if e := named(t.Replace, name); e != nil && before >= 0 {
		return p.followAll(e.SQL, -1, from)
	}
	for _, c := range p.bound.columns {
		if strings.EqualFold(c.name, name) && !slices.Contains(from, c.name) {
			from = append(from, c.name)
		}
	}
	return from
}

// followAll is follow for all columns in an expression.
func (p *Plan) followAll(sql string, before int, from []string) []string {
	names := p.bound.names()
	if before >= 0 {
		for _, e := range p.bound.typ.Derive[:before] {
			if !contains(names, e.Name) {
				names = append(names, e.Name)
			}
		}
	}
	for _, name := range names {
		if uses(sql, name) {
			from = p.follow(name, before, from)
		}
	}
	return from
}
