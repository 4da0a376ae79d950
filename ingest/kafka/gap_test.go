package kafka_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kalpafall/df360/ingest/kafka"
	"github.com/kalpafall/df360/internal/fault"
)

// deleteTo deletes a partition's records up to an offset.
func (f *fakeKafka) deleteTo(t *testing.T, partition int32, offset int64) {
	t.Helper()
	o := kadm.Offsets{}
	o.Add(kadm.Offset{Topic: topic, Partition: partition, At: offset, LeaderEpoch: -1})
	if _, err := f.adm.DeleteRecords(t.Context(), o); err != nil {
		t.Fatal(err)
	}
}

func TestDeletedRecordsEndTheRun(t *testing.T) {
	t.Parallel()
	f := startFake(t, 2)
	f.put(t, 0, 0, 10)
	f.put(t, 1, 0, 10)
	first := mustTake(t, f.options(), nil)
	f.put(t, 0, 10, 10)
	f.deleteTo(t, 0, 15)
	got, err := take(t, f.options(), first.progress)
	wantFault(t, err, fault.NotFound, "partition 0", "offsets 10 to 14", "begins at 15", "--accept-gap")
	if len(got.rows) > 0 {
		t.Errorf("took %s", got.numbers())
	}
	s, err := kafka.New(f.options())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	_, err = s.Plan(t.Context(), first.progress) // before anything is read
	wantFault(t, err, fault.NotFound, "offsets 10 to 14")
	o := f.options()
	o.AcceptGap = true
	got = mustTake(t, o, first.progress)
	if got.numbers() != "0:15=15 0:16=16 0:17=17 0:18=18 0:19=19" {
		t.Errorf("took %s", got.numbers())
	}
	if gaps := got.report[0].Gaps; len(gaps) != 1 || gaps[0] != (kafka.Gap{From: 10, To: 15}) {
		t.Errorf("gaps %v", gaps)
	}
	// The gap belongs to its commit.
	f.put(t, 0, 20, 1)
	got = mustTake(t, f.options(), got.progress)
	if got.numbers() != "0:20=20" || strings.Contains(string(got.progress), "gaps") {
		t.Errorf("took %s, progress %s", got.numbers(), got.progress)
	}
}

// TestRecordsDeletedBeforeTheFirstRun are none that the dataset should have.
func TestRecordsDeletedBeforeTheFirstRun(t *testing.T) {
	t.Parallel()
	f := startFake(t, 1)
	f.put(t, 0, 0, 10)
	f.deleteTo(t, 0, 7)
	if got := mustTake(t, f.options(), nil); got.numbers() != "0:7=7 0:8=8 0:9=9" {
		t.Errorf("took %s", got.numbers())
	}
}

// TestAllTakenRecordsDeleted: what was deleted is in the dataset.
func TestAllTakenRecordsDeleted(t *testing.T) {
	t.Parallel()
	f := startFake(t, 1)
	f.put(t, 0, 0, 10)
	first := mustTake(t, f.options(), nil)
	f.deleteTo(t, 0, 10)
	f.put(t, 0, 10, 1)
	if got := mustTake(t, f.options(), first.progress); got.numbers() != "0:10=10" {
		t.Errorf("took %s", got.numbers())
	}
}

// TestDeletedInTheMiddle: what was read before is committed; the error comes next.
func TestDeletedInTheMiddle(t *testing.T) {
	t.Parallel()
	f := startFake(t, 1)
	f.put(t, 0, 0, 10)
	o := f.options()
	o.Until = kafka.Until{Offsets: map[int32]int64{0: 100}}
	deleted := false
	got, err := takeUntil(t.Context(), t, o, nil, func(*run) {
		if !deleted {
			deleted = true
			// A fetch that waits for offset 10 now finds that the log begins at 30.
			f.ControlKey(int16(kmsg.Fetch), func(req kmsg.Request) (kmsg.Response, error, bool) {
				return fetchAnswer(req, kerr.OffsetOutOfRange), nil, true
			})
			f.put(t, 0, 10, 40)
			f.deleteTo(t, 0, 30)
		}
	})
	wantFault(t, err, fault.NotFound, "begins at 30")
	if next(t, got.progress, 0) < 10 || int64(len(got.rows)) != next(t, got.progress, 0) {
		t.Errorf("%d rows, progress %s", len(got.rows), got.progress)
	}
	o.AcceptGap, o.Until = true, kafka.Until{}
	if got = mustTake(t, o, got.progress); len(got.rows) != 20 {
		t.Errorf("took %s", got.numbers())
	}
}

