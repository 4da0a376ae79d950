package api

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kalpafall/df360/internal/fault"
)

const hidden = "hunter2/hunter2+x"

func TestWhoAsks(t *testing.T) {
	t.Parallel()
	type asked struct{ URI, Authorization, Key, Agent string }
	var mu sync.Mutex
	seen := map[string]asked{}
	s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		mu.Lock()
		seen[r.URL.Path] = asked{r.URL.RawQuery, r.Header.Get("Authorization"), r.Header.Get("X-Key"), r.Header.Get("User-Agent")}
		mu.Unlock()
		sayJSON(w, "[]")
	})
	for name, c := range map[string]struct {
		flags []string
		user  string
		want  asked
	}{
		"none":      {nil, "", asked{"a=1", "", "", "df360"}},
		"bearer":    {[]string{"auth", "bearer", "auth-token", "env:T"}, "", asked{"a=1", "Bearer " + hidden, "", "df360"}},
		"basic":     {[]string{"auth", "basic", "auth-user", "ann", "auth-password", "env:T"}, "", asked{"a=1", "Basic YW5uOmh1bnRlcjIvaHVudGVyMit4", "", "df360"}},
		"in-url":    {nil, "ann:hunter2%2Fhunter2+x@", asked{"a=1", "Basic YW5uOmh1bnRlcjIvaHVudGVyMit4", "", "df360"}},
		"header":    {[]string{"auth", "header", "auth-name", "x-key", "auth-token", "env:T"}, "", asked{"a=1", "", hidden, "df360"}},
		"query":     {[]string{"auth", "query", "auth-name", "k", "auth-token", "env:T"}, "", asked{"a=1&k=" + url.QueryEscape(hidden), "", "", "df360"}},
		"own":       {[]string{"header", "X-Key=env:T", "header", "user-agent=me", "param", "token=env:T"}, "", asked{"a=1&token=" + url.QueryEscape(hidden), "", hidden, "me"}},
		"authority": {[]string{"header", "Authorization=env:T"}, "", asked{"a=1", hidden, "", "df360"}},
	} {
		j := newJob(t)
		j.env = map[string]string{"T": hidden}
		if got := j.run(strings.Replace(s.URL, "//", "//"+c.user, 1)+"/"+name+"?a=1", c.flags...); got.Err != nil {
			t.Errorf("%s: %v", name, got.Err)
		}
		if diff := cmp.Diff(c.want, seen["/"+name]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// leaks fails where a request tells a secret.
func (s *server) leaks(t *testing.T) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, header := range s.seen {
		text := fmt.Sprint(header) + s.asked[i]
		if strings.Contains(text, "hunter2") || header.Get("Cookie") != "" || header.Get("Authorization") != "" || header.Get("X-Own") != "" {
			t.Errorf("%s %v", s.asked[i], header)
		}
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	secrets := []string{
		"auth", "bearer", "auth-token", "env:T", "header", "X-Key=env:T", "header", "X-Own=mine", "header", "Cookie=env:T",
	}
	for name, c := range map[string]struct {
		flags    []string
		allowed  bool
		redirect func(w http.ResponseWriter, r *http.Request, other string)
		code     fault.Code
		says     string
		other    int // requests of the other origin
	}{
		"to another origin":      {redirect: to(302, "OTHER/x"), code: fault.HTTP, says: "another origin"},
		"to one that is allowed": {allowed: true, redirect: to(302, "OTHER/x"), other: 1},
		"with 307":               {allowed: true, redirect: to(307, "OTHER/x"), other: 1},
		"with a secret in it":    {allowed: true, redirect: to(302, "OTHER/x?t="+url.QueryEscape(hidden)), code: fault.HTTP, says: "would take a secret"},
		"by a network path":      {redirect: to(302, "//OTHERHOST/x"), code: fault.HTTP, says: "another origin"},
		"to the same origin":     {redirect: to(301, "/there")},
		"to a relative path":     {redirect: to(308, "there")},
		"in a circle":            {redirect: to(302, "/rows"), code: fault.HTTP, says: "more than 10 redirects"},
		"to a file":              {redirect: to(302, "file:///etc/passwd"), code: fault.HTTP, says: "no address of the web"},
		"to nowhere":             {redirect: to(302, ""), code: fault.HTTP, says: "302 Found"},
		"to no URL":              {redirect: to(302, "http://[::1"), code: fault.HTTP, says: "no URL"},
		"300":                    {redirect: to(300, "/there"), code: fault.HTTP, says: "300"},
		"to metadata":            {redirect: to(302, "http://169.254.169.254/x"), code: fault.HTTP, says: "another origin"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			other := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { sayJSON(w, list(rows(1, 2))) })
			s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				if r.URL.Path == "/there" {
					if r.Header.Get("Authorization") != "Bearer "+hidden || r.Header.Get("X-Own") != "mine" {
						w.WriteHeader(401)
					}
					sayJSON(w, list(rows(1, 2)))
					return
				}
				c.redirect(w, r, other.URL)
			})
			j := newJob(t)
			j.env = map[string]string{"T": hidden}
			flags := append(c.flags, secrets...)
			if c.allowed {
				flags = append(flags, "allow-origin", other.URL)
			}
			got := j.run(s.URL+"/rows", flags...)
			if fault.CodeOf(got.Err) != c.code || !strings.Contains(fmt.Sprint(got.Err), c.says) {
				t.Errorf("%v, want %q with %q", got.Err, c.code, c.says)
			}
			if c.code == "" && !cmp.Equal(got.Rows, rows(1, 2)) {
				t.Errorf("rows %q", got.Rows)
			}
			if name == "in a circle" && s.requests() != 11 {
				t.Errorf("%d requests", s.requests())
			}
			if other.requests() != c.other {
				t.Errorf("%d requests of the other origin", other.requests())
			}
			other.leaks(t)
		})
	}
}

