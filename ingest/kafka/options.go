package kafka

import (
	"crypto/tls"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/secret"
)

// Options say what is read, and how. Brokers and Topic are needed; zero values
// of the others are the defaults.
type Options struct {
	Brokers []string // host:port
	Topic   string
	// Group is the consumer group that positions are mirrored to; "" is none.
	Group string
	Until Until
	From  From // only where there is no committed position
	// Raw gives values as bytes, in the column value.
	Raw bool
	// AcceptGap goes on where the progress does not fit the topic any more, and
	// records it.
	AcceptGap bool

	// A batch ends with so many rows, so many bytes of records, or after this
	// time, whichever comes first.
	BatchRows     int           // 500,000
	BatchBytes    int64         // 256 MiB, or less by the memory limit
	BatchInterval time.Duration // 30 s

	SASL         *SASL
	TLS          *tls.Config // nil is plain text
	InsecureSASL bool        // SASL in plain text to other machines

	// ConnectTimeout is how long brokers may not answer. A run that goes on
	// forever waits for them without an end once it has begun.
	ConnectTimeout time.Duration // 30 s
	// Refresh is how often a run without a known end looks for new partitions.
	Refresh time.Duration // 15 s
	// MemoryLimit, in bytes, bounds what is read ahead.
	MemoryLimit int64 // 1 GiB

	Now func() time.Time // time.Now
	Log *slog.Logger     // nil discards
}

// SASL is how a client tells a broker who it is.
type SASL struct {
	Mechanism string // one of Mechanisms
	User      string // not for oauthbearer
	Password  secret.Value
}

// Mechanisms lists those of SASL.
func Mechanisms() []string {
	return []string{"plain", "scram-sha-256", "scram-sha-512", "oauthbearer"}
}

// batchBytes is what a batch may hold at most where memory allows it; on a
// first commit, whose rows are read twice, it is firstBytes.
const (
	batchBytes = 256 << 20
	firstBytes = 64 << 20
)

func (o Options) withDefaults() Options {
	if o.BatchRows <= 0 {
		o.BatchRows = 500_000
	}
	if o.BatchInterval <= 0 {
		o.BatchInterval = 30 * time.Second
	}
	if o.MemoryLimit <= 0 {
		o.MemoryLimit = 1 << 30
	}
	if o.BatchBytes <= 0 {
		o.BatchBytes = min(batchBytes, max(o.MemoryLimit/4, 16<<20))
	}
	if o.ConnectTimeout <= 0 {
		o.ConnectTimeout = 30 * time.Second
	}
	if o.Refresh <= 0 {
		o.Refresh = 15 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Until says where a run ends. The zero value is the end of the topic as of the
// start of the run.
type Until struct {
	Offsets  map[int32]int64 // exclusive ends, of the partitions that are read
	Duration time.Duration
	Forever  bool
}

// open reports whether new records belong to the run.
func (u Until) open() bool { return u.Forever || u.Duration > 0 }

// Untils are the forms that ParseUntil reads, for a shell to offer.
func Untils() []string { return []string{"end", "offsets=", "duration=", "forever"} }

// ParseUntil reads end, offsets=0:100,1:50, duration=30s or forever.
func ParseUntil(text string) (Until, error) {
	kind, value, has := strings.Cut(text, "=")
	switch {
	case kind == "end" && !has:
		return Until{}, nil
	case kind == "forever" && !has:
		return Until{Forever: true}, nil
	case kind == "duration" && has:
		d, err := time.ParseDuration(value)
		if err != nil || d <= 0 {
			return Until{}, fault.New(fault.Usage, "%q is no duration", value).WithHint("write it as duration=30s or duration=5m")
		}
		return Until{Duration: d}, nil
	case kind == "offsets" && has:
		return parseOffsets(value)
	}
	return Until{}, fault.New(fault.Usage, "%q says no end", text).
		WithHint("the ends are end, offsets=0:100,1:50, duration=30s and forever")
}

func parseOffsets(text string) (Until, error) {
	out := Until{Offsets: map[int32]int64{}}
	for part := range strings.SplitSeq(text, ",") {
		left, right, _ := strings.Cut(part, ":")
		p, err := strconv.ParseInt(strings.TrimSpace(left), 10, 32)
		end, err2 := strconv.ParseInt(strings.TrimSpace(right), 10, 64)
		_, twice := out.Offsets[int32(p)]
		switch {
		case err != nil || err2 != nil || p < 0 || end < 0 || end == math.MaxInt64:
			return Until{}, fault.New(fault.Usage, "%q is no partition with an offset", part).
				WithHint("write offsets=0:100,1:50: partition 0 up to offset 99, partition 1 up to 49")
		case twice:
			return Until{}, fault.New(fault.Usage, "partition %d has two ends", p)
		}
		out.Offsets[int32(p)] = end
	}
	return out, nil
}

// From says where a run begins that has no committed position. The zero value is
// the earliest record.
type From struct {
	Latest bool
	Time   time.Time
}

// earliest reports whether nothing is left out.
func (f From) earliest() bool { return !f.Latest && f.Time.IsZero() }

// Froms are the forms that ParseFrom reads, for a shell to offer.
func Froms() []string { return []string{"earliest", "latest", "timestamp="} }

// ParseFrom reads earliest, latest or timestamp=2026-11-05T02:00:00Z.
func ParseFrom(text string) (From, error) {
	kind, value, has := strings.Cut(text, "=")
	switch {
	case kind == "earliest" && !has:
		return From{}, nil
	case kind == "latest" && !has:
		return From{Latest: true}, nil
	case kind == "timestamp" && has:
		at, err := time.Parse(time.RFC3339Nano, value)
		if err != nil || at.UnixMilli() < 0 {
			return From{}, fault.New(fault.Usage, "%q is no time", value).WithHint("write it as timestamp=2026-11-05T02:00:00Z")
		}
		return From{Time: at}, nil
	}
	return From{}, fault.New(fault.Usage, "%q says no start", text).
		WithHint("the starts are earliest, latest and timestamp=2026-11-05T02:00:00Z")
}
