package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kalpafall/df360/internal/fault"
)

func env(pairs ...string) func(string) string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return m[name] }
}

func write(t *testing.T, dir, text string) string {
	t.Helper()
	path := filepath.Join(dir, FileName)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoadOrder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := write(t, dir, "lake: {url: ../lake, compression: zstd}\nthreads: 3\nlock_timeout: 5s\nmemory_limit: 1GiB\n")
	got, err := Load(Source{Path: path, Env: env("DF360_THREADS", "7", "DF360_PROGRESS", "never")})
	if err != nil {
		t.Fatal(err)
	}
	want := Settings{
		File: path, Lake: filepath.Join(filepath.Dir(dir), "lake"), Compression: "zstd", Threads: 7,
		LockTimeout: 5 * time.Second, MemoryLimit: 1 << 30, LogFormat: "text", Progress: "never",
		WarehouseSchema: DefaultSchema,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestLoadWithoutFile(t *testing.T) {
	t.Parallel()
	write(t, t.TempDir(), "nonsense: 1")
	got, err := Load(Source{NoFile: true, Env: env()})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(defaults(), got); diff != "" {
		t.Error(diff)
	}
}

func TestFoundUpward(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	path := write(t, top, "lake: data\n")
	deep := filepath.Join(top, "a", "b")
	if err := os.MkdirAll(filepath.Join(deep, FileName), 0o750); err != nil { // a folder of that name is none
		t.Fatal(err)
	}
	got, err := Load(Source{Dir: deep, Env: env()})
	if err != nil {
		t.Fatal(err)
	}
	if got.File != path || got.Lake != filepath.Join(top, "data") {
		t.Errorf("file %s, lake %s", got.File, got.Lake)
	}
}

func TestNamedFileMissing(t *testing.T) {
	t.Parallel()
	_, err := Load(Source{Env: env(EnvFile, "/nowhere/df360.yaml")})
	if fault.CodeOf(err) != fault.Config || !strings.Contains(err.Error(), "/nowhere/df360.yaml") {
		t.Errorf("%v", err)
	}
}

func TestProblems(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		text string
		want []string // after the file's path
	}{
		"all at once": {
			"laek: x\nthreads: many\nlake:\n  compresso: zstd\nprogress: sometimes\nmemory_limit: 2G\n",
			[]string{
				":1: unknown setting laek: did you mean lake?",
				`:2: threads: "many" is not a number from 0 (all cores) to 4096`,
				":4: unknown setting lake.compresso: did you mean lake.compression?",
				`:5: progress: "sometimes" is not one of auto, always, never`,
				`:6: memory_limit: size "2G": write GiB (of 1024) or GB (of 1000)`,
			},
		},
		"twice":      {"threads: 1\nthreads: 2\n", []string{":2: threads is set twice, first in line 1"}},
		"a list":     {"- lake\n", []string{":1: settings expected (name: value), not a list"}},
		"list value": {"lake: [a]\n", []string{":1: lake: one value expected, not a list"}},
		"near value": {"lake: {compression: zst}\n", []string{`:1: lake.compression: "zst" is not one of snappy, zstd: did you mean zstd?`}},
		"far key":    {"lake: {quux_quux: 1}\n", []string{":1: unknown setting lake.quux_quux: there are compression, url"}},
		"dotted":     {"lake.compression: zstd\n", []string{":1: unknown setting lake.compression: there are lake, lock_timeout, memory_limit, threads, temp_dir, log_format, warehouse, progress, sources"}},
		"url on top": {"url: x\n", []string{":1: unknown setting url: there are lake, lock_timeout, memory_limit, threads, temp_dir, log_format, warehouse, progress, sources"}},
		"sources":    {"sources: [a]\n", []string{":1: sources: names with settings expected, not a list"}},
		"two of one": {"sources:\n  a: {}\n  a: {}\n", []string{":3: sources.a is there twice"}},
		"no sources": {"sources:\n", nil},
		"documents":  {"threads: 1\n---\nthreads: 2\n", []string{":2: a second document begins here; one is read"}},
		"too little": {"memory_limit: 1MB\n", []string{`:1: memory_limit: "1MB" is too little: the engine needs 64MiB`}},
		"negative":   {"lock_timeout: -2s\n", []string{`:1: lock_timeout: "-2s" is not a duration such as 500ms, 2s or 1m`}},
		"empty":      {"", nil},
		"null":       {"lake:\nthreads: ~\n", nil},
		"comment":    {"# nothing\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := defaults()
			var want []string
			for _, w := range tc.want {
				want = append(want, "f.yaml"+w)
			}
			if diff := cmp.Diff(want, parse(&s, "f.yaml", []byte(tc.text))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSyntaxErrorHasLine(t *testing.T) {
	t.Parallel()
	s := defaults()
	got := parse(&s, "f.yaml", []byte("lake: a\nthreads: [1\nprogress: never\n"))
	if len(got) != 1 || !strings.HasPrefix(got[0], "f.yaml:") || strings.Contains(got[0], "yaml: line") {
		t.Errorf("%q", got)
	}
}

func TestFileAndEnvironmentTogether(t *testing.T) {
	t.Parallel()
	path := write(t, t.TempDir(), "laek: x\n")
	_, err := Load(Source{Path: path, Env: env("DF360_THREADS", "-1")})
	if err == nil || fault.CodeOf(err) != fault.Config {
		t.Fatalf("%v", err)
	}
	for _, part := range []string{"2 problems", path + ":1: unknown setting laek", "DF360_THREADS: "} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in %q", part, err)
		}
	}
}

func TestParseSize(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"0": 0, "4096": 4096, "2GiB": 2 << 30, "500MB": 500e6, "1.5 gib": 3 << 29, " 7 kb ": 7000, "1TiB": 1 << 40, "12b": 12,
	} {
		if got, err := ParseSize(text); err != nil || got != want {
			t.Errorf("ParseSize(%q) = %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "GiB", "-1", "2G", "2 XB", "1e3", "99999999TiB", "NaN", "1.2.3MB", "0x10"} {
		if got, err := ParseSize(text); err == nil {
			t.Errorf("ParseSize(%q) = %d, want an error", text, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"lake: a\n", "lake: {url: x}\n", "a: &a [*a]\n", "? [1]\n: 2\n", "<<: {threads: 1}\n", "- 1", "\x00", "threads: !!int x"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := defaults()
		for _, p := range parse(&s, "f", data) {
			if !strings.HasPrefix(p, "f:") {
				t.Errorf("a problem without a file: %q", p)
			}
		}
	})
}
