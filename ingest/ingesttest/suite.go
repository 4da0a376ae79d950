package ingesttest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/kalpafall/df360/ingest"
)

// Fixture is what a source reads from in a test.
type Fixture struct {
	// Open makes a source of everything that there is, as a new process would,
	// with the options of the loop that it needs.
	Open func(t *testing.T) (ingest.Source, ingest.Options)
	// Add adds rows {"id": from} to {"id": to}, and among them one that is no row.
	Add func(t *testing.T, from, to int)
}

// Suite holds a source to what ingest.Source promises. start makes what it reads
// from, with nothing in it.
func Suite(t *testing.T, start func(t *testing.T) Fixture) {
	t.Helper()
	for _, c := range []struct {
		name string
		run  func(t *testing.T, f Fixture)
	}{
		{"every row is taken once", everyRowOnce},
		{"a run that fails before a commit is made up for", failedCommits},
		{"a run that ends in the middle is made up for", cutShort},
		{"rows that another run takes meanwhile are not taken twice", overtaken},
		{"a batch is read again as it was", readAgain},
		{"a source that is closed early leaves nothing to be done", closedEarly},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t, start(t))
		})
	}
}

// take runs the loop to its end.
func (f Fixture) take(ctx context.Context, t *testing.T, s *Store) error {
	t.Helper()
	source, o := f.Open(t)
	o.Threads = 2
	_, err := ingest.Run(ctx, s, source, o)
	return errors.Join(err, source.Close())
}

// check compares the rows of a dataset with ids from 1 to last, and the number of
// rejected ones with rejects.
func check(t *testing.T, s *Store, last, rejects int) {
	t.Helper()
	var got []int
	bad := map[string]bool{}
	count := 0
	for _, c := range s.Commits {
		for _, file := range c.Files {
			for _, r := range readFile[struct {
				ID int64 `parquet:"id"`
			}](t, file) {
				got = append(got, int(r.ID))
			}
		}
		for _, file := range c.Rejected {
			for _, r := range readFile[struct {
				Origin string `parquet:"_origin"`
				Reason string `parquet:"_reason"`
			}](t, file) {
				count++
				bad[r.Origin] = r.Reason != ""
			}
		}
	}
	slices.Sort(got)
	want := make([]int, last)
	for i := range want {
		want[i] = i + 1
	}
	if !slices.Equal(got, want) {
		t.Errorf("rows %v, want 1 to %d", got, last)
	}
	if count != rejects || len(bad) != rejects {
		t.Errorf("%d rows are rejected, of %d origins, want %d", count, len(bad), rejects)
	}
}

func readFile[T any](t *testing.T, file string) []T {
	t.Helper()
	rows, err := parquet.ReadFile[T](file)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return rows
}

func everyRowOnce(t *testing.T, f Fixture) {
	ctx := context.Background()
	s := NewStore(t.TempDir())
	last := 0
	for run, rows := range []int{40, 0, 25, 0, 1} {
		if rows > 0 {
			f.Add(t, last+1, last+rows)
			last += rows
		}
		before := len(s.Commits)
		if err := f.take(ctx, t, s); err != nil {
			t.Fatalf("run %d: %v", run, err)
		}
		if rows == 0 && len(s.Commits) != before {
			t.Errorf("run %d had nothing new, and made %d commits", run, len(s.Commits)-before)
		}
	}
	check(t, s, last, 3)
}

var errKilled = errors.New("killed")

func failedCommits(t *testing.T, f Fixture) {
	ctx := context.Background()
	s := NewStore(t.TempDir())
	f.Add(t, 1, 30)
	f.Add(t, 31, 60)
	tries := 0
	s.Before = func(ingest.Change) error {
		if tries++; tries%2 == 1 {
			return errKilled
		}
		return nil
	}
	for run := 0; ; run++ {
		err := f.take(ctx, t, s)
		if err == nil {
			break
		}
		if !errors.Is(err, errKilled) || run > 20 {
			t.Fatal(err)
		}
	}
	check(t, s, 60, 2)
	left, err := os.ReadDir(s.Dir)
	if err != nil || len(left) != len(s.Commits) {
		t.Errorf("%d folders for %d commits (%v)", len(left), len(s.Commits), err)
	}
}

func cutShort(t *testing.T, f Fixture) {
	s := NewStore(t.TempDir())
	f.Add(t, 1, 30)
	f.Add(t, 31, 60)
	ctx, cancel := context.WithCancelCause(context.Background())
	s.Before = func(ingest.Change) error {
		cancel(errKilled)
		return nil
	}
	if err := f.take(ctx, t, s); err != nil && !errors.Is(err, errKilled) && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	s.Before = nil
	if err := f.take(context.Background(), t, s); err != nil {
		t.Fatal(err)
	}
	check(t, s, 60, 2)
}

func overtaken(t *testing.T, f Fixture) {
	ctx := context.Background()
	s := NewStore(t.TempDir())
	f.Add(t, 1, 40)
	first := true
	s.Before = func(ingest.Change) error {
		if !first {
			return nil
		}
		first = false
		s.mu.Unlock() // Before is called with it held
		defer s.mu.Lock()
		return f.take(ctx, t, s)
	}
	if err := f.take(ctx, t, s); err != nil {
		t.Fatal(err)
	}
	check(t, s, 40, 1)
}

func readAgain(t *testing.T, f Fixture) {
	ctx := context.Background()
	f.Add(t, 1, 50)
	source, _ := f.Open(t)
	defer func() {
		if err := source.Close(); err != nil {
			t.Error(err)
		}
	}()
	batch, err := source.Next(ctx, nil)
	if err != nil || batch == nil {
		t.Fatalf("Next: %v, %v", batch, err)
	}
	read := func(again bool) (out []string) {
		err := batch.Read(ctx, again, func(b *ingest.Block) error {
			for row, value := range b.Values {
				out = append(out, b.Origin(row)+" "+string(value))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	first := read(true)
	if second := read(false); !slices.Equal(first, second) || len(first) == 0 {
		t.Errorf("first %d rows %v, then %v", len(first), first, second)
	}
	origins := map[string]bool{}
	for _, row := range first {
		var origin string
		if _, err := fmt.Sscan(row, &origin); err != nil || origins[origin] {
			t.Errorf("origin %q (%v) is there twice, or empty", origin, err)
		}
		origins[origin] = true
	}
}

func closedEarly(t *testing.T, f Fixture) {
	f.Add(t, 1, 50)
	source, _ := f.Open(t)
	if _, err := source.Next(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	if err := source.Close(); err != nil {
		t.Error(err)
	}
}
