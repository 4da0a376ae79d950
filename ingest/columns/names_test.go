package columns_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/kalpafall/df360/ingest/columns"
)

func TestCleanName(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"id": "id", "Order ID": "order_id", " padded ": "padded", "a.b-c/d": "a_b_c_d", "Größe": "größe", "ПРИВЕТ": "привет", "数量": "数量", "नाम": "नाम",
		"": "", "  ": "", "-": "_", "😀": "_", "1st": "1st", "a\x00b": "a_b", "a\nb": "a_b", `a"b`: "a_b", "_source": "_source", "x_": "x_",
	} {
		if got := columns.CleanName(raw); got != want {
			t.Errorf("%q is called %q, want %q", raw, got, want)
		}
	}
}

func TestLongNamesAreCutWithAHash(t *testing.T) {
	t.Parallel()
	exact := strings.Repeat("a", 63)
	if got := columns.CleanName(exact); got != exact {
		t.Errorf("63 bytes: %q", got)
	}
	seen := map[string]bool{}
	for _, raw := range []string{strings.Repeat("a", 64), strings.Repeat("a", 65), strings.Repeat("A", 64), strings.Repeat("ü", 40), strings.Repeat("数", 1000)} {
		name := columns.CleanName(raw)
		if len(name) > 63 || len(name) < 55 || !utf8.ValidString(name) || seen[name] {
			t.Errorf("%.20q…: %q of %d bytes", raw, name, len(name))
		}
		seen[name] = true
	}
	n := columns.Namer{}
	a, b := n.Column(exact, 1), n.Column(exact, 2)
	if a != exact || len(b) != 63 || !strings.HasSuffix(b, "_2") {
		t.Errorf("%q, %q", a, b)
	}
}

// layoutOfHeaders is the layout for files with headers, all of whose fields say 1.
func layoutOfHeaders(t *testing.T, known *columns.Layout, files ...[]string) *columns.Layout {
	t.Helper()
	h := columns.NewHeaders(known)
	in := columns.NewInference()
	for _, header := range files {
		for _, number := range h.Add(header) {
			in.Field(number, []byte("1"))
		}
	}
	l, err := in.Layout(known, h, []string{"_source", "_ingestion_timestamp", "year", "month", "day"})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// stored is a layout as a commit record gives it back: an empty key is not kept.
func stored(l *columns.Layout) *columns.Layout {
	fields := append([]columns.Field{}, l.Fields...)
	for i := range fields {
		if fields[i].Key == "" {
			fields[i].Key = fields[i].Name
		}
	}
	return columns.NewLayout(fields, true)
}

func names(l *columns.Layout) string {
	var out []string
	for _, f := range l.Fields {
		out = append(out, f.Name)
	}
	return strings.Join(out, " ")
}

// goes is where the columns of a header go.
func goes(l *columns.Layout, header []string) string {
	var out []string
	for _, i := range l.Header(header) {
		if i < 0 {
			out = append(out, "-")
		} else {
			out = append(out, l.Fields[i].Name)
		}
	}
	return strings.Join(out, " ")
}

// Each header makes columns, is found again in them in the same run, and in those
// that the commit's record gives back to the next one.
func TestHeadersAreFoundAgain(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 70)
	for _, c := range []struct {
		header []string
		want   string
	}{
		{[]string{"a", "b"}, "a b"},
		{[]string{"A B", "a_b", "a-b"}, "a_b a_b_2 a_b_3"},
		{[]string{"a", "a", "a"}, "a a_2 a_3"},
		{[]string{"a", "a", "a_2"}, "a a_2 a_2_2"},
		{[]string{"a_2", "a", "a"}, "a_2 a a_3"},
		{[]string{"", "b", ""}, "column_1 b column_3"},
		{[]string{"", "column_1"}, "column_1_2 column_1"},
		{[]string{"column_2", ""}, "column_2 column_2_2"},
		{[]string{"", "column_1", "column_1_2"}, "column_1_3 column_1 column_1_2"},
		{[]string{"  ", "x"}, "column_1 x"},
		{[]string{"year", "Month", "_source", "_ingestion_timestamp"}, "year_2 month_2 _source_2 _ingestion_timestamp_2"},
		{[]string{"A", "a", "ID", "id", "Id"}, "a a_2 id id_2 id_3"},
		{[]string{long + "1", long + "2"}, columns.CleanName(long+"1") + " " + columns.CleanName(long+"2")},
		{[]string{"価格", "Цена", "prix €"}, "価格 цена prix__"},
	} {
		l := layoutOfHeaders(t, columns.NewLayout(nil, true), c.header)
		if diff := cmp.Diff(c.want, names(l)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.header, diff)
			continue
		}
		if got := goes(l, c.header); got != c.want {
			t.Errorf("%q goes to %q in the same run", c.header, got)
		}
		again := stored(l)
		if got := goes(again, c.header); got != c.want {
			t.Errorf("%q goes to %q in the next run", c.header, got)
		}
		if grown := layoutOfHeaders(t, again, c.header); names(grown) != c.want {
			t.Errorf("%q brings columns the second time: %s", c.header, names(grown))
		}
	}
}

