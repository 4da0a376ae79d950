package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	duckdb "github.com/duckdb/duckdb-go/v2"
	"github.com/spf13/cobra"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/table"
	"github.com/kalpafall/df360/lake"
)

// queryFlags are where a query's rows go, and how.
type queryFlags struct {
	format string // table, csv, json, parquet
	out    string // "" is stdout
	force  bool
}

// querySummary is what a query read and gave.
type querySummary struct {
	Rows  int64           `json:"rows"`
	Reads []readVersionOf `json:"reads"`
	Out   *string         `json:"out"` // null where the rows went to stdout
}

func queryFormats() []string { return []string{"table", "csv", "json", "parquet"} }

func newLakeQueryCmd(a *app) *cobra.Command {
	var q queryFlags
	cmd := &cobra.Command{
		Use:   "query SQL|-",
		Short: "runs one SELECT over the lake's datasets",
		Long: `Runs one SELECT in the embedded DuckDB (- reads it from stdin). Datasets are tables:
raw.NAME, processed.NAME, curated.NAME, and raw."NAME@12" for an older version.
Each is read at one version, whatever is written meanwhile. The query can read
nothing else on this machine.`,
		Example: `  df360 lake query "SELECT country, count(*) AS users FROM processed.users_fake GROUP BY ALL ORDER BY users DESC"
  df360 lake query --format csv "FROM raw.logs_fake" > logs.csv
  df360 lake query -o slow.parquet "FROM processed.logs_fake WHERE response_time_ms > 1000"
  df360 lake query "SELECT count(*) FROM raw.\"users_fake@0\""`,
		Args: arguments(1, 1, "one SELECT (in quotes)"),
	}
	cmd.RunE = a.command("lake query", func(ctx context.Context, args []string) (*outcome, error) {
		text, err := a.queryText(args[0])
		if err != nil {
			return nil, err
		}
		l, err := a.openLake("lake query")
		if err != nil {
			return nil, err
		}
		return a.runQuery(ctx, l, "lake query", text, q, cmd.Flags().Changed("format"))
	})
	a.queryFlags(cmd, &q)
	f := cmd.Flags()
	f.StringVarP(&q.out, "out", "o", "", "write the rows into this `FILE` (as Parquet, if --format says nothing else)")
	f.BoolVar(&q.force, "force", false, "let --out replace a file that is there")
	return cmd
}

func newLakeHeadCmd(a *app) *cobra.Command {
	var q queryFlags
	var rows, at int64
	cmd := &cobra.Command{
		Use:   "head DATASET",
		Short: "prints the first rows of a dataset",
		Example: `  df360 lake head processed.users_fake
  df360 lake head raw.logs_fake -n 3 --format csv`,
		Args: oneDataset(),
	}
	cmd.RunE = a.command("lake head", func(ctx context.Context, args []string) (*outcome, error) {
		if rows < 0 {
			return nil, fault.New(fault.Usage, "-n %d: a number from 0 expected", rows)
		}
		l, snap, err := a.snapshotAt(ctx, "lake head", args[0], at)
		if err != nil {
			return nil, err
		}
		name := snap.Name
		if !snap.Foreign {
			name += "@" + strings.TrimPrefix(versionName(snap.Version), "v")
		}
		text := `SELECT * FROM ` + snap.Layer + `."` + name + `" LIMIT ` + table.Text(rows)
		return a.runQuery(ctx, l, "lake head", text, q, true)
	})
	a.queryFlags(cmd, &q)
	cmd.Flags().Int64VarP(&rows, "rows", "n", 10, "how many `ROWS`")
	atFlag(cmd, &at)
	return cmd
}

// queryFlags registers the flags of commands that print rows of the engine.
func (a *app) queryFlags(cmd *cobra.Command, q *queryFlags) {
	cmd.Flags().StringVar(&q.format, "format", "table", "`FORM` of the rows: "+strings.Join(queryFormats(), ", "))
	a.complete(cmd, "format", queryFormats()...)
	a.lakeFlags(cmd)
	a.engineFlags(cmd)
	a.progressFlag(cmd)
}

// queryText is the query: the argument, or what stdin holds.
func (a *app) queryText(arg string) (string, error) {
	if arg != "-" {
		return arg, nil
	}
	const most = 16 << 20
	data, err := io.ReadAll(io.LimitReader(a.stdin, most+1))
	if err != nil {
		return "", fault.OS(err, "read the query from stdin")
	}
	if len(data) > most {
		return "", fault.New(fault.Usage, "the query on stdin is larger than 16 MiB")
	}
	return string(data), nil
}

