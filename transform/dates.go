package transform

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/sqltype"
	"github.com/kalpafall/df360/internal/unite"
)

// Dates is a range of days, both ends included.
type Dates struct{ From, To time.Time }

// dayFormat is how days are written, in arguments and in folders.
const dayFormat = "2006-01-02"

// ParseDates reads A..B; either end may be left out of a single day A.
func ParseDates(written string) (*Dates, error) {
	from, to, both := strings.Cut(written, "..")
	if !both {
		to = from
	}
	a, errA := time.Parse(dayFormat, strings.TrimSpace(from))
	b, errB := time.Parse(dayFormat, strings.TrimSpace(to))
	if errA != nil || errB != nil {
		return nil, fault.New(fault.Usage, "%q is not a range of days", written).WithHint("write 2026-11-01..2026-11-30, or one day")
	}
	if b.Before(a) {
		return nil, fault.New(fault.Usage, "%q ends before it begins", written)
	}
	return &Dates{a, b}, nil
}

// datePartition says which partition columns tell the date of a row.
type datePartition struct{ date, year, month, day string }

// datePartition finds the columns in partition_by that are a date, or the
// year, month and day of one.
func (t *Type) datePartition() (datePartition, error) {
	var d datePartition
	of := map[string]string{} // of which column the parts are
	for _, name := range t.Parts {
		e := named(t.Derive, name)
		if e == nil {
			e = named(t.Replace, name)
		}
		if e == nil {
			if c := t.column(name); c != nil && c.Kind == Date {
				d.date = name
			}
			continue
		}
		all := tokens(e.SQL)
		n := len(all)
		switch {
		case n > 4 && all[0].is("cast") && all[n-3].is("as") && all[n-2].is("date"):
			d.date = name
		case n == 4 && all[0].is("year"):
			d.year, of["year"] = name, all[2].text
		case n == 4 && all[0].is("month"):
			d.month, of["month"] = name, all[2].text
		case n == 4 && all[0].is("day"):
			d.day, of["day"] = name, all[2].text
		}
	}
	if d.month == "" || !strings.EqualFold(of["month"], of["year"]) {
		d.month, d.day = "", ""
	}
	if !strings.EqualFold(of["day"], of["year"]) {
		d.day = ""
	}
	if d.date == "" && d.year == "" {
		return d, fault.New(fault.Usage, "--date needs a type that is partitioned by a date, and %s is not", t.Name).
			WithHint("leave --date out, or partition the type by a date, or by year(…), month(…) of one")
	}
	return d, nil
}

// Check refuses a type whose output cannot be rebuilt by date.
func (r Dates) Check(t *Type) error {
	if t.Dedupe.Mode == DedupeKeys || t.Dedupe.Mode == DedupeContent {
		return fault.New(fault.Usage, "--date cannot be used with type %s: rows that replace each other may lie in different partitions", t.Name).
			WithHint("rebuild it in full: --full")
	}
	_, err := t.datePartition()
	return err
}

// within is the condition that a row lies in a partition of the range.
func (d datePartition) within(r Dates) string {
	switch {
	case d.date != "":
		return fmt.Sprintf("%s BETWEEN date '%s' AND date '%s'", quote(d.date), r.From.Format(dayFormat), r.To.Format(dayFormat))
	case d.day != "":
		return fmt.Sprintf("%s * 10000 + %s * 100 + %s BETWEEN %s AND %s", quote(d.year), quote(d.month), quote(d.day),
			r.From.Format("20060102"), r.To.Format("20060102"))
	case d.month != "":
		return fmt.Sprintf("%s * 100 + %s BETWEEN %s AND %s", quote(d.year), quote(d.month), r.From.Format("200601"), r.To.Format("200601"))
	default:
		return fmt.Sprintf("%s BETWEEN %s AND %s", quote(d.year), r.From.Format("2006"), r.To.Format("2006"))
	}
}

