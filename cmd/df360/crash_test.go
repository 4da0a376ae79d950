package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/failpoint"
)

// killsVar is the environment variable that says how many kills at random
// instants each crash case makes; with it set, every step is a fail point too.
const killsVar = "DF360_TEST_KILLS"

// recoveryLimit is how long the run after a kill may take: it is a fraction of a
// second, on a machine that has nothing else to do.
func recoveryLimit() time.Duration {
	if os.Getenv(killsVar) != "" {
		return 5 * time.Second
	}
	return 30 * time.Second
}

// crashCase is a series of commands. The last one is killed; run again to its
// end it must leave the same rows as if nothing had happened.
type crashCase struct {
	name     string
	commands [][]string
	datasets []string // folders below the lake
	files    map[string]string
	// serve starts what the commands talk to, and says what stands for {server}
	// in them; nil: nothing.
	serve func(t *testing.T) string
}

// serving is the case with its server started.
func (c crashCase) serving(t *testing.T) crashCase {
	t.Helper()
	if c.serve == nil {
		return c
	}
	server := c.serve(t)
	commands := c.commands
	c.commands = nil
	for _, args := range commands {
		var own []string
		for _, arg := range args {
			own = append(own, strings.ReplaceAll(arg, "{server}", server))
		}
		c.commands = append(c.commands, own)
	}
	return c
}

func crashCases() []crashCase {
	return append(rowCrashCases(), ingestCrashCases()...)
}

func rowCrashCases() []crashCase {
	fakes := []string{"fake", "transactions", "--rows", "400", "--seed", "7", "--duplicates", "5%", "--invalid", "6%", "--nulls", "3%"}
	more := []string{"fake", "transactions", "--rows", "300", "--seed", "8", "--duplicates", "5%", "--invalid", "6%"}
	transform := []string{"transform", "--dataset", "transactions_fake", "--type", "transactions", "--aggregate"}
	raw := []string{"raw/transactions_fake"}
	processed := []string{
		"raw/transactions_fake", "processed/transactions_fake",
		"processed/transactions_fake_rejected", "processed/transactions_fake_agg",
	}
	return []crashCase{
		{name: "fake", commands: [][]string{fakes}, datasets: raw},
		{name: "fake again", commands: [][]string{fakes, more}, datasets: raw},
		{name: "transform", commands: [][]string{fakes, transform}, datasets: processed},
		{name: "transform more", commands: [][]string{fakes, transform, more, transform}, datasets: processed},
		{name: "transform full", commands: [][]string{fakes, transform, append(transform, "--full")}, datasets: processed},
	}
}

// TestKillAtEveryStep kills the last command of each case at steps of its
// commit: at every one in the long form, at every few in the short.
func TestKillAtEveryStep(t *testing.T) {
	t.Parallel()
	for _, c := range crashCases() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c := c.serving(t)
			stride := 3
			switch {
			case os.Getenv(killsVar) != "":
				stride = 1
			case len(c.files) > 0: // several commits, and so many steps of the same kind
				stride = 10
			}
			want := c.expected(t)
			for step := 1; ; step += stride {
				dir := c.prepare(t)
				cmd := c.last(t, dir)
				cmd.Env = append(os.Environ(), failpoint.EnvVar+"="+strconv.Itoa(step)+"=kill")
				if !killed(t, cmd) {
					if step < 20 {
						t.Errorf("the run has only %d steps", step)
					}
					return
				}
				c.check(t, dir, want, fmt.Sprintf("killed at step %d", step))
				if t.Failed() {
					return
				}
			}
		})
	}
}

// TestKillAtRandom kills the last command of each case at random instants.
func TestKillAtRandom(t *testing.T) {
	t.Parallel()
	kills := 6
	if text := os.Getenv(killsVar); text != "" {
		var err error
		if kills, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	for _, c := range crashCases() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c := c.serving(t)
			random := rand.New(rand.NewPCG(seed, 0))
			want := c.expected(t)
			whole := c.duration(t)
			for range kills {
				dir := c.prepare(t)
				delay := time.Duration(random.Int64N(int64(whole)))
				cmd := c.last(t, dir)
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				time.Sleep(delay)
				_ = cmd.Process.Kill() // it may have ended
				_ = cmd.Wait()
				c.check(t, dir, want, fmt.Sprintf("killed after %s", delay))
				if t.Failed() {
					return
				}
			}
		})
	}
}

