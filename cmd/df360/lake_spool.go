package main

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/progress"
	"github.com/kalpafall/df360/internal/sqltype"
	"github.com/kalpafall/df360/internal/table"
)

// The driver hands over results that lie complete in memory, which the
// engine's limit does not count. So a query's rows go to a temporary table,
// which the engine keeps within its limit and spills, and are read from there
// page by page.

// spoolPage is how many rows are read at once.
const spoolPage = 16384

// spool holds the rows of a query until they are written.
type spool struct {
	session *duck.Session
	rows    int64
	columns []string
	types   []duckdb.TypeInfo
	numbers []bool   // columns that stand to the right
	list    []string // what is selected
	meter   *progress.Meter
}

// spoolQuery runs a query.
func spoolQuery(ctx context.Context, session *duck.Session, query string) (*spool, error) {
	if err := createAs(ctx, session, "TABLE", query); err != nil {
		return nil, err
	}
	s := &spool{session: session}
	if err := session.QueryRow(ctx, "SELECT count(*) FROM df360_rows", &s.rows); err != nil {
		return nil, err
	}
	return s, s.describe(ctx)
}

// createAs makes the table or view df360_rows of a query that is known to parse:
// as it is, with a comment or a semicolon at its end; what CREATE takes only in
// brackets (DESCRIBE, SUMMARIZE) in brackets.
func createAs(ctx context.Context, session *duck.Session, what, query string) error {
	create := "CREATE TEMP " + what + " df360_rows AS "
	err := session.Exec(ctx, create+query)
	var engine *duckdb.Error
	if errors.As(err, &engine) && engine.Type == duckdb.ErrorTypeParser {
		return session.Exec(ctx, create+"FROM (\n"+strings.TrimRight(query, "; \t\r\n")+"\n)")
	}
	return err
}

// describe finds the columns and their types.
func (s *spool) describe(ctx context.Context) error {
	return s.session.Conn().Raw(func(raw any) error {
		preparer, ok := raw.(driver.ConnPrepareContext)
		if !ok {
			return errors.New("the engine's driver cannot prepare")
		}
		prepared, err := preparer.PrepareContext(ctx, "FROM df360_rows")
		if err != nil {
			return err
		}
		defer func() { _ = prepared.Close() }() // nothing was executed
		stmt, ok := prepared.(*duckdb.Stmt)
		if !ok {
			return errors.New("the engine's driver does not tell types")
		}
		n, err := stmt.ColumnCount()
		if err != nil {
			return err
		}
		for i := range n {
			if err := s.addColumn(stmt, i); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *spool) addColumn(stmt *duckdb.Stmt, i int) error {
	name, err := stmt.ColumnName(i)
	if err != nil {
		return err
	}
	typ, err := stmt.ColumnTypeInfo(i)
	if err != nil {
		return fmt.Errorf("type of column %s: %w", name, err)
	}
	item := duck.Ident(name)
	if typ.Alias() == "JSON" { // the driver would take it apart and lose digits
		item = "CAST(" + item + " AS VARCHAR)"
	}
	s.columns = append(s.columns, name)
	s.types = append(s.types, typ)
	s.numbers = append(s.numbers, isNumber(typ.InternalType()))
	s.list = append(s.list, item)
	return nil
}

// copyTo writes all rows, in the query's order, and closes sink.
func (s *spool) copyTo(ctx context.Context, sink table.Rows) error {
	for first := int64(0); first < s.rows; first += spoolPage {
		if err := s.page(ctx, first, sink); err != nil {
			return err
		}
		s.meter.Set(first + spoolPage)
	}
	return sink.Close()
}

// page writes spoolPage rows. It takes them from the driver itself: on its way
// through database/sql each value would be copied twice.
func (s *spool) page(ctx context.Context, first int64, sink table.Rows) error {
	query := fmt.Sprintf("SELECT %s FROM df360_rows WHERE rowid >= %d AND rowid < %d",
		strings.Join(s.list, ", "), first, first+spoolPage)
	return s.session.Conn().Raw(func(raw any) (err error) {
		queryer, ok := raw.(driver.QueryerContext)
		if !ok {
			return errors.New("the engine's driver cannot query")
		}
		rows, err := queryer.QueryContext(ctx, query, nil)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		return s.copyRows(ctx, rows, sink)
	})
}

func (s *spool) copyRows(ctx context.Context, rows driver.Rows, sink table.Rows) error {
	from := make([]driver.Value, len(s.columns))
	to := make([]any, len(s.columns))
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		err := rows.Next(from)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read a row: %w", err)
		}
		for i, t := range s.types {
			if t.Alias() == "JSON" {
				to[i] = jsonValue(from[i])
			} else {
				to[i] = plain(from[i], t)
			}
		}
		if err := sink.Write(to); err != nil {
			return err
		}
	}
}

// writeParquet lets the engine write the rows of a query into its spill folder
// and copies them from there.
func (v *views) writeParquet(ctx context.Context, query string, w io.Writer) (rows int64, err error) {
	if err := createAs(ctx, v.session, "VIEW", query); err != nil {
		return 0, err
	}
	items, err := v.lakeItems(ctx)
	if err != nil {
		return 0, err
	}
	if err := v.session.QueryRow(ctx, "COPY (SELECT "+items+" FROM df360_rows) TO "+duck.Literal(v.scratch)+" (FORMAT parquet)", &rows); err != nil {
		return 0, err
	}
	file, err := os.Open(v.scratch)
	if err != nil {
		return 0, fault.OS(err, "open the rows")
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	_, err = io.Copy(w, file)
	return rows, fault.OS(err, "copy the rows")
}

// lakeItems reads the result's columns as lake types: the engine would write
// wide integers as DOUBLE, which loses digits, and types that few readers know.
func (v *views) lakeItems(ctx context.Context) (items string, err error) {
	rows, err := v.session.Query(ctx, "SELECT column_name, column_type FROM (DESCRIBE df360_rows)")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var all []string
	for rows.Next() {
		var name, typ string
		if err := rows.Scan(&name, &typ); err != nil {
			return "", err
		}
		item := duck.Ident(name)
		if t, err := sqltype.Parse(typ); err == nil && !t.IsLake() {
			if lake, ok := t.Lake(); ok {
				item = "CAST(" + item + " AS " + lake.String() + ") AS " + item
			}
		}
		all = append(all, item)
	}
	return strings.Join(all, ", "), rows.Err()
}
