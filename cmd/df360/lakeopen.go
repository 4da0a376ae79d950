package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/kalpafall/df360/ingest/kafka"
	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/lake"
)

// openLake opens the lake of this run. command goes into commit records.
func (a *app) openLake(command string) (*lake.Lake, error) {
	if err := checkLake(a.lake); err != nil {
		return nil, err
	}
	return lake.Open(a.lake, lake.Options{
		Command:     command,
		RunID:       a.runID,
		Writer:      "df360 " + readVersion().Version,
		LockTimeout: max(a.lockTimeout, 1), // 0, which the lake takes for its default, is no wait
		Now:         a.now,
		Log:         a.log,
		Fail:        a.fail,

		CheckProgress: checkProgress,
	})
}

// checkProgress asks the sources whose progress is of ranges.
func checkProgress(before, patch json.RawMessage) error {
	change := progressMember(patch, kafka.Name)
	if change == nil {
		return nil
	}
	return kafka.CheckProgress(progressMember(before, kafka.Name), change)
}

// checkLake refuses what cannot be a lake's path.
func checkLake(path string) error {
	if scheme, _, ok := strings.Cut(path, "://"); ok {
		return fault.New(fault.Usage, "lake %s://…: only a folder can be a lake", scheme).
			WithHint("name a folder: --lake ./data_lake")
	}
	if path == "" {
		return fault.New(fault.Usage, "the lake's path is empty").WithHint("name a folder: --lake ./data_lake")
	}
	return nil
}

// duckOptions are the engine's limits of this run.
func (a *app) duckOptions() duck.Options {
	return duck.Options{MemoryLimit: a.memoryLimit, Threads: a.threads, TempDir: a.spillDir()}
}

// workers is how many goroutines read and encode, memory what they may use
// together with the engine.
func (a *app) workers() (threads int, memory int64) {
	threads, memory = a.threads, a.memoryLimit
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	if memory <= 0 {
		memory = duck.DefaultMemory()
	}
	return threads, memory
}

// spillDir is where the engine spills: the folder the user named, else beside
// the lake, which is where room for large data is; where that cannot be
// written (a read-only lake), the system's temporary folder ("").
func (a *app) spillDir() string {
	if a.tempDir != "" {
		return a.tempDir
	}
	abs, err := filepath.Abs(a.lake)
	if err != nil {
		return ""
	}
	dir := filepath.Dir(abs)
	if unix.Access(existing(dir), unix.W_OK) != nil {
		return ""
	}
	return dir
}

// existing is dir, or the nearest folder above it that is there.
func existing(dir string) string {
	for {
		if _, err := os.Stat(dir); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return dir
		}
		dir = parent
	}
}
