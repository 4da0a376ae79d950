// Package parquet takes the rows of Parquet files over into files of a dataset.
//
// It owns how a column of a file becomes a column of the dataset: which values
// fit, and what is said of a row that has one which does not. It must not know how
// an engine runs: the files are untrusted, so that whoever calls it gives it an
// Engine that may die without harm. It guarantees that a row is in the new file or
// among the rejected ones, and that no value changes but as package unite says.
package parquet
