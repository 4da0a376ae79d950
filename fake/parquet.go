package fake

import (
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"
)

const (
	// groupChunks chunks are a row group: 122,880 distinct rows.
	groupChunks = 15
	// fileGroups row groups are a file: 983,040 distinct rows.
	fileGroups = 8
)

// parquetProperties say how each column is written: what has a dictionary is
// small and cheap, what is different in every row is not worth looking for
// repetitions in.
func (t *Table) parquetProperties(c Compression) *parquet.WriterProperties {
	codec := compress.Codecs.Snappy
	if c == Zstd {
		codec = compress.Codecs.Zstd
	}
	options := []parquet.WriterProperty{
		parquet.WithCompression(codec),
		parquet.WithDictionaryDefault(false),
		parquet.WithBatchSize(chunkRows),
		parquet.WithDictionaryFor(IngestedColumn, true),
		parquet.WithDictionaryFor(SourceColumn, true),
		parquet.WithCreatedBy("df360"),
	}
	for i, column := range t.columns {
		switch {
		case t.dicts[i] != nil:
			options = append(options, parquet.WithDictionaryFor(column.Name, true))
		case t.random[i] && c != Zstd: // which finds that hexadecimal digits have four bits each
			options = append(options, parquet.WithCompressionFor(column.Name, compress.Codecs.Uncompressed))
		}
	}
	return parquet.NewWriterProperties(options...)
}

// parquetSchema has the lake's types. Every column may hold NULL, so that a
// dataset has one schema with and without faults.
func (t *Table) parquetSchema() (*schema.GroupNode, error) {
	var fields schema.FieldList
	for _, c := range t.Columns() {
		node, err := parquetNode(c)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", c.Name, err)
		}
		fields = append(fields, node)
	}
	return schema.NewGroupNode("schema", parquet.Repetitions.Required, fields, -1)
}

func parquetNode(c Column) (schema.Node, error) {
	const optional = parquet.Repetition(1)
	logical := func(t schema.LogicalType, physical parquet.Type) (schema.Node, error) {
		return schema.NewPrimitiveNodeLogical(c.Name, optional, t, physical, 0, -1)
	}
	switch c.Type.Kind {
	case Integer:
		return schema.NewInt64Node(c.Name, optional, -1), nil
	case Number:
		return schema.NewFloat64Node(c.Name, optional, -1), nil
	case Boolean:
		return schema.NewBooleanNode(c.Name, optional, -1), nil
	case Decimal:
		return logical(schema.NewDecimalLogicalType(int32(c.Type.Precision), int32(c.Type.Scale)), parquet.Types.Int64) //nolint:gosec // at most 18
	case Date:
		return logical(schema.DateLogicalType{}, parquet.Types.Int32)
	case Timestamp:
		return logical(schema.NewTimestampLogicalType(true, schema.TimeUnitMicros), parquet.Types.Int64)
	case Text:
	}
	return logical(schema.StringLogicalType{}, parquet.Types.ByteArray)
}

// parquetFile writes batches of a table as row groups of one file.
type parquetFile struct {
	w        *file.Writer
	pages    pager
	ingested constant
	source   constant
}

func (t *Table) newParquetFile(w io.Writer, r Run) (*parquetFile, error) {
	sc, err := t.parquetSchema()
	if err != nil {
		return nil, err
	}
	return &parquetFile{
		w:        file.NewParquetWriter(onlyWriter{w}, sc, file.WithWriterProps(t.parquetProperties(r.Compression))),
		ingested: newConstant(timeArray(r.Ingested)),
		source:   newConstant(newDictionary(SourceName).arrow),
	}, nil
}

// write adds a batch as a row group.
func (f *parquetFile) write(b *batch) error {
	group := f.w.AppendRowGroup()
	f.pages.reset(b.rows)
	for i := range b.cols {
		if err := f.column(group, func(w file.ColumnChunkWriter) error { return f.pages.write(w, &b.cols[i]) }); err != nil {
			return err
		}
	}
	for _, c := range []*constant{&f.ingested, &f.source} {
		if err := f.column(group, func(w file.ColumnChunkWriter) error { return f.pages.writeConstant(w, c) }); err != nil {
			return err
		}
	}
	if err := group.Close(); err != nil {
		return fmt.Errorf("end row group: %w", err)
	}
	return nil
}

func (f *parquetFile) column(group file.SerialRowGroupWriter, write func(file.ColumnChunkWriter) error) error {
	w, err := group.NextColumn()
	if err != nil {
		return fmt.Errorf("begin column: %w", err)
	}
	if err := write(w); err != nil {
		return fmt.Errorf("write column %s: %w", w.Descr().Name(), err)
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("end column %s: %w", w.Descr().Name(), err)
	}
	return nil
}

// close writes the footer.
func (f *parquetFile) close() error {
	if err := f.w.Close(); err != nil {
		return fmt.Errorf("end Parquet file: %w", err)
	}
	return nil
}

// onlyWriter hides Close: the file is its owner's to close.
type onlyWriter struct{ io.Writer }
