package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kalpafall/df360/internal/pgtest"
)

// loadFolder is a project with a lake.
type loadFolder struct {
	dir string
	env []string
}

// call runs df360 and returns its exit code and what it said.
func (f *loadFolder) call(t *testing.T, args ...string) (exit int, stdout, stderr string) {
	t.Helper()
	cmd := f.cmd(t, args...)
	var out, err bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &err
	return code(t, cmd.Run()), out.String(), err.String()
}

func (f *loadFolder) cmd(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := program(t, args...)
	cmd.Dir = f.dir
	cmd.Env = append(os.Environ(), f.env...)
	return cmd
}

func (f *loadFolder) must(t *testing.T, args ...string) string {
	t.Helper()
	exit, out, said := f.call(t, args...)
	if exit != 0 {
		t.Fatalf("%v: exit %d\n%s", args, exit, said)
	}
	return out
}

// value asks the warehouse for one value.
func (f *loadFolder) value(t *testing.T, sql string) string {
	t.Helper()
	var report struct{ Result []map[string]any }
	dec := json.NewDecoder(strings.NewReader(f.must(t, "warehouse", "sql", "--json", sql)))
	dec.UseNumber()
	if err := dec.Decode(&report); err != nil {
		t.Fatal(err)
	}
	for _, v := range report.Result[0] {
		return fmt.Sprint(v)
	}
	return ""
}

// newLoadFolder has the processed transactions of commits.
func newLoadFolder(t *testing.T, rows, commits int, url string) *loadFolder {
	t.Helper()
	f := &loadFolder{dir: t.TempDir(), env: []string{"DF360_WAREHOUSE=" + url}}
	f.must(t, "init", ".", "-q")
	f.more(t, rows, commits)
	return f
}

func (f *loadFolder) more(t *testing.T, rows, commits int) {
	t.Helper()
	for i := range commits {
		f.must(t, "fake", "transactions", "--rows", strconv.Itoa(rows), "-q")
		args := []string{"transform", "--dataset", "transactions_fake", "-q"}
		if i == 0 {
			args = append(args, "--type", "transactions")
		}
		f.must(t, args...)
	}
}

// TestKillLoad ends loads at random instants and at the commit; the next one
// leaves every row there once.
func TestKillLoad(t *testing.T) {
	t.Parallel()
	kills := 6
	if text := os.Getenv("DF360_TEST_KILLS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		kills = n
	}
	for name, open := range map[string]func(t *testing.T) string{
		"duckdb":   func(*testing.T) string { return "" },
		"postgres": func(t *testing.T) string { return pgtest.Start(t).URL("postgres") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newLoadFolder(t, 20_000, 1, open(t))
			rows := 20_000
			for i := range kills {
				for _, mode := range []string{"append", "replace"} {
					f.killOne(t, mode, i)
					f.must(t, "load", "--dataset", "transactions_fake", "--mode", mode)
					if got := f.value(t, "SELECT count(*) FROM transactions_fake"); got != strconv.Itoa(rows) {
						t.Fatalf("%s rows behind kill %d of %s, want %d", got, i, mode, rows)
					}
				}
				f.more(t, 500, 1)
				rows += 500
			}
		})
	}
}

func (f *loadFolder) killOne(t *testing.T, mode string, i int) {
	t.Helper()
	cmd := f.cmd(t, "load", "--dataset", "transactions_fake", "--mode", mode)
	point := map[int]string{0: "commit@1=kill", 1: "committed@1=kill"}[i%5]
	if point != "" {
		cmd.Env = append(cmd.Env, "DF360_FAILPOINT="+point)
		_ = cmd.Run() // killed, or there was nothing to do
		return
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Duration(rand.IntN(250)) * time.Millisecond)
	_ = cmd.Process.Signal(syscall.SIGKILL)
	_ = cmd.Wait() // killed
}

