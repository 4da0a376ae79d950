package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/nearest"
	"github.com/kalpafall/df360/internal/sqltype"
	"github.com/kalpafall/df360/internal/unite"
	"github.com/kalpafall/df360/lake"
)

// alterSummary adds what was altered.
type alterSummary struct {
	dataSummary
	Column string `json:"column"`
	From   string `json:"from"`
	To     string `json:"to"`
}

func newLakeAlterCmd(a *app) *cobra.Command {
	var column, typ string
	cmd := &cobra.Command{
		Use:   "alter DATASET --column NAME --type TYPE",
		Short: "gives a column a wider type, by rewriting the dataset in one commit",
		Long: `Rewrites every file of a dataset with the column in the new type, as one commit. The
type must hold every value that is there: BIGINT may become DECIMAL, DOUBLE or
VARCHAR, DATE may become TIMESTAMPTZ, everything may become VARCHAR. Nothing is
written where a value would change.`,
		Example: `  df360 lake alter raw.orders --column amount --type DOUBLE
  df360 lake alter raw.orders --column order_id --type VARCHAR --dry-run`,
		Args: oneDataset(),
	}
	cmd.RunE = a.command("lake alter", func(ctx context.Context, args []string) (*outcome, error) {
		if err := require(cmd, "column", "type"); err != nil {
			return nil, err
		}
		return a.runAlter(ctx, args[0], column, typ)
	})
	a.lakeFlags(cmd)
	a.writeFlags(cmd)
	a.engineFlags(cmd)
	a.progressFlag(cmd)
	cmd.Flags().StringVar(&column, "column", "", "the `NAME` of the column")
	cmd.Flags().StringVar(&typ, "type", "", "its new `TYPE`, as in BIGINT, DOUBLE, DECIMAL(18,2), VARCHAR, TIMESTAMPTZ")
	return cmd
}

func (a *app) runAlter(ctx context.Context, text, column, typ string) (_ *outcome, err error) {
	to, err := parseLakeType(typ)
	if err != nil {
		return nil, err
	}
	l, snap, err := a.snapshotAt(ctx, "lake alter", text, lake.Latest)
	if err != nil {
		return nil, err
	}
	w, err := planAlter(snap, column, to)
	if err != nil {
		return nil, err
	}
	if w.from.Equal(to) || a.dryRun {
		return a.altered(w, nil), nil
	}
	t, err := l.Begin(ctx, snap.Ref)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, t.Abort()) }()
	if w, err = planAlter(t.Base(), column, to); err != nil { // another commit may have come first
		return nil, err
	}
	if err := a.rewrite(ctx, l, t, w); err != nil {
		return nil, err
	}
	base := t.Base()
	record, err := t.Commit(ctx, lake.Change{
		Operation: lake.OpReplace, Source: "alter", Progress: base.Progress,
		Counts:   lake.Counts{Read: base.Rows, Written: base.Rows},
		Datasets: map[string]lake.DatasetChange{base.Name: {Schema: w.schema, PartitionBy: base.PartitionBy, Replace: true}},
	})
	if record == nil {
		return nil, err
	}
	return a.altered(w, record), err
}

func parseLakeType(text string) (*sqltype.Type, error) {
	t, err := sqltype.Parse(text)
	if err == nil && t.IsLake() {
		return t, nil
	}
	return nil, fault.New(fault.Usage, "--type %q is no type of the lake", text).
		WithHint("the types are BOOLEAN, BIGINT, DOUBLE, DECIMAL(p,s), VARCHAR, DATE, TIMESTAMPTZ, BLOB, STRUCT(…), T[] and MAP(…)")
}

// widening is a column that gets another type.
type widening struct {
	snap     *lake.Snapshot
	column   string
	from, to *sqltype.Type
	schema   []lake.Column // after it
}

// planAlter refuses what is no widening.
func planAlter(s *lake.Snapshot, column string, to *sqltype.Type) (*widening, error) {
	switch {
	case s.Foreign:
		return nil, fault.New(fault.Usage, "another tool made %s: its files are not rewritten", s.Ref)
	case s.Ref != s.Main:
		return nil, fault.New(fault.Usage, "%s is a companion of %s, whose commands write it", s.Ref, s.Main)
	case slices.Contains(s.PartitionBy, column):
		return nil, fault.New(fault.Usage, "column %s of %s is in the folders' names, not in the files", column, s.Ref)
	}
	var names []string
	for i, c := range s.Schema {
		names = append(names, c.Name)
		if c.Name != column {
			continue
		}
		from, err := sqltype.Parse(c.Type)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", column, err)
		}
		wide, ok := sqltype.Widen(from, to)
		if to.Kind != sqltype.Varchar && (!ok || !wide.Equal(to)) {
			return nil, fault.New(fault.Schema, "column %s is %s, and %s does not hold all of its values", column, from, to).
				WithHint("everything may become VARCHAR")
		}
		w := &widening{snap: s, column: column, from: from, to: to, schema: slices.Clone(s.Schema)}
		w.schema[i].Type = to.String()
		return w, nil
	}
	err := fault.New(fault.Usage, "%s has no column %s", s.Ref, column)
	if near := nearest.Of(column, names); near != "" {
		return nil, err.WithHint("did you mean %s?", near)
	}
	return nil, err.WithHint("its columns are %s", strings.Join(names, ", "))
}

