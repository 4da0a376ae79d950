package main

import (
	"context"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/kalpafall/df360/internal/fault"
)

// grace is how long a command may take to finish or abort its commit after the
// first signal. Nothing is half done when the process ends before that: a
// commit is one moment. What is printed after it fits into the fifth second.
const grace = 4 * time.Second

// signals turns SIGINT and SIGTERM into the end of a context.
type signals struct {
	first atomic.Pointer[signalError]
	stop  func()
}

// catchSignals cancels the returned context at the first signal, with a cause
// of kind interrupted. die is called with an exit code at the second one, or
// when the grace is over.
func catchSignals(ctx context.Context, die func(code int)) (context.Context, *signals) {
	ctx, cancel := context.WithCancelCause(ctx)
	caught := make(chan os.Signal, 2)
	signal.Notify(caught, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	s := &signals{}
	s.stop = func() {
		signal.Stop(caught)
		close(done)
		cancel(nil)
	}
	go func() {
		select {
		case <-done:
			return
		case sig := <-caught:
			first := &signalError{sig}
			s.first.Store(first)
			cancel(first.fault())
		}
		over := time.NewTimer(grace)
		defer over.Stop()
		select {
		case <-done:
		case sig := <-caught:
			die((&signalError{sig}).exit())
		case <-over.C:
			die(s.first.Load().exit())
		}
	}()
	return ctx, s
}

// judge is the error that a run ends with: after a signal, the signal, unless
// the error says something of its own (an error after the commit point).
func (s *signals) judge(err error) error {
	first := s.first.Load()
	if first == nil {
		return err
	}
	code := fault.CodeOf(err)
	if err == nil || code == fault.Interrupted || code == fault.Internal {
		return first.fault()
	}
	return err
}

func (e *signalError) fault() error {
	return &fault.Error{
		Code: fault.Interrupted, Err: e,
		Hint: "what was committed stays; run the same command again to go on",
	}
}
