package parquet

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/kalpafall/df360/ingest"
	"github.com/kalpafall/df360/ingest/columns"
	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/sqltype"
	"github.com/kalpafall/df360/internal/unite"
)

// Engine runs SQL, in a place where it may crash.
type Engine interface {
	// Run runs statements, the last of which has rows; NULL is nil.
	Run(ctx context.Context, statements ...string) ([][]*string, error)
}

// Reader reads Parquet files. It implements ingest.FileReader.
type Reader struct {
	Engine      Engine
	Compression string // of the files that are made: snappy, zstd
}

// Describe finds the columns of a file, with the types that a dataset has for
// them; one without a type is left out.
func (r *Reader) Describe(ctx context.Context, f *ingest.File) ([]columns.Field, error) {
	relation, err := r.relation(ctx, f)
	if err != nil {
		return nil, err
	}
	var out []columns.Field
	for _, c := range relation.columns {
		if c.typ != nil {
			out = append(out, columns.Field{Key: c.name, Name: c.name, Type: c.typ})
		}
	}
	return out, nil
}

// relation is a file as a SELECT whose columns have lake types.
type relation struct {
	sql     string
	columns []column
	rows    int64
}

type column struct {
	name string
	typ  *sqltype.Type // nil: the file has none for it
	raw  string        // another column, with the value as the file has it; "" for none
	same string        // the condition that both are the same; "" where they are
}

func (r *Reader) relation(ctx context.Context, f *ingest.File) (*relation, error) {
	described, err := r.Engine.Run(ctx, "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM "+scan(f)+")")
	if err != nil {
		return nil, err
	}
	counted, err := r.Engine.Run(ctx, "SELECT count(*)::VARCHAR FROM "+scan(f))
	if err != nil {
		return nil, err
	}
	if err := r.readable(ctx, f); err != nil {
		return nil, err
	}
	in := unite.File{Path: f.Path, Name: f.Name}
	out := &relation{}
	for _, row := range described {
		in.Columns = append(in.Columns, unite.Column{Name: *row[0], Type: strings.Trim(*row[1], `"`)})
	}
	empty, err := r.empty(ctx, f, in.Columns)
	if err != nil {
		return nil, err
	}
	united, err := unite.Unite([]unite.File{in}, unite.Options{})
	if err != nil {
		return nil, err
	}
	var raw []string
	for i, c := range united.Columns {
		t, err := sqltype.Parse(c.Type)
		if err != nil {
			return nil, err
		}
		if in.Columns[i].Type == string(sqltype.Null) || empty[c.Name] {
			t = nil
		}
		col := column{name: c.Name, typ: t}
		if col.same = lossless(c.Name, in.Columns[i].Type, i); col.same != "" {
			col.raw = rawName(i)
			raw = append(raw, duck.Ident(c.Name)+" AS "+duck.Ident(col.raw))
		}
		out.columns = append(out.columns, col)
	}
	out.sql = united.With(0, raw)
	out.rows, err = strconv.ParseInt(*counted[0][0], 10, 64)
	return out, err
}

// Take writes the rows of a file to new files.
func (r *Reader) Take(ctx context.Context, f *ingest.File, job ingest.FileJob) (ingest.FileCounts, error) {
	var counts ingest.FileCounts
	rel, err := r.relation(ctx, f)
	if err != nil {
		return counts, err
	}
	if err := r.intact(ctx, f); err != nil {
		return counts, err
	}
	t := &taker{rel: rel, f: f, job: job}
	if err := t.match(); err != nil {
		return counts, err
	}
	options := " (FORMAT parquet, COMPRESSION " + r.Compression + ", ROW_GROUP_SIZE 122880)"
	if counts.Written, err = r.copy(ctx, t.taken(), job.Path, options); err != nil {
		return counts, err
	}
	if len(t.checks) > 0 && counts.Written < rel.rows {
		if counts.Rejected, err = r.copy(ctx, t.rejected(), job.RejectedPath, options); err != nil {
			return counts, err
		}
		if counts.First, err = r.first(ctx, job.RejectedPath); err != nil {
			return counts, err
		}
	}
	if counts.Written+counts.Rejected != rel.rows {
		return counts, fault.New(fault.Corrupt, "%s says that it has %d rows, %d were read", f.Name, rel.rows, counts.Written+counts.Rejected)
	}
	return counts, nil
}

