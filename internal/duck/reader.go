package duck

import (
	"context"
	"errors"
	"strings"
	"unsafe"

	duckdbc "github.com/duckdb/duckdb-go-bindings"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/sqltype"
)

// Reader is an engine in memory whose results are read while it makes them, a
// chunk of columns at a time: no row is ever made. It is not safe for concurrent
// use.
type Reader struct {
	db    duckdbc.Database
	conn  duckdbc.Connection
	spill *Spill
}

// OpenReader starts an engine. Path and ReadOnly of o mean nothing to it.
func OpenReader(o Options) (*Reader, error) {
	spill, err := MakeSpill(o.TempDir)
	if err != nil {
		return nil, err
	}
	r := &Reader{spill: spill}
	if duckdbc.Open(":memory:", &r.db) == duckdbc.StateError {
		return nil, errors.Join(fault.New(fault.IO, "open engine"), spill.Close())
	}
	if duckdbc.Connect(r.db, &r.conn) == duckdbc.StateError {
		return nil, errors.Join(fault.New(fault.IO, "connect to engine"), r.Close())
	}
	for _, stmt := range settings(o, spill.Dir) {
		if err := run(r.conn, stmt); err != nil {
			return nil, errors.Join(fault.New(fault.Internal, "configure engine: %w", err), r.Close())
		}
	}
	return r, nil
}

// Close ends the engine and removes its spill folder.
func (r *Reader) Close() error {
	if r.conn.Ptr != nil {
		duckdbc.Disconnect(&r.conn)
	}
	duckdbc.Close(&r.db)
	return r.spill.Close()
}

