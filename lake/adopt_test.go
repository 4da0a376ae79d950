package lake_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/lake"
)

func TestAdoption(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	root := t.TempDir()
	folder := filepath.Join(root, "raw/events/year=2025/month=11/day=05")
	for _, dir := range []string{folder, filepath.Join(root, "raw/events/.hidden")} {
		if err := os.MkdirAll(dir, 0o750); err != nil {
			t.Fatal(err)
		}
		if err := parquet.WriteFile(filepath.Join(dir, "old.parquet"), []row{{1, "a"}, {2, "b"}}); err != nil {
			t.Fatal(err)
		}
	}
	l := openLake(t, root)
	snap, err := l.Snapshot(ctx, events, lake.Latest)
	if err != nil || !snap.Foreign || snap.Version != -1 || len(snap.Files) != 1 {
		t.Fatalf("foreign snapshot %+v, %v", snap, err)
	}
	if got := readIDs(t, l, events, lake.Latest); !slices.Equal(got, []int64{1, 2}) {
		t.Errorf("foreign rows %v", got)
	}
	if _, err := os.Stat(filepath.Join(root, "raw/events/_df360")); err == nil {
		t.Error("reading wrote into a folder of another tool")
	}
	if _, err := commit(l, events, appendTo("events"), 3); err != nil {
		t.Fatal(err)
	}
	records, err := l.Log(ctx, events)
	if err != nil || len(records) != 2 || records[0].Operation != lake.OpAdopt {
		t.Fatalf("records %v, %v", records, err)
	}
	if got := readIDs(t, l, events, lake.Latest); !slices.Equal(got, []int64{1, 2, 3}) {
		t.Errorf("rows after adoption %v", got)
	}
	mustVerify(t, l)
}

func TestForeignDeltaTableIsRefused(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "raw/events/_delta_log"), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := parquet.WriteFile(filepath.Join(root, "raw/events/x.parquet"), []row{{1, "a"}}); err != nil {
		t.Fatal(err)
	}
	_, err := commit(openLake(t, root), events, appendTo("events"), 3)
	if fault.CodeOf(err) != fault.Conflict {
		t.Errorf("commit into a Delta table of another tool: %v", err)
	}
	if _, err := os.Stat(filepath.Join(root, "raw/events/_df360")); err == nil {
		t.Error("something was left in the folder")
	}
}

// foreignFolder makes a folder of another tool with one file of ids.
func foreignFolder(t *testing.T, root string, rows ...row) {
	t.Helper()
	folder := filepath.Join(root, "raw/events/year=2025")
	if err := os.MkdirAll(folder, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := parquet.WriteFile(filepath.Join(folder, "old.parquet"), rows); err != nil {
		t.Fatal(err)
	}
}

// TestAdoptionAsksToRebase lets two runs begin on a folder of another tool: the
// second must be told of the first.
func TestAdoptionAsksToRebase(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	root := t.TempDir()
	foreignFolder(t, root, row{1, "a"})
	change := lake.Change{Operation: lake.OpAppend, Source: "test", Datasets: map[string]lake.DatasetChange{"events": {}}}
	var txns []*lake.Txn
	for range 2 {
		txn, err := openLake(t, root).Begin(ctx, events)
		if err != nil {
			t.Fatal(err)
		}
		if err := stage(txn, "events", "a.part", 2); err != nil {
			t.Fatal(err)
		}
		txns = append(txns, txn)
	}
	if _, err := txns[0].Commit(ctx, change); err != nil {
		t.Fatal(err)
	}
	if _, err := txns[1].Commit(ctx, change); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("the second commit: %v", err)
	}
	if err := txns[1].Abort(); err != nil {
		t.Error(err)
	}
	l := openLake(t, root)
	if got := readIDs(t, l, events, lake.Latest); !slices.Equal(got, []int64{1, 2}) {
		t.Errorf("rows %v", got)
	}
	mustVerify(t, l)
}

// TestNoAdoptionForNothing changes the folder, or fails the commit, after Begin:
// the folder must stay the other tool's.
func TestNoAdoptionForNothing(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, spoil := range map[string]func(root string, txn *lake.Txn) (lake.Change, error){
		"another file": func(root string, txn *lake.Txn) (lake.Change, error) {
			if err := parquet.WriteFile(filepath.Join(root, "raw/events/year=2025/more.parquet"), []row{{5, "b"}}); err != nil {
				return lake.Change{}, err
			}
			return appendTo("events"), stage(txn, "events", "a.part", 2)
		},
		"a wrong schema": func(_ string, txn *lake.Txn) (lake.Change, error) {
			dir, err := txn.StageDir("events")
			if err != nil {
				return lake.Change{}, err
			}
			return appendTo("events"), parquet.WriteFile(filepath.Join(dir, "a.part"), []struct {
				ID string `parquet:"id"`
			}{{"x"}})
		},
		"files for no dataset": func(_ string, txn *lake.Txn) (lake.Change, error) {
			return appendTo("events"), stage(txn, "events_rejected", "a.part", 2)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			foreignFolder(t, root, row{1, "a"})
			l := openLake(t, root)
			txn, err := l.Begin(ctx, events)
			if err != nil {
				t.Fatal(err)
			}
			change, err := spoil(root, txn)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := txn.Commit(ctx, change); err == nil {
				t.Error("the commit came through")
			}
			if err := txn.Abort(); err != nil {
				t.Error(err)
			}
			snap, err := l.Snapshot(ctx, events, lake.Latest)
			if err != nil || !snap.Foreign {
				t.Errorf("the folder was adopted: %v, %v", snap, err)
			}
		})
	}
}

// TestCompanionFolderOfAnotherTool keeps out of it.
func TestCompanionFolderOfAnotherTool(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "raw/events_rejected"), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := parquet.WriteFile(filepath.Join(root, "raw/events_rejected/x.parquet"), []row{{1, "a"}}); err != nil {
		t.Fatal(err)
	}
	change := appendTo("events")
	change.Datasets["events_rejected"] = lake.DatasetChange{Schema: []lake.Column{{Name: "id", Type: "BIGINT"}}}
	if _, err := commit(openLake(t, root), events, change, 1); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("a companion in a folder of another tool: %v", err)
	}
}
