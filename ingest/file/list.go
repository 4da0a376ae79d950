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
// whose names begin with _ are left out, but where they are named; links to
// folders are followed where they are named. A path that means nothing is among
// the problems.
func List(paths []string) (files []string, problems []error) {
	seen := map[string]bool{}
	for _, path := range paths {
		found, wrong := expand(path)
		problems = append(problems, wrong...)
		for _, f := range found {
			if !seen[f] {
				seen[f] = true
				files = append(files, f)
			}
		}
	}
	return files, problems
}

func expand(path string) ([]string, []error) {
	if path == Stdin {
		return []string{path}, nil
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		found, problems := below(path, func(string) bool { return true })
		if len(found) == 0 && len(problems) == 0 {
			problems = []error{fault.New(fault.NotFound, "folder %s has no files", path)}
		}
		return found, problems
	case err == nil:
		return []string{path}, nil
	case !strings.ContainsAny(path, "*?["):
		return nil, []error{unreadable(err, path)}
	}
	return glob(path)
}

// unreadable is the error of a file or folder, named once.
func unreadable(err error, path string) error {
	var named *fs.PathError
	if errors.As(err, &named) {
		err = named.Err
	}
	return fault.OS(err, "%s", path)
}

// below lists the files of a folder and of the folders in it. What cannot be
// listed is among the problems.
func below(dir string, want func(path string) bool) (files []string, problems []error) {
	// The separator at the end makes a link the folder that it leads to.
	root := strings.TrimSuffix(dir, string(filepath.Separator)) + string(filepath.Separator)
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error { // it returns no error itself
		path = filepath.Clean(path)
		switch {
		case err != nil:
			problems = append(problems, unreadable(err, path))
			return fs.SkipDir
		case path != filepath.Clean(dir) && hidden(d.Name()):
			if d.IsDir() {
				return fs.SkipDir
			}
		case !d.IsDir() && isFile(path, d) && want(path):
			files = append(files, path)
		}
		return nil
	})
	return files, problems
}

func hidden(name string) bool {
	return strings.HasPrefix(name, ".") && name != "." && name != ".." || strings.HasPrefix(name, "_")
}

// isFile follows links to files. One that leads nowhere is a file that cannot be
// read.
func isFile(path string, d fs.DirEntry) bool {
	if d.Type()&fs.ModeSymlink == 0 {
		return d.Type().IsRegular()
	}
	info, err := os.Stat(path)
	return err != nil || info.Mode().IsRegular()
}

func glob(pattern string) (files []string, problems []error) {
	if _, err := filepath.Match(pattern, ""); err != nil {
		return nil, []error{fault.New(fault.Usage, "the pattern %s: %w", pattern, err)}
	}
	if strings.Contains(pattern, "**") {
		files, problems = globDeep(pattern)
	} else {
		found, _ := filepath.Glob(pattern) // its only error is that of Match
		for _, path := range found {
			if hiddenBy(pattern, path) {
				continue
			}
			more, wrong := globbed(path)
			files, problems = append(files, more...), append(problems, wrong...)
		}
		slices.Sort(files)
	}
	if len(files) == 0 && len(problems) == 0 {
		problems = []error{fault.New(fault.NotFound, "no file matches %s", pattern)}
	}
	return files, problems
}

// hiddenBy reports whether a path that a pattern matches has a hidden part where
// the pattern names none.
func hiddenBy(pattern, path string) bool {
	parts := strings.Split(filepath.Clean(path), string(filepath.Separator))
	wants := strings.Split(filepath.Clean(pattern), string(filepath.Separator))
	for i, part := range parts {
		if hidden(part) && i < len(wants) && !hidden(wants[i]) {
			return true
		}
	}
	return false
}

// globbed is what a pattern matches: a folder stands for its files, if it has
// any.
func globbed(path string) ([]string, []error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, []error{unreadable(err, path)}
	case info.IsDir():
		return below(path, func(string) bool { return true })
	}
	return []string{path}, nil
}

// globDeep matches a pattern with **: everything below the folder that its first
// parts name.
func globDeep(pattern string) ([]string, []error) {
	parts := strings.Split(filepath.Clean(pattern), string(filepath.Separator))
	n := slices.IndexFunc(parts, func(p string) bool { return strings.ContainsAny(p, "*?[") })
	dir := strings.Join(parts[:n], string(filepath.Separator))
	switch {
	case n == 1 && parts[0] == "":
		dir = string(filepath.Separator)
	case n == 0:
		dir = "."
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, nil
	}
	return below(dir, func(path string) bool {
		return matches(parts, strings.Split(path, string(filepath.Separator)))
	})
}

// matches matches the parts of a path with those of a pattern.
func matches(pattern, path []string) bool {
	if len(pattern) == 0 {
		return len(path) == 0
	}
	if pattern[0] != "**" {
		if len(path) == 0 {
			return false
		}
		ok, err := filepath.Match(pattern[0], path[0])
		return ok && err == nil && matches(pattern[1:], path[1:])
	}
	if len(pattern) == 1 { // at the end it is everything
		return len(path) > 0
	}
	for n := range len(path) + 1 {
		if matches(pattern[1:], path[n:]) {
			return true
		}
	}
	return false
}
