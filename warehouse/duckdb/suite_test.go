package duckdb

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/warehouse/warehousetest"
)

func open(t *testing.T, target *Target) *duck.Session {
	t.Helper()
	s, err := target.Open(t.Context(), duck.Options{Threads: 1, MemoryLimit: 256 << 20, TempDir: t.TempDir()}, false)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func ask(t *testing.T, target *Target, sql string) (out []string) {
	t.Helper()
	s := open(t, target)
	defer func() { _ = s.Close() }()
	rows, err := s.Query(t.Context(), sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		var cells []string
		for _, v := range values {
			if v == nil {
				v = "NULL"
			}
			cells = append(cells, fmt.Sprint(v))
		}
		out = append(out, strings.Join(cells, "|"))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func newTarget(t *testing.T) *Target {
	return New(filepath.Join(t.TempDir(), "curated", "warehouse.duckdb"), time.Second, duck.Options{Threads: 1, MemoryLimit: 256 << 20, TempDir: t.TempDir()})
}

func TestSuite(t *testing.T) {
	t.Parallel()
	warehousetest.Suite(t, func(t *testing.T) warehousetest.Place {
		target := newTarget(t)
		return warehousetest.Place{
			Target: target, NoIndexes: true,
			Ask: func(t *testing.T, sql string) []string { return ask(t, target, sql) },
			Do: func(t *testing.T, sql string) {
				s := open(t, target)
				defer func() { _ = s.Close() }()
				if err := s.Exec(t.Context(), sql); err != nil {
					t.Fatal(err)
				}
			},
		}
	})
}
