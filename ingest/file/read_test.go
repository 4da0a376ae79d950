package file_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/kalpafall/df360/ingest"
	"github.com/kalpafall/df360/ingest/file"
)

func utf16le(text string, mark bool) string {
	units := utf16.Encode([]rune(text))
	if mark {
		units = append([]uint16{0xfeff}, units...)
	}
	var b strings.Builder
	for _, u := range units {
		b.WriteByte(byte(u))
		b.WriteByte(byte(u >> 8))
	}
	return b.String()
}

// Each case is a file, what it is called, and the rows that are read of it.
func TestFiles(t *testing.T) {
	t.Parallel()
	csvText := "id,name\n1,\"a\nb\"\n2,c\n"
	csvRows := []string{"x.csv:2 id|name = 1|a\nb", "x.csv:4 id|name = 2|c"}
	named := func(name string) []string {
		var out []string
		for _, row := range csvRows {
			out = append(out, strings.Replace(row, "x.csv", name, 1))
		}
		return out
	}
	for _, c := range []struct {
		name, text string
		o          file.Options
		rows       []string
		says       string
	}{
		{"x.csv", csvText, file.Options{}, csvRows, ""},
		{"x.csv.gz", gz(t, csvText), file.Options{}, named("x.csv.gz"), ""},
		{"members.csv.gz", gz(t, csvText[:9], csvText[9:]), file.Options{}, named("members.csv.gz"), ""},
		{"packed.csv", gz(t, csvText), file.Options{}, named("packed.csv"), ""},
		{"x.csv.zst", zst(t, csvText), file.Options{}, named("x.csv.zst"), ""},
		{"frames.csv.zst", zst(t, csvText[:9]) + zst(t, csvText[9:]), file.Options{}, named("frames.csv.zst"), ""},
		{"skip.csv.zst", "\x50\x2a\x4d\x18\x04\x00\x00\x00abcd" + zst(t, csvText), file.Options{}, named("skip.csv.zst"), ""},
		{"mark.csv", "\ufeff" + csvText, file.Options{}, named("mark.csv"), ""},
		{"mark.csv.gz", gz(t, "\ufeff"+csvText), file.Options{}, named("mark.csv.gz"), ""},
		{"returns.csv", "id,name\r1,a\r2,c", file.Options{}, []string{"returns.csv:2 id|name = 1|a", "returns.csv:3 id|name = 2|c"}, ""},
		{"crlf.csv", "id,name\r\n1,a\r\n", file.Options{}, []string{"crlf.csv:2 id|name = 1|a"}, ""},
		{"semi.csv", "id;name\n1,5;a\n", file.Options{}, []string{"semi.csv:2 id|name = 1,5|a"}, ""},
		{"x.tsv", "id\tname\n1,5\ta\n", file.Options{}, []string{"x.tsv:2 id|name = 1,5|a"}, ""},
		{"commas.tsv", "id,name\n1,a\n", file.Options{}, []string{"commas.tsv:2 id|name = 1|a"}, ""},
		{"bar.txt", "id|name\n1|a\n", file.Options{}, []string{"bar.txt:2 id|name = 1|a"}, ""},
		{"sep.csv", "sep=;\nid;name\n1,5;a\n", file.Options{}, []string{"sep.csv:3 id|name = 1,5|a"}, ""},
		{"sep2.csv", "sep=|\r\nid|name\r\n1;5|a\r\n", file.Options{}, []string{"sep2.csv:3 id|name = 1;5|a"}, ""},
		{"given.csv", "id:name\n1:a\n", file.Options{Delimiter: ':'}, []string{"given.csv:2 id|name = 1|a"}, ""},
		{"quote.csv", "id,name\n1,'a,b'\n", file.Options{Quote: '\''}, []string{"quote.csv:2 id|name = 1|a,b"}, ""},
		{"one.csv", "name\na\n\nb", file.Options{}, []string{"one.csv:2 name = a", "one.csv:4 name = b"}, ""},
		{"header.csv", "id,name", file.Options{}, nil, ""},
		{"empty.csv", "", file.Options{}, nil, ""},
		{"blank.csv", "\n\r\n\n", file.Options{}, nil, ""},
		{"empty.json", "", file.Options{}, nil, ""},
		{"empty.jsonl", " \n ", file.Options{}, nil, ""},
		{"empty.csv.gz", gz(t, ""), file.Options{}, nil, ""},
		{"leading.csv", "\n\nid,name\n1,a\n", file.Options{}, []string{"leading.csv:4 id|name = 1|a"}, ""},
		{"manyblank.csv", strings.Repeat("\n", 9<<20) + "id,name\n1,a\n", file.Options{}, []string{fmt.Sprintf("manyblank.csv:%d id|name = 1|a", 9<<20+2)}, ""},
		{"noheader.csv", "1,a\n2,b\n", file.Options{}, []string{"noheader.csv:1 column_1|column_2 = 1|a", "noheader.csv:2 column_1|column_2 = 2|b"}, ""},
		{"said.csv", "1,a\n2,b\n", file.Options{Header: file.HeaderYes}, []string{"said.csv:2 1|a = 2|b"}, ""},
		{"denied.csv", "x,a\ny,b\n", file.Options{Header: file.HeaderNo}, []string{"denied.csv:1 column_1|column_2 = x|a", "denied.csv:2 column_1|column_2 = y|b"}, ""},
		{"known.csv", "1,id\n2,b\n", file.Options{Known: []string{"id"}}, []string{"known.csv:2 1|id = 2|b"}, ""},
		{"known2.csv", "Order ID,x\n2,b\n", file.Options{Known: []string{"order_id"}}, []string{"known2.csv:2 Order ID|x = 2|b"}, ""},
		{"known3.csv", "1,x\n2,b\n", file.Options{Known: []string{"id"}}, nil, `seems to have no header: its first line has the value "1"`},
		{"known4.csv", "carol,rome\ndave,oslo\n", file.Options{Known: []string{"id"}}, nil, `begins with "carol, rome", and no column of the dataset is called so`},
		{"known5.csv", "carol,rome\n", file.Options{Known: []string{"column_1", "column_2"}}, []string{"known5.csv:1 column_1|column_2 = carol|rome"}, ""},
		{"quoteopen.csv", "id,name\n1,\"a\n2,b\n", file.Options{}, []string{"quoteopen.csv:2 id|name = ! a quote that is never closed: it takes in the next 1 lines, to the end of the file"}, ""},
		{"utf16.csv", utf16le(csvText, true), file.Options{}, nil, "is UTF-16 (say so: --encoding utf-16)"},
		{"utf16le.csv", utf16le(csvText, true), encoded(t, "utf-16"), named("utf16le.csv"), ""},
		{"utf16nomark.csv", utf16le(csvText, false), encoded(t, "utf-16"), named("utf16nomark.csv"), ""},
		{"utf16none.csv", utf16le(csvText, false), file.Options{}, nil, "its first line: a text holds a NUL character"},
		{"latin1.csv", "id,name\n1,caf\xe9\n", encoded(t, "latin1"), []string{"latin1.csv:2 id|name = 1|café"}, ""},
		{"latin1h.csv", "id,caf\xe9\n1,x\n", file.Options{}, nil, "its first line: the text is not UTF-8"},
		{"sjis.csv", "id,name\n1,\x83n\n2,\x83\xff\n", encoded(t, "shift_jis"), []string{"sjis.csv:2 id|name = 1|ハ", "sjis.csv:3 id|name = 2|\xff"}, ""},
		{"markwins.csv", "\ufeff" + "id,name\n1,é\n", encoded(t, "latin1"), []string{"markwins.csv:2 id|name = 1|é"}, ""},
		{"cutgz.csv.gz", gz(t, strings.Repeat(csvText, 100))[:40], file.Options{}, nil, "corrupt: "},
		{"cutgz2.csv.gz", strings.TrimSuffix(gz(t, csvText), gz(t, csvText)[len(gz(t, csvText))-5:]), file.Options{}, nil, "is cut short"},
		{"cutgz3.csv.gz", gz(t, csvText)[:7], file.Options{}, nil, "is cut short"},
		{"flipgz.csv.gz", strings.Replace(gz(t, csvText), gz(t, csvText)[len(gz(t, csvText))-8:], "\x00\x00\x00\x00\x00\x00\x00\x00", 1), file.Options{}, nil, "is damaged"},
		{"trailgz.csv.gz", gz(t, csvText) + "more than a header of garbage", file.Options{}, nil, "is damaged"},
		{"cutzst.csv.zst", zst(t, csvText)[:20], file.Options{}, nil, "is cut short"},
		{"flipzst.csv.zst", zst(t, csvText)[:10] + "\xff\xff\xff" + zst(t, csvText)[13:], file.Options{}, nil, "is damaged"},

		{"rows.jsonl", "{\"a\":1}\n\nx\r\n {\"a\":2} \n[1]", file.Options{}, []string{`rows.jsonl:1 {"a":1}`, "rows.jsonl:3 x", `rows.jsonl:4 {"a":2}`, "rows.jsonl:5 [1]"}, ""},
		{"lines.json", "{\"a\":1}\n{\"a\":2}\nbad\n", file.Options{}, []string{`lines.json:1 {"a":1}`, `lines.json:2 {"a":2}`, "lines.json:3 bad"}, ""},
		{"one.json", "{\"a\":\n1}", file.Options{}, []string{"one.json:1 {\"a\":\n1}"}, ""},
		{"several.json", "{\n\"a\":1}\n{\n\"a\":2}{}", file.Options{}, []string{"several.json:1 {\n\"a\":1}", "several.json:3 {\n\"a\":2}", "several.json:4 {}"}, ""},
		{"array.json", "[\n{\"a\":1},\n\n{\"a\":\n2} , null,7]\n", file.Options{}, []string{`array.json:2 {"a":1}`, "array.json:4 {\"a\":\n2}", "array.json:5 null", "array.json:5 7"}, ""},
		{"emptyarray.json", " [ ] ", file.Options{}, nil, ""},
		{"mark.json", "\ufeff[{\"a\":1}]", file.Options{}, []string{`mark.json:1 {"a":1}`}, ""},
		{"array.txt", "[{\"a\":1}]", file.Options{}, []string{`array.txt:1 {"a":1}`}, ""},
		{"lines.txt", "{\"a\":1}\n{\"a\":2}", file.Options{}, []string{`lines.txt:1 {"a":1}`, `lines.txt:2 {"a":2}`}, ""},
		{"cut.json", "[{\"a\":1},\n{\"a\":", file.Options{}, nil, "line 2: the file ends in the middle of a value"},
		{"cut2.json", "[{\"a\":1},", file.Options{}, nil, "is cut short: its array has no end"},
		{"comma.json", "[{\"a\":1},]", file.Options{}, nil, "line 1: no valid JSON: unexpected ']'"},
		{"nocomma.json", "[{\"a\":1}\n{\"a\":2}]", file.Options{}, nil, "line 2: a comma or the end of the array is missing"},
		{"more.json", "[{\"a\":1}]\n{\"a\":2}", file.Options{}, nil, "line 2: there is more text behind the array"},
		{"nan.json", "[{\"a\":NaN}]", file.Options{}, nil, "line 1: no valid JSON: unexpected 'N'"},
		{"numbers.json", "12 34 5", file.Options{Format: file.JSON}, []string{"numbers.json:1 12", "numbers.json:1 34", "numbers.json:1 5"}, ""},
		{"forced.json", "[1]\n", file.Options{Format: file.JSONL}, []string{"forced.json:1 [1]"}, ""},
		{"x.zip", "PK\x03\x04zipzip", file.Options{}, nil, "is a ZIP archive or an Excel workbook, which is not read"},
		{"x.csv.bz2", "BZh91AY&SY", file.Options{}, nil, "is compressed with bzip2, which is not read"},
		{"orc.csv", "ORC,b\n1,2\n", file.Options{}, []string{"orc.csv:2 ORC|b = 1|2"}, ""},
		{"said.orc", "ORC", file.Options{Format: file.CSV}, nil, ""},
		{"x.parquet", "PAR1", file.Options{}, []string{"file x.parquet"}, ""},
		{"magic", "PAR1xxxx", file.Options{}, []string{"file magic"}, ""},
		{"x.parquet.gz", gz(t, "PAR1"), file.Options{}, nil, "is Parquet that was compressed as a whole"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := c.o
			o.Paths = []string{write(t, t.TempDir(), c.name, c.text)}
			rows, problems := read(t, o)
			if diff := cmp.Diff(c.rows, rows); diff != "" && c.says == "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if got := strings.Join(problems, "; "); (c.says == "") != (got == "") || !strings.Contains(got, c.says) {
				t.Errorf("said %q, want %q", got, c.says)
			}
		})
	}
}

