package jsontext

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"
)

// MaxDepth is how deep arrays and objects may be nested.
const MaxDepth = 512

// ErrEnd says that a text ends in the middle of a value.
var ErrEnd = errors.New("the JSON text ends too early")

// SyntaxError is a byte that cannot stand where it does.
type SyntaxError struct {
	Offset int // of the byte, from 0
	What   string
}

// Error says what is wrong, and where.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("no valid JSON: %s at byte %d", e.What, e.Offset+1)
}

func wrong(at int, format string, args ...any) error {
	return &SyntaxError{Offset: at, What: fmt.Sprintf(format, args...)}
}

// Space returns the index of the first byte from i on that is not white space.
func Space(data []byte, i int) int {
	for i < len(data) {
		switch data[i] {
		case ' ', '\t', '\n', '\r':
			i++
		default:
			return i
		}
	}
	return i
}

// Valid reports what is wrong with data, which must be one value with nothing
// but white space around it.
func Valid(data []byte) error {
	end, err := Value(data, Space(data, 0))
	if err != nil {
		return err
	}
	if end = Space(data, end); end < len(data) {
		return wrong(end, "more text behind the value")
	}
	return nil
}

// Value returns the end of the value that begins at data[i].
func Value(data []byte, i int) (end int, err error) { return value(data, i, 0) }

func value(data []byte, i, depth int) (int, error) {
	if i >= len(data) {
		return i, ErrEnd
	}
	switch c := data[i]; {
	case c == '"':
		end, _, err := String(data, i)
		return end, err
	case c == '{':
		return object(data, i, depth+1)
	case c == '[':
		return array(data, i, depth+1)
	case c == '-' || c >= '0' && c <= '9':
		end, _, err := Number(data, i)
		return end, err
	}
	return Literal(data, i)
}

// Literal returns the end of true, false or null.
func Literal(data []byte, i int) (end int, err error) {
	for _, word := range [...]string{"true", "false", "null"} {
		if data[i] != word[0] {
			continue
		}
		n := min(len(word), len(data)-i)
		if string(data[i:i+n]) != word[:n] {
			break
		}
		if n < len(word) {
			return len(data), ErrEnd
		}
		return i + n, nil
	}
	return i, wrong(i, "unexpected %q", rune(data[i]))
}

func object(data []byte, i, depth int) (int, error) {
	if depth > MaxDepth {
		return i, wrong(i, "more than %d levels", MaxDepth)
	}
	i = Space(data, i+1)
	if i < len(data) && data[i] == '}' {
		return i + 1, nil
	}
	for {
		_, _, next, err := Key(data, i)
		if err != nil {
			return next, err
		}
		if i, err = value(data, next, depth); err != nil {
			return i, err
		}
		var more bool
		if i, more, err = Next(data, i, '}'); err != nil || !more {
			return i, err
		}
	}
}

func array(data []byte, i, depth int) (int, error) {
	if depth > MaxDepth {
		return i, wrong(i, "more than %d levels", MaxDepth)
	}
	i = Space(data, i+1)
	if i < len(data) && data[i] == ']' {
		return i + 1, nil
	}
	for {
		var err error
		if i, err = value(data, i, depth); err != nil {
			return i, err
		}
		var more bool
		if i, more, err = Next(data, i, ']'); err != nil || !more {
			return i, err
		}
	}
}

// Key reads the name of an object's member at data[i], and the colon behind it:
// the name's text within the quotes is data[i+1:end], plain as String says; the
// member's value begins at next.
func Key(data []byte, i int) (end int, plain bool, next int, err error) {
	if i >= len(data) {
		return i, false, i, ErrEnd
	}
	if data[i] != '"' {
		return i, false, i, wrong(i, "%q where a member's name should be", rune(data[i]))
	}
	end, plain, err = String(data, i)
	if err != nil {
		return end, plain, end, err
	}
	next = end
	if next < len(data) && data[next] != ':' {
		next = Space(data, next)
	}
	if next >= len(data) {
		return end - 1, plain, next, ErrEnd
	}
	if data[next] != ':' {
		return end - 1, plain, next, wrong(next, "%q where a colon should be", rune(data[next]))
	}
	return end - 1, plain, Space(data, next+1), nil
}

