package main

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kalpafall/df360/ingest"
	"github.com/kalpafall/df360/ingest/columns"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/nearest"
	"github.com/kalpafall/df360/lake"
)

func newIngestCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ingest",
		Short: "takes rows from files, REST APIs and Kafka into the raw layer, every row once",
		Example: `  df360 ingest file orders/*.csv --dataset orders
  df360 lake query "select _reason, count(*) from raw.orders_rejected group by 1"`,
	}
	cmd.AddCommand(ingestCommands(a)...)
	return cmd
}

// ingestCommands are the sources, in the order of the help.
func ingestCommands(a *app) []*cobra.Command {
	return []*cobra.Command{
		newIngestFileCmd(a),
		newIngestAPICmd(a),
		newIngestKafkaCmd(a),
		newIngestReplayCmd(a),
	}
}

// ingestFlags are the flags that all sources have.
type ingestFlags struct {
	dataset    string
	schema     string
	onNew      string
	onBad      string
	maxRejects string
	maxField   sizeValue
	bound      ingest.Bound
	declared   []columns.Field
}

// addIngestFlags puts them on a command.
func (a *app) addIngestFlags(cmd *cobra.Command, f *ingestFlags) {
	flags := cmd.Flags()
	flags.StringVar(&f.dataset, "dataset", "", "`NAME` of the dataset in the raw layer")
	flags.StringVar(&f.schema, "schema", "", "YAML `FILE` with columns: and their types (default: found from all rows of the first commit)")
	flags.StringVar(&f.onNew, "on-new-column", string(ingest.Add), "what to do with a column that the dataset does not have: add, ignore or fail")
	topic(cmd, "Dataset", "dataset", "schema", "on-new-column")
	flags.StringVar(&f.onBad, "on-bad-row", onBadReject, "what to do with a row that does not fit: reject (into NAME_rejected) or fail")
	flags.StringVar(&f.maxRejects, "max-rejects", "", "fail a commit with more rejected rows than this `LIMIT`: 100 or 2%")
	f.maxField = sizeValue{text: "16MiB", bytes: 16 << 20}
	flags.Var(&f.maxField, "max-field", "reject rows with a longer text")
	topic(cmd, "Bad rows", "on-bad-row", "max-rejects", "max-field")
	a.complete(cmd, "on-new-column", ingest.Policies()...)
	a.complete(cmd, "on-bad-row", onBadReject, onBadFail)
	exits(cmd, exitPartial, exitChecks)
}

// The values of --on-bad-row.
const (
	onBadReject = "reject"
	onBadFail   = "fail"
)

// settle checks the flags and reads the files that they name.
func (f *ingestFlags) settle(a *app) error {
	var problems []error
	oneOf := func(flag, value string, have ...string) {
		if slices.Contains(have, value) {
			return
		}
		err := fault.New(fault.Usage, "--%s %q is none of %s", flag, value, strings.Join(have, ", "))
		if near := nearest.Of(value, have); near != "" {
			err = err.WithHint("did you mean --%s %s?", flag, near)
		}
		problems = append(problems, err)
	}
	oneOf("on-new-column", f.onNew, ingest.Policies()...)
	oneOf("on-bad-row", f.onBad, onBadReject, onBadFail)
	if f.maxRejects != "" {
		var err error
		if f.bound, err = ingest.ParseBound(f.maxRejects); err != nil {
			problems = append(problems, fmt.Errorf("--max-rejects: %w", err))
		}
	}
	if f.schema != "" {
		var err error
		if f.declared, err = a.declaredColumns(f.schema); err != nil {
			problems = append(problems, err)
		}
	}
	if len(problems) == 0 {
		return nil
	}
	if len(problems) == 1 {
		return problems[0]
	}
	return fault.New(fault.CodeOf(problems[0]), "%w", errors.Join(problems...))
}