// copy writes the rows of a SELECT to a file, and says how many there were.
func (r *Reader) copy(ctx context.Context, query, path, options string) (int64, error) {
	answer, err := r.Engine.Run(ctx, "COPY ("+query+") TO "+duck.Literal(path)+options,
		"SELECT count(*)::VARCHAR FROM read_parquet("+duck.Files([]string{path})+")")
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(*answer[0][0], 10, 64)
}

// first are a few of the rejected rows, to tell of.
func (r *Reader) first(ctx context.Context, path string) ([]ingest.Reject, error) {
	rows, err := r.Engine.Run(ctx, "SELECT _reason, _column, _origin FROM read_parquet("+duck.Files([]string{path})+") LIMIT 100")
	if err != nil {
		return nil, err
	}
	var out []ingest.Reject
	for _, row := range rows {
		out = append(out, ingest.Reject{Reason: *row[0], Column: *row[1], Origin: *row[2]})
	}
	return out, nil
}

// taker is the SQL of one file.
type taker struct {
	rel    *relation
	f      *ingest.File
	job    ingest.FileJob
	items  []string // of the SELECT, in the order of the job's fields
	checks []check
}

// check is a column whose values may not fit.
type check struct {
	name   string // in the dataset
	fits   string // a condition, true or false
	reason string // an expression
}

