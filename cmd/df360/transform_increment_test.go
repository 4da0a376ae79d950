package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/lake"
)

// commit appends the rows of queries to a raw dataset, one file each.
func (l *testLake) commit(dataset string, queries ...string) {
	l.t.Helper()
	ctx := l.t.Context()
	lk, err := lake.Open(l.path(), lake.Options{})
	if err != nil {
		l.t.Fatal(err)
	}
	txn, err := lk.Begin(ctx, lake.Ref{Layer: lake.Raw, Name: dataset})
	if err != nil {
		l.t.Fatal(err)
	}
	defer func() {
		if err := txn.Abort(); err != nil {
			l.t.Error(err)
		}
	}()
	dir, err := txn.StageDir(dataset)
	if err != nil {
		l.t.Fatal(err)
	}
	for i, q := range queries {
		path := filepath.Join(dir, fmt.Sprintf("%d.part", i))
		if err := l.session.Exec(ctx, "COPY ("+q+") TO "+duck.Literal(path)+" (FORMAT parquet)"); err != nil {
			l.t.Fatalf("%v\n%s", err, q)
		}
	}
	if _, err := txn.Commit(ctx, lake.Change{Operation: lake.OpAppend, Source: "test", Datasets: map[string]lake.DatasetChange{dataset: {}}}); err != nil {
		l.t.Fatal(err)
	}
}

// copied is the same lake again.
func (l *testLake) copied() *testLake {
	l.t.Helper()
	c := &testLake{l.t, l.t.TempDir(), l.session}
	if err := os.CopyFS(c.dir, os.DirFS(l.dir)); err != nil {
		l.t.Fatal(err)
	}
	return c
}

// randomRows is a query of n rows shaped like transactions, drawn from few
// values, and half of them from those before, so that rows repeat each other
// inside a commit and across commits.
func randomRows(r *rand.Rand, before *[]string, n int, ingested string, grown bool) string {
	pick := func(values ...string) string { return values[r.IntN(len(values))] }
	rows := make([]string, n)
	for i := range rows {
		if len(*before) > 0 && r.IntN(2) == 0 { // a row that was there before, or nearly
			rows[i] = (*before)[r.IntN(len(*before))]
			if r.IntN(4) == 0 {
				rows[i] += ", " + ingested
			} else {
				rows[i] += ", '2026-01-01'"
			}
			if grown {
				rows[i] += ", NULL"
			}
			rows[i] = "(" + rows[i] + ")"
			continue
		}
		row := []string{
			pick("'t1'", "'t2'", "'t3'", "'t4'", "'t5'", "NULL"),
			pick("'u1'", "'u2'", "NULL", "''"),
			pick("'1.5'", "'100'", "'0.1'", "'-0.0'", "'0.0'", "'nan'", "NULL", "'-3'", "'1e30'", "'inf'"),
			pick("'EUR'", "'USD'", "'GBP'", "NULL"),
			pick("'m1'", "'m2'", "NULL"),
			pick("'completed'", "'completed'", "'pending'", "'bogus'", "NULL"),
			pick("'2025-01-31 23:59:59.999999'", "'2025-02-01'", "'2024-02-29 12:00:00'", "NULL"),
			pick("'1'", "'2'", "NULL"),
		}
		*before = append(*before, strings.Join(row, ", "))
		row = append(row, ingested)
		if grown {
			row = append(row, pick("'x'", "NULL"))
		}
		rows[i] = "(" + strings.Join(row, ", ") + ")"
	}
	columns := []string{
		"transaction_id", "user_id", "amount::DOUBLE AS amount", "currency", "merchant", "status",
		"transaction_date::TIMESTAMPTZ AS transaction_date", "version::BIGINT AS version", "_ingestion_timestamp::TIMESTAMPTZ AS _ingestion_timestamp",
	}
	names := "transaction_id, user_id, amount, currency, merchant, status, transaction_date, version, _ingestion_timestamp"
	if grown {
		columns, names = append(columns, "note::VARCHAR AS note"), names+", note"
	}
	for _, text := range []int{0, 1, 3, 4, 5} {
		columns[text] += "::VARCHAR AS " + columns[text]
	}
	return "SELECT " + strings.Join(columns, ", ") + " FROM (VALUES " + strings.Join(rows, ", ") + ") AS t(" + names + ")"
}

