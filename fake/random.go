package fake

import (
	"hash/fnv"
	"math/bits"
	"math/rand/v2"
	"sort"
)

// mix spreads the bits of x. It is a bijection (the finalizer of SplitMix64),
// so different numbers stay different.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// hashName turns a name into a seed.
func hashName(name string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // never fails
	return mix(h.Sum64())
}

// reseed makes rng the generator of one chunk: what it draws depends on
// nothing else.
func reseed(rng *rand.PCG, seed uint64, name uint64, chunk int64) {
	rng.Seed(mix(seed^name), mix(name+uint64(chunk))) //nolint:gosec // a chunk is not negative
}

// below maps 32 random bits to [0, n).
func below(r32, n uint64) uint64 { return r32 * n >> 32 }

// mulDiv is a*b/c, exact in between. a*b/c must fit 64 bits.
func mulDiv(a, b, c uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	q, _ := bits.Div64(hi, lo, c)
	return q
}

// skew draws ranks from [0, n) so that the density falls with 1/(rank+head),
// as Zipf's law has it: below head ranks are about equally likely.
type skew struct {
	n, head uint64
	top     uint64 // logarithm of 1+n/head, base 2, 32 fractional bits
}

const one = uint64(1) << 32 // 1 with 32 fractional bits

func newSkew(n, head int64) skew {
	s := skew{n: uint64(n), head: uint64(head)} //nolint:gosec // both are positive
	end := s.n<<32/s.head + one
	s.top = uint64(sort.Search(32<<32, func(x int) bool { return exp2(uint64(x)) >= end })) //nolint:gosec // not negative
	return s
}

// flat draws all ranks alike.
func flat(n int64) skew { return skew{n: uint64(n)} } //nolint:gosec // positive

// exp2 is about 2 to the power of x, both with 32 fractional bits: a parabola
// between the whole exponents, so no floating point.
func exp2(x uint64) uint64 {
	const a, b = one * 21 / 32, one * 11 / 32 // sum 1
	f := x & (one - 1)
	return (one + f*(a+f*b>>32)>>32) << (x >> 32)
}

// rank maps 32 random bits to a rank.
func (s skew) rank(r32 uint64) uint64 {
	if s.head == 0 {
		return below(r32, s.n)
	}
	hi, lo := bits.Mul64(s.top, r32)
	v := exp2(hi<<32 | lo>>32)
	return min((v-one)*s.head>>32, s.n-1)
}

// choiceBits is the resolution of shares: 1/4096.
const choiceBits = 12

// choice draws indexes by weight: index i is at 4096 × its share places.
type choice [1 << choiceBits]uint8

// newChoice shares the places out by largest remainder, so that every weight
// that is worth half a place gets one.
func newChoice(weights ...uint64) *choice {
	var total, sum uint64
	for _, w := range weights {
		total += w
	}
	var c choice
	at := 0
	for i, w := range weights {
		sum += w
		end := int(mulDiv(sum, uint64(len(c)), total)) //nolint:gosec // at most 4096
		for ; at < end; at++ {
			c[at] = uint8(i)
		}
	}
	return &c
}

// pick maps the low 12 bits of r to an index.
func (c *choice) pick(r uint64) int32 { return int32(c[r&(1<<choiceBits-1)]) }

// curve is a distribution as quantiles at even distances; between them it is
// linear.
type curve [17]int64

// at maps the low 16 bits of r to a value.
func (c *curve) at(r uint64) int64 {
	i, f := r>>12&15, int64(r&0xfff)
	return c[i] + (c[i+1]-c[i])*f>>12
}
