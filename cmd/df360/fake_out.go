package main

import (
	"context"
	"io"

	"github.com/kalpafall/df360/fake"
)

// outResult is what was written outside the lake.
type outResult struct {
	Dataset   string       `json:"dataset"`
	Layer     string       `json:"layer"`   // "", not in the lake
	Version   *int64       `json:"version"` // null, likewise
	Operation string       `json:"operation"`
	Rows      int64        `json:"rows"`
	Files     []fileResult `json:"files"`
}

// fakeOut writes one dataset to a file or to stdout. Its ingestion time is the
// end of the days that the events are spread over, so that the same arguments
// are the same bytes.
func (a *app) fakeOut(ctx context.Context, job fakeJob, f *fakeFlags) (*outcome, error) {
	meter := a.meter("fake "+job.dataset, job.table.Rows(), false)
	defer meter.Stop()
	write := func(w io.Writer) (int64, error) {
		counted := &countingWriter{w: w}
		err := job.table.Write(ctx, counted, fake.Format(f.format), fake.Run{
			Ingested: job.table.End(), Threads: a.threads, Progress: meter.Add,
			Compression: fake.Compression(a.settings.Compression),
		})
		return counted.n, err
	}
	rows := job.table.Rows()
	s := dataSummary{Dataset: job.dataset, RowsRead: rows, RowsWritten: rows, Files: 1}
	var err error
	name := f.out
	if f.out == "-" {
		name = "stdout"
		s.Bytes, err = write(a.stdout)
	} else {
		err = writeOut(f.out, f.force, func(w io.Writer) (err error) {
			s.Bytes, err = write(w)
			return err
		})
	}
	if err != nil {
		return nil, err
	}
	line := "fake " + job.dataset + ": " + plural(rows, "row") + " → " + name + " (" + seconds(a.elapsed()) + ")"
	return &outcome{
		Summary: fakeSummary{s, f.Seed},
		Result: []outResult{{
			Dataset: job.dataset, Operation: "write", Rows: rows,
			Files: []fileResult{{Path: f.out, Rows: rows, Bytes: s.Bytes}},
		}},
		Closing: a.fakeClosing(line, f),
	}, nil
}

// countingWriter counts what was written.
type countingWriter struct {
	w io.Writer
	n int64
}

// Write writes and counts.
func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
