package fake

import (
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/brianvoe/gofakeit/v6"
)

// LogName is the built-in dataset of logs.
const LogName = "logs"

// logs are lines of a few services, used by users that exist. Errors are rare
// and slow.
type logs struct {
	ids        uuids
	clock      *clock
	userIDs    uuids
	users      *dictionary // nil where there are too many
	user       skew
	levels     *dictionary
	sources    *dictionary
	messages   *dictionary
	addresses  *dictionary
	level      *choice
	source     *choice
	said       []skew  // of each level's messages
	saidFrom   []int32 // where each level's messages begin
	slowness   []int64 // of each level, in percent
	sourceSlow []int64
	response   curve // milliseconds
}

func newLogs(o Options) *logs {
	l := &logs{
		ids:        newUUIDs(o.Seed, LogName),
		clock:      newClock(machines(), o.Start, o.Days, o.Rows),
		userIDs:    userIDs(),
		users:      userDict(o.Users),
		user:       newSkew(o.Users, 10),
		levels:     newDictionary("INFO", "DEBUG", "WARNING", "ERROR"),
		level:      newChoice(76, 14, 7, 3),
		slowness:   []int64{100, 60, 350, 900},
		sources:    newDictionary("api", "web", "auth", "worker", "payments", "search", "notifications", "scheduler"),
		source:     newChoice(30, 24, 12, 10, 8, 8, 5, 3),
		sourceSlow: []int64{100, 120, 60, 300, 220, 160, 90, 40},
		addresses:  newDictionary(drawPool(seedAddress, 3000, hostAddress)...),
		response:   curve{2, 4, 6, 8, 10, 13, 16, 20, 25, 31, 39, 49, 63, 85, 125, 230, 1500},
	}
	l.learnToTalk()
	return l
}

// learnToTalk draws each level's messages. All are in one dictionary.
func (l *logs) learnToTalk() {
	var all []string
	for level, draw := range []func(f *gofakeit.Faker) string{
		func(f *gofakeit.Faker) string {
			return f.HackeringVerb() + " " + f.HackerAdjective() + " " + f.HackerNoun()
		},
		func(f *gofakeit.Faker) string { return f.HackerPhrase() },
		func(f *gofakeit.Faker) string { return said(f.ErrorValidation(), f.ErrorHTTPClient(), f.Bool()) },
		func(f *gofakeit.Faker) string { return said(f.ErrorDatabase(), f.ErrorHTTPServer(), f.Bool()) },
	} {
		pool := drawPool(seedMessage+int64(level), []int{300, 150, 40, 40}[level], draw)
		pool = slices.DeleteFunc(pool, func(m string) bool { return slices.Contains(all, m) })
		l.saidFrom = append(l.saidFrom, int32(len(all))) //nolint:gosec // few
		l.said = append(l.said, newSkew(int64(len(pool)), 3))
		all = append(all, pool...)
	}
	l.messages = newDictionary(all...)
}

// hostAddress is an address that a host can have, "" for others.
func hostAddress(f *gofakeit.Faker) string {
	address := f.IPv4Address()
	switch first, _, _ := strings.Cut(address, "."); {
	case first == "0", first == "10", first == "127", len(first) == 3 && first >= "224":
		return ""
	}
	return address
}

func said(a, b error, first bool) string {
	if !first {
		a = b
	}
	return strings.TrimSpace(a.Error())
}

func (l *logs) columns() []Column {
	text := Type{Kind: Text}
	return []Column{
		{"log_id", text},
		{"timestamp", Type{Kind: Timestamp}},
		{"level", text},
		{"source", text},
		{"message", text},
		{"user_id", text},
		{"ip_address", text},
		{"response_time_ms", Type{Kind: Integer}},
	}
}

func (l *logs) dict(column int) *dictionary {
	return map[int]*dictionary{
		2: l.levels, 3: l.sources, 4: l.messages, 5: l.users, 6: l.addresses,
	}[column]
}

func (l *logs) random(column int) bool { return column == 0 || column == 5 } // ids

func (l *logs) key(dst []byte, row int64) []byte { return l.ids.append(dst, row) }

func (l *logs) fill(b *batch, lo, hi int64, rng *rand.PCG) {
	n := int(hi - lo)
	c := b.cols
	for row := lo; row < hi; row++ {
		c[0].text = l.ids.append(c[0].text, row)
		c[0].endText()
	}
	l.clock.fill(c[1].addInts(n), lo, rng)
	level, source, message := c[2].addIndex(n), c[3].addIndex(n), c[4].addIndex(n)
	who := fillUsers(&c[5], n, l.userIDs)
	address, response := c[6].addIndex(n), c[7].addInts(n)
	homes := uint64(len(l.addresses.values))
	for i := range n {
		r, s := rng.Uint64(), rng.Uint64()
		k := l.user.rank(r >> 32)
		who(i, k)
		level[i], source[i] = l.level.pick(s), l.source.pick(s>>12)
		message[i] = l.saidFrom[level[i]] + int32(l.said[level[i]].rank(r&0xffffffff)) //nolint:gosec // few
		// A user comes from a few addresses.
		address[i] = int32(below(mix(k<<2|s>>24&3)>>32, homes)) //nolint:gosec // few
		slow := l.slowness[level[i]] * l.sourceSlow[source[i]] / 100
		response[i] = max(l.response.at(s>>32)*slow/100, 1)
	}
}
