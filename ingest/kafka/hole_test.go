package kafka_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kalpafall/df360/ingest"
	"github.com/kalpafall/df360/ingest/kafka"
	"github.com/kalpafall/df360/internal/fault"
)

// TestCompactedTail: the last offsets have no record any more, and the run comes
// to its end all the same.
func TestCompactedTail(t *testing.T) {
	t.Parallel()
	f := startFake(t, 1)
	f.put(t, 0, 0, 10)
	// The broker knows of the end at 10, and has batches only up to 6.
	f.ControlKey(int16(kmsg.Fetch), func(kreq kmsg.Request) (kmsg.Response, error, bool) {
		f.KeepControl()
		req := kreq.(*kmsg.FetchRequest)
		if req.Topics[0].Partitions[0].FetchOffset < 10 {
			resp := fetchAnswer(req, &kerr.Error{}).(*kmsg.FetchResponse)
			p := &resp.Topics[0].Partitions[0]
			p.HighWatermark, p.LastStableOffset, p.LogStartOffset = 10, 10, 0
			return resp, nil, true
		}
		return nil, nil, false
	})
	got := mustTake(t, f.options(), nil)
	if len(got.rows) != 0 || next(t, got.progress, 0) != 10 || len(got.report[0].Gaps) > 0 {
		t.Errorf("took %s, progress %s", got.numbers(), got.progress)
	}
}

// TestEmptyAnswerOfARemoteStoreIsNoHole: older records lie elsewhere, and an
// answer without them may only be late.
func TestEmptyAnswerOfARemoteStoreIsNoHole(t *testing.T) {
	t.Parallel()
	f := startFake(t, 1)
	f.put(t, 0, 0, 10)
	late := 3
	f.ControlKey(int16(kmsg.Fetch), func(kreq kmsg.Request) (kmsg.Response, error, bool) {
		if late--; late < 0 {
			f.DropControl()
			return nil, nil, false
		}
		f.KeepControl()
		resp := fetchAnswer(kreq, &kerr.Error{}).(*kmsg.FetchResponse)
		p := &resp.Topics[0].Partitions[0]
		p.HighWatermark, p.LastStableOffset, p.LogStartOffset = 10, 10, 0
		return resp, nil, true
	})
	f.ControlKey(int16(kmsg.ListOffsets), func(kreq kmsg.Request) (kmsg.Response, error, bool) {
		f.KeepControl()
		req := kreq.(*kmsg.ListOffsetsRequest)
		if req.Topics[0].Partitions[0].Timestamp != -4 {
			return nil, nil, false
		}
		resp := req.ResponseKind().(*kmsg.ListOffsetsResponse)
		rt := kmsg.NewListOffsetsResponseTopic()
		rt.Topic = topic
		p := kmsg.NewListOffsetsResponseTopicPartition()
		p.Offset = 8
		rt.Partitions = append(rt.Partitions, p)
		resp.Topics = append(resp.Topics, rt)
		return resp, nil, true
	})
	if got := mustTake(t, f.options(), nil); len(got.rows) != 10 {
		t.Errorf("took %s", got.numbers())
	}
}

// TestCompactionHolesAreNoGaps: offsets are missing in between, and nothing is
// said of it.
func TestCompactionHolesAreNoGaps(t *testing.T) {
	t.Parallel()
	f := startFake(t, 1)
	if _, err := f.adm.AlterTopicConfigs(t.Context(), []kadm.AlterConfig{
		{Op: kadm.SetConfig, Name: "cleanup.policy", Value: kadm.StringPtr("compact")},
		{Op: kadm.SetConfig, Name: "segment.bytes", Value: kadm.StringPtr("200")},
		{Op: kadm.SetConfig, Name: "min.cleanable.dirty.ratio", Value: kadm.StringPtr("0")},
		{Op: kadm.SetConfig, Name: "min.compaction.lag.ms", Value: kadm.StringPtr("0")},
	}, topic); err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		r := &kgo.Record{Key: []byte{byte('a' + i%3)}, Value: fmt.Appendf(nil, `{"n":%d}`, i)}
		if err := f.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	f.Compact()
	got := mustTake(t, f.options(), nil)
	if len(got.rows) == 0 || len(got.rows) >= 50 || next(t, got.progress, 0) != 50 || len(got.report[0].Gaps) > 0 {
		t.Errorf("%d rows, progress %s, report %+v", len(got.rows), got.progress, got.report)
	}
	if len(mustTake(t, f.options(), got.progress).rows) > 0 {
		t.Error("the next run took something")
	}
}

