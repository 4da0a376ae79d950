package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kalpafall/df360/fake"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/nearest"
	"github.com/kalpafall/df360/internal/table"
)

// fakeAll stands for all built-in datasets.
const fakeAll = "all"

// fakeFlags are the flags of fake, as they were given.
type fakeFlags struct {
	fake.Options
	seeded  bool // --seed was given
	rowsSet bool
	start   string
	dataset string
	format  string
	out     string
	force   bool
	truth   string
}

// shareValue is a flag whose value is a share.
type shareValue struct{ into *fake.Share }

// Set parses a share.
func (v *shareValue) Set(text string) (err error) {
	*v.into, err = fake.ParseShare(text)
	return err
}

// String is the share as a percentage; "" for none, which is the default.
func (v *shareValue) String() string {
	if v.into == nil || *v.into == 0 {
		return ""
	}
	return v.into.String()
}

// Type is what the help calls the value.
func (v *shareValue) Type() string { return "SHARE" }

func newFakeCmd(a *app) *cobra.Command {
	f := &fakeFlags{}
	cmd := &cobra.Command{
		Use:   "fake users|transactions|logs|all|FILE.yaml",
		Short: "makes up data: users with their transactions and logs, or any dataset that a file describes",
		Long: `Makes rows that look like real ones, by default into the lake: 1,000 users into
raw.users_fake, 5,000 transactions into raw.transactions_fake, 10,000 logs into
raw.logs_fake. Transactions and logs are of users that exist.

Without --seed every run adds other rows. With --seed the same arguments are the same
rows on every machine, and running them again into the lake is nothing new.`,
		Example: `  df360 fake all
  df360 fake transactions --rows 2000000 --seed 7 --late 5% --duplicates 1% --invalid 1% --truth truth.jsonl
  df360 fake logs --rows 100 --format jsonl --out -
  df360 fake orders.yaml --rows 10000`,
		Args: arguments(1, 1, "one dataset: users, transactions, logs, all, or a YAML file"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return append(fake.Names(), fakeAll), cobra.ShellCompDirectiveDefault
		},
	}
	cmd.RunE = a.command("fake", func(ctx context.Context, args []string) (*outcome, error) {
		f.seeded, f.rowsSet = cmd.Flags().Changed("seed"), cmd.Flags().Changed("rows")
		if err := f.settle(cmd); err != nil {
			return nil, err
		}
		return a.runFake(ctx, args[0], f)
	})
	f.add(a, cmd)
	a.lakeFlags(cmd)
	a.writeFlags(cmd)
	a.engineFlags(cmd)
	a.progressFlag(cmd)
	exits(cmd, exitPartial)
	return cmd
}

// add puts the flags on the command.
func (f *fakeFlags) add(a *app, cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.Int64Var(&f.Rows, "rows", 0, "`NUMBER` of distinct rows (default users 1000, transactions 5000, logs 10000)")
	flags.Uint64Var(&f.Seed, "seed", 0, "`NUMBER` that decides the rows (default random, and told)")
	flags.StringVar(&f.dataset, "dataset", "", "`NAME` of the dataset (default users_fake, ...; a file's own name)")
	flags.StringVar(&f.start, "start", "", "first `DAY` of the events (default 2025-01-01; users 2024-01-01)")
	flags.IntVar(&f.Days, "days", 0, "`NUMBER` of days they are spread over (default transactions 90, logs 7, users 366)")
	flags.Int64Var(&f.Users, "users", 0, "`NUMBER` of users that rows refer to (default 1000)")
	topic(cmd, "Data", "rows", "seed", "dataset", "start", "days", "users")
	for _, share := range []struct {
		name, usage string
		into        *fake.Share
	}{
		{"late", "rows whose time is well before that of their neighbours", &f.Faults.Late},
		{"duplicates", "exact copies, on top of --rows", &f.Faults.Duplicates},
		{"nulls", "rows in which one column is NULL", &f.Faults.Nulls},
		{"invalid", "rows in which one column breaks a rule of the type", &f.Faults.Invalid},
	} {
		flags.Var(&shareValue{share.into}, share.name, share.usage+", such as 5%")
		topic(cmd, "Fault", share.name)
	}
	flags.StringVar(&f.truth, "truth", "", "write a line of JSON for each fault into this `FILE`")
	topic(cmd, "Fault", "truth")
	flags.StringVar(&f.format, "format", "", "`FORMAT`: parquet, csv or jsonl (default parquet, or by the name of --out)")
	flags.StringVar(&f.out, "out", "", "write one `FILE` (- is stdout) instead of into the lake")
	flags.BoolVar(&f.force, "force", false, "write over files that are there")
	topic(cmd, "File", "format", "out", "force")
	a.complete(cmd, "format", fake.Formats()...)
}

