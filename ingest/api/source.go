package api

import (
	"context"
	"encoding/json"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/kalpafall/df360/ingest"
	"github.com/kalpafall/df360/internal/secret"
)

// Options of a source, beside what it is told.
type Options struct {
	Config *Config
	// Name of the source in df360.yaml; "" where it is called by its URL.
	Name string
	// Restart begins as a first run does: what is kept of earlier ones is not used,
	// but to find that nothing is new.
	Restart bool
	// Env reads an environment variable; "" is not set.
	Env func(name string) string
	// TempDir is where pages are kept that must be read again and are too many for
	// memory; "" is the system's.
	TempDir string
	// Secrets is told of all secrets; nil is one of the source's own.
	Secrets *secret.Scrubber
	// Agent is the User-Agent ("df360").
	Agent string
	// Log takes what is worth knowing; nil discards it.
	Log *slog.Logger
	// Now, Sleep and Random (from [0, 1)) are the machine's where they are nil.
	Now    func() time.Time
	Sleep  func(context.Context, time.Duration) error
	Random func() float64
}

func (o Options) withDefaults() Options {
	if o.Secrets == nil {
		o.Secrets = &secret.Scrubber{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleepContext
	}
	if o.Random == nil {
		o.Random = rand.Float64
	}
	if o.Env == nil {
		o.Env = func(string) string { return "" }
	}
	if o.Agent == "" {
		o.Agent = "df360"
	}
	return o
}

// Source reads the pages of an API. It implements ingest.Source.
type Source struct {
	o        Options
	c        *Config
	material *material
	client   *client
	parser   *parser
	log      *slog.Logger
	stream   string
	deadline time.Time // zero: none, or not begun

	run    *run
	pages  atomic.Int64
	short  error
	cursor string
}

// Stats are what a run has done so far.
type Stats struct {
	Pages    int64 // that were read, whole
	Requests int64 // redirects and requests for tokens among them
	Retries  int64
	Cursor   string // the highest value of the incremental field; "" is none
}

// New checks what the source is told, and reads its secrets. It sends nothing.
func New(o Options) (*Source, error) {
	o = o.withDefaults()
	c := o.Config
	if err := c.check(); err != nil {
		return nil, err
	}
	m, err := c.resolve(o.Env, o.Secrets)
	if err != nil {
		return nil, err
	}
	s := &Source{o: o, c: c, material: m, log: o.Log, stream: c.streamName(o.Name, m.base)}
	s.parser = &parser{c: c, secrets: o.Secrets}
	if strings.HasPrefix(c.Records, ".") {
		if s.parser.query, err = compile(c.Records); err != nil {
			return nil, err
		}
	}
	auth := &authorizer{login: m.login, now: o.Now}
	s.client = &client{
		http:    newTransport(),
		borders: borders{home: originOf(m.base), allowed: c.AllowOrigins, secrets: o.Secrets},
		auth:    auth, headers: m.headers, agent: o.Agent, accept: accept(c.Format),
		timeout: c.Timeout, attempts: c.Retries + 1, maxWait: c.MaxRetryWait,
		now: o.Now, sleep: o.Sleep, random: o.Random, log: o.Log,
	}
	auth.fetch = (&tokens{login: m.login, client: s.client, secrets: o.Secrets}).fetch
	return s, nil
}

func accept(format string) string {
	switch format {
	case formatCSV:
		return "text/csv, */*;q=0.1"
	case formatJSONL:
		return "application/x-ndjson, application/jsonl, */*;q=0.1"
	}
	return "application/json, */*;q=0.1"
}

// Name is the _source of the rows.
func (s *Source) Name() string { return "api" }

// Columns are none: everything is in the rows.
func (s *Source) Columns() []ingest.Column { return nil }

// Stream is what the source is called in the progress of a dataset.
func (s *Source) Stream() string { return s.stream }

// Secrets knows everything that must not be printed.
func (s *Source) Secrets() *secret.Scrubber { return s.o.Secrets }

// Stats says what the run has done so far.
func (s *Source) Stats() Stats {
	return Stats{Pages: s.pages.Load(), Requests: s.client.requests.Load(), Retries: s.client.retries.Load(), Cursor: s.cursor}
}

// Incomplete is an error of kind partial where the run ended well, and there is
// more than it read: --max-pages was reached, or the server gave fewer rows than
// it says there are.
func (s *Source) Incomplete() error { return s.short }

// Overlaps reports whether rows of the run may be among those of earlier runs:
// with an incremental field the highest value comes again, and more with
// --lookback; so do the rows of a run that could not be continued.
func (s *Source) Overlaps() bool {
	return s.run != nil && s.run.again
}

// address is the source for people, without query and secrets.
func (s *Source) address() string {
	u := *s.material.base
	u.RawQuery = ""
	return secret.MaskURL(u.String())
}

func (s *Source) title(page int64) string {
	if s.c.Paginate == byNone {
		return s.address()
	}
	return "page " + strconv.FormatInt(page, 10) + " of " + s.address()
}

// Next is the pages of the next commit.
func (s *Source) Next(ctx context.Context, progress json.RawMessage) (ingest.Batch, error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	now, err := readState(progress, s.stream)
	if err != nil {
		return nil, err
	}
	s.cursor = now.Cursor
	if s.run == nil || !s.run.follows(now) {
		if err := s.begin(ctx, now); err != nil {
			return nil, err
		}
	}
	b, err := s.run.next(ctx)
	if b == nil || err != nil { // not a Batch that holds nil
		return nil, err
	}
	return b, nil
}

// begin starts at what is stored.
func (s *Source) begin(ctx context.Context, from state) error {
	if err := s.end(); err != nil {
		return err
	}
	if s.deadline.IsZero() && s.c.Deadline > 0 {
		s.deadline = s.o.Now().Add(s.c.Deadline)
	}
	r, err := newRun(ctx, s, from)
	s.run = r
	return err
}

func (s *Source) end() error {
	if s.run == nil {
		return nil
	}
	err := s.run.close()
	s.run = nil
	return err
}

// Close ends the requests and drops what was kept.
func (s *Source) Close() error {
	err := s.end()
	s.client.http.CloseIdleConnections()
	return err
}

// Plan is what a run would begin with, for people.
type Plan struct {
	Method   string   `json:"method"`
	URL      string   `json:"url"` // masked
	Headers  []string `json:"headers"`
	Auth     string   `json:"auth"`
	Paginate string   `json:"paginate"`
	Page     int64    `json:"page"`   // the first one to read
	Cursor   string   `json:"cursor"` // what is stored; "" is nothing
	Since    string   `json:"since"`  // what is asked from; "" is everything
}

// Plan says what a run would ask for that finds this progress. It sends nothing.
func (s *Source) Plan(progress json.RawMessage) (Plan, error) {
	from, err := readState(progress, s.stream)
	if err != nil {
		return Plan{}, err
	}
	since, position, err := s.startOf(s.startAt(from))
	if err != nil {
		return Plan{}, err
	}
	p, err := s.pager(since, position)
	if err != nil {
		return Plan{}, err
	}
	out := Plan{
		Method: s.c.method(), URL: s.maskURL(p.url()), Headers: []string{}, Auth: s.material.login.way,
		Paginate: s.c.Paginate, Page: p.page, Cursor: from.Cursor, Since: since,
	}
	for _, h := range s.material.headers {
		out.Headers = append(out.Headers, h.name)
	}
	return out, nil
}

// maskURL masks what is not ours in a query: the rest tells how paging begins.
func (s *Source) maskURL(u *url.URL) string {
	masked := secret.MaskURL(u.String())
	for pair := range strings.SplitSeq(u.RawQuery, "&") {
		name, value, _ := strings.Cut(pair, "=")
		plain, err := url.QueryUnescape(name)
		if err == nil && slices.Contains([]string{s.c.PageParam, s.c.PageSizeParam, s.c.OffsetParam, s.c.LimitParam, s.c.IncrementalParam}, plain) {
			masked = strings.Replace(masked, name+"="+secret.Mask, name+"="+value, 1)
		}
	}
	return s.o.Secrets.Scrub(masked)
}

// startAt is what of the stored state counts.
func (s *Source) startAt(from state) state {
	if s.o.Restart {
		from.Cursor, from.Resume = "", nil
	}
	return from
}

// startOf is what to ask from, and where to go on; nil is at the first page.
func (s *Source) startOf(at state) (since string, from *position, err error) {
	if at.Resume != nil {
		return at.Resume.Since, &at.Resume.position, nil
	}
	if at.Cursor == "" || s.c.IncrementalParam == "" {
		return "", nil, nil
	}
	since, err = parseMoment(at.Cursor).back(s.c.Lookback)
	return since, nil, err
}

// pager begins at from; since is what to ask from.
func (s *Source) pager(since string, from *position) (*pager, error) {
	base := *s.material.base
	base.RawQuery = addQuery(base.RawQuery, s.material.params...)
	if since != "" {
		base.RawQuery = setQuery(base.RawQuery, field{s.c.IncrementalParam, since})
	}
	return newPager(s.c, &base, &s.client.borders, s.client.auth, from)
}

var _ ingest.Source = (*Source)(nil)
