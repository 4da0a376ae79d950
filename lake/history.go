package lake

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strconv"
	"strings"

	"github.com/kalpafall/df360/internal/fault"
)

// Folders of a main dataset that hold its log and what belongs to it.
const (
	metaDir     = "_df360"
	logDir      = metaDir + "/log"
	snapshotDir = metaDir + "/snapshot"
	stageDir    = metaDir + "/stage"
	keepDir     = metaDir + "/keep"
	pinDir      = metaDir + "/pin"
	// StateDir holds derived, rebuildable state; never a truth.
	StateDir = metaDir + "/state"
	// publishedFile holds the newest version that is known to be published.
	publishedFile = metaDir + "/published"
	deltaDir      = "_delta_log"
)

// tempSuffix ends the names of half-written derived files.
const tempSuffix = ".tmp"

// snapshotEvery is how many versions lie between two stored replays.
const snapshotEvery = 100

// history reads one dataset's log.
type history struct {
	s   store
	dir string // the main dataset's folder
}

func versionName(v int64) string { return fmt.Sprintf("%020d.json", v) }

func (h history) recordPath(v int64) string { return path.Join(h.dir, logDir, versionName(v)) }

// versions lists the versions in the log, ascending.
func (h history) versions() ([]int64, error) { return h.numbers(logDir) }

func (h history) numbers(sub string) ([]int64, error) {
	entries, err := h.s.readDir(path.Join(h.dir, sub))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.OS(err, "list %s/%s", h.dir, sub)
	}
	var out []int64
	for _, e := range entries {
		digits, ok := strings.CutSuffix(e.Name(), ".json")
		if v, err := strconv.ParseInt(digits, 10, 64); ok && err == nil && len(digits) == 20 {
			out = append(out, v)
		}
	}
	return out, nil
}

// head is the newest version in the log, -1 where there is none.
func (h history) head() (int64, error) {
	versions, err := h.versions()
	if err != nil || len(versions) == 0 {
		return -1, err
	}
	return versions[len(versions)-1], nil
}

// record reads one record. fs.ErrNotExist where there is none.
func (h history) record(v int64) (*Record, error) {
	name := h.recordPath(v)
	data, err := h.s.readFile(name)
	if err != nil {
		return nil, fault.OS(err, "read commit record %s", name)
	}
	r, err := decodeRecord(data)
	if err == nil && r.Version != v {
		err = fault.New(fault.Corrupt, "it says version %d", r.Version)
	}
	if err != nil {
		return nil, fmt.Errorf("commit record %s: %w", name, err)
	}
	return r, nil
}

// replay returns the state after version v.
func (h history) replay(v int64) (*state, error) {
	st := h.stored(v)
	for st.Version < v {
		r, err := h.record(st.Version + 1)
		if err != nil {
			return nil, err
		}
		if err := st.apply(r); err != nil {
			return nil, fmt.Errorf("commit record %s: %w", h.recordPath(r.Version), err)
		}
	}
	return st, nil
}

// stored is the newest stored replay at or before v that is sound; a damaged
// one is passed over, since it is derived.
func (h history) stored(v int64) *state {
	versions, err := h.numbers(snapshotDir)
	if err != nil {
		return newState()
	}
	sort.Slice(versions, func(i, j int) bool { return versions[i] > versions[j] })
	for _, sv := range versions {
		if sv > v {
			continue
		}
		if st, err := h.storedAt(sv); err == nil {
			return st
		}
	}
	return newState()
}

// storedState is the file form of a stored replay.
type storedState struct {
	Format   int    `json:"format"`
	State    *state `json:"state"`
	Checksum string `json:"checksum"`
}

func (h history) storedAt(v int64) (*state, error) {
	name := path.Join(h.dir, snapshotDir, versionName(v))
	data, err := h.s.readFile(name)
	if err != nil {
		return nil, err
	}
	var stored storedState
	if err := unseal(data); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if err := decodeJSON(data, &stored); err != nil || stored.Format != Format || stored.State == nil ||
		stored.State.Version != v {
		return nil, fault.New(fault.Corrupt, "%s is not a stored replay of version %d", name, v)
	}
	return stored.State, nil
}

// store writes the replay of a round version. It is derived: a failure only
// costs the next opening some time.
func (h history) store(st *state) error {
	if st.Version == 0 || st.Version%snapshotEvery != 0 {
		return nil
	}
	data, err := json.Marshal(storedState{Format: Format, State: st})
	if err != nil {
		return fmt.Errorf("encode replay: %w", err)
	}
	data, _ = seal(data)
	name := path.Join(h.dir, snapshotDir, versionName(st.Version))
	if err := mkdirAll(h.s, path.Dir(name)); err != nil {
		return err
	}
	if err := h.putIfAbsent(name, data); err != nil {
		return err
	}
	h.thinOut()
	return nil
}

// keepStored is how many stored replays stay: each is as long as the file list,
// and only the newest is on anybody's way.
const keepStored = 4

// thinOut removes old stored replays. It is housekeeping: what cannot be
// removed stays.
func (h history) thinOut() {
	versions, err := h.numbers(snapshotDir)
	if err != nil {
		return
	}
	for _, v := range versions[:max(0, len(versions)-keepStored)] {
		_ = h.s.remove(path.Join(h.dir, snapshotDir, versionName(v)))
	}
}

// putIfAbsent writes a derived file of settled content under its name at once:
// whoever comes first wins, and all write the same.
func (h history) putIfAbsent(name string, data []byte) error {
	s := h.s
	if _, err := s.stat(name); err == nil {
		return s.syncDir(path.Dir(name)) // its writer may not have come to that
	}
	temp := path.Join(h.dir, metaDir, path.Base(name)+"."+randomHex(6)+tempSuffix)
	if err := s.create(temp, data); err != nil {
		return err
	}
	err := s.syncFile(temp)
	if err == nil {
		if err = s.link(temp, name); errors.Is(err, fs.ErrExist) {
			err = nil
		}
	}
	if err == nil {
		err = s.syncDir(path.Dir(name))
	}
	return errors.Join(err, s.remove(temp))
}
