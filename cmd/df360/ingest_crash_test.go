package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// ingestCrashCases are those of the sources. Each has rows that do not fit, and
// several commits in the run that is killed.
func ingestCrashCases() []crashCase {
	datasets := []string{"raw/orders", "raw/orders_rejected"}
	files := map[string]string{
		"a.csv":   csvOrders(1, 40, ""),
		"b.csv":   csvOrders(41, 80, "81,\"x\",late\n82,1\n"),
		"c.jsonl": jsonOrders(83, 120) + "no json\n{\"id\":121,\"amount\":\"free\"}\n{\"id\":122,\"note\":\"new\"}\n",
		"d.csv":   csvOrders(123, 160, "161,1e400,far\n"),
	}
	file := func(names ...string) []string {
		return append(append([]string{"ingest", "file"}, names...), "--dataset", "orders", "--batch-bytes", "1")
	}
	api := func(pages string) []string {
		return []string{
			"ingest", "api", "{server}/orders", "--dataset", "orders", "--paginate", "page", "--batch-pages", "1", "--records", "rows",
			"--param", "pages=" + pages,
		}
	}
	topic := func(name string) []string {
		return []string{"ingest", "kafka", "--brokers", "{server}", "--topic", name, "--dataset", "orders", "--batch-rows", "70"}
	}
	return []crashCase{
		{name: "ingest file", commands: [][]string{file("a.csv", "b.csv", "c.jsonl", "d.csv")}, datasets: datasets, files: files},
		{
			name: "ingest file again", datasets: datasets, files: files,
			commands: [][]string{file("a.csv", "b.csv"), file("a.csv", "b.csv", "c.jsonl", "d.csv")},
		},
		{
			name: "ingest replay", datasets: datasets, files: files,
			commands: [][]string{
				file("a.csv", "b.csv", "c.jsonl", "d.csv"),
				{"lake", "alter", "raw.orders", "--column", "amount", "--type", "VARCHAR"},
				{"ingest", "replay", "--dataset", "orders"},
			},
		},
		{
			name: "ingest file, Parquet", datasets: datasets[:1], // an engine of its own reads it
			commands: [][]string{
				{"fake", "transactions", "--rows", "300", "--seed", "7", "--out", "a.parquet"},
				{"fake", "transactions", "--rows", "200", "--seed", "8", "--out", "b.parquet"},
				file("a.parquet", "b.parquet"),
			},
		},
		{name: "ingest api", commands: [][]string{api("3")}, datasets: datasets, serve: serveOrders},
		{name: "ingest kafka", commands: [][]string{topic("orders")}, datasets: datasets, serve: serveTopic},
	}
}

func csvOrders(from, to int, more string) string {
	var b strings.Builder
	b.WriteString("id,amount,note\n")
	for id := from; id <= to; id++ {
		fmt.Fprintf(&b, "%d,%d.25,\"note, %d\"\n", id, id, id)
	}
	return b.String() + more
}

func jsonOrders(from, to int) string {
	var b strings.Builder
	for id := from; id <= to; id++ {
		fmt.Fprintf(&b, "{\"id\":%d,\"amount\":%d.5,\"tags\":[\"t%d\",null]}\n", id, id, id)
	}
	return b.String()
}

// serveOrders is a web API of three pages and an empty one.
func serveOrders(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page, _ := strconv.Atoi(r.URL.Query().Get("page"))
		pages, _ := strconv.Atoi(r.URL.Query().Get("pages"))
		rows := ""
		if page <= pages {
			rows = strings.ReplaceAll(strings.TrimSpace(jsonOrders(page*100, page*100+40)), "\n", ",")
			rows += fmt.Sprintf(`,{"id":"bad %d"}`, page)
			if page == 1 {
				rows = strings.TrimSuffix(rows, `,{"id":"bad 1"}`) // types are found from the first commit
			}
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"rows":[%s]}`, rows)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// serveTopic is a broker with a topic of two partitions.
func serveTopic(t *testing.T) string {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, "orders"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var records []*kgo.Record
	for i, line := range strings.Split(strings.TrimSpace(jsonOrders(1, 300)), "\n") {
		r := &kgo.Record{Topic: "orders", Partition: int32(i % 2), Value: []byte(line), Key: []byte(strconv.Itoa(i))}
		switch i % 50 {
		case 33:
			r.Value = []byte("poison")
		case 34:
			r.Value = nil
		case 35:
			r.Headers = []kgo.RecordHeader{{Key: "trace", Value: []byte("x")}}
		}
		records = append(records, r)
	}
	if err := client.ProduceSync(context.Background(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(cluster.ListenAddrs(), ",")
}
