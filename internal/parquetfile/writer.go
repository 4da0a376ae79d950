package parquetfile

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"reflect"

	"github.com/parquet-go/parquet-go/format"

	"github.com/kalpafall/df360/internal/fault"
)

const magic = "PAR1"

// createdBy has the form that readers know how to take apart.
const createdBy = "df360 version 1"

// Writer writes one file. It is not safe for concurrent use.
type Writer struct {
	w       io.Writer
	offset  int64
	schema  *schema
	encoder *Encoder // of Group
	known   *schema  // of the last group: it is the writer's
	meta    format.FileMetaData
	header  bytes.Buffer
	err     error // the first one; nothing is written after it
}

// New begins a file on w, which stays the caller's to close. An error comes
// with the next call. zstandard is for Group: its pages are compressed with
// Zstandard or with Snappy.
func New(w io.Writer, columns []Column, zstandard bool) *Writer {
	f := &Writer{w: w}
	if f.schema, f.err = newSchema(columns); f.err != nil {
		return f
	}
	f.encoder = newEncoder(f.schema, zstandard)
	f.encoder.sink = f.write
	f.meta = format.FileMetaData{Version: 2, CreatedBy: createdBy, Schema: f.schema.elements}
	for range f.schema.leaves {
		f.meta.ColumnOrders = append(f.meta.ColumnOrders, format.ColumnOrder{TypeOrder: &format.TypeDefinedOrder{}})
	}
	f.err = f.write([]byte(magic))
	return f
}

// Size is how many bytes were written so far. The footer comes on top.
func (f *Writer) Size() int64 { return f.offset }

// Group writes a row group of the values as they are given: only what comes
// with a dictionary has one. Pages go out as soon as they are made.
func (f *Writer) Group(rows int, values []Values) error {
	if f.err != nil {
		return f.err
	}
	begin := f.offset
	g, err := f.encoder.Encode(rows, values)
	if err == nil {
		err = f.addGroup(g, begin)
		g.release()
	}
	f.err = err
	return err
}

// Append writes a row group that an Encoder of the same columns has made. The
// group is empty afterwards: its memory goes back to the encoder. A group
// without rows leaves no trace.
func (f *Writer) Append(g *Group) error {
	if f.err != nil {
		return f.err
	}
	if g.home == nil {
		return fault.New(fault.Internal, "a row group was appended already")
	}
	if f.known != g.schema {
		if !reflect.DeepEqual(f.schema.elements, g.schema.elements) {
			return fault.New(fault.Internal, "a row group of other columns than those of the file")
		}
		f.known = g.schema
	}
	begin := f.offset
	if g.rows > 0 {
		if f.err = f.write(g.data); f.err == nil {
			f.err = f.addGroup(g, begin)
		}
	}
	g.release()
	return f.err
}

// release gives the memory back.
func (g *Group) release() {
	spare := &Group{data: g.data, chunks: g.chunks}
	home := g.home
	*g = Group{}
	select {
	case home <- spare:
	default:
	}
}

// addGroup adds a group that begins at an offset to the footer.
func (f *Writer) addGroup(g *Group, begin int64) error {
	if len(f.meta.RowGroups) > math.MaxInt16 {
		return fault.New(fault.Limit, "more than %d row groups in a Parquet file", math.MaxInt16+1)
	}
	group := format.RowGroup{
		NumRows: int64(g.rows), FileOffset: begin, Ordinal: int16(len(f.meta.RowGroups)), //nolint:gosec // just checked
		Columns: make([]format.ColumnChunk, len(g.chunks)),
	}
	for i, column := range g.chunks {
		column.DataPageOffset += begin
		if len(column.Encoding) > plainEncodings {
			column.DictionaryPageOffset += begin
		}
		group.TotalByteSize += column.TotalUncompressedSize
		group.TotalCompressedSize += column.TotalCompressedSize
		group.Columns[i].MetaData = column
	}
	f.meta.RowGroups = append(f.meta.RowGroups, group)
	f.meta.NumRows += int64(g.rows)
	return nil
}

func (f *Writer) write(data []byte) error {
	n, err := f.w.Write(data)
	f.offset += int64(n)
	return err
}

// Close writes the footer.
func (f *Writer) Close() error {
	if f.err != nil {
		return f.err
	}
	footer, err := encodeThrift(&f.header, &f.meta)
	if err == nil {
		size := len(footer)
		if size > math.MaxInt32 {
			err = fault.New(fault.Limit, "a Parquet footer of %d bytes; it holds 2 GiB at most", size)
		} else if err = f.write(footer); err == nil {
			err = f.write(append(binary.LittleEndian.AppendUint32(nil, uint32(size)), magic...))
		}
	}
	f.err = err
	return err
}
