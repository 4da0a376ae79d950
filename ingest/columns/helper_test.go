package columns_test

import (
	"math/big"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kalpafall/df360/ingest/columns"
	"github.com/kalpafall/df360/internal/parquetfile"
	"github.com/kalpafall/df360/internal/sqltype"
)

// typ parses a type.
func typ(t testing.TB, text string) *sqltype.Type {
	t.Helper()
	out, err := sqltype.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// layoutOf is a layout of columns that are called as their keys: name, type, …
func layoutOf(t testing.TB, strict bool, pairs ...string) *columns.Layout {
	t.Helper()
	var fields []columns.Field
	for i := 0; i < len(pairs); i += 2 {
		fields = append(fields, columns.Field{Key: pairs[i], Name: pairs[i], Type: typ(t, pairs[i+1])})
	}
	return columns.NewLayout(fields, strict)
}

// described is a layout as tests compare it: name type, name type.
func described(l *columns.Layout) string {
	var out []string
	for _, f := range l.Fields {
		out = append(out, f.Name+" "+f.Type.String())
	}
	return strings.Join(out, ", ")
}

// inferred is the layout that JSON rows ask for.
func inferred(t testing.TB, known *columns.Layout, rows ...string) *columns.Layout {
	t.Helper()
	if known == nil {
		known = columns.NewLayout(nil, true)
	}
	in := columns.NewInference()
	for _, row := range rows {
		in.JSON([]byte(row))
	}
	l, err := in.Layout(known, nil, []string{"_source", "_ingestion_timestamp", "year", "month", "day"})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// taken adds JSON rows and returns all rows as texts, those that do not fit as
// what is said of them.
func taken(t testing.TB, l *columns.Layout, rows ...string) []string {
	t.Helper()
	var out []string
	for _, row := range rows {
		table := columns.NewTable(l)
		if err := table.JSON([]byte(row)); err != nil {
			out = append(out, said(err))
			if table.Rows() != 0 {
				t.Fatalf("%s: a misfit left a row", row)
			}
			continue
		}
		out = append(out, printed(l, table)[0])
	}
	return out
}

func said(err error) string {
	switch e := err.(type) { //nolint:errorlint // as they are
	case *columns.Misfit:
		return "! " + e.Column + ": " + e.Reason
	case *columns.NewColumn:
		return "+ " + e.Key
	}
	return "? " + err.Error()
}

// printed are the rows of a table: each its values, one behind the other.
func printed(l *columns.Layout, table *columns.Table) []string {
	values := table.Values()
	out := make([]string, table.Rows())
	for row := range out {
		var texts []string
		for i, f := range l.Fields {
			texts = append(texts, value(f.Type, &values[i], row))
		}
		out[row] = strings.Join(texts, "|")
	}
	return out
}

// value prints a value.
func value(t *sqltype.Type, v *parquetfile.Values, i int) string {
	if v.Null != nil && v.Null[i] {
		return "NULL"
	}
	switch t.Kind {
	case sqltype.Boolean:
		return strconv.FormatBool(v.Ints[i] != 0)
	case sqltype.Bigint:
		return strconv.FormatInt(v.Ints[i], 10)
	case sqltype.Double:
		return strconv.FormatFloat(v.Floats[i], 'g', -1, 64)
	case sqltype.Date:
		return time.Unix(v.Ints[i]*86400, 0).UTC().Format("2006-01-02")
	case sqltype.Timestamp:
		return time.UnixMicro(v.Ints[i]).UTC().Format(time.RFC3339Nano)
	case sqltype.Decimal:
		return decimal(t, v, i)
	case sqltype.Struct:
		var out []string
		for k, f := range t.Fields {
			out = append(out, f.Name+":"+value(f.Type, &v.Children[k], i))
		}
		return "{" + strings.Join(out, ",") + "}"
	case sqltype.List, sqltype.Map:
		var out []string
		for k := int(v.Offsets[i]); k < int(v.Offsets[i+1]); k++ {
			if t.Kind == sqltype.Map {
				out = append(out, value(t.Key, &v.Children[0], k)+"="+value(t.Elem, &v.Children[1], k))
			} else {
				out = append(out, value(t.Elem, &v.Children[0], k))
			}
		}
		return "[" + strings.Join(out, ",") + "]"
	default:
		return "'" + string(v.Text[v.Ends[i]:v.Ends[i+1]]) + "'"
	}
}

func decimal(t *sqltype.Type, v *parquetfile.Values, i int) string {
	units := new(big.Int)
	if t.Precision <= 18 {
		units.SetInt64(v.Ints[i])
	} else {
		b := v.Fixed[16*i : 16*i+16]
		units.SetBytes(b)
		if b[0] >= 0x80 {
			units.Sub(units, new(big.Int).Lsh(big.NewInt(1), 128))
		}
	}
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(t.Scale)), nil)
	return new(big.Rat).SetFrac(units, scale).FloatString(t.Scale)
}
