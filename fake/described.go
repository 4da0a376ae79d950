package fake

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/kalpafall/df360/internal/fault"
)

// described makes the rows of a dataset that a file describes. Each column has
// random numbers of its own: a column more does not change the others.
type described struct {
	spec  *Spec
	cols  []describedColumn
	clock *clock // nil where there is no event time
	seed  uint64
}

// describedColumn is a column with what its values are drawn from.
type describedColumn struct {
	specColumn
	stream  uint64
	ids     uuids
	dict    *dictionary
	choice  *choice
	rank    skew
	texts   []string // keys, where they are too many for a dictionary
	numbers []int64  // keys or choices
	low     int64    // of ranges
	span    uint64   // values in the range
	users   int64
}

func newDescribed(s *Spec, o Options, keys []Keys) (*described, error) {
	d := &described{spec: s, seed: o.Seed}
	if s.time >= 0 {
		d.clock = newClock(people(), o.Start, o.Days, o.Rows)
	}
	for _, sc := range s.columns {
		c := describedColumn{specColumn: sc, stream: hashName(s.Name + "." + sc.Name)}
		if r := sc.values.ref; r != nil && !r.Users {
			if err := c.setKeys(s, keys[0]); err != nil {
				return nil, err
			}
			keys = keys[1:]
		}
		if err := c.prepare(o); err != nil {
			return nil, err
		}
		d.cols = append(d.cols, c)
	}
	return d, nil
}

// setKeys takes the keys that a reference draws from.
func (c *describedColumn) setKeys(s *Spec, k Keys) error {
	ref := c.values.ref
	if k.len() == 0 {
		return fault.New(fault.NotFound, "%s:%d: column %s: %s has no value in column %s", s.path, c.line, c.Name, ref.Dataset, ref.Column)
	}
	if k.Integers != nil {
		c.Type = Type{Kind: Integer}
		c.numbers = k.Integers
	} else {
		if c.Type.Kind != Text {
			return fault.New(fault.Config, "%s:%d: column %s: column %s of %s is text", s.path, c.line, c.Name, ref.Column, ref.Dataset)
		}
		c.texts = k.Texts
		if len(k.Texts) <= userDictLimit {
			c.dict, c.texts = newDictionary(k.Texts...), nil
		}
	}
	c.rank = c.ranks(int64(k.len()))
	return nil
}

// ranks draws from n values as the file says.
func (c *describedColumn) ranks(n int64) skew {
	if c.values.flat {
		return flat(n)
	}
	return newSkew(n, 10)
}

// prepare draws the vocabulary and takes the run's options in.
func (c *describedColumn) prepare(o Options) error {
	v := c.values
	switch {
	case v.uuid:
		c.ids = newUUIDs(o.Seed, strconv.FormatUint(c.stream, 16))
	case v.kind != "":
		info, _ := kindInfo(v.kind)                                    // the parser has seen it
		words, err := drawKind(info, int64(c.stream>>1|1), v.distinct) //nolint:gosec // 63 bits
		if err != nil {
			return fault.New(fault.Config, "column %s: %w", c.Name, err)
		}
		words = slices.DeleteFunc(words, func(w string) bool { return slices.Contains(c.invalid, w) })
		c.dict, c.rank = newDictionary(words...), c.ranks(int64(len(words)))
	case len(v.choices) > 0:
		var texts []string
		var weights []uint64
		for _, w := range v.choices {
			texts, weights = append(texts, w.text), append(weights, w.weight)
			c.numbers = append(c.numbers, w.number)
		}
		c.choice = newChoice(weights...)
		if c.Type.Kind == Text {
			c.dict = newDictionary(texts...)
		}
	case v.ref != nil && v.ref.Users:
		c.ids, c.dict, c.users = userIDs(), userDict(o.Users), o.Users
		c.rank = c.ranks(o.Users)
	case v.ranged:
		c.low, c.span = v.low, uint64(v.high-v.low)+1 //nolint:gosec // the parser has compared them
	case v.window && c.Type.Kind == Date:
		c.low, c.span = o.Start.Unix()/86400, uint64(o.Days) //nolint:gosec // positive
	case v.window:
		c.low, c.span = o.Start.UnixMicro(), uint64(o.Days)*uint64(dayMicros) //nolint:gosec // positive
	}
	return nil
}

func (d *described) columns() []Column {
	var out []Column
	for _, c := range d.cols {
		out = append(out, c.Column)
	}
	return out
}

func (d *described) dict(column int) *dictionary { return d.cols[column].dict }

func (d *described) random(column int) bool { return d.cols[column].values.uuid }

