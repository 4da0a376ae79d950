package main

import (
	"context"
	"embed"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kalpafall/df360/internal/fault"
)

// scaffold is what init writes. A file named gitignore gets its dot there:
// one with a dot would hide files of this repository.
//
//go:embed scaffold
var scaffold embed.FS

// initResult is what init did.
type initResult struct {
	Dir     string   `json:"dir"`
	Written []string `json:"written"`
	Kept    []string `json:"kept"` // they were there
}

func newInitCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "init [DIR]",
		Short: "makes a project: settings, a dataset type and made-up data to start from",
		Long: `Writes df360.yaml, types/, fake/ and .gitignore into DIR (default: here). A file that
is there already is kept as it is.`,
		Example: `  df360 init
  df360 init my_project`,
		Args: arguments(0, 1, "at most one folder"),
		RunE: a.command("init", func(_ context.Context, args []string) (*outcome, error) {
			dir := "."
			if len(args) == 1 {
				dir = args[0]
			}
			return a.runInit(dir)
		}),
	}
	a.dryRunFlag(cmd)
	return cmd
}

func (a *app) runInit(dir string) (*outcome, error) {
	if dir == "" {
		return nil, fault.New(fault.Usage, "the folder's path is empty")
	}
	files, err := scaffoldFiles()
	if err != nil {
		return nil, err
	}
	result := initResult{Dir: dir, Written: []string{}, Kept: []string{}}
	if a.dryRun {
		result.preview(files)
	} else if err := result.write(files); err != nil {
		return nil, err
	}
	written := plural(int64(len(result.Written)), "file") + " written"
	if a.dryRun {
		written = "would write " + plural(int64(len(result.Written)), "file")
	}
	out := &outcome{Result: result, Closing: "init " + dir + ": " + written, Text: result.print}
	if n := len(result.Kept); n > 0 {
		out.Closing += ", " + plural(int64(n), "file") + " kept as they were"
	}
	return out, nil
}

// scaffoldFiles are the files to write: names in the project, and their text.
func scaffoldFiles() (map[string][]byte, error) {
	files := map[string][]byte{}
	err := fs.WalkDir(scaffold, "scaffold", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := scaffold.ReadFile(name)
		name = strings.TrimPrefix(name, "scaffold/")
		if name == "gitignore" {
			name = ".gitignore"
		}
		files[name] = data
		return err
	})
	return files, err
}

func (r *initResult) preview(files map[string][]byte) {
	for _, name := range sortedNames(files) {
		if _, err := os.Lstat(path.Join(r.Dir, name)); err == nil {
			r.Kept = append(r.Kept, name)
			continue
		}
		r.Written = append(r.Written, name)
	}
}

func (r *initResult) write(files map[string][]byte) (err error) {
	if err := os.MkdirAll(r.Dir, 0o755); err != nil { //nolint:gosec // a project is shared like any source
		return fault.OS(err, "make folder %s", r.Dir)
	}
	root, err := os.OpenRoot(r.Dir)
	if err != nil {
		return fault.OS(err, "open folder %s", r.Dir)
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	for _, name := range sortedNames(files) {
		if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
			return fault.OS(err, "make folder %s", path.Join(r.Dir, path.Dir(name)))
		}
		err := writeNew(root, name, files[name])
		switch {
		case errors.Is(err, fs.ErrExist):
			r.Kept = append(r.Kept, name)
		case err != nil:
			return fault.OS(err, "write %s", path.Join(r.Dir, name))
		default:
			r.Written = append(r.Written, name)
		}
	}
	return nil
}

func writeNew(root *os.Root, name string, data []byte) error {
	f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

func (r *initResult) print(w io.Writer) error {
	var b strings.Builder
	for _, name := range r.Written {
		b.WriteString("written  " + path.Join(r.Dir, name) + "\n")
	}
	for _, name := range r.Kept {
		b.WriteString("kept     " + path.Join(r.Dir, name) + "\n")
	}
	_, err := io.WriteString(w, printable(b.String()))
	return err
}
