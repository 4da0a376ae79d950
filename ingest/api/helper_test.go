package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kalpafall/df360/ingest"
	"github.com/kalpafall/df360/ingest/csv"
	"github.com/kalpafall/df360/internal/secret"
)

// server is a server of a test that notes what it is asked.
type server struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string // method and request URI
	seen  []http.Header
	calls int
}

// serve starts a server; handle gets the number of the request, from 1.
func serve(t *testing.T, handle func(w http.ResponseWriter, r *http.Request, n int)) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.calls++
		n := s.calls
		s.asked = append(s.asked, r.Method+" "+r.RequestURI)
		s.seen = append(s.seen, r.Header.Clone())
		s.mu.Unlock()
		handle(w, r, n)
	}))
	s.Config.ErrorLog = quiet()
	t.Cleanup(s.Close)
	return s
}

func (s *server) requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

// clock is a machine whose time passes in sleeps only.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	slept []time.Duration
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.slept = append(c.slept, d)
	return context.Cause(ctx)
}

// job is one source of a test, and what was stored.
type job struct {
	t        *testing.T
	clock    *clock
	name     string
	env      map[string]string
	restart  bool
	once     bool // Read is called once for each batch
	progress map[string]any
	secrets  *secret.Scrubber
	dir      string
	ctx      context.Context //nolint:containedctx // of a test
	onCommit func(n int) error
}

func newJob(t *testing.T) *job {
	t.Helper()
	return &job{t: t, clock: newClock(), dir: t.TempDir(), ctx: t.Context(), secrets: &secret.Scrubber{}}
}

// result is what a run has yielded.
type result struct {
	Rows    []string
	Origins []string
	Commits int
	Err     error
	Short   error
	Stats   Stats
}

// told makes a Config of flags: name, value, name, value.
func told(t *testing.T, url string, flags ...string) *Config {
	t.Helper()
	c := NewConfig()
	c.URL = url
	for i := 0; i < len(flags); i += 2 {
		if err := c.Set(flags[i], flags[i+1]); err != nil {
			t.Fatalf("--%s %s: %v", flags[i], flags[i+1], err)
		}
	}
	return c
}

func (j *job) options(c *Config) Options {
	return Options{
		Config: c, Name: j.name, Restart: j.restart, TempDir: j.dir, Secrets: j.secrets,
		Env: func(name string) string { return j.env[name] },
		Now: j.clock.Now, Sleep: j.clock.Sleep, Random: func() float64 { return 0.5 },
	}
}

// run does what ingest.Run does, without a lake.
func (j *job) run(url string, flags ...string) (out result) {
	j.t.Helper()
	s, err := New(j.options(told(j.t, url, flags...)))
	if err != nil {
		return result{Err: err}
	}
	defer func() {
		if err := s.Close(); err != nil {
			j.t.Errorf("close: %v", err)
		}
	}()
	out.Err = j.loop(s, &out)
	out.Short, out.Stats = s.Incomplete(), s.Stats()
	return out
}

func (j *job) loop(s *Source, out *result) error {
	for {
		stored, err := json.Marshal(j.progress)
		if err != nil || j.progress == nil {
			stored = nil
		}
		b, err := s.Next(j.ctx, stored)
		if err != nil || b == nil {
			return err
		}
		var first, rows, origins []string
		if !j.once {
			if err := b.Read(j.ctx, true, take(&first, nil)); err != nil {
				return err
			}
		}
		if err := b.Read(j.ctx, false, take(&rows, &origins)); err != nil {
			return err
		}
		if !j.once {
			if diff := cmp.Diff(first, rows); diff != "" {
				j.t.Errorf("read again, rows differ: %s", diff)
			}
		}
		patch, err := b.Progress()
		if err != nil {
			return err
		}
		if patch == nil && len(rows) > 0 {
			j.t.Error("rows without progress")
		}
		if patch == nil {
			continue
		}
		data, err := json.Marshal(patch)
		if err != nil {
			return err
		}
		var change map[string]any
		if err := json.Unmarshal(data, &change); err != nil {
			return err
		}
		merged, _ := merge(j.progress, change).(map[string]any)
		j.progress = merged
		out.Rows, out.Origins = append(out.Rows, rows...), append(out.Origins, origins...)
		out.Commits++
		if j.onCommit != nil {
			if err := j.onCommit(out.Commits); err != nil {
				return err
			}
		}
	}
}

// take notes rows.
type ingestBlock = ingest.Block

func take(rows, origins *[]string) func(b *ingest.Block) error {
	return func(b *ingest.Block) error {
		if b.CSV != nil {
			r := csv.NewReader(b.CSV.Data, b.CSV.Dialect)
			for record := r.Next(); record != nil; record = r.Next() {
				*rows = append(*rows, strings.Join(b.CSV.Header.Names, "|")+"="+string(record.Raw))
				if origins != nil {
					*origins = append(*origins, b.CSV.Origin(record.At))
				}
			}
			return nil
		}
		for i, v := range b.Values {
			*rows = append(*rows, string(v))
			if origins != nil {
				*origins = append(*origins, b.Origin(i))
			}
		}
		return nil
	}
}

// merge is RFC 7396.
func merge(target, patch any) any {
	p, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	t, ok := target.(map[string]any)
	if !ok || t == nil {
		t = map[string]any{}
	}
	for name, value := range p {
		if value == nil {
			delete(t, name)
			continue
		}
		t[name] = merge(t[name], value)
	}
	return t
}

// rows are objects with ids from first to last.
func rows(first, last int) []string {
	var out []string
	for i := first; i <= last; i++ {
		out = append(out, `{"id":`+strconv.Itoa(i)+`}`)
	}
	return out
}

func list(rows []string) string { return "[" + strings.Join(rows, ",") + "]" }

func say(w http.ResponseWriter, kind, body string) {
	w.Header().Set("Content-Type", kind)
	_, _ = fmt.Fprint(w, body)
}

func sayJSON(w http.ResponseWriter, body string) { say(w, "application/json", body) }

func number(r *http.Request, name string) int {
	n, _ := strconv.Atoi(r.URL.Query().Get(name))
	return n
}