func encoded(t *testing.T, name string) file.Options {
	t.Helper()
	enc, err := file.Encoding(name)
	if err != nil {
		t.Fatal(err)
	}
	return file.Options{Encoding: enc}
}

// Values of JSON that come in several chunks are those of one, wherever the
// chunks end.
func TestValuesAcrossChunks(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1<<20 - 3, 1<<20 + 1, 1<<21 + 5, 6 << 20} {
		value := `{"a":"` + strings.Repeat("é", size/2) + `","b":[1,2,{"c":null}]}`
		for name, text := range map[string]string{
			"array.json": "[" + strings.Repeat(value+" , ", 6) + `{"z":12}]`, "values.json": strings.Repeat(value+"\n\n", 6) + `{"z":12}`, "lines.jsonl": strings.Repeat(value+"\n", 6) + `{"z":12}`,
			"rows.csv": "a,b\n" + strings.Repeat("\"x\ny\",\""+strings.Repeat("q\"\"", size/3)+"\"\r\n", 6) + "z,12",
		} {
			rows, problems := read(t, file.Options{Paths: []string{write(t, t.TempDir(), name, text)}})
			if len(problems) > 0 || len(rows) != 7 || !strings.Contains(rows[6], "12") {
				t.Fatalf("%s of %d bytes: %d rows, %v", name, size, len(rows), problems)
			}
			for _, row := range rows[1:6] {
				if _, text, _ := strings.Cut(row, " "); text != rows[0][strings.Index(rows[0], " ")+1:] {
					t.Fatalf("%s: rows differ", name)
				}
			}
		}
	}
}

