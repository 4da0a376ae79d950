package lake

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/kalpafall/df360/internal/fault"
)

// Format is the only record format this program writes and reads.
const Format = 1

// Operation says what a commit did to the rows of its datasets.
type Operation string

// The operations.
const (
	OpAppend   Operation = "append"   // rows were added
	OpReplace  Operation = "replace"  // rows were replaced by others
	OpAdopt    Operation = "adopt"    // files of another tool became the dataset's
	OpRollback Operation = "rollback" // an older version's rows are the newest again
	OpCompact  Operation = "compact"  // the same rows in other files
)

// Record is one commit: the truth about a dataset and its companions. It never
// holds a secret.
type Record struct {
	Format      int                       `json:"format"`
	Version     int64                     `json:"version"` // from 0, contiguous
	CommitID    string                    `json:"commit_id"`
	RunID       string                    `json:"run_id"`
	Command     string                    `json:"command"`
	CommittedAt time.Time                 `json:"committed_at"`
	Writer      string                    `json:"writer"`
	Operation   Operation                 `json:"operation"`
	Parent      string                    `json:"parent"` // commit_id of version-1, "" for the first
	Datasets    map[string]*DatasetRecord `json:"datasets"`
	Totals      map[string]Totals         `json:"totals"` // of every dataset of the log, after this commit
	Progress    json.RawMessage           `json:"progress"`
	// ProgressMerge: Progress is a merge patch (RFC 7396) of the progress before.
	ProgressMerge bool   `json:"progress_merge,omitempty"`
	Counts        Counts `json:"counts"`
	Checksum      string `json:"checksum"` // sha256 of the record with this field empty
}

// DatasetRecord is what a commit did to one dataset.
type DatasetRecord struct {
	DeltaVersion int64     `json:"delta_version"`
	Schema       []Column  `json:"schema"`
	PartitionBy  []string  `json:"partition_by"`
	Add          []AddFile `json:"add"`
	Remove       []string  `json:"remove"`
	// BuiltFor is set on a companion's entry: the companion holds what follows
	// from the main dataset at this version.
	BuiltFor int64 `json:"built_for"`
}

// AddFile is one file that a commit adds. Path is relative to the dataset's
// folder, Staged to the main dataset's stage folder; an adopted file was never
// staged.
type AddFile struct {
	Path      string             `json:"path"`
	Staged    string             `json:"staged,omitempty"`
	Rows      int64              `json:"rows"`
	Bytes     int64              `json:"bytes"`
	SHA256    string             `json:"sha256"`
	Partition map[string]*string `json:"partition,omitempty"`
	Stats     map[string]Stat    `json:"stats,omitempty"`
	Sidecar   *Sidecar           `json:"sidecar,omitempty"`
}

// Sidecar is the JSON file beside a raw file.
type Sidecar struct {
	Path   string `json:"path"`
	Staged string `json:"staged,omitempty"`
	SHA256 string `json:"sha256"`
}

// Totals are a dataset's running totals, so that a listing reads one record.
type Totals struct {
	Rows         int64     `json:"rows"`
	Bytes        int64     `json:"bytes"`
	Files        int       `json:"files"`
	Version      int64     `json:"version"` // of the main dataset that the rows belong to
	DeltaVersion int64     `json:"delta_version"`
	UpdatedAt    time.Time `json:"updated_at"` // when the rows last changed
	// Pattern is the glob of the files, relative to the dataset's folder, "" for none.
	Pattern string `json:"pattern"`
	// NoDelta: the dataset has files or names that Delta has no place for, so
	// it has no _delta_log. It never changes after the first commit.
	NoDelta bool `json:"no_delta,omitempty"`
}

// Counts of a commit's rows; Read = Written + Rejected + Duplicate.
type Counts struct {
	Read      int64 `json:"read"`
	Written   int64 `json:"written"`
	Rejected  int64 `json:"rejected"`
	Duplicate int64 `json:"duplicate"`
}

