// Package lake keeps datasets of Parquet files in a folder so that no row is
// lost, doubled or half visible, whatever is killed when.
//
// It owns the layout of the lake, the names of files, the commit log with its
// protocol, recovery, the Delta projection, sidecars, pins, listing, checking,
// rollback, and the adoption of folders that another tool made. It is the only
// code that writes files which users keep. It must not know where rows come
// from or what they mean: sources and transforms stage finished Parquet files
// in the folder that Txn.StageDir names, and Txn.Commit does the rest.
//
// The protocol, with the file that holds each step:
//
//	lock politely             stage.go    flock for at most Options.LockTimeout, then on without
//	recover                   publish.go  publish what earlier commits left, oldest first; stage.go sweeps
//	stage                     stage.go    _df360/stage/<txn>/<dataset>/…, held by a lock of its own
//	make durable              collect.go  footer, sha256, fsync of each file and folder
//	the commit point          commit.go   link(2) of the record to its version's name
//	publish                   publish.go  link to final names, fsync, unlink the staged ones
//	project                   delta.go    _delta_log, then replaced files move to _df360/keep
//
// Guarantees: before the commit point nothing is visible; after it every step
// left is an idempotent redo that any process may do. Contents are durable
// before names, names before success is reported. Locks are politeness: the
// protocol is right without them. Readers see one version of each dataset
// (Snapshot, kept readable by Pin) and need no lock.
package lake
