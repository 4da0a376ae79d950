package fake

import (
	"context"
	"io"

	"github.com/kalpafall/df360/internal/fault"
)

// WriteTruth writes one line of JSON for each fault of the table, in the order
// of the rows: dataset is the given name, key the row's key, fault one of
// late, null, invalid and duplicate, column the one that was hit, null for a
// duplicate. It needs no rows to be made and no memory that grows with them.
func (t *Table) WriteTruth(ctx context.Context, w io.Writer, dataset string) error {
	head := append(quoteJSON([]byte(`{"dataset":`), []byte(dataset)), `,"key":`...)
	var lines, key []byte
	for c := range t.chunks() {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		lines = lines[:0]
		lo, hi := c*chunkRows, min((c+1)*chunkRows, t.options.Rows)
		t.faults.each(lo, hi, func(h hit) {
			key = t.source.key(key[:0], h.row)
			lines = quoteJSON(append(lines, head...), key)
			lines = append(append(append(lines, `,"fault":"`...), h.kind...), `","column":`...)
			if h.column < 0 {
				lines = append(lines, "null}\n"...)
				return
			}
			lines = append(quoteJSON(lines, []byte(t.columns[h.column].Name)), "}\n"...)
		})
		if _, err := w.Write(lines); err != nil {
			return fault.OS(err, "write truth")
		}
	}
	return nil
}
