package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kalpafall/df360/lake"
)

// TestTextPartitions partitions by texts that folders have a meaning of their
// own for.
func TestTextPartitions(t *testing.T) {
	t.Parallel()
	l := newTestLake(t)
	l.project(map[string]string{"tp": "name: tp\npartition_by: [p]\naggregate: {group_by: [p], measures: {n: count(*)}}\n"})
	l.raw("x", "a.parquet", "SELECT * FROM (VALUES ('NULL', 1), ('null', 2), ('Null', 3), (NULL, 4), ('a/b=c', 5)) AS t(p, i)")
	if got := l.transform("--dataset", "x", "--type", "tp", "--aggregate"); got.RowsWritten != 5 {
		t.Errorf("%d rows written", got.RowsWritten)
	}
	code, stdout, stderr := l.call("lake", "query", "SELECT coalesce(p, '-') AS p, i FROM processed.x ORDER BY i", "--format", "csv")
	if want := "p,i\nNULL,1\nnull,2\nNull,3\n-,4\na/b=c,5\n"; code != 0 || stdout != want {
		t.Errorf("query: exit %d, %q, %s", code, stdout, stderr)
	}
	l.sameRows("aggregate", "SELECT * FROM (VALUES ('NULL', 1), ('null', 1), ('Null', 1), (NULL, 1), ('a/b=c', 1))", "SELECT p, n FROM "+l.processed("x_agg"))
}

func TestTextThatMeansNullIsRefused(t *testing.T) {
	t.Parallel()
	l := newTestLake(t)
	l.project(map[string]string{"tp": "name: tp\npartition_by: [p]\n"})
	l.raw("x", "a.parquet", "SELECT * FROM (VALUES ('__HIVE_DEFAULT_PARTITION__', 1), (NULL, 2)) AS t(p, i)")
	if said := l.fails(1, "--dataset", "x", "--type", "tp"); !strings.Contains(said, "column p") {
		t.Errorf("it says %s", said)
	}
	nothingLeft(t, l)
}

// TestKeysAndOrderAreReadAsTheTypeSays compares texts of numbers and times.
func TestKeysAndOrderAreReadAsTheTypeSays(t *testing.T) {
	t.Parallel()
	l := newTestLake(t)
	l.project(map[string]string{
		"numbers": "name: numbers\ncolumns: {id: integer, ver: integer}\ndedupe: {keys: [id], order: [ver desc]}\n",
		"times":   "name: times\ncolumns: {id: integer, seen: timestamp}\ndedupe: {keys: [id], order: [seen desc]}\n",
	})
	l.raw("n", "a.parquet", "SELECT * FROM (VALUES ('1', '9', 'a'), (' 1', '10', 'b'), ('2', '2', 'c'), ('x', '1', 'd'), ('y', '1', 'e')) AS t(id, ver, v)")
	l.transform("--dataset", "n", "--type", "numbers")
	l.sameRows("numbers", "SELECT * FROM (VALUES ('b'), ('c'))", "SELECT v FROM "+l.processed("n"))
	l.sameRows("rejected", "SELECT * FROM (VALUES ('d'), ('e'))", "SELECT v FROM "+l.processed("n_rejected"))
	l.raw("t", "a.parquet", "SELECT * FROM (VALUES (1, '2025-1-9', 'a'), (1, '2025-01-10', 'b')) AS t(id, seen, v)")
	l.transform("--dataset", "t", "--type", "times")
	l.sameRows("times", "SELECT 'b'", "SELECT v FROM "+l.processed("t"))
}

// TestColumnNamesOfOurs has input columns that are called like columns that
// transforms make, or that tables have.
func TestColumnNamesOfOurs(t *testing.T) {
	t.Parallel()
	l := newTestLake(t)
	l.project(map[string]string{"c": "name: c\ncolumns: {d: date}\nrules: {small: i < 40}\n"})
	l.raw("x", "a.parquet", "SELECT '2025-01-05' AS d, 'keep ' || range AS df360_raw_d, range AS rowid, range AS i FROM range(50)")
	l.raw("x", "b.parquet", "SELECT '2025-01-05' AS d, 'keep ' || range AS df360_raw_d, range AS rowid, range AS i FROM range(10)")
	got := l.transform("--dataset", "x", "--type", "c")
	if got.RowsWritten != 40 || got.RowsDuplicate != 10 || got.RowsRejected != 10 {
		t.Errorf("summary %+v", got)
	}
	l.sameRows("processed", "SELECT DATE '2025-01-05', 'keep ' || range, range FROM range(40)", "SELECT d, df360_raw_d, rowid FROM "+l.processed("x"))
	l.sameRows("rejected", "SELECT '2025-01-05', 'keep ' || range FROM range(40, 50)", "SELECT d, df360_raw_d FROM "+l.processed("x_rejected"))
}

func TestMissingKeysAreNamed(t *testing.T) {
	t.Parallel()
	l := newTestLake(t)
	l.project(map[string]string{"k": "name: k\ndedupe: {keys: [nosuch], order: [other desc]}\n"})
	l.raw("x", "a.parquet", "SELECT 1 AS a")
	said := l.fails(1, "--dataset", "x", "--type", "k")
	for _, want := range []string{"nosuch", "other", "columns a"} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q: %s", want, said)
		}
	}
	nothingLeft(t, l)
}

