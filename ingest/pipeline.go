package ingest

import (
	"context"
	"runtime/debug"
	"sync"

	"github.com/kalpafall/df360/internal/fault"
)

// pipeline lets workers look at tasks while the next ones are read, and hands
// their results on in the order of the tasks. Few tasks are under way at a time,
// so that memory is bounded.
type pipeline[R any] struct {
	limit int // bytes of a task
	task  *task
	queue chan *work[R] // in order, for the one that takes the results
	todo  chan *work[R]
	stop  context.CancelCauseFunc
	ctx   context.Context //nolint:containedctx // the life of the pipeline itself
	group sync.WaitGroup
}

// task is the blocks that are looked at together: a row group, mostly.
type task struct {
	blocks []*Block
	bytes  int
}

type work[R any] struct {
	task *task
	done chan R
}

// newPipeline starts workers, each of which is called with one task after the
// other. take is called with the results, in order. Both end everything with an
// error.
func newPipeline[R any](limit int, workers []func(*task) (R, error), take func(R) error) *pipeline[R] {
	p := &pipeline[R]{limit: limit, task: &task{}, queue: make(chan *work[R], len(workers)), todo: make(chan *work[R])}
	p.ctx, p.stop = context.WithCancelCause(context.Background())
	for _, look := range workers {
		p.group.Go(func() { p.work(look) })
	}
	p.group.Go(func() { p.collect(take) })
	return p
}

func (p *pipeline[R]) work(look func(*task) (R, error)) {
	for w := range p.todo {
		if p.ctx.Err() != nil {
			continue
		}
		result, err := guarded(look, w.task)
		if err != nil {
			p.stop(err)
			continue
		}
		for _, b := range w.task.blocks {
			b.release()
		}
		w.done <- result
	}
}

// guarded makes an error of a defect: a panic on this goroutine would end the
// process before it has put its things in order.
func guarded[R any](look func(*task) (R, error), t *task) (result R, err error) {
	defer func() {
		if defect := recover(); defect != nil {
			err = fault.New(fault.Internal, "a defect of df360: %v\n%s", defect, debug.Stack())
		}
	}()
	return look(t)
}

func (p *pipeline[R]) collect(take func(R) error) {
	for w := range p.queue {
		select {
		case <-p.ctx.Done():
			return
		case result := <-w.done:
			if err := take(result); err != nil {
				p.stop(err)
				return
			}
		}
	}
}

// add hands a block in. An error is the pipeline's, and ends it.
func (p *pipeline[R]) add(b *Block) error {
	p.task.blocks = append(p.task.blocks, b)
	if p.task.bytes += b.size(); p.task.bytes < p.limit {
		return context.Cause(p.ctx)
	}
	return p.submit()
}

func (p *pipeline[R]) submit() error {
	w := &work[R]{task: p.task, done: make(chan R, 1)}
	p.task = &task{}
	select {
	case <-p.ctx.Done():
		return context.Cause(p.ctx)
	case p.queue <- w:
	}
	select {
	case <-p.ctx.Done():
		return context.Cause(p.ctx)
	case p.todo <- w:
	}
	return nil
}

// end waits for everything that was handed in, or drops it where err says that
// it is void.
func (p *pipeline[R]) end(err error) error {
	if err == nil && len(p.task.blocks) > 0 {
		err = p.submit()
	}
	if err != nil {
		p.stop(err)
	}
	close(p.todo)
	close(p.queue)
	p.group.Wait()
	if cause := context.Cause(p.ctx); cause != nil {
		return cause
	}
	p.stop(nil)
	return nil
}
