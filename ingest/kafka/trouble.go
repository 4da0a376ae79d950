package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/kalpafall/df360/internal/fault"
)

// trouble is since when brokers and partitions have not given what they were
// asked for.
type trouble struct {
	brokers, parts map[int32]time.Time
	looked         time.Time // when the topic was looked at last because of it
	told           time.Time // when the user was told last
}

func newTrouble() trouble {
	return trouble{brokers: map[int32]time.Time{}, parts: map[int32]time.Time{}}
}

func (t *trouble) over(broker, part int32) {
	if len(t.brokers)+len(t.parts) > 0 {
		delete(t.brokers, broker)
		delete(t.parts, part)
	}
}

// Times of waiting for brokers that are in trouble.
const (
	lookAgain   = 500 * time.Millisecond // between looks at the topic
	lookTime    = 3 * time.Second        // that a look may take
	tellAgain   = 30 * time.Second
	deletedTime = 5 * time.Second // a topic may be unknown for so long
)

// silent notes that a broker did not answer.
func (s *Source) silent(ctx context.Context, broker int32, err error) {
	s.wait(ctx, s.trouble.brokers, broker, err)
}

// wait notes trouble: it is waited out, and ends the run where it lasts longer
// than --connect-timeout, unless the run goes on forever.
func (s *Source) wait(ctx context.Context, since map[int32]time.Time, key int32, err error) {
	if ctx.Err() != nil {
		return
	}
	if s.failed = s.c.final(err); s.failed != nil {
		return
	}
	now := s.o.Now()
	begin, ok := since[key]
	if !ok {
		since[key] = now
		begin = now
	}
	switch lasts := now.Sub(begin); {
	case lasts > s.o.ConnectTimeout && !s.o.Until.Forever:
		s.failed = s.c.unreachable(err)
		return
	case lasts > tellAgain/10 && now.Sub(s.trouble.told) > tellAgain:
		s.trouble.told = now
		s.o.Log.Warn("kafka: waiting for brokers", "for", lasts.Round(time.Second), "error", err)
	default:
		s.o.Log.Debug("kafka: waiting", "error", err)
	}
	if now.Sub(s.trouble.looked) >= lookAgain {
		s.trouble.looked = now
		if err := s.refresh(ctx); errors.Is(err, kerr.UnknownTopicOrPartition) && now.Sub(begin) > deletedTime {
			s.failed = fault.New(fault.NotFound, "topic %s was deleted", s.o.Topic)
		}
	}
}

// refresh looks at the topic: at who leads partitions now, and, in a run without
// a known end, at new ones. What cannot be seen now will be seen later.
func (s *Source) refresh(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	v, err := s.c.look(ctx)
	if err != nil {
		s.o.Log.Debug("kafka: looking at the topic", "error", err)
		return err
	}
	if v.id != s.view.id || v.cluster != s.view.cluster {
		s.stop()
		s.placed = false // Next compares it with the progress
		return nil
	}
	moved := false
	var elected []*partition
	for _, p := range s.parts {
		now, was := v.parts[p.id], s.view.parts[p.id]
		moved = moved || now != was && p.next < p.end
		if now.epoch != was.epoch && p.next < p.end {
			elected = append(elected, p)
		}
	}
	fresh := s.fresh(&v)
	if !moved && len(fresh) == 0 {
		return nil
	}
	added, err := s.begins(ctx, &v, fresh)
	if err != nil {
		s.o.Log.Debug("kafka: looking at new partitions", "error", err)
		return err
	}
	if err := s.elect(ctx, &v, elected); err != nil {
		s.o.Log.Debug("kafka: asking new leaders", "error", err)
		return err
	}
	s.stop()
	s.view, s.parts = v, append(s.parts, added...)
	return nil
}

// fresh are the partitions that a run without a known end does not read yet.
func (s *Source) fresh(v *topicView) []int32 {
	if !s.o.Until.open() {
		return nil
	}
	var out []int32
	for _, id := range v.numbers() {
		if s.partition(id) == nil {
			out = append(out, id)
		}
	}
	return out
}

// begins places new partitions: they are read from their earliest record.
func (s *Source) begins(ctx context.Context, v *topicView, ids []int32) ([]*partition, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	start, err := s.c.list(ctx, *v, ids, readUncommitted, atStart)
	if err != nil {
		return nil, err
	}
	var out []*partition
	for _, id := range ids {
		at := start[id]
		s.starts[id] = at
		out = append(out, &partition{id: id, first: at, from: at, next: at, epoch: -1, end: s.endOf(id, at)})
		s.o.Log.Info("kafka: a new partition", "partition", id)
	}
	return out, nil
}

