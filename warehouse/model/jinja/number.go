package jinja

import (
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"strings"
)

// Bounds that keep one operation from eating the machine.
const (
	maxNesting  = 500       // of values in values, for repr, comparison, hashing
	maxIntBits  = 1 << 22   // of an integer
	maxIntText  = 4300      // digits of an integer as text, as Python's
	maxRange    = 100_000   // of range(), as the sandbox's
	maxTextSize = 128 << 20 // bytes of one string
	maxItems    = 4 << 20   // of one list
)

func tooDeep() error {
	return Errorf(RecursionError, "maximum recursion depth exceeded")
}

func tooLarge() error {
	return Errorf(MemoryError, "the value would be too large")
}

// normInt makes int64 of a big integer where it fits.
func normInt(n *big.Int) Value {
	if n.IsInt64() {
		return n.Int64()
	}
	return n
}

// asBig returns an integer (or bool) as *big.Int.
func asBig(v Value) (*big.Int, bool) {
	switch v := v.(type) {
	case int64:
		return big.NewInt(v), true
	case *big.Int:
		return v, true
	case bool:
		if v {
			return big.NewInt(1), true
		}
		return new(big.Int), true
	}
	return nil, false
}

// asInt returns an integer (or bool) that fits int64.
func asInt(v Value) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case bool:
		if v {
			return 1, true
		}
		return 0, true
	}
	return 0, false
}

// isInt says whether v is an integer or a bool.
func isInt(v Value) bool {
	switch v.(type) {
	case int64, bool, *big.Int:
		return true
	}
	return false
}

// isNumber says whether v is an int, a bool or a float.
func isNumber(v Value) bool {
	_, f := v.(float64)
	return f || isInt(v)
}

// asFloat converts int, bool and float; an int beyond float64 is an error.
func asFloat(v Value) (f float64, ok bool, err error) {
	switch v := v.(type) {
	case float64:
		return v, true, nil
	case int64:
		return float64(v), true, nil
	case bool:
		if v {
			return 1, true, nil
		}
		return 0, true, nil
	case *big.Int:
		f, _ := new(big.Float).SetInt(v).Float64()
		if math.IsInf(f, 0) {
			return 0, true, Errorf(OverflowError, "int too large to convert to float")
		}
		return f, true, nil
	}
	return 0, false, nil
}

// intText is str() of an integer.
func intText(n *big.Int) (string, error) {
	if n.BitLen() > maxIntText*4 || n.BitLen() > 14000 && len(n.Text(10)) > maxIntText+1 {
		return "", Errorf(ValueError, "Exceeds the limit (%d digits) for integer string conversion", maxIntText)
	}
	return n.String(), nil
}

func addInt(a, b int64) Value {
	if c := a + b; (c > a) == (b > 0) {
		return c
	}
	return normInt(new(big.Int).Add(big.NewInt(a), big.NewInt(b)))
}

func subInt(a, b int64) Value {
	if c := a - b; (c < a) == (b > 0) {
		return c
	}
	return normInt(new(big.Int).Sub(big.NewInt(a), big.NewInt(b)))
}

func mulInt(a, b int64) Value {
	hi, lo := bits.Mul64(uint64(absInt(a)), uint64(absInt(b))) //nolint:gosec // absInt's values are no less than 0
	if hi == 0 && lo < 1<<63 && a != math.MinInt64 && b != math.MinInt64 {
		return a * b
	}
	return normInt(new(big.Int).Mul(big.NewInt(a), big.NewInt(b)))
}

func absInt(a int64) int64 {
	if a < 0 {
		return -a
	}
	return a
}

// floorDiv is Python's // and %: the remainder has the divisor's sign.
func floorDiv(a, b *big.Int) (q, r *big.Int) {
	q, r = new(big.Int).QuoRem(a, b, new(big.Int))
	if r.Sign() != 0 && (r.Sign() < 0) != (b.Sign() < 0) {
		q.Sub(q, big.NewInt(1))
		r.Add(r, b)
	}
	return q, r
}

func floorMod(a, b float64) (q, r float64) {
	r = math.Mod(a, b)
	if r != 0 && (r < 0) != (b < 0) {
		r += b
	} else if r == 0 {
		r = math.Copysign(0, b)
	}
	q = math.Floor(a / b)
	if d := (a - r) / b; d != 0 || q == 0 {
		q = math.Floor(d)
		if d-q > 0.5 {
			q++
		}
	}
	return q, r
}

