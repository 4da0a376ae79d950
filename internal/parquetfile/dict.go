package parquetfile

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"strings"
)

// Dict is a dictionary of distinct texts. It does not change.
type Dict struct {
	values []string
	plain  []byte  // as the dictionary page has them
	rank   []int32 // place of each value among the sorted ones
	sorted []int32 // values in order
}

// Value is the value with an index.
func (d *Dict) Value(i int32) string { return d.values[i] }

// NewDict makes a dictionary.
func NewDict(values []string) *Dict {
	d := &Dict{values: values, rank: make([]int32, len(values))}
	for i, v := range values {
		d.plain = binary.LittleEndian.AppendUint32(d.plain, uint32(len(v))) //nolint:gosec // short
		d.plain = append(d.plain, v...)
		d.sorted = append(d.sorted, int32(i))
	}
	slices.SortFunc(d.sorted, func(a, b int32) int { return strings.Compare(values[a], values[b]) })
	for place, i := range d.sorted {
		d.rank[i] = int32(place)
	}
	return d
}

// bounds are the least and the greatest of the values that are referred to.
func (d *Dict) bounds(index []int32) (low, high []byte) {
	if len(index) == 0 {
		return nil, nil
	}
	least, most := d.rank[index[0]], d.rank[index[0]]
	for _, i := range index {
		least, most = min(least, d.rank[i]), max(most, d.rank[i])
	}
	return []byte(d.values[d.sorted[least]]), []byte(d.values[d.sorted[most]])
}

// bitWidth is how many bits an index into n values takes. One at least: not
// every reader takes none.
func bitWidth(n int) int { return max(bits.Len(uint(max(n, 1)-1)), 1) }
