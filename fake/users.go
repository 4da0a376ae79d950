package fake

import (
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/brianvoe/gofakeit/v6"
)

// UserName is the built-in dataset of users.
const UserName = "users"

// userDictLimit is up to how many users a column of user ids is written as a
// dictionary: it then has few and often repeated values.
const userDictLimit = 10_000

// userIDs makes the ids of users: user k has the same one under every seed.
func userIDs() uuids { return newUUIDs(0, UserName) }

// userDict is the dictionary of the ids of n users, nil where there are too many.
func userDict(n int64) *dictionary {
	if n > userDictLimit {
		return nil
	}
	ids := userIDs()
	values := make([]string, n)
	for k := range values {
		values[k] = string(ids.append(nil, int64(k)))
	}
	return newDictionary(values...)
}

// users is user k in row k, whatever the seed.
type users struct {
	ids           uuids
	clock         *clock
	first, last   []string
	street        []string
	mailbox       []string // of the first names
	family        []string // of the last names, as in mail addresses
	cities        *dictionary
	countries     *dictionary
	countryOfCity []int32
	age           curve
}

func newUsers(o Options) *users {
	u := &users{
		ids:   userIDs(),
		clock: newClock(people(), o.Start, o.Days, o.Rows),
		first: drawPool(seedFirst, 700, func(f *gofakeit.Faker) string { return f.FirstName() }),
		last:  drawPool(seedLast, 450, func(f *gofakeit.Faker) string { return f.LastName() }),
		street: drawPool(seedStreet, 500, func(f *gofakeit.Faker) string {
			return strings.TrimSpace(f.StreetPrefix() + " " + f.StreetName() + f.StreetSuffix())
		}),
		age: curve{18, 21, 23, 25, 27, 29, 31, 34, 37, 40, 43, 47, 51, 56, 62, 70, 91},
	}
	for _, name := range u.first {
		u.mailbox = append(u.mailbox, mailName(name))
	}
	for _, name := range u.last {
		u.family = append(u.family, mailName(name))
	}
	countries := drawPool(seedCountry, 60, func(f *gofakeit.Faker) string { return f.Country() })
	cities := drawPool(seedCity, 400, func(f *gofakeit.Faker) string { return f.City() })
	u.countries, u.cities = newDictionary(countries...), newDictionary(cities...)
	weight := newSkew(int64(len(countries)), 2)
	for i := range cities {
		u.countryOfCity = append(u.countryOfCity, int32(weight.rank(mix(uint64(i))>>32))) //nolint:gosec // few
	}
	return u
}

// mailName is a name as it stands in a mail address.
func mailName(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, strings.ToLower(name))
}

func (u *users) columns() []Column {
	text := Type{Kind: Text}
	return []Column{
		{"user_id", text},
		{"name", text},
		{"email", text},
		{"phone", text},
		{"address", text},
		{"city", text},
		{"country", text},
		{"age", Type{Kind: Integer}},
		{"registration_date", Type{Kind: Timestamp}},
	}
}

func (u *users) dict(column int) *dictionary {
	switch column {
	case 5:
		return u.cities
	case 6:
		return u.countries
	}
	return nil
}

func (u *users) random(column int) bool { return column == 0 } // ids

func (u *users) key(dst []byte, row int64) []byte { return u.ids.append(dst, row) }

func (u *users) fill(b *batch, lo, hi int64, rng *rand.PCG) {
	n := int(hi - lo)
	c := b.cols
	city, country, age := c[5].addIndex(n), c[6].addIndex(n), c[7].addInts(n)
	u.clock.fill(c[8].addInts(n), lo, rng)
	cityRank := newSkew(int64(len(u.cities.values)), 8)
	for i := range n {
		k := uint64(lo) + uint64(i) //nolint:gosec // not negative
		r := mix(k ^ 0x75736572)
		s := mix(r)
		first := below(r>>32, uint64(len(u.first)))
		last := below(r&0xffffffff, uint64(len(u.last)))
		c[0].text = u.ids.append(c[0].text, int64(k)) //nolint:gosec // a row
		c[1].text = append(append(append(c[1].text, u.first[first]...), ' '), u.last[last]...)
		c[2].text = u.appendMail(c[2].text, first, last, k, s)
		c[3].text = appendPhone(c[3].text, s)
		c[4].text = strconv.AppendUint(c[4].text, s>>20%990+1, 10)
		c[4].text = append(append(c[4].text, ' '), u.street[s%uint64(len(u.street))]...)
		for j := range 5 {
			c[j].endText()
		}
		city[i] = int32(cityRank.rank(s >> 32)) //nolint:gosec // few
		country[i] = u.countryOfCity[city[i]]
		age[i] = u.age.at(mix(s) >> 8)
	}
}

// appendMail adds a mail address of a domain that is reserved for examples. It
// ends in the user's number, so no two are equal.
func (u *users) appendMail(dst []byte, first, last, k, r uint64) []byte {
	dst = append(append(append(dst, u.mailbox[first]...), '.'), u.family[last]...)
	dst = strconv.AppendUint(dst, k, 10)
	dst = append(dst, "@example."...)
	return append(dst, [4]string{"com", "com", "net", "org"}[r&3]...)
}

// appendPhone adds a number of the range that is reserved for fiction.
func appendPhone(dst []byte, r uint64) []byte {
	area, line := 201+r>>7%789, 100+r>>40%100
	dst = append(dst, "+1-"...)
	dst = strconv.AppendUint(dst, area, 10)
	dst = append(dst, "-555-0"...)
	return strconv.AppendUint(dst, line, 10)
}