func to(status int, location string) func(w http.ResponseWriter, r *http.Request, other string) {
	return func(w http.ResponseWriter, _ *http.Request, other string) {
		location := strings.Replace(location, "OTHERHOST", strings.TrimPrefix(other, "http://"), 1)
		w.Header().Set("Location", strings.Replace(location, "OTHER", other, 1))
		w.WriteHeader(status)
	}
}

func TestHTTPSStays(t *testing.T) {
	t.Parallel()
	b := &borders{home: "https://h:443", allowed: []string{"http://h:80", "https://o:443"}}
	parse := func(text string) *url.URL {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	b.secrets = newJob(t).secrets
	for target, ok := range map[string]bool{"http://h/x": false, "https://o/x": true, "https://H.:443/y": true, "https://h:444/": false, "https://p/": false} {
		if err := b.permit(parse("https://h/a"), parse(target), "it"); (err == nil) != ok {
			t.Errorf("%s: %v", target, err)
		}
	}
}

func TestNextPageOfAnotherOrigin(t *testing.T) {
	t.Parallel()
	other := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		sayJSON(w, `{"d":[{"id":2}],"next":"/more"}`)
	})
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		sayJSON(w, `{"d":[{"id":1}],"next":"`+other.URL+`/2"}`)
	})
	j := newJob(t)
	j.env = map[string]string{"T": hidden}
	flags := []string{
		"paginate", "next-url", "next", "next", "records", "d", "auth", "query", "auth-name", "k", "auth-token", "env:T",
		"header", "X-Own=mine", "allow-origin", other.URL, "max-pages", "2",
	}
	if got := j.run(s.URL, flags...); got.Err != nil || !cmp.Equal(got.Rows, rows(1, 2)) {
		t.Errorf("%+v", got)
	}
	other.leaks(t)
	if stored := fmt.Sprint(j.progress); !strings.Contains(stored, other.URL+"/more") || strings.Contains(stored, "hunter2") {
		t.Errorf("stored %s", stored)
	}
}

// tokenServer gives out a token for each request of one, and rows to the newest.
func tokenServer(t *testing.T, inBody bool, expires string, reject func(n int) bool) *server {
	t.Helper()
	tokens, asked := 0, 0
	var mu sync.Mutex
	return serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		mu.Lock()
		defer mu.Unlock()
		if r.URL.Path == "/token" {
			user, password, ok := r.BasicAuth()
			if inBody {
				user, password, ok = r.FormValue("client_id"), url.QueryEscape(r.FormValue("client_secret")), r.PostFormValue("client_id") != ""
			}
			if !ok || user != "me" || password != url.QueryEscape(hidden) || r.FormValue("grant_type") != "client_credentials" || r.FormValue("scope") != "read" {
				w.WriteHeader(401)
				_, _ = io.WriteString(w, `{"error":"invalid_client","error_description":"`+password+` `+r.FormValue("client_secret")+`"}`)
				return
			}
			tokens++
			sayJSON(w, fmt.Sprintf(`{"access_token":"token-%d","token_type":"Bearer","expires_in":%s}`, tokens, expires))
			return
		}
		asked++
		if r.Header.Get("Authorization") != fmt.Sprintf("Bearer token-%d", tokens) || reject(asked) {
			w.WriteHeader(401)
			return
		}
		sayJSON(w, list(rows(number(r, "page"), min(3, number(r, "page")))))
	})
}