func TestCheckProgress(t *testing.T) {
	t.Parallel()
	const before = `{"orders":{"cluster_id":"c","topic_id":"a","partitions":{"0":{"from":0,"next":100},"1":{"from":0,"next":7}}}}`
	for name, tc := range map[string]struct {
		before, patch string
		says          string
	}{
		"goes on":           {before, `{"orders":{"topic_id":"a","partitions":{"0":{"from":100,"next":250}}}}`, ""},
		"first":             {``, `{"orders":{"partitions":{"0":{"from":30,"next":250}}}}`, ""},
		"new partition":     {before, `{"orders":{"partitions":{"4":{"from":30,"next":250}}}}`, ""},
		"other topic":       {before, `{"clicks":{"partitions":{"0":{"from":30,"next":250}}}}`, ""},
		"left out":          {before, `{"orders":{"partitions":{"0":{"from":101,"next":250}}}}`, "ended at offset 100"},
		"again":             {before, `{"orders":{"partitions":{"0":{"from":90,"next":250}}}}`, "ended at offset 100"},
		"gap":               {before, `{"orders":{"partitions":{"0":{"from":120,"next":250,"gaps":[{"from":100,"to":120}]}}}}`, ""},
		"another gap":       {before, `{"orders":{"partitions":{"0":{"from":120,"next":250,"gaps":[{"from":101,"to":120}]}}}}`, "records no gap"},
		"gap in between":    {before, `{"orders":{"partitions":{"0":{"from":100,"next":250,"gaps":[{"from":120,"to":200}]}}}}`, ""},
		"gap before":        {before, `{"orders":{"partitions":{"0":{"from":100,"next":250,"gaps":[{"from":90,"to":95}]}}}}`, "a gap begins"},
		"backwards":         {before, `{"orders":{"partitions":{"0":{"from":100,"next":99}}}}`, "before 100"},
		"truncated":         {before, `{"orders":{"partitions":{"0":{"from":80,"next":99,"gaps":[{"from":100,"to":80}]}}}}`, ""},
		"made again":        {before, `{"orders":{"topic_id":"b","partitions":{"0":{"from":0,"next":9,"gaps":[{"from":100,"to":0}]},"1":null}}}`, ""},
		"forgotten":         {before, `{"orders":{"topic_id":"a","partitions":{"1":null}}}`, "forgotten"},
		"made again, whole": {before, `{"orders":{"topic_id":"b","partitions":{"0":{"from":0,"next":9,"gaps":[{"from":100,"to":0}]},"1":{"from":7,"next":7,"gaps":[{"from":7,"to":7}]}}}}`, ""},
		"made again, no gap": {
			before, `{"orders":{"topic_id":"b","partitions":{"0":{"from":100,"next":109},"1":{"from":7,"next":7,"gaps":[{"from":7,"to":7}]}}}}`, "id has changed",
		},
		"no object": {before, `[1]`, "cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := kafka.CheckProgress(json.RawMessage(tc.before), json.RawMessage(tc.patch))
			if tc.says == "" && err != nil {
				t.Error(err)
			}
			if tc.says != "" {
				wantFault(t, err, fault.Corrupt, tc.says)
			}
		})
	}
}

var _ ingest.Source = (*kafka.Source)(nil)
