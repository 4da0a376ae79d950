// Package sqltype reads and compares column types in the engine's spelling.
//
// It owns the tree of a type (scalars, DECIMAL, STRUCT, LIST, MAP), its
// parsing and printing, which types a lake file may have, and the widest type
// of two. It must not know what a file or a dataset is. It guarantees that
// Parse(t.String()) is t again, and that Widen never chooses a type that holds
// less than both of its arguments, but for INTEGER with DOUBLE, which is DOUBLE.
package sqltype
