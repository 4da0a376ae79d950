package parquetfile

import (
	"math"

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
