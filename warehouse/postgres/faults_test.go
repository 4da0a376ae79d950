package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/pgtest"
	"github.com/kalpafall/df360/warehouse"
	"github.com/kalpafall/df360/warehouse/warehousetest"
)

// cutter is a proxy that cuts the first connection after so many bytes in one
// direction: at once, in both. Later connections pass, unless it is dead.
type cutter struct {
	ctx       context.Context
	l         net.Listener
	server    string
	up, down  int64 // bytes that the first connection may send, and get; negative is no end
	dead      bool  // no later connection
	n         atomic.Int64
	sent, got atomic.Int64 // by the first connection
	wg        sync.WaitGroup
}

func startCutter(t *testing.T, url string, up, down int64, dead bool) (*cutter, string) {
	t.Helper()
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port)))
	c := &cutter{ctx: t.Context(), l: l, server: at, up: up, down: down, dead: dead}
	c.wg.Go(c.serve)
	t.Cleanup(func() {
		_ = l.Close()
		c.wg.Wait()
	})
	return c, strings.Replace(url, at, l.Addr().String(), 1)
}

func (c *cutter) serve() {
	for {
		client, err := c.l.Accept()
		if err != nil {
			return
		}
		first := c.n.Add(1) == 1
		server, err := new(net.Dialer).DialContext(c.ctx, "tcp", c.server)
		if err != nil || (!first && c.dead) {
			_ = client.Close()
			if err == nil {
				_ = server.Close()
			}
			continue
		}
		up, down := int64(-1), int64(-1)
		if first {
			up, down = c.up, c.down
		}
		c.wg.Go(func() { c.pass(server, client, up, first, &c.sent) })
		c.wg.Go(func() { c.pass(client, server, down, first, &c.got) })
	}
}

// pass copies until the limit, and then closes both ends hard.
func (c *cutter) pass(to, from net.Conn, limit int64, first bool, counted *atomic.Int64) {
	buf := make([]byte, 32<<10)
	var n int64
	for {
		m, err := from.Read(buf)
		cut := limit >= 0 && n+int64(m) >= limit
		if cut {
			m = int(limit - n)
		}
		if m > 0 {
			if _, werr := to.Write(buf[:m]); werr != nil {
				err = werr
			}
		}
		n += int64(m)
		if first {
			counted.Store(n)
		}
		if cut || err != nil {
			for _, conn := range []net.Conn{to, from} {
				if tcp, ok := conn.(*net.TCPConn); ok && cut {
					_ = tcp.SetLinger(0)
				}
				_ = conn.Close()
			}
			return
		}
	}
}

// positions are where connections are cut: spread over the whole, and each of the
// last ones, around COMMIT.
func positions(total, count, last int64) []int64 {
	var out []int64
	for i := range count - last {
		out = append(out, i*(total-last)/(count-last))
	}
	for i := total - last; i < total; i++ {
		out = append(out, i)
	}
	return out
}

// TestServiceCutAnywhere cuts the connection of a load at many places (thousand
// with DF360_TEST_CUTS=1000): the load that goes on, or the next one, leaves every
// row there once, and the ledger says so.
func TestServiceCutAnywhere(t *testing.T) {
	t.Parallel()
	cuts := int64(200)
	if text := os.Getenv("DF360_TEST_CUTS"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		cuts = n
	}
	for _, mode := range []warehouse.Mode{warehouse.Replace, warehouse.Append} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			_, url := newTarget(t)
			d := &warehousetest.Dataset{Name: "d", Lake: "a", Columns: warehousetest.Columns(t, "id", "BIGINT", "v", "VARCHAR")}
			d.Commits = []warehousetest.Commit{warehousetest.Numbers(0, 500, "first")}
			warehousetest.Load(t, targetOf(t, url), d.At(-1), warehousetest.Options(t, mode))

			round := func(up, down int64, dead bool) *cutter {
				d.Commits = append(d.Commits, warehousetest.Numbers(int64(len(d.Commits))*500, 500, "more"))
				c, through := startCutter(t, url, up, down, dead)
				o := warehousetest.Options(t, mode)
				res, err := targetOf(t, through).Load(t.Context(), d.At(-1), o)
				want := int64(500) // also where the answer to COMMIT was lost
				if mode == warehouse.Replace {
					want *= int64(len(d.Commits))
				}
				if err == nil && (res.RowsWritten != want || res.There) {
					t.Errorf("cut at %d/%d: %+v", up, down, res)
				}
				if dead && err != nil {
					if fault.CodeOf(err) != fault.Unreachable {
						t.Errorf("cut at %d/%d: %v", up, down, err)
					}
					o.RunID += "-next"
					_, err = targetOf(t, url).Load(t.Context(), d.At(-1), o)
				}
				if err != nil {
					t.Fatalf("cut at %d/%d: %v", up, down, err)
				}
				checkWhole(t, url, len(d.Commits), mode)
				return c
			}
			clean := round(-1, -1, false)
			sent, got := clean.sent.Load(), clean.got.Load()
			if sent < 5000 || got < 200 {
				t.Fatalf("a load sends %d bytes and gets %d", sent, got)
			}
			for i, at := range positions(sent, cuts/4, cuts/8) {
				round(at, -1, i%3 == 0)
			}
			for i, at := range positions(got, cuts/4, cuts/8) {
				round(-1, at, i%3 == 0)
			}
		})
	}
}

