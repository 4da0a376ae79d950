package lake

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"strings"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/sqltype"
)

// footer is what a Parquet file says of itself.
type footer struct {
	rows    int64
	columns []Column // types in DuckDB's spelling
	stats   map[string]Stat
}

// readFooter reads and checks the footer. The error says what is wrong with
// the file; the caller names it.
func readFooter(r io.ReaderAt, size int64) (f *footer, err error) {
	defer func() {
		if p := recover(); p != nil { // damaged bytes can lead the decoder anywhere
			f, err = nil, fault.New(fault.Corrupt, "its Parquet footer is damaged: %v", p)
		}
	}()
	if err := checkThrift(r, size); err != nil {
		return nil, err
	}
	pf, err := parquet.OpenFile(r, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, fault.New(fault.Corrupt, "not a whole Parquet file: %w", err)
	}
	md := pf.Metadata()
	columns, err := schemaColumns(md.Schema)
	if err != nil {
		return nil, err
	}
	var rows int64
	for i := range md.RowGroups {
		rows += md.RowGroups[i].NumRows
	}
	if rows != md.NumRows {
		return nil, fault.New(fault.Corrupt, "its footer says %d rows, its row groups hold %d", md.NumRows, rows)
	}
	return &footer{rows: md.NumRows, columns: columns, stats: footerStats(md, columns)}, nil
}

// schemaColumns turns the flattened schema tree into columns.
func schemaColumns(schema []format.SchemaElement) ([]Column, error) {
	if len(schema) == 0 || schema[0].NumChildren == nil {
		return nil, fault.New(fault.Corrupt, "its schema has no root")
	}
	w := schemaWalk{schema: schema, next: 1}
	columns := make([]Column, 0, len(schema)-1) // not what the file claims
	for range *schema[0].NumChildren {
		e, t, err := w.field()
		if err != nil {
			return nil, err
		}
		columns = append(columns, Column{Name: e.Name, Type: t.String(), Nullable: !is(e, format.Required)})
	}
	return columns, nil
}

func is(e *format.SchemaElement, r format.FieldRepetitionType) bool {
	return e.RepetitionType != nil && *e.RepetitionType == r
}

// schemaWalk reads a flattened schema depth first.
type schemaWalk struct {
	schema []format.SchemaElement
	next   int
}

// field reads one field with everything below it.
func (w *schemaWalk) field() (*format.SchemaElement, *sqltype.Type, error) {
	e, t, err := w.node()
	if err == nil && is(e, format.Repeated) { // a list without the LIST annotation
		t = &sqltype.Type{Kind: sqltype.List, Elem: t}
	}
	return e, t, err
}

func (w *schemaWalk) node() (*format.SchemaElement, *sqltype.Type, error) {
	if w.next >= len(w.schema) {
		return nil, nil, fault.New(fault.Corrupt, "its schema ends too early")
	}
	e := &w.schema[w.next]
	w.next++
	if e.NumChildren == nil || *e.NumChildren == 0 {
		return e, leafType(e), nil
	}
	switch {
	case annotated(e, deprecated.List):
		t, err := w.list(int(*e.NumChildren))
		return e, t, err
	case annotated(e, deprecated.Map), annotated(e, deprecated.MapKeyValue):
		t, err := w.mapping(int(*e.NumChildren))
		return e, t, err
	}
	t, err := w.structure(int(*e.NumChildren))
	return e, t, err
}

func annotated(e *format.SchemaElement, c deprecated.ConvertedType) bool {
	if e.ConvertedType != nil && *e.ConvertedType == c {
		return true
	}
	l := e.LogicalType
	return l != nil && (c == deprecated.List && l.List != nil || c == deprecated.Map && l.Map != nil)
}

func (w *schemaWalk) structure(children int) (*sqltype.Type, error) {
	t := &sqltype.Type{Kind: sqltype.Struct}
	for range children {
		e, ft, err := w.field()
		if err != nil {
			return nil, err
		}
		t.Fields = append(t.Fields, sqltype.Field{Name: e.Name, Type: ft})
	}
	return t, nil
}

// list reads the repeated child: its only child is the element, unless it is
// itself the element (the backward-compatibility rules of the Parquet format's
// LogicalTypes.md).
func (w *schemaWalk) list(children int) (*sqltype.Type, error) {
	if children != 1 {
		return nil, fault.New(fault.Corrupt, "a list in its schema has %d children", children)
	}
	e, t, err := w.node()
	if err != nil {
		return nil, err
	}
	wrapped := t.Kind == sqltype.Struct && len(t.Fields) == 1 && e.Name != "array" && !strings.HasSuffix(e.Name, "_tuple")
	if wrapped {
		t = t.Fields[0].Type
	}
	return &sqltype.Type{Kind: sqltype.List, Elem: t}, nil
}

