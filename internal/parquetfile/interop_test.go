package parquetfile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"github.com/xitongsys/parquet-go/reader"
	"github.com/xitongsys/parquet-go/source"
)

// nestedColumns are a structure with a list, lists in lists in lists, and maps.
func nestedColumns() []Column {
	list := func(c Column) Column { return Column{Kind: List, Children: []Column{c}} }
	named := func(name string, c Column) Column {
		c.Name = name
		return c
	}
	return []Column{
		{Name: "id", Kind: Int64},
		{Name: "s", Kind: Struct, Children: []Column{{Name: "a", Kind: Int64}, named("b", list(Column{Kind: Text}))}},
		named("l", list(list(list(Column{Kind: Double})))),
		{Name: "m", Kind: Map, Children: []Column{{Kind: Text}, {Kind: Struct, Children: []Column{{Name: "x", Kind: Int64}}}}},
		{Name: "w", Kind: Wide, Precision: 38},
		{Name: "b", Kind: Blob},
	}
}

// nestedRows hold everything that must stay distinct: NULL, empty, of NULL.
func nestedRows() [][]any {
	list := func(values ...any) []any { return append([]any{}, values...) }
	return [][]any{
		{int64(0), nil, nil, nil, nil, nil},
		{int64(1), list(nil, nil), list(), list(), big.NewInt(-1), ""},
		{int64(2), list(int64(5), list()), list(nil), list(list("k", nil)), new(big.Int).Lsh(big.NewInt(1), 100), "\x00\xff"},
		{int64(3), list(nil, list(nil)), list(list()), list(list("", list(nil))), new(big.Int).Neg(new(big.Int).Lsh(big.NewInt(1), 100)), "x"},
		{int64(4), list(int64(6), list("p", nil, "q")), list(list(nil), list(list()), list(list(nil))), list(list("k", list(int64(7))), list("n", nil)), big.NewInt(0), "x"},
		{int64(5), list(nil, list("")), list(list(list(1.5, nil, 2.5), nil, list(3.0)), nil, list(list())), list(list("z", list(int64(-8)))), nil, nil},
	}
}

type goStruct struct {
	A *int64    `parquet:"a,optional"`
	B []*string `parquet:"b,optional,list"`
}

type goValue struct {
	X *int64 `parquet:"x,optional"`
}

type goRow struct {
	ID *int64              `parquet:"id,optional"`
	S  *goStruct           `parquet:"s,optional"`
	M  map[string]*goValue `parquet:"m,optional"`
	B  []byte              `parquet:"b,optional"`
}

// TestParquetGoReadsNested: parquet-go tells all of it apart.
func TestParquetGoReadsNested(t *testing.T) {
	t.Parallel()
	data, _ := encoded(t, nestedColumns(), rand.New(rand.NewPCG(1, 1)), false, nestedRows())
	rows, err := parquet.Read[goRow](bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"ID":0,"S":null,"M":null,"B":null},
		{"ID":1,"S":{"A":null,"B":null},"M":{},"B":""},
		{"ID":2,"S":{"A":5,"B":[]},"M":{"k":null},"B":"AP8="},
		{"ID":3,"S":{"A":null,"B":[null]},"M":{"":{"X":null}},"B":"eA=="},
		{"ID":4,"S":{"A":6,"B":["p",null,"q"]},"M":{"k":{"X":7},"n":null},"B":"eA=="},
		{"ID":5,"S":{"A":null,"B":[""]},"M":{"z":{"X":-8}},"B":null}]`
	if diff := cmp.Diff(tree(t, want), tree(t, rows)); diff != "" {
		t.Error(diff)
	}
}

// tree is JSON, or what becomes of v as JSON.
func tree(t *testing.T, v any) any {
	t.Helper()
	text, ok := v.(string)
	if !ok {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		text = string(b)
	}
	var out any
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// memory is a file in memory, as xitongsys/parquet-go wants it.
type memory struct {
	*bytes.Reader
	data []byte
}

func (f memory) Open(string) (source.ParquetFile, error) {
	return memory{bytes.NewReader(f.data), f.data}, nil
}
func (f memory) Create(string) (source.ParquetFile, error) { return f, nil }
func (f memory) Write(p []byte) (int, error)               { return len(p), nil }
func (f memory) Close() error                              { return nil }

// TestOldLibraryReadsNested: so do programs built on xitongsys/parquet-go.
func TestOldLibraryReadsNested(t *testing.T) {
	t.Parallel()
	data, want := encoded(t, nestedColumns(), rand.New(rand.NewPCG(1, 1)), false, nestedRows())
	r, err := reader.NewParquetReader(memory{bytes.NewReader(data), data}, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer r.ReadStop()
	rows, err := r.ReadByNumber(len(want))
	if err != nil {
		t.Fatal(err)
	}
	// Id, S, L, M, and B where it is text.
	wantRows := `[{"Id":0,"S":null,"L":null,"M":null,"B":null},
		{"Id":1,"S":{"A":null,"B":null},"L":[],"M":{},"B":""},
		{"Id":2,"S":{"A":5,"B":[]},"L":[null],"M":{"k":null},"B":"\u0000\ufffd"},
		{"Id":3,"S":{"A":null,"B":[null]},"L":[[]],"M":{"":{"X":null}},"B":"x"},
		{"Id":4,"S":{"A":6,"B":["p",null,"q"]},"L":[[null],[[]],[[null]]],"M":{"k":{"X":7},"n":null},"B":"x"},
		{"Id":5,"S":{"A":null,"B":[""]},"L":[[[1.5,null,2.5],null,[3]],null,[[]]],"M":{"z":{"X":-8}},"B":null}]`
	got := tree(t, rows).([]any)
	for _, row := range got {
		delete(row.(map[string]any), "W")
	}
	if diff := cmp.Diff(tree(t, wantRows), any(got)); diff != "" {
		t.Error(diff)
	}
}

// TestReadersAgreeOnDictionaries: both libraries find what an Encoder made of
// columns that repeat.
func TestReadersAgreeOnDictionaries(t *testing.T) {
	t.Parallel()
	const rows = 20_000
	values, want := sample(rows, func(row, column int) bool { return (row+column)%7 == 0 })
	g, err := newTestEncoder(t, allKinds()...).Encode(rows, values)
	if err != nil {
		t.Fatal(err)
	}
	data := appended(t, allKinds(), g)
	dictionaries := 0
	for _, c := range chunksOf(t, data) {
		if c.DictionaryPageOffset > 0 {
			dictionaries++
		}
	}
	if dictionaries != len(allKinds())-2 { // "raw" does not repeat, "bool" has none
		t.Errorf("%d columns have a dictionary", dictionaries)
	}
	_, got := read(t, data)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff[:min(len(diff), 2000)])
	}
	r, err := reader.NewParquetReader(memory{bytes.NewReader(data), data}, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer r.ReadStop()
	old, err := r.ReadByNumber(rows)
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range old {
		var line []string
		for fields, j := reflect.ValueOf(row), 0; j < fields.NumField(); j++ {
			line = append(line, "NULL")
			if field := fields.Field(j); !field.IsNil() {
				line[j] = fmt.Sprint(field.Elem())
			}
		}
		if diff := cmp.Diff(want[i], line); diff != "" {
			t.Fatalf("row %d: %s", i, diff)
		}
	}
}
