package fake

import (
	"io"

	"github.com/kalpafall/df360/fake/flatfile"
)

const (
	// groupChunks chunks are a row group: 122,880 distinct rows.
	groupChunks = 15
	// fileGroups row groups are a file: 983,040 distinct rows.
	fileGroups = 8
)

// parquetFile writes batches of a table as row groups of one file.
type parquetFile struct {
	w      *flatfile.Writer
	values []flatfile.Values
}

func (t *Table) newParquetFile(w io.Writer, r Run) *parquetFile {
	var columns []flatfile.Column
	for i, c := range t.Columns() {
		columns = append(columns, flatfile.Column{
			Name: c.Name, Kind: parquetKind(c.Type.Kind), Precision: c.Type.Precision, Scale: c.Type.Scale,
			Plain: i < len(t.columns) && t.incompressible(i),
		})
	}
	f := &parquetFile{
		w:      flatfile.New(w, columns, r.Compression == Zstd),
		values: make([]flatfile.Values, len(columns)),
	}
	n := len(t.columns)
	f.values[n] = flatfile.Values{Ints: []int64{r.Ingested.UnixMicro()}, Same: true}
	f.values[n+1] = flatfile.Values{Dict: newDictionary(SourceName).flat, Same: true}
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

func parquetKind(k Kind) flatfile.Kind {
	switch k {
	case Integer:
		return flatfile.Int64
	case Number:
		return flatfile.Double
	case Decimal:
		return flatfile.Decimal
	case Boolean:
		return flatfile.Bool
	case Date:
		return flatfile.Date
	case Timestamp:
		return flatfile.Timestamp
	case Text:
	}
	return flatfile.Text
}

// write adds a batch as a row group.
func (f *parquetFile) write(b *batch) error {
	for i := range b.cols {
		v := &b.cols[i]
		f.values[i] = flatfile.Values{Ints: v.ints, Floats: v.floats, Index: v.index, Text: v.text, Ends: v.ends, Null: v.null}
		if v.dict != nil {
			f.values[i].Dict = v.dict.flat
		}
	}
	return f.w.Group(b.rows, f.values)
}
