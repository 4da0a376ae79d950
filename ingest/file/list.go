package file

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kalpafall/df360/internal/fault"
)

// Stdin is the path of standard input.
const Stdin = "-"

// List finds the files that paths mean: themselves, what a glob matches (** is
// any folders), and every file below a folder, in order. Hidden files and those
// whose names begin with _ are left out, but where they are named. A path that
// means nothing is among the problems.
func List(paths []string) (files []string, problems []error) {
	seen := map[string]bool{}
	add := func(path string) {
		if !seen[path] {
			seen[path] = true
			files = append(files, path)
		}
	}
	for _, path := range paths {
		found, err := expand(path)
		if err != nil {
			problems = append(problems, err)
		}
		for _, f := range found {
			add(f)
		}
	}
	return files, problems
}

func expand(path string) ([]string, error) {
	if path == Stdin {
		return []string{path}, nil
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return below(path, func(string) bool { return true })
	case err == nil:
		return []string{path}, nil
	case !strings.ContainsAny(path, "*?["):
		return nil, fault.OS(err, "read %s", path)
	}
	return glob(path)
}

// below lists the files of a folder and of the folders in it.
func below(dir string, want func(path string) bool) ([]string, error) {
	var out []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if path != dir && hidden(d.Name()) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if !d.IsDir() && isFile(path, d) && want(path) {
			out = append(out, path)
		}
		return nil
	})
	if err != nil {
		return out, fault.OS(err, "list folder %s", dir)
	}
	if len(out) == 0 {
		return nil, fault.New(fault.NotFound, "folder %s has no files", dir)
	}
	return out, nil
}

func hidden(name string) bool { return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") }

// isFile follows links to files.
func isFile(path string, d fs.DirEntry) bool {
	if d.Type().IsRegular() {
		return true
	}
	if d.Type()&fs.ModeSymlink == 0 {
		return false
	}
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func glob(pattern string) ([]string, error) {
	none := fault.New(fault.NotFound, "no file matches %s", pattern)
	head, tail, deep := strings.Cut(pattern, "**")
	if deep {
		dir := filepath.Dir(head + "x")
		tail = strings.TrimPrefix(tail, string(filepath.Separator))
		found, err := below(dir, func(path string) bool { return matchesTail(path, tail) })
		if err != nil && fault.CodeOf(err) != fault.NotFound {
			return nil, err
		}
		if len(found) == 0 {
			return nil, none
		}
		return found, nil
	}
	found, err := filepath.Glob(pattern)
	if err != nil {
		return nil, fault.New(fault.Usage, "the pattern %s: %w", pattern, err)
	}
	var out []string
	var problems []error
	for _, path := range found {
		if hidden(filepath.Base(path)) && !hidden(filepath.Base(pattern)) {
			continue
		}
		files, err := expand(path)
		out, problems = append(out, files...), append(problems, err)
	}
	slices.Sort(out)
	if len(out) == 0 {
		return nil, errors.Join(append(problems, none)...)
	}
	return out, nil
}

// matchesTail matches the last parts of a path with what follows ** in a
// pattern.
func matchesTail(path, tail string) bool {
	if tail == "" {
		return true
	}
	want := strings.Split(tail, string(filepath.Separator))
	have := strings.Split(path, string(filepath.Separator))
	if len(have) < len(want) {
		return false
	}
	ok, err := filepath.Match(tail, strings.Join(have[len(have)-len(want):], string(filepath.Separator)))
	return ok && err == nil
}
