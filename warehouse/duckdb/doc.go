// Package duckdb is the warehouse in a DuckDB file, which needs no service.
//
// It owns the file: who may open it, the tables, views and indexes in it, and the
// ledger df360.loads, which is the one of warehouse/postgres. It must not know
// what a lake is. It guarantees that a load is one transaction of the file, and
// that a file that another process works with is waited for, not waited on forever.
//
// It makes no indexes: the engine finds rows by the statistics of its blocks, and
// its indexes do not survive every crash (rows that are replayed from the log of a
// killed process can be missing in them, and then can neither be found nor deleted).
package duckdb
