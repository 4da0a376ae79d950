package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kalpafall/df360/internal/duck"
)

// oracleCase is what the original PySpark job wrote for an input.
type oracleCase struct {
	Dataset   string `json:"dataset"`
	Type      string `json:"type"`
	Aggregate bool   `json:"aggregate"`
	Rows      int    `json:"rows"`
	AggRows   int    `json:"agg_rows"`
}

// TestOracle transforms the inputs in testdata/oracle and compares every
// column and row with what the original wrote for them.
func TestOracle(t *testing.T) {
	t.Parallel()
	cases, err := filepath.Glob("../../testdata/oracle/*/case.json")
	if err != nil || len(cases) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range cases {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var c oracleCase
			if err := json.Unmarshal(data, &c); err != nil {
				t.Fatal(err)
			}
			testOracle(t, dir, c)
		})
	}
}

func testOracle(t *testing.T, dir string, c oracleCase) {
	t.Helper()
	l := newTestLake(t)
	l.project(nil)
	if err := os.CopyFS(l.path("raw", c.Dataset), os.DirFS(filepath.Join(dir, "input"))); err != nil {
		t.Fatal(err)
	}
	args := []string{"--dataset", c.Dataset, "--type", c.Type}
	if c.Aggregate {
		args = append(args, "--aggregate")
	}
	got := l.transform(args...)
	if got.RowsWritten != int64(c.Rows) || got.RowsRead != got.RowsWritten+got.RowsRejected+got.RowsDuplicate {
		t.Errorf("summary %+v, want %d rows", got, c.Rows)
	}
	compareOracle(t, l, filepath.Join(dir, "expected", "processed.parquet"), c.Dataset, "_processed_timestamp")
	if c.Aggregate {
		compareOracle(t, l, filepath.Join(dir, "expected", "agg.parquet"), c.Dataset+"_agg", "")
	}
}

// compareOracle compares a dataset with an expected file: the columns, but for
// the one that df360 adds, and the rows.
func compareOracle(t *testing.T, l *testLake, file, dataset, added string) {
	t.Helper()
	want := "read_parquet(" + duck.Literal(file) + ")"
	got := l.processed(dataset)
	names := strings.Join(l.rows("SELECT column_name FROM (DESCRIBE SELECT * FROM "+want+")"), "\n")
	have := l.rows("SELECT column_name FROM (DESCRIBE SELECT * FROM " + got + ") WHERE column_name <> " + duck.Literal(added))
	if names != strings.Join(have, "\n") {
		t.Errorf("%s has the columns %v, want %v", dataset, have, names)
		return
	}
	list := ""
	for _, n := range have {
		list += ", " + duck.Ident(n)
	}
	l.sameRows(dataset, "SELECT "+list[2:]+" FROM "+want, "SELECT "+list[2:]+" FROM "+got)
}
