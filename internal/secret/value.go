package secret

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/kalpafall/df360/internal/fault"
)

// Mask is what is shown in place of a secret.
const Mask = "***"

// mostBytes is far more than a token, a key or a password needs.
const mostBytes = 1 << 20

// Value is a secret. Reveal alone returns it.
type Value struct{ text string }

// New makes a secret of a text.
func New(text string) Value { return Value{text} }

// Reveal returns the secret.
func (v Value) Reveal() string { return v.text }

// Empty reports whether there is none.
func (v Value) Empty() bool { return v.text == "" }

// String is the mask.
func (v Value) String() string { return Mask }

// Format prints the mask, whatever the verb.
func (v Value) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, Mask) }

// MarshalText encodes the mask: as JSON, and wherever texts are.
func (v Value) MarshalText() ([]byte, error) { return []byte(Mask), nil }

// MarshalYAML encodes the mask.
func (v Value) MarshalYAML() (any, error) { return Mask, nil }

// LogValue logs the mask.
func (v Value) LogValue() slog.Value { return slog.StringValue(Mask) }

// IsReference reports whether text has the form of a reference.
func IsReference(text string) bool {
	return strings.HasPrefix(text, "env:") || strings.HasPrefix(text, "file:")
}

// Resolve reads the secret that ref names: env:NAME is an environment variable,
// which env reads, file:PATH the text of a file without its last line end. A
// literal is an error of kind usage, which does not repeat it; a variable that
// is empty or not set, and a file that cannot be read or is empty, are of kind
// config.
func Resolve(ref string, env func(string) string) (Value, error) {
	if name, ok := strings.CutPrefix(ref, "env:"); ok {
		return fromEnv(name, env)
	}
	if path, ok := strings.CutPrefix(ref, "file:"); ok {
		return fromFile(path)
	}
	return Value{}, fault.New(fault.Usage, "a secret cannot be written here: name where it is").
		WithHint("write env:NAME for an environment variable, or file:PATH for a file")
}

func fromEnv(name string, env func(string) string) (Value, error) {
	if name == "" {
		return Value{}, fault.New(fault.Usage, "env: has no name behind it").WithHint("write env:NAME")
	}
	text := env(name)
	if text == "" {
		return Value{}, fault.New(fault.Config, "the environment variable %s, which holds a secret, is not set", name)
	}
	return Value{text}, nil
}

func fromFile(path string) (Value, error) {
	if path == "" {
		return Value{}, fault.New(fault.Usage, "file: has no path behind it").WithHint("write file:PATH")
	}
	f, err := os.Open(path) //nolint:gosec // the file that the user named
	if err != nil {
		return Value{}, fault.New(fault.Config, "read a secret: %w", err)
	}
	defer func() { _ = f.Close() }() // only read
	data, err := io.ReadAll(io.LimitReader(f, mostBytes+1))
	switch {
	case err != nil:
		return Value{}, fault.New(fault.Config, "read a secret: %w", err)
	case len(data) > mostBytes:
		return Value{}, fault.New(fault.Config, "read a secret: %s is larger than 1 MiB", path)
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	if text == "" {
		return Value{}, fault.New(fault.Config, "read a secret: %s is empty", path)
	}
	return Value{text}, nil
}
