package kafka

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kalpafall/df360/internal/fault"
)

// place finds where each partition is to be read from, by the progress or by
// --from, and up to where.
func (s *Source) place(ctx context.Context) error {
	s.stop()
	s.placed, s.fix = false, false
	v, err := s.c.view(ctx)
	if err != nil {
		return err
	}
	was := s.base[s.o.Topic]
	again, err := s.identify(&v, was)
	if err != nil {
		return err
	}
	ids, err := s.wanted(&v)
	if err != nil {
		return err
	}
	m, err := s.c.marksOf(ctx, &v, ids)
	if err != nil {
		return err
	}
	begin := m.start
	if len(was.Partitions) == 0 && !s.o.From.earliest() {
		s.fix = true
		if err := s.begin(ctx, &v, ids, m); err != nil {
			return err
		}
		begin = s.begun
	}
	parts := make([]*partition, 0, len(ids))
	for _, id := range ids {
		p := &partition{id: id, from: begin[id], epoch: -1, high: m.high[id]}
		if known := was.Partitions[strconv.Itoa(int(id))]; known != nil {
			p.from = known.Next
			if known.Epoch != nil && !again {
				p.epoch = *known.Epoch
			}
		}
		p.next = p.from
		parts = append(parts, p)
	}
	s.view, s.parts, s.madeAgain = v, parts, again
	if err := s.hold(ctx, was, m); err != nil {
		return err
	}
	for _, p := range parts {
		p.first = p.next
		p.end = max(s.endOf(p.id, m.stable[p.id]), p.next)
		if _, ok := s.starts[p.id]; !ok {
			s.starts[p.id] = p.next
		}
	}
	s.placed = true
	return nil
}

// identify compares cluster and topic with those of the progress. again says
// that the topic is another one, whose offsets have nothing to do with it.
func (s *Source) identify(v *topicView, was topicProgress) (again bool, err error) {
	s.cluster, s.id = v.cluster, topicID(v.id)
	other := was.ClusterID != "" && v.cluster != "" && was.ClusterID != v.cluster
	differs := was.TopicID != "" && s.id != "" && was.TopicID != s.id
	again = len(was.Partitions) > 0 && (differs || other && (was.TopicID == "" || s.id == ""))
	var what string
	switch {
	case other:
		what = fmt.Sprintf("the dataset has read topic %s of cluster %s up to %s, this is cluster %s",
			s.o.Topic, was.ClusterID, positions(was), v.cluster)
	case differs:
		what = fmt.Sprintf("topic %s was deleted and made again: the dataset has read id %s up to %s, this is id %s",
			s.o.Topic, was.TopicID, positions(was), s.id)
	default:
		return false, nil
	}
	if len(was.Partitions) > 0 && !s.o.AcceptGap {
		hint := "--accept-gap records this and reads the topic from its earliest record"
		if !again {
			hint = "--accept-gap records this and goes on: the topic's id is the same"
		}
		return false, fault.New(fault.NotFound, "%s", what).WithHint("%s", hint)
	}
	s.fix = !again // the cluster's new name is worth a commit
	if again {
		clear(s.ends)
		clear(s.starts)
	}
	s.o.Log.Warn("kafka: accepted: " + what)
	return again, nil
}

// positions prints those of a progress.
func positions(t topicProgress) string {
	var out []string
	for p, at := range t.Partitions {
		if at == nil {
			continue
		}
		out = append(out, p+":"+strconv.FormatInt(at.Next, 10))
	}
	slices.Sort(out)
	return "offsets " + strings.Join(out, ",")
}

// wanted are the partitions that the run reads.
func (s *Source) wanted(v *topicView) ([]int32, error) {
	if s.o.Until.Offsets == nil {
		return v.numbers(), nil
	}
	var out []int32
	for id := range s.o.Until.Offsets {
		if _, ok := v.parts[id]; !ok {
			return nil, fault.New(fault.NotFound, "topic %s has no partition %d", s.o.Topic, id).
				WithHint("it has %d, numbered from 0", len(v.parts))
		}
		out = append(out, id)
	}
	slices.Sort(out)
	return out, nil
}

// begin finds where --from says to begin, once: a batch that could not be
// committed begins at the same place again.
func (s *Source) begin(ctx context.Context, v *topicView, ids []int32, m marks) (err error) {
	switch {
	case s.begun != nil:
	case s.o.From.Latest:
		s.begun = m.stable
	default:
		s.begun, err = s.c.since(ctx, v, ids, s.o.From.Time.UnixMilli())
	}
	return err
}

// hold checks that the logs still hold what the positions ask for. Where they do
// not, that is the error, or the positions jump and the gaps are noted.
func (s *Source) hold(ctx context.Context, was topicProgress, m marks) error {
	var lost []string
	jump := func(p *partition, to int64, format string, args ...any) {
		lost = append(lost, fmt.Sprintf("partition %d: ", p.id)+fmt.Sprintf(format, args...))
		p.gaps = append(p.gaps, Gap{p.next, to})
		p.next, p.epoch = to, -1
	}
	if !s.madeAgain {
		if err := s.await(ctx, &m); err != nil {
			return err
		}
		parted, err := s.c.diverged(ctx, &s.view, s.parts)
		if err != nil {
			return err
		}
		for _, p := range s.parts {
			to, truncated := parted[p.id]
			switch {
			case p.next < m.start[p.id]:
				jump(p, m.start[p.id], "offsets %d to %d are not in the log any more, it begins at %d (retention, or deleted records)",
					p.next, m.start[p.id]-1, m.start[p.id])
			case p.next > m.high[p.id]:
				jump(p, m.high[p.id], "the log ends at offset %d, the dataset has come to %d (it was truncated)", m.high[p.id], p.next)
			case truncated:
				jump(p, max(to, m.start[p.id]), "the log was truncated at offset %d and written anew, the dataset has come to %d", to, p.next)
			}
		}
	} else {
		for _, p := range s.parts {
			if known := was.Partitions[strconv.Itoa(int(p.id))]; known != nil {
				p.next = m.start[p.id]
				p.gaps = append(p.gaps, Gap{known.Next, p.next})
			}
		}
	}
	for _, p := range s.parts {
		if len(p.gaps) > 0 {
			p.from = p.next // a batch whose first step is a gap begins behind it
		}
	}
	if len(lost) == 0 {
		return nil
	}
	return s.lost(lost)
}

// lost is the error for positions that the log does not have any more, nil where
// the user accepts that.
func (s *Source) lost(what []string) error {
	text := fmt.Sprintf("topic %s: %s", s.o.Topic, strings.Join(what, "; "))
	if !s.o.AcceptGap {
		return fault.New(fault.NotFound, "%s", text).WithHint("--accept-gap records the gap and goes on behind it")
	}
	s.o.Log.Warn("kafka: accepted: " + text)
	return nil
}

// awaitLeader is how long a log may seem to end before a position: a leader that
// was just elected may not know yet how far its log is confirmed.
const awaitLeader = 3 * time.Second

// await asks again for the ends of logs that seem too short.
func (s *Source) await(ctx context.Context, m *marks) error {
	begin := s.o.Now()
	for wait := firstWait; slices.ContainsFunc(s.parts, func(p *partition) bool { return p.next > m.high[p.id] }); wait *= 2 {
		if s.o.Now().Sub(begin) > awaitLeader {
			return nil
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
		ids := make([]int32, len(s.parts))
		for i, p := range s.parts {
			ids[i] = p.id
		}
		now, err := s.c.marksOf(ctx, &s.view, ids)
		if err != nil {
			return err
		}
		*m = now
	}
	return nil
}
