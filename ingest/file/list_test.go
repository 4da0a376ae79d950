package file_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kalpafall/df360/ingest/file"
)

func TestList(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"a.csv", "b.json", "sub/c.csv", "sub/deep/d.csv", "sub/deep/e.txt", ".hidden.csv", "_meta.csv", "_log/f.csv", ".git/g.csv", "x[1].csv", "other/deep/h.csv"} {
		write(t, dir, name, name)
	}
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{"link": "sub", "sub/link.csv": "../a.csv", "sub/gone.csv": "nowhere", "sub/loop": "."} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "sub", "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	sub := []string{"sub/c.csv", "sub/deep/d.csv", "sub/deep/e.txt", "sub/gone.csv", "sub/link.csv"}
	for _, c := range []struct {
		path string
		want []string
		says string
	}{
		{"a.csv", []string{"a.csv"}, ""},
		{".hidden.csv", []string{".hidden.csv"}, ""},
		{"x[1].csv", []string{"x[1].csv"}, ""},
		{"sub", sub, ""},
		{"sub/", sub, ""},
		{"link", []string{"link/c.csv", "link/deep/d.csv", "link/deep/e.txt", "link/gone.csv", "link/link.csv"}, ""},
		{"_log", []string{"_log/f.csv"}, ""},
		{"*.csv", []string{"a.csv", "x[1].csv"}, ""},
		{"_*.csv", []string{"_meta.csv"}, ""},
		{"?.*", []string{"a.csv", "b.json"}, ""},
		{"*/*.csv", []string{"link/c.csv", "link/link.csv", "sub/c.csv", "sub/link.csv"}, "gone.csv"},
		{"o*", []string{"other/deep/h.csv"}, ""},
		{"e*", []string{}, "no file matches"},
		{"**/*.csv", []string{"a.csv", "other/deep/h.csv", "sub/c.csv", "sub/deep/d.csv", "sub/gone.csv", "sub/link.csv", "x[1].csv"}, ""},
		{"**/deep/*.csv", []string{"other/deep/h.csv", "sub/deep/d.csv"}, ""},
		{"s*/**/*.csv", []string{"sub/c.csv", "sub/deep/d.csv", "sub/gone.csv", "sub/link.csv"}, ""},
		{"sub/**", sub, ""},
		{"**/deep/**/e.*", []string{"sub/deep/e.txt"}, ""},
		{"nothing/**/*.csv", []string{}, "no file matches"},
		{"*.parquet", []string{}, "no file matches"},
		{"[", []string{}, "syntax error in pattern"},
		{"empty", []string{}, "has no files"},
		{"missing.csv", []string{}, "no such file"},
	} {
		path := dir + "/" + c.path
		files, problems := file.List([]string{path, path})
		if diff := cmp.Diff(c.want, names(t, dir, files)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.path, diff)
		}
		if got := fmt.Sprint(problems); (c.says == "") != (len(problems) == 0) || !strings.Contains(got, c.says) {
			t.Errorf("%s: %s, want %q", c.path, got, c.says)
		}
	}
	files, _ := file.List([]string{"-"})
	if !slices.Equal(files, []string{"-"}) {
		t.Error(files)
	}
}