// Covers reports whether a partition of the type's output is rebuilt for the
// range: values are those of its partition columns, nil for NULL.
func (r Dates) Covers(t *Type, values map[string]*string) (bool, error) {
	d, err := t.datePartition()
	if err != nil {
		return false, err
	}
	if d.date != "" {
		v := values[d.date]
		if v == nil {
			return false, nil
		}
		day, err := time.Parse(dayFormat, *v)
		return err == nil && !day.Before(r.From) && !day.After(r.To), nil
	}
	value, from, to := 0, 0, 0
	for _, part := range []struct {
		column   string
		from, to int
	}{{d.year, r.From.Year(), r.To.Year()}, {d.month, int(r.From.Month()), int(r.To.Month())}, {d.day, r.From.Day(), r.To.Day()}} {
		if part.column == "" {
			break
		}
		v := values[part.column]
		if v == nil {
			return false, nil
		}
		n, err := strconv.Atoi(*v)
		if err != nil {
			return false, nil //nolint:nilerr // a folder that is no number holds no date
		}
		value, from, to = value*100+n, from*100+part.from, to*100+part.to
	}
	return value >= from && value <= to, nil
}

// Views of a plan that is limited to dates.
const (
	viewAll            = "all_raw"               // registered: all raw rows; raw is what of them is in the range
	viewRejectedFiles  = "rejected_files"        // registered: rejected rows of older commits
	viewOldRejected    = "old_rejected"          // the same with the columns of raw
	viewRejectedBefore = "rejected_before"       // what of them is not in the range
	viewAllRejected    = "rejected_then_and_now" // rejected_before and rejected
)

// limit makes raw of the rows of all_raw that lie in the range. Equal rows lie
// in the same partition, so duplicates can be looked for inside it.
func (p *Plan) limit(o Options) error {
	t := p.bound.typ
	if err := o.Dates.Check(t); err != nil {
		return err
	}
	d, err := t.datePartition()
	if err != nil {
		return err
	}
	within := "coalesce(" + d.within(*o.Dates) + ", false)"
	p.Steps = nil
	if err := p.addDated(dated{viewAll, viewRaw, "dated", within, p.bound.names()}); err != nil {
		return err
	}
	p.step(viewInput, p.bound.inputSQL(viewRaw))
	return nil
}

// addRejectedBefore keeps the rejected rows of older commits that lie outside
// of the range: those inside it are found again.
func (p *Plan) addRejectedBefore(o Options) error {
	d, err := p.bound.typ.datePartition()
	if err != nil {
		return err
	}
	names := p.bound.names(reasonColumn, stampColumn)
	var items []string
	for _, c := range p.bound.columns {
		if !contains(names, c.name) {
			continue
		}
		value := "null"
		if slices.ContainsFunc(o.Rejected, func(r unite.Column) bool { return r.Name == c.name }) {
			value = quote(c.name)
		}
		items = append(items, "cast("+value+" as "+plainType(c)+") AS "+quote(c.name))
	}
	names = append(names, reasonColumn, stampColumn)
	items = append(items, reasonColumn, stampColumn)
	p.step(viewOldRejected, "SELECT "+strings.Join(items, ", ")+" FROM "+viewRejectedFiles)
	outside := "NOT coalesce(" + d.within(*o.Dates) + ", false)"
	if err := p.addDated(dated{viewOldRejected, viewRejectedBefore, "rejected", outside, names}); err != nil {
		return err
	}
	list := strings.Join(quoteAll(names), ", ")
	p.step(viewAllRejected, fmt.Sprintf("SELECT %s FROM %s\nUNION ALL\nSELECT %s FROM %s", list, viewRejectedBefore, list, viewRejected))
	return nil
}

// plainType is a column's type in a step: times have no zone there.
func plainType(c boundColumn) string {
	if c.typ.Kind == sqltype.Timestamp {
		return "timestamp"
	}
	return c.typ.String()
}

// names are the input's columns.
func (b *bound) names(without ...string) []string {
	var out []string
	for _, c := range b.columns {
		if !contains(without, c.name) {
			out = append(out, c.name)
		}
	}
	return out
}
