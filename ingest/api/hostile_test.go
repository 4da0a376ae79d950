package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kalpafall/df360/internal/fault"
)

// hijack takes the connection over and writes text, then closes it.
func hijack(w http.ResponseWriter, text string) {
	conn, buf, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	_, _ = buf.WriteString(text)
	_ = buf.Flush()
	_ = conn.Close()
}

// reset takes the connection over and breaks it.
func reset(w http.ResponseWriter, text string) {
	conn, buf, _ := w.(http.Hijacker).Hijack()
	_, _ = buf.WriteString(text)
	_ = buf.Flush()
	_ = conn.(*net.TCPConn).SetLinger(0)
	_ = conn.Close()
}

// first does something in the first n requests, and answers in the others.
func first(n int, bad func(w http.ResponseWriter)) func(w http.ResponseWriter, r *http.Request, i int) {
	return func(w http.ResponseWriter, _ *http.Request, i int) {
		if i <= n {
			bad(w)
			return
		}
		sayJSON(w, list(rows(1, 2)))
	}
}

func always(bad func(w http.ResponseWriter)) func(w http.ResponseWriter, r *http.Request, i int) {
	return func(w http.ResponseWriter, _ *http.Request, _ int) { bad(w) }
}

func status(code int, header ...string) func(w http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, `{"message": "no"}`)
	}
}

func body(kind, text string) func(w http.ResponseWriter) {
	return func(w http.ResponseWriter) { say(w, kind, text) }
}

func zipped(data []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(data)
	_ = z.Close()
	return b.Bytes()
}

func encoded(encoding string, data []byte) func(w http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.Header().Set("Content-Encoding", encoding)
		sayJSON(w, string(data))
	}
}

// bomb is a gigabyte of blanks in an array, compressed in parts.
func bomb() []byte {
	return slices.Concat(zipped([]byte("[")), bytes.Repeat(zipped(bytes.Repeat([]byte(" "), 1<<20)), 1<<10), zipped([]byte("]")))
}

