package transform

import (
	"embed"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/nearest"
)

//go:embed types/*.yaml
var builtinFiles embed.FS //nolint:gochecknoglobals // embedded files can only be a variable; nothing writes to it

// typesDir is the folder of a project that holds its types.
const typesDir = "types"

// mostBytes is far more than a type file needs.
const mostBytes = 1 << 20

// Builtins are the names of the built-in types.
func Builtins() []string {
	entries, err := builtinFiles.ReadDir(typesDir)
	if err != nil {
		return nil // the folder is part of the program
	}
	var names []string
	for _, e := range entries {
		names = append(names, baseName(e.Name()))
	}
	return names
}

// Find finds a type: a file where name looks like one (it ends in .yaml or .yml,
// or has a slash), else types/<name>.yaml of the project, else a built-in type.
// An unknown name is an error of kind usage that names the nearest one.
func Find(projectDir, name string) (*Type, error) {
	if IsFile(name) {
		return readFile(name)
	}
	for _, suffix := range []string{".yaml", ".yml"} {
		t, err := readFile(filepath.Join(projectDir, typesDir, name+suffix))
		if !errors.Is(err, fs.ErrNotExist) {
			return t, err
		}
	}
	if slices.Contains(Builtins(), name) {
		file := path.Join(typesDir, name+".yaml")
		data, err := builtinFiles.ReadFile(file)
		if err != nil {
			return nil, fault.New(fault.Internal, "read built-in type %s: %w", name, err)
		}
		return Parse(file, data)
	}
	return nil, unknownType(projectDir, name)
}

// IsFile reports whether a type is named by its file.
func IsFile(name string) bool {
	ext := filepath.Ext(name)
	return ext == ".yaml" || ext == ".yml" || strings.ContainsRune(name, '/')
}

func readFile(name string) (*Type, error) {
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &fault.Error{Code: fault.Usage, Msg: "there is no type file " + name, Err: err}
	}
	if err == nil && (info.IsDir() || info.Size() > mostBytes) {
		return nil, fault.New(fault.Usage, "%s is not a type file", name)
	}
	var data []byte
	if err == nil {
		data, err = os.ReadFile(name) //nolint:gosec // the file that the user names
	}
	if err != nil {
		return nil, fault.OS(err, "read type file %s", name)
	}
	t, err := Parse(name, data)
	if err != nil {
		return nil, err
	}
	t.Path = name
	return t, nil
}

func unknownType(projectDir, name string) error {
	have := Builtins()
	entries, err := os.ReadDir(filepath.Join(projectDir, typesDir))
	if err == nil { // a project need not have types of its own
		for _, e := range entries {
			if ext := filepath.Ext(e.Name()); ext == ".yaml" || ext == ".yml" {
				have = append(have, baseName(e.Name()))
			}
		}
	}
	slices.Sort(have)
	e := fault.New(fault.Usage, "there is no type %q", name)
	if near := nearest.Of(name, have); near != "" {
		return e.WithHint("did you mean --type %s?", near)
	}
	return e.WithHint("there are %s; a file is named with its ending: --type %s.yaml", strings.Join(slices.Compact(have), ", "), name)
}
