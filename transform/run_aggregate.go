package transform

import (
	"context"
	"fmt"
	"strings"

	"github.com/kalpafall/df360/internal/unite"
)

// Bounds of a kept partial aggregate: one that is nearly as long as the rows
// themselves saves nothing.
const (
	smallState = 100000
	stateShare = 4
)

// ofAggregate reports whether a step belongs to the aggregate.
func (r *runner) ofAggregate(name string) bool {
	return strings.HasPrefix(name, viewPartial) || strings.HasPrefix(name, "new_"+viewPartial) || name == viewAggregate
}

// aggregate makes the aggregate of what was written, and of what was processed
// before: from its kept parts, or from its rows.
func (r *runner) aggregate(ctx context.Context, dirs Dirs, res *Result) error {
	others := r.Before
	if r.State != nil {
		others = nil
	}
	rel, err := res.Main.Relation(len(r.Type.Parts), others...)
	if err != nil {
		return fmt.Errorf("read processed rows: %w", err)
	}
	out, state, err := makeAggregate(ctx, r, rel, len(others)+len(res.Main.Files), dirs)
	res.Aggregate, res.State = out, state
	return err
}

// Aggregate makes the aggregate of processed files, which may be none.
func Aggregate(ctx context.Context, e Engine, t *Type, processed *unite.Relation, files int, dirs Dirs) (*Written, []*Written, error) {
	plan := &Plan{bound: &bound{typ: t}, judged: map[string][]judged{}}
	for _, c := range processed.Columns {
		plan.columns = append(plan.columns, c.Name)
	}
	if err := plan.addAggregate(Options{}); err != nil {
		return nil, nil, err
	}
	r := &runner{Job: Job{Type: t}, e: e, plan: plan}
	return makeAggregate(ctx, r, processed, files, dirs)
}

func makeAggregate(ctx context.Context, r *runner, rel *unite.Relation, files int, dirs Dirs) (out *Written, state []*Written, err error) {
	all := make([]int, files)
	for i := range all {
		all[i] = i
	}
	r.tell(viewAggregate)
	if err := r.e.Register(ctx, viewWritten, Source{Relation: rel, Files: all}); err != nil {
		return nil, nil, fmt.Errorf("read processed rows: %w", err)
	}
	for _, s := range r.plan.Steps {
		if !r.ofAggregate(s.Name) {
			continue
		}
		if err := r.e.Step(ctx, s); err != nil {
			return nil, nil, fmt.Errorf("compute %s: %w", s.Name, err)
		}
	}
	w := Write{View: viewAggregate, OrderBy: r.Type.Agg.OrderBy, Empty: true}
	if out, err = r.write(ctx, dirs, AggregateOutput, w); err != nil {
		return nil, nil, err
	}
	state, err = r.state(ctx, dirs)
	return out, state, err
}

// state writes the partial aggregates, if they are worth keeping.
func (r *runner) state(ctx context.Context, dirs Dirs) ([]*Written, error) {
	var parts, rows int64
	if err := r.e.Scalar(ctx, "SELECT count(*) FROM "+viewWritten, &rows); err != nil {
		return nil, fmt.Errorf("count processed rows: %w", err)
	}
	for _, view := range r.plan.agg.partials {
		var n int64
		if err := r.e.Scalar(ctx, "SELECT count(*) FROM "+view, &n); err != nil {
			return nil, fmt.Errorf("count the partial aggregate: %w", err)
		}
		parts += n
	}
	if parts > smallState && parts > rows/stateShare && r.State == nil {
		return nil, nil
	}
	var out []*Written
	for _, view := range r.plan.agg.partials {
		w, err := r.write(ctx, dirs, StateOutput, Write{View: view, File: view, Empty: true})
		if err != nil {
			return nil, err
		}
		out = append(out, w)
	}
	return out, nil
}

// validate names every step of the plan as a view, so that the engine checks
// all SQL before anything is computed. An error that comes from an expression
// of the type file names it.
func (r *runner) validate(ctx context.Context) error {
	for _, s := range r.plan.Steps {
		if r.ofAggregate(s.Name) {
			continue
		}
		if err := r.e.Step(ctx, Step{Name: s.Name, SQL: s.SQL}); err != nil {
			return r.blame(ctx, s.Name, err)
		}
		if s.Name == viewInput {
			if err := r.checkRules(ctx); err != nil {
				return err
			}
		}
	}
	if !r.Aggregate {
		return nil
	}
	items := strings.Join(quoteAll(r.plan.columns), ", ")
	if err := r.e.Step(ctx, Step{Name: viewWritten, SQL: "SELECT " + items + " FROM " + viewProcessed}); err != nil {
		return fmt.Errorf("check the aggregate: %w", err)
	}
	for _, s := range r.plan.Steps {
		if !r.ofAggregate(s.Name) {
			continue
		}
		if err := r.e.Step(ctx, Step{Name: s.Name, SQL: s.SQL}); err != nil {
			return r.blame(ctx, s.Name, err)
		}
	}
	return nil
}
