package duckdb

import (
	"testing"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/transform"
	"github.com/kalpafall/df360/transform/enginetest"
)

func openEngine(t *testing.T) *Engine {
	t.Helper()
	limits := duck.Options{TempDir: t.TempDir(), Threads: 2}
	s, err := duck.Open(t.Context(), limits)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	e, err := New(t.Context(), s, Options{Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestEngine(t *testing.T) {
	t.Parallel()
	enginetest.Run(t, func(t *testing.T) transform.Engine { return openEngine(t) })
}
