package api

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/kalpafall/df360/internal/fault"
)

// kind is what a value of the incremental field is.
type kind int

const (
	kindNone   kind = iota
	kindNumber      // a number, or a text of digits
	kindTime        // a text that is an ISO date or date-time
)

// moment is a value of the incremental field.
type moment struct {
	kind kind
	text string // as the server wrote it, without quotes
	at   time.Time
	form string // of a time, for time.Format
	num  decimal
}

// parseMoment reads a text or a number; the kind is none where it is neither a
// time nor a number.
func parseMoment(text string) moment {
	if num, ok := parseDecimal(text); ok {
		return moment{kind: kindNumber, text: text, num: num}
	}
	if at, form, ok := parseTime(text); ok {
		return moment{kind: kindTime, text: text, at: at, form: form}
	}
	return moment{}
}

// compare orders two of the same kind.
func (m moment) compare(o moment) int {
	if m.kind == kindTime {
		return m.at.Compare(o.at)
	}
	return m.num.compare(o.num)
}

// parseTime reads an ISO date, or date-time: without a zone it is UTC.
func parseTime(text string) (at time.Time, form string, ok bool) {
	const date = "2006-01-02"
	if len(text) < len(date) || len(text) > 64 || text[4] != '-' {
		return at, "", false
	}
	if len(text) == len(date) {
		at, err := time.Parse(date, text)
		return at, date, err == nil
	}
	between := text[len(date) : len(date)+1]
	if between != "T" && between != " " && between != "t" {
		return at, "", false
	}
	clock := "15:04:05"
	rest := text[len(date)+1:]
	if len(rest) < len(clock) || rest[5] != ':' {
		clock = "15:04"
	}
	digits := 0
	if i := len(clock); len(rest) > i && rest[i] == '.' {
		for digits = 0; i+1+digits < len(rest) && rest[i+1+digits] >= '0' && rest[i+1+digits] <= '9'; digits++ {
		}
		clock += "." + strings.Repeat("0", digits)
	}
	if digits > 9 {
		return at, "", false // finer than time is here
	}
	for _, zone := range []string{"Z07:00", "", "Z0700", "Z07", " Z07:00", " Z0700", " MST"} {
		form = date + between + clock + zone
		if zone == " MST" && !strings.HasSuffix(text, " UTC") && !strings.HasSuffix(text, " GMT") {
			continue
		}
		if at, err := time.Parse(form, text); err == nil {
			return at, form, true
		}
	}
	return at, "", false
}

// back is the text of a moment that is d earlier, in the form of the server.
func (m moment) back(d time.Duration) (string, error) {
	switch {
	case d == 0:
		return m.text, nil
	case m.kind == kindTime: // of a day, the one that the instant is in
		return m.at.Add(-d).Format(m.form), nil
	}
	return m.backEpoch(d)
}

// backEpoch is back for a number that is a time: seconds since 1970, or thousand,
// a million or a milliard times that, as its size tells.
func (m moment) backEpoch(d time.Duration) (string, error) {
	whole, fraction, _ := strings.Cut(m.text, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	unit := time.Duration(0)
	switch {
	case err != nil || n < 1e8 || strings.Trim(fraction, "0123456789") != "":
	case n < 1e11:
		unit = time.Second
	case n < 1e14:
		unit = time.Millisecond
	case n < 1e17:
		unit = time.Microsecond
	default:
		unit = time.Nanosecond
	}
	if unit == 0 {
		return "", fault.New(fault.Config, "--lookback goes back in time, and %s is no time", m.text)
	}
	steps := int64((d + unit - 1) / unit)
	out := strconv.FormatInt(n-steps, 10)
	if fraction != "" {
		out += "." + fraction
	}
	return out, nil
}

// decimal is a number of any size, to be compared exactly: 0.digits * 10^exponent.
type decimal struct {
	negative bool
	digits   string // without zeros around; "" is 0
	exponent int64
}

// parseDecimal reads a JSON number, or digits with zeros in front.
func parseDecimal(text string) (decimal, bool) {
	var d decimal
	rest, minus := strings.CutPrefix(text, "-")
	d.negative = minus
	mantissa, exponent := rest, ""
	if i := strings.IndexAny(rest, "eE"); i >= 0 {
		mantissa, exponent = rest[:i], rest[i+1:]
		n, err := strconv.ParseInt(exponent, 10, 64)
		if err != nil || n > 1e12 || n < -1e12 {
			return d, false
		}
		d.exponent = n
	}
	whole, fraction, dot := strings.Cut(mantissa, ".")
	if whole == "" || dot && fraction == "" || strings.Trim(whole+fraction, "0123456789") != "" {
		return d, false
	}
	whole = strings.TrimLeft(whole, "0")
	d.digits = whole + fraction
	d.exponent += int64(len(whole))
	trimmed := strings.TrimLeft(d.digits, "0")
	d.exponent -= int64(len(d.digits) - len(trimmed))
	d.digits = strings.TrimRight(trimmed, "0")
	if d.digits == "" {
		return decimal{}, true
	}
	return d, true
}

func (d decimal) compare(o decimal) int {
	if d.sign() != o.sign() {
		return cmp.Compare(d.sign(), o.sign())
	}
	size := cmp.Or(cmp.Compare(d.exponent, o.exponent), cmp.Compare(d.digits, o.digits))
	return size * max(d.sign(), -1)
}

func (d decimal) sign() int {
	switch {
	case d.digits == "":
		return 0
	case d.negative:
		return -1
	}
	return 1
}
