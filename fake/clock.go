package fake

import (
	"math/bits"
	"math/rand/v2"
	"sort"
	"time"
)

const (
	hourMicros = int64(time.Hour / time.Microsecond)
	dayMicros  = 24 * hourMicros
	weekHours  = 7 * 24
	// burst is how many rows share one draw of gaps: inside a burst the gaps
	// are about exponential, as those of independent events are.
	burst = 64
)

// rhythm is how busy each hour of a week is, Monday 0:00 UTC first.
type rhythm struct {
	sum [weekHours + 1]uint64 // of the weights of the hours before
}

// newRhythm makes a week of a day's 24 weights and the days' weights in
// percent, Monday first.
func newRhythm(day [24]uint64, week [7]uint64) *rhythm {
	var r rhythm
	for h := range weekHours {
		r.sum[h+1] = r.sum[h] + day[h%24]*week[h/24]/100
	}
	return &r
}

// people is the rhythm of what people do: evenings, and more on weekends.
func people() *rhythm {
	return newRhythm(
		[24]uint64{120, 70, 45, 35, 30, 45, 90, 170, 260, 330, 380, 420, 460, 440, 410, 400, 420, 470, 530, 560, 540, 460, 330, 210},
		[7]uint64{85, 88, 92, 98, 115, 125, 105})
}

// machines is the rhythm of services: office hours, quiet weekends.
func machines() *rhythm {
	return newRhythm(
		[24]uint64{180, 150, 160, 140, 140, 150, 190, 290, 430, 520, 540, 510, 450, 490, 530, 520, 490, 430, 360, 310, 290, 270, 240, 210},
		[7]uint64{110, 115, 115, 112, 100, 60, 55})
}

// clock spreads rows over a window of time, in order, busy hours more densely.
type clock struct {
	*rhythm
	rows   uint64
	origin int64  // Monday 0:00 at or before the window, microseconds
	offset uint64 // position of the window's start in the rhythm, in fine units
	total  uint64 // fine units of the window
	margin int64  // longest time that a few rows take, in microseconds
}

// fineBits is the resolution of positions within one unit of weight.
const fineBits = 24

func newClock(r *rhythm, start time.Time, days int, rows int64) *clock {
	c := &clock{rhythm: r, rows: uint64(max(rows, 1))}
	day := (int(start.Weekday()) + 6) % 7
	c.origin = start.UnixMicro() - int64(day)*dayMicros
	c.offset = c.position(day)
	c.total = c.position(day+days) - c.offset
	quietest := r.sum[1]
	for h := range weekHours {
		quietest = min(quietest, r.sum[h+1]-r.sum[h])
	}
	slot := c.total/c.rows + 1
	c.margin = int64(4 * mulDiv(slot, uint64(hourMicros), quietest<<fineBits)) //nolint:gosec // a few years at most
	return c
}

// position is where day begins, counted from the origin, in fine units.
func (c *clock) position(day int) uint64 {
	weeks, rest := uint64(day/7), day%7*24 //nolint:gosec // not negative
	return (weeks*c.sum[weekHours] + c.sum[rest]) << fineBits
}

// fill sets the times of rows [lo, lo+len(dst)) as microseconds since 1970,
// ascending. lo must be a multiple of burst.
func (c *clock) fill(dst []int64, lo int64, rng *rand.PCG) {
	w := walk{clock: c}
	first := uint64(lo) //nolint:gosec // a row is not negative
	for len(dst) > 0 {
		n := min(burst, len(dst))
		next := first + uint64(n)
		from, to := mulDiv(c.total, first, c.rows), mulDiv(c.total, next, c.rows)
		c.fillBurst(&w, dst[:n], from, to-from, rng)
		dst, first = dst[n:], next
	}
}

// fillBurst places a burst's rows within span fine units.
func (c *clock) fillBurst(w *walk, dst []int64, from, span uint64, rng *rand.PCG) {
	var gaps [burst + 1]uint64
	sum := uint64(0)
	for i := range gaps[:len(dst)+1] {
		sum += gap(rng.Uint64())
		gaps[i] = sum
	}
	for i := range dst {
		dst[i] = w.time(c.offset + from + mulDiv(span, gaps[i], sum+1))
	}
}

// gap is about exponentially distributed: the negative logarithm, base 2, of
// a random number, with 16 fractional bits, linear between powers of two.
func gap(r uint64) uint64 {
	whole := uint64(bits.TrailingZeros64(r | 1<<47)) //nolint:gosec // at most 47
	return (whole+1)<<16 - r>>48
}

// walk turns positions into times; it remembers the hour of the last one.
type walk struct {
	*clock
	begin, end uint64 // positions of the hour; both 0 before the first
	weight     uint64 // of the hour
	at         int64  // begin as a time
}

func (w *walk) time(pos uint64) int64 {
	if pos < w.begin || pos >= w.end {
		w.seek(pos)
	}
	part := (pos - w.begin) << (32 - fineBits) / w.weight
	return w.at + int64(part*uint64(hourMicros)>>32)
}

// seek finds the hour of a position.
func (w *walk) seek(pos uint64) {
	whole := w.sum[weekHours] << fineBits
	weeks := pos / whole
	rest := (pos - weeks*whole) >> fineBits
	hour := sort.Search(weekHours, func(h int) bool { return w.sum[h+1] > rest })
	w.begin = weeks*whole + w.sum[hour]<<fineBits
	w.end = weeks*whole + w.sum[hour+1]<<fineBits
	w.weight = w.sum[hour+1] - w.sum[hour]
	w.at = w.origin + int64(weeks)*7*dayMicros + int64(hour)*hourMicros //nolint:gosec // few weeks
}