// elect asks new leaders whether their logs hold what was read from the old ones.
func (s *Source) elect(ctx context.Context, v *topicView, parts []*partition) error {
	parted, err := s.c.diverged(ctx, v, parts)
	if err != nil {
		return err
	}
	for _, p := range parts {
		if to, ok := parted[p.id]; ok {
			s.jump(p, to, "the log was truncated at offset %d and written anew, it was read up to %d", to, p.next)
		}
	}
	return nil
}

// jump moves a position where the log leaves no other way, and the user accepts
// it; else that is the error.
func (s *Source) jump(p *partition, to int64, format string, args ...any) {
	what := fmt.Sprintf("partition %d: ", p.id) + fmt.Sprintf(format, args...)
	if s.failed = s.lost([]string{what}); s.failed == nil {
		p.gaps = append(p.gaps, Gap{p.next, to})
		p.next, p.epoch = to, -1
		s.stop()
	}
}

// refused deals with an error of one partition. void says that what else the
// answer holds is not to be looked at.
func (s *Source) refused(ctx context.Context, p *partition, a *answered) (void bool) {
	if errors.Is(a.err, kerr.OffsetOutOfRange) && a.at == p.next {
		if s.outOfRange(ctx, p) {
			return true
		}
	}
	var told *kerr.Error
	if errors.As(a.err, &told) && !told.Retriable && !errors.Is(a.err, kerr.OffsetOutOfRange) && s.c.final(a.err) == nil {
		s.failed = fault.New(fault.HTTP, "Kafka refuses to give topic %s: %w", s.o.Topic, a.err)
		return true
	}
	session := s.session
	s.wait(ctx, s.trouble.parts, p.id, a.err)
	return s.failed != nil || s.session != session
}

// outOfRange finds out why a log does not have an offset. false says that it
// should, and that asking again will help.
func (s *Source) outOfRange(ctx context.Context, p *partition) bool {
	v, ids := s.view, []int32{p.id}
	m, err := s.c.marksOf(ctx, &v, ids)
	switch start, high := m.start[p.id], m.high[p.id]; {
	case err != nil:
		if ctx.Err() == nil {
			s.failed = err
		}
		return true
	case p.next < start:
		s.jump(p, start, "offsets %d to %d are not in the log any more, it begins at %d (retention, or deleted records)", p.next, start-1, start)
		return true
	case p.next > high:
		begin := s.trouble.parts[p.id]
		if begin.IsZero() || s.o.Now().Sub(begin) < awaitLeader {
			return false // a new leader may not know its end yet
		}
		s.jump(p, high, "the log ends at offset %d, it was read up to %d (it was truncated)", high, p.next)
		return true
	}
	return false
}

// hole passes over offsets that a log has no batches of, up to its stable end:
// compaction has removed them. That an answer was empty is not enough: one from
// a remote store may be late.
func (s *Source) hole(ctx context.Context, p *partition, stable int64) bool {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	local, err := s.c.list(ctx, s.view, []int32{p.id}, readUncommitted, atLocalStart)
	var told *kerr.Error
	switch {
	case err == nil && local[p.id] > p.next, err != nil && !errors.As(err, &told):
		return false // in a remote store, or not known
	case err != nil && told.Retriable:
		return false
	}
	s.o.Log.Debug("kafka: no records up to the end", "partition", p.id, "from", p.next, "to", stable)
	p.next = min(stable, p.end)
	s.stop()
	return true
}

// unreadable deals with a batch that cannot be read: it is fetched once more,
// since it may have been damaged on the way.
func (s *Source) unreadable(p *partition, err error) {
	at := p.next + 1
	switch {
	case errors.Is(err, errTooLarge):
		s.failed = fault.New(fault.Limit, "topic %s, partition %d, %w", s.o.Topic, p.id, err).
			WithHint("--memory-limit allows more; a quarter of it is for one batch")
	case p.suspicious == at:
		s.failed = fault.New(fault.Corrupt, "topic %s, partition %d, %w", s.o.Topic, p.id, err).
			WithHint("the broker has sent it twice: look at its log")
	default:
		s.o.Log.Warn("kafka: a batch cannot be read, fetching it again", "partition", p.id, "error", err)
		p.suspicious = at
	}
	s.stop()
}
