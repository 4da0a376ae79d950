package main

import (
	"context"
	"fmt"
	"io"

	"github.com/kalpafall/df360/ingest/file"
	"github.com/kalpafall/df360/internal/table"
	"github.com/kalpafall/df360/lake"
)

// filePlan is what a dry run tells of a file.
type filePlan struct {
	Path  string `json:"path"`
	Bytes int64  `json:"bytes"`
	Note  string `json:"note"`
}

// planIngestFile tells which files would be taken.
func (a *app) planIngestFile(ctx context.Context, l *lake.Lake, ref lake.Ref, source *file.Source) (*outcome, error) {
	snap, err := l.Lookup(ctx, ref, lake.Latest)
	if err != nil {
		return nil, err
	}
	version := int64(-1)
	var plans []file.Plan
	if snap != nil {
		version = snap.Version
		plans, err = source.Plan(ctx, snap.Progress)
	} else {
		plans, err = source.Plan(ctx, nil)
	}
	if err != nil {
		return nil, err
	}
	rows := []filePlan{}
	s, _ := nothingNew(ref, version)
	for _, p := range plans {
		row := filePlan{Path: p.Path, Bytes: p.Bytes, Note: "would be taken"}
		switch {
		case p.Err != nil:
			row.Note = p.Err.Error()
		case p.Taken:
			row.Note = "taken before"
			s.FilesSkipped++
		}
		rows = append(rows, row)
	}
	return &outcome{
		Summary: s, Result: rows, Closing: fmt.Sprintf("ingest file %s: %s looked at, nothing written", ref.Name, plural(int64(len(rows)), "file")),
		Text: func(w io.Writer) error {
			var cells [][]string
			for _, r := range rows {
				cells = append(cells, []string{r.Path, size(uint64(max(r.Bytes, 0))), r.Note})
			}
			return table.Grid(w, []string{"file", "size", ""}, []bool{false, true}, cells)
		},
	}, nil
}
