package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestKeptAggregateIsNoTruth damages, cuts and removes the kept partial
// aggregate: the next run must make it again.
func TestKeptAggregateIsNoTruth(t *testing.T) {
	t.Parallel()
	first := []string{"fake", "transactions", "--rows", "500", "--seed", "1", "-q"}
	more := []string{"fake", "transactions", "--rows", "500", "--seed", "2", "-q"}
	transform := []string{"transform", "--dataset", "transactions_fake", "--type", "transactions", "--aggregate", "-q"}
	whole := crashCase{commands: [][]string{first, more, transform}, datasets: []string{"processed/transactions_fake_agg"}}
	want := whole.expected(t)
	for name, damage := range map[string]func(file string) error{
		"damaged": func(file string) error { return os.WriteFile(file, []byte("PAR1 no more PAR1"), 0o600) },
		"cut":     func(file string) error { return os.Truncate(file, 100) },
		"gone":    os.Remove,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			mustRun(t, dir, first)
			mustRun(t, dir, transform)
			files, err := filepath.Glob(filepath.Join(dir, "data_lake/processed/transactions_fake/_df360/state/*/*.part"))
			if err != nil || len(files) == 0 {
				t.Fatalf("no kept aggregate: %v", err)
			}
			for _, f := range files {
				if err := damage(f); err != nil {
					t.Fatal(err)
				}
			}
			mustRun(t, dir, more)
			mustRun(t, dir, transform)
			if got := whole.rows(t, dir); got["processed/transactions_fake_agg"] != want["processed/transactions_fake_agg"] {
				t.Errorf("the aggregate is %v, want %v", got, want)
			}
		})
	}
}