// check refuses what contradicts itself, before anything is read.
func (q *queryFlags) check(a *app, formatGiven bool) error {
	if q.out != "" && !formatGiven {
		q.format = "parquet"
	}
	if !slices.Contains(queryFormats(), q.format) {
		return fault.New(fault.Usage, "--format %q is not one of %s", q.format, strings.Join(queryFormats(), ", "))
	}
	if q.out == "" && q.format == "parquet" {
		if a.json || a.stdout.terminal() {
			return fault.New(fault.Usage, "Parquet is not for reading on a screen, nor in JSON").WithHint("name a file: -o rows.parquet")
		}
	}
	return nil
}

// runQuery runs one SELECT and writes its rows: to the file that the user
// named, to stdout, or, under --json, into the result.
func (a *app) runQuery(ctx context.Context, l *lake.Lake, command, text string, q queryFlags, formatGiven bool) (out *outcome, err error) {
	if err := q.check(a, formatGiven); err != nil {
		return nil, err
	}
	v, err := a.openViews(ctx, l, text)
	if err != nil {
		return nil, queryError(err)
	}
	defer func() { err = errors.Join(err, v.close()) }()
	s := querySummary{Reads: append([]readVersionOf{}, v.read...), Out: orNull(q.out)}
	out = &outcome{}
	write := func(w io.Writer) (err error) {
		s.Rows, err = a.writeQuery(ctx, v, text, q.format, w)
		return err
	}
	switch {
	case q.out != "":
		err = writeOut(q.out, q.force, write)
	case a.json:
		q.format = "json line"
		out.Rows, err = a.keepRows(write)
	default:
		err = write(a.stdout)
	}
	if err != nil {
		return nil, queryError(err)
	}
	out.Summary = s
	out.Closing = command + ": " + plural(s.Rows, "row")
	if q.out != "" {
		out.Closing += " → " + q.out
	}
	out.Closing += " (" + seconds(a.elapsed()) + ")"
	return out, nil
}

// keepRows writes rows into a file without a name, to be read from its start.
func (a *app) keepRows(write func(io.Writer) error) (io.ReadCloser, error) {
	file, err := os.CreateTemp(a.spillDir(), ".df360-rows-")
	if err != nil {
		return nil, fault.OS(err, "make a file for the rows")
	}
	err = fault.OS(os.Remove(file.Name()), "take the name from the rows' file")
	if err == nil {
		err = write(file)
	}
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// writeQuery writes the rows of a query and counts them.
func (a *app) writeQuery(ctx context.Context, v *views, text, format string, w io.Writer) (rows int64, err error) {
	running := a.meter("query", -1, false)
	if format == "parquet" {
		defer running.Stop()
		return v.writeParquet(ctx, text, w)
	}
	spool, err := spoolQuery(ctx, v.session, text)
	running.Stop() // before rows come to the same terminal
	if err != nil {
		return 0, err
	}
	if w != io.Writer(a.stdout) || !a.stdout.terminal() {
		spool.meter = a.meter("write rows", spool.rows, false)
		defer spool.meter.Stop()
	}
	buffered := bufio.NewWriterSize(w, 1<<16)
	var sink table.Rows
	switch format {
	case "csv":
		sink = table.NewCSV(buffered, spool.columns)
	case "json":
		sink = table.NewJSON(buffered, spool.columns)
	case "json line":
		sink = table.NewJSONLine(buffered, spool.columns)
	default:
		sink = table.NewText(buffered, spool.columns, spool.numbers)
	}
	if err := spool.copyTo(ctx, sink); err != nil {
		return 0, err
	}
	return spool.rows, buffered.Flush()
}

// queryError gives an error of the engine its kind: a query that is wrong is a
// wrong call; one that fails on the data is a question of types.
func queryError(err error) error {
	var engine *duckdb.Error
	var known *fault.Error
	if errors.As(err, &known) || !errors.As(err, &engine) {
		return err
	}
	switch engine.Type { //nolint:exhaustive // all others are the engine's own trouble
	case duckdb.ErrorTypeParser, duckdb.ErrorTypeSyntax, duckdb.ErrorTypeBinder, duckdb.ErrorTypeCatalog, duckdb.ErrorTypeExpression,
		duckdb.ErrorTypeNotImplemented, duckdb.ErrorTypeParameterNotResolved, duckdb.ErrorTypeParameterNotAllowed:
		return fault.New(fault.Usage, "SQL: %w", err).WithHint("datasets are tables such as raw.users_fake: df360 lake ls lists them")
	case duckdb.ErrorTypePermission:
		return fault.New(fault.Usage, "SQL: %w", err).WithHint("a query reads datasets of the lake and nothing else")
	case duckdb.ErrorTypeConversion, duckdb.ErrorTypeOutOfRange, duckdb.ErrorTypeInvalidInput, duckdb.ErrorTypeMismatchType,
		duckdb.ErrorTypeDivideByZero, duckdb.ErrorTypeInvalidType, duckdb.ErrorTypeDecimal:
		text, _, _ := strings.Cut(err.Error(), "\n\nLINE ") // where, in a statement that is not the user's
		return &fault.Error{Code: fault.Schema, Msg: "SQL: " + text}
	}
	return err
}
