package duckdb

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/fault"
)

// Patience is how long a file that another process holds is waited for.
const Patience = 10 * time.Second

// poll is how often it is looked at.
const poll = 50 * time.Millisecond

// Target is a DuckDB file. It is open only while a call works with it.
type Target struct {
	path   string
	wait   time.Duration
	engine duck.Options
}

// New names a file; a load makes it where it is missing. wait is how long another
// process is waited for, engine the limits of calls that say nothing else.
func New(path string, wait time.Duration, engine duck.Options) *Target {
	return &Target{path: path, wait: wait, engine: engine}
}

// String is the file, as a URL.
func (t *Target) String() string { return "duckdb:" + t.path }

// Path is the file.
func (t *Target) Path() string { return t.path }

// Exists reports whether the file is there.
func (t *Target) Exists() bool {
	info, err := os.Stat(t.path)
	return err == nil && info.Mode().IsRegular()
}

// Open opens the file, or says that it is not there, where it is only read.
func (t *Target) Open(ctx context.Context, engine duck.Options, readOnly bool) (*duck.Session, error) {
	if readOnly && !t.Exists() {
		return nil, fault.New(fault.NotFound, "there is no warehouse %s", t.path).WithHint("df360 load makes it")
	}
	if !readOnly {
		if err := os.MkdirAll(filepath.Dir(t.path), 0o755); err != nil { //nolint:gosec // data that other users' engines read
			return nil, fault.OS(err, "make the folder of %s", t.path)
		}
	}
	engine.Path, engine.ReadOnly = t.path, readOnly
	var session *duck.Session
	err := Patiently(ctx, t.wait, func() (err error) {
		session, err = duck.Open(ctx, engine)
		return err
	})
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, t.explain(err)
	}
	return session, nil
}

// Attach makes the file known to another session, as name, to be read only.
func (t *Target) Attach(ctx context.Context, session *duck.Session, name string) error {
	err := Patiently(ctx, t.wait, func() error {
		return session.Exec(ctx, "ATTACH "+duck.Literal(t.path)+" AS "+duck.Ident(name)+" (READ_ONLY)")
	})
	if err != nil {
		return t.explain(err)
	}
	return nil
}

// Patiently calls f again while it fails because another process holds a file.
func Patiently(ctx context.Context, patience time.Duration, f func() error) error {
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for {
		err := f()
		if err == nil || !Busy(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-deadline.C:
			return err
		case <-time.After(poll):
		}
	}
}

// Busy reports whether an error is that another process holds a file.
func Busy(err error) bool {
	return err != nil && strings.Contains(err.Error(), "Could not set lock on file")
}

// explain gives an error of opening the file its kind.
func (t *Target) explain(err error) error {
	text := err.Error()
	switch {
	case Busy(err):
		return fault.New(fault.Conflict, "the warehouse %s is in use by another process", t.path).
			WithHint("DuckDB gives a file to one process that writes; wait until it is done, or load into Postgres")
	case strings.Contains(text, "not a valid DuckDB database"), strings.Contains(text, "Corrupt"):
		return fault.New(fault.Corrupt, "%s is not a DuckDB file: %s", t.path, firstLine(text))
	case strings.Contains(text, "Permission denied"), strings.Contains(text, "Read-only file system"):
		return fault.New(fault.Permission, "the warehouse %s cannot be opened: %s", t.path, firstLine(text))
	case errors.Is(err, context.Canceled):
		return err
	}
	return fault.New(codeOf(err), "open the warehouse %s: %s", t.path, firstLine(text)).WithHint("%s", fault.Hint(err))
}

// codeOf is an error's kind; the engine's own trouble is one of the file.
func codeOf(err error) fault.Code {
	if code := fault.CodeOf(err); code != fault.Internal {
		return code
	}
	return fault.IO
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
