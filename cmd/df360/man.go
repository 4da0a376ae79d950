package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/kalpafall/df360/internal/fault"
)

// manPage is one command's manual page.
type manPage struct {
	Name string `json:"name"` // df360-version.1
	Text string `json:"text,omitempty"`
}

func newManCmd(a *app) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "man [COMMAND...]",
		Short: "prints the manual page of a command, or writes all pages into a folder",
		Example: `  df360 man | man -l -
  df360 man version | man -l -
  df360 man --dir /usr/local/share/man/man1`,
		Args: arguments(0, -1, "the words of a command, or nothing"),
	}
	cmd.RunE = a.command("man", func(_ context.Context, args []string) (*outcome, error) {
		if dir != "" {
			return a.writeManPages(cmd.Root(), dir)
		}
		at := cmd.Root()
		for _, word := range args {
			next := child(at, word)
			if next == nil || !next.IsAvailableCommand() {
				return nil, unknownCommand(at, word)
			}
			at = next
		}
		page, err := manOf(at)
		return &outcome{Result: page, Text: func(w io.Writer) error {
			_, err := io.WriteString(w, page.Text)
			return err
		}}, err
	})
	cmd.Flags().StringVar(&dir, "dir", "", "write the pages of all commands into this `FOLDER`")
	a.dryRunFlag(cmd)
	return cmd
}

// manOf makes the page of one command. Its date is that of the source, so that
// the same program always makes the same page.
func manOf(cmd *cobra.Command) (manPage, error) {
	date := time.Unix(0, 0).UTC()
	if t := readVersion().Committed; t != nil {
		date = t.UTC()
	}
	cmd.DisableAutoGenTag = true
	var b bytes.Buffer
	header := &doc.GenManHeader{Section: "1", Source: "df360", Manual: "df360", Date: &date}
	if err := doc.GenMan(cmd, header, &b); err != nil {
		return manPage{}, fmt.Errorf("make the page of %s: %w", cmd.CommandPath(), err)
	}
	return manPage{Name: strings.ReplaceAll(cmd.CommandPath(), " ", "-") + ".1", Text: b.String()}, nil
}

func (a *app) writeManPages(root *cobra.Command, dir string) (*outcome, error) {
	pages, err := allPages(root)
	if err != nil {
		return nil, err
	}
	out := &outcome{Closing: "man: " + plural(int64(len(pages)), "page") + " written to " + dir}
	if a.dryRun {
		out.Closing = "man: would write " + plural(int64(len(pages)), "page") + " to " + dir
	} else if err := writePages(dir, pages); err != nil {
		return nil, err
	}
	for i := range pages {
		pages[i].Text = ""
	}
	out.Result = pages
	return out, nil
}

func allPages(cmd *cobra.Command) ([]manPage, error) {
	page, err := manOf(cmd)
	pages := []manPage{page}
	for _, c := range cmd.Commands() {
		if err != nil || !c.IsAvailableCommand() {
			continue
		}
		var more []manPage
		more, err = allPages(c)
		pages = slices.Concat(pages, more)
	}
	return pages, err
}

func writePages(dir string, pages []manPage) error {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // manual pages are for everybody
		return fault.OS(err, "make folder %s", dir)
	}
	for _, p := range pages {
		if err := os.WriteFile(filepath.Join(dir, p.Name), []byte(p.Text), 0o644); err != nil { //nolint:gosec // manual pages are for everybody
			return fault.OS(err, "write manual page")
		}
	}
	return nil
}
