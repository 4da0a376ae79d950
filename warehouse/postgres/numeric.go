package postgres

import (
	"encoding/binary"
	"math/bits"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/sqltype"
)

// magnitude is a whole number without its sign.
type magnitude struct {
	high, low uint64
	negative  bool
}

// decimalAt is a DECIMAL without its point.
func decimalAt(v *duck.Vector, t *sqltype.Type, row int) magnitude {
	var n int64
	switch {
	case t.Precision <= 4:
		n = int64(duck.At[int16](v, row))
	case t.Precision <= 9:
		n = int64(duck.At[int32](v, row))
	case t.Precision <= 18:
		n = duck.At[int64](v, row)
	default:
		return magnitudeOf(duck.At[duck.Int128](v, row))
	}
	if n < 0 {
		return magnitude{low: uint64(-n), negative: true}
	}
	return magnitude{low: uint64(n)}
}

func magnitudeOf(n duck.Int128) magnitude {
	m := magnitude{high: uint64(n.High), low: n.Low, negative: n.High < 0} //nolint:gosec // two's complement
	if m.negative {
		var borrow uint64
		m.low, borrow = bits.Sub64(0, m.low, 0)
		m.high, _ = bits.Sub64(0, m.high, borrow)
	}
	return m
}

// take divides by d, which is small, and returns the remainder.
func (m *magnitude) take(d uint64) uint64 {
	if m.high == 0 {
		rest := m.low % d
		m.low /= d
		return rest
	}
	high := m.high % d
	m.high /= d
	var rest uint64
	m.low, rest = bits.Div64(high, m.low, d)
	return rest
}

func (m *magnitude) zero() bool { return m.high|m.low == 0 }

// Of numeric's send format: the base of its digits, how many decimal digits one
// has, and the sign of negative numbers.
const (
	numericBase     = 10000
	digitsOfOne     = 4
	numericNegative = 0x4000
)

// mostGroups is what DECIMAL(38, s) has at most: ten, and one that the point splits.
const mostGroups = 11

// decimalField is numeric's send format: number of digits to the base 10000,
// the weight of the first, sign, decimals to show, and the digits.
func decimalField(dst []byte, m magnitude, scale int) []byte {
	sign := uint16(0)
	if m.negative {
		sign = numericNegative
	}
	var groups [mostGroups]uint16 // the last digit first
	n := 0
	if odd := scale % digitsOfOne; odd != 0 { // the last group is filled up with zeros
		power, fill := uint64(1), uint64(numericBase)
		for range odd {
			power, fill = power*10, fill/10
		}
		groups[0] = uint16(m.take(power) * fill) //nolint:gosec // below the base
		n = 1
	}
	for ; !m.zero(); n++ {
		groups[n] = uint16(m.take(numericBase)) //nolint:gosec // below the base
	}
	decimals := (scale + digitsOfOne - 1) / digitsOfOne // groups behind the point
	for n > 0 && groups[n-1] == 0 {                     // leading zeros
		n--
	}
	first := 0 // trailing zeros are not sent
	for first < n && groups[first] == 0 {
		first++
	}
	count := n - first
	weight := n - 1 - decimals
	if count == 0 {
		weight, sign = 0, 0
	}
	dst = binary.BigEndian.AppendUint32(dst, uint32(8+2*count)) //nolint:gosec // few
	dst = binary.BigEndian.AppendUint16(dst, uint16(count))     //nolint:gosec // few
	dst = binary.BigEndian.AppendUint16(dst, uint16(weight))
	dst = binary.BigEndian.AppendUint16(dst, sign)
	dst = binary.BigEndian.AppendUint16(dst, uint16(scale)) //nolint:gosec // at most 38
	for i := n - 1; i >= first; i-- {
		dst = binary.BigEndian.AppendUint16(dst, groups[i])
	}
	return dst
}

// appendDecimal writes a DECIMAL as text: -12.30.
func appendDecimal(dst []byte, m magnitude, scale int) []byte {
	var digits [40]byte
	at := len(digits)
	for n := 0; n <= scale || !m.zero(); n++ {
		if n == scale && scale > 0 {
			at--
			digits[at] = '.'
		}
		at--
		digits[at] = byte('0' + m.take(10)) //nolint:gosec // a digit
	}
	if m.negative {
		dst = append(dst, '-')
	}
	return append(dst, digits[at:]...)
}
