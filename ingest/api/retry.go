package api

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/kalpafall/df360/internal/fault"
)

// failure is an attempt that failed and may be made again.
type failure struct {
	err error // what the run says where no attempt is left
	// after is how long the server wants us to wait; negative where it said nothing.
	after time.Duration
	// sent says that the server may have seen the request.
	sent bool
}

// Error is what the run says.
func (f *failure) Error() string { return f.err.Error() }

// Unwrap returns it.
func (f *failure) Unwrap() error { return f.err }

const (
	firstWait = 500 * time.Millisecond
	longest   = time.Duration(math.MaxInt64)
)

// backoff is how long to wait after n failed attempts: exponential, with full
// jitter, so that clients that failed together do not come back together. random
// is from [0, 1).
func backoff(n int64, most time.Duration, random float64) time.Duration {
	wait := firstWait << min(n-1, 20)
	return time.Duration(float64(min(wait, most, 30*time.Second)) * random)
}

// retryAfter reads the header of that name (RFC 9110, 10.2.3): seconds or a date.
// It is negative where there is none that can be read, and at most the longest
// duration.
func retryAfter(header http.Header, now time.Time) time.Duration {
	text := strings.TrimSpace(header.Get("Retry-After"))
	if text == "" {
		return -1
	}
	if strings.Trim(text, "0123456789") == "" {
		seconds, err := strconv.ParseInt(text, 10, 64)
		if err != nil || seconds > int64(longest/time.Second) {
			return longest // digits that are too many for a number
		}
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return -1
	}
	if !at.After(now) {
		return 0
	}
	return at.Sub(now) // Sub ends at the longest duration by itself
}

// isTransient lists the codes that another attempt may change.
func isTransient(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return status >= 500 && status <= 599
}

// pause waits before attempt n+1. An error ends the run.
func (c *client) pause(ctx context.Context, f *failure, n int64) error {
	wait := backoff(n, c.maxWait, c.random())
	if f.after > c.maxWait {
		return c.tooLong(f)
	}
	if f.after >= 0 {
		wait = f.after
	}
	if deadline, ok := ctx.Deadline(); ok && c.now().Add(wait).After(deadline) {
		return fault.New(fault.Unreachable, "%w (and --deadline is over before the next attempt)", f.err)
	}
	c.log.Info("a request is sent again", "attempt", n+1, "wait", wait.Round(time.Millisecond), "reason", f.err)
	c.retries.Add(1)
	return c.sleep(ctx, wait)
}

// tooLong is the end of a run whose server wants more patience than there is.
func (c *client) tooLong(f *failure) error {
	until := "for longer than anybody lives"
	if f.after < 200*365*24*time.Hour {
		until = "until " + c.now().Add(f.after).UTC().Format(time.RFC3339)
	}
	return fault.New(fault.Unreachable, "%w: it asks to wait %s", f.err, until).
		WithHint("run it again then, or raise --max-retry-wait, which is %s", c.maxWait)
}

// sleepContext waits, or returns the cause of the context's end.
func sleepContext(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