// settle checks what can be checked without the dataset.
func (f *fakeFlags) settle(cmd *cobra.Command) error {
	changed := cmd.Flags().Changed
	switch {
	case f.rowsSet && f.Rows < 1:
		return fault.New(fault.Usage, "--rows must be at least 1")
	case changed("days") && f.Days < 1:
		return fault.New(fault.Usage, "--days must be at least 1")
	case changed("users") && f.Users < 1:
		return fault.New(fault.Usage, "--users must be at least 1")
	case changed("out") && f.out == "":
		return fault.New(fault.Usage, "--out is empty")
	case changed("truth") && f.truth == "":
		return fault.New(fault.Usage, "--truth is empty")
	}
	if f.start != "" {
		at, err := parseDay(f.start)
		if err != nil {
			return err
		}
		f.Start = at
	}
	if !f.seeded {
		f.Seed = randomSeed()
	}
	return f.settleFormat()
}

// parseDay reads a day in UTC.
func parseDay(text string) (time.Time, error) {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return at, fault.New(fault.Usage, "--start: %q is not a day", text).WithHint("write it as 2025-01-31")
	}
	return at, nil
}

// randomSeed is a seed that is short enough to be typed again.
func randomSeed() uint64 {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return uint64(binary.LittleEndian.Uint32(b[:]))
}

// settleFormat finds the format, and where rows go that are not for the lake.
func (f *fakeFlags) settleFormat() error {
	if f.format == "" && f.out != "" {
		switch strings.ToLower(filepath.Ext(f.out)) {
		case ".csv":
			f.format = string(fake.CSV)
		case ".jsonl", ".ndjson":
			f.format = string(fake.JSONLines)
		case ".parquet":
			f.format = string(fake.Parquet)
		default:
			return fault.New(fault.Usage, "--out %s does not tell the format", f.out).
				WithHint("add --format parquet, --format csv or --format jsonl")
		}
	}
	switch fake.Format(f.format) {
	case "":
		f.format = string(fake.Parquet)
	case fake.Parquet:
	case fake.CSV, fake.JSONLines:
		if f.out == "" {
			f.out = "-" // the lake takes Parquet only
		}
	default:
		err := fault.New(fault.Usage, "--format: %q is not one of parquet, csv, jsonl", f.format)
		if near := nearest.Of(f.format, fake.Formats()); near != "" {
			return err.WithHint("did you mean %s?", near)
		}
		return err
	}
	return nil
}

// fakeJob is one dataset to be made.
type fakeJob struct {
	table   *fake.Table
	dataset string // its name in the lake, in the truth and in results
	// progress is what a commit of it says: the arguments.
	progress fakeProgress
}

