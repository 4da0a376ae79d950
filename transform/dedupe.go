package transform

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kalpafall/df360/internal/sqltype"
)

// Views of finding duplicates. Rows that are equal have equal hashes, so only
// rows whose hash comes more than once, the repeated ones, need to be compared
// at all. They are put aside together with the rows that fail a rule, which
// are few as well; all other rows stream from input to output.
const (
	viewHashes    = "hashes"     // the hashes of new rows, with how often they come (older rows are there)
	viewShared    = "shared"     // the hashes that older rows have as well
	viewRepeated  = "repeated"   // hashes that come more than once
	viewAside     = "aside"      // raw rows that may be duplicates or fail a rule
	viewDifferent = "different"  // of the rows that may be duplicates, one of each
	viewOlder     = "older"      // older raw rows of shared hashes
	viewRanked    = "ranked"     // aside and older in the order in which they win
	viewWinners   = "winners"    // the first of equal rows, where they are new
	viewOnce      = "once"       // aside without duplicates
	viewOnceInput = "once_input" // once with casts
	viewKept      = "kept"       // rows that stay
)

// twice is the column of aside that says whether a row may be a duplicate.
const twice = "df360_twice"

// dedupePlan says how to count what the steps have done.
type dedupePlan struct {
	// duplicates counts the duplicates: "" is none.
	duplicates string
	// overtaken counts new rows that take the place of an older row, which an
	// increment cannot do: "" is none.
	overtaken string
}

// addDedupe adds the steps from input to kept and rejected.
func (p *Plan) addDedupe(o Options) {
	b, mode := p.bound, p.bound.typ.Dedupe.Mode
	pass := b.pass()
	if mode == DedupeNone {
		p.step(viewKept, "SELECT "+b.castNames()+" FROM "+viewInput+" WHERE "+pass)
		p.step(viewRejected, b.rejectedSQL(viewInput, o))
		return
	}
	if o.Key == nil {
		p.addWhole(o, pass)
		return
	}
	hash := hashOf(o.Key)
	p.addRepeated(o, hash)
	p.keep(viewAside, fmt.Sprintf("SELECT * FROM (SELECT %s, %s IN (SELECT df360_hash FROM %s) AS %s, %s AS df360_fails FROM %s) AS t WHERE %s OR df360_fails",
		b.rawNames(""), b.rawHash(o.Key), viewRepeated, twice, b.fail(), viewInput, twice))
	p.addOnce(o, " WHERE "+twice)
	// The hashes come from a SELECT: a table has a rowid, as a column of the input may.
	p.step(viewKept, fmt.Sprintf("SELECT %s FROM %s ANTI JOIN (SELECT df360_hash FROM %s) AS df360_h ON %s = df360_h.df360_hash WHERE %s\nUNION ALL\nSELECT %s FROM %s WHERE %s",
		b.castNames(), viewInput, viewRepeated, b.rawHash(o.Key), pass, b.castNames(), viewOnceInput, pass))
	p.step(viewRejected, b.rejectedSQL(viewOnceInput, o))
	p.dedupe.duplicates = fmt.Sprintf("SELECT (SELECT count(*) FROM %s) - (SELECT count(*) FROM %s)", viewAside, viewOnce)
}

// addWhole compares all rows with each other: no column tells them apart.
func (p *Plan) addWhole(o Options, pass string) {
	b := p.bound
	p.step(viewAside, "SELECT "+b.rawNames("")+" FROM "+viewInput)
	if o.Old {
		p.step(viewOlder, "SELECT "+b.plainNames()+" FROM "+viewOld)
	}
	p.addOnce(o, "")
	p.step(viewKept, "SELECT "+b.castNames()+" FROM "+viewOnceInput+" WHERE "+pass)
	p.step(viewRejected, b.rejectedSQL(viewOnceInput, o))
	p.dedupe.duplicates = fmt.Sprintf("SELECT (SELECT count(*) FROM %s) - (SELECT count(*) FROM %s)", viewAside, viewOnce)
}

// addRepeated finds the hashes that come more than once.
func (p *Plan) addRepeated(o Options, hash string) {
	if !o.Old {
		p.Steps = append(p.Steps, Step{
			Name: viewRepeated, Keep: true, Repeats: &Repeats{viewRaw, o.Key},
			SQL: fmt.Sprintf("SELECT df360_hash FROM (SELECT %s AS df360_hash FROM %s) AS t GROUP BY df360_hash HAVING count(*) > 1", hash, viewRaw),
		})
		return
	}
	p.keep(viewHashes, fmt.Sprintf("SELECT df360_hash, count(*) AS n FROM (SELECT %s AS df360_hash FROM %s) AS t GROUP BY df360_hash", hash, viewRaw))
	p.keep(viewShared, fmt.Sprintf("SELECT DISTINCT df360_hash FROM (SELECT %s AS df360_hash FROM %s) AS t SEMI JOIN %s USING (df360_hash)", hash, viewOld, viewHashes))
	p.keep(viewRepeated, fmt.Sprintf("SELECT df360_hash FROM %s WHERE n > 1\nUNION\nSELECT df360_hash FROM %s", viewHashes, viewShared))
	p.keep(viewOlder, fmt.Sprintf("SELECT %s FROM %s SEMI JOIN (SELECT df360_hash FROM %s) AS df360_h ON %s = df360_h.df360_hash", p.bound.plainNames(), viewOld, viewShared, hash))
}

