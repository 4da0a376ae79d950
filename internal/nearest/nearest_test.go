package nearest_test

import (
	"testing"

	"github.com/kalpafall/df360/internal/nearest"
)

func TestOf(t *testing.T) {
	t.Parallel()
	have := []string{"transform", "fake", "lake", "version"}
	for want, expected := range map[string]string{
		"trasform": "transform",
		"fkae":     "fake", // two edits, as is "lake": the first wins
		"laek":     "lake",
		"vresion":  "version",
		"warehose": "",
		"":         "",
	} {
		if got := nearest.Of(want, have); got != expected {
			t.Errorf("Of(%q) = %q, want %q", want, got, expected)
		}
	}
}
