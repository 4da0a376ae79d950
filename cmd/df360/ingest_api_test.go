package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// apiRun is what a run of ingest api has said.
type apiRun struct {
	code           int
	stdout, stderr string
	Summary        apiSummary
	Error          *reportError
}

const apiSecret = "hunter2/hunter2\"x"

// api runs ingest api --json.
func (l *testLake) api(args ...string) apiRun {
	l.t.Helper()
	var out, errs bytes.Buffer
	args = append([]string{"ingest", "api", "--json", "--lake", l.path(), "--config", filepath.Join(l.dir, "df360.yaml")}, args...)
	r := apiRun{}
	r.code = run(context.WithoutCancel(l.t.Context()), args, []string{"TERM=dumb", "TOKEN=" + apiSecret}, strings.NewReader(""), &out, &errs)
	r.stdout, r.stderr = out.String(), errs.String()
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		l.t.Fatalf("%v: %s%s", err, &out, &errs)
	}
	if strings.Contains(r.stdout+r.stderr, "hunter2") {
		l.t.Errorf("a secret is told: %s%s", r.stdout, r.stderr)
	}
	return r
}

// ids are the ids in a raw dataset, in order.
func (l *testLake) ids(dataset string) []string {
	l.t.Helper()
	return l.rows("SELECT id FROM read_parquet('" + l.path("raw", dataset, "**", "*.parquet") + "') ORDER BY id")
}

func apiServer(t *testing.T, handle func(w http.ResponseWriter, r *http.Request)) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(handle))
	t.Cleanup(s.Close)
	return s.URL
}

// idPages answers with ids 1 to all, two on a page.
func idPages(all int) func(w http.ResponseWriter, r *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		page, _ := strconv.Atoi(r.URL.Query().Get("page"))
		var rows []string
		for id := 2*page - 1; id <= min(all, 2*page); id++ {
			rows = append(rows, fmt.Sprintf(`{"id":%d}`, id))
		}
		_, _ = io.WriteString(w, "["+strings.Join(rows, ",")+"]")
	}
}

func TestIngestAPI(t *testing.T) {
	t.Parallel()
	l := newTestLake(t)
	l.project(nil)
	url := apiServer(t, idPages(5))
	got := l.api(url, "--dataset", "things", "--paginate", "page")
	if s := got.Summary; got.code != 0 || s.RowsWritten != 5 || s.Pages != 4 || s.Requests != 4 || s.Retries != 0 || s.Cursor != nil || *s.Version != 0 {
		t.Errorf("%+v", got)
	}
	if got := l.api(url, "--dataset", "things", "--paginate", "page"); got.code != 0 || got.Summary.RowsRead != 0 || *got.Summary.Version != 0 {
		t.Errorf("the same again: %+v", got)
	}
	if diff := cmp.Diff([]string{"1", "2", "3", "4", "5"}, l.ids("things")); diff != "" {
		t.Error(diff)
	}
}

func TestIngestAPIGoesOn(t *testing.T) {
	t.Parallel()
	l := newTestLake(t)
	l.project(nil)
	var broken atomic.Bool
	broken.Store(true)
	url := apiServer(t, func(w http.ResponseWriter, r *http.Request) {
		if broken.Load() && r.URL.Query().Get("page") == "4" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		idPages(9)(w, r)
	})
	args := []string{url, "--dataset", "things", "--paginate", "page", "--batch-pages", "2"}
	got := l.api(args...)
	if got.code != exitPartial || got.Summary.RowsWritten != 4 || got.Error == nil || !strings.Contains(got.Error.Message, "403") {
		t.Errorf("%+v", got)
	}
	broken.Store(false)
	if got := l.api(append(args, "--max-pages", "1")...); got.code != exitPartial || got.Summary.RowsWritten != 2 || !strings.Contains(got.Error.Hint, "page 4") {
		t.Errorf("%+v", got)
	}
	if got := l.api(args...); got.code != 0 || got.Summary.RowsWritten != 3 || got.Summary.Pages != 3 {
		t.Errorf("%+v", got)
	}
	if got := l.api(args...); got.code != 0 || got.Summary.RowsRead != 0 {
		t.Errorf("%+v", got)
	}
	if ids := l.ids("things"); len(ids) != 9 || len(slices.Compact(ids)) != 9 {
		t.Errorf("%v", ids)
	}
}

