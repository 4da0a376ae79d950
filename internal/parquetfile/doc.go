// Package parquetfile writes Parquet files from slices of columns.
//
// It owns how pages, row groups and footer are put together, from the codecs
// of parquet-go: it is there because a caller that has columns at hand, some of
// them as indexes into a dictionary, can skip nearly all that a general writer
// must do for every value. It must not know what the columns mean or where the
// file is.
//
// An Encoder for each worker makes row groups in memory, looks for values that
// repeat, and leaves alone what does not compress; a Writer appends them in the
// caller's order. Writer.Group writes values as they are given instead.
//
// It guarantees files that every reader of Parquet 2 takes: optional columns,
// lists and maps of three levels, version 1 data pages that begin with a row,
// PLAIN and RLE_DICTIONARY encodings, bounds and counts of NULL for each column
// chunk. NULL, what is empty and what holds NULL stay distinct at every depth.
// Bytes depend on the values alone, not on who encoded which row group. Values
// that are not of the shape or the range that their column says are an error.
package parquetfile
