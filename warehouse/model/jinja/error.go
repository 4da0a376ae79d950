package jinja

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Kind is the class of an error, by the name of the Python exception.
type Kind string

// The kinds. Host is an error that a function of the host returned.
const (
	SyntaxError       Kind = "TemplateSyntaxError"
	AssertionError    Kind = "TemplateAssertionError"
	RuntimeError      Kind = "TemplateRuntimeError"
	NotFoundError     Kind = "TemplateNotFound"
	NoneFoundError    Kind = "TemplatesNotFound"
	FilterArgError    Kind = "FilterArgumentError"
	UndefinedError    Kind = "UndefinedError"
	SecurityError     Kind = "SecurityError"
	TypeError         Kind = "TypeError"
	ValueError        Kind = "ValueError"
	KeyError          Kind = "KeyError"
	IndexError        Kind = "IndexError"
	AttributeError    Kind = "AttributeError"
	ZeroDivisionError Kind = "ZeroDivisionError"
	OverflowError     Kind = "OverflowError"
	RecursionError    Kind = "RecursionError"
	MemoryError       Kind = "MemoryError"
	PyRuntimeError    Kind = "RuntimeError"
	DecimalError      Kind = "InvalidOperation"
	PyAssertionError  Kind = "AssertionError"
	StopIteration     Kind = "StopIteration"
	UnicodeError      Kind = "UnicodeError"
	Interrupted       Kind = "Interrupted"
	Host              Kind = "HostError"
)

// Frame is one place on the way to an error, innermost first.
type Frame struct {
	Template string // name of the template
	Line     int    // from 1
	In       string // macro or block; "" at the template's top level
	Excerpt  string // the source line, without its end
}

// Error is an error in a template or in its rendering.
type Error struct {
	Kind   Kind
	Msg    string
	Frames []Frame
	Err    error // what a function of the host returned, or the context's error

	depth int // activation that added the last frame; 0 before the first
}

// Error returns the message with the innermost place and its source line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Msg)
	for i, f := range e.Frames {
		fmt.Fprintf(&b, "\n  %s line %d", f.Template, f.Line)
		if f.In != "" {
			b.WriteString(", in " + f.In)
		}
		if i == 0 && strings.TrimSpace(f.Excerpt) != "" {
			b.WriteString("\n    " + strings.TrimSpace(f.Excerpt))
		}
		if i == 19 && len(e.Frames) > 20 {
			fmt.Fprintf(&b, "\n  (%d more)", len(e.Frames)-20)
			break
		}
	}
	return b.String()
}

// Unwrap returns the host's error.
func (e *Error) Unwrap() error { return e.Err }

// Line is the innermost line of the error, 0 where it is not known.
func (e *Error) Line() int {
	if len(e.Frames) == 0 {
		return 0
	}
	return e.Frames[0].Line
}

// Errorf makes an error of a kind, for functions of a host too. A %w in format
// keeps its cause.
func Errorf(kind Kind, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Kind: kind, Msg: err.Error(), Err: errors.Unwrap(err)}
}

// Unwinder is an error that is no failure but a way out, like a return from a
// macro: it passes through the engine as it is.
type Unwinder interface {
	error
	Unwinds() // marks the type
}

// KindOf is the kind of err: Host for an error that the engine did not make.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Host
}

// asError makes err an *Error, unless it unwinds.
func asError(err error) *Error {
	if e, ok := err.(*Error); ok { //nolint:errorlint // the outermost only: a host may wrap one on purpose
		return e
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return &Error{Kind: Interrupted, Msg: err.Error(), Err: err}
	}
	return &Error{Kind: Host, Msg: err.Error(), Err: err}
}
