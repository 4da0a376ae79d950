package main

import (
	"context"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/nearest"
	"github.com/kalpafall/df360/internal/table"
	"github.com/kalpafall/df360/lake"
)

// lsEntry is one dataset of lake ls.
type lsEntry struct {
	Layer       string     `json:"layer"`
	Dataset     string     `json:"dataset"`
	CompanionOf *string    `json:"companion_of"`
	Version     *int64     `json:"version"` // null for a folder that another tool made
	Rows        int64      `json:"rows"`
	Bytes       int64      `json:"bytes"`
	Files       int        `json:"files"`
	UpdatedAt   *time.Time `json:"updated_at"`
	Freshness   *float64   `json:"freshness_seconds"`
	Glob        *string    `json:"glob"` // null where there is no file
	Problem     string     `json:"problem,omitempty"`
}

// lsSummary sums up lake ls.
type lsSummary struct {
	Datasets int   `json:"datasets"`
	Rows     int64 `json:"rows"`
	Bytes    int64 `json:"bytes"`
}

func newLakeLsCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ls [LAYER|DATASET]",
		Short: "lists datasets with their versions, rows, sizes and freshness",
		Example: `  df360 lake ls
  df360 lake ls processed
  df360 lake ls --json | jq -r '.result[] | select(.freshness_seconds > 86400) | .dataset'`,
		Args: arguments(0, 1, "at most one layer or dataset"),
		RunE: a.command("lake ls", func(ctx context.Context, args []string) (*outcome, error) {
			return a.runLs(ctx, strings.Join(args, ""))
		}),
	}
	a.lakeFlags(cmd)
	exits(cmd, exitPartial)
	return cmd
}

func (a *app) runLs(ctx context.Context, which string) (*outcome, error) {
	l, err := a.openLake("lake ls")
	if err != nil {
		return nil, err
	}
	all, err := l.List(ctx)
	if err != nil {
		return nil, err
	}
	entries, err := selectEntries(l, all, which)
	if err != nil {
		return nil, err
	}
	result, broken := []lsEntry{}, []string{}
	var s lsSummary
	for _, e := range entries {
		result = append(result, a.lsEntry(e))
		s.Datasets, s.Rows, s.Bytes = s.Datasets+1, s.Rows+e.Rows, s.Bytes+e.Bytes
		if e.Problem != nil {
			broken = append(broken, e.String()+": "+e.Problem.Error())
		}
	}
	out := &outcome{Summary: s, Result: result, Text: func(w io.Writer) error { return a.printLs(w, result) }}
	out.Closing = "lake ls: " + plural(int64(s.Datasets), "dataset") + ", " + plural(s.Rows, "row")
	if len(broken) > 0 {
		return out, fault.New(fault.Partial, "%s cannot be read:\n  %s", plural(int64(len(broken)), "dataset"), strings.Join(broken, "\n  ")).
			WithHint("df360 lake verify tells what is damaged")
	}
	return out, nil
}

// selectEntries are those of a layer, or one dataset and its companions.
func selectEntries(l *lake.Lake, all []lake.Entry, which string) ([]lake.Entry, error) {
	if which == "" {
		return all, nil
	}
	layer, name, _ := strings.Cut(strings.Replace(which, "/", ".", 1), ".")
	var out []lake.Entry
	var names []string
	for _, e := range all {
		names = append(names, e.String(), e.Name)
		named := e.Name == name || (e.CompanionOf != "" && e.CompanionOf == name)
		bare := name == "" && (e.Layer == which || e.Name == which || (e.CompanionOf != "" && e.CompanionOf == which))
		if bare || (e.Layer == layer && named) {
			out = append(out, e)
		}
	}
	if len(out) > 0 || (name == "" && isLayer(which)) {
		return out, nil
	}
	err := fault.New(fault.NotFound, "there is no layer or dataset %s in lake %s", which, l.Root())
	if near := nearest.Of(which, append(lake.Layers(), names...)); near != "" {
		return nil, err.WithHint("did you mean %s?", near)
	}
	return nil, err.WithHint("df360 lake ls lists what is there")
}

func isLayer(name string) bool {
	for _, l := range lake.Layers() {
		if l == name {
			return true
		}
	}
	return false
}

func (a *app) lsEntry(e lake.Entry) lsEntry {
	out := lsEntry{
		Layer: e.Layer, Dataset: e.Name, CompanionOf: orNull(e.CompanionOf), Version: versionOf(e.Version),
		Rows: e.Rows, Bytes: e.Bytes, Files: e.Files, Glob: orNull(e.Glob),
	}
	if !e.UpdatedAt.IsZero() {
		at := e.UpdatedAt.UTC()
		old := a.now().Sub(at).Seconds()
		out.UpdatedAt, out.Freshness = &at, &old
	}
	if e.Problem != nil {
		out.Problem = e.Problem.Error()
	}
	return out
}

func (a *app) printLs(w io.Writer, entries []lsEntry) error {
	if len(entries) == 0 {
		return nil
	}
	head := []string{"dataset", "version", "rows", "size", "files", "updated"}
	var rows [][]string
	for _, e := range entries {
		row := []string{e.Layer + "." + e.Dataset, "-", table.Count(e.Rows), size(uint64(max(e.Bytes, 0))), strconv.Itoa(e.Files), ""}
		if e.Version != nil {
			row[1] = versionName(*e.Version)
		}
		if e.Freshness != nil {
			row[5] = ago(time.Duration(*e.Freshness * float64(time.Second)))
		}
		if e.Problem != "" {
			row[2], row[3], row[4], row[5] = "", "", "", "cannot be read"
		}
		rows = append(rows, row)
	}
	return table.Grid(w, head, []bool{false, true, true, true, true}, rows)
}

// ago is an age for people: 12 s ago, 3 h ago, 5 d ago.
func ago(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return strconv.Itoa(int(d.Seconds())) + " s ago"
	case d < 2*time.Hour:
		return strconv.Itoa(int(d.Minutes())) + " min ago"
	case d < 48*time.Hour:
		return strconv.Itoa(int(d.Hours())) + " h ago"
	}
	return strconv.Itoa(int(d.Hours()/24)) + " d ago"
}
