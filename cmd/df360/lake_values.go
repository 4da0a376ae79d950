package main

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"github.com/kalpafall/df360/internal/table"
)

// plain makes a value of the engine's driver one that internal/table writes.
// The type tells what the Go value alone does not: a date from a time, the
// order of a STRUCT's fields.
func plain(v any, t duckdb.TypeInfo) any {
	switch v := v.(type) {
	case nil, bool, string, int64, float64, float32, *big.Int:
		return v
	case int8, int16, int32, uint8, uint16, uint32, uint64:
		return table.Number(fmt.Sprint(v))
	case time.Time:
		return plainTime(v, t)
	case duckdb.Decimal:
		return plainDecimal(v)
	case duckdb.Interval:
		return plainInterval(v)
	case []byte:
		return plainBytes(v, t)
	case []any:
		return plainList(v, t)
	case map[string]any:
		return plainStruct(v, t)
	case duckdb.OrderedMap:
		return plainMap(v, t)
	case duckdb.Union:
		return table.Object{{Name: v.Tag, Value: plain(v.Value, memberType(t, v.Tag))}}
	}
	return fmt.Sprint(v)
}

func kindOf(t duckdb.TypeInfo) duckdb.Type {
	if t == nil {
		return duckdb.TYPE_INVALID
	}
	return t.InternalType()
}

func plainTime(v time.Time, t duckdb.TypeInfo) any {
	switch kindOf(t) {
	case duckdb.TYPE_DATE:
		return v.UTC().Format(time.DateOnly)
	case duckdb.TYPE_TIME:
		return v.UTC().Format("15:04:05.999999999")
	case duckdb.TYPE_TIME_TZ:
		return v.Format("15:04:05.999999999Z07:00")
	}
	switch v.UnixMicro() {
	case math.MaxInt64:
		return "infinity"
	case -math.MaxInt64:
		return "-infinity"
	}
	return v
}

// plainDecimal is a decimal with all digits of its scale: 1.10.
func plainDecimal(v duckdb.Decimal) table.Number {
	digits, sign := v.Value.String(), ""
	if v.Value.Sign() < 0 {
		digits, sign = digits[1:], "-"
	}
	scale := int(v.Scale)
	if scale == 0 {
		return table.Number(sign + digits)
	}
	if missing := scale + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	return table.Number(sign + digits[:len(digits)-scale] + "." + digits[len(digits)-scale:])
}

// plainInterval is an interval as the engine spells it: 1 month 2 days 03:04:05.
func plainInterval(v duckdb.Interval) string {
	var parts []string
	add := func(n int64, unit string) {
		if n == 1 || n == -1 {
			parts = append(parts, strconv.FormatInt(n, 10)+" "+unit)
		} else if n != 0 {
			parts = append(parts, strconv.FormatInt(n, 10)+" "+unit+"s")
		}
	}
	add(int64(v.Months/12), "year")
	add(int64(v.Months%12), "month")
	add(int64(v.Days), "day")
	if v.Micros != 0 || len(parts) == 0 {
		sign, micros := "", v.Micros
		if micros < 0 {
			sign, micros = "-", -micros
		}
		clock := fmt.Sprintf("%s%02d:%02d:%02d", sign, micros/3600e6, micros/60e6%60, micros/1e6%60)
		if fraction := micros % 1e6; fraction != 0 {
			clock += strings.TrimRight(fmt.Sprintf(".%06d", fraction), "0")
		}
		parts = append(parts, clock)
	}
	return strings.Join(parts, " ")
}

// plainBytes is a BLOB, or a UUID, which the driver hands over as bytes too.
func plainBytes(v []byte, t duckdb.TypeInfo) any {
	if kindOf(t) == duckdb.TYPE_UUID && len(v) == 16 {
		id := duckdb.UUID(v)
		return id.String()
	}
	return v
}

func plainList(v []any, t duckdb.TypeInfo) any {
	var child duckdb.TypeInfo
	if t != nil {
		switch d := t.Details().(type) {
		case *duckdb.ListDetails:
			child = d.Child
		case *duckdb.ArrayDetails:
			child = d.Child
		}
	}
	out := make([]any, len(v))
	for i, e := range v {
		out[i] = plain(e, child)
	}
	return out
}

func plainStruct(v map[string]any, t duckdb.TypeInfo) any {
	out := table.Object{}
	if t != nil {
		if d, ok := t.Details().(*duckdb.StructDetails); ok {
			for _, e := range d.Entries {
				out = append(out, table.Field{Name: e.Name(), Value: plain(v[e.Name()], e.Info())})
			}
			return out
		}
	}
	for _, name := range sortedNames(v) {
		out = append(out, table.Field{Name: name, Value: plain(v[name], nil)})
	}
	return out
}

// plainMap is a MAP as an object in the map's own order.
func plainMap(v duckdb.OrderedMap, t duckdb.TypeInfo) any {
	var key, value duckdb.TypeInfo
	if t != nil {
		if d, ok := t.Details().(*duckdb.MapDetails); ok {
			key, value = d.Key, d.Value
		}
	}
	out := table.Object{}
	values := v.Values()
	for i, k := range v.Keys() {
		out = append(out, table.Field{Name: table.Text(plain(k, key)), Value: plain(values[i], value)})
	}
	return out
}

func memberType(t duckdb.TypeInfo, tag string) duckdb.TypeInfo {
	if t != nil {
		if d, ok := t.Details().(*duckdb.UnionDetails); ok {
			for _, m := range d.Members {
				if m.Name == tag {
					return m.Type
				}
			}
		}
	}
	return nil
}

// jsonValue is a column of type JSON, read as text, as JSON itself.
func jsonValue(v any) any {
	text, ok := v.(string)
	if !ok || !json.Valid([]byte(text)) {
		return v
	}
	return json.RawMessage(text)
}

// isNumber tells columns that stand to the right.
func isNumber(t duckdb.Type) bool {
	switch t {
	case duckdb.TYPE_TINYINT, duckdb.TYPE_SMALLINT, duckdb.TYPE_INTEGER, duckdb.TYPE_BIGINT, duckdb.TYPE_HUGEINT,
		duckdb.TYPE_UTINYINT, duckdb.TYPE_USMALLINT, duckdb.TYPE_UINTEGER, duckdb.TYPE_UBIGINT, duckdb.TYPE_UHUGEINT,
		duckdb.TYPE_FLOAT, duckdb.TYPE_DOUBLE, duckdb.TYPE_DECIMAL, duckdb.TYPE_BIGNUM:
		return true
	}
	return false
}
