package api

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kalpafall/df360/internal/fault"
)

// errKilled stands for a process that is gone.
var errKilled = errors.New("killed")

// TestKilledBetweenCommits stops a run behind each of its commits, runs it again,
// and wants every row once, whichever way of paging.
func TestKilledBetweenCommits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		serve func(w http.ResponseWriter, r *http.Request, n int)
		flags []string
	}{
		"page":     {paged(13, 2), []string{"paginate", "page"}},
		"offset":   {offsets(13, 9, ""), []string{"paginate", "offset", "limit", "2"}},
		"total":    {offsets(13, 2, `{"a":%s,"n":13}`), []string{"paginate", "offset", "limit", "3", "records", "a", "total", "n"}},
		"link":     {links(7, 3), []string{"paginate", "link"}},
		"cursor":   {statelessCursors(7), []string{"paginate", "cursor", "records", "d", "next", "next", "page-size-param", "n", "page-size", "1"}},
		"next-url": {statelessNexts(7), []string{"paginate", "next-url", "records", "d", "next", "next", "auth", "query", "auth-name", "k", "auth-token", "env:T"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, c.serve)
			whole := newJob(t)
			whole.env = map[string]string{"T": hidden}
			want := whole.run(s.URL+"/rows", c.flags...)
			if want.Err != nil || want.Short != nil || len(want.Rows) == 0 {
				t.Fatalf("%+v", want)
			}
			for batch := 1; batch <= 3; batch++ {
				flags := append([]string{"batch-pages", fmt.Sprint(batch)}, c.flags...)
				for kill := 1; ; kill++ {
					j := newJob(t)
					j.env, j.once = whole.env, kill%2 == 0
					j.onCommit = func(n int) error {
						if n == kill {
							return errKilled
						}
						return nil
					}
					first := j.run(s.URL+"/rows", flags...)
					if strings.Contains(fmt.Sprint(j.progress), "hunter2") {
						t.Errorf("stored %v", j.progress)
					}
					j.onCommit = nil
					second := j.run(s.URL+"/rows", flags...)
					if diff := cmp.Diff(want.Rows, slices.Concat(first.Rows, second.Rows)); diff != "" || second.Err != nil {
						t.Errorf("batches of %d, killed behind %d: %v %s", batch, kill, second.Err, diff)
					}
					if diff := cmp.Diff(want.Origins, slices.Concat(first.Origins, second.Origins)); diff != "" {
						t.Errorf("batches of %d, killed behind %d: origins %s", batch, kill, diff)
					}
					if diff := cmp.Diff(whole.progress, j.progress); diff != "" {
						t.Errorf("batches of %d, killed behind %d: stored %s", batch, kill, diff)
					}
					third := j.run(s.URL+"/rows", flags...)
					if third.Err != nil || third.Commits != 0 {
						t.Errorf("the same again: %+v", third)
					}
					if first.Err == nil {
						break // it had no commit of that number
					}
				}
			}
		})
	}
}

func statelessCursors(last int) func(w http.ResponseWriter, r *http.Request, n int) {
	return func(w http.ResponseWriter, r *http.Request, _ int) {
		at := max(1, number(r, "cursor"))
		next := fmt.Sprint(at + 1)
		if at == last || r.URL.Query().Get("n") != "1" {
			next = "null"
		}
		sayJSON(w, fmt.Sprintf(`{"d":[{"id":%d}],"next":%s}`, at, next))
	}
}

// statelessNexts wants a key, and repeats it in the next URL.
func statelessNexts(last int) func(w http.ResponseWriter, r *http.Request, n int) {
	return func(w http.ResponseWriter, r *http.Request, _ int) {
		if r.URL.Query().Get("k") != hidden {
			w.WriteHeader(401)
			return
		}
		at := max(1, number(r, "at"))
		next := fmt.Sprintf(`"/rows?k=%s&at=%d"`, strings.ReplaceAll(hidden, "+", "%2B"), at+1)
		if at == last {
			next = "null"
		}
		sayJSON(w, fmt.Sprintf(`{"d":[{"id":%d}],"next":%s}`, at, next))
	}
}

func TestErrorBehindCommits(t *testing.T) {
	t.Parallel()
	s := serve(t, refuse(paged(9, 2), 4, 403))
	j := newJob(t)
	got := j.run(s.URL, "paginate", "page", "batch-pages", "2")
	if fault.CodeOf(got.Err) != fault.HTTP || got.Commits != 1 || !cmp.Equal(got.Rows, rows(1, 4)) {
		t.Errorf("%+v", got)
	}
	// A full batch is committed although the page behind it is broken.
	s = serve(t, refuse(paged(9, 2), 3, 403))
	j = newJob(t)
	if got := j.run(s.URL, "paginate", "page", "batch-pages", "2"); fault.CodeOf(got.Err) != fault.HTTP || got.Commits != 1 {
		t.Errorf("%+v", got)
	}
}