func (w *schemaWalk) mapping(children int) (*sqltype.Type, error) {
	_, t, err := w.node()
	if err != nil {
		return nil, err
	}
	if children != 1 || t.Kind != sqltype.Struct || len(t.Fields) != 2 {
		return nil, fault.New(fault.Corrupt, "a map in its schema is not made of keys and values")
	}
	return &sqltype.Type{Kind: sqltype.Map, Key: t.Fields[0].Type, Elem: t.Fields[1].Type}, nil
}

// leafType is a primitive's type: a lake type where the bytes are just that,
// else a name that no lake type has.
func leafType(e *format.SchemaElement) *sqltype.Type {
	if e.Type == nil {
		return &sqltype.Type{Kind: sqltype.Struct}
	}
	if l := e.LogicalType; l != nil {
		if t := logicalType(l); t != nil {
			return t
		}
	}
	if c := e.ConvertedType; c != nil {
		if t := convertedType(e, *c); t != nil {
			return t
		}
	}
	switch *e.Type {
	case format.Boolean:
		return sqltype.Of(sqltype.Boolean)
	case format.Int32:
		return sqltype.Of("INTEGER")
	case format.Int64:
		return sqltype.Of(sqltype.Bigint)
	case format.Int96:
		return sqltype.Of("TIMESTAMP_NS")
	case format.Float:
		return sqltype.Of("FLOAT")
	case format.Double:
		return sqltype.Of(sqltype.Double)
	case format.ByteArray, format.FixedLenByteArray:
	}
	return sqltype.Of(sqltype.Blob)
}

func logicalType(l *format.LogicalType) *sqltype.Type {
	switch {
	case l.UTF8 != nil:
		return sqltype.Of(sqltype.Varchar)
	case l.Enum != nil, l.Json != nil:
		return sqltype.Of(sqltype.Varchar)
	case l.UUID != nil:
		return sqltype.Of("UUID")
	case l.Date != nil:
		return sqltype.Of(sqltype.Date)
	case l.Time != nil:
		return sqltype.Of("TIME")
	case l.Decimal != nil:
		return sqltype.DecimalOf(int(l.Decimal.Precision), int(l.Decimal.Scale))
	case l.Timestamp != nil:
		return timestampType(l.Timestamp)
	case l.Integer != nil:
		return integerType(int(l.Integer.BitWidth), l.Integer.IsSigned)
	case l.Unknown != nil:
		return sqltype.Of(sqltype.Null)
	case l.Float16 != nil:
		return sqltype.Of("FLOAT")
	}
	return nil
}

func timestampType(t *format.TimestampType) *sqltype.Type {
	switch {
	case t.Unit.Micros != nil && t.IsAdjustedToUTC:
		return sqltype.Of(sqltype.Timestamp)
	case t.Unit.Micros != nil:
		return sqltype.Of("TIMESTAMP")
	case t.Unit.Millis != nil:
		return sqltype.Of("TIMESTAMP_MS")
	}
	return sqltype.Of("TIMESTAMP_NS")
}

func integerType(bits int, signed bool) *sqltype.Type {
	name := map[int]sqltype.Kind{8: "TINYINT", 16: "SMALLINT", 32: "INTEGER", 64: sqltype.Bigint}[bits]
	if name == "" {
		return nil
	}
	if !signed {
		name = "U" + name
	}
	return sqltype.Of(name)
}

func convertedType(e *format.SchemaElement, c deprecated.ConvertedType) *sqltype.Type {
	switch c {
	case deprecated.UTF8, deprecated.Enum, deprecated.Json:
		return sqltype.Of(sqltype.Varchar)
	case deprecated.Date:
		return sqltype.Of(sqltype.Date)
	case deprecated.Decimal:
		if e.Precision != nil {
			t := sqltype.DecimalOf(int(*e.Precision), 0)
			if e.Scale != nil {
				t.Scale = int(*e.Scale)
			}
			return t
		}
	case deprecated.TimestampMicros:
		return sqltype.Of(sqltype.Timestamp)
	case deprecated.TimestampMillis:
		return sqltype.Of("TIMESTAMP_MS")
	case deprecated.TimeMicros, deprecated.TimeMillis:
		return sqltype.Of("TIME")
	case deprecated.Int8, deprecated.Int16, deprecated.Int32, deprecated.Int64:
		return integerType(8<<(c-deprecated.Int8), true)
	case deprecated.Uint8, deprecated.Uint16, deprecated.Uint32, deprecated.Uint64:
		return integerType(8<<(c-deprecated.Uint8), false)
	case deprecated.Interval:
		return sqltype.Of("INTERVAL")
	case deprecated.List, deprecated.Map, deprecated.MapKeyValue, deprecated.Bson:
	}
	return nil
}

