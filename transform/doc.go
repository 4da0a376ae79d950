// Package transform turns the rows of a dataset into clean ones, as a type
// says: duplicates go, rows that fail a rule are set apart, columns are
// derived, groups aggregated.
//
// It owns types (YAML files, four of them built in), the portable SQL that
// expressions may use, the plan that a type compiles to for an input, and the
// decision how much of an input is new. It must not know the lake: it is given
// files to read and folders to write, and says what to commit; nor an engine,
// which is behind the interface Engine (package duckdb is one).
//
// The life of a transform, with the file that holds each step:
//
//	type       parse.go, parse_columns.go read a file; check.go, lint.go (with
//	           token.go, functions.go) judge it; builtin.go finds it by name
//	decision   decide.go: nothing, what came since, some days (dates.go), or all
//	plan       bind.go fits the type to the input's columns, cast.go to their
//	           types; dedupe.go, key.go find duplicates; derive.go, aggregate.go
//	           make columns and groups; plan.go puts the steps in order
//	run        run.go, run_aggregate.go lead an engine through the plan and
//	           count; blame.go names the expression that an error is about
//
// Guarantees: read = written + rejected + duplicates, checked before anything
// is committed. The result of increments is that of a full run, row for row.
// The same type and input are the same rows on every engine, every time.
package transform
