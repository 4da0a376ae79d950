package parquet_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kalpafall/df360/ingest"
	"github.com/kalpafall/df360/ingest/columns"
	"github.com/kalpafall/df360/ingest/parquet"
	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/sqltype"
)

// engine runs in the test's own process.
type engine struct{ s *duck.Session }

func newEngine(t *testing.T) *engine {
	t.Helper()
	s, err := duck.Open(context.Background(), duck.Options{TempDir: t.TempDir(), Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return &engine{s}
}

func (e *engine) Run(ctx context.Context, statements ...string) ([][]*string, error) {
	for _, s := range statements[:len(statements)-1] {
		if err := e.s.Exec(ctx, s); err != nil {
			return nil, err
		}
	}
	rows, err := e.s.Query(ctx, statements[len(statements)-1])
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	out := [][]*string{}
	for rows.Next() {
		row, into := make([]*string, len(names)), make([]any, len(names))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, rows.Err()
}

// file makes a Parquet file of a query.
func (e *engine) file(t *testing.T, query string) *ingest.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "in.parquet")
	if err := e.s.Exec(context.Background(), "COPY ("+query+") TO "+duck.Literal(path)+" (FORMAT parquet)"); err != nil {
		t.Fatal(err)
	}
	return &ingest.File{Path: path, Name: "in.parquet"}
}

func fields(t *testing.T, pairs ...string) []columns.Field {
	t.Helper()
	var out []columns.Field
	for i := 0; i < len(pairs); i += 2 {
		typ, err := sqltype.Parse(pairs[i+1])
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, columns.Field{Key: pairs[i], Name: pairs[i], Type: typ})
	}
	return out
}

