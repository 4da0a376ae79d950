package transform

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/sqltype"
	"github.com/kalpafall/df360/internal/unite"
)

// judged is an expression of the type file with the view that it is over.
type judged struct {
	what string // rule, replace, derive, measure
	expr Expr
	sql  string
	from string
}

// viewCheck is a view for looking at expressions.
const viewCheck = "df360_check"

// checkRules finds rules that the engine does not understand, or that are no
// conditions.
func (r *runner) checkRules(ctx context.Context) error {
	b := r.plan.bound
	if len(b.rules) == 0 {
		return nil
	}
	items := make([]string, len(b.rules))
	for i, rl := range b.rules {
		items[i] = fmt.Sprintf("(%s) AS df360_%d", rl.sql, i+1)
	}
	columns, err := r.expressions(ctx, strings.Join(items, ", "))
	if err != nil {
		return r.blameRules(ctx, err)
	}
	var problems []string
	for i, c := range columns {
		e := named(b.typ.Rules, b.rules[i].name)
		if t, err := sqltype.Parse(c.Type); e != nil && (err != nil || t.Kind != sqltype.Boolean && t.Kind != sqltype.Null) {
			problems = append(problems, fmt.Sprintf("%s:%d: rule %s: a condition expected, this is %s", b.typ.File, e.Line, e.Name, c.Type))
		}
	}
	return wrongType(problems)
}

// expressions are the types of expressions over the input.
func (r *runner) expressions(ctx context.Context, items string) ([]unite.Column, error) {
	if err := r.e.Step(ctx, Step{Name: viewCheck, SQL: "SELECT " + items + " FROM " + viewInput}); err != nil {
		return nil, err
	}
	return r.e.Columns(ctx, viewCheck)
}

// blameRules finds the rules that the engine does not understand.
func (r *runner) blameRules(ctx context.Context, cause error) error {
	if stop := foreign(cause); stop != nil {
		return stop
	}
	var problems []string
	for _, rl := range r.plan.bound.rules {
		e := named(r.plan.bound.typ.Rules, rl.name)
		if e == nil {
			continue // a rule of a cast, which is made here
		}
		columns, err := r.expressions(ctx, "("+rl.sql+") AS v")
		if err != nil {
			problems = append(problems, problem(r.plan.bound.typ, judged{"rule", *e, rl.sql, viewInput}, err))
		} else if columns[0].Type != string(sqltype.Boolean) {
			problems = append(problems, fmt.Sprintf("%s:%d: rule %s: a condition expected, this is %s", r.plan.bound.typ.File, e.Line, e.Name, columns[0].Type))
		}
	}
	if len(problems) == 0 {
		return fmt.Errorf("check rules: %w", cause)
	}
	return wrongType(problems)
}

// blame finds the expressions that make a step fail; where none does, the
// error is the plan's own.
func (r *runner) blame(ctx context.Context, step string, err error) error {
	if stop := foreign(err); stop != nil {
		return stop
	}
	var problems []string
	for _, j := range r.plan.judged[step] {
		query := fmt.Sprintf("SELECT %s AS v FROM %s", j.sql, j.from)
		if j.what == "measure" { // beside an aggregate, what is none fails
			query = fmt.Sprintf("SELECT %s AS v, count(*) AS n FROM %s", j.sql, j.from)
		}
		if err := r.e.Step(ctx, Step{Name: viewCheck, SQL: query}); err != nil {
			problems = append(problems, problem(r.plan.bound.typ, j, err))
		}
	}
	if len(problems) == 0 {
		return fmt.Errorf("check step %s: %w", step, err)
	}
	return wrongType(problems)
}

// foreign is an error that no expression can be blamed for; nil where one may.
func foreign(err error) error {
	if code := fault.CodeOf(err); code != fault.Internal {
		return err
	}
	return nil
}

func problem(t *Type, j judged, err error) string {
	return fmt.Sprintf("%s:%d: %s %s: %s", t.File, j.expr.Line, j.what, j.expr.Name, firstLine(err))
}

// firstLine is what the engine says, without the excerpt of SQL that it shows,
// which is not the user's.
func firstLine(err error) string {
	said, _, _ := strings.Cut(err.Error(), "\n\nLINE")
	return strings.Join(strings.Fields(said), " ")
}

func wrongType(problems []string) error {
	if len(problems) == 0 {
		return nil
	}
	return fault.New(fault.Config, "%s", strings.Join(problems, "\n")).
		WithHint("docs/transform.md lists the functions that expressions may call")
}

// explain gives an error of the engine while it computes its kind: it comes
// from values that an expression does not take.
func (r *runner) explain(err error) error {
	if errors.Is(err, ErrOvertaken) || foreign(err) != nil {
		return err
	}
	return fault.New(fault.Schema, "transform %s as %s: %w", r.Input, r.Type.Name, err).
		WithHint("a value does not fit an expression of the type: test texts with rlike before a cast, or use try_cast")
}
