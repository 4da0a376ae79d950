package api

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kalpafall/df360/internal/fault"
)

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

func TestPosts(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		sayJSON(w, `[ {"userId": 1, "id": 1, "title": "a"},
  {"userId": 1, "id": 2, "title": "ß\u00df"} ]`)
	})
	j := newJob(t)
	got := j.run(s.URL + "/posts")
	want := []string{`{"userId": 1, "id": 1, "title": "a"}`, `{"userId": 1, "id": 2, "title": "ß\u00df"}`}
	if diff := cmp.Diff(want, got.Rows); diff != "" || got.Err != nil {
		t.Errorf("%v %s", got.Err, diff)
	}
	if diff := cmp.Diff([]string{"1:1", "1:2"}, got.Origins); diff != "" {
		t.Error(diff)
	}
	if got := j.run(s.URL + "/posts"); len(got.Rows) != 0 || got.Commits != 0 || got.Err != nil || s.requests() != 2 {
		t.Errorf("the same again: %+v", got)
	}
}

// behaviour is a server, and what becomes of it.
type behaviour struct {
	serve    func(w http.ResponseWriter, r *http.Request, n int)
	flags    []string
	rows     []string // nil: an error, or nothing
	code     fault.Code
	says     string // part of the error, or of why the run is incomplete
	requests int    // 0: not counted
}

func (b behaviour) test(t *testing.T) {
	t.Helper()
	s := serve(t, b.serve)
	j := newJob(t)
	got := j.run(s.URL+"/rows", b.flags...)
	err := got.Err
	if err == nil {
		err = got.Short
	}
	if fault.CodeOf(err) != b.code || b.says != "" && !strings.Contains(fmt.Sprint(err), b.says) {
		t.Errorf("%q, %v, want %q with %q", fault.CodeOf(err), err, b.code, b.says)
	}
	if diff := cmp.Diff(b.rows, got.Rows); diff != "" {
		t.Errorf("rows: %s", diff)
	}
	if b.requests != 0 && (s.requests() != b.requests || got.Stats.Requests != int64(b.requests)) {
		t.Errorf("%d requests, %d counted, want %d: %q", s.requests(), got.Stats.Requests, b.requests, s.asked)
	}
	if got.Err != nil && j.progress != nil {
		t.Errorf("progress of a run that failed: %v", j.progress)
	}
}

// paged answers with rows 1 to all, size on a page.
func paged(all, size int) func(w http.ResponseWriter, r *http.Request, n int) {
	return func(w http.ResponseWriter, r *http.Request, _ int) {
		first := (number(r, "page")-1)*size + 1
		sayJSON(w, list(rows(first, min(all, first+size-1))))
	}
}

// offsets answers with rows from offset on, at most most of them.
func offsets(all, most int, around string) func(w http.ResponseWriter, r *http.Request, n int) {
	return func(w http.ResponseWriter, r *http.Request, _ int) {
		first := number(r, "offset") + 1
		body := list(rows(first, min(all, first+min(most, number(r, "limit"))-1)))
		if around != "" {
			body = fmt.Sprintf(around, body)
		}
		sayJSON(w, body)
	}
}

