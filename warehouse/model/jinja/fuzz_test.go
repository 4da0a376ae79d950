package jinja_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/kalpafall/df360/warehouse/model/jinja"
)

// FuzzRender holds that no template panics, overflows the stack or goes on after
// its context ends.
func FuzzRender(f *testing.F) {
	paths, err := filepath.Glob("testdata/golden/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		var cases []goldenCase
		if err := json.Unmarshal(raw, &cases); err != nil {
			f.Fatal(err)
		}
		for i, tc := range cases {
			if len(cases) < 500 || i%10 == 0 {
				f.Add(tc.Src, len(tc.Opts) > 0)
			}
		}
	}
	for _, s := range hostile() {
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, src string, trim bool) {
		env := jinja.NewEnvironment(jinja.Options{
			TrimBlocks: trim, LstripBlocks: trim, Autoescape: trim, TypedMacros: true,
			Limits: jinja.Limits{Steps: 100_000, Output: 8 << 20},
			Loader: files{"inc": src, "base": "{% block a %}{{ x }}{% endblock %}"},
		})
		tmpl, err := env.Parse("fuzz", src)
		if err != nil {
			return
		}
		tmpl.Macros()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		began := time.Now()
		names := goldenContext(t)
		if _, err := tmpl.Render(ctx, names); err != nil && err.Error() == "" {
			t.Error("an error without a message")
		}
		if _, err := tmpl.RenderNative(ctx, names); err != nil && jinja.KindOf(err) == "" {
			t.Error("an error without a kind")
		}
		jinja.LiteralEval(src)
		if d := time.Since(began); d > 20*time.Second {
			t.Errorf("%q took %v", src, d)
		}
	})
}
