package parquetfile

import (
	"bytes"
	"encoding/binary"
	"math"
)

// appendPlain adds the values [from, to) of those that are there.
func (c *chunk) appendPlain(from, to int) {
	switch c.n.Kind {
	case Text, Blob:
		c.appendText(from, to)
	case Wide:
		c.appendWide(from, to)
	case Double:
		c.bounds.floats(c.floats[from:to])
		c.buf = appendFloats(c.buf, c.floats[from:to])
	case Bool:
		c.bounds.ints(c.ints[from:to])
		c.buf = appendBools(c.buf, c.ints[from:to])
	default:
		c.bounds.ints(c.ints[from:to])
		c.buf = appendInts(c.buf, c.n.Kind, c.ints[from:to])
	}
}

// place is where value i of those that are there stands.
func (c *chunk) place(i int) int {
	if c.picked.at == nil {
		return i
	}
	return int(c.picked.at[i])
}

func (c *chunk) appendText(from, to int) {
	text, ends, buf := c.v.Text, c.v.Ends, c.buf
	low, high, some := c.bounds.low, c.bounds.high, c.bounds.some
	// Most values are told from the bounds by their first eight bytes.
	lowKey, highKey := prefix(low), prefix(high)
	for i := from; i < to; i++ {
		at := c.place(i)
		value := text[ends[at]:ends[at+1]]
		buf = binary.LittleEndian.AppendUint32(buf, uint32(len(value))) //nolint:gosec // a text
		buf = append(buf, value...)
		key := prefix(value)
		if !some {
			some, low, high, lowKey, highKey = true, value, value, key, key
			continue
		}
		if key <= lowKey && bytes.Compare(value, low) < 0 {
			low, lowKey = value, key
		}
		if key >= highKey && bytes.Compare(value, high) > 0 {
			high, highKey = value, key
		}
	}
	c.buf = buf
	c.bounds.low, c.bounds.high, c.bounds.some = low, high, some
}

func (c *chunk) appendWide(from, to int) {
	for i := from; i < to; i++ {
		at := c.place(i) * wideBytes
		value := c.v.Fixed[at : at+wideBytes]
		c.buf = append(c.buf, value...)
		c.bounds.wide(value)
	}
}

func appendFloats(dst []byte, values []float64) []byte {
	at := len(dst)
	dst = append(dst, make([]byte, 8*len(values))...)
	for i, x := range values {
		binary.LittleEndian.PutUint64(dst[at+8*i:], math.Float64bits(x))
	}
	return dst
}

func appendInts(dst []byte, kind Kind, values []int64) []byte {
	at := len(dst)
	if kind == Date {
		dst = append(dst, make([]byte, 4*len(values))...)
		for i, x := range values {
			binary.LittleEndian.PutUint32(dst[at+4*i:], uint32(x)) //nolint:gosec // bits
		}
		return dst
	}
	dst = append(dst, make([]byte, 8*len(values))...)
	for i, x := range values {
		binary.LittleEndian.PutUint64(dst[at+8*i:], uint64(x)) //nolint:gosec // bits
	}
	return dst
}

// appendBools adds one bit for each value.
func appendBools(dst []byte, values []int64) []byte {
	for i, x := range values {
		if i%8 == 0 {
			dst = append(dst, 0)
		}
		dst[len(dst)-1] |= byte(x) << (i % 8) //nolint:gosec // 0 or 1
	}
	return dst
}