// addOnce drops the duplicates among the rows put aside, and those that repeat
// an older row. where selects the rows that may be duplicates; "" is all.
func (p *Plan) addOnce(o Options, where string) {
	b := p.bound
	names := b.plainNames()
	if d := b.typ.Dedupe; d.Mode != DedupeAll || b.hasMap() {
		p.addRanked(o, names)
		p.step(viewOnceInput, b.inputSQL(viewOnce))
		return
	}
	sql := fmt.Sprintf("SELECT DISTINCT %s FROM %s%s", names, viewAside, where)
	if o.Old {
		sql = fmt.Sprintf("(SELECT %s FROM %s%s\nEXCEPT\nSELECT %s FROM %s)", names, viewAside, where, names, viewOlder)
	}
	p.keep(viewDifferent, sql)
	once := "SELECT " + names + " FROM " + viewDifferent
	if where != "" {
		once += fmt.Sprintf("\nUNION ALL\nSELECT %s FROM %s WHERE NOT %s", names, viewAside, twice)
	}
	p.step(viewOnce, once)
	p.step(viewOnceInput, b.inputSQL(viewOnce))
}

// addRanked keeps the first of the rows with equal keys in a total order.
func (p *Plan) addRanked(o Options, names string) {
	b := p.bound
	source := fmt.Sprintf("SELECT %s, false AS df360_old FROM %s", names, viewAside)
	if o.Old {
		source += fmt.Sprintf("\nUNION ALL\nSELECT %s, true AS df360_old FROM %s", names, viewOlder)
	}
	keys, order := b.keys(), append(b.order(), "df360_old DESC")
	p.step(viewRanked, fmt.Sprintf("SELECT %s, df360_old,\n row_number() OVER (PARTITION BY %s ORDER BY %s) AS df360_rank,\n"+
		" max(CASE WHEN df360_old THEN 1 ELSE 0 END) OVER (PARTITION BY %s) AS df360_seen\nFROM (%s) AS t",
		names, strings.Join(keys, ", "), strings.Join(order, ", "), strings.Join(keys, ", "), source))
	p.keep(viewWinners, fmt.Sprintf("SELECT %s, df360_seen FROM %s WHERE df360_rank = 1 AND NOT df360_old", names, viewRanked))
	p.step(viewOnce, "SELECT "+names+" FROM "+viewWinners)
	if o.Old {
		p.dedupe.overtaken = "SELECT count(*) FROM " + viewWinners + " WHERE df360_seen = 1"
	}
}

func (p *Plan) step(name, sql string) { p.Steps = append(p.Steps, Step{Name: name, SQL: sql}) }
func (p *Plan) keep(name, sql string) {
	p.Steps = append(p.Steps, Step{Name: name, SQL: sql, Keep: true})
}

// hashOf is the hash of columns as raw and old have them.
func hashOf(columns []string) string {
	quoted := make([]string, len(columns))
	for i, c := range columns {
		quoted[i] = quote(c)
	}
	return "xxhash64(" + strings.Join(quoted, ", ") + ")"
}

// rawHash is hashOf as input has the columns.
func (b *bound) rawHash(columns []string) string {
	raw := make([]string, len(columns))
	for i, name := range columns {
		raw[i] = name
		for _, c := range b.columns {
			if c.name == name {
				raw[i] = c.raw
			}
		}
	}
	return hashOf(raw)
}

// keyColumns are the columns by which rows are compared.
func (b *bound) keyColumns() []boundColumn {
	d := b.typ.Dedupe
	var out []boundColumn
	for _, c := range b.columns {
		switch {
		case d.Mode == DedupeKeys && !contains(d.Keys, c.name):
		case d.Mode == DedupeContent && strings.HasPrefix(c.name, "_"):
		default:
			out = append(out, c)
		}
	}
	return out
}

// keys are what rows are compared by, as SQL.
func (b *bound) keys() []string {
	var out []string
	for _, c := range b.keyColumns() {
		if b.typ.Dedupe.Mode == DedupeKeys && c.cast.sql != "" {
			// Equal as the type reads them; what it cannot read is compared as it is.
			out = append(out, c.cast.sql, "CASE WHEN "+c.cast.sql+" IS NULL THEN "+quote(c.name)+" END")
			continue
		}
		out = append(out, compared(c))
	}
	return out
}

// order is a total order of rows with equal keys: the type's, then all columns.
func (b *bound) order() []string {
	var out []string
	for _, o := range b.typ.Dedupe.Order {
		for _, c := range b.columns {
			if strings.EqualFold(c.name, o.Column) && c.cast.sql != "" { // as the type reads it, then as it is
				out = append(out, o.by(c.cast.sql))
			}
		}
		out = append(out, o.String())
	}
	for _, c := range b.columns {
		if !contains(b.typ.Dedupe.Keys, c.name) && !slices.ContainsFunc(b.typ.Dedupe.Order, func(o Order) bool { return strings.EqualFold(o.Column, c.name) }) {
			out = append(out, compared(c)+" ASC NULLS FIRST")
		}
	}
	return out
}

// hasMap reports whether the comparison needs more than equality: two maps are
// equal whatever the order of their entries.
func (b *bound) hasMap() bool {
	return slices.ContainsFunc(b.columns, func(c boundColumn) bool { return c.typ.Kind == sqltype.Map })
}

// compared is a value in a form that is equal where the value is.
func compared(c boundColumn) string {
	if c.typ.Kind == sqltype.Map {
		return "sort_array(map_entries(" + quote(c.name) + "))"
	}
	return quote(c.name)
}
