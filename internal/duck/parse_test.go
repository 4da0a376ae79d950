package duck_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/fault"
)

func open(t *testing.T) *duck.Session {
	t.Helper()
	s, err := duck.Open(t.Context(), duck.Options{Threads: 1, MemoryLimit: 256 << 20, TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestTables(t *testing.T) {
	t.Parallel()
	s := open(t)
	for query, want := range map[string]string{
		`SELECT * FROM raw.x JOIN processed."y@12" USING (a)`:                         "processed|y@12 raw|x",
		`SELECT * FROM raw.x a, raw.x b, RAW.Z`:                                       "RAW|Z raw|x",
		`WITH c AS (SELECT * FROM raw.x) SELECT * FROM C, other`:                      "|other raw|x",
		`WITH RECURSIVE r AS (SELECT 1 UNION SELECT n FROM r, raw.e) SELECT * FROM r`: "raw|e",
		`FROM raw.x`: "raw|x",
		`SELECT (SELECT max(a) FROM raw.q) FROM raw.x WHERE EXISTS (FROM curated.k)`: "curated|k raw|q raw|x",
		`SELECT * FROM "we.ird"."a""b"`:                                              `we.ird|a"b`,
		`SELECT * FROM raw.x UNION ALL (SELECT * FROM raw.y) ORDER BY 1;`:            "raw|x raw|y",
		`SELECT * FROM raw.x ASOF JOIN raw.y USING (a)`:                              "raw|x raw|y",
		`DESCRIBE raw.x`:                        "raw|x",
		`SUMMARIZE raw.x`:                       "raw|x",
		`SELECT * FROM read_parquet('raw.x')`:   "",
		`VALUES (1)`:                            "",
		`SELECT 'FROM raw.x' -- FROM raw.y`:     "",
		`SELECT * FROM (SELECT * FROM raw.x) t`: "raw|x",
	} {
		tables, err := s.Tables(t.Context(), query)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		var got []string
		for _, table := range tables {
			got = append(got, table.Schema+"|"+table.Name)
		}
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s:\n%s", query, diff)
		}
	}
}

func TestTablesRefusesWhatDoesNotRead(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, query := range []string{
		"", ";", "SELEC 1", "SELECT 1; SELECT 2", "INSERT INTO x SELECT 1", "COPY (SELECT 1) TO 'x'", "ATTACH 'x'",
		"SET threads = 1", "PRAGMA version", "CREATE TABLE x AS SELECT 1", "SELECT 1; DROP TABLE x", "INSTALL httpfs", "EXPLAIN ANALYZE SELECT 1",
	} {
		if tables, err := s.Tables(t.Context(), query); fault.CodeOf(err) != fault.Usage {
			t.Errorf("%q: %v, %v", query, tables, err)
		}
	}
}
