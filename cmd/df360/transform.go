package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/nearest"
	"github.com/kalpafall/df360/lake"
	"github.com/kalpafall/df360/transform"
)

// transformSource is the source of processed rows, in commits and file names.
const transformSource = "transform"

// transformFlags are the flags of transform, as they were given.
type transformFlags struct {
	dataset   string
	typ       string
	aggregate bool
	full      bool
	engine    string
	emitSQL   bool
	date      string
	dates     *transform.Dates // of date
}

func newTransformCmd(a *app) *cobra.Command {
	f := &transformFlags{}
	cmd := &cobra.Command{
		Use:   "transform --dataset NAME",
		Short: "cleans a raw dataset: drops duplicates, applies a type's rules, derives columns, aggregates",
		Long: `Reads raw.NAME and commits processed.NAME, the rows that pass the rules of a type, with
NAME_rejected, those that fail one, and with --aggregate NAME_agg, in one commit. Only
raw commits that came since the last run are read, and the result is the same as if
everything had been: nothing new is a success that writes nothing.

A type is a file: users, transactions, logs and generic are built in, others lie in
types/NAME.yaml beside df360.yaml. Without --type the dataset's last one is used.`,
		Example: `  df360 transform --dataset transactions_fake --type transactions --aggregate
  df360 transform --dataset transactions_fake
  df360 transform --dataset orders --type ./types/orders.yaml --dry-run`,
		Args: arguments(0, 0, "no arguments"),
	}
	cmd.RunE = a.command("transform", func(ctx context.Context, _ []string) (*outcome, error) {
		if err := require(cmd, "dataset"); err != nil {
			return nil, err
		}
		if err := f.settle(cmd); err != nil {
			return nil, err
		}
		return a.runTransform(ctx, f)
	})
	f.add(a, cmd)
	a.lakeFlags(cmd)
	a.writeFlags(cmd)
	a.engineFlags(cmd)
	a.progressFlag(cmd)
	return cmd
}

// engines are the values of --engine.
func engines() []string { return []string{"auto", "duckdb"} }

func (f *transformFlags) add(a *app, cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.dataset, "dataset", "", "the raw `NAME` (processed has the same)")
	flags.StringVar(&f.typ, "type", "", "`TYPE` of the rows: a name, or a file (default the last one)")
	flags.BoolVar(&f.aggregate, "aggregate", false, "make NAME_agg, too")
	flags.BoolVar(&f.full, "full", false, "transform all rows again")
	flags.StringVar(&f.date, "date", "", "only the partitions of these days, as in `2026-11-01..2026-11-30`")
	flags.BoolVar(&f.emitSQL, "emit-sql", false, "print the SQL of a full run, write nothing")
	flags.StringVar(&f.engine, "engine", "auto", "what runs the SQL: duckdb, or auto, which is duckdb where nothing else is there")
	topic(cmd, topicEngine, "engine")
	a.complete(cmd, "engine", engines()...)
	a.complete(cmd, "type", transform.Builtins()...)
}

func (f *transformFlags) settle(cmd *cobra.Command) error {
	if !contains(engines(), f.engine) {
		err := fault.New(fault.Usage, "there is no engine %q", f.engine)
		if near := nearest.Of(f.engine, engines()); near != "" {
			return err.WithHint("did you mean --engine %s?", near)
		}
		return err.WithHint("the engines are auto and duckdb")
	}
	if cmd.Flags().Changed("type") && f.typ == "" {
		return fault.New(fault.Usage, "--type is empty")
	}
	if cmd.Flags().Changed("date") {
		if f.full {
			return fault.New(fault.Usage, "--full and --date contradict each other")
		}
		var err error
		if f.dates, err = transform.ParseDates(f.date); err != nil {
			return err
		}
	}
	return nil
}

// refs are the input and the output of a dataset.
func (f *transformFlags) refs() (raw, processed lake.Ref, err error) {
	raw, err = lake.ParseRef(f.dataset, lake.Raw)
	switch {
	case err != nil:
		return raw, processed, err
	case raw.Layer != lake.Raw:
		return raw, processed, fault.New(fault.Usage, "--dataset %s: a transform reads the raw layer", f.dataset).
			WithHint("--dataset %s", raw.Name)
	}
	return raw, lake.Ref{Layer: lake.Processed, Name: raw.Name}, lake.CheckMainName(raw.Name)
}

// conflictTries is how often a transform begins again behind another one.
const conflictTries = 3

func (a *app) runTransform(ctx context.Context, f *transformFlags) (*outcome, error) {
	raw, processed, err := f.refs()
	if err != nil {
		return nil, err
	}
	l, err := a.openLake("transform")
	if err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		t := &transformRun{a: a, f: f, l: l, raw: raw, processed: processed}
		out, err := t.run(ctx)
		if fault.CodeOf(err) != fault.Conflict || try == conflictTries || ctx.Err() != nil {
			return out, err
		}
		a.log.Info("begin again", "reason", err)
	}
}

// run looks at what there is, and does what is to be done.
func (t *transformRun) run(ctx context.Context) (*outcome, error) {
	if err := t.look(ctx, nil); err != nil {
		return nil, err
	}
	switch {
	case t.f.emitSQL, t.a.dryRun:
		return t.show(ctx)
	case t.decision.Mode == transform.Nothing:
		return t.nothing(), nil
	}
	return t.commit(ctx)
}

// nothing is the outcome where the input has nothing new.
func (t *transformRun) nothing() *outcome {
	s, r := nothingNew(t.processed, t.base.Version)
	return &outcome{Summary: s, Result: r, Closing: t.a.closing("transform", s)}
}

// commit does the work and commits it.
func (t *transformRun) commit(ctx context.Context) (out *outcome, err error) {
	txn, err := t.l.Begin(ctx, t.processed)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, txn.Abort()) }()
	if err := t.look(ctx, txn.Base()); err != nil { // another run may have come first
		return nil, err
	}
	if t.decision.Mode == transform.Nothing {
		return t.nothing(), nil
	}
	t.a.log.Info("transform", "mode", t.decision.Mode, "why", t.decision.Why, "type", t.typ.Name)
	record, err := t.work(ctx, txn)
	switch {
	case errors.Is(err, lake.ErrAlreadyDone):
		return t.nothing(), nil
	case record == nil:
		return nil, err
	}
	s, r := committed(t.processed, record)
	closing := t.a.closing("transform", s)
	if t.decision.Mode == transform.OnlyAggregate {
		closing = t.caughtUp(record)
	}
	return &outcome{Summary: s, Result: r, Closing: closing}, err
}

// caughtUp is the closing line of a run that only brought the aggregate up to
// date.
func (t *transformRun) caughtUp(r *lake.Record) string {
	name := t.processed.Name + lake.AggregateSuffix
	return fmt.Sprintf("transform %s: nothing new, %s brought up to date with %s → processed v%d (%s)", t.processed.Name,
		name, plural(r.Totals[name].Rows, "row"), r.Version, seconds(t.a.elapsed()))
}
