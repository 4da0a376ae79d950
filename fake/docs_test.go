package fake

import (
	"os"
	"strings"
	"testing"
)

// TestDocs: the example in the guide is a dataset that can be made, and the
// guide lists just the kinds that there are.
func TestDocs(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../docs/fake.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), "```yaml\n")
	example, rest, _ := strings.Cut(rest, "```")
	s, err := ParseSpec("fake.md", []byte(example))
	if err != nil {
		t.Fatal(err)
	}
	table, err := s.Table(Options{Seed: 1, Faults: someFaults()}, []Keys{{Texts: []string{"a", "b"}}})
	if err != nil {
		t.Fatal(err)
	}
	if all := rows(t, table); len(all) != 20_200 {
		t.Errorf("%d rows", len(all))
	}
	_, kinds, _ := strings.Cut(rest, "### Kinds")
	_, list, _ := strings.Cut(kinds, "`")
	if got, want := strings.TrimSpace("`"+list), "`"+strings.Join(Kinds(), "`, `")+"`."; strings.Join(strings.Fields(got), " ") != want {
		t.Errorf("the guide lists\n%s\nwant\n%s", got, want)
	}
}
