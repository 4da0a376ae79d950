package fake

import (
	"errors"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
)

// pager hands columns to the Parquet library. Its memory is used again for
// every row group.
type pager struct {
	rows    int
	defined []int16 // all 1: definition levels where nothing is NULL
	levels  []int16
	zeros   []int32
	days    []int32
	bools   []bool
	texts   []parquet.ByteArray
	ints    []int64
	floats  []float64
	index   []int32
	used    []bool
}

func (p *pager) reset(rows int) {
	p.rows = rows
	for len(p.defined) < rows {
		p.defined = append(p.defined, 1)
		p.zeros = append(p.zeros, 0)
	}
}

// write hands over a column; the type of w follows from the schema.
func (p *pager) write(w file.ColumnChunkWriter, v *vector) error {
	levels := p.definition(v.null)
	var err error
	switch w := w.(type) {
	case *file.Int64ColumnChunkWriter:
		_, err = w.WriteBatch(present(&p.ints, v.ints, v.null), levels, nil)
	case *file.Float64ColumnChunkWriter:
		_, err = w.WriteBatch(present(&p.floats, v.floats, v.null), levels, nil)
	case *file.Int32ColumnChunkWriter:
		p.days = p.days[:0]
		for _, x := range present(&p.ints, v.ints, v.null) {
			p.days = append(p.days, int32(x)) //nolint:gosec // days of 9999 years fit
		}
		_, err = w.WriteBatch(p.days, levels, nil)
	case *file.BooleanColumnChunkWriter:
		p.bools = p.bools[:0]
		for _, x := range present(&p.ints, v.ints, v.null) {
			p.bools = append(p.bools, x != 0)
		}
		_, err = w.WriteBatch(p.bools, levels, nil)
	case *file.ByteArrayColumnChunkWriter:
		if v.dict != nil {
			return p.writeIndex(w, v, levels)
		}
		_, err = w.WriteBatch(p.slices(v), levels, nil)
	default:
		err = errors.New("the column has a type that nobody writes")
	}
	return err
}

// definition are the definition levels of a column: 0 where it is NULL.
func (p *pager) definition(null []bool) []int16 {
	if null == nil {
		return p.defined[:p.rows]
	}
	p.levels = p.levels[:0]
	for _, isNull := range null {
		level := int16(1)
		if isNull {
			level = 0
		}
		p.levels = append(p.levels, level)
	}
	return p.levels
}

// present are the values that are not NULL, copied to scratch where any is.
func present[T any](scratch *[]T, values []T, null []bool) []T {
	if null == nil {
		return values
	}
	out := (*scratch)[:0]
	for i, x := range values {
		if !null[i] {
			out = append(out, x)
		}
	}
	*scratch = out
	return out
}

// slices are the texts that are not NULL.
func (p *pager) slices(v *vector) []parquet.ByteArray {
	p.texts = p.texts[:0]
	for i := range p.rows {
		if v.null == nil || !v.null[i] {
			p.texts = append(p.texts, v.text[v.ends[i]:v.ends[i+1]])
		}
	}
	return p.texts
}

// writeIndex hands over indexes into a dictionary as they are: no value is
// looked at.
func (p *pager) writeIndex(w *file.ByteArrayColumnChunkWriter, v *vector, levels []int16) error {
	if err := putDictionary(w, v.dict.arrow); err != nil {
		return err
	}
	index := present(&p.index, v.index, v.null)
	if err := updateStats(w, p.bounds(v.dict, index), len(index), p.rows-len(index)); err != nil {
		return err
	}
	return w.WriteDictIndices(int32Array(v.index, validity(v.null)), levels, nil)
}

// bounds are the least and the greatest of the values that are used.
func (p *pager) bounds(d *dictionary, index []int32) arrow.Array {
	p.used = append(p.used[:0], make([]bool, len(d.values))...)
	for _, i := range index {
		p.used[i] = true
	}
	low, high := -1, -1
	for i, used := range p.used {
		if !used {
			continue
		}
		if low < 0 || d.values[i] < d.values[low] {
			low = i
		}
		if high < 0 || d.values[i] > d.values[high] {
			high = i
		}
	}
	if low < 0 {
		return newDictionary().arrow
	}
	return newDictionary(d.values[low], d.values[high]).arrow
}

// constant is a column with one value in every row.
type constant struct{ values arrow.Array }

func newConstant(values arrow.Array) constant { return constant{values} }

func (p *pager) writeConstant(w file.ColumnChunkWriter, c *constant) error {
	if err := putDictionary(w, c.values); err != nil {
		return err
	}
	if err := updateStats(w, c.values, p.rows, 0); err != nil {
		return err
	}
	return w.WriteDictIndices(int32Array(p.zeros[:p.rows], nil), p.defined[:p.rows], nil)
}

func putDictionary(w file.ColumnChunkWriter, values arrow.Array) error {
	encoder, ok := w.CurrentEncoder().(interface{ PutDictionary(arrow.Array) error })
	if !ok {
		return errors.New("the column is not written with a dictionary")
	}
	return encoder.PutDictionary(values)
}

// updateStats tells the writer what WriteDictIndices does not look at.
func updateStats(w file.ColumnChunkWriter, bounds arrow.Array, values, nulls int) error {
	stats := w.PageStatistics()
	if stats == nil {
		return nil
	}
	stats.IncNumValues(int64(values))
	stats.IncNulls(int64(nulls))
	return stats.UpdateFromArrow(bounds, false)
}

// int32Array is an array of values of which valid has a bit for each that is
// not NULL; nil is all.
func int32Array(values []int32, valid *memory.Buffer) arrow.Array {
	buffer := memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(values))
	nulls := 0
	if valid != nil {
		nulls = array.UnknownNullCount // it counts them itself
	}
	data := array.NewData(arrow.PrimitiveTypes.Int32, len(values), []*memory.Buffer{valid, buffer}, nil, nulls, 0)
	return array.NewInt32Data(data)
}

// validity is the bitmap of the values that are not NULL; nil where all are.
func validity(null []bool) *memory.Buffer {
	if null == nil {
		return nil
	}
	bitmap := make([]byte, bitutil.BytesForBits(int64(len(null))))
	for i, isNull := range null {
		if !isNull {
			bitutil.SetBit(bitmap, i)
		}
	}
	return memory.NewBufferBytes(bitmap)
}

func timeArray(at time.Time) arrow.Array {
	buffer := memory.NewBufferBytes(arrow.Int64Traits.CastToBytes([]int64{at.UnixMicro()}))
	return array.NewTimestampData(array.NewData(arrow.FixedWidthTypes.Timestamp_us, 1, []*memory.Buffer{nil, buffer}, nil, 0, 0))
}
