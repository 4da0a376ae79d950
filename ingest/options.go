package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"

	"github.com/kalpafall/df360/ingest/columns"
	"github.com/kalpafall/df360/internal/fault"
)

// ErrMoved says that another run has taken the rows that this one was about to.
var ErrMoved = errors.New("another run has moved the progress")

// Options of a run. The zero value takes every default.
type Options struct {
	// Declared are columns whose types the user has fixed.
	Declared []columns.Field
	// OnNew says what becomes of a column that the dataset does not have yet:
	// add (the default), ignore, fail.
	OnNew Policy
	// FailOnReject ends the run at the first row that does not fit.
	FailOnReject bool
	// MaxRejects is how many rows of a commit may be rejected.
	MaxRejects Bound
	// CommitEmpty commits progress that comes without rows.
	CommitEmpty bool
	// Refetch says that a source yields its rows again at little cost, by Next
	// with the same progress. The rows of other sources are kept until it is
	// known that they need not be read again.
	Refetch bool
	// Threads that read and encode; 0 is one.
	Threads int
	// MemoryLimit, in bytes, bounds what is read ahead; 0 is 1 GiB.
	MemoryLimit int64
	// Zstd compresses files with Zstandard, not Snappy.
	Zstd bool
	// MaxField is how long a text may be, in bytes; 0 is no limit.
	MaxField int64
	// Progress is told how many rows were read.
	Progress func(rows int64)
	// Files takes over files as a whole; nil where no source has any.
	Files FileReader
	// Distinct, where it is set, drops staged rows that the dataset has already,
	// and says how many.
	Distinct func(ctx context.Context, txn Txn, staged Staged) (Dropped, error)
	// Done is called when a batch is in the dataset, or turned out to hold nothing
	// to commit.
	Done func(ctx context.Context)
	// Log takes what is worth knowing; nil discards it.
	Log *slog.Logger
}

// Staged is what a commit is about to add.
type Staged struct {
	Fields, Rejected []columns.Field // nil where there are no files
	// Own are the names of the columns that say nothing of a row's content.
	Own []string
}

// Dropped are numbers of rows that were there already.
type Dropped struct{ Written, Rejected int64 }

// Policy is what becomes of new columns.
type Policy string

// The policies.
const (
	Add    Policy = "add"
	Ignore Policy = "ignore"
	Fail   Policy = "fail"
)

// Policies lists them.
func Policies() []string { return []string{string(Add), string(Ignore), string(Fail)} }

// Bound is a limit of rejected rows: a number, or a share of the rows read. The
// zero value is none.
type Bound struct {
	set     bool
	rows    int64
	percent float64
}

// ParseBound reads 100 or 2.5%.
func ParseBound(text string) (Bound, error) {
	share, isShare := strings.CutSuffix(text, "%")
	if isShare {
		p, err := strconv.ParseFloat(share, 64)
		if err != nil || !(p >= 0 && p <= 100) {
			return Bound{}, fault.New(fault.Usage, "%q is no share of rows", text).WithHint("a share is a number from 0 to 100 with a %% behind it")
		}
		return Bound{set: true, rows: -1, percent: p}, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return Bound{}, fault.New(fault.Usage, "%q is no number of rows", text).WithHint("give a number such as 100, or a share such as 2%%")
	}
	return Bound{set: true, rows: n}, nil
}

// exceeded reports whether rejected are too many; final says that nothing more
// will be read, so that a share can be told.
func (b Bound) exceeded(rejected, read int64, final bool) bool {
	switch {
	case !b.set:
		return false
	case b.rows >= 0:
		return rejected > b.rows
	}
	return final && float64(rejected)*100 > b.percent*float64(read)
}

// String is the bound as ParseBound reads it.
func (b Bound) String() string {
	if b.rows >= 0 {
		return strconv.FormatInt(b.rows, 10)
	}
	return fmt.Sprintf("%g%%", b.percent)
}

func (o Options) withDefaults() Options {
	if o.Threads <= 0 {
		o.Threads = 1
	}
	if o.MemoryLimit <= 0 {
		o.MemoryLimit = 1 << 30
	}
	if o.OnNew == "" {
		o.OnNew = Add
	}
	if o.Progress == nil {
		o.Progress = func(int64) {}
	}
	if o.Done == nil {
		o.Done = func(context.Context) {}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}
