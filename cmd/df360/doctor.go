package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/table"
)

// Marks of a check.
const (
	markOK      = "ok"
	markWarning = "warning"
	markFailed  = "failed"
	markSkipped = "skipped"
)

// check is one thing that doctor has looked at.
type check struct {
	Check  string `json:"check"`
	Mark   string `json:"status"` // ok, warning, failed, skipped
	Detail string `json:"detail"`
	Hint   string `json:"hint,omitempty"`
}

// doctorSummary counts the checks.
type doctorSummary struct {
	Lake     string `json:"lake"`
	Checks   int    `json:"checks"`
	Failed   int    `json:"failed"`
	Warnings int    `json:"warnings"`
}

func newDoctorCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "checks that the lake's file system, the engine and the clock do what df360 needs",
		Long: `Looks at the folder of the lake (or the nearest one above it that is there): writes
into a folder of its own, lets processes race for names, and removes everything.
The lake itself is not touched.`,
		Example: `  df360 doctor
  df360 doctor --lake /mnt/nfs/lake
  df360 doctor --json`,
		Args: arguments(0, 0, "no arguments"),
		RunE: a.command("doctor", func(ctx context.Context, _ []string) (*outcome, error) {
			return a.runDoctor(ctx)
		}),
	}
	a.lakeFlags(cmd)
	a.engineFlags(cmd)
	exits(cmd, exitChecks)
	return cmd
}

func (a *app) runDoctor(ctx context.Context) (*outcome, error) {
	if err := checkLake(a.lake); err != nil {
		return nil, err
	}
	lake, err := filepath.Abs(a.lake)
	if err != nil {
		return nil, fault.OS(err, "find lake %s", a.lake)
	}
	checks, err := a.examine(ctx, lake)
	if err != nil {
		return nil, err
	}
	s := doctorSummary{Lake: lake, Checks: len(checks)}
	for _, c := range checks {
		switch c.Mark {
		case markFailed:
			s.Failed++
		case markWarning:
			s.Warnings++
		}
	}
	out := &outcome{Summary: s, Result: checks, Closing: s.closing(), Text: func(w io.Writer) error { return printChecks(w, checks) }}
	if s.Failed > 0 {
		return out, fault.New(fault.ChecksFailed, "%s failed", plural(int64(s.Failed), "check"))
	}
	return out, nil
}

func (s doctorSummary) closing() string {
	parts := []string{plural(int64(s.Checks), "check")}
	if s.Failed > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", s.Failed))
	}
	if s.Warnings > 0 {
		parts = append(parts, plural(int64(s.Warnings), "warning"))
	}
	if s.Failed+s.Warnings == 0 {
		parts = append(parts, "all is well")
	}
	return "doctor: " + strings.Join(parts, ", ")
}

func printChecks(w io.Writer, checks []check) error {
	rows := [][]string{{"check", "status", "detail"}}
	for _, c := range checks {
		rows = append(rows, []string{c.Check, c.Mark, c.Detail})
		if c.Hint != "" {
			rows = append(rows, []string{"", "", "hint: " + c.Hint})
		}
	}
	return table.Columns(w, rows)
}

// examine makes a folder where the lake's files would be, and looks at what
// can be done in it. Nothing of it is left.
func (a *app) examine(ctx context.Context, lake string) (checks []check, err error) {
	home := existing(lake)
	dir, err := os.MkdirTemp(home, ".df360-doctor-")
	if err != nil {
		return []check{
			{"folder", markFailed, "nothing can be written into " + home + ": " + reason(err), "name another folder with --lake, or get the right to write"},
			{"race", markSkipped, "", ""},
			a.checkEngine(ctx, ""), checkClock(a.now(), a.now()),
		}, ctx.Err()
	}
	defer func() { err = errors.Join(err, fault.OS(os.RemoveAll(dir), "remove %s", dir)) }()
	probe := filepath.Join(dir, "probe")
	checks = append(checks, checkFolder(lake, home, probe), a.checkRace(ctx, dir), checkLock(dir), checkSync(dir), checkSpace(dir))
	checks = append(checks, a.checkEngine(ctx, dir))
	checks = append(checks, checkClock(touched(filepath.Join(dir, "clock")), a.now()))
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return checks, nil
}

// reason is what the system says, without the call and the path that are told
// already.
func reason(err error) string {
	var pathErr *os.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err.Error()
	}
	return err.Error()
}
