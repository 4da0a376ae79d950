package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"github.com/kalpafall/df360/ingest/kafka"
	"github.com/kalpafall/df360/internal/fault"
)

// transact writes n values in a transaction, and ends it or leaves it open.
func transact(t *testing.T, cl *kgo.Client, partition int32, from, n int, end ...kgo.TransactionEndTry) {
	t.Helper()
	if err := cl.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	put(t, cl, partition, from, n)
	for _, e := range end {
		if err := cl.EndTransaction(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOnlyCommittedTransactionsAreSeen(t *testing.T) {
	t.Parallel()
	f := startFake(t, 1)
	cl := newProducer(t, f.Cluster, kgo.TransactionalID("a"))
	other := newProducer(t, f.Cluster, kgo.TransactionalID("b"))
	transact(t, cl, 0, 0, 3, kgo.TryCommit)
	transact(t, cl, 0, 100, 3, kgo.TryAbort)
	f.put(t, 0, 3, 2)
	transact(t, cl, 0, 5, 1, kgo.TryCommit)
	transact(t, other, 0, 200, 2, kgo.TryAbort)
	first := mustTake(t, f.options(), nil)
	if len(first.rows) != 6 || strings.Contains(first.numbers(), "=1") && strings.Contains(first.numbers(), "=100") {
		t.Errorf("took %s", first.numbers())
	}
	if end := next(t, first.progress, 0); end != 15 { // 11 records, 4 markers
		t.Errorf("the position is %d, want 15: behind the last marker", end)
	}
	if again := mustTake(t, f.options(), first.progress); again.batches != 0 {
		t.Errorf("took %s again", again.numbers())
	}
	// What an open transaction holds back is taken when it is committed.
	transact(t, other, 0, 6, 2)
	f.put(t, 0, 8, 1)
	held := mustTake(t, f.options(), first.progress)
	if len(held.rows) != 0 || held.report[0].Lag != 3 {
		t.Errorf("took %s, report %+v", held.numbers(), held.report[0])
	}
	if err := other.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
		t.Fatal(err)
	}
	rest := mustTake(t, f.options(), first.progress)
	if rest.numbers() != "0:15=6 0:16=7 0:17=8" {
		t.Errorf("took %s", rest.numbers())
	}
}

// TestBatchesBeginInsideTransactions: a commit may end in the middle of what a
// producer has aborted.
func TestBatchesBeginInsideTransactions(t *testing.T) {
	t.Parallel()
	f := startFake(t, 1)
	cl := newProducer(t, f.Cluster, kgo.TransactionalID("a"), kgo.ProducerLinger(0), kgo.MaxBufferedRecords(1))
	want := 0
	for i := range 20 {
		if i%3 == 1 {
			transact(t, cl, 0, 1000+i, 7, kgo.TryAbort)
		} else {
			transact(t, cl, 0, want, 5, kgo.TryCommit)
			want += 5
		}
	}
	o := f.options()
	o.BatchRows = 3
	got := mustTake(t, o, nil)
	for i, r := range got.rows {
		if r.value != fmt.Sprintf(`{"n":%d}`, i) {
			t.Fatalf("row %d is %s", i, r.value)
		}
	}
	if len(got.rows) != want {
		t.Errorf("%d rows, want %d", len(got.rows), want)
	}
}

// TestErrorsThatPass: each request is answered with each error that passes, and
// the run takes everything once.
func TestErrorsThatPass(t *testing.T) {
	t.Parallel()
	for _, code := range []*kerr.Error{
		kerr.NotLeaderForPartition, kerr.LeaderNotAvailable, kerr.UnknownTopicOrPartition, kerr.RequestTimedOut, kerr.NetworkException,
		kerr.ReplicaNotAvailable, kerr.KafkaStorageError, kerr.FencedLeaderEpoch, kerr.UnknownLeaderEpoch, kerr.OffsetNotAvailable,
		kerr.UnknownTopicID, kerr.CorruptMessage, kerr.OffsetOutOfRange,
	} {
		for key, answer := range map[kmsg.Key]func(kmsg.Request, *kerr.Error) kmsg.Response{
			kmsg.Fetch: fetchAnswer, kmsg.ListOffsets: listAnswer, kmsg.OffsetForLeaderEpoch: epochAnswer, kmsg.Metadata: metadataAnswer,
		} {
			if code == kerr.OffsetOutOfRange && key != kmsg.Fetch {
				continue
			}
			t.Run(key.Name()+" "+code.Message, func(t *testing.T) {
				t.Parallel()
				f := startFake(t, 2)
				f.put(t, 0, 0, 10)
				o := f.options()
				o.BatchRows = 4
				first := mustTake(t, o, nil)
				f.put(t, 0, 10, 10)
				f.put(t, 1, 0, 10)
				left := 2
				f.ControlKey(int16(key), func(req kmsg.Request) (kmsg.Response, error, bool) {
					if left--; left < 0 {
						f.DropControl()
						return nil, nil, false
					}
					f.KeepControl()
					return answer(req, code), nil, true
				})
				if got := mustTake(t, o, first.progress); len(got.rows) != 20 {
					t.Errorf("took %s", got.numbers())
				}
			})
		}
	}
}

func listAnswer(kreq kmsg.Request, code *kerr.Error) kmsg.Response {
	req := kreq.(*kmsg.ListOffsetsRequest)
	resp := req.ResponseKind().(*kmsg.ListOffsetsResponse)
	for _, rt := range req.Topics {
		t := kmsg.NewListOffsetsResponseTopic()
		t.Topic = rt.Topic
		for _, rp := range rt.Partitions {
			p := kmsg.NewListOffsetsResponseTopicPartition()
			p.Partition, p.ErrorCode, p.Offset = rp.Partition, code.Code, -1
			t.Partitions = append(t.Partitions, p)
		}
		resp.Topics = append(resp.Topics, t)
	}
	return resp
}

func epochAnswer(kreq kmsg.Request, code *kerr.Error) kmsg.Response {
	req := kreq.(*kmsg.OffsetForLeaderEpochRequest)
	resp := req.ResponseKind().(*kmsg.OffsetForLeaderEpochResponse)
	for _, rt := range req.Topics {
		t := kmsg.NewOffsetForLeaderEpochResponseTopic()
		t.Topic = rt.Topic
		for _, rp := range rt.Partitions {
			p := kmsg.NewOffsetForLeaderEpochResponseTopicPartition()
			p.Partition, p.ErrorCode, p.LeaderEpoch, p.EndOffset = rp.Partition, code.Code, -1, -1
			t.Partitions = append(t.Partitions, p)
		}
		resp.Topics = append(resp.Topics, t)
	}
	return resp
}

func metadataAnswer(kreq kmsg.Request, code *kerr.Error) kmsg.Response {
	req := kreq.(*kmsg.MetadataRequest)
	if len(req.Topics) == 0 { // the client's own look at the brokers
		return nil
	}
	resp := req.ResponseKind().(*kmsg.MetadataResponse)
	t := kmsg.NewMetadataResponseTopic()
	t.Topic, t.ErrorCode = req.Topics[0].Topic, code.Code
	resp.Topics = append(resp.Topics, t)
	return resp
}

func TestErrorsThatStay(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		key    kmsg.Key
		answer func(kmsg.Request, *kerr.Error) kmsg.Response
		code   *kerr.Error
		kind   fault.Code
		says   string
	}{
		"fetch refused":       {kmsg.Fetch, fetchAnswer, kerr.TopicAuthorizationFailed, fault.Permission, "grant Read"},
		"metadata refused":    {kmsg.Metadata, metadataAnswer, kerr.TopicAuthorizationFailed, fault.Permission, "grant Read"},
		"listing refused":     {kmsg.ListOffsets, listAnswer, kerr.TopicAuthorizationFailed, fault.Permission, "grant Read"},
		"compression":         {kmsg.Fetch, fetchAnswer, kerr.UnsupportedCompressionType, fault.HTTP, "UNSUPPORTED_COMPRESSION_TYPE"},
		"corrupt on disk":     {kmsg.Fetch, fetchAnswer, kerr.CorruptMessage, fault.Unreachable, "CORRUPT_MESSAGE"},
		"no leader":           {kmsg.Fetch, fetchAnswer, kerr.NotLeaderForPartition, fault.Unreachable, "did not answer"},
		"listing unsupported": {kmsg.ListOffsets, listAnswer, kerr.UnsupportedForMessageFormat, fault.HTTP, "UNSUPPORTED"},
		"bad name":            {kmsg.Metadata, metadataAnswer, kerr.InvalidTopicException, fault.Usage, "--topic"},
		"no such topic":       {kmsg.Metadata, metadataAnswer, kerr.UnknownTopicOrPartition, fault.NotFound, "no topic orders"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := startFake(t, 1)
			f.put(t, 0, 0, 5)
			var asked atomic.Int32
			f.ControlKey(int16(tc.key), func(req kmsg.Request) (kmsg.Response, error, bool) {
				f.KeepControl()
				resp := tc.answer(req, tc.code)
				if resp != nil {
					asked.Add(1)
				}
				return resp, nil, resp != nil
			})
			o := f.options()
			o.ConnectTimeout = 2 * time.Second
			got, err := take(t, o, nil)
			wantFault(t, err, tc.kind, tc.says)
			if n := asked.Load(); n > 20 || len(got.rows) > 0 {
				t.Errorf("asked %d times, took %s", n, got.numbers())
			}
		})
	}
}

