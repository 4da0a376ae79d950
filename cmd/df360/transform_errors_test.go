package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTransformRefuses holds that bad input and bad types are named, with the
// exit code that says whose fault it is, and that nothing is written.
func TestTransformRefuses(t *testing.T) {
	t.Parallel()
	good := transaction()
	for _, c := range []struct {
		name  string
		files []string
		types map[string]string
		args  []string
		exit  int
		says  []string
	}{
		{
			name: "a missing column", files: []string{"SELECT 1 AS amount, 'EUR' AS currency"}, args: []string{"--type", "transactions"}, exit: 1,
			says: []string{"column transaction_id is missing", "column status is missing", "column transaction_date is missing", "raw.x has the columns amount, currency"},
		},
		{
			name: "a column that only the aggregate needs", files: []string{"SELECT * EXCLUDE (merchant) FROM (" + good + ")"},
			args: []string{"--type", "transactions", "--aggregate"}, exit: 1, says: []string{"column merchant, which --aggregate needs, is missing"},
		},
		{
			name: "text in one file and a number in another", files: []string{good, transaction("'1' AS amount")}, args: []string{"--type", "transactions"}, exit: 1,
			says: []string{"column amount is a number (DOUBLE) in raw/x/a.parquet but text in raw/x/b.parquet"},
		},
		{
			name: "columns that differ in case", files: []string{"SELECT 1 AS a", "SELECT 1 AS A"}, args: []string{"--type", "generic"}, exit: 1,
			says: []string{`columns "a" and "A" differ only in case`, "raw/x/a.parquet", "raw/x/b.parquet"},
		},
		{
			name: "no column left", files: []string{"SELECT 1 AS _a"}, args: []string{"--type", "generic"}, exit: 1,
			says: []string{"type generic leaves no column of raw.x"},
		},
		{
			name: "a column of the wrong kind", files: []string{transaction("true AS amount", "[1] AS status")}, args: []string{"--type", "transactions"}, exit: 1,
			says: []string{"column amount is BOOLEAN, not number", "column status is BIGINT[], not text"},
		},
		{
			name: "no aggregate", files: []string{"SELECT 1 AS a"}, args: []string{"--type", "generic", "--aggregate"}, exit: 2, says: []string{"type generic has no aggregate"},
		},
		{
			name: "an unknown type", files: []string{"SELECT 1 AS a"}, args: []string{"--type", "transaction"}, exit: 2, says: []string{"did you mean --type transactions?"},
		},
		{name: "no last type", files: []string{"SELECT 1 AS a"}, exit: 2, says: []string{"has no last type"}},
		{name: "a missing dataset", args: []string{"--type", "generic"}, exit: 1, says: []string{"there is no dataset raw.x"}},
		{
			name: "no date to limit by", files: []string{"SELECT 1 AS a"}, args: []string{"--type", "generic", "--date", "2025-01-01..2025-01-02"}, exit: 2,
			says: []string{"--date needs a type that is partitioned by a date"},
		},
		{name: "a wrong range", files: []string{"SELECT 1 AS a"}, args: []string{"--type", "logs", "--date", "May"}, exit: 2, says: []string{`"May" is not a range of days`}},
		{name: "an engine that is not there", files: []string{"SELECT 1 AS a"}, args: []string{"--type", "generic", "--engine", "spark"}, exit: 2, says: []string{`there is no engine "spark"`}},
		{
			name: "expressions that the engine does not understand", files: []string{"SELECT 1 AS a"}, args: []string{"--type", "bad"}, exit: 2,
			types: map[string]string{"bad": "name: bad\nrules:\n  first: b > 0\n  second: a + 1\nderive:\n  c: a + 1\n  d: lower(c, c)\n"},
			says:  []string{"bad.yaml:7: derive d: lower takes 1 argument, not 2"},
		},
		{
			name: "rules that are wrong", files: []string{"SELECT 1 AS a"}, args: []string{"--type", "bad"}, exit: 2,
			types: map[string]string{"bad": "name: bad\nrules:\n  first: b > 0\n  second: a + 1\n"},
			says:  []string{"bad.yaml:3: rule first: ", `"b" not found`, "bad.yaml:4: rule second: a condition expected, this is BIGINT"},
		},
		{
			name: "derived columns that are wrong", files: []string{"SELECT 1 AS a, 'x' AS t"}, args: []string{"--type", "bad", "--aggregate"}, exit: 2,
			types: map[string]string{"bad": "name: bad\nderive:\n  c: a + 1\n  d: c + nothing\naggregate: {group_by: [a], measures: {s: sum(c)}}\n"},
			says:  []string{"bad.yaml:4: derive d: ", `"nothing" not found`},
		},
		{
			name: "measures that are wrong", files: []string{"SELECT 1 AS a, 'x' AS t"}, args: []string{"--type", "bad", "--aggregate"}, exit: 2,
			types: map[string]string{"bad": "name: bad\naggregate: {group_by: [a], measures: {s: sum(t), n: count(nothing)}}\n"},
			says:  []string{"measure s: ", "measure n: "},
		},
		{
			name: "a column to group by that is not there", files: []string{"SELECT 1 AS a"}, args: []string{"--type", "bad", "--aggregate"}, exit: 2,
			types: map[string]string{"bad": "name: bad\naggregate: {group_by: [b], measures: {n: count(*)}}\n"}, says: []string{"there is no column b in the output"},
		},
		{
			name: "a partition of fractions", files: []string{"SELECT 1.5::DOUBLE AS a, 1 AS b"}, args: []string{"--type", "bad"}, exit: 2,
			types: map[string]string{"bad": "name: bad\npartition_by: [a]\n"}, says: []string{"column a is DOUBLE; whole numbers, dates and text can name folders"},
		},
		{
			name: "a value that an expression does not take", files: []string{"SELECT 'x' AS a"}, args: []string{"--type", "bad"}, exit: 1,
			types: map[string]string{"bad": "name: bad\nderive: {b: cast(a as date)}\n"}, says: []string{"transform raw.x as bad", "try_cast"},
		},
		{
			name: "a type file that is wrong all over", files: []string{"SELECT 1 AS a"}, args: []string{"--type", "bad"}, exit: 2,
			types: map[string]string{"bad": "name: bad\nrule: {}\ncolumns:\n  a: {type: texts}\n  b: {typ: text}\ndedupe: most\nderive:\n  x: now()\n"},
			says: []string{
				"bad.yaml:2: unknown key rule: did you mean rules?", "bad.yaml:4: columns.a: unknown type texts: did you mean text?",
				"bad.yaml:5: unknown key columns.b.typ: did you mean columns.b.type?", "bad.yaml:6: dedupe: all, content, none", "bad.yaml:8: derive x: now: ",
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := newTestLake(t)
			l.project(c.types)
			for i, q := range c.files {
				l.raw("x", string(rune('a'+i))+".parquet", q)
			}
			said := l.fails(c.exit, append([]string{"--dataset", "x"}, c.args...)...)
			for _, want := range c.says {
				if !strings.Contains(said, want) {
					t.Errorf("it does not say %q:\n%s", want, said)
				}
			}
			nothingLeft(t, l)
		})
	}
}

