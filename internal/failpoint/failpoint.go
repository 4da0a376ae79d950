package failpoint

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// EnvVar is the environment variable that a command reads its fail point from.
const EnvVar = "DF360_FAILPOINT"

// Set is one armed fail point. All methods may be called on nil and from
// several goroutines.
type Set struct {
	name   string // "" is any step
	at     int64  // fires at this hit, from 1
	action string
	hits   atomic.Int64
}

// Parse reads `[name@]N=action`: at the N-th step of that name (of any, without
// a name) do action: kill (SIGKILL to itself), stop (SIGSTOP), enospc, eio, or
// a duration to sleep. An empty text is no fail point: nil.
func Parse(text string) (*Set, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // nil is the documented "off"
	}
	where, action, ok := strings.Cut(text, "=")
	if !ok {
		return nil, fmt.Errorf("%s: %q has no =action", EnvVar, text)
	}
	s := &Set{action: action}
	count := where
	if name, n, named := strings.Cut(where, "@"); named {
		s.name, count = name, n
	}
	at, err := strconv.ParseInt(count, 10, 64)
	if err != nil || at < 1 {
		return nil, fmt.Errorf("%s: %q: the count must be a number from 1", EnvVar, text)
	}
	s.at = at
	switch action {
	case "kill", "stop", "enospc", "eio":
	default:
		if _, err := time.ParseDuration(action); err != nil {
			return nil, fmt.Errorf("%s: unknown action %q", EnvVar, action)
		}
	}
	return s, nil
}

// Hit passes a step. It returns the error that the fail point injects, if this
// is where it fires.
func (s *Set) Hit(name string) error {
	if s == nil || (s.name != "" && s.name != name) || s.hits.Add(1) != s.at {
		return nil
	}
	switch s.action {
	case "kill":
		return signalSelf(syscall.SIGKILL)
	case "stop":
		return signalSelf(syscall.SIGSTOP)
	case "enospc":
		return syscall.ENOSPC
	case "eio":
		return syscall.EIO
	}
	d, err := time.ParseDuration(s.action)
	if err != nil {
		return err // Parse has checked it
	}
	<-time.After(d)
	return nil
}

// Hits is the number of steps passed so far.
func (s *Set) Hits() int64 {
	if s == nil {
		return 0
	}
	return s.hits.Load()
}

func signalSelf(sig syscall.Signal) error {
	if err := syscall.Kill(os.Getpid(), sig); err != nil {
		return err
	}
	<-time.After(100 * time.Millisecond) // a signal to oneself arrives before long
	return nil
}