// take takes a file over into columns, and returns the rows of both new files.
func (e *engine) take(t *testing.T, f *ingest.File, strict bool, pairs ...string) (taken, rejected []string, err error) {
	t.Helper()
	dir := t.TempDir()
	known := fields(t, pairs...)
	job := ingest.FileJob{
		Layout: columns.NewLayout(known, strict), Fields: append(known, fields(t, ingest.TimeColumn, "TIMESTAMPTZ", ingest.SourceColumn, "VARCHAR")...),
		Path: filepath.Join(dir, "taken"), Rejected: ingest.RejectedFields(), RejectedPath: filepath.Join(dir, "rejected"), Micros: 1_000_000, Source: "file",
	}
	counts, err := (&parquet.Reader{Engine: e, Compression: "snappy"}).Take(context.Background(), f, job)
	if err != nil {
		return nil, nil, err
	}
	texts := func(path, items string) (out []string) {
		rows, err := e.Run(context.Background(), "SELECT CAST("+items+" AS VARCHAR) FROM read_parquet("+duck.Literal(path)+") r")
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			out = append(out, *row[0])
		}
		return out
	}
	taken = texts(job.Path, "to_json(r)")
	for i, row := range taken {
		taken[i] = strings.TrimSuffix(row, `,"_ingestion_timestamp":"1970-01-01 00:00:01+00","_source":"file"}`) + "}"
	}
	if counts.Rejected > 0 {
		rejected = texts(job.RejectedPath, "concat_ws(' | ', _origin, _column, _reason, _raw)")
	}
	if int(counts.Written) != len(taken) || int(counts.Rejected) != len(rejected) {
		t.Errorf("%+v, %d and %d rows", counts, len(taken), len(rejected))
	}
	return taken, rejected, nil
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	f := e.file(t, `SELECT 1::TINYINT a, 1::UBIGINT b, 0.5::FLOAT c, 1.5::DECIMAL(4,2) d, NULL::INTEGER e, uuid() f, TIMESTAMP '2025-01-01' g, DATE '2025-01-01' h, 'x'::BLOB i,
		{'x': 1::SMALLINT, 'y': [NULL]::INTEGER[]} j, MAP {'k': 1} k, []::VARCHAR[] l, NULL::STRUCT(z INTEGER) m, true n`)
	found, err := (&parquet.Reader{Engine: e}).Describe(context.Background(), f)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range found {
		got = append(got, c.Key+" "+c.Type.String())
	}
	want := []string{
		"a BIGINT", "b DECIMAL(38,0)", "c DOUBLE", "d DECIMAL(4,2)", "f VARCHAR", "g TIMESTAMPTZ", "h DATE", "i BLOB", `j STRUCT("x" BIGINT, "y" BIGINT[])`, "k MAP(VARCHAR, BIGINT)", "l VARCHAR[]", "n BOOLEAN",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestTake(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	for _, c := range []struct {
		name, query string
		fields      []string
		taken       []string
		rejected    []string
	}{
		{"columns by name, others NULL", `SELECT 1 AS "B", 'x' AS a`, []string{"a", "VARCHAR", "b", "BIGINT", "c", "DOUBLE"}, []string{`{"a":"x","b":1,"c":null}`}, nil},
		{"numbers that are whole", `SELECT unnest([1.0, 1.5, NULL, 'nan', 1e300, -0.5])::DOUBLE a`, []string{"a", "BIGINT"}, []string{`{"a":1}`, `{"a":null}`}, []string{
			`in.parquet:2 | a | 1.5 is no BIGINT | {"a":1.5}`, `in.parquet:4 | a | nan is no BIGINT | {"a":"nan"}`, `in.parquet:5 | a | 1e+300 is no BIGINT | {"a":1e300}`, `in.parquet:6 | a | -0.5 is no BIGINT | {"a":-0.5}`,
		}},
		{"whole numbers that a DOUBLE rounds", `SELECT unnest([9007199254740992, 9007199254740993, 9223372036854775807])::BIGINT a`, []string{"a", "DOUBLE"}, []string{`{"a":9007199254740992.0}`}, []string{
			`in.parquet:2 | a | 9007199254740993 is no DOUBLE | {"a":9007199254740993}`, `in.parquet:3 | a | 9223372036854775807 is no DOUBLE | {"a":9223372036854775807}`,
		}},
		{"decimals", `SELECT unnest([1.25, 1.255, 100])::DECIMAL(10,3) a`, []string{"a", "DECIMAL(4,2)"}, []string{`{"a":1.25}`}, []string{
			`in.parquet:2 | a | 1.255 is no DECIMAL(4,2) | {"a":1.255}`, `in.parquet:3 | a | 100.000 is no DECIMAL(4,2) | {"a":100.0}`,
		}},
		{"texts are no numbers", `SELECT unnest(['1', NULL]) a, 7 k`, []string{"a", "BIGINT", "k", "BIGINT"}, []string{`{"a":null,"k":7}`}, []string{`in.parquet:1 | a | 1 is no BIGINT | {"a":"1","k":7}`}},
		{"numbers are texts", `SELECT 1.50::DECIMAL(3,2) a, true b, [1] c, {'x': 1} d`, []string{"a", "VARCHAR", "b", "VARCHAR", "c", "VARCHAR", "d", "VARCHAR"}, []string{`{"a":"1.50","b":"true","c":"[1]","d":"{\"x\":1}"}`}, nil},
		{
			"nanoseconds", `SELECT unnest([TIMESTAMP_NS '2025-01-01 00:00:00.000001', TIMESTAMP_NS '2025-01-01 00:00:00.000000001', NULL]) a`,
			[]string{"a", "TIMESTAMPTZ"},
			[]string{`{"a":"2025-01-01 00:00:00.000001+00"}`, `{"a":null}`},
			[]string{`in.parquet:2 | a | 2025-01-01 00:00:00.000000001 is no TIMESTAMPTZ | {"a":"2025-01-01 00:00:00.000000001"}`},
		},
		{"nanoseconds as texts", `SELECT TIMESTAMP_NS '2025-01-01 00:00:00.000000001' a`, []string{"a", "VARCHAR"}, []string{`{"a":"2025-01-01 00:00:00.000000001"}`}, nil},
		{
			"nanoseconds inside", `SELECT unnest([[TIMESTAMP_NS '2025-01-01 00:00:00.000000001'], [TIMESTAMP_NS '2025-01-01 00:00:00']]) a`,
			[]string{"a", "TIMESTAMPTZ[]"},
			[]string{`{"a":["2025-01-01 00:00:00+00"]}`},
			[]string{`in.parquet:1 | a | ['2025-01-01 00:00:00.000000001'] is no TIMESTAMPTZ[] | {"a":["2025-01-01 00:00:00.000000001"]}`},
		},
		{"infinite times", `SELECT unnest([TIMESTAMP 'infinity', TIMESTAMP '2025-01-01']) a`, []string{"a", "TIMESTAMPTZ"}, []string{`{"a":"2025-01-01 00:00:00+00"}`}, []string{`in.parquet:1 | a | infinity is no TIMESTAMPTZ | {"a":"infinity"}`}},
		{
			"dates of times", `SELECT unnest([TIMESTAMPTZ '2025-01-01 00:00:00+00', TIMESTAMPTZ '2025-01-01 00:00:01+00']) a`,
			[]string{"a", "DATE"},
			[]string{`{"a":"2025-01-01"}`},
			[]string{`in.parquet:2 | a | 2025-01-01 00:00:01+00 is no DATE | {"a":"2025-01-01 00:00:01+00"}`},
		},
		{"strange names", `SELECT 1 AS "a""b'c", 'x' AS "Ü ber"`, []string{"a_b_c", "BIGINT", "ü_ber", "VARCHAR"}, []string{`{"a_b_c":1,"ü_ber":"x"}`}, nil},
		{"no rows", `SELECT 1 a LIMIT 0`, []string{"a", "BIGINT"}, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			taken, rejected, err := e.take(t, e.file(t, c.query), true, c.fields...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.taken, taken); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.rejected, rejected); diff != "" {
				t.Errorf("rejected rows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNewColumnsOfFiles(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	var fresh *columns.NewColumn
	for query, key := range map[string]string{`SELECT 1 a, 2 "New"`: "New", `SELECT {'x': 1, 'y': 2} a`: "a"} {
		_, _, err := e.take(t, e.file(t, query), true, "a", map[bool]string{true: "BIGINT", false: `STRUCT("x" BIGINT)`}[key == "New"])
		if !errors.As(err, &fresh) || fresh.Key != key {
			t.Errorf("%s: %v", query, err)
		}
	}
	if taken, _, err := e.take(t, e.file(t, `SELECT 1 a, NULL::INTEGER b`), true, "a", "BIGINT"); err != nil || fmt.Sprint(taken) != `[{"a":1}]` {
		t.Errorf("a column of NULL: %v, %v", taken, err)
	}
	if taken, _, err := e.take(t, e.file(t, `SELECT 1 a, 2 b`), false, "a", "BIGINT"); err != nil || fmt.Sprint(taken) != `[{"a":1}]` {
		t.Errorf("a column that is left out: %v, %v", taken, err)
	}
}

// The file is of pyarrow: a decimal256, which the engine would read as another
// number.
func TestDecimalsThatTheEngineCannotRead(t *testing.T) {
	t.Parallel()
	_, err := (&parquet.Reader{Engine: newEngine(t)}).Describe(context.Background(), &ingest.File{Path: "testdata/decimal50.parquet", Name: "x.parquet"})
	if fault.CodeOf(err) != fault.Schema || !strings.Contains(err.Error(), "column d is DECIMAL(50,2): there is room for 38 digits") {
		t.Error(err)
	}
}

func TestFilesThatAreNone(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	if _, _, err := e.take(t, &ingest.File{Path: "/nowhere/x.parquet", Name: "x.parquet"}, true, "a", "BIGINT"); fault.CodeOf(err) == "" {
		t.Error("a file that is not there was read")
	}
}
