package kafka_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kalpafall/df360/ingest"
	"github.com/kalpafall/df360/ingest/ingesttest"
	"github.com/kalpafall/df360/ingest/kafka"
)

func TestSuite(t *testing.T) {
	t.Parallel()
	ingesttest.Suite(t, func(t *testing.T) ingesttest.Fixture {
		t.Helper()
		f := startFake(t, 2)
		client, err := kgo.NewClient(kgo.SeedBrokers(f.options().Brokers...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(client.Close)
		return ingesttest.Fixture{
			Open: func(t *testing.T) (ingest.Source, ingest.Options) {
				t.Helper()
				o := f.options()
				o.BatchRows = 15
				source, err := kafka.New(o)
				if err != nil {
					t.Fatal(err)
				}
				return source, ingest.Options{CommitEmpty: true, Refetch: true}
			},
			Add: func(t *testing.T, from, to int) {
				t.Helper()
				records := []*kgo.Record{{Topic: f.options().Topic, Value: []byte("no row")}}
				for id := from; id <= to; id++ {
					records = append(records, &kgo.Record{
						Topic: f.options().Topic, Partition: int32(id % 2), Value: fmt.Appendf(nil, `{"id":%d}`, id),
					})
				}
				if err := client.ProduceSync(context.Background(), records...).FirstErr(); err != nil {
					t.Fatal(err)
				}
			},
		}
	})
}
