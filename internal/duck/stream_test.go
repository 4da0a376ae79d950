package duck

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestHashesComeAll(t *testing.T) {
	t.Parallel()
	const n = 300000
	var sum, count uint64
	err := Hashes(t.Context(), Options{TempDir: t.TempDir(), Threads: 2}, "SELECT range::UBIGINT FROM range(300000)", func(values []uint64) {
		for _, v := range values {
			sum += v
		}
		count += uint64(len(values))
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := uint64(n) * (n - 1) / 2; count != n || sum != want {
		t.Errorf("%d values with the sum %d, want %d and %d", count, sum, n, want)
	}
}

func TestHashesOfNothing(t *testing.T) {
	t.Parallel()
	err := Hashes(t.Context(), Options{TempDir: t.TempDir()}, "SELECT 1::UBIGINT LIMIT 0", func([]uint64) { t.Error("values came") })
	if err != nil {
		t.Fatal(err)
	}
}

func TestHashesFail(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"SELECT nothing": "nothing",
		"SELECT error('no such row')::UBIGINT FROM range(10000) WHERE range = 9000": "no such row",
	} {
		err := Hashes(t.Context(), Options{TempDir: t.TempDir()}, query, func([]uint64) {})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", query, err, want)
		}
	}
}

func TestHashesStop(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stop")
	err := Hashes(ctx, Options{TempDir: t.TempDir()}, "SELECT hash(range) FROM range(10000000000)", func([]uint64) { cancel(stop) })
	if !errors.Is(err, stop) {
		t.Errorf("got %v, want %v", err, stop)
	}
}
