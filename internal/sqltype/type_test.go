package sqltype

import "testing"

func TestParseIsTheInverseOfString(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"BIGINT", "DECIMAL(12,2)", "VARCHAR[]", "DECIMAL(38,0)[][]", "NULL",
		`STRUCT("a" BIGINT, "with ""quote" MAP(VARCHAR, DOUBLE[]))`, "TIMESTAMPTZ", "MAP(VARCHAR, STRUCT(\"x\" DATE))",
	} {
		got, err := Parse(text)
		if err != nil {
			t.Errorf("Parse(%s): %v", text, err)
			continue
		}
		if got.String() != text {
			t.Errorf("Parse(%s) = %s", text, got)
		}
	}
}

func TestParseSpellings(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ",
		"decimal(10)":              "DECIMAL(10,0)",
		"numeric":                  "DECIMAL(18,3)",
		"text":                     "VARCHAR",
		`"NULL"`:                   "NULL",
		"STRUCT(a INTEGER,b text)": `STRUCT("a" INTEGER, "b" VARCHAR)`,
		"ENUM('a', 'it''s')":       "ENUM",
		"TIME WITH TIME ZONE":      "TIMETZ",
	} {
		got, err := Parse(text)
		if err != nil || got.String() != want {
			t.Errorf("Parse(%s) = %v, %v; want %s", text, got, err, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "DECIMAL(0,0)", "DECIMAL(5,6)", "DECIMAL(x)", "BIGINT]", "BIGINT[", "STRUCT(a", "MAP(VARCHAR)",
		`STRUCT("a BIGINT)`, "ENUM('a", "BIGINT BIGINT", "STRUCT(" + deep(200),
	} {
		if got, err := Parse(text); err == nil {
			t.Errorf("Parse(%q) = %s, want an error", text, got)
		}
	}
}

func deep(n int) string {
	out := ""
	for range n {
		out += "a STRUCT("
	}
	return out
}

func TestLake(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"TINYINT": "BIGINT", "UINTEGER": "BIGINT", "UBIGINT": "DECIMAL(38,0)", "HUGEINT": "DECIMAL(38,0)",
		"FLOAT": "DOUBLE", "DECIMAL(50,2)": "DOUBLE", "TIMESTAMP": "TIMESTAMPTZ", "TIMESTAMP_NS": "TIMESTAMPTZ",
		"UUID": "VARCHAR", "TIME": "VARCHAR", "INTERVAL": "VARCHAR", "ENUM('a')": "VARCHAR", "JSON": "VARCHAR", "NULL": "VARCHAR",
		"INTEGER[]": "BIGINT[]", "STRUCT(a TINYINT, b NULL)": `STRUCT("a" BIGINT, "b" VARCHAR)`,
		"MAP(UUID, FLOAT)": "MAP(VARCHAR, DOUBLE)", "DATE": "DATE", "BLOB": "BLOB",
	} {
		got, ok := must(t, text).Lake()
		if !ok || got.String() != want {
			t.Errorf("%s in a lake is %s, %v; want %s", text, got, ok, want)
		}
	}
	for _, text := range []string{"STRUCT", "GEOMETRY", "UNION[]"} {
		if got, ok := must(t, text).Lake(); ok {
			t.Errorf("%s in a lake is %s; want none", text, got)
		}
	}
}

func TestWiden(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ a, b, want string }{
		{"INTEGER", "BIGINT", "BIGINT"},
		{"TINYINT", "TINYINT", "BIGINT"},
		{"INTEGER", "DOUBLE", "DOUBLE"},
		{"FLOAT", "UBIGINT", "DOUBLE"},
		{"BIGINT", "UBIGINT", "DECIMAL(38,0)"},
		{"DECIMAL(12,2)", "DECIMAL(10,4)", "DECIMAL(14,4)"},
		{"DECIMAL(12,2)", "BIGINT", "DECIMAL(21,2)"},
		{"DECIMAL(12,2)", "DOUBLE", "DOUBLE"},
		{"DECIMAL(38,10)", "DECIMAL(38,0)", ""},
		{"NULL", "BIGINT", "BIGINT"},
		{"NULL", "NULL", "VARCHAR"},
		{"NULL", "STRUCT(a INTEGER)", `STRUCT("a" BIGINT)`},
		{"TIMESTAMP", "TIMESTAMPTZ", "TIMESTAMPTZ"},
		{"TIMESTAMP_NS", "DATE", "TIMESTAMPTZ"},
		{"VARCHAR", "UUID", "VARCHAR"},
		{"VARCHAR", "BIGINT", ""},
		{"VARCHAR", "TIMESTAMP", ""},
		{"BOOLEAN", "BIGINT", ""},
		{"BLOB", "VARCHAR", ""},
		{"DATE", "BIGINT", ""},
		{"INTEGER[]", "DOUBLE[]", "DOUBLE[]"},
		{"INTEGER[]", "BIGINT", ""},
		{"INTEGER[]", "VARCHAR[]", ""},
		{"NULL[]", "VARCHAR[]", "VARCHAR[]"},
		{"MAP(VARCHAR, INTEGER)", "MAP(VARCHAR, DOUBLE)", "MAP(VARCHAR, DOUBLE)"},
		{"MAP(VARCHAR, INTEGER)", "STRUCT(a INTEGER)", ""},
		{"STRUCT(a INTEGER)", "STRUCT(a DOUBLE, b VARCHAR)", `STRUCT("a" DOUBLE, "b" VARCHAR)`},
		{"STRUCT(a INTEGER)", "STRUCT(A INTEGER)", ""},
		{"STRUCT(a INTEGER)", "STRUCT(a VARCHAR)", ""},
	} {
		for _, pair := range [][2]string{{c.a, c.b}, {c.b, c.a}} {
			got, ok := Widen(must(t, pair[0]), must(t, pair[1]))
			text := ""
			if ok {
				text = got.String()
			}
			if text != c.want && pair[0] == c.a {
				t.Errorf("Widen(%s, %s) = %q, want %q", pair[0], pair[1], text, c.want)
			}
			if (text == "") != (c.want == "") {
				t.Errorf("Widen(%s, %s) = %q, but the other way round %q", pair[0], pair[1], text, c.want)
			}
		}
	}
	if got := WidenLoosely(must(t, "VARCHAR"), must(t, "BIGINT")); got.Kind != Varchar {
		t.Errorf("WidenLoosely of text and a number is %s", got)
	}
}

func must(t *testing.T, text string) *Type {
	t.Helper()
	got, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func FuzzParse(f *testing.F) {
	f.Add("STRUCT(a DECIMAL(3,2)[], \"b\" MAP(VARCHAR, ENUM('x')))")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(got.String())
		if err != nil || again.String() != got.String() {
			t.Errorf("Parse(%q) = %s, which parses to %v, %v", text, got, again, err)
		}
	})
}
