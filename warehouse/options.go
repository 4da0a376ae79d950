package warehouse

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/failpoint"
	"github.com/kalpafall/df360/internal/fault"
)

// Mode is how a dataset's rows come into a table.
type Mode string

// The modes.
const (
	Replace Mode = "replace" // the table has the rows of one version
	Append  Mode = "append"  // the rows of commits that are not in it yet are added
	Merge   Mode = "merge"   // a row takes the place of the one with its key
)

// Modes are the values of --mode.
func Modes() []string { return []string{string(Replace), string(Append), string(Merge)} }

// NUL is what is done about NUL characters, which Postgres has no place for in text.
type NUL string

// What can be done about them.
const (
	FailNUL    NUL = "fail"    // the load fails, naming the column
	ReplaceNUL NUL = "replace" // U+FFFD stands in their place, and they are counted
)

// Options of a load.
type Options struct {
	Schema, Table string
	Mode          Mode
	Key           []string // of Merge
	// OrderBy: of rows with the same key the one that is the last by these
	// columns wins. Without it, the one of the latest commit; two in one commit
	// are an error.
	OrderBy []string
	// Lineage adds the columns _df360_version and _df360_run.
	Lineage bool
	NUL     NUL
	RunID   string
	Objects Objects // indexes and views
	// DryRun changes nothing.
	DryRun bool
	// Wait is how long a lock of another session is waited for, each time.
	Wait   time.Duration
	Engine duck.Options // limits of the engine that reads files
	Log    *slog.Logger
	Fail   *failpoint.Set
	// Now is the clock.
	Now func() time.Time
	// Told is called with how many rows were sent so far; it may be nil.
	Told func(rows int64)
}

// Columns that Lineage adds, and that the temporary table of a merge has.
const (
	VersionColumn = "_df360_version"
	RunColumn     = "_df360_run"
	AtColumn      = "_df360_at"
)

// Reserved are the names that a dataset's columns cannot have: those of the
// database, and those that the load adds.
func (o Options) Reserved(database ...string) []string {
	if o.Lineage {
		database = append(database, VersionColumn, RunColumn)
	}
	if o.Mode == Merge {
		database = append(database, AtColumn)
	}
	return database
}

// Result is what a load did.
type Result struct {
	Schema  string `json:"schema"`
	Table   string `json:"table"`
	Dataset string `json:"dataset"`
	Version int64  `json:"version"`
	Mode    Mode   `json:"mode"`
	// There: everything was there already.
	There bool `json:"already_there"`
	// RowsRead came from the dataset, RowsDuplicate of them were left out by a
	// merge, RowsWritten are in the table now that were not, or have taken the
	// place of others.
	RowsRead      int64    `json:"rows_read"`
	RowsWritten   int64    `json:"rows_written"`
	RowsDuplicate int64    `json:"rows_duplicate"`
	RowsDeleted   int64    `json:"rows_deleted"` // rows of before
	RowsUpdated   int64    `json:"rows_updated"` // by a merge, part of RowsWritten
	NULs          int64    `json:"nul_replaced"`
	Commits       int      `json:"commits"` // that were loaded
	Created       bool     `json:"created"` // the table is new
	AddedColumns  []string `json:"added_columns"`
	Indexes       []string `json:"indexes"` // that were made
	Retries       int      `json:"retries"`
}

// NewResult is the result of a load that has done nothing yet.
func NewResult(in *Input, o Options) *Result {
	return &Result{
		Schema: o.Schema, Table: o.Table, Dataset: in.Dataset, Version: in.Version, Mode: o.Mode,
		AddedColumns: []string{}, Indexes: []string{},
	}
}

// Finished is what became of the views that df360.yaml declares.
type Finished struct {
	Made      []string `json:"views_made"`
	Refreshed []string `json:"views_refreshed"` // materialised ones
	Waiting   []string `json:"views_waiting"`   // whose tables are not there yet
	failed    []error
}

// NewFinished has done nothing yet.
func NewFinished() *Finished {
	return &Finished{Made: []string{}, Refreshed: []string{}, Waiting: []string{}}
}

// Fail notes a view that could not be made or refreshed; the others go on.
func (f *Finished) Fail(view string, err error) {
	f.failed = append(f.failed, fmt.Errorf("view %s: %w", view, err))
}

// Err is an error of kind partial where views have failed: what was loaded stays.
func (f *Finished) Err() error {
	if len(f.failed) == 0 {
		return nil
	}
	err := errors.Join(f.failed...)
	hint := fault.Hint(f.failed[0])
	if hint == "" {
		hint = "the rows are loaded; put the view in df360.yaml right and run it again"
	}
	return fault.New(fault.Partial, "%s", err).WithHint("%s", hint)
}
