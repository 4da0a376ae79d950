package csv_test

import (
	"bytes"
	stdcsv "encoding/csv"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kalpafall/df360/ingest/csv"
)

func seeds() []string {
	return []string{
		"a,b\nc,d\n", "a,\"b\nc\"\"d\",e\r\n\r\nf,\"\",g", "\"a\"b,c\n\"d\ne\",f\n", "x,\"never\nclosed", "\"\"\"\"\n\"\"\n", "a\"b,\"c\"\n\"",
		"\r\n\"\r\n\"\r\n", ",,\n,\"\",\n", "\"a\",\"b\"\r",
	}
}

// FuzzCut reads data as a file that comes in two parts, at every length of the
// first: the records are those of the whole.
func FuzzCut(f *testing.F) {
	for _, seed := range seeds() {
		f.Add([]byte(seed), false)
		f.Add([]byte(strings.ReplaceAll(seed, "\n", "\r")), true)
	}
	f.Fuzz(func(t *testing.T, data []byte, returns bool) {
		if len(data) > 200 {
			return
		}
		d := dialect()
		if returns {
			d.EOL = '\r'
		}
		whole := rows(string(data), d)
		for at := range len(data) + 1 {
			cut := csv.Cut(data[:at], d, false)
			if cut < 0 || cut > at || cut > 0 && data[cut-1] != d.EOL {
				t.Fatalf("%q is cut at %d", data[:at], cut)
			}
			parts := append(rows(string(data[:cut]), d), rows(string(data[cut:]), d)...)
			if diff := cmp.Diff(whole, parts); diff != "" {
				t.Fatalf("%q cut at %d to %q (-whole +parts):\n%s", data, at, data[:cut], diff)
			}
		}
		if csv.Cut(data, d, true) != len(data) {
			t.Fatal("the end of a file is whole")
		}
	})
}

// FuzzRecords compares with encoding/csv where that reads all of a text, but for
// the two changes that it makes to values: \r\n in quotes becomes \n, and a \r
// before the end of the text is dropped.
func FuzzRecords(f *testing.F) {
	for _, seed := range seeds() {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.IndexByte(data, '\r') >= 0 {
			return
		}
		std := stdcsv.NewReader(bytes.NewReader(data))
		std.FieldsPerRecord = -1
		want := []string{}
		for {
			record, err := std.Read()
			if err == io.EOF {
				break
			}
			if err != nil {
				return
			}
			want = append(want, strings.Join(record, "|"))
		}
		r := csv.NewReader(data, dialect())
		got, total := []string{}, 0
		for record := r.Next(); record != nil; record = r.Next() {
			if record.Err != "" {
				t.Fatalf("%q: %s, encoding/csv takes it", data, record.Err)
			}
			var fields []string
			for _, field := range record.Fields {
				fields = append(fields, string(field))
			}
			got = append(got, strings.Join(fields, "|"))
			total += len(record.Raw)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%q (-encoding/csv +here):\n%s", data, diff)
		}
		if total > len(data) {
			t.Fatalf("%d bytes of records in %d", total, len(data))
		}
	})
}

// FuzzSniff: whatever a file begins with, its records hold all its bytes but
// line ends.
func FuzzSniff(f *testing.F) {
	for _, seed := range seeds() {
		f.Add([]byte(seed), true)
	}
	f.Fuzz(func(t *testing.T, data []byte, whole bool) {
		d := csv.Sniff(data, whole, 0, 0)
		r := csv.NewReader(data, d)
		var all []byte
		for record := r.Next(); record != nil; record = r.Next() {
			all = append(all, record.Raw...)
		}
		strip := func(b []byte) string { return strings.NewReplacer("\r", "", "\n", "").Replace(string(b)) }
		if strip(all) != strip(data) {
			t.Fatalf("%q has the records %q", data, all)
		}
		csv.Separator(data)
	})
}
