package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/nearest"
	"github.com/kalpafall/df360/internal/table"
	"github.com/kalpafall/df360/warehouse"
)

func newWarehouseTablesCmd(a *app) *cobra.Command {
	var f warehouseFlags
	cmd := &cobra.Command{
		Use:     "tables",
		Short:   "lists the tables and views of the warehouse",
		Example: "  df360 warehouse tables\n  df360 warehouse tables --schema curated --json",
		Args:    arguments(0, 0, "no arguments"),
	}
	cmd.RunE = a.command("warehouse tables", func(ctx context.Context, _ []string) (*outcome, error) {
		target, err := a.openWarehouse(f.to)
		if err != nil {
			return nil, err
		}
		list, err := target.Relations(ctx, f.schema)
		if err != nil {
			return nil, err
		}
		if list == nil {
			list = []warehouse.Relation{}
		}
		return &outcome{
			Summary: map[string]any{"target": target.String(), "tables": len(list)}, Result: list,
			Closing: "warehouse tables: " + plural(int64(len(list)), "table") + " in " + target.String(),
			Text:    func(w io.Writer) error { return printRelations(w, list) },
		}, nil
	})
	a.addWarehouseFlags(cmd, &f)
	a.lakeFlags(cmd)
	a.engineFlags(cmd)
	exits(cmd, exitConflict, exitUnreachable)
	return cmd
}

func printRelations(w io.Writer, list []warehouse.Relation) error {
	var rows [][]string
	for _, r := range list {
		rows = append(rows, []string{r.Schema + "." + r.Name, r.Kind, known(r.Rows, table.Count), known(r.Bytes, func(n int64) string { return size(uint64(max(n, 0))) })})
	}
	return table.Grid(w, []string{"table", "kind", "rows", "size"}, []bool{false, false, true, true}, rows)
}

func known(n *int64, text func(int64) string) string {
	if n == nil {
		return ""
	}
	return text(*n)
}

func newWarehouseDescribeCmd(a *app) *cobra.Command {
	var f warehouseFlags
	cmd := &cobra.Command{
		Use:     "describe TABLE",
		Short:   "tells a table's columns, indexes and newest loads",
		Example: "  df360 warehouse describe transactions_fake\n  df360 warehouse describe transaction_summary --json",
		Args:    arguments(1, 1, "one table"),
	}
	cmd.RunE = a.command("warehouse describe", func(ctx context.Context, args []string) (*outcome, error) {
		target, err := a.openWarehouse(f.to)
		if err != nil {
			return nil, err
		}
		schema, name := splitTable(args[0], f.schemaOf(a))
		d, err := target.Describe(ctx, schema, name)
		if err != nil {
			return nil, err
		}
		if d == nil {
			return nil, noTable(ctx, target, schema, name)
		}
		return &outcome{
			Summary: map[string]any{"target": target.String()}, Result: d,
			Closing: "warehouse describe " + warehouse.TargetName(schema, name) + ": " + plural(int64(len(d.Columns)), "column"),
			Text:    func(w io.Writer) error { return printDescription(w, d) },
		}, nil
	})
	a.addWarehouseFlags(cmd, &f)
	a.lakeFlags(cmd)
	a.engineFlags(cmd)
	exits(cmd, exitConflict, exitUnreachable)
	return cmd
}

// noTable is the error for a table that is not there.
func noTable(ctx context.Context, target warehouse.Target, schema, name string) error {
	missing := fault.New(fault.NotFound, "there is no table %s in %s", warehouse.TargetName(schema, name), target)
	list, err := target.Relations(ctx, "")
	if err != nil {
		return errors.Join(missing, err)
	}
	var names []string
	for _, r := range list {
		names = append(names, r.Schema+"."+r.Name)
	}
	if near := nearest.Of(schema+"."+name, names); near != "" {
		return missing.WithHint("did you mean %s?", near)
	}
	return missing.WithHint("df360 warehouse tables lists what is there")
}

func printDescription(w io.Writer, d *warehouse.Description) error {
	var rows [][]string
	for _, c := range d.Columns {
		null := ""
		if !c.Nullable {
			null = "not null"
		}
		rows = append(rows, []string{c.Name, c.Type, null})
	}
	if err := table.Grid(w, []string{"column", "type", ""}, nil, rows); err != nil {
		return err
	}
	for _, i := range d.Indexes {
		if _, err := fmt.Fprintf(w, "\nindex  %s", i); err != nil {
			return err
		}
	}
	if len(d.Indexes) > 0 {
		_, _ = io.WriteString(w, "\n") // the next write tells
	}
	if len(d.Loads) == 0 {
		return nil
	}
	if _, err := io.WriteString(w, "\n"); err != nil {
		return err
	}
	rows = nil
	for _, l := range d.Loads {
		rows = append(rows, []string{
			l.At.UTC().Format(time.RFC3339), l.Dataset, strconv.FormatInt(l.Version, 10), l.Mode, table.Count(l.Rows), l.RunID,
		})
	}
	return table.Grid(w, []string{"loaded", "dataset", "version", "mode", "rows", "run"}, []bool{false, false, true, false, true, false}, rows)
}
