package transform

import (
	"time"

	"github.com/kalpafall/df360/internal/unite"
)

// Views of a plan.
const (
	viewRaw       = "raw"       // registered: the rows to transform
	viewOld       = "old"       // registered: older rows that new ones may repeat
	viewInput     = "input"     // raw with casts
	viewRejected  = "rejected"  // rows that fail a rule
	viewProcessed = "processed" // rows as they are written
	viewWritten   = "written"   // registered: what is written, with older processed rows
	viewState     = "state"     // registered: the kept partial aggregate; state_1, … of distinct values
	viewPartial   = "partial"   // partial aggregate of the rows in written; partial_1, … of distinct values
	viewAggregate = "aggregate" // the aggregate as it is written
)

// Plan is what a transform does, in the order in which it is done.
type Plan struct {
	Reads  []Read   `json:"reads"`
	Steps  []Step   `json:"steps"`
	Writes []Output `json:"writes"`
	Checks []Check  `json:"checks"`

	bound   *bound
	dedupe  dedupePlan
	agg     *aggregatePlan
	columns []string            // of the processed rows, in order
	judged  map[string][]judged // the type's expressions in a step
}

// Read is a view over files.
type Read struct {
	View  string `json:"view"`
	Files int    `json:"files"`
	Rows  int64  `json:"rows"`
}

// Output is a view that is written.
type Output struct {
	View        string   `json:"view"`
	PartitionBy []string `json:"partition_by"`
}

// Check is something that must hold before anything is committed.
type Check struct {
	Name string `json:"name"`
	Rule string `json:"rule"`
}

// Options say what a plan is made for.
type Options struct {
	// Input is what errors call the input ("raw.transactions_fake").
	Input string
	// Columns are the input's.
	Columns []unite.Column
	// Old: there are older rows that the new ones may repeat (view "old").
	Old bool
	// Key are columns that tell most rows apart; nil where none do, or where
	// the type keeps duplicates.
	Key []string
	// Dates limits the output to partitions; nil does not.
	Dates *Dates
	// Rejected are the columns of the rejected rows of older commits, which are
	// kept where they lie outside of Dates (view "rejected_files"); nil is none.
	Rejected []unite.Column
	// Aggregate makes the aggregate, too.
	Aggregate bool
	// State: kept partial aggregates are there (views "state", "state_1", …).
	State bool
	// Stamp is the value of _processed_timestamp.
	Stamp time.Time
}

// Compile makes the plan of a type for an input. An error of kind schema says
// what is wrong with the input, one of kind config what is wrong with the type.
func Compile(t *Type, o Options) (*Plan, error) {
	b, err := bind(t, o.Input, o.Columns, o.Aggregate)
	if err != nil {
		return nil, err
	}
	p := &Plan{bound: b, judged: map[string][]judged{}}
	p.Steps = append(p.Steps, Step{Name: viewInput, SQL: b.inputSQL(viewRaw)})
	if o.Dates != nil {
		if err := p.limit(o); err != nil {
			return nil, err
		}
	}
	p.addDedupe(o)
	if err := p.addDerive(o); err != nil {
		return nil, err
	}
	rejected := viewRejected
	if o.Dates != nil && o.Rejected != nil {
		if err := p.addRejectedBefore(o); err != nil {
			return nil, err
		}
		rejected = viewAllRejected
	}
	p.Writes = []Output{{viewProcessed, t.Parts}, {rejected, nil}}
	p.Checks = []Check{{"no row lost or doubled", "rows read = rows written + rows rejected + duplicates"}}
	if o.Aggregate {
		if err := p.addAggregate(o); err != nil {
			return nil, err
		}
		p.Writes = append(p.Writes, Output{viewAggregate, nil})
	}
	return p, nil
}

// stamp is a time as SQL.
func stamp(at time.Time) string {
	return "timestamp '" + at.UTC().Format("2006-01-02 15:04:05.000000") + "'"
}
