package transform

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/sqltype"
	"github.com/kalpafall/df360/internal/unite"
)

// bound is a type matched with the columns of its input.
type bound struct {
	typ     *Type
	input   []unite.Column
	columns []boundColumn
	missing []Column // optional columns that the input lacks but expressions use
	rules   []rule   // those of casts first, then the type's, in their order
}

// boundColumn is a column of the input.
type boundColumn struct {
	name string
	typ  *sqltype.Type
	cast cast
	raw  string // the name that keeps the value before the cast
}

// rule is a condition that rows must meet.
type rule struct {
	name string
	sql  string // over the input after casts
	// unless is true for rows that the rule says nothing about, since a column
	// in it could not be cast; "" is none.
	unless string
}

// bind matches a type with its input. What is wrong with the input is an error
// of kind schema that names all of it. input is what errors call it.
func bind(t *Type, input string, columns []unite.Column, aggregate bool) (*bound, error) {
	if aggregate && t.Agg == nil {
		return nil, fault.New(fault.Usage, "type %s has no aggregate", t.Name).
			WithHint("leave --aggregate out, or give the type an aggregate of its own")
	}
	b := &bound{typ: t, input: columns}
	problems := b.unnamed(columns)
	for _, c := range columns {
		bc, problem, err := b.column(c)
		if err != nil {
			return nil, err
		}
		if problem != "" {
			problems = append(problems, problem)
		}
		b.columns = append(b.columns, bc)
	}
	problems = append(problems, b.absent(columns, aggregate)...)
	if len(problems) > 0 {
		return nil, fault.New(fault.Schema, "%s does not fit type %s: %s", input, t.Name, strings.Join(problems, "; ")).
			WithHint("%s", haveColumns(input, columns))
	}
	if len(b.output()) == 0 {
		return nil, fault.New(fault.Schema, "type %s leaves no column of %s", t.Name, input).
			WithHint("%s", haveColumns(input, columns))
	}
	return b, b.addRules()
}

func haveColumns(input string, columns []unite.Column) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	return input + " has the columns " + strings.Join(names, ", ")
}

func (b *bound) column(c unite.Column) (bc boundColumn, problem string, err error) {
	bc = boundColumn{name: c.Name, raw: c.Name}
	if bc.typ, err = sqltype.Parse(c.Type); err != nil {
		return bc, "", fmt.Errorf("column %s: %w", c.Name, err)
	}
	want := b.typ.column(c.Name)
	if want == nil {
		return bc, "", nil
	}
	var ok bool
	if bc.cast, ok = castOf(c.Name, bc.typ, *want); !ok {
		return bc, fmt.Sprintf("column %s is %s, not %s", c.Name, c.Type, want.Kind), nil
	}
	if bc.cast.sql != "" {
		bc.raw = b.free("df360_raw_" + c.Name)
	}
	return bc, "", nil
}

// unnamed lists columns of the input without a name, and columns that rows are
// compared by which the input does not have.
func (b *bound) unnamed(columns []unite.Column) []string {
	var problems []string
	have := func(name string) bool {
		return slices.ContainsFunc(columns, func(c unite.Column) bool { return strings.EqualFold(c.Name, name) })
	}
	if have("") {
		problems = append(problems, "a column has no name")
	}
	for _, key := range b.typ.Dedupe.Keys {
		if !have(key) {
			problems = append(problems, "column "+key+", a key of dedupe, is missing")
		}
	}
	for _, o := range b.typ.Dedupe.Order {
		if !have(o.Column) {
			problems = append(problems, "column "+o.Column+", which dedupe orders by, is missing")
		}
	}
	return problems
}

// free is name, made longer until no input column has it.
func (b *bound) free(name string) string {
	for slices.ContainsFunc(b.input, func(c unite.Column) bool { return strings.EqualFold(c.Name, name) }) {
		name += "_"
	}
	return name
}

