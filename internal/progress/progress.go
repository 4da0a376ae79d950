package progress

import (
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

const (
	delay    = time.Second            // a command that is faster than this shows nothing
	interval = 150 * time.Millisecond // between two drawings
)

// Enabled reports whether bars are drawn on w: mode is auto (only on a
// terminal that can move its cursor), always or never. termName is $TERM.
func Enabled(mode string, w io.Writer, termName string) bool {
	switch mode {
	case "always":
		return true
	case "never":
		return false
	}
	f, ok := w.(*os.File)
	return ok && termName != "dumb" && term.IsTerminal(int(f.Fd()))
}

// Meter counts and shows. All methods may be called on nil, which shows
// nothing, and from several goroutines.
type Meter struct {
	count, total atomic.Int64
	title        atomic.Pointer[string]
	stop, done   chan struct{}
}

// Start begins a meter on w: title says what is done ("transform logs"), total
// how much there is, 0 where that is not known, negative where nothing is
// counted. bytes tells that bytes are counted. The caller stops it.
func Start(w io.Writer, title string, total int64, bytes bool) *Meter {
	m := &Meter{stop: make(chan struct{}), done: make(chan struct{})}
	m.title.Store(&title)
	m.total.Store(total)
	go m.draw(w, bytes)
	return m
}

// Add counts n more.
func (m *Meter) Add(n int64) {
	if m != nil {
		m.count.Add(n)
	}
}

// Set says how much is done.
func (m *Meter) Set(n int64) {
	if m != nil {
		m.count.Store(n)
	}
}

// SetTotal says how much there is.
func (m *Meter) SetTotal(n int64) {
	if m != nil {
		m.total.Store(n)
	}
}

// SetTitle says what is done from now on.
func (m *Meter) SetTitle(title string) {
	if m != nil {
		m.title.Store(&title)
	}
}

// Stop takes the bar away. It may be called once.
func (m *Meter) Stop() {
	if m != nil {
		close(m.stop)
		<-m.done
	}
}

// draw keeps the bar up to date until the meter is stopped. The bar runs from
// the start, so that its rate is right, but reaches the terminal a second later.
func (m *Meter) draw(w io.Writer, bytes bool) {
	defer close(m.done)
	out := &gate{w: w, opens: time.Now().Add(delay)}
	tick := time.NewTicker(interval)
	defer tick.Stop()
	total := m.total.Load()
	room := titleRoom(w)
	bar := newBar(out, fit(*m.title.Load(), room), total, bytes)
	for {
		select {
		case <-m.stop:
			_ = bar.Clear() // a terminal that is gone is nobody to tell
			return
		case <-tick.C:
		}
		if t := m.total.Load(); t != total {
			total = t
			bar.ChangeMax64(barTotal(total))
		}
		bar.Describe(fit(*m.title.Load(), room))
		_ = bar.Set64(m.shown(total))
	}
}

// barWidth is the length of the bar itself, in columns; what the library writes
// behind it (share, counts, rate, times) takes up to figuresWidth more.
const (
	barWidth     = 14
	figuresWidth = 52
)

// titleRoom is how many columns of a terminal are left for the title, so that a
// drawing never takes more than one line.
func titleRoom(w io.Writer) int {
	columns := 80
	if f, ok := w.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			columns = width
		}
	}
	return max(columns-barWidth-figuresWidth, 8)
}

// fit cuts a title to the columns there are.
func fit(title string, room int) string {
	runes := []rune(title)
	if len(runes) <= room {
		return title
	}
	return string(runes[:room-1]) + "…"
}

// gate lets nothing through before it opens.
type gate struct {
	w     io.Writer
	opens time.Time
}

// Write writes, or drops what comes too early.
func (g *gate) Write(p []byte) (int, error) {
	if time.Now().Before(g.opens) {
		return len(p), nil
	}
	return g.w.Write(p)
}

// shown keeps the bar from ending before its meter does.
func (m *Meter) shown(total int64) int64 {
	n := m.count.Load()
	if total > 0 {
		return min(n, total-1)
	}
	return n
}

// barTotal is what the bar takes: -1 is a spinner.
func barTotal(total int64) int64 {
	if total <= 0 {
		return -1
	}
	return total
}

func newBar(w io.Writer, title string, total int64, bytes bool) *progressbar.ProgressBar {
	options := []progressbar.Option{
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription(title),
		progressbar.OptionSetWidth(barWidth),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionThrottle(interval / 2),
		progressbar.OptionEnableColorCodes(false),
		progressbar.OptionSpinnerType(9),
		progressbar.OptionSetSpinnerChangeInterval(0), // no goroutine of its own
	}
	switch {
	case total < 0:
		options = append(options, progressbar.OptionSetElapsedTime(true))
	case bytes:
		options = append(options, progressbar.OptionShowCount(), progressbar.OptionShowBytes(true), progressbar.OptionUseIECUnits(true))
	default:
		options = append(options, progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("rows"))
	}
	return progressbar.NewOptions64(barTotal(total), options...)
}
