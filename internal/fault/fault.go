package fault

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// Code is the kind of an error, as `--json` prints it.
type Code string

// The kinds. Their exit codes are listed in cmd/df360/exit.go.
const (
	Usage        Code = "usage"         // the call is wrong: a flag, an argument, a name
	Config       Code = "config"        // df360.yaml, an environment variable or a type file is wrong
	NotFound     Code = "not_found"     // a dataset, file or version that is not there
	IO           Code = "io"            // the operating system refused a read or a write
	NoSpace      Code = "no_space"      // the disk or the quota is full
	Permission   Code = "permission"    // missing rights, a read-only lake too
	Corrupt      Code = "corrupt"       // stored bytes are not what was written
	Schema       Code = "schema"        // columns or types do not fit
	HTTP         Code = "http"          // a server's final no: 4xx, refused redirect, wrong content
	Limit        Code = "limit"         // a limit that the user set or that protects the process was reached
	Conflict     Code = "conflict"      // another writer was there
	Unreachable  Code = "unreachable"   // a service did not answer, after retries
	Partial      Code = "partial"       // some items failed, the rest is durable
	ChecksFailed Code = "checks_failed" // data checks failed: verify, tests, rejects over a limit
	Interrupted  Code = "interrupted"   // SIGINT or SIGTERM
	Internal     Code = "internal"      // a defect of df360
)

// Error is an error of a known kind.
type Error struct {
	Code Code
	Msg  string // what failed, on which object; may be empty where Err says it
	Hint string // what to do about it; may be empty
	Err  error  // the cause; may be nil
}

// Error returns message and cause. The hint is printed apart from them.
func (e *Error) Error() string {
	_, told := e.Err.(silent) //nolint:errorlint // only New's own wrapper, never one further down
	switch {
	case e.Err == nil, told:
		return e.Msg
	case e.Msg == "":
		return e.Err.Error()
	default:
		return e.Msg + ": " + e.Err.Error()
	}
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// New returns an error of kind code. A %w in format keeps its cause.
func New(code Code, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Msg: err.Error(), Err: silent{errors.Unwrap(err)}.orNil()}
}

// WithHint sets what the reader can do about it.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// Hint returns the hint of the outermost error that has one.
func Hint(err error) string {
	for err != nil {
		var e *Error
		if !errors.As(err, &e) {
			return ""
		}
		if e.Hint != "" {
			return e.Hint
		}
		err = e.Err
	}
	return ""
}

// CodeOf returns the kind of err: the outermost Error's, else what the
// standard library's sentinels say, else Internal. nil has no kind ("").
func CodeOf(err error) Code {
	var e *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Code
	case errors.Is(err, context.Canceled):
		return Interrupted
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return NoSpace
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return Permission
	case errors.Is(err, fs.ErrNotExist):
		return NotFound
	}
	var pathErr *fs.PathError
	var errno syscall.Errno
	if errors.As(err, &pathErr) || errors.As(err, &errno) {
		return IO
	}
	return Internal
}

// OS gives an error of the operating system its kind (no_space, permission,
// not_found or io), with a message that names the object.
func OS(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	code := CodeOf(err)
	if code == Internal {
		code = IO
	}
	return &Error{Code: code, Msg: fmt.Sprintf(format, args...), Err: err}
}

// silent is a cause whose text is already part of the message.
type silent struct{ error }

func (s silent) orNil() error {
	if s.error == nil {
		return nil
	}
	return s
}

func (s silent) Error() string { return "" }
func (s silent) Unwrap() error { return s.error }