func (a *app) runFake(ctx context.Context, what string, f *fakeFlags) (*outcome, error) {
	if f.out == "-" && a.json {
		return nil, fault.New(fault.Usage, "--json and rows on stdout exclude each other").
			WithHint("name a file: --out rows.%s", f.format)
	}
	jobs, err := a.fakeJobs(ctx, what, f)
	if err != nil {
		return nil, err
	}
	if a.dryRun {
		return a.fakeDryRun(ctx, what, jobs, f)
	}
	if f.truth != "" {
		if err := writeTruth(ctx, jobs, f); err != nil {
			return nil, err
		}
	}
	if f.out != "" {
		return a.fakeOut(ctx, jobs[0], f)
	}
	return a.fakeLake(ctx, what, jobs, f)
}

// fakeJobs are the datasets that what names, users first.
func (a *app) fakeJobs(ctx context.Context, what string, f *fakeFlags) ([]fakeJob, error) {
	switch ext := strings.ToLower(filepath.Ext(what)); {
	case what == fakeAll:
		return allJobs(f)
	case ext == ".yaml", ext == ".yml", strings.ContainsRune(what, filepath.Separator):
		return a.specJobs(ctx, what, f)
	}
	o := f.Options
	if what == fake.UserName && !f.rowsSet {
		o.Rows = o.Users
	}
	job, err := builtinJob(what, o, f)
	return []fakeJob{job}, err
}

// allJobs makes all three. The users are all those that the others refer to,
// and they register before the first event.
func allJobs(f *fakeFlags) ([]fakeJob, error) {
	switch {
	case f.out != "":
		return nil, fault.New(fault.Usage, "all is three datasets, and --out is one file").
			WithHint("make them one by one, with the same --seed and --users")
	case f.dataset != "":
		return nil, fault.New(fault.Usage, "all is three datasets, and --dataset is one name").
			WithHint("make them one by one: df360 fake users --dataset NAME")
	}
	o := f.Options
	if o.Users == 0 {
		o.Users = o.Rows
	}
	var jobs []fakeJob
	for _, name := range fake.Names() {
		each := o
		if name == fake.UserName {
			each.Rows = o.Users
			each.Days = 0
			if !o.Start.IsZero() {
				each.Days = fake.Defaults(name).Days
				each.Start = o.Start.AddDate(0, 0, -each.Days)
			}
		}
		job, err := builtinJob(name, each, f)
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, job)
	}
	return jobs, nil
}

func builtinJob(name string, o fake.Options, f *fakeFlags) (fakeJob, error) {
	t, err := fake.Builtin(name, o)
	if err != nil {
		return fakeJob{}, err
	}
	dataset := f.dataset
	if dataset == "" {
		dataset = name + "_fake"
	}
	return fakeJob{table: t, dataset: dataset, progress: progressOf(name, t.Options())}, nil
}

// fakeClosing ends a closing line: where the rows went, how long it took, and
// the seed that was drawn.
func (a *app) fakeClosing(line string, f *fakeFlags) string {
	if !f.seeded {
		line += ", seed " + strconv.FormatUint(f.Seed, 10)
	}
	return line
}

// fakeDryRun tells what would be made.
func (a *app) fakeDryRun(ctx context.Context, what string, jobs []fakeJob, f *fakeFlags) (*outcome, error) {
	plans := []fakePlan{}
	for _, job := range jobs {
		plan, err := a.planFake(ctx, job, f)
		if err != nil {
			return nil, err
		}
		plans = append(plans, plan)
	}
	summary := fakeSummary{dataSummary: dataSummary{Dataset: what}, Seed: f.Seed}
	if len(plans) == 1 {
		summary.Dataset, summary.Layer = plans[0].Dataset, plans[0].Layer
	}
	return &outcome{
		Summary: summary,
		Result:  plans,
		Closing: a.fakeClosing("fake "+summary.Dataset+": dry run, nothing written", f),
		Text: func(w io.Writer) error {
			rows := [][]string{}
			for _, p := range plans {
				rows = append(rows, []string{p.Dataset, table.Count(p.Rows), p.Note})
			}
			return table.Grid(w, []string{"dataset", "rows", ""}, []bool{false, true}, rows)
		},
	}, nil
}
