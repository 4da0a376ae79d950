package fault_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"testing"

	"github.com/kalpafall/df360/internal/fault"
)

func TestCodeOf(t *testing.T) {
	t.Parallel()
	path := func(err error) error { return &os.PathError{Op: "open", Path: "x", Err: err} }
	for _, tc := range []struct {
		err  error
		want fault.Code
	}{
		{nil, ""},
		{errors.New("x"), fault.Internal},
		{fault.New(fault.Schema, "x"), fault.Schema},
		{fmt.Errorf("a: %w", fault.New(fault.Schema, "x")), fault.Schema},
		{fault.New(fault.Usage, "a: %w", fault.New(fault.Schema, "x")), fault.Usage}, // the outermost
		{errors.Join(errors.New("x"), fault.New(fault.Conflict, "y")), fault.Conflict},
		{context.Canceled, fault.Interrupted},
		{path(syscall.ENOSPC), fault.NoSpace},
		{path(syscall.EDQUOT), fault.NoSpace},
		{path(fs.ErrPermission), fault.Permission},
		{path(syscall.EROFS), fault.Permission},
		{path(syscall.ENOENT), fault.NotFound},
		{path(syscall.EIO), fault.IO},
		{syscall.EIO, fault.IO},
		{fault.OS(syscall.EIO, "read x"), fault.IO},
		{fault.OS(errors.New("odd"), "read x"), fault.IO},
		{fault.OS(path(syscall.EACCES), "read x"), fault.Permission},
	} {
		if got := fault.CodeOf(tc.err); got != tc.want {
			t.Errorf("CodeOf(%v) = %q, want %q", tc.err, got, tc.want)
		}
	}
	if fault.OS(nil, "x") != nil {
		t.Error("OS makes an error of nil")
	}
}

func TestTextAndCause(t *testing.T) {
	t.Parallel()
	cause := errors.New("the cause")
	err := fault.New(fault.IO, "read x: %w", cause)
	if got, want := err.Error(), "read x: the cause"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if !errors.Is(err, cause) {
		t.Error("the cause is lost")
	}
	if got, want := fault.OS(cause, "read %s", "x").Error(), "read x: the cause"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestHint(t *testing.T) {
	t.Parallel()
	inner := fault.New(fault.IO, "x").WithHint("do %s", "this")
	for _, tc := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{errors.New("x"), ""},
		{inner, "do this"},
		{fmt.Errorf("a: %w", inner), "do this"},
		{fault.New(fault.Usage, "a: %w", inner), "do this"},
		{fault.New(fault.Usage, "a: %w", inner).WithHint("rather that"), "rather that"},
	} {
		if got := fault.Hint(tc.err); got != tc.want {
			t.Errorf("Hint(%v) = %q, want %q", tc.err, got, tc.want)
		}
	}
}
