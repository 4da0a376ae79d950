package file_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/kalpafall/df360/ingest"
	"github.com/kalpafall/df360/ingest/file"
)

// The blocks of thousands of small files wait together for the next commit's row
// group, so that none may hold much more than its rows.
func TestBlocksOfSmallFilesAreSmall(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	csv, lines, array := "id,a\n1,x\n", "{\"id\":1}\n{\"id\":2}\n", `[{"id":1},{"id":2}]`
	for name, text := range map[string]string{
		"a.csv": csv, "b.jsonl": lines, "c.json": array,
		"a.csv.gz": gz(t, csv), "b.jsonl.gz": gz(t, lines), "c.json.zst": zst(t, array),
	} {
		write(t, dir, name, text)
	}
	s, err := file.New(file.Options{Paths: []string{dir}, BatchBytes: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	batch, err := s.Next(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	blocks := 0
	err = batch.Read(context.Background(), false, func(b *ingest.Block) error {
		blocks++
		held := 0
		if b.CSV != nil {
			held = cap(b.CSV.Data)
		}
		for _, v := range b.Values {
			held = max(held, cap(v))
		}
		if held > 8<<10 {
			return fmt.Errorf("a block holds %d bytes", held)
		}
		return nil
	})
	if err != nil || blocks != 6 {
		t.Errorf("%d blocks, %v", blocks, err)
	}
}
