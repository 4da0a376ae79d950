package lake

import (
	"encoding/binary"
	"io"

	"github.com/kalpafall/df360/internal/fault"
)

// checkThrift walks a Parquet footer (Thrift's compact protocol,
// https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md)
// and refuses one whose lists and texts claim to be longer than the footer is.
// The decoder allocates what a list claims before it reads it, so that one
// wrong bit could otherwise ask for more memory than there is.
func checkThrift(r io.ReaderAt, size int64) error {
	const tail = 8 // length and magic
	var end [tail]byte
	if size < tail+4 {
		return nil // too short: the decoder says it better
	}
	if _, err := r.ReadAt(end[:], size-tail); err != nil {
		return fault.OS(err, "read footer")
	}
	length := int64(binary.LittleEndian.Uint32(end[:4]))
	if length > size-tail {
		return fault.New(fault.Corrupt, "its footer claims to be longer than the file")
	}
	data := make([]byte, length)
	if _, err := r.ReadAt(data, size-tail-length); err != nil {
		return fault.OS(err, "read footer")
	}
	w := thriftWalk{rest: data}
	if !w.structure(0) {
		return fault.New(fault.Corrupt, "its footer is damaged")
	}
	return nil
}

// thriftWalk skips values; a false result is a value that cannot be.
type thriftWalk struct{ rest []byte }

// Types of the compact protocol.
const (
	thriftStop   = 0
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftI16    = 4
	thriftI32    = 5
	thriftI64    = 6
	thriftDouble = 7
	thriftBinary = 8
	thriftList   = 9
	thriftSet    = 10
	thriftMap    = 11
	thriftStruct = 12
)

// thriftDepth is far deeper than a footer nests.
const thriftDepth = 64

func (w *thriftWalk) structure(depth int) bool {
	if depth > thriftDepth {
		return false
	}
	for {
		head, ok := w.next()
		if !ok || head == thriftStop {
			return ok
		}
		if head>>4 == 0 { // the field's number follows
			if _, ok := w.number(); !ok {
				return false
			}
		}
		kind := head & 0x0f
		if kind == thriftTrue || kind == thriftFalse {
			continue // the value is in the type
		}
		if !w.value(kind, depth) {
			return false
		}
	}
}

// value skips one value; a boolean takes a byte here, as in lists.
func (w *thriftWalk) value(kind byte, depth int) bool {
	switch kind {
	case thriftTrue, thriftFalse, thriftByte:
		return w.skip(1)
	case thriftI16, thriftI32, thriftI64:
		_, ok := w.number()
		return ok
	case thriftDouble:
		return w.skip(8)
	case thriftBinary:
		n, ok := w.number()
		return ok && w.skip(n)
	case thriftList, thriftSet:
		return w.list(depth + 1)
	case thriftMap:
		return w.mapping(depth + 1)
	case thriftStruct:
		return w.structure(depth + 1)
	}
	return false
}

func (w *thriftWalk) list(depth int) bool {
	head, ok := w.next()
	n := uint64(head >> 4)
	if ok && n == 0x0f {
		n, ok = w.number()
	}
	if !ok || depth > thriftDepth || n > uint64(len(w.rest)) {
		return false
	}
	for range n {
		if !w.value(head&0x0f, depth) {
			return false
		}
	}
	return true
}

func (w *thriftWalk) mapping(depth int) bool {
	n, ok := w.number()
	if !ok || n == 0 {
		return ok
	}
	kinds, ok := w.next()
	if !ok || depth > thriftDepth || n > uint64(len(w.rest)) {
		return false
	}
	for range n {
		if !w.value(kinds>>4, depth) || !w.value(kinds&0x0f, depth) {
			return false
		}
	}
	return true
}

func (w *thriftWalk) next() (byte, bool) {
	if len(w.rest) == 0 {
		return 0, false
	}
	b := w.rest[0]
	w.rest = w.rest[1:]
	return b, true
}

func (w *thriftWalk) number() (uint64, bool) {
	v, n := binary.Uvarint(w.rest)
	if n <= 0 {
		return 0, false
	}
	w.rest = w.rest[n:]
	return v, true
}

func (w *thriftWalk) skip(n uint64) bool {
	if n > uint64(len(w.rest)) {
		return false
	}
	w.rest = w.rest[n:]
	return true
}