// fetchAnswer answers every partition of a fetch with an error.
func fetchAnswer(kreq kmsg.Request, code *kerr.Error) kmsg.Response {
	req := kreq.(*kmsg.FetchRequest)
	resp := req.ResponseKind().(*kmsg.FetchResponse)
	for _, rt := range req.Topics {
		t := kmsg.NewFetchResponseTopic()
		t.Topic, t.TopicID = rt.Topic, rt.TopicID
		for _, rp := range rt.Partitions {
			p := kmsg.NewFetchResponseTopicPartition()
			p.Partition, p.ErrorCode, p.HighWatermark, p.LastStableOffset, p.LogStartOffset = rp.Partition, code.Code, -1, -1, -1
			t.Partitions = append(t.Partitions, p)
		}
		resp.Topics = append(resp.Topics, t)
	}
	return resp
}

// recreate deletes the topic and makes it again.
func (f *fakeKafka) recreate(t *testing.T, partitions int32) {
	t.Helper()
	if _, err := f.adm.DeleteTopics(t.Context(), topic); err != nil {
		t.Fatal(err)
	}
	if _, err := f.adm.CreateTopics(t.Context(), partitions, 1, nil, topic); err != nil {
		t.Fatal(err)
	}
	f.PurgeTopicsFromClient(topic)
}

func TestTopicMadeAgain(t *testing.T) {
	t.Parallel()
	f := startFake(t, 3)
	for p := range int32(3) {
		f.put(t, p, 0, 5)
	}
	first := mustTake(t, f.options(), nil)
	f.recreate(t, 2)
	f.put(t, 0, 100, 8) // longer than the old one was read
	_, err := take(t, f.options(), first.progress)
	wantFault(t, err, fault.NotFound, "made again", "0:5,1:5,2:5", "--accept-gap")
	o := f.options()
	o.AcceptGap = true
	got := mustTake(t, o, first.progress)
	if len(got.rows) != 8 || got.rows[0].offset != 0 || next(t, got.progress, 1) != 0 || next(t, got.progress, 2) != -1 {
		t.Errorf("took %s, progress %s", got.numbers(), got.progress)
	}
	if again := mustTake(t, f.options(), got.progress); again.batches != 0 {
		t.Errorf("took %s again", again.numbers())
	}
}

// TestTopicMadeAgainEmpty: accepting it is a commit of the position alone.
func TestTopicMadeAgainEmpty(t *testing.T) {
	t.Parallel()
	f := startFake(t, 1)
	f.put(t, 0, 0, 5)
	first := mustTake(t, f.options(), nil)
	f.recreate(t, 1)
	o := f.options()
	o.AcceptGap = true
	got := mustTake(t, o, first.progress)
	if got.batches != 1 || next(t, got.progress, 0) != 0 {
		t.Errorf("%d batches, progress %s", got.batches, got.progress)
	}
	mustTake(t, f.options(), got.progress)
}

// TestAnotherRunHasAcceptedTheNewTopic: positions that are the same by chance are
// not those of the topic that this run has looked at.
func TestAnotherRunHasAcceptedTheNewTopic(t *testing.T) {
	t.Parallel()
	f := startFake(t, 1)
	f.put(t, 0, 0, 5)
	first := mustTake(t, f.options(), nil)
	s, err := kafka.New(f.options())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if _, err := s.Next(t.Context(), first.progress); err != nil {
		t.Fatal(err)
	}
	other := strings.Replace(string(first.progress), `"topic_id":"`, `"topic_id":"x`, 1)
	_, err = s.Next(t.Context(), json.RawMessage(other))
	wantFault(t, err, fault.NotFound, "made again")
}

func TestTopicMadeAgainWhileItIsRead(t *testing.T) {
	t.Parallel()
	f := startFake(t, 1)
	f.put(t, 0, 0, 5)
	o := f.options()
	o.Until, o.Refresh, o.BatchInterval = kafka.Until{Forever: true}, 100*time.Millisecond, 200*time.Millisecond
	again := false
	got, err := takeUntil(t.Context(), t, o, nil, func(*run) {
		if !again {
			again = true
			f.recreate(t, 1)
			f.put(t, 0, 100, 8)
		}
	})
	wantFault(t, err, fault.NotFound, "made again")
	if len(got.rows) != 5 || next(t, got.progress, 0) != 5 {
		t.Errorf("took %s, progress %s", got.numbers(), got.progress)
	}
}

func TestTopicDeletedWhileItIsRead(t *testing.T) {
	t.Parallel()
	f := startFake(t, 1)
	f.put(t, 0, 0, 5)
	o := f.options()
	o.Until, o.BatchInterval = kafka.Until{Forever: true}, 200*time.Millisecond
	gone := false
	got, err := takeUntil(t.Context(), t, o, nil, func(*run) {
		if !gone {
			gone = true
			if _, err := f.adm.DeleteTopics(t.Context(), topic); err != nil {
				t.Error(err)
			}
		}
	})
	wantFault(t, err, fault.NotFound, "deleted")
	if next(t, got.progress, 0) != 5 {
		t.Errorf("progress %s", got.progress)
	}
}

