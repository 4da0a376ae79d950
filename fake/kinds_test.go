package fake

import (
	"slices"
	"testing"
)

// TestEveryKindDraws: each kind that can be named gives words, the same ones
// for the same seed.
func TestEveryKindDraws(t *testing.T) {
	t.Parallel()
	kinds := Kinds()
	if len(kinds) < 200 || !slices.Contains(kinds, "email") || slices.Contains(kinds, "useragent") {
		t.Fatalf("%d kinds: %v", len(kinds), kinds)
	}
	for _, name := range kinds {
		info, _ := kindInfo(name)
		a, err := drawKind(info, 3, 20)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		b, _ := drawKind(info, 3, 20)
		if len(a) == 0 || !slices.Equal(a, b) {
			t.Errorf("%s: %v, then %v", name, a, b)
		}
	}
}
