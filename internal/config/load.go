package config

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/kalpafall/df360/internal/fault"
)

// FileName is the name of the configuration file.
const FileName = "df360.yaml"

// EnvFile is the environment variable that names the configuration file.
const EnvFile = "DF360_CONFIG"

// mostBytes is far more than a configuration needs.
const mostBytes = 1 << 20

// Source says where settings come from.
type Source struct {
	// Env reads an environment variable; "" is not set.
	Env func(name string) string
	// Path is the file that the user named; "" looks at DF360_CONFIG, then for
	// df360.yaml upward from Dir.
	Path string
	// Dir is where the search begins; "" is the working directory.
	Dir string
	// NoFile reads no file: the command has no use for one.
	NoFile bool
}

// Load reads defaults, file and environment, each overruling the one before. All
// problems come in one error of kind config.
func Load(src Source) (Settings, error) {
	s := defaults()
	var problems []string
	if !src.NoFile {
		path, err := src.find()
		if err != nil {
			return s, err
		}
		if path != "" {
			data, err := readFile(path)
			if err != nil {
				return s, err
			}
			s.File = path
			problems = parse(&s, path, data)
		}
	}
	for _, known := range settingList() {
		name := EnvName(known.key)
		if value := src.Env(name); value != "" {
			if err := known.set(&s, value); err != nil {
				problems = append(problems, name+": "+err.Error())
			}
		}
	}
	return s, problemError(problems)
}

// EnvName is the environment variable of a setting.
func EnvName(key string) string {
	return "DF360_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

func problemError(problems []string) error {
	switch len(problems) {
	case 0:
		return nil
	case 1:
		return fault.New(fault.Config, "configuration: %s", problems[0])
	}
	return fault.New(fault.Config, "configuration has %s problems:\n  %s",
		strconv.Itoa(len(problems)), strings.Join(problems, "\n  "))
}

// find is the path of the file to read, "" where there is none.
func (src Source) find() (string, error) {
	if src.Path != "" {
		return src.Path, nil
	}
	if path := src.Env(EnvFile); path != "" {
		return path, nil
	}
	if isFile(filepath.Join(src.Dir, FileName)) {
		return filepath.Join(src.Dir, FileName), nil
	}
	dir, err := filepath.Abs(src.Dir)
	if err != nil {
		return "", fault.OS(err, "find the working directory")
	}
	for parent := filepath.Dir(dir); parent != dir; dir, parent = parent, filepath.Dir(parent) {
		if path := filepath.Join(parent, FileName); isFile(path) {
			return path, nil
		}
	}
	return "", nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path) //nolint:gosec // the file that the user named
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.Config, "configuration file %s is not there", path).
			WithHint("df360 init makes one")
	}
	if err != nil {
		return nil, fault.New(fault.Config, "open configuration: %w", err)
	}
	defer func() { _ = f.Close() }() // only read
	data, err := io.ReadAll(io.LimitReader(f, mostBytes+1))
	if err != nil {
		return nil, fault.New(fault.Config, "read configuration: %w", err)
	}
	if len(data) > mostBytes {
		return nil, fault.New(fault.Config, "configuration file %s is larger than 1 MiB", path)
	}
	return data, nil
}
