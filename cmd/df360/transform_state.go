package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/unite"
	"github.com/kalpafall/df360/lake"
	"github.com/kalpafall/df360/transform"
)

// A transform keeps the partial aggregates of a version of processed, so that
// the next one need not read all rows again. They are derived: whatever is
// wrong with them, they are made again from the rows.

// stateFile describes the kept partial aggregates of a version of processed.
type stateFile struct {
	Aggregate string      `json:"aggregate"` // hashes of the type and of its aggregate
	Parts     []statePart `json:"parts"`
}

// statePart is one file of it.
type statePart struct {
	File    string         `json:"file"`
	Columns []unite.Column `json:"columns"`
	Rows    int64          `json:"rows"`
	SHA256  string         `json:"sha256"` // no fsync holds these files to what they were
}

// stateName is the description of a state, in the folder that is named by the
// commit that it belongs to.
const stateName = "aggregate.json"

// stateHash is what a kept aggregate must have been made by.
func (t *transformRun) stateHash() string { return t.typ.Hash() + t.typ.AggregateHash() }

// stateDir is the folder of a commit's state.
func (t *transformRun) stateDir(commit string) string {
	return filepath.Join(t.l.StateDir(t.processed), commit)
}

// writeState describes the partial aggregates beside their files.
func (t *transformRun) writeState(txn *lake.Txn, parts []*transform.Written) error {
	s := stateFile{Aggregate: t.stateHash()}
	for _, w := range parts {
		sum, err := fileHash(w.Files[0].Path)
		if err != nil {
			return fault.OS(err, "keep the aggregate of %s", t.processed)
		}
		s.Parts = append(s.Parts, statePart{filepath.Base(w.Files[0].Path), w.Columns, w.Rows, sum})
	}
	data, err := json.Marshal(s)
	if err != nil {
		return fault.New(fault.Internal, "describe the kept aggregate: %w", err)
	}
	name := filepath.Join(t.stateDir(txn.CommitID()), stateName)
	return fault.OS(os.WriteFile(name, data, 0o644), "keep the aggregate of %s", t.processed) //nolint:gosec // as readable as the data
}

// readState reads the partial aggregates of processed as it is; nil where they
// were not kept, or are not whole. Their files are held in scratch, since
// another run may remove them meanwhile.
func (t *transformRun) readState(scratch string) []transform.Source {
	dir := t.stateDir(t.base.CommitID)
	data, err := os.ReadFile(filepath.Join(dir, stateName)) //nolint:gosec // a name made here
	if err != nil {
		return nil
	}
	var s stateFile
	if err := json.Unmarshal(data, &s); err != nil || s.Aggregate != t.stateHash() {
		return nil
	}
	var out []transform.Source
	for _, p := range s.Parts {
		name := filepath.Join(scratch, "state-"+filepath.Base(p.File))
		if err := hold(filepath.Join(dir, filepath.Base(p.File)), name); err != nil {
			return nil
		}
		sum, err := fileHash(name)
		if err != nil || sum != p.SHA256 {
			t.a.log.Warn("a kept aggregate is damaged and is made again", "file", p.File)
			return nil
		}
		rel, err := unite.Unite([]unite.File{{Path: name, Name: p.File, Columns: p.Columns}}, unite.Options{})
		if err != nil {
			return nil
		}
		out = append(out, transform.Source{Relation: rel, Files: []int{0}, Rows: p.Rows})
	}
	return out
}

// dropState removes the state of a commit that did not happen.
func (t *transformRun) dropState(commit string) error {
	return fault.OS(os.RemoveAll(t.stateDir(commit)), "remove the kept aggregate")
}

// strayState is how old a state of no known commit must be to be nobody's: a
// run that is still at work writes its own before it commits.
const strayState = 24 * time.Hour

// tidyState removes the state of the version before, and what runs that came to
// nothing have left. What cannot be removed now is removed by a later run.
func (t *transformRun) tidyState(commit string) {
	dir := t.l.StateDir(t.processed)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return // there is none
	}
	for _, e := range entries {
		info, err := e.Info()
		stray := err == nil && t.a.now().Sub(info.ModTime()) > strayState
		if e.Name() == commit || e.Name() != t.base.CommitID && !stray {
			continue
		}
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			t.a.log.Warn("could not remove a kept aggregate", "folder", e.Name(), "error", err)
		}
	}
}

// hold gives a file another name that nobody removes; on another file system
// it is a copy.
func hold(from, to string) error {
	err := os.Link(from, to)
	if err == nil || errors.Is(err, os.ErrNotExist) {
		return err
	}
	in, err := os.Open(from) //nolint:gosec // a name made here
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()                                      // only read
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600) //nolint:gosec // a name made here
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// fileHash is the sha256 of a file.
func fileHash(name string) (string, error) {
	f, err := os.Open(name) //nolint:gosec // a name made here
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // only read
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
