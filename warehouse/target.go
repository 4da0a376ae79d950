package warehouse

import "context"

// Target is a database that datasets are loaded into.
type Target interface {
	// Load loads one version of a dataset. The result is there even with an error
	// where the rows were loaded, and only an index or a view failed.
	Load(ctx context.Context, in *Input, o Options) (*Result, error)
	// String names the database for people, without a password.
	String() string
}
