package columns_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kalpafall/df360/ingest/columns"
)

// Each case is the values of a column in JSON, the type found for all of them,
// and what they are then.
func TestTypesOfJSON(t *testing.T) {
	t.Parallel()
	digits38, digits39 := strings.Repeat("9", 38), strings.Repeat("9", 39)
	for _, c := range []struct {
		name   string
		values []string
		typ    string
		want   []string
	}{
		{"whole", []string{`0`, `-1`, `9223372036854775807`, `-9223372036854775808`, `null`}, "BIGINT", []string{"0", "-1", "9223372036854775807", "-9223372036854775808", "NULL"}},
		{"2^63", []string{`9223372036854775808`}, "DECIMAL(38,0)", []string{"9223372036854775808"}},
		{"below -2^63", []string{`-9223372036854775809`, `1`}, "DECIMAL(38,0)", []string{"-9223372036854775809", "1"}},
		{"38 digits", []string{digits38, "-" + digits38}, "DECIMAL(38,0)", []string{digits38, "-" + digits38}},
		{"39 digits", []string{digits39, `1`}, "VARCHAR", []string{"'" + digits39 + "'", "'1'"}},
		{"fractions", []string{`0.1`, `1e3`, `-0.0`, `1`}, "DOUBLE", []string{"0.1", "1000", "-0", "1"}},
		{"minus zero is no whole number", []string{`-0`, `1`}, "DOUBLE", []string{"-0", "1"}},
		{"2^53 beside fractions", []string{`9007199254740992`, `0.5`}, "DOUBLE", []string{"9.007199254740992e+15", "0.5"}},
		{"2^53+1 beside fractions", []string{`9007199254740993`, `0.5`}, "VARCHAR", []string{"'9007199254740993'", "'0.5'"}},
		{"2^54 beside fractions", []string{`18014398509481984`, `0.5`}, "DOUBLE", []string{"1.8014398509481984e+16", "0.5"}},
		{"2^64 beside fractions", []string{`18446744073709551616`, `0.5`}, "VARCHAR", []string{"'18446744073709551616'", "'0.5'"}},
		{"beyond DOUBLE", []string{`1e400`, `1`}, "VARCHAR", []string{"'1e400'", "'1'"}},
		{"below DOUBLE", []string{`1e-400`}, "VARCHAR", []string{"'1e-400'"}},
		{"zero with an exponent", []string{`0e-400`, `0.0e5`}, "DOUBLE", []string{"0", "0"}},
		{"the largest DOUBLE", []string{`1.7976931348623157e308`}, "DOUBLE", []string{"1.7976931348623157e+308"}},
		{"truth", []string{`true`, `false`, `null`}, "BOOLEAN", []string{"true", "false", "NULL"}},
		{"texts of truth", []string{`"true"`}, "VARCHAR", []string{"'true'"}},
		{"texts of numbers", []string{`"12"`, `"007"`}, "VARCHAR", []string{"'12'", "'007'"}},
		{"dates", []string{`"2024-02-29"`, `"0001-01-01"`, `"9999-12-31"`}, "DATE", []string{"2024-02-29", "0001-01-01", "9999-12-31"}},
		{"no dates", []string{`"2023-02-29"`}, "VARCHAR", []string{"'2023-02-29'"}},
		{"year 1900 is no leap year", []string{`"1900-02-29"`}, "VARCHAR", []string{"'1900-02-29'"}},
		{"year 2000 is one", []string{`"2000-02-29"`}, "DATE", []string{"2000-02-29"}},
		{"year 0", []string{`"0000-01-01"`}, "VARCHAR", []string{"'0000-01-01'"}},
		{"year 10000", []string{`"10000-01-01"`}, "VARCHAR", []string{"'10000-01-01'"}},
		{"other dates stay texts", []string{`"03/04/2025"`, `"2025-1-2"`, `"20250102"`}, "VARCHAR", []string{"'03/04/2025'", "'2025-1-2'", "'20250102'"}},
		{
			"times",
			[]string{`"2025-01-02T03:04:05Z"`, `"2025-01-02 03:04:05.123456+02:00"`, `"2025-01-02T03:04"`},
			"TIMESTAMPTZ",
			[]string{"2025-01-02T03:04:05Z", "2025-01-02T01:04:05.123456Z", "2025-01-02T03:04:00Z"},
		},
		{"dates among times", []string{`"2025-01-02T03:04:05Z"`, `"2025-01-02"`}, "TIMESTAMPTZ", []string{"2025-01-02T03:04:05Z", "2025-01-02T00:00:00Z"}},
		{"nanoseconds", []string{`"2025-01-02T03:04:05.123456789Z"`}, "VARCHAR", []string{"'2025-01-02T03:04:05.123456789Z'"}},
		{"nanoseconds that are none", []string{`"2025-01-02T03:04:05.123456000Z"`}, "TIMESTAMPTZ", []string{"2025-01-02T03:04:05.123456Z"}},
		{"a text among dates", []string{`"2025-01-02"`, `""`}, "VARCHAR", []string{"'2025-01-02'", "''"}},
		{"mixed kinds", []string{`1`, `"a"`, `true`, `{"b": [1]}`, `[ 2 ]`, `1.50`}, "VARCHAR", []string{"'1'", "'a'", "'true'", `'{"b": [1]}'`, "'[ 2 ]'", "'1.50'"}},
		{"numbers and truth", []string{`1`, `true`}, "VARCHAR", []string{"'1'", "'true'"}},
		{"escapes", []string{`"a\u0041\n\ud83d\ude00"`}, "VARCHAR", []string{"'aA\n😀'"}},
		{"nothing but NULL", []string{`null`}, "", nil},
		{"structs", []string{`{"a":1,"b":null}`, `{"b":"x"}`, `null`, `{}`}, `STRUCT("a" BIGINT, "b" VARCHAR)`, []string{"{a:1,b:NULL}", "{a:NULL,b:'x'}", "NULL", "{a:NULL,b:NULL}"}},
		{"fields that are never there", []string{`{"a":null}`}, "VARCHAR", []string{`'{"a":null}'`}},
		{"empty objects", []string{`{}`}, "VARCHAR", []string{"'{}'"}},
		{"lists", []string{`[1,null,2]`, `[]`, `null`, `[0.5]`}, "DOUBLE[]", []string{"[1,NULL,2]", "[]", "NULL", "[0.5]"}},
		{"empty lists", []string{`[]`, `[null]`}, "VARCHAR[]", []string{"[]", "[NULL]"}},
		{"lists of lists", []string{`[[1],[]]`, `[null]`}, "BIGINT[][]", []string{"[[1],[]]", "[NULL]"}},
		{"lists of structs", []string{`[{"a":1},{"b":true}]`, `[{}]`}, `STRUCT("a" BIGINT, "b" BOOLEAN)[]`, []string{"[{a:1,b:NULL},{a:NULL,b:true}]", "[{a:NULL,b:NULL}]"}},
		{"lists of mixed kinds", []string{`[1,"a"]`, `[{"x":[1]}]`}, "VARCHAR[]", []string{"['1','a']", `['{"x":[1]}']`}},
		{
			"structs in structs",
			[]string{`{"a":{"b":{"c":1}}}`, `{"a":{"b":{"d":[2]}}}`},
			`STRUCT("a" STRUCT("b" STRUCT("c" BIGINT, "d" BIGINT[])))`,
			[]string{"{a:{b:{c:1,d:NULL}}}", "{a:{b:{c:NULL,d:[2]}}}"},
		},
		{"fields that differ in case only", []string{`{"a":1,"A":2}`, `{"a":3}`}, "VARCHAR", []string{`'{"a":1,"A":2}'`, `'{"a":3}'`}},
		{"… in different rows", []string{`{"a":1}`, `{"A":2}`}, "VARCHAR", []string{`'{"a":1}'`, `'{"A":2}'`}},
		{"fields whose clean names are the same", []string{`{"x y":1,"x_y":2}`}, "VARCHAR", []string{`'{"x y":1,"x_y":2}'`}},
		{"fields with strange names", []string{`{"x y":1,"a\"b":2,"ü":3,"":4}`}, `STRUCT("x_y" BIGINT, "a""b" BIGINT, "ü" BIGINT, "_" BIGINT)`, []string{`{x_y:1,a"b:2,ü:3,_:4}`}},
	} {
		rows := make([]string, len(c.values))
		for i, v := range c.values {
			rows[i] = `{"v":` + v + `}`
		}
		l := inferred(t, nil, rows...)
		want := ""
		if c.typ != "" {
			want = "v " + c.typ
		}
		if diff := cmp.Diff(want, described(l)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
			continue
		}
		if c.want == nil {
			continue
		}
		if diff := cmp.Diff(c.want, taken(t, l, rows...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// textColumn is the type found for CSV fields, and what they are then.
func textColumn(t *testing.T, fields ...string) (string, []string) {
	t.Helper()
	headers := columns.NewHeaders(columns.NewLayout(nil, true))
	headers.Add([]string{"v"})
	in := columns.NewInference()
	for _, f := range fields {
		in.Field(0, []byte(f))
	}
	l, err := in.Layout(columns.NewLayout(nil, true), headers, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Fields) == 0 {
		return "", nil
	}
	return l.Fields[0].Type.String(), takenFields(l, fields...)
}

// takenFields adds rows of one field.
func takenFields(l *columns.Layout, fields ...string) []string {
	table := columns.NewTable(l)
	var out []string
	for _, f := range fields {
		if err := table.End(table.Field(0, "v", []byte(f))); err != nil {
			out = append(out, said(err))
			continue
		}
		all := printed(l, table)
		out = append(out, all[len(all)-1])
	}
	return out
}

func TestTypesOfCSV(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		fields []string
		typ    string
		want   []string
	}{
		{"whole", []string{"0", "-1", "12"}, "BIGINT", []string{"0", "-1", "12"}},
		{"18 digits", []string{"999999999999999999", "-999999999999999999"}, "BIGINT", []string{"999999999999999999", "-999999999999999999"}},
		{"19 digits", []string{"1234567890123456789"}, "VARCHAR", []string{"'1234567890123456789'"}},
		{"leading zeros", []string{"1", "007"}, "VARCHAR", []string{"'1'", "'007'"}},
		{"leading zeros of fractions", []string{"00.5"}, "VARCHAR", []string{"'00.5'"}},
		{"leading zeros behind a minus", []string{"-01"}, "VARCHAR", []string{"'-01'"}},
		{"plus", []string{"+1"}, "VARCHAR", []string{"'+1'"}},
		{"blanks", []string{" 1"}, "VARCHAR", []string{"' 1'"}},
		{"thousands", []string{"1,000"}, "VARCHAR", []string{"'1,000'"}},
		{"minus zero", []string{"-0", "1"}, "DOUBLE", []string{"-0", "1"}},
		{"fractions", []string{"0.5", ".5", "-.25", "1e3", "2E-2", "3"}, "DOUBLE", []string{"0.5", "0.5", "-0.25", "1000", "0.02", "3"}},
		{"17 digits that a DOUBLE keeps", []string{"0.30000000000000004"}, "DOUBLE", []string{"0.30000000000000004"}},
		{"18 digits that a DOUBLE rounds", []string{"0.00123456789012345678"}, "VARCHAR", []string{"'0.00123456789012345678'"}},
		{"cents that a DOUBLE rounds", []string{"99999999999999.99", "1.5"}, "VARCHAR", []string{"'99999999999999.99'", "'1.5'"}},
		{"19 digits with a point", []string{"1.234567890123456789"}, "VARCHAR", []string{"'1.234567890123456789'"}},
		{"a point at the end", []string{"1."}, "VARCHAR", []string{"'1.'"}},
		{"a point alone", []string{"."}, "VARCHAR", []string{"'.'"}},
		{"a minus alone", []string{"-"}, "VARCHAR", []string{"'-'"}},
		{"an exponent without digits", []string{"1e"}, "VARCHAR", []string{"'1e'"}},
		{"hexadecimal", []string{"0x1F"}, "VARCHAR", []string{"'0x1F'"}},
		{"versions", []string{"1.2.3"}, "VARCHAR", []string{"'1.2.3'"}},
		{"underscores", []string{"1_000"}, "VARCHAR", []string{"'1_000'"}},
		{"2^53+1 beside fractions", []string{"9007199254740993", "0.5"}, "VARCHAR", []string{"'9007199254740993'", "'0.5'"}},
		{"beyond DOUBLE", []string{"1e400"}, "VARCHAR", []string{"'1e400'"}},
		{"below DOUBLE", []string{"1e-400"}, "VARCHAR", []string{"'1e-400'"}},
		{"NaN among numbers", []string{"1.5", "NaN", "inf", "-Infinity"}, "DOUBLE", []string{"1.5", "NaN", "+Inf", "-Inf"}},
		{"NaN among whole numbers", []string{"1", "nan"}, "DOUBLE", []string{"1", "NaN"}},
		{"nothing but NaN", []string{"nan"}, "VARCHAR", []string{"'nan'"}},
		{"minus NaN", []string{"-NaN", "1"}, "VARCHAR", []string{"'-NaN'", "'1'"}},
		{"truth", []string{"true", "False", "TRUE"}, "BOOLEAN", []string{"true", "false", "true"}},
		{"yes and no", []string{"yes", "t", "tRUE"}, "VARCHAR", []string{"'yes'", "'t'", "'tRUE'"}},
		{"truth and numbers", []string{"true", "1"}, "VARCHAR", []string{"'true'", "'1'"}},
		{"dates", []string{"2025-01-02"}, "DATE", []string{"2025-01-02"}},
		{"dates and times", []string{"2025-01-02", "2025-01-02 03:04:05"}, "TIMESTAMPTZ", []string{"2025-01-02T00:00:00Z", "2025-01-02T03:04:05Z"}},
		{"dates and numbers", []string{"2025-01-02", "1"}, "VARCHAR", []string{"'2025-01-02'", "'1'"}},
		{"empty texts", []string{"", "1"}, "VARCHAR", []string{"''", "'1'"}},
		{"objects are texts", []string{`{"a":1}`}, "VARCHAR", []string{`'{"a":1}'`}},
	} {
		typ, got := textColumn(t, c.fields...)
		if typ != c.typ {
			t.Errorf("%s: %s, want %s", c.name, typ, c.typ)
			continue
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestKnownColumnsTakeFields(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		typ    string
		fields []string
		want   []string
	}{
		{"BIGINT", []string{"12", "12.0", "007", "1.5", "1e2", "+1", "", "abc", "9223372036854775807", "9223372036854775808", "true", "-0"}, []string{
			"12", "12", `! v: "007" is no BIGINT`, `! v: "1.5" is no BIGINT`, `! v: "1e2" is no BIGINT`, `! v: "+1" is no BIGINT`, `! v: "" is no BIGINT`, `! v: "abc" is no BIGINT`,
			"9223372036854775807", `! v: "9223372036854775808" is no BIGINT`, `! v: "true" is no BIGINT`, `! v: "-0" is no BIGINT`,
		}},
		{"DOUBLE", []string{"1", "0.5", "9007199254740993", "1e400", "1e-400", "0.1234567890123456789", "NaN"}, []string{
			"1", "0.5", `! v: "9007199254740993" is no DOUBLE`, `! v: "1e400" is no DOUBLE`, `! v: "1e-400" is no DOUBLE`, `! v: "0.1234567890123456789" is no DOUBLE`, "NaN",
		}},
		{"DECIMAL(5,2)", []string{"1", "1.5", "1.50", "1.500", "1.505", "999.99", "1000", "-999.99", "1e2", "1e-2", "1e-3", "NaN", "0.00", ".5", "-.05"}, []string{
			"1.00", "1.50", "1.50", "1.50", `! v: "1.505" is no DECIMAL(5,2)`, "999.99", `! v: "1000" is no DECIMAL(5,2)`, "-999.99", "100.00", "0.01",
			`! v: "1e-3" is no DECIMAL(5,2)`, `! v: "NaN" is no DECIMAL(5,2)`, "0.00", "0.50", "-0.05",
		}},
		{"DECIMAL(18,0)", []string{"999999999999999999", "1000000000000000000", "-999999999999999999"}, []string{"999999999999999999", `! v: "1000000000000000000" is no DECIMAL(18,0)`, "-999999999999999999"}},
		{"DECIMAL(38,10)", []string{"1234567890123456789012345678.0123456789", "12345678901234567890123456789", "-0.0000000001"}, []string{
			"1234567890123456789012345678.0123456789", `! v: "12345678901234567890123456789" is no DECIMAL(38,10)`, "-0.0000000001",
		}},
		{"DECIMAL(38,0)", []string{strings.Repeat("9", 1<<20)}, []string{"! v: \"" + strings.Repeat("9", 40) + "…\" is no DECIMAL(38,0)"}},
		{"BOOLEAN", []string{"true", "False", "1", "yes"}, []string{"true", "false", `! v: "1" is no BOOLEAN`, `! v: "yes" is no BOOLEAN`}},
		{"DATE", []string{"2025-01-02", "2025-01-02T00:00:00Z", "2025-13-01"}, []string{"2025-01-02", `! v: "2025-01-02T00:00:00Z" is no DATE`, `! v: "2025-13-01" is no DATE`}},
		{"TIMESTAMPTZ", []string{"2025-01-02", "2025-01-02T03:04:05.1234567Z", "2025-01-02T24:00:00Z", "2025-01-02T23:59:60Z"}, []string{
			"2025-01-02T00:00:00Z", `! v: "2025-01-02T03:04:05.1234567Z" is no TIMESTAMPTZ`, `! v: "2025-01-02T24:00:00Z" is no TIMESTAMPTZ`, `! v: "2025-01-02T23:59:60Z" is no TIMESTAMPTZ`,
		}},
		{"VARCHAR", []string{"", "007", "1.50"}, []string{"''", "'007'", "'1.50'"}},
		{"BIGINT[]", []string{"[1,2]", "[1,\"x\"]", "1", "[1", "[]"}, []string{"[1,2]", `! v: "x" is no BIGINT`, `! v: "1" is no BIGINT[]`, `! v: "[1" is no BIGINT[]`, "[]"}},
		{`STRUCT("a" BIGINT)`, []string{`{"a":1}`, `{"b":2}`}, []string{"{a:1}", "+ b"}},
		{"BLOB", []string{"x"}, []string{`! v: "x" is no BLOB`}},
	} {
		if diff := cmp.Diff(c.want, takenFields(layoutOf(t, true, "v", c.typ), c.fields...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.typ, diff)
		}
	}
}

func TestKnownColumnsTakeJSON(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		typ  string
		rows []string
		want []string
	}{
		{"BIGINT", []string{`12.0`, `1.5`, `"12"`, `1e2`, `true`, `[1]`, `{}`, `9223372036854775808`, `-0`}, []string{
			"12", "! v: 1.5 is no BIGINT", `! v: "12" is no BIGINT`, "! v: 1e2 is no BIGINT", "! v: true is no BIGINT", "! v: an array is no BIGINT", "! v: an object is no BIGINT",
			"! v: 9223372036854775808 is no BIGINT", "! v: -0 is no BIGINT",
		}},
		{"DOUBLE", []string{`1`, `9007199254740993`, `1e400`, `1e-400`, `"NaN"`}, []string{
			"1", "! v: 9007199254740993 is no DOUBLE", "! v: 1e400 is no DOUBLE", "! v: 1e-400 is no DOUBLE", `! v: "NaN" is no DOUBLE`,
		}},
		{"DECIMAL(4,2)", []string{`1.10`, `1.105`, `100`, `"1.10"`}, []string{"1.10", "! v: 1.105 is no DECIMAL(4,2)", "! v: 100 is no DECIMAL(4,2)", `! v: "1.10" is no DECIMAL(4,2)`}},
		{"VARCHAR", []string{`1.50`, `true`, `{ "a" : 1 }`, `"\u0000"`, `""`}, []string{"'1.50'", "'true'", `'{ "a" : 1 }'`, "! v: a text holds a NUL character", "''"}},
		{"TIMESTAMPTZ", []string{`"2025-01-02"`, `1700000000`, `"soon"`}, []string{"2025-01-02T00:00:00Z", "! v: 1700000000 is no TIMESTAMPTZ", `! v: "soon" is no TIMESTAMPTZ`}},
		{"BOOLEAN", []string{`true`, `0`, `"true"`}, []string{"true", "! v: 0 is no BOOLEAN", `! v: "true" is no BOOLEAN`}},
		{`STRUCT("a" BIGINT, "b" STRUCT("c" BIGINT))`, []string{`{"a":1,"b":{"c":"x"}}`, `{"a":1,"a":2}`, `"x"`, `{"B":1}`, `{"b":{"d":null}}`}, []string{
			`! v: field b: field c: "x" is no BIGINT`, "! v: the key a is there twice", `! v: "x" is no STRUCT("a" BIGINT, "b" STRUCT("c" BIGINT))`, "+ B", "{a:NULL,b:{c:NULL}}",
		}},
		{"BIGINT[]", []string{`[1,2.5]`, `5`, `[[1]]`}, []string{"! v: 2.5 is no BIGINT", "! v: 5 is no BIGINT[]", "! v: an array is no BIGINT"}},
		{"MAP(VARCHAR, BIGINT)", []string{`{"a":1,"b":null}`, `{}`, `{"a":"x"}`}, []string{"['a'=1,'b'=NULL]", "[]", `! v: "x" is no BIGINT`}},
	} {
		var rows []string
		for _, r := range c.rows {
			rows = append(rows, `{"v":`+r+`}`)
		}
		if diff := cmp.Diff(c.want, taken(t, layoutOf(t, true, "v", c.typ), rows...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.typ, diff)
		}
	}
}

func TestRowsThatAreNoObjects(t *testing.T) {
	t.Parallel()
	want := []string{
		"! : not a JSON object", "! : not a JSON object", "! : not a JSON object", "! : no valid JSON: unexpected 'x' at byte 1", "! : the JSON text ends too early",
		"! : the key a is there twice", "! : no valid JSON: more text behind the value at byte 9", "! : the JSON text ends too early", "NULL", "1",
		"! : no valid JSON: 'o' where a member's name should be at byte 11",
	}
	got := taken(t, layoutOf(t, true, "a", "BIGINT"), `1`, `[]`, `null`, `x`, ``, `{"a":1,"a":2}`, `{"a":1} {}`, `{"a":1`, ` {} `, `{"z":null,"a":1}`, `{"new":1, oops`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// What does not fit leaves nothing behind in any builder.
func TestMisfitsLeaveTheTableAsItWas(t *testing.T) {
	t.Parallel()
	l := layoutOf(t, true, "a", "BIGINT", "s", `STRUCT("x" VARCHAR, "l" BIGINT[])`, "l", `STRUCT("y" DOUBLE)[]`, "m", "MAP(VARCHAR, BIGINT[])", "d", "DECIMAL(30,2)", "t", "VARCHAR")
	good := `{"a":1,"s":{"x":"p","l":[1,2]},"l":[{"y":0.5},null],"m":{"k":[1],"j":null},"d":1.25,"t":"z"}`
	want := "1|{x:'p',l:[1,2]}|[{y:0.5},NULL]|['k'=[1],'j'=NULL]|1.25|'z'"
	bad := []string{
		`{"a":1,"s":{"x":"p","l":[1,"no"]}}`, `{"a":1,"l":[{"y":1},{"y":"no"}]}`, `{"m":{"k":[1],"j":[2,"no"]}}`, `{"t":"q","d":1.255}`, `{"t":"q","a":1,`,
		`{"s":{"l":[1,2],"l":[3]}}`, `{"t":"q","l":[{"y":1}],"l":[]}`, `{"d":1,"new":1}`, `{"s":{"x":"q","new":1}}`, `{"t":"q"} x`,
	}
	table := columns.NewTable(l)
	rows := 0
	for _, b := range bad {
		if err := table.JSON([]byte(b)); err == nil {
			t.Fatalf("%s was taken", b)
		}
		if err := table.JSON([]byte(good)); err != nil {
			t.Fatal(err)
		}
		rows++
	}
	table.Null()
	got := printed(l, table)
	for i, row := range got[:rows] {
		if row != want {
			t.Errorf("behind %s: %s", bad[i], row)
		}
	}
	if got[rows] != "NULL|NULL|NULL|NULL|NULL|NULL" {
		t.Errorf("a row of nothing: %s", got[rows])
	}
}
