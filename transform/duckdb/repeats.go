package duckdb

import (
	"context"
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/transform"
)

// Bounds of finding repeated hashes with a bit map: below the first the
// engine's own grouping is as fast, above the second share it is better.
const (
	fewRows      = 500000
	mostRepeated = 4 // one row in
	bitsPerRow   = 16
	mostBits     = 1 << 32 // half a gigabyte
)

// repeats finds the hashes that come more than once by a bit map with a bit
// for each remainder of a hash: a hash whose bit is set already may have come
// before. That takes a fiftieth of the memory of a table of all hashes, and a
// fifth of the time. done is false where the step's own SQL has to do it.
func (e *Engine) repeats(ctx context.Context, s transform.Step) (done bool, err error) {
	if !s.Keep || s.Repeats == nil {
		return false, nil
	}
	src, ok := e.sources[s.Repeats.View]
	if !ok || src.Rows < fewRows {
		return false, nil
	}
	quoted := make([]string, len(s.Repeats.Columns))
	for i, c := range s.Repeats.Columns {
		quoted[i] = duck.Ident(c)
	}
	query := fmt.Sprintf("SELECT hash(%s) FROM (%s)", strings.Join(quoted, ", "), SourceSQL(src))
	seen := newSeen(src.Rows)
	limits := e.o.Limits
	if limits.TempDir, err = e.spill(ctx); err != nil {
		return false, err
	}
	if err := duck.Hashes(ctx, limits, query, seen.add); err != nil {
		return false, fmt.Errorf("look for repeated rows: %w", err)
	}
	if int64(len(seen.again)) > src.Rows/mostRepeated {
		return false, nil
	}
	slices.Sort(seen.again)
	if err := e.drop(ctx, s.Name); err != nil {
		return false, err
	}
	if err := e.s.Exec(ctx, "CREATE TEMP TABLE "+duck.Ident(s.Name)+" (df360_hash UBIGINT)"); err != nil {
		return false, err
	}
	e.kinds[s.Name] = "TABLE"
	return true, e.s.Append(ctx, s.Name, slices.Compact(seen.again))
}

// spill is the session's private folder for what does not fit into memory.
func (e *Engine) spill(ctx context.Context) (string, error) {
	var dir string
	err := e.s.QueryRow(ctx, "SELECT current_setting('temp_directory')", &dir)
	return dir, err
}

// seen is a set of hashes, by some of their bits: two bits of one word, so that
// a hash costs one access to memory, and few hashes meet in both.
type seen struct {
	words []uint64
	mask  uint64   // of the word's index
	again []uint64 // hashes that were in the set when they came
}

func newSeen(rows int64) *seen {
	n := min(uint64(rows)*bitsPerRow, mostBits) / 64 //nolint:gosec // a number of rows
	n = 1 << bits.Len64(n)
	return &seen{words: make([]uint64, n), mask: n - 1}
}

func (s *seen) add(hashes []uint64) {
	for _, h := range hashes {
		word := &s.words[h&s.mask]
		pair := uint64(1)<<(h>>58) | uint64(1)<<(h>>52&63)
		if *word&pair == pair {
			s.again = append(s.again, h)
		}
		*word |= pair
	}
}
