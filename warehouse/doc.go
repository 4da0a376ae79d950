// Package warehouse loads datasets of a lake into a database.
//
// It owns what is the same for every database: what a load is asked (Input,
// Options), which rows are still to be loaded (Plan, from the ledger of earlier
// loads), which names a table may have, the indexes and views of df360.yaml, and
// the words of the results. The databases are warehouse/postgres and
// warehouse/duckdb. It must not know what a lake is: its caller describes a
// dataset and opens its files. It guarantees that a version, a commit or a
// change is loaded once, whatever fails when: rows and their ledger entry are one
// transaction of the database, and what is there is found by the ledger alone.
package warehouse
