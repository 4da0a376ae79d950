package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/table"
)

// Query runs statements and writes the rows of those that have some: begin gets
// the columns of the first, and which are numbers. Without write the server itself
// refuses everything that changes something.
func (t *Target) Query(ctx context.Context, schema, sql string, write bool, begin func(columns []string, numbers []bool) table.Rows) (rows int64, err error) {
	conn, err := t.connect(ctx)
	if err != nil {
		return 0, t.ended(ctx, err)
	}
	defer closeConn(ctx, conn)
	how := "READ ONLY"
	if write {
		how = "READ WRITE"
	}
	start := "BEGIN " + how + "; SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'; SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'"
	if schema != "" {
		start += "; SET LOCAL search_path = " + ident(schema) + ", public"
	}
	s := &session{t: t, conn: conn}
	if err := s.exec(ctx, start); err != nil {
		return 0, t.ended(ctx, err)
	}
	var sink table.Rows
	if write {
		rows, err = copyResults(conn.PgConn().Exec(ctx, sql), &sink, begin)
	} else { // one statement: a second one could leave the transaction that only reads
		rows, err = copyResult(conn.PgConn().ExecParams(ctx, sql, nil, nil, nil, nil), &sink, begin)
	}
	if err == nil && conn.PgConn().TxStatus() != 'T' {
		err = fault.New(fault.Usage, "SQL: a statement ends the transaction that all of them are run in; what came before it is done").
			WithHint("leave out BEGIN, COMMIT and ROLLBACK")
	}
	if err == nil && sink != nil {
		err = sink.Close()
	}
	if err == nil && write {
		err = s.commit(ctx)
	}
	return rows, t.explainQuery(ctx, err)
}

// explainQuery is explain for SQL of the user's own.
func (t *Target) explainQuery(ctx context.Context, err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return t.ended(ctx, err)
	}
	switch {
	case pg.Code == "25006":
		return fault.New(fault.Usage, "SQL: %s", pg.Message).WithHint("--write lets a statement change something")
	case strings.HasPrefix(pg.Code, "42") && pg.Code != "42501":
		return fault.New(fault.Usage, "SQL: %s", pg.Message).WithHint("%s", pg.Hint)
	}
	return t.ended(ctx, err)
}

// copyResults writes the rows of all statements.
func copyResults(results *pgconn.MultiResultReader, sink *table.Rows, begin func([]string, []bool) table.Rows) (rows int64, err error) {
	for err == nil && results.NextResult() {
		var n int64
		n, err = copyResult(results.ResultReader(), sink, begin)
		rows += n
	}
	return rows, errors.Join(err, results.Close())
}

// copyResult writes the rows of one statement.
func copyResult(r *pgconn.ResultReader, sink *table.Rows, begin func([]string, []bool) table.Rows) (int64, error) {
	fields := r.FieldDescriptions()
	if len(fields) > 0 && *sink == nil {
		names, numbers := make([]string, len(fields)), make([]bool, len(fields))
		for i, f := range fields {
			names[i], numbers[i] = f.Name, isNumber(f.DataTypeOID)
		}
		*sink = begin(names, numbers)
	} else if len(fields) > 0 {
		_, err := r.Close()
		return 0, errors.Join(err, fault.New(fault.Usage, "SQL: two statements have rows").WithHint("run them one by one"))
	}
	row := make([]any, len(fields))
	var n int64
	for r.NextRow() {
		for i, v := range r.Values() {
			row[i] = value(v, fields[i].DataTypeOID)
		}
		if err := (*sink).Write(row); err != nil {
			_, _ = r.Close() // the error before it is the one to tell
			return n, err
		}
		n++
	}
	_, err := r.Close()
	return n, err
}

func isNumber(oid uint32) bool {
	switch oid {
	case pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID, pgtype.Float4OID, pgtype.Float8OID, pgtype.NumericOID, pgtype.OIDOID:
		return true
	}
	return false
}

// value makes a value of the server's text form one that internal/table writes.
func value(v []byte, oid uint32) any {
	if v == nil {
		return nil
	}
	text := string(v)
	switch oid {
	case pgtype.Float4OID, pgtype.Float8OID, pgtype.NumericOID:
		if text == "NaN" || strings.HasSuffix(text, "Infinity") {
			return text
		}
		return table.Number(text)
	case pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID, pgtype.OIDOID:
		return table.Number(text)
	case pgtype.BoolOID:
		return text == "t"
	case pgtype.JSONOID, pgtype.JSONBOID:
		return json.RawMessage(text)
	case pgtype.TimestamptzOID:
		if at, err := time.Parse("2006-01-02 15:04:05.999999-07", text); err == nil {
			return at.UTC()
		}
	}
	return text
}
