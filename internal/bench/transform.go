package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// transformRows measures the large transform beside plain SQL: whole, under a
// memory limit, and after a little more has come.
func transformRows(ctx context.Context, b *bench) error {
	lake := filepath.Join(b.dir, "large")
	rows := strconv.FormatInt(b.rows, 10)
	made, err := b.df360(ctx, "fake", "transactions", "--rows", rows, "--seed", "1", "--duplicates", "1%", "--invalid", "3%", "--lake", lake)
	if err != nil {
		return err
	}
	b.row("fake "+rows+" transactions", made.String(), "peak < 1 GiB")
	raw := filepath.Join(lake, "raw/transactions_fake/*/*/*/*.parquet")
	naive, err := b.naive(ctx, raw)
	if err != nil {
		return err
	}
	whole, err := b.df360(ctx, transformArgs(lake)...)
	if err != nil {
		return err
	}
	b.row("plain SQL on the same engine, "+rows+" rows", naive.String(), "the peer")
	b.row("`transform --aggregate`, "+rows+" rows", fmt.Sprintf("%s: %.2f× the CPU, %.2f× the memory, %.2f× the wall time of plain SQL",
		whole, ratio(whole.cpu, naive.cpu), ratio(whole.peak, naive.peak), ratio(whole.wall, naive.wall)), "≤ 0.65× CPU, ≤ 0.5× memory")
	if b.peers {
		if err := b.python(ctx, raw, whole); err != nil {
			return err
		}
	}
	if err := b.limited(ctx, lake, whole); err != nil {
		return err
	}
	return b.increment(ctx, lake, whole)
}

// naive runs this program as the peer.
func (b *bench) naive(ctx context.Context, raw string) (usage, error) {
	folder := filepath.Join(b.dir, "naive")
	defer func() { _ = os.RemoveAll(folder) }() // scratch
	return b.self(ctx, naiveArg, raw, folder)
}

func (b *bench) limited(ctx context.Context, lake string, whole usage) error {
	limited, err := b.df360(ctx, transformArgs(lake, "--full", "--memory-limit", "1GiB")...)
	if err != nil {
		return err
	}
	b.row("the same with `--memory-limit 1GiB`", fmt.Sprintf("%s: %.2f× its own unlimited time", limited, ratio(limited.wall, whole.wall)),
		"≤ 1.3×, peak ≤ 1.25 GiB")
	return nil
}

func (b *bench) increment(ctx context.Context, lake string, whole usage) error {
	if _, err := b.df360(ctx, "fake", "transactions", "--rows", strconv.FormatInt(b.rows/100, 10), "--seed", "2", "--lake", lake); err != nil {
		return err
	}
	more, err := b.df360(ctx, transformArgs(lake)...)
	if err != nil {
		return err
	}
	b.row("second run after 1 % more rows", fmt.Sprintf("%s: %.1f %% of the full run", more, 100*ratio(more.wall, whole.wall)), "≤ 10 %, aim 3 %")
	return nil
}
