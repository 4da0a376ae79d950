package replay

import (
	"context"
	"encoding/json"

	"github.com/kalpafall/df360/ingest"
	"github.com/kalpafall/df360/ingest/columns"
	"github.com/kalpafall/df360/ingest/csv"
	"github.com/kalpafall/df360/internal/parquetfile"
	"github.com/kalpafall/df360/internal/sqltype"
)

// Row is a rejected row.
type Row struct {
	Raw, Reason, Column, Origin string
	At                          int64  // when it was rejected, in microseconds since 1970
	Meta                        []byte // the source's own columns, an object in JSON
	// CSV is what the fields of a record are; nil for a text in JSON.
	CSV *CSV
	// Lost says that nobody knows any more what the text means.
	Lost bool
}

// CSV is how the records of a file are to be read.
type CSV struct {
	Header  *ingest.Header
	Dialect csv.Dialect
}

// Source is the rejected rows of one source. It implements ingest.Source.
type Source struct {
	name    string
	columns []ingest.Column
	rows    func(ctx context.Context, yield func(Row) error) error
	done    bool
}

// New is the rejected rows of the source with a name, which adds columns. rows
// calls yield with all of them, and may be called several times.
func New(name string, columns []ingest.Column, rows func(ctx context.Context, yield func(Row) error) error) *Source {
	return &Source{name: name, columns: columns, rows: rows}
}

// Name is that of the source that the rows came from.
func (s *Source) Name() string { return s.name }

// Columns are those that the source added.
func (s *Source) Columns() []ingest.Column { return s.columns }

// Next is all rows, once.
func (s *Source) Next(context.Context, json.RawMessage) (ingest.Batch, error) {
	if s.done {
		return nil, nil //nolint:nilnil // documented by ingest.Source
	}
	return &batch{s}, nil
}

// Done is called when the rows are in the dataset, or stay where they are.
func (s *Source) Done() { s.done = true }

// Close has nothing to let go.
func (s *Source) Close() error { return nil }

type batch struct{ s *Source }

// Progress changes nothing: what was rejected was taken.
func (b *batch) Progress() (any, error) { return struct{}{}, nil }

// blockRows is how many rows a block has.
const blockRows = 1000

// Read yields the rows as their source did.
func (b *batch) Read(ctx context.Context, _ bool, yield func(*ingest.Block) error) error {
	layout, err := b.s.layout()
	if err != nil {
		return err
	}
	texts := newBlock(layout)
	flush := func() error {
		if len(texts.rows) == 0 {
			return nil
		}
		block := texts.block()
		texts = newBlock(layout)
		return yield(block)
	}
	err = b.s.rows(ctx, func(r Row) error {
		if r.CSV != nil && !r.Lost && ingest.Replayable(r.Reason) {
			return yield(record(r))
		}
		if err := texts.add(r); err != nil {
			return err
		}
		if len(texts.rows) < blockRows {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	return flush()
}

func (s *Source) layout() (*columns.Layout, error) {
	var fields []columns.Field
	for _, c := range s.columns {
		t, err := sqltype.Parse(c.Type)
		if err != nil {
			return nil, err
		}
		fields = append(fields, columns.Field{Key: c.Name, Name: c.Name, Type: t})
	}
	return columns.NewLayout(fields, false), nil
}

// record is a CSV record as a block of its own: were several joined, one with a
// quote that is never closed would take the next ones in.
func record(r Row) *ingest.Block {
	return &ingest.Block{
		CSV: &ingest.Text{
			Dialect: r.CSV.Dialect, Header: r.CSV.Header, Data: append([]byte(r.Raw), r.CSV.Dialect.EOL),
			Origin: func(int) string { return r.Origin },
		},
		RejectedAt: func(int) int64 { return r.At },
	}
}

// texts gathers rows of JSON.
type texts struct {
	rows   []Row
	values [][]byte
	unfit  map[int]*columns.Misfit
	meta   *columns.Table // nil: the source adds no columns
}

func newBlock(layout *columns.Layout) *texts {
	t := &texts{unfit: map[int]*columns.Misfit{}}
	if len(layout.Fields) > 0 {
		t.meta = columns.NewTable(layout)
	}
	return t
}

func (t *texts) add(r Row) error {
	if t.meta != nil {
		if err := t.meta.JSON(r.Meta); err != nil {
			return err
		}
	}
	if r.Lost || !ingest.Replayable(r.Reason) {
		t.unfit[len(t.rows)] = &columns.Misfit{Reason: r.Reason, Column: r.Column}
	}
	t.rows = append(t.rows, r)
	t.values = append(t.values, []byte(r.Raw))
	return nil
}

func (t *texts) block() *ingest.Block {
	var meta []parquetfile.Values
	if t.meta != nil {
		meta = t.meta.Values()
	}
	return &ingest.Block{
		Rows: len(t.rows), Values: t.values, Unfit: t.unfit, Meta: meta,
		Origin:     func(row int) string { return t.rows[row].Origin },
		RejectedAt: func(row int) int64 { return t.rows[row].At },
	}
}
