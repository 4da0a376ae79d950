package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// ingestAPI measures ingest api beside a client that only downloads and
// validates.
func ingestAPI(ctx context.Context, b *bench) error {
	const pages = 10_000
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: pageHandler(pages)}
	go func() { _ = server.Serve(listener) }()
	defer func() { _ = server.Close() }()
	url := "http://" + listener.Addr().String() + "/rows"
	peer, err := b.self(ctx, downloadArg, url, strconv.Itoa(pages+1))
	if err != nil {
		return err
	}
	lake := filepath.Join(b.dir, "lake-api")
	own, err := b.df360(ctx, "ingest", "api", url, "--dataset", "rows", "--paginate", "page", "--lake", lake)
	if err != nil {
		return err
	}
	b.row("net/http and json.Valid, 10,000 pages of 100 rows", peer.String(), "the peer")
	b.row("`ingest api`, the same pages", fmt.Sprintf("%s: %.0f %% of the peer's rate", own, 100*ratio(peer.wall, own.wall)), "≥ 80 %")
	return nil
}

// pageHandler answers with pages of 100 rows.
func pageHandler(pages int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page, _ := strconv.Atoi(r.URL.Query().Get("page"))
		body := []byte("[")
		for row := range 100 {
			if page > pages {
				break
			}
			if row > 0 {
				body = append(body, ',')
			}
			body = appendRecord(body, (page-1)*100+row)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(append(body, ']'))
	})
}

// appendRecord adds a record of about 200 bytes.
func appendRecord(dst []byte, i int) []byte {
	return fmt.Appendf(dst, `{"transaction_id":"%08x-58cc-4372-a567-0e02b2c3d479","user_id":"u%06d","amount":%d.%02d,"currency":"EUR",`+
		`"category":"travel","merchant":"m%04d","status":"completed","at":"2026-01-02T03:%02d:%02d.%06dZ","n":%d}`,
		i*2654435761%(1<<32), i%100_000, i%1000, i%100, i%5000, i/60%60, i%60, i%1_000_000, i)
}

const (
	benchTopic      = "bench"
	benchPartitions = 4
)

// ingestKafka measures ingest kafka beside the sum of a bare consumer of the topic
// and the engine's COPY of the same records from a file.
func ingestKafka(ctx context.Context, b *bench) error {
	records := strconv.FormatInt(b.rows/4, 10)
	path := filepath.Join(b.dir, "records.jsonl")
	brokers, stop, err := b.startKafka(ctx, path, records)
	if err != nil {
		return err
	}
	defer stop()
	consume, err := b.self(ctx, consumeArg, brokers, benchTopic, records)
	if err != nil {
		return err
	}
	copied, err := b.self(ctx, copyArg, path, filepath.Join(b.dir, "records.parquet"))
	if err != nil {
		return err
	}
	own, err := b.df360(ctx, "ingest", "kafka", "--brokers", brokers, "--topic", benchTopic, "--dataset", "rows",
		"--lake", filepath.Join(b.dir, "lake-kafka"))
	if err != nil {
		return err
	}
	b.row("franz-go alone, "+records+" records of 200 bytes, 4 partitions", consume.String(), "a peer")
	b.row("DuckDB, COPY of the same records from NDJSON", copied.String(), "a peer")
	b.row("`ingest kafka`, the same records", fmt.Sprintf("%s: %.2f× the CPU of both peers", own, ratio(own.cpu, consume.cpu+copied.cpu)),
		"≤ 1.1×, aim 0.9×, peak ≤ 512 MiB")
	return nil
}

// startKafka starts a broker with the records, in a process of its own: the kernel
// counts what this one holds for the peak of those that it starts.
func (b *bench) startKafka(ctx context.Context, path, records string) (brokers string, stop func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return "", nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, self, brokerArg, path, records) //nolint:gosec // this very program
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		cancel()
		return "", nil, err
	}
	stop = func() {
		cancel()
		_ = cmd.Wait() // it was killed
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		stop()
		return "", nil, fmt.Errorf("start a broker: %w", err)
	}
	return strings.TrimSpace(line), stop, nil
}

// runBroker is a broker with records, which are also written to a file, until it
// is killed. It prints its address when it is ready.
func runBroker(ctx context.Context, args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("usage: bench %s FILE RECORDS", brokerArg)
	}
	records, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(benchPartitions, benchTopic))
	if err != nil {
		return err
	}
	defer cluster.Close()
	if err := fill(ctx, cluster.ListenAddrs(), benchTopic, benchPartitions, args[0], records); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(os.Stdout, strings.Join(cluster.ListenAddrs(), ",")); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// fill puts records into a topic and into a file.
func fill(ctx context.Context, brokers []string, topic string, partitions int, path string, records int) (err error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.MaxBufferedRecords(100_000))
	if err != nil {
		return err
	}
	defer client.Close()
	f, err := os.Create(path) //nolint:gosec // scratch
	if err != nil {
		return err
	}
	var text []byte
	for i := range records {
		value := appendRecord(nil, i)
		client.Produce(ctx, &kgo.Record{Topic: topic, Partition: int32(i % partitions), Value: value}, nil) //nolint:gosec // few partitions
		text = append(append(text, value...), '\n')
		if len(text) > 1<<20 || i == records-1 {
			if _, err := f.Write(text); err != nil {
				return err
			}
			text = text[:0]
		}
	}
	if err := client.Flush(ctx); err != nil {
		return err
	}
	return f.Close()
}
