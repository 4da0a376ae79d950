package ingest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/kalpafall/df360/ingest/columns"
	"github.com/kalpafall/df360/internal/fault"
)

// File is a file whose rows an engine takes over as a whole, such as Parquet.
type File struct {
	Path string // how it is opened
	Name string // what it is called in origins
}

// FileReader takes over the rows of files. Its errors are of the file that it
// reads.
type FileReader interface {
	// Describe finds the columns of a file, with lake types.
	Describe(ctx context.Context, f *File) ([]columns.Field, error)
	// Take writes the rows of a file to new files. A column that the layout does
	// not have and may not leave out is a columns.NewColumn.
	Take(ctx context.Context, f *File, job FileJob) (FileCounts, error)
}

// FileJob is how a file is taken over.
type FileJob struct {
	// Layout are the columns of values, Fields all columns of the new file, those
	// of the layout first.
	Layout *columns.Layout
	Fields []columns.Field
	Path   string // of the new file
	// Rejected are the columns of the file of rejected rows, RejectedPath is its
	// path. It is made where there are any.
	Rejected     []columns.Field
	RejectedPath string
	Micros       int64 // the commit's time
	Source       string
}

// FileCounts are numbers of rows.
type FileCounts struct {
	Written, Rejected int64
	First             []Reject // some of those rejected, without their text
}

// FileError is an error of a file, not of what is done with its rows.
type FileError struct{ Err error }

// Error is the error.
func (e *FileError) Error() string { return e.Err.Error() }

// Unwrap is the error.
func (e *FileError) Unwrap() error { return e.Err }

// fileError is an error of a file; what stops the whole run is none.
func fileError(f *File, err error) error {
	switch code := fault.CodeOf(err); code {
	case fault.Interrupted, fault.NoSpace:
		return err
	case fault.Schema, fault.Limit:
		return &FileError{fmt.Errorf("%s: %w", f.Name, err)}
	default:
		return &FileError{fault.New(fault.Corrupt, "%s cannot be read: %w", f.Name, err)}
	}
}

// filePaths are where a file's rows and its rejected rows go. Rows of tasks may
// begin their files at the same time, and a Txn is used by one goroutine.
func (w *stager) filePaths() ([]string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	paths := make([]string, 2)
	for i, rejected := range []bool{false, true} {
		dir, err := w.txn.Stage(rejected)
		if err != nil {
			return nil, err
		}
		w.files++
		paths[i] = filepath.Join(dir, fmt.Sprintf("file-%06d.part", w.files))
	}
	w.paths = append(w.paths, paths...)
	return paths, nil
}

// takeFile stages the rows of a file.
func (w *stager) takeFile(ctx context.Context, f *File, p *plan) error {
	if w.r.o.Files == nil {
		return fault.New(fault.Internal, "nobody can read %s", f.Name)
	}
	paths, err := w.filePaths()
	if err != nil {
		return err
	}
	counts, err := w.r.o.Files.Take(ctx, f, FileJob{
		Layout: p.layout, Fields: p.fields(), Path: paths[0], Rejected: p.rejected.fields, RejectedPath: paths[1],
		Micros: w.micros, Source: w.r.source.Name(),
	})
	var fresh *columns.NewColumn
	switch {
	case errors.As(err, &fresh):
		return err
	case err != nil:
		return fileError(f, err)
	case counts.Written == 0:
		if err := os.Remove(paths[0]); err != nil {
			return fault.OS(err, "stage rows")
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.out.Read += counts.Written + counts.Rejected
	w.out.Written += counts.Written
	w.out.Rejected += counts.Rejected
	w.r.o.Progress(counts.Written + counts.Rejected)
	if counts.Rejected > 0 && w.r.o.FailOnReject && len(counts.First) > 0 {
		return failed(&counts.First[0])
	}
	w.out.rejects = append(w.out.rejects, counts.First[:min(len(counts.First), max(0, maxTold-len(w.out.rejects)))]...)
	if w.r.o.MaxRejects.exceeded(w.out.Rejected, w.out.Read, false) {
		return w.r.tooMany(&w.out)
	}
	return nil
}
