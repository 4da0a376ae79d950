package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"time"
)

// startUp times what opens no lake.
func startUp(ctx context.Context, b *bench) error {
	for _, arg := range []string{"--help", "version"} {
		wall, err := b.median(ctx, func(ctx context.Context, _ int) (usage, error) { return b.df360(ctx, arg) })
		if err != nil {
			return err
		}
		b.row("`df360 "+arg+"`", milliseconds(wall), "≤ 30 ms")
	}
	return nil
}

// smallRun times what a smoke test does.
func smallRun(ctx context.Context, b *bench) error {
	wall, err := b.median(ctx, func(ctx context.Context, i int) (usage, error) {
		lake := filepath.Join(b.dir, "small", strconv.Itoa(i))
		made, err := b.df360(ctx, "fake", "transactions", "--rows", "5000", "--seed", "1", "--lake", lake)
		if err != nil {
			return made, err
		}
		transformed, err := b.df360(ctx, transformArgs(lake)...)
		return usage{wall: made.wall + transformed.wall}, err
	})
	if err != nil {
		return err
	}
	b.row("5,000 rows, `fake` + `transform --aggregate`", milliseconds(wall), "≤ 300 ms")
	return nil
}

func transformArgs(lake string, more ...string) []string {
	args := []string{"transform", "--dataset", "transactions_fake", "--type", "transactions", "--aggregate", "--lake", lake}
	return append(args, more...)
}

// listLake times the listing of many datasets.
func listLake(ctx context.Context, b *bench) error {
	const datasets = 1000
	lake := filepath.Join(b.dir, "list")
	for i := range datasets {
		name := fmt.Sprintf("dataset_%04d", i)
		if _, err := b.df360(ctx, "fake", "users", "--rows", "1", "--seed", "1", "--dataset", name, "--lake", lake); err != nil {
			return err
		}
	}
	wall, err := b.median(ctx, func(ctx context.Context, _ int) (usage, error) { return b.df360(ctx, "lake", "ls", "--lake", lake) })
	if err != nil {
		return err
	}
	b.row("`lake ls` of 1,000 datasets", milliseconds(wall), "≤ 100 ms")
	return nil
}

// nothingNew times a run that finds nothing to do behind a day's commits.
func nothingNew(ctx context.Context, b *bench) error {
	const commits = 24
	lake := filepath.Join(b.dir, "nothing")
	for i := range commits {
		if _, err := b.df360(ctx, "fake", "transactions", "--rows", "1000", "--seed", strconv.Itoa(i), "--lake", lake); err != nil {
			return err
		}
	}
	if _, err := b.df360(ctx, transformArgs(lake)...); err != nil {
		return err
	}
	wall, err := b.median(ctx, func(ctx context.Context, _ int) (usage, error) { return b.df360(ctx, transformArgs(lake)...) })
	if err != nil {
		return err
	}
	b.row("`transform` with nothing new, 24 raw commits", milliseconds(wall), "≤ 60 ms")
	return nil
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.0f ms", float64(d.Microseconds())/1000)
}
