package main

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/kalpafall/df360/internal/table"
	"github.com/kalpafall/df360/lake"
)

// dataSummary is what the commands that write data say of the main dataset.
// RowsRead = RowsWritten + RowsRejected + RowsDuplicate.
type dataSummary struct {
	Dataset       string `json:"dataset"`
	Layer         string `json:"layer"`
	Version       *int64 `json:"version"` // null where nothing was ever committed
	RowsRead      int64  `json:"rows_read"`
	RowsWritten   int64  `json:"rows_written"`
	RowsRejected  int64  `json:"rows_rejected"`
	RowsDuplicate int64  `json:"rows_duplicate"`
	Files         int    `json:"files"`
	FilesSkipped  int    `json:"files_skipped"`
	Bytes         int64  `json:"bytes"`
}

// datasetResult is what one commit did to one dataset, companions too.
type datasetResult struct {
	Dataset   string         `json:"dataset"`
	Layer     string         `json:"layer"`
	Version   int64          `json:"version"` // of the main dataset
	Operation lake.Operation `json:"operation"`
	Rows      int64          `json:"rows"` // of this commit
	Files     []fileResult   `json:"files"`
}

// fileResult is one file of a commit. Path is relative to the lake's root.
type fileResult struct {
	Path  string `json:"path"`
	Rows  int64  `json:"rows"`
	Bytes int64  `json:"bytes"`
}

// committed sums up the commits of a run on the main dataset ref, oldest first.
func committed(ref lake.Ref, records ...*lake.Record) (dataSummary, []datasetResult) {
	s := dataSummary{Dataset: ref.Name, Layer: ref.Layer}
	results := []datasetResult{}
	for _, r := range records {
		s.Version = &r.Version
		s.RowsRead += r.Counts.Read
		s.RowsWritten += r.Counts.Written
		s.RowsRejected += r.Counts.Rejected
		s.RowsDuplicate += r.Counts.Duplicate
		for _, d := range recordResults(ref, r) {
			results = append(results, d)
			if d.Dataset != ref.Name {
				continue
			}
			s.Files += len(d.Files)
			for _, f := range d.Files {
				s.Bytes += f.Bytes
			}
		}
	}
	return s, results
}

// nothingNew is the summary of a run that had nothing to commit. version is the
// newest there is, negative where there is none.
func nothingNew(ref lake.Ref, version int64) (dataSummary, []datasetResult) {
	s, results := committed(ref)
	if version >= 0 {
		s.Version = &version
	}
	return s, results
}

// recordResults lists a record's datasets, the main one first, then by name.
func recordResults(main lake.Ref, r *lake.Record) []datasetResult {
	var names []string
	for name := range r.Datasets {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		switch {
		case a == main.Name:
			return -1
		case b == main.Name:
			return 1
		}
		return strings.Compare(a, b)
	})
	var out []datasetResult
	for _, name := range names {
		d := datasetResult{Dataset: name, Layer: main.Layer, Version: r.Version, Operation: r.Operation, Files: []fileResult{}}
		for _, f := range r.Datasets[name].Add {
			d.Rows += f.Rows
			d.Files = append(d.Files, fileResult{Path: path.Join(main.Layer, name, f.Path), Rows: f.Rows, Bytes: f.Bytes})
		}
		out = append(out, d)
	}
	return out
}

// closing is the closing line of a command that writes data: what it read,
// wrote and put aside, zero counts left out, and the version it made.
func (a *app) closing(command string, s dataSummary) string {
	head := command + " " + s.Dataset + ": "
	if s.RowsRead == 0 && s.Files == 0 {
		if s.Version == nil {
			return head + "nothing new"
		}
		return head + "nothing new (v" + strconv.FormatInt(*s.Version, 10) + ")"
	}
	var counts []string
	for _, c := range []struct {
		n    int64
		text string
	}{
		{s.RowsRead, table.Count(s.RowsRead) + " read"},
		{s.RowsWritten, table.Count(s.RowsWritten) + " written"},
		{s.RowsRejected, table.Count(s.RowsRejected) + " rejected"},
		{s.RowsDuplicate, plural(s.RowsDuplicate, "duplicate")},
	} {
		if c.n > 0 {
			counts = append(counts, c.text)
		}
	}
	if len(counts) == 0 {
		counts = []string{"0 rows"}
	}
	line := head + strings.Join(counts, ", ")
	if s.Version != nil {
		line += " → " + s.Layer + " v" + strconv.FormatInt(*s.Version, 10)
	}
	return line + " (" + seconds(a.elapsed()) + ")"
}