func TestRecordsThatAreTooLong(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x,y\n", 3<<20)
	for name, text := range map[string]string{
		"open.csv": "a,b\n1,2\n3,\"" + long, "long.jsonl": "{}\n{\"a\":\"" + strings.Repeat("x", 9<<20), "long.json": "[{},\n{\"a\":\"" + strings.Repeat("x", 9<<20),
	} {
		_, problems := read(t, file.Options{Paths: []string{write(t, t.TempDir(), name, text)}, MaxRecord: 8 << 20})
		if len(problems) != 1 || !strings.Contains(problems[0], "begins a record of more than 8 MiB") {
			t.Errorf("%s: %v", name, problems)
		}
	}
}

// A file that grows as fast as it is read is not read to its end.
func TestFilesThatGrowForever(t *testing.T) {
	t.Parallel()
	line := strings.Repeat("x", 1023) + "\n"
	path := write(t, t.TempDir(), "x.csv", "name\n"+strings.Repeat(line, 9<<10))
	s, err := file.New(file.Options{Paths: []string{path}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	batch, err := s.Next(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	blocks := 0
	err = batch.Read(context.Background(), false, func(*ingest.Block) error {
		if blocks++; blocks > 10 {
			return errors.New("it is read on and on")
		}
		f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
		if err == nil {
			_, err = f.WriteString(strings.Repeat(line, 8<<10))
			err = errors.Join(err, f.Close())
		}
		return err
	})
	if !errors.Is(err, ingest.ErrAgain) || len(s.Unreadable()) != 1 || !strings.Contains(s.Unreadable()[0].Error(), "changed while it was being read") {
		t.Errorf("%v, %v", err, s.Unreadable())
	}
}

func TestFilesThatChange(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(path string) error{
		"grow": func(path string) error {
			f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			if err == nil {
				_, err = f.WriteString("3,x\n")
				err = errors.Join(err, f.Close())
			}
			return err
		},
		"shrink":    func(path string) error { return os.Truncate(path, 12) },
		"same size": func(path string) error { return os.WriteFile(path, []byte("id,name\n9,z\n9,z\n"), 0o600) },
		"replaced": func(path string) error {
			info, err := os.Stat(path)
			if err != nil {
				return err
			}
			if err := os.WriteFile(path+"x", []byte("id,name\n9,z\n9,z\n"), 0o600); err != nil {
				return err
			}
			if err := os.Chtimes(path+"x", info.ModTime(), info.ModTime()); err != nil {
				return err
			}
			return os.Rename(path+"x", path)
		},
		"gone": os.Remove,
	} {
		path := write(t, t.TempDir(), "x.csv", "id,name\n1,a\n2,b\n")
		if err := os.Chtimes(path, longAgo(), longAgo()); err != nil {
			t.Fatal(err)
		}
		problems := readChanging(t, path, func() error { return change(path) })
		if len(problems) != 1 || !strings.Contains(problems[0], "x.csv") {
			t.Errorf("%s: %v", name, problems)
		}
	}
}
