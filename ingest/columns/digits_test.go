package columns

import (
	"math/rand/v2"
	"strconv"
	"testing"
)

func TestKeepsDigits(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"1.5": true, "-0.1": true, "0.30000000000000004": true, "1.7976931348623157e308": true, "5e-324": true,
		"99999999999999.99": false, "12345678901234.567890": false, "-99999999999999.99": false, "0.1234567890123456789": false,
		"1234567890123.12500": true, "0.0000012345678901234567": true, "9007199254740993.5": false, "1234567.891234567e2": true,
	} {
		_, digits := numberShape([]byte(text))
		if got := keepsDigits([]byte(text), digits); got != want {
			t.Errorf("%s (%d digits): %v, want %v", text, digits, got, want)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 100_000 { // what programs print of a float64 is kept
		x := random.NormFloat64() * 1e3
		text := strconv.FormatFloat(x, 'f', -1, 64)
		s, digits := numberShape([]byte(text))
		if s == fractional && digits <= maxDigits && !keepsDigits([]byte(text), digits) {
			t.Fatalf("%s is not kept", text)
		}
	}
}
