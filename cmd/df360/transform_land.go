package main

import (
	"context"
	"errors"

	"github.com/kalpafall/df360/internal/unite"
	"github.com/kalpafall/df360/lake"
	"github.com/kalpafall/df360/transform"
)

// land commits what was computed.
func (t *transformRun) land(ctx context.Context, txn *lake.Txn, res *transform.Result) (*lake.Record, error) {
	change := lake.Change{
		Operation: lake.OpReplace, Source: transformSource, Progress: t.newProgress(), Datasets: map[string]lake.DatasetChange{},
		Rebase: func(_ context.Context, base *lake.Snapshot, _ *lake.Change) (lake.Decision, error) {
			return t.rebase(base)
		},
	}
	if err := t.addDatasets(&change, res); err != nil {
		return nil, err
	}
	if res.State != nil {
		if err := t.writeState(txn, res.State); err != nil {
			return nil, err
		}
	}
	record, err := txn.Commit(ctx, change)
	if record == nil {
		return nil, errors.Join(err, t.dropState(txn.CommitID()))
	}
	t.tidyState(record.CommitID)
	return record, err
}

// addDatasets says what happens to processed and its companions.
func (t *transformRun) addDatasets(c *lake.Change, res *transform.Result) error {
	mode, name := t.decision.Mode, t.processed.Name
	if mode == transform.Increment || mode == transform.OnlyAggregate || t.base.Version < 0 && !t.base.Foreign {
		c.Operation = lake.OpAppend
	}
	if res.Aggregate != nil {
		c.Datasets[name+lake.AggregateSuffix] = lake.DatasetChange{Schema: lakeColumns(res.Aggregate.Columns), Replace: true}
	}
	if mode == transform.OnlyAggregate {
		return nil
	}
	c.Counts = lake.Counts{Read: res.Read, Written: res.Main.Rows, Rejected: res.Rejected, Duplicate: res.Duplicates}
	main := lake.DatasetChange{Schema: lakeColumns(res.Main.Columns), PartitionBy: t.partitionBy(res.Main), Replace: mode == transform.Everything}
	if mode == transform.Partitions {
		for _, f := range t.base.Files {
			gone, err := t.f.dates.Covers(t.typ, f.Partition)
			if err != nil {
				return err
			}
			if gone {
				main.Remove = append(main.Remove, f.Path)
			}
		}
	}
	c.Datasets[name] = main
	c.Datasets[name+lake.RejectedSuffix] = lake.DatasetChange{
		Schema: lakeColumns(res.RejectedFiles.Columns), Replace: mode != transform.Increment,
	}
	return nil
}

// partitionBy are the partition columns as the files spell them.
func (t *transformRun) partitionBy(w *transform.Written) []string {
	n := len(t.typ.Parts)
	var out []string
	for _, c := range w.Columns[len(w.Columns)-n:] {
		out = append(out, c.Name)
	}
	return out
}

func lakeColumns(columns []unite.Column) []lake.Column {
	out := make([]lake.Column, len(columns))
	for i, c := range columns {
		out[i] = lake.Column{Name: c.Name, Type: c.Type, Nullable: true}
	}
	return out
}

// rebase is asked when another commit to processed came first: a run that has
// read at least as much has done this one's work.
func (t *transformRun) rebase(base *lake.Snapshot) (lake.Decision, error) {
	p, err := readProgress(base)
	if err != nil || p == nil {
		return lake.Conflict, err
	}
	same := p.TypeHash == t.typ.Hash() && p.Input.Dataset == t.raw.String() && !p.Partial && t.f.dates == nil && !t.f.full
	ahead := p.Input.Version >= t.input.Version && t.input.Version >= 0 || p.Input == t.mark()
	aggregated := !t.f.aggregate || p.Aggregate == t.typ.AggregateHash() && t.decision.Mode != transform.OnlyAggregate
	if same && ahead && aggregated {
		t.base = base
		return lake.Done, nil
	}
	return lake.Conflict, nil
}
