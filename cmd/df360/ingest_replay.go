package main

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kalpafall/df360/ingest"
	"github.com/kalpafall/df360/ingest/file"
	"github.com/kalpafall/df360/ingest/kafka"
	"github.com/kalpafall/df360/ingest/replay"
	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/unite"
	"github.com/kalpafall/df360/lake"
)

func newIngestReplayCmd(a *app) *cobra.Command {
	f := &ingestFlags{}
	cmd := &cobra.Command{
		Use:   "replay --dataset NAME",
		Short: "takes in rejected rows that fit by now",
		Long: `Reads the rows of raw.NAME_rejected again, under the types that the dataset has now. Those
that fit go to raw.NAME and leave NAME_rejected, in one commit; the others stay.`,
		Example: `  df360 lake alter raw.orders --column amount --type DOUBLE
  df360 ingest replay --dataset orders`,
		Args: arguments(0, 0, "no arguments"),
	}
	cmd.RunE = a.command("ingest replay", func(ctx context.Context, _ []string) (*outcome, error) {
		if err := require(cmd, "dataset"); err != nil {
			return nil, err
		}
		if err := f.settle(a); err != nil {
			return nil, err
		}
		return a.runReplay(ctx, f)
	})
	a.addIngestFlags(cmd, f)
	a.lakeFlags(cmd)
	a.writeFlags(cmd)
	a.engineFlags(cmd)
	a.progressFlag(cmd)
	return cmd
}

func (a *app) runReplay(ctx context.Context, f *ingestFlags) (*outcome, error) {
	ref, err := f.ref()
	if err != nil {
		return nil, err
	}
	l, err := a.openLake("ingest replay")
	if err != nil {
		return nil, err
	}
	snap, err := l.Snapshot(ctx, ref, lake.Latest)
	if err != nil {
		return nil, err
	}
	rejected, err := l.Lookup(ctx, lake.Ref{Layer: ref.Layer, Name: ref.Name + lake.RejectedSuffix}, lake.Latest)
	if err != nil {
		return nil, err
	}
	out := &ingestRun{name: "ingest replay", ref: ref, store: &ingestStore{l: l, ref: ref, version: snap.Version}}
	if rejected != nil && rejected.Rows > 0 {
		if err := a.replayAll(ctx, f, out, rejected); err != nil {
			return nil, err
		}
	}
	s, results := out.summary()
	closing := out.closing(a, s)
	if rejected != nil && rejected.Rows > 0 && len(out.store.records) == 0 {
		closing = "ingest replay " + ref.Name + ": none of " + plural(rejected.Rows, "rejected row") + " fits (" + versionName(snap.Version) + ")"
	}
	return &outcome{Summary: s, Result: results, Closing: closing}, nil
}

// replayAll reads the rejected rows of one source after the other.
func (a *app) replayAll(ctx context.Context, f *ingestFlags, out *ingestRun, rejected *lake.Snapshot) error {
	names, err := a.rejectedSources(ctx, out.store.l, rejected)
	if err != nil {
		return err
	}
	for _, name := range names {
		r := &replayer{a: a, source: name, store: out.store}
		out.store.replay = r
		source := replay.New(name, sourceColumns(name), r.rows)
		o := f.options(a)
		o.Done = func(context.Context) { source.Done() }
		run, err := a.ingestInto(ctx, out.name, out.store, source, o)
		if err != nil {
			return err
		}
		out.report.Renamed = append(out.report.Renamed, run.report.Renamed...)
	}
	return nil
}

// sourceColumns are the columns that a source adds to its rows.
func sourceColumns(name string) []ingest.Column {
	if name == kafka.Name {
		return kafka.Columns()
	}
	return nil
}

// rejectedSources lists the sources that rejected rows are from.
func (a *app) rejectedSources(ctx context.Context, l *lake.Lake, rejected *lake.Snapshot) ([]string, error) {
	var names []string
	err := a.overSnapshot(ctx, l, rejected, func(session *duck.Session, relation *unite.Relation) error {
		rows, err := session.Query(ctx, "SELECT DISTINCT "+duck.Ident(ingest.SourceColumn)+" FROM ("+relation.SQL()+") ORDER BY 1")
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }() // only read
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				return err
			}
			names = append(names, name)
		}
		return rows.Err()
	})
	return names, err
}

// overSnapshot calls f with an engine and a dataset's rows.
func (a *app) overSnapshot(ctx context.Context, l *lake.Lake, s *lake.Snapshot, f func(*duck.Session, *unite.Relation) error) (err error) {
	pin, err := l.Pin(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pin.Close()) }()
	relation, err := united(l, s, pin.Paths(s))
	if err != nil {
		return err
	}
	session, err := duck.Open(ctx, a.duckOptions())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	return f(session, relation)
}

