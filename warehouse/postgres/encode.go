package postgres

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/sqltype"
	"github.com/kalpafall/df360/warehouse"
)

// Binary COPY (the manual's page "COPY", section Binary Format): a header, for
// each row the number of its fields and for each field its length and bytes in
// the type's send format, all big endian, and a trailer.

// copyHeader is the signature, no flags, no extension.
func copyHeader() []byte { return []byte("PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00") }

// copyTrailer is a row of -1 fields.
func copyTrailer() []byte { return []byte{0xff, 0xff} }

// nullField is the length of a NULL.
const nullField = "\xff\xff\xff\xff"

// Days and microseconds from 1970, the engine's epoch, to 2000, Postgres' own.
const (
	epochDays   = 10957
	epochMicros = epochDays * 86400 * 1_000_000
)

// What Postgres holds, counted from its epoch: from 4714-11-24 BC (day 0 of its
// Julian count) on, dates before 5874898. Its last time is later than the engine's.
const (
	leastDay   = -2451545
	endDay     = 2145031949
	leastMicro = -211813488000000000
)

// The engine's infinities.
const (
	dateInfinity = math.MaxInt32
	timeInfinity = math.MaxInt64
)

// encoder writes chunks of columns as rows of binary COPY.
type encoder struct {
	columns []warehouse.Column
	suffix  []byte // fields that are the same in each row, encoded
	nul     warehouse.NUL
	nuls    int64
	head    [2]byte // the number of fields
	json    jsonWriter
}

// newEncoder makes an encoder of columns, behind which each row has extra
// fields, given encoded.
func newEncoder(columns []warehouse.Column, nul warehouse.NUL, extra ...[]byte) *encoder {
	e := &encoder{columns: columns, nul: nul}
	for _, field := range extra {
		e.suffix = append(e.suffix, field...)
	}
	binary.BigEndian.PutUint16(e.head[:], uint16(len(columns)+len(extra))) //nolint:gosec // at most 1600
	e.json.e = e
	return e
}

// chunk appends all rows of a chunk.
func (e *encoder) chunk(dst []byte, c *duck.Chunk) ([]byte, error) {
	var err error
	for row := range c.Rows {
		dst = append(dst, e.head[:]...)
		for i := range c.Columns {
			if dst, err = e.field(dst, &c.Columns[i], e.columns[i].Type, row); err != nil {
				return nil, fmt.Errorf("column %s: %w", e.columns[i].Name, err)
			}
		}
		dst = append(dst, e.suffix...)
	}
	return dst, nil
}

func (e *encoder) field(dst []byte, v *duck.Vector, t *sqltype.Type, row int) ([]byte, error) {
	if v.Null(row) {
		return append(dst, nullField...), nil
	}
	switch t.Kind {
	case sqltype.Varchar:
		return e.text(dst, v.Text(row))
	case sqltype.Bigint:
		return int8Field(dst, duck.At[int64](v, row)), nil
	case sqltype.Double:
		return int8Field(dst, int64(math.Float64bits(duck.At[float64](v, row)))), nil //nolint:gosec // the bits
	case sqltype.Timestamp:
		return timeField(dst, duck.At[int64](v, row))
	case sqltype.Date:
		return dateField(dst, duck.At[int32](v, row))
	case sqltype.Boolean:
		if duck.At[bool](v, row) {
			return append(dst, 0, 0, 0, 1, 1), nil
		}
		return append(dst, 0, 0, 0, 1, 0), nil
	case sqltype.Decimal:
		return decimalField(dst, decimalAt(v, t, row), t.Scale), nil
	case sqltype.Blob:
		return bytesField(dst, v.Text(row)), nil
	default: // nested
		return e.jsonb(dst, v, t, row)
	}
}

func int8Field(dst []byte, value int64) []byte {
	dst = append(dst, 0, 0, 0, 8)
	return binary.BigEndian.AppendUint64(dst, uint64(value)) //nolint:gosec // two's complement
}

func bytesField(dst, value []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(value))) //nolint:gosec // at most 4 GiB; Postgres refuses more than 1
	return append(dst, value...)
}

// textField is a text that is known to have no NUL.
func textField(value string) []byte { return bytesField(nil, []byte(value)) }

// text writes a VARCHAR, which Postgres has in UTF-8 and without NUL.
func (e *encoder) text(dst, value []byte) ([]byte, error) {
	if bytes.IndexByte(value, 0) < 0 {
		return bytesField(dst, value), nil
	}
	if e.nul != warehouse.ReplaceNUL {
		return nil, errNUL()
	}
	n := bytes.Count(value, []byte{0})
	e.nuls += int64(n)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(value)+n*(len(replacement)-1))) //nolint:gosec // as above
	for _, b := range value {
		if b == 0 {
			dst = append(dst, replacement...)
		} else {
			dst = append(dst, b)
		}
	}
	return dst, nil
}

// replacement stands for a NUL: U+FFFD.
const replacement = "\uFFFD"

func errNUL() error {
	return fault.New(fault.Schema, "a text has a NUL character, which Postgres cannot keep").
		WithHint("--nul replace puts U+FFFD in its place, and counts them")
}

func timeField(dst []byte, micros int64) ([]byte, error) {
	switch {
	case micros == timeInfinity:
		return int8Field(dst, math.MaxInt64), nil
	case micros == -timeInfinity:
		return int8Field(dst, math.MinInt64), nil
	case micros < leastMicro+epochMicros:
		return nil, fault.New(fault.Schema, "a time in the year %d is not one that Postgres can keep", time.UnixMicro(micros).UTC().Year())
	}
	return int8Field(dst, micros-epochMicros), nil
}

func dateField(dst []byte, days int32) ([]byte, error) {
	dst = append(dst, 0, 0, 0, 4)
	value := int64(days) - epochDays
	switch {
	case days == dateInfinity:
		value = math.MaxInt32
	case days == -dateInfinity:
		value = math.MinInt32
	case value < leastDay || value >= endDay:
		return nil, fault.New(fault.Schema, "a date in the year %d is not one that Postgres can keep", time.Unix(int64(days)*86400, 0).UTC().Year())
	}
	return binary.BigEndian.AppendUint32(dst, uint32(int32(value))), nil //nolint:gosec // two's complement
}
