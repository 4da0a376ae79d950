package lake

import (
	"fmt"

	"github.com/kalpafall/df360/internal/sqltype"
)

// canonicalSchema spells every type the one way, so that schemas compare.
func canonicalSchema(columns []Column) ([]Column, error) {
	out := make([]Column, len(columns))
	for i, c := range columns {
		t, err := sqltype.Parse(c.Type)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", c.Name, err)
		}
		c.Type = t.String()
		out[i] = c
	}
	return out, nil
}