// checkWhole: the table has each row once, and the ledger has a line for each load.
func checkWhole(t *testing.T, url string, commits int, mode warehouse.Mode) {
	t.Helper()
	got := ask(t, url, "SELECT count(*), count(DISTINCT id), max(id), (SELECT count(*) FROM df360.loads), (SELECT sum(rows) FROM df360.loads) FROM curated.t")
	n := 500 * commits
	logged := n // an append's lines add up to the table
	if mode == warehouse.Replace {
		logged = 0
		for i := range commits {
			logged += 500 * (i + 1)
		}
	}
	if want := fmt.Sprintf("%d|%d|%d|%d|%d", n, n, n-1, commits, logged); got[0] != want {
		t.Fatalf("%s, want %s", got[0], want)
	}
}

// TestRestarts loads while the server crashes and comes back all the time, and
// a reader counts: it must only ever see whole versions.
func TestRestarts(t *testing.T) {
	t.Parallel()
	s := pgtest.Start(t)
	url := s.URL("postgres")
	d := &warehousetest.Dataset{Name: "d", Lake: "a", Columns: warehousetest.Columns(t, "id", "BIGINT", "v", "VARCHAR")}
	first := warehousetest.Numbers(0, 20_000, "0")
	d.Commits = []warehousetest.Commit{first}
	warehousetest.Load(t, targetOf(t, url), d.At(-1), warehousetest.Options(t, warehouse.Replace))

	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { readWhole(ctx, t, url) })
	wg.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			select {
			case <-ctx.Done():
				return
			case <-time.After(time.Duration(150+i*37%200) * time.Millisecond):
			}
			s.Stop(syscall.SIGQUIT)
			if err := s.Run(context.WithoutCancel(ctx)); err != nil {
				t.Error(err)
				return
			}
		}
	})
	rounds, retries := 6, 0
	for i := range rounds {
		next := warehousetest.Numbers(0, 20_000+int64(i)*1000, strconv.Itoa(i+1))
		next.Replaces = true
		d.Commits = append(d.Commits, next)
		target := targetOf(t, url)
		target.firstPause = 50 * time.Millisecond
		o := warehousetest.Options(t, warehouse.Replace)
		o.RunID = fmt.Sprint("run-", i)
		res, err := target.Load(t.Context(), d.At(-1), o)
		for try := 0; err != nil && try < 5; try++ { // it may be restarted all the time
			res, err = target.Load(t.Context(), d.At(-1), o)
		}
		if err != nil {
			t.Fatal(err)
		}
		retries += res.Retries
	}
	cancel()
	wg.Wait()
	if t.Failed() {
		return
	}
	got := ask(t, url, "SELECT count(*), min(v), max(v), (SELECT count(*) FROM df360.loads) FROM curated.t")
	if want := fmt.Sprintf("%d|%d|%d|%d", 20_000+(rounds-1)*1000, rounds, rounds, rounds+1); got[0] != want {
		t.Errorf("%s, want %s", got[0], want)
	}
	t.Logf("%d retries", retries)
}

