// Package table writes rows for people and for scripts: aligned text, CSV,
// JSON.
//
// It owns the spelling of values: thousands commas, control characters made
// visible, NULL, NaN, exact numbers. It must not know where rows come from. It
// guarantees that rows stream (memory is bounded whatever their number), that
// nothing in a value reaches a terminal as a control character, and that digits
// are never lost: 64-bit integers and decimals are written as they are, NaN and
// infinities, which JSON has no number for, as JSON strings.
package table
