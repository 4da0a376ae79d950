package progress_test

import (
	"bytes"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kalpafall/df360/internal/progress"
)

// screen is a writer that several goroutines may use.
type screen struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func TestShownAfterOneSecond(t *testing.T) {
	t.Parallel()
	for name, total := range map[string]int64{"bar": 1000, "spinner": 0, "nothing counted": -1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var s screen
				m := progress.Start(&s, "copy rows", total, false)
				m.Add(500)
				time.Sleep(990 * time.Millisecond)
				if got := s.String(); got != "" {
					t.Errorf("shown too early: %q", got)
				}
				time.Sleep(2 * time.Second)
				m.Add(100)
				time.Sleep(time.Second)
				m.Stop()
				got := s.String()
				for _, want := range []string{"copy rows", "rows/s", "600"} {
					if strings.Contains(got, want) == (total < 0 && want != "copy rows") {
						t.Errorf("%q, in %q", want, got)
					}
				}
				if strings.Contains(got, "\x1b") {
					t.Errorf("an escape sequence in %q", got)
				}
				last := got[strings.LastIndex(strings.TrimRight(got, "\r"), "\r")+1:]
				if strings.TrimSpace(last) != "" {
					t.Errorf("left on the screen: %q", last)
				}
			})
		})
	}
}

func TestFastShowsNothing(t *testing.T) {
	t.Parallel()
	var s screen
	m := progress.Start(&s, "x", 10, true)
	m.Set(10)
	m.Stop()
	if got := s.String(); got != "" {
		t.Errorf("%q", got)
	}
}

func TestNilMeter(t *testing.T) {
	t.Parallel()
	var m *progress.Meter
	m.Add(1)
	m.Set(1)
	m.SetTotal(1)
	m.SetTitle("x")
	m.Stop()
}

func TestEnabled(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = r.Close(), w.Close() })
	if progress.Enabled("auto", w, "xterm") || progress.Enabled("auto", &bytes.Buffer{}, "xterm") {
		t.Error("bars on a pipe")
	}
	if !progress.Enabled("always", w, "dumb") || progress.Enabled("never", w, "xterm") {
		t.Error("always and never do not rule")
	}
}