func powInt(a, b *big.Int) (Value, error) {
	if b.Sign() < 0 {
		if a.Sign() == 0 {
			return nil, Errorf(ZeroDivisionError, "0.0 cannot be raised to a negative power")
		}
		x, _, err := asFloat(normInt(a))
		if err != nil {
			return nil, err
		}
		y, _, err := asFloat(normInt(b))
		if err != nil {
			return nil, err
		}
		return math.Pow(x, y), nil
	}
	if a.BitLen() > 1 && (!b.IsInt64() || b.Int64() > maxIntBits || int64(a.BitLen()-1)*b.Int64() > maxIntBits) {
		return nil, tooLarge()
	}
	if !b.IsInt64() { // a is -1, 0 or 1
		b = new(big.Int).Add(big.NewInt(2), new(big.Int).And(b, big.NewInt(1)))
	}
	return normInt(new(big.Int).Exp(a, b, nil)), nil
}

func powFloat(a, b float64) (Value, error) {
	if a == 0 && b < 0 {
		return nil, Errorf(ZeroDivisionError, "0.0 cannot be raised to a negative power")
	}
	r := math.Pow(a, b)
	if math.IsInf(r, 0) && !math.IsInf(a, 0) && !math.IsInf(b, 0) {
		return nil, Errorf(OverflowError, "(34, 'Numerical result out of range')")
	}
	if math.IsNaN(r) && !math.IsNaN(a) && !math.IsNaN(b) {
		return nil, Errorf(ValueError, "complex numbers are not supported")
	}
	return r, nil
}

// divInt is true division, correctly rounded.
func divInt(a, b *big.Int) (Value, error) {
	if b.Sign() == 0 {
		return nil, Errorf(ZeroDivisionError, "division by zero")
	}
	if a.BitLen() <= 53 && b.BitLen() <= 53 {
		return float64(a.Int64()) / float64(b.Int64()), nil
	}
	f, _ := new(big.Rat).SetFrac(a, b).Float64()
	if math.IsInf(f, 0) {
		return nil, Errorf(OverflowError, "integer division result too large for a float")
	}
	return f, nil
}

// parseInt is int(text, base). Base 0 reads prefixes.
func parseInt(s string, base int) (Value, bool) {
	s = strings.TrimFunc(s, isSpace)
	sign := ""
	if strings.HasPrefix(s, "-") || strings.HasPrefix(s, "+") {
		if s[0] == '-' {
			sign = "-"
		}
		s = s[1:]
	}
	if len(s) > 1 && s[0] == '0' {
		prefix := map[byte]int{'x': 16, 'o': 8, 'b': 2}[s[1]|0x20]
		if prefix != 0 && (base == prefix || base == 0) {
			s, base = strings.TrimPrefix(s[2:], "_"), prefix
		} else if base == 0 && strings.Trim(s, "0_") != "" {
			return nil, false
		}
	}
	if base == 0 {
		base = 10
	}
	s = asciiDigits(s)
	if s == "" || strings.HasPrefix(s, "_") || strings.HasSuffix(s, "_") || strings.Contains(s, "__") ||
		strings.ContainsAny(s, "+-") {
		return nil, false
	}
	if strings.Contains(s, "_") {
		s = strings.ReplaceAll(s, "_", "")
	}
	if len(s) > maxIntText && base&(base-1) != 0 || len(s) > maxIntBits/4 {
		return nil, false
	}
	if n, err := strconv.ParseInt(sign+s, base, 64); err == nil {
		return n, true
	}
	n, ok := new(big.Int).SetString(sign+s, base)
	if !ok {
		return nil, false
	}
	return normInt(n), true
}

// parseFloat is float(text).
func parseFloat(s string) (float64, bool) {
	s = asciiDigits(strings.TrimFunc(s, isSpace))
	low := strings.ToLower(strings.TrimLeft(s, "+-"))
	if len(s)-len(low) > 1 || low == "" {
		return 0, false
	}
	switch low {
	case "inf", "infinity", "nan":
	default:
		if strings.Trim(low, "0123456789.e+-_") != "" {
			return 0, false
		}
		for i := range low { // underscores stand between digits only
			if low[i] == '_' && (i == 0 || i == len(low)-1 || !isDigit(low[i-1]) || !isDigit(low[i+1])) {
				return 0, false
			}
		}
		s = strings.ReplaceAll(s, "_", "")
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0, false
	}
	return f, true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