func TestPaging(t *testing.T) {
	t.Parallel()
	page := []string{"paginate", "page"}
	offset := []string{"paginate", "offset", "limit", "2"}
	for name, b := range map[string]behaviour{
		"page until an empty one":           {serve: paged(5, 2), flags: page, rows: rows(1, 5), requests: 4},
		"page until a full last one":        {serve: paged(4, 2), flags: page, rows: rows(1, 4), requests: 3},
		"page, nothing at all":              {serve: paged(0, 2), flags: page, requests: 1},
		"page until 404":                    {serve: until404(paged(4, 2), 3), flags: page, rows: rows(1, 4), requests: 3},
		"404 on the first page":             {serve: until404(paged(4, 2), 1), flags: page, code: fault.HTTP, says: "404", requests: 1},
		"page from 0 with a size":           {serve: sized(t, paged0(5)), flags: []string{"paginate", "page", "page-start", "0", "page-size-param", "size", "page-size", "2"}, rows: rows(1, 5), requests: 4},
		"page until the total":              {serve: total(paged(4, 2), 4), flags: []string{"paginate", "page", "records", "items", "total", "meta.total"}, rows: rows(1, 4), requests: 2},
		"total wins over more rows":         {serve: total(paged(9, 2), 4), flags: []string{"paginate", "page", "records", "items", "total", "meta.total"}, rows: rows(1, 4), requests: 2},
		"total of more than there is":       {serve: total(paged(3, 2), 9), flags: []string{"paginate", "page", "records", "items", "total", "meta.total"}, rows: rows(1, 3), code: fault.Partial, says: "gave 3", requests: 3},
		"total is no number":                {serve: answers(`{"items":[{}],"meta":{"total":"many"}}`), flags: []string{"paginate", "page", "records", "items", "total", "meta.total"}, code: fault.HTTP, says: "total", requests: 1},
		"total is nowhere":                  {serve: answers(`{"items":[{}]}`), flags: []string{"paginate", "page", "records", "items", "total", "meta.total"}, code: fault.HTTP, says: "nothing at --total", requests: 1},
		"total as a text":                   {serve: answers(`{"items":[{}],"meta":{"total":"1"}}`), flags: []string{"paginate", "page", "records", "items", "total", "meta.total"}, rows: []string{"{}"}, requests: 1},
		"offset until a short page":         {serve: offsets(5, 9, ""), flags: offset, rows: rows(1, 5), requests: 3},
		"offset until an empty page":        {serve: offsets(4, 9, ""), flags: offset, rows: rows(1, 4), requests: 3},
		"offset, short pages, total":        {serve: offsets(5, 2, `{"a":%s,"n":5}`), flags: []string{"paginate", "offset", "limit", "3", "records", "a", "total", "n"}, rows: rows(1, 5), requests: 3},
		"offset, an empty page before more": {serve: gap, flags: []string{"paginate", "offset", "limit", "2", "records", "a", "total", "n"}, rows: rows(1, 4), requests: 3},
		"offset, a total that lies":         {serve: offsets(3, 2, `{"a":%s,"n":1000000}`), flags: []string{"paginate", "offset", "limit", "2", "records", "a", "total", "n"}, rows: rows(1, 3), code: fault.Partial, says: "1000000", requests: 5},
		"link":                              {serve: links(3, 0), flags: []string{"paginate", "link"}, rows: rows(1, 3), requests: 3},
		"link, an empty page is no end":     {serve: links(3, 2), flags: []string{"paginate", "link"}, rows: []string{`{"id":1}`, `{"id":3}`}, requests: 3},
		"link in a circle":                  {serve: circle, flags: []string{"paginate", "link"}, code: fault.HTTP, says: "circle", requests: 3},
		"link to itself":                    {serve: itself, flags: []string{"paginate", "link"}, code: fault.HTTP, says: "read before", requests: 1},
		"404 behind a link":                 {serve: until404(links(3, 0), 2), flags: []string{"paginate", "link"}, code: fault.HTTP, says: "404", requests: 2},
		"next-url":                          {serve: nexts, flags: []string{"paginate", "next-url", "records", "d", "next", "meta.next"}, rows: rows(1, 3), requests: 3},
		"next-url is a number":              {serve: answers(`{"d":[{}],"meta":{"next":7}}`), flags: []string{"paginate", "next-url", "records", "d", "next", "meta.next"}, code: fault.HTTP, says: "no text", requests: 1},
		"next-url is another scheme":        {serve: answers(`{"d":[{}],"meta":{"next":"file:///etc/passwd"}}`), flags: []string{"paginate", "next-url", "records", "d", "next", "meta.next"}, code: fault.HTTP, says: "no address of the web", requests: 1},
		"next-url of another origin":        {serve: answers(`{"d":[{}],"meta":{"next":"http://127.0.0.1:1/x"}}`), flags: []string{"paginate", "next-url", "records", "d", "next", "meta.next"}, code: fault.HTTP, says: "another origin", requests: 1},
		"next has a dot in its name":        {serve: odata, flags: []string{"paginate", "next-url", "records", "value", "next", "@odata.nextLink"}, rows: rows(1, 2), requests: 2},
		"cursor":                            {serve: cursors(`"c%d"`), flags: []string{"paginate", "cursor", "records", "d", "next", "next"}, rows: rows(1, 3), requests: 3},
		"cursor that is a number":           {serve: cursors(`%d`), flags: []string{"paginate", "cursor", "records", "d", "next", "next"}, rows: rows(1, 3), requests: 3},
		"cursor repeated":                   {serve: answers2(`{"d":[{"i":%d}],"next":"same"}`), flags: []string{"paginate", "cursor", "records", "d", "next", "next"}, code: fault.HTTP, says: "circle", requests: 2},
		"cursor becomes an object":          {serve: answers2(`{"d":[{"i":%d}],"next":{"a":1}}`), flags: []string{"paginate", "cursor", "records", "d", "next", "next"}, code: fault.HTTP, says: "no text", requests: 1},
		"cursor empty":                      {serve: answers2(`{"d":[{"i":%d}],"next":""}`), flags: []string{"paginate", "cursor", "records", "d", "next", "next"}, rows: []string{`{"i":1}`}, requests: 1},
		"cursor false":                      {serve: answers2(`{"d":[{"i":%d}],"next":false}`), flags: []string{"paginate", "cursor", "records", "d", "next", "next"}, rows: []string{`{"i":1}`}, requests: 1},
		"cursor null above":                 {serve: answers2(`{"d":[{"i":%d}],"meta":null}`), flags: []string{"paginate", "cursor", "records", "d", "next", "meta.next"}, rows: []string{`{"i":1}`}, requests: 1},
		"the same page for ever":            {serve: answers(`[{"id":1}]`), flags: page, code: fault.HTTP, says: "the same 1 rows", requests: 2},
		"infinite pages, max-pages":         {serve: paged(1e9, 2), flags: []string{"paginate", "page", "max-pages", "3"}, rows: rows(1, 6), code: fault.Partial, says: "--max-pages 3", requests: 3},
		"infinite pages, max-bytes":         {serve: paged(1e9, 2), flags: []string{"paginate", "page", "max-bytes", "1000"}, code: fault.Limit, says: "--max-bytes"},
		"max-pages at the known end":        {serve: total(paged(4, 2), 4), flags: []string{"paginate", "page", "records", "items", "total", "meta.total", "max-pages", "2"}, rows: rows(1, 4), requests: 2},
		"an error on page 3":                {serve: refuse(paged(9, 2), 3, 403), flags: page, code: fault.HTTP, says: "page 3", requests: 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b.test(t)
		})
	}
}

