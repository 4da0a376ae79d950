package lake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
)

// testRow is the row of the tests' files.
type testRow struct {
	ID   int64  `parquet:"id"`
	Text string `parquet:"text"`
}

func parquetBytes(t *testing.T, ids ...int64) []byte {
	t.Helper()
	rows := make([]testRow, len(ids))
	for i, id := range ids {
		rows[i] = testRow{id, fmt.Sprint("row ", id)}
	}
	var b bytes.Buffer
	if err := parquet.Write(&b, rows); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// stageBytes stages a file through the store, as an engine would on disk.
func stageBytes(txn *Txn, dataset, name string, data []byte) error {
	if err := txn.ensureStage(); err != nil {
		return err
	}
	file := path.Join(txn.stage.dir, dataset, name)
	if err := mkdirAll(txn.l.s, path.Dir(file)); err != nil {
		return err
	}
	return txn.l.s.create(file, data)
}

// memoryLake is a lake in a memory store.
func memoryLake(m *memory) *Lake {
	tick := time.Date(2026, 11, 5, 2, 0, 0, 0, time.UTC)
	return &Lake{root: "/lake", s: m, o: Options{Now: func() time.Time { return tick }, LockTimeout: time.Millisecond}.withDefaults()}
}

var testRef = Ref{Raw, "events"}

// scenario is a series of commits; step n leads to version n.
func scenario(t *testing.T) []func(l *Lake) error {
	ctx := context.Background()
	commit := func(c Change, staged map[string][]int64) func(l *Lake) error {
		return func(l *Lake) error {
			txn, err := l.Begin(ctx, testRef)
			if err != nil {
				return err
			}
			for _, name := range sortedKeys(staged) {
				if err := stageBytes(txn, name, "a.part", parquetBytes(t, staged[name]...)); err != nil {
					return errors.Join(err, txn.Abort())
				}
			}
			c.Progress = map[string]int64{"version": txn.Base().Version + 1}
			if _, err := txn.Commit(ctx, c); err != nil {
				return errors.Join(err, txn.Abort())
			}
			return nil
		}
	}
	return []func(l *Lake) error{
		commit(Change{Operation: OpAppend, Source: "file", Datasets: map[string]DatasetChange{"events": {}}},
			map[string][]int64{"events": {1, 2, 3}}),
		commit(Change{Operation: OpAppend, Source: "file", Datasets: map[string]DatasetChange{"events": {}, "events_rejected": {}}},
			map[string][]int64{"events": {4, 5}, "events_rejected": {100}}),
		commit(Change{Operation: OpReplace, Source: "file", Datasets: map[string]DatasetChange{
			"events": {Replace: true}, "events_rejected": {Replace: true},
		}}, map[string][]int64{"events": {10, 11}, "events_rejected": {200}}),
		func(l *Lake) error {
			_, err := l.Rollback(ctx, testRef, 1)
			return err
		},
	}
}

// wantRows are the ids after each version of the scenario.
func wantRows(version int64, dataset string) []int64 {
	return map[string][][]int64{
		"events":          {nil, {1, 2, 3}, {1, 2, 3, 4, 5}, {10, 11}, {1, 2, 3, 4, 5}},
		"events_rejected": {nil, nil, {100}, {200}, {100}},
	}[dataset][version+1]
}

// idsOf reads a version's rows through the reader's door.
func idsOf(t *testing.T, l *Lake, ref Ref) (version int64, ids []int64) {
	t.Helper()
	snap, err := l.Lookup(context.Background(), ref, Latest)
	if err != nil {
		t.Fatalf("look up %s at %d: %v", ref, l.s.(*memory).steps, err)
	}
	if snap == nil {
		return -1, nil
	}
	for _, f := range snap.Files {
		name, err := l.find(snap, f)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, fileIDs(t, l, name)...)
	}
	slices.Sort(ids)
	return snap.Version, ids
}

func fileIDs(t *testing.T, l *Lake, name string) []int64 {
	t.Helper()
	data, err := l.s.readFile(name)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := parquet.Read[testRow](bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatalf("read %s: %v", name, err)
	}
	var ids []int64
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	return ids
}

// TestPowerCut cuts the power at every operation of a series of commits, with
// nothing, everything or some of what was not durable left, and lets the next
// run go on.
func TestPowerCut(t *testing.T) {
	t.Parallel()
	steps := scenario(t)
	full := newMemory()
	for _, step := range steps {
		if err := step(memoryLake(full)); err != nil {
			t.Fatal(err)
		}
	}
	for at := 1; at <= full.steps; at++ {
		m := newMemory()
		m.crashAt = at
		acknowledged := int64(-1)
		for i, step := range steps {
			if err := step(memoryLake(m)); err != nil {
				break
			}
			acknowledged = int64(i)
		}
		for mode, keep := range map[string]func() bool{
			"nothing": keepNothing, "everything": keepAll, "some": keepSome(uint64(at)), "others": keepSome(uint64(at) + 1e6),
		} {
			checkAfterCut(t, fmt.Sprintf("cut at %d, %s kept", at, mode), m.reboot(keep), acknowledged, steps)
		}
		if t.Failed() {
			return
		}
	}
}

