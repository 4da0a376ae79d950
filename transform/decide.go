package transform

import "fmt"

// Progress is what a transform's commit says of how far it got: enough for the
// next run to know what is new.
type Progress struct {
	// Type and TypeFile name the type; TypeFile is "" but for a type that was
	// named by its file.
	Type     string `json:"type"`
	TypeFile string `json:"type_file,omitempty"`
	TypeHash string `json:"type_hash"`
	// Aggregate is the hash of the aggregate that the companion was made by, ""
	// where there is none.
	Aggregate string `json:"aggregate,omitempty"`
	Input     Mark   `json:"input"`
	// Partial: only some partitions follow from the input (--date).
	Partial bool `json:"partial,omitempty"`
}

// Mark is a state of the input: a version, or for a folder of another tool the
// fingerprint of its files.
type Mark struct {
	Dataset  string `json:"dataset"`
	Version  int64  `json:"version"` // -1 for a folder of another tool
	CommitID string `json:"commit_id,omitempty"`
	Files    string `json:"files,omitempty"`
}

// Commit is a commit of the input that came after the one in a Mark.
type Commit struct {
	Version int64
	// Change says what it did to the rows.
	Change InputChange
	// Rows are how many it added.
	Rows int64
}

// InputChange is what a commit did to the rows of the input.
type InputChange int

// The changes.
const (
	Added     InputChange = iota // rows came
	Rearrange                    // the same rows lie in other files
	Rewritten                    // rows went or changed
)

// Situation is what Decide decides from.
type Situation struct {
	Type     *Type
	Progress *Progress // nil: nothing was transformed
	Input    Mark      // as the input is now
	// Continues: the input's log still has the commit that Progress names.
	Continues bool
	Commits   []Commit // of the input since Progress, oldest first
	Full      bool     // --full
	Dates     *Dates   // --date
	Aggregate bool     // --aggregate
	// AggregateCurrent: the companion belongs to the newest processed rows.
	AggregateCurrent bool
}

// Mode is how much is transformed.
type Mode string

// The modes.
const (
	Nothing       Mode = "nothing new"
	OnlyAggregate Mode = "aggregate" // the aggregate of what is processed already
	Increment     Mode = "increment" // the rows of new commits
	Everything    Mode = "full"      // all rows, in the place of what is there
	Partitions    Mode = "dates"     // the partitions of a range of days
)

// Decision is what a run does, and why.
type Decision struct {
	Mode Mode   `json:"mode"`
	Why  string `json:"why"`
}

// Decide says how much must be transformed.
func Decide(s Situation) Decision {
	p := s.Progress
	switch {
	case s.Dates != nil:
		return Decision{Partitions, "--date names the partitions"}
	case p == nil:
		return Decision{Everything, "nothing was transformed yet"}
	case s.Full:
		return Decision{Everything, "--full asks for it"}
	case p.Partial:
		return Decision{Everything, "the last run was limited by --date"}
	case p.TypeHash != s.Type.Hash():
		return Decision{Everything, fmt.Sprintf("type %s is not what the rows were made by", s.Type.Name)}
	case p.Input.Dataset != s.Input.Dataset, (p.Input.Version < 0) != (s.Input.Version < 0):
		return Decision{Everything, "the input is another one"}
	case s.Input.Version < 0 && p.Input.Files != s.Input.Files:
		return Decision{Everything, "files of a folder that another tool made have changed"}
	case s.Input.Version >= 0 && !s.Continues:
		return Decision{Everything, "the input began anew"}
	}
	return s.since()
}

// since decides by the commits since the last run.
func (s Situation) since() Decision {
	var added, rearranged bool
	for _, c := range s.Commits {
		switch c.Change {
		case Rewritten:
			return Decision{Everything, fmt.Sprintf("version %d of the input changed or took back rows", c.Version)}
		case Rearrange:
			rearranged = true
		case Added:
			added = added || c.Rows > 0
		}
	}
	switch {
	case added && rearranged:
		return Decision{Everything, "new rows and older ones lie in the same files"}
	case added:
		return Decision{Increment, fmt.Sprintf("the input has new commits since version %d", s.Progress.Input.Version)}
	case s.Aggregate && (!s.AggregateCurrent || s.Progress.Aggregate != s.Type.AggregateHash()):
		return Decision{OnlyAggregate, "the aggregate is behind"}
	}
	return Decision{Nothing, "the input has no new rows"}
}

// Compares reports whether rows must be equal in a column to be duplicates.
func (t *Type) Compares(column string) bool {
	switch t.Dedupe.Mode {
	case DedupeContent:
		return column != "" && column[0] != '_'
	case DedupeKeys:
		return contains(t.Dedupe.Keys, column)
	case DedupeAll:
		return true
	case DedupeNone:
	}
	return false
}
