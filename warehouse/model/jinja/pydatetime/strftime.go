package pydatetime

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/kalpafall/df360/warehouse/model/jinja"
)

// strftime formats in the C locale. A - after the % drops leading zeros.
func strftime(t time.Time, zone *Zone, format string) string {
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 >= len(format) {
			b.WriteByte(format[i])
			continue
		}
		i++
		bare := format[i] == '-' && i+1 < len(format)
		if bare {
			i++
		}
		s := directive(t, zone, format[i])
		if bare {
			if s = strings.TrimLeft(s, "0 "); s == "" {
				s = "0"
			}
		}
		b.WriteString(s)
	}
	return b.String()
}

func directive(t time.Time, zone *Zone, c byte) string {
	switch c {
	case 'Y':
		return strconv.Itoa(t.Year())
	case 'm':
		return t.Format("01")
	case 'd':
		return t.Format("02")
	case 'e':
		return t.Format("_2")
	case 'H':
		return t.Format("15")
	case 'I':
		return t.Format("03")
	case 'M':
		return t.Format("04")
	case 'S':
		return t.Format("05")
	case 'f':
		return fmt.Sprintf("%06d", t.Nanosecond()/1000)
	case 'y':
		return t.Format("06")
	case 'C':
		return fmt.Sprintf("%02d", t.Year()/100)
	case 'b', 'h':
		return t.Format("Jan")
	case 'B':
		return t.Format("January")
	case 'a':
		return t.Format("Mon")
	case 'A':
		return t.Format("Monday")
	case 'p':
		return t.Format("PM")
	case 'j':
		return fmt.Sprintf("%03d", t.YearDay())
	case 'c':
		return t.Format("Mon Jan _2 15:04:05 2006")
	case 'x', 'D':
		return t.Format("01/02/06")
	case 'X', 'T':
		return t.Format("15:04:05")
	case 'R':
		return t.Format("15:04")
	case 'F':
		return t.Format("2006-01-02")
	case 's':
		return strconv.FormatInt(t.Unix(), 10)
	case 'n':
		return "\n"
	case 't':
		return "\t"
	case '%':
		return "%"
	case 'z':
		if zone == nil {
			return ""
		}
		return t.Format("-0700")
	case 'Z':
		if zone == nil {
			return ""
		}
		name, _ := t.Zone()
		return name
	}
	return week(t, c)
}

// week has the directives of weeks and their days; an unknown one stays as it is.
func week(t time.Time, c byte) string {
	sunday := int(t.Weekday())
	monday := (sunday + 6) % 7
	day := t.YearDay() - 1
	y, w := t.ISOWeek()
	switch c {
	case 'w':
		return strconv.Itoa(sunday)
	case 'u':
		return strconv.Itoa(monday + 1)
	case 'U':
		return fmt.Sprintf("%02d", (day+7-sunday)/7)
	case 'W':
		return fmt.Sprintf("%02d", (day+7-monday)/7)
	case 'V':
		return fmt.Sprintf("%02d", w)
	case 'G':
		return strconv.Itoa(y)
	}
	return "%" + string(c)
}

// parsed are the fields that strptime found.
type parsed struct {
	n      [7]int64 // year to microsecond
	pm     int      // -1 none, 0 AM, 1 PM
	yday   int64
	offset *int
	zone   string
}

