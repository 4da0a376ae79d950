// Package fake makes datasets of invented rows: users, transactions and logs
// that belong together, or anything that a YAML file describes.
//
// It owns the vocabulary, the shape of the data (skew, daily and weekly
// rhythm, shares), the faults that can be put in, the list of those faults
// (the truth), and the writing of rows as Parquet, CSV and JSON lines. It must
// not know the lake or the command line: it writes into folders and writers
// that it is given.
//
// The life of a row, with the file that holds each step:
//
//	dataset   table.go, users.go, transactions.go, logs.go; spec*.go for YAML
//	faults    faults.go says which rows are hit, truth.go lists them
//	chunk     the dataset fills columns (column.go) for chunkRows rows, from
//	          pools (pool.go), random numbers (random.go) and a clock (clock.go)
//	file      parquet.go (with package parquetfile), text.go; parallel.go keeps
//	          the order, write.go divides into files
//
// Guarantees: the same arguments are the same rows on every machine and with
// any number of threads. Random numbers are integers drawn from a generator
// that is seeded by (seed, dataset, chunk), and no floating-point result
// decides a row. User k is the same user under every seed. Keys are distinct
// by construction. Shares of faults are exact. Memory does not grow with rows.
package fake
