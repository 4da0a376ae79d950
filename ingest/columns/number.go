package columns

import (
	"math"
	"math/big"
	"strconv"
	"unsafe"
)

// shape is what the text of a number looks like.
type shape uint8

const (
	noNumber   shape = iota
	whole            // an optional minus and digits
	fractional       // with a point or an exponent
	special          // NaN and infinity
)

// numberShape looks at text that may be a number: a minus or none, no plus, no
// leading zero, digits, perhaps a point and digits, perhaps an exponent.
// significant counts the digits without leading zeros.
func numberShape(b []byte) (s shape, significant int) {
	i := 0
	if len(b) > 0 && b[0] == '-' {
		i++
	}
	start := i
	for i < len(b) && isDigit(b[i]) {
		i++
	}
	wholeDigits := i - start
	if wholeDigits > 1 && b[start] == '0' {
		return noNumber, 0
	}
	if i == len(b) {
		if wholeDigits == 0 {
			return noNumber, 0
		}
		return whole, wholeDigits
	}
	if wholeDigits == 0 && isSpecial(b) {
		return special, 0
	}
	significant = wholeDigits
	zero := wholeDigits == 0 || b[start] == '0'
	if zero {
		significant = 0
	}
	if b[i] == '.' {
		point := i
		for i++; i < len(b) && isDigit(b[i]); i++ {
			if zero && b[i] == '0' {
				continue
			}
			zero = false
			significant++
		}
		if i == point+1 {
			return noNumber, 0
		}
	} else if wholeDigits == 0 {
		return noNumber, 0
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		first := i
		for i < len(b) && isDigit(b[i]) {
			i++
		}
		if i == first {
			return noNumber, 0
		}
	}
	if i < len(b) {
		return noNumber, 0
	}
	return fractional, significant
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isSpecial(b []byte) bool {
	switch string(b) {
	case "NaN", "nan", "inf", "Infinity", "Inf", "-inf", "-Infinity", "-Inf":
		return true
	}
	return false
}

// parseInt reads a whole number of 64 bits.
func parseInt(b []byte) (int64, bool) {
	if len(b) > 18 {
		x, err := strconv.ParseInt(view(b), 10, 64)
		return x, err == nil
	}
	i, negative := 0, false
	if len(b) > 0 && b[0] == '-' {
		i, negative = 1, true
	}
	var x int64
	for _, c := range b[i:] {
		x = 10*x + int64(c-'0')
	}
	if negative {
		x = -x
	}
	return x, true
}

// wholeOf reads a number as a whole one: 12, and 12.0, which says the same.
func wholeOf(b []byte, s shape) (int64, bool) {
	if s == whole {
		if len(b) == 2 && b[0] == '-' && b[1] == '0' {
			return 0, false // -0 is another number than 0 for those who write it
		}
		return parseInt(b)
	}
	for i, c := range b {
		if c != '.' {
			continue
		}
		for _, c := range b[i+1:] {
			if c != '0' {
				return 0, false
			}
		}
		if i == 0 || b[i-1] == '-' || string(b[:i]) == "-0" {
			return 0, false
		}
		return parseInt(b[:i])
	}
	return 0, false
}

// parseFloat reads a number that has the shape of one. ok is false where it is
// beyond what a float64 can hold, or so small that nothing would be left of it.
func parseFloat(b []byte) (float64, bool) {
	if x, ok := quickFloat(b); ok {
		return x, true
	}
	x, err := strconv.ParseFloat(view(b), 64)
	return x, err == nil && (x != 0 || isZero(b))
}

// isZero reports whether a number has no digit but 0 before its exponent.
func isZero(b []byte) bool {
	for _, c := range b {
		switch {
		case c == 'e' || c == 'E':
			return true
		case c >= '1' && c <= '9':
			return false
		}
	}
	return true
}

// quickFloat reads a number of at most 15 digits without an exponent: both the
// digits and the power of ten are exact, and so one division rounds right
// (W. D. Clinger, How to read floating point numbers accurately, 1990).
func quickFloat(b []byte) (float64, bool) {
	i, negative := 0, false
	if len(b) > 0 && b[0] == '-' {
		i, negative = 1, true
	}
	if len(b)-i > 16 {
		return 0, false
	}
	var digits uint64
	places := -1
	for ; i < len(b); i++ {
		c := b[i]
		switch {
		case isDigit(c):
			digits = digits*10 + uint64(c-'0')
			if places >= 0 {
				places++
			}
		case c == '.' && places < 0:
			places = 0
		default:
			return 0, false
		}
	}
	if digits > 1<<53 {
		return 0, false
	}
	x := float64(digits)
	if places > 0 {
		x /= powerOfTen(places)
	}
	if negative {
		x = -x
	}
	return x, true
}

// powerOfTen is 10^n for n up to 22, exactly.
func powerOfTen(n int) float64 {
	return [...]float64{
		1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
		1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
	}[n]
}

// exactFloat is a whole number as a float64, if that is the same number.
func exactFloat(b []byte) (float64, bool) {
	x, ok := parseFloat(b)
	if !ok {
		return 0, false
	}
	if math.Abs(x) < 1<<53 {
		return x, true
	}
	n, ok := new(big.Int).SetString(string(b), 10)
	if !ok {
		return 0, false
	}
	back, _ := big.NewFloat(x).Int(nil)
	return x, n.Cmp(back) == 0
}

// maxExponent bounds the exponents that a DECIMAL is read with, maxDecimal the
// length of its text: far more than 38 digits need, and little enough for
// arithmetic whose time grows with the square.
const (
	maxExponent = 100
	maxDecimal  = 1000
)

// parseDecimal reads a number as units of 10^-scale, if it has at most that many
// places (zeros aside) and at most precision digits.
func parseDecimal(b []byte, precision, scale int) (*big.Int, bool) {
	if len(b) > maxDecimal {
		return nil, false
	}
	digits := make([]byte, 0, 48)
	negative, point, places, i := false, false, 0, 0
	if len(b) > 0 && b[0] == '-' {
		negative, i = true, 1
	}
	for ; i < len(b) && b[i] != 'e' && b[i] != 'E'; i++ {
		if b[i] == '.' {
			point = true
			continue
		}
		digits = append(digits, b[i])
		if point {
			places++
		}
	}
	if i < len(b) {
		exponent, err := strconv.Atoi(string(b[i+1:]))
		if err != nil || exponent > maxExponent || exponent < -maxExponent {
			return nil, false
		}
		places -= exponent
	}
	for ; places < scale; places++ {
		digits = append(digits, '0')
	}
	for ; places > scale; places-- {
		if len(digits) > 0 {
			if digits[len(digits)-1] != '0' {
				return nil, false
			}
			digits = digits[:len(digits)-1]
		}
	}
	if len(digits) == 0 {
		digits = append(digits, '0')
	}
	n, ok := new(big.Int).SetString(string(digits), 10)
	if !ok || n.Cmp(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(precision)), nil)) >= 0 {
		return nil, false
	}
	if negative {
		n.Neg(n)
	}
	return n, true
}