func answers(body string) func(w http.ResponseWriter, r *http.Request, n int) {
	return func(w http.ResponseWriter, _ *http.Request, _ int) { sayJSON(w, body) }
}

// answers2 puts the number of the request into a body.
func answers2(body string) func(w http.ResponseWriter, r *http.Request, n int) {
	return func(w http.ResponseWriter, _ *http.Request, n int) {
		sayJSON(w, strings.Replace(body, "%d", strconv.Itoa(n), 1))
	}
}

func until404(next func(http.ResponseWriter, *http.Request, int), from int) func(http.ResponseWriter, *http.Request, int) {
	return refuse(next, from, 404)
}

// refuse answers with a code from a request on.
func refuse(next func(http.ResponseWriter, *http.Request, int), from, status int) func(http.ResponseWriter, *http.Request, int) {
	return func(w http.ResponseWriter, r *http.Request, n int) {
		if n >= from {
			w.WriteHeader(status)
			return
		}
		next(w, r, n)
	}
}

func paged0(all int) func(w http.ResponseWriter, r *http.Request, n int) {
	return func(w http.ResponseWriter, r *http.Request, _ int) {
		first := number(r, "page")*2 + 1
		sayJSON(w, list(rows(first, min(all, first+1))))
	}
}

func sized(t *testing.T, next func(http.ResponseWriter, *http.Request, int)) func(http.ResponseWriter, *http.Request, int) {
	return func(w http.ResponseWriter, r *http.Request, n int) {
		if r.URL.Query().Get("size") != "2" {
			t.Errorf("asked for %s", r.RequestURI)
		}
		next(w, r, n)
	}
}

