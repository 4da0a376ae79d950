package file

import (
	"strconv"

	"github.com/kalpafall/df360/ingest"
	"github.com/kalpafall/df360/ingest/columns"
	"github.com/kalpafall/df360/ingest/csv"
	"github.com/kalpafall/df360/internal/fault"
)

// readCSV yields the records of a file.
func (b *batch) readCSV(s *stream, yield func(*ingest.Block) error) error {
	c := &chunks{s: s, pool: b.src.pool, line: 1}
	first, err := c.fill(b.src.pool.get(s.expected()))
	if err != nil {
		return err
	}
	d := b.dialect(s.in, first, c.eof)
	c.head, c.eol = first, d.EOL
	c.cut = func(data []byte, last bool) (int, error) { return csv.Cut(data, d, last), nil }
	var header *ingest.Header
	for {
		chunk, err := c.next()
		if err != nil || chunk == nil {
			return err
		}
		data := chunk.data
		if header == nil {
			if header, data, err = b.header(s.in.path, data, d); err != nil || header == nil {
				return err
			}
			b.headers[s.in] = &headerEntry{Names: header.Names, Delimiter: string(d.Delimiter), Quote: string(d.Quote), EOL: string(d.EOL)}
		}
		skipped := len(chunk.data) - len(data)
		block := &ingest.Block{Release: func() { b.src.pool.put(chunk.buf) }, CSV: &ingest.Text{
			Dialect: d, Header: header, Data: data,
			Origin: func(at int) string {
				return s.in.path + ":" + strconv.Itoa(d.Line(chunk.data, skipped+at, chunk.line))
			},
		}}
		if err := yield(block); err != nil {
			return err
		}
	}
}

// dialect guesses how a file separates its fields, once.
func (b *batch) dialect(in *input, sample []byte, whole bool) csv.Dialect {
	if in.dialect != nil {
		return *in.dialect
	}
	o := b.src.o
	d := csv.Sniff(sample, whole, o.Delimiter, o.Quote)
	if extension(in.path) == "tsv" && o.Delimiter == 0 {
		d.Delimiter = '\t'
	}
	in.dialect = &d
	return d
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
		return &ingest.Header{Names: names}, data[r.Offset():], nil
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
	numbered := false
	for _, name := range s.o.Known {
		numbered = numbered || name == "column_1"
		for _, f := range fields {
			if f != "" && (f == name || columns.CleanName(f) == name) {
				return true, nil
			}
		}
	}
	for _, f := range fields {
		if !columns.IsValue(f) {
			continue
		}
		if len(s.o.Known) > 0 && !numbered {
			return false, fault.New(fault.Schema, "%s seems to have no header: its first line has the value %q", path, f).
				WithHint("the columns of the dataset have names: --header yes if this is one, --header no calls them column_1, column_2, …")
		}
		return false, nil
	}
	return true, nil
}
