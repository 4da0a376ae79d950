package parquetfile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kalpafall/df360/internal/duck"
)

// A value of a test is nil, a leaf (int64, float64, string, *big.Int), or the
// fields, elements or entries (each a []any of key and value) as []any.

// column makes Values of the rows. Whatever stands where a value is NULL is
// junk, which must not be seen.
func column(c Column, rows []any, r *rand.Rand) Values {
	var v Values
	nulls := false
	for _, row := range rows {
		nulls = nulls || row == nil
	}
	if nulls || r.IntN(2) == 0 {
		for _, row := range rows {
			v.Null = append(v.Null, row == nil)
		}
	}
	switch c.Kind {
	case Struct:
		for i, child := range c.Children {
			var below []any
			for _, row := range rows {
				if row == nil {
					row = junk(c, r)
				}
				below = append(below, row.([]any)[i])
			}
			v.Children = append(v.Children, column(child, below, r))
		}
	case List, Map:
		v = collection(c, rows, v.Null, r)
	default:
		leaf(c, rows, &v, r)
	}
	return v
}

func junk(c Column, r *rand.Rand) any {
	for {
		if v := someValue(c, r); v != nil {
			return v
		}
	}
}

func collection(c Column, rows []any, null []bool, r *rand.Rand) Values {
	v := Values{Null: null}
	below := make([][]any, len(c.Children))
	add := func(element any) {
		if c.Kind == List {
			below[0] = append(below[0], element)
			return
		}
		for i, part := range element.([]any) {
			below[i] = append(below[i], part)
		}
	}
	if r.IntN(2) == 0 { // no row refers to the first element
		for _, element := range junk(c, r).([]any) {
			add(element)
		}
	}
	v.Offsets = append(v.Offsets, int32(len(below[0])))
	for _, row := range rows {
		if row == nil {
			row = junk(c, r)
		}
		for _, element := range row.([]any) {
			add(element)
		}
		v.Offsets = append(v.Offsets, int32(len(below[0])))
	}
	for i, child := range c.Children {
		v.Children = append(v.Children, column(child, below[i], r))
	}
	return v
}

func leaf(c Column, rows []any, v *Values, r *rand.Rand) {
	if c.Kind == Text && r.IntN(3) == 0 {
		indexed(rows, v)
		return
	}
	if c.Kind == Text || c.Kind == Blob {
		v.Ends = []int32{0}
	}
	for _, row := range rows {
		if row == nil {
			row = junk(c, r)
		}
		switch x := row.(type) {
		case int64:
			v.Ints = append(v.Ints, x)
		case float64:
			v.Floats = append(v.Floats, x)
		case string:
			v.Text = append(v.Text, x...)
			v.Ends = append(v.Ends, int32(len(v.Text)))
		case *big.Int:
			v.Fixed = append(v.Fixed, wideOf(x)...)
		}
	}
}

// indexed makes Values with a dictionary, and with no index where there is NULL.
func indexed(rows []any, v *Values) {
	var words []string
	for _, row := range rows {
		index := -1
		if row != nil {
			if index = slices.Index(words, row.(string)); index < 0 {
				index = len(words)
				words = append(words, row.(string))
			}
		}
		v.Index = append(v.Index, int32(index))
	}
	v.Dict = NewDict(words)
}

// wideOf is x in 128 bits.
func wideOf(x *big.Int) []byte {
	if x.Sign() < 0 {
		x = new(big.Int).Add(x, new(big.Int).Lsh(big.NewInt(1), 128))
	}
	return x.FillBytes(make([]byte, wideBytes))
}

// someColumn is a random column, of at most depth levels.
func someColumn(name string, depth int, r *rand.Rand) Column {
	c := Column{Name: name, Kind: Kind(r.IntN(int(Map) + 1))}
	if depth == 0 {
		c.Kind = Kind(r.IntN(int(Blob) + 1))
	}
	switch c.Kind {
	case Decimal:
		c.Precision, c.Scale = 18, 3
	case Wide:
		c.Precision, c.Scale = 38, 0
	case Struct:
		for i := range 1 + r.IntN(3) {
			c.Children = append(c.Children, someColumn("f"+strconv.Itoa(i), depth-1, r))
		}
	case List:
		c.Children = []Column{someColumn("", depth-1, r)}
	case Map:
		c.Children = []Column{{Kind: Kind(r.IntN(2))}, someColumn("", depth-1, r)}
	default:
	}
	return c
}

// someValue is a random value, some of which repeat.
func someValue(c Column, r *rand.Rand) any {
	if r.IntN(4) == 0 {
		return nil
	}
	switch c.Kind {
	case Struct:
		var out []any
		for _, child := range c.Children {
			out = append(out, someValue(child, r))
		}
		return out
	case List:
		out := []any{}
		for range r.IntN(4) {
			out = append(out, someValue(c.Children[0], r))
		}
		return out
	case Map:
		out := []any{}
		for i := range r.IntN(4) {
			key := any(int64(i))
			if c.Children[0].Kind == Text {
				key = "k" + strconv.Itoa(i)
			}
			out = append(out, []any{key, someValue(c.Children[1], r)})
		}
		return out
	case Text, Blob:
		return strings.Repeat("ab", r.IntN(5)) + strconv.Itoa(r.IntN(1+r.IntN(1000)))
	case Double:
		return float64(r.IntN(2000)-1000) / 8
	case Bool:
		return int64(r.IntN(2))
	case Wide:
		return new(big.Int).Lsh(big.NewInt(r.Int64N(1000)-500), uint(r.IntN(110)))
	default:
	}
	return r.Int64N(1+r.Int64N(1_000_000)) - 400_000
}

