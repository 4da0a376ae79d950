package fake

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"
)

func appendInt(dst []byte, n int64) []byte { return strconv.AppendInt(dst, n, 10) }

func appendFloat(dst []byte, f float64) []byte { return strconv.AppendFloat(dst, f, 'g', -1, 64) }

func appendBool(dst []byte, n int64) []byte { return strconv.AppendBool(dst, n != 0) }

// appendDecimal adds a number with scale digits behind the point.
func appendDecimal(dst []byte, unscaled int64, scale int) []byte {
	n := uint64(unscaled) //nolint:gosec // two's complement
	if unscaled < 0 {
		dst = append(dst, '-')
		n = -n
	}
	if scale == 0 {
		return strconv.AppendUint(dst, n, 10)
	}
	start := len(dst)
	dst = strconv.AppendUint(dst, n, 10)
	for len(dst)-start <= scale {
		dst = append(dst, 0)
		copy(dst[start+1:], dst[start:])
		dst[start] = '0'
	}
	point := len(dst) - scale
	dst = append(dst, 0)
	copy(dst[point+1:], dst[point:])
	dst[point] = '.'
	return dst
}

// appendDate adds a date, given as days since 1970.
func appendDate(dst []byte, day int64) []byte {
	return time.Unix(day*86400, 0).UTC().AppendFormat(dst, time.DateOnly)
}

// dayText writes times as RFC 3339 in UTC with microseconds. It remembers the
// day, since most times are of the same day as the one before.
type dayText struct {
	day  int64
	text []byte // "2025-01-31T"; empty at the beginning
}

func (d *dayText) append(dst []byte, micros int64) []byte {
	day := micros / dayMicros
	rest := micros % dayMicros
	if rest < 0 {
		day, rest = day-1, rest+dayMicros
	}
	if day != d.day || len(d.text) == 0 {
		d.day, d.text = day, append(appendDate(d.text[:0], day), 'T')
	}
	dst = append(dst, d.text...)
	seconds := rest / 1e6
	dst = appendDigits(dst, seconds/3600, 2)
	dst = appendDigits(append(dst, ':'), seconds/60%60, 2)
	dst = appendDigits(append(dst, ':'), seconds%60, 2)
	dst = appendDigits(append(dst, '.'), rest%1e6, 6)
	return append(dst, 'Z')
}

// appendDigits adds the last digits of n, with zeros in front.
func appendDigits(dst []byte, n int64, digits int) []byte {
	dst = append(dst, "000000"[:digits]...)
	for i := len(dst) - 1; n > 0; i-- {
		dst[i] = byte('0' + n%10)
		n /= 10
	}
	return dst
}

// quoteCSV adds a text as RFC 4180 has it. The empty text is quoted, so that
// it is not NULL, which is nothing at all.
func quoteCSV(dst, text []byte) []byte {
	if len(text) > 0 && !bytes.ContainsAny(text, ",\"\r\n") && text[0] != ' ' && text[len(text)-1] != ' ' {
		return append(dst, text...)
	}
	dst = append(dst, '"')
	for _, c := range text {
		if c == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}

// quoteJSON adds a text as JSON has it.
func quoteJSON(dst, text []byte) []byte {
	simple := utf8.Valid(text)
	for _, c := range text {
		simple = simple && c >= ' ' && c != '"' && c != '\\'
	}
	if simple {
		return append(append(append(dst, '"'), text...), '"')
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(string(text)) // a text always encodes
	return append(dst, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
}
