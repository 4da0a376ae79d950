package ingest

import (
	"sync"

	"github.com/kalpafall/df360/ingest/columns"
)

// headerNumbers are the numbers of the columns of every file's header. The
// headers are added by the one who reads, and looked up by workers.
type headerNumbers struct {
	mu      sync.RWMutex
	headers *columns.Headers
	numbers map[*Header][]int
}

func (h *headerNumbers) add(header *Header) []int {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, ok := h.numbers[header]; !ok {
		h.numbers[header] = h.headers.Add(header.Names)
	}
	return h.numbers[header]
}

func (h *headerNumbers) of(header *Header) []int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.numbers[header]
}
