package parquetfile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/klauspost/compress/s2"
	"github.com/parquet-go/parquet-go/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

const magic = "PAR1"

// createdBy has the form that readers know how to take apart.
const createdBy = "df360 version 1"

// Writer writes one file. It is not safe for concurrent use.
type Writer struct {
	w       io.Writer
	offset  int64
	columns []Column
	zstd    *zstd.Codec // nil: Snappy
	meta    format.FileMetaData
	chunk   chunk
	packed  []byte
	header  bytes.Buffer
	err     error // the first one; nothing is written after it
}

// New begins a file on w, which stays the caller's to close. Its pages are
// compressed with Zstandard or with Snappy.
func New(w io.Writer, columns []Column, zstandard bool) *Writer {
	f := &Writer{w: w, columns: columns}
	if zstandard {
		f.zstd = &zstd.Codec{Level: zstd.DefaultLevel, Concurrency: 1}
	}
	children := int32(len(columns)) //nolint:gosec // few
	f.meta = format.FileMetaData{
		Version: 2, CreatedBy: createdBy, Schema: []format.SchemaElement{{Name: "schema", NumChildren: &children}},
	}
	for _, c := range columns {
		f.meta.Schema = append(f.meta.Schema, c.element())
		f.meta.ColumnOrders = append(f.meta.ColumnOrders, format.ColumnOrder{TypeOrder: &format.TypeDefinedOrder{}})
	}
	f.write([]byte(magic))
	return f
}

// Group writes a row group.
func (f *Writer) Group(rows int, values []Values) error {
	group := format.RowGroup{
		NumRows: int64(rows), FileOffset: f.offset, Ordinal: int16(len(f.meta.RowGroups)), //nolint:gosec // few in a file
	}
	for i, c := range f.columns {
		column := f.column(c, rows, &values[i])
		group.TotalByteSize += column.TotalUncompressedSize
		group.TotalCompressedSize += column.TotalCompressedSize
		group.Columns = append(group.Columns, format.ColumnChunk{MetaData: column})
	}
	f.meta.RowGroups = append(f.meta.RowGroups, group)
	f.meta.NumRows += int64(rows)
	return f.err
}

// column writes a column chunk.
func (f *Writer) column(c Column, rows int, v *Values) format.ColumnMetaData {
	meta := format.ColumnMetaData{
		Type: c.physical(), PathInSchema: []string{c.Name}, NumValues: int64(rows), Codec: f.codec(c),
		Encoding: []format.Encoding{format.Plain, format.RLE},
	}
	f.chunk.begin(c, rows, v)
	if f.chunk.indexed() {
		meta.DictionaryPageOffset = f.offset
		meta.Encoding = append(meta.Encoding, format.RLEDictionary)
		page := f.chunk.dictionary()
		f.page(&meta, page, format.PageHeader{
			Type:                 format.DictionaryPage,
			DictionaryPageHeader: &format.DictionaryPageHeader{NumValues: int32(f.chunk.entries()), Encoding: format.Plain}, //nolint:gosec // few
		})
	}
	meta.DataPageOffset = f.offset
	for first := true; first || f.chunk.more(); first = false {
		page, n := f.chunk.page()
		encoding := format.Plain
		if f.chunk.indexed() {
			encoding = format.RLEDictionary
		}
		f.page(&meta, page, format.PageHeader{
			Type: format.DataPage,
			DataPageHeader: &format.DataPageHeader{
				NumValues: int32(n), Encoding: encoding, DefinitionLevelEncoding: format.RLE, RepetitionLevelEncoding: format.RLE, //nolint:gosec // a page
			},
		})
	}
	meta.Statistics = f.chunk.statistics()
	return meta
}

func (f *Writer) codec(c Column) format.CompressionCodec {
	switch {
	case f.zstd != nil:
		return format.Zstd
	case c.Plain:
		return format.Uncompressed
	}
	return format.Snappy
}

// page writes a page behind its header.
func (f *Writer) page(meta *format.ColumnMetaData, data []byte, h format.PageHeader) {
	h.UncompressedPageSize = int32(len(data)) //nolint:gosec // far below 2 GiB
	raw := len(data)
	switch meta.Codec {
	case format.Zstd:
		f.packed, f.err = f.compress(data)
		data = f.packed
	case format.Snappy:
		f.packed = s2.EncodeSnappy(f.packed[:cap(f.packed)], data)
		data = f.packed
	case format.Uncompressed, format.Gzip, format.LZO, format.Brotli, format.Lz4, format.Lz4Raw:
	}
	h.CompressedPageSize = int32(len(data)) //nolint:gosec // far below 2 GiB
	header := f.encode(&h)
	meta.TotalUncompressedSize += int64(len(header) + raw)
	meta.TotalCompressedSize += int64(len(header) + len(data))
	f.write(header)
	f.write(data)
}

func (f *Writer) compress(data []byte) ([]byte, error) {
	if f.err != nil {
		return nil, f.err
	}
	packed, err := f.zstd.Encode(f.packed[:0], data)
	if err != nil {
		return nil, fmt.Errorf("compress page: %w", err)
	}
	return packed, nil
}

// encode is v in Thrift's compact protocol. It is valid until the next call.
func (f *Writer) encode(v any) []byte {
	f.header.Reset()
	if err := thrift.NewEncoder(new(thrift.CompactProtocol).NewWriter(&f.header)).Encode(v); err != nil && f.err == nil {
		f.err = fmt.Errorf("encode Parquet metadata: %w", err)
	}
	return f.header.Bytes()
}

func (f *Writer) write(data []byte) {
	if f.err != nil {
		return
	}
	n, err := f.w.Write(data)
	f.offset += int64(n)
	f.err = err
}

// Close writes the footer.
func (f *Writer) Close() error {
	footer := f.encode(&f.meta)
	size := len(footer)
	f.write(footer)
	f.write(append(binary.LittleEndian.AppendUint32(nil, uint32(size)), magic...)) //nolint:gosec // far below 4 GiB
	return f.err
}