func TestOtherCluster(t *testing.T) {
	t.Parallel()
	f := startFake(t, 1, kfake.ClusterID("one"))
	f.put(t, 0, 0, 5)
	first := mustTake(t, f.options(), nil)
	other := startFake(t, 1, kfake.ClusterID("two"))
	other.put(t, 0, 50, 9)
	_, err := take(t, other.options(), first.progress)
	wantFault(t, err, fault.NotFound, "cluster one", "cluster two", "0:5")
	o := other.options()
	o.AcceptGap = true
	if got := mustTake(t, o, first.progress); len(got.rows) != 9 {
		t.Errorf("took %s", got.numbers())
	}
	// The same topic under another name of its cluster goes on.
	renamed := strings.Replace(string(first.progress), `"one"`, `"three"`, 1)
	_, err = take(t, f.options(), json.RawMessage(renamed))
	wantFault(t, err, fault.NotFound, "the topic's id is the same")
	o = f.options()
	o.AcceptGap = true
	got := mustTake(t, o, json.RawMessage(renamed))
	if len(got.rows) != 0 || got.batches != 1 || !strings.Contains(string(got.progress), `"one"`) {
		t.Errorf("took %s, progress %s", got.numbers(), got.progress)
	}
}

// TestTruncatedLog: the dataset has come further than the log goes.
func TestTruncatedLog(t *testing.T) {
	t.Parallel()
	f := startFake(t, 1)
	f.put(t, 0, 0, 5)
	first := mustTake(t, f.options(), nil)
	beyond := json.RawMessage(strings.Replace(string(first.progress), `"next":5`, `"next":9`, 1))
	_, err := take(t, f.options(), beyond)
	wantFault(t, err, fault.NotFound, "ends at offset 5", "come to 9", "truncated")
	o := f.options()
	o.AcceptGap = true
	got := mustTake(t, o, beyond)
	if len(got.rows) != 0 || next(t, got.progress, 0) != 5 {
		t.Errorf("took %s, progress %s", got.numbers(), got.progress)
	}
}

// TestTruncatedAndWrittenAnew: by the epoch of the leader that wrote the last
// batch, the log says where it parted from what was read.
func TestTruncatedAndWrittenAnew(t *testing.T) {
	t.Parallel()
	f := startFake(t, 1)
	f.put(t, 0, 0, 5)
	first := mustTake(t, f.options(), nil)
	f.put(t, 0, 50, 5)
	f.partAt(3)
	_, err := take(t, f.options(), first.progress)
	wantFault(t, err, fault.NotFound, "truncated at offset 3", "come to 5")
	o := f.options()
	o.AcceptGap = true
	got := mustTake(t, o, first.progress)
	if len(got.rows) != 7 || got.rows[0].offset != 3 {
		t.Errorf("took %s", got.numbers())
	}
}

// partAt lets the leader say that its log parted from older ones at an offset.
func (f *fakeKafka) partAt(offset int64) {
	f.ControlKey(int16(kmsg.OffsetForLeaderEpoch), func(req kmsg.Request) (kmsg.Response, error, bool) {
		f.KeepControl()
		resp := epochAnswer(req, &kerr.Error{}).(*kmsg.OffsetForLeaderEpochResponse)
		resp.Topics[0].Partitions[0].LeaderEpoch, resp.Topics[0].Partitions[0].EndOffset = 0, offset
		return resp, nil, true
	})
}

// TestNewLeaderHasLostRecords: a leader that was elected while the run goes on is
// asked, too.
func TestNewLeaderHasLostRecords(t *testing.T) {
	t.Parallel()
	f := startFake(t, 1)
	f.put(t, 0, 0, 5)
	o := f.options()
	o.Until, o.BatchInterval = kafka.Until{Forever: true}, 200*time.Millisecond
	moved := false
	got, err := takeUntil(t.Context(), t, o, nil, func(*run) {
		if !moved {
			moved = true
			f.partAt(3)
			leader := f.LeaderFor(topic, 0)
			if err := f.MoveTopicPartition(topic, 0, 1-leader); err != nil {
				t.Error(err)
			}
		}
	})
	wantFault(t, err, fault.NotFound, "truncated at offset 3", "read up to 5")
	if len(got.rows) != 5 || next(t, got.progress, 0) != 5 {
		t.Errorf("took %s, progress %s", got.numbers(), got.progress)
	}
}
