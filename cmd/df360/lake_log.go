package main

import (
	"context"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/table"
	"github.com/kalpafall/df360/lake"
)

// logEntry is one commit of lake log.
type logEntry struct {
	Version     int64          `json:"version"`
	CommitID    string         `json:"commit_id"`
	Operation   lake.Operation `json:"operation"`
	CommittedAt time.Time      `json:"committed_at"`
	Command     string         `json:"command"`
	RowsAdded   int64          `json:"rows_added"`
	RowsRemoved int64          `json:"rows_removed"`
}

func newLakeLogCmd(a *app) *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use:   "log DATASET",
		Short: "lists the commits of a dataset, oldest first",
		Example: `  df360 lake log processed.transactions_fake
  df360 lake log raw.users_fake --limit 5`,
		Args: oneDataset(),
		RunE: a.command("lake log", func(ctx context.Context, args []string) (*outcome, error) {
			if limit < 0 {
				return nil, fault.New(fault.Usage, "--limit %d: a number from 0 (all) expected", limit)
			}
			_, snap, err := a.snapshotAt(ctx, "lake log", args[0], lake.Latest)
			if err != nil {
				return nil, err
			}
			return a.runLog(ctx, snap, limit)
		}),
	}
	a.lakeFlags(cmd)
	cmd.Flags().IntVarP(&limit, "limit", "n", 0, "list the newest `N` only (default all)")
	return cmd
}

func (a *app) runLog(ctx context.Context, snap *lake.Snapshot, limit int) (*outcome, error) {
	if snap.Foreign {
		return nil, fault.New(fault.NotFound, "dataset %s has no commits: another tool made its folder", snap.Ref)
	}
	l, err := a.openLake("lake log")
	if err != nil {
		return nil, err
	}
	records, err := l.Records(ctx, snap.Main, 0, snap.Version)
	if err != nil {
		return nil, err
	}
	entries := logEntries(snap.Ref, records)
	if limit > 0 && len(entries) > limit {
		entries = entries[len(entries)-limit:]
	}
	return &outcome{
		Result: entries, Text: func(w io.Writer) error { return printLog(w, entries) },
		Closing: "lake log: " + plural(int64(len(entries)), "commit") + " of " + snap.String(),
	}, nil
}

// logEntries are the commits that touched ref, with the rows that they added
// to it and took from it.
func logEntries(ref lake.Ref, records []*lake.Record) []logEntry {
	out := []logEntry{}
	rows := map[string]int64{} // of each file
	for _, r := range records {
		d, ok := r.Datasets[ref.Name]
		if !ok {
			continue
		}
		e := logEntry{
			Version: r.Version, CommitID: r.CommitID, Operation: r.Operation, CommittedAt: r.CommittedAt, Command: r.Command,
		}
		for _, f := range d.Add {
			e.RowsAdded += f.Rows
			rows[f.Path] = f.Rows
		}
		for _, path := range d.Remove {
			e.RowsRemoved += rows[path]
			delete(rows, path)
		}
		out = append(out, e)
	}
	return out
}

func printLog(w io.Writer, entries []logEntry) error {
	var rows [][]string
	for _, e := range entries {
		rows = append(rows, []string{
			versionName(e.Version), e.CommittedAt.UTC().Format(time.RFC3339), string(e.Operation),
			table.Count(e.RowsAdded), table.Count(e.RowsRemoved), e.Command,
		})
	}
	head := []string{"version", "committed", "operation", "added", "removed", "command"}
	return table.Grid(w, head, []bool{true, false, false, true, true}, rows)
}