// footerStats gathers the statistics of the scalar columns over all row groups.
func footerStats(md *format.FileMetaData, columns []Column) map[string]Stat {
	if md.NumRows == 0 {
		return nil
	}
	stats := map[string]Stat{}
	for _, c := range columns {
		t, err := sqltype.Parse(c.Type)
		if err != nil || !t.IsLake() || t.Kind == sqltype.Struct || t.Kind == sqltype.List || t.Kind == sqltype.Map {
			continue
		}
		if s, ok := columnStat(md, c.Name, t); ok {
			stats[c.Name] = s
		}
	}
	return stats
}

func columnStat(md *format.FileMetaData, name string, t *sqltype.Type) (Stat, bool) {
	var s Stat
	var low, high any
	bounded, any0 := true, false
	for g := range md.RowGroups {
		for c := range md.RowGroups[g].Columns {
			m := &md.RowGroups[g].Columns[c].MetaData
			if len(m.PathInSchema) != 1 || m.PathInSchema[0] != name {
				continue
			}
			if m.Statistics.NullCount == 0 && m.Statistics.MinValue == nil && m.Statistics.MaxValue == nil && m.NumValues > 0 {
				return Stat{}, false // no statistics: absent reads as zero
			}
			any0 = true
			s.Nulls += m.Statistics.NullCount
			if m.Statistics.NullCount == m.NumValues {
				continue // nothing but NULL bounds nothing
			}
			lo, okLo := statValue(m, t, m.Statistics.MinValue)
			hi, okHi := statValue(m, t, m.Statistics.MaxValue)
			if !okLo || !okHi {
				bounded = false
				continue
			}
			if low == nil || statLess(lo, low) {
				low = lo
			}
			if high == nil || statLess(high, hi) {
				high = hi
			}
		}
	}
	if bounded && low != nil {
		s.Min, s.Max = statJSON(low, t), statJSON(high, t)
	}
	return s, any0
}

// maxStatText is the longest text, in bytes, that is kept as a bound: longer
// ones may have been cut by the writer.
const maxStatText = 32

// statValue decodes a bound: *big.Int for numbers, dates and times, string for
// text. Floating point, booleans and bytes have none here.
func statValue(m *format.ColumnMetaData, t *sqltype.Type, raw []byte) (any, bool) {
	switch t.Kind {
	case sqltype.Varchar:
		return string(raw), raw != nil && len(raw) <= maxStatText && utf8.Valid(raw)
	case sqltype.Bigint, sqltype.Date, sqltype.Timestamp, sqltype.Decimal:
		n := new(big.Int)
		switch {
		case m.Type == format.Int32 && len(raw) == 4:
			return n.SetInt64(int64(int32(binary.LittleEndian.Uint32(raw)))), true //nolint:gosec // the bits are signed
		case m.Type == format.Int64 && len(raw) == 8:
			return n.SetInt64(int64(binary.LittleEndian.Uint64(raw))), true //nolint:gosec // the bits are signed
		case m.Type == format.FixedLenByteArray && len(raw) > 0:
			n.SetBytes(raw)
			if raw[0]&0x80 != 0 { // two's complement, big endian
				n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(raw))))
			}
			return n, true
		}
	default:
	}
	return nil, false
}

func statLess(a, b any) bool {
	if x, ok := a.(*big.Int); ok {
		return x.Cmp(b.(*big.Int)) < 0
	}
	return a.(string) < b.(string)
}

// statJSON is the bound as a record holds it.
func statJSON(v any, t *sqltype.Type) any {
	n, ok := v.(*big.Int)
	if !ok {
		return v
	}
	if t.Kind != sqltype.Decimal || t.Scale == 0 {
		return json.Number(n.String())
	}
	digits := fmt.Sprintf("%0*s", t.Scale+1, new(big.Int).Abs(n).String())
	sign := ""
	if n.Sign() < 0 {
		sign = "-"
	}
	return json.Number(sign + digits[:len(digits)-t.Scale] + "." + digits[len(digits)-t.Scale:])
}