func TestHeadersOfSeveralFiles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		files [][]string
		want  string
		goes  []string
	}{
		{"other spelling", [][]string{{"Order ID"}, {"order_id"}}, "order_id", []string{"order_id", "order_id"}},
		{"both spellings, then one", [][]string{{"A", "a "}, {"a"}}, "a a_2", []string{"a a_2", "a"}},
		{"other order", [][]string{{"a", "b"}, {"b", "a", "c"}}, "a b c", []string{"a b", "b a c"}},
		{"without a name, then with it", [][]string{{"", "b"}, {"column_1", "b"}}, "column_1 b", []string{"column_1 b", "column_1 b"}},
		{"with a name, then without", [][]string{{"column_1", "b"}, {"", "b"}}, "column_1 b", []string{"column_1 b", "column_1 b"}},
	} {
		l := layoutOfHeaders(t, columns.NewLayout(nil, true), c.files...)
		if names(l) != c.want {
			t.Errorf("%s: %s, want %s", c.name, names(l), c.want)
		}
		for i, header := range c.files {
			if got := goes(l, header); got != c.goes[i] {
				t.Errorf("%s: %q goes to %q, want %q", c.name, header, got, c.goes[i])
			}
		}
	}
}

func TestNamesOfKeys(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rows []string
		want string
		got  []string
	}{
		{[]string{`{"A b":1,"c":2}`}, "a_b BIGINT, c BIGINT", []string{"1|2"}},
		{[]string{`{"Name":1,"name":2}`}, "name BIGINT, name_2 BIGINT", []string{"1|2"}},
		{[]string{`{"x":0,"":1}`, `{"":2}`}, "x BIGINT, column_0 BIGINT", []string{"0|1", "NULL|2"}},
		{[]string{`{"year":1,"_source":"x"}`}, "year_2 BIGINT, _source_2 VARCHAR", []string{"1|'x'"}},
		{[]string{`{"\u0061":1,"b\"c":2}`, `{"a":3}`}, "a BIGINT, b_c BIGINT", []string{"1|2", "3|NULL"}},
		{[]string{`{"column_1":1,"  ":2}`}, "column_1 BIGINT, column_2 BIGINT", []string{"1|2"}},
	} {
		l := inferred(t, nil, c.rows...)
		if diff := cmp.Diff(c.want, described(l)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.rows, diff)
		}
		if diff := cmp.Diff(c.got, taken(t, l, c.rows...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.rows, diff)
		}
		again := stored(l)
		if diff := cmp.Diff(c.got, taken(t, again, c.rows...)); diff != "" {
			t.Errorf("%s in the next run (-want +got):\n%s", c.rows, diff)
		}
		if grown := inferred(t, again, c.rows...); len(grown.Fields) != len(l.Fields) {
			t.Errorf("%s brings columns the second time: %s", c.rows, described(grown))
		}
	}
}

// JSON rows and headers of CSV files in one commit.
func TestKeysAndHeadersAreTheSameColumns(t *testing.T) {
	t.Parallel()
	known := columns.NewLayout(nil, true)
	h := columns.NewHeaders(known)
	in := columns.NewInference()
	for i, number := range h.Add([]string{"A", "a", "Order ID"}) {
		in.Field(number, []byte([]string{"1", "2", "3"}[i]))
	}
	rows := []string{`{"a":{"x":1},"order_id":0.5,"new":true}`, `{"A":4}`}
	for _, row := range rows {
		in.JSON([]byte(row))
	}
	l, err := in.Layout(known, h, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("a BIGINT, a_2 VARCHAR, order_id DOUBLE, new BOOLEAN", described(l)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{`NULL|'{"x":1}'|0.5|true`, "4|NULL|NULL|NULL"}, taken(t, l, rows...)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
