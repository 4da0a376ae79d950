package columns_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kalpafall/df360/ingest/columns"
	"github.com/kalpafall/df360/internal/sqltype"
)

func numbers() []string {
	return []string{
		"0", "-0", "-0.0", "1", "-1", "007", "+1", "1.5", "1.50", ".5", "-.5", "5.", ".", "-", "1e3", "1E-3", "1e400", "1e-400", "4.9e-324", "9007199254740993", "9007199254740992.5",
		"9223372036854775807", "9223372036854775808", "-9223372036854775808", "99999999999999999999999999999999999999", "0.1234567890123456789", "123456789012345678.9", "0e-400",
		"NaN", "-NaN", "inf", "-Infinity", "0x1F", "1_000", "12.0", "12.000000000000000000000", "0.30000000000000004", "1e22", "1e23", "900719925474099.3",
	}
}

// exact is what a text says as a number; nil where it is none.
func exact(text string) *big.Rat {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	if e, err := strconv.Atoi(exponent); exponent != "" && (err != nil || e > 500 || e < -500) || len(mantissa) > 500 {
		return nil
	}
	if strings.ContainsAny(mantissa, "xX_/pP+ ") || strings.Trim(mantissa, "0123456789.-") != "" {
		return nil
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil
	}
	return r
}

// FuzzNumbers takes a text into a column of each type of numbers, as a CSV field
// and as JSON: what was taken is the number that was there.
func FuzzNumbers(f *testing.F) {
	for _, n := range numbers() {
		f.Add(n, uint8(18), uint8(2))
		f.Add(n, uint8(38), uint8(10))
	}
	f.Fuzz(func(t *testing.T, text string, precision, scale uint8) {
		if precision == 0 || precision > 38 || scale > precision {
			precision, scale = 18, 2
		}
		decimal := fmt.Sprintf("DECIMAL(%d,%d)", precision, scale)
		for _, name := range []string{"BIGINT", "DOUBLE", decimal} {
			l := layoutOf(t, true, "v", name)
			got := takenFields(l, text)[0]
			compareNumber(t, name, text, got)
			if json.Valid([]byte(text)) && strings.Trim(text, " \t\r\n") == text {
				compareNumber(t, name, text, taken(t, l, `{"v":`+text+`}`)[0])
			}
		}
	})
}

func compareNumber(t *testing.T, typ, text, got string) {
	t.Helper()
	want := exact(text)
	if strings.HasPrefix(got, "!") {
		// A whole number that is written as one, or a decimal that fits, is taken.
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && typ == "BIGINT" && strconv.FormatInt(n, 10) == text {
			t.Fatalf("%q is no %s: %s", text, typ, got)
		}
		return
	}
	if got == "NULL" {
		if text != "null" {
			t.Fatalf("%q as %s is NULL", text, typ)
		}
		return
	}
	if typ == "DOUBLE" {
		x, err := strconv.ParseFloat(got, 64)
		y, err2 := strconv.ParseFloat(text, 64)
		if err != nil || err2 != nil || x != y && !math.IsNaN(x) && !math.IsNaN(y) || math.Signbit(x) != math.Signbit(y) {
			t.Fatalf("%q as DOUBLE is %s; strconv says %v, %v", text, got, y, err2)
		}
		if want != nil && !strings.ContainsAny(text, ".eE") && new(big.Rat).SetFloat64(x).Cmp(want) != 0 {
			t.Fatalf("the whole number %q as DOUBLE is %s", text, got)
		}
		return
	}
	back, ok := new(big.Rat).SetString(got)
	if !ok || want == nil || back.Cmp(want) != 0 {
		t.Fatalf("%q as %s is %s", text, typ, got)
	}
}

