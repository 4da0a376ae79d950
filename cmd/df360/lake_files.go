package main

import (
	"context"
	"io"
	"path"

	"github.com/spf13/cobra"

	"github.com/kalpafall/df360/lake"
)

// fileEntry is one file of lake files. Path is relative to the lake's root.
type fileEntry struct {
	Path      string             `json:"path"`
	Rows      int64              `json:"rows"`
	Bytes     int64              `json:"bytes"`
	SHA256    *string            `json:"sha256"` // null for files of another tool
	Partition map[string]*string `json:"partition"`
}

func newLakeFilesCmd(a *app) *cobra.Command {
	var at int64
	cmd := &cobra.Command{
		Use:   "files DATASET",
		Short: "lists the files of one version of a dataset",
		Long: `Lists the files of one version, one path a line, relative to the lake's folder. This is
the consistent list for tools that cannot read the Delta log: a glob may see a
commit of several files half published.`,
		Example: `  df360 lake files processed.transactions_fake
  df360 lake files raw.users_fake --at 0 --json`,
		Args: oneDataset(),
		RunE: a.command("lake files", func(ctx context.Context, args []string) (*outcome, error) {
			_, snap, err := a.snapshotAt(ctx, "lake files", args[0], at)
			if err != nil {
				return nil, err
			}
			entries := fileEntries(snap)
			return &outcome{
				Result: entries, Text: func(w io.Writer) error { return printFiles(w, entries) },
				Closing: "lake files: " + plural(int64(len(entries)), "file") + " of " + versioned(snap),
			}, nil
		}),
	}
	a.lakeFlags(cmd)
	atFlag(cmd, &at)
	return cmd
}

func fileEntries(s *lake.Snapshot) []fileEntry {
	out := []fileEntry{}
	for _, f := range s.Files {
		e := fileEntry{Path: path.Join(s.Layer, s.Name, f.Path), Rows: f.Rows, Bytes: f.Bytes, SHA256: orNull(f.SHA256), Partition: f.Partition}
		if e.Partition == nil {
			e.Partition = map[string]*string{}
		}
		out = append(out, e)
	}
	return out
}

func printFiles(w io.Writer, entries []fileEntry) error {
	for _, e := range entries {
		if _, err := io.WriteString(w, printable(e.Path)+"\n"); err != nil {
			return err
		}
	}
	return nil
}
