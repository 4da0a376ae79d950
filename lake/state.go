package lake

import (
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/mergepatch"
)

// state is what a log says after one of its versions: the replay of its
// records. The zero version is -1: nothing was committed.
type state struct {
	Version     int64                    `json:"version"`
	CommitID    string                   `json:"commit_id"`
	CommittedAt time.Time                `json:"committed_at"`
	Progress    json.RawMessage          `json:"progress"`
	Datasets    map[string]*datasetState `json:"datasets"`
}

// datasetState is one dataset of the log: the main one or a companion.
type datasetState struct {
	Schema       []Column    `json:"schema"`
	PartitionBy  []string    `json:"partition_by"`
	Files        []fileState `json:"files"` // in the order in which they were added
	DeltaVersion int64       `json:"delta_version"`
	Version      int64       `json:"version"`    // main version that the rows belong to
	UpdatedAt    time.Time   `json:"updated_at"` // when the rows last changed
	NoDelta      bool        `json:"no_delta"`
	CreatedBy    string      `json:"created_by"` // the first commit
	CreatedAt    time.Time   `json:"created_at"`
}

// fileState is a file that the version has.
type fileState struct {
	AddFile
	Version int64 `json:"version"` // of the commit that added it
}

func newState() *state {
	return &state{Version: -1, Datasets: map[string]*datasetState{}}
}

// clone is a copy that apply may change.
func (s *state) clone() *state {
	out := *s
	out.Datasets = make(map[string]*datasetState, len(s.Datasets))
	for name, ds := range s.Datasets {
		copied := *ds
		copied.Files = slices.Clone(ds.Files)
		out.Datasets[name] = &copied
	}
	return &out
}

// apply replays one record on top.
func (s *state) apply(r *Record) error {
	if r.Version != s.Version+1 || r.Parent != s.CommitID {
		return fault.New(fault.Corrupt, "record %d (parent %.8s) does not follow record %d (commit %.8s)",
			r.Version, r.Parent, s.Version, s.CommitID)
	}
	s.Version, s.CommitID, s.CommittedAt = r.Version, r.CommitID, r.CommittedAt
	progress := r.Progress
	if r.ProgressMerge {
		var err error
		if progress, err = mergepatch.Apply(s.Progress, r.Progress); err != nil {
			return fault.New(fault.Corrupt, "the progress of record %d: %w", r.Version, err)
		}
	}
	s.Progress = progress
	for _, name := range sortedKeys(r.Datasets) {
		if err := s.applyDataset(r, name, r.Datasets[name]); err != nil {
			return fmt.Errorf("record %d: dataset %s: %w", r.Version, name, err)
		}
	}
	return nil
}

func (s *state) applyDataset(r *Record, name string, d *DatasetRecord) error {
	ds, known := s.Datasets[name]
	if !known {
		ds = &datasetState{DeltaVersion: -1, CreatedBy: r.CommitID, CreatedAt: r.CommittedAt}
		s.Datasets[name] = ds
	}
	ds.NoDelta = r.Totals[name].NoDelta
	ds.Schema, ds.PartitionBy, ds.DeltaVersion = d.Schema, d.PartitionBy, d.DeltaVersion
	ds.Version = d.BuiltFor
	if len(d.Add)+len(d.Remove) > 0 || !known {
		ds.UpdatedAt = r.CommittedAt
	}
	if len(d.Remove) > 0 {
		gone := make(map[string]bool, len(d.Remove))
		for _, p := range d.Remove {
			gone[p] = true
		}
		kept := make([]fileState, 0, len(ds.Files))
		for _, f := range ds.Files {
			if gone[f.Path] {
				delete(gone, f.Path)
				continue
			}
			kept = append(kept, f)
		}
		if len(gone) > 0 {
			return fault.New(fault.Corrupt, "it removes %s, which is not there", sortedKeys(gone)[0])
		}
		ds.Files = kept
	}
	for _, a := range d.Add {
		ds.Files = append(ds.Files, fileState{AddFile: a, Version: r.Version})
	}
	return nil
}

// totals are the running totals that a record carries.
func (s *state) totals() map[string]Totals {
	out := make(map[string]Totals, len(s.Datasets))
	for name, ds := range s.Datasets {
		t := Totals{
			Version: ds.Version, DeltaVersion: ds.DeltaVersion, UpdatedAt: ds.UpdatedAt, Files: len(ds.Files),
			NoDelta: ds.NoDelta,
		}
		var pattern patternFinder
		for _, f := range ds.Files {
			t.Rows += f.Rows
			t.Bytes += f.Bytes
			pattern.see(f.Path)
		}
		t.Pattern = pattern.pattern()
		out[name] = t
	}
	return out
}

// snapshot is the reader's view of one dataset of the state.
func (s *state) snapshot(ref, main Ref) *Snapshot {
	snap := &Snapshot{
		Ref: ref, Main: main, Version: s.Version, CommitID: s.CommitID, CommittedAt: s.CommittedAt, Progress: s.Progress,
	}
	ds, ok := s.Datasets[ref.Name]
	if !ok {
		snap.Version = -1
		return snap
	}
	snap.Schema, snap.PartitionBy, snap.BuiltFor, snap.UpdatedAt = ds.Schema, ds.PartitionBy, ds.Version, ds.UpdatedAt
	snap.NoDelta = ds.NoDelta
	for _, f := range ds.Files {
		snap.Files = append(snap.Files, File{
			Path: f.Path, Rows: f.Rows, Bytes: f.Bytes, SHA256: f.SHA256, Partition: f.Partition, Stats: f.Stats,
			Version: f.Version, staged: f.Staged,
		})
		snap.Rows += f.Rows
		snap.Bytes += f.Bytes
	}
	return snap
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
