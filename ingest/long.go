package ingest

import (
	"fmt"
	"time"

	"github.com/kalpafall/df360/ingest/columns"
	"github.com/kalpafall/df360/internal/jsontext"
)

// longText is the misfit of a JSON text with a string that is too long, if it has
// one.
func (r *run) longText(row []byte) error {
	for i := 0; i < len(row); i++ {
		if row[i] != '"' {
			continue
		}
		end, _, err := jsontext.String(row, i)
		if err != nil {
			return nil //nolint:nilerr // whoever reads the row says so
		}
		if int64(end-i-2) > r.o.MaxField {
			return r.tooLong()
		}
		i = end - 1
	}
	return nil
}

func (r *run) tooLong() error {
	if n := r.o.MaxField; n%(1<<20) == 0 {
		return &columns.Misfit{Reason: fmt.Sprintf("a text of more than %d MiB", n>>20)}
	}
	return &columns.Misfit{Reason: fmt.Sprintf("a text of more than %d bytes", r.o.MaxField)}
}

// isoMicros is a time in RFC 3339, with microseconds.
func isoMicros(micros int64) string {
	return time.UnixMicro(micros).UTC().Format("2006-01-02T15:04:05.000000Z")
}
