package file

import (
	"bytes"

	"github.com/kalpafall/df360/ingest/columns"
	"github.com/kalpafall/df360/internal/jsontext"
)

// Format is the form of a file.
type Format string

// The formats.
const (
	Auto    Format = "auto"
	CSV     Format = "csv"
	JSON    Format = "json"  // an array, or values one behind the other
	JSONL   Format = "jsonl" // a value a line
	Parquet Format = "parquet"
)

// Formats lists them.
func Formats() []string {
	return []string{string(Auto), string(CSV), string(JSON), string(JSONL), string(Parquet)}
}

const parquetMagic = "PAR1"

// foreign names what a file is by its first bytes, where it is of a format that is
// not read; "" is none of these.
func foreign(head []byte) string {
	for _, f := range [...]struct{ magic, name string }{
		{"PK\x03\x04", "a ZIP archive or an Excel workbook"},
		{"\xd0\xcf\x11\xe0", "an old Excel workbook"},
		{"BZh", "compressed with bzip2"},
		{"\xfd7zXZ\x00", "compressed with xz"},
		{"7z\xbc\xaf", "a 7z archive"},
		{"Obj\x01", "Avro"},
		{"ORC", "ORC"},
		{"ARROW1", "Arrow IPC"},
		{"SQLite format 3", "a SQLite database"},
		{"%PDF-", "PDF"},
	} {
		if bytes.HasPrefix(head, []byte(f.magic)) && (len(f.magic) > 4 || !isLine(head)) {
			return f.name
		}
	}
	return ""
}

// isLine reports whether a text begins with a line of text, which a short magic
// number may be the beginning of.
func isLine(head []byte) bool {
	line, _, whole := bytes.Cut(head, []byte{'\n'})
	return whole && columns.ValidText(line) == nil
}

// detect finds the format of a file by its name, else by how it begins.
func detect(path string, head []byte) Format {
	switch extension(path) {
	case "csv", "tsv", "psv":
		return CSV
	case "jsonl", "ndjson":
		return JSONL
	case "json":
		return jsonFormat(head)
	case "parquet", "pq", "parq":
		return Parquet
	}
	start := jsontext.Space(head, 0)
	switch {
	case bytes.HasPrefix(head, []byte(parquetMagic)):
		return Parquet
	case start < len(head) && head[start] == '{', start < len(head) && head[start] == '[':
		return jsonFormat(head)
	}
	return CSV
}

// jsonFormat tells JSON by lines from other JSON.
func jsonFormat(head []byte) Format {
	start := jsontext.Space(head, 0)
	if start == len(head) || head[start] == '[' {
		return JSON
	}
	line, _, whole := bytes.Cut(head[start:], []byte{'\n'})
	if whole && jsontext.Valid(line) == nil {
		return JSONL
	}
	if whole && head[start] != '{' { // a broken line among others, more likely than a broken document
		return JSONL
	}
	return JSON
}

// startsArray reports whether a text begins with the bracket of an array.
func startsArray(head []byte) bool {
	start := jsontext.Space(head, 0)
	return start < len(head) && head[start] == '['
}
