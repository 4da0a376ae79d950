package kafka

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/kalpafall/df360/internal/fault"
)

// topicProgress is how far a dataset is in a topic. The source's member of the
// progress has one for each topic, by its name.
type topicProgress struct {
	ClusterID string `json:"cluster_id,omitempty"`
	// TopicID is as Kafka's tools print it; "" where brokers give none.
	TopicID    string                        `json:"topic_id,omitempty"`
	Partitions map[string]*partitionProgress `json:"partitions,omitempty"`
}

// partitionProgress is what a commit has taken from a partition, and where the
// next one begins.
type partitionProgress struct {
	From int64 `json:"from"` // of the commit that has moved it last
	Next int64 `json:"next"`
	// Epoch is the leader's that has written the last batch before Next; by it
	// brokers can tell that their log was truncated and written anew.
	Epoch *int32 `json:"epoch,omitempty"`
	// Gaps of that commit: offsets that were passed over because the log does
	// not have their records any more.
	Gaps []Gap `json:"gaps,omitempty"`
}

// Gap is a jump of a position from one offset to another that the user has
// accepted. To is less than From where a log was truncated or made again.
type Gap struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

// decodeProgress reads the source's member of a progress, nil is none.
func decodeProgress(member json.RawMessage) (map[string]topicProgress, error) {
	if len(bytes.TrimSpace(member)) == 0 || string(bytes.TrimSpace(member)) == "null" {
		return nil, nil
	}
	var out map[string]topicProgress
	if err := json.Unmarshal(member, &out); err != nil {
		return nil, fault.New(fault.Corrupt, "the Kafka progress of the dataset cannot be read: %w", err)
	}
	return out, nil
}

// topicID is how Kafka's tools print the id of a topic.
func topicID(id [16]byte) string {
	if id == [16]byte{} {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(id[:])
}

// CheckProgress checks that a commit goes on where the ones before it have
// ended: in each partition of its patch it begins at the position that was
// recorded, or says by a gap that it does not. before is the source's member of
// the progress up to the commit, patch the commit's merge patch of it. The error
// is of kind corrupt.
func CheckProgress(before, patch json.RawMessage) error {
	old, err := decodeProgress(before)
	if err != nil {
		return err
	}
	now, err := decodeProgress(patch)
	if err != nil {
		return err
	}
	for _, topic := range slices.Sorted(maps.Keys(now)) {
		if err := old[topic].leadsTo(now[topic]); err != nil {
			return fault.New(fault.Corrupt, "topic %s: %w", topic, err)
		}
	}
	return nil
}

// leadsTo checks a commit's patch of a topic's progress.
func (was topicProgress) leadsTo(now topicProgress) error {
	again := was.TopicID != "" && now.TopicID != "" && was.TopicID != now.TopicID
	for _, name := range slices.Sorted(maps.Keys(now.Partitions)) {
		p, last := now.Partitions[name], was.Partitions[name]
		switch {
		case p == nil && again: // the new topic has fewer
			continue
		case p == nil:
			return fmt.Errorf("partition %s: its position is forgotten", name)
		case again && last != nil && !slices.Contains(p.Gaps, Gap{last.Next, p.From}):
			return fmt.Errorf("partition %s: the topic's id has changed, and no gap is recorded", name)
		}
		if err := p.follows(last); err != nil {
			return fmt.Errorf("partition %s: %w", name, err)
		}
	}
	return nil
}

// follows checks one partition's progress against the one before, nil where there
// was none.
func (p *partitionProgress) follows(last *partitionProgress) error {
	at, gaps := p.From, p.Gaps
	switch first := last != nil && len(gaps) > 0 && gaps[0] == (Gap{last.Next, p.From}); {
	case first: // the commit begins behind a gap
		gaps = gaps[1:]
	case last != nil && p.From != last.Next:
		return fmt.Errorf("it ended at offset %d, the next commit begins at %d and records no gap", last.Next, p.From)
	}
	for _, g := range gaps {
		if g.From < at {
			return fmt.Errorf("a gap begins at offset %d, where the commit had come to %d", g.From, at)
		}
		at = g.To
	}
	if p.Next < at {
		return fmt.Errorf("it ends at offset %d, before %d", p.Next, at)
	}
	return nil
}

// patch is the merge patch of the source's member that leads from base to the
// positions of the partitions.
func (s *Source) patch() map[string]any {
	base := s.base[s.o.Topic]
	parts := map[string]any{}
	for _, p := range s.parts {
		name := strconv.Itoa(int(p.id))
		last := base.Partitions[name]
		if last != nil && last.Next == p.next && len(p.gaps) == 0 && !s.madeAgain {
			continue
		}
		one := map[string]any{"from": p.from, "next": p.next}
		if p.epoch >= 0 {
			one["epoch"] = p.epoch
		} else if last != nil && last.Epoch != nil {
			one["epoch"] = nil
		}
		if len(p.gaps) > 0 {
			one["gaps"] = slices.Clone(p.gaps)
		} else if last != nil && len(last.Gaps) > 0 {
			one["gaps"] = nil
		}
		parts[name] = one
	}
	for name := range base.Partitions {
		if _, ok := parts[name]; !ok && s.madeAgain {
			parts[name] = nil
		}
	}
	topic := map[string]any{"cluster_id": s.cluster, "partitions": parts}
	if s.id != "" {
		topic["topic_id"] = s.id
	}
	return map[string]any{s.o.Topic: topic}
}
