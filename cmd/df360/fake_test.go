package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// startAll starts the same number of processes as there are calls and waits
// for all; it returns their summaries.
func startAll(t *testing.T, calls [][]string) []fakeSummary {
	t.Helper()
	cmds := make([]*exec.Cmd, len(calls))
	outs := make([]bytes.Buffer, len(calls))
	for i, args := range calls {
		cmds[i] = program(t, append(args, "--json")...)
		cmds[i].Stdout = &outs[i]
		if err := cmds[i].Start(); err != nil {
			t.Fatal(err)
		}
	}
	summaries := make([]fakeSummary, len(calls))
	for i, cmd := range cmds {
		if got := code(t, cmd.Wait()); got != 0 {
			t.Fatalf("%v: exit %d: %s", calls[i], got, outs[i].String())
		}
		var r struct{ Summary *fakeSummary }
		r.Summary = &summaries[i]
		if err := json.Unmarshal(outs[i].Bytes(), &r); err != nil {
			t.Fatal(err)
		}
	}
	return summaries
}

// TestRacingSeeds: of processes with the same seed one writes, whoever comes
// first; those with others all do. The lock, which is politeness, is off.
func TestRacingSeeds(t *testing.T) {
	t.Parallel()
	lake := filepath.Join(t.TempDir(), "lake")
	var calls [][]string
	for range 4 {
		for _, seed := range []string{"1", "2"} {
			calls = append(calls, []string{"fake", "logs", "--rows", "20000", "--seed", seed, "--lake", lake, "--lock-timeout", "0s"})
		}
	}
	rows, versions := int64(0), map[int64]bool{}
	for _, s := range startAll(t, calls) {
		rows += s.RowsWritten
		if s.RowsWritten > 0 {
			versions[*s.Version] = true
		}
	}
	if rows != 40_000 || len(versions) != 2 {
		t.Errorf("%d rows written in %d versions, want 40000 in 2", rows, len(versions))
	}
	for _, s := range startAll(t, calls) {
		if s.RowsWritten != 0 || *s.Version != 1 {
			t.Errorf("run again: %d rows written, version %d", s.RowsWritten, *s.Version)
		}
	}
}

// TestRacingForOneFile: without --force a file is written by one process.
func TestRacingForOneFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmds := make([]*exec.Cmd, 6)
	for i := range cmds {
		cmds[i] = program(t, "fake", "logs", "--rows", "20000", "--out", filepath.Join(dir, "rows.csv"))
		if err := cmds[i].Start(); err != nil {
			t.Fatal(err)
		}
	}
	ok := 0
	for _, cmd := range cmds {
		switch code(t, cmd.Wait()) {
		case 0:
			ok++
		case exitUsage:
		default:
			t.Error("neither success nor refusal")
		}
	}
	data, err := os.ReadFile(filepath.Join(dir, "rows.csv"))
	if err != nil || ok != 1 || bytes.Count(data, []byte("\n")) != 20_001 {
		t.Errorf("%d processes wrote; %d lines; %v", ok, bytes.Count(data, []byte("\n")), err)
	}
	if left := names(t, dir); len(left) != 1 {
		t.Errorf("left in the folder: %v", left)
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

// TestStoppedWhileWritingAFile: a file is there whole or not at all, whatever
// the signal; what a killed run leaves goes with the next.
func TestStoppedWhileWritingAFile(t *testing.T) {
	t.Parallel()
	for signal, want := range map[syscall.Signal]int{syscall.SIGINT: exitInterrupt, syscall.SIGTERM: exitTerminate, syscall.SIGKILL: -1} {
		dir := t.TempDir()
		path := filepath.Join(dir, "rows.csv")
		cmd := program(t, "fake", "logs", "--rows", "500000000", "--out", path)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for len(names(t, dir)) == 0 {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(50 * time.Millisecond)
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if got := code(t, cmd.Wait()); got != want {
			t.Errorf("%s: exit %d, want %d", signal, got, want)
		}
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s: half a file is there", signal)
		}
		if left := names(t, dir); signal != syscall.SIGKILL && len(left) > 0 {
			t.Errorf("%s: left %v", signal, left)
		}
		if err := program(t, "fake", "logs", "--rows", "10", "--out", path).Run(); err != nil {
			t.Errorf("%s: run again: %v", signal, err)
		}
		if left := strings.Join(names(t, dir), " "); left != "rows.csv" {
			t.Errorf("%s: after the next run there are %s", signal, left)
		}
	}
}

// TestInterruptedWhileWritingToTheLake: nothing is there, and nothing is left.
func TestInterruptedWhileWritingToTheLake(t *testing.T) {
	t.Parallel()
	lake := filepath.Join(t.TempDir(), "lake")
	stage := filepath.Join(lake, "raw", "logs_fake", "_df360", "stage")
	cmd := program(t, "fake", "logs", "--rows", "500000000", "--lake", lake)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for {
		if entries, err := os.ReadDir(stage); err == nil && len(entries) > 0 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	started := time.Now()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if got := code(t, cmd.Wait()); got != exitInterrupt {
		t.Errorf("exit %d", got)
	}
	if took := time.Since(started); took > 5*time.Second {
		t.Errorf("it took %s to stop", took)
	}
	if _, err := os.Stat(filepath.Join(lake, "raw", "logs_fake")); err == nil {
		t.Errorf("left of a dataset that came to nothing: %v", names(t, filepath.Join(lake, "raw", "logs_fake")))
	}
}
