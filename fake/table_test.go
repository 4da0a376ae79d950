package fake

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// ingested is the ingestion time in tests.
var ingested = time.Date(2025, time.June, 1, 12, 0, 0, 123456000, time.UTC)

func mustTable(t *testing.T, name string, o Options) *Table {
	t.Helper()
	table, err := Builtin(name, o)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// written is the table in a format.
func written(t *testing.T, table *Table, format Format, threads int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := table.Write(t.Context(), &b, format, Run{Ingested: ingested, Threads: threads}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// rows are the table's rows by column name, read back from CSV.
func rows(t *testing.T, table *Table) []map[string]string {
	t.Helper()
	lines, err := csv.NewReader(bytes.NewReader(written(t, table, CSV, 2))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, value := range line {
			row[lines[0][i]] = value
		}
		out = append(out, row)
	}
	return out
}

type truthLine struct {
	Dataset, Key, Fault string
	Column              *string
}

func truth(t *testing.T, table *Table) []truthLine {
	t.Helper()
	var b bytes.Buffer
	if err := table.WriteTruth(t.Context(), &b, "d"); err != nil {
		t.Fatal(err)
	}
	var out []truthLine
	dec := json.NewDecoder(&b)
	for dec.More() {
		var line truthLine
		if err := dec.Decode(&line); err != nil {
			t.Fatal(err)
		}
		out = append(out, line)
	}
	return out
}

func someFaults() Faults {
	return Faults{Late: Whole / 20, Duplicates: Whole / 100, Nulls: Whole / 50, Invalid: Whole / 100}
}

// TestGolden: a seed means the same rows for ever. Whoever changes them must
// raise Generation.
func TestGolden(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		UserName:        "9fbe397077f81300",
		TransactionName: "867d11611714d2ba",
		LogName:         "cd165ec1722b8e97",
	}
	for name, hash := range want {
		table := mustTable(t, name, Options{Seed: 42, Rows: 20_000, Faults: someFaults()})
		sum := sha256.Sum256(written(t, table, CSV, 1))
		if got := hex.EncodeToString(sum[:8]); got != hash {
			t.Errorf("%s: rows have hash %s, want %s", name, got, hash)
		}
	}
}

func TestSameRowsWithAnyThreads(t *testing.T) {
	t.Parallel()
	for _, name := range Names() {
		for _, format := range []Format{CSV, JSONLines, Parquet} {
			table := mustTable(t, name, Options{Seed: 7, Rows: chunkRows*groupChunks + 77, Faults: someFaults()})
			one := written(t, table, format, 1)
			for _, threads := range []int{2, 5} {
				if !bytes.Equal(one, written(t, table, format, threads)) {
					t.Errorf("%s as %s: %d threads wrote other bytes than one", name, format, threads)
				}
			}
		}
	}
}

// TestChunkBorders: what a row is does not depend on the rows that are made
// together with it.
func TestChunkBorders(t *testing.T) {
	t.Parallel()
	for _, name := range Names() {
		table := mustTable(t, name, Options{Seed: 7, Rows: 5*chunkRows + 1, Faults: someFaults()})
		m, l := table.newMaker(), &liner{texter: table.newTexter(CSV, Run{Ingested: ingested}), day: make([]dayText, len(table.columns))}
		l.write(m.make(0, 6))
		whole := bytes.Clone(l.out)
		var pieces []byte
		for c := range int64(6) {
			l.write(m.make(c, c+1))
			pieces = append(pieces, l.out...)
		}
		if !bytes.Equal(whole, pieces) {
			t.Errorf("%s: chunks made one by one differ from chunks made together", name)
		}
	}
}

func TestSeeds(t *testing.T) {
	t.Parallel()
	for _, name := range Names() {
		a := rows(t, mustTable(t, name, Options{Seed: 1, Rows: 500}))
		b := rows(t, mustTable(t, name, Options{Seed: 2, Rows: 500}))
		if name == UserName {
			if diff := cmp.Diff(a, b); diff != "" {
				t.Errorf("users differ between seeds:\n%s", diff)
			}
			continue
		}
		key := strings.TrimSuffix(name, "s") + "_id"
		seen := map[string]bool{}
		for _, row := range a {
			seen[row[key]] = true
		}
		for _, row := range b {
			if seen[row[key]] {
				t.Errorf("%s: id %s is in both seeds", name, row[key])
			}
		}
	}
}

func TestUsersDoNotDependOnHowMany(t *testing.T) {
	t.Parallel()
	few, many := rows(t, mustTable(t, UserName, Options{Rows: 300})), rows(t, mustTable(t, UserName, Options{Rows: 20_000}))
	for i, row := range few {
		delete(row, "registration_date")
		delete(many[i], "registration_date")
		if diff := cmp.Diff(row, many[i]); diff != "" {
			t.Fatalf("user %d differs:\n%s", i, diff)
		}
	}
}

func TestReferencesExistAndKeysAreDistinct(t *testing.T) {
	t.Parallel()
	for _, n := range []int64{1, 7, 1000, userDictLimit + 1} {
		known := map[string]bool{}
		for _, row := range rows(t, mustTable(t, UserName, Options{Rows: n})) {
			known[row["user_id"]] = true
		}
		if int64(len(known)) != n {
			t.Fatalf("%d users have %d ids", n, len(known))
		}
		for _, name := range []string{TransactionName, LogName} {
			ids, used := map[string]bool{}, map[string]bool{}
			for _, row := range rows(t, mustTable(t, name, Options{Rows: 30_000, Users: n, Seed: 3})) {
				ids[row[strings.TrimSuffix(name, "s")+"_id"]] = true
				used[row["user_id"]] = true
				if !known[row["user_id"]] {
					t.Fatalf("%s refer to user %s, who is not among the %d", name, row["user_id"], n)
				}
			}
			if len(ids) != 30_000 {
				t.Errorf("%s: 30000 rows have %d keys", name, len(ids))
			}
			if n <= 1000 && len(used) != int(n) {
				t.Errorf("%s: only %d of %d users occur", name, len(used), n)
			}
		}
	}
}

// TestShape: skew, shares, order.
func TestShape(t *testing.T) {
	t.Parallel()
	const n = 50_000
	all := rows(t, mustTable(t, TransactionName, Options{Seed: 5, Rows: n}))
	count := map[string]int{}
	before := ""
	for _, row := range all {
		count[row["status"]]++
		count[row["merchant"]]++
		at, err := time.Parse(time.RFC3339, row["transaction_date"])
		if err != nil {
			t.Fatal(err)
		}
		count[at.Weekday().String()]++
		if row["transaction_date"] < before {
			t.Fatalf("%s comes after %s", row["transaction_date"], before)
		}
		before = row["transaction_date"]
	}
	if first, last := all[0]["transaction_date"], before; first < "2025-01-01" || last >= "2025-04-01" {
		t.Errorf("events are from %s to %s, want within 2025-01-01 and 90 days", first, last)
	}
	if c := count["completed"]; c < n*91/100 || c > n*93/100 {
		t.Errorf("%d of %d are completed, want 92%%", c, n)
	}
	if count["Saturday"] < count["Tuesday"]*5/4 {
		t.Errorf("Saturdays (%d) are not busier than Tuesdays (%d)", count["Saturday"], count["Tuesday"])
	}
	top, bottom := 0, n
	for _, m := range mustTable(t, TransactionName, Options{}).dicts[5].values {
		top, bottom = max(top, count[m]), min(bottom, count[m])
	}
	if bottom == 0 || top < 30*bottom {
		t.Errorf("the most popular merchant has %d rows, the least popular %d", top, bottom)
	}
}