// rewrite stages every file of the version again, with the column's new type.
func (a *app) rewrite(ctx context.Context, l *lake.Lake, t *lake.Txn, w *widening) (err error) {
	pin, err := l.Pin(ctx, w.snap)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pin.Close()) }()
	relation, err := united(l, w.snap, pin.Paths(w.snap))
	if err != nil {
		return err
	}
	options := a.duckOptions()
	options.Settings = map[string]string{"preserve_insertion_order": "true"}
	session, err := duck.Open(ctx, options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	dir, err := t.StageDir(w.snap.Name)
	if err != nil {
		return err
	}
	meter := a.meter("lake alter "+w.snap.Name, w.snap.Rows, false)
	defer meter.Stop()
	for i, f := range w.snap.Files {
		if err := a.rewriteFile(ctx, session, w, relation, i, dir); err != nil {
			return fmt.Errorf("rewrite %s: %w", f.Path, err)
		}
		meter.Add(f.Rows)
	}
	return nil
}

func (a *app) rewriteFile(ctx context.Context, session *duck.Session, w *widening, relation *unite.Relation, i int, dir string) error {
	rows := relation.Select(nil, []int{i})
	name := duck.Ident(w.column)
	cast := "CAST(" + name + " AS " + w.to.String() + ")"
	if relation.Type(w.column) != nil {
		var changed int64
		err := session.QueryRow(ctx, "SELECT count(*) FROM ("+rows+") WHERE CAST("+cast+" AS "+w.from.String()+") IS DISTINCT FROM "+name, &changed)
		if err != nil {
			return err
		}
		if changed > 0 {
			return fault.New(fault.Schema, "%s of column %s would change as %s", plural(changed, "value"), w.column, w.to).
				WithHint("choose a type that holds them: VARCHAR holds everything")
		}
	}
	folder := dir
	if w.snap.Layer != lake.Raw { // files of raw lie flat
		folder = filepath.Join(dir, filepath.FromSlash(path.Dir(w.snap.Files[i].Path)))
	}
	if err := os.MkdirAll(folder, 0o755); err != nil { //nolint:gosec // data that other users' engines read
		return fault.OS(err, "make folder %s", folder)
	}
	var items []string
	for _, c := range w.schema {
		item := duck.Ident(c.Name)
		switch {
		case slices.Contains(w.snap.PartitionBy, c.Name):
			continue
		case relation.Type(c.Name) == nil:
			item = "CAST(NULL AS " + c.Type + ") AS " + item
		case c.Name == w.column:
			item = cast + " AS " + item
		}
		items = append(items, item)
	}
	file := filepath.Join(folder, fmt.Sprintf("%06d.part", i))
	return session.Exec(ctx, "COPY (SELECT "+strings.Join(items, ", ")+" FROM ("+rows+")) TO "+duck.Literal(file)+
		" (FORMAT parquet, COMPRESSION "+a.settings.Compression+", ROW_GROUP_SIZE 122880)")
}

// altered is the outcome; record is nil where nothing was committed.
func (a *app) altered(w *widening, record *lake.Record) *outcome {
	head := "lake alter " + w.snap.Name + ": " + w.column
	change := w.from.String() + " → " + w.to.String()
	s, results := nothingNew(w.snap.Ref, w.snap.Version)
	out := &outcome{Closing: head + ": would become " + w.to.String() + " (" + plural(w.snap.Rows, "row") + ")"}
	switch {
	case record != nil:
		s, results = committed(w.snap.Ref, record)
		out.Closing = head + ": " + change + ", " + plural(w.snap.Rows, "row") + " → " + w.snap.Layer + " " +
			versionName(record.Version) + " (" + seconds(a.elapsed()) + ")"
	case w.from.Equal(w.to):
		out.Closing = head + " is " + w.to.String() + " already (" + versionName(w.snap.Version) + ")"
	}
	out.Summary, out.Result = alterSummary{s, w.column, w.from.String(), w.to.String()}, results
	return out
}
