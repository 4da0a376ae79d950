package failpoint_test

import (
	"errors"
	"syscall"
	"testing"

	"github.com/kalpafall/df360/internal/failpoint"
)

func TestHit(t *testing.T) {
	t.Parallel()
	set, err := failpoint.Parse("link@2=enospc")
	if err != nil {
		t.Fatal(err)
	}
	for i, step := range []struct {
		name string
		want error
	}{{"link", nil}, {"sync", nil}, {"link", syscall.ENOSPC}, {"link", nil}} {
		if err := set.Hit(step.name); !errors.Is(err, step.want) {
			t.Errorf("hit %d (%s): %v, want %v", i, step.name, err, step.want)
		}
	}
	if set.Hits() != 3 {
		t.Errorf("%d hits, want 3", set.Hits())
	}
}

func TestAnyStep(t *testing.T) {
	t.Parallel()
	set, err := failpoint.Parse("3=eio")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(set.Hit("a"), set.Hit("b")); err != nil {
		t.Error(err)
	}
	if err := set.Hit("c"); !errors.Is(err, syscall.EIO) {
		t.Errorf("%v", err)
	}
}

func TestOff(t *testing.T) {
	t.Parallel()
	set, err := failpoint.Parse("")
	if set != nil || err != nil {
		t.Errorf("%v, %v", set, err)
	}
	if err := set.Hit("x"); err != nil || set.Hits() != 0 {
		t.Errorf("%v, %d", err, set.Hits())
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"x", "=kill", "0=kill", "-1=kill", "x@=kill", "x@y=kill", "1=explode", "1="} {
		if _, err := failpoint.Parse(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}