func TestMaxPagesGoesOn(t *testing.T) {
	t.Parallel()
	s := serve(t, paged(9, 2))
	j := newJob(t)
	var all []string
	for run, want := range []fault.Code{fault.Partial, fault.Partial, ""} {
		got := j.run(s.URL, "paginate", "page", "max-pages", "2")
		if fault.CodeOf(got.Short) != want || got.Err != nil {
			t.Errorf("run %d: %+v", run, got)
		}
		if want != "" && !strings.Contains(fault.Hint(got.Short), fmt.Sprintf("goes on at page %d", 2*run+3)) {
			t.Errorf("run %d: %s", run, fault.Hint(got.Short))
		}
		all = append(all, got.Rows...)
	}
	if diff := cmp.Diff(rows(1, 9), all); diff != "" {
		t.Error(diff)
	}
	if got := j.run(s.URL, "paginate", "page"); got.Commits != 0 || got.Err != nil {
		t.Errorf("all of it again: %+v", got)
	}
	// The first pages again cannot be told from a change by the hash of all.
	for range 3 {
		source, err := New(j.options(told(t, s.URL, "paginate", "page", "max-pages", "2")))
		if err != nil {
			t.Fatal(err)
		}
		var out result
		if err := j.loop(source, &out); err != nil || !source.Overlaps() {
			t.Errorf("%v, overlaps %v", err, source.Overlaps())
		}
		if err := source.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestSecretInTheNextURL(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		at := max(1, number(r, "at"))
		if at < 5 {
			w.Header().Set("Link", fmt.Sprintf(`</rows?at=%d&sig=hunter2hunter2>; rel=next`, at+1))
		}
		sayJSON(w, list(rows(at, at)))
	})
	j := newJob(t)
	j.env = map[string]string{"T": "hunter2hunter2"}
	flags := []string{"paginate", "link", "header", "x-key=env:T"}
	got := j.run(s.URL+"/rows", append(flags, "batch-pages", "2")...)
	if got.Err != nil || got.Commits != 1 || !cmp.Equal(got.Rows, rows(1, 5)) || strings.Contains(fmt.Sprint(j.progress), "hunter2") {
		t.Errorf("%+v, stored %v", got, j.progress)
	}
	j.progress = nil
	got = j.run(s.URL+"/rows", append(flags, "max-pages", "2")...)
	if fault.CodeOf(got.Short) != fault.Partial || !strings.Contains(fault.Hint(got.Short), "begins at the first page again") || !cmp.Equal(got.Rows, rows(1, 2)) {
		t.Errorf("%+v %s", got, fault.Hint(got.Short))
	}
	if stored := fmt.Sprint(j.progress); !strings.Contains(stored, "again:true") || strings.Contains(stored, "hunter2") {
		t.Errorf("stored %s", stored)
	}
	// The next run knows that these rows come again.
	source, err := New(j.options(told(t, s.URL+"/rows", append(flags, "max-pages", "4")...)))
	if err != nil {
		t.Fatal(err)
	}
	var out result
	if err := j.loop(source, &out); err != nil || !source.Overlaps() || !cmp.Equal(out.Rows, rows(1, 4)) {
		t.Errorf("%v, overlaps %v, %q", err, source.Overlaps(), out.Rows)
	}
	if err := source.Close(); err != nil {
		t.Error(err)
	}
}

func TestAnotherWayOfPaging(t *testing.T) {
	t.Parallel()
	s := serve(t, paged(9, 2))
	j := newJob(t)
	j.run(s.URL, "paginate", "page", "max-pages", "2")
	got := j.run(s.URL, "paginate", "link")
	if fault.CodeOf(got.Err) != fault.Config || !strings.Contains(fault.Hint(got.Err), "--restart") {
		t.Errorf("%v", got.Err)
	}
	j.restart = true
	if got := j.run(s.URL+"?page=1", "paginate", "link"); got.Err != nil || !cmp.Equal(got.Rows, rows(1, 2)) {
		t.Errorf("%+v", got)
	}
}

// TestAnotherRunComesFirst has the progress move behind a batch's back.
func TestAnotherRunComesFirst(t *testing.T) {
	t.Parallel()
	s := serve(t, paged(6, 2))
	j := newJob(t)
	source, err := New(j.options(told(t, s.URL, "paginate", "page", "batch-pages", "1")))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = source.Close() }()
	b, err := source.Next(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var lost []string
	if err := b.Read(t.Context(), true, take(&lost, nil)); err != nil || !cmp.Equal(lost, rows(1, 2)) {
		t.Fatalf("%v %q", err, lost)
	}
	// The commit did not land: another run has taken pages 1 and 2.
	other := newJob(t)
	other.onCommit = func(n int) error {
		if n == 2 {
			return errKilled
		}
		return nil
	}
	other.run(s.URL, "paginate", "page", "batch-pages", "1")
	j.progress = other.progress
	var out result
	if err := j.loop(source, &out); err != nil || !cmp.Equal(out.Rows, rows(5, 6)) {
		t.Errorf("%v %q", err, out.Rows)
	}
}

