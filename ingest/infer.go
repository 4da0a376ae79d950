package ingest

import (
	"context"

	"github.com/kalpafall/df360/ingest/columns"
	"github.com/kalpafall/df360/ingest/csv"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/sqltype"
)

// seen is what one task says about types.
type seen struct {
	values *columns.Inference
	meta   []bool // which of the source's columns have a value
}

// infer reads a batch for the types of its columns only.
func (r *run) infer(ctx context.Context, batch Batch, p *plan) (*plan, error) {
	all := seen{values: columns.NewInference(), meta: make([]bool, len(r.columns))}
	headers := &headerNumbers{headers: columns.NewHeaders(p.layout), numbers: map[*Header][]int{}}
	workers := make([]func(*task) (seen, error), r.o.Threads)
	for i := range workers {
		workers[i] = func(t *task) (seen, error) { return r.look(t, headers), nil }
	}
	pipe := newPipeline(r.taskBytes(len(p.layout.Fields)), workers, func(s seen) error {
		all.values.Merge(s.values)
		for i := range s.meta {
			all.meta[i] = all.meta[i] || s.meta[i]
		}
		return nil
	})
	var typed []typedColumn
	err := batch.Read(ctx, true, func(b *Block) error {
		switch {
		case b.File != nil:
			found, err := r.describe(ctx, b.File, headers)
			typed = append(typed, found...)
			return err
		case b.CSV != nil:
			headers.add(b.CSV.Header)
		}
		return pipe.add(b)
	})
	if err := pipe.end(err); err != nil {
		return nil, err
	}
	for _, t := range typed {
		all.values.Typed(t.number, t.typ)
	}
	layout, err := r.settle(p.layout, all.values, headers.headers)
	if err != nil {
		return nil, err
	}
	out, err := r.withMeta(p, all.meta)
	if err != nil {
		return nil, err
	}
	out.layout, out.settled = layout, true
	return out, nil
}

// settle is the layout that the values ask for, as far as new columns are wanted.
func (r *run) settle(known *columns.Layout, values *columns.Inference, headers *columns.Headers) (*columns.Layout, error) {
	if r.o.OnNew == Ignore && len(known.Fields) > 0 {
		return known, nil
	}
	layout, err := values.Layout(known, headers, r.reserved())
	if err == nil && r.o.OnNew == Fail && len(known.Fields) > 0 && len(layout.Fields) > len(known.Fields) {
		return nil, newColumn(&columns.NewColumn{Key: layout.Fields[len(known.Fields)].Key})
	}
	return layout, err
}

func newColumn(fresh *columns.NewColumn) error {
	return fault.New(fault.Schema, "%w", fresh).
		WithHint("--on-new-column add takes it in, --on-new-column ignore leaves it out")
}

// typedColumn is a column that a file has a type for.
type typedColumn struct {
	number int
	typ    *sqltype.Type
}

// describe finds the columns of a file that is taken over as a whole.
func (r *run) describe(ctx context.Context, f *File, headers *headerNumbers) ([]typedColumn, error) {
	if r.o.Files == nil {
		return nil, fault.New(fault.Internal, "nobody can read %s", f.Name)
	}
	fields, err := r.o.Files.Describe(ctx, f)
	if err != nil {
		return nil, fileError(f, err)
	}
	names := make([]string, len(fields))
	for i, field := range fields {
		names[i] = field.Key
	}
	var out []typedColumn
	for i, number := range headers.add(&Header{Names: names}) {
		out = append(out, typedColumn{number, fields[i].Type})
	}
	return out, nil
}

// look looks at the rows of a task.
func (r *run) look(t *task, headers *headerNumbers) seen {
	s := seen{values: columns.NewInference(), meta: make([]bool, len(r.columns))}
	for _, b := range t.blocks {
		for i := range b.Meta {
			s.meta[i] = s.meta[i] || columns.HasValue(&b.Meta[i], b.Rows)
		}
		if b.CSV != nil {
			r.lookAtText(s.values, b.CSV, headers.of(b.CSV.Header))
			continue
		}
		for row, value := range b.Values {
			if b.Unfit[row] == nil {
				s.values.JSON(value)
			}
		}
	}
	return s
}

// lookAtText looks at the records that are not rejected anyway.
func (r *run) lookAtText(values *columns.Inference, text *Text, numbers []int) {
	strange := columns.ValidText(text.Data) != nil
	records := csv.NewReader(text.Data, text.Dialect)
	for record := records.Next(); record != nil; record = records.Next() {
		if r.checkRecord(record, len(numbers), strange) != nil {
			continue
		}
		for k, field := range record.Fields {
			if len(field) > 0 || record.Quoted(k) {
				values.Field(numbers[k], field)
			}
		}
	}
}
