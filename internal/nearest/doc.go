// Package nearest finds the name that somebody probably meant.
//
// It owns the measure of likeness. It must not know what the names stand for.
// It guarantees the same answer for the same input: the first of equals wins.
package nearest
