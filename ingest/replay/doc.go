// Package replay is the source of rows that were rejected and may fit by now.
//
// It owns how a rejected row becomes a row again: a JSON text, or a CSV record of a
// file whose header is known. It must not know where rejected rows are kept. It
// guarantees that a row whose text was not kept as it was, or whose header is not
// known any more, stays rejected for the reason that it had, and that a row that is
// rejected again keeps the time when it first was.
package replay
