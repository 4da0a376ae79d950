package main

import (
	"context"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kalpafall/df360/internal/config"
	"github.com/kalpafall/df360/internal/failpoint"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/secret"
)

// app is one run of df360: what it was called with, and what it will say. A
// command reads from it and returns an outcome; it prints nothing itself,
// unless data streams to stdout.
type app struct {
	args   []string
	env    map[string]string
	stdin  io.Reader
	stdout *outPipe
	stderr io.Writer

	now     func() time.Time
	started time.Time
	runID   string
	log     *slog.Logger
	fail    *failpoint.Set
	signals *signals
	secrets *secret.Scrubber // what nothing that is printed may show

	globals
	settings config.Settings // where each value came from is settled

	name    string // of the command, "ingest file"
	began   bool   // the command's own function was entered
	outcome *outcome
}

// globals are the flags that several commands share, after environment,
// df360.yaml and defaults have been applied.
type globals struct {
	lake        string // path of the lake
	memoryLimit int64  // bytes; 0 is the engine's default
	threads     int    // 0 is all cores
	tempDir     string // "" is beside the lake
	lockTimeout time.Duration
	projectDir  string // folder of df360.yaml, else the working directory
	progress    string // auto, always, never
	logFormat   string // text, json
	json        bool
	dryRun      bool
	quiet       bool
	verbose     int
}

// outcome is what a command has to say. It may come with an error: a partial
// success (exit 3) and failed checks (exit 4) have results too.
type outcome struct {
	// Summary and Result are the fields of that name under --json.
	Summary any
	Result  any
	// Rows, where it is set, is the JSON of the result that may be too long for
	// memory. It is read once and closed.
	Rows io.ReadCloser
	// Closing is the closing line on stderr, without a line end; "" is none.
	Closing string
	// Text prints the result for people, where --json was not asked for; nil
	// prints nothing. Long results may stream.
	Text func(w io.Writer) error
}

// command makes a cobra RunE of a command's own function. name is what --json
// reports as command ("ingest file").
func (a *app) command(name string, f func(ctx context.Context, args []string) (*outcome, error)) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		a.name = name
		if err := a.settle(cmd); err != nil {
			return err
		}
		a.began = true
		a.log.Info("start", "command", name, "run_id", a.runID)
		var err error
		a.outcome, err = f(cmd.Context(), args)
		return err
	}
}

// elapsed is the run's duration so far.
func (a *app) elapsed() time.Duration { return a.now().Sub(a.started) }

// getenv reads the environment that run was given; "" where it is not set.
func (a *app) getenv(name string) string { return a.env[name] }

// environ makes a map of KEY=value lines.
func environ(lines []string) map[string]string {
	env := make(map[string]string, len(lines))
	for _, line := range lines {
		if key, value, ok := strings.Cut(line, "="); ok {
			env[key] = value
		}
	}
	return env
}

// arguments is a cobra check of the number of arguments; usage says what they
// are ("one dataset"). most < 0 is no upper limit.
func arguments(least, most int, usage string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) >= least && (most < 0 || len(args) <= most) {
			return nil
		}
		what := "no arguments were given"
		switch {
		case len(args) == 1:
			what = "1 argument was given"
		case len(args) > 1:
			what = plural(int64(len(args)), "argument") + " were given"
		}
		return fault.New(fault.Usage, "%s takes %s; %s", cmd.CommandPath(), usage, what).
			WithHint("%s", strings.TrimSpace(cmd.UseLine()))
	}
}

// require is a usage error for the first of the named flags that was not set.
func require(cmd *cobra.Command, names ...string) error {
	for _, name := range names {
		if f := cmd.Flags().Lookup(name); f == nil || !f.Changed {
			return fault.New(fault.Usage, "%s needs --%s", cmd.CommandPath(), name).
				WithHint("%s --help has examples", cmd.CommandPath())
		}
	}
	return nil
}

// sortedNames are the keys of m in order.
func sortedNames[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}
