package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/sqltype"
	"github.com/kalpafall/df360/lake"
	"github.com/kalpafall/df360/warehouse"
	"github.com/kalpafall/df360/warehouse/duckdb"
	"github.com/kalpafall/df360/warehouse/postgres"
)

// publishFlags are the flags of lake publish.
type publishFlags struct {
	warehouseFlags
	dataset string
}

// publishSource is the source of published datasets, in commits and file names.
const publishSource = "warehouse"

func newLakePublishCmd(a *app) *cobra.Command {
	var f publishFlags
	cmd := &cobra.Command{
		Use:   "publish TABLE",
		Short: "copies a table or view of the warehouse into the lake, as a curated dataset",
		Long: `Reads a table or view of the warehouse as it is at one moment and commits its rows as
curated.TABLE, in the place of those of the last time. Numbers without a precision (sums
and averages) become DECIMAL(38,18), or DOUBLE where that does not hold them.`,
		Example: `  df360 lake publish user_analytics
  df360 lake publish reports.monthly --to postgres://reader@db.example.com/analytics --dataset monthly_report`,
		Args: arguments(1, 1, "one table of the warehouse"),
	}
	cmd.RunE = a.command("lake publish", func(ctx context.Context, args []string) (*outcome, error) {
		return a.runPublish(ctx, args[0], f)
	})
	cmd.Flags().StringVar(&f.dataset, "dataset", "", "`NAME` of the dataset in curated (default the table's)")
	a.addWarehouseFlags(cmd, &f.warehouseFlags)
	a.lakeFlags(cmd)
	a.writeFlags(cmd)
	a.engineFlags(cmd)
	a.progressFlag(cmd)
	exits(cmd, exitUnreachable)
	return cmd
}

func (a *app) runPublish(ctx context.Context, name string, f publishFlags) (*outcome, error) {
	schema, table := splitTable(name, f.schemaOf(a))
	dataset := f.dataset
	if dataset == "" {
		dataset = strings.ToLower(table)
	}
	dataset = strings.TrimPrefix(strings.TrimPrefix(dataset, lake.Curated+"."), lake.Curated+"/")
	if err := lake.CheckMainName(dataset); err != nil {
		return nil, fault.New(fault.Usage, "%w", err).WithHint("--dataset gives it a name in the lake")
	}
	ref := lake.Ref{Layer: lake.Curated, Name: dataset}
	target, err := a.openWarehouse(f.to)
	if err != nil {
		return nil, err
	}
	l, err := a.openLake("lake publish")
	if err != nil {
		return nil, err
	}
	p := &publishing{a: a, target: target, schema: schema, table: table}
	if a.dryRun {
		return p.preview(ctx, l, ref)
	}
	record, err := p.commit(ctx, l, ref)
	if record == nil {
		return nil, err
	}
	s, results := committed(ref, record)
	return &outcome{Summary: s, Result: results, Closing: a.closing("lake publish", s)}, err
}

// publishing is one snapshot of a table on its way into the lake.
type publishing struct {
	a             *app
	target        warehouse.Target
	schema, table string
	columns       []lake.Column
	rows          int64
}

func (p *publishing) preview(ctx context.Context, l *lake.Lake, ref lake.Ref) (*outcome, error) {
	d, err := p.target.Describe(ctx, p.schema, p.table)
	if err != nil {
		return nil, err
	}
	if d == nil {
		return nil, noTable(ctx, p.target, p.schema, p.table)
	}
	version := int64(-1)
	snap, err := l.Lookup(ctx, ref, lake.Latest)
	if err != nil {
		return nil, err
	}
	if snap != nil {
		version = snap.Version
	}
	s, results := nothingNew(ref, version)
	return &outcome{Summary: s, Result: results, Closing: fmt.Sprintf("lake publish %s: dry run, would commit %s to %s",
		warehouse.TargetName(p.schema, p.table), plural(int64(len(d.Columns)), "column"), ref)}, nil
}

