package fake

import (
	"math/rand/v2"

	"github.com/brianvoe/gofakeit/v6"
)

// TransactionName is the built-in dataset of transactions.
const TransactionName = "transactions"

// transactions are payments of users that exist, at merchants some of which
// are far more popular than others.
type transactions struct {
	ids          uuids
	clock        *clock
	userIDs      uuids
	users        *dictionary // nil where there are too many
	user, shop   skew
	merchants    *dictionary
	categories   *dictionary
	categoryOf   []int32 // of each merchant
	priceOf      []int64 // of each merchant, in percent of the usual
	currencies   *dictionary
	methods      *dictionary
	states       *dictionary
	currency     *choice
	method, stat *choice
	amount       curve // cents
}

func newTransactions(o Options) *transactions {
	t := &transactions{
		ids:        newUUIDs(o.Seed, TransactionName),
		clock:      newClock(people(), o.Start, o.Days, o.Rows),
		userIDs:    userIDs(),
		users:      userDict(o.Users),
		user:       newSkew(o.Users, 10),
		merchants:  newDictionary(drawPool(seedMerchant, 400, func(f *gofakeit.Faker) string { return f.Company() })...),
		currencies: newDictionary("EUR", "USD", "GBP"),
		currency:   newChoice(55, 30, 15),
		methods:    newDictionary("credit_card", "debit_card", "paypal", "bank_transfer", "apple_pay", "google_pay"),
		method:     newChoice(34, 27, 17, 9, 8, 5),
		states:     newDictionary("completed", "pending", "failed"),
		stat:       newChoice(92, 5, 3),
		amount: curve{
			99, 299, 450, 620, 840, 1100, 1400, 1750, 2200, 2750, 3450, 4400, 5700, 7700, 11500, 20000, 95000,
		},
	}
	t.shop = newSkew(int64(len(t.merchants.values)), 4)
	t.openShops()
	return t
}

// openShops gives each merchant its category and its level of prices.
func (t *transactions) openShops() {
	names := []string{
		"groceries", "dining", "clothing", "electronics", "entertainment",
		"health", "home", "subscriptions", "travel", "utilities",
	}
	prices := []int64{90, 80, 180, 480, 70, 110, 260, 40, 700, 220}
	share := newChoice(26, 18, 11, 7, 9, 7, 7, 6, 5, 4)
	t.categories = newDictionary(names...)
	for i := range t.merchants.values {
		r := mix(uint64(i) + 7)
		category := share.pick(r)
		t.categoryOf = append(t.categoryOf, category)
		t.priceOf = append(t.priceOf, prices[category]*int64(70+r>>32%60)/100)
	}
}

func (t *transactions) columns() []Column {
	text := Type{Kind: Text}
	return []Column{
		{"transaction_id", text},
		{"user_id", text},
		{"amount", Type{Decimal, 12, 2}},
		{"currency", text},
		{"category", text},
		{"merchant", text},
		{"payment_method", text},
		{"status", text},
		{"transaction_date", Type{Kind: Timestamp}},
	}
}

func (t *transactions) dict(column int) *dictionary {
	return map[int]*dictionary{
		1: t.users, 3: t.currencies, 4: t.categories, 5: t.merchants, 6: t.methods, 7: t.states,
	}[column]
}

func (t *transactions) random(column int) bool { return column <= 1 } // ids

func (t *transactions) key(dst []byte, row int64) []byte { return t.ids.append(dst, row) }

func (t *transactions) fill(b *batch, lo, hi int64, rng *rand.PCG) {
	n := int(hi - lo)
	c := b.cols
	for row := lo; row < hi; row++ {
		c[0].text = t.ids.append(c[0].text, row)
		c[0].endText()
	}
	t.clock.fill(c[8].addInts(n), lo, rng)
	payer := fillUsers(&c[1], n, t.userIDs)
	amount := c[2].addInts(n)
	currency, category, merchant := c[3].addIndex(n), c[4].addIndex(n), c[5].addIndex(n)
	method, state := c[6].addIndex(n), c[7].addIndex(n)
	for i := range n {
		r, s := rng.Uint64(), rng.Uint64()
		payer(i, t.user.rank(r>>32))
		shop := t.shop.rank(r & 0xffffffff)
		merchant[i] = int32(shop) //nolint:gosec // few
		category[i] = t.categoryOf[shop]
		amount[i] = price(t.amount.at(s)*t.priceOf[shop]/100, s>>16&15)
		currency[i] = t.currency.pick(s >> 20)
		method[i] = t.method.pick(s >> 32)
		state[i] = t.stat.pick(s >> 44)
	}
}

// price gives an amount an ending that prices have, for most values of kind.
func price(cents int64, kind uint64) int64 {
	switch {
	case kind < 5:
		return cents - cents%100 + 99
	case kind < 7:
		return cents - cents%50 + 50
	}
	return max(cents, 1)
}

// fillUsers prepares a column of n user ids and returns how to set row i, in
// order, to user k.
func fillUsers(v *vector, n int, ids uuids) func(i int, k uint64) {
	if v.dict != nil {
		index := v.addIndex(n)
		return func(i int, k uint64) { index[i] = int32(k) } //nolint:gosec // at most userDictLimit
	}
	return func(_ int, k uint64) {
		v.text = ids.append(v.text, int64(k)) //nolint:gosec // a user's number
		v.endText()
	}
}
