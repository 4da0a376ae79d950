package duck_test

import (
	"os"
	"path/filepath"
	"sync"
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
			if err := os.WriteFile(dir+".lock", nil, 0o600); err != nil {
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
	lockless := folder(".df360-spill-lockless", false, time.Hour)
	other := folder("other", true, time.Hour)
	unborn := filepath.Join(parent, ".df360-spill-unborn.lock")
	if err := os.WriteFile(unborn, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	duck.Sweep(parent)
	for dir, want := range map[string]bool{
		alive.Dir: true, alive.Dir + ".lock": true, dead: false, dead + ".lock": false, lockless: false, unborn: false, other: true,
	} {
		if exists(t, dir) != want {
			t.Errorf("%s is there: %v", filepath.Base(dir), !want)
		}
	}
	if err := alive.Close(); err != nil {
		t.Fatal(err)
	}
	if exists(t, alive.Dir) || exists(t, alive.Dir+".lock") {
		t.Error("a closed spill folder is left")
	}
}

// TestManySpills makes and removes folders while others sweep.
func TestManySpills(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 40 {
				s, err := duck.MakeSpill(parent)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := os.Stat(s.Dir); err != nil {
					t.Errorf("a living spill folder is gone: %v", err)
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if left, err := os.ReadDir(parent); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}
