package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes this test binary the df360 that scripts and tests call.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"df360": main})
}

// TestScripts runs testdata/script/*.txtar: each is a session at a shell.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("NO_COLOR", "1")
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits": cmdExits,
			"json":  cmdJSON,
			"plain": cmdPlain,
		},
	})
}

// cmdExits runs a command and checks its exit code: exits 2 df360 nonsense.
func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARGS...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}

// cmdJSON checks that stdout is one JSON object and nothing else, and that the
// value at a path is as given: json error.code usage. A path alone must be
// there, with ! it must be absent or null.
func cmdJSON(ts *testscript.TestScript, neg bool, args []string) {
	dec := json.NewDecoder(strings.NewReader(ts.ReadFile("stdout")))
	dec.UseNumber()
	var object map[string]any
	if err := dec.Decode(&object); err != nil {
		ts.Fatalf("stdout is not a JSON object: %v", err)
	}
	if dec.More() {
		ts.Fatalf("stdout has more than one JSON value")
	}
	if len(args) == 0 {
		return
	}
	value := any(object)
	for step := range strings.SplitSeq(args[0], ".") {
		value = member(value, step)
	}
	if len(args) == 1 {
		if (value != nil) == neg {
			ts.Fatalf("%s is %v", args[0], value)
		}
		return
	}
	got, ok := value.(string)
	if !ok {
		data, err := json.Marshal(value)
		ts.Check(err)
		got = string(data)
	}
	if (got == args[1]) == neg {
		ts.Fatalf("%s is %s", args[0], got)
	}
}

func member(v any, step string) any {
	switch v := v.(type) {
	case map[string]any:
		return v[step]
	case []any:
		if i, err := strconv.Atoi(step); err == nil && i < len(v) {
			return v[i]
		}
		if step == "length" {
			return json.Number(strconv.Itoa(len(v)))
		}
	}
	return nil
}

// cmdPlain checks that stdout and stderr have no escape sequence.
func cmdPlain(ts *testscript.TestScript, neg bool, _ []string) {
	if neg {
		ts.Fatalf("plain has no opposite")
	}
	for _, name := range []string{"stdout", "stderr"} {
		if bytes.ContainsRune([]byte(ts.ReadFile(name)), '\x1b') {
			ts.Fatalf("an escape sequence on %s", name)
		}
	}
}
