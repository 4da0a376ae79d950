package api

import (
	"context"
	"encoding/hex"
	"errors"
	"hash"
)

// run reads one answer, from its first page or from where another run stopped.
type run struct {
	s     *Source
	from  state // what is stored when the batch begins that is to be read
	since string
	again bool // rows may be among those of earlier runs
	tape  *tape

	seen    int64 // number of the last page that is in what follows
	rows    int64
	hash    hash.Hash
	highest highest

	batch   *batch
	nothing bool // the answer is the one of the last run
}

// newRun begins to read.
func newRun(ctx context.Context, s *Source, from state) (*run, error) {
	r := &run{s: s, from: from, highest: highest{path: s.c.IncrementalField}}
	at := s.startAt(from)
	r.highest.keep(parseMoment(at.Cursor))
	var position *position
	var err error
	if r.since, position, err = s.startOf(at); err != nil {
		return nil, err
	}
	// The first pages of an answer are not found to be the same by the hash of
	// all of it.
	part := s.c.MaxPages > 0 && at.Hash != ""
	r.again = r.since != "" || from.Again || s.o.Restart || part && at.Resume == nil
	saved := ""
	if at.Resume != nil {
		saved, r.again = at.Resume.Hash, r.again || at.Resume.Again
		r.highest.keep(parseMoment(at.Resume.High))
		r.seen, r.rows = position.Page-1, position.Rows
		s.log.Info("go on where the last run stopped", "page", position.Page)
	}
	if r.hash, err = loadHash(saved); err != nil {
		return nil, err
	}
	pages, err := s.pager(r.since, position)
	if err != nil {
		return nil, err
	}
	r.tape = &tape{
		spool: &spool{dir: s.o.TempDir},
		feed:  startFeed(ctx, &fetcher{Source: s, pager: pages}),
	}
	if at.Resume == nil && at.Hash != "" {
		err = r.compare(ctx, at.Hash)
	}
	return r, err
}

// compare reads everything before a row is handed on, to see whether it is what
// the last run has read.
func (r *run) compare(ctx context.Context, before string) error {
	r.tape.keep = true
	h, err := loadHash("")
	if err != nil {
		return err
	}
	for {
		p, err := r.tape.next(ctx)
		if err != nil {
			return err
		}
		if p == nil {
			break
		}
		if err := p.write(h); err != nil {
			return err
		}
	}
	r.tape.at = 0
	r.nothing = hex.EncodeToString(h.Sum(nil)) == before
	r.s.short = r.tape.short
	return nil
}

// follows reports whether what is stored is what the last batch has led to.
func (r *run) follows(now state) bool {
	return r.batch != nil && r.batch.done && r.batch.to.equal(now)
}

// next is the next batch, nil where nothing is left.
func (r *run) next(ctx context.Context) (*batch, error) {
	if r.batch != nil {
		if r.batch.last {
			return nil, nil
		}
		r.from = r.batch.to
		if err := r.tape.forget(); err != nil {
			return nil, err
		}
	}
	if r.nothing {
		return nil, nil
	}
	r.batch = &batch{run: r, from: r.from, start: r.tape.at}
	return r.batch, nil
}

func (r *run) close() error {
	r.tape.feed.close()
	return r.tape.spool.clear()
}

// learn takes a page into hash and highest, once.
func (r *run) learn(p *page) error {
	if p.number <= r.seen {
		return nil
	}
	r.seen = p.number
	r.rows += int64(p.rows())
	return errors.Join(p.write(r.hash), r.highest.see(p))
}
