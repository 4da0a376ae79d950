package secret_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/secret"
)

const hidden = "s3cr3t/p+ss w\"rd"

func TestValueNeverShows(t *testing.T) {
	t.Parallel()
	v := secret.New(hidden)
	holder := struct {
		Token secret.Value
		List  []secret.Value
		Map   map[string]*secret.Value
	}{v, []secret.Value{v}, map[string]*secret.Value{"a": &v}}
	var shown []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T %[1]v", "%10.3s"} {
		shown = append(shown, fmt.Sprintf(verb, v), fmt.Sprintf(verb, holder), fmt.Sprintf(verb, &holder))
	}
	asJSON, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	asYAML, err := yaml.Marshal(map[string]any{"a": v, "b": &v})
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v, "p", &v, "h", holder)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v, "p", &v, "h", holder)
	for _, text := range append(shown, string(asJSON), string(asYAML), log.String(), fmt.Errorf("x %w", fmt.Errorf("%v", v)).Error()) {
		if strings.Contains(text, "s3cr3t") || strings.Contains(text, fmt.Sprintf("%x", hidden)) {
			t.Errorf("shows: %s", text)
		}
	}
	if v.Reveal() != hidden || v.Empty() || !secret.New("").Empty() {
		t.Error("Reveal or Empty")
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return "file:" + path
	}
	env := func(name string) string { return map[string]string{"TOKEN": hidden}[name] }
	for name, c := range map[string]struct {
		ref, want string
		code      fault.Code
	}{
		"variable":        {ref: "env:TOKEN", want: hidden},
		"file":            {ref: write("a", "abc\n"), want: "abc"},
		"file of Windows": {ref: write("b", "abc\r\n"), want: "abc"},
		"one line end":    {ref: write("c", "abc\n\n"), want: "abc\n"},
		"literal":         {ref: hidden, code: fault.Usage},
		"no name":         {ref: "env:", code: fault.Usage},
		"no path":         {ref: "file:", code: fault.Usage},
		"nothing":         {ref: "", code: fault.Usage},
		"not set":         {ref: "env:NOPE", code: fault.Config},
		"no such file":    {ref: "file:" + filepath.Join(dir, "nope"), code: fault.Config},
		"folder":          {ref: "file:" + dir, code: fault.Config},
		"empty file":      {ref: write("d", "\n"), code: fault.Config},
		"endless":         {ref: "file:/dev/zero", code: fault.Config},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := secret.Resolve(c.ref, env)
			if fault.CodeOf(err) != c.code || got.Reveal() != c.want {
				t.Errorf("%q, %v", got.Reveal(), err)
			}
			if err != nil && strings.Contains(err.Error()+fault.Hint(err), "s3cr3t") {
				t.Errorf("the error repeats the literal: %v", err)
			}
			if c.ref == hidden && !strings.Contains(fault.Hint(err), "env:NAME") {
				t.Errorf("the hint %q does not name the right form", fault.Hint(err))
			}
		})
	}
}

func TestScrub(t *testing.T) {
	t.Parallel()
	var s secret.Scrubber
	if s.Scrub(hidden) != hidden || s.Holds(hidden) {
		t.Error("a scrubber that knows nothing scrubs")
	}
	s.Add(secret.New(hidden))
	s.Add(secret.New("s3cr3t/p+ss w\"rd-longer"))
	s.Add(secret.New("abc"))
	s.Add(secret.New(""))
	asJSON, _ := json.Marshal(hidden)
	for name, form := range map[string]string{
		"itself":            hidden,
		"in a query":        url.QueryEscape(hidden),
		"in a path":         url.PathEscape(hidden),
		"in userinfo":       (&url.URL{Scheme: "http", Host: "h", User: url.UserPassword("u", hidden)}).String(),
		"in small letters":  strings.NewReplacer("%2F", "%2f", "%2B", "%2b").Replace(url.QueryEscape(hidden)),
		"in JSON":           string(asJSON),
		"quoted":            fmt.Sprintf("%q", hidden),
		"base64":            base64.StdEncoding.EncodeToString([]byte(hidden)),
		"base64 of URLs":    base64.RawURLEncoding.EncodeToString([]byte(hidden)),
		"basic auth":        base64.StdEncoding.EncodeToString([]byte("ann:" + hidden)),
		"basic auth, 2":     base64.StdEncoding.EncodeToString([]byte("anne:" + hidden)),
		"basic auth, 3":     base64.StdEncoding.EncodeToString([]byte("peter:" + hidden + "x")),
		"longer one":        hidden + "-longer",
		"twice":             hidden + hidden,
		"within other text": "Bearer " + hidden + ", and more",
	} {
		got := s.Scrub(form)
		if got == form || !s.Holds(form) || !strings.Contains(got, "***") {
			t.Errorf("%s: %q stays %q", name, form, got)
		}
		for _, part := range []string{"s3cr3t", "longer", "p+ss"} {
			if name != "within other text" && strings.Contains(got, part) {
				t.Errorf("%s: %q", name, got)
			}
		}
	}
	if got := s.Scrub("abc and 123"); got != "abc and 123" {
		t.Errorf("short values are scrubbed: %q", got)
	}
}

