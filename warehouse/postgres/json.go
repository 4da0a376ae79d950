package postgres

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"strconv"
	"time"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/sqltype"
	"github.com/kalpafall/df360/warehouse"
)

// jsonVersion begins jsonb's receive format; its text follows.
const jsonVersion = 1

// jsonb writes a nested value as JSON.
func (e *encoder) jsonb(dst []byte, v *duck.Vector, t *sqltype.Type, row int) ([]byte, error) {
	at := len(dst)
	dst = append(dst, 0, 0, 0, 0, jsonVersion)
	dst, err := e.json.value(dst, v, t, row)
	if err != nil {
		return nil, err
	}
	binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4)) //nolint:gosec // Postgres refuses more than 1 GiB
	return dst, nil
}

// jsonWriter writes values as `df360 lake query --json` does: all digits of
// numbers, NaN and the infinities as strings, times in RFC 3339, bytes in base64.
type jsonWriter struct{ e *encoder }

func (w jsonWriter) value(dst []byte, v *duck.Vector, t *sqltype.Type, row int) ([]byte, error) {
	if v.Null(row) {
		return append(dst, "null"...), nil
	}
	switch t.Kind {
	case sqltype.Struct:
		return w.object(dst, v, t, row)
	case sqltype.List:
		return w.list(dst, v, t, row)
	case sqltype.Map:
		return w.mapping(dst, v, t, row)
	case sqltype.Varchar:
		return w.text(dst, v.Text(row))
	case sqltype.Bigint:
		return strconv.AppendInt(dst, duck.At[int64](v, row), 10), nil
	case sqltype.Double:
		return appendDouble(dst, duck.At[float64](v, row)), nil
	case sqltype.Decimal:
		return appendDecimal(dst, decimalAt(v, t, row), t.Scale), nil
	case sqltype.Boolean:
		return strconv.AppendBool(dst, duck.At[bool](v, row)), nil
	case sqltype.Date:
		return appendDate(dst, duck.At[int32](v, row)), nil
	case sqltype.Timestamp:
		return appendTime(dst, duck.At[int64](v, row)), nil
	case sqltype.Blob:
		dst = append(dst, '"')
		return append(base64.StdEncoding.AppendEncode(dst, v.Text(row)), '"'), nil
	default:
		return nil, fault.New(fault.Internal, "a value of type %s is not known", t)
	}
}

func (w jsonWriter) object(dst []byte, v *duck.Vector, t *sqltype.Type, row int) ([]byte, error) {
	dst = append(dst, '{')
	for i, f := range t.Fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = w.text(dst, []byte(f.Name)); err != nil {
			return nil, err
		}
		dst = append(dst, ':')
		if dst, err = w.value(dst, &v.Children[i], f.Type, row); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

func (w jsonWriter) list(dst []byte, v *duck.Vector, t *sqltype.Type, row int) ([]byte, error) {
	span := duck.At[duck.Span](v, row)
	dst = append(dst, '[')
	for i := range span.Length {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = w.value(dst, &v.Children[0], t.Elem, int(span.Offset+i)); err != nil { //nolint:gosec // an element's index
			return nil, err
		}
	}
	return append(dst, ']'), nil
}

func (w jsonWriter) mapping(dst []byte, v *duck.Vector, t *sqltype.Type, row int) ([]byte, error) {
	span := duck.At[duck.Span](v, row)
	dst = append(dst, '{')
	for i := range span.Length {
		if i > 0 {
			dst = append(dst, ',')
		}
		at := int(span.Offset + i) //nolint:gosec // an entry's index
		var err error
		if dst, err = w.key(dst, &v.Children[0], t.Key, at); err != nil {
			return nil, err
		}
		dst = append(dst, ':')
		if dst, err = w.value(dst, &v.Children[1], t.Elem, at); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

// key writes the key of a MAP, which is a string in JSON.
func (w jsonWriter) key(dst []byte, v *duck.Vector, t *sqltype.Type, row int) ([]byte, error) {
	text, err := w.value(nil, v, t, row)
	if err != nil {
		return nil, err
	}
	if len(text) > 0 && text[0] == '"' {
		return append(dst, text...), nil
	}
	return w.text(dst, text)
}

const hexDigits = "0123456789abcdef"

func (w jsonWriter) text(dst, value []byte) ([]byte, error) {
	dst = append(dst, '"')
	for _, b := range value {
		switch {
		case b == '"' || b == '\\':
			dst = append(dst, '\\', b)
		case b == 0:
			if w.e.nul != warehouse.ReplaceNUL {
				return nil, errNUL()
			}
			w.e.nuls++
			dst = append(dst, replacement...)
		case b < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[b>>4], hexDigits[b&15])
		default:
			dst = append(dst, b)
		}
	}
	return append(dst, '"'), nil
}

func appendDouble(dst []byte, value float64) []byte {
	switch {
	case math.IsNaN(value):
		return append(dst, `"NaN"`...)
	case math.IsInf(value, 1):
		return append(dst, `"Infinity"`...)
	case math.IsInf(value, -1):
		return append(dst, `"-Infinity"`...)
	}
	return strconv.AppendFloat(dst, value, 'g', -1, 64)
}

func appendDate(dst []byte, days int32) []byte {
	switch days {
	case dateInfinity:
		return append(dst, `"infinity"`...)
	case -dateInfinity:
		return append(dst, `"-infinity"`...)
	}
	dst = append(dst, '"')
	return append(time.Unix(int64(days)*86400, 0).UTC().AppendFormat(dst, time.DateOnly), '"')
}

func appendTime(dst []byte, micros int64) []byte {
	switch micros {
	case timeInfinity:
		return append(dst, `"infinity"`...)
	case -timeInfinity:
		return append(dst, `"-infinity"`...)
	}
	dst = append(dst, '"')
	return append(time.UnixMicro(micros).UTC().AppendFormat(dst, time.RFC3339Nano), '"')
}
