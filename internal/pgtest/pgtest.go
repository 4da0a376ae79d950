// Package pgtest starts throwaway PostgreSQL servers for tests.
//
// It owns their folders, ports and processes: 127.0.0.1 only, no password, all
// gone with the test. It must not know what is tested. It guarantees that a test
// which lacks PostgreSQL is skipped, unless DF360_TEST_NO_SKIP names postgres, which
// makes it fail.
package pgtest

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Server is a server of a test's own.
type Server struct {
	Port    int
	dir     string
	bin     string
	options []string
	cmd     *exec.Cmd
	log     *os.File
}

// Start starts a server with options such as "-c max_connections=5".
func Start(t testing.TB, options ...string) *Server {
	t.Helper()
	s := start(t, options)
	t.Cleanup(s.Purge)
	return s
}

func start(t testing.TB, options []string) *Server {
	t.Helper()
	bin := binaries()
	if bin == "" {
		if slices.Contains(strings.Split(os.Getenv("DF360_TEST_NO_SKIP"), ","), "postgres") {
			t.Fatal("PostgreSQL is not installed")
		}
		t.Skip("PostgreSQL is not installed; make test-services installs it")
	}
	dir, err := os.MkdirTemp("", "df360-pgtest-") //nolint:usetesting // another user must reach it, and the server may outlive one test
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{dir: dir, bin: bin, options: options}
	if id := credential(); id != nil {
		if err := os.Chown(dir, int(id.Uid), int(id.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	if s.log, err = os.Create(filepath.Join(dir, "log")); err != nil { //nolint:gosec // scratch
		t.Fatal(err)
	}
	out, err := s.command("initdb", "-D", s.data(), "-U", "df360", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync").CombinedOutput()
	if err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	if s.Port, err = freePort(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Run(t.Context()); err != nil {
		s.Purge()
		t.Fatal(err)
	}
	return s
}

// binaries is the folder of the newest PostgreSQL, "" where there is none.
func binaries() string {
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // a pattern that is right
	slices.SortFunc(dirs, func(a, b string) int { return major(b) - major(a) })
	for _, dir := range dirs {
		if _, err := os.Stat(filepath.Join(dir, "postgres")); err == nil {
			return dir
		}
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path)
	}
	return ""
}

func major(dir string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir))) // what is no number comes last
	return n
}

// credential is the user that the server runs as: it refuses to be root.
func credential() *syscall.Credential {
	if os.Geteuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return nil
		}
	}
	uid, _ := strconv.ParseUint(u.Uid, 10, 32) // numbers on every Unix
	gid, _ := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// Dir is a folder that the server can write, beside its data.
func (s *Server) Dir() string { return s.dir }

// Owner are mount options that make the server own a file system.
func (s *Server) Owner() string {
	id := credential()
	if id == nil {
		return fmt.Sprintf("uid=%d,gid=%d", os.Geteuid(), os.Getegid())
	}
	return fmt.Sprintf("uid=%d,gid=%d", id.Uid, id.Gid)
}

func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...) //nolint:gosec,noctx // PostgreSQL's own programs; it ends with Purge
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: credential(), Pdeathsig: syscall.SIGQUIT}
	return cmd
}

// Run starts the server again, and waits until it takes connections.
func (s *Server) Run(ctx context.Context) error {
	args := append([]string{
		"-D", s.data(), "-h", "127.0.0.1", "-p", strconv.Itoa(s.Port), "-c", "unix_socket_directories=", "-c", "fsync=off",
		"-c", "max_connections=60", "-c", "log_min_messages=warning", "-c", "deadlock_timeout=50ms",
	}, s.options...)
	s.cmd = s.command("postgres", args...)
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	if err := s.cmd.Start(); err != nil {
		return err
	}
	deadline := time.Now().Add(30 * time.Second)
	for {
		within, cancel := context.WithTimeout(ctx, time.Second)
		conn, err := pgx.Connect(within, s.URL("postgres"))
		if err == nil {
			err = conn.Close(within)
		}
		cancel()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(s.log.Name()) // the error before it is told
			return fmt.Errorf("postgres does not start: %w\n%s", err, log)
		}
		<-time.After(20 * time.Millisecond)
	}
}

// Stop ends the server: SIGQUIT is a crash (immediate), SIGINT rolls back what runs.
func (s *Server) Stop(signal os.Signal) {
	if s.cmd == nil || s.cmd.Process == nil {
		return
	}
	_ = s.cmd.Process.Signal(signal) // it may have ended
	_ = s.cmd.Wait()                 // how it ended is no news
	s.cmd = nil
}

// Purge ends the server and removes its data.
func (s *Server) Purge() {
	s.Stop(syscall.SIGQUIT)
	_ = s.log.Close()
	_ = os.RemoveAll(s.dir) // scratch
}

// URL is a connection string.
func (s *Server) URL(database string) string {
	return fmt.Sprintf("postgres://df360@127.0.0.1:%d/%s?sslmode=disable", s.Port, database)
}

func freePort(ctx context.Context) (int, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }() // its port is all that counts
	return l.Addr().(*net.TCPAddr).Port, nil
}

// Shared is a server for all tests of a package: its first user starts it, TestMain
// purges it. With DF360_TEST_POSTGRES it is the server that is named there.
type Shared struct {
	mu     sync.Mutex
	server *Server
	n      int
}

// Purge ends the server, if there is one.
func (s *Shared) Purge() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server != nil {
		s.server.Purge()
	}
}

// Database makes a database for one test and returns its connection string.
func (s *Shared) Database(t testing.TB) string {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	url := os.Getenv("DF360_TEST_POSTGRES")
	if url == "" {
		if s.server == nil {
			s.server = start(t, nil)
		}
		url = s.server.URL("postgres")
	}
	s.n++
	name := fmt.Sprintf("t%d_%d", os.Getpid(), s.n)
	exec := func(sql string) error {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		conn, err := pgx.Connect(ctx, url)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close(ctx) }() // nothing is to be kept
		_, err = conn.Exec(ctx, sql)
		return err
	}
	if err := exec("CREATE DATABASE " + name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := exec("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)"); err != nil {
			t.Log(err)
		}
	})
	at := strings.LastIndex(url, "/postgres")
	return url[:at] + "/" + name + url[at+len("/postgres"):]
}
