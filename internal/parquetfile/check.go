package parquetfile

import (
	"math"
	"math/big"

	"github.com/kalpafall/df360/internal/fault"
)

// check reports values that are not of the shape that the column asks for.
// Nothing behind it has to look at a length.
func (n *node) check(rows int, v *Values) error {
	if v.Null != nil && len(v.Null) != rows {
		return n.shape("Null", len(v.Null), rows)
	}
	given := rows
	if v.Same {
		if n.Kind >= Struct {
			return fault.New(fault.Internal, "column %q: only a leaf can have the same value in every row", n.name)
		}
		given = 1
	}
	switch n.Kind {
	case Text, Blob:
		return n.checkText(given, v)
	case Double:
		return n.lengths("Floats", len(v.Floats), given)
	case Wide:
		return n.lengths("Fixed", len(v.Fixed), given*wideBytes)
	case Struct:
		return n.checkChildren(rows, v)
	case List, Map:
		if err := n.checkOffsets(rows, v.Offsets); err != nil {
			return err
		}
		return n.checkChildren(int(v.Offsets[rows]), v)
	default:
		return n.lengths("Ints", len(v.Ints), given)
	}
}

func (n *node) shape(what string, got, want int) error {
	return fault.New(fault.Internal, "column %q: %d %s, want %d", n.name, got, what, want)
}

func (n *node) lengths(what string, got, want int) error {
	if got != want {
		return n.shape(what, got, want)
	}
	return nil
}

func (n *node) checkText(rows int, v *Values) error {
	if v.Dict != nil {
		if v.Same {
			return n.lengths("texts of a dictionary of one", len(v.Dict.values), 1)
		}
		return n.lengths("Index", len(v.Index), rows)
	}
	if err := n.checkOffsets(rows, v.Ends); err != nil {
		return err
	}
	if end := int(v.Ends[rows]); end > len(v.Text) {
		return n.shape("bytes of Text", len(v.Text), end)
	}
	return nil
}

func (n *node) checkOffsets(rows int, offsets []int32) error {
	if len(offsets) != rows+1 {
		return n.shape("offsets", len(offsets), rows+1)
	}
	last := int32(0)
	for _, end := range offsets {
		if end < last {
			return fault.New(fault.Limit, "column %q: more than 2 GiB in a row group, or offsets that fall", n.name)
		}
		last = end
	}
	return nil
}

func (n *node) checkChildren(rows int, v *Values) error {
	if len(v.Children) != len(n.children) {
		return n.shape("children", len(v.Children), len(n.children))
	}
	for i, child := range n.children {
		if err := child.check(rows, &v.Children[i]); err != nil {
			return err
		}
	}
	return nil
}

// maxRows is how many rows a row group may have: places in it are 32 bits.
const maxRows = math.MaxInt32

// checkRange reports numbers that the column's type has no room for. They would
// be other numbers to a reader.
func (n *node) checkRange(b *bounds) error {
	if !b.some {
		return nil
	}
	var low, high int64
	switch n.Kind {
	case Bool:
		low, high = 0, 1
	case Date:
		low, high = math.MinInt32, math.MaxInt32
	case Decimal:
		high = 1
		for range n.Precision {
			high *= 10
		}
		high--
		low = -high
	case Wide:
		limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n.Precision)), nil)
		for _, x := range []*big.Int{wideValue(b.low), wideValue(b.high)} {
			if x.CmpAbs(limit) >= 0 {
				return n.outside(x)
			}
		}
		return nil
	default:
		return nil
	}
	if b.lowInt < low {
		return n.outside(b.lowInt)
	}
	if b.highInt > high {
		return n.outside(b.highInt)
	}
	return nil
}

func (n *node) outside(x any) error {
	return fault.New(fault.Internal, "column %q: its type has no room for %v", n.name, x)
}

// wideValue is the number in 128 bits.
func wideValue(b []byte) *big.Int {
	x := new(big.Int).SetBytes(b)
	if b[0] >= 1<<7 {
		x.Sub(x, new(big.Int).Lsh(big.NewInt(1), 8*wideBytes))
	}
	return x
}
