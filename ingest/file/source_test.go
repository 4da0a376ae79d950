package file_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kalpafall/df360/ingest"
	"github.com/kalpafall/df360/ingest/file"
	"github.com/kalpafall/df360/ingest/ingesttest"
)

func longAgo() time.Time { return time.Unix(1_600_000_000, 0) }

// readChanging reads a file twice, as the loop does, which changes in between.
func readChanging(t *testing.T, path string, change func() error) (problems []string) {
	t.Helper()
	s, err := file.New(file.Options{Paths: []string{path}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	batch, err := s.Next(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		err = batch.Read(context.Background(), true, func(*ingest.Block) error { return nil })
		if err == nil {
			if err := change(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if !errors.Is(err, ingest.ErrAgain) {
		t.Fatalf("%v, want that the batch is read again", err)
	}
	for _, err := range s.Unreadable() {
		problems = append(problems, told(err))
	}
	return problems
}

// take runs the loop.
func take(t *testing.T, store *ingesttest.Store, o file.Options) (*file.Source, error) {
	t.Helper()
	s, err := file.New(o)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Close() }()
	_, err = ingest.Run(context.Background(), store, s, ingest.Options{Done: func(context.Context) { s.Done() }})
	return s, err
}

func written(s *ingesttest.Store) int64 {
	var n int64
	for _, c := range s.Commits {
		n += c.Counts.Written
	}
	return n
}

func TestFilesAreTakenOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store := ingesttest.NewStore(t.TempDir())
	step := func(name string, commits int, rows int64, skipped int, o file.Options) {
		t.Helper()
		o.Paths = []string{dir}
		before := len(store.Commits)
		s, err := take(t, store, o)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(store.Commits)-before != commits || written(store) != rows || s.Skipped() != skipped || !s.Taken() {
			t.Errorf("%s: %d commits, %d rows, %d skipped; want %d, %d, %d", name, len(store.Commits)-before, written(store), s.Skipped(), commits, rows, skipped)
		}
	}
	write(t, dir, "a.csv", "id\n1\n2\n")
	write(t, dir, "b.csv", "id\n3\n4\n")
	step("first", 1, 4, 0, file.Options{})
	step("again", 0, 4, 2, file.Options{})
	if err := os.Rename(filepath.Join(dir, "a.csv"), filepath.Join(dir, "z.csv")); err != nil {
		t.Fatal(err)
	}
	step("renamed", 0, 4, 2, file.Options{})
	write(t, dir, "c.csv", "id\n5\n6\n")
	write(t, dir, "copy.csv", "id\n5\n6\n")
	step("new, and a copy of it", 1, 6, 3, file.Options{})
	write(t, dir, "b.csv", "id\n3\n4\n7\n")
	step("changed", 1, 9, 3, file.Options{})
	step("asked for again", 4, 18, 0, file.Options{Again: true, BatchBytes: 1})
	write(t, dir, "empty.csv", "")
	step("an empty one", 0, 18, 4, file.Options{})
}

func TestBatches(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for i := range 5 {
		write(t, dir, fmt.Sprintf("%d.csv", i), fmt.Sprintf("id\n%d\n", i))
	}
	for _, c := range []struct {
		o       file.Options
		commits int
	}{{file.Options{}, 1}, {file.Options{BatchBytes: 1}, 5}, {file.Options{BatchBytes: 10}, 3}, {file.Options{BatchBytes: 1, Atomic: true}, 1}} {
		store := ingesttest.NewStore(t.TempDir())
		c.o.Paths = []string{dir}
		if _, err := take(t, store, c.o); err != nil || len(store.Commits) != c.commits || written(store) != 5 {
			t.Errorf("%+v: %d commits, %d rows, %v", c.o, len(store.Commits), written(store), err)
		}
	}
}

func TestUnreadableFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "a.csv", "id\n1\n")
	write(t, dir, "bad.csv.gz", gz(t, "id\n2\n")[:20])
	write(t, dir, "c.json", `[{"id":3}`)
	write(t, dir, "d.csv", "id\n4\n")
	missing := filepath.Join(dir, "missing.csv")
	store := ingesttest.NewStore(t.TempDir())
	s, err := take(t, store, file.Options{Paths: []string{dir, missing}})
	if err != nil || written(store) != 2 || len(store.Commits) != 1 {
		t.Fatalf("%d rows, %v", written(store), err)
	}
	var said []string
	for _, err := range s.Unreadable() {
		said = append(said, strings.ReplaceAll(err.Error(), dir+"/", ""))
	}
	want := []string{"missing.csv: no such file or directory", "bad.csv.gz is cut short", "c.json is cut short: its array has no end"}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	// Nothing of them is committed where all belong together.
	store = ingesttest.NewStore(t.TempDir())
	for _, paths := range [][]string{{dir}, {dir + "/a.csv", missing}} {
		if _, err := take(t, store, file.Options{Paths: paths, Atomic: true}); err == nil || len(store.Commits) != 0 {
			t.Errorf("%q: %v, %d commits", paths, err, len(store.Commits))
		}
	}
	// Nothing but unreadable ones is an error at once, or at the end.
	if _, err := take(t, store, file.Options{Paths: []string{missing, dir + "/no/*"}}); err == nil || !strings.Contains(err.Error(), "no file matches") {
		t.Error(err)
	}
	if s, err := take(t, store, file.Options{Paths: []string{dir + "/c.json"}}); err != nil || s.Taken() || len(s.Unreadable()) != 1 {
		t.Errorf("%v, %v", err, s.Unreadable())
	}
}

func TestStandardInputAndPipes(t *testing.T) {
	t.Parallel()
	store := ingesttest.NewStore(t.TempDir())
	temp := t.TempDir()
	stdin := func() file.Options {
		return file.Options{Paths: []string{"-"}, Stdin: strings.NewReader("id\n1\n2\n"), TempDir: temp}
	}
	for range 2 {
		if _, err := take(t, store, stdin()); err != nil || written(store) != 2 {
			t.Fatalf("%d rows, %v", written(store), err)
		}
	}
	left, err := os.ReadDir(temp)
	if err != nil || len(left) != 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestProgressSaysHowRejectedRecordsAreRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "a.csv", "id;name\n1;a\n")
	write(t, dir, "b.csv", "id;name\n2;b\n")
	write(t, dir, "c.jsonl", "{\"id\":3}\n")
	store := ingesttest.NewStore(t.TempDir())
	if _, err := take(t, store, file.Options{Paths: []string{dir}}); err != nil {
		t.Fatal(err)
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(store.Progress(), &all); err != nil {
		t.Fatal(err)
	}
	known, err := file.Taken(all[file.Name], all[file.Name])
	if err != nil || len(known) != 3 {
		t.Fatalf("%v, %v", known, err)
	}
	for _, k := range known {
		if (filepath.Ext(k.Path) == ".csv") != (k.CSV != nil) || k.CSV != nil && (k.CSV.Dialect.Delimiter != ';' || len(k.CSV.Header.Names) != 2) {
			t.Errorf("%+v", k)
		}
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "a.csv", "id\n1\n")
	store := ingesttest.NewStore(t.TempDir())
	if _, err := take(t, store, file.Options{Paths: []string{dir}}); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "b.csv", "id\n1\n")
	write(t, dir, "c.csv", "id\n2\n")
	s, err := file.New(file.Options{Paths: []string{dir}})
	if err != nil {
		t.Fatal(err)
	}
	plans, err := s.Plan(context.Background(), store.Progress())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range plans {
		got = append(got, fmt.Sprintf("%s %d %t", filepath.Base(p.Path), p.Bytes, p.Taken))
	}
	if diff := cmp.Diff([]string{"a.csv 5 true", "b.csv 5 true", "c.csv 5 false"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
