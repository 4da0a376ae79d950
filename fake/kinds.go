package fake

import (
	"fmt"
	"math/rand"
	"slices"
	"sort"

	"github.com/brianvoe/gofakeit/v6"
)

// kindInfo returns one of gofakeit's kinds of text. Those that need arguments
// are left out, and those that look at the clock or at chance of their own:
// their words would not be the same tomorrow.
func kindInfo(name string) (gofakeit.Info, bool) {
	switch name {
	case "creditcardexp", "date", "daterange", "futuretime", "firefoxuseragent", "useragent", "isin",
		"email_text", "markdown", "template", "svg":
		return gofakeit.Info{}, false
	case "pasttime": //nolint:misspell // gofakeit's name
		return gofakeit.Info{}, false
	}
	info, ok := gofakeit.FuncLookups[name]
	if !ok || info.Output != "string" {
		return gofakeit.Info{}, false
	}
	for _, p := range info.Params {
		if p.Default == "" && !p.Optional {
			return gofakeit.Info{}, false
		}
	}
	return info, true
}

// Kinds lists the kinds of text that a dataset file can name.
func Kinds() []string {
	var names []string
	for name := range gofakeit.FuncLookups {
		if _, ok := kindInfo(name); ok {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names
}

// drawKind draws up to n distinct texts of a kind.
func drawKind(info gofakeit.Info, seed int64, n int) ([]string, error) {
	rng := rand.New(rand.NewSource(seed)) //nolint:gosec // what gofakeit takes; nothing here is secret
	seen := make(map[string]bool, n)
	var pool []string
	// Some vocabularies have fewer than n words; then the tries run out.
	for tries := 0; len(pool) < n && tries < 20*n; tries++ {
		value, err := info.Generate(rng, gofakeit.NewMapParams(), &info)
		if err != nil {
			return nil, fmt.Errorf("draw %s: %w", info.Display, err)
		}
		text := fmt.Sprint(value)
		if text != "" && !seen[text] {
			seen[text] = true
			pool = append(pool, text)
		}
	}
	return slices.Clip(pool), nil
}
