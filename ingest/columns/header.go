package columns

import "strconv"

// Headers are the headers of files with fields by place (CSV): which of their
// columns are the same one. A name that is there twice in a header is two
// columns, an empty one is called by its place; headers of different files may
// spell a column in different ways. It is not safe for concurrent use.
type Headers struct {
	known   *Layout
	columns []headerColumn
	byID    map[headerID]int
	byClean map[string][]int
}

// headerID tells the columns of one header apart: those without a name by their
// place, those of the same name by which of them they are.
type headerID struct {
	key   string
	place int
}

type headerColumn struct {
	headerID
	known int // place in the known layout, -1 for none
}

// NewHeaders begins; known is the layout that a dataset has already.
func NewHeaders(known *Layout) *Headers {
	return &Headers{known: known, byID: map[headerID]int{}, byClean: map[string][]int{}}
}

// Add takes a header and returns the number of each of its columns.
func (h *Headers) Add(header []string) []int {
	ids := make([]headerID, len(header))
	here := map[headerID]bool{}
	count := map[string]int{}
	for k, key := range header {
		count[key]++
		ids[k] = headerID{key, 0}
		if key == "" {
			ids[k].place = k + 1
		} else if count[key] > 1 {
			ids[k].place = count[key]
		}
		here[ids[k]] = true
	}
	places := h.known.Header(header)
	out := make([]int, len(header))
	for k, id := range ids {
		out[k] = h.number(id, places[k], here)
	}
	return out
}

// number finds the column that an earlier header had, or counts a new one.
func (h *Headers) number(id headerID, known int, here map[headerID]bool) int {
	if i, ok := h.byID[id]; ok {
		return i
	}
	clean := CleanName(id.key)
	if id.key == "" {
		clean = nameless(id.place - 1)
	}
	i := len(h.columns)
	if clean != "" && (id.place == 0 || id.key == "") && known < 0 {
		for _, other := range h.byClean[clean] {
			if !here[h.columns[other].headerID] {
				i = other
				break
			}
		}
	}
	if i == len(h.columns) {
		h.columns = append(h.columns, headerColumn{id, known})
		h.byClean[clean] = append(h.byClean[clean], i)
	}
	h.byID[id] = i
	return i
}

// called are the columns that a key of JSON rows may mean, the likeliest first.
func (h *Headers) called(key string) []int {
	if i, ok := h.byID[headerID{key, 0}]; ok && key != "" {
		return []int{i}
	}
	clean := CleanName(key)
	if clean == "" {
		return nil
	}
	return h.byClean[clean]
}

// nameless is the name of a header's column that has none.
func nameless(k int) string { return "column_" + strconv.Itoa(k+1) }
