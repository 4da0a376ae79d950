package csv

import "bytes"

// delimiters are those that are looked for, in the order in which they win.
const delimiters = ",;\t|"

// Sniff guesses how a file separates its fields from its beginning; whole says
// that sample is all of it. delimiter and quote, where not 0, are known.
func Sniff(sample []byte, whole bool, delimiter, quote byte) Dialect {
	d := Dialect{Delimiter: delimiter, Quote: quote}
	if quote == 0 {
		d.Quote = '"'
	}
	d.EOL = lineEnd(sample, d.Quote)
	if delimiter != 0 {
		return d
	}
	if len(sample) > sniffedSize {
		sample, whole = sample[:sniffedSize], false
	}
	d.Delimiter = ','
	best := 0
	for _, c := range []byte(delimiters) {
		try := d
		try.Delimiter = c
		if s := score(sample, whole, try); s > best {
			best, d = s, try
		}
	}
	return d
}

// lineEnd is the carriage return where no line feed is outside of quotes.
func lineEnd(sample []byte, quote byte) byte {
	if bytes.IndexByte(sample, '\r') < 0 {
		return '\n'
	}
	quoted, returns := false, false
	for _, c := range sample {
		switch {
		case c == quote:
			quoted = !quoted
		case quoted:
		case c == '\n':
			return '\n'
		case c == '\r':
			returns = true
		}
	}
	if returns {
		return '\r'
	}
	return '\n'
}

// Separator reads the line that Excel begins a file with to name its delimiter:
// sep=; The file itself begins behind it, at next. delimiter is 0 where there is
// none.
func Separator(sample []byte) (delimiter byte, next int) {
	rest, ok := bytes.CutPrefix(sample, []byte("sep="))
	if !ok || len(rest) < 2 || rest[0] == '\r' || rest[0] == '\n' || rest[0] == '"' || rest[0] >= 0x80 {
		return 0, 0
	}
	switch end := rest[1:]; {
	case bytes.HasPrefix(end, []byte("\r\n")):
		return rest[0], len("sep=;\r\n")
	case end[0] == '\r' || end[0] == '\n':
		return rest[0], len("sep=;\n")
	}
	return 0, 0
}

// The guess looks at so many records and bytes.
const (
	maxSniffed  = 250
	sniffedSize = 256 << 10
)

// score says how well a dialect explains a sample: records of the same number
// of fields, at least two. A delimiter that the first record does not have is
// none: it is in texts.
func score(sample []byte, whole bool, d Dialect) int {
	cut := Cut(sample, d, whole)
	if cut == 0 {
		cut = len(sample)
	}
	r := NewReader(sample[:cut], d)
	counts := map[int]int{}
	records, broken := 0, 0
	for records < maxSniffed {
		record := r.Next()
		if record == nil {
			break
		}
		records++
		if record.Err != "" {
			broken++
			continue
		}
		if records == 1 && len(record.Fields) < 2 {
			return 0
		}
		counts[len(record.Fields)]++
	}
	fields, most := 0, 0
	for n, times := range counts {
		if times > most || times == most && n > fields {
			fields, most = n, times
		}
	}
	if fields < 2 {
		return 0
	}
	// Agreement first; among those that agree as well, more fields.
	return 1_000_000*(most-broken)/records + min(fields, 1000)
}
