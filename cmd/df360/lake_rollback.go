package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/lake"
)

func newLakeRollbackCmd(a *app) *cobra.Command {
	var to int64
	cmd := &cobra.Command{
		Use:   "rollback DATASET --to N",
		Short: "makes an older version's rows the newest again, by a new commit",
		Long: `Commits the rows of version N again, with its companions and with the progress of
its source: what was read since is read again by the next run. Nothing of the
log is lost, so a rollback can be rolled back.`,
		Example: `  df360 lake rollback raw.users_fake --to 3
  df360 lake rollback processed.transactions_fake --to 0 --dry-run`,
		Args: oneDataset(),
	}
	cmd.RunE = a.command("lake rollback", func(ctx context.Context, args []string) (*outcome, error) {
		if err := require(cmd, "to"); err != nil {
			return nil, err
		}
		return a.runRollback(ctx, args[0], to)
	})
	a.lakeFlags(cmd)
	a.writeFlags(cmd)
	cmd.Flags().Int64Var(&to, "to", 0, "the version `N` to go back to")
	return cmd
}

func (a *app) runRollback(ctx context.Context, text string, to int64) (*outcome, error) {
	if to < 0 {
		return nil, fault.New(fault.Usage, "--to %d: versions begin at 0", to)
	}
	l, snap, err := a.snapshotAt(ctx, "lake rollback", text, lake.Latest)
	if err != nil {
		return nil, err
	}
	if a.dryRun {
		return a.previewRollback(ctx, l, snap, to)
	}
	record, err := l.Rollback(ctx, snap.Ref, to)
	if err != nil && record == nil {
		return nil, err
	}
	if record == nil {
		s, results := nothingNew(snap.Ref, to)
		return &outcome{Summary: s, Result: results, Closing: a.closing("lake rollback", s)}, nil
	}
	s, results := committed(snap.Ref, record)
	out := &outcome{Summary: s, Result: results}
	out.Closing = "lake rollback " + snap.Name + ": " + versionName(to) + " is back → " +
		snap.Layer + " " + versionName(record.Version) + " (" + seconds(a.elapsed()) + ")"
	return out, err
}

func (a *app) previewRollback(ctx context.Context, l *lake.Lake, now *lake.Snapshot, to int64) (*outcome, error) {
	if now.Ref != now.Main {
		return nil, fault.New(fault.Usage, "%s is a companion of %s and goes back with it only", now.Ref, now.Main).
			WithHint("df360 lake rollback %s --to %d", now.Main, to)
	}
	then, err := l.Snapshot(ctx, now.Ref, to)
	if err != nil {
		return nil, err
	}
	s, results := nothingNew(now.Ref, now.Version)
	return &outcome{
		Summary: s, Result: results,
		Closing: "lake rollback " + now.Name + ": would go from " + versionName(now.Version) + " (" + plural(now.Rows, "row") + ") to the rows of " +
			versionName(to) + " (" + plural(then.Rows, "row") + ")",
	}, nil
}
