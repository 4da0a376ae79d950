package kafka

import (
	"context"
	"fmt"
	"time"

	"github.com/kalpafall/df360/ingest"
)

// batch is what one commit takes.
type batch struct {
	s     *Source
	rows  int
	bytes int64
	kept  []*ingest.Block // to be yielded again
	read  bool
}

// rowBytes is about what a row takes beside its value, key and headers.
const rowBytes = 48

// Read yields records until the batch is full, its time is over, the run has
// come to its end, or ctx has ended.
func (b *batch) Read(ctx context.Context, again bool, yield func(*ingest.Block) error) error {
	if b.read {
		for _, block := range b.kept {
			if err := yield(block); err != nil {
				return err
			}
		}
		if !again {
			b.kept = nil
		}
		return nil
	}
	b.read = true
	most := b.s.o.BatchBytes
	if again {
		most = min(most, firstBytes, max(b.s.o.MemoryLimit/8, 8<<20))
	}
	return b.s.read(ctx, b, most, func(block *ingest.Block) error {
		if again {
			b.kept = append(b.kept, block)
		}
		return yield(block)
	})
}

// Progress is where each partition's next batch begins.
func (b *batch) Progress() (any, error) {
	if !b.s.moved() {
		return nil, nil
	}
	return b.s.patch(), nil
}

// read yields what the batch b takes, up to most bytes.
func (s *Source) read(ctx context.Context, b *batch, most int64, yield func(*ingest.Block) error) error {
	over := time.NewTimer(s.timeLeft())
	defer over.Stop()
	look := time.NewTicker(s.o.Refresh)
	defer look.Stop()
	if !s.o.Until.open() {
		look.Stop()
	}
	for b.rows < s.o.BatchRows && b.bytes < most {
		if s.reader != nil {
			if err := s.yield(ctx, b, yield); err != nil {
				return err
			}
			if s.failed != nil {
				return s.end(b)
			}
			select {
			case <-ctx.Done():
				return nil
			case <-over.C:
				return nil
			default:
				continue
			}
		}
		if s.finished() {
			return nil
		}
		if s.session == nil {
			s.session = startSession(ctx, s.c, s.view, s.parts)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-over.C:
			return nil
		case <-look.C:
			_ = s.refresh(ctx) // logged; the next one may work
		case s.answer = <-s.session.answers:
			s.take(ctx)
		}
		if s.failed != nil || !s.placed {
			return s.end(b)
		}
	}
	return nil
}

// timeLeft is how long a batch that begins now may take.
func (s *Source) timeLeft() time.Duration {
	d := s.o.BatchInterval
	if !s.deadline.IsZero() {
		d = min(d, s.deadline.Sub(s.o.Now()))
	}
	return max(d, 0)
}

// end ends a batch because of an error: what was read is committed first, and
// the next call of Next returns it.
func (s *Source) end(b *batch) error {
	if b.rows > 0 || s.moved() {
		return nil
	}
	return s.failed
}

// yield yields the next block of the partition under way.
func (s *Source) yield(ctx context.Context, b *batch, yield func(*ingest.Block) error) error {
	p := s.reading
	to := s.shared.newBuilder(p.id, s.o.BatchRows-b.rows, s.expected)
	more, err := s.reader.fill(to)
	p.next, p.epoch = s.reader.next, max(p.epoch, s.reader.epoch)
	if err != nil {
		s.unreadable(p, err)
	} else if !more {
		s.advance(ctx)
	}
	block := to.block()
	if block == nil {
		return nil
	}
	s.expected = block.Rows
	b.rows += block.Rows
	b.bytes += int64(to.size + rowBytes*block.Rows)
	return yield(block)
}

// advance goes on to the next partition of the answer.
func (s *Source) advance(ctx context.Context) {
	s.reader, s.reading = nil, nil
	for len(s.answer.parts) > 0 && s.failed == nil {
		a := &s.answer.parts[0]
		s.answer.parts = s.answer.parts[1:]
		p := s.partition(a.id)
		switch {
		case p == nil:
			continue
		case a.err != nil:
			if s.refused(ctx, p, a) {
				return // the answer is void
			}
			continue
		case a.at > p.next: // never, if fetchers do what they should
			s.o.Log.Warn("kafka: fetched too far ahead, fetching again", "partition", p.id, "at", a.at, "position", p.next)
			s.stop()
			return
		}
		s.trouble.over(s.answer.broker, p.id)
		p.high = a.high
		end := p.end
		if a.stable >= 0 {
			end = min(end, a.stable)
		}
		if a.empty && a.stable >= 0 && p.next < end {
			if s.hole(ctx, p, a.stable) {
				return
			}
			continue
		}
		if len(a.raw) > 0 && p.next < end {
			s.reading, s.reader = p, newReader(s.o.Topic, a, p.next, end, s.d)
			return
		}
	}
}

// take begins with an answer.
func (s *Source) take(ctx context.Context) {
	if s.answer.err != nil {
		s.silent(ctx, s.answer.broker, fmt.Errorf("broker %d: %w", s.answer.broker, s.answer.err))
		return
	}
	s.advance(ctx)
}

// partition finds one by its number; nil where the run does not read it.
func (s *Source) partition(id int32) *partition {
	if int(id) < len(s.parts) && s.parts[id].id == id {
		return s.parts[id]
	}
	for _, p := range s.parts {
		if p.id == id {
			return p
		}
	}
	return nil
}