// replayer reads the rejected rows of one source, as a commit finds them.
type replayer struct {
	a        *app
	source   string
	store    *ingestStore
	rejected *lake.Snapshot // of the commit that is being made
}

// csvFile is how a CSV file was read; nil where a path had several headers.
type csvFile struct{ csv *replay.CSV }

// rows yields the rejected rows of the source.
func (r *replayer) rows(ctx context.Context, yield func(replay.Row) error) error {
	return r.a.overSnapshot(ctx, r.store.l, r.rejected, func(session *duck.Session, relation *unite.Relation) error {
		for i, f := range r.rejected.Files {
			headers, err := r.headersOf(ctx, f.Version)
			if err != nil {
				return err
			}
			if err := r.fileRows(ctx, session, relation.Select(nil, []int{i}), headers, yield); err != nil {
				return err
			}
		}
		return nil
	})
}

// fileRows yields the rows of one file.
func (r *replayer) fileRows(ctx context.Context, session *duck.Session, from string, headers map[string]*csvFile, yield func(replay.Row) error) error {
	meta := "'{}'"
	if own := r.ownColumns(); len(own) > 0 {
		var items []string
		for _, c := range own {
			items = append(items, duck.Literal(c)+": "+duck.Ident(c))
		}
		meta = "to_json({" + strings.Join(items, ", ") + "})::VARCHAR"
	}
	rows, err := session.Query(ctx, "SELECT _raw, _reason, coalesce(_column, ''), _origin, epoch_us("+duck.Ident(ingest.TimeColumn)+"), "+meta+
		" FROM ("+from+") WHERE "+duck.Ident(ingest.SourceColumn)+" = "+duck.Literal(r.source))
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // only read
	for rows.Next() {
		var row replay.Row
		var own string
		if err := rows.Scan(&row.Raw, &row.Reason, &row.Column, &row.Origin, &row.At, &own); err != nil {
			return err
		}
		row.Meta = []byte(own)
		if at := strings.LastIndexByte(row.Origin, ':'); at >= 0 && r.source == file.Name {
			if known, ok := headers[row.Origin[:at]]; ok {
				row.CSV, row.Lost = known.csv, known.csv == nil
			}
		}
		if err := yield(row); err != nil {
			return err
		}
	}
	return rows.Err()
}

// ownColumns are the source's columns that rejected rows have.
func (r *replayer) ownColumns() []string {
	var out []string
	for _, c := range sourceColumns(r.source) {
		if slices.ContainsFunc(r.rejected.Schema, func(have lake.Column) bool { return have.Name == c.Name }) {
			out = append(out, c.Name)
		}
	}
	return out
}

// headersOf are the CSV files that a commit took, by path.
func (r *replayer) headersOf(ctx context.Context, version int64) (map[string]*csvFile, error) {
	if r.source != file.Name {
		return nil, nil
	}
	records, err := r.store.l.Records(ctx, r.store.ref, version, version)
	if err != nil {
		return nil, err
	}
	snap, err := r.store.l.Snapshot(ctx, r.store.ref, version)
	if err != nil {
		return nil, err
	}
	taken, err := file.Taken(progressMember(records[0].Progress, file.Name), progressMember(snap.Progress, file.Name))
	if err != nil {
		return nil, err
	}
	out := map[string]*csvFile{}
	for _, t := range taken {
		if known, ok := out[t.Path]; ok && known.csv != nil && t.CSV != nil && !slices.Equal(known.csv.Header.Names, t.CSV.Header.Names) {
			out[t.Path] = &csvFile{}
			continue
		}
		if t.CSV != nil {
			out[t.Path] = &csvFile{&replay.CSV{Header: t.CSV.Header, Dialect: t.CSV.Dialect}}
		}
	}
	return out, nil
}

// progressMember is a source's member of a dataset's progress.
func progressMember(progress json.RawMessage, name string) json.RawMessage {
	var all map[string]json.RawMessage
	if json.Unmarshal(progress, &all) != nil {
		return nil
	}
	return all[name]
}

// change turns a commit of ingested rows into one that takes them out of the
// rejected ones. ok is false where nothing fits.
func (r *replayer) change(c *lake.Change, fits int64) (ok bool) {
	if fits == 0 {
		return false
	}
	name := r.store.ref.Name + lake.RejectedSuffix
	d, staged := c.Datasets[name]
	if !staged {
		d.Schema = r.rejected.Schema
	}
	for _, f := range r.rejected.Files {
		if r.mine(f) {
			d.Remove = append(d.Remove, f.Path)
		}
	}
	c.Datasets[name] = d
	return true
}

// mine reports whether a file of rejected rows is the source's: files have rows
// of one source only.
func (r *replayer) mine(f lake.File) bool {
	stat := f.Stats[ingest.SourceColumn]
	low, ok := stat.Min.(string)
	return ok && low == r.source
}
