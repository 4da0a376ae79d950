package ingest_test

import (
	"context"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kalpafall/df360/ingest"
	"github.com/kalpafall/df360/ingest/columns"
	"github.com/kalpafall/df360/ingest/ingesttest"
)

// A Txn makes its stage when it is first asked for it: two that ask at once would
// make it twice.
func TestTheStageIsAskedForByOneAtATime(t *testing.T) {
	t.Parallel()
	long := rows(`{"id":1,"text":"` + strings.Repeat("x", 2<<20) + `"}`)
	file := func() *ingest.Block { return &ingest.Block{File: &ingest.File{Name: "a.parquet"}} }
	store := &oneAtATime{Store: ingesttest.NewStore(t.TempDir())}
	f := &fake{batches: [][]*ingest.Block{{long, file(), file(), long, file(), file()}}}
	if _, err := ingest.Run(context.Background(), store, f, ingest.Options{Threads: 2, MemoryLimit: 1 << 20, Files: emptyFiles{}}); err != nil {
		t.Fatal(err)
	}
	if store.calls.Load() < 9 || store.together.Load() > 0 {
		t.Errorf("asked %d times, %d times while it was being asked", store.calls.Load(), store.together.Load())
	}
}

// oneAtATime is a store that notes calls of Stage during another one.
type oneAtATime struct {
	*ingesttest.Store
	inside, calls, together atomic.Int64
}

func (s *oneAtATime) Begin(ctx context.Context) (ingest.Txn, error) {
	txn, err := s.Store.Begin(ctx)
	return slowStage{txn, s}, err
}

type slowStage struct {
	ingest.Txn
	s *oneAtATime
}

func (t slowStage) Stage(rejected bool) (string, error) {
	defer t.s.inside.Add(-1)
	if t.s.inside.Add(1) > 1 {
		t.s.together.Add(1)
	}
	t.s.calls.Add(1)
	time.Sleep(20 * time.Millisecond)
	return t.Txn.Stage(rejected)
}

// emptyFiles reads files that have no rows.
type emptyFiles struct{}

func (emptyFiles) Describe(context.Context, *ingest.File) ([]columns.Field, error) { return nil, nil }

func (emptyFiles) Take(_ context.Context, _ *ingest.File, job ingest.FileJob) (ingest.FileCounts, error) {
	return ingest.FileCounts{}, os.WriteFile(job.Path, nil, 0o600)
}
