package warehouse

import (
	"context"

	"github.com/kalpafall/df360/internal/sqltype"
)

// Column is a column of a dataset, with a type of lake files.
type Column struct {
	Name string
	Type *sqltype.Type
}

// Commit is what one version of a dataset did to its rows.
type Commit struct {
	Version int64
	ID      string
	Rows    int64 // that it added
	Change  Change
}

// Change is a kind of commit, as far as a load cares.
type Change int

// The kinds of commits.
const (
	Nothing  Change = iota // the same rows as before
	Adds                   // rows were added, all others stayed
	Replaces               // rows that were there are gone
)

// Input is one version of a dataset, described by those who know the lake.
type Input struct {
	Dataset  string // layer.name
	Version  int64  // -1 where the folder has no log
	CommitID string // names the version for good
	Columns  []Column
	Rows     int64
	// Commits lists the versions from one on up to Version, oldest first.
	Commits func(ctx context.Context, from int64) ([]Commit, error)
	// Open makes rows readable until Reading.Close: those of the whole version
	// where commits is nil (by commits, oldest first, where split is true), else
	// those that each of the commits added.
	Open func(ctx context.Context, commits []Commit, split bool) (*Reading, error)
}

// Reading is rows that an engine can read.
type Reading struct {
	Parts []Part
	Close func() error
}

// Part is some rows of a dataset.
type Part struct {
	Commit Commit // whose rows they are; the version itself, where all are read
	Rows   int64
	// SQL is a SELECT of the dataset's columns for the embedded engine.
	SQL string
}
