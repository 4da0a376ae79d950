// Package enginetest is the suite that every transform.Engine passes.
//
// It owns what an engine must do and how the SQL of the portable core is meant.
// It must not know any engine. It guarantees that an engine which passes gives
// the answers that type files are written for.
package enginetest

import (
	"path/filepath"
	"testing"

	"github.com/kalpafall/df360/internal/unite"
	"github.com/kalpafall/df360/transform"
)

// Run tests the engines that open makes; each test has one of its own.
func Run(t *testing.T, open func(t *testing.T) transform.Engine) {
	t.Helper()
	for name, test := range map[string]func(t *testing.T, e transform.Engine){
		"expressions": testExpressions,
		"steps":       testSteps,
		"round trip":  testRoundTrip,
		"partitions":  testPartitions,
		"empty":       testEmpty,
		"order":       testOrder,
		"repeats":     testRepeats,
		"equality":    testEquality,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

// expressions are expressions of the portable core with their values as text;
// NULL is "NULL".
func expressions() map[string]string {
	return map[string]string{
		// A pattern's $ also matches before one final line terminator.
		"rlike('ab', 'b$')":                        "true",
		"rlike('ab\n', 'b$')":                      "true",
		"rlike('ab\r\n', 'b$')":                    "true",
		"rlike('ab\u0085', 'b$')":                  "true",
		"rlike('ab\u2028', 'b$')":                  "true",
		"rlike('ab\u2029', 'b$')":                  "true",
		"rlike('ab\n\n', 'b$')":                    "false",
		"rlike('ab\n\r', 'b$')":                    "false",
		"rlike('abc', 'b')":                        "true",
		"rlike('abc', '^b')":                       "false",
		"rlike(cast(null as varchar), 'b')":        "NULL",
		"regexp_extract('x@y.z', '@([a-z.]+)', 1)": "y.z",
		"regexp_extract('x', '@([a-z.]+)', 1)":     "",
		// Blanks only.
		"trim('  a\t ')":               "a\t",
		"ltrim(' \ta ')":               "\ta ",
		"rtrim(' a\t ')":               " a\t",
		"length('häß')":                "3",
		"substr('héllo', 2, 3)":        "éll",
		"'a' || cast(null as varchar)": "NULL",
		"lpad('7', 3, '0')":            "007",
		"lower('ÀB')":                  "àb",
		"translate('abc', 'ab', 'x')":  "xc",
		"md5('a')":                     "0cc175b9c0f1b6a831c399e269772661",
		// Numbers.
		"floor(-1.5e0)":                 "-2.0",
		"cast(floor(2.9e0) as bigint)":  "2",
		"1 / nullif(0, 0)":              "NULL",
		"7 / 2":                         "3.5",
		"cast('nan' as double) > 1e300": "true",
		"cast('nan' as double) = cast('nan' as double)":  "true",
		"cast(0.0e0 as double) = -cast(0.0e0 as double)": "true",
		"isnan(cast('nan' as double))":                   "true",
		"greatest(1, 3, 2)":                              "3",
		"coalesce(cast(null as bigint), 5)":              "5",
		"try_cast('x' as double)":                        "NULL",
		"nullif(1, 1)":                                   "NULL",
		// Dates and times.
		"cast(timestamp '2025-05-17 23:59:59.999999' as date)":                "2025-05-17",
		"cast(timestamp '1500-02-28 12:00:00' as date)":                       "1500-02-28",
		"year(date '2025-05-17')":                                             "2025",
		"month(date '2025-05-17')":                                            "5",
		"day(date '2025-05-17')":                                              "17",
		"hour(timestamp '2025-05-17 13:45:10')":                               "13",
		"quarter(date '2025-05-17')":                                          "2",
		"weekofyear(date '2025-01-01')":                                       "1",
		"dayofyear(date '2025-02-01')":                                        "32",
		"last_day(date '2024-02-03')":                                         "2024-02-29",
		"datediff(date '2025-01-05', date '2025-01-01')":                      "4",
		"date_add(date '2025-01-31', 1)":                                      "2025-02-01",
		"date_sub(date '2025-01-01', 1)":                                      "2024-12-31",
		"date_format(timestamp '2025-01-05 03:04:05', 'yyyy-MM-dd HH:mm:ss')": "2025-01-05 03:04:05",
		"date_format(date '2025-01-05', 'yyyy/MM')":                           "2025/01",
		"timestamp_micros(1747489510123456)":                                  "2025-05-17 13:45:10.123456",
		"text_timestamp('2025-5-7')":                                          "2025-05-07 00:00:00",
		"text_timestamp('2025-05-07T01:02')":                                  "2025-05-07 01:02:00",
		"text_timestamp(' 2025-05-07 1:2:3.5 ')":                              "2025-05-07 01:02:03.5",
		"text_timestamp('2025-05-07T01:02Z')":                                 "2025-05-07 01:02:00",
		"text_timestamp('2025-05-07T01:02+02:00')":                            "2025-05-06 23:02:00",
		"text_timestamp('2025-05-07 01:02:03.123456789-0530')":                "2025-05-07 06:32:03.123456",
		"text_timestamp('2025-05-07 01:02:03 UTC')":                           "2025-05-07 01:02:03",
		"text_timestamp('2025-02-30')":                                        "NULL",
	}
}

func testExpressions(t *testing.T, e transform.Engine) {
	t.Helper()
	for sql, want := range expressions() {
		var got *string
		if err := e.Scalar(t.Context(), "SELECT cast(("+sql+") as varchar) AS v", &got); err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		text := "NULL"
		if got != nil {
			text = *got
		}
		if text != want {
			t.Errorf("%s = %q, want %q", sql, text, want)
		}
	}
}

// scalar runs a SELECT of one number.
func scalar(t *testing.T, e transform.Engine, sql string) int64 {
	t.Helper()
	var n int64
	if err := e.Scalar(t.Context(), sql, &n); err != nil {
		t.Fatalf("%v\n%s", err, sql)
	}
	return n
}

func step(t *testing.T, e transform.Engine, s transform.Step) {
	t.Helper()
	if err := e.Step(t.Context(), s); err != nil {
		t.Fatalf("%v\n%s", err, s.SQL)
	}
}

func testSteps(t *testing.T, e transform.Engine) {
	t.Helper()
	step(t, e, transform.Step{Name: "input", SQL: "SELECT 1 AS a UNION ALL SELECT 2 AS a"})
	step(t, e, transform.Step{Name: "raw", SQL: "SELECT a + 1 AS b FROM input", Keep: true})
	step(t, e, transform.Step{Name: "input", SQL: "SELECT 10 AS a"}) // a table stays as it was computed
	if got := scalar(t, e, "SELECT sum(b) FROM raw"); got != 5 {
		t.Errorf("a kept step is %d, want 5", got)
	}
	step(t, e, transform.Step{Name: "raw", SQL: "SELECT a AS b FROM input"}) // a view in the place of a table
	step(t, e, transform.Step{Name: "input", SQL: "SELECT 20 AS a"})
	if got := scalar(t, e, "SELECT sum(b) FROM raw"); got != 20 {
		t.Errorf("a view is %d, want 20", got)
	}
	if err := e.Step(t.Context(), transform.Step{Name: "bad", SQL: "SELECT nothing FROM input"}); err == nil {
		t.Error("a column that is not there is no error")
	}
	columns, err := e.Columns(t.Context(), "raw")
	if err != nil || len(columns) != 1 || columns[0].Name != "b" {
		t.Errorf("columns %v, %v", columns, err)
	}
}

// register writes a query and makes what was written a view.
func register(t *testing.T, e transform.Engine, view, sql string, partitionBy ...string) *transform.Written {
	t.Helper()
	step(t, e, transform.Step{Name: "made", SQL: sql})
	w, err := e.Write(t.Context(), transform.Write{View: "made", Dir: t.TempDir(), PartitionBy: partitionBy, Empty: true})
	if err != nil {
		t.Fatal(err)
	}
	rel, err := w.Relation(len(partitionBy))
	if err != nil {
		t.Fatal(err)
	}
	src := transform.Source{Relation: rel, Rows: w.Rows}
	for i := range w.Files {
		src.Files = append(src.Files, i)
	}
	if err := e.Register(t.Context(), view, src); err != nil {
		t.Fatal(err)
	}
	return w
}

func testRoundTrip(t *testing.T, e transform.Engine) {
	t.Helper()
	w := register(t, e, "back", "SELECT 'x' AS s, cast(1 as int) AS i, cast(2 as bigint) AS l, 1.5e0 AS d, cast(1.25 as decimal(10,2)) AS m,"+
		" true AS b, date '2025-05-17' AS day, timestamp '2025-05-17 13:45:10.123456' AS t"+
		" UNION ALL SELECT null, null, null, cast('nan' as double), null, null, null, null")
	want := []unite.Column{
		{Name: "s", Type: "VARCHAR"},
		{Name: "i", Type: "BIGINT"},
		{Name: "l", Type: "BIGINT"},
		{Name: "d", Type: "DOUBLE"},
		{Name: "m", Type: "DECIMAL(10,2)"},
		{Name: "b", Type: "BOOLEAN"},
		{Name: "day", Type: "DATE"},
		{Name: "t", Type: "TIMESTAMPTZ"},
	}
	if len(w.Columns) != len(want) {
		t.Fatalf("columns %v, want %v", w.Columns, want)
	}
	for i := range want {
		if w.Columns[i] != want[i] {
			t.Errorf("column %v, want %v", w.Columns[i], want[i])
		}
	}
	if w.Rows != 2 || len(w.Files) != 1 || w.Files[0].Rows != 2 || filepath.Ext(w.Files[0].Path) != ".part" {
		t.Errorf("written %+v", w)
	}
	for _, condition := range []string{
		"s = 'x'", "i = 1", "l = 2", "d = 1.5e0", "m = 1.25", "b", "day = date '2025-05-17'", "t = timestamp '2025-05-17 13:45:10.123456'", "isnan(d)", "s is null and t is null",
	} {
		if got := scalar(t, e, "SELECT count(*) FROM back WHERE "+condition); got != 1 {
			t.Errorf("%d rows where %s, want 1", got, condition)
		}
	}
}

func testPartitions(t *testing.T, e transform.Engine) {
	t.Helper()
	w := register(t, e, "back", "SELECT 1 AS v, 2025 AS y, cast('a/b c' as varchar) AS k UNION ALL SELECT 2, 2025, null UNION ALL SELECT 3, null, 'x' UNION ALL SELECT 4, 2025, null", "y", "k")
	if w.Rows != 4 || len(w.Files) != 3 {
		t.Errorf("written %+v", w)
	}
	if got := w.Columns[len(w.Columns)-2:]; got[0].Name != "y" || got[0].Type != "BIGINT" || got[1].Name != "k" {
		t.Errorf("columns %v", w.Columns)
	}
	for condition, want := range map[string]int64{
		"y = 2025 and k = 'a/b c'": 1, "y = 2025 and k is null": 6, "y is null and k = 'x'": 3, "true": 10,
	} {
		if got := scalar(t, e, "SELECT coalesce(sum(v), 0) FROM back WHERE "+condition); got != want {
			t.Errorf("the sum where %s is %d, want %d", condition, got, want)
		}
	}
}

func testEmpty(t *testing.T, e transform.Engine) {
	t.Helper()
	step(t, e, transform.Step{Name: "none", SQL: "SELECT 1 AS a, 2 AS p WHERE false"})
	for _, c := range []struct {
		w    transform.Write
		want int
	}{
		{transform.Write{Empty: true}, 1}, {transform.Write{}, 0}, {transform.Write{Empty: true, PartitionBy: []string{"p"}}, 0},
	} {
		c.w.View, c.w.Dir = "none", t.TempDir()
		got, err := e.Write(t.Context(), c.w)
		if err != nil {
			t.Fatal(err)
		}
		left, err := filepath.Glob(filepath.Join(c.w.Dir, "*.part"))
		if err != nil {
			t.Fatal(err)
		}
		if got.Rows != 0 || len(got.Files) != c.want || len(left) != c.want || len(got.Columns) != 2 {
			t.Errorf("%+v: written %+v, files %v, want %d", c.w, got, left, c.want)
		}
	}
}

func testOrder(t *testing.T, e transform.Engine) {
	t.Helper()
	step(t, e, transform.Step{Name: "made", SQL: "SELECT 2 AS a, 1 AS b UNION ALL SELECT 1, 2 UNION ALL SELECT 1, 1 UNION ALL SELECT null, 0"})
	w, err := e.Write(t.Context(), transform.Write{View: "made", Dir: t.TempDir(), File: "sorted", OrderBy: []transform.Order{{Column: "a"}, {Column: "b", Desc: true}}})
	if err != nil {
		t.Fatal(err)
	}
	if w.Rows != 4 || filepath.Base(w.Files[0].Path) != "sorted.part" {
		t.Errorf("written %+v", w)
	}
}

// testRepeats: a hash that comes twice is never missed.
func testRepeats(t *testing.T, e transform.Engine) {
	t.Helper()
	register(t, e, "raw", "SELECT 1 AS a, 'x' AS b UNION ALL SELECT 1, 'x' UNION ALL SELECT 2, 'x' UNION ALL SELECT null, null UNION ALL SELECT null, null UNION ALL SELECT 3, null")
	step(t, e, transform.Step{
		Name: "repeated", Keep: true, Repeats: &transform.Repeats{View: "raw", Columns: []string{"a", "b"}},
		SQL: "SELECT df360_hash FROM (SELECT xxhash64(a, b) AS df360_hash FROM raw) AS t GROUP BY df360_hash HAVING count(*) > 1",
	})
	if got := scalar(t, e, "SELECT count(*) FROM raw SEMI JOIN repeated ON xxhash64(a, b) = repeated.df360_hash"); got < 4 {
		t.Errorf("%d rows may be repeated, 4 are", got)
	}
}

// testEquality: what duplicates are compared by.
func testEquality(t *testing.T, e transform.Engine) {
	t.Helper()
	step(t, e, transform.Step{Name: "v", SQL: "SELECT cast('nan' as double) AS d, 'a' AS s UNION ALL SELECT -cast('nan' as double), 'a' UNION ALL SELECT 0.0e0, null" +
		" UNION ALL SELECT -0.0e0, null UNION ALL SELECT null, 'A' UNION ALL SELECT null, 'A' UNION ALL SELECT null, 'A '"})
	if got := scalar(t, e, "SELECT count(*) FROM (SELECT DISTINCT d, s FROM v) AS t"); got != 4 {
		t.Errorf("%d different rows, want 4", got)
	}
	if got := scalar(t, e, "SELECT count(*) FROM (SELECT d, s FROM v EXCEPT SELECT 0.0e0, cast(null as varchar)) AS t"); got != 3 {
		t.Errorf("%d different rows without one, want 3", got)
	}
}
