package parquetfile

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
)

// allKinds is a column of each kind.
func allKinds() []Column {
	return []Column{
		{Name: "text", Kind: Text},
		{Name: "raw", Kind: Text, Plain: true},
		{Name: "dict", Kind: Text},
		{Name: "same", Kind: Text},
		{Name: "int", Kind: Int64},
		{Name: "double", Kind: Double},
		{Name: "decimal", Kind: Decimal, Precision: 12, Scale: 2},
		{Name: "bool", Kind: Bool},
		{Name: "date", Kind: Date},
		{Name: "time", Kind: Timestamp},
		{Name: "at", Kind: Timestamp},
	}
}

// sample makes n rows and what a reader must find in them. isNull says which
// values of the columns that can have them are NULL.
func sample(n int, isNull func(row, column int) bool) (values []Values, want [][]string) {
	columns := allKinds()
	dict := NewDict([]string{"m", "", "z", "a"})
	values = make([]Values, len(columns))
	values[0].Ends, values[1].Ends = []int32{0}, []int32{0}
	values[2].Dict, values[3].Dict, values[3].Same = dict, NewDict([]string{"faker"}), true
	values[10] = Values{Ints: []int64{1_700_000_000_000_001}, Same: true}
	for row := range n {
		x := int64(row*row)%977 - 400
		texts := []string{strings.Repeat("ä", row%40), fmt.Sprintf("%040d", row)}
		for i, text := range texts {
			values[i].Text = append(values[i].Text, text...)
			values[i].Ends = append(values[i].Ends, int32(len(values[i].Text)))
		}
		values[2].Index = append(values[2].Index, int32(row*7%4))
		values[5].Floats = append(values[5].Floats, float64(x)/8)
		for _, i := range []int{4, 6, 8, 9} {
			values[i].Ints = append(values[i].Ints, x)
		}
		values[7].Ints = append(values[7].Ints, x&1)
		line := []string{
			texts[0], texts[1], dict.values[row*7%4], "faker", fmt.Sprint(x), fmt.Sprint(float64(x) / 8),
			fmt.Sprint(x), fmt.Sprint(x&1 != 0), fmt.Sprint(x), fmt.Sprint(x), "1700000000000001",
		}
		for i := range columns {
			if isNull == nil || i == 3 || i == 10 {
				continue
			}
			if values[i].Null = append(values[i].Null, isNull(row, i)); isNull(row, i) {
				line[i] = "NULL"
			}
		}
		want = append(want, line)
	}
	return values, want
}

func write(t *testing.T, zstandard bool, groups ...[]Values) []byte {
	t.Helper()
	var b bytes.Buffer
	w := New(&b, allKinds(), zstandard)
	for _, values := range groups {
		if err := w.Group(len(values[4].Ints), values); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(t *testing.T, data []byte) (*parquet.File, [][]string) {
	t.Helper()
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var out [][]string
	for _, group := range f.RowGroups() {
		rows := group.Rows()
		buffer := make([]parquet.Row, 100)
		for {
			n, err := rows.ReadRows(buffer)
			for _, row := range buffer[:n] {
				var line []string
				for _, v := range row {
					if v.IsNull() {
						line = append(line, "NULL")
						continue
					}
					line = append(line, v.String())
				}
				out = append(out, line)
			}
			if err != nil {
				break
			}
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return f, out
}

func TestReadBack(t *testing.T) {
	t.Parallel()
	for name, isNull := range map[string]func(row, column int) bool{
		"none":  nil,
		"some":  func(row, column int) bool { return (row+column)%5 == 0 },
		"runs":  func(row, _ int) bool { return row/50%2 == 0 },
		"all":   func(_, _ int) bool { return true },
		"first": func(row, _ int) bool { return row == 0 },
	} {
		for _, zstandard := range []bool{false, true} {
			var groups [][]Values
			var want [][]string
			for _, n := range []int{1, 7, 8, 1000} {
				values, lines := sample(n, isNull)
				groups, want = append(groups, values), append(want, lines...)
			}
			_, got := read(t, write(t, zstandard, groups...))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("NULL %s, zstd %v: %s", name, zstandard, diff)
			}
		}
	}
}

// TestManyPages: more text than a page holds.
func TestManyPages(t *testing.T) {
	t.Parallel()
	values, want := sample(70_000, func(row, _ int) bool { return row%11 == 0 })
	f, got := read(t, write(t, false, values))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff[:min(len(diff), 2000)])
	}
	pages := f.RowGroups()[0].ColumnChunks()[1].Pages()
	defer func() { _ = pages.Close() }()
	n := 0
	for {
		page, err := pages.ReadPage()
		if err != nil {
			break
		}
		if page.Size() > 2*pageBytes {
			t.Errorf("a page of %d bytes", page.Size())
		}
		n++
	}
	if n != 3 {
		t.Errorf("%d pages of text, want 3", n)
	}
}

func TestStatistics(t *testing.T) {
	t.Parallel()
	values, _ := sample(977, func(row, _ int) bool { return row < 5 })
	values[5].Floats[700] = math.NaN()
	f, _ := read(t, write(t, false, values))
	columns := f.Metadata().RowGroups[0].Columns
	int64le := func(x int64) string {
		return string([]byte{byte(x), byte(x >> 8), byte(x >> 16), byte(x >> 24), byte(x >> 32), byte(x >> 40), byte(x >> 48), byte(x >> 56)})
	}
	low, high := values[4].Ints[5], values[4].Ints[5]
	for _, x := range values[4].Ints[5:] {
		low, high = min(low, x), max(high, x)
	}
	want := map[string][2]string{
		"raw": {fmt.Sprintf("%040d", 5), fmt.Sprintf("%040d", 976)}, "same": {"faker", "faker"},
		"int": {int64le(low), int64le(high)}, "decimal": {int64le(low), int64le(high)}, "bool": {"\x00", "\x01"},
		"date": {int64le(low)[:4], int64le(high)[:4]}, "at": {int64le(1_700_000_000_000_001), int64le(1_700_000_000_000_001)},
		"double": {"", ""}, "text": {"", ""}, "dict": {"", "z"},
	}
	for _, c := range columns {
		name := c.MetaData.PathInSchema[0]
		s := c.MetaData.Statistics
		if w, ok := want[name]; ok && (string(s.MinValue) != w[0] || string(s.MaxValue) != w[1]) {
			t.Errorf("%s: bounds %q and %q, want %q", name, s.MinValue, s.MaxValue, w)
		}
		nulls := int64(5)
		if name == "same" || name == "at" {
			nulls = 0
		}
		if s.NullCount != nulls {
			t.Errorf("%s: %d are NULL, want %d", name, s.NullCount, nulls)
		}
	}
}

// failing fails after some bytes.
type failing struct{ left int }

var errFull = errors.New("full")

func (f *failing) Write(p []byte) (int, error) {
	if len(p) > f.left {
		n := f.left
		f.left = 0
		return n, errFull
	}
	f.left -= len(p)
	return len(p), nil
}

func TestWriteError(t *testing.T) {
	t.Parallel()
	values, _ := sample(100, nil)
	whole := len(write(t, false, values))
	for left := range whole {
		w := New(&failing{left}, allKinds(), false)
		err := w.Group(100, values)
		if closeErr := w.Close(); !errors.Is(closeErr, errFull) || err != nil && !errors.Is(err, errFull) {
			t.Fatalf("disk full after %d of %d bytes: Group %v, Close %v", left, whole, err, closeErr)
		}
	}
}
