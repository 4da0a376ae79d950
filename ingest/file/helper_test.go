package file_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/kalpafall/df360/ingest"
	"github.com/kalpafall/df360/ingest/csv"
	"github.com/kalpafall/df360/ingest/file"
	"github.com/kalpafall/df360/internal/fault"
)

// write makes a file in a folder.
func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// read is all that a source says of its files: each row with its origin, or the
// fields of a record; and its problems.
func read(t *testing.T, o file.Options) (rows, problems []string) {
	t.Helper()
	s, err := file.New(o)
	if err != nil {
		return nil, []string{told(err)}
	}
	defer func() { _ = s.Close() }()
	batch, err := s.Next(context.Background(), nil)
	if err != nil {
		return nil, []string{told(err)}
	}
	if batch == nil {
		return nil, nil
	}
	for {
		rows = nil
		err := batch.Read(context.Background(), true, func(b *ingest.Block) error {
			rows = append(rows, blockRows(b)...)
			if b.Release != nil {
				b.Release()
			}
			return nil
		})
		if errors.Is(err, ingest.ErrAgain) {
			continue
		}
		if err != nil {
			return nil, []string{told(err)}
		}
		break
	}
	for _, err := range s.Unreadable() {
		problems = append(problems, told(err))
	}
	return rows, problems
}

func told(err error) string {
	return strings.TrimSpace(fmt.Sprintf("%s: %v (%s)", fault.CodeOf(err), err, fault.Hint(err)))
}

func blockRows(b *ingest.Block) []string {
	var out []string
	if b.File != nil {
		return []string{"file " + filepath.Base(b.File.Name)}
	}
	if b.CSV == nil {
		for i, v := range b.Values {
			out = append(out, place(b.Origin(i))+" "+string(v))
		}
		return out
	}
	r := csv.NewReader(b.CSV.Data, b.CSV.Dialect)
	for record := r.Next(); record != nil; record = r.Next() {
		line := place(b.CSV.Origin(record.At)) + " " + strings.Join(b.CSV.Header.Names, "|") + " = "
		if record.Err != "" {
			out = append(out, line+"! "+record.Err)
			continue
		}
		var fields []string
		for _, f := range record.Fields {
			fields = append(fields, string(f))
		}
		out = append(out, line+strings.Join(fields, "|"))
	}
	return out
}

// place is an origin without the folder.
func place(origin string) string { return filepath.Base(origin) }

func gz(t *testing.T, texts ...string) string {
	t.Helper()
	var b bytes.Buffer
	for _, text := range texts {
		z := gzip.NewWriter(&b)
		_, err := z.Write([]byte(text))
		if err = errors.Join(err, z.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func zst(t *testing.T, text string) string {
	t.Helper()
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(z.EncodeAll([]byte(text), nil))
}

func names(t *testing.T, dir string, files []string) []string {
	t.Helper()
	out := []string{}
	for _, f := range files {
		rel, err := filepath.Rel(dir, f)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, rel)
	}
	slices.Sort(out)
	return out
}