const short = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n[{\"id\":1}"

func TestHostile(t *testing.T) {
	t.Parallel()
	two := rows(1, 2)
	post := t.TempDir() + "/body"
	if err := os.WriteFile(post, []byte(`{"query":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string]behaviour{
		"500, then right":                {serve: first(2, status(500)), rows: two, requests: 3},
		"500 for ever":                   {serve: always(status(500)), code: fault.Unreachable, says: `500 Internal Server Error: {"message": "no"}`, requests: 6},
		"500 and no retries":             {serve: always(status(500)), flags: []string{"retries", "0"}, code: fault.Unreachable, requests: 1},
		"503 with a date":                {serve: first(1, status(503, "Retry-After", "Tue, 24 Nov 2026 12:00:20 GMT")), rows: two, requests: 2},
		"429 with seconds":               {serve: first(1, status(429, "Retry-After", "7")), rows: two, requests: 2},
		"408 and 425":                    {serve: first(1, status(425)), rows: two, requests: 2},
		"Retry-After of a year":          {serve: always(status(429, "Retry-After", "31536000")), code: fault.Unreachable, says: "until 2027-11-24T12:00:00Z", requests: 1},
		"Retry-After beyond all numbers": {serve: always(status(503, "Retry-After", "99999999999999999999999")), code: fault.Unreachable, says: "longer", requests: 1},
		"Retry-After that says nothing":  {serve: first(1, status(503, "Retry-After", "soon")), rows: two, requests: 2},
		"400":                            {serve: always(status(400)), code: fault.HTTP, says: "400", requests: 1},
		"401 without a way to renew":     {serve: always(status(401)), code: fault.HTTP, says: "401", requests: 1},
		"404":                            {serve: always(status(404)), code: fault.HTTP, says: "404", requests: 1},
		"204":                            {serve: always(func(w http.ResponseWriter) { w.WriteHeader(204) }), requests: 1},
		"206":                            {serve: always(status(206)), code: fault.HTTP, says: "206", requests: 1},
		"304":                            {serve: always(func(w http.ResponseWriter) { w.WriteHeader(304) }), code: fault.HTTP, says: "304", requests: 1},
		"a length that lies":             {serve: first(1, func(w http.ResponseWriter) { hijack(w, short) }), rows: two, requests: 2},
		"a length that lies, for ever":   {serve: always(func(w http.ResponseWriter) { hijack(w, short) }), code: fault.HTTP, says: "ends too early", requests: 6},
		"a length that is too small": {serve: always(func(w http.ResponseWriter) {
			hijack(w, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[{\"id\":1},{\"id\":2}]")
		}), code: fault.HTTP, says: "ends too early"},
		"chunks that end early": {serve: first(2, func(w http.ResponseWriter) {
			hijack(w, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[{\"id")
		}), rows: two, requests: 3},
		"a connection that breaks":             {serve: first(1, func(w http.ResponseWriter) { reset(w, short) }), rows: two, requests: 2},
		"no HTTP at all":                       {serve: always(func(w http.ResponseWriter) { hijack(w, "SSH-2.0-OpenSSH_9.6\r\n") }), code: fault.Unreachable},
		"a header without end":                 {serve: always(func(w http.ResponseWriter) { hijack(w, "HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 1<<20)) }), code: fault.Unreachable},
		"JSON that ends early":                 {serve: first(1, body("application/json", `[{"id":1},{"id":`)), rows: two, requests: 2},
		"JSON that ends early, for ever":       {serve: always(body("application/json", `[{"id":1},{"id":`)), code: fault.HTTP, says: "ends too early", requests: 6},
		"nothing":                              {serve: always(body("application/json", ``)), code: fault.HTTP, says: "empty", requests: 6},
		"NaN":                                  {serve: always(body("application/json", `[{"id":NaN}]`)), code: fault.HTTP, says: "no valid JSON", requests: 6},
		"no UTF-8":                             {serve: always(body("application/json", "[{\"id\":\"\xff\"}]")), code: fault.HTTP, says: "UTF-8", requests: 6},
		"garbage behind":                       {serve: always(body("application/json", `[{"id":1}] x`)), code: fault.HTTP, says: "more text", requests: 6},
		"deep":                                 {serve: always(body("application/json", strings.Repeat("[", 100_000))), code: fault.HTTP, says: "levels", flags: []string{"retries", "1"}, requests: 2},
		"a page to log in":                     {serve: always(body("text/html", "<!DOCTYPE html>\n<title>Log in</title>")), code: fault.HTTP, says: "<!DOCTYPE html> <title>Log in</title>", requests: 1},
		"a page called JSON":                   {serve: always(body("application/json", " <html>")), code: fault.HTTP, says: "<html>", requests: 1},
		"JSON called a page":                   {serve: always(body("text/html; charset=UTF-8", list(two))), rows: two, requests: 1},
		"a byte order mark":                    {serve: always(body("application/json", "\uFEFF"+list(two))), rows: two, requests: 1},
		"half a character":                     {serve: always(body("application/json", `[{"a":"\ud800"},{"\udc00":1},{"b":"\ud83d\ude00\\ud800"}]`)), rows: []string{`{"a":"\ud800"}`, `{"\udc00":1}`, `{"b":"\ud83d\ude00\\ud800"}`}, requests: 1},
		"a number":                             {serve: always(body("application/json", `42`)), code: fault.HTTP, says: "neither a list nor an object", requests: 1},
		"null":                                 {serve: always(body("application/json", `null`)), requests: 1},
		"one object":                           {serve: always(body("application/json", ` {"id": 1}`)), rows: []string{`{"id": 1}`}, requests: 1},
		"elements that are no objects":         {serve: always(body("application/json", `[1,"a",[],null,{"id":1}]`)), rows: []string{`1`, `"a"`, `[]`, `null`, `{"id":1}`}, requests: 1},
		"no rows at the path":                  {serve: always(body("application/json", `{"error":1,"data":{"item":[]}}`)), flags: []string{"records", "data.items"}, code: fault.HTTP, says: "nothing at --records data.items", requests: 1},
		"the path leads into a list":           {serve: always(body("application/json", `{"data":[{"items":[]}]}`)), flags: []string{"records", "data.items"}, code: fault.HTTP, says: "nothing at --records", requests: 1},
		"the path is there twice":              {serve: always(body("application/json", `{"d":[{"id":1}],"d":[{"id":2}]}`)), flags: []string{"records", "d", "retries", "0"}, code: fault.HTTP, says: "second member d", requests: 1},
		"the path is null":                     {serve: always(body("application/json", `{"d":null}`)), flags: []string{"records", "d"}, requests: 1},
		"the path is escaped":                  {serve: always(body("application/json", `{"\u0064":[{"id":1},{"id":2}]}`)), flags: []string{"records", "d"}, rows: two, requests: 1},
		"a key that changes its type":          {serve: always(body("application/json", `[{"a":1},{"a":"x"},{"a":{}}]`)), rows: []string{`{"a":1}`, `{"a":"x"}`, `{"a":{}}`}, requests: 1},
		"digits":                               {serve: always(body("application/json", `[{"a":12345678901234567890123,"b":1.10,"c":1E5}]`)), rows: []string{`{"a":12345678901234567890123,"b":1.10,"c":1E5}`}, requests: 1},
		"jq":                                   {serve: always(body("application/json", `{"d":[{"a":12345678901234567890123,"b":1.10,"c":1E5,"t":"<é>"},{"a":2}]}`)), flags: []string{"records", ".d[] | select(.a)"}, rows: []string{`{"a":12345678901234567890123,"b":1.10,"c":1E5,"t":"<é>"}`, `{"a":2}`}, requests: 1},
		"jq, a list":                           {serve: always(body("application/json", `{"d":[{"id":1},{"id":2}]}`)), flags: []string{"records", ".d"}, rows: two, requests: 1},
		"jq, nothing there":                    {serve: always(body("application/json", `{"e":[]}`)), flags: []string{"records", ".d"}, code: fault.HTTP, says: "gives null", requests: 1},
		"jq fails":                             {serve: always(body("application/json", `{"d":1}`)), flags: []string{"records", ".d[]"}, code: fault.HTTP, says: "cannot iterate", requests: 1},
		"jq, half a character":                 {serve: always(body("application/json", `{"d":["\ud800"]}`)), flags: []string{"records", ".d", "retries", "0"}, code: fault.HTTP, says: "surrogate", requests: 1},
		"gzip":                                 {serve: always(encoded("gzip", zipped([]byte(list(two))))), rows: two, requests: 1},
		"gzip cut off":                         {serve: first(1, encoded("gzip", zipped([]byte(list(two)))[:20])), rows: two, requests: 2},
		"gzip cut off, for ever":               {serve: always(encoded("gzip", zipped([]byte(list(two)))[:20])), flags: []string{"retries", "0"}, code: fault.HTTP, says: "ends too early", requests: 1},
		"gzip with a wrong sum":                {serve: always(encoded("gzip", append(zipped([]byte(list(two)))[:len(zipped([]byte(list(two))))-8], 1, 2, 3, 4, 5, 6, 7, 8))), flags: []string{"retries", "1"}, code: fault.HTTP, says: "compression is damaged", requests: 2},
		"gzip that is none":                    {serve: always(encoded("gzip", []byte(list(two)))), flags: []string{"retries", "1"}, code: fault.HTTP, says: "compression is damaged", requests: 2},
		"a gzip bomb":                          {serve: always(encoded("gzip", bomb())), code: fault.Limit, says: "268435456 bytes", requests: 1},
		"a gzip bomb under a limit":            {serve: always(encoded("gzip", bomb())), flags: []string{"max-bytes", "1MiB"}, code: fault.Limit, says: "--max-bytes", requests: 1},
		"another compression":                  {serve: always(encoded("br", []byte("x"))), code: fault.HTTP, says: `"br"`, requests: 1},
		"compressed twice":                     {serve: always(encoded("gzip, gzip", []byte("x"))), code: fault.HTTP, says: `"gzip, gzip"`, requests: 1},
		"a body without end":                   {serve: always(endless), flags: []string{"max-bytes", "1MiB"}, code: fault.Limit, requests: 1},
		"lines of JSON":                        {serve: always(body("application/x-ndjson", "{\"id\":1}\r\n\n  {\"id\":2}")), rows: two, requests: 1},
		"lines of JSON by --format":            {serve: always(body("text/plain", "{\"id\":1}\n{\"id\":2}\n")), flags: []string{"format", "jsonl"}, rows: two, requests: 1},
		"lines of JSON, one broken":            {serve: always(body("application/jsonl", "{\"id\":1}\n{\"id\":\n")), flags: []string{"retries", "0"}, code: fault.HTTP, says: "ends too early", requests: 1},
		"lines of JSON and --records":          {serve: always(body("application/jsonl", "{}")), flags: []string{"records", "a"}, code: fault.HTTP, says: "--records", requests: 1},
		"CSV":                                  {serve: always(body("text/csv", "a;b\n1;\"x\ny\"\n2;z\n")), rows: []string{"a|b=1;\"x\ny\"", "a|b=2;z"}, requests: 1},
		"CSV of a header only":                 {serve: always(body("text/csv", "a,b\n")), requests: 1},
		"CSV that is a page":                   {serve: always(body("text/html", "<html>")), flags: []string{"format", "csv"}, code: fault.HTTP, says: "page", requests: 1},
		"POST":                                 {serve: posted, flags: []string{"body", post}, rows: two, requests: 1},
		"POST is not sent again":               {serve: always(status(503)), flags: []string{"body", post}, code: fault.Unreachable, requests: 1},
		"POST is not sent again, short answer": {serve: always(func(w http.ResponseWriter) { hijack(w, short) }), flags: []string{"body", post}, code: fault.HTTP, requests: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b.test(t)
		})
	}
}

func posted(w http.ResponseWriter, r *http.Request, _ int) {
	data, _ := io.ReadAll(r.Body)
	if r.Method != "POST" || string(data) != `{"query":1}` || r.Header.Get("Content-Type") != "application/json" {
		w.WriteHeader(400)
		return
	}
	sayJSON(w, list(rows(1, 2)))
}

func endless(w http.ResponseWriter) {
	_, _ = io.WriteString(w, "[")
	for {
		if _, err := io.WriteString(w, `{"id":1},`); err != nil {
			return
		}
	}
}

func TestRetryAfterIsKept(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]time.Duration{
		"7": 7 * time.Second, "Tue, 24 Nov 2026 12:00:20 GMT": 20 * time.Second, "Tue, 24 Nov 2020 12:00:00 GMT": 0,
		"0": 0, "": 250 * time.Millisecond, "-3": 250 * time.Millisecond, "60": time.Minute,
	} {
		s := serve(t, first(1, status(429, "Retry-After", header)))
		j := newJob(t)
		if got := j.run(s.URL); got.Err != nil || len(j.clock.slept) != 1 || j.clock.slept[0] != want {
			t.Errorf("%q: %v, slept %v, want %v", header, got.Err, j.clock.slept, want)
		}
	}
}

func TestBackoffGrows(t *testing.T) {
	t.Parallel()
	s := serve(t, always(status(502)))
	j := newJob(t)
	got := j.run(s.URL, "retries", "9")
	want := []time.Duration{250, 500, 1000, 2000, 4000, 8000, 15000, 15000, 15000}
	for i := range want {
		want[i] *= time.Millisecond
	}
	if fault.CodeOf(got.Err) != fault.Unreachable || !slices.Equal(j.clock.slept, want) || got.Stats.Retries != 9 {
		t.Errorf("%v %v %+v", got.Err, j.clock.slept, got.Stats)
	}
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // of a test
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	path := t.TempDir() + "/body"
	if err := os.WriteFile(path, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	// A POST that nobody has seen is sent again, too.
	for _, flags := range [][]string{nil, {"body", path}} {
		j := newJob(t)
		got := j.run("http://"+address+"/", flags...)
		if fault.CodeOf(got.Err) != fault.Unreachable || got.Stats.Requests != 6 || len(j.clock.slept) != 5 {
			t.Errorf("%v %+v %v", got.Err, got.Stats, j.clock.slept)
		}
	}
}

func TestSlowServers(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	hold := func(r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}
	s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		if r.URL.Path == "/drips" {
			_, _ = io.WriteString(w, "[")
			w.(http.Flusher).Flush()
		}
		hold(r)
	})
	t.Cleanup(func() { close(release) })
	for _, path := range []string{"/silent", "/drips"} {
		j := newJob(t)
		got := j.run(s.URL+path, "timeout", "50ms", "retries", "1")
		if fault.CodeOf(got.Err) != fault.Unreachable || !strings.Contains(got.Err.Error(), "no answer within 50ms") || got.Stats.Requests != 2 {
			t.Errorf("%s: %v %+v", path, got.Err, got.Stats)
		}
		j = newJob(t)
		j.clock.now = time.Now() // a deadline is of the machine's clock
		got = j.run(s.URL+path, "deadline", "50ms")
		if fault.CodeOf(got.Err) != fault.Unreachable || !strings.Contains(got.Err.Error(), "--deadline 50ms is over") {
			t.Errorf("%s: %v", path, got.Err)
		}
		var cancel context.CancelFunc
		j = newJob(t)
		j.ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		if got := j.run(s.URL + path); fault.CodeOf(got.Err) != fault.Interrupted {
			t.Errorf("%s: %v", path, got.Err)
		}
	}
}

// TestBombTakesLittleMemory holds that what is refused was never in memory.
func TestBombTakesLittleMemory(t *testing.T) {
	data := bomb()
	s := serve(t, always(encoded("gzip", data)))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got := newJob(t).run(s.URL, "max-bytes", "8MiB")
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; fault.CodeOf(got.Err) != fault.Limit || used > 64<<20 {
		t.Errorf("%v, %d bytes", got.Err, used)
	}
}

func TestWrongCalls(t *testing.T) {
	t.Parallel()
	const hidden = "hunter2hunter2"
	for name, c := range map[string]struct {
		url   string
		flags []string
		says  string
	}{
		"no URL":                    {"", nil, "no url"},
		"no scheme":                 {"127.0.0.1/x", nil, "http://"},
		"ftp":                       {"ftp://u:" + hidden + "@h/x", nil, "ftp://u:***@h/x"},
		"no host":                   {"http:///x", nil, "names no host"},
		"literal token":             {"http://h", []string{"auth", "bearer", "auth-token", hidden}, "env:NAME"},
		"literal password":          {"http://h", []string{"auth", "basic", "auth-user", "u", "auth-password", hidden}, "env:NAME"},
		"literal secret":            {"http://h", []string{"auth", "oauth2", "oauth2-token-url", "http://h/t", "oauth2-client-id", "i", "oauth2-client-secret", hidden}, "env:NAME"},
		"literal in a header":       {"http://h", []string{"header", "X-Api-Key=" + hidden}, "X-Api-Key=env:NAME"},
		"literal in a parameter":    {"http://h", []string{"param", "api_token=" + hidden}, "api_token=env:NAME"},
		"bearer without a token":    {"http://h", []string{"auth", "bearer"}, "--auth-token"},
		"token without auth":        {"http://h", []string{"auth-token", "env:A"}, "needs --auth"},
		"user twice":                {"http://u:" + hidden + "@h", []string{"auth", "bearer", "auth-token", "env:A"}, "one of them"},
		"cursor without next":       {"http://h", []string{"paginate", "cursor"}, "--next"},
		"limit without offset":      {"http://h", []string{"paginate", "page", "limit", "5"}, "--limit does not go with"},
		"page-size alone":           {"http://h", []string{"paginate", "page", "page-size", "5"}, "need each other"},
		"batches of what":           {"http://h", []string{"batch-pages", "5"}, "needs --paginate"},
		"incremental by half":       {"http://h", []string{"incremental-field", "a"}, "need each other"},
		"lookback of what":          {"http://h", []string{"lookback", "5m"}, "--lookback"},
		"header that is ours":       {"http://h", []string{"header", "Host=x"}, "Host"},
		"header that is none":       {"http://h", []string{"header", "a b=x"}, "no name of a header"},
		"header with a line end":    {"http://h", []string{"header", "a=x\r\nb: c"}, "no header may have"},
		"token with a line end":     {"http://h", []string{"auth", "bearer", "auth-token", "env:LINES"}, "line end"},
		"jq that is none":           {"http://h", []string{"records", ".a["}, "no jq expression"},
		"records of CSV":            {"http://h", []string{"format", "csv", "records", "a"}, "--records looks into JSON"},
		"a variable that is unset":  {"http://h", []string{"auth", "bearer", "auth-token", "env:NOPE"}, "NOPE"},
		"a body that is not there":  {"http://h", []string{"body", "/nowhere/x"}, "--body"},
		"a metadata address":        {"http://169.254.169.254/latest/meta-data", nil, "metadata"},
		"one of IPv6":               {"http://[fe80::1]/", nil, "link-local"},
		"one wrapped into IPv6":     {"http://[::ffff:169.254.169.254]/", nil, "metadata"},
		"a metadata name":           {"http://metadata.google.internal/", nil, "metadata"},
		"a metadata address, NAT64": {"http://[64:ff9b::a9fe:a9fe]/", nil, "metadata"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := newJob(t)
			j.env = map[string]string{"A": "abcdefgh", "LINES": "a\nb"}
			got := j.run(c.url, c.flags...)
			said := fmt.Sprint(got.Err) + fault.Hint(got.Err)
			if got.Err == nil || !strings.Contains(said, c.says) || strings.Contains(said, hidden) {
				t.Errorf("%v (%s), want %q", got.Err, fault.Hint(got.Err), c.says)
			}
			if code := fault.CodeOf(got.Err); code != fault.Usage && code != fault.Config && code != fault.HTTP {
				t.Errorf("code %q", code)
			}
		})
	}
}

func TestForbiddenAddresses(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"169.254.0.1": true, "169.254.169.254": true, "::ffff:169.254.1.1": true, "fe80::1": true, "febf::1": true, "fe80::1%eth0": true,
		"fd00:ec2::254": true, "100.100.100.200": true, "192.0.0.192": true, "168.63.129.16": true, "64:ff9b::a9fe:1": true,
		"2002:a9fe:1::": true, "::a9fe:1": true,
		"127.0.0.1": false, "::1": false, "10.1.2.3": false, "192.168.1.1": false, "172.16.0.1": false, "8.8.8.8": false, "fd00::1": false,
		"2001:db8::1": false, "100.100.100.201": false, "0.0.0.0": false,
	} {
		host := net.JoinHostPort(address, "80")
		if want {
			var refused *addressError
			if _, err := newTransport().DialContext(t.Context(), "tcp", host); !errors.As(err, &refused) {
				t.Errorf("%s: a connection is tried: %v", address, err)
			}
		}
		if got := checkConnection("tcp", host, nil) != nil; got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
}

func TestUnknownCertificate(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { sayJSON(w, "[]") }))
	s.Config.ErrorLog = quiet()
	s.StartTLS()
	t.Cleanup(s.Close)
	j := newJob(t)
	if got := j.run(s.URL); fault.CodeOf(got.Err) != fault.HTTP || !strings.Contains(got.Err.Error(), "certificate") || got.Stats.Requests != 1 {
		t.Errorf("%v %+v", got.Err, got.Stats)
	}
	if got := newJob(t).run(strings.Replace(s.URL, "https", "http", 1), "retries", "0"); fault.CodeOf(got.Err) != fault.HTTP {
		t.Errorf("http to a port of https: %v", got.Err)
	}
}

func TestLinesCalledJSON(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]bool{"{}\n{}\n": true, "{} {}": false, `[{"a":1},`: false} {
		s := serve(t, answers(body))
		if got := newJob(t).run(s.URL, "retries", "0"); strings.Contains(fault.Hint(got.Err), "--format jsonl") != want {
			t.Errorf("%q: %v %s", body, got.Err, fault.Hint(got.Err))
		}
	}
}