func total(next func(http.ResponseWriter, *http.Request, int), n int) func(http.ResponseWriter, *http.Request, int) {
	return func(w http.ResponseWriter, r *http.Request, i int) {
		_, _ = io.WriteString(w, `{"meta":{"x":[1,{"total":99}],"total":`+strconv.Itoa(n)+`},"items":`)
		next(w, r, i)
		_, _ = io.WriteString(w, `}`)
	}
}

// gap has an empty page before more rows.
func gap(w http.ResponseWriter, r *http.Request, _ int) {
	sayJSON(w, map[int]string{
		0: `{"a":` + list(rows(1, 2)) + `,"n":6}`, 2: `{"a":[],"n":6}`, 4: `{"a":` + list(rows(3, 4)) + `,"n":4}`,
	}[number(r, "offset")])
}

func links(last, empty int) func(w http.ResponseWriter, r *http.Request, n int) {
	return func(w http.ResponseWriter, r *http.Request, _ int) {
		at := max(1, number(r, "at"))
		if at < last {
			w.Header().Add("Link", `</rows>; rel="first", <?at=`+strconv.Itoa(at+1)+`>; title="a, b; rel=\"x\""; rel="prefetch Next"`)
		}
		body := list(rows(at, at))
		if at == empty {
			body = "[]"
		}
		sayJSON(w, body)
	}
}

func circle(w http.ResponseWriter, r *http.Request, n int) {
	w.Header().Set("Link", fmt.Sprintf(`</rows?at=%d>; rel=next`, number(r, "at")%2+1))
	sayJSON(w, list(rows(n, n)))
}

func itself(w http.ResponseWriter, r *http.Request, n int) {
	w.Header().Set("Link", `<http://`+r.Host+r.RequestURI+`>; rel=next`)
	sayJSON(w, list(rows(n, n)))
}

func nexts(w http.ResponseWriter, r *http.Request, n int) {
	next := []string{`"/rows?at=2"`, `"http:\/\/` + r.Host + `/rows?at=3\u0026x"`, `null`}[n-1]
	sayJSON(w, fmt.Sprintf(`{"meta":{"next":%s},"d":%s}`, next, list(rows(n, n))))
}

func odata(w http.ResponseWriter, _ *http.Request, n int) {
	next := []string{`,"@odata.nextLink":"rows?$skip=1"`, ``}[n-1]
	sayJSON(w, fmt.Sprintf(`{"value":%s%s}`, list(rows(n, n)), next))
}

func cursors(form string) func(w http.ResponseWriter, r *http.Request, n int) {
	return func(w http.ResponseWriter, r *http.Request, n int) {
		next := fmt.Sprintf(form, n)
		if cursor := strings.Trim(fmt.Sprintf(form, n-1), `"`); n > 1 && r.URL.Query().Get("cursor") != cursor {
			w.WriteHeader(400)
			return
		}
		if n == 3 {
			next = "null"
		}
		sayJSON(w, fmt.Sprintf(`{"d":%s,"next":%s}`, list(rows(n, n)), next))
	}
}

func TestQueriesStayAsTheyAre(t *testing.T) {
	t.Parallel()
	s := serve(t, paged(2, 2))
	j := newJob(t)
	got := j.run(s.URL+"/rows?b=%20x&a=1;2&page=9&$f", "paginate", "page", "param", "z=ö", "param", "z=2", "max-pages", "1")
	if diff := cmp.Diff([]string{"GET /rows?b=%20x&a=1;2&$f&z=%C3%B6&z=2&page=1"}, s.asked); diff != "" || got.Err != nil {
		t.Errorf("%v %s", got.Err, diff)
	}
	if !slices.Equal(got.Rows, rows(1, 2)) {
		t.Errorf("%q", got.Rows)
	}
}