// FuzzTimes compares with time.Parse.
func FuzzTimes(f *testing.F) {
	for _, s := range []string{
		"2025-01-02", "2024-02-29", "2023-02-29", "1900-02-29", "0000-01-01", "0001-01-01", "9999-12-31", "10000-01-01", "2025-01-02T03:04:05Z", "2025-01-02 03:04:05.123456+02:00",
		"2025-01-02T03:04:05.123456789Z", "2025-01-02T03:04:05.1000000", "2025-01-02T03:04", "2025-01-02T03:04+05", "2025-01-02T03:04:05-0530", "2025-01-02T03:04:05 UTC", "2025-01-02t03:04:05z",
		"2025-01-02T24:00:00Z", "2025-01-02T23:59:60Z", "2025-01-02T03:04:05+99:00", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59.999999-01:00", "2025-01-02T03:04:05.", "2025-01-02T03:04:05,5Z",
	} {
		f.Add(s)
	}
	layouts := []string{}
	for _, clock := range []string{"15:04:05.999999999", "15:04"} {
		for _, zone := range []string{"", "Z07:00", "Z0700", "Z07", " UTC"} {
			layouts = append(layouts, "2006-01-02T"+clock+zone)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		date := takenFields(layoutOf(t, true, "v", "DATE"), text)[0]
		want, err := time.Parse("2006-01-02", text)
		if ok := err == nil && want.Year() > 0 && len(text) == 10; ok != !strings.HasPrefix(date, "!") || ok && date != text {
			t.Fatalf("%q as DATE: %s; time.Parse: %v, %v", text, date, want, err)
		}
		moment := takenFields(layoutOf(t, true, "v", "TIMESTAMPTZ"), text)[0]
		if strings.HasPrefix(moment, "!") {
			if want, err := time.Parse(time.RFC3339Nano, text); err == nil && want.Nanosecond()%1000 == 0 && want.UTC().Year() > 0 && want.UTC().Year() < 10000 && text[13] == ':' {
				if _, offset := want.Zone(); offset < 19*3600 && offset > -19*3600 {
					t.Fatalf("%q was not taken: %s", text, moment)
				}
			}
			return
		}
		if len(text) == 10 {
			return // a date, which is its midnight
		}
		got, err := time.Parse(time.RFC3339Nano, moment)
		if err != nil {
			t.Fatal(err)
		}
		plain := []byte(strings.ToUpper(text))
		plain[10] = 'T'
		for _, layout := range layouts {
			if want, err := time.Parse(layout, string(plain)); err == nil {
				if !want.Equal(got) {
					t.Fatalf("%q is %s, time.Parse says %s", text, got, want.UTC())
				}
				return
			}
		}
		t.Fatalf("%q is %s, time.Parse does not read it", text, got)
	})
}

// FuzzJSON infers a row and takes it: all its values are there again, and nothing
// is asked for a second time.
func FuzzJSON(f *testing.F) {
	for _, row := range []string{
		`{"a":1,"b":"x","c":[1,2.5,null],"d":{"e":true,"f":{}},"g":null}`, `{"A":1,"a":2,"":3," ":4}`, `{"s":{"a":1,"A":2}}`, `{"l":[[],[1],["x"],{"y":[]}]}`,
		`{"a":"2025-01-01","b":"2025-01-01T00:00:00.1234567Z","c":9007199254740993,"d":1e400}`, `{"a":{"b":{"c":{"d":[{"e":[{"f":1}]}]}}}}`, `{"a":"\u0000"}`, `{"a":1,"a":2}`,
		`{"x y":{"x y":1,"x_y":2},"x_y":0}`, `[1]`, `{"new":1, oops`,
	} {
		f.Add([]byte(row))
	}
	f.Fuzz(func(t *testing.T, row []byte) {
		if len(row) > 4096 {
			return
		}
		in := columns.NewInference()
		in.JSON(row)
		l, err := in.Layout(columns.NewLayout(nil, true), nil, []string{"year"})
		if err != nil {
			t.Fatal(err)
		}
		table := columns.NewTable(l)
		switch err := table.JSON(row).(type) { //nolint:errorlint // as they are
		case nil:
			compareRow(t, l, row, table)
		case *columns.Misfit:
			// Types were found for this very row: only what no column can hold is left.
			if !json.Valid(row) || strings.Contains(err.Reason, "there twice") || strings.Contains(err.Reason, "NUL") || strings.Contains(err.Reason, "not a JSON object") ||
				strings.HasPrefix(err.Reason, "no valid JSON") || strings.HasPrefix(err.Reason, "the JSON text") {
				return
			}
			t.Fatalf("%s: %v; the layout is %s", row, err, described(l))
		default:
			t.Fatalf("%s: %v", row, err)
		}
	})
}

