package warehouse

import "time"

// Relation is a table or view of the warehouse.
type Relation struct {
	Schema string `json:"schema"`
	Name   string `json:"name"`
	Kind   string `json:"kind"`  // table, view, materialized view, foreign table
	Rows   *int64 `json:"rows"`  // about; nil where it is not known
	Bytes  *int64 `json:"bytes"` // with its indexes; nil where it is not known
}

// Description is a table or view in full.
type Description struct {
	Schema  string   `json:"schema"`
	Name    string   `json:"name"`
	Columns []Field  `json:"columns"`
	Indexes []string `json:"indexes"` // as SQL
	Loads   []Load   `json:"loads"`   // the newest first, at most LoadsShown
}

// LoadsShown is how many loads of a table are told.
const LoadsShown = 10

// Field is a column, with its type in the database's spelling.
type Field struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Nullable bool   `json:"nullable"`
}

// Load is a line of the ledger.
type Load struct {
	Dataset  string    `json:"dataset"`
	Version  int64     `json:"version"`
	CommitID string    `json:"commit_id"`
	Mode     string    `json:"mode"`
	RunID    string    `json:"run_id"`
	Rows     int64     `json:"rows"`
	At       time.Time `json:"loaded_at"`
}