// incrementTypes are types whose increments go different ways.
func incrementTypes() map[string]string {
	const rest = `
drop: ['_*']
rules: {amount_positive: amount > 0, status_valid: "status in ('completed', 'pending')"}
derive: {day: cast(transaction_date as date), twice: amount + amount}
partition_by: [day]
aggregate:
  group_by: [user_id]
  measures: {n: count(*), total: sum(amount), most: max(amount), least: min(amount), mean: avg(amount), merchants: count(distinct merchant), first_day: min(day), paid: "count_if(status = 'completed')"}
`
	return map[string]string{
		"all":     "name: all\ndedupe: all" + rest,
		"content": "name: content\ndedupe: content" + rest,
		"none":    "name: none\ndedupe: none" + rest,
		"keys":    "name: keys\ndedupe: {keys: [transaction_id], order: [version desc]}" + rest,
		// Two distinct counts, and a measure of several parts, cannot be added to.
		"whole": "name: whole\n" + strings.Replace(rest, "n: count(*)", `n: count(distinct day), share: "sum(amount) / nullif(count(*), 0)"`, 1),
	}
}

// TestIncrementsEqualFull makes random commits, transforms them one after the
// other, and compares the result with that of a full run.
func TestIncrementsEqualFull(t *testing.T) {
	t.Parallel()
	for typ := range incrementTypes() {
		for seed := range uint64(3) {
			t.Run(fmt.Sprintf("%s-%d", typ, seed), func(t *testing.T) {
				t.Parallel()
				testIncrements(t, typ, rand.New(rand.NewPCG(seed, 7)))
			})
		}
	}
}

func testIncrements(t *testing.T, typ string, r *rand.Rand) {
	t.Helper()
	l := newTestLake(t)
	l.project(incrementTypes())
	grown, before := false, []string{}
	for step := range 6 {
		ingested := fmt.Sprintf("'2026-01-01 00:00:%02d'", step)
		if r.IntN(2) == 0 {
			ingested = "'2026-01-01'" // the same as in other commits: duplicates cross them
		}
		grown = grown || step > 2 && r.IntN(3) == 0
		queries := []string{randomRows(r, &before, 1+r.IntN(40), ingested, grown)}
		if r.IntN(2) == 0 {
			queries = append(queries, randomRows(r, &before, 1+r.IntN(10), ingested, grown))
		}
		l.commit("x", queries...)
		if r.IntN(4) == 0 {
			continue // the next run reads two commits
		}
		args := []string{"--dataset", "x", "--type", typ}
		if r.IntN(4) > 0 {
			args = append(args, "--aggregate")
		}
		got := l.transform(args...)
		if got.RowsRead != got.RowsWritten+got.RowsRejected+got.RowsDuplicate {
			t.Errorf("step %d: the counts do not add up: %+v", step, got)
		}
		l.compareWithFull("x", typ, fmt.Sprintf("step %d", step))
	}
}

// compareWithFull compares a dataset and its companions with those of a full
// run over the same input.
func (l *testLake) compareWithFull(main, typ, when string) {
	l.t.Helper()
	full := l.copied()
	full.transform("--dataset", main, "--type", typ, "--aggregate", "--full")
	l.transform("--dataset", main, "--type", typ, "--aggregate") // an aggregate that is behind catches up
	for _, dataset := range []string{main, main + "_rejected", main + "_agg"} {
		want, got := full.processed(dataset), l.processed(dataset)
		if want == "" || got == "" {
			if want != got {
				l.t.Errorf("%s: %s: %q, want %q", when, dataset, got, want)
			}
			continue
		}
		columns := l.rows("SELECT column_name FROM (DESCRIBE SELECT * FROM " + want + ") WHERE column_name <> '_processed_timestamp'")
		list := duck.Ident(columns[0])
		for _, c := range columns[1:] {
			list += ", " + duck.Ident(c)
		}
		l.sameRows(when+": "+dataset, "SELECT "+list+" FROM "+want, "SELECT "+list+" FROM "+got)
	}
}
