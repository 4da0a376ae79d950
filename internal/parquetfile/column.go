package parquetfile

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"
)

// Kind is the kind of a column's values.
type Kind uint8

// The kinds.
const (
	Text      Kind = iota // UTF-8
	Int64                 //
	Double                //
	Decimal               // unscaled in 64 bits
	Bool                  // 0 or 1
	Date                  // days since 1970
	Timestamp             // UTC, microseconds since 1970
	Wide                  // Decimal of up to 38 digits, unscaled in 128 bits
	Blob                  // bytes
	Struct                // Children are its fields
	List                  // Children is its element
	Map                   // Children are its key and its value
)

// Column describes a column. Every column may hold NULL.
type Column struct {
	Name             string
	Kind             Kind
	Precision, Scale int      // of Decimal, at most 18 digits; of Wide, at most 38
	Children         []Column // of Struct, List, Map
	// Plain says that compression finds nothing in it: its pages are not
	// compressed with Snappy.
	Plain bool
}

// Values are a column's values in a row group, NULL included (whatever stands
// there).
type Values struct {
	Ints   []int64   // Int64, Decimal, Bool, Date, Timestamp
	Floats []float64 // Double
	Dict   *Dict     // Text: Index refers to it; else Text and Ends hold the values
	Index  []int32
	Text   []byte
	Ends   []int32 // of the values in Text, behind a leading 0
	Fixed  []byte  // Wide: 16 bytes each, big-endian, two's complement
	// Children are those of the column. A Struct's have a value in every row,
	// whatever stands there where the Struct is NULL. Row i of a List or a Map
	// has the elements Offsets[i] to Offsets[i+1] of its children.
	Children []Values
	Offsets  []int32
	Null   []bool  // nil: nothing is NULL
	// Same says that the one value that is given (in Ints or Dict) is that of
	// every row.
	Same bool
}

// Dict is a dictionary of distinct texts. It does not change.
type Dict struct {
	values []string
	plain  []byte  // as the dictionary page has them
	rank   []int32 // place of each value among the sorted ones
	sorted []int32 // values in order
}

// NewDict makes a dictionary.
func NewDict(values []string) *Dict {
	d := &Dict{values: values, rank: make([]int32, len(values))}
	for i, v := range values {
		d.plain = binary.LittleEndian.AppendUint32(d.plain, uint32(len(v))) //nolint:gosec // short
		d.plain = append(d.plain, v...)
		d.sorted = append(d.sorted, int32(i))
	}
	slices.SortFunc(d.sorted, func(a, b int32) int { return strings.Compare(values[a], values[b]) })
	for place, i := range d.sorted {
		d.rank[i] = int32(place)
	}
	return d
}

// bounds are the least and the greatest of the values that are referred to.
func (d *Dict) bounds(index []int32) (low, high []byte) {
	if len(index) == 0 {
		return nil, nil
	}
	least, most := d.rank[index[0]], d.rank[index[0]]
	for _, i := range index {
		least, most = min(least, d.rank[i]), max(most, d.rank[i])
	}
	return []byte(d.values[d.sorted[least]]), []byte(d.values[d.sorted[most]])
}

// bitWidth is how many bits an index into n values takes. One at least: not
// every reader takes none.
func bitWidth(n int) int { return max(bits.Len(uint(n-1)), 1) }

// element is the column in the schema.
func (c Column) element() format.SchemaElement {
	e := format.SchemaElement{Name: c.Name, Type: new(format.Type), RepetitionType: new(format.FieldRepetitionType)}
	*e.Type, *e.RepetitionType = c.physical(), format.Optional
	converted := func(t deprecated.ConvertedType) { e.ConvertedType = &t }
	switch c.Kind {
	case Text:
		converted(deprecated.UTF8)
		e.LogicalType = &format.LogicalType{UTF8: &format.StringType{}}
	case Decimal:
		precision, scale := int32(c.Precision), int32(c.Scale) //nolint:gosec // at most 18
		converted(deprecated.Decimal)
		e.Precision, e.Scale = &precision, &scale
		e.LogicalType = &format.LogicalType{Decimal: &format.DecimalType{Precision: precision, Scale: scale}}
	case Date:
		converted(deprecated.Date)
		e.LogicalType = &format.LogicalType{Date: &format.DateType{}}
	case Timestamp:
		converted(deprecated.TimestampMicros)
		e.LogicalType = &format.LogicalType{Timestamp: &format.TimestampType{
			IsAdjustedToUTC: true, Unit: format.TimeUnit{Micros: &format.MicroSeconds{}},
		}}
	case Int64, Double, Bool:
	}
	return e
}

func (c Column) physical() format.Type {
	switch c.Kind {
	case Text:
		return format.ByteArray
	case Double:
		return format.Double
	case Bool:
		return format.Boolean
	case Date:
		return format.Int32
	case Int64, Decimal, Timestamp:
	}
	return format.Int64
}
