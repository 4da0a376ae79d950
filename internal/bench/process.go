package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// bench is one run of the program.
type bench struct {
	options
	out io.Writer
}

// usage is what a process took, by the kernel's accounting.
type usage struct {
	wall, cpu time.Duration
	peak      int64 // bytes of memory
}

// exec runs a command in the scratch folder and measures it.
func (b *bench) exec(ctx context.Context, name string, args ...string) (usage, error) {
	cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // what the caller asks to measure
	cmd.Dir = b.dir
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	start := time.Now()
	err := cmd.Run()
	u := usage{wall: time.Since(start)}
	if err != nil {
		return u, fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, output.String())
	}
	u.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if r, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		u.peak = r.Maxrss << 10 // Linux counts KiB
	}
	return u, nil
}

// df360 runs the program under test.
func (b *bench) df360(ctx context.Context, args ...string) (usage, error) {
	return b.exec(ctx, b.bin, args...)
}

// median runs a small command several times and returns the median wall time.
func (b *bench) median(ctx context.Context, f func(ctx context.Context, i int) (usage, error)) (time.Duration, error) {
	var walls []time.Duration
	for i := range b.runs {
		u, err := f(ctx, i)
		if err != nil {
			return 0, err
		}
		walls = append(walls, u.wall)
	}
	slices.Sort(walls)
	return walls[len(walls)/2], nil
}

// row prints one line of the table.
func (b *bench) row(work, figure, bar string) {
	_, _ = fmt.Fprintf(b.out, "| %s | %s | %s |\n", work, figure, bar) // the terminal
}

func (b *bench) printMachine(ctx context.Context) {
	version, err := exec.CommandContext(ctx, b.bin, "version").Output() //nolint:gosec // the program under test
	if err != nil {
		version = []byte(err.Error())
	}
	_, _ = fmt.Fprintf(b.out, "%s, %s/%s, %d processors\n%s\n| work | measured | bar |\n|---|---|---|\n",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), strings.TrimSpace(string(version)))
}

func (u usage) String() string {
	return fmt.Sprintf("%.1f s, %.1f CPU-s, %.2f GB", u.wall.Seconds(), u.cpu.Seconds(), float64(u.peak)/1e9)
}

// ratio is a/b.
func ratio[T ~int64](a, b T) float64 { return float64(a) / float64(b) }
