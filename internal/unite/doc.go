// Package unite makes one relation of Parquet files that do not quite agree.
//
// It owns how files are united: columns by name, each with the widest type
// that any file has it in, and the SQL that reads them so, with one scan for
// all files of the same columns. It must not know what a dataset, a lake or a
// transform is; it reads no file itself. It guarantees that every column of
// the relation has a type of lake files, whatever types the files have, that
// no value changes but for the documented conversions (integers beside DOUBLE
// become DOUBLE, nanoseconds are cut to microseconds, times without a zone are
// UTC), that no row is lost to statistics which leave NaN out, and that files
// which do not fit are named, with their columns.
package unite
