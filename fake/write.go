package fake

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/kalpafall/df360/internal/fault"
)

// Format is how rows are written.
type Format string

// The formats.
const (
	Parquet   Format = "parquet"
	CSV       Format = "csv"
	JSONLines Format = "jsonl"
)

// Formats lists the formats.
func Formats() []string { return []string{string(Parquet), string(CSV), string(JSONLines)} }

// Compression of Parquet files.
type Compression string

// The compressions.
const (
	Snappy Compression = "snappy"
	Zstd   Compression = "zstd"
)

// Run is one writing of a table.
type Run struct {
	// Ingested is the value of IngestedColumn in every row.
	Ingested time.Time
	// Compression of Parquet files; "" is Snappy.
	Compression Compression
	// Threads is how many cores to use; 0 is all.
	Threads int
	// Progress is told of rows as they are written, from several goroutines;
	// nil is nobody.
	Progress func(rows int64)
}

func (r Run) withDefaults() Run {
	if r.Threads <= 0 {
		r.Threads = runtime.GOMAXPROCS(0)
	}
	if r.Progress == nil {
		r.Progress = func(int64) {}
	}
	return r
}

// Write writes all rows to w, in event-time order.
func (t *Table) Write(ctx context.Context, w io.Writer, format Format, r Run) error {
	r = r.withDefaults()
	switch format {
	case CSV, JSONLines:
		buffered := bufio.NewWriterSize(w, 1<<16)
		if err := t.writeText(ctx, buffered, format, r); err != nil {
			return err
		}
		return fault.OS(buffered.Flush(), "write rows")
	case Parquet:
	}
	return t.writeParquet(ctx, w, 0, t.groups(), r)
}

// PartSuffix ends the names of the files that WriteFiles makes.
const PartSuffix = ".part"

// WriteFiles writes all rows as Parquet files into a folder. Their names end
// in PartSuffix; in lexical order of the names the rows are in event-time
// order. Which rows a file has does not depend on the number of threads.
func (t *Table) WriteFiles(ctx context.Context, dir string, r Run) error {
	r = r.withDefaults()
	groups := t.groups()
	files := max((groups+fileGroups-1)/fileGroups, 1)
	workers := min(files, int64(r.Threads))
	each := r
	each.Threads = max(r.Threads/int(workers), 1)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(int(workers))
	for i := range files {
		g.Go(func() error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			path := filepath.Join(dir, fmt.Sprintf("%08d%s", i, PartSuffix))
			return t.writeFile(ctx, path, i*fileGroups, min((i+1)*fileGroups, groups), each)
		})
	}
	return g.Wait()
}

func (t *Table) writeFile(ctx context.Context, path string, from, to int64, r Run) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // the caller's folder; shared by umask
	if err != nil {
		return fault.OS(err, "create Parquet file")
	}
	defer func() { err = errors.Join(err, fault.OS(f.Close(), "close Parquet file")) }()
	return t.writeParquet(ctx, f, from, to, r)
}

// groups is how many row groups the table has.
func (t *Table) groups() int64 { return (t.chunks() + groupChunks - 1) / groupChunks }

// writeParquet writes row groups [from, to) as one file: the next one is made
// while one is written.
func (t *Table) writeParquet(ctx context.Context, w io.Writer, from, to int64, r Run) error {
	f := t.newParquetFile(w, r)
	// Making is cheaper than writing: two states keep the writer busy.
	makers := make([]*maker, min(r.Threads, 2))
	for i := range makers {
		makers[i] = t.newMaker()
	}
	err := inOrder(ctx, to-from, makers, func(m *maker, i int64) error {
		g := from + i
		m.make(g*groupChunks, min((g+1)*groupChunks, t.chunks()))
		return nil
	}, func(m *maker) error {
		if err := f.write(&m.batch); err != nil {
			return fault.OS(err, "write rows")
		}
		r.Progress(int64(m.batch.rows))
		return nil
	})
	if err != nil {
		return err
	}
	return fault.OS(f.w.Close(), "write rows")
}