// TestOldBrokers give no topic ids, no leader epochs, no last stable offsets.
func TestOldBrokers(t *testing.T) {
	t.Parallel()
	for name, v := range map[string]*kversion.Versions{
		"0.11": kversion.V0_11_0(), "1.0": kversion.V1_0_0(), "2.1": kversion.V2_1_0(), "2.7": kversion.V2_7_0(), "3.0": kversion.V3_0_0(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := startFake(t, 2, kfake.MaxVersions(v))
			f.put(t, 0, 0, 10)
			o := f.options()
			o.BatchRows = 4
			first := mustTake(t, o, nil)
			f.put(t, 0, 10, 5)
			second := mustTake(t, o, first.progress)
			if len(first.rows) != 10 || len(second.rows) != 5 {
				t.Errorf("took %s, then %s", first.numbers(), second.numbers())
			}
		})
	}
}

// TestLeadersMove: partitions change brokers all the time, and everything is
// taken once.
func TestLeadersMove(t *testing.T) {
	t.Parallel()
	f := startFake(t, 4, kfake.NumBrokers(3))
	const each = 3000
	for p := range int32(4) {
		f.put(t, p, 0, each)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := int32(0); ctx.Err() == nil; i++ {
			_ = f.MoveTopicPartition(topic, i%4, (i/4)%3)
			time.Sleep(time.Millisecond)
		}
	}()
	o := f.options()
	o.BatchRows = 500
	got, err := take(t, o, nil)
	cancel()
	<-done
	if err != nil || len(got.rows) != 4*each {
		t.Fatalf("%d rows, %v", len(got.rows), err)
	}
	seen := map[string]bool{}
	for _, r := range got.rows {
		seen[r.origin] = true
	}
	if len(seen) != 4*each {
		t.Errorf("%d records of %d", len(seen), 4*each)
	}
}

