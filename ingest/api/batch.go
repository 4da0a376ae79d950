package api

import (
	"context"
	"encoding/hex"

	"github.com/kalpafall/df360/ingest"
)

// batch is the pages of one commit. It implements ingest.Batch.
type batch struct {
	run   *run
	from  state     // what is stored before it
	start int64     // where its pages are on the tape, as far as they are kept
	pages int64     // once it is done
	after *position // behind its last page
	done  bool      // it was read to its end, which stays where it is
	last  bool      // nothing follows it
	to    state     // what is stored with it
}

// Read yields all rows of the batch.
func (b *batch) Read(ctx context.Context, again bool, yield func(*ingest.Block) error) error {
	t := b.run.tape
	t.keep, t.at = t.keep || again, b.start
	for n := int64(0); ; n++ {
		ends, err := b.ends(ctx, n)
		if err != nil {
			return err
		}
		if ends {
			return b.end(n)
		}
		p, err := t.next(ctx)
		if err != nil {
			return err
		}
		b.after = p.after
		if err := b.run.learn(p); err != nil {
			return err
		}
		if err := p.blocks(yield); err != nil {
			return err
		}
	}
}

// ends reports whether the batch ends behind n pages. Where it is not done, it
// ends with the pages, or with as many as a commit shall have; and where the run
// is interrupted, if what follows can be read by another one.
func (b *batch) ends(ctx context.Context, n int64) (bool, error) {
	if b.done {
		return n == b.pages, nil
	}
	most := b.run.s.c.BatchPages
	canEnd := most > 0 && n > 0 && b.after != nil
	if ctx.Err() != nil {
		if canEnd {
			return true, nil
		}
		return false, context.Cause(ctx)
	}
	full := canEnd && n >= most
	more, err := b.run.tape.peek(ctx)
	switch {
	case err != nil && (full || ctx.Err() != nil && canEnd):
		return true, nil // the next batch will see it
	case err != nil:
		return false, err
	case !more:
		b.last = true
		return true, nil
	case most > 0 && n == most && !canEnd:
		b.run.s.log.Warn("no commit here, because the address of the next page holds a secret, which is not stored", "page", n)
	}
	return full, nil
}

// end settles what is stored with the batch.
func (b *batch) end(n int64) error {
	if b.done {
		return nil
	}
	r, t := b.run, b.run.tape
	if err := r.highest.check(); err != nil {
		return err
	}
	b.to = state{Cursor: b.from.Cursor, Hash: b.from.Hash}
	best := r.highest.best().text
	switch stopped := !b.last || t.capped; {
	case stopped && b.after != nil:
		saved, err := saveHash(r.hash)
		if err != nil {
			return err
		}
		b.to.Resume = &resume{position: *b.after, Since: r.since, High: best, Hash: saved, Again: r.again}
	case r.rows == 0:
	default:
		b.to.Hash, b.to.Again = hex.EncodeToString(r.hash.Sum(nil)), stopped
		if best != "" && !stopped {
			b.to.Cursor = best
		}
	}
	if b.last {
		r.s.short = t.short
	}
	b.pages, b.done = n, true
	return nil
}

// Progress is a merge patch of the source's member of the progress: nil where
// nothing was read and nothing is to be taken back.
func (b *batch) Progress() (any, error) {
	if b.to.equal(b.from) {
		return nil, nil
	}
	return map[string]any{b.run.s.stream: b.from.patch(b.to)}, nil
}
