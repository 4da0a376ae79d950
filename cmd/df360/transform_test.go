package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kalpafall/df360/internal/duck"
)

// bench is a lake of a test, with an engine to look into it.
type testLake struct {
	t       *testing.T
	dir     string // of the project; the lake is below it
	session *duck.Session
}

func newTestLake(t *testing.T) *testLake {
	t.Helper()
	s, err := duck.Open(t.Context(), duck.Options{TempDir: t.TempDir(), Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &testLake{t, t.TempDir(), s}
}

func (l *testLake) path(parts ...string) string {
	return filepath.Join(append([]string{l.dir, "data_lake"}, parts...)...)
}

// call runs df360 in this process and returns its exit code and outputs.
func (l *testLake) call(args ...string) (code int, stdout, stderr string) {
	l.t.Helper()
	var out, errs bytes.Buffer
	args = append(args, "--lake", l.path(), "--config", filepath.Join(l.dir, "df360.yaml"))
	code = run(context.WithoutCancel(l.t.Context()), args, []string{"TERM=dumb"}, strings.NewReader(""), &out, &errs)
	return code, out.String(), errs.String()
}

// transform runs a transform that must succeed and returns its summary.
func (l *testLake) transform(args ...string) dataSummary {
	l.t.Helper()
	code, stdout, stderr := l.call(append([]string{"transform", "--json"}, args...)...)
	if code != 0 {
		l.t.Fatalf("transform %v: exit %d: %s", args, code, stderr)
	}
	var got struct{ Summary dataSummary }
	if err := json.Unmarshal([]byte(stdout), &got); err != nil {
		l.t.Fatal(err)
	}
	return got.Summary
}

// fails runs a transform that must fail and returns what it says.
func (l *testLake) fails(want int, args ...string) string {
	l.t.Helper()
	code, _, stderr := l.call(append([]string{"transform"}, args...)...)
	if code != want {
		l.t.Fatalf("transform %v: exit %d, want %d: %s", args, code, want, stderr)
	}
	return stderr
}

// project writes df360.yaml and type files.
func (l *testLake) project(types map[string]string) {
	l.t.Helper()
	l.file("df360.yaml", "lake: ./data_lake\n")
	for name, text := range types {
		l.file(filepath.Join("types", name+".yaml"), text)
	}
}

func (l *testLake) file(name, text string) string {
	l.t.Helper()
	path := filepath.Join(l.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		l.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		l.t.Fatal(err)
	}
	return path
}

// raw writes a Parquet file of another tool into a raw dataset.
func (l *testLake) raw(dataset, file, query string) {
	l.t.Helper()
	path := l.path("raw", dataset, file)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		l.t.Fatal(err)
	}
	if err := l.session.Exec(l.t.Context(), "COPY ("+query+") TO "+duck.Literal(path)+" (FORMAT parquet)"); err != nil {
		l.t.Fatalf("%v\n%s", err, query)
	}
}

// processed is the SQL that reads a processed dataset by its files, as any
// tool would.
func (l *testLake) processed(dataset string) string {
	l.t.Helper()
	var files []string
	err := filepath.WalkDir(l.path("processed", dataset), func(path string, d fs.DirEntry, err error) error {
		if d != nil && d.IsDir() && strings.HasPrefix(d.Name(), "_") {
			return fs.SkipDir
		}
		if err == nil && strings.HasSuffix(path, ".parquet") {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		l.t.Fatal(err)
	}
	if len(files) == 0 {
		return ""
	}
	return "read_parquet(" + duck.List(files) + ", union_by_name = true, hive_partitioning = true)"
}

// rows are the rows of a query as sorted text, doubles to 12 digits.
func (l *testLake) rows(query string) []string {
	l.t.Helper()
	rows, err := l.session.Query(l.t.Context(), query)
	if err != nil {
		l.t.Fatalf("%v\n%s", err, query)
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		l.t.Fatal(err)
	}
	out := []string{}
	values, dest := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		dest[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			l.t.Fatal(err)
		}
		parts := make([]string, len(values))
		for i, v := range values {
			parts[i] = shown(v)
		}
		out = append(out, strings.Join(parts, "|"))
	}
	if err := rows.Err(); err != nil {
		l.t.Fatal(err)
	}
	slices.Sort(out)
	return out
}

func shown(v any) string {
	switch x := v.(type) {
	case nil:
		return "NULL"
	case float64:
		return fmt.Sprintf("%.12g", x+0) // -0 is 0
	case time.Time:
		return x.UTC().Format("2006-01-02 15:04:05.999999")
	default:
		return fmt.Sprint(v)
	}
}

// sameRows compares two queries as multisets of rows.
func (l *testLake) sameRows(what, want, got string) {
	l.t.Helper()
	if diff := cmp.Diff(l.rows(want), l.rows(got)); diff != "" {
		l.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
