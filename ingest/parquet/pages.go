package parquet

import (
	"bufio"
	"context"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"strconv"

	"github.com/kalpafall/df360/ingest"
	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/fault"
)

// intact compares the pages of a file with the checksums that some programs write
// into their headers (parquet.thrift, PageHeader.crc): the engine does not. A file
// whose first page has none is taken to have none at all; what cannot be read here
// is for the engine to judge.
func (r *Reader) intact(ctx context.Context, f *ingest.File) error {
	chunks, err := r.Engine.Run(ctx, `SELECT (CASE WHEN dictionary_page_offset > 0 THEN least(dictionary_page_offset, data_page_offset) ELSE data_page_offset END)::VARCHAR,
		total_compressed_size::VARCHAR, path_in_schema FROM parquet_metadata(`+duck.Files([]string{f.Path})+")")
	if err != nil {
		return err
	}
	file, err := os.Open(f.Path)
	if err != nil {
		return fault.OS(err, "open")
	}
	defer func() { _ = file.Close() }() // only read
	for _, c := range chunks {
		if c[0] == nil || c[1] == nil {
			return nil
		}
		start, err := strconv.ParseInt(*c[0], 10, 64)
		size, err2 := strconv.ParseInt(*c[1], 10, 64)
		if err != nil || err2 != nil || start < 0 || size < 0 {
			return nil // for the engine to judge
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		switch err := pages(bufio.NewReaderSize(io.NewSectionReader(file, start, size), 1<<16)); {
		case errors.Is(err, errChecksum):
			return fault.New(fault.Corrupt, "the data of column %s is not what was written: %w", *c[2], err).
				WithHint("the file was damaged after it was written: fetch it again")
		case err != nil:
			return nil
		}
	}
	return nil
}

// What becomes of a chunk of pages, but for nil.
var (
	errChecksum = errors.New("a page does not match its checksum")
	errUnknown  = errors.New("the pages have no checksums, or cannot be read")
)

// pages reads the pages of a column chunk.
func pages(r *bufio.Reader) error {
	for {
		if _, err := r.Peek(1); errors.Is(err, io.EOF) {
			return nil
		}
		h, err := readPageHeader(r)
		if err != nil || !h.hasCRC || h.compressed < 0 {
			return errUnknown
		}
		sum := crc32.NewIEEE()
		if _, err := io.CopyN(sum, r, h.compressed); err != nil {
			return errUnknown
		}
		if sum.Sum32() != h.crc {
			return errChecksum
		}
	}
}

// pageHeader is what is of interest of a PageHeader.
type pageHeader struct {
	compressed int64 // bytes
	crc        uint32
	hasCRC     bool
}

// Fields of a PageHeader, and types of Thrift's compact protocol
// (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md).
const (
	fieldCompressed = 3
	fieldCRC        = 4

	compactTrue   = 1
	compactFalse  = 2
	compactByte   = 3
	compactI16    = 4
	compactI32    = 5
	compactI64    = 6
	compactDouble = 7
	compactBinary = 8
	compactList   = 9
	compactSet    = 10
	compactStruct = 12
)

// readPageHeader reads a header and nothing behind it.
func readPageHeader(r *bufio.Reader) (h pageHeader, err error) {
	h.compressed = -1
	err = readStruct(r, 0, func(id int16, x int64) {
		switch id {
		case fieldCompressed:
			h.compressed = x
		case fieldCRC:
			h.hasCRC, h.crc = true, uint32(x) //nolint:gosec // an i32 that holds 32 bits
		}
	})
	return h, err
}

// maxNesting of a header is far more than Parquet has.
const maxNesting = 16

// readStruct reads a struct and tells of its integers.
func readStruct(r *bufio.Reader, depth int, tell func(id int16, x int64)) error {
	if depth > maxNesting {
		return errUnknown
	}
	id := int16(0)
	for {
		b, err := r.ReadByte()
		if err != nil || b == 0 {
			return err
		}
		if delta := int16(b >> 4); delta != 0 {
			id += delta
		} else {
			x, err := readInt(r)
			if err != nil {
				return err
			}
			id = int16(x) //nolint:gosec // a strange one is none that is asked for
		}
		x, err := readValue(r, b&0x0f, depth)
		if err != nil {
			return err
		}
		tell(id, x)
	}
}

// readValue reads a value; it is returned if it is an integer.
func readValue(r *bufio.Reader, kind byte, depth int) (int64, error) {
	switch kind {
	case compactTrue, compactFalse:
		return 0, nil
	case compactByte:
		_, err := r.Discard(1)
		return 0, err
	case compactI16, compactI32, compactI64:
		return readInt(r)
	case compactDouble:
		_, err := r.Discard(8)
		return 0, err
	case compactBinary:
		n, err := readLength(r)
		if err == nil {
			_, err = r.Discard(n)
		}
		return 0, err
	case compactList, compactSet:
		return 0, skipList(r, depth)
	case compactStruct:
		return 0, readStruct(r, depth+1, func(int16, int64) {})
	}
	return 0, errUnknown
}

func skipList(r *bufio.Reader, depth int) error {
	b, err := r.ReadByte()
	if err != nil || depth > maxNesting {
		return errors.Join(err, errUnknown)
	}
	n := int(b >> 4)
	if n == 15 {
		if n, err = readLength(r); err != nil {
			return err
		}
	}
	kind := b & 0x0f
	for range n {
		if kind == compactTrue || kind == compactFalse {
			_, err = r.Discard(1)
		} else {
			_, err = readValue(r, kind, depth+1)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readInt reads a signed integer in zigzag.
func readInt(r *bufio.Reader) (int64, error) {
	var x uint64
	for shift := 0; shift < 64; shift += 7 {
		b, err := r.ReadByte()
		if err != nil {
			return 0, err
		}
		x |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return int64(x>>1) ^ -int64(x&1), nil
		}
	}
	return 0, errUnknown
}

// maxLength of a text or a list in a header: statistics may hold long texts.
const maxLength = 1 << 26

func readLength(r *bufio.Reader) (int, error) {
	var x uint64
	for shift := 0; shift < 35; shift += 7 {
		b, err := r.ReadByte()
		if err != nil {
			return 0, err
		}
		x |= uint64(b&0x7f) << shift
		if b < 0x80 {
			if x > maxLength {
				return 0, errUnknown
			}
			return int(x), nil
		}
	}
	return 0, errUnknown
}
