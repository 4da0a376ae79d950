package fake

import "context"

// inOrder produces items 0 to n-1, as many at a time as there are states, and
// consumes them in order. A state is used by one item at a time. The first
// error ends it; nothing runs any more when it returns.
func inOrder[S any](ctx context.Context, n int64, states []S, produce func(S, int64) error, consume func(S) error) error {
	type item struct {
		state S
		done  chan error
	}
	free := make(chan S, len(states))
	for _, s := range states {
		free <- s
	}
	queue := make(chan item, len(states))
	stop := make(chan struct{})
	go func() {
		defer close(queue)
		for i := range n {
			select {
			case s := <-free:
				it := item{s, make(chan error, 1)}
				queue <- it // has room for all states
				go func() { it.done <- produce(it.state, i) }()
			case <-stop:
				return
			}
		}
	}()
	var err error
	for it := range queue {
		itemErr := <-it.done
		if err != nil {
			continue
		}
		if ctx.Err() != nil {
			itemErr = context.Cause(ctx)
		}
		if itemErr == nil {
			itemErr = consume(it.state)
		}
		if itemErr != nil {
			err = itemErr
			close(stop)
			continue
		}
		free <- it.state
	}
	return err
}
