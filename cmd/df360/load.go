package main

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kalpafall/df360/internal/config"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/nearest"
	"github.com/kalpafall/df360/lake"
	"github.com/kalpafall/df360/warehouse"
)

// loadFlags are the flags of load, as they were given.
type loadFlags struct {
	warehouseFlags
	dataset string
	all     bool
	table   string
	mode    string
	key     []string
	orderBy []string
	version string
	at      int64 // of version
	lineage bool
	nul     string
}

func newLoadCmd(a *app) *cobra.Command {
	f := &loadFlags{}
	cmd := &cobra.Command{
		Use:   "load --dataset NAME | --all",
		Short: "loads datasets into the warehouse: PostgreSQL, or DuckDB where nothing else is named",
		Long: `Loads a version of a dataset (processed.NAME, unless another layer is named) into a table.
The rows and their line in the ledger df360.loads are one transaction: a reader sees all of
a load or nothing, and a load that is run again, whatever has stopped it, is neither lost
nor doubled.

--mode replace makes the table what the version is; append adds the commits that are not
in it yet; merge puts rows in the place of those that have the same --key. Indexes and
views come from df360.yaml.

The warehouse is --to, DF360_WAREHOUSE, warehouse.url in df360.yaml, what PGHOST, PGSERVICE
or PGDATABASE say, or else the file curated/warehouse.duckdb in the lake.`,
		Example: `  df360 load --dataset users_fake
  df360 load --dataset transactions_fake --to postgres://etl@db.example.com/analytics?sslmode=verify-full
  df360 load --dataset orders --mode merge --key order_id --order-by updated_at
  df360 load --all --json`,
		Args: arguments(0, 0, "no arguments"),
	}
	cmd.RunE = a.command("load", func(ctx context.Context, _ []string) (*outcome, error) {
		if err := f.settle(cmd); err != nil {
			return nil, err
		}
		return a.runLoad(ctx, f)
	})
	f.add(a, cmd)
	a.lakeFlags(cmd)
	a.writeFlags(cmd)
	a.engineFlags(cmd)
	a.progressFlag(cmd)
	exits(cmd, exitPartial, exitUnreachable)
	return cmd
}

func (f *loadFlags) add(a *app, cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.dataset, "dataset", "", "the dataset: `NAME` of processed, or LAYER.NAME")
	flags.BoolVar(&f.all, "all", false, "every dataset of processed with its aggregate, without rejected rows")
	flags.StringVar(&f.mode, "mode", string(warehouse.Replace), "`HOW` rows come in: "+strings.Join(warehouse.Modes(), ", "))
	flags.StringSliceVar(&f.key, "key", nil, "`COLUMNS` that tell rows apart, for merge")
	flags.StringSliceVar(&f.orderBy, "order-by", nil, "`COLUMNS` that say which row of a key is the last (default the later commit's)")
	flags.StringVar(&f.version, "version", "latest", "`N` of the dataset, or latest")
	flags.BoolVar(&f.lineage, "lineage", false, "add the columns "+warehouse.VersionColumn+" and "+warehouse.RunColumn)
	flags.StringVar(&f.nul, "nul", string(warehouse.FailNUL), "what becomes of NUL characters, which Postgres cannot keep: `fail` or replace")
	a.addWarehouseFlags(cmd, &f.warehouseFlags)
	flags.StringVar(&f.table, "table", "", "`TABLE` to load into (default the dataset's name)")
	topic(cmd, topicWarehouse, "table")
	a.complete(cmd, "mode", warehouse.Modes()...)
	a.complete(cmd, "nul", string(warehouse.FailNUL), string(warehouse.ReplaceNUL))
}

func (f *loadFlags) settle(cmd *cobra.Command) error {
	changed := cmd.Flags().Changed
	switch {
	case f.all && changed("dataset"):
		return fault.New(fault.Usage, "--all and --dataset contradict each other")
	case !f.all:
		if err := require(cmd, "dataset"); err != nil {
			return err
		}
	case changed("table"), changed("version"), changed("key"):
		return fault.New(fault.Usage, "--table, --version and --key are of one dataset, not of --all")
	}
	if changed("table") && f.table == "" {
		return fault.New(fault.Usage, "--table is empty")
	}
	if err := oneOf("--mode", f.mode, warehouse.Modes()); err != nil {
		return err
	}
	if err := oneOf("--nul", f.nul, []string{string(warehouse.FailNUL), string(warehouse.ReplaceNUL)}); err != nil {
		return err
	}
	merge := f.mode == string(warehouse.Merge)
	switch {
	case merge && len(f.key) == 0:
		return fault.New(fault.Usage, "--mode merge needs --key: the columns that tell rows apart").WithHint("as in --key order_id, or --key user_id,day")
	case !merge && (len(f.key) > 0 || len(f.orderBy) > 0):
		return fault.New(fault.Usage, "--key and --order-by are of --mode merge")
	}
	f.at = lake.Latest
	if f.version != "latest" {
		n, err := strconv.ParseInt(f.version, 10, 64)
		if err != nil || n < 0 {
			return fault.New(fault.Usage, "--version %q: a number from 0, or latest, expected", f.version)
		}
		f.at = n
	}
	return nil
}