// Next goes on behind an element or a member that ends at data[i]: to the next
// one, or behind closing, with more false.
func Next(data []byte, i int, closing byte) (next int, more bool, err error) {
	if i < len(data) && data[i] != ',' {
		i = Space(data, i)
	}
	if i >= len(data) {
		return i, false, ErrEnd
	}
	switch data[i] {
	case ',':
		return Space(data, i+1), true, nil
	case closing:
		return i + 1, false, nil
	}
	return i, false, wrong(i, "%q where a comma or %q should be", rune(data[i]), rune(closing))
}

// Number returns the end of the number that begins at data[i]; whole says that
// it has neither a fraction nor an exponent.
func Number(data []byte, i int) (end int, whole bool, err error) {
	start := i
	if data[i] == '-' {
		i++
	}
	switch {
	case i >= len(data):
		return i, false, ErrEnd
	case data[i] == '0':
		i++
	case data[i] >= '1' && data[i] <= '9':
		i = digits(data, i)
	default:
		return i, false, wrong(i, "%q in a number", rune(data[i]))
	}
	whole = true
	if i < len(data) && data[i] == '.' {
		whole = false
		if i, err = someDigits(data, i+1); err != nil {
			return i, false, err
		}
	}
	if i < len(data) && (data[i] == 'e' || data[i] == 'E') {
		whole = false
		i++
		if i < len(data) && (data[i] == '+' || data[i] == '-') {
			i++
		}
		if i, err = someDigits(data, i); err != nil {
			return i, false, err
		}
	}
	if i < len(data) && (data[i] >= '0' && data[i] <= '9' || data[i] == '.' || data[i] == '-' || data[i] == '+') {
		return i, false, wrong(start, "a number with a leading zero or too many signs")
	}
	return i, whole, nil
}

func digits(data []byte, i int) int {
	for i < len(data) && data[i] >= '0' && data[i] <= '9' {
		i++
	}
	return i
}

func someDigits(data []byte, i int) (int, error) {
	end := digits(data, i)
	switch {
	case end > i:
		return end, nil
	case i >= len(data):
		return i, ErrEnd
	}
	return i, wrong(i, "%q in a number", rune(data[i]))
}

// Masks of eight bytes at a time.
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// String returns the end of the string that begins with the quote at data[i].
// plain says that what stands between the quotes is the text itself: there is no
// escape in it.
func String(data []byte, i int) (end int, plain bool, err error) {
	i++
	for i+8 <= len(data) {
		x := binary.LittleEndian.Uint64(data[i:])
		quote, slash := x^(ones*'"'), x^(ones*'\\')
		special := (x - ones*0x20) | (quote - ones) | (slash - ones) | x
		if special&highs == 0 {
			i += 8
			continue
		}
		break
	}
	for i < len(data) {
		switch c := data[i]; {
		case c == '"':
			return i + 1, true, nil
		case c == '\\', c < 0x20, c >= utf8.RuneSelf:
			return slowString(data, i)
		}
		i++
	}
	return i, false, ErrEnd
}

// slowString goes on where a string has an escape, a control character or
// something beyond ASCII.
func slowString(data []byte, i int) (end int, plain bool, err error) {
	plain = true
	for i < len(data) {
		switch c := data[i]; {
		case c == '"':
			return i + 1, plain, nil
		case c == '\\':
			plain = false
			if i, err = escape(data, i); err != nil {
				return i, false, err
			}
		case c < 0x20:
			return i, false, wrong(i, "the control character %#02x in a string", c)
		case c < utf8.RuneSelf:
			i++
		default:
			_, n := utf8.DecodeRune(data[i:])
			if n == 1 {
				if !utf8.FullRune(data[i:]) {
					return len(data), false, ErrEnd
				}
				return i, false, wrong(i, "the byte %#02x, which is not UTF-8,", c)
			}
			i += n
		}
	}
	return i, false, ErrEnd
}

// escape returns the end of the escape at data[i]; a surrogate takes its pair
// with it.
func escape(data []byte, i int) (int, error) {
	if i+1 >= len(data) {
		return len(data), ErrEnd
	}
	switch data[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2, nil
	case 'u':
		_, end, err := unit(data, i)
		return end, err
	}
	return i, wrong(i, "the escape \\%c", rune(data[i+1]))
}