func (c crashCase) last(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	cmd := program(t, c.commands[len(c.commands)-1]...)
	cmd.Dir = dir
	return cmd
}

// prepare runs everything but the last command.
func (c crashCase) prepare(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range c.files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range c.commands[:len(c.commands)-1] {
		mustRun(t, dir, args)
	}
	return dir
}

// expected are the rows of a series that nothing disturbs.
func (c crashCase) expected(t *testing.T) map[string]string {
	t.Helper()
	dir := c.prepare(t)
	mustRun(t, dir, c.commands[len(c.commands)-1])
	return c.rows(t, dir)
}

func (c crashCase) duration(t *testing.T) time.Duration {
	t.Helper()
	dir := c.prepare(t)
	start := time.Now()
	mustRun(t, dir, c.commands[len(c.commands)-1])
	return time.Since(start) * 6 / 5
}

// check runs the killed command again and compares the rows.
func (c crashCase) check(t *testing.T, dir string, want map[string]string, what string) {
	t.Helper()
	start := time.Now()
	mustRun(t, dir, c.commands[len(c.commands)-1])
	if took := time.Since(start); took > recoveryLimit() {
		t.Errorf("%s: the next run took %s", what, took)
	}
	got := c.rows(t, dir)
	for _, name := range c.datasets {
		if got[name] != want[name] {
			t.Errorf("%s: %s has rows %s, want %s", what, name, got[name], want[name])
		}
	}
	mustRun(t, dir, []string{"lake", "verify"})
	if left, err := filepath.Glob(filepath.Join(dir, ".df360-*")); err != nil || len(left) > 0 {
		t.Errorf("%s: spill folders are left: %v", what, left)
	}
}

// rows is the number of rows of each dataset and a hash of them in any order,
// as a foreign reader sees the folders: by glob, without df360.
func (c crashCase) rows(t *testing.T, dir string) map[string]string {
	t.Helper()
	ctx := context.Background()
	s, err := duck.Open(ctx, duck.Options{Threads: 1, TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }() // only read
	out := map[string]string{}
	for _, name := range c.datasets {
		glob := filepath.Join(dir, "data_lake", name, "**", "*.parquet")
		scan := "read_parquet(" + duck.Literal(glob) + ", union_by_name = true, hive_partitioning = true)"
		var count, sum, columns string
		// The order of the columns depends on which file comes first.
		err := s.QueryRow(ctx, `SELECT string_agg('"' || column_name || '"', ', ' ORDER BY column_name) FROM (DESCRIBE SELECT * FROM `+scan+`)
			WHERE column_name NOT IN ('_processed_timestamp', '_ingestion_timestamp', 'year', 'month', 'day')`, &columns)
		if err != nil {
			t.Fatalf("read %s: %v", name, err)
		}
		err = s.QueryRow(ctx, `SELECT count(*)::VARCHAR, coalesce(sum(hash(`+columns+`)::HUGEINT), 0)::VARCHAR FROM `+scan, &count, &sum)
		if err != nil {
			t.Fatalf("read %s: %v", name, err)
		}
		out[name] = count + "/" + sum
	}
	return out
}

// mustRun runs df360 in dir.
func mustRun(t *testing.T, dir string, args []string) {
	t.Helper()
	cmd := program(t, args...)
	cmd.Dir = dir
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		t.Fatalf("df360 %s: %v\n%s", strings.Join(args, " "), err, output.String())
	}
}

// killed runs a command and reports whether SIGKILL ended it.
func killed(t *testing.T, cmd *exec.Cmd) bool {
	t.Helper()
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	err := cmd.Run()
	if err == nil {
		return false
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		t.Fatal(err)
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	if !ok || status.Signal() != syscall.SIGKILL {
		t.Fatalf("%s: %v\n%s", cmd, err, output.String())
	}
	return true
}