func TestOAuth2(t *testing.T) {
	t.Parallel()
	never := func(int) bool { return false }
	for name, c := range map[string]struct {
		inBody   bool
		expires  string
		reject   func(n int) bool
		wrong    bool
		rows     []string
		code     fault.Code
		requests int
	}{
		"in a header":        {expires: "3600", reject: never, rows: rows(1, 3), requests: 5},
		"in the body":        {inBody: true, expires: `"3600"`, reject: never, rows: rows(1, 3), requests: 6},
		"no end":             {expires: "null", reject: never, rows: rows(1, 3), requests: 5},
		"401 in the middle":  {expires: "3600", reject: func(n int) bool { return n == 2 }, rows: rows(1, 3), requests: 7},
		"401 for ever":       {expires: "3600", reject: func(n int) bool { return n >= 2 }, code: fault.HTTP, requests: 5},
		"wrong credentials":  {expires: "3600", reject: never, wrong: true, code: fault.HTTP, requests: 2},
		"ends at every page": {expires: "0.000001", reject: never, rows: rows(1, 3), requests: 8},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := tokenServer(t, c.inBody, c.expires, c.reject)
			j := newJob(t)
			j.env = map[string]string{"S": hidden}
			if c.wrong {
				j.env["S"] = "wrong-" + hidden
			}
			if name == "ends at every page" {
				j.clock.now = time.Now()
				s.Config.Handler = passing(j.clock, s.Config.Handler)
			}
			got := j.run(s.URL+"/rows", "paginate", "page", "auth", "oauth2", "oauth2-token-url", s.URL+"/token",
				"oauth2-client-id", "me", "oauth2-client-secret", "env:S", "oauth2-scope", "read")
			if fault.CodeOf(got.Err) != c.code || !cmp.Equal(got.Rows, c.rows) || s.requests() != c.requests {
				t.Errorf("%v, %q, %d requests: %q", got.Err, got.Rows, s.requests(), s.asked)
			}
			if strings.Contains(fmt.Sprint(got.Err), "hunter2") {
				t.Errorf("the error tells the secret: %v", got.Err)
			}
			if j.secrets.Scrub("token-1") != "***" && c.rows != nil {
				t.Error("a token is not among the secrets")
			}
		})
	}
}

// passing lets a second pass with each request.
func passing(c *clock, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		c.now = c.now.Add(time.Second)
		c.mu.Unlock()
		next.ServeHTTP(w, r)
	})
}

func TestOddTokens(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `[]`, `<html>`, `{"access_token":""}`, `{"access_token":"a\nb"}`, `{"access_token":"abcdef","token_type":"mac"}`, `{"access_token":1}`} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { sayJSON(w, body) })
		j := newJob(t)
		j.env = map[string]string{"S": hidden}
		got := j.run(s.URL+"/rows", "auth", "oauth2", "oauth2-token-url", s.URL+"/token", "oauth2-client-id", "me", "oauth2-client-secret", "env:S")
		if fault.CodeOf(got.Err) != fault.HTTP || s.requests() != 1 {
			t.Errorf("%s: %v, %d requests", body, got.Err, s.requests())
		}
	}
}

// TestNothingTells lets a server repeat all secrets wherever it can.
func TestNothingTells(t *testing.T) {
	t.Parallel()
	for name, echo := range map[string]func(w http.ResponseWriter, r *http.Request){
		"in an error": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(400)
			_, _ = io.WriteString(w, fmt.Sprint(r.Header, r.URL))
		},
		"as HTML": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, fmt.Sprint("<html>", r.Header, r.URL))
		},
		"broken": func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, fmt.Sprint(r.URL, r.Header)) },
		"as a cursor": func(w http.ResponseWriter, r *http.Request) {
			data, _ := json.Marshal(r.Header.Get("Authorization"))
			_, _ = fmt.Fprintf(w, `{"d":[1],"n":{"x":%s}}`, data)
		},
		"redirecting": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://h.invalid/"+r.Header.Get("X-Key")+"?"+r.URL.RawQuery, http.StatusFound)
		},
		"decoded": func(w http.ResponseWriter, r *http.Request) {
			user, password, _ := r.BasicAuth()
			w.WriteHeader(400)
			_, _ = io.WriteString(w, user+" "+password)
		},
		"in its total": func(w http.ResponseWriter, r *http.Request) {
			data, _ := json.Marshal(r.Header.Get("X-Key"))
			_, _ = fmt.Fprintf(w, `{"d":%s}`, data)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) { echo(w, r) })
			j := newJob(t)
			j.env = map[string]string{"T": hidden}
			got := j.run(strings.Replace(s.URL, "//", "//ann:hunter2pass@", 1)+"/x?secret=hunter2query", "retries", "0", "header", "X-Key=env:T", "param", "token=env:T",
				"paginate", "cursor", "records", "d", "next", "n")
			if got.Err == nil {
				t.Fatal("no error")
			}
			said := j.secrets.Scrub(got.Err.Error() + fault.Hint(got.Err))
			for _, part := range []string{"hunter2", "aHVudGVyM", "h1bnRlcj", "odW50ZXI"} {
				if strings.Contains(said, part) {
					t.Errorf("%s", said)
				}
			}
		})
	}
}
