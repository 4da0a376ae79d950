// Package csv takes files of delimited text apart.
//
// It owns the grammar (RFC 4180 with any delimiter, quote and line end), where a
// chunk of a file may be cut so that no record is in two, and the guess of a
// file's dialect and header. It must not know types or columns. It guarantees that
// the records of a file are the same wherever its chunks were cut, and that a
// record which breaks the grammar is reported with its line and its text, and
// changes no other record.
package csv
