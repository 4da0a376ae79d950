package parquetfile

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/parquet-go/parquet-go/format"
)

// bounds are the least and the greatest value of a column chunk, in the order
// that the format gives to the column's type.
type bounds struct {
	some                bool // a value was seen
	nan                 bool // one that has no order: there are no bounds
	lowInt, highInt     int64
	lowFloat, highFloat float64
	low, high           []byte // not copied
}

func (b *bounds) ints(values []int64) {
	if len(values) == 0 {
		return
	}
	if !b.some {
		b.some, b.lowInt, b.highInt = true, values[0], values[0]
	}
	low, high := b.lowInt, b.highInt
	for _, x := range values {
		low, high = min(low, x), max(high, x)
	}
	b.lowInt, b.highInt = low, high
}

func (b *bounds) floats(values []float64) {
	if !b.some {
		b.lowFloat, b.highFloat = math.Inf(1), math.Inf(-1)
	}
	low, high, nan := b.lowFloat, b.highFloat, b.nan
	for _, x := range values {
		if x < low {
			low = x
		}
		if x > high {
			high = x
		}
		nan = nan || x != x
	}
	b.lowFloat, b.highFloat, b.nan = low, high, nan
	b.some = b.some || len(values) > 0
}

// text takes a value that sorts by its bytes.
func (b *bounds) text(value []byte) {
	if !b.some {
		b.some, b.low, b.high = true, value, value
		return
	}
	if bytes.Compare(value, b.low) < 0 {
		b.low = value
	}
	if bytes.Compare(value, b.high) > 0 {
		b.high = value
	}
}

// wide takes a number of 128 bits.
func (b *bounds) wide(value []byte) {
	if !b.some {
		b.some, b.low, b.high = true, value, value
		return
	}
	if wideLess(value, b.low) {
		b.low = value
	}
	if wideLess(b.high, value) {
		b.high = value
	}
}

func wideLess(a, b []byte) bool {
	x, y := int64(binary.BigEndian.Uint64(a)), int64(binary.BigEndian.Uint64(b)) //nolint:gosec // bits
	if x != y {
		return x < y
	}
	return binary.BigEndian.Uint64(a[8:]) < binary.BigEndian.Uint64(b[8:])
}

// prefix is the first eight bytes as a number that sorts like them.
func prefix(text []byte) uint64 {
	if len(text) >= 8 {
		return binary.BigEndian.Uint64(text)
	}
	var b [8]byte
	copy(b[:], text)
	return binary.BigEndian.Uint64(b[:])
}

// maxBound is how long a text may be to stand in the statistics.
const maxBound = 64

// set puts the bounds into statistics, where there are any.
func (b *bounds) set(s *format.Statistics, kind Kind) {
	if !b.some || b.nan {
		return
	}
	switch kind {
	case Text, Blob, Wide:
		if len(b.low) <= maxBound && len(b.high) <= maxBound {
			s.MinValue, s.MaxValue = bytes.Clone(b.low), bytes.Clone(b.high)
		}
	case Double:
		low, high := b.lowFloat, b.highFloat
		if low == 0 { // readers may take the two zeros for different
			low = math.Copysign(0, -1)
		}
		if high == 0 {
			high = 0
		}
		s.MinValue = binary.LittleEndian.AppendUint64(nil, math.Float64bits(low))
		s.MaxValue = binary.LittleEndian.AppendUint64(nil, math.Float64bits(high))
	default:
		s.MinValue, s.MaxValue = appendInt(nil, kind, b.lowInt), appendInt(nil, kind, b.highInt)
	}
}

// appendInt adds one value as statistics and dictionaries have it.
func appendInt(dst []byte, kind Kind, x int64) []byte {
	switch kind {
	case Bool:
		return append(dst, byte(x)) //nolint:gosec // 0 or 1
	case Date:
		return binary.LittleEndian.AppendUint32(dst, uint32(x)) //nolint:gosec // bits
	default:
		return binary.LittleEndian.AppendUint64(dst, uint64(x)) //nolint:gosec // bits
	}
}