func checkAfterCut(t *testing.T, name string, m *memory, acknowledged int64, steps []func(l *Lake) error) {
	t.Helper()
	l := memoryLake(m)
	visible := map[string]bool{} // what a glob sees before any recovery
	_ = walk(m, testRef.dir(), hidden, func(file string, _ fs.DirEntry) error {
		if strings.HasSuffix(file, parquetSuffix) {
			visible[file] = true
		}
		return nil
	})
	version, ids := idsOf(t, l, testRef)
	if version < acknowledged || version > acknowledged+1 {
		t.Errorf("%s: version %d, acknowledged %d", name, version, acknowledged)
	}
	if !slices.Equal(ids, wantRows(version, "events")) {
		t.Errorf("%s: version %d has rows %v", name, version, ids)
	}
	records := map[string]bool{}
	for v := range version + 1 {
		r, err := l.history(testRef).record(v)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range r.Datasets["events"].Add {
			records[path.Join(testRef.dir(), a.Path)] = true
		}
	}
	for file := range visible {
		if !records[file] {
			t.Errorf("%s: %s is visible without a commit", name, file)
		}
	}
	checkGoesOn(t, name, l, version, steps)
}

// checkGoesOn runs the rest of the scenario and compares the end.
func checkGoesOn(t *testing.T, name string, l *Lake, version int64, steps []func(l *Lake) error) {
	t.Helper()
	for i := int(version) + 1; i < len(steps); i++ {
		if err := steps[i](l); err != nil {
			t.Fatalf("%s: step %d: %v", name, i, err)
		}
	}
	last := int64(len(steps) - 1)
	for _, dataset := range []string{"events", "events_rejected"} {
		if _, ids := idsOf(t, l, Ref{Raw, dataset}); !slices.Equal(ids, wantRows(last, dataset)) {
			t.Errorf("%s: at the end %s has rows %v", name, dataset, ids)
		}
	}
	rep, err := l.Verify(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if len(rep.Problems) > 0 || rep.CheckedFiles == 0 {
		t.Errorf("%s: verify of %d files: %v", name, rep.CheckedFiles, rep.Problems)
	}
	txn, err := l.Begin(context.Background(), testRef) // the next writer sweeps
	if err != nil {
		t.Fatal(err)
	}
	if err := txn.Abort(); err != nil {
		t.Fatal(err)
	}
	entries, err := l.s.readDir(path.Join(testRef.dir(), stageDir))
	if err == nil && len(entries) > 0 {
		t.Errorf("%s: stages are left: %v", name, entries)
	}
}

// TestPowerCutBehindAnotherReader kills a writer at every operation, lets a
// reader finish what the writer left, and then cuts the power: what the reader
// has seen must stay.
func TestPowerCutBehindAnotherReader(t *testing.T) {
	t.Parallel()
	steps := scenario(t)
	full := newMemory()
	for _, step := range steps {
		if err := step(memoryLake(full)); err != nil {
			t.Fatal(err)
		}
	}
	for at := 1; at <= full.steps; at++ {
		m := newMemory()
		m.crashAt = at
		for _, step := range steps {
			if err := step(memoryLake(m)); err != nil {
				break
			}
		}
		m.crashAt, m.locked = 0, map[*inode]bool{} // the writer is gone, the machine is not
		seen, _ := idsOf(t, memoryLake(m), testRef)
		for mode, keep := range map[string]func() bool{"nothing": keepNothing, "some": keepSome(uint64(at))} {
			after := m.reboot(keep)
			version, ids := idsOf(t, memoryLake(after), testRef)
			if version != seen || !slices.Equal(ids, wantRows(version, "events")) {
				t.Fatalf("writer killed at %d, %s kept: a reader saw version %d, after the cut it is %d with %v",
					at, mode, seen, version, ids)
			}
		}
	}
}

// TestLostHintAfterFolderIsGone redoes everything after a replace has emptied a
// partition's folder.
func TestLostHintAfterFolderIsGone(t *testing.T) {
	t.Parallel()
	m := newMemory()
	ref := Ref{Processed, "events"}
	columns := []Column{{Name: "id", Type: "BIGINT"}, {Name: "text", Type: "VARCHAR"}, {Name: "p", Type: "BIGINT"}}
	for version, folder := range []string{"p=0", "p=1"} {
		l := memoryLake(m)
		txn, err := l.Begin(context.Background(), ref)
		if err != nil {
			t.Fatal(err)
		}
		if err := stageBytes(txn, "events", folder+"/a.part", parquetBytes(t, int64(version))); err != nil {
			t.Fatal(err)
		}
		_, err = txn.Commit(context.Background(), Change{Operation: OpReplace, Source: "transform", Datasets: map[string]DatasetChange{
			"events": {Schema: columns, PartitionBy: []string{"p"}, Replace: true},
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	l := memoryLake(m)
	if err := m.remove(path.Join(ref.dir(), publishedFile)); err != nil {
		t.Fatal(err)
	}
	if version, ids := idsOf(t, l, ref); version != 1 || !slices.Equal(ids, []int64{1}) {
		t.Errorf("version %d, rows %v", version, ids)
	}
}

// TestRollbackFromDamage loses a file of a version between commit and publish.
func TestRollbackFromDamage(t *testing.T) {
	t.Parallel()
	m := newMemory()
	steps := scenario(t)
	for _, step := range steps[:2] {
		if err := step(memoryLake(m)); err != nil {
			t.Fatal(err)
		}
	}
	l := memoryLake(m)
	snap, err := l.Lookup(context.Background(), testRef, Latest)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path.Join(testRef.dir(), snap.Files[1].Path), path.Join(testRef.dir(), publishedFile)} {
		if err := m.remove(name); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := l.Lookup(context.Background(), testRef, 0); err != nil {
		t.Errorf("the version before: %v", err)
	}
	if _, err := l.Rollback(context.Background(), testRef, 0); err != nil {
		t.Fatal(err)
	}
	if version, ids := idsOf(t, l, testRef); version != 2 || !slices.Equal(ids, []int64{1, 2, 3}) {
		t.Errorf("version %d, rows %v", version, ids)
	}
}
