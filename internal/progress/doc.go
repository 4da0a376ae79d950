// Package progress shows on a terminal how far a long command is.
//
// It owns the bar: when it appears, how often it is drawn, that it goes away.
// It must not know what is counted. It guarantees that nothing is written where
// bars are off, nothing during the first second, never the byte 0x1b, and that
// a Meter costs its users one atomic addition and may be nil.
package progress
