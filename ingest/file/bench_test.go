package file_test

import (
	"context"
	"os"
	"testing"

	"github.com/kalpafall/df360/ingest"
	"github.com/kalpafall/df360/ingest/file"
	"github.com/kalpafall/df360/ingest/ingesttest"
)

// BenchmarkIngest takes the file that DF360_BENCH_FILE names: the first time with
// types found from all rows, the second time with types that are known.
func BenchmarkIngest(b *testing.B) {
	path := os.Getenv("DF360_BENCH_FILE")
	if path == "" {
		b.Skip("DF360_BENCH_FILE names no file")
	}
	dir := b.TempDir()
	store := ingesttest.NewStore(dir)
	for _, name := range []string{"inferred", "known"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				source, err := file.New(file.Options{Paths: []string{path}, Format: file.Auto, Again: true})
				if err != nil {
					b.Fatal(err)
				}
				if name == "inferred" {
					store = ingesttest.NewStore(dir)
				}
				_, err = ingest.Run(context.Background(), store, source, ingest.Options{
					Threads: 2, Done: func(context.Context) { source.Done() },
				})
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(source.Bytes())
			}
		})
	}
}
