package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/table"
	"github.com/kalpafall/df360/lake"
	"github.com/kalpafall/df360/warehouse"
)

// loadAll loads every processed dataset, and goes on behind one that fails.
func (a *app) loadAll(ctx context.Context, l *lake.Lake, target warehouse.Target, f *loadFlags, objects warehouse.Objects) (*outcome, error) {
	refs, err := processed(ctx, l)
	if err != nil {
		return nil, err
	}
	if len(refs) == 0 {
		return nil, fault.New(fault.NotFound, "there is no processed dataset in lake %s", l.Root()).WithHint("df360 transform makes them of raw ones")
	}
	results := []*loadResult{}
	var failed []string
	var last error
	for _, ref := range refs {
		res, err := a.loadOne(ctx, l, target, f, ref, objects)
		if res != nil {
			results = append(results, res)
		}
		if err == nil {
			continue
		}
		if ctx.Err() != nil {
			return nil, err
		}
		last = err
		failed = append(failed, ref.Name+": "+err.Error())
		if fault.CodeOf(err) == fault.Unreachable { // it is so for the others, too
			break
		}
	}
	var views *warehouse.Finished
	if len(results) > 0 && fault.CodeOf(last) != fault.Unreachable {
		if views, err = target.Finish(ctx, f.options(a, "", objects)); err != nil && ctx.Err() != nil {
			return nil, err
		}
	}
	s := summarizeLoads(target, results, views)
	s.Layer, s.Dataset = lake.Processed, "*"
	out := &outcome{Summary: s, Result: results, Closing: a.loadAllClosing(s, results) + s.extras(concerning(objects, s.Waiting, results))}
	switch {
	case len(failed) == 0:
		return out, err
	case len(results) == 0 && (len(refs) == 1 || fault.CodeOf(last) == fault.Unreachable):
		return nil, last
	}
	hint := fault.Hint(last)
	if hint == "" {
		hint = "the others are loaded; run it again when this is settled"
	}
	return out, fault.New(fault.Partial, "%d of %d datasets failed:\n%s", len(failed), len(refs), strings.Join(failed, "\n")).WithHint("%s", hint)
}

// processed lists the datasets of --all: with aggregates, without rejected rows.
func processed(ctx context.Context, l *lake.Lake) ([]lake.Ref, error) {
	entries, err := l.List(ctx)
	if err != nil {
		return nil, err
	}
	var refs []lake.Ref
	for _, e := range entries {
		switch {
		case e.Layer != lake.Processed, e.CompanionOf != "" && strings.HasSuffix(e.Name, lake.RejectedSuffix):
		default:
			refs = append(refs, e.Ref) // one with a problem tells it when it is opened
		}
	}
	return refs, nil
}

func (a *app) loadAllClosing(s loadSummary, results []*loadResult) string {
	loaded, there := 0, 0
	for _, r := range results {
		if r.There {
			there++
		} else {
			loaded++
		}
	}
	line := fmt.Sprintf("load --all: %s read, %s written, %s loaded", table.Count(s.RowsRead), table.Count(s.RowsWritten), plural(int64(loaded), "dataset"))
	if there > 0 {
		line += fmt.Sprintf(", %d with nothing new", there)
	}
	return line + " (" + seconds(a.elapsed()) + ")"
}
