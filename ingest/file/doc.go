// Package file is the source of rows in files: CSV, JSON and Parquet, as they are or
// compressed.
//
// It owns which files are meant (globs, folders, standard input), what form they
// have, how they are read in chunks that other goroutines take apart, and which of
// them were taken already (size and sha256, whatever their name). It must not know
// what becomes of rows. It guarantees that the rows of a file are taken all or not
// at all: one that cannot be read to its end, or that changes meanwhile, is named
// and left out, and the other files of its batch are read again without it.
package file
