package file

import (
	"bytes"
	"errors"
	"strconv"

	"github.com/kalpafall/df360/ingest"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/jsontext"
)

// readLines yields the lines of newline-delimited JSON. A line that is no JSON is
// for others to reject.
func (b *batch) readLines(s *stream, yield func(*ingest.Block) error) error {
	c := b.chunks(s, "a row of JSON is a line: --format json reads values of many lines")
	c.cut = func(data []byte, last bool) (int, error) {
		if last {
			return len(data), nil
		}
		return bytes.LastIndexByte(data, '\n') + 1, nil
	}
	for {
		chunk, err := c.next()
		if err != nil || chunk == nil {
			return err
		}
		rows := jsonRows{path: s.in.path, chunk: chunk}
		for at := 0; at < len(chunk.data); {
			end := len(chunk.data)
			if n := bytes.IndexByte(chunk.data[at:], '\n'); n >= 0 {
				end = at + n
			}
			rows.add(at, end)
			at = end + 1
		}
		if err := yield(b.jsonBlock(&rows)); err != nil {
			return err
		}
	}
}

// jsonRows are rows of a chunk.
type jsonRows struct {
	path   string
	chunk  *chunk
	values [][]byte
	at     []int32
}

// add adds the row data[at:end], if there is more than blanks.
func (r *jsonRows) add(at, end int) {
	at = jsontext.Space(r.chunk.data[:end], at)
	if at == end {
		return
	}
	value := bytes.TrimRight(r.chunk.data[at:end], " \t\r\n")
	r.values = append(r.values, value)
	r.at = append(r.at, int32(at)) //nolint:gosec // a chunk is far below 2 GiB
}

func (b *batch) jsonBlock(rows *jsonRows) *ingest.Block {
	lines := rows.chunk.lines('\n')
	return &ingest.Block{
		Rows: len(rows.values), Values: rows.values,
		Release: func() { b.src.pool.put(rows.chunk.buf) },
		Origin: func(row int) string {
			return rows.path + ":" + strconv.Itoa(lines(int(rows.at[row])))
		},
	}
}

// readValues yields the elements of an array, or values one behind the other.
func (b *batch) readValues(s *stream, isArray bool, yield func(*ingest.Block) error) error {
	v := &valueCutter{array: isArray, path: s.in.path}
	c := b.chunks(s, "rows are the elements of an array, or objects one behind the other")
	c.cut, v.c = v.cut, c
	for {
		chunk, err := c.next()
		if err != nil {
			return err
		}
		if chunk == nil {
			return v.end()
		}
		rows := jsonRows{path: s.in.path, chunk: chunk}
		for i := range v.starts {
			rows.add(v.starts[i], v.ends[i])
		}
		if err := yield(b.jsonBlock(&rows)); err != nil {
			return err
		}
	}
}

// valueCutter finds the values in chunks.
type valueCutter struct {
	array  bool
	path   string
	c      *chunks
	begun  bool // the array's bracket was seen
	comma  bool // a comma must come before the next element
	any    bool // an element was seen
	closed bool // the array's end was seen
	starts []int
	ends   []int
}

// cut finds the whole values of data, and where the last of them ends.
func (v *valueCutter) cut(data []byte, last bool) (int, error) {
	v.starts, v.ends = v.starts[:0], v.ends[:0]
	end := 0
	for {
		i := jsontext.Space(data, end)
		if i == len(data) {
			return i, nil
		}
		if v.array {
			next, err := v.punctuation(data, i)
			if err != nil {
				return 0, err
			}
			if next > i {
				end = next
				continue
			}
		}
		stop, err := jsontext.Value(data, i)
		switch {
		case errors.Is(err, jsontext.ErrEnd) || err == nil && stop == len(data) && !last:
			if !last {
				return end, nil
			}
			return 0, v.wrong(data, i, "the file ends in the middle of a value")
		case err != nil:
			return 0, v.wrong(data, i, err.Error())
		}
		v.starts, v.ends = append(v.starts, i), append(v.ends, stop)
		v.comma, v.any = true, true
		end = stop
	}
}

// punctuation passes a bracket or a comma of the array at data[i].
func (v *valueCutter) punctuation(data []byte, i int) (int, error) {
	c := data[i]
	switch {
	case v.closed:
		return 0, v.wrong(data, i, "there is more text behind the array")
	case !v.begun:
		v.begun = true // it was looked at before
		return i + 1, nil
	case c == ']' && (v.comma || !v.any):
		v.closed = true
		return i + 1, nil
	case v.comma && c != ',':
		return 0, v.wrong(data, i, "a comma or the end of the array is missing")
	case v.comma:
		v.comma = false
		return i + 1, nil
	}
	return i, nil
}

func (v *valueCutter) end() error {
	if v.array && !v.closed {
		return fault.New(fault.Corrupt, "%s is cut short: its array has no end", v.path).
			WithHint("it was copied or written halfway: fetch it again")
	}
	return nil
}

func (v *valueCutter) wrong(data []byte, at int, what string) error {
	line := v.c.line + bytes.Count(data[:at], []byte{'\n'})
	return fault.New(fault.Corrupt, "%s: line %d: %s", v.path, line, what).
		WithHint("an array of JSON is all right or nothing; --format jsonl reads line by line")
}
