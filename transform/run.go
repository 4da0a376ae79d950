package transform

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/unite"
)

// Job is one run of a type over rows.
type Job struct {
	Type *Type
	// Input is what errors call the input ("raw.transactions_fake").
	Input string
	// New are the rows to transform.
	New Source
	// Old are older rows that new ones may repeat; nil is none. Its relation is
	// New's.
	Old *Source
	// Dates limits the job to partitions; nil does not.
	Dates *Dates
	// Rejected are the rejected rows of older commits, for a job that is
	// limited to Dates; nil is none.
	Rejected *Source
	// Aggregate makes the aggregate, too.
	Aggregate bool
	// State are the kept partial aggregates of the rows that were processed
	// before, as Result.State had them; nil is none.
	State []Source
	// Before are the processed rows that stay: what the aggregate covers beside
	// the new ones, where there is no State.
	Before []unite.File
	// Fresh: the datasets begin anew, so each has a file even without rows.
	Fresh bool
	// Stamp is the value of _processed_timestamp.
	Stamp time.Time
	// Tell is called with what is being done; nil is nobody.
	Tell func(what string)
}

// Names of what a job writes, as Dirs is asked for them.
const (
	MainOutput      = ""
	RejectedOutput  = "rejected"
	AggregateOutput = "agg"
	StateOutput     = "state"
)

// Dirs gives the folder to write an output into.
type Dirs func(output string) (string, error)

// Result is what a job has written. Read = Main.Rows + Rejected + Duplicates.
type Result struct {
	Read, Rejected, Duplicates int64
	Main, RejectedFiles        *Written
	Aggregate                  *Written   // nil: none was asked for
	State                      []*Written // nil: there is none to keep
}

// ErrOvertaken says that a new row takes the place of one that was processed
// before, so that the rows must be processed again from the beginning.
var ErrOvertaken = errors.New("a new row takes the place of an older one")

// runner is a job under way.
type runner struct {
	Job
	e    Engine
	plan *Plan
}

// Prepare registers the input, makes the plan and checks its SQL, without
// computing anything.
func Prepare(ctx context.Context, e Engine, j Job) (*Plan, error) {
	r, err := prepare(ctx, e, j)
	if err != nil {
		return nil, err
	}
	return r.plan, nil
}

func prepare(ctx context.Context, e Engine, j Job) (*runner, error) {
	r := &runner{Job: j, e: e}
	o := Options{
		Input: j.Input, Columns: j.New.Relation.Columns, Old: j.Old != nil, Dates: j.Dates,
		Aggregate: j.Aggregate, State: j.State != nil, Stamp: j.Stamp,
	}
	b, err := bind(j.Type, o.Input, o.Columns, o.Aggregate)
	if err != nil {
		return nil, err
	}
	raw := viewRaw
	if j.Dates != nil {
		raw = viewAll
	}
	sources := map[string]*Source{raw: &j.New, viewOld: j.Old, viewRejectedFiles: j.Rejected}
	for i := range j.State {
		sources[stateView(i)] = &j.State[i]
	}
	for _, view := range sortedKeys(sources) {
		if sources[view] == nil {
			continue
		}
		if err := e.Register(ctx, view, *sources[view]); err != nil {
			return nil, fmt.Errorf("read %s: %w", view, err)
		}
	}
	if j.Dates == nil { // the sample is of what the plan reads first
		if o.Key, err = chooseKey(ctx, e, b); err != nil {
			return nil, err
		}
	}
	if j.Rejected != nil {
		o.Rejected = j.Rejected.Relation.Columns
	}
	if r.plan, err = Compile(j.Type, o); err != nil {
		return nil, err
	}
	r.reads(raw)
	return r, r.validate(ctx)
}

// stateView is the view of the i-th kept partial aggregate.
func stateView(i int) string {
	if i == 0 {
		return viewState
	}
	return fmt.Sprintf("%s_%d", viewState, i)
}

// reads lists what the plan reads.
func (r *runner) reads(raw string) {
	r.plan.Reads = []Read{{raw, len(r.New.Files), r.New.Rows}}
	if r.Old != nil {
		r.plan.Reads = append(r.plan.Reads, Read{viewOld, len(r.Old.Files), r.Old.Rows})
	}
	if r.Rejected != nil {
		r.plan.Reads = append(r.plan.Reads, Read{viewRejectedFiles, len(r.Rejected.Files), r.Rejected.Rows})
	}
	for i, s := range r.State {
		r.plan.Reads = append(r.plan.Reads, Read{stateView(i), len(s.Files), s.Rows})
	}
	if r.Aggregate && r.State == nil && len(r.Before) > 0 {
		r.plan.Reads = append(r.plan.Reads, Read{View: viewWritten, Files: len(r.Before)})
	}
}