// TestIngestAPIOverlap asks from the highest value on, which comes again.
func TestIngestAPIOverlap(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		more []string
		want []string // ids after three runs
	}{
		"content":  {nil, []string{"1", "2", "2", "3", "3"}},
		"lookback": {[]string{"--lookback", "48h"}, []string{"1", "2", "2", "3", "3"}},
		"key":      {[]string{"--key", "id"}, []string{"1", "2", "3", "3"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newTestLake(t)
			l.project(nil)
			var calls atomic.Int32
			url := apiServer(t, func(w http.ResponseWriter, r *http.Request) {
				n := calls.Add(1)
				rows := []string{
					// Two rows are the same, and both are there.
					`{"id":1,"at":"2026-01-01T00:00:00Z"},{"id":2,"at":"2026-01-02T00:00:00Z"},{"id":2,"at":"2026-01-02T00:00:00Z"}`,
					`{"id":2,"at":"2026-01-02T00:00:00Z"},{"id":2,"at":"2026-01-02T00:00:00Z"},{"id":3,"at":"2026-01-03T00:00:00Z"}`,
					`{"id":3,"at":"2026-01-03T00:00:00Z"},{"id":3,"at":"2026-01-03T00:00:01Z"}`,
				}[n-1]
				if since := r.URL.Query().Get("since"); (since == "") != (n == 1) {
					t.Errorf("request %d asks from %q", n, since)
				}
				_, _ = io.WriteString(w, "["+rows+"]")
			})
			for range 3 {
				got := l.api(append([]string{url, "--dataset", "things", "--incremental-field", "at", "--incremental-param", "since"}, c.more...)...)
				s := got.Summary
				if got.code != 0 || s.RowsRead != s.RowsWritten+s.RowsRejected+s.RowsDuplicate || s.Cursor == nil {
					t.Errorf("%+v", got)
				}
			}
			if diff := cmp.Diff(c.want, l.ids("things")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestIngestAPIByName(t *testing.T) {
	t.Parallel()
	l := newTestLake(t)
	url := apiServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+apiSecret || r.URL.Query().Get("kind") == "" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = fmt.Fprintf(w, `{"data":[{"id":1,"kind":%q},{"id":"x"},7]}`, r.URL.Query().Get("kind"))
	})
	text := "sources:\n  orders:\n    url: " + url + "/\n    records: data\n    auth: bearer\n    auth_token: env:TOKEN\n    param: {kind: a}\n" +
		"  broken: {url: x, record: y, retries: z, on_bad_row: perhaps}\n  literal: {url: http://h, auth: bearer, auth_token: hunter2}\n"
	if err := os.WriteFile(filepath.Join(l.dir, "df360.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := l.api("orders"); got.code != 0 || got.Summary.Dataset != "orders" || got.Summary.RowsRead != 3 || got.Summary.RowsRejected != 1 {
		t.Errorf("%+v", got)
	}
	if got := l.api("orders", "--param", "kind=b", "--dataset", "others", "--on-bad-row", "fail"); got.code != exitChecks {
		t.Errorf("%+v", got)
	}
	for _, c := range []struct {
		args []string
		says []string
	}{
		{[]string{"order"}, []string{"did you mean orders?"}},
		{[]string{"localhost/x"}, []string{"http://"}},
		{[]string{"broken"}, []string{"df360.yaml:8: unknown setting sources.broken.record: did you mean records?", "sources.broken.retries"}},
		{[]string{"literal"}, []string{"env:NAME"}},
		{[]string{url}, []string{"--dataset"}},
		{[]string{url, "--dataset", "Bad Name"}, []string{"Bad Name"}},
		{[]string{url, "--dataset", "x", "--auth", "beerer"}, []string{"did you mean bearer?"}},
		{[]string{url, "--dataset", "x", "--auth", "bearer", "--auth-token", "hunter2"}, []string{"env:NAME"}},
		{[]string{url, "--dataset", "x", "--timeout", "5", "--retries", "many"}, []string{"--timeout", "--retries"}},
	} {
		got := l.api(c.args...)
		for _, say := range c.says {
			if got.code != exitUsage || !strings.Contains(got.stdout, say) {
				t.Errorf("%v: exit %d, %s, want %q", c.args, got.code, got.stdout, say)
			}
		}
	}
}

func TestIngestAPIFails(t *testing.T) {
	t.Parallel()
	l := newTestLake(t)
	l.project(nil)
	url := apiServer(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/busy":
			w.Header().Set("Retry-After", "31536000")
			w.WriteHeader(http.StatusTooManyRequests)
		case "/login":
			_, _ = fmt.Fprintf(w, "<html>%s %s", r.Header, r.URL)
		case "/teapot":
			w.WriteHeader(http.StatusTeapot)
			_, _ = fmt.Fprintf(w, "%s %s", r.Header, r.URL)
		}
	})
	for path, want := range map[string]int{"/busy": exitUnreachable, "/login": exitFailed, "/teapot": exitFailed} {
		got := l.api(strings.Replace(url, "//", "//u:hunter2pw@", 1)+path+"?secret=hunter2q", "--dataset", "x", "--header", "X-Key=env:TOKEN", "--param", "token=env:TOKEN", "-vv")
		if got.code != want || got.Error == nil {
			t.Errorf("%s: exit %d: %s", path, got.code, got.stdout)
		}
	}
	if left, err := filepath.Glob(l.path("raw", "x", "year=*")); err != nil || len(left) > 0 {
		t.Errorf("left: %v %v", left, err)
	}
}

// TestIngestAPIDryRun asks nothing.
func TestIngestAPIDryRun(t *testing.T) {
	t.Parallel()
	l := newTestLake(t)
	l.project(nil)
	url := apiServer(t, func(http.ResponseWriter, *http.Request) { t.Error("asked") })
	got := l.api(url+"/?token=hunter2t", "--dataset", "x", "--dry-run", "--paginate", "page", "--auth", "header", "--auth-name", "X-K", "--auth-token", "env:TOKEN")
	if got.code != 0 || !strings.Contains(got.stdout, `"url":"`+url+`/?token=***&page=1"`) {
		t.Errorf("%+v", got)
	}
	if _, err := os.Stat(l.path()); err == nil {
		t.Error("a lake was made")
	}
}
