package csv

import (
	"bytes"
	"strconv"
)

// Dialect is how a file separates its fields.
type Dialect struct {
	Delimiter byte
	Quote     byte // around fields; doubled inside; 0 for none
	EOL       byte // '\n', which may have '\r' before it, or '\r'
}

// Record is one record of a file. All it refers to is valid until the next.
type Record struct {
	Fields [][]byte
	Raw    []byte // its text, without the line end
	At     int    // where it begins in its chunk
	Err    string // what is wrong with it: Fields are void then
	quoted []bool // nil: no field is
}

// Quoted reports whether a field is in quotes: an empty one is a text then.
func (r *Record) Quoted(field int) bool { return r.quoted != nil && r.quoted[field] }

// Reader reads the records of a chunk that begins and ends with records.
type Reader struct {
	d      Dialect
	data   []byte
	next   int
	record Record
	quote  int    // where the next quote is, len(data) for none
	joined []byte // fields with doubled quotes
}

// NewReader reads data.
func NewReader(data []byte, d Dialect) *Reader {
	r := &Reader{d: d, data: data, quote: len(data)}
	if d.Quote != 0 {
		r.quote = indexFrom(data, 0, d.Quote)
	}
	return r
}

// indexFrom is where c is in data from i on, len(data) for nowhere.
func indexFrom(data []byte, i int, c byte) int {
	n := bytes.IndexByte(data[i:], c)
	if n < 0 {
		return len(data)
	}
	return i + n
}

// Next is the next record, nil behind the last. A line of nothing is none; one of
// blanks is a record, whose value they are.
func (r *Reader) Next() *Record {
	for r.next < len(r.data) {
		start := r.next
		r.record = Record{Fields: r.record.Fields[:0], quoted: r.record.quoted[:0], At: start}
		if r.quote < start {
			r.quote = indexFrom(r.data, start, r.d.Quote)
		}
		if end := indexFrom(r.data, start, r.d.EOL); end <= r.quote {
			r.record.quoted = nil
			r.plain(start, end)
		} else {
			r.quoted(start)
		}
		if len(r.record.Raw) > 0 || r.record.Err != "" {
			return &r.record
		}
	}
	return nil
}

// plain reads a record without quotes: the line that ends at end.
func (r *Reader) plain(start, end int) {
	r.next = min(end+1, len(r.data))
	line := r.trimmed(r.data[start:end])
	r.record.Raw = line
	fields := r.record.Fields
	for {
		i := bytes.IndexByte(line, r.d.Delimiter)
		if i < 0 {
			r.record.Fields = append(fields, line)
			return
		}
		fields = append(fields, line[:i])
		line = line[i+1:]
	}
}

// trimmed is a line without the carriage return before its end.
func (r *Reader) trimmed(line []byte) []byte {
	if n := len(line); n > 0 && r.d.EOL == '\n' && line[n-1] == '\r' {
		return line[:n-1]
	}
	return line
}

func (r *Reader) add(field []byte, quoted bool) {
	r.record.Fields = append(r.record.Fields, field)
	r.record.quoted = append(r.record.quoted, quoted)
}

// quoted reads a record in which fields may be quoted.
func (r *Reader) quoted(start int) {
	r.joined = r.joined[:0]
	i := start
	for {
		var end int
		if i < len(r.data) && r.data[i] == r.d.Quote {
			end = r.quotedField(i)
		} else {
			end = fieldEnd(r.data, i, r.d)
			field := r.data[i:end]
			if end == len(r.data) || r.data[end] == r.d.EOL {
				field = r.trimmed(field)
			}
			r.add(field, false)
		}
		if end >= len(r.data) || r.data[end] == r.d.EOL {
			r.record.Raw = r.trimmed(r.data[start:end])
			r.next = min(end+1, len(r.data))
			return
		}
		i = end + 1
	}
}

// quotedField adds the field whose quote opens at data[i], and returns where the
// delimiter or the line end behind it is.
func (r *Reader) quotedField(i int) int {
	close, doubled := closing(r.data, i, r.d.Quote)
	if close < 0 {
		r.record.Err = "a quote that is never closed" + r.swallowed(i)
		return len(r.data)
	}
	field := r.data[i+1 : close]
	if doubled {
		field = r.undouble(field)
	}
	r.add(field, true)
	end := fieldEnd(r.data, close+1, r.d)
	rest := r.data[close+1 : end]
	if end == len(r.data) || r.data[end] == r.d.EOL {
		rest = r.trimmed(rest)
	}
	if len(rest) > 0 {
		r.record.Err = "text behind the closing quote of a field"
	}
	return end
}

// swallowed says how much the quote at data[i] takes in, if that is more than the
// rest of its line.
func (r *Reader) swallowed(i int) string {
	lines := bytes.Count(bytes.TrimRight(r.data[i:], "\r\n"), []byte{r.d.EOL})
	if lines == 0 {
		return ""
	}
	return ": it takes in the next " + strconv.Itoa(lines) + " lines, to the end of the file"
}

// undouble is a field with two quotes made one.
func (r *Reader) undouble(field []byte) []byte {
	start := len(r.joined)
	for i := 0; i < len(field); i++ {
		r.joined = append(r.joined, field[i])
		if field[i] == r.d.Quote {
			i++
		}
	}
	return r.joined[start:len(r.joined):len(r.joined)]
}

// closing finds the quote that closes the one at data[i]; -1 is none.
func closing(data []byte, i int, quote byte) (at int, doubled bool) {
	for i++; ; i += 2 {
		n := bytes.IndexByte(data[i:], quote)
		if n < 0 {
			return -1, doubled
		}
		i += n
		if i+1 >= len(data) || data[i+1] != quote {
			return i, doubled
		}
		doubled = true
	}
}

// fieldEnd finds the delimiter or the line end behind data[i].
func fieldEnd(data []byte, i int, d Dialect) int {
	for i < len(data) && data[i] != d.Delimiter && data[i] != d.EOL {
		i++
	}
	return i
}

// Cut is where data, which begins with a record, may be cut: behind its last
// whole record, 0 where it has none. last says that nothing follows data: then
// all of it is whole.
func Cut(data []byte, d Dialect, last bool) int {
	if last {
		return len(data)
	}
	cut, quote := 0, len(data)
	if d.Quote != 0 {
		quote = indexFrom(data, 0, d.Quote)
	}
	for quote < len(data) {
		// All lines before the one with the quote are records.
		if n := bytes.LastIndexByte(data[cut:quote], d.EOL); n >= 0 {
			cut += n + 1
		}
		end := recordEnd(data, cut, d)
		if end == len(data) {
			return cut
		}
		cut = end + 1
		quote = indexFrom(data, cut, d.Quote)
	}
	return max(cut, bytes.LastIndexByte(data, d.EOL)+1)
}

// recordEnd is where the record that begins at data[i] has its line end;
// len(data) where that is not to be seen yet.
func recordEnd(data []byte, i int, d Dialect) int {
	for i < len(data) {
		end := i
		if data[i] == d.Quote {
			close, _ := closing(data, i, d.Quote)
			// A quote that ends the data may be the first of two.
			if close < 0 || close+1 == len(data) {
				return len(data)
			}
			end = close + 1
		}
		end = fieldEnd(data, end, d)
		if end == len(data) || data[end] == d.EOL {
			return end
		}
		i = end + 1
	}
	return len(data)
}

// Offset is how much of the chunk was read.
func (r *Reader) Offset() int { return r.next }
