package ingest

import (
	"slices"

	"github.com/kalpafall/df360/ingest/columns"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/parquetfile"
	"github.com/kalpafall/df360/internal/sqltype"
)

// Columns that every row of a raw dataset has.
const (
	TimeColumn   = "_ingestion_timestamp"
	SourceColumn = "_source"
)

// plan is the columns of a commit: those of values, those that the source adds,
// and those of every row.
type plan struct {
	layout   *columns.Layout
	meta     []metaColumn
	time     *sqltype.Type // of TimeColumn: other tools have written texts there
	rejected rejectPlan
	// settled says that all columns are known: a new one is a defect now.
	settled bool
}

// metaColumn is a column that the source adds and that the dataset has.
type metaColumn struct {
	columns.Field
	at int // among the source's columns
}

// planFor is the plan that a dataset and what the user has declared ask for.
func (r *run) planFor(base Base) (*plan, error) {
	p := &plan{time: sqltype.Of(sqltype.Timestamp)}
	var fields []columns.Field
	for _, f := range base.Fields {
		at := slices.IndexFunc(r.columns, func(c Column) bool { return c.Name == f.Name })
		switch {
		case f.Name == TimeColumn && f.Type.Kind == sqltype.Varchar:
			p.time = f.Type
		case f.Name == TimeColumn || f.Name == SourceColumn:
		case at >= 0:
			p.meta = append(p.meta, metaColumn{f, at})
		default:
			fields = append(fields, f)
		}
	}
	fields, err := declare(fields, r.o.Declared)
	if err != nil {
		return nil, err
	}
	known := len(fields) > 0
	p.layout = columns.NewLayout(fields, r.o.OnNew != Ignore || !known)
	p.rejected, err = r.rejectPlan(base)
	return p, err
}

// declare adds the columns that the user has declared.
func declare(fields, declared []columns.Field) ([]columns.Field, error) {
	for _, d := range declared {
		i := slices.IndexFunc(fields, func(f columns.Field) bool { return f.Name == d.Name })
		switch {
		case i < 0:
			fields = append(fields, d)
		case !fields[i].Type.Equal(d.Type):
			return nil, fault.New(fault.Schema, "column %s is declared as %s, the dataset has it as %s", d.Name, d.Type, fields[i].Type).
				WithHint("the first commit has settled the type; df360 lake alter widens it")
		}
	}
	return fields, nil
}

// fields are all columns, in the order of files.
func (p *plan) fields() []columns.Field {
	out := slices.Clone(p.layout.Fields)
	for _, m := range p.meta {
		out = append(out, m.Field)
	}
	return append(out, columns.Field{Key: TimeColumn, Name: TimeColumn, Type: p.time},
		columns.Field{Key: SourceColumn, Name: SourceColumn, Type: sqltype.Of(sqltype.Varchar)})
}

// parquet is how files have fields.
func parquet(fields []columns.Field) []parquetfile.Column {
	out := make([]parquetfile.Column, len(fields))
	for i, f := range fields {
		out[i] = columns.Parquet(f.Name, f.Type)
	}
	return out
}

// reserved are names that no column of values may have: those of the folders of
// raw datasets among them.
func (r *run) reserved() []string {
	out := []string{TimeColumn, SourceColumn, "year", "month", "day"}
	for _, c := range r.columns {
		out = append(out, c.Name)
	}
	return out
}

// newMeta finds a column of a block that has a value and no place.
func (r *run) newMeta(p *plan, b *Block) (Column, bool) {
	for i, c := range r.columns {
		if i < len(b.Meta) && !p.hasMeta(i) && columns.HasValue(&b.Meta[i], b.Rows) {
			return c, true
		}
	}
	return Column{}, false
}

func (p *plan) hasMeta(at int) bool {
	return slices.ContainsFunc(p.meta, func(m metaColumn) bool { return m.at == at })
}

// withMeta is the plan with more of the source's columns.
func (r *run) withMeta(p *plan, seen []bool) (*plan, error) {
	out := *p
	out.meta = slices.Clone(p.meta)
	for i, c := range r.columns {
		if !seen[i] || p.hasMeta(i) {
			continue
		}
		t, err := sqltype.Parse(c.Type)
		if err != nil {
			return nil, err
		}
		out.meta = append(out.meta, metaColumn{columns.Field{Key: c.Name, Name: c.Name, Type: t}, i})
	}
	return &out, nil
}
