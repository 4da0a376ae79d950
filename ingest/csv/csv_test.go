package csv_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kalpafall/df360/ingest/csv"
)

func dialect() csv.Dialect { return csv.Dialect{Delimiter: ',', Quote: '"', EOL: '\n'} }

// row is a record as tests compare it: its fields, those in quotes with ' before
// them; or what is wrong with it.
func row(r *csv.Record) string {
	if r.Err != "" {
		return "! " + r.Err
	}
	fields := make([]string, len(r.Fields))
	for i, f := range r.Fields {
		fields[i] = string(f)
		if r.Quoted(i) {
			fields[i] = "'" + fields[i]
		}
	}
	return strings.Join(fields, "|")
}

func rows(data string, d csv.Dialect) []string {
	r := csv.NewReader([]byte(data), d)
	out := []string{}
	for record := r.Next(); record != nil; record = r.Next() {
		out = append(out, row(record))
	}
	return out
}

func TestRecords(t *testing.T) {
	t.Parallel()
	semicolon := csv.Dialect{Delimiter: ';', Quote: '\'', EOL: '\n'}
	returns := csv.Dialect{Delimiter: ',', Quote: '"', EOL: '\r'}
	for _, c := range []struct {
		name, text string
		d          csv.Dialect
		want       []string
	}{
		{"plain", "a,b\nc,d\n", dialect(), []string{"a|b", "c|d"}},
		{"no line end at the end", "a,b\nc,d", dialect(), []string{"a|b", "c|d"}},
		{"carriage returns before line feeds", "a,b\r\n\"c\",\"d\"\r\ne,\"f\"\r\n", dialect(), []string{"a|b", "'c|'d", "e|'f"}},
		{"carriage return at the end of the data", "\"a\",b\r", dialect(), []string{"'a|b"}},
		{"carriage returns only", "a,b\rc,\"d\re\"\r", returns, []string{"a|b", "c|'d\re"}},
		{"a carriage return inside a field", "a\rb,c\n", dialect(), []string{"a\rb|c"}},
		{"empty fields", ",\n,,\n\"\",\n", dialect(), []string{"|", "||", "'|"}},
		{"blank lines are none", "\n\na\n\r\n\nb\n\n", dialect(), []string{"a", "b"}},
		{"a line of blanks is a value", "a\n  \nb", dialect(), []string{"a", "  ", "b"}},
		{"an empty text alone", "\"\"\n\"\"", dialect(), []string{"'", "'"}},
		{"doubled quotes", `"a ""b""",""""` + "\n", dialect(), []string{`'a "b"|'"`}},
		{"line ends in quotes", "\"a\nb\r\n\nc\",d\ne,f\n", dialect(), []string{"'a\nb\r\n\nc|d", "e|f"}},
		{"delimiters in quotes", `"a,b",c`, dialect(), []string{"'a,b|c"}},
		{"a quote inside a field is a character", `5" pipe,x"y` + "\n\"z\",1\n", dialect(), []string{`5" pipe|x"y`, "'z|1"}},
		{"blanks before a quote", `a, "b"` + "\n", dialect(), []string{`a| "b"`}},
		{"text behind a quote", "\"a\"b,c\nd,e\n", dialect(), []string{"! text behind the closing quote of a field", "d|e"}},
		{"blanks behind a quote", "\"a\" ,c\nd,e\n", dialect(), []string{"! text behind the closing quote of a field", "d|e"}},
		{"a quote that is never closed", "a,b\n\"c,d", dialect(), []string{"a|b", "! a quote that is never closed"}},
		{"… and takes in lines", "a,b\n\"c,d\ne,f\ng,h\n", dialect(), []string{"a|b", "! a quote that is never closed: it takes in the next 2 lines, to the end of the file"}},
		{"another dialect", "'a;b';c\"d\n", semicolon, []string{`'a;b|c"d`}},
		{"no quotes", "\"a,b\"\n", csv.Dialect{Delimiter: ',', EOL: '\n'}, []string{`"a|b"`}},
		{"NUL and what is no text", "a\x00,\xff\n", dialect(), []string{"a\x00|\xff"}},
		{"nothing", "", dialect(), []string{}},
	} {
		if diff := cmp.Diff(c.want, rows(c.text, c.d)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestRecordsKnowTheirTextAndPlace(t *testing.T) {
	t.Parallel()
	text := "a,b\r\n\n\"c\nc\",\"d\"\"\"\r\n\"e\"f,g\nh"
	r := csv.NewReader([]byte(text), dialect())
	var got []string
	for record := r.Next(); record != nil; record = r.Next() {
		got = append(got, fmt.Sprintf("%d: %s", 1+strings.Count(text[:record.At], "\n"), record.Raw))
	}
	want := []string{"1: a,b", "3: \"c\nc\",\"d\"\"\"", "5: \"e\"f,g", "6: h"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if r.Offset() != len(text) {
		t.Errorf("read %d of %d", r.Offset(), len(text))
	}
}

func TestSniff(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("1,2,\"x;y;z\"\n", 50)
	for _, c := range []struct {
		name, text string
		want       csv.Dialect
	}{
		{"commas", "a,b\n1,2\n", dialect()},
		{"semicolons", "a;b\n1;2\n", csv.Dialect{Delimiter: ';', Quote: '"', EOL: '\n'}},
		{"semicolons with decimal commas", "a;b;c\n1,5;2,5;x\n1,5;2,5;y\n", csv.Dialect{Delimiter: ';', Quote: '"', EOL: '\n'}},
		{"semicolons, one more at each row's end", "a;b\n1;2;\n3;4;\n", csv.Dialect{Delimiter: ';', Quote: '"', EOL: '\n'}},
		{"tabulators", "a\tb\n1,0\t2,0\n", csv.Dialect{Delimiter: '\t', Quote: '"', EOL: '\n'}},
		{"bars", "a|b\n1|2\n", csv.Dialect{Delimiter: '|', Quote: '"', EOL: '\n'}},
		{"others in quotes", "a,b,c\n" + long, dialect()},
		{"one column", "a\nb\nc\n", dialect()},
		{"one column of sentences", "comment\nwell; yes\nno; no\nso; so\n", dialect()},
		{"carriage returns", "a;b\r1;2\r", csv.Dialect{Delimiter: ';', Quote: '"', EOL: '\r'}},
		{"carriage returns, line feeds in quotes", "a,b\r1,\"x\ny\"\r", csv.Dialect{Delimiter: ',', Quote: '"', EOL: '\r'}},
		{"a carriage return in a field", "a,b\n1,x\ry\n", dialect()},
		{"only a header", "a;b;c", csv.Dialect{Delimiter: ';', Quote: '"', EOL: '\n'}},
		{"nothing", "", dialect()},
		{"an open quote", "\"a;b", dialect()},
	} {
		if diff := cmp.Diff(c.want, csv.Sniff([]byte(c.text), true, 0, 0)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	if d := csv.Sniff([]byte("a;b\n'1';2\n"), true, ':', '\''); d.Delimiter != ':' || d.Quote != '\'' {
		t.Errorf("what is known was changed: %+v", d)
	}
}

func TestSeparatorLine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"sep=;\na;b\n": 6, "sep=;\r\na;b": 7, "sep=\t\rx": 6, "sep=;": 0, "sep=\n": 0, "sep=;;\n": 0, "separator\n": 0, "": 0, "a,b\nsep=;\n": 0,
	} {
		if delimiter, next := csv.Separator([]byte(text)); next != want || want > 0 && delimiter != text[4] {
			t.Errorf("%q: %q, %d; want %d", text, delimiter, next, want)
		}
	}
}
