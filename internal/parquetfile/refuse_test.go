package parquetfile

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/kalpafall/df360/internal/fault"
)

// TestRefusedValues: what does not fit is an error, not a wrong file.
func TestRefusedValues(t *testing.T) {
	t.Parallel()
	text := Column{Name: "c", Kind: Text}
	list := Column{Name: "c", Kind: List, Children: []Column{{Kind: Int64}}}
	mapping := Column{Name: "c", Kind: Map, Children: []Column{{Kind: Text}, {Kind: Int64}}}
	for name, c := range map[string]struct {
		column Column
		rows   int
		v      Values
		code   fault.Code
	}{
		"too few numbers":    {Column{Kind: Int64}, 2, Values{Ints: []int64{1}}, fault.Internal},
		"too many numbers":   {Column{Kind: Int64}, 1, Values{Ints: []int64{1, 2}}, fault.Internal},
		"too few floats":     {Column{Kind: Double}, 2, Values{Floats: []float64{1}}, fault.Internal},
		"half a wide number": {Column{Kind: Wide, Precision: 9}, 1, Values{Fixed: make([]byte, 8)}, fault.Internal},
		"too few NULL":       {Column{Kind: Int64}, 2, Values{Ints: []int64{1, 2}, Null: []bool{true}}, fault.Internal},
		"no ends":            {text, 1, Values{}, fault.Internal},
		"ends behind text":   {text, 1, Values{Ends: []int32{0, 5}, Text: []byte("abc")}, fault.Internal},
		"over 2 GiB of text": {text, 2, Values{Ends: []int32{0, math.MaxInt32, math.MinInt32}}, fault.Limit},
		"falling offsets":    {list, 2, Values{Offsets: []int32{0, 2, 1}, Children: []Values{{Ints: []int64{1}}}}, fault.Limit},
		"too few elements":   {list, 1, Values{Offsets: []int32{0, 2}, Children: []Values{{Ints: []int64{1}}}}, fault.Internal},
		"no children":        {list, 1, Values{Offsets: []int32{0, 0}}, fault.Internal},
		"same list":          {list, 1, Values{Offsets: []int32{0, 0}, Children: []Values{{}}, Same: true}, fault.Internal},
		"key that is NULL":   {mapping, 1, Values{Offsets: []int32{0, 1}, Children: []Values{{Ends: []int32{0, 0}, Null: []bool{true}}, {Ints: []int64{1}}}}, fault.Schema},
		"boolean of 2":       {Column{Kind: Bool}, 1, Values{Ints: []int64{2}}, fault.Internal},
		"date out of range":  {Column{Kind: Date}, 1, Values{Ints: []int64{math.MaxInt32 + 1}}, fault.Internal},
		"digits of decimal":  {Column{Kind: Decimal, Precision: 3}, 1, Values{Ints: []int64{-1000}}, fault.Internal},
		"digits of wide":     {Column{Kind: Wide, Precision: 3}, 1, Values{Fixed: wideOf(big.NewInt(-1000))}, fault.Internal},
	} {
		c.column.Name = "c"
		_, err := newTestEncoder(t, c.column).Encode(c.rows, []Values{c.v})
		if fault.CodeOf(err) != c.code || !strings.Contains(fmt.Sprint(err), `"c`) {
			t.Errorf("%s: %v, want an error of kind %s that names the column", name, err, c.code)
		}
	}
	// A key that no row refers to may be anything.
	v := Values{Offsets: []int32{1, 1}, Children: []Values{{Ends: []int32{0, 0}, Null: []bool{true}}, {Ints: []int64{1}}}}
	if _, err := newTestEncoder(t, mapping).Encode(1, []Values{v}); err != nil {
		t.Error(err)
	}
}

// TestRefusedColumns: columns that no file can have.
func TestRefusedColumns(t *testing.T) {
	t.Parallel()
	deep := Column{Name: "c", Kind: Int64}
	for range 130 {
		deep = Column{Name: "c", Kind: List, Children: []Column{deep}}
	}
	for name, columns := range map[string][]Column{
		"the same name twice":     {{Name: "c"}, {Name: "c"}},
		"the same field twice":    {{Name: "c", Kind: Struct, Children: []Column{{Name: "c"}, {Name: "c"}}}},
		"no fields":               {{Name: "c", Kind: Struct}},
		"list of nothing":         {{Name: "c", Kind: List}},
		"map without values":      {{Name: "c", Kind: Map, Children: []Column{{}}}},
		"too many digits":         {{Name: "c", Kind: Decimal, Precision: 19}},
		"no digits":               {{Name: "c", Kind: Wide}},
		"scale over precision":    {{Name: "c", Kind: Wide, Precision: 3, Scale: 4}},
		"unknown kind":            {{Name: "c", Kind: 99}},
		"text with children":      {{Name: "c", Children: []Column{{}}}},
		"130 lists in each other": {deep},
	} {
		if _, err := NewEncoder(columns, false); err == nil {
			t.Errorf("%s: no error of the encoder", name)
		}
		w := New(&bytes.Buffer{}, columns, false)
		if err := w.Close(); err == nil {
			t.Errorf("%s: no error of the writer", name)
		}
	}
}
