package duckdb

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/unite"
	"github.com/kalpafall/df360/transform"
)

// largeRows is enough for the ways that only large inputs go: the bit map of
// repeated rows, partitions written one after the other.
const largeRows = 1200000

const largeType = `
name: large
rules: {positive: amount > 0}
derive: {day: cast(seen as date), y: "coalesce(year(day), 2025)", m: "coalesce(month(day), 1)"}
partition_by: [y, m]
aggregate: {group_by: [k], measures: {n: count(*), total: sum(amount), kinds: count(distinct kind)}}
`

// largeInput writes rows over four months, one of them without a time, one
// in 100 of them twice, in the order of an expression.
func largeInput(t *testing.T, e *Engine, orderBy string) transform.Source {
	t.Helper()
	path := filepath.Join(t.TempDir(), "large.parquet")
	rows := fmt.Sprintf(`SELECT i AS id, CASE WHEN i <> 501 THEN make_timestamptz(1735689600000000 + i * 8000000) END AS seen,
		(i %% 1000 - 20)::DOUBLE AS amount, i %% 7 AS k, 'kind ' || i %% 11 AS kind FROM range(%d) AS t(i)`, largeRows)
	query := "SELECT * FROM (" + rows + " UNION ALL SELECT * FROM (" + rows + ") WHERE id % 100 = 0) ORDER BY " + orderBy
	if err := e.s.Exec(t.Context(), "COPY ("+query+") TO "+duck.Literal(path)+" (FORMAT parquet, ROW_GROUP_SIZE 61440)"); err != nil {
		t.Fatal(err)
	}
	rel, err := unite.Unite([]unite.File{{Path: path, Name: path, Columns: []unite.Column{
		{Name: "id", Type: "BIGINT"}, {Name: "seen", Type: "TIMESTAMPTZ"}, {Name: "amount", Type: "DOUBLE"}, {Name: "k", Type: "BIGINT"}, {Name: "kind", Type: "VARCHAR"},
	}}}, unite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return transform.Source{Relation: rel, Files: []int{0}, Rows: largeRows + largeRows/100}
}

// TestLargeInputs transforms rows that lie in order and rows that do not, and
// compares partitions, counts and aggregate with plain SQL.
func TestLargeInputs(t *testing.T) {
	t.Parallel()
	typ, err := transform.Parse("large.yaml", []byte(largeType))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		orderBy string
		split   bool
	}{
		"in order":     {"seen NULLS LAST", true},
		"not in order": {"hash(id)", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := openEngine(t)
			src := largeInput(t, e, c.orderBy)
			dir := t.TempDir()
			job := transform.Job{Type: typ, Input: "raw.large", New: src, Aggregate: true, Fresh: true, Stamp: time.Unix(0, 0)}
			res, err := transform.Run(t.Context(), e, job, func(output string) (string, error) {
				sub := filepath.Join(dir, "out"+output)
				return sub, os.MkdirAll(sub, 0o750)
			})
			if err != nil {
				t.Fatal(err)
			}
			checkLarge(t, e, res)
			split := filepath.Base(res.Main.Files[0].Path) == "data.part"
			if split != c.split {
				t.Errorf("partitions written one after the other: %v, want %v", split, c.split)
			}
		})
	}
}

// checkLarge compares a result with what plain SQL makes of the rows.
func checkLarge(t *testing.T, e *Engine, res *transform.Result) {
	t.Helper()
	if res.Read != largeRows+largeRows/100 || res.Duplicates != largeRows/100 || res.Rejected != largeRows/1000*21 || res.Main.Rows != largeRows/1000*979 {
		t.Errorf("read %d, written %d, rejected %d, duplicates %d", res.Read, res.Main.Rows, res.Rejected, res.Duplicates)
	}
	for view, w := range map[string]*transform.Written{"got": res.Main, "got_agg": res.Aggregate} {
		rel, err := w.Relation(map[string]int{"got": 2}[view])
		if err != nil {
			t.Fatal(err)
		}
		var all []int
		for i := range w.Files {
			all = append(all, i)
		}
		if err := e.Register(t.Context(), view, transform.Source{Relation: rel, Files: all}); err != nil {
			t.Fatal(err)
		}
	}
	define(t, e, "want", fmt.Sprintf(`SELECT i AS id, CASE WHEN i <> 501 THEN make_timestamp(1735689600000000 + i * 8000000) END AS seen,
		(i %% 1000 - 20)::DOUBLE AS amount, i %% 7 AS k, 'kind ' || i %% 11 AS kind, seen::DATE AS day, coalesce(year(day), 2025) AS y, coalesce(month(day), 1) AS m
		FROM range(%d) AS t(i) WHERE i %% 1000 > 20`, largeRows))
	define(t, e, "want_agg", "SELECT k, count(*) AS n, sum(amount) AS total, count(DISTINCT kind) AS kinds FROM want GROUP BY k")
	for view, columns := range map[string]string{"": "id, seen, amount, k, kind, day, y, m", "_agg": "k, n, total, kinds"} {
		for _, pair := range [][2]string{{"want", "got"}, {"got", "want"}} {
			var n int64
			query := fmt.Sprintf("SELECT count(*) FROM (SELECT %s FROM %s%s EXCEPT ALL SELECT %s FROM %s%s)", columns, pair[0], view, columns, pair[1], view)
			if err := e.Scalar(t.Context(), query, &n); err != nil {
				t.Fatal(err)
			}
			if n != 0 {
				t.Errorf("%d rows of %s%s are not in %s%s", n, pair[0], view, pair[1], view)
			}
		}
	}
}

func define(t *testing.T, e *Engine, name, sql string) {
	t.Helper()
	if err := e.Step(t.Context(), transform.Step{Name: name, SQL: sql}); err != nil {
		t.Fatal(err)
	}
}

// TestSeenMissesNothing: a hash that came before is always told, and few that
// did not.
func TestSeenMissesNothing(t *testing.T) {
	t.Parallel()
	const n = 1 << 16
	s := newSeen(n)
	hash := func(i uint64) uint64 { // splitmix64
		z := i * 0x9e3779b97f4a7c15
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		return z ^ z>>31
	}
	for i := range uint64(n) {
		s.add([]uint64{hash(i)})
	}
	if wrong := len(s.again); wrong > n/100 {
		t.Errorf("%d of %d different hashes are said to come again", wrong, n)
	}
	s.again = nil
	for i := range uint64(n) {
		s.add([]uint64{hash(i)})
	}
	if len(s.again) != n {
		t.Errorf("%d of %d hashes are said to come again, all did", len(s.again), n)
	}
}