func (d *described) key(dst []byte, row int64) []byte {
	c := &d.cols[d.spec.key]
	if c.values.uuid {
		return c.ids.append(dst, row)
	}
	s := c.values.sequence
	return strconv.AppendInt(append(dst, s.prefix...), s.start+row*s.step, 10)
}

// targets are the columns that faults hit: all but the key.
func (d *described) targets() targets {
	t := targets{time: d.spec.time}
	for i, c := range d.cols {
		if i != d.spec.key {
			t.nullable = append(t.nullable, i)
		}
		if len(c.invalid) == 0 {
			continue
		}
		wrong := c.invalidAs
		t.spoiled = append(t.spoiled, spoiler{
			column: i, words: c.invalid,
			number: func(_ int64, r uint64) int64 { return wrong[r%uint64(len(wrong))] },
		})
	}
	return t
}

func (d *described) fill(b *batch, lo, hi int64, _ *rand.PCG) {
	n := int(hi - lo)
	var rng rand.PCG
	for i := range d.cols {
		c, v := &d.cols[i], &b.cols[i]
		reseed(&rng, d.seed, c.stream, lo/chunkRows)
		if i == d.spec.time {
			d.clock.fill(v.addInts(n), lo, &rng)
		} else {
			c.fill(v, lo, n, &rng)
		}
		if c.nulls == 0 {
			continue
		}
		limit := uint64(c.nulls.Of(1 << 32)) //nolint:gosec // not negative
		for row := range n {
			if rng.Uint64()>>32 < limit {
				v.setNull(b.rows+row, b.rows+n)
			}
		}
	}
}

// fill adds n values, from row lo on.
func (c *describedColumn) fill(v *vector, lo int64, n int, rng *rand.PCG) {
	s := c.values.sequence
	switch {
	case c.values.uuid:
		for i := range int64(n) {
			v.text = c.ids.append(v.text, lo+i)
			v.endText()
		}
	case s != nil && c.Type.Kind == Text:
		for i := range int64(n) {
			v.text = strconv.AppendInt(append(v.text, s.prefix...), s.start+(lo+i)*s.step, 10)
			v.endText()
		}
	case s != nil:
		out := v.addInts(n)
		for i := range out {
			out[i] = s.start + (lo+int64(i))*s.step
		}
	case c.users > 0:
		set := fillUsers(v, n, c.ids)
		for i := range n {
			set(i, c.rank.rank(rng.Uint64()>>32))
		}
	case c.texts != nil:
		for range n {
			v.text = append(v.text, c.texts[c.rank.rank(rng.Uint64()>>32)]...)
			v.endText()
		}
	case c.dict != nil:
		index := v.addIndex(n)
		for i := range index {
			index[i] = c.index(rng)
		}
	case c.Type.Kind == Number:
		c.fillFloats(v, n, rng)
	default:
		c.fillInts(v, n, rng)
	}
}

// index draws a place in the dictionary or among the choices.
func (c *describedColumn) index(rng *rand.PCG) int32 {
	if c.choice != nil {
		return c.choice.pick(rng.Uint64() >> 20)
	}
	return int32(c.rank.rank(rng.Uint64() >> 32)) //nolint:gosec // few words
}

func (c *describedColumn) fillInts(v *vector, n int, rng *rand.PCG) {
	out := v.addInts(n)
	switch {
	case c.numbers != nil:
		for i := range out {
			out[i] = c.numbers[c.index(rng)]
		}
	case c.values.isShare:
		limit := uint64(c.values.share.Of(1 << 32)) //nolint:gosec // not negative
		for i := range out {
			if out[i] = 0; rng.Uint64()>>32 < limit {
				out[i] = 1
			}
		}
	default:
		for i := range out {
			hi, _ := bits.Mul64(rng.Uint64(), c.span)
			out[i] = c.low + int64(hi) //nolint:gosec // below span
		}
	}
}

// fillFloats draws numbers. The conversion keeps the compiler from fusing
// multiplication and addition, which would round differently on some
// processors.
func (c *describedColumn) fillFloats(v *vector, n int, rng *rand.PCG) {
	low, span := c.values.lowF, c.values.highF-c.values.lowF
	var out []float64
	v.floats, out = extend(v.floats, n)
	for i := range out {
		if c.choice != nil {
			out[i] = floatOf(c.numbers[c.index(rng)])
			continue
		}
		part := float64(rng.Uint64()>>11) * (1.0 / (1 << 53))
		out[i] = math.Min(low+float64(span*part), c.values.highF)
	}
}
