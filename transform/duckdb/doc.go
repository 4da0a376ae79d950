// Package duckdb runs a transform's plan on the embedded engine.
//
// It owns what DuckDB needs beside the portable SQL of a plan: the macros that
// make functions mean what they mean in Spark, how files are read (columns of
// floating point behind a barrier, times as UTC), and how Parquet is written
// (lake types, one file for each partition where the input's statistics allow
// it). It must not know what a type, a rule or a lake is. It guarantees that
// what it writes has types of the lake only, and that no filter of a plan is
// answered from statistics that leave NaN out.
package duckdb