// strptime reads a datetime.
func strptime(s, format string) (jinja.Value, error) {
	p := &parsed{n: [7]int64{1900, 1, 1}, pm: -1}
	rest := s
	ok := true
	for i := 0; i < len(format) && ok; i++ {
		switch c := format[i]; {
		case c == '%' && i+1 < len(format):
			i++
			rest, ok = p.read(rest, format[i])
		case strings.IndexByte(" \t\n", c) >= 0:
			rest = strings.TrimLeft(rest, " \t\n")
		default:
			ok = rest != "" && lower(rest[0]) == lower(c)
			if ok {
				rest = rest[1:]
			}
		}
	}
	if !ok {
		return nil, jinja.Errorf(jinja.ValueError, "time data %s does not match format %s", jinja.Repr(s), jinja.Repr(format))
	}
	if rest != "" {
		return nil, jinja.Errorf(jinja.ValueError, "unconverted data remains: %s", rest)
	}
	if p.pm >= 0 {
		p.n[3] = p.n[3]%12 + int64(12*p.pm)
	}
	t, err := makeTime(p.n[:])
	if err != nil {
		return nil, err
	}
	if p.yday > 0 {
		t = t.AddDate(0, 1-int(t.Month()), int(p.yday)-t.Day())
	}
	if p.offset == nil {
		return naive(t), nil
	}
	loc := time.UTC
	if *p.offset != 0 {
		loc = time.FixedZone(p.zone, *p.offset)
	}
	return naive(t).in(&Zone{loc, p.zone}), nil
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// digits reads a number of at most n digits.
func digits(s string, n int) (int64, string, bool) {
	i := 0
	for i < len(s) && i < n && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	v, err := strconv.ParseInt(s[:i], 10, 64)
	return v, s[i:], err == nil
}

// word reads the index of one of some names, the longest that fits.
func word(s string, names []string) (int64, string, bool) {
	best, size := -1, 0
	for i, n := range names {
		if len(s) >= len(n) && strings.EqualFold(s[:len(n)], n) && len(n) > size {
			best, size = i, len(n)
		}
	}
	return int64(best), s[size:], best >= 0
}

func (p *parsed) read(s string, c byte) (rest string, ok bool) {
	var v int64
	switch c {
	case 'Y':
		p.n[0], rest, ok = digits(s, 4)
		return rest, ok && len(s)-len(rest) == 4
	case 'y':
		v, rest, ok = digits(s, 2)
		p.n[0] = 1900 + v
		if v < 69 {
			p.n[0] += 100
		}
	case 'm', 'd', 'H', 'M', 'S':
		p.n[map[byte]int{'m': 1, 'd': 2, 'H': 3, 'M': 4, 'S': 5}[c]], rest, ok = digits(s, 2)
	case 'I':
		p.n[3], rest, ok = digits(s, 2)
		ok = ok && p.n[3] >= 1 && p.n[3] <= 12
	case 'f':
		v, rest, ok = digits(s, 6)
		for range 6 - (len(s) - len(rest)) {
			v *= 10
		}
		p.n[6] = v
	case 'j':
		p.yday, rest, ok = digits(s, 3)
	case 'b', 'B', 'h':
		v, rest, ok = word(s, months(c == 'B'))
		p.n[1] = v + 1
	case 'a', 'A':
		_, rest, ok = word(s, weekdays(c == 'A'))
	case 'p':
		v, rest, ok = word(s, []string{"AM", "PM"})
		p.pm = int(v)
	case 'z':
		return p.utcOffset(s)
	case 'Z':
		_, rest, ok = word(s, []string{"UTC", "GMT"})
		ok = ok || s == ""
	case '%':
		rest, ok = strings.CutPrefix(s, "%")
	}
	return rest, ok
}

func (p *parsed) utcOffset(s string) (string, bool) {
	zero := 0
	if strings.HasPrefix(s, "Z") {
		p.offset, p.zone = &zero, "UTC"
		return s[1:], true
	}
	if len(s) < 5 || s[0] != '+' && s[0] != '-' {
		return s, false
	}
	h, rest, ok := digits(s[1:], 2)
	rest = strings.TrimPrefix(rest, ":")
	m, rest, ok2 := digits(rest, 2)
	n := int(h*3600 + m*60)
	if s[0] == '-' {
		n = -n
	}
	p.offset, p.zone = &n, "UTC"
	if n != 0 {
		p.zone = fmt.Sprintf("UTC%c%02d:%02d", s[0], h, m)
	}
	return rest, ok && ok2 && m < 60 && h < 24
}

func months(long bool) []string {
	var out []string
	for m := time.January; m <= time.December; m++ {
		s := m.String()
		if !long {
			s = s[:3]
		}
		out = append(out, s)
	}
	return out
}

func weekdays(long bool) []string {
	var out []string
	for d := time.Sunday; d <= time.Saturday; d++ {
		s := d.String()
		if !long {
			s = s[:3]
		}
		out = append(out, s)
	}
	return out
}
