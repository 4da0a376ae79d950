package fake

import (
	"math/bits"

	"github.com/kalpafall/df360/internal/fault"
)

// Faults are shares of the distinct rows that something is wrong with. No row
// has more than one of late, null and invalid; any row may be doubled.
type Faults struct {
	Late       Share // event times well before those of the rows around them
	Duplicates Share // exact copies, on top
	Nulls      Share // one column is NULL
	Invalid    Share // one column has a value that breaks a rule
}

// Any reports whether there is any fault.
func (f Faults) Any() bool { return f != Faults{} }

func (f Faults) check() error {
	for _, s := range []Share{f.Late, f.Duplicates, f.Nulls, f.Invalid} {
		if s < 0 || s > Whole {
			return fault.New(fault.Usage, "share %s is not between 0%% and 100%%", s)
		}
	}
	if f.Late+f.Nulls+f.Invalid > Whole {
		return fault.New(fault.Usage, "late, null and invalid rows together are more than 100%%").
			WithHint("a row has at most one of these faults, so that each has a known effect")
	}
	return nil
}

// faultKind is what is wrong with a row, as the truth names it.
type faultKind string

const (
	late      faultKind = "late"
	null      faultKind = "null"
	invalid   faultKind = "invalid"
	duplicate faultKind = "duplicate"
)

// targets are the columns of a dataset that faults can hit.
type targets struct {
	time     int   // the event time; -1 where there is none
	nullable []int // never the key, which the truth names rows by
	spoiled  []spoiler
}

// spoiler makes values of one column that break a rule.
type spoiler struct {
	column int
	words  []string                        // for a column with a dictionary
	number func(old int64, r uint64) int64 // for integers, decimals and times
	text   func(text []byte)               // for other text, length unchanged
}

// hit is one fault.
type hit struct {
	row    int64
	kind   faultKind
	column int    // -1 for a duplicate
	r      uint64 // random
}

// faultPlan says which rows are hit, for any range of rows, in any order. The
// rows are divided into as many equal parts as there are faults, and each part
// has one: shares are exact without anybody counting.
type faultPlan struct {
	targets
	rows                 uint64
	late, nulls, invalid uint64
	duplicates           int64
	salt                 uint64
	factor, shift        uint64 // of the permutation that deals out the kinds
	margin               int64  // microseconds
	words                []int  // of each spoiler: the length of the clean dictionary
}

