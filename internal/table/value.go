package table

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Number is a number's exact digits, such as a DECIMAL's.
type Number string

// Field is one field of an Object.
type Field struct {
	Name  string
	Value any
}

// Object is named values in their order: a STRUCT, or a row.
type Object []Field

// MarshalJSON writes the object as the JSON rules of this package say.
func (o Object) MarshalJSON() ([]byte, error) { return AppendJSON(nil, o) }

// Count is a number for people, with thousands commas: 1,204,500.
func Count(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// Text is a value as people and CSV files read it, NULL as "". Times are RFC
// 3339 in UTC, nested values JSON, bytes outside of printable ASCII \xAB.
func Text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return floatText(v)
	case float32:
		return float32Text(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case Number:
		return string(v)
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	case []byte:
		return bytesText(v)
	case Object, []any, []string:
		data, err := AppendJSON(nil, v)
		if err != nil {
			return fmt.Sprint(v)
		}
		return string(data)
	}
	data, err := AppendJSON(nil, v)
	if err != nil {
		return fmt.Sprint(v)
	}
	var s string
	if len(data) > 0 && data[0] == '"' && json.Unmarshal(data, &s) == nil {
		return s
	}
	return string(data)
}

// AppendJSON appends a value's JSON to buf. It takes what Text takes, and else
// anything that encoding/json does.
func AppendJSON(buf []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(buf, "null"...), nil
	case bool:
		return strconv.AppendBool(buf, v), nil
	case string:
		return appendString(buf, v)
	case int64:
		return strconv.AppendInt(buf, v, 10), nil
	case uint64:
		return strconv.AppendUint(buf, v, 10), nil
	case float64:
		return appendFloat(buf, v, floatText(v)), nil
	case float32:
		return appendFloat(buf, float64(v), float32Text(v)), nil
	case Number:
		return append(buf, v...), nil
	case *big.Int:
		return append(buf, v.String()...), nil
	case []byte:
		return appendString(buf, bytesText(v))
	case time.Time:
		return appendString(buf, v.UTC().Format(time.RFC3339Nano))
	case []any:
		return appendList(buf, v)
	case Object:
		return appendObject(buf, v)
	}
	data, err := marshal(v)
	return append(buf, data...), err
}

func appendList(buf []byte, list []any) ([]byte, error) {
	buf = append(buf, '[')
	var err error
	for i, v := range list {
		if i > 0 {
			buf = append(buf, ',')
		}
		if buf, err = AppendJSON(buf, v); err != nil {
			return buf, err
		}
	}
	return append(buf, ']'), nil
}

func appendObject(buf []byte, o Object) ([]byte, error) {
	buf = append(buf, '{')
	var err error
	for i, f := range o {
		if i > 0 {
			buf = append(buf, ',')
		}
		if buf, err = appendString(buf, f.Name); err != nil {
			return buf, err
		}
		buf = append(buf, ':')
		if buf, err = AppendJSON(buf, f.Value); err != nil {
			return buf, err
		}
	}
	return append(buf, '}'), nil
}

func appendFloat(buf []byte, f float64, text string) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(append(append(buf, '"'), text...), '"')
	}
	return append(buf, text...)
}

func floatText(f float64) string { return spell(f, 64) }

func float32Text(f float32) string { return spell(float64(f), 32) }

// spell is the shortest text that reads back as the same number.
func spell(f float64, bits int) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	if size := math.Abs(f); size != 0 && (size < 1e-6 || size >= 1e21) {
		return strconv.FormatFloat(f, 'e', -1, bits)
	}
	return strconv.FormatFloat(f, 'f', -1, bits)
}

func bytesText(data []byte) string {
	var b strings.Builder
	for _, c := range data {
		if c < ' ' || c > '~' || c == '\\' {
			fmt.Fprintf(&b, `\x%02X`, c)
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// Printable makes control characters visible, so that a value with an escape
// sequence in it does nothing to a terminal. Line ends and tabs too, since they
// break a table.
func Printable(text string) string {
	if strings.IndexFunc(text, hidden) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if hidden(r) {
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// hidden tells characters that do something instead of showing: controls, and
// the format characters that turn the direction of text around them.
func hidden(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' ||
		(r >= '\u202a' && r <= '\u202e') || (r >= '\u2066' && r <= '\u2069')
}
