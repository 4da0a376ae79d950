package duck_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/kalpafall/df360/internal/duck"
)

func exists(t *testing.T, dir string) bool {
	t.Helper()
	_, err := os.Stat(dir)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return err == nil
}

func TestSweepRemovesWhatNobodyHolds(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	alive, err := duck.MakeSpill(parent)
	if err != nil {
		t.Fatal(err)
	}
	folder := func(name string, lock bool, age time.Duration) string {
		dir := filepath.Join(parent, name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if lock {
			if err := os.WriteFile(filepath.Join(dir, "lock"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		at := time.Now().Add(-age)
		if err := os.Chtimes(dir, at, at); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	dead := folder(".df360-spill-dead", true, 0)
	unborn := folder(".df360-spill-unborn", false, 0)
	stillborn := folder(".df360-spill-stillborn", false, time.Hour)
	other := folder("other", true, time.Hour)
	duck.Sweep(parent)
	for dir, want := range map[string]bool{alive.Dir: true, dead: false, unborn: true, stillborn: false, other: true} {
		if exists(t, dir) != want {
			t.Errorf("%s is there: %v", filepath.Base(dir), !want)
		}
	}
	if err := alive.Close(); err != nil {
		t.Fatal(err)
	}
	if exists(t, alive.Dir) {
		t.Error("a closed spill folder is left")
	}
}
