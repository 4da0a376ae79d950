package lake

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/kalpafall/df360/internal/fault"
)

// sidecar is the content of the JSON file beside a raw file: what it is and
// where it came from, for people and programs that do not read the log.
type sidecar struct {
	Dataset   string    `json:"dataset_name"`
	Source    string    `json:"source_type"`
	Ingested  time.Time `json:"ingestion_timestamp"`
	Rows      int64     `json:"row_count"`
	Columns   []string  `json:"columns"`
	File      string    `json:"file_path"` // relative to the lake's root
	Partition string    `json:"partition"`
	Bytes     int64     `json:"bytes"`
	SHA256    string    `json:"sha256"`
	CommitID  string    `json:"commit_id"`
	RunID     string    `json:"run_id"`
}

// addSidecar stages the sidecar of a raw file, durably.
func (t *Txn) addSidecar(dataset, source string, f *stagedFile) error {
	side := sidecar{
		Dataset: dataset, Source: source, Ingested: t.at, Rows: f.Rows, Columns: []string{},
		File: path.Join(t.ref.Layer, dataset, f.Path), Partition: path.Dir(f.Path),
		Bytes: f.Bytes, SHA256: f.SHA256, CommitID: t.id, RunID: t.l.o.RunID,
	}
	for _, c := range f.columns {
		side.Columns = append(side.Columns, c.Name)
	}
	return t.stageSidecar(side, &f.AddFile)
}

// renewSidecar stages the sidecar of a file that comes back under a new name.
func (t *Txn) renewSidecar(dataset string, old []byte, f *AddFile) error {
	var side sidecar
	if err := json.Unmarshal(old, &side); err != nil {
		return fault.New(fault.Corrupt, "sidecar of %s: %w", f.Path, err)
	}
	side.File = path.Join(t.ref.Layer, dataset, f.Path)
	side.CommitID, side.RunID = t.id, t.l.o.RunID
	return t.stageSidecar(side, f)
}

func (t *Txn) stageSidecar(side sidecar, f *AddFile) error {
	data, err := json.MarshalIndent(side, "", "  ")
	if err != nil {
		return fmt.Errorf("encode sidecar: %w", err)
	}
	data = append(data, '\n')
	dir, base := path.Split(f.Path)
	name := "_" + strings.TrimSuffix(base, parquetSuffix) + ".json"
	staged := path.Join(t.stage.dir, name)
	if err := t.l.s.create(staged, data); err != nil {
		return fault.OS(err, "write sidecar %s", staged)
	}
	if err := t.l.s.syncFile(staged); err != nil {
		return fault.OS(err, "sync sidecar %s", staged)
	}
	sum := sha256.Sum256(data)
	f.Sidecar = &Sidecar{
		Path: dir + name, Staged: path.Join(path.Base(t.stage.dir), name), SHA256: hex.EncodeToString(sum[:]),
	}
	return nil
}
