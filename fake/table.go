package fake

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/nearest"
)

// Generation is the version of what a seed means. It grows when the same
// arguments no longer give the same rows.
const Generation = 1

// Options say how much to make of a dataset, and how.
type Options struct {
	// Rows is how many distinct rows to make; 0 takes the dataset's default.
	Rows int64
	// Seed decides everything random but users.
	Seed uint64
	// Start is the first day, UTC; zero takes the dataset's default.
	Start time.Time
	// Days is how many days the events are spread over; 0 takes the default.
	Days int
	// Users is how many users are referred to; 0 is DefaultUsers.
	Users int64
	// Faults are put into the rows.
	Faults Faults
}

// Defaults and limits of Options.
const (
	DefaultUsers = 1000
	MaxRows      = 1 << 40
	MaxUsers     = 1 << 31
	MaxDays      = 36525
)

// Names lists the built-in datasets, in the order in which they refer to each
// other.
func Names() []string { return []string{UserName, TransactionName, LogName} }

// Defaults are the options of a built-in dataset as they are where nothing
// else is said.
func Defaults(name string) Options {
	day := func(year int) time.Time { return time.Date(year, time.January, 1, 0, 0, 0, 0, time.UTC) }
	switch name {
	case UserName:
		return Options{Rows: 1000, Start: day(2024), Days: 366, Users: DefaultUsers}
	case LogName:
		return Options{Rows: 10000, Start: day(2025), Days: 7, Users: DefaultUsers}
	}
	return Options{Rows: 5000, Start: day(2025), Days: 90, Users: DefaultUsers}
}

// or fills what o leaves open from d.
func (o Options) or(d Options) Options {
	if o.Rows == 0 {
		o.Rows = d.Rows
	}
	if o.Start.IsZero() {
		o.Start = d.Start
	}
	if o.Days == 0 {
		o.Days = d.Days
	}
	if o.Users == 0 {
		o.Users = d.Users
	}
	o.Start = o.Start.UTC()
	return o
}

func (o Options) check() error {
	low := time.Date(1, time.January, 1, 0, 0, 0, 0, time.UTC)
	high := time.Date(9999, time.December, 31, 0, 0, 0, 0, time.UTC)
	switch {
	case o.Rows < 0 || o.Rows > MaxRows:
		return fault.New(fault.Usage, "the number of rows must be between 0 and %d", int64(MaxRows))
	case o.Users < 1 || o.Users > MaxUsers:
		return fault.New(fault.Usage, "the number of users must be between 1 and %d", int64(MaxUsers))
	case o.Days < 1 || o.Days > MaxDays:
		return fault.New(fault.Usage, "the number of days must be between 1 and %d", MaxDays)
	case !o.Start.Equal(o.Start.Truncate(24 * time.Hour)):
		return fault.New(fault.Usage, "the start must be the begin of a day in UTC")
	case o.Start.Before(low) || o.Start.AddDate(0, 0, o.Days).After(high):
		return fault.New(fault.Usage, "all days must lie between the years 1 and 9999")
	}
	return o.Faults.check()
}

// source makes the values of a dataset.
type source interface {
	columns() []Column
	// dict is the dictionary of a text column, nil where it has none.
	dict(column int) *dictionary
	// fill adds rows [lo, hi) to the batch, in order.
	fill(b *batch, lo, hi int64, rng *rand.PCG)
	// random reports whether a text column is so random that no compression
	// finds anything in it.
	random(column int) bool
	// key adds the key of a row, as text.
	key(dst []byte, row int64) []byte
}

// Table is a dataset that is ready to be made. It does not change; its methods
// may run at the same time.
type Table struct {
	name    string // of the kind: users, transactions, logs, or a file's
	options Options
	source  source
	columns []Column // the source's
	dicts   []*dictionary
	random  []bool
	faults  *faultPlan
	seed    uint64 // of the values: users do not depend on the user's seed
	stream  uint64 // sets the random numbers of this dataset apart
}

// Builtin is one of the datasets that Names lists.
func Builtin(name string, o Options) (*Table, error) {
	o = o.or(Defaults(name))
	if err := o.check(); err != nil {
		return nil, err
	}
	switch name {
	case UserName:
		u := newUsers(o)
		return newTable(name, o, u, userTargets(), u.clock.margin)
	case TransactionName:
		t := newTransactions(o)
		return newTable(name, o, t, transactionTargets(), t.clock.margin)
	case LogName:
		l := newLogs(o)
		return newTable(name, o, l, logTargets(), l.clock.margin)
	}
	err := fault.New(fault.Usage, "there is no dataset %q to make", name)
	if n := nearest.Of(name, append(Names(), "all")); n != "" {
		return nil, err.WithHint("did you mean %s?", n)
	}
	return nil, err.WithHint("users, transactions, logs, all, or a YAML file")
}

func newTable(name string, o Options, s source, targets targets, margin int64) (*Table, error) {
	t := &Table{name: name, options: o, source: s, columns: s.columns(), seed: o.Seed, stream: hashName(name)}
	if _, ok := s.(*users); ok {
		t.seed = 0
	}
	var err error
	if t.faults, err = newFaultPlan(t, targets, margin); err != nil {
		return nil, err
	}
	for i := range t.columns {
		dict := s.dict(i)
		if dict != nil {
			dict = t.faults.extend(i, dict)
		}
		t.dicts = append(t.dicts, dict)
		t.random = append(t.random, s.random(i))
	}
	return t, nil
}

// Options are the table's options with every default filled in.
func (t *Table) Options() Options { return t.options }

// Columns lists the columns, the two that every dataset ends with too.
func (t *Table) Columns() []Column {
	return append(slices.Clone(t.columns), Column{IngestedColumn, Type{Kind: Timestamp}}, Column{SourceColumn, Type{Kind: Text}})
}

// Rows is how many rows the table has, duplicates included.
func (t *Table) Rows() int64 { return t.options.Rows + t.faults.duplicates }

// End is the end of the days that the events are spread over.
func (t *Table) End() time.Time { return t.options.Start.AddDate(0, 0, t.options.Days) }

// chunkRows is how many distinct rows share a generator of random numbers.
const chunkRows = 8192

// chunks is how many chunks the table has.
func (t *Table) chunks() int64 { return (t.options.Rows + chunkRows - 1) / chunkRows }

// maker makes batches; each goroutine has its own.
type maker struct {
	*Table
	batch batch
	rng   rand.PCG
}

func (t *Table) newMaker() *maker {
	m := &maker{Table: t, batch: batch{cols: make([]vector, len(t.columns))}}
	for i, c := range t.columns {
		m.batch.cols[i] = vector{typ: c.Type, dict: t.dicts[i]}
	}
	return m
}

// make fills the batch with chunks [from, to). It is valid until the next call.
func (m *maker) make(from, to int64) *batch {
	m.batch.reset()
	for c := from; c < to; c++ {
		m.chunk(c)
	}
	for i := range m.batch.cols {
		m.batch.cols[i].padNull(m.batch.rows)
	}
	return &m.batch
}

func (m *maker) chunk(c int64) {
	lo, hi := c*chunkRows, min((c+1)*chunkRows, m.options.Rows)
	reseed(&m.rng, m.seed, m.stream, c)
	base := m.batch.rows
	m.source.fill(&m.batch, lo, hi, &m.rng)
	m.batch.rows += int(hi - lo)
	m.faults.apply(&m.batch, base, lo, hi)
}
