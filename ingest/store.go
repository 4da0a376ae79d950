package ingest

import (
	"context"
	"encoding/json"
	"time"

	"github.com/kalpafall/df360/ingest/columns"
)

// Store is the dataset that rows go to.
type Store interface {
	// Begin starts a commit.
	Begin(ctx context.Context) (Txn, error)
}

// Txn is one commit in the making.
type Txn interface {
	// Base is the dataset as the commit found it.
	Base() Base
	// Time is the commit's _ingestion_timestamp: UTC, microseconds.
	Time() time.Time
	// Stage is the folder for the finished files of the dataset, or of its
	// rejected rows. Their names end in .part.
	Stage(rejected bool) (string, error)
	// Commit makes them the dataset's. ErrMoved says that another run has taken
	// rows of the same source meanwhile: nothing was committed.
	Commit(ctx context.Context, c Change) error
	// Abort throws away what was staged. It may be called after Commit.
	Abort() error
}

// Base is what a dataset is before a commit.
type Base struct {
	// Version is negative where nothing was committed.
	Version int64
	// Fields are its columns, without those of partitions.
	Fields []columns.Field
	// Rejected are the columns of its rejected rows; nil where there were none.
	Rejected []columns.Field
	// Progress of all sources, an object with a member for each.
	Progress json.RawMessage
}

// Change is what a commit does.
type Change struct {
	// Progress is a merge patch of the dataset's progress.
	Progress json.RawMessage
	Counts   Counts
	// Fields are the columns of the staged files; nil where there are none.
	Fields []columns.Field
	// Rejected are those of the staged files of rejected rows; nil where there are
	// none.
	Rejected []columns.Field
}

// Counts are numbers of rows: Read is the sum of the others.
type Counts struct {
	Read, Written, Rejected, Duplicate int64
}