// Run does a job. Nothing that it writes counts before the caller commits it.
func Run(ctx context.Context, e Engine, j Job, dirs Dirs) (*Result, error) {
	r, err := prepare(ctx, e, j)
	if err != nil {
		return nil, err
	}
	res, err := r.run(ctx, dirs)
	if err != nil {
		return nil, r.explain(err)
	}
	return res, nil
}

func (r *runner) run(ctx context.Context, dirs Dirs) (*Result, error) {
	if err := r.compute(ctx); err != nil {
		return nil, err
	}
	res := &Result{}
	if q := r.plan.dedupe.overtaken; q != "" {
		var n int64
		if err := r.e.Scalar(ctx, q, &n); err != nil {
			return nil, fmt.Errorf("look for rows that replace others: %w", err)
		}
		if n > 0 {
			return nil, ErrOvertaken
		}
	}
	split, err := r.plan.split()
	if err != nil {
		return nil, err
	}
	if r.Dates != nil { // raw is no registered view then
		split = nil
	}
	main := Write{View: viewProcessed, PartitionBy: r.Type.Parts, Split: split, Empty: r.Fresh}
	if res.Main, err = r.write(ctx, dirs, MainOutput, main); err != nil {
		return nil, err
	}
	rejected := Write{View: r.plan.Writes[1].View, Empty: r.Fresh || r.Dates != nil}
	if res.RejectedFiles, err = r.write(ctx, dirs, RejectedOutput, rejected); err != nil {
		return nil, err
	}
	if err := r.count(ctx, res); err != nil {
		return nil, err
	}
	if r.Aggregate {
		err = r.aggregate(ctx, dirs, res)
	}
	return res, err
}

// compute makes the tables of the plan.
func (r *runner) compute(ctx context.Context) error {
	for _, s := range r.plan.Steps {
		if !s.Keep || r.ofAggregate(s.Name) {
			continue
		}
		r.tell(s.Name)
		if err := r.e.Step(ctx, s); err != nil {
			return fmt.Errorf("compute %s: %w", s.Name, err)
		}
	}
	return nil
}

func (r *runner) write(ctx context.Context, dirs Dirs, output string, w Write) (*Written, error) {
	var err error
	if w.Dir, err = dirs(output); err != nil {
		return nil, err
	}
	r.tell("write " + w.View)
	out, err := r.e.Write(ctx, w)
	if err != nil {
		return nil, fmt.Errorf("write %s rows: %w", w.View, err)
	}
	return out, nil
}

// count holds what was written against what was read.
func (r *runner) count(ctx context.Context, res *Result) error {
	if err := r.e.Scalar(ctx, "SELECT count(*) FROM "+viewRaw, &res.Read); err != nil {
		return fmt.Errorf("count the input: %w", err)
	}
	if r.Dates == nil && res.Read != r.New.Rows {
		return fault.New(fault.Corrupt, "%s has %d rows, its files say %d", r.Input, res.Read, r.New.Rows)
	}
	res.Rejected = res.RejectedFiles.Rows
	if r.plan.Writes[1].View == viewAllRejected {
		var before int64
		if err := r.e.Scalar(ctx, "SELECT count(*) FROM "+viewRejectedBefore, &before); err != nil {
			return fmt.Errorf("count rejected rows: %w", err)
		}
		res.Rejected -= before
	}
	if q := r.plan.dedupe.duplicates; q != "" {
		if err := r.e.Scalar(ctx, q, &res.Duplicates); err != nil {
			return fmt.Errorf("count duplicates: %w", err)
		}
	}
	if res.Read != res.Main.Rows+res.Rejected+res.Duplicates {
		return fault.New(fault.Internal, "%s: %d rows were read, but %d written, %d rejected and %d are duplicates: nothing was committed",
			r.Input, res.Read, res.Main.Rows, res.Rejected, res.Duplicates)
	}
	return nil
}

func (r *runner) tell(what string) {
	if r.Tell != nil {
		r.Tell(what)
	}
}
