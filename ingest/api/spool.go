package api

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"os"
	"slices"

	"github.com/kalpafall/df360/ingest"
	"github.com/kalpafall/df360/ingest/csv"
	"github.com/kalpafall/df360/internal/fault"
)

// maxKept is how many bytes of pages are kept in memory.
const maxKept = 8 << 20

// spool keeps pages, in memory or, where they are many, in a file that has no
// name any more: nothing is left of it, however the process ends.
type spool struct {
	dir    string
	memory []byte
	file   *os.File
	size   int64
	header *ingest.Header // of the last page of CSV that was read
}

// kept is what stands before the text of a page.
type kept struct {
	Number  int64        `json:"n"`
	After   *position    `json:"after"`
	Bytes   int          `json:"bytes"`
	Bounds  int          `json:"bounds"`
	CSV     bool         `json:"csv"`
	Rows    int          `json:"rows"`
	Dialect *csv.Dialect `json:"dialect"`
	Head    []byte       `json:"head"`
	Names   []string     `json:"names"`
}

// add appends a page.
func (s *spool) add(p *page) error {
	k := kept{Number: p.number, After: p.after}
	data, bounds := p.data, p.bounds
	if p.csv != nil {
		k.CSV, k.Rows, k.Dialect, k.Head = true, p.csv.rows, &p.csv.dialect, p.csv.head
		bounds = p.csv.starts
		if p.csv.header != nil {
			k.Names = p.csv.header.Names
		}
	} else if len(bounds) > 0 { // what is around the rows is of no use any more
		from := bounds[0]
		data = data[from:bounds[len(bounds)-1]]
		bounds = slices.Clone(bounds)
		for i := range bounds {
			bounds[i] -= from
		}
	} else {
		data = nil
	}
	k.Bytes, k.Bounds = len(data), len(bounds)
	head, err := json.Marshal(k)
	if err != nil {
		return err
	}
	buf := make([]byte, 0, 4+len(head)+4*len(bounds))
	buf = binary.LittleEndian.AppendUint32(buf, uint32(len(head))) //nolint:gosec // a few hundred bytes
	buf = append(buf, head...)
	for _, b := range bounds {
		buf = binary.LittleEndian.AppendUint32(buf, b)
	}
	if s.file == nil && s.size+int64(len(buf)+len(data)) > maxKept {
		if err := s.spill(); err != nil {
			return err
		}
	}
	return errors.Join(s.write(buf), s.write(data))
}

func (s *spool) write(buf []byte) error {
	if s.file == nil {
		s.memory = append(s.memory, buf...)
	} else if _, err := s.file.WriteAt(buf, s.size); err != nil {
		return fault.OS(err, "keep pages in a temporary file")
	}
	s.size += int64(len(buf))
	return nil
}

// spill moves what is in memory to a file.
func (s *spool) spill() error {
	f, err := os.CreateTemp(s.dir, ".df360-pages-*")
	if err != nil {
		return fault.OS(err, "make a temporary file for pages")
	}
	s.file = f
	if err := os.Remove(f.Name()); err != nil {
		return fault.OS(err, "take the name off a temporary file")
	}
	if _, err := f.WriteAt(s.memory, 0); err != nil {
		return fault.OS(err, "keep pages in a temporary file")
	}
	s.memory = nil
	return nil
}

// read is the page that begins at an offset, and the offset of the next one.
func (s *spool) read(at int64) (*page, int64, error) {
	length, at, err := s.bytes(at, 4)
	if err != nil {
		return nil, at, err
	}
	head, at, err := s.bytes(at, int(binary.LittleEndian.Uint32(length)))
	if err != nil {
		return nil, at, err
	}
	var k kept
	if err := json.Unmarshal(head, &k); err != nil {
		return nil, at, fault.New(fault.IO, "read a page that was kept: %w", err)
	}
	numbers, at, err := s.bytes(at, 4*k.Bounds)
	if err != nil {
		return nil, at, err
	}
	bounds := make([]uint32, k.Bounds)
	for i := range bounds {
		bounds[i] = binary.LittleEndian.Uint32(numbers[4*i:])
	}
	p := &page{content: &content{bounds: bounds}, number: k.Number, after: k.After}
	begin := at
	if at += int64(k.Bytes); k.CSV || s.file == nil {
		p.data, _, err = s.bytes(begin, k.Bytes)
	} else {
		p.kept = func(from, to uint32) ([]byte, error) {
			data, _, err := s.bytes(begin+int64(from), int(to-from))
			return data, err
		}
	}
	if k.CSV {
		p.bounds = nil
		p.csv = &csvText{dialect: *k.Dialect, head: k.Head, starts: bounds, rows: k.Rows, header: s.shared(k.Names)}
	}
	return p, at, err
}

// shared is one header for all pages that have the same.
func (s *spool) shared(names []string) *ingest.Header {
	if s.header == nil || !slices.Equal(s.header.Names, names) {
		s.header = &ingest.Header{Names: names}
	}
	return s.header
}

// bytes are n bytes from an offset on, which stay as they are.
func (s *spool) bytes(at int64, n int) ([]byte, int64, error) {
	if s.file == nil {
		return s.memory[at : at+int64(n) : at+int64(n)], at + int64(n), nil
	}
	buf := make([]byte, n)
	if _, err := s.file.ReadAt(buf, at); err != nil {
		return nil, at, fault.OS(err, "read pages that were kept")
	}
	return buf, at + int64(n), nil
}

// clear drops all pages.
func (s *spool) clear() error {
	s.memory, s.size = nil, 0 // not reused: rows may be in use
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file = nil
	if err != nil {
		return fault.OS(err, "close a temporary file")
	}
	return nil
}
