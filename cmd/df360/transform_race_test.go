package main

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
)

// TestTransformsAtOnce runs transforms and writers of their input side by side,
// as processes. Whoever loses a race begins again or finds its work done; in
// the end nothing is lost or doubled.
func TestTransformsAtOnce(t *testing.T) {
	t.Parallel()
	l := newTestLake(t)
	l.project(nil)
	fake := func(seed int) []string {
		return []string{"fake", "transactions", "--rows", "300", "--duplicates", "5%", "--invalid", "5%", "--seed", fmt.Sprint(seed), "--lake", l.path()}
	}
	transform := []string{"transform", "--dataset", "transactions_fake", "--type", "transactions", "--aggregate", "--lake", l.path(), "--lock-timeout", "0s"}
	if out, err := program(t, fake(0)...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var wg sync.WaitGroup
	worker := func(times int, args func(i int) []string) {
		wg.Go(func() {
			for i := range times {
				var said bytes.Buffer
				cmd := program(t, args(i)...)
				cmd.Stderr = &said
				// Three lost races in a row end with the exit code of a conflict.
				if got := code(t, cmd.Run()); got != exitOK && got != exitConflict {
					t.Errorf("%v: exit %d: %s", cmd.Args[1:], got, said.String())
				}
			}
		})
	}
	for range 3 {
		worker(4, func(int) []string { return transform })
	}
	worker(12, func(i int) []string { return fake(i + 1) })
	wg.Wait()
	l.compareWithFull("transactions_fake", "transactions", "in the end")
	if exit, _, said := l.call("lake", "verify"); exit != exitOK {
		t.Errorf("lake verify: exit %d: %s", exit, said)
	}
}