// commit stages the rows and commits them in the place of those that are there.
func (p *publishing) commit(ctx context.Context, l *lake.Lake, ref lake.Ref) (_ *lake.Record, err error) {
	txn, err := l.Begin(ctx, ref)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, txn.Abort()) }()
	dir, err := txn.StageDir(ref.Name)
	if err != nil {
		return nil, err
	}
	meter := p.a.meter("publish "+p.table, -1, false)
	defer meter.Stop()
	file := filepath.Join(dir, "rows.part")
	switch t := p.target.(type) {
	case *duckdb.Target:
		err = p.fromDuckDB(ctx, t, file)
	case *postgres.Target:
		err = p.fromPostgres(ctx, t, file)
	}
	if err != nil {
		return nil, err
	}
	change := lake.Change{
		Operation: lake.OpReplace, Source: publishSource,
		Progress: map[string]any{"warehouse": map[string]string{"target": p.target.String(), "table": warehouse.TargetName(p.schema, p.table)}},
		Counts:   lake.Counts{Read: p.rows, Written: p.rows},
		Datasets: map[string]lake.DatasetChange{ref.Name: {Schema: p.columns, Replace: true}},
	}
	if txn.Base().Version < 0 && !txn.Base().Foreign {
		change.Operation = lake.OpAppend
	}
	return txn.Commit(ctx, change)
}

// copyOut writes a SELECT to a Parquet file.
func (p *publishing) copyOut(ctx context.Context, session *duck.Session, query, file string) error {
	return session.QueryRow(ctx, "COPY ("+query+") TO "+duck.Literal(file)+" (FORMAT parquet, COMPRESSION "+p.a.settings.Compression+")", &p.rows)
}

func (p *publishing) fromDuckDB(ctx context.Context, t *duckdb.Target, file string) (err error) {
	d, err := t.Describe(ctx, p.schema, p.table)
	if err != nil {
		return err
	}
	if d == nil {
		return noTable(ctx, t, p.schema, p.table)
	}
	session, err := t.Open(ctx, p.a.duckOptions(), true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	var items []string
	for _, c := range d.Columns {
		from, err := sqltype.Parse(c.Type)
		if err != nil {
			return fmt.Errorf("column %s: %w", c.Name, err)
		}
		to, ok := from.Lake()
		if !ok {
			return fault.New(fault.Schema, "column %s has type %s, which a lake cannot keep", c.Name, from).WithHint("make a view that casts it, and publish that")
		}
		item := duck.Ident(c.Name)
		if !from.Equal(to) {
			item = "CAST(" + item + " AS " + to.String() + ") AS " + item
		}
		items = append(items, item)
		p.columns = append(p.columns, lake.Column{Name: c.Name, Type: to.String(), Nullable: true})
	}
	return p.copyOut(ctx, session, "SELECT "+strings.Join(items, ", ")+" FROM "+duck.Ident(p.schema)+"."+duck.Ident(p.table), file)
}

// fromPostgres lets the server write text, and the engine read it with the types
// that the columns have.
func (p *publishing) fromPostgres(ctx context.Context, t *postgres.Target, file string) (err error) {
	session, err := duck.Open(ctx, p.a.duckOptions())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	text := filepath.Join(session.TempDir(), "rows.csv")
	e, err := exportTo(ctx, t, p.schema, p.table, text)
	if err != nil {
		return err
	}
	if e == nil {
		return noTable(ctx, t, p.schema, p.table)
	}
	if len(e.Inexact) > 0 {
		p.a.log.Warn("numbers with more digits than DECIMAL(38,18) become DOUBLE: a cast in the view keeps them", "columns", strings.Join(e.Inexact, ", "))
	}
	var items, texts []string
	for i, c := range e.Columns {
		items = append(items, e.Texts[i]+" AS "+duck.Ident(c.Name))
		texts = append(texts, fmt.Sprintf("'c%d': 'VARCHAR'", i))
		p.columns = append(p.columns, lake.Column{Name: c.Name, Type: c.Type.String(), Nullable: true})
	}
	query := "SELECT " + strings.Join(items, ", ") + " FROM read_csv(" + duck.Files([]string{text}) + `, header = false, auto_detect = false, delim = ',', quote = '"', escape = '"',
new_line = '\n', allow_quoted_nulls = false, parallel = false, max_line_size = 268435456, columns = {` + strings.Join(texts, ", ") + "})"
	if err := p.copyOut(ctx, session, query, file); err != nil {
		return err
	}
	if p.rows != e.Rows {
		return fault.New(fault.Internal, "the server gave %d rows, %d were read: nothing was committed", e.Rows, p.rows)
	}
	return nil
}

func exportTo(ctx context.Context, t *postgres.Target, schema, table, path string) (_ *postgres.Export, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // in the private spill folder
	if err != nil {
		return nil, fault.OS(err, "make a file for the rows")
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	buffered := bufio.NewWriterSize(f, 1<<20)
	e, err := t.Export(ctx, schema, table, buffered)
	if err != nil {
		return nil, err
	}
	return e, fault.OS(buffered.Flush(), "write the rows of %s", table)
}
