package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/table"
	"github.com/kalpafall/df360/lake"
)

// verifyResult is what lake verify found.
type verifyResult struct {
	CheckedFiles int             `json:"checked_files"`
	Problems     []verifyProblem `json:"problems"`
}

// verifyProblem is one damaged file. Path is relative to the lake's root.
type verifyProblem struct {
	Path    string `json:"path"`
	Problem string `json:"problem"`
}

func newLakeVerifyCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify [DATASET...]",
		Short: "checks every file and record of the lake, and names what is damaged",
		Long: `Reads every file of the named datasets (default: the whole lake) and compares it
with the commit records: checksums, footers, row counts, sidecars, the Delta log,
and files that nobody committed. A commit that was not published to its end is
published; that is no damage.`,
		Example: `  df360 lake verify
  df360 lake verify raw.users_fake processed.users_fake --json`,
		Args: arguments(0, -1, "datasets, or nothing"),
		RunE: a.command("lake verify", func(ctx context.Context, args []string) (*outcome, error) {
			return a.runVerify(ctx, args)
		}),
	}
	a.lakeFlags(cmd)
	a.progressFlag(cmd)
	exits(cmd, exitChecks)
	return cmd
}

func (a *app) runVerify(ctx context.Context, args []string) (*outcome, error) {
	l, err := a.openLake("lake verify")
	if err != nil {
		return nil, err
	}
	var refs []lake.Ref
	for _, arg := range args {
		ref, err := a.findRef(ctx, l, arg)
		if err != nil {
			return nil, err
		}
		refs = append(refs, ref)
	}
	meter := a.meter("lake verify", -1, false)
	report, err := l.Verify(ctx, refs...)
	meter.Stop()
	if err != nil {
		return nil, err
	}
	r := verifyResult{CheckedFiles: report.CheckedFiles, Problems: []verifyProblem{}}
	for _, p := range report.Problems {
		r.Problems = append(r.Problems, verifyProblem{p.Path, p.Problem})
	}
	out := &outcome{Result: r, Text: r.print, Closing: "lake verify: " + plural(int64(r.CheckedFiles), "file") + " checked"}
	if n := len(r.Problems); n > 0 {
		out.Closing += ", " + plural(int64(n), "problem")
		return out, fault.New(fault.ChecksFailed, "%s found in lake %s", plural(int64(n), "problem"), l.Root()).
			WithHint("restore what is damaged from a backup or its source, or go back with df360 lake rollback")
	}
	out.Closing += ", all is well (" + seconds(a.elapsed()) + ")"
	return out, nil
}

func (r verifyResult) print(w io.Writer) error {
	if len(r.Problems) == 0 {
		return nil
	}
	var rows [][]string
	for _, p := range r.Problems {
		rows = append(rows, []string{p.Path, p.Problem})
	}
	return table.Grid(w, []string{"file", "problem"}, nil, rows)
}
