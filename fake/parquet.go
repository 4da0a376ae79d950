package fake

import (
	"io"

	"github.com/kalpafall/df360/internal/parquetfile"
)

const (
	// groupChunks chunks are a row group: 122,880 distinct rows.
	groupChunks = 15
	// fileGroups row groups are a file: 983,040 distinct rows.
	fileGroups = 8
)

// parquetFile writes batches of a table as row groups of one file.
type parquetFile struct {
	w      *parquetfile.Writer
	values []parquetfile.Values
}

func (t *Table) newParquetFile(w io.Writer, r Run) *parquetFile {
	var columns []parquetfile.Column
	for i, c := range t.Columns() {
		columns = append(columns, parquetfile.Column{
			Name: c.Name, Kind: parquetKind(c.Type.Kind), Precision: c.Type.Precision, Scale: c.Type.Scale,
			Plain: i < len(t.columns) && t.incompressible(i),
		})
	}
	f := &parquetFile{
		w:      parquetfile.New(w, columns, r.Compression == Zstd),
		values: make([]parquetfile.Values, len(columns)),
	}
	n := len(t.columns)
	f.values[n] = parquetfile.Values{Ints: []int64{r.Ingested.UnixMicro()}, Same: true}
	f.values[n+1] = parquetfile.Values{Dict: newDictionary(SourceName).flat, Same: true}
	return f
}

// richDict is from how many values on indexes into a dictionary look random to
// Snappy, which finds repeated bytes only.
const richDict = 100

// incompressible reports whether Snappy would find nothing in a column.
func (t *Table) incompressible(column int) bool {
	if d := t.dicts[column]; d != nil {
		return len(d.values) >= richDict
	}
	return t.random[column]
}

func parquetKind(k Kind) parquetfile.Kind {
	switch k {
	case Integer:
		return parquetfile.Int64
	case Number:
		return parquetfile.Double
	case Decimal:
		return parquetfile.Decimal
	case Boolean:
		return parquetfile.Bool
	case Date:
		return parquetfile.Date
	case Timestamp:
		return parquetfile.Timestamp
	case Text:
	}
	return parquetfile.Text
}

// write adds a batch as a row group.
func (f *parquetFile) write(b *batch) error {
	for i := range b.cols {
		v := &b.cols[i]
		f.values[i] = parquetfile.Values{Ints: v.ints, Floats: v.floats, Index: v.index, Text: v.text, Ends: v.ends, Null: v.null}
		if v.dict != nil {
			f.values[i].Dict = v.dict.flat
		}
	}
	return f.w.Group(b.rows, f.values)
}