func newFaultPlan(t *Table, on targets, margin int64) (*faultPlan, error) {
	o := t.options
	p := &faultPlan{
		targets: on, rows: uint64(o.Rows), margin: margin, salt: mix(o.Seed ^ t.stream ^ 0x6661756c74), //nolint:gosec // not negative
		late: uint64(o.Faults.Late.Of(o.Rows)), nulls: uint64(o.Faults.Nulls.Of(o.Rows)), //nolint:gosec // not negative
		invalid: uint64(o.Faults.Invalid.Of(o.Rows)), duplicates: o.Faults.Duplicates.Of(o.Rows), //nolint:gosec // not negative
		words: make([]int, len(on.spoiled)),
	}
	switch {
	case p.late > 0 && on.time < 0:
		return nil, fault.New(fault.Usage, "%s has no event time, so no row can be late", t.name).
			WithHint("name the column that holds it: time: COLUMN")
	case p.nulls > 0 && len(on.nullable) == 0:
		return nil, fault.New(fault.Usage, "%s has no column beside its key that can be NULL", t.name)
	case p.invalid > 0 && len(on.spoiled) == 0:
		return nil, fault.New(fault.Usage, "%s has no column with values that are invalid", t.name).
			WithHint("give a column some: invalid: [VALUE, …]")
	case p.hits() > p.rows:
		return nil, fault.New(fault.Usage, "late, null and invalid rows are more than the %d rows there are", o.Rows)
	}
	if n := p.hits(); n > 0 {
		p.shift = mix(p.salt+1) % n
		for p.factor = mix(p.salt+2)%n | 1; gcd(p.factor, n) != 1; p.factor++ {
		}
	}
	return p, nil
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// hits is how many rows are late, null or invalid.
func (p *faultPlan) hits() uint64 { return p.late + p.nulls + p.invalid }

// extend is a column's dictionary with the words that spoil it, where rows
// will be invalid.
func (p *faultPlan) extend(column int, d *dictionary) *dictionary {
	for i, s := range p.spoiled {
		if s.column == column && p.invalid > 0 && len(s.words) > 0 {
			p.words[i] = len(d.values)
			return d.with(s.words...)
		}
	}
	return d
}

// part is the begin of part j of n.
func (p *faultPlan) part(j, n uint64) uint64 { return mulDiv(j, p.rows, n) }

// place is the row that part j of n has hit, and random bits for it.
func (p *faultPlan) place(j, n, salt uint64) (row, r uint64) {
	r = mix(salt ^ mix(j))
	from, to := p.part(j, n), p.part(j+1, n)
	return from + below(r>>32, 1<<32)%(to-from), mix(r)
}

// each calls f with the faults of rows [lo, hi), by row; of one row the
// duplicate comes last.
func (p *faultPlan) each(lo, hi int64, f func(hit)) {
	from, to := uint64(lo), uint64(hi) //nolint:gosec // not negative
	a := cursor{plan: p, n: p.hits(), salt: p.salt, make: p.hit}
	b := cursor{plan: p, n: uint64(p.duplicates), salt: mix(p.salt + 3), make: double} //nolint:gosec // not negative
	a.seek(from)
	b.seek(from)
	for a.before(to) || b.before(to) {
		if a.before(to) && (!b.before(to) || a.at.row <= b.at.row) {
			f(a.at)
			a.next()
			continue
		}
		f(b.at)
		b.next()
	}
}

func double(_, row, r uint64) hit {
	return hit{row: int64(row), kind: duplicate, column: -1, r: r} //nolint:gosec // a row
}

// hit is the fault of part j at row.
func (p *faultPlan) hit(j, row, r uint64) hit {
	n := p.hits()
	hi, lo := bits.Mul64(p.factor, j)
	lo, carry := bits.Add64(lo, p.shift, 0)
	dealt := bits.Rem64(hi+carry, lo, n)
	h := hit{row: int64(row), r: r >> 16} //nolint:gosec // a row
	switch which := r & 0xffff; {
	case dealt < p.late:
		h.kind, h.column = late, p.time
		if row == 0 && p.rows > n { // nothing comes before the first row
			h.row = int64(min(1, p.part(j+1, n)-1))
		}
	case dealt < p.late+p.nulls:
		h.kind, h.column = null, p.nullable[which%uint64(len(p.nullable))]
	default:
		s := which % uint64(len(p.spoiled))
		h.kind, h.column = invalid, p.spoiled[s].column
	}
	return h
}

// cursor walks over the faults of one sort.
type cursor struct {
	plan *faultPlan
	n    uint64 // how many there are
	salt uint64
	make func(j, row, r uint64) hit
	j    uint64
	at   hit
}

// seek goes to the first fault at row from or behind it.
func (c *cursor) seek(from uint64) {
	if c.n == 0 {
		return
	}
	c.j = mulDiv(from, c.n, c.plan.rows)
	for c.load(); c.j < c.n && uint64(c.at.row) < from; c.next() { //nolint:gosec // not negative
	}
}

func (c *cursor) next() {
	c.j++
	c.load()
}

func (c *cursor) load() {
	if c.j < c.n {
		row, r := c.plan.place(c.j, c.n, c.salt)
		c.at = c.make(c.j, row, r)
	}
}

func (c *cursor) before(row uint64) bool {
	return c.j < c.n && uint64(c.at.row) < row //nolint:gosec // not negative
}
