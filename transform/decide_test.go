package transform

import (
	"testing"
	"time"

	"github.com/kalpafall/df360/internal/fault"
)

func testType(t *testing.T, text string) *Type {
	t.Helper()
	typ, err := Parse("t.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return typ
}

func TestDecide(t *testing.T) {
	t.Parallel()
	typ := testType(t, "name: a\naggregate: {group_by: [x], measures: {n: count(*)}}\n")
	versioned := Mark{Dataset: "raw.x", Version: 7, CommitID: "c7"}
	foreign := Mark{Dataset: "raw.x", Version: -1, Files: "f1"}
	base := func() Situation {
		return Situation{
			Type: typ, Input: versioned, Continues: true, AggregateCurrent: true,
			Progress: &Progress{Type: "a", TypeHash: typ.Hash(), Aggregate: typ.AggregateHash(), Input: Mark{Dataset: "raw.x", Version: 5, CommitID: "c5"}},
		}
	}
	added := []Commit{{6, Added, 10}, {7, Added, 0}}
	for name, c := range map[string]struct {
		change func(s *Situation)
		want   Mode
	}{
		"no commits":                  {func(*Situation) {}, Nothing},
		"empty commits":               {func(s *Situation) { s.Commits = []Commit{{6, Added, 0}} }, Nothing},
		"new rows":                    {func(s *Situation) { s.Commits = added }, Increment},
		"new rows, aggregate asked":   {func(s *Situation) { s.Commits, s.Aggregate = added, true }, Increment},
		"a replace":                   {func(s *Situation) { s.Commits = append(added, Commit{7, Rewritten, 5}) }, Everything},
		"compacted":                   {func(s *Situation) { s.Commits = []Commit{{6, Rearrange, 90}} }, Nothing},
		"compacted with new rows":     {func(s *Situation) { s.Commits = append(added, Commit{7, Rearrange, 90}) }, Everything},
		"--full":                      {func(s *Situation) { s.Full = true }, Everything},
		"--date":                      {func(s *Situation) { s.Dates = &Dates{} }, Partitions},
		"first run":                   {func(s *Situation) { s.Progress = nil }, Everything},
		"first run with --date":       {func(s *Situation) { s.Progress, s.Dates = nil, &Dates{} }, Partitions},
		"after --date":                {func(s *Situation) { s.Progress.Partial = true }, Everything},
		"another type":                {func(s *Situation) { s.Progress.TypeHash = "x" }, Everything},
		"a log that began anew":       {func(s *Situation) { s.Continues = false }, Everything},
		"aggregate behind":            {func(s *Situation) { s.Aggregate, s.AggregateCurrent = true, false }, OnlyAggregate},
		"aggregate behind, not asked": {func(s *Situation) { s.AggregateCurrent = false }, Nothing},
		"aggregate of another kind":   {func(s *Situation) { s.Aggregate, s.Progress.Aggregate = true, "x" }, OnlyAggregate},
		"foreign, the same files":     {func(s *Situation) { s.Input, s.Progress.Input = foreign, foreign }, Nothing},
		"foreign, other files":        {func(s *Situation) { s.Input, s.Progress.Input = foreign, Mark{"raw.x", -1, "", "f0"} }, Everything},
		"foreign, then adopted":       {func(s *Situation) { s.Progress.Input = foreign }, Everything},
	} {
		s := base()
		c.change(&s)
		if got := Decide(s); got.Mode != c.want || got.Why == "" {
			t.Errorf("%s: %+v, want %s", name, got, c.want)
		}
	}
}

func TestDates(t *testing.T) {
	t.Parallel()
	day := func(s string) time.Time {
		at, err := time.Parse(dayFormat, s)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for text, want := range map[string]Dates{
		"2026-01-02..2026-02-03": {day("2026-01-02"), day("2026-02-03")}, "2026-01-02": {day("2026-01-02"), day("2026-01-02")},
	} {
		if got, err := ParseDates(text); err != nil || *got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "..", "2026-01-02..", "2026-02-30", "2026-02-03..2026-01-02", "may"} {
		if got, err := ParseDates(text); err == nil || fault.CodeOf(err) != fault.Usage {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
}

func TestDatePartitions(t *testing.T) {
	t.Parallel()
	r, err := ParseDates("2025-11-15..2026-02-03")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		typ    string
		within string // "" refuses
		covers map[[3]string]bool
	}{
		{
			"derive: {d: cast(t as date)}\npartition_by: [d]\n", `"d" BETWEEN date '2025-11-15' AND date '2026-02-03'`,
			map[[3]string]bool{{"2025-11-14"}: false, {"2025-11-15"}: true, {"2026-02-03"}: true, {"2026-02-04"}: false, {"null"}: false, {"x"}: false},
		},
		{
			"derive: {y: year(t), m: month(t)}\npartition_by: [y, m]\n", `"y" * 100 + "m" BETWEEN 202511 AND 202602`,
			map[[3]string]bool{{"2025", "10"}: false, {"2025", "11"}: true, {"2026", "2"}: true, {"2026", "3"}: false, {"null", "null"}: false},
		},
		{
			"derive: {y: year(t), m: month(t), d: day(t)}\npartition_by: [y, m, d]\n", `"y" * 10000 + "m" * 100 + "d" BETWEEN 20251115 AND 20260203`,
			map[[3]string]bool{{"2025", "11", "14"}: false, {"2025", "11", "15"}: true, {"2026", "1", "1"}: true, {"2026", "2", "4"}: false},
		},
		{
			"derive: {y: year(t), m: month(u)}\npartition_by: [y, m]\n", `"y" BETWEEN 2025 AND 2026`,
			map[[3]string]bool{{"2024", "12"}: false, {"2025", "1"}: true, {"2026", "12"}: true},
		},
		{"derive: {m: month(t)}\npartition_by: [m]\n", "", nil},
		{"partition_by: [country]\n", "", nil},
		{"name: none\n", "", nil},
	} {
		typ := testType(t, c.typ)
		d, err := typ.datePartition()
		if (err != nil) != (c.within == "") {
			t.Errorf("%s: %v", c.typ, err)
			continue
		}
		if err == nil && d.within(*r) != c.within {
			t.Errorf("%s: %s, want %s", c.typ, d.within(*r), c.within)
		}
		for values, want := range c.covers {
			partition := map[string]*string{}
			for i, name := range typ.Parts {
				if partition[name] = &values[i]; values[i] == "null" {
					partition[name] = nil
				}
			}
			if got, err := r.Covers(typ, partition); err != nil || got != want {
				t.Errorf("%s: covers %v: %v, %v", c.typ, values, got, err)
			}
		}
	}
	for _, mode := range []string{"content", "{keys: [a]}"} {
		typ := testType(t, "dedupe: "+mode+"\nderive: {d: cast(t as date)}\npartition_by: [d]\n")
		if err := r.Check(typ); err == nil {
			t.Errorf("--date with dedupe %s is not refused", mode)
		}
	}
}

func TestReadMeasure(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]measure{
		"count(*)":          {function: "count", arg: "*"},
		"COUNT(DISTINCT a)": {function: "count", arg: "a", distinct: true},
		"sum(a + (b * 2))":  {function: "sum", arg: "a + (b * 2)"},
		"avg(\"a b\")":      {function: "avg", arg: `"a b"`},
	} {
		if got, ok := readMeasure(Expr{SQL: sql}); !ok || got != want {
			t.Errorf("%s: %+v, %v", sql, got, ok)
		}
	}
	for _, sql := range []string{"sum(a) / nullif(count(*), 0)", "sum(distinct a)", "(sum(a))", "count(distinct)", "sum(a) + sum(b)", "a", "lower(a)"} {
		if got, ok := readMeasure(Expr{SQL: sql}); ok {
			t.Errorf("%s: %+v", sql, got)
		}
	}
}
