package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kalpafall/df360/internal/duck"
)

// What makes this program a peer of ingest.
const (
	copyArg     = "copy"     // FILE PARQUET: the engine's own COPY
	consumeArg  = "consume"  // BROKERS TOPIC RECORDS: franz-go, and nothing else
	downloadArg = "download" // URL PAGES: net/http and json.Valid
	brokerArg   = "broker"   // FILE RECORDS: what the consumers consume
)

// runPeer runs a peer, if args ask for one.
func runPeer(ctx context.Context, args []string) (ok bool, err error) {
	peers := map[string]func(context.Context, []string) error{
		naiveArg: runNaive, copyArg: runCopy, consumeArg: runConsume, downloadArg: runDownload, brokerArg: runBroker,
	}
	if len(args) == 0 || peers[args[0]] == nil {
		return false, nil
	}
	return true, peers[args[0]](ctx, args[1:])
}

func runCopy(ctx context.Context, args []string) (err error) {
	if len(args) != 2 {
		return fmt.Errorf("usage: bench %s FILE PARQUET", copyArg)
	}
	s, err := duck.Open(ctx, duck.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	scan := "read_csv"
	if strings.HasSuffix(args[0], "jsonl") {
		scan = "read_json"
	}
	if err := s.Exec(ctx, "COPY (SELECT * FROM "+scan+"("+duck.Literal(args[0])+")) TO "+duck.Literal(args[1])+" (FORMAT parquet)"); err != nil {
		return err
	}
	f, err := os.Open(args[1])
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func runConsume(ctx context.Context, args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("usage: bench %s BROKERS TOPIC RECORDS", consumeArg)
	}
	want, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(args[0], ",")...), kgo.ConsumeTopics(args[1]),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		return err
	}
	defer client.Close()
	for got := 0; got < want; {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return err
		}
		got += fetches.NumRecords()
	}
	return nil
}

func runDownload(ctx context.Context, args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("usage: bench %s URL PAGES", downloadArg)
	}
	pages, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	client := &http.Client{Timeout: time.Minute}
	for page := 1; page <= pages; page++ {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, args[0]+"?page="+strconv.Itoa(page), nil) //nolint:gosec // the bench's own server
		if err != nil {
			return err
		}
		response, err := client.Do(request) //nolint:gosec // the bench's own server
		if err != nil {
			return err
		}
		body, err := io.ReadAll(response.Body)
		if err = errors.Join(err, response.Body.Close()); err != nil {
			return err
		}
		if !json.Valid(body) {
			return fmt.Errorf("page %d is no JSON", page)
		}
	}
	return nil
}
