package postgres

import (
	"io"
	"testing"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/warehouse"
	"github.com/kalpafall/df360/warehouse/warehousetest"
)

// BenchmarkStream makes rows of transactions in binary COPY format.
func BenchmarkStream(b *testing.B) {
	const rows = 1_000_000
	columns := warehousetest.Columns(b, "id", "VARCHAR", "user_id", "VARCHAR", "amount", "DECIMAL(12,2)", "currency", "VARCHAR", "category", "VARCHAR",
		"merchant", "VARCHAR", "method", "VARCHAR", "status", "VARCHAR", "at", "TIMESTAMPTZ")
	d := &warehousetest.Dataset{Name: "d", Lake: "a", Columns: columns}
	d.Commits = []warehousetest.Commit{{Rows: rows, SQL: `SELECT lpad(range::VARCHAR, 36, '0'), lpad((range % 1000)::VARCHAR, 36, 'u'), (range % 100000) / 100, 'EUR',
'groceries', 'Merchant No ' || range % 400, 'credit_card', 'completed', make_timestamptz(range * 1000000) FROM range(1000000)`}}
	file := b.TempDir() + "/rows.parquet"
	session, err := duck.Open(b.Context(), duck.Options{TempDir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	in := d.At(-1)
	reading, err := in.Open(b.Context(), nil, false)
	if err != nil {
		b.Fatal(err)
	}
	if err := session.Exec(b.Context(), "COPY ("+reading.Parts[0].SQL+") TO '"+file+"' (FORMAT parquet)"); err != nil {
		b.Fatal(err)
	}
	if err := session.Close(); err != nil {
		b.Fatal(err)
	}
	reading.Parts[0].SQL = "FROM read_parquet('" + file + "')"
	for b.Loop() {
		s := startStream(b.Context(), source{
			parts: reading.Parts, columns: columns, fields: func(warehouse.Part) [][]byte { return nil }, engine: duck.Options{TempDir: b.TempDir()},
		})
		n, err := io.Copy(io.Discard, s)
		if err != nil || s.rows != rows {
			b.Fatal(err, s.rows)
		}
		b.SetBytes(n)
		if err := s.close(); err != nil && err != io.ErrClosedPipe { //nolint:errorlint // the very one
			b.Fatal(err)
		}
	}
	b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
