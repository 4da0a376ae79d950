package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kalpafall/df360/ingest"
	"github.com/kalpafall/df360/ingest/api"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/nearest"
	"github.com/kalpafall/df360/internal/table"
	"github.com/kalpafall/df360/internal/yamlfile"
	"github.com/kalpafall/df360/lake"
)

// ingestAPIFlags are the flags of ingest api, as they were given.
type ingestAPIFlags struct {
	ingestFlags
	given   map[string]*textsValue // those of api.Settings
	restart bool
}

// textsValue is a flag that keeps its texts until it is known what they are for.
type textsValue struct{ texts []string }

// Set notes a value.
func (v *textsValue) Set(text string) error {
	v.texts = append(v.texts, text)
	return nil
}

// String is nothing: the default is told in the help of the flag.
func (v *textsValue) String() string { return "" }

// Type is what the help calls a value that has no name there.
func (v *textsValue) Type() string { return "value" }

func newIngestAPICmd(a *app) *cobra.Command {
	f := &ingestAPIFlags{given: map[string]*textsValue{}}
	cmd := &cobra.Command{
		Use:   "api URL|SOURCE --dataset NAME",
		Short: "takes the rows that a web API answers with into a raw dataset, page by page",
		Long: `Asks a URL, or a source that df360.yaml has under sources:, for JSON, lines of JSON or CSV,
follows its pages and commits the rows to raw.NAME. Whatever fails, a page is taken whole or
not at all. The same answer again is nothing new; with --incremental-field and
--incremental-param a run asks for what came since the last one.

Secrets are never written on the command line, but where they are: env:NAME or file:PATH.
They are sent to the origin of the URL only, and never printed.`,
		Example: `  df360 ingest api https://jsonplaceholder.typicode.com/posts --dataset posts
  df360 ingest api https://api.example.com/v1/orders --dataset orders --records data --auth bearer --auth-token env:ORDERS_TOKEN --paginate cursor --next meta.next
  df360 ingest api orders`,
		Args: arguments(1, 1, "one URL, or the name of a source in df360.yaml"),
	}
	cmd.RunE = a.command("ingest api", func(ctx context.Context, args []string) (*outcome, error) {
		name, c, err := f.config(a, cmd.Flags(), args[0])
		if err != nil {
			return nil, err
		}
		if err := f.settle(a); err != nil {
			return nil, err
		}
		return a.runIngestAPI(ctx, name, c, f)
	})
	f.add(a, cmd)
	a.lakeFlags(cmd)
	a.writeFlags(cmd)
	a.engineFlags(cmd)
	a.progressFlag(cmd)
	exits(cmd, exitUnreachable)
	return cmd
}

func (f *ingestAPIFlags) add(a *app, cmd *cobra.Command) {
	for _, s := range api.Settings() {
		v := &textsValue{}
		f.given[s.Name] = v
		cmd.Flags().Var(v, s.Name, s.Usage)
		topic(cmd, s.Topic, s.Name)
		if s.Values != nil {
			a.complete(cmd, s.Name, s.Values...)
		}
	}
	cmd.Flags().BoolVar(&f.restart, "restart", false, "begin anew: forget the highest value, and where a run stopped on its way")
	topic(cmd, "Incremental", "restart")
	a.addIngestFlags(cmd, &f.ingestFlags)
}

// config is what a source is told: by df360.yaml where it is called by its name,
// then by flags, which win. name is "" where it is called by its URL.
func (f *ingestAPIFlags) config(a *app, flags *pflag.FlagSet, what string) (name string, c *api.Config, err error) {
	c = api.NewConfig()
	if strings.Contains(what, "://") {
		c.URL = what
	} else if err := f.named(a, flags, what, c); err != nil {
		return "", nil, err
	} else {
		name = what
	}
	var problems []string
	for _, s := range api.Settings() {
		for i, text := range f.given[s.Name].texts {
			if !s.Many && i < len(f.given[s.Name].texts)-1 {
				continue // the last one counts, as with every flag
			}
			if err := c.Set(s.Name, text); err != nil {
				problems = append(problems, "--"+s.Name+": "+err.Error())
			}
		}
	}
	if len(problems) > 0 {
		return "", nil, fault.New(fault.Usage, "%s", strings.Join(problems, "\n")).WithHint("df360 ingest api --help lists the flags")
	}
	if f.dataset == "" {
		f.dataset = c.Dataset
	}
	if f.dataset == "" && lake.CheckMainName(name) == nil {
		f.dataset = name
	}
	if f.dataset == "" {
		return "", nil, fault.New(fault.Usage, "df360 ingest api needs --dataset").WithHint("df360 ingest api --help has examples")
	}
	return name, c, nil
}

// named reads a source of df360.yaml.
func (f *ingestAPIFlags) named(a *app, flags *pflag.FlagSet, name string, c *api.Config) error {
	var have []string
	for _, s := range a.settings.Sources {
		if s.Name != name {
			have = append(have, s.Name)
			continue
		}
		file := &yamlfile.File{Path: a.settings.File}
		c.ReadSource(file, name, s.Node, f.extra(flags))
		if len(file.Problems) > 0 {
			return fault.New(fault.Config, "%s", strings.Join(file.Problems, "\n"))
		}
		return nil
	}
	err := fault.New(fault.Usage, "there is no source %q in df360.yaml", name)
	if near := nearest.Of(name, have); near != "" {
		return err.WithHint("did you mean %s?", near)
	}
	if len(have) > 0 {
		return err.WithHint("there are %s; a URL begins with http:// or https://", strings.Join(have, ", "))
	}
	return err.WithHint("a URL begins with http:// or https://; df360.yaml has sources under sources:")
}

