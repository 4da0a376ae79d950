package warehouse

// Objects are the indexes and views that df360.yaml declares.
type Objects struct {
	Indexes map[string][]Index // by table or materialised view
	Views   []View             // in the order of the file
}

// Index is one index.
type Index struct {
	Columns []string
	Unique  bool
}

// View is a named SELECT.
type View struct {
	Name         string
	SQL          string
	Materialized bool
}