// appendWide adds n as 16 bytes, big-endian, in two's complement.
func appendWide(dst []byte, n *big.Int) []byte {
	var b [16]byte
	if n.Sign() < 0 {
		n = new(big.Int).Add(n, new(big.Int).Lsh(big.NewInt(1), 128))
	}
	n.FillBytes(b[:])
	return append(dst, b[:]...)
}

// view is b as a string, for the length of a call that only reads it.
func view(b []byte) string {
	return unsafe.String(unsafe.SliceData(b), len(b)) //nolint:gosec // the callers keep nothing of it
}

// smallDecimal is parseDecimal for at most 18 digits; most numbers have no
// exponent and no place too many.
func smallDecimal(b []byte, precision, scale int) (int64, bool) {
	i, negative := 0, false
	if len(b) > 0 && b[0] == '-' {
		i, negative = 1, true
	}
	var digits int64
	places := -1
	for ; i < len(b) && i < maxSmall && places < scale; i++ {
		switch c := b[i]; {
		case isDigit(c):
			digits = digits*10 + int64(c-'0')
			if places >= 0 {
				places++
			}
		case c == '.' && places < 0:
			places = 0
		default:
			return slowDecimal(b, precision, scale)
		}
	}
	if i < len(b) || len(b) > maxSmall-scale {
		return slowDecimal(b, precision, scale)
	}
	for places = max(places, 0); places < scale; places++ {
		digits *= 10
	}
	if negative {
		digits = -digits
	}
	limit := int64(powerOfTen(precision))
	return digits, digits < limit && digits > -limit
}

func slowDecimal(b []byte, precision, scale int) (int64, bool) {
	n, ok := parseDecimal(b, precision, scale)
	if !ok {
		return 0, false
	}
	return n.Int64(), true
}
