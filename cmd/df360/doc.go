// Command df360 is a data platform in one binary: it makes, transforms and
// keeps datasets in a lake of Parquet files.
//
// It owns the wiring: it reads flags, environment and df360.yaml, builds the
// objects of the other packages, and prints. It is the one place that imports
// everything; nothing imports it. It guarantees the contract of docs/cli.md:
// names, results, exit codes, what goes to stdout and what to stderr.
package main
