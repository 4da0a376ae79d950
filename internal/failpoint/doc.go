// Package failpoint stops the process, or makes an operation fail, at a named
// or counted step, so that tests can crash a real run anywhere.
//
// It owns the parsing of a fail point's description and its firing. It must not
// know what the steps mean. It guarantees that a nil Set, which is what every
// run without the environment variable DF360_FAILPOINT has, costs one
// comparison and does nothing.
package failpoint