// Column is a column of a dataset. Type is in DuckDB's spelling: BOOLEAN,
// BIGINT, DOUBLE, DECIMAL(p,s), VARCHAR, DATE, TIMESTAMPTZ, BLOB, STRUCT(…),
// T[], MAP(K, V).
type Column struct {
	Name         string `json:"name"`
	Type         string `json:"type"`
	Nullable     bool   `json:"nullable"`
	OriginalName string `json:"original_name,omitempty"`
}

// Stat is what a file's footer says of a column. Min and Max are JSON scalars
// (a timestamp is its microseconds since 1970, a date its days), absent where
// the footer has none and for floating point, whose statistics leave NaN out.
type Stat struct {
	Min   any   `json:"min,omitempty"`
	Max   any   `json:"max,omitempty"`
	Nulls int64 `json:"nulls"`
}

// encode marshals the record with its checksum set.
func (r *Record) encode() ([]byte, error) {
	r.Checksum = ""
	data, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encode record: %w", err)
	}
	data, r.Checksum = seal(data)
	return data, nil
}

const checksumField = `"checksum":"`

// seal puts the sha256 of data into data's own empty checksum field, which is
// its last.
func seal(data []byte) (sealed []byte, checksum string) {
	sum := sha256.Sum256(data)
	checksum = hex.EncodeToString(sum[:])
	at := bytes.LastIndex(data, []byte(checksumField)) + len(checksumField)
	sealed = append(sealed, data[:at]...)
	sealed = append(sealed, checksum...)
	sealed = append(sealed, data[at:]...)
	return append(sealed, '\n'), checksum
}

// unseal checks what seal made.
func unseal(data []byte) error {
	data = bytes.TrimSuffix(data, []byte("\n"))
	at := bytes.LastIndex(data, []byte(checksumField))
	if at < 0 {
		return fault.New(fault.Corrupt, "it has no checksum")
	}
	at += len(checksumField)
	if len(data) < at+2*sha256.Size {
		return fault.New(fault.Corrupt, "it is cut short")
	}
	h := sha256.New()
	h.Write(data[:at])
	h.Write(data[at+2*sha256.Size:])
	if got := string(data[at : at+2*sha256.Size]); got != hex.EncodeToString(h.Sum(nil)) {
		return fault.New(fault.Corrupt, "its checksum is wrong")
	}
	return nil
}

// decodeRecord reads a record, refusing damage and formats it does not know.
func decodeRecord(data []byte) (*Record, error) {
	var r Record
	derr := decodeJSON(data, &r)
	// A record of the future may differ in anything but its format's number.
	if derr != nil || r.Format != Format {
		if err := checkFormat(data); err != nil {
			return nil, err
		}
	}
	if err := unseal(data); err != nil {
		return nil, err
	}
	if derr != nil {
		return nil, fault.New(fault.Corrupt, "not a record: %w", derr)
	}
	if r.Version < 0 || r.CommitID == "" {
		return nil, fault.New(fault.Corrupt, "record without version or commit_id")
	}
	return &r, nil
}

// checkFormat refuses what is no JSON or of another format.
func checkFormat(data []byte) error {
	var head struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return fault.New(fault.Corrupt, "not JSON: %w", err)
	}
	if head.Format != Format {
		return fault.New(fault.Corrupt, "record format %d is not known to this version of df360", head.Format).
			WithHint("a newer df360 wrote it; use that one")
	}
	return nil
}

// decodeJSON keeps numbers as written: 64-bit integers do not fit a float64.
func decodeJSON(data []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	return dec.Decode(into)
}

// IntRange returns the smallest and the largest value of an integer, date or
// timestamp column of a file; ok is false where the footer does not tell.
func (s Stat) IntRange() (low, high int64, ok bool) {
	low, okLow := asInt(s.Min)
	high, okHigh := asInt(s.Max)
	return low, high, okLow && okHigh
}

func asInt(v any) (int64, bool) {
	switch n := v.(type) {
	case int64:
		return n, true
	case json.Number:
		i, err := n.Int64()
		return i, err == nil
	}
	return 0, false
}
