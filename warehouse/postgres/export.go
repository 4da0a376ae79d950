package postgres

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/kalpafall/df360/internal/sqltype"
	"github.com/kalpafall/df360/warehouse"
)

// Export is a table, or a view, as it was at one moment.
type Export struct {
	Columns []warehouse.Column
	// Texts are SQL expressions of the embedded engine that make the columns of
	// the exported texts, which it finds as columns c0, c1, ….
	Texts []string
	Rows  int64
	// Inexact are columns whose numbers have more digits than DECIMAL(38,18): they
	// became DOUBLE.
	Inexact []string
}

// Export writes the rows of a table or view to w, as CSV in which every value is
// quoted and NULL is not. nil where there is no such table.
func (t *Target) Export(ctx context.Context, schema, name string, w io.Writer) (_ *Export, err error) {
	conn, err := t.connect(ctx)
	if err != nil {
		return nil, t.ended(ctx, err)
	}
	defer closeConn(ctx, conn)
	s := &session{t: t, conn: conn}
	// All that follows sees the same moment.
	if err := s.exec(ctx, `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0; SET LOCAL TimeZone = 'UTC';
SET LOCAL DateStyle = 'ISO'; SET LOCAL IntervalStyle = 'postgres'; SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'`); err != nil {
		return nil, t.ended(ctx, err)
	}
	d, err := describe(ctx, conn, schema, name)
	if err != nil || d == nil {
		return nil, t.ended(ctx, err)
	}
	e := &Export{}
	for i, c := range d.Columns {
		typ, text, err := e.column(ctx, conn, qualified(schema, name), c, fmt.Sprintf("c%d", i))
		if err != nil {
			return nil, t.ended(ctx, err)
		}
		e.Columns, e.Texts = append(e.Columns, warehouse.Column{Name: c.Name, Type: typ}), append(e.Texts, text)
	}
	var names []string
	for _, c := range d.Columns {
		names = append(names, ident(c.Name)+"::text")
	}
	tag, err := conn.PgConn().CopyTo(ctx, w, "COPY (SELECT "+strings.Join(names, ", ")+" FROM "+qualified(schema, name)+") TO STDOUT (FORMAT csv, FORCE_QUOTE *)")
	if err != nil {
		return nil, t.ended(ctx, fmt.Errorf("read %s: %w", warehouse.TargetName(schema, name), err))
	}
	e.Rows = tag.RowsAffected()
	return e, nil
}

// exactNumber is what numbers without a precision become.
func exactNumber() *sqltype.Type { return sqltype.DecimalOf(38, 18) }

// column is the lake's type of a column, and how its text is read.
func (e *Export) column(ctx context.Context, conn *pgx.Conn, from string, f warehouse.Field, text string) (*sqltype.Type, string, error) {
	cast := func(t *sqltype.Type) (*sqltype.Type, string, error) {
		return t, "CAST(" + text + " AS " + t.String() + ")", nil
	}
	base, _, _ := strings.Cut(f.Type, "(")
	switch base {
	case "boolean":
		return cast(sqltype.Of(sqltype.Boolean))
	case "smallint", "integer", "bigint":
		return cast(sqltype.Of(sqltype.Bigint))
	case "real", "double precision":
		return cast(sqltype.Of(sqltype.Double))
	case "numeric":
		return e.numeric(ctx, conn, from, f, text)
	case "date", "timestamp with time zone", "timestamp without time zone", "timestamp":
		t := sqltype.Of(sqltype.Timestamp)
		if base == "date" {
			t = sqltype.Of(sqltype.Date)
		}
		// The engine spells years before Christ otherwise, and overlooks " BC".
		return t, "CAST(regexp_replace(" + text + ", ' BC$', ' (BC)') AS " + t.String() + ")", nil
	case "bytea":
		return sqltype.Of(sqltype.Blob), "unhex(substr(" + text + ", 3))", nil
	default:
		return sqltype.Of(sqltype.Varchar), text, nil
	}
}

// numeric keeps a declared precision. A number without one, as sums and averages
// are, becomes DECIMAL(38,18) where that holds every value exactly, else DOUBLE.
func (e *Export) numeric(ctx context.Context, conn *pgx.Conn, from string, f warehouse.Field, text string) (*sqltype.Type, string, error) {
	var precision, scale int
	if n, _ := fmt.Sscanf(f.Type, "numeric(%d,%d)", &precision, &scale); n == 2 && precision <= 38 && scale >= 0 && scale <= precision {
		t := sqltype.DecimalOf(precision, scale)
		var odd bool
		if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM "+from+" WHERE "+ident(f.Name)+" = 'NaN')").Scan(&odd); err != nil {
			return nil, "", err
		}
		if !odd {
			return t, "CAST(" + text + " AS " + t.String() + ")", nil
		}
	}
	var fits bool
	// A value with more than 18 decimals that are not zero differs from itself rounded.
	err := conn.QueryRow(ctx, fmt.Sprintf("SELECT NOT EXISTS (SELECT FROM %[1]s WHERE NOT (%[2]s::text !~ '[a-zA-Z]' AND abs(%[2]s) < 1e20 AND round(%[2]s, 18) = %[2]s))",
		from, ident(f.Name))).Scan(&fits)
	if err != nil {
		return nil, "", err
	}
	t := exactNumber()
	if !fits {
		e.Inexact = append(e.Inexact, f.Name)
		t = sqltype.Of(sqltype.Double)
	}
	return t, "CAST(" + text + " AS " + t.String() + ")", nil
}
