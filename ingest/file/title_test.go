package file_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kalpafall/df360/ingest"
	"github.com/kalpafall/df360/ingest/file"
	"github.com/kalpafall/df360/ingest/ingesttest"
)

// TestTitleAboveTheHeader refuses a file whose first line is a title, and not
// every row of it.
func TestTitleAboveTheHeader(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "report.csv")
	if err := os.WriteFile(path, []byte("Report\n\nid,amount\n1,2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for header, refused := range map[file.HeaderMode]bool{file.HeaderAuto: true, file.HeaderYes: false} {
		source, err := file.New(file.Options{Paths: []string{path}, Format: file.Auto, Header: header})
		if err != nil {
			t.Fatal(err)
		}
		_, err = ingest.Run(context.Background(), ingesttest.NewStore(t.TempDir()), source, ingest.Options{
			Done: func(context.Context) { source.Done() },
		})
		problems := source.Unreadable()
		if got := len(problems) == 1 && strings.Contains(problems[0].Error(), "has one field"); got != refused {
			t.Errorf("--header %s: %v, %v", header, problems, err)
		}
	}
}
