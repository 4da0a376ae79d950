package kafka

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/kalpafall/df360/ingest"
)

// Name is the _source of rows from Kafka, and the source's member of a progress.
const Name = "kafka"

// Source reads a topic. It is used by one goroutine.
type Source struct {
	o      Options
	c      *client
	shared *shared
	d      *decompressor

	base    map[string]topicProgress // what the next commit lands on
	view    topicView
	cluster string
	id      string       // of the topic
	parts   []*partition // by number
	placed  bool
	// fix says that positions are to be recorded though nothing was read, and
	// madeAgain that they are of another topic of the same name.
	fix, madeAgain bool
	deadline       time.Time       // of a run with a duration
	ends           map[int32]int64 // of the run, fixed once
	begun          map[int32]int64 // what --from has led to, once
	starts         map[int32]int64 // where the run began, for the report
	accepted       map[int32][]Gap // in commits of this run
	committed      map[int32]int64 // positions in the lake
	failed         error           // ends the run, once what was read is committed

	// What is being read.
	session  *session
	answer   answer
	reader   *reader
	reading  *partition
	expected int // rows of a block, by the one before
	trouble  trouble

	mirrorFailed bool
}

// partition is how far the source is in one partition.
type partition struct {
	id         int32
	first      int64 // where it was placed
	from       int64 // where the batch begins
	next       int64 // behind the last offset that was yielded or passed over
	end        int64 // of the run, exclusive
	epoch      int32 // of the leader that wrote the last batch; -1 is unknown
	high       int64 // the log's end as last seen
	gaps       []Gap // of the batch
	suspicious int64 // the offset of a batch that could not be read, plus 1
}

// New makes a source. Nothing is asked of a broker before Next.
func New(o Options) (*Source, error) {
	s := &Source{
		o: o.withDefaults(), ends: map[int32]int64{}, starts: map[int32]int64{},
		accepted: map[int32][]Gap{}, committed: map[int32]int64{}, trouble: newTrouble(),
	}
	var err error
	if s.c, err = newClient(&s.o); err != nil {
		return nil, err
	}
	s.shared = newShared(o.Topic, o.Raw)
	s.d = &decompressor{cap: int(min(max(s.o.MemoryLimit/4, 16<<20), 512<<20))}
	return s, nil
}

// Name is kafka.
func (s *Source) Name() string { return Name }

// Columns are those of records, with the value where it is taken as it is.
func (s *Source) Columns() []ingest.Column { return columns(s.o.Raw) }

// Close ends what is under way and closes connections.
func (s *Source) Close() error {
	s.stop()
	s.d.close()
	s.c.kc.Close()
	return nil
}

// stop drops what was read ahead.
func (s *Source) stop() {
	if s.session != nil {
		s.session.close()
	}
	s.session, s.answer, s.reader, s.reading = nil, answer{}, nil, nil
}

// Next is the next batch. The first call finds out where the run begins and
// ends; further ones do so again where the progress is not the one that the
// batch before has left.
func (s *Source) Next(ctx context.Context, progress json.RawMessage) (ingest.Batch, error) {
	if err := s.settle(ctx, progress); err != nil {
		return nil, err
	}
	if s.finished() && !s.moved() {
		return nil, nil
	}
	return &batch{s: s}, nil
}