// TestColumnNamesOfSteps has input columns that are called like what the steps
// of a plan are made of, in an increment that looks for older rows.
func TestColumnNamesOfSteps(t *testing.T) {
	t.Parallel()
	l := newTestLake(t)
	l.project(map[string]string{"s": "name: s\nrules: {positive: h > 0}\naggregate: {group_by: [raw], measures: {n: count(*), kinds: count(distinct h)}}\n"})
	rows := func(from, to int) string {
		return fmt.Sprintf("SELECT range AS h, range %% 3 AS raw, range AS t, 'x' AS \"in put\", range AS n FROM range(%d, %d)", from, to)
	}
	l.commit("x", rows(-5, 30))
	l.transform("--dataset", "x", "--type", "s", "--aggregate")
	l.commit("x", rows(20, 40))
	got := l.transform("--dataset", "x", "--type", "s", "--aggregate")
	if got.RowsRead != 20 || got.RowsDuplicate != 10 || got.RowsWritten != 10 {
		t.Errorf("summary %+v", got)
	}
	l.sameRows("processed", "SELECT range, 'x' FROM range(1, 40)", `SELECT h, "in put" FROM `+l.processed("x"))
	l.sameRows("aggregate", "SELECT * FROM (VALUES (0, 13, 13), (1, 13, 13), (2, 13, 13))", "SELECT raw, n, kinds FROM "+l.processed("x_agg"))
}

// TestInputWithoutFiles transforms a raw dataset whose newest version has a
// schema but no file.
func TestInputWithoutFiles(t *testing.T) {
	t.Parallel()
	l := newTestLake(t)
	l.project(nil)
	l.commit("x", transaction())
	l.transform("--dataset", "x", "--type", "transactions")
	lk, err := lake.Open(l.path(), lake.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ref := lake.Ref{Layer: lake.Raw, Name: "x"}
	txn, err := lk.Begin(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := txn.Commit(t.Context(), lake.Change{Operation: lake.OpReplace, Source: "test", Datasets: map[string]lake.DatasetChange{"x": {Replace: true}}}); err != nil {
		t.Fatal(err)
	}
	if got := l.transform("--dataset", "x"); got.RowsRead != 0 || got.RowsWritten != 0 || *got.Version != 1 {
		t.Errorf("summary %+v", got)
	}
	if left := l.processed("x"); left != "" {
		t.Errorf("processed still has %s", left)
	}
	l.transform("--dataset", "x", "--aggregate")
	l.sameRows("aggregate", "SELECT 0", "SELECT count(*) FROM "+l.processed("x_agg"))
}

// TestOddEpochs has numbers that are no times.
func TestOddEpochs(t *testing.T) {
	t.Parallel()
	l := newTestLake(t)
	l.project(map[string]string{"e": "name: e\ncolumns: {d: date}\n"})
	l.raw("x", "a.parquet", "SELECT * FROM (VALUES (-9223372036854775808), (9223372036854775807), (86400)) AS t(d)")
	l.transform("--dataset", "x", "--type", "e")
	l.sameRows("processed", "SELECT * FROM (VALUES (NULL), (NULL), (DATE '1970-01-02'))", "SELECT d FROM "+l.processed("x"))
}

// TestEmittedSQLRuns gives the emitted script to the engine.
func TestEmittedSQLRuns(t *testing.T) {
	t.Parallel()
	l := newTestLake(t)
	l.project(nil)
	l.raw("x", "a.parquet", union(transaction(), transaction(), transaction("'2025-05-18' AS transaction_id")))
	code, script, stderr := l.call("transform", "--dataset", "x", "--type", "transactions", "--emit-sql")
	if code != 0 {
		t.Fatal(stderr)
	}
	if err := l.session.Exec(t.Context(), "CREATE OR REPLACE TEMP VIEW raw AS SELECT * FROM read_parquet("+
		"'"+l.path("raw", "x", "a.parquet")+"')"); err != nil {
		t.Fatal(err)
	}
	if err := l.session.Exec(t.Context(), script); err != nil {
		t.Fatalf("%v\n%s", err, script)
	}
	if got := l.rows("SELECT count(*) FROM processed"); !slices.Equal(got, []string{"2"}) {
		t.Errorf("processed has %v rows", got)
	}
}

// TestLongNumbersBesideDoubles has an id column that one file holds as DOUBLE,
// as pandas does where a value is missing.
func TestLongNumbersBesideDoubles(t *testing.T) {
	t.Parallel()
	l := newTestLake(t)
	l.project(nil)
	l.raw("x", "a.parquet", "SELECT * FROM (VALUES (9007199254740993), (9007199254740992)) AS t(id)")
	l.raw("x", "b.parquet", "SELECT * FROM (VALUES (1.0::DOUBLE), (NULL)) AS t(id)")
	said := l.fails(1, "--dataset", "x", "--type", "generic")
	for _, want := range []string{"column id", "a.parquet", "b.parquet", "2^53"} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q: %s", want, said)
		}
	}
	nothingLeft(t, l)
	l.raw("y", "a.parquet", "SELECT * FROM (VALUES (9007199254740992), (-3)) AS t(id)")
	l.raw("y", "b.parquet", "SELECT * FROM (VALUES (1.5::DOUBLE), (NULL)) AS t(id)")
	l.transform("--dataset", "y", "--type", "generic")
	l.sameRows("y", "SELECT * FROM (VALUES (9007199254740992::DOUBLE), (-3), (1.5), (NULL))", "SELECT id FROM "+l.processed("y"))
}