// ref is the dataset.
func (f *ingestFlags) ref() (lake.Ref, error) {
	ref, err := lake.ParseRef(f.dataset, lake.Raw)
	switch {
	case err != nil:
		return ref, err
	case ref.Layer != lake.Raw:
		return ref, fault.New(fault.Usage, "--dataset %s: what is ingested goes to the raw layer", f.dataset).
			WithHint("--dataset %s", ref.Name)
	}
	return ref, lake.CheckMainName(ref.Name)
}

// options are those of the loop.
func (f *ingestFlags) options(a *app) ingest.Options {
	threads, memory := a.workers()
	return ingest.Options{
		Declared: f.declared, OnNew: ingest.Policy(f.onNew), FailOnReject: f.onBad == onBadFail, MaxRejects: f.bound,
		MaxField: f.maxField.bytes, Threads: threads, MemoryLimit: memory,
		Zstd: a.settings.Compression == "zstd", Log: a.log,
	}
}

// gcPercent is how much garbage may gather beside what is in use.
const gcPercent = 50

// ingestRun is one run of a source into a dataset.
type ingestRun struct {
	name   string // of the command: "ingest file"
	ref    lake.Ref
	store  *ingestStore
	report ingest.Report
}

// ingest runs the loop. What was committed is there beside an error, too.
func (a *app) ingest(ctx context.Context, name string, ref lake.Ref, l *lake.Lake, source ingest.Source, o ingest.Options) (*ingestRun, error) {
	return a.ingestInto(ctx, name, &ingestStore{l: l, ref: ref, version: -1}, source, o)
}

func (a *app) ingestInto(ctx context.Context, name string, store *ingestStore, source ingest.Source, o ingest.Options) (*ingestRun, error) {
	// Rows are large buffers that are soon garbage: collecting twice as often costs a
	// few percent, and saves a third of the memory.
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercent))
	r := &ingestRun{name: name, ref: store.ref, store: store}
	store.source = source.Name()
	var err error
	r.report, err = ingest.Run(ctx, r.store, source, o)
	if errors.Is(err, context.Canceled) && context.Cause(ctx) != nil {
		err = context.Cause(ctx)
	}
	return r, err
}

// summary is what the run did to the dataset.
func (r *ingestRun) summary() (dataSummary, []datasetResult) {
	if len(r.store.records) == 0 {
		return nothingNew(r.ref, r.store.version)
	}
	return committed(r.ref, r.store.records...)
}

// closing is the closing line, behind what the user should know of columns and of
// rejected rows.
func (r *ingestRun) closing(a *app, s dataSummary) string {
	var lines []string
	for i, f := range r.report.Renamed {
		if i == maxRenames {
			lines = append(lines, "… and other columns: df360 lake show raw."+r.ref.Name)
			break
		}
		lines = append(lines, fmt.Sprintf("column %q is called %s", f.Key, f.Name))
	}
	line := a.closing(r.name, s)
	if s.RowsRejected > 0 && len(r.report.Rejects) > 0 {
		lines = append(lines, fmt.Sprintf("rejected, see raw.%s%s; the first is %s", r.ref.Name, lake.RejectedSuffix, r.report.Rejects[0].Why()))
	}
	var alters []string
	for _, column := range sortedNames(r.report.Wants) {
		alters = append(alters, fmt.Sprintf("df360 lake alter raw.%s --column %s --type '%s'", r.ref.Name, column, r.report.Wants[column].Type))
	}
	if len(alters) > 0 {
		line += "; to take in rejected rows: " + strings.Join(alters, ", ") + ", then df360 ingest replay --dataset " + r.ref.Name
	}
	return strings.Join(append(lines, line), "\n")
}

// maxRenames is how many renamed columns are told of.
const maxRenames = 10

// behindCommits is an error of a run that has committed something before.
func (r *ingestRun) behindCommits(err error) error {
	switch fault.CodeOf(err) {
	case fault.ChecksFailed, fault.Interrupted, fault.Conflict, fault.Internal, fault.Partial, "":
		return err
	default:
	}
	if len(r.store.records) == 0 {
		return err
	}
	partial := fault.New(fault.Partial, "the rows before it are committed: %w", err)
	if hint := fault.Hint(err); hint != "" {
		return partial.WithHint("%s", hint)
	}
	return partial
}
