package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/kalpafall/df360/internal/nearest"
	"github.com/kalpafall/df360/internal/secret"
)

// Defaults that the help shows.
const (
	DefaultLake        = "./data_lake"
	DefaultSchema      = "curated"
	DefaultLockTimeout = 2 * time.Second
)

// leastMemory is what the engine needs to start and write a file, in bytes.
const leastMemory = 64 << 20

// mostThreads is far more than any machine has cores.
const mostThreads = 4096

// Settings of a run.
type Settings struct {
	// File is the df360.yaml that was read, "" where there is none.
	File string
	// Lake is the lake's root folder (./data_lake).
	Lake string
	// LockTimeout is how long a writer waits politely for another (2 s).
	LockTimeout time.Duration
	// Compression of the lake's files: snappy (default) or zstd.
	Compression string
	// MemoryLimit caps the engine, in bytes; 0 is the engine's default.
	MemoryLimit int64
	// Threads of the engine; 0 is all cores.
	Threads int
	// TempDir is where the engine spills; "" is beside the lake.
	TempDir string
	// LogFormat of stderr: text (default) or json.
	LogFormat string
	// Progress bars: auto (default), always or never.
	Progress string
	// Warehouse is where load writes: a URL, or a reference to one; "" is what PG*
	// variables say, else a file in the lake.
	Warehouse string
	// WarehouseSchema is the schema of loaded tables (curated).
	WarehouseSchema string
	// WarehousePassword is a reference to the password; "" is none.
	WarehousePassword string
	// Sources that have a name, as they are in File.
	Sources []Named
	// Indexes and Views of the warehouse, as they are in File.
	Indexes, Views []Named
}

// Named is a part of df360.yaml that others read.
type Named struct {
	Name string
	Node *yaml.Node
}

func defaults() Settings {
	return Settings{
		Lake: DefaultLake, LockTimeout: DefaultLockTimeout, Compression: "snappy",
		LogFormat: "text", Progress: "auto", WarehouseSchema: DefaultSchema,
	}
}

// LogFormats are the values of log_format.
func LogFormats() []string { return []string{"text", "json"} }

// ProgressModes are the values of progress.
func ProgressModes() []string { return []string{"auto", "always", "never"} }

// Compressions are the values of lake.compression.
func Compressions() []string { return []string{"snappy", "zstd"} }

// setting is one thing that can be set. In df360.yaml a dot is one level; the
// environment variable is DF360_ and the key in capitals, dots as underscores.
type setting struct {
	key  string
	path place // what of its value starts from the folder of df360.yaml, if it is a relative path
	set  func(s *Settings, value string) error
}

// place says where in a value a path is.
type place int

const (
	nowhere place = iota
	whole         // the value is one
	behind        // behind duckdb: or file:
)

func settingList() []setting {
	return []setting{
		{"lake", whole, func(s *Settings, v string) error { return text(&s.Lake, v) }},
		{"lake.compression", nowhere, func(s *Settings, v string) error { return oneOf(&s.Compression, v, Compressions()) }},
		{"lock_timeout", nowhere, func(s *Settings, v string) error { return duration(&s.LockTimeout, v) }},
		{"memory_limit", nowhere, func(s *Settings, v string) error { return memory(&s.MemoryLimit, v) }},
		{"threads", nowhere, func(s *Settings, v string) error { return count(&s.Threads, v) }},
		{"temp_dir", whole, func(s *Settings, v string) error { return text(&s.TempDir, v) }},
		{"log_format", nowhere, func(s *Settings, v string) error { return oneOf(&s.LogFormat, v, LogFormats()) }},
		{"warehouse", behind, func(s *Settings, v string) error { return text(&s.Warehouse, v) }},
		{"warehouse.schema", nowhere, func(s *Settings, v string) error { return text(&s.WarehouseSchema, v) }},
		{"warehouse.password", behind, func(s *Settings, v string) error { return reference(&s.WarehousePassword, v) }},
		{"progress", nowhere, func(s *Settings, v string) error { return oneOf(&s.Progress, v, ProgressModes()) }},
	}
}

// Keys lists the settings as df360.yaml names them, a dot for one level.
func Keys() []string {
	var keys []string
	for _, s := range settingList() {
		keys = append(keys, s.key)
	}
	return keys
}

// IsKey reports whether there is a setting of that name.
func IsKey(key string) bool { return slices.Contains(Keys(), key) }

// Set sets what key names. The error says what is wrong with the value only.
func (s *Settings) Set(key, value string) error {
	for _, known := range settingList() {
		if known.key == key {
			return known.set(s, value)
		}
	}
	return fmt.Errorf("there is no setting %q", key)
}

func text(into *string, value string) error {
	if strings.TrimSpace(value) == "" {
		return fmt.Errorf("the value is empty")
	}
	if strings.ContainsRune(value, 0) {
		return fmt.Errorf("the value holds a NUL byte")
	}
	*into = value
	return nil
}

// reference takes a secret's place, never the secret itself.
func reference(into *string, value string) error {
	if !secret.IsReference(value) {
		return fmt.Errorf("a secret cannot be written here: write env:NAME or file:PATH")
	}
	*into = value
	return nil
}

func oneOf(into *string, value string, have []string) error {
	if slices.Contains(have, value) {
		*into = value
		return nil
	}
	if near := nearest.Of(value, have); near != "" {
		return fmt.Errorf("%q is not one of %s: did you mean %s?", value, strings.Join(have, ", "), near)
	}
	return fmt.Errorf("%q is not one of %s", value, strings.Join(have, ", "))
}

func duration(into *time.Duration, value string) error {
	d, err := time.ParseDuration(strings.TrimSpace(value))
	if err != nil || d < 0 {
		return fmt.Errorf("%q is not a duration such as 500ms, 2s or 1m", value)
	}
	*into = d
	return nil
}

func memory(into *int64, value string) error {
	n, err := ParseSize(value)
	if err != nil {
		return err
	}
	if n < leastMemory {
		return fmt.Errorf("%q is too little: the engine needs 64MiB", value)
	}
	*into = n
	return nil
}

func count(into *int, value string) error {
	n, err := strconv.Atoi(strings.TrimSpace(value))
	if err != nil || n < 0 || n > mostThreads {
		return fmt.Errorf("%q is not a number from 0 (all cores) to %d", value, mostThreads)
	}
	*into = n
	return nil
}
