package kafka

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

// mirrorTime is how long a broker may take to store positions. A run that is
// interrupted has little more.
const mirrorTime = 2 * time.Second

// Committed says that the positions of the last batch are in the lake. They are
// mirrored to the consumer group, for those who watch its lag; that this fails
// is worth a warning and nothing else, for df360 never reads them.
func (s *Source) Committed(ctx context.Context) {
	offsets, moved := kadm.Offsets{}, false
	for _, p := range s.parts {
		at, ok := s.committed[p.id]
		moved = moved || !ok || at != p.next
		s.committed[p.id] = p.next
		s.accepted[p.id] = append(s.accepted[p.id], p.gaps...)
		offsets.Add(kadm.Offset{Topic: s.o.Topic, Partition: p.id, At: p.next, LeaderEpoch: -1})
	}
	if s.o.Group == "" || s.mirrorFailed || !moved {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, mirrorTime)
	defer cancel()
	if err := s.mirror(ctx, offsets); err != nil {
		s.mirrorFailed = true // once is enough to tell, and to wait for
		s.o.Log.Warn("kafka: the group's offsets are not kept up to date in this run; nothing is lost by that",
			"group", s.o.Group, "error", err)
	}
}

// mirror stores positions, with patience: a cluster's first group waits for the
// topic of groups to be made.
func (s *Source) mirror(ctx context.Context, offsets kadm.Offsets) error {
	for wait := firstWait; ; wait *= 2 {
		err := kadm.NewClient(s.c.kc).CommitAllOffsets(ctx, s.o.Group, offsets)
		if err == nil || !kerr.IsRetriable(err) || pause(ctx, wait) != nil {
			return err
		}
	}
}
