package transform

import (
	"context"
	"fmt"
	"strings"

	"github.com/kalpafall/df360/internal/sqltype"
)

// Sample of rows by which a key is chosen, and the share of different values
// in it that makes columns worth comparing hashes of.
const (
	sampleRows    = 10000
	leastDistinct = 0.5
	mostKeys      = 3
)

// candidate is a column that may tell rows apart.
type candidate struct {
	name     string
	cheap    bool // to read and to hash
	distinct int64
}

// chooseKey looks for few columns that tell most rows apart: rows that are
// equal are equal in these, so only rows that agree in them are compared. nil
// is none. The choice only changes how fast duplicates are found.
func chooseKey(ctx context.Context, e Engine, b *bound) ([]string, error) {
	if b.typ.Dedupe.Mode == DedupeNone {
		return nil, nil
	}
	var all []candidate
	var counts []string
	for _, c := range b.keyColumns() {
		if b.typ.Dedupe.Mode == DedupeKeys && c.cast.sql != "" {
			return nil, nil // keys are equal by what they are read as
		}
		switch c.typ.Kind {
		case sqltype.Bigint, sqltype.Date, sqltype.Timestamp, sqltype.Decimal:
			all = append(all, candidate{name: c.name, cheap: true})
		case sqltype.Varchar:
			all = append(all, candidate{name: c.name})
		default: // the hash of equal numbers (0.0 and -0.0) may differ between engines
			continue
		}
		counts = append(counts, "approx_count_distinct("+quote(c.name)+")")
	}
	if len(all) == 0 {
		return nil, nil
	}
	var rows int64
	dest := []any{&rows}
	for i := range all {
		dest = append(dest, &all[i].distinct)
	}
	sample := fmt.Sprintf("(SELECT * FROM %s LIMIT %d) AS t", viewRaw, sampleRows)
	if err := e.Scalar(ctx, "SELECT count(*), "+strings.Join(counts, ", ")+" FROM "+sample, dest...); err != nil {
		return nil, fmt.Errorf("sample the input: %w", err)
	}
	return addKeys(ctx, e, all, rows, sample)
}

// addKeys takes the best column, and more until they tell enough rows apart.
func addKeys(ctx context.Context, e Engine, all []candidate, rows int64, sample string) ([]string, error) {
	var key []string
	for len(all) > 0 && len(key) < mostKeys {
		i := best(all)
		key = append(key, all[i].name)
		distinct := all[i].distinct
		all = append(all[:i:i], all[i+1:]...)
		if len(key) > 1 {
			if err := e.Scalar(ctx, "SELECT approx_count_distinct("+hashOf(key)+") FROM "+sample, &distinct); err != nil {
				return nil, fmt.Errorf("sample the input: %w", err)
			}
		}
		if float64(distinct) >= leastDistinct*float64(rows) {
			return key, nil
		}
	}
	return nil, nil
}

// best is the column with the most different values; a cheaper one wins if it
// has nearly as many.
func best(all []candidate) int {
	most := 0
	for i, c := range all {
		if c.distinct > all[most].distinct {
			most = i
		}
	}
	for i, c := range all {
		if c.cheap && float64(c.distinct) >= 0.95*float64(all[most].distinct) {
			return i
		}
	}
	return most
}