// readWhole counts rows until ctx ends: all have the same v, and their number is
// the one of that version.
func readWhole(ctx context.Context, t *testing.T, url string) {
	seen := 0
	for ctx.Err() == nil {
		conn, err := pgx.Connect(ctx, url)
		if err != nil {
			<-time.After(10 * time.Millisecond)
			continue
		}
		for ctx.Err() == nil {
			var n, kinds int64
			var v string
			if err := conn.QueryRow(ctx, "SELECT count(*), count(DISTINCT v), max(v) FROM curated.t").Scan(&n, &kinds, &v); err != nil {
				break
			}
			seen++
			version, _ := strconv.ParseInt(v, 10, 64)
			want := int64(20_000)
			if version > 0 {
				want += (version - 1) * 1000
			}
			if kinds != 1 || n != want {
				t.Errorf("a reader saw %d rows of version %s, %d kinds", n, v, kinds)
			}
		}
		closeConn(ctx, conn)
	}
	if seen < 10 {
		t.Errorf("the reader read %d times", seen)
	}
}

// TestServiceLocks: a lock that is held too long is a conflict, one that is let go
// is waited for.
func TestServiceLocks(t *testing.T) {
	t.Parallel()
	target, url := newTarget(t)
	d := &warehousetest.Dataset{Name: "d", Lake: "a", Columns: warehousetest.Columns(t, "id", "BIGINT", "v", "VARCHAR")}
	d.Commits = []warehousetest.Commit{warehousetest.Numbers(0, 10, "a")}
	o := warehousetest.Options(t, warehouse.Replace)
	warehousetest.Load(t, target, d.At(-1), o)
	holder := connectTo(t, url)
	hold := func() {
		if _, err := holder.Exec(t.Context(), "BEGIN; LOCK TABLE curated.t IN SHARE MODE"); err != nil {
			t.Fatal(err)
		}
	}
	hold()
	d.Commits = append(d.Commits, warehousetest.Numbers(10, 10, "b"))
	o.Wait = 20 * time.Millisecond
	if _, err := target.Load(t.Context(), d.At(-1), o); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("%v", err)
	}
	time.AfterFunc(300*time.Millisecond, func() { _, _ = holder.Exec(context.Background(), "COMMIT") })
	target.firstPause = 50 * time.Millisecond
	if res, err := target.Load(t.Context(), d.At(-1), o); err != nil || res.Retries == 0 {
		t.Errorf("%+v, %v", res, err)
	}
	if got := ask(t, url, "SELECT count(*) FROM curated.t"); got[0] != "20" {
		t.Error(got)
	}
}

// TestServiceDeadlock: two sessions lock the same rows the other way round; the
// one that the server ends tries again.
func TestServiceDeadlock(t *testing.T) {
	t.Parallel()
	target, url := newTarget(t)
	d := &warehousetest.Dataset{Name: "d", Lake: "a", Columns: warehousetest.Columns(t, "id", "BIGINT", "v", "VARCHAR")}
	d.Commits = []warehousetest.Commit{warehousetest.Numbers(0, 2000, "a")}
	o := warehousetest.Options(t, warehouse.Merge)
	o.Key, o.Wait = []string{"id"}, 5*time.Second
	warehousetest.Load(t, target, d.At(-1), o)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 2 {
		conn := connectTo(t, url)
		wg.Go(func() { // from the end to the beginning
			for range 3 { // without end, a slow machine's load would never come through
				_, _ = conn.Exec(ctx, "BEGIN")
				for id := 1999; id >= 0 && ctx.Err() == nil; id -= 100 {
					if _, err := conn.Exec(ctx, "UPDATE curated.t SET v = v WHERE id = $1", id); err != nil {
						break
					}
				}
				_, _ = conn.Exec(ctx, "ROLLBACK")
				select {
				case <-ctx.Done():
				case <-time.After(100 * time.Millisecond):
				}
			}
		})
	}
	for i := range 4 {
		d.Commits = append(d.Commits, warehousetest.Numbers(0, 2000, strconv.Itoa(i)))
		target.firstPause = 20 * time.Millisecond
		res, err := target.Load(t.Context(), d.At(-1), o)
		if err != nil {
			t.Fatal(err)
		}
		if res.RowsUpdated != 2000 {
			t.Errorf("%+v", res)
		}
	}
	cancel()
	wg.Wait()
	if got := ask(t, url, "SELECT count(*), min(v), max(v) FROM curated.t"); got[0] != "2000|3|3" {
		t.Error(got)
	}
}

