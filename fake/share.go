package fake

import (
	"fmt"
	"math/big"
	"strings"
)

// Share is a part of the whole in billionths.
type Share int64

// Whole is all of it.
const Whole Share = 1_000_000_000

// ParseShare reads a percentage (5%, 0.25%) or a fraction (0.05), at most the
// whole, exactly.
func ParseShare(text string) (Share, error) {
	digits, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	n, ok := new(big.Rat).SetString(strings.TrimSpace(digits))
	if !ok || strings.ContainsAny(digits, "/eExXbB_") {
		return 0, fmt.Errorf("%q is not a share, such as 5%% or 0.05", text)
	}
	n.Mul(n, big.NewRat(int64(Whole), 1))
	if percent {
		n.Quo(n, big.NewRat(100, 1))
	}
	switch {
	case n.Sign() < 0 || n.Cmp(big.NewRat(int64(Whole), 1)) > 0:
		if !percent && n.Sign() > 0 {
			return 0, fmt.Errorf("share %q is more than all: %s%% is meant?", text, digits)
		}
		return 0, fmt.Errorf("share %q is not between 0%% and 100%%", text)
	case !n.IsInt():
		return 0, fmt.Errorf("share %q has more than 9 decimal places", text)
	}
	return Share(n.Num().Int64()), nil
}

// String is the share as a percentage.
func (s Share) String() string {
	text := new(big.Rat).SetFrac64(int64(s)*100, int64(Whole)).FloatString(9)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".") + "%"
}

// Of is the share of n things, rounded half up.
func (s Share) Of(n int64) int64 {
	product := new(big.Int).Mul(big.NewInt(int64(s)), big.NewInt(n))
	product.Add(product, big.NewInt(int64(Whole)/2))
	return product.Quo(product, big.NewInt(int64(Whole))).Int64()
}