// oneOf is a usage error for a value that is not one of have.
func oneOf(flag, value string, have []string) error {
	if slices.Contains(have, value) {
		return nil
	}
	err := fault.New(fault.Usage, "%s %q is not one of %s", flag, value, strings.Join(have, ", "))
	if near := nearest.Of(value, have); near != "" {
		return err.WithHint("did you mean %s %s?", flag, near)
	}
	return err
}

// options are those of a load into a table.
func (f *loadFlags) options(a *app, table string, objects warehouse.Objects) warehouse.Options {
	return warehouse.Options{
		Schema: f.schemaOf(a), Table: table, Mode: warehouse.Mode(f.mode), Key: f.key, OrderBy: f.orderBy,
		Lineage: f.lineage, NUL: warehouse.NUL(f.nul), RunID: a.runID, Objects: objects, DryRun: a.dryRun,
		Wait: max(a.lockTimeout, 1), Engine: a.duckOptions(), Log: a.log, Fail: a.fail, Now: a.now,
	}
}

func (a *app) runLoad(ctx context.Context, f *loadFlags) (*outcome, error) {
	l, err := a.openLake("load")
	if err != nil {
		return nil, err
	}
	objects, err := a.objects()
	if err != nil {
		return nil, err
	}
	target, err := a.openWarehouse(f.to)
	if err != nil {
		return nil, err
	}
	if f.all {
		return a.loadAll(ctx, l, target, f, objects)
	}
	ref, err := lake.ParseRef(f.dataset, lake.Processed)
	if err != nil {
		return nil, err
	}
	res, err := a.loadOne(ctx, l, target, f, ref, objects)
	if res == nil {
		return nil, err
	}
	views, verr := target.Finish(ctx, f.options(a, "", objects))
	results := []*loadResult{res}
	s := summarizeLoads(target, results, views)
	closing := a.loadClosing(res) + s.extras(concerning(objects, s.Waiting, results))
	return &outcome{Summary: s, Result: results, Closing: closing}, errors.Join(err, verr)
}

// loadOne loads one dataset. The result is nil where nothing was loaded.
func (a *app) loadOne(ctx context.Context, l *lake.Lake, target warehouse.Target, f *loadFlags, ref lake.Ref, objects warehouse.Objects) (*loadResult, error) {
	in, err := a.loadInput(ctx, l, ref, f.at)
	if err != nil {
		return nil, err
	}
	defer in.close()
	table := f.table
	if table == "" {
		table = ref.Name
	}
	o := f.options(a, table, objects)
	meter := a.meter("load "+ref.Name, in.Rows, false)
	defer meter.Stop()
	o.Told = meter.Set
	res, err := target.Load(ctx, &in.Input, o)
	err = in.named(err)
	if res == nil {
		return nil, err
	}
	return newLoadResult(in, res), err
}

// warehouseFlags say where the warehouse is.
type warehouseFlags struct{ to, schema string }

// addWarehouseFlags is for every command that touches the warehouse.
func (a *app) addWarehouseFlags(cmd *cobra.Command, f *warehouseFlags) {
	flags := cmd.Flags()
	flags.StringVar(&f.to, "to", "", "the warehouse: postgres://…, duckdb:PATH, or env:NAME that holds one (`URL`)")
	flags.StringVar(&f.schema, "schema", "", "`SCHEMA` of the warehouse's tables (default "+config.DefaultSchema+")")
	topic(cmd, topicWarehouse, "to", "schema")
}

// schemaOf is the schema that a command works in.
func (f *warehouseFlags) schemaOf(a *app) string {
	if f.schema != "" {
		return f.schema
	}
	return a.settings.WarehouseSchema
}

const topicWarehouse = "Warehouse"