// compareRow compares the values of a row with what encoding/json reads.
func compareRow(t *testing.T, l *columns.Layout, row []byte, table *columns.Table) {
	t.Helper()
	var want map[string]json.RawMessage
	if err := json.Unmarshal(row, &want); err != nil {
		t.Fatal(err)
	}
	values := table.Values()
	seen := 0
	for i, f := range l.Fields {
		raw := want[f.Key]
		if len(raw) == 0 || string(raw) == "null" {
			continue
		}
		seen++
		got := value(f.Type, &values[i], 0)
		var text string
		switch {
		case f.Type.Kind == sqltype.Varchar && raw[0] == '"':
			_ = json.Unmarshal(raw, &text)
			if got != "'"+text+"'" {
				t.Fatalf("%s: %s is %s", row, f.Key, got)
			}
		case f.Type.Kind == sqltype.Varchar:
			if got != "'"+string(raw)+"'" {
				t.Fatalf("%s: %s is %s", row, f.Key, got)
			}
		case f.Type.Kind == sqltype.Bigint || f.Type.Kind == sqltype.Decimal:
			compareNumber(t, f.Type.String(), string(raw), got)
		case got == "NULL":
			t.Fatalf("%s: %s is NULL", row, f.Key)
		}
	}
	for _, raw := range want {
		if string(raw) != "null" {
			seen--
		}
	}
	if seen != 0 {
		t.Fatalf("%s: %d values are missing; the layout is %s", row, -seen, described(l))
	}
}

// FuzzFields infers CSV fields and takes them: each is taken, and is the value
// that was there.
func FuzzFields(f *testing.F) {
	all := numbers()
	for i := range all {
		f.Add(all[i], all[(i+7)%len(all)])
	}
	f.Add("true", "False")
	f.Add("2025-01-01", "2025-01-01T00:00:00.5+02")
	f.Fuzz(func(t *testing.T, a, b string) {
		typ, got := textColumn(t, a, b)
		for i, text := range []string{a, b} {
			if strings.HasPrefix(got[i], "!") {
				t.Fatalf("%q and %q make a %s, which does not take them: %s", a, b, typ, got[i])
			}
			switch typ {
			case "VARCHAR":
				if got[i] != "'"+text+"'" {
					t.Fatalf("%q is %s", text, got[i])
				}
			case "BIGINT", "DECIMAL(38,0)":
				if got[i] != text {
					t.Fatalf("%q is %s", text, got[i])
				}
			case "DOUBLE":
				compareNumber(t, typ, text, got[i])
			}
		}
	})
}

func FuzzNames(f *testing.F) {
	f.Add("Order ID", "order_id", "")
	f.Add("ä", "Ä", strings.Repeat("x", 70))
	f.Fuzz(func(t *testing.T, a, b, c string) {
		n := columns.Namer{}
		n.Reserve("year")
		seen := map[string]bool{"year": true}
		for i, raw := range []string{a, b, c} {
			name := n.Column(raw, i+1)
			if len(name) > 63 || name == "" || seen[strings.ToLower(name)] {
				t.Fatalf("%q is called %q", raw, name)
			}
			seen[strings.ToLower(name)] = true
		}
		l := layoutOfHeaders(t, columns.NewLayout(nil, true), []string{a, b, c})
		for i, place := range l.Header([]string{a, b, c}) {
			if place != i {
				t.Fatalf("%q, %q, %q go to %v of %s", a, b, c, l.Header([]string{a, b, c}), names(l))
			}
		}
	})
}