// extra are the settings of a source that all sources of rows have; a flag wins.
func (f *ingestAPIFlags) extra(flags *pflag.FlagSet) api.Extra {
	return api.Extra{
		Names: []string{"schema", "on-new-column", "on-bad-row", "max-rejects", "max-field"},
		Set: func(name, value string) error {
			if flags.Changed(name) {
				return nil
			}
			return flags.Lookup(name).Value.Set(value)
		},
	}
}

func (a *app) runIngestAPI(ctx context.Context, name string, c *api.Config, f *ingestAPIFlags) (out *outcome, err error) {
	ref, err := f.ref()
	if err != nil {
		return nil, err
	}
	source, err := api.New(api.Options{
		Config: c, Name: name, Restart: f.restart, Env: a.getenv, TempDir: a.spillDir(), Secrets: a.secrets,
		Agent: "df360/" + readVersion().Version, Log: a.log, Now: a.now,
	})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	l, err := a.openLake("ingest api")
	if err != nil {
		return nil, err
	}
	if a.dryRun {
		return a.planIngestAPI(ctx, l, ref, source)
	}
	meter := a.meter("ingest api "+ref.Name, 0, false)
	defer meter.Stop()
	o := f.options(a)
	o.CommitEmpty, o.Progress, o.Distinct = true, meter.Add, a.knownRows(l, source, c.Key)
	run, err := a.ingest(ctx, "ingest api", ref, l, source, o)
	return a.ingestAPIOutcome(run, source, err)
}

// knownRows drops rows that the dataset has already, where rows may come again.
// Keys are names of columns, as the dataset or as the source has them.
func (a *app) knownRows(l *lake.Lake, source *api.Source, keys []string) func(context.Context, ingest.Txn, ingest.Staged) (ingest.Dropped, error) {
	return func(ctx context.Context, txn ingest.Txn, staged ingest.Staged) (ingest.Dropped, error) {
		if len(keys) == 0 && !source.Overlaps() {
			return ingest.Dropped{}, nil
		}
		d := &distinct{a: a, l: l}
		for _, key := range keys {
			for _, f := range staged.Fields {
				if f.Key == key {
					key = f.Name
					break
				}
			}
			d.keys = append(d.keys, key)
		}
		return d.drop(ctx, txn, staged)
	}
}

// apiSummary is the summary of ingest api.
type apiSummary struct {
	dataSummary
	Pages    int64   `json:"pages"`
	Requests int64   `json:"requests"`
	Retries  int64   `json:"retries"`
	Cursor   *string `json:"cursor"` // the highest value that is stored; null where there is none
}

// ingestAPIOutcome sums up a run.
func (a *app) ingestAPIOutcome(run *ingestRun, source *api.Source, err error) (*outcome, error) {
	s, results := run.summary()
	stats := source.Stats()
	summary := apiSummary{dataSummary: s, Pages: stats.Pages, Requests: stats.Requests, Retries: stats.Retries}
	if stats.Cursor != "" {
		summary.Cursor = &stats.Cursor
	}
	out := &outcome{Summary: summary, Result: results, Closing: run.closing(a, s)}
	if err == nil {
		return out, source.Incomplete()
	}
	if len(run.store.records) == 0 {
		out = nil
	}
	return out, run.behindCommits(err)
}

// planIngestAPI tells what a run would ask for first. It sends nothing.
func (a *app) planIngestAPI(ctx context.Context, l *lake.Lake, ref lake.Ref, source *api.Source) (*outcome, error) {
	snap, err := l.Lookup(ctx, ref, lake.Latest)
	if err != nil {
		return nil, err
	}
	version := int64(-1)
	var progress map[string]json.RawMessage
	if snap != nil {
		version = snap.Version
		if len(snap.Progress) > 0 {
			if err := json.Unmarshal(snap.Progress, &progress); err != nil {
				return nil, fault.New(fault.Corrupt, "the progress of %s: %w", ref, err)
			}
		}
	}
	plan, err := source.Plan(progress[source.Name()])
	if err != nil {
		return nil, err
	}
	s, _ := nothingNew(ref, version)
	return &outcome{
		Summary: apiSummary{dataSummary: s}, Result: plan,
		Closing: fmt.Sprintf("ingest api %s: dry run, nothing asked, nothing written", ref.Name),
		Text: func(w io.Writer) error {
			return table.Columns(w, [][]string{
				{"request", plan.Method + " " + plan.URL},
				{"headers", strings.Join(plan.Headers, ", ")},
				{"auth", plan.Auth},
				{"paginate", plan.Paginate},
				{"first page", strconv.FormatInt(plan.Page, 10)},
				{"stored", plan.Cursor},
				{"asked from", plan.Since},
			})
		},
	}, nil
}
