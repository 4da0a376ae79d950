package main

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/kalpafall/df360/internal/duck"
)

// TestParquetOutputKeepsDigits writes wide integers, which the engine alone
// would write as DOUBLE.
func TestParquetOutputKeepsDigits(t *testing.T) {
	t.Parallel()
	l := newTestLake(t)
	l.project(nil)
	out := filepath.Join(l.dir, "s.parquet")
	code, _, stderr := l.call("lake", "query", "SELECT sum(x) AS s, INTERVAL 3 DAY AS i FROM (VALUES (9007199254740993), (0)) t(x)", "-o", out)
	if code != 0 {
		t.Fatal(stderr)
	}
	got := l.rows("SELECT s::VARCHAR, typeof(s), i FROM read_parquet(" + duck.Literal(out) + ")")
	if !slices.Equal(got, []string{"9007199254740993|DECIMAL(38,0)|3 days"}) {
		t.Errorf("rows %v", got)
	}
}