func TestScrubLinesOfAKey(t *testing.T) {
	t.Parallel()
	var s secret.Scrubber
	s.Add(secret.New("-----BEGIN X-----\nMIIEvQIBADANBgkqhkiG9w0B\nshort\n"))
	if got := s.Scrub("line MIIEvQIBADANBgkqhkiG9w0B short"); got != "line *** short" {
		t.Errorf("%q", got)
	}
}

func TestScrubJSON(t *testing.T) {
	t.Parallel()
	var s secret.Scrubber
	for _, v := range []string{"1234", "code", "true", `a"b\c`, "nabc"} {
		s.Add(secret.New(v))
	}
	for in, want := range map[string]string{
		`{"code":1234,"a":true,"b" : "x1234y"}`:  `{"code":1234,"a":true,"b" : "x***y"}`,
		`["code","true",1234]`:                   `["***","***",1234]`,
		`{"e":"say a\"b\\c <now>"}` + "\n":       `{"e":"say *** <now>"}` + "\n",
		`{"e":"line\nabc"}`:                      `{"e":"line\nabc"}`,
		`{"e":"x\u0031234"}`:                     `{"e":"x***"}`,
		`{"a":{"code":["nothing"]}}`:             `{"a":{"code":["nothing"]}}`,
		`not JSON: "1234`:                        `not JSON: "***`,
		`time=1 msg="a:1234" code=1234` + "\n\n": `time=1 msg="a:***" code=1234` + "\n\n",
	} {
		if got := string(s.ScrubJSON([]byte(in))); got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
	}
	var b bytes.Buffer
	slog.New(slog.NewJSONHandler(s.JSONWriter(&b), nil)).Info("1234", "code", 1234, "x", "nabc")
	if got := b.String(); !json.Valid(b.Bytes()) || !strings.Contains(got, `"msg":"***","code":1234,"x":"***"`) {
		t.Errorf("%s", got)
	}
	b.Reset()
	if n, err := s.Writer(&b).Write([]byte("a 1234\n")); n != 7 || err != nil || b.String() != "a ***\n" {
		t.Errorf("%d, %v, %q", n, err, b.String())
	}
}

func TestIsSecretName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "X-Api-Key", "api_key", "access_token", "ClientSecret", "PASSWORD"} {
		if !secret.IsSecretName(name) {
			t.Errorf("%s is none", name)
		}
	}
	for _, name := range []string{"", "Accept", "page", "user", "limit", "since"} {
		if secret.IsSecretName(name) {
			t.Errorf("%s is one", name)
		}
	}
}

func TestMaskURL(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"http://h/p":                      "http://h/p",
		"http://u:pw@h:1/p?a=b&c=d#f":     "http://u:***@h:1/p?a=***&c=***",
		"http://u@h/":                     "http://u@h/",
		"/p?token=x":                      "/p?token=***",
		"/p?x":                            "/p?***",
		"postgres://u:p%40w@h/db?k=v":     "postgres://u:***@h/db?k=***",
		"http://u:p w@h:port/x?y":         "http://***@h:port/x?***",
		"user:pw@h/x":                     "***@h/x",
		"http://[::1/x#y":                 "http://[::1/x#***",
		"http://u:p%zz@h/":                "http://***@h/",
		"words with nothing to hide":      "words%20with%20nothing%20to%20hide",
		"http://h/p?a=1&&b":               "http://h/p?a=***&&***",
		"http://h/p?sig=x%3D&next=http:x": "http://h/p?sig=***&next=***",
	} {
		if got := secret.MaskURL(in); got != want {
			t.Errorf("MaskURL(%q) = %q, want %q", in, got, want)
		}
	}
}

// FuzzScrub holds that nothing of a value is left, and that JSON stays JSON.
func FuzzScrub(f *testing.F) {
	f.Add("hunter2", "a hunter2 b")
	f.Add("a\"b\\", `"a\"b\\"`)
	f.Fuzz(func(t *testing.T, value, text string) {
		var s secret.Scrubber
		s.Add(secret.New(value))
		got := s.Scrub(text + value)
		if len(value) >= 4 && !strings.Contains("***", value) && strings.Contains(got, value) && !strings.Contains(value, "*") {
			t.Errorf("%q is in %q", value, got)
		}
		if data, err := json.Marshal([]string{text, value}); err == nil && !json.Valid(s.ScrubJSON(data)) {
			t.Errorf("%s became %s", data, s.ScrubJSON(data))
		}
		_ = secret.MaskURL(text)
	})
}
