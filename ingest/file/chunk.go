package file

import (
	"bytes"
	"errors"
	"io"
	"sync"

	"github.com/kalpafall/df360/internal/fault"
)

// chunkBytes is what is handed on at a time. A chunk grows for a record that is
// longer.
const chunkBytes = 4 << 20

// buffers are chunks that are used again.
type buffers struct{ pool sync.Pool }

// get is an empty buffer for some bytes; few of them take a small one, so that
// many small files take no more memory than a large one.
func (b *buffers) get(size int) []byte {
	if size < chunkBytes {
		return make([]byte, 0, size)
	}
	if p, ok := b.pool.Get().(*[]byte); ok {
		return (*p)[:0]
	}
	return make([]byte, 0, chunkBytes)
}

func (b *buffers) put(p []byte) {
	if cap(p) == chunkBytes { // grown ones are rare, and too large to keep
		b.pool.Put(&p)
	}
}

// trim is the text in a buffer of its own size where the buffer is far larger: the
// chunks of many small files are under way together.
func (b *buffers) trim(p []byte) []byte {
	if cap(p) <= 2*len(p)+smallBuffer/16 {
		return p
	}
	small := bytes.Clone(p)
	b.put(p[:0])
	return small
}

// chunks cuts a text into pieces of whole records.
type chunks struct {
	s    *stream
	pool *buffers
	cut  func(data []byte, last bool) (int, error)
	head []byte // the first chunk's buffer, where it was filled already
	rest []byte // what was read behind the last cut
	line int    // number of the line that the next chunk begins with
	eol  byte
	eof  bool
	most int    // bytes of a record
	hint string // for one that is longer
}

func (b *batch) chunks(s *stream, hint string) *chunks {
	return &chunks{s: s, pool: b.src.pool, line: 1, eol: '\n', most: b.src.o.MaxRecord, hint: hint}
}

// chunk is some whole records.
type chunk struct {
	data []byte
	line int // of its first byte
	buf  []byte
}

// lines numbers the lines of data[at]. It counts on from the last one that was
// asked for, so that a chunk whose records are all rejected is not counted from
// its beginning for each of them. The function is for one goroutine at a time.
func (c *chunk) lines(eol byte) func(at int) int {
	last, line := 0, c.line
	return func(at int) int {
		if at < last {
			last, line = 0, c.line
		}
		line += bytes.Count(c.data[last:at], []byte{eol})
		last = at
		return line
	}
}

// next is the next chunk, nil at the end.
func (c *chunks) next() (*chunk, error) {
	buf := c.head
	filled := buf != nil
	if c.head = nil; !filled {
		buf = append(c.pool.get(max(len(c.rest), c.s.expected())), c.rest...)
	}
	for ; ; filled = false {
		var err error
		if !filled {
			buf, err = c.fill(buf)
		}
		if err != nil {
			return nil, err
		}
		if c.eof && len(buf) == 0 {
			return nil, nil //nolint:nilnil // documented
		}
		end, err := c.cut(buf, c.eof)
		if err != nil {
			return nil, err
		}
		if end > 0 {
			c.rest = append(c.rest[:0], buf[end:]...)
			buf = c.pool.trim(buf[:end])
			out := &chunk{data: buf[:end], line: c.line, buf: buf}
			c.line += bytes.Count(out.data, []byte{c.eol})
			return out, nil
		}
		if c.eof {
			return nil, nil //nolint:nilnil // nothing but white space is left
		}
		if len(buf) >= c.most {
			return nil, fault.New(fault.Limit, "%s: line %d begins a record of more than %d MiB", c.s.in.path, c.line, c.most>>20).WithHint("%s", c.hint)
		}
	}
}

// fill reads until the buffer is full; a full one grows.
func (c *chunks) fill(buf []byte) ([]byte, error) {
	if len(buf) == cap(buf) && !c.eof {
		grown := make([]byte, len(buf), max(min(2*cap(buf), c.most), cap(buf)+1))
		copy(grown, buf)
		buf = grown
	}
	for len(buf) < cap(buf) && !c.eof {
		n, err := c.s.text.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		switch {
		case errors.Is(err, io.EOF):
			c.eof = true
		case err != nil:
			return buf, c.s.broken(err)
		}
	}
	return buf, nil
}
