package api

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kalpafall/df360/internal/yamlfile"
)

// readSource reads a source of a file /etc/df360.yaml.
func readSource(text string) (*Config, []string, map[string]string) {
	f := yamlfile.New("/etc/df360.yaml", []byte(text))
	c := NewConfig()
	other := map[string]string{}
	c.ReadSource(f, "s", f.Root(), Extra{Names: []string{"on-bad-row"}, Set: func(name, value string) error {
		if value == "x" {
			return fmt.Errorf("%q is wrong", value)
		}
		other[name] = value
		return nil
	}})
	return c, f.Problems, other
}

func TestReadSource(t *testing.T) {
	t.Parallel()
	c, problems, other := readSource(`
url: https://h/x
dataset: orders
key: [id, day]
records: data.items
param: {since: "2026", fields: [a, b], api_token: file:secrets/t, empty: ""}
header: [X-Key=env:K, "Accept=text/x"]
body: query.json
paginate: page
page_size: 50
page_size_param: n
allow_origin: https://o
max_bytes: 2GiB
timeout: 5s
retries: 0
on_bad_row: fail
auth:
auth_token: file:t
`)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	want := NewConfig()
	want.URL, want.Dataset, want.Key, want.Records = "https://h/x", "orders", []string{"id", "day"}, "data.items"
	want.Params = []Pair{{"since", "2026", false}, {"fields", "a", false}, {"fields", "b", false}, {"api_token", "file:/etc/secrets/t", false}, {"empty", "", false}}
	want.Headers = []Pair{{"X-Key", "env:K", false}, {"Accept", "text/x", false}}
	want.Body, want.Paginate, want.PageSize, want.PageSizeParam = "/etc/query.json", "page", 50, "n"
	want.AllowOrigins, want.MaxBytes, want.Timeout, want.Retries, want.AuthToken = []string{"https://o:443"}, 2<<30, 5*time.Second, 0, "file:/etc/t"
	want.set, c.set = nil, nil
	if diff := cmp.Diff(want, c, cmp.AllowUnexported(Config{}, Pair{})); diff != "" {
		t.Error(diff)
	}
	if other["on-bad-row"] != "fail" {
		t.Errorf("%v", other)
	}
}

func TestFlagsWin(t *testing.T) {
	t.Parallel()
	c, problems, _ := readSource("url: http://h\nparam: {a: 1, b: [2, 3]}\nrecords: x\nheader: {X-A: 1}\n")
	for _, flag := range [][2]string{{"param", "b=4"}, {"param", "b=5"}, {"records", "y"}, {"header", "x-a=2"}} {
		if err := c.Set(flag[0], flag[1]); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff([]Pair{{"a", "1", false}, {"b", "4", true}, {"b", "5", true}}, c.Params, cmp.AllowUnexported(Pair{})); diff != "" || len(problems) > 0 {
		t.Errorf("%v %s", problems, diff)
	}
	if c.Records != "y" || len(c.Headers) != 1 || c.Headers[0].Value != "2" {
		t.Errorf("%+v", c)
	}
}

func TestReadSourceProblems(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"url: http://h\npaginat: page\n":   ":2: unknown setting sources.s.paginat: did you mean paginate?",
		"page-size: 3\n":                   ":1: unknown setting sources.s.page-size: did you mean page_size?",
		"paginate: pages\n":                `:1: sources.s.paginate: "pages" is not one of none, page`,
		"url: [a]\n":                       ":1: sources.s.url: one value expected, not a list",
		"retries: many\n":                  `:1: sources.s.retries: "many" is not a whole number`,
		"timeout: 5\n":                     ":1: sources.s.timeout:",
		"url: a\nurl: b\n":                 ":2: sources.s.url is set twice, first in line 1",
		"- url\n":                          ":1: sources.s: settings expected (name: value), not a list",
		"header: hunter2hunter2\n":         ":1: sources.s.header: name and value are needed",
		"param: {a: {b: c}}\n":             ":1: sources.s.param.a: one value expected",
		"on_bad_row: x\n":                  `:1: sources.s.on_bad_row: "x" is wrong`,
		"quux_quux_quux: 1\n":              "there are url, dataset, records",
		"allow_origin: [https://h/path]\n": ":1: sources.s.allow_origin: https://h/path is more than an origin",
		"max_bytes: 2G\n":                  ":1: sources.s.max_bytes:",
		"key: 'a,,b'\n":                    ":1: sources.s.key:",
	} {
		_, problems, _ := readSource(text)
		if got := strings.Join(problems, "\n"); !strings.Contains(got, want) || !strings.HasPrefix(got, "/etc/df360.yaml:") || strings.Contains(got, "hunter2") {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func FuzzReadSource(f *testing.F) {
	f.Add("url: http://h\nparam: {a: &x [1, *x]}\nheader: [a=b]\nkey: [a]\n")
	f.Fuzz(func(t *testing.T, text string) {
		file := yamlfile.New("f", []byte(text))
		root := file.Root()
		if root == nil {
			return
		}
		c := NewConfig()
		c.ReadSource(file, "s", root, Extra{Set: func(string, string) error { return nil }})
		_ = c.check()
	})
}