// absent lists required columns that are not there, and remembers optional
// ones that expressions use: those are NULL.
func (b *bound) absent(columns []unite.Column, aggregate bool) []string {
	var problems []string
	for _, want := range b.typ.Columns {
		there := slices.ContainsFunc(columns, func(c unite.Column) bool { return strings.EqualFold(c.Name, want.Name) })
		switch {
		case there:
		case want.Required == Always:
			problems = append(problems, "column "+want.Name+" is missing")
		case want.Required == ForAggregate && aggregate:
			problems = append(problems, "column "+want.Name+", which --aggregate needs, is missing")
		case b.uses(want.Name):
			b.missing = append(b.missing, want)
		}
	}
	return problems
}

// uses reports whether any expression but the measures mentions a column.
func (b *bound) uses(column string) bool {
	for _, e := range slices.Concat(b.typ.Rules, b.typ.Replace, b.typ.Derive) {
		if uses(e.SQL, column) {
			return true
		}
	}
	return false
}

// addRules makes the rules of casts, then the type's own.
func (b *bound) addRules() error {
	failed := map[string]string{} // by column: the condition that its cast failed
	for _, c := range b.columns {
		if c.cast.rule == "" {
			continue
		}
		fails := fmt.Sprintf("(%s is null and %s is not null)", quote(c.name), quote(c.raw))
		failed[c.name] = fails
		b.rules = append(b.rules, rule{name: b.typ.column(c.name).Name + "_" + c.cast.rule, sql: "not " + fails})
	}
	for _, e := range b.typ.Rules {
		sql, err := b.expand(e, "rule", nil)
		if err != nil {
			return err
		}
		r := rule{name: e.Name, sql: sql}
		var unless []string
		for _, c := range sortedKeys(failed) {
			if uses(e.SQL, c) {
				unless = append(unless, failed[c])
			}
		}
		r.unless = strings.Join(unless, " or ")
		b.rules = append(b.rules, r)
	}
	return nil
}

// expand replaces as_timestamp(column) in an expression by what reads that
// column as an instant. changed are columns that are no longer the input's.
func (b *bound) expand(e Expr, what string, changed []string) (string, error) {
	all := tokens(e.SQL)
	out, from := "", 0
	for i := 0; i+3 < len(all); i++ {
		if !all[i].is("as_timestamp") || !all[i+1].is("(") || !all[i+3].is(")") {
			continue
		}
		sql, err := b.instant(all[i+2].text, changed)
		if err != nil {
			return "", fault.New(fault.CodeOf(err), "%s:%d: %s %s: %w", b.typ.File, e.Line, what, e.Name, err)
		}
		out += e.SQL[from:all[i].start] + "(" + sql + ")"
		from = all[i+3].end
	}
	return out + e.SQL[from:], nil
}

func (b *bound) instant(column string, changed []string) (string, error) {
	if contains(changed, column) {
		return "", fault.New(fault.Config, "as_timestamp takes a column of the input, and %s is replaced or derived", column)
	}
	for _, c := range b.columns {
		if !strings.EqualFold(c.name, column) {
			continue
		}
		t := c.typ
		if c.cast.sql != "" {
			t = castType(*b.typ.column(column), t)
		}
		sql, ok := timestampOf(quote(c.name), t)
		if !ok {
			return "", fault.New(fault.Schema, "column %s is %s, which is no time", c.name, c.typ)
		}
		return sql, nil
	}
	for _, c := range b.missing {
		if strings.EqualFold(c.Name, column) {
			return "cast(null as timestamp)", nil
		}
	}
	return "", fault.New(fault.Config, "as_timestamp takes a column of the input, and there is no %s", column)
}

// castType is the type that a column has after its cast.
func castType(want Column, t *sqltype.Type) *sqltype.Type {
	switch want.Kind {
	case Decimal:
		return want.Elem
	case Any, Struct, List:
		return t
	default:
		return sqltype.Of(plainKinds()[want.Kind])
	}
}

// output are the columns of the input that the type does not drop.
func (b *bound) output() []string {
	var out []string
	for _, c := range b.columns {
		if !b.typ.drops(c.name) && !strings.EqualFold(c.name, stampColumn) {
			out = append(out, c.name)
		}
	}
	for _, e := range b.typ.Derive {
		out = append(out, e.Name)
	}
	return out
}