// TestServiceTwoLoaders: many loaders of the same target at once.
func TestServiceTwoLoaders(t *testing.T) {
	t.Parallel()
	_, url := newTarget(t)
	for _, mode := range []warehouse.Mode{warehouse.Replace, warehouse.Append, warehouse.Merge} {
		d := &warehousetest.Dataset{Name: "d", Lake: "a", Columns: warehousetest.Columns(t, "id", "BIGINT", "v", "VARCHAR")}
		d.Commits = []warehousetest.Commit{warehousetest.Numbers(0, 1000, "a"), warehousetest.Numbers(1000, 1000, "b")}
		var wg sync.WaitGroup
		var wrote atomic.Int64
		for i := range 6 {
			wg.Go(func() {
				o := warehousetest.Options(t, mode)
				o.Table, o.RunID = "t_"+string(mode), fmt.Sprint(mode, i)
				if mode == warehouse.Merge {
					o.Key = []string{"id"}
				}
				res, err := targetOf(t, url).Load(t.Context(), d.At(-1), o)
				if err != nil {
					t.Error(err)
					return
				}
				wrote.Add(res.RowsWritten)
			})
		}
		wg.Wait()
		if got := ask(t, url, "SELECT count(*), count(DISTINCT id) FROM curated.t_"+string(mode)); got[0] != "2000|2000" || wrote.Load() != 2000 {
			t.Errorf("%s: %s, %d rows written", mode, got, wrote.Load())
		}
	}
}

// TestDiskFull fills a small file system that a tablespace is on.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("needs root for a small file system")
	}
	s := pgtest.Start(t)
	dir := filepath.Join(s.Dir(), "small")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=4m,mode=0700,"+s.Owner()); err != nil {
		t.Skipf("no small file system: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	url := s.URL("postgres")
	do(t, url, "CREATE TABLESPACE small LOCATION '"+dir+"'")
	do(t, url, "CREATE SCHEMA curated; CREATE TABLE curated.t (id bigint, v text) TABLESPACE small")
	d := &warehousetest.Dataset{Name: "d", Lake: "a", Columns: warehousetest.Columns(t, "id", "BIGINT", "v", "VARCHAR")}
	d.Commits = []warehousetest.Commit{warehousetest.Numbers(0, 1000, "small")}
	target := targetOf(t, url)
	warehousetest.Load(t, target, d.At(-1), warehousetest.Options(t, warehouse.Replace))
	big := warehousetest.Numbers(0, 200_000, strings.Repeat("x", 50))
	big.Replaces = true
	d.Commits = append(d.Commits, big)
	res, err := target.Load(t.Context(), d.At(-1), warehousetest.Options(t, warehouse.Replace))
	if res != nil || fault.CodeOf(err) != fault.NoSpace {
		t.Errorf("%+v, %s: %v", res, fault.CodeOf(err), err)
	}
	if got := ask(t, url, "SELECT count(*), max(v), (SELECT count(*) FROM df360.loads) FROM curated.t"); got[0] != "1000|small|1" {
		t.Error(got)
	}
}

// TestNoServer: exit 10, with host and port and without the password.
func TestNoServer(t *testing.T) {
	t.Parallel()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().String()
	_ = l.Close()
	d := &warehousetest.Dataset{Name: "d", Lake: "a", Columns: warehousetest.Columns(t, "id", "BIGINT")}
	d.Commits = []warehousetest.Commit{{SQL: "VALUES (1)", Rows: 1}}
	target := targetOf(t, "postgres://me:hunter22@"+at+"/db?sslmode=disable")
	_, err = target.Load(t.Context(), d.At(-1), warehousetest.Options(t, warehouse.Replace))
	if fault.CodeOf(err) != fault.Unreachable || !strings.Contains(err.Error(), at) || strings.Contains(err.Error(), "hunter22") {
		t.Errorf("%s: %v", fault.CodeOf(err), err)
	}
}

// TestServiceStopped: a load that is stopped leaves nothing.
func TestServiceStopped(t *testing.T) {
	t.Parallel()
	target, url := newTarget(t)
	d := &warehousetest.Dataset{Name: "d", Lake: "a", Columns: warehousetest.Columns(t, "id", "BIGINT", "v", "VARCHAR")}
	d.Commits = []warehousetest.Commit{warehousetest.Numbers(0, 3_000_000, "a")}
	o := warehousetest.Options(t, warehouse.Replace)
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stopped")
	o.Told = func(int64) { cancel(stop) }
	begin := time.Now()
	if res, err := target.Load(ctx, d.At(-1), o); res != nil || !errors.Is(err, stop) {
		t.Errorf("%+v, %v", res, err)
	}
	if took := time.Since(begin); took > 4*time.Second {
		t.Errorf("it took %s", took)
	}
	if got := ask(t, url, "SELECT to_regclass('curated.t') IS NULL"); got[0] != "true" {
		t.Error(got)
	}
}
