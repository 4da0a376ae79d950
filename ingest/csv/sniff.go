package csv

import "bytes"

// delimiters are those that are looked for, in the order in which they win.
const delimiters = ",;\t|"

// Sniff guesses how a file separates its fields from its beginning; whole says
// that sample is all of it. delimiter and quote, where not 0, are known.
func Sniff(sample []byte, whole bool, delimiter, quote byte) Dialect {
	d := Dialect{Delimiter: delimiter, Quote: quote, EOL: '\n'}
	if bytes.IndexByte(sample, '\n') < 0 && bytes.IndexByte(sample, '\r') >= 0 {
		d.EOL = '\r'
	}
	if quote == 0 {
		d.Quote = '"'
	}
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

// The guess looks at so many records and bytes.
const (
	maxSniffed  = 250
	sniffedSize = 256 << 10
)

// score says how well a dialect explains a sample: records of the same number
// of fields, at least two.
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
