package parquetfile

import (
	"bytes"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kalpafall/df360/internal/duck"
)

// TestFiltersFindEveryValue: the bounds never hide a value from a reader that
// skips row groups by them.
func TestFiltersFindEveryValue(t *testing.T) {
	t.Parallel()
	s := engine(t)
	negativeZero := math.Copysign(0, -1)
	for name, c := range map[string]struct {
		column Column
		rows   int
		v      Values
		where  map[string]int64
	}{
		"zeros": {Column{Kind: Double}, 1, Values{Floats: []float64{negativeZero}}, map[string]int64{"c = 0.0": 1, "c >= 0": 1}},
		"zero":  {Column{Kind: Double}, 1, Values{Floats: []float64{0}}, map[string]int64{"c = -0.0": 1, "c <= 0": 1}},
		"NaN":   {Column{Kind: Double}, 3, Values{Floats: []float64{1, math.NaN(), 2}}, map[string]int64{"c = 1": 1, "c = 2": 1, "c > 5": 1, "isnan(c)": 1}},
		"all infinite": {
			Column{Kind: Double}, 2, Values{Floats: []float64{math.Inf(1), math.Inf(-1)}}, map[string]int64{"c < -1e300": 1, "c > 1e300": 1},
		},
		"wide": {
			Column{Kind: Wide, Precision: 38},
			3,
			Values{Fixed: bytes.Join([][]byte{wideOf(big.NewInt(-5)), wideOf(big.NewInt(3)), wideOf(new(big.Int).Lsh(big.NewInt(-1), 70))}, nil)},
			map[string]int64{"c = -5": 1, "c = 3": 1, "c < 0": 2, "c > 0": 1, "c < -1000000000000": 1},
		},
		"decimal": {Column{Kind: Decimal, Precision: 5, Scale: 2}, 2, Values{Ints: []int64{-99_999, 99_999}}, map[string]int64{"c < 0": 1, "c = 999.99": 1}},
		"empty":   {Column{Kind: Text}, 2, textsOf("", "é"), map[string]int64{"c = ''": 1, "c = 'é'": 1, "c > 'z'": 1}},
		"long":    {Column{Kind: Text}, 2, textsOf(strings.Repeat("a", 100), "b"), map[string]int64{"c = 'b'": 1, "c < 'b'": 1}},
		"bytes":   {Column{Kind: Blob}, 2, textsOf("\x00", "\xff"), map[string]int64{`c = '\xFF'::BLOB`: 1, `c < '\x01'::BLOB`: 1}},
		"date":    {Column{Kind: Date}, 2, Values{Ints: []int64{-1, 1}}, map[string]int64{"c = DATE '1969-12-31'": 1, "c > DATE '1970-01-01'": 1}},
	} {
		c.column.Name = "c"
		path := filepath.Join(t.TempDir(), "c.parquet")
		if err := os.WriteFile(path, one(t, c.column, c.rows, c.v), 0o600); err != nil {
			t.Fatal(err)
		}
		for where, want := range c.where {
			var n int64
			if err := s.QueryRow(t.Context(), "SELECT count(*) FROM read_parquet("+duck.Literal(path)+") WHERE "+where, &n); err != nil {
				t.Fatal(err)
			}
			if n != want {
				t.Errorf("%s: %d rows where %s, want %d", name, n, where, want)
			}
		}
	}
}

// TestBounds: what stands in the statistics of a chunk.
func TestBounds(t *testing.T) {
	t.Parallel()
	zero, negativeZero := le64(0), le64(math.MinInt64)
	long, longest := strings.Repeat("x", 65), strings.Repeat("x", 64)
	list := Column{Kind: List, Children: []Column{{Kind: Int64}}}
	for name, c := range map[string]struct {
		column    Column
		rows      int
		v         Values
		low, high string
		nulls     int64
	}{
		"both zeros":   {Column{Kind: Double}, 2, Values{Floats: []float64{0, 0}}, negativeZero, zero, 0},
		"NaN":          {Column{Kind: Double}, 2, Values{Floats: []float64{math.NaN(), 1}}, "", "", 0},
		"repeated NaN": {Column{Kind: Double}, 8, Values{Floats: []float64{math.NaN(), 1, 1, 1, 1, 1, 1, 1}}, "", "", 0},
		"wide": {
			Column{Kind: Wide, Precision: 38},
			2,
			Values{Fixed: append(wideOf(big.NewInt(1)), wideOf(big.NewInt(-1))...)},
			strings.Repeat("\xff", 16), strings.Repeat("\x00", 15) + "\x01", 0,
		},
		"long text":     {Column{Kind: Text}, 2, textsOf("a", long), "", "", 0},
		"long bytes":    {Column{Kind: Blob}, 2, textsOf("\xff", long), "", "", 0},
		"longest text":  {Column{Kind: Text}, 2, textsOf("a", longest), "a", longest, 0},
		"text":          {Column{Kind: Text}, 2, textsOf("b", "a"), "a", "b", 0},
		"dictionary":    {Column{Kind: Text}, 8, textsOf("b", "b", "b", "a", "b", "b", "a", "a"), "a", "b", 0},
		"NULL":          {Column{Kind: Int64}, 3, Values{Ints: []int64{-9, 5, 9}, Null: []bool{true, false, true}}, le64(5), le64(5), 2},
		"all NULL":      {Column{Kind: Int64}, 2, Values{Ints: []int64{1, 2}, Null: []bool{true, true}}, "", "", 2},
		"same":          {Column{Kind: Int64}, 3, Values{Ints: []int64{4}, Same: true}, le64(4), le64(4), 0},
		"same but NULL": {Column{Kind: Int64}, 2, Values{Ints: []int64{4}, Same: true, Null: []bool{true, true}}, "", "", 2},
		// NULL, empty, [NULL], [7, 8]: three slots have no value.
		"list": {
			list, 4, Values{
				Offsets: []int32{0, 0, 0, 1, 3}, Null: []bool{true, false, false, false},
				Children: []Values{{Ints: []int64{99, 7, 8}, Null: []bool{true, false, false}}},
			}, le64(7), le64(8), 3,
		},
	} {
		c.column.Name = "c"
		s := chunksOf(t, one(t, c.column, c.rows, c.v))[0].Statistics
		got := [3]any{string(s.MinValue), string(s.MaxValue), s.NullCount}
		if diff := cmp.Diff([3]any{c.low, c.high, c.nulls}, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
