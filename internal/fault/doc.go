// Package fault holds the error kinds that every room of df360 shares.
//
// It owns the list of kinds (the `code` of a JSON error) and one error type
// that carries a kind, a message and a hint for the person who reads it. It
// must not know what a kind means for a process: exit codes belong to
// cmd/df360. It guarantees that a kind survives wrapping with %w, and that the
// outermost kind wins.
package fault
