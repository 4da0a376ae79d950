package csv

import "bytes"

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
	quotes bool   // there are any in data
	joined []byte // fields with doubled quotes
}

// NewReader reads data.
func NewReader(data []byte, d Dialect) *Reader {
	return &Reader{d: d, data: data, quotes: d.Quote != 0 && bytes.IndexByte(data, d.Quote) >= 0}
}

// Next is the next record, nil behind the last. A line of nothing, or of
// nothing but blanks where blanks do not separate, is none.
func (r *Reader) Next() *Record {
	for r.next < len(r.data) {
		start := r.next
		r.record = Record{Fields: r.record.Fields[:0], quoted: r.record.quoted[:0], At: start}
		if !r.quotes {
			r.record.quoted = nil
			r.plain(start)
		} else {
			r.quoted(start)
		}
		if len(r.record.Raw) > 0 || r.record.Err != "" {
			return &r.record
		}
	}
	return nil
}

// plain reads a record of a chunk without quotes: a line.
func (r *Reader) plain(start int) {
	line := r.data[start:]
	r.next = len(r.data)
	if end := bytes.IndexByte(line, r.d.EOL); end >= 0 {
		line, r.next = line[:end], start+end+1
	}
	line = r.trimmed(line)
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
		r.record.Err = "a quote that is never closed"
		return len(r.data)
	}
	field := r.data[i+1 : close]
	if doubled {
		field = r.undouble(field)
	}
	r.add(field, true)
	end := fieldEnd(r.data, close+1, r.d)
	rest := r.data[close+1 : end]
	if len(rest) > 0 && !(len(rest) == 1 && rest[0] == '\r' && r.d.EOL == '\n' && (end == len(r.data) || r.data[end] == '\n')) {
		r.record.Err = "text behind the closing quote of a field"
	}
	return end
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
	if d.Quote == 0 || bytes.IndexByte(data, d.Quote) < 0 {
		return bytes.LastIndexByte(data, d.EOL) + 1
	}
	cut := 0
	for i := 0; i < len(data); {
		var end int
		if data[i] == d.Quote {
			close, _ := closing(data, i, d.Quote)
			// A quote that ends the data may be the first of two.
			if close < 0 || close+1 == len(data) {
				return cut
			}
			end = fieldEnd(data, close+1, d)
		} else if end = bytes.IndexByte(data[i:], d.Delimiter); end >= 0 {
			if eol := bytes.IndexByte(data[i:i+end], d.EOL); eol >= 0 {
				end = eol
			}
			end += i
		} else {
			end = fieldEnd(data, i, d)
		}
		if end < len(data) && data[end] == d.EOL {
			cut = end + 1
		}
		i = end + 1
	}
	return cut
}

// Line is the number of the line of data[at], if data begins with line first.
func (d Dialect) Line(data []byte, at, first int) int {
	return first + bytes.Count(data[:at], []byte{d.EOL})
}

// Offset is how much of the chunk was read.
func (r *Reader) Offset() int { return r.next }
