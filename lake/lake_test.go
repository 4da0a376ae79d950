package lake_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/kalpafall/df360/internal/failpoint"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/lake"
)

type row struct {
	ID   int64  `parquet:"id"`
	Text string `parquet:"text"`
}

// openLake opens a lake as a process of its own would.
func openLake(t *testing.T, root string) *lake.Lake {
	t.Helper()
	l, err := lake.Open(root, lake.Options{LockTimeout: time.Millisecond, Command: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// stage writes one file of rows into a commit.
func stage(txn *lake.Txn, dataset, name string, ids ...int64) error {
	dir, err := txn.StageDir(dataset)
	if err != nil {
		return err
	}
	rows := make([]row, len(ids))
	for i, id := range ids {
		rows[i] = row{id, fmt.Sprint("row ", id)}
	}
	file := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		return err
	}
	return parquet.WriteFile(file, rows)
}

// commit makes one commit of ids to a dataset.
func commit(l *lake.Lake, ref lake.Ref, c lake.Change, ids ...int64) (*lake.Record, error) {
	txn, err := l.Begin(context.Background(), ref)
	if err != nil {
		return nil, err
	}
	defer func() { _ = txn.Abort() }()
	if err := stage(txn, ref.Name, "a.part", ids...); err != nil {
		return nil, err
	}
	return txn.Commit(context.Background(), c)
}

func appendTo(name string) lake.Change {
	return lake.Change{
		Operation: lake.OpAppend, Source: "test", Datasets: map[string]lake.DatasetChange{name: {}},
		Rebase: func(context.Context, *lake.Snapshot, *lake.Change) (lake.Decision, error) { return lake.Retry, nil },
	}
}

// readIDs reads a version's rows through a pin.
func readIDs(t *testing.T, l *lake.Lake, ref lake.Ref, version int64) []int64 {
	t.Helper()
	ctx := context.Background()
	snap, err := l.Snapshot(ctx, ref, version)
	if err != nil {
		t.Fatal(err)
	}
	pin, err := l.Pin(ctx, snap)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := pin.Close(); err != nil {
			t.Error(err)
		}
	}()
	var ids []int64
	for _, p := range pin.Paths(snap) {
		rows, err := parquet.ReadFile[row](p)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			ids = append(ids, r.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

func mustVerify(t *testing.T, l *lake.Lake) {
	t.Helper()
	rep, err := l.Verify(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range rep.Problems {
		t.Errorf("verify: %s: %s", p.Path, p.Problem)
	}
	if rep.CheckedFiles == 0 {
		t.Error("verify checked nothing")
	}
}

var events = lake.Ref{Layer: lake.Raw, Name: "events"} //nolint:gochecknoglobals // a name

// TestManyWriters lets writers that know nothing of each other append to one
// dataset, new at first, and counts.
func TestManyWriters(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	const writers, each = 6, 8
	var wg sync.WaitGroup
	var want []int64
	for w := range writers {
		for i := range each {
			want = append(want, int64(w*1000+i))
		}
		wg.Go(func() {
			l := openLake(t, root)
			for i := range each {
				if _, err := commit(l, events, appendTo("events"), int64(w*1000+i)); err != nil {
					t.Errorf("writer %d: %v", w, err)
				}
			}
		})
	}
	wg.Wait()
	l := openLake(t, root)
	if got := readIDs(t, l, events, lake.Latest); !slices.Equal(got, want) {
		t.Errorf("%d rows of %d: %v", len(got), len(want), got)
	}
	records, err := l.Log(context.Background(), events)
	if err != nil || len(records) != writers*each {
		t.Errorf("%d records, %v", len(records), err)
	}
	mustVerify(t, l)
}

func TestPinOutlivesReplaceAndRollbackRestores(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	l := openLake(t, t.TempDir())
	if _, err := commit(l, events, appendTo("events"), 1, 2); err != nil {
		t.Fatal(err)
	}
	old, err := l.Snapshot(ctx, events, lake.Latest)
	if err != nil {
		t.Fatal(err)
	}
	pin, err := l.Pin(ctx, old)
	if err != nil {
		t.Fatal(err)
	}
	replace := lake.Change{Operation: lake.OpReplace, Source: "test", Datasets: map[string]lake.DatasetChange{"events": {Replace: true}}}
	if _, err := commit(l, events, replace, 3); err != nil {
		t.Fatal(err)
	}
	if _, err := parquet.ReadFile[row](pin.Paths(old)[0]); err != nil {
		t.Errorf("pinned file after a replace: %v", err)
	}
	if err := pin.Close(); err != nil {
		t.Error(err)
	}
	if got := readIDs(t, l, events, 0); !slices.Equal(got, []int64{1, 2}) {
		t.Errorf("version 0 has %v", got)
	}
	if _, err := l.Rollback(ctx, events, 0); err != nil {
		t.Fatal(err)
	}
	if got := readIDs(t, l, events, lake.Latest); !slices.Equal(got, []int64{1, 2}) {
		t.Errorf("rolled back to %v", got)
	}
	mustVerify(t, l)
	if _, err := l.Rollback(ctx, events, 9); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("rollback to 9: %v", err)
	}
}

// TestVerifyFinds damages one thing at a time.
func TestVerifyFinds(t *testing.T) {
	t.Parallel()
	flip := func(t *testing.T, file string, at int) {
		t.Helper()
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		data[(at+len(data))%len(data)] ^= 1
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	one := func(t *testing.T, root, pattern string) string {
		t.Helper()
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("no %s: %v", pattern, err)
		}
		return files[0]
	}
	for name, damage := range map[string]func(t *testing.T, root string) string{
		"data": func(t *testing.T, root string) string {
			f := one(t, root, "raw/events/*/*/*/*.parquet")
			flip(t, f, 10)
			return f
		},
		"footer": func(t *testing.T, root string) string {
			f := one(t, root, "raw/events/*/*/*/*.parquet")
			flip(t, f, -9)
			return f
		},
		"sidecar": func(t *testing.T, root string) string {
			f := one(t, root, "raw/events/*/*/*/_*.json")
			flip(t, f, 20)
			return f
		},
		"record": func(t *testing.T, root string) string {
			f := one(t, root, "raw/events/_df360/log/*.json")
			flip(t, f, 60)
			return f
		},
		"delta": func(t *testing.T, root string) string {
			f := one(t, root, "raw/events/_delta_log/*.json")
			flip(t, f, 30)
			return f
		},
		"missing": func(t *testing.T, root string) string {
			f := one(t, root, "raw/events/*/*/*/*.parquet")
			if err := os.Remove(f); err != nil {
				t.Fatal(err)
			}
			return f
		},
		"unknown": func(t *testing.T, root string) string {
			f := filepath.Join(filepath.Dir(one(t, root, "raw/events/*/*/*/*.parquet")), "strange.parquet")
			if err := parquet.WriteFile(f, []row{{9, "z"}}); err != nil {
				t.Fatal(err)
			}
			return f
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			l := openLake(t, root)
			if _, err := commit(l, events, appendTo("events"), 1, 2); err != nil {
				t.Fatal(err)
			}
			file, err := filepath.Rel(root, damage(t, root))
			if err != nil {
				t.Fatal(err)
			}
			rep, err := openLake(t, root).Verify(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if len(rep.Problems) != 1 || rep.Problems[0].Path != file {
				t.Errorf("damaged %s, found %v", file, rep.Problems)
			}
		})
	}
}

// TestSchemaIsKept appends rows that do not fit.
func TestSchemaIsKept(t *testing.T) {
	t.Parallel()
	type other struct {
		ID   string `parquet:"id"`
		Text string `parquet:"text"`
	}
	type fewer struct {
		ID int64 `parquet:"id"`
	}
	l := openLake(t, t.TempDir())
	if _, err := commit(l, events, appendTo("events"), 1, 2); err != nil {
		t.Fatal(err)
	}
	for name, write := range map[string]func(file string) error{
		"id":   func(file string) error { return parquet.WriteFile(file, []other{{"x", "y"}}) },
		"text": func(file string) error { return parquet.WriteFile(file, []fewer{{7}}) },
	} {
		txn, err := l.Begin(context.Background(), events)
		if err != nil {
			t.Fatal(err)
		}
		dir, err := txn.StageDir("events")
		if err != nil {
			t.Fatal(err)
		}
		if err := write(filepath.Join(dir, "a.part")); err != nil {
			t.Fatal(err)
		}
		_, err = txn.Commit(context.Background(), appendTo("events"))
		if fault.CodeOf(err) != fault.Schema || !strings.Contains(err.Error(), name) {
			t.Errorf("column %s: %v", name, err)
		}
		if err := txn.Abort(); err != nil {
			t.Error(err)
		}
	}
	if got := readIDs(t, l, events, lake.Latest); !slices.Equal(got, []int64{1, 2}) {
		t.Errorf("rows %v", got)
	}
}

// TestAbortLeavesNothing aborts the first commit of a dataset.
func TestAbortLeavesNothing(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	l := openLake(t, root)
	txn, err := l.Begin(context.Background(), events)
	if err != nil {
		t.Fatal(err)
	}
	if err := stage(txn, "events", "a.part", 1); err != nil {
		t.Fatal(err)
	}
	if err := txn.Abort(); err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(root); err != nil || len(entries) > 0 {
		t.Errorf("left: %v, %v", entries, err)
	}
}

// TestDiskFull lets every step of a commit fail in turn, and tries again.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	for action, kind := range map[string]fault.Code{"enospc": fault.NoSpace, "eio": fault.IO} {
		for _, name := range []string{"mkdir", "create", "link", "rename", "remove", "syncfile", "syncdir"} {
			step := 1
			for failAt(t, name, step, action, kind) {
				step++
			}
			if step == 1 {
				t.Errorf("a commit has no step %s", name)
			}
		}
	}
}

// failAt lets one step fail; false where the commit has no such step.
func failAt(t *testing.T, name string, step int, action string, kind fault.Code) bool {
	t.Helper()
	what := fmt.Sprintf("%s at %s %d", action, name, step)
	root := t.TempDir()
	if _, err := commit(openLake(t, root), events, appendTo("events"), 1, 2); err != nil {
		t.Fatal(err)
	}
	fail, err := failpoint.Parse(fmt.Sprintf("%s@%d=%s", name, step, action))
	if err != nil {
		t.Fatal(err)
	}
	broken, err := lake.Open(root, lake.Options{LockTimeout: time.Millisecond, Fail: fail})
	if err != nil {
		t.Fatal(err)
	}
	record, err := commit(broken, events, appendTo("events"), 3)
	if fail.Hits() < int64(step) {
		return false
	}
	if err != nil && fault.CodeOf(err) != kind {
		t.Errorf("%s: kind %s: %v", what, fault.CodeOf(err), err)
	}
	if err == nil && name != "remove" { // tidying up may fail
		t.Errorf("%s: no error", what)
	}
	l := openLake(t, root)
	if record == nil {
		if _, err := commit(l, events, appendTo("events"), 3); err != nil {
			t.Fatalf("%s, then again: %v", what, err)
		}
	}
	if got := readIDs(t, l, events, lake.Latest); !slices.Equal(got, []int64{1, 2, 3}) {
		t.Errorf("%s: rows %v", what, got)
	}
	mustVerify(t, l)
	return true
}
