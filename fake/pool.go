package fake

import (
	"slices"

	"github.com/brianvoe/gofakeit/v6"

	"github.com/kalpafall/df360/internal/parquetfile"
)

// dictionary is a list of distinct texts that columns refer to by index.
type dictionary struct {
	values []string
	flat   *parquetfile.Dict
}

func newDictionary(values ...string) *dictionary {
	return &dictionary{values: values, flat: parquetfile.NewDict(values)}
}

// with is the dictionary with more values behind its own.
func (d *dictionary) with(values ...string) *dictionary {
	return newDictionary(slices.Concat(d.values, values)...)
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
