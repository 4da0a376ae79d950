// Package parquetfile writes Parquet files from slices of columns.
//
// It owns how pages, row groups and footer are put together, from the codecs
// of parquet-go: it is there because a caller that has columns at hand, some of
// them as indexes into a dictionary, can skip nearly all that a general writer
// must do for every value. It must not know what the columns mean or where the
// file is. It guarantees files that every reader of Parquet 2 takes: optional
// columns, version 1 data pages, PLAIN and RLE_DICTIONARY encodings, bounds and
// counts of NULL for each column chunk. Bytes depend on the values alone.
package parquetfile
