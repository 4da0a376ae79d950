package warehouse

import "context"

// Target is a database that datasets are loaded into.
type Target interface {
	// Load loads one version of a dataset, and makes the indexes of its table. The
	// result is there even with an error where the rows were loaded.
	Load(ctx context.Context, in *Input, o Options) (*Result, error)
	// Finish makes the views that are missing or have changed, and refreshes the
	// materialised ones whose tables were loaded since the last time. It goes on
	// behind a view that fails (Finished.Err).
	Finish(ctx context.Context, o Options) (*Finished, error)
	// Relations lists the tables and views of a schema; "" is all but the system's.
	Relations(ctx context.Context, schema string) ([]Relation, error)
	// Describe tells of one table or view; nil where there is none.
	Describe(ctx context.Context, schema, name string) (*Description, error)
	// String names the database for people, without a password.
	String() string
}
