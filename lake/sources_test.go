package lake_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/lake"
)

// TestCompanionOfAnotherFirstCommit begins a commit that makes a companion, and
// lets another run make it first: its files are no other tool's.
func TestCompanionOfAnotherFirstCommit(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	l := openLake(t, t.TempDir())
	rejected := events.Name + lake.RejectedSuffix
	change := func() lake.Change {
		c := appendTo(events.Name)
		c.Datasets[rejected] = lake.DatasetChange{}
		return c
	}
	begin := func() *lake.Txn {
		txn, err := l.Begin(ctx, events)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{events.Name, rejected} {
			if err := stage(txn, name, "a.part", 1); err != nil {
				t.Fatal(err)
			}
		}
		return txn
	}
	slow, fast := begin(), begin()
	for _, txn := range []*lake.Txn{fast, slow} {
		if _, err := txn.Commit(ctx, change()); err != nil {
			t.Fatal(err)
		}
	}
	if ids := readIDs(t, l, lake.Ref{Layer: lake.Raw, Name: rejected}, lake.Latest); len(ids) != 2 {
		t.Errorf("the companion has rows %v", ids)
	}
	mustVerify(t, l)
}

// TestProgressIsMerged lets two sources of one dataset say how far they are, and
// goes back behind one of them.
func TestProgressIsMerged(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	l := openLake(t, t.TempDir())
	for i, patch := range []string{`{"file":{"a":1}}`, `{"kafka":{"t":5}}`, `{"file":{"b":2,"a":null}}`} {
		c := appendTo(events.Name)
		c.Progress, c.MergeProgress = json.RawMessage(patch), true
		if _, err := commit(l, events, c, int64(i)); err != nil {
			t.Fatal(err)
		}
	}
	progress := func() string {
		snap, err := l.Snapshot(ctx, events, lake.Latest)
		if err != nil {
			t.Fatal(err)
		}
		return string(snap.Progress)
	}
	if got, want := progress(), `{"file":{"b":2},"kafka":{"t":5}}`; got != want {
		t.Errorf("progress %s, want %s", got, want)
	}
	if _, err := l.Rollback(ctx, events, 1); err != nil {
		t.Fatal(err)
	}
	if got, want := progress(), `{"file":{"a":1},"kafka":{"t":5}}`; got != want {
		t.Errorf("after the rollback progress is %s, want %s", got, want)
	}
	mustVerify(t, l)
}

// TestVerifyAsksAboutProgress tells of a commit that does not go on where the one
// before it has ended.
func TestVerifyAsksAboutProgress(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	l, err := lake.Open(root, lake.Options{CheckProgress: func(before, patch json.RawMessage) error {
		var b, p struct{ From, To int }
		if err := errors.Join(json.Unmarshal(append([]byte(nil), cmp.Or(string(before), "{}")...), &b), json.Unmarshal(patch, &p)); err != nil {
			return err
		}
		if p.From != b.To {
			return fmt.Errorf("it begins at %d, not at %d", p.From, b.To)
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	for i, patch := range []string{`{"from":0,"to":5}`, `{"from":5,"to":7}`, `{"from":8,"to":9}`} {
		c := appendTo(events.Name)
		c.Progress, c.MergeProgress = json.RawMessage(patch), true
		if _, err := commit(l, events, c, int64(i)); err != nil {
			t.Fatal(err)
		}
	}
	rep, err := l.Verify(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if len(rep.Problems) != 1 || !strings.Contains(rep.Problems[0].Problem, "it begins at 8, not at 7") {
		t.Errorf("problems %v", rep.Problems)
	}
}

// TestNestedColumnsGrow adds fields to a struct, and refuses to take one away.
func TestNestedColumnsGrow(t *testing.T) {
	t.Parallel()
	type small struct {
		S struct {
			A int64 `parquet:"a,optional"`
		} `parquet:"s,optional"`
	}
	type large struct {
		S struct {
			A int64  `parquet:"a,optional"`
			B string `parquet:"b,optional"`
		} `parquet:"s,optional"`
	}
	l := openLake(t, t.TempDir())
	put := func(write func(file string) error) error {
		txn, err := l.Begin(context.Background(), events)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = txn.Abort() }()
		dir, err := txn.StageDir(events.Name)
		if err != nil {
			t.Fatal(err)
		}
		if err := write(filepath.Join(dir, "a.part")); err != nil {
			t.Fatal(err)
		}
		_, err = txn.Commit(context.Background(), appendTo(events.Name))
		return err
	}
	if err := put(func(file string) error { return parquet.WriteFile(file, []small{{}}) }); err != nil {
		t.Fatal(err)
	}
	if err := put(func(file string) error { return parquet.WriteFile(file, []large{{}}) }); err != nil {
		t.Errorf("a new field: %v", err)
	}
	if err := put(func(file string) error { return parquet.WriteFile(file, []small{{}}) }); fault.CodeOf(err) != fault.Schema {
		t.Errorf("a field less: %v", err)
	}
	mustVerify(t, l)
}
