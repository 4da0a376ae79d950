package api

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"golang.org/x/sync/semaphore"

	"github.com/kalpafall/df360/internal/fault"
)

const (
	aheadBytes = 32 << 20 // read ahead of what is downstream, where a page is not larger
	aheadPages = 64
)

// feed reads pages ahead, in a goroutine of its own, so that a server is not kept
// waiting by what becomes of the rows.
type feed struct {
	pages chan *item
	room  *semaphore.Weighted
	stop  context.CancelFunc
	group sync.WaitGroup
	err   error // why pages is closed without an end in it
}

// item is a page, or what comes behind the last one: an error, or the end.
type item struct {
	page *page
	size int64
	err  error
	// at the end: why this is not everything; nil where it is. capped says that
	// the run is not to read more.
	short  error
	capped bool
}

// startFeed begins to read. It ends with stop only: ctx may be one of a call.
func startFeed(ctx context.Context, f *fetcher) *feed {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	out := &feed{pages: make(chan *item, aheadPages), room: semaphore.NewWeighted(aheadBytes), stop: stop}
	out.group.Go(func() {
		defer close(out.pages)
		if !f.deadline.IsZero() {
			var cancel context.CancelFunc
			ctx, cancel = context.WithDeadlineCause(ctx, f.deadline, f.late())
			defer cancel()
		}
		f.run(ctx, func(i *item) bool {
			i.size = min(aheadBytes, int64(cap(i.data())))
			if out.room.Acquire(ctx, i.size) != nil {
				return false
			}
			select {
			case <-ctx.Done():
				return false
			case out.pages <- i:
				return true
			}
		})
		out.err = context.Cause(ctx)
	})
	return out
}

func (i *item) data() []byte {
	if i.page == nil {
		return nil
	}
	return i.page.data
}

// take is the next item, or an error where ctx ends before it is there.
func (f *feed) take(ctx context.Context) (*item, error) {
	select {
	case i, open := <-f.pages:
		if !open {
			return nil, f.err
		}
		f.room.Release(i.size)
		return i, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// close ends the reading.
func (f *feed) close() {
	f.stop()
	f.group.Wait()
}

// fetcher reads one page after the other.
type fetcher struct {
	*Source
	pager *pager
	used  int64 // bytes of all answers
}

func (f *fetcher) late() error {
	return fault.New(fault.Unreachable, "--deadline %s is over", f.c.Deadline)
}

// run hands pages to put, and the end or an error last. put returns false where
// nobody wants more.
func (f *fetcher) run(ctx context.Context, put func(*item) bool) {
	for n := int64(1); ; n++ {
		p, more, err := f.fetch(ctx)
		switch {
		case err != nil:
			put(&item{err: err})
			return
		case p != nil && !put(&item{page: p}):
			return
		case !more:
			put(&item{short: f.short()})
			return
		case n == f.c.MaxPages:
			put(&item{short: f.capped(p), capped: true})
			return
		}
	}
}

// fetch reads the page that the pager is at. more says that another follows; the
// page is nil where the server has none.
func (f *fetcher) fetch(ctx context.Context) (p *page, more bool, err error) {
	number := f.pager.page
	limit := min(maxPageBytes, f.c.MaxBytes-f.used)
	if limit <= 0 {
		return nil, false, f.tooMuch()
	}
	what := f.title(number)
	var got *answer
	var read *content
	err = f.client.do(ctx, &call{
		what: what, method: f.c.method(), url: f.pager.url(), body: f.material.body,
		again: f.c.Body == "", limit: limit,
	}, func(a *answer) (err error) {
		got = a
		read, err = f.parser.parse(ctx, what, a)
		return err
	})
	var no *statusError
	switch {
	case errors.As(err, &no) && no.status == http.StatusNotFound && f.pager.endsAt404():
		return nil, false, nil
	case no != nil:
		return nil, false, no.err
	case fault.CodeOf(err) == fault.Limit && limit < maxPageBytes:
		return nil, false, f.tooMuch()
	case err != nil:
		return nil, false, err
	}
	f.used += int64(len(got.body))
	f.pages.Add(1)
	p = &page{content: read, number: number}
	first := number == 1
	if more, err = f.pager.advance(got, read); err != nil {
		return nil, false, fault.New(fault.CodeOf(err), "%s: %w", f.address(), err).WithHint("%s", fault.Hint(err))
	}
	if more {
		p.after = f.pager.position()
	} else if first && f.c.Next != "" && !read.next.found {
		f.log.Warn("the first answer has nothing at --next, so that one page is all", "next", f.c.Next)
	}
	return p, more, nil
}

func (f *fetcher) tooMuch() error {
	return fault.New(fault.Limit, "%s: the answers of this run have more than --max-bytes %d", f.address(), f.c.MaxBytes).
		WithHint("raise --max-bytes, or commit on the way with --batch-pages")
}

// short says why the end is not the end of everything.
func (f *fetcher) short() error {
	if missing := f.pager.missing(); missing > 0 {
		return fault.New(fault.Partial, "%s: the server says that there are %d rows, and gave %d of them", f.address(), f.pager.total, f.pager.rows).
			WithHint("what came is kept; where --total counts what nobody gets, leave it out")
	}
	return nil
}

func (f *fetcher) capped(p *page) error {
	err := fault.New(fault.Partial, "%s: stopped after --max-pages %d, and there are more", f.address(), f.c.MaxPages)
	if p.after == nil {
		return err.WithHint("what came is kept; the next run begins at the first page again, because the address of the next one holds a secret")
	}
	return err.WithHint("what came is kept, and the next run goes on at page %d", f.pager.page)
}
