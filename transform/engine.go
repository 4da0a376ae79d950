package transform

import (
	"context"
	"slices"

	"github.com/kalpafall/df360/internal/unite"
)

// Engine runs the steps of a plan. Its SQL is the portable core (lint.go): an
// engine closes the gap to its own dialect.
type Engine interface {
	// Register makes files readable as a view. Times are instants in UTC.
	Register(ctx context.Context, view string, src Source) error
	// Step names the result of a SELECT, as a view or, where the step says so,
	// as a table. SQL that the engine does not understand is an error in any case.
	Step(ctx context.Context, s Step) error
	// Columns are those of a view or a table, with the engine's types.
	Columns(ctx context.Context, view string) ([]unite.Column, error)
	// Write writes a view as Parquet files with types of the lake.
	Write(ctx context.Context, w Write) (*Written, error)
	// Scalar runs a SELECT of one row and scans it.
	Scalar(ctx context.Context, sql string, dest ...any) error
}

// Source is files that are read together.
type Source struct {
	// Relation unites files; Files are the indexes of those to read.
	Relation *unite.Relation
	Files    []int
	// Rows is how many rows the files have.
	Rows int64
}

// Step is one SELECT of a plan.
type Step struct {
	Name string `json:"name"`
	SQL  string `json:"sql"`
	// Keep: the result is computed once and kept as a table.
	Keep bool `json:"keep"`
	// Repeats is set where the SQL finds hashes (df360_hash) that come more than
	// once. An engine may find them in its own way, and some that come only once
	// with them, but must not miss one.
	Repeats *Repeats `json:"-"`
}

// Repeats are the hashes of columns over a registered view.
type Repeats struct {
	View    string
	Columns []string
}

// Write says what is written where.
type Write struct {
	View string
	// Dir is an existing folder; files in it end in .part, and lie in folders
	// column=value for each column of PartitionBy, which files leave out.
	Dir string
	// File is the name of an unpartitioned file, without .part; "" is data.
	File        string
	PartitionBy []string
	// Split may be set for partitioned data: a way to write one partition after
	// the other, which an engine need not take.
	Split *Split
	// OrderBy sorts the rows; empty leaves the order open.
	OrderBy []Order
	// Empty: where there is no row, one file without rows is written all the
	// same. It has no meaning for partitioned data.
	Empty bool
}

// Split says that rows of one partition lie together in the input: the
// partition of a row follows from one of its columns alone.
type Split struct {
	// View is the registered view that the rows come from, Column the column.
	View, Column string
	// Steps end in the view Partitions: the partition columns of all rows of
	// View, with the smallest (df360_low) and largest (df360_high) value of
	// Column in each partition, how many rows it has (df360_rows), and how many
	// have a value (df360_values).
	Steps      []Step
	Partitions string
}

// Written is what a Write has made.
type Written struct {
	// Columns are those of the files, then those of the partition, with types
	// of the lake.
	Columns []unite.Column
	Files   []WrittenFile
	Rows    int64
}

// WrittenFile is one file of a Written.
type WrittenFile struct {
	Path      string
	Rows      int64
	Partition map[string]*string // nil for NULL
}

// Relation unites what was written with other files of the same dataset, which
// come first. Where there is no file at all it has the columns.
func (w *Written) Relation(partitions int, others ...unite.File) (*unite.Relation, error) {
	plain := w.Columns[:len(w.Columns)-partitions]
	files := slices.Clone(others)
	for _, f := range w.Files {
		files = append(files, unite.File{Path: f.Path, Name: f.Path, Columns: plain, Partition: f.Partition})
	}
	if len(files) == 0 {
		files = []unite.File{{Columns: plain}}
	}
	return unite.Unite(files, unite.Options{Partition: w.Columns[len(plain):]})
}
