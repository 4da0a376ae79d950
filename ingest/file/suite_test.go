package file_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kalpafall/df360/ingest"
	"github.com/kalpafall/df360/ingest/file"
	"github.com/kalpafall/df360/ingest/ingesttest"
)

func TestSuite(t *testing.T) {
	t.Parallel()
	ingesttest.Suite(t, func(t *testing.T) ingesttest.Fixture {
		t.Helper()
		dir := t.TempDir()
		return ingesttest.Fixture{
			Open: func(t *testing.T) (ingest.Source, ingest.Options) {
				t.Helper()
				source, err := file.New(file.Options{Paths: []string{dir}, Format: file.Auto, BatchBytes: 1})
				if err != nil {
					t.Fatal(err)
				}
				return source, ingest.Options{Done: func(context.Context) { source.Done() }}
			},
			Add: func(t *testing.T, from, to int) {
				t.Helper()
				var b strings.Builder
				for id := from; id <= to; id++ {
					fmt.Fprintf(&b, "{\"id\":%d}\n", id)
				}
				b.WriteString("no row\n")
				path := filepath.Join(dir, fmt.Sprintf("%06d.jsonl", from))
				if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
					t.Fatal(err)
				}
			},
		}
	})
}
