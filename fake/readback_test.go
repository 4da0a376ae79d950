package fake

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/kalpafall/df360/internal/duck"
)

// TestFormatsHoldTheSameRows reads all three formats back with DuckDB.
func TestFormatsHoldTheSameRows(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	session, err := duck.Open(ctx, duck.Options{TempDir: t.TempDir(), Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close() })
	for _, name := range Names() {
		table := mustTable(t, name, Options{Seed: 9, Rows: groupChunks*chunkRows + 5000, Faults: someFaults()})
		dir := t.TempDir()
		for _, format := range Formats() {
			if err := os.WriteFile(filepath.Join(dir, "rows."+format), written(t, table, Format(format), 2), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := table.WriteFiles(ctx, dir, Run{Ingested: ingested, Threads: 2}); err != nil {
			t.Fatal(err)
		}
		parquet := "read_parquet(" + duck.Literal(filepath.Join(dir, "rows.parquet")) + ")"
		for _, other := range []string{
			"read_parquet(" + duck.Literal(filepath.Join(dir, "*.part")) + ")",
			"(SELECT * FROM read_csv(" + duck.Literal(filepath.Join(dir, "rows.csv")) + ", columns = " + duckColumns(table) + ", allow_quoted_nulls = false))",
			"read_json(" + duck.Literal(filepath.Join(dir, "rows.jsonl")) + ", format = 'newline_delimited', columns = " + duckColumns(table) + ")",
		} {
			var count, missing, extra int64
			query := "WITH a AS (FROM " + parquet + "), b AS (FROM " + other + ") SELECT (SELECT count(*) FROM b), " +
				"(SELECT count(*) FROM (FROM a EXCEPT ALL FROM b)), (SELECT count(*) FROM (FROM b EXCEPT ALL FROM a))"
			if err := session.QueryRow(ctx, query, &count, &missing, &extra); err != nil {
				t.Fatal(err)
			}
			if count != table.Rows() || missing != 0 || extra != 0 {
				t.Errorf("%s: %d rows (want %d), %d missing, %d extra in %s", name, count, table.Rows(), missing, extra, other)
			}
		}
	}
}

// duckColumns is the table's columns as DuckDB's readers of text want them.
func duckColumns(table *Table) string {
	out := ""
	for _, c := range table.Columns() {
		typ := map[Kind]string{
			Text: "VARCHAR", Integer: "BIGINT", Number: "DOUBLE", Boolean: "BOOLEAN", Date: "DATE",
			Decimal: "DECIMAL(12,2)", Timestamp: "TIMESTAMPTZ",
		}[c.Type.Kind]
		if out != "" {
			out += ", "
		}
		out += duck.Literal(c.Name) + ": " + duck.Literal(typ)
	}
	return "{" + out + "}"
}