// TestReadIsBrokenOff is a yield that fails: the next Read begins anew.
func TestReadIsBrokenOff(t *testing.T) {
	t.Parallel()
	s := serve(t, paged(6, 2))
	j := newJob(t)
	source, err := New(j.options(told(t, s.URL, "paginate", "page")))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = source.Close() }()
	b, err := source.Next(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for broken := 1; broken <= 3; broken++ {
		n := 0
		var seen []string
		note := take(&seen, nil)
		err := b.Read(t.Context(), true, func(block *ingestBlock) error {
			if n++; n == broken {
				return errKilled
			}
			return note(block)
		})
		if !errors.Is(err, errKilled) {
			t.Fatalf("%v", err)
		}
	}
	var got []string
	if err := b.Read(t.Context(), false, take(&got, nil)); err != nil || !cmp.Equal(got, rows(1, 6)) {
		t.Errorf("%v %q", err, got)
	}
	if s.requests() != 4 {
		t.Errorf("%d requests", s.requests())
	}
	patch, err := b.Progress()
	fresh := newJob(t)
	fresh.run(s.URL, "paginate", "page")
	if want := fresh.progress; err != nil || fmt.Sprint(patch) != fmt.Sprint(want) {
		t.Errorf("%v, %v, want %v", err, patch, want)
	}
}

// TestManyRows keeps more than memory takes, and compares it with the next run.
func TestManyRows(t *testing.T) {
	t.Parallel()
	filler := strings.Repeat("x", 1000)
	changed := atomic.Bool{}
	s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		page := number(r, "page")
		if page > 30 {
			sayJSON(w, "[]")
			return
		}
		var all []string
		for i := range 1000 {
			all = append(all, fmt.Sprintf(`{"id":%d,"f":"%s"}`, page*1000+i, filler))
		}
		if page == 30 && changed.Load() {
			all = append(all, `{"id":1}`)
		}
		sayJSON(w, list(all))
	})
	j := newJob(t)
	got := j.run(s.URL, "paginate", "page")
	if got.Err != nil || len(got.Rows) != 30_000 || got.Origins[29_999] != "30:1000" {
		t.Fatalf("%v, %d rows", got.Err, len(got.Rows))
	}
	if again := j.run(s.URL, "paginate", "page"); again.Err != nil || again.Commits != 0 {
		t.Errorf("%v, %d commits", again.Err, again.Commits)
	}
	changed.Store(true)
	for _, batch := range []string{"4", "1000"} {
		k := *j
		k.progress, _ = merge(nil, j.progress).(map[string]any)
		again := k.run(s.URL, "paginate", "page", "batch-pages", batch)
		if again.Err != nil || len(again.Rows) != 30_001 || !slices.Equal(again.Rows[:30_000], got.Rows) {
			t.Errorf("%v, %d commits, %d rows", again.Err, again.Commits, len(again.Rows))
		}
	}
	left, err := os.ReadDir(j.dir)
	if err != nil || len(left) != 0 {
		t.Errorf("left: %v %v", err, left)
	}
}

func TestNoRoomToKeep(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		sayJSON(w, `[{"f":"`+strings.Repeat("x", maxKept)+`"}]`)
	})
	j := newJob(t)
	j.dir = "/nowhere/at/all"
	if got := j.run(s.URL); fault.CodeOf(got.Err) != fault.NotFound {
		t.Errorf("%v", got.Err)
	}
}

func TestStreams(t *testing.T) {
	t.Parallel()
	name := func(source, url string, flags ...string) string {
		c := told(t, url, flags...)
		u, err := parseURL(url)
		if err != nil {
			t.Fatal(err)
		}
		u.User = nil
		return c.streamName(source, u)
	}
	plain := name("", "http://u:p@h/x#f")
	if plain != "http://h/x" {
		t.Errorf("%q", plain)
	}
	seen := map[string]string{plain: "plain"}
	for what, got := range map[string]string{
		"query":       name("", "http://h/x?a=1"),
		"other query": name("", "http://h/x?a=2"),
		"param":       name("", "http://h/x", "param", "a=1"),
		"records":     name("", "http://h/x", "records", "a"),
		"body":        name("", "http://h/x", "body", "a"),
		"named":       name("orders", "http://h/x?a=1"),
		"named param": name("orders", "http://h/x?a=1", "param", "a=1"),
	} {
		if other, twice := seen[got]; twice {
			t.Errorf("%s and %s are both %s", what, other, got)
		}
		seen[got] = what
	}
	for what, pair := range map[string][2]string{
		"secrets are no part of it": {name("", "http://h/x?token=a"), name("", "http://h/x?token=b")},
		"paging is none":            {name("", "http://h/x"), name("", "http://h/x", "paginate", "page", "page-size", "9", "page-size-param", "n")},
		"secret params are none":    {name("", "http://h/x"), name("", "http://h/x", "param", "token=env:X")},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %q, %q", what, pair[0], pair[1])
		}
	}
}
