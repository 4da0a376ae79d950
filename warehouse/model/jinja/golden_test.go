package jinja_test

import (
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kalpafall/df360/warehouse/model/jinja"
	"github.com/kalpafall/df360/warehouse/model/jinja/pydatetime"
)

// goldenCase is a template and what Jinja2 3.1.6 made of it.
type goldenCase struct {
	Src   string            `json:"src"`
	Opts  []string          `json:"opts"`
	Files map[string]string `json:"files"`
	Out   string            `json:"out"`
	Err   string            `json:"err"`
	Line  *int              `json:"line"`
}

// files is a Loader of a map.
type files map[string]string

func (f files) Load(name string) (string, bool, error) {
	s, ok := f[name]
	return s, ok, nil
}

// thing is the object of make_golden.py.
type thing struct{}

func (thing) Attr(name string) (jinja.Value, bool, error) {
	switch name {
	case "name":
		return "thing", true, nil
	case "items_":
		return jinja.NewList(int64(1), int64(2)), true, nil
	case "double":
		return jinja.NewFunc(name, func(c *jinja.Call) (jinja.Value, error) {
			a, err := c.Bind("double", "n=")
			if err != nil {
				return nil, err
			}
			n, ok := a[0].(int64)
			if !ok {
				n = 1
			}
			return 2 * n, nil
		}), true, nil
	}
	return nil, false, nil
}
func (thing) TypeName() string { return "Thing" }
func (thing) Str() string      { return "a thing" }

func goldenContext(t testing.TB) jinja.Names {
	t.Helper()
	raw, err := os.ReadFile("testdata/context.json")
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	names := jinja.Names{}
	v, err := decodeOrdered(dec)
	if err != nil {
		t.Fatal(err)
	}
	for k, x := range v.(*jinja.Dict).All() {
		names[k.(string)] = x
	}
	for name, text := range map[string]string{"dec": "1.10", "dec2": "3"} {
		if names[name], err = jinja.ParseDecimal(text); err != nil {
			t.Fatal(err)
		}
	}
	names["tup"] = jinja.NewTuple(int64(1), "a", nil)
	names["big"] = new(big.Int).Lsh(big.NewInt(1), 70)
	names["nums"], err = jinja.NewSet(int64(1), int64(2), int64(3))
	if err != nil {
		t.Fatal(err)
	}
	names["thing"] = thing{}
	names["fail"] = jinja.NewFunc("fail", func(*jinja.Call) (jinja.Value, error) {
		return nil, jinja.Errorf(jinja.ValueError, "told to")
	})
	names["datetime"] = pydatetime.Module(time.Now)
	names["pytz"] = pydatetime.Pytz()
	names["echo"] = jinja.NewFunc("echo", echo)
	names["Decimal"] = jinja.NewFunc("Decimal", func(c *jinja.Call) (jinja.Value, error) {
		return jinja.ParseDecimal(jinja.Str(c.Args[0]))
	})
	for _, name := range []string{"int", "float", "set", "zip"} {
		names[name] = jinja.Builtin(name)
	}
	return names
}

func echo(c *jinja.Call) (jinja.Value, error) {
	kwargs := jinja.NewDict()
	tail := ""
	for _, k := range c.Kwargs {
		if k.Name != "caller" {
			kwargs.Put(k.Name, k.Value)
			continue
		}
		v, err := k.Value.(jinja.Callable).Call(c.With(nil))
		if err != nil {
			return nil, err
		}
		tail = "|" + jinja.Str(v)
	}
	return jinja.Repr(jinja.NewTuple(c.Args...)) + jinja.Repr(kwargs) + tail, nil
}

// decodeOrdered reads JSON with the order of keys.
func decodeOrdered(dec *json.Decoder) (jinja.Value, error) {
	dec.UseNumber()
	tok, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch x := tok.(type) {
	case json.Number:
		if n, err := strconv.ParseInt(string(x), 10, 64); err == nil {
			return n, nil
		}
		return strconv.ParseFloat(string(x), 64)
	case json.Delim:
		list, dict := jinja.NewList(), jinja.NewDict()
		for dec.More() {
			var key jinja.Value
			if x == '{' {
				if key, err = decodeOrdered(dec); err != nil {
					return nil, err
				}
			}
			v, err := decodeOrdered(dec)
			if err != nil {
				return nil, err
			}
			if x == '{' {
				dict.Put(key.(string), v)
			} else {
				list.Items = append(list.Items, v)
			}
		}
		if _, err := dec.Token(); err != nil {
			return nil, err
		}
		if x == '{' {
			return dict, nil
		}
		return list, nil
	}
	return tok, nil
}

func goldenOptions(opts []string, f files) jinja.Options {
	o := jinja.Options{Loader: f}
	for _, w := range opts {
		switch w {
		case "trim":
			o.TrimBlocks = true
		case "lstrip":
			o.LstripBlocks = true
		case "keep":
			o.KeepTrailingNewline = true
		case "auto":
			o.Autoescape = true
		case "strict":
			o.Undefined = jinja.UndefinedStrict
		case "chain":
			o.Undefined = jinja.UndefinedChainable
		}
	}
	return o
}

// TestGolden compares with what real Jinja2 printed; see testdata/make_golden.py.
func TestGolden(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/golden/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatal("no golden files", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".json"), func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var cases []goldenCase
			if err := json.Unmarshal(raw, &cases); err != nil {
				t.Fatal(err)
			}
			for _, tc := range cases {
				checkGolden(t, tc)
			}
		})
	}
}

func checkGolden(t *testing.T, tc goldenCase) {
	t.Helper()
	env := jinja.NewEnvironment(goldenOptions(tc.Opts, tc.Files))
	tmpl, err := env.Parse("case", tc.Src)
	out := ""
	if err == nil {
		out, err = tmpl.Render(t.Context(), goldenContext(t))
	}
	switch {
	case err != nil && string(jinja.KindOf(err)) != pythonKind(tc.Err):
		t.Errorf("%s\n  fails: %s: %v\n  want: %s%q", tc.Src, jinja.KindOf(err), err, tc.Err, tc.Out)
	case err == nil && tc.Err != "":
		t.Errorf("%s\n  is %q, want the error %s", tc.Src, out, tc.Err)
	case err == nil:
		if d := cmp.Diff(tc.Out, out); d != "" {
			t.Errorf("%s\n  (-want +got) %s", tc.Src, d)
		}
	case tc.Line != nil && len(tc.Files) == 0:
		e := err.(*jinja.Error) //nolint:errorlint // KindOf found it
		if e.Line() != *tc.Line {
			t.Errorf("%s\n  fails in line %d, want %d: %v", tc.Src, e.Line(), *tc.Line, err)
		}
	}
}

// pythonKind maps exceptions that have no kind of their own.
func pythonKind(name string) string {
	switch name {
	case "UnicodeEncodeError":
		return "UnicodeError"
	case "SyntaxError": // of the Python that Jinja2 makes
		return "TemplateSyntaxError"
	case "UnknownTimeZoneError":
		return "KeyError"
	}
	return name
}
