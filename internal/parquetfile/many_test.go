package parquetfile

import (
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kalpafall/df360/internal/duck"
)

// TestDuckDBReadsManyRows compares 200,000 rows of every kind with what SQL
// makes of their numbers.
func TestDuckDBReadsManyRows(t *testing.T) {
	t.Parallel()
	const rows, groupRows = 200_000, 70_000
	columns := []Column{
		{Name: "id", Kind: Int64},
		{Name: "few", Kind: Text},
		{Name: "many", Kind: Text},
		{Name: "d", Kind: Double},
		{Name: "w", Kind: Wide, Precision: 38, Scale: 2},
		{Name: "flag", Kind: Bool},
		{Name: "day", Kind: Date},
		{Name: "at", Kind: Timestamp},
		{Name: "b", Kind: Blob},
		{Name: "l", Kind: List, Children: []Column{{Kind: Int64}}},
		{Name: "source", Kind: Text},
	}
	e := newTestEncoder(t, columns...)
	var groups []*Group
	for begin := 0; begin < rows; begin += groupRows {
		n := min(groupRows, rows-begin)
		v := make([]Values, len(columns))
		v[1].Ends, v[2].Ends, v[8].Ends, v[9].Offsets, v[9].Children = []int32{0}, []int32{0}, []int32{0}, []int32{0}, make([]Values, 1)
		v[10] = textsOf("kafka")
		v[10].Same = true
		for id := begin; id < begin+n; id++ {
			for i, text := range map[int]string{1: fmt.Sprint("word ", id%100), 2: fmt.Sprint("text number ", id), 8: fmt.Sprint(id % 40)} {
				v[i].Text = append(v[i].Text, text...)
				v[i].Ends = append(v[i].Ends, int32(len(v[i].Text)))
			}
			v[0].Ints = append(v[0].Ints, int64(id))
			v[3].Floats = append(v[3].Floats, float64(id)/4)
			v[4].Fixed = append(v[4].Fixed, wideOf(new(big.Int).Mul(big.NewInt(int64(id-1000)), big.NewInt(1e18)))...)
			v[5].Ints = append(v[5].Ints, int64(id&1))
			v[6].Ints = append(v[6].Ints, int64(id%800))
			v[7].Ints = append(v[7].Ints, int64(id)*1_000_001)
			for j := range id % 4 {
				v[9].Children[0].Ints = append(v[9].Children[0].Ints, int64(id+j))
			}
			v[9].Offsets = append(v[9].Offsets, int32(len(v[9].Children[0].Ints)))
			for i := range 10 {
				v[i].Null = append(v[i].Null, i > 0 && (id+i)%13 == 0)
			}
		}
		g, err := e.Encode(n, v)
		if err != nil {
			t.Fatal(err)
		}
		groups = append(groups, g)
	}
	path := filepath.Join(t.TempDir(), "many.parquet")
	if err := os.WriteFile(path, appended(t, columns, groups...), 0o600); err != nil {
		t.Fatal(err)
	}
	value := func(i int, sql string) string {
		return fmt.Sprintf("CASE WHEN (id+%d)%%13=0 THEN NULL ELSE %s END", i, sql)
	}
	var same []string
	for i, sql := range []string{
		"id", "'word ' || id % 100", "'text number ' || id", "id / 4", "CAST((id - 1000)::DECIMAL(38,2) * 10000000000000000 AS DECIMAL(38,2))", "id % 2 = 1",
		"DATE '1970-01-01' + CAST(id % 800 AS INTEGER)", "make_timestamptz(id * 1000001)", "encode(CAST(id % 40 AS VARCHAR))", "list_transform(range(id % 4), lambda j: id + j)",
	} {
		if i > 0 {
			sql = value(i, sql)
		}
		same = append(same, duck.Ident(columns[i].Name)+" IS NOT DISTINCT FROM "+sql)
	}
	var n, distinct, good int64
	query := "SELECT count(*), count(DISTINCT id), count(*) FILTER (WHERE source = 'kafka' AND " + strings.Join(same, " AND ") + ") FROM read_parquet(" + duck.Literal(path) + ")"
	if err := engine(t).QueryRow(t.Context(), query, &n, &distinct, &good); err != nil {
		t.Fatal(err)
	}
	if n != rows || distinct != rows || good != rows {
		t.Errorf("%d rows, %d distinct, %d as they were, want %d", n, distinct, good, rows)
	}
}
