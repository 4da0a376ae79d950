package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// ingestFiles measures ingest file beside the engine's own COPY of the same file
// to Parquet, fsync included on both sides.
func ingestFiles(ctx context.Context, b *bench) error {
	rows := strconv.FormatInt(b.rows/4, 10)
	for _, format := range []string{"csv", "jsonl"} {
		path := filepath.Join(b.dir, "in."+format)
		if _, err := b.df360(ctx, "fake", "transactions", "--rows", rows, "--seed", "1", "--out", path); err != nil {
			return err
		}
		if err := b.ingestFile(ctx, format, path); err != nil {
			return err
		}
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) ingestFile(ctx context.Context, format, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	peer, err := b.self(ctx, copyArg, path, filepath.Join(b.dir, "peer.parquet"))
	if err != nil {
		return err
	}
	lake := filepath.Join(b.dir, "lake-"+format)
	defer func() { _ = os.RemoveAll(lake) }() // scratch
	args := []string{"ingest", "file", path, "--dataset", "t", "--lake", lake}
	first, err := b.df360(ctx, args...)
	if err != nil {
		return err
	}
	known, err := b.df360(ctx, append(args, "--reingest")...)
	if err != nil {
		return err
	}
	what := fmt.Sprintf("%.1f GB of %s", float64(info.Size())/1e9, format)
	b.row("DuckDB, COPY to Parquet, "+what, peer.String(), "the peer")
	b.row("`ingest file`, first commit, types of all rows, "+what, fmt.Sprintf("%s: %.2f× the wall time, %.2f× the CPU",
		first, ratio(first.wall, peer.wall), ratio(first.cpu, peer.cpu)), "≤ 1.5×")
	b.row("`ingest file`, types known, "+what, fmt.Sprintf("%s: %.2f× the wall time, %.2f× the CPU",
		known, ratio(known.wall, peer.wall), ratio(known.cpu, peer.cpu)), "≤ 1.15×")
	return nil
}

// ingestSmall measures many small files beside one of the same size.
func ingestSmall(ctx context.Context, b *bench) error {
	const files = 1000
	folder, one := filepath.Join(b.dir, "small"), filepath.Join(b.dir, "one.csv")
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return err
	}
	if err := writeSmall(folder, one, files); err != nil {
		return err
	}
	lake := filepath.Join(b.dir, "lake-small")
	whole, err := b.df360(ctx, "ingest", "file", one, "--dataset", "one", "--lake", lake)
	if err != nil {
		return err
	}
	many, err := b.df360(ctx, "ingest", "file", folder, "--dataset", "many", "--lake", lake)
	if err != nil {
		return err
	}
	b.row("`ingest file` of 1,000 CSV files of 1,000 rows", fmt.Sprintf("%s: %.2f× one file of the same size (%s)",
		many, ratio(many.wall, whole.wall), whole), "≤ 2×")
	return nil
}

// writeSmall writes the same rows as many files and as one.
func writeSmall(folder, one string, files int) error {
	const header = "id,amount,note,at\n"
	all, err := os.Create(one) //nolint:gosec // scratch
	if err != nil {
		return err
	}
	buffered := bufio.NewWriter(all)
	_, _ = buffered.WriteString(header) // Flush says whether it failed
	for i := range files {
		text := []byte(header)
		for row := range 1000 {
			id := i*1000 + row
			text = fmt.Appendf(text, "%d,%d.%02d,note %d,2026-01-02T03:04:%02dZ\n", id, id%997, id%100, id%13, id%60)
		}
		_, _ = buffered.Write(text[len(header):])
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%04d.csv", i)), text, 0o600); err != nil {
			return err
		}
	}
	if err := buffered.Flush(); err != nil {
		return err
	}
	return all.Close()
}

// self runs a peer that is this program.
func (b *bench) self(ctx context.Context, args ...string) (usage, error) {
	self, err := os.Executable()
	if err != nil {
		return usage{}, err
	}
	return b.exec(ctx, self, args...)
}