// TestLoadPostgres is the command on a real server.
func TestLoadPostgres(t *testing.T) {
	t.Parallel()
	s := pgtest.Start(t)
	url := strings.Replace(s.URL("postgres"), "df360@", "df360:hunter22@", 1)
	f := newLoadFolder(t, 1000, 1, url)
	exit, out, said := f.call(t, "load", "--all", "--json", "-vv")
	if exit != 0 || strings.Contains(out+said, "hunter22") {
		t.Fatalf("exit %d\n%s\n%s", exit, out, said)
	}
	f.must(t, "load", "--dataset", "transactions_fake")
	if got := f.value(t, "SELECT sum(transaction_count) FROM transaction_summary"); got != "1000" {
		t.Error(got)
	}
	// The server's table comes back as it was.
	f.must(t, "lake", "publish", "transactions_fake", "--dataset", "back", "-q")
	f.must(t, "lake", "publish", "transaction_summary", "-q")
	out = f.must(t, "lake", "query", "--format", "csv",
		"SELECT count(*) FROM ((FROM processed.transactions_fake EXCEPT SELECT * FROM curated.back) UNION ALL (SELECT * FROM curated.back EXCEPT FROM processed.transactions_fake))")
	if out != "count_star()\n0\n" {
		t.Error(out)
	}
	// A load that is killed while it holds the lock keeps nobody waiting.
	f.more(t, 1000, 1)
	cmd := f.cmd(t, "load", "--dataset", "transactions_fake")
	cmd.Env = append(cmd.Env, "DF360_FAILPOINT=commit@1=stop")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(500 * time.Millisecond)
	exit, _, said = f.call(t, "load", "--dataset", "transactions_fake", "--lock-timeout", "10ms")
	if exit != exitConflict || !strings.Contains(said, "another session") {
		t.Errorf("exit %d\n%s", exit, said)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // killed
	f.must(t, "load", "--dataset", "transactions_fake")
	if got := f.value(t, "SELECT count(*) FROM transactions_fake"); got != "2000" {
		t.Error(got)
	}
	s.Stop(syscall.SIGINT)
	exit, out, said = f.call(t, "load", "--dataset", "transactions_fake", "--json")
	if exit != exitUnreachable || strings.Contains(out+said, "hunter22") || !strings.Contains(said, "127.0.0.1:"+strconv.Itoa(s.Port)) {
		t.Errorf("exit %d\n%s\n%s", exit, out, said)
	}
}

// TestLoadBusy: a file that another process holds is waited for, then a conflict.
func TestLoadBusy(t *testing.T) {
	t.Parallel()
	f := newLoadFolder(t, 100, 1, "")
	f.must(t, "load", "--dataset", "transactions_fake", "-q")
	f.more(t, 100, 1)
	cmd := f.cmd(t, "load", "--dataset", "transactions_fake")
	cmd.Env = append(cmd.Env, "DF360_FAILPOINT=commit@1=stop")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // killed
	}()
	time.Sleep(time.Second)
	exit, _, said := f.call(t, "lake", "query", "SELECT count(*) FROM curated.transactions_fake")
	if exit != exitConflict || !strings.Contains(said, "in use by another process") {
		t.Errorf("exit %d\n%s", exit, said)
	}
	if exit, _, said := f.call(t, "lake", "query", "SELECT count(*) FROM processed.transactions_fake"); exit != 0 { // it does not need it
		t.Errorf("exit %d\n%s", exit, said)
	}
}

// TestLoadForeign loads a folder that another tool has made.
func TestLoadForeign(t *testing.T) {
	t.Parallel()
	f := &loadFolder{dir: t.TempDir()}
	folder := filepath.Join(f.dir, "data_lake", "processed", "theirs")
	if err := os.MkdirAll(folder, 0o750); err != nil {
		t.Fatal(err)
	}
	f.must(t, "fake", "users", "--rows", "10", "--format", "parquet", "--out", filepath.Join(folder, "a.parquet"))
	f.must(t, "load", "--dataset", "theirs")
	if _, _, said := f.call(t, "load", "--dataset", "theirs"); !strings.Contains(said, "nothing new") {
		t.Error(said)
	}
	f.must(t, "fake", "users", "--rows", "5", "--format", "parquet", "--out", filepath.Join(folder, "b.parquet"))
	f.must(t, "load", "--dataset", "theirs")
	if got := f.value(t, "SELECT count(*) FROM theirs"); got != "15" {
		t.Error(got)
	}
	if exit, _, _ := f.call(t, "load", "--dataset", "theirs", "--mode", "append", "--table", "x"); exit != exitUsage {
		t.Errorf("exit %d", exit)
	}
}