// TestConnectionsBreak: one request in ten ends its connection.
func TestConnectionsBreak(t *testing.T) {
	t.Parallel()
	f := startFake(t, 2)
	f.put(t, 0, 0, 2000)
	f.put(t, 1, 0, 2000)
	random := rand.New(rand.NewPCG(1, 2))
	f.Control(func(kmsg.Request) (kmsg.Response, error, bool) {
		f.KeepControl()
		if random.IntN(10) == 0 {
			return nil, errors.New("hang up"), true
		}
		return nil, nil, false
	})
	o := f.options()
	o.BatchRows = 500
	if got := mustTake(t, o, nil); len(got.rows) != 4000 {
		t.Errorf("%d rows", len(got.rows))
	}
}

// TestBrokersGoAway: what was read is committed, and the run ends after the time
// that it may wait.
func TestBrokersGoAway(t *testing.T) {
	t.Parallel()
	f := startFake(t, 1)
	f.put(t, 0, 0, 10)
	o := f.options()
	o.ConnectTimeout, o.Until = time.Second, kafka.Until{Offsets: map[int32]int64{0: 20}}
	got, err := takeUntil(t.Context(), t, o, nil, func(*run) { f.Cluster.Close() })
	wantFault(t, err, fault.Unreachable, "did not answer for 1s", "127.0.0.1")
	if len(got.rows) != 10 || next(t, got.progress, 0) != 10 {
		t.Errorf("took %s, progress %s", got.numbers(), got.progress)
	}
	begin := time.Now()
	_, err = take(t, o, got.progress)
	wantFault(t, err, fault.Unreachable, "refused")
	if took := time.Since(begin); took > 4*time.Second {
		t.Errorf("it took %s", took)
	}
}