// spell is a value as DuckDB writes it as JSON.
func spell(c Column, v any) any {
	if v == nil {
		return nil
	}
	switch c.Kind {
	case Struct:
		out := map[string]any{}
		for i, child := range c.Children {
			out[child.Name] = spell(child, v.([]any)[i])
		}
		return out
	case List:
		out := []any{}
		for _, element := range v.([]any) {
			out = append(out, spell(c.Children[0], element))
		}
		return out
	case Map:
		out := map[string]any{}
		for _, entry := range v.([]any) {
			out[fmt.Sprint(entry.([]any)[0])] = spell(c.Children[1], entry.([]any)[1])
		}
		return out
	case Bool:
		return v == int64(1)
	case Date:
		return time.Unix(v.(int64)*86400, 0).UTC().Format("2006-01-02")
	case Timestamp:
		text := time.UnixMicro(v.(int64)).UTC().Format("2006-01-02 15:04:05.999999-07")
		return text
	case Decimal, Wide:
		x, ok := v.(*big.Int)
		if !ok {
			x = big.NewInt(v.(int64))
		}
		scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(c.Scale)), nil)
		return json.Number(new(big.Rat).SetFrac(x, scale).FloatString(c.Scale))
	case Double:
		return number(v.(float64))
	case Int64:
		return json.Number(fmt.Sprint(v))
	default:
	}
	return v
}

func number(x float64) json.Number {
	text := strconv.FormatFloat(x, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return json.Number(text)
}

// engine opens DuckDB.
func engine(t testing.TB) *duck.Session {
	t.Helper()
	s, err := duck.Open(t.Context(), duck.Options{Threads: 1, MemoryLimit: 512 << 20, TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// asJSON are the rows of a Parquet file as DuckDB writes them.
func asJSON(t testing.TB, s *duck.Session, data []byte) []any {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.parquet")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	rows, err := s.Query(t.Context(), "SELECT CAST(to_json(a_row) AS VARCHAR) FROM read_parquet("+duck.Literal(path)+") a_row")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	out := []any{}
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		var v any
		if err := d.Decode(&v); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		out = append(out, v)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// encoded is a file of groups of rows, and the rows as asJSON has them.
func encoded(t testing.TB, columns []Column, r *rand.Rand, zstandard bool, groups ...[][]any) (data []byte, want []any) {
	t.Helper()
	e, err := NewEncoder(columns, zstandard)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := New(&b, columns, zstandard)
	want = []any{}
	for _, rows := range groups {
		var values []Values
		for i, c := range columns {
			var below []any
			for _, row := range rows {
				below = append(below, row[i])
			}
			values = append(values, column(c, below, r))
		}
		for _, row := range rows {
			want = append(want, spell(Column{Kind: Struct, Children: columns}, row))
		}
		g, err := e.Encode(len(rows), values)
		if err != nil {
			t.Fatal(err)
		}
		size := w.Size() + g.Size()
		if err := w.Append(g); err != nil {
			t.Fatal(err)
		}
		if w.Size() != size {
			t.Fatalf("%d bytes are in the file, want %d", w.Size(), size)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), want
}

// randomTree is a file of random columns and rows.
func randomTree(t testing.TB, seed uint64) (columns []Column, data []byte, want []any) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	for i := range 1 + r.IntN(4) {
		columns = append(columns, someColumn("c"+strconv.Itoa(i), r.IntN(5), r))
	}
	var groups [][][]any
	for _, n := range []int{1, r.IntN(20), 0, r.IntN(500)} {
		rows := make([][]any, n)
		for i := range rows {
			for _, c := range columns {
				rows[i] = append(rows[i], someValue(c, r))
			}
		}
		groups = append(groups, rows)
	}
	data, want = encoded(t, columns, r, seed%2 == 0, groups...)
	return columns, data, want
}

// TestDuckDBReadsRandomTrees: whatever is nested in whatever, DuckDB finds the
// values that were written.
func TestDuckDBReadsRandomTrees(t *testing.T) {
	t.Parallel()
	s := engine(t)
	for seed := range uint64(60) {
		columns, data, want := randomTree(t, seed)
		if diff := cmp.Diff(want, asJSON(t, s, data)); diff != "" {
			t.Fatalf("seed %d, %+v: %s", seed, columns, diff[:min(len(diff), 3000)])
		}
	}
}

// FuzzTrees is the same with more seeds.
func FuzzTrees(f *testing.F) {
	f.Add(uint64(1000))
	s := engine(f)
	f.Fuzz(func(t *testing.T, seed uint64) {
		_, data, want := randomTree(t, seed)
		if diff := cmp.Diff(want, asJSON(t, s, data)); diff != "" {
			t.Fatal(diff[:min(len(diff), 3000)])
		}
	})
}
