// Package ingest takes rows from a source into a dataset, every row once.
//
// It owns the one loop of all sources: read, type, reject, stage, commit the rows
// together with how far the source got. It owns what a column may be called and
// typed as, the inference of types over all rows of a first commit, what becomes
// of a row that does not fit (Reject), and the progress that is stored. It must
// not know where a dataset is or how a commit works: that is behind Store and
// Txn. The sources are packages below: file, api, kafka.
//
// It guarantees that a row of a source is in a committed dataset once, or once
// among its rejected rows with a reason, wherever the process is killed: what a
// batch yields and the progress that follows it are one commit, and a commit
// lands only on the progress that its batch began from. Read is written plus
// rejected plus duplicate, always. No value is changed: what a type cannot hold
// exactly does not fit it.
package ingest
