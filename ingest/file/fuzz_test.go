package file_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/kalpafall/df360/ingest/file"
)

// FuzzRead reads any bytes as any format: rows or a problem come of it, the same
// ones as often as it is read.
func FuzzRead(f *testing.F) {
	for i, text := range []string{
		"id,name\n1,\"a\nb\"\n", "[{\"a\":1},\n{\"b\":[2]}]", "{\"a\":1}\n{\"a\":2}\nx", "sep=;\na;b\n", "\xff\xfea\x00,\x00", "\x1f\x8b\x08\x00", "\x28\xb5\x2f\xfd", "\xef\xbb\xbf{", "PAR1", "\r\r\r", "\"", "[", "[,", "[1,", "{}{}", "1 2",
	} {
		f.Add([]byte(text), uint8(i))
	}
	names := []string{"x", "x.csv", "x.tsv", "x.json", "x.jsonl", "x.csv.gz"}
	f.Fuzz(func(t *testing.T, data []byte, how uint8) {
		path := filepath.Join(t.TempDir(), names[int(how)%len(names)])
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		o := file.Options{Paths: []string{path}, MaxRecord: 1 << 20}
		if how >= 128 {
			o = encoded(t, "shift_jis")
			o.Paths = []string{path}
		}
		rows, problems := read(t, o)
		again, same := read(t, o)
		if len(rows) != len(again) || len(problems) != len(same) {
			t.Fatalf("%d rows and %v, then %d and %v", len(rows), problems, len(again), same)
		}
		if len(problems) > 0 && len(rows) > 0 {
			t.Fatalf("rows of a file that cannot be read: %q, %v", rows, problems)
		}
	})
}
