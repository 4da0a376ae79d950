package api

import (
	"io"
	"slices"
	"strconv"

	"github.com/kalpafall/df360/ingest"
)

// page is an answer as it is taken, or kept.
type page struct {
	*content
	number int64 // from 1, as asked for
	// after is where to go on behind it; nil where nothing is left, or where that
	// cannot be stored.
	after *position
}

// blockRows is how many rows are handed on together.
const blockRows = 2048

// blocks hands the rows of a page on.
func (p *page) blocks(yield func(*ingest.Block) error) error {
	if p.csv != nil {
		if p.csv.rows == 0 {
			return nil
		}
		return yield(&ingest.Block{CSV: &ingest.Text{
			Dialect: p.csv.dialect, Header: p.csv.header, Data: p.data,
			Origin: func(at int) string {
				i, _ := slices.BinarySearch(p.csv.starts, uint32(at)) //nolint:gosec // within an answer
				return p.origin(i)
			},
		}})
	}
	for first := 0; first < p.rows(); first += blockRows {
		n := min(blockRows, p.rows()-first)
		values := make([][]byte, n)
		for i := range values {
			values[i] = p.row(first + i)
		}
		err := yield(&ingest.Block{Rows: n, Values: values, Origin: func(row int) string { return p.origin(first + row) }})
		if err != nil {
			return err
		}
	}
	return nil
}

// origin is page:index, both from 1.
func (p *page) origin(i int) string {
	return strconv.FormatInt(p.number, 10) + ":" + strconv.Itoa(i+1)
}

// write writes the rows: equal texts are equal rows. A line end cannot be mistaken
// for a part of a row of JSON.
func (c *content) write(w io.Writer) {
	end := []byte{'\n'}
	if c.csv != nil {
		_, _ = w.Write(c.csv.head) // to a hash, which takes everything
		_, _ = w.Write(end)
		_, _ = w.Write(c.data)
		return
	}
	for i := range c.rows() {
		_, _ = w.Write(c.row(i))
		_, _ = w.Write(end)
	}
}
