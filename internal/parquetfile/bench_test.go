package parquetfile

import (
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
)

// benchRows are the rows of a row group.
const benchRows = 122_880

// benchColumns are columns as a table of events has them.
func benchColumns() ([]Column, []Values) {
	r := rand.New(rand.NewPCG(1, 2))
	var columns []Column
	var values []Values
	text := func(name string, value func(row int) string) {
		v := Values{Ends: []int32{0}}
		for row := range benchRows {
			v.Text = append(v.Text, value(row)...)
			v.Ends = append(v.Ends, int32(len(v.Text)))
		}
		columns, values = append(columns, Column{Name: name}), append(values, v)
	}
	uuid := func(int) string {
		a, b := r.Uint64(), r.Uint64()
		return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", uint32(a), uint16(a>>32), uint16(a>>48), uint16(b), b>>16)
	}
	text("id", uuid)
	text("user", uuid)
	for i, distinct := range []int{4, 12, 30, 300, 5000} {
		words := make([]string, distinct)
		for j := range words {
			words[j] = uuid(0)[:8+6*i]
		}
		text(fmt.Sprintf("word%d", i), func(int) string { return words[r.IntN(distinct)] })
	}
	var amount, at, n Values
	for row := range benchRows {
		amount.Floats = append(amount.Floats, float64(r.IntN(1_000_000))/100)
		at.Ints = append(at.Ints, 1_700_000_000_000_000+int64(row)*1000+r.Int64N(1000))
		n.Ints = append(n.Ints, r.Int64N(1_000_000_000))
	}
	columns = append(columns, Column{Name: "amount", Kind: Double}, Column{Name: "at", Kind: Timestamp}, Column{Name: "n", Kind: Int64})
	return columns, append(values, amount, at, n)
}

// BenchmarkEncode encodes and appends a row group.
func BenchmarkEncode(b *testing.B) {
	for _, zstandard := range []bool{false, true} {
		b.Run(map[bool]string{false: "snappy", true: "zstd"}[zstandard], func(b *testing.B) {
			columns, values := benchColumns()
			benchmark(b, columns, values, zstandard)
		})
	}
}

// BenchmarkColumn encodes each column of BenchmarkEncode on its own.
func BenchmarkColumn(b *testing.B) {
	columns, values := benchColumns()
	for i, c := range columns {
		b.Run(c.Name, func(b *testing.B) { benchmark(b, columns[i:i+1], values[i:i+1], false) })
	}
}

func benchmark(b *testing.B, columns []Column, values []Values, zstandard bool) {
	b.Helper()
	e, err := NewEncoder(columns, zstandard)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	var size int64
	for b.Loop() {
		w := New(io.Discard, columns, zstandard)
		g, err := e.Encode(benchRows, values)
		if err != nil {
			b.Fatal(err)
		}
		if err := w.Append(g); err != nil {
			b.Fatal(err)
		}
		size = w.Size()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRows/float64(len(columns)), "ns/value")
	b.ReportMetric(float64(size)/benchRows/float64(len(columns)), "B/value")
}
