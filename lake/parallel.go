package lake

import (
	"runtime"

	"golang.org/x/sync/errgroup"
)

// parallel calls fn for 0 to n-1 on all cores and returns the first error.
func parallel(n int, fn func(i int) error) error {
	var g errgroup.Group
	g.SetLimit(max(2, runtime.GOMAXPROCS(0)))
	for i := range n {
		g.Go(func() error { return fn(i) })
	}
	return g.Wait()
}
