package fake

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/brianvoe/gofakeit/v6"
)

// dictionary is a list of distinct texts that columns refer to by index.
type dictionary struct {
	values []string
	arrow  arrow.Array
}

func newDictionary(values ...string) *dictionary {
	b := array.NewStringBuilder(memory.DefaultAllocator)
	defer b.Release()
	b.AppendValues(values, nil)
	return &dictionary{values: values, arrow: b.NewArray()}
}

// with is the dictionary with more values behind its own.
func (d *dictionary) with(values ...string) *dictionary {
	return newDictionary(append(append([]string{}, d.values...), values...)...)
}

// drawPool draws up to n distinct texts. The same seed draws the same texts.
func drawPool(seed int64, n int, draw func(*gofakeit.Faker) string) []string {
	f := gofakeit.New(seed)
	seen := make(map[string]bool, n)
	pool := make([]string, 0, n)
	// Some vocabularies have fewer than n words; then the tries run out.
	for tries := 0; len(pool) < n && tries < 20*n; tries++ {
		text := draw(f)
		if text != "" && !seen[text] {
			seen[text] = true
			pool = append(pool, text)
		}
	}
	return pool
}

// Seeds of the pools: fixed, since vocabulary does not depend on the user's
// seed. Never 0, which gofakeit takes as random.
const (
	seedFirst = iota + 101
	seedLast
	seedStreet
	seedCity
	seedCountry
	seedMerchant
	seedAddress
	seedMessage
)
