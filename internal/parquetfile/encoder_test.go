package parquetfile

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

func newTestEncoder(t testing.TB, columns ...Column) *Encoder {
	t.Helper()
	e, err := NewEncoder(columns, false)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// appended is a file of groups.
func appended(t testing.TB, columns []Column, groups ...*Group) []byte {
	t.Helper()
	var b bytes.Buffer
	w := New(&b, columns, false)
	for _, g := range groups {
		if err := w.Append(g); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// one encodes a file of one column in one group.
func one(t testing.TB, c Column, rows int, v Values) []byte {
	t.Helper()
	g, err := newTestEncoder(t, c).Encode(rows, []Values{v})
	if err != nil {
		t.Fatal(err)
	}
	return appended(t, []Column{c}, g)
}

// chunksOf is the metadata of the first row group's columns.
func chunksOf(t testing.TB, data []byte) []format.ColumnMetaData {
	t.Helper()
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var out []format.ColumnMetaData
	for _, c := range f.Metadata().RowGroups[0].Columns {
		out = append(out, c.MetaData)
	}
	return out
}

func le64(x int64) string { return string(binary.LittleEndian.AppendUint64(nil, uint64(x))) }

func textsOf(values ...string) Values {
	v := Values{Ends: []int32{0}}
	for _, value := range values {
		v.Text = append(v.Text, value...)
		v.Ends = append(v.Ends, int32(len(v.Text)))
	}
	return v
}

// TestWorkersMakeTheSameFile: groups encoded side by side are the bytes that
// one encoder makes.
func TestWorkersMakeTheSameFile(t *testing.T) {
	t.Parallel()
	const groups = 12
	var values [][]Values
	var sizes []int
	for i := range groups {
		n := 1 + i*700
		v, _ := sample(n, func(row, column int) bool { return (row+column+i)%9 == 0 })
		values, sizes = append(values, v), append(sizes, n)
	}
	single := newTestEncoder(t, allKinds()...)
	var want bytes.Buffer
	w := New(&want, allKinds(), false)
	for i, v := range values {
		g, err := single.Encode(sizes[i], v)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Append(g); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	made := make([]*Group, groups)
	var wait sync.WaitGroup
	for worker := range 3 {
		wait.Go(func() {
			e, err := NewEncoder(allKinds(), false)
			if err != nil {
				t.Error(err)
				return
			}
			for i := worker; i < groups; i += 3 {
				if made[i], err = e.Encode(sizes[i], values[i]); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	if got := appended(t, allKinds(), made...); !bytes.Equal(got, want.Bytes()) {
		t.Errorf("three workers made %d other bytes than one's %d", len(got), want.Len())
	}
}

// TestDictionaries: there is one where values repeat four times or more, and
// where it is not large.
func TestDictionaries(t *testing.T) {
	t.Parallel()
	const rows = 40_000
	ints := func(value func(row int) int) (v Values) {
		for row := range rows {
			v.Ints = append(v.Ints, int64(value(row)))
		}
		return v
	}
	floats := func(value func(row int) float64) (v Values) {
		for row := range rows {
			v.Floats = append(v.Floats, value(row))
		}
		return v
	}
	texts := func(rows, distinct, width int) Values {
		var all []string
		r := rand.New(rand.NewPCG(1, 1))
		for row := range rows {
			if distinct < rows {
				row = r.IntN(distinct)
			}
			all = append(all, fmt.Sprintf("%0*d", width, row))
		}
		return textsOf(all...)
	}
	for name, c := range map[string]struct {
		kind Kind
		rows int
		v    Values
		want bool
	}{
		"few texts":               {Text, rows, texts(rows, 10, 20), true},
		"as many texts as pay":    {Text, rows, texts(rows, 9900, 20), true},
		"too many texts":          {Text, rows, texts(rows, 20_000, 20), false},
		"texts that never repeat": {Text, rows, texts(rows, rows, 20), false},
		"long texts":              {Text, 400, texts(400, 8, 10_000), true},
		"too much text":           {Text, 400, texts(400, 90, 20_000), false},
		"three texts":             {Text, 3, texts(3, 1, 20), false},
		"bytes":                   {Blob, rows, texts(rows, 3, 20), true},
		"numbers":                 {Int64, rows, ints(func(row int) int { return row % 5 }), true},
		"numbers that differ":     {Int64, rows, ints(func(row int) int { return row }), false},
		"decimals":                {Decimal, rows, ints(func(row int) int { return row % 500 }), true},
		"dates":                   {Date, rows, ints(func(row int) int { return row % 700 }), true},
		"times":                   {Timestamp, rows, ints(func(row int) int { return row / 8 * 1_000_003 }), true},
		"one number":              {Int64, rows, ints(func(int) int { return 7 }), true},
		"floats":                  {Double, rows, floats(func(row int) float64 { return float64(row%9) / 8 }), true},
		"floats that differ":      {Double, rows, floats(func(row int) float64 { return float64(row) }), false},
		"booleans":                {Bool, rows, ints(func(row int) int { return row & 1 }), false},
	} {
		data := one(t, Column{Name: "c", Kind: c.kind, Precision: 9}, c.rows, c.v)
		if got := chunksOf(t, data)[0].DictionaryPageOffset > 0; got != c.want {
			t.Errorf("%s: a dictionary is %v, want %v", name, got, c.want)
		}
		_, rows := read(t, data)
		for row, line := range rows {
			want := ""
			switch {
			case c.v.Ends != nil:
				want = string(c.v.Text[c.v.Ends[row]:c.v.Ends[row+1]])
			case c.v.Floats != nil:
				want = fmt.Sprint(c.v.Floats[row])
			case c.kind == Bool:
				want = fmt.Sprint(c.v.Ints[row] == 1)
			default:
				want = fmt.Sprint(c.v.Ints[row])
			}
			if line[0] != want {
				t.Fatalf("%s: row %d is %s, want %s", name, row, line[0], want)
			}
		}
		if len(rows) != c.rows {
			t.Errorf("%s: %d rows, want %d", name, len(rows), c.rows)
		}
	}
}

// TestPagesEndAtRows: pages of nested columns and of indexes are about 1 MiB,
// and begin with a row.
func TestPagesEndAtRows(t *testing.T) {
	t.Parallel()
	const rows = 100_000
	r := rand.New(rand.NewPCG(3, 3))
	offsets := []int32{0}
	var words []string
	numbers := Values{}
	for range rows {
		for range r.IntN(8) {
			words = append(words, fmt.Sprintf("%x", r.Uint64()))
			numbers.Ints = append(numbers.Ints, r.Int64())
		}
		offsets = append(offsets, int32(len(words)))
	}
	for _, c := range []struct {
		element Column
		v       Values
	}{{Column{Kind: Text}, textsOf(words...)}, {Column{Kind: Int64}, numbers}} {
		list := Column{Name: "l", Kind: List, Children: []Column{c.element}}
		data := one(t, list, rows, Values{Offsets: offsets, Children: []Values{c.v}})
		f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		pages := f.RowGroups()[0].ColumnChunks()[0].Pages()
		n, total := 0, int64(0)
		for {
			page, err := pages.ReadPage()
			if err != nil {
				break
			}
			if page.RepetitionLevels()[0] != 0 {
				t.Error("a page begins within a row")
			}
			if page.Size() > pageBytes*5/4 {
				t.Errorf("a page of %d bytes", page.Size())
			}
			n, total = n+1, total+page.NumRows()
		}
		if err := pages.Close(); err != nil {
			t.Error(err)
		}
		if n < 3 || total != rows {
			t.Errorf("%d rows in %d pages", total, n)
		}
	}
}

// TestSameValueOfEveryKind: a value that is given once is that of every row.
func TestSameValueOfEveryKind(t *testing.T) {
	t.Parallel()
	columns := []Column{
		{Name: "t", Kind: Text},
		{Name: "i", Kind: Int64},
		{Name: "d", Kind: Double},
		{Name: "c", Kind: Decimal, Precision: 9, Scale: 1},
		{Name: "f", Kind: Bool},
		{Name: "day", Kind: Date},
		{Name: "w", Kind: Wide, Precision: 38},
		{Name: "b", Kind: Blob},
		{Name: "l", Kind: List, Children: []Column{{Kind: Text}}},
	}
	ints := func(x int64) Values { return Values{Ints: []int64{x}, Same: true} }
	text := textsOf("same")
	text.Same = true
	values := []Values{
		text, ints(-7),
		{Floats: []float64{2.5}, Same: true},
		ints(15), ints(1), ints(1),
		{Fixed: wideOf(big.NewInt(-3)), Same: true},
		text,
		{Offsets: []int32{0, 2, 2, 2}, Children: []Values{text}},
	}
	values[1].Null = []bool{false, true, false}
	g, err := newTestEncoder(t, columns...).Encode(3, values)
	if err != nil {
		t.Fatal(err)
	}
	got := asJSON(t, engine(t), appended(t, columns, g))
	var want []any
	for row := range 3 {
		line := map[string]any{
			"t": "same", "i": json.Number("-7"), "d": json.Number("2.5"), "c": json.Number("1.5"), "f": true, "day": "1970-01-02", "w": json.Number("-3"), "b": "same",
			"l": []any{},
		}
		if row == 0 {
			line["l"] = []any{"same", "same"}
		}
		if row == 1 {
			line["i"] = nil
		}
		want = append(want, line)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestDeepNesting: a row of 40 lists in each other around a value and NULL, and
// one that is empty half way down. The engine takes too long for that depth.
func TestDeepNesting(t *testing.T) {
	t.Parallel()
	const depth = 40
	c := Column{Kind: Int64}
	v := Values{Ints: []int64{5, 6}, Null: []bool{false, true}}
	for level := range depth {
		offsets := []int32{0, 1}
		switch {
		case level == 0:
			offsets = []int32{0, 2}
		case level == depth/2:
			offsets = []int32{0, 1, 1}
		case level > depth/2:
			offsets = []int32{0, 1, 2}
		}
		c, v = Column{Name: "c", Kind: List, Children: []Column{c}}, Values{Offsets: offsets, Children: []Values{v}}
	}
	data := one(t, c, 2, v)
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	rows := f.RowGroups()[0].Rows()
	buffer := make([]parquet.Row, 3)
	n, _ := rows.ReadRows(buffer)
	var got []string
	for _, row := range buffer[:n] {
		got = append(got, fmt.Sprintf("%+v", row))
	}
	want := []string{"[C:0 D:81 R:0 V:5 C:0 D:80 R:40 V:<null>]", "[C:0 D:39 R:0 V:<null>]"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if err := rows.Close(); err != nil {
		t.Error(err)
	}
}

// TestAppendRefuses groups that were appended, or that are of other columns.
func TestAppendRefuses(t *testing.T) {
	t.Parallel()
	c := []Column{{Name: "c", Kind: Int64}}
	w := New(&bytes.Buffer{}, c, false)
	e := newTestEncoder(t, c...)
	g, err := e.Encode(1, []Values{{Ints: []int64{1}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Append(g); err != nil {
		t.Fatal(err)
	}
	if err := w.Append(g); err == nil {
		t.Error("a group was appended twice")
	}
	if _, err = e.Encode(1, []Values{{Ints: []int64{2}}}); err != nil {
		t.Fatal(err)
	}
	if err := w.Append(g); err == nil {
		t.Error("a group was appended twice, with the memory of the next")
	}
	other, err := newTestEncoder(t, Column{Name: "c", Kind: Timestamp}).Encode(1, []Values{{Ints: []int64{1}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Append(other); err == nil {
		t.Error("a group of other columns was appended")
	}
}