// Each runs one SELECT and calls f with its chunks as they come, in no order of
// rows unless the query gives one. types says what columns are expected: others
// are an error, since their memory would be misread. A chunk is f's only until f
// returns.
func (r *Reader) Each(ctx context.Context, query string, types []*sqltype.Type, f func(*Chunk) error) error {
	stop := context.AfterFunc(ctx, func() { duckdbc.Interrupt(r.conn) })
	defer stop()
	err := r.each(query, types, f)
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

func (r *Reader) each(query string, types []*sqltype.Type, f func(*Chunk) error) error {
	var stmt duckdbc.PreparedStatement
	defer duckdbc.DestroyPrepare(&stmt)
	if duckdbc.Prepare(r.conn, query, &stmt) == duckdbc.StateError {
		return engineText(duckdbc.PrepareError(stmt))
	}
	var pending duckdbc.PendingResult
	defer duckdbc.DestroyPending(&pending)
	if duckdbc.PendingPreparedStreaming(stmt, &pending) == duckdbc.StateError {
		return engineText(duckdbc.PendingError(pending))
	}
	var res duckdbc.Result
	defer duckdbc.DestroyResult(&res)
	if duckdbc.ExecutePending(pending, &res) == duckdbc.StateError {
		return engineText(duckdbc.ResultError(&res))
	}
	if err := sameTypes(&res, types); err != nil {
		return err
	}
	chunk := &Chunk{Columns: make([]Vector, len(types))}
	for {
		raw := duckdbc.FetchChunk(res)
		if raw.Ptr == nil {
			if said := duckdbc.ResultError(&res); said != "" {
				return engineText(said)
			}
			return nil
		}
		size := int(duckdbc.DataChunkGetSize(raw)) //nolint:gosec // some thousand
		if size == 0 {
			duckdbc.DestroyDataChunk(&raw)
			return nil
		}
		chunk.Rows = size
		for i, t := range types {
			chunk.Columns[i] = vector(duckdbc.DataChunkGetVector(raw, duckdbc.IdxT(i)), t, size)
		}
		err := f(chunk)
		duckdbc.DestroyDataChunk(&raw)
		if err != nil {
			return err
		}
	}
}

// engineText gives what the engine said its kind, as classify does for errors of
// the driver: here its text alone says it.
func engineText(said string) error {
	kind, _, _ := strings.Cut(said, ":")
	switch {
	case strings.Contains(said, "No space left on device"):
		return fault.New(fault.NoSpace, "engine: %s", said).WithHint("free space where the engine spills, or name another folder with --temp-dir")
	case kind == "Out of Memory Error":
		return fault.New(fault.Limit, "engine: %s", said).WithHint("raise --memory-limit or lower --threads")
	case kind == "IO Error":
		return fault.New(fault.IO, "engine: %s", said)
	case kind == "Conversion Error", kind == "Out of Range Error":
		return fault.New(fault.Schema, "engine: %s", said)
	}
	return fault.New(fault.Internal, "engine: %s", said)
}

// sameTypes holds a result's columns against those expected.
func sameTypes(res *duckdbc.Result, types []*sqltype.Type) error {
	if n := int(duckdbc.ColumnCount(res)); n != len(types) { //nolint:gosec // few
		return fault.New(fault.Internal, "a query gives %d columns, not %d", n, len(types))
	}
	for i, want := range types {
		logical := duckdbc.ColumnLogicalType(res, duckdbc.IdxT(i))
		got := typeOf(logical)
		duckdbc.DestroyLogicalType(&logical)
		if !got.Equal(want) {
			return fault.New(fault.Internal, "a query gives %s in column %d, not %s", got, i+1, want)
		}
	}
	return nil
}

// typeOf is a type of the engine as a tree; a kind that lake files do not have
// is named by its number, and so equal to none.
func typeOf(t duckdbc.LogicalType) *sqltype.Type {
	child := func(c duckdbc.LogicalType) *sqltype.Type {
		defer duckdbc.DestroyLogicalType(&c)
		return typeOf(c)
	}
	switch duckdbc.GetTypeId(t) {
	case duckdbc.TypeBoolean:
		return sqltype.Of(sqltype.Boolean)
	case duckdbc.TypeBigInt:
		return sqltype.Of(sqltype.Bigint)
	case duckdbc.TypeDouble:
		return sqltype.Of(sqltype.Double)
	case duckdbc.TypeVarchar:
		return sqltype.Of(sqltype.Varchar)
	case duckdbc.TypeDate:
		return sqltype.Of(sqltype.Date)
	case duckdbc.TypeTimestampTZ:
		return sqltype.Of(sqltype.Timestamp)
	case duckdbc.TypeBlob:
		return sqltype.Of(sqltype.Blob)
	case duckdbc.TypeDecimal:
		return sqltype.DecimalOf(int(duckdbc.DecimalWidth(t)), int(duckdbc.DecimalScale(t)))
	case duckdbc.TypeList:
		return &sqltype.Type{Kind: sqltype.List, Elem: child(duckdbc.ListTypeChildType(t))}
	case duckdbc.TypeMap:
		return &sqltype.Type{Kind: sqltype.Map, Key: child(duckdbc.MapTypeKeyType(t)), Elem: child(duckdbc.MapTypeValueType(t))}
	case duckdbc.TypeStruct:
		out := &sqltype.Type{Kind: sqltype.Struct}
		for i := range duckdbc.StructTypeChildCount(t) {
			out.Fields = append(out.Fields, sqltype.Field{
				Name: duckdbc.StructTypeChildName(t, i), Type: child(duckdbc.StructTypeChildType(t, i)),
			})
		}
		return out
	default:
		return sqltype.Of("OTHER")
	}
}

// Chunk is some rows of a result, as columns.
type Chunk struct {
	Rows    int
	Columns []Vector
}

// Vector is one column of a chunk: memory of the engine, gone with the chunk.
type Vector struct {
	// Children are the fields of a STRUCT, the elements of a LIST (one child), or
	// keys and values of a MAP, whose rows are found like a LIST's.
	Children []Vector
	data     unsafe.Pointer
	valid    unsafe.Pointer // a bit for each row; nil where no row is NULL
}

// Span is where the elements of one row of a LIST or MAP are in the children.
type Span struct{ Offset, Length uint64 }

func vector(raw duckdbc.Vector, t *sqltype.Type, size int) Vector {
	v := Vector{data: duckdbc.VectorGetData(raw), valid: duckdbc.VectorGetValidity(raw)}
	switch t.Kind {
	case sqltype.Struct:
		for i, f := range t.Fields {
			v.Children = append(v.Children, vector(duckdbc.StructVectorGetChild(raw, duckdbc.IdxT(i)), f.Type, size))
		}
	case sqltype.List:
		v.Children = []Vector{vector(duckdbc.ListVectorGetChild(raw), t.Elem, int(duckdbc.ListVectorGetSize(raw)))} //nolint:gosec // a count
	case sqltype.Map:
		n := int(duckdbc.ListVectorGetSize(raw)) //nolint:gosec // a count
		entries := duckdbc.ListVectorGetChild(raw)
		v.Children = []Vector{
			vector(duckdbc.StructVectorGetChild(entries, 0), t.Key, n),
			vector(duckdbc.StructVectorGetChild(entries, 1), t.Elem, n),
		}
	default: // a scalar has no children
	}
	return v
}

// Null reports whether a row has no value.
func (v *Vector) Null(row int) bool {
	if v.valid == nil {
		return false
	}
	word := *(*uint64)(unsafe.Add(v.valid, row/64*8))
	return word>>(row%64)&1 == 0
}

// At is a row's value as the engine keeps it: bool for BOOLEAN, int64 for BIGINT
// and TIMESTAMPTZ (microseconds since 1970), int32 for DATE (days since 1970),
// float64 for DOUBLE, Span for LIST and MAP; a DECIMAL is an int16, int32 or int64
// by its precision (up to 4, 9, 18), else an Int128, each without its point.
func At[T bool | int16 | int32 | int64 | float64 | Span | Int128](v *Vector, row int) T {
	var zero T
	return *(*T)(unsafe.Add(v.data, uintptr(row)*unsafe.Sizeof(zero)))
}

// Int128 is a whole number of 128 bits in two's complement.
type Int128 struct {
	Low  uint64
	High int64
}

// inlined is up to how many bytes a text lies in the vector itself.
const inlined = 12

// Text is a row's VARCHAR or BLOB. The bytes are the engine's.
func (v *Vector) Text(row int) []byte {
	const entry = 16 // length, then the bytes, or four of them and a pointer
	at := unsafe.Add(v.data, row*entry)
	length := *(*uint32)(at)
	if length <= inlined {
		return unsafe.Slice((*byte)(unsafe.Add(at, 4)), length) //nolint:gosec // the engine says how long it is
	}
	return unsafe.Slice(*(**byte)(unsafe.Add(at, 8)), length) //nolint:gosec // as above
}
