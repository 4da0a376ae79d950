package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// options of a run.
type options struct {
	bin   string // the df360 to measure
	dir   string // scratch folder
	rows  int64  // of the large transform
	only  string // runs only the measurements whose name contains it
	peers bool   // runs the peers that need Python packages, too
	runs  int    // of small measurements; the median counts
}

func run(ctx context.Context, args []string, w io.Writer) error {
	if ok, err := runPeer(ctx, args); ok { // as a process of its own
		return err
	}
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.StringVar(&o.bin, "bin", "bin/df360", "the df360 to measure")
	flags.StringVar(&o.dir, "dir", "", "scratch folder (a temporary one, removed afterwards)")
	flags.Int64Var(&o.rows, "rows", 20_000_000, "rows of the large transform")
	flags.StringVar(&o.only, "only", "", "only measurements whose name contains this")
	flags.BoolVar(&o.peers, "peers", false, "peers in Python, too, where they are installed")
	flags.IntVar(&o.runs, "runs", 11, "runs of small measurements")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var err error
	if o.bin, err = filepath.Abs(o.bin); err != nil {
		return err
	}
	if o.dir == "" {
		if o.dir, err = os.MkdirTemp("", "df360-bench-"); err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(o.dir) }() // scratch
	}
	if err := os.MkdirAll(o.dir, 0o750); err != nil {
		return err
	}
	b := &bench{options: o, out: w}
	b.printMachine(ctx)
	for _, m := range measurements() {
		if !strings.Contains(m.name, o.only) {
			continue
		}
		if err := m.run(ctx, b); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
	}
	return nil
}

// measurement is one row of bars of docs/BENCHMARKS.md, or several that share
// their data.
type measurement struct {
	name string
	run  func(ctx context.Context, b *bench) error
}

func measurements() []measurement {
	return []measurement{
		{"start", startUp},
		{"small", smallRun},
		{"list", listLake},
		{"fake", fakeRows},
		{"nothing-new", nothingNew},
		{"transform", transformRows},
		{"ingest-file", ingestFiles},
		{"ingest-small", ingestSmall},
		{"ingest-api", ingestAPI},
		{"ingest-kafka", ingestKafka},
		{"load", loadPostgres},
	}
}
