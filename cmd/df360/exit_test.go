package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"syscall"
	"testing"

	"github.com/kalpafall/df360/internal/fault"
)

// kinds reads the error kinds from their source, so that a new one cannot be
// forgotten here.
func kinds(t *testing.T) []fault.Code {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../../internal/fault/fault.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []fault.Code
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if typ, ok := spec.Type.(*ast.Ident); ok && typ.Name == "Code" {
			for _, v := range spec.Values {
				text, err := strconv.Unquote(v.(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				out = append(out, fault.Code(text))
			}
		}
		return true
	})
	return out
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	want := map[fault.Code]int{
		"not_found": 1, "io": 1, "no_space": 1, "permission": 1, "corrupt": 1, "schema": 1, "http": 1, "limit": 1,
		"internal": 1, "usage": 2, "config": 2, "partial": 3, "checks_failed": 4, "conflict": 5, "unreachable": 10,
		"interrupted": 130,
	}
	all := kinds(t)
	if len(all) != len(want) {
		t.Errorf("there are %d kinds, %d are tested", len(all), len(want))
	}
	for _, code := range all {
		wrapped := fmt.Errorf("outer: %w", fault.New(code, "x"))
		if got := exitCode(wrapped); got != want[code] {
			t.Errorf("%s: exit %d, want %d", code, got, want[code])
		}
		listed := 0
		for _, rule := range exitTable() {
			if rule.code == code {
				listed++
			}
		}
		if listed != 1 {
			t.Errorf("%s is in the table %d times", code, listed)
		}
	}
}

func TestExitCodeOfOtherErrors(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		err  error
		want int
	}{
		{nil, 0},
		{errors.New("x"), 1},
		{&os.PathError{Op: "open", Path: "x", Err: syscall.ENOSPC}, 1},
		{(&signalError{os.Interrupt}).fault(), 130},
		{(&signalError{syscall.SIGTERM}).fault(), 143},
		{fault.New(fault.Usage, "x: %w", fault.New(fault.Conflict, "y")), 2},
	} {
		if got := exitCode(tc.err); got != tc.want {
			t.Errorf("%v: exit %d, want %d", tc.err, got, tc.want)
		}
	}
}
