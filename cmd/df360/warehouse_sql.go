package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/table"
	"github.com/kalpafall/df360/warehouse/duckdb"
	"github.com/kalpafall/df360/warehouse/postgres"
)

func newWarehouseCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "warehouse",
		Short: "looks into the warehouse: SQL, tables, columns and loads",
		Example: `  df360 warehouse tables
  df360 warehouse describe users_fake
  df360 warehouse sql "SELECT * FROM user_analytics ORDER BY total_spent DESC LIMIT 10"`,
	}
	cmd.AddCommand(newWarehouseSQLCmd(a), newWarehouseTablesCmd(a), newWarehouseDescribeCmd(a))
	return cmd
}

// sqlFlags are the flags of warehouse sql.
type sqlFlags struct {
	warehouseFlags
	format string
	write  bool
}

// sqlSummary is the summary of warehouse sql.
type sqlSummary struct {
	Target string `json:"target"`
	Rows   int64  `json:"rows"`
}

func rowFormats() []string { return []string{"table", "csv", "json"} }

func newWarehouseSQLCmd(a *app) *cobra.Command {
	var f sqlFlags
	cmd := &cobra.Command{
		Use:   "sql SQL|-",
		Short: "runs SQL in the warehouse and prints the rows",
		Long: `Runs SQL in the warehouse (- reads it from stdin) and prints the rows. Tables without a
schema are those of --schema. It can only read, unless --write is given: then all
statements are one transaction.`,
		Example: `  df360 warehouse sql "SELECT country, count(*) FROM users_fake GROUP BY country ORDER BY 2 DESC"
  df360 warehouse sql --format csv "SELECT * FROM transaction_summary" > summary.csv
  df360 warehouse sql --write "DROP TABLE old_orders"`,
		Args: arguments(1, 1, "SQL (in quotes)"),
	}
	cmd.RunE = a.command("warehouse sql", func(ctx context.Context, args []string) (*outcome, error) {
		if !slices.Contains(rowFormats(), f.format) {
			return nil, fault.New(fault.Usage, "--format %q is not one of %s", f.format, strings.Join(rowFormats(), ", "))
		}
		text, err := a.queryText(args[0])
		if err != nil {
			return nil, err
		}
		return a.runSQL(ctx, &f, text)
	})
	cmd.Flags().StringVar(&f.format, "format", "table", "`FORM` of the rows: "+strings.Join(rowFormats(), ", "))
	cmd.Flags().BoolVar(&f.write, "write", false, "let statements change something")
	a.complete(cmd, "format", rowFormats()...)
	a.addWarehouseFlags(cmd, &f.warehouseFlags)
	a.lakeFlags(cmd)
	a.engineFlags(cmd)
	exits(cmd, exitConflict, exitUnreachable)
	return cmd
}

// runSQL runs statements and writes their rows: to stdout, or, under --json, into
// the result.
func (a *app) runSQL(ctx context.Context, f *sqlFlags, text string) (*outcome, error) {
	target, err := a.openWarehouse(f.to)
	if err != nil {
		return nil, err
	}
	s := sqlSummary{Target: target.String()}
	out := &outcome{}
	begun := false
	write := func(w io.Writer) (err error) {
		buffered := bufio.NewWriterSize(w, 1<<16)
		begin := func(columns []string, numbers []bool) table.Rows {
			begun = true
			return a.rowSink(buffered, f.format, columns, numbers)
		}
		switch t := target.(type) {
		case *postgres.Target:
			s.Rows, err = t.Query(ctx, f.schemaOf(a), text, f.write, begin)
		case *duckdb.Target:
			s.Rows, err = a.duckSQL(ctx, t, f, text, begin)
		}
		if err == nil && a.json && !begun {
			_, err = buffered.WriteString("[]")
		}
		return errors.Join(err, buffered.Flush())
	}
	if a.json {
		out.Rows, err = a.keepRows(write)
	} else {
		err = write(a.stdout)
	}
	if err != nil {
		return nil, err
	}
	out.Summary = s
	out.Closing = "warehouse sql: " + plural(s.Rows, "row") + " (" + seconds(a.elapsed()) + ")"
	return out, nil
}

// rowSink writes rows in a format.
func (a *app) rowSink(w io.Writer, format string, columns []string, numbers []bool) table.Rows {
	switch {
	case a.json:
		return table.NewJSONLine(w, columns)
	case format == "csv":
		return table.NewCSV(w, columns)
	case format == "json":
		return table.NewJSON(w, columns)
	}
	return table.NewText(w, columns, numbers)
}

// duckSQL runs SQL in a DuckDB warehouse, which gets nothing else of the machine
// to see.
func (a *app) duckSQL(ctx context.Context, t *duckdb.Target, f *sqlFlags, text string, begin func([]string, []bool) table.Rows) (rows int64, err error) {
	options := a.duckOptions()
	options.Settings = map[string]string{"preserve_insertion_order": "true"}
	session, err := t.Open(ctx, options, !f.write)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	for _, stmt := range []string{
		"SET schema = " + duck.Literal(duck.Ident(f.schemaOf(a))), "SET enable_external_access = false", "SET lock_configuration = true",
	} {
		if err := session.Exec(ctx, stmt); err != nil {
			return 0, warehouseSQLError(err)
		}
	}
	_, err = session.Tables(ctx, text)
	switch {
	case err != nil && f.write: // something that is not one SELECT
		return 0, warehouseSQLError(session.Exec(ctx, "BEGIN TRANSACTION;\n"+strings.TrimRight(text, "; \t\r\n")+"\n;COMMIT"))
	case err != nil:
		return 0, fault.New(fault.CodeOf(err), "%w", err).WithHint("without --write it takes one statement that reads")
	}
	if _, err := session.IsSelect(ctx, text); err != nil { // a wrong query fails here, in its own words
		return 0, warehouseSQLError(err)
	}
	spool, err := spoolQuery(ctx, session, text)
	if err != nil {
		return 0, warehouseSQLError(err)
	}
	return spool.rows, spool.copyTo(ctx, begin(spool.columns, spool.numbers))
}

// warehouseSQLError is queryError with a hint of the warehouse.
func warehouseSQLError(err error) error {
	err = queryError(err)
	var known *fault.Error
	if errors.As(err, &known) && known.Code == fault.Usage {
		return fault.New(fault.Usage, "%s", known.Error()).WithHint("df360 warehouse tables lists what is there")
	}
	return err
}
