package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kalpafall/df360/internal/fault"
)

// topicView is a topic as its cluster describes it.
type topicView struct {
	cluster string
	id      [16]byte
	parts   map[int32]leadership
}

// leadership is who leads a partition, and since which election.
type leadership struct{ broker, epoch int32 }

// Special times of ListOffsets.
const (
	atEnd        int64 = -1
	atStart      int64 = -2
	atLocalStart int64 = -4 // of a topic whose older records are in a remote store
)

// Isolation levels.
const (
	readUncommitted int8 = 0
	readCommitted   int8 = 1
)

// unknownTries is how often a topic may be unknown: one that was just made is,
// for a moment.
const unknownTries = 3

// view asks for the topic, patiently.
func (c *client) view(ctx context.Context) (v topicView, err error) {
	unknown := 0
	err = c.patiently(ctx, func(ctx context.Context) error {
		v, err = c.look(ctx)
		if errors.Is(err, kerr.UnknownTopicOrPartition) {
			if unknown++; unknown >= unknownTries {
				return fault.New(fault.NotFound, "Kafka has no topic %s", c.o.Topic).WithHint("df360 does not make topics")
			}
		}
		return err
	})
	return v, err
}

// look asks for the topic once. No topic is made by that.
func (c *client) look(ctx context.Context) (topicView, error) {
	req := kmsg.NewPtrMetadataRequest()
	topic := kmsg.NewMetadataRequestTopic()
	topic.Topic = kmsg.StringPtr(c.o.Topic)
	req.Topics = append(req.Topics, topic)
	req.AllowAutoTopicCreation = false
	resp, err := req.RequestWith(ctx, c.kc)
	if err != nil {
		return topicView{}, err
	}
	if len(resp.Topics) != 1 {
		return topicView{}, fmt.Errorf("the answer describes %d topics, not one", len(resp.Topics))
	}
	t := resp.Topics[0]
	if err := kerr.ErrorForCode(t.ErrorCode); err != nil {
		return topicView{}, err
	}
	v := topicView{id: t.TopicID, parts: make(map[int32]leadership, len(t.Partitions))}
	if resp.ClusterID != nil {
		v.cluster = *resp.ClusterID
	}
	for _, p := range t.Partitions {
		v.parts[p.Partition] = leadership{p.Leader, p.LeaderEpoch}
	}
	return v, nil
}

// numbers are the topic's partitions in order.
func (v topicView) numbers() []int32 {
	out := make([]int32, 0, len(v.parts))
	for p := range v.parts {
		out = append(out, p)
	}
	slices.Sort(out)
	return out
}

// byLeader groups partitions by the broker that leads them.
func (v topicView) byLeader(parts []int32) (map[int32][]int32, error) {
	out := map[int32][]int32{}
	for _, p := range parts {
		l, ok := v.parts[p]
		if !ok || l.broker < 0 {
			return nil, fmt.Errorf("partition %d: %w", p, kerr.LeaderNotAvailable)
		}
		out[l.broker] = append(out[l.broker], p)
	}
	return out, nil
}

// list asks each partition's leader for the offset at a time, once. -1 is the
// answer where there is none.
func (c *client) list(ctx context.Context, v topicView, parts []int32, isolation int8, at int64) (map[int32]int64, error) {
	brokers, err := v.byLeader(parts)
	if err != nil {
		return nil, err
	}
	out := make(map[int32]int64, len(parts))
	for broker, mine := range brokers {
		req := kmsg.NewPtrListOffsetsRequest()
		req.ReplicaID, req.IsolationLevel = -1, isolation
		topic := kmsg.NewListOffsetsRequestTopic()
		topic.Topic = c.o.Topic
		for _, p := range mine {
			one := kmsg.NewListOffsetsRequestTopicPartition()
			one.Partition, one.CurrentLeaderEpoch, one.Timestamp = p, v.parts[p].epoch, at
			topic.Partitions = append(topic.Partitions, one)
		}
		req.Topics = append(req.Topics, topic)
		resp, err := c.kc.Broker(int(broker)).Request(ctx, req)
		if err != nil {
			return nil, err
		}
		for _, t := range resp.(*kmsg.ListOffsetsResponse).Topics { //nolint:forcetypeassert // the answer to this request
			for _, p := range t.Partitions {
				if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
					return nil, fmt.Errorf("partition %d: %w", p.Partition, err)
				}
				out[p.Partition] = p.Offset
				if len(p.OldStyleOffsets) > 0 {
					out[p.Partition] = p.OldStyleOffsets[0]
				}
			}
		}
	}
	if len(out) < len(parts) {
		return nil, errors.New("an answer leaves out partitions")
	}
	return out, nil
}

// marks are the offsets where each partition's log begins, where its last
// committed transaction ends, and where it ends.
type marks struct{ start, stable, high map[int32]int64 }

