package yamlfile_test

import (
	"strings"
	"testing"

	"github.com/kalpafall/df360/internal/yamlfile"
)

func TestFile(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, kind, problems string }{
		"one":     {"a: 1\n", "names with values", ""},
		"empty":   {"# nothing\n", "", ""},
		"list":    {"- a\n", "a list", ""},
		"text":    {strings.Repeat("x", 50), `"` + strings.Repeat("x", 40) + `"`, ""},
		"broken":  {"a: [1\nb: 2\n", "", "f.yaml:1: did not find expected ',' or ']'"},
		"another": {"a: 1\n---\nb: 2\n", "names with values", "f.yaml:2: a second document begins here; one is read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := yamlfile.New("f.yaml", []byte(c.text))
			kind := ""
			if root := f.Root(); root != nil {
				kind = yamlfile.Kind(root)
				f.End()
			}
			if kind != c.kind {
				t.Errorf("root is %s, want %s", kind, c.kind)
			}
			if got := strings.Join(f.Problems, "\n"); got != c.problems {
				t.Errorf("problems %q, want %q", got, c.problems)
			}
		})
	}
}

// FuzzFile reads whatever somebody took for the file.
func FuzzFile(f *testing.F) {
	f.Add([]byte("a: &x 1\nb: *x\n"))
	f.Add([]byte("- [a, {b: c}]\n---\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file := yamlfile.New("f.yaml", data)
		root := file.Root()
		if root == nil {
			return
		}
		if yamlfile.Kind(yamlfile.Resolve(root)) == "" {
			t.Error("a node of no kind")
		}
		file.End()
	})
}