// settle brings the source to the positions of a progress.
func (s *Source) settle(ctx context.Context, progress json.RawMessage) (err error) {
	if s.failed != nil {
		return s.failed
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if s.base, err = decodeProgress(progress); err != nil {
		return err
	}
	if s.deadline.IsZero() && s.o.Until.Duration > 0 {
		s.deadline = s.o.Now().Add(s.o.Until.Duration)
	}
	if !s.placed || !s.isAt(s.base[s.o.Topic]) {
		return s.place(ctx)
	}
	s.fix, s.madeAgain = false, false
	for _, p := range s.parts {
		p.from, p.gaps = p.next, nil
	}
	return nil
}

// isAt reports whether the source is where a progress ends.
func (s *Source) isAt(t topicProgress) bool {
	if t.TopicID != "" && s.id != "" && t.TopicID != s.id || (s.fix || s.madeAgain) && len(t.Partitions) == 0 {
		return false
	}
	for _, p := range s.parts {
		at := p.first
		if known := t.Partitions[strconv.Itoa(int(p.id))]; known != nil {
			at = known.Next
		}
		if p.next != at {
			return false
		}
	}
	return true
}

// finished reports whether nothing is left for this run.
func (s *Source) finished() bool {
	if !s.deadline.IsZero() {
		return !s.o.Now().Before(s.deadline)
	}
	return !slices.ContainsFunc(s.parts, func(p *partition) bool { return p.next < p.end })
}

// moved reports whether there is something to record.
func (s *Source) moved() bool {
	return s.fix || s.madeAgain ||
		slices.ContainsFunc(s.parts, func(p *partition) bool { return p.next != p.from || len(p.gaps) > 0 })
}

// endOf is where the run ends in a partition, given its stable end now.
func (s *Source) endOf(id int32, stable int64) int64 {
	if s.o.Until.open() {
		return math.MaxInt64
	}
	if end, ok := s.o.Until.Offsets[id]; ok {
		return end
	}
	if _, ok := s.ends[id]; !ok {
		s.ends[id] = stable
	}
	return s.ends[id]
}

// PartitionReport is what a run did in one partition.
type PartitionReport struct {
	Partition int32 `json:"partition"`
	// Start is where the run began, End where its last commit has ended.
	Start int64 `json:"start"`
	End   int64 `json:"end"`
	// HighWatermark is the end of the log as last seen, Lag what lies between,
	// offsets without a visible record among it.
	HighWatermark int64 `json:"high_watermark"`
	Lag           int64 `json:"lag"`
	// Gaps are those that commits of the run have recorded.
	Gaps []Gap `json:"gaps"`
}

// Report is what the run did so far. It asks once where the logs end now.
func (s *Source) Report(ctx context.Context) []PartitionReport {
	s.lookAtEnds(ctx)
	return s.report(func(p *partition) int64 {
		if at, ok := s.committed[p.id]; ok {
			return at
		}
		return s.starts[p.id]
	})
}

// Plan is what a run would read: Start to End, or to the end of the log for a
// run that goes on beyond it. Gaps are those that it would record.
func (s *Source) Plan(ctx context.Context, progress json.RawMessage) ([]PartitionReport, error) {
	if err := s.settle(ctx, progress); err != nil {
		return nil, err
	}
	out := s.report(func(p *partition) int64 { return max(p.next, min(p.end, max(p.high, p.next))) })
	for i, p := range s.parts {
		out[i].Gaps = append(out[i].Gaps, p.gaps...)
	}
	return out, nil
}

func (s *Source) lookAtEnds(ctx context.Context) {
	if ctx.Err() != nil {
		return // it was interrupted
	}
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	ids := make([]int32, len(s.parts))
	for i, p := range s.parts {
		ids[i] = p.id
	}
	high, err := s.c.list(ctx, s.view, ids, readUncommitted, atEnd)
	if err != nil {
		s.o.Log.Debug("kafka: looking at the ends", "error", err)
		return
	}
	for _, p := range s.parts {
		p.high = high[p.id]
	}
}

func (s *Source) report(end func(*partition) int64) []PartitionReport {
	out := make([]PartitionReport, 0, len(s.parts))
	for _, p := range s.parts {
		at := end(p)
		out = append(out, PartitionReport{
			Partition: p.id, Start: s.starts[p.id], End: at, HighWatermark: p.high,
			Lag: max(p.high-at, 0), Gaps: append([]Gap{}, s.accepted[p.id]...),
		})
	}
	return out
}

var _ ingest.Source = (*Source)(nil)