// marksOf asks for them, patiently; v is looked at again between attempts.
func (c *client) marksOf(ctx context.Context, v *topicView, parts []int32) (m marks, err error) {
	err = c.listing(ctx, v, func(ctx context.Context) error {
		// In this order start <= stable <= high also while the log grows.
		if m.start, err = c.list(ctx, *v, parts, readUncommitted, atStart); err != nil {
			return err
		}
		if m.stable, err = c.list(ctx, *v, parts, readCommitted, atEnd); err != nil {
			return err
		}
		m.high, err = c.list(ctx, *v, parts, readUncommitted, atEnd)
		return err
	})
	return m, err
}

// listing tries patiently, with a new view before every further attempt.
func (c *client) listing(ctx context.Context, v *topicView, try func(context.Context) error) error {
	first := true
	return c.patiently(ctx, func(ctx context.Context) error {
		if !first {
			seen, err := c.look(ctx)
			if err != nil {
				return err
			}
			if seen.id != v.id || seen.cluster != v.cluster {
				return c.madeAgain()
			}
			*v = seen
		}
		first = false
		err := try(ctx)
		var told *kerr.Error
		if errors.As(err, &told) && !told.Retriable && c.final(err) == nil {
			return fault.New(fault.HTTP, "Kafka refuses to list offsets of topic %s: %w", c.o.Topic, err)
		}
		return err
	})
}

func (c *client) madeAgain() error {
	return fault.New(fault.NotFound, "topic %s was deleted and made again while it was read", c.o.Topic).
		WithHint("run the command again; it tells how far the dataset has read the topic that was deleted")
}

// since is the first offset of each partition whose record has a time at or
// after millis; its stable end where there is none.
func (c *client) since(ctx context.Context, v *topicView, parts []int32, millis int64) (out map[int32]int64, err error) {
	err = c.listing(ctx, v, func(ctx context.Context) error {
		stable, err := c.list(ctx, *v, parts, readCommitted, atEnd)
		if err != nil {
			return err
		}
		if out, err = c.list(ctx, *v, parts, readCommitted, millis); err != nil {
			return err
		}
		for p, at := range out {
			if at < 0 {
				out[p] = stable[p]
			}
		}
		return nil
	})
	return out, err
}

// diverged asks leaders whether their logs have been truncated below the
// positions, and written anew: epochs are those of the last batches read. It
// returns where the logs part, for the partitions where they do.
func (c *client) diverged(ctx context.Context, v *topicView, parts []*partition) (out map[int32]int64, err error) {
	at := map[int32]*partition{}
	var ids []int32
	for _, p := range parts {
		if p.epoch >= 0 && p.next > 0 {
			at[p.id], ids = p, append(ids, p.id)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	out = map[int32]int64{}
	err = c.listing(ctx, v, func(ctx context.Context) error {
		brokers, err := v.byLeader(ids)
		if err != nil {
			return err
		}
		for broker, mine := range brokers {
			if err := c.epochEnds(ctx, v, broker, mine, at, out); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// tooOld is what franz-go says of a broker that does not know a request; it has no
// error to compare with.
const tooOld = "broker is too old"

func (c *client) epochEnds(ctx context.Context, v *topicView, broker int32, mine []int32, at map[int32]*partition, out map[int32]int64) error {
	req := kmsg.NewPtrOffsetForLeaderEpochRequest()
	req.ReplicaID = -1
	topic := kmsg.NewOffsetForLeaderEpochRequestTopic()
	topic.Topic = c.o.Topic
	for _, p := range mine {
		one := kmsg.NewOffsetForLeaderEpochRequestTopicPartition()
		one.Partition, one.CurrentLeaderEpoch, one.LeaderEpoch = p, v.parts[p].epoch, at[p].epoch
		topic.Partitions = append(topic.Partitions, one)
	}
	req.Topics = append(req.Topics, topic)
	resp, err := c.kc.Broker(int(broker)).Request(ctx, req)
	switch {
	case err != nil && strings.Contains(err.Error(), tooOld):
		return nil
	case err != nil:
		return err
	}
	for _, t := range resp.(*kmsg.OffsetForLeaderEpochResponse).Topics { //nolint:forcetypeassert // the answer to this request
		for _, p := range t.Partitions {
			switch err := kerr.ErrorForCode(p.ErrorCode); {
			case errors.Is(err, kerr.ClusterAuthorizationFailed):
				return nil // brokers before 2.3 tell it to each other only
			case err != nil:
				return fmt.Errorf("partition %d: %w", p.Partition, err)
			}
			if one := at[p.Partition]; one != nil && p.EndOffset >= 0 && p.EndOffset < one.next {
				out[p.Partition] = p.EndOffset
			}
		}
	}
	return nil
}
