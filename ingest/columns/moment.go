package columns

// Dates and times in text: ISO 8601 as RFC 3339 and its usual variants write it.

const (
	microsPerSecond = 1_000_000
	secondsPerDay   = 86_400
)

// parseDate reads YYYY-MM-DD, in the years 1 to 9999, as days since 1970.
func parseDate(b []byte) (days int64, ok bool) {
	if len(b) != 10 {
		return 0, false
	}
	return dateAt(b)
}

// dateAt reads the date in the first ten bytes.
func dateAt(b []byte) (days int64, ok bool) {
	if b[4] != '-' || b[7] != '-' {
		return 0, false
	}
	year, ok1 := twoDigits(b, 0)
	year2, ok2 := twoDigits(b, 2)
	month, ok3 := twoDigits(b, 5)
	day, ok4 := twoDigits(b, 8)
	year = 100*year + year2
	if !ok1 || !ok2 || !ok3 || !ok4 || year == 0 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return 0, false
	}
	return civilDays(year, month, day), true
}

func twoDigits(b []byte, i int) (int, bool) {
	x, y := b[i]-'0', b[i+1]-'0'
	return int(x)*10 + int(y), x <= 9 && y <= 9
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// civilDays is the number of days from 1970-01-01, by Howard Hinnant's
// days_from_civil (https://howardhinnant.github.io/date_algorithms.html): years
// begin in March, so that the leap day is their last.
func civilDays(year, month, day int) int64 {
	if month <= 2 {
		year--
	}
	era := year / 400
	if year < 0 {
		era = (year - 399) / 400
	}
	yoe := year - 400*era
	doy := (153*((month+9)%12)+2)/5 + day - 1
	doe := 365*yoe + yoe/4 - yoe/100 + doy
	return int64(era)*146_097 + int64(doe) - 719_468
}

// parseTimestamp reads a date, T or a blank, a time of day with at most
// microseconds, and perhaps a zone (none is UTC), as microseconds since 1970. A
// date alone is its midnight.
func parseTimestamp(b []byte) (micros int64, ok bool) {
	if len(b) < 10 {
		return 0, false
	}
	days, ok := dateAt(b)
	if !ok || len(b) == 10 {
		return days * secondsPerDay * microsPerSecond, ok
	}
	seconds, fraction, rest, ok := timeOfDay(b[10:])
	if !ok {
		return 0, false
	}
	offset, ok := zone(rest)
	if !ok {
		return 0, false
	}
	micros = (days*secondsPerDay+seconds-offset)*microsPerSecond + fraction
	return micros, micros >= minMicros && micros <= maxMicros
}

// The years 1 to 9999.
const (
	minMicros = -62_135_596_800 * microsPerSecond
	maxMicros = 253_402_300_800*microsPerSecond - 1
)

// timeOfDay reads [T ]HH:MM[:SS[.ffffff]] and returns what is behind it.
func timeOfDay(b []byte) (seconds, micros int64, rest []byte, ok bool) {
	if len(b) < 6 || b[0] != 'T' && b[0] != ' ' && b[0] != 't' || b[3] != ':' {
		return 0, 0, nil, false
	}
	hour, ok1 := twoDigits(b, 1)
	minute, ok2 := twoDigits(b, 4)
	if !ok1 || !ok2 || hour > 23 || minute > 59 {
		return 0, 0, nil, false
	}
	seconds, rest = int64(hour)*3600+int64(minute)*60, b[6:]
	if len(rest) < 3 || rest[0] != ':' {
		return seconds, 0, rest, true
	}
	second, ok := twoDigits(rest, 1)
	if !ok || second > 59 {
		return 0, 0, nil, false
	}
	seconds, rest = seconds+int64(second), rest[3:]
	if len(rest) == 0 || rest[0] != '.' && rest[0] != ',' {
		return seconds, 0, rest, true
	}
	micros, rest, ok = fraction(rest[1:])
	return seconds, micros, rest, ok
}

// fraction reads the digits of a part of a second: at least one, and nothing
// but zeros beyond microseconds.
func fraction(b []byte) (micros int64, rest []byte, ok bool) {
	n := 0
	for ; n < len(b) && b[n] >= '0' && b[n] <= '9'; n++ {
		if n < 6 {
			micros = micros*10 + int64(b[n]-'0')
		} else if b[n] != '0' {
			return 0, nil, false
		}
	}
	for i := n; i < 6; i++ {
		micros *= 10
	}
	return micros, b[n:], n > 0
}

// zone reads Z, ±HH, ±HHMM, ±HH:MM, " UTC" or nothing, as seconds east of UTC.
func zone(b []byte) (seconds int64, ok bool) {
	switch {
	case len(b) == 0, len(b) == 1 && (b[0] == 'Z' || b[0] == 'z'), string(b) == " UTC":
		return 0, true
	case len(b) < 3 || b[0] != '+' && b[0] != '-':
		return 0, false
	}
	hours, ok := twoDigits(b, 1)
	if !ok || hours > 18 {
		return 0, false
	}
	seconds = int64(hours) * 3600
	rest := b[3:]
	if len(rest) > 0 && rest[0] == ':' {
		rest = rest[1:]
		ok = len(rest) == 2
	}
	if ok && len(rest) == 2 {
		var minutes int
		minutes, ok = twoDigits(rest, 0)
		ok = ok && minutes < 60
		seconds += int64(minutes) * 60
	} else if len(rest) > 0 {
		return 0, false
	}
	if b[0] == '-' {
		seconds = -seconds
	}
	return seconds, ok
}
