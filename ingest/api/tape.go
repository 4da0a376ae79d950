package api

import "context"

// tape is the pages of a run in their order. It can be wound back to where pages
// began to be kept.
type tape struct {
	feed  *feed
	spool *spool
	keep  bool  // pages that come are kept
	at    int64 // where in the spool the next page is; its end: it comes from the feed
	ahead *item // taken from the feed and not handed on
	ended bool
	// once it has ended: why it is not everything, and whether that is because
	// the run is not to read more.
	short  error
	capped bool
}

// next is the next page, nil behind the last.
func (t *tape) next(ctx context.Context) (*page, error) {
	if t.at < t.spool.size {
		p, at, err := t.spool.read(t.at)
		t.at = at
		return p, err
	}
	more, err := t.peek(ctx)
	if err != nil || !more {
		return nil, err
	}
	p := t.ahead.page
	t.ahead = nil
	if t.keep {
		err = t.spool.add(p)
		t.at = t.spool.size
	}
	return p, err
}

// peek reports whether there is another page. An error that the pages end with
// stays.
func (t *tape) peek(ctx context.Context) (bool, error) {
	if t.at < t.spool.size {
		return true, nil
	}
	if t.ended {
		return false, nil
	}
	if t.ahead == nil {
		i, err := t.feed.take(ctx)
		if err != nil {
			return false, err
		}
		t.ahead = i
	}
	switch {
	case t.ahead.err != nil:
		return false, t.ahead.err
	case t.ahead.page == nil:
		t.ended, t.short, t.capped, t.ahead = true, t.ahead.short, t.ahead.capped, nil
		return false, nil
	}
	return true, nil
}

// forget drops the pages that were handed on, where all were.
func (t *tape) forget() error {
	if t.at < t.spool.size {
		return nil
	}
	t.at = 0
	return t.spool.clear()
}
