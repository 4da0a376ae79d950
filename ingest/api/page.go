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
	return p.groups(func(g group) error {
		values := make([][]byte, g.rows)
		for i := range values {
			values[i] = g.row(i)
		}
		return yield(&ingest.Block{Rows: g.rows, Values: values, Origin: func(row int) string { return p.origin(g.first + row) }})
	})
}

// origin is page:index, both from 1.
func (p *page) origin(i int) string {
	return strconv.FormatInt(p.number, 10) + ":" + strconv.Itoa(i+1)
}

// group is some rows of a page, one behind the other.
type group struct {
	first, rows int
	bounds      []uint32
	data        []byte
	base        uint32 // where data begins in the page
}

func (g *group) row(i int) []byte { return g.data[g.bounds[2*i]-g.base : g.bounds[2*i+1]-g.base] }

// groups hands on the rows of JSON, a few at a time: those of a kept page are read
// then, so that a large one is not in memory again.
func (c *content) groups(yield func(group) error) error {
	for first := 0; first < c.rows(); first += blockRows {
		n := min(blockRows, c.rows()-first)
		g := group{first: first, rows: n, bounds: c.bounds[2*first : 2*(first+n)], data: c.data}
		if c.kept != nil {
			g.base = g.bounds[0]
			var err error
			if g.data, err = c.kept(g.base, g.bounds[2*n-1]); err != nil {
				return err
			}
		}
		if err := yield(g); err != nil {
			return err
		}
	}
	return nil
}

// write writes the rows: equal texts are equal rows. A line end cannot be mistaken
// for a part of a row of JSON.
func (c *content) write(w io.Writer) error {
	end := []byte{'\n'}
	if c.csv != nil {
		_, _ = w.Write(c.csv.head) // to a hash, which takes everything
		_, _ = w.Write(end)
		_, _ = w.Write(c.data)
		return nil
	}
	return c.groups(func(g group) error {
		for i := range g.rows {
			_, _ = w.Write(g.row(i))
			_, _ = w.Write(end)
		}
		return nil
	})
}
