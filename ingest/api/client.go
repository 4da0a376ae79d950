package api

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/secret"
)

const (
	maxHops        = 10
	maxHeaderBytes = 256 << 10
	dialTimeout    = 15 * time.Second
)

// client sends requests, again where that may help, and follows redirects as far
// as they are allowed.
type client struct {
	http    *http.Transport
	borders borders
	auth    *authorizer
	headers []field // the user's
	agent   string
	accept  string

	timeout  time.Duration
	attempts int64 // of one request
	maxWait  time.Duration

	now    func() time.Time
	sleep  func(context.Context, time.Duration) error
	random func() float64
	log    *slog.Logger

	requests, retries atomic.Int64
}

// newTransport is an HTTP transport that refuses addresses no source is at, and
// leaves decompression and redirects to us.
func newTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second, Control: checkConnection}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    2,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    dialTimeout,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: maxHeaderBytes,
		DisableCompression:     true, // we ask for it, and count what comes out
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
	}
}

// call is one thing to ask for.
type call struct {
	what   string // for errors: "page 3 of http://host/path"
	method string
	url    *url.URL
	body   []byte
	// plain leaves out the user's headers and the authentication: the request of
	// a token has its own.
	plain  bool
	header http.Header
	// again says that the request may be sent again though the server may have
	// seen it.
	again bool
	limit int64 // bytes of the answer, decompressed
}

// answer is what a server said: 2xx.
type answer struct {
	status int
	header http.Header
	url    *url.URL // of the last hop
	body   []byte
}

// do sends a call until an answer came that take accepts, no attempt is left, or
// trying again is of no use.
func (c *client) do(ctx context.Context, r *call, take func(*answer) error) error {
	renewed := false
	for n := int64(1); ; n++ {
		used := c.auth.current()
		a, err := c.attempt(ctx, r)
		if err == nil {
			err = take(a)
		}
		var no *statusError
		if errors.As(err, &no) && no.status == http.StatusUnauthorized && !renewed && !r.plain && c.auth.renewable() {
			renewed = true
			c.auth.forget(used)
			n--
			continue
		}
		var f *failure
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case !errors.As(err, &f):
			return err
		case f.sent && !r.again, n >= c.attempts:
			return f.err
		}
		if err := c.pause(ctx, f, n); err != nil {
			return err
		}
	}
}

// attempt sends a call once, redirects included.
func (c *client) attempt(ctx context.Context, r *call) (*answer, error) {
	if !r.plain {
		if err := c.auth.ready(ctx); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	at := *r
	for range maxHops + 1 {
		resp, err := c.send(ctx, &at)
		if err != nil {
			return nil, err
		}
		if resp.StatusCode < 300 || resp.StatusCode >= 400 {
			return c.receive(ctx, &at, resp)
		}
		_ = resp.Body.Close() // nothing is read from it
		if err := c.redirect(&at, resp); err != nil {
			return nil, err
		}
	}
	return nil, fault.New(fault.HTTP, "%s: more than %d redirects", r.what, maxHops)
}

// send makes one HTTP request.
func (c *client) send(ctx context.Context, r *call) (*http.Response, error) {
	if err := checkHost(r.url.Hostname()); err != nil {
		return nil, c.transportError(ctx, r, err, false)
	}
	var sent atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { sent.Store(true) }})
	u := *r.url
	home := originOf(&u) == c.borders.home
	if home && !r.plain {
		c.auth.sign(&u)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, u.String(), bytes.NewReader(r.body))
	if err != nil {
		return nil, fault.New(fault.Usage, "%s: the request cannot be made", r.what)
	}
	c.decorate(req, r, home)
	c.requests.Add(1)
	resp, err := c.http.RoundTrip(req) // a Client would look into redirects
	if err != nil {
		return nil, c.transportError(ctx, r, err, sent.Load())
	}
	return resp, nil
}

// decorate puts the headers on a request. What the user gave, and what
// authenticates, goes home only.
func (c *client) decorate(req *http.Request, r *call, home bool) {
	req.Header.Set("User-Agent", c.agent)
	req.Header.Set("Accept", c.accept)
	if len(r.body) > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	if home && !r.plain {
		replaced := map[string]bool{}
		for _, h := range c.headers {
			if name := http.CanonicalHeaderKey(h.name); !replaced[name] {
				req.Header.Del(name)
				replaced[name] = true
			}
			req.Header.Add(h.name, h.value)
		}
		c.auth.authorize(req)
	}
	for name, values := range r.header {
		req.Header[name] = values
	}
	req.Header.Set("Accept-Encoding", "gzip")
}

