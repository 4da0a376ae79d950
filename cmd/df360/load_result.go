package main

import (
	"fmt"
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

// summary sums up loads of one dataset, or of several.
func summarizeLoads(target warehouse.Target, results []*loadResult) loadSummary {
	s := loadSummary{Target: target.String(), AlreadyThere: true}
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

func (a *app) loadOutcome(target warehouse.Target, r *loadResult) *outcome {
	return &outcome{
		Summary: summarizeLoads(target, []*loadResult{r}), Result: []*loadResult{r}, Closing: a.loadClosing(r),
	}
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
		return head + strings.TrimSpace("nothing new "+bracket(version)) + extras(r.Result)
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
	return head + strings.Join(counts, ", ") + place + version + extras(r.Result) + " (" + seconds(a.elapsed()) + ")"
}

func bracket(version string) string {
	if version == "" {
		return ""
	}
	return "(" + strings.TrimSpace(version) + ")"
}

// extras tells of views and indexes.
func extras(r *warehouse.Result) string {
	var parts []string
	for _, p := range []struct {
		names []string
		what  string
	}{{r.Indexes, "indexes made: %s"}, {r.Views, "views made: %s"}, {r.Refreshed, "refreshed: %s"}, {r.Waiting, "not yet possible: %s"}} {
		if len(p.names) > 0 {
			parts = append(parts, fmt.Sprintf(p.what, strings.Join(p.names, ", ")))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "; " + strings.Join(parts, "; ")
}
