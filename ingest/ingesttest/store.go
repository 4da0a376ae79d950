// Package ingesttest tests sources.
//
// It owns a dataset in a folder, which commits without the protocol of a lake, and
// the suite that every ingest.Source passes. It must not know any source.
package ingesttest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/kalpafall/df360/ingest"
	"github.com/kalpafall/df360/internal/mergepatch"
)

// Store is a dataset in a folder. It implements ingest.Store.
type Store struct {
	Dir string
	// Before is called before each commit, where it is set; its error fails the
	// commit.
	Before func(c ingest.Change) error

	mu      sync.Mutex
	base    ingest.Base
	Commits []Commit
}

// Commit is a commit of a Store.
type Commit struct {
	ingest.Change
	Files    []string // of the dataset
	Rejected []string // of rejected rows
}

// NewStore makes an empty dataset.
func NewStore(dir string) *Store { return &Store{Dir: dir, base: ingest.Base{Version: -1}} }

// Begin starts a commit.
func (s *Store) Begin(context.Context) (ingest.Txn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	dir, err := os.MkdirTemp(s.Dir, "txn-*")
	return &txn{s: s, dir: dir, base: s.base, at: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}, err
}

// Progress is the progress of all commits.
func (s *Store) Progress() json.RawMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.base.Progress
}

type txn struct {
	s    *Store
	dir  string
	base ingest.Base
	at   time.Time
	done bool
}

// Base is the dataset as it was.
func (t *txn) Base() ingest.Base { return t.base }

// Time is always the same.
func (t *txn) Time() time.Time { return t.at }

// Stage is a folder of the commit.
func (t *txn) Stage(rejected bool) (string, error) {
	dir := filepath.Join(t.dir, "main")
	if rejected {
		dir = filepath.Join(t.dir, "rejected")
	}
	return dir, os.MkdirAll(dir, 0o755) //nolint:gosec // a test's
}

// Commit keeps what was staged, if no other run has taken it.
func (t *txn) Commit(_ context.Context, c ingest.Change) error {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	if t.s.Before != nil {
		if err := t.s.Before(c); err != nil {
			return err
		}
	}
	same, err := mergepatch.Untouched(t.base.Progress, t.s.base.Progress, c.Progress, 2)
	if err != nil {
		return err
	}
	if !same {
		return ingest.ErrMoved
	}
	if c.Counts.Read != c.Counts.Written+c.Counts.Rejected+c.Counts.Duplicate {
		return fmt.Errorf("counts do not add up: %+v", c.Counts)
	}
	out := Commit{Change: c}
	if out.Files, err = filepath.Glob(filepath.Join(t.dir, "main", "*.part")); err != nil {
		return err
	}
	if out.Rejected, err = filepath.Glob(filepath.Join(t.dir, "rejected", "*.part")); err != nil {
		return err
	}
	t.s.Commits = append(t.s.Commits, out)
	t.s.base.Version++
	if c.Fields != nil {
		t.s.base.Fields = c.Fields
	}
	t.s.base.Progress, err = mergepatch.Apply(t.s.base.Progress, c.Progress)
	t.done = true
	return err
}

// Abort removes what was staged.
func (t *txn) Abort() error {
	if t.done {
		return nil
	}
	return os.RemoveAll(t.dir)
}