// redirect makes r the call that a redirect asks for.
func (c *client) redirect(r *call, resp *http.Response) error {
	location := resp.Header.Get("Location")
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		location = ""
	}
	if location == "" || r.plain {
		return fault.New(fault.HTTP, "%s: the server answers %s", r.what, resp.Status)
	}
	to, err := r.url.Parse(location)
	if err != nil {
		return fault.New(fault.HTTP, "%s: redirected to what is no URL: %s", r.what, secret.MaskURL(location))
	}
	to.User, to.Fragment, to.RawFragment = nil, "", ""
	if err := c.borders.permit(r.url, to, "a redirect of "+r.what); err != nil {
		return err
	}
	if resp.StatusCode == http.StatusSeeOther || r.method == http.MethodPost &&
		(resp.StatusCode == http.StatusMovedPermanently || resp.StatusCode == http.StatusFound) {
		r.method, r.body = http.MethodGet, nil
	}
	r.url = to
	return nil
}

// receive reads the answer to a request.
func (c *client) receive(ctx context.Context, r *call, resp *http.Response) (*answer, error) {
	defer func() { _ = resp.Body.Close() }() // only read
	a := &answer{status: resp.StatusCode, header: resp.Header, url: r.url}
	if resp.StatusCode >= 400 || resp.StatusCode < 200 {
		return nil, c.statusError(r, resp)
	}
	switch resp.StatusCode {
	case http.StatusOK, http.StatusCreated, http.StatusNonAuthoritativeInfo:
	case http.StatusNoContent, http.StatusResetContent:
		return a, nil
	default:
		return nil, fault.New(fault.HTTP, "%s: the server answers %s, which is not all of an answer", r.what, resp.Status)
	}
	var err error
	if a.body, err = readBody(resp, r.limit); err != nil {
		return nil, c.bodyError(ctx, r, err)
	}
	return a, nil
}

// statusError is a server's no.
type statusError struct {
	status int
	err    error
}

// Error says what the server said.
func (e *statusError) Error() string { return e.err.Error() }

// Unwrap is the error for the user.
func (e *statusError) Unwrap() error { return e.err }

func (c *client) statusError(r *call, resp *http.Response) error {
	const most = 64 << 10
	body, err := readBody(resp, most)
	text := ""
	if err == nil {
		text = words(body, c.borders.secrets)
	}
	said := resp.Status
	if text != "" {
		said += ": " + text
	}
	if isTransient(resp.StatusCode) {
		err := fault.New(fault.Unreachable, "%s: the server answers %s", r.what, said)
		return &failure{err: err, after: retryAfter(resp.Header, c.now()), sent: true}
	}
	failed := fault.New(fault.HTTP, "%s: the server answers %s", r.what, said)
	if resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden {
		failed = failed.WithHint("--auth and the flags beside it say who asks")
	}
	return &statusError{resp.StatusCode, failed}
}

// transportError says why there is no answer.
func (c *client) transportError(ctx context.Context, r *call, err error, sent bool) error {
	var address *addressError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &address):
		return refused(address)
	case errors.As(err, &certificate):
		return fault.New(fault.HTTP, "%s: %w", r.what, err).WithHint("SSL_CERT_FILE names further certificates to trust")
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return &failure{err: fault.New(fault.Unreachable, "%s: no answer within %s", r.what, c.timeout), after: -1, sent: sent}
	}
	failed := fault.New(fault.Unreachable, "%s: %w", r.what, err)
	return &failure{err: failed, after: -1, sent: sent}
}

// bodyError says why an answer could not be read to its end.
func (c *client) bodyError(ctx context.Context, r *call, err error) error {
	var e *fault.Error
	switch {
	case errors.As(err, &e):
		return fault.New(e.Code, "%s: %w", r.what, err)
	case errors.Is(err, errBroken):
		return &failure{err: fault.New(fault.HTTP, "%s: %w", r.what, err), after: -1, sent: true}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &failure{err: fault.New(fault.HTTP, "%s: the answer ends too early", r.what), after: -1, sent: true}
	}
	return c.transportError(ctx, r, err, true)
}

// words are the first words of a text, on one line, without secrets: those are
// taken out before anything is cut.
func words(body []byte, secrets *secret.Scrubber) string {
	const most, looked = 200, 64 << 10
	text := secrets.Scrub(string(body[:min(len(body), looked)]))
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "\uFFFD")), " ")
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
