// Package columns makes typed columns of rows that come as text.
//
// It owns what a JSON value or a CSV field means as a value of a lake type
// (builder.go, json.go, text.go, number.go, moment.go), which type fits all values
// of a column (guess.go), and what a column may be called (name.go). It must not
// know where rows come from, or what becomes of those that do not fit: that is a
// Misfit, and the table is as it was before the row. It guarantees that a value
// which was taken is the value that was there: what a type cannot hold exactly does
// not fit it, but for decimal fractions, which a DOUBLE holds as every program
// does.
package columns
