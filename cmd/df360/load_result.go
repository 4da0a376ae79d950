package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/kalpafall/df360/internal/table"
	"github.com/kalpafall/df360/warehouse"
)

// loadResult is what load did with one dataset, in `result` under --json.
type loadResult struct {
	Dataset   string         `json:"dataset"`
	Layer     string         `json:"layer"`
	Version   *int64         `json:"version"`
	Operation warehouse.Mode `json:"operation"`
	Rows      int64          `json:"rows"`
	Files     []fileResult   `json:"files"` // that were read
	*warehouse.Result
}

// loadSummary is the summary of load.
type loadSummary struct {
	dataSummary
	Target       string `json:"target"` // the database, without a password
	Schema       string `json:"schema"`
	Table        string `json:"table"`
	Mode         string `json:"mode"`
	AlreadyThere bool   `json:"already_there"`
	RowsDeleted  int64  `json:"rows_deleted"`
	NULReplaced  int64  `json:"nul_replaced"`
	warehouse.Finished
}

func newLoadResult(in *loadInput, res *warehouse.Result) *loadResult {
	r := &loadResult{
		Dataset: in.ref.Name, Layer: in.ref.Layer, Version: versionOf(in.Version), Operation: res.Mode, Rows: res.RowsWritten,
		Files: in.read, Result: res,
	}
	if r.Files == nil {
		r.Files = []fileResult{}
	}
	return r
}

// summarizeLoads sums up loads of one dataset, or of several. views may be nil.
func summarizeLoads(target warehouse.Target, results []*loadResult, views *warehouse.Finished) loadSummary {
	if views == nil {
		views = warehouse.NewFinished()
	}
	s := loadSummary{Target: target.String(), AlreadyThere: true, Finished: *views}
	for _, r := range results {
		s.RowsRead += r.RowsRead
		s.RowsWritten += r.RowsWritten
		s.RowsDuplicate += r.RowsDuplicate
		s.RowsDeleted += r.RowsDeleted
		s.NULReplaced += r.NULs
		s.Files += len(r.Files)
		for _, f := range r.Files {
			s.Bytes += f.Bytes
		}
		s.AlreadyThere = s.AlreadyThere && r.There
		s.Schema, s.Mode, s.Layer = r.Schema, string(r.Mode), r.Layer
	}
	if len(results) == 1 {
		r := results[0]
		s.Dataset, s.Version, s.Table = r.Dataset, r.Version, r.Table
	}
	return s
}

// loadClosing is the closing line of one load.
func (a *app) loadClosing(r *loadResult) string {
	version := ""
	if r.Version != nil {
		version = " v" + strconv.FormatInt(*r.Version, 10)
	}
	head := "load " + r.Dataset + ": "
	place := " → " + r.Schema + "." + r.Table
	switch {
	case a.dryRun && !r.There:
		return head + "dry run, would load " + plural(r.RowsRead, "row") + place + version
	case r.There:
		return head + strings.TrimSpace("nothing new "+bracket(version))
	}
	counts := []string{table.Count(r.RowsRead) + " read", table.Count(r.RowsWritten) + " written"}
	if r.RowsDuplicate > 0 {
		counts = append(counts, plural(r.RowsDuplicate, "duplicate"))
	}
	if r.RowsDeleted > 0 {
		counts = append(counts, "in the place of "+table.Count(r.RowsDeleted))
	}
	if r.NULs > 0 {
		counts = append(counts, plural(r.NULs, "NUL")+" replaced")
	}
	indexes := ""
	if len(r.Indexes) > 0 {
		indexes = ", " + indexCount(len(r.Indexes)) + " made"
	}
	return head + strings.Join(counts, ", ") + place + version + indexes + " (" + seconds(a.elapsed()) + ")"
}

func bracket(version string) string {
	if version == "" {
		return ""
	}
	return "(" + strings.TrimSpace(version) + ")"
}

// concerning leaves of the views that wait those that read a table of results: of
// the others there is nothing to tell yet.
func concerning(objects warehouse.Objects, waiting []string, results []*loadResult) []string {
	var out []string
	for _, v := range objects.Views {
		reads := slices.ContainsFunc(results, func(r *loadResult) bool { return strings.Contains(v.SQL, r.Table) })
		if reads && slices.Contains(waiting, v.Name) {
			out = append(out, v.Name)
		}
	}
	return out
}

// extras tells of views, for the closing line.
func (s loadSummary) extras(waiting []string) string {
	var line string
	for _, p := range []struct {
		what  string
		names []string
	}{{"views made", s.Made}, {"refreshed", s.Refreshed}, {"views that wait for other tables", waiting}} {
		if len(p.names) > 0 {
			line += "; " + p.what + ": " + strings.Join(p.names, ", ")
		}
	}
	return line
}

func indexCount(n int) string {
	if n == 1 {
		return "1 index"
	}
	return strconv.Itoa(n) + " indexes"
}
