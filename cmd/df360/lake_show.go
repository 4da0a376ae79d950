package main

import (
	"context"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kalpafall/df360/internal/table"
	"github.com/kalpafall/df360/lake"
)

// showResult is what lake show tells about a dataset.
type showResult struct {
	Layer       string          `json:"layer"`
	Dataset     string          `json:"dataset"`
	CompanionOf *string         `json:"companion_of"`
	Version     *int64          `json:"version"`
	CommitID    *string         `json:"commit_id"`
	CommittedAt *time.Time      `json:"committed_at"`
	UpdatedAt   *time.Time      `json:"updated_at"`
	Rows        int64           `json:"rows"`
	Bytes       int64           `json:"bytes"`
	Files       int             `json:"files"`
	Schema      []showColumn    `json:"schema"`
	PartitionBy []string        `json:"partition_by"`
	Glob        *string         `json:"glob"`
	Delta       bool            `json:"delta"` // other engines can read it as a Delta table
	Progress    json.RawMessage `json:"progress"`
}

// showColumn is one column with its statistics; null where they are not known.
type showColumn struct {
	lake.Column
	Nulls *int64 `json:"nulls"`
	Min   any    `json:"min"`
	Max   any    `json:"max"`
}

func newLakeShowCmd(a *app) *cobra.Command {
	var at int64
	cmd := &cobra.Command{
		Use:   "show DATASET",
		Short: "tells a dataset's columns, partitions and statistics",
		Example: `  df360 lake show processed.transactions_fake
  df360 lake show raw.users_fake --at 0 --json`,
		Args: oneDataset(),
		RunE: a.command("lake show", func(ctx context.Context, args []string) (*outcome, error) {
			_, snap, err := a.snapshotAt(ctx, "lake show", args[0], at)
			if err != nil {
				return nil, err
			}
			r := showOf(snap)
			return &outcome{
				Result: r, Text: r.print,
				Closing: "lake show: " + versioned(snap) + ", " + plural(snap.Rows, "row"),
			}, nil
		}),
	}
	a.lakeFlags(cmd)
	atFlag(cmd, &at)
	return cmd
}

func showOf(s *lake.Snapshot) showResult {
	r := showResult{
		Layer: s.Layer, Dataset: s.Name, Version: versionOf(s.Version), CommitID: orNull(s.CommitID),
		CommittedAt: timeOrNull(s.CommittedAt), UpdatedAt: timeOrNull(s.UpdatedAt), Rows: s.Rows, Bytes: s.Bytes, Files: len(s.Files),
		Schema: []showColumn{}, PartitionBy: append([]string{}, s.PartitionBy...), Glob: orNull(s.Glob()),
		Delta: !s.Foreign && !s.NoDelta, Progress: s.Progress,
	}
	if s.Main != s.Ref {
		r.CompanionOf = orNull(s.Main.Name)
	}
	for _, c := range s.Schema {
		r.Schema = append(r.Schema, columnStats(s, c))
	}
	return r
}

func timeOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// columnStats sums up what the files' footers say of a column.
func columnStats(s *lake.Snapshot, c lake.Column) showColumn {
	out := showColumn{Column: c}
	var nulls int64
	for _, f := range s.Files {
		stat, ok := f.Stats[c.Name]
		if !ok {
			return out // a file does not tell
		}
		nulls += stat.Nulls
	}
	out.Nulls = &nulls
	if low, high, ok := columnRange(s, c.Name); ok {
		out.Min, out.Max = statValue(c.Type, low), statValue(c.Type, high)
	}
	return out
}

// columnRange is the smallest and the largest value of a column of integers,
// dates or times.
func columnRange(s *lake.Snapshot, name string) (low, high int64, ok bool) {
	for _, f := range s.Files {
		stat := f.Stats[name]
		if stat.Nulls == f.Rows {
			continue // no value in it
		}
		l, h, told := stat.IntRange()
		if !told {
			return 0, 0, false
		}
		if !ok {
			low, high, ok = l, h, true
		}
		low, high = min(low, l), max(high, h)
	}
	return low, high, ok
}

// statValue is a footer's number as the column's type means it.
func statValue(typ string, n int64) any {
	switch typ {
	case "DATE":
		return time.Unix(n*86400, 0).UTC().Format(time.DateOnly)
	case "TIMESTAMPTZ":
		return time.UnixMicro(n).UTC().Format(time.RFC3339Nano)
	}
	return n
}

func (r showResult) print(w io.Writer) error {
	facts := [][]string{{"dataset", r.Layer + "." + r.Dataset}}
	add := func(name, value string) { facts = append(facts, []string{name, value}) }
	if r.CompanionOf != nil {
		add("companion of", r.Layer+"."+*r.CompanionOf)
	}
	if r.Version != nil {
		add("version", strconv.FormatInt(*r.Version, 10))
	} else {
		add("version", "none: another tool made this folder")
	}
	if r.CommittedAt != nil {
		add("committed", r.CommittedAt.Format(time.RFC3339Nano))
	}
	if r.UpdatedAt != nil {
		add("updated", r.UpdatedAt.Format(time.RFC3339Nano))
	}
	add("rows", table.Count(r.Rows))
	add("size", size(uint64(max(r.Bytes, 0)))+" in "+plural(int64(r.Files), "file"))
	if len(r.PartitionBy) > 0 {
		add("partitioned by", strings.Join(r.PartitionBy, ", "))
	}
	if r.Glob != nil {
		add("glob", *r.Glob)
	}
	if err := table.Columns(w, facts); err != nil {
		return err
	}
	if _, err := io.WriteString(w, "\n"); err != nil {
		return err
	}
	var rows [][]string
	for _, c := range r.Schema {
		row := []string{c.Name, c.Type, "", table.Text(c.Min), table.Text(c.Max)}
		if c.Nulls != nil {
			row[2] = table.Count(*c.Nulls)
		}
		rows = append(rows, row)
	}
	return table.Grid(w, []string{"column", "type", "nulls", "min", "max"}, []bool{false, false, true, true, true}, rows)
}
