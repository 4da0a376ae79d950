package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// program is a call of df360 as a process of its own.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath("df360") // TestMain has put it there
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Dir = t.TempDir()
	return cmd
}

func code(t *testing.T, err error) int {
	t.Helper()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if exit == nil {
		return 0
	}
	return exit.ExitCode()
}

func TestClosedStdoutIsQuiet(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"completion", "bash"}, {"version", "--json"}, {"--help"}} {
		cmd := program(t, args...)
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		var stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = w, &stderr
		if err := errors.Join(r.Close(), cmd.Start(), w.Close()); err != nil {
			t.Fatal(err)
		}
		if got := code(t, cmd.Wait()); got != 0 || stderr.Len() > 0 {
			t.Errorf("%v: exit %d, stderr %q", args, got, stderr.String())
		}
	}
}

func TestFullStdoutIsAnError(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("this system has no /dev/full")
	}
	defer func() { _ = full.Close() }()
	cmd := program(t, "version")
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = full, &stderr
	if got := code(t, cmd.Run()); got != exitFailed || !bytes.Contains(stderr.Bytes(), []byte("write to stdout")) {
		t.Errorf("exit %d, stderr %q", got, stderr.String())
	}
}

// TestSignals stops a command that does not listen: it waits for its stdin.
func TestSignals(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		signals []os.Signal
		want    int
		within  time.Duration
	}{
		"interrupt":       {[]os.Signal{os.Interrupt}, 130, 5 * time.Second},
		"terminate":       {[]os.Signal{syscall.SIGTERM}, 143, 5 * time.Second},
		"interrupt twice": {[]os.Signal{os.Interrupt, os.Interrupt}, 130, 2 * time.Second},
		"both":            {[]os.Signal{os.Interrupt, syscall.SIGTERM}, 143, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := program(t, "race", ".")
			stdin, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = stdin.Close() }()
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(stdout, make([]byte, len("ready\n"))); err != nil {
				t.Fatal(err)
			}
			begin := time.Now()
			for _, s := range tc.signals {
				if err := cmd.Process.Signal(s); err != nil {
					t.Fatal(err)
				}
				time.Sleep(100 * time.Millisecond)
			}
			if got := code(t, cmd.Wait()); got != tc.want {
				t.Errorf("exit %d, want %d", got, tc.want)
			}
			if took := time.Since(begin); took > tc.within {
				t.Errorf("it took %s", took)
			}
		})
	}
}

// TestInterruptedQuery stops a query in the middle of the engine's work.
func TestInterruptedQuery(t *testing.T) {
	t.Parallel()
	cmd := program(t, "lake", "query", "--progress", "never", "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(500 * time.Millisecond)
	begin := time.Now()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if got := code(t, cmd.Wait()); got != exitInterrupt {
		t.Errorf("exit %d, stderr %q", got, stderr.String())
	}
	if took := time.Since(begin); took > 2*time.Second {
		t.Errorf("it took %s", took)
	}
	left, err := filepath.Glob(filepath.Join(cmd.Dir, ".df360*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
