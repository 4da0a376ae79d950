// Package jsontext walks over JSON texts (RFC 8259) as bytes.
//
// It owns the grammar: where a value, a string or a number ends, and what a string
// says. It must not know what values are for. It is strict: UTF-8 only, no NaN, no
// control characters in strings, no lone surrogates, nothing but white space
// around; what encoding/json would mend without a word is an error here. It
// allocates nothing but for strings with escapes, and never recurses deeper than
// MaxDepth.
package jsontext