// match finds the column of the file that each column of the dataset is.
func (t *taker) match() error {
	names := make([]string, len(t.rel.columns))
	for i, c := range t.rel.columns {
		names[i] = c.name
	}
	from := map[int]int{}
	for k, place := range t.job.Layout.Header(names) {
		switch {
		case place >= 0:
			from[place] = k
		case t.job.Layout.Strict && t.rel.columns[k].typ != nil:
			return &columns.NewColumn{Key: names[k]}
		}
	}
	for i, f := range t.job.Fields {
		name := duck.Ident(f.Name)
		switch k, ok := from[i]; {
		case f.Name == ingest.TimeColumn && i >= len(t.job.Layout.Fields):
			t.items = append(t.items, t.time(f.Type)+" AS "+name)
		case f.Name == ingest.SourceColumn && i >= len(t.job.Layout.Fields):
			t.items = append(t.items, duck.Literal(t.job.Source)+" AS "+name)
		case !ok || t.rel.columns[k].typ == nil:
			t.items = append(t.items, "CAST(NULL AS "+f.Type.String()+") AS "+name)
		default:
			if err := t.column(t.rel.columns[k], f); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *taker) time(typ *sqltype.Type) string {
	at := "make_timestamptz(" + strconv.FormatInt(t.job.Micros, 10) + ")"
	if typ.Kind == sqltype.Varchar {
		return fmt.Sprintf("strftime(%s, '%%Y-%%m-%%dT%%H:%%M:%%S.%%fZ')", at)
	}
	return at
}

// column reads a column of the file as the dataset's.
func (t *taker) column(c column, f columns.Field) error {
	value, to := duck.Ident(c.name), f.Type.String()
	item := value
	if c.same != "" && f.Type.Kind != sqltype.Varchar {
		t.check(f, c.same, duck.Ident(c.raw))
	}
	switch {
	case c.same != "" && f.Type.Kind == sqltype.Varchar && !c.typ.Nested():
		item = "CASE WHEN " + c.same + " THEN CAST(" + value + " AS VARCHAR) ELSE CAST(" + duck.Ident(c.raw) + " AS VARCHAR) END"
	case c.typ.Equal(f.Type):
	case f.Type.Kind == sqltype.Varchar && c.typ.Nested():
		item = "CAST(to_json(" + value + ") AS VARCHAR)"
	case f.Type.Kind == sqltype.Varchar && c.typ.Kind != sqltype.Blob:
		item = "CAST(" + value + " AS VARCHAR)"
	case contained(c.typ, f.Type):
		item = "CAST(" + value + " AS " + to + ")"
	case t.job.Layout.Strict && columns.Grows(f.Type, c.typ):
		return &columns.NewColumn{Key: c.name}
	case comparable(c.typ, f.Type):
		item = "TRY_CAST(" + value + " AS " + to + ")"
		back := "TRY_CAST(" + item + " AS " + c.typ.String() + ")"
		t.check(f, value+" IS NULL OR coalesce("+back+" = "+value+", false)", value)
	default:
		item = "CAST(NULL AS " + to + ")"
		t.check(f, value+" IS NULL", value)
	}
	t.items = append(t.items, item+" AS "+duck.Ident(f.Name))
	return nil
}

func (t *taker) check(f columns.Field, fits, value string) {
	t.checks = append(t.checks, check{
		name: f.Name, fits: fits,
		reason: "coalesce(left(CAST(" + value + " AS VARCHAR), 40), 'NULL') || " + duck.Literal(" is no "+f.Type.String()),
	})
}

// contained reports whether every value of a is one of b.
func contained(a, b *sqltype.Type) bool {
	wide, ok := sqltype.Widen(a, b)
	return ok && wide.Equal(b) && (b.Kind != sqltype.Double || a.Kind == sqltype.Double) && !hasDouble(a, b)
}

// hasDouble reports whether whole numbers somewhere inside would become DOUBLE.
func hasDouble(a, b *sqltype.Type) bool {
	return b.Nested() && strings.Contains(b.String(), "DOUBLE") && !strings.Contains(a.String(), "DOUBLE")
}

// comparable reports whether some values of a are values of b, which a cast there
// and back tells.
func comparable(a, b *sqltype.Type) bool {
	number := func(t *sqltype.Type) bool {
		return t.Kind == sqltype.Bigint || t.Kind == sqltype.Double || t.Kind == sqltype.Decimal
	}
	moment := func(t *sqltype.Type) bool { return t.Kind == sqltype.Date || t.Kind == sqltype.Timestamp }
	return number(a) && number(b) || moment(a) && moment(b)
}

func (t *taker) ok() string {
	var all []string
	for _, c := range t.checks {
		all = append(all, "("+c.fits+")")
	}
	return strings.Join(all, " AND ")
}

func (t *taker) taken() string {
	query := "SELECT " + strings.Join(t.items, ", ") + " FROM (" + t.rel.sql + ")"
	if len(t.checks) > 0 {
		query += " WHERE " + t.ok()
	}
	return query
}

// row is a row of the file as a struct.
func (t *taker) row() string {
	items := make([]string, len(t.rel.columns))
	for i, c := range t.rel.columns {
		value := duck.Ident(c.name)
		switch {
		case c.raw != "":
			value = duck.Ident(c.raw)
		case c.typ != nil && c.typ.Kind == sqltype.Double: // JSON has no NaN
			value = "CASE WHEN isfinite(" + value + ") THEN to_json(" + value + ") ELSE to_json(CAST(" + value + " AS VARCHAR)) END"
		}
		items[i] = duck.Literal(c.name) + ": " + value
	}
	return "{" + strings.Join(items, ", ") + "}"
}

// rejected is the rows that do not fit, as JSON.
func (t *taker) rejected() string {
	var reason, column strings.Builder
	for _, c := range t.checks {
		reason.WriteString(" WHEN NOT (" + c.fits + ") THEN " + c.reason)
		column.WriteString(" WHEN NOT (" + c.fits + ") THEN " + duck.Literal(c.name))
	}
	items := map[string]string{
		"_raw":              "CAST(to_json(" + t.row() + ") AS VARCHAR)",
		"_reason":           "CASE" + reason.String() + " END",
		"_column":           "CASE" + column.String() + " END",
		"_origin":           duck.Literal(t.f.Name+":") + " || nth",
		ingest.TimeColumn:   t.time(sqltype.Of(sqltype.Timestamp)),
		ingest.SourceColumn: duck.Literal(t.job.Source),
	}
	var list []string
	for _, f := range t.job.Rejected {
		item, ok := items[f.Name]
		if !ok {
			item = "NULL"
		}
		list = append(list, "CAST("+item+" AS "+f.Type.String()+") AS "+duck.Ident(f.Name))
	}
	return "SELECT " + strings.Join(list, ", ") + " FROM (SELECT *, row_number() OVER () AS nth FROM (" + t.rel.sql + ")) WHERE NOT (" + t.ok() + ")"
}
