package file

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/kalpafall/df360/ingest"
	"github.com/kalpafall/df360/ingest/columns"
	"github.com/kalpafall/df360/ingest/csv"
	"github.com/kalpafall/df360/internal/fault"
)

// readCSV yields the records of a file.
func (b *batch) readCSV(s *stream, yield func(*ingest.Block) error) error {
	c := b.chunks(s, "a quote that is never closed makes one record of the rest of a file")
	first, err := c.fill(b.src.pool.get(s.expected()))
	if err != nil {
		return err
	}
	d, begin := b.dialect(s.in, first, c.eof)
	c.head, c.eol = first, d.EOL
	c.cut = func(data []byte, last bool) (int, error) { return csv.Cut(data, d, last), nil }
	var header *ingest.Header
	path := s.in.path // blocks shall not keep the stream, which has read more than they have
	for {
		chunk, err := c.next()
		if err != nil || chunk == nil {
			return err
		}
		data := chunk.data[begin:]
		begin = 0
		if header == nil {
			if header, data, err = b.header(s.in.path, data, d); err != nil {
				return err
			}
			if header == nil { // nothing but blank lines so far
				b.src.pool.put(chunk.buf)
				continue
			}
			b.headers[s.in] = &headerEntry{Names: header.Names, Delimiter: string(d.Delimiter), Quote: string(d.Quote), EOL: string(d.EOL)}
		}
		skipped, lines := len(chunk.data)-len(data), chunk.lines(d.EOL)
		block := &ingest.Block{Release: func() { b.src.pool.put(chunk.buf) }, CSV: &ingest.Text{
			Dialect: d, Header: header, Data: data,
			Origin: func(at int) string {
				return path + ":" + strconv.Itoa(lines(skipped+at))
			},
		}}
		if err := yield(block); err != nil {
			return err
		}
	}
}

// dialect guesses how a file separates its fields, once, and where in the sample
// its records begin.
func (b *batch) dialect(in *input, sample []byte, whole bool) (d csv.Dialect, begin int) {
	o := b.src.o
	delimiter, begin := csv.Separator(sample)
	switch {
	case o.Delimiter != 0:
		delimiter = o.Delimiter
	case begin == 0 && extension(in.path) == "tsv":
		if line, _, _ := bytes.Cut(sample, []byte{'\n'}); bytes.IndexByte(line, '\t') >= 0 {
			delimiter = '\t'
		}
	}
	if in.dialect == nil {
		d := csv.Sniff(sample[begin:], whole, delimiter, o.Quote)
		in.dialect = &d
	}
	return *in.dialect, begin
}

// header takes the header off the beginning of a file; nil where there is
// nothing but blank lines. Without one the columns are called by their place.
func (b *batch) header(path string, data []byte, d csv.Dialect) (*ingest.Header, []byte, error) {
	r := csv.NewReader(data, d)
	record := r.Next()
	if record == nil {
		return nil, nil, nil
	}
	if record.Err != "" {
		return nil, nil, fault.New(fault.Schema, "%s: its first line cannot be read: %s", path, record.Err).
			WithHint("is it CSV? --format, --delimiter and --quote say what it is")
	}
	if err := columns.ValidText(record.Raw); err != nil {
		return nil, nil, fault.New(fault.Schema, "%s: its first line: %w", path, err).
			WithHint("is it CSV in UTF-8? --encoding names another encoding, --format another format")
	}
	names := make([]string, len(record.Fields))
	for i, f := range record.Fields {
		names[i] = string(f)
	}
	isHeader, err := b.src.isHeader(path, names)
	if err != nil {
		return nil, nil, err
	}
	if isHeader {
		offset := r.Offset()
		if second := r.Next(); len(names) == 1 && second != nil && len(second.Fields) > 1 && b.src.o.Header == HeaderAuto {
			return nil, nil, fault.New(fault.Schema, "%s: its first line, %q, has one field, the next has %d", path, names[0], len(second.Fields)).
				WithHint("a title above the header must go; --header yes takes the first line for the header all the same")
		}
		return &ingest.Header{Names: names}, data[offset:], nil
	}
	for i := range names {
		names[i] = "column_" + strconv.Itoa(i+1)
	}
	return &ingest.Header{Names: names}, data, nil
}

// isHeader guesses whether the first record of a file is its header: it is where
// no field of it is a number, a time or a truth value.
func (s *Source) isHeader(path string, fields []string) (bool, error) {
	switch s.o.Header {
	case HeaderYes:
		return true, nil
	case HeaderNo:
		return false, nil
	case HeaderAuto:
	}
	numbered := len(s.o.Known) > 0
	for _, name := range s.o.Known {
		numbered = numbered && strings.HasPrefix(name, "column_")
		for _, f := range fields {
			if f != "" && (f == name || columns.CleanName(f) == name) {
				return true, nil
			}
		}
	}
	value := slices.IndexFunc(fields, columns.IsValue)
	switch {
	case len(s.o.Known) == 0:
		return value < 0, nil
	case numbered: // files of the dataset have no header
		return false, nil
	case value >= 0:
		return false, fault.New(fault.Schema, "%s seems to have no header: its first line has the value %q", path, fields[value]).
			WithHint("the columns of the dataset have names: --header yes if this is one, --header no calls them column_1, column_2, …")
	}
	return false, fault.New(fault.Schema, "%s begins with %q, and no column of the dataset is called so", path, strings.Join(fields[:min(len(fields), 3)], ", ")).
		WithHint("--header yes if these are the names of new columns, --header no if they are a row")
}