// nothingLeft checks that a failed transform has left no trace.
func nothingLeft(t *testing.T, l *testLake) {
	t.Helper()
	for _, name := range []string{l.path("processed"), l.path("raw", "x", "_df360")} {
		if _, err := os.Stat(name); err == nil {
			t.Errorf("%s was left", name)
		}
	}
}

func TestUnreadableFilesAreNamed(t *testing.T) {
	t.Parallel()
	l := newTestLake(t)
	l.project(nil)
	l.raw("x", "a.parquet", "SELECT range AS a, 'text ' || range AS b FROM range(10000)")
	whole, err := os.ReadFile(l.path("raw", "x", "a.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	damaged := append([]byte(nil), whole...)
	for i := 100; i < len(damaged)/2; i++ { // the footer stays sound
		damaged[i] = 0xaa
	}
	for name, data := range map[string][]byte{"cut short": whole[:len(whole)-20], "damaged pages": damaged, "no Parquet": []byte("hello, hello, hello")} {
		if err := os.WriteFile(l.path("raw", "x", "b.parquet"), data, 0o600); err != nil {
			t.Fatal(err)
		}
		said := l.fails(1, "--dataset", "x", "--type", "generic")
		if !strings.Contains(said, "raw/x/b.parquet") {
			t.Errorf("%s: the file is not named: %s", name, said)
		}
		nothingLeft(t, l)
	}
}

// TestNaNIsNotLostToStatistics transforms a file whose statistics leave NaN
// out: by them all values are below 0, so the engine could answer a rule
// without looking at a row.
func TestNaNIsNotLostToStatistics(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("..", "..", "internal", "unite", "testdata", "nan.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	for rules, want := range map[string][3]string{
		"{positive: a > 0, not_one: 's.x <> -1'}": {
			"SELECT 'nan'::DOUBLE, 1", "SELECT * FROM (VALUES (2, 'positive,not_one'), (3, 'positive'))", "SELECT 1, 'nan'::DOUBLE, 1",
		},
		"{negative: a < 0, small: f <= -1, in_list: 's.x < 0'}": {
			"SELECT * FROM (VALUES (-1::DOUBLE, 2), (-2::DOUBLE, 3))", "SELECT 1, 'negative,small,in_list'", "SELECT * FROM (VALUES (2, -1::DOUBLE, 1), (3, -2::DOUBLE, 1))",
		},
	} {
		l := newTestLake(t)
		l.project(map[string]string{"nan": "name: nan\nrules: " + rules + "\naggregate: {group_by: [i], measures: {most: max(a), n: count(*)}}\n"})
		l.file("data_lake/raw/x/a.parquet", string(data))
		l.transform("--dataset", "x", "--type", "nan", "--aggregate")
		l.sameRows(rules+": processed", want[0], "SELECT a, i FROM "+l.processed("x"))
		l.sameRows(rules+": rejected", want[1], "SELECT i, _reason FROM "+l.processed("x_rejected"))
		l.sameRows(rules+": aggregate", want[2], "SELECT i, most, n FROM "+l.processed("x_agg"))
	}
}
