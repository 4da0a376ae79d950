package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// peer is a script that does the same work with a Python package.
type peer struct {
	name, module, script string
}

func pythonPeers() []peer {
	return []peer{
		{"Polars, streaming", "polars", "polars_transform.py"},
		{"DuckDB from Python", "duckdb", "duckdb_transform.py"},
		{"PySpark, local[2]", "pyspark", "pyspark_transform.py"},
	}
}

// python runs the peers whose package the python3 on the PATH has.
func (b *bench) python(ctx context.Context, raw string, whole usage) error {
	scripts, err := filepath.Abs("scripts/peers")
	if err != nil {
		return err
	}
	for _, p := range pythonPeers() {
		if _, err := b.exec(ctx, "python3", "-c", "import "+p.module); err != nil {
			b.row(p.name, "not installed", "")
			continue
		}
		folder := filepath.Join(b.dir, "peer")
		u, err := b.exec(ctx, "python3", filepath.Join(scripts, p.script), raw, folder)
		if err != nil {
			return err
		}
		if err := os.RemoveAll(folder); err != nil {
			return err
		}
		b.row(p.name+", the same transform", fmt.Sprintf("%s: df360 is %.1f× as fast with %.2f× the memory",
			u, ratio(u.wall, whole.wall), ratio(whole.peak, u.peak)), "faster, ≤ 0.5× memory")
	}
	return nil
}
