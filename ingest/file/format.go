package file

import (
	"bytes"

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
