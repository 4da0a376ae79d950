package main

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/lake"
)

func newLakeCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lake",
		Short: "lists, reads, checks and changes the datasets of a lake",
		Example: `  df360 lake ls
  df360 lake query "SELECT status, count(*) FROM processed.transactions_fake GROUP BY ALL"
  df360 lake verify`,
	}
	cmd.AddCommand(
		newLakeLsCmd(a), newLakeShowCmd(a), newLakeLogCmd(a), newLakeFilesCmd(a), newLakeHeadCmd(a), newLakeQueryCmd(a),
		newLakeVerifyCmd(a), newLakeRollbackCmd(a), newLakeAlterCmd(a), newLakePublishCmd(a),
	)
	return cmd
}

// oneDataset is the check of commands that take one dataset.
func oneDataset() cobra.PositionalArgs {
	return arguments(1, 1, "one dataset, such as raw.users_fake")
}

// atFlag is on commands that can read an older version.
func atFlag(cmd *cobra.Command, at *int64) {
	cmd.Flags().Int64Var(at, "at", lake.Latest, "read version `N` (default the newest)")
	cmd.Flags().Lookup("at").DefValue = "0" // hides a default that nobody types
}

// snapshotAt opens the lake and takes a version of the dataset that text names.
func (a *app) snapshotAt(ctx context.Context, command, text string, version int64) (*lake.Lake, *lake.Snapshot, error) {
	if version < lake.Latest {
		return nil, nil, fault.New(fault.Usage, "--at %d: versions begin at 0", version)
	}
	l, err := a.openLake(command)
	if err != nil {
		return nil, nil, err
	}
	ref, err := a.findRef(ctx, l, text)
	if err != nil {
		return nil, nil, err
	}
	snap, err := l.Snapshot(ctx, ref, version)
	if err != nil {
		return nil, nil, err
	}
	return l, snap, l.Inspect(snap)
}

// findRef reads a reference. Without a layer it must be the name of one dataset.
func (a *app) findRef(ctx context.Context, l *lake.Lake, text string) (lake.Ref, error) {
	ref, err := lake.ParseRef(text, "")
	if err == nil || strings.ContainsAny(text, "./") || lake.CheckName(text) != nil {
		return ref, err
	}
	entries, listErr := l.List(ctx)
	if listErr != nil {
		return ref, errors.Join(err, listErr)
	}
	var found []string
	for _, e := range entries {
		if e.Name == text {
			ref = e.Ref
			found = append(found, e.String())
		}
	}
	switch len(found) {
	case 1:
		return ref, nil
	case 0:
		_, err := l.Snapshot(ctx, lake.Ref{Layer: lake.Raw, Name: text}, lake.Latest) // names the nearest
		return ref, err
	}
	return ref, fault.New(fault.Usage, "%s is in several layers", text).WithHint("write %s", strings.Join(found, " or "))
}

// versionName is a version for people: v3, or - for a folder without versions.
func versionName(v int64) string {
	if v < 0 {
		return "-"
	}
	return "v" + strconv.FormatInt(v, 10)
}

// versioned is a dataset's version for a closing line.
func versioned(s *lake.Snapshot) string {
	if s.Foreign {
		return s.String()
	}
	return s.String() + " " + versionName(s.Version)
}

// versionOf is a version for --json: null for a folder without versions.
func versionOf(v int64) *int64 {
	if v < 0 {
		return nil
	}
	return &v
}

// orNull is text for --json: null where there is none.
func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
