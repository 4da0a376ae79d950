package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// session is a time in which each partition has one leader. A fetcher for each
// leader asks for what comes next while what came last is taken out of the
// session: so at most one answer of each broker waits.
type session struct {
	c        *client
	v        topicView
	answers  chan answer
	cancel   context.CancelFunc
	fetchers sync.WaitGroup
	maxBytes int32 // of an answer
}

// answer is what one broker said to one request.
type answer struct {
	broker int32
	err    error // it said nothing
	parts  []answered
}

// answered is what it said of one partition.
type answered struct {
	id                  int32
	at                  int64 // the offset that was asked for
	err                 error
	raw                 []byte // batches; the last one may be cut short
	aborted             []kmsg.FetchResponseTopicPartitionAbortedTransaction
	start, stable, high int64 // as of this answer
	empty               bool  // the answer has no batch of any partition
}

// ask is a partition as its fetcher sees it.
type ask struct {
	id, epoch int32
	next, end int64
	failed    int
	after     time.Time // not before
}

// Waits of fetches: what a broker waits for new records, and the longest answer.
const (
	fetchWait = 500 // milliseconds
	mostFetch = 16 << 20
)

// errNoProgress says that a broker sends batches, but not those asked for.
var errNoProgress = errors.New("the answer has no batch of the offset that was asked for")

// startSession starts fetchers for partitions that are not at their ends. It lasts
// until close, beyond the batch that has started it.
func startSession(ctx context.Context, c *client, v topicView, parts []*partition) *session {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s := &session{c: c, v: v, answers: make(chan answer), cancel: cancel}
	asks := map[int32][]*ask{}
	for _, p := range parts {
		if l := v.parts[p.id]; p.next < p.end {
			asks[l.broker] = append(asks[l.broker], &ask{id: p.id, epoch: l.epoch, next: p.next, end: p.end})
		}
	}
	// An answer is in memory as it came, and one more in work.
	share := c.o.MemoryLimit / 16 / int64(len(asks)+1)
	s.maxBytes = int32(max(min(share, mostFetch), 1<<20))
	for broker, mine := range asks {
		s.fetchers.Go(func() { s.fetch(ctx, broker, mine) })
	}
	return s
}

// close ends the fetchers.
func (s *session) close() {
	s.cancel()
	s.fetchers.Wait()
}

// fetch asks one broker for its partitions until all are at their ends.
func (s *session) fetch(ctx context.Context, broker int32, asks []*ask) {
	failed := 0
	for {
		asks = slices.DeleteFunc(asks, func(a *ask) bool { return a.next >= a.end })
		if len(asks) == 0 {
			return
		}
		asks = append(asks[1:], asks[0]) // each comes first in turn: brokers fill answers from the front
		now, wait := s.c.o.Now(), time.Duration(1<<62)
		var ready []*ask
		for _, a := range asks {
			if left := a.after.Sub(now); left <= 0 {
				ready = append(ready, a)
			} else {
				wait = min(wait, left)
			}
		}
		if len(ready) == 0 {
			if pause(ctx, wait) != nil {
				return
			}
			continue
		}
		out := answer{broker: broker}
		resp, err := s.request(ctx, broker, ready)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			out.err = err
			failed++
		default:
			failed = 0
			out.parts = s.digest(resp, ready)
		}
		select {
		case s.answers <- out:
		case <-ctx.Done():
			return
		}
		if failed > 0 && pause(ctx, backoff(failed)) != nil {
			return
		}
	}
}

// backoff is how long to wait after so many failures in a row.
func backoff(failed int) time.Duration {
	return min(firstWait<<min(failed-1, 10), mostWait)
}

func (s *session) request(ctx context.Context, broker int32, asks []*ask) (*kmsg.FetchResponse, error) {
	if broker < 0 {
		return nil, kerr.LeaderNotAvailable
	}
	req := kmsg.NewPtrFetchRequest()
	req.MaxWaitMillis, req.MinBytes, req.MaxBytes = fetchWait, 1, s.maxBytes
	req.IsolationLevel, req.SessionEpoch = readCommitted, -1
	topic := kmsg.NewFetchRequestTopic()
	topic.Topic, topic.TopicID = s.c.o.Topic, s.v.id
	for _, a := range asks {
		p := kmsg.NewFetchRequestTopicPartition()
		p.Partition, p.CurrentLeaderEpoch, p.FetchOffset, p.PartitionMaxBytes = a.id, a.epoch, a.next, s.maxBytes
		topic.Partitions = append(topic.Partitions, p)
	}
	req.Topics = append(req.Topics, topic)
	var any kmsg.Request = req
	if s.v.id == [16]byte{} {
		any = fetchByName{req}
	}
	resp, err := s.c.kc.Broker(int(broker)).Request(ctx, any)
	if err != nil {
		return nil, err
	}
	fetched := resp.(*kmsg.FetchResponse) //nolint:forcetypeassert // the answer to this request
	return fetched, kerr.ErrorForCode(fetched.ErrorCode)
}

// fetchByName is the newest request that names topics and not their ids, for
// brokers that give none.
type fetchByName struct{ *kmsg.FetchRequest }

// MaxVersion is the newest version to send.
func (fetchByName) MaxVersion() int16 { return 12 }

// digest takes an answer apart, and moves each ask behind the batches that came.
func (s *session) digest(resp *kmsg.FetchResponse, asks []*ask) []answered {
	var out []answered
	bytes := 0
	for i := range resp.Topics {
		for j := range resp.Topics[i].Partitions {
			p := &resp.Topics[i].Partitions[j]
			bytes += len(p.RecordBatches)
			k := slices.IndexFunc(asks, func(a *ask) bool { return a.id == p.Partition })
			if k < 0 || slices.ContainsFunc(out, func(o answered) bool { return o.id == p.Partition }) {
				continue // not asked for, or answered already
			}
			out = append(out, s.one(p, asks[k], k == 0))
		}
	}
	for i := range out {
		out[i].empty = bytes == 0
	}
	return out
}

// one digests one partition; first says that it came first in the request, so
// that there must be a whole batch.
func (s *session) one(p *kmsg.FetchResponseTopicPartition, a *ask, first bool) answered {
	out := answered{
		id: a.id, at: a.next, err: kerr.ErrorForCode(p.ErrorCode), raw: p.RecordBatches, aborted: p.AbortedTransactions,
		start: p.LogStartOffset, stable: p.LastStableOffset, high: p.HighWatermark,
	}
	if out.err == nil {
		next := behind(out.raw, a.next, out.stable)
		if next == a.next && len(out.raw) > 0 && first {
			out.err = errNoProgress
		}
		a.next = next
	}
	if out.err != nil {
		out.err = fmt.Errorf("partition %d at offset %d: %w", a.id, a.next, out.err)
		out.raw = nil
		a.failed++
		a.after = s.c.o.Now().Add(backoff(a.failed))
	} else {
		a.failed = 0
	}
	return out
}

// behind is the offset behind the whole batches in raw, next at least. What lies
// behind the last stable offset is not looked at: it is not decided yet.
func behind(raw []byte, next, stable int64) int64 {
	for {
		batch, rest, ok := cut(raw)
		if !ok {
			return next
		}
		raw = rest
		if last := lastOffset(batch); stable < 0 || last < stable {
			next = max(next, last+1)
		}
	}
}
