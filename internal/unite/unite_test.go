package unite

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/fault"
)

// made is a Parquet file of a test: the SQL that makes it and what its footer
// says of its columns.
type made struct {
	sql     string
	columns string // "a INTEGER, b VARCHAR"
	folder  string // k=v folders
}

func engine(t *testing.T) *duck.Session {
	t.Helper()
	s, err := duck.Open(t.Context(), duck.Options{TempDir: t.TempDir(), Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func columns(text string) []Column {
	var out []Column
	for _, item := range strings.Split(text, "; ") {
		name, typ, _ := strings.Cut(item, " ")
		out = append(out, Column{name, typ})
	}
	return out
}

func build(t *testing.T, s *duck.Session, all []made) []File {
	t.Helper()
	dir := t.TempDir()
	var files []File
	for i, m := range all {
		name := fmt.Sprintf("f%d.parquet", i)
		path := filepath.Join(dir, m.folder, name)
		if err := s.Exec(t.Context(), "COPY ("+m.sql+") TO "+duck.Literal(filepath.Join(dir, name))+" (FORMAT parquet)"); err != nil {
			t.Fatal(err)
		}
		if m.folder != "" {
			moveInto(t, filepath.Join(dir, name), path)
		}
		files = append(files, File{Path: path, Name: name, Columns: columns(m.columns)})
	}
	return files
}

// rows are the rows of a query as text, sorted, after a line of its columns
// with their types.
func rows(t *testing.T, s *duck.Session, query string) []string {
	t.Helper()
	var out []string
	read := func(q string) {
		result, err := s.Query(t.Context(), q)
		if err != nil {
			t.Fatalf("%v\n%s", err, q)
		}
		defer func() { _ = result.Close() }()
		for result.Next() {
			var text string
			if err := result.Scan(&text); err != nil {
				t.Fatal(err)
			}
			out = append(out, text)
		}
		if err := result.Err(); err != nil {
			t.Fatal(err)
		}
	}
	read("SELECT string_agg(column_name || ' ' || column_type, ', ') FROM (DESCRIBE " + query + ")")
	read("SELECT r::VARCHAR FROM (SELECT row(*COLUMNS(*)) AS r FROM (" + query + ")) ORDER BY r")
	return out
}

func TestUnite(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files []made
		want  []string
	}{
		"one": {
			[]made{{sql: "SELECT 1::INTEGER AS a, 'x' AS b", columns: "a INTEGER; b VARCHAR"}},
			[]string{"a BIGINT, b VARCHAR", "(1, x)"},
		},
		"by name, missing columns are NULL": {
			[]made{
				{sql: "SELECT 1::BIGINT AS a, 'x' AS b", columns: "a BIGINT; b VARCHAR"},
				{sql: "SELECT 'y' AS b, 2::BIGINT AS a, true AS c", columns: "b VARCHAR; a BIGINT; c BOOLEAN"},
			},
			[]string{"a BIGINT, b VARCHAR, c BOOLEAN", "(1, x, NULL)", "(2, y, true)"},
		},
		"widest number": {
			[]made{
				{sql: "SELECT 1::TINYINT AS a, 1::INTEGER AS b, 1.25::DECIMAL(5,2) AS c", columns: "a TINYINT; b INTEGER; c DECIMAL(5,2)"},
				{sql: "SELECT 3000000000::BIGINT AS a, 0.5::FLOAT AS b, 12345.123::DECIMAL(8,3) AS c", columns: "a BIGINT; b FLOAT; c DECIMAL(8,3)"},
			},
			[]string{"a BIGINT, b DOUBLE, c DECIMAL(8,3)", "(1, 1.0, 1.250)", "(3000000000, 0.5, 12345.123)"},
		},
		"NULL types take the other file's": {
			[]made{
				{sql: "SELECT NULL::INTEGER AS a, 1::BIGINT AS b", columns: "a NULL; b BIGINT"},
				{sql: "SELECT 'x' AS a, 2::BIGINT AS b", columns: "a VARCHAR; b BIGINT"},
			},
			[]string{"a VARCHAR, b BIGINT", "(x, 2)", "(NULL, 1)"},
		},
		"times": {
			[]made{
				{sql: "SELECT TIMESTAMP '2025-01-02 03:04:05.123456' AS a", columns: "a TIMESTAMP"},
				{sql: "SELECT TIMESTAMP_NS '2025-01-02 03:04:05.123456789' AS a", columns: "a TIMESTAMP_NS"},
				{sql: "SELECT TIMESTAMPTZ '2025-01-02 03:04:05+02' AS a", columns: "a TIMESTAMPTZ"},
				{sql: "SELECT DATE '1500-01-02' AS a", columns: "a DATE"},
				{sql: "SELECT TIMESTAMP '0900-01-02' AS a", columns: "a TIMESTAMP"},
			},
			[]string{
				"a TIMESTAMP WITH TIME ZONE", "('0900-01-02 00:00:00+00')", "('1500-01-02 00:00:00+00')", "('2025-01-02 01:04:05+00')",
				"('2025-01-02 03:04:05.123456+00')", "('2025-01-02 03:04:05.123456+00')",
			},
		},
		"converted when read": {
			[]made{{
				sql: "SELECT 18446744073709551615::UBIGINT AS a, '11111111-2222-3333-4444-555555555555'::UUID AS b, TIME '01:02:03.5' AS c," +
					" INTERVAL 3 DAY AS d, 'x'::ENUM('x') AS e, 4000000000::UINTEGER AS f",
				columns: "a UBIGINT; b UUID; c TIME; d INTERVAL; e VARCHAR; f UINTEGER",
			}},
			[]string{
				"a DECIMAL(38,0), b VARCHAR, c VARCHAR, d VARCHAR, e VARCHAR, f BIGINT",
				"(18446744073709551615, 11111111-2222-3333-4444-555555555555, '01:02:03.5', 3 days, x, 4000000000)",
			},
		},
		"nested": {
			[]made{
				{
					sql: "SELECT {'x': 1::INTEGER} AS s, [1::INTEGER] AS l, MAP {'k': 1::INTEGER} AS m, [{'t': TIMESTAMP '2025-01-01'}] AS n", columns: "s STRUCT(x INTEGER); l INTEGER[]; m MAP(VARCHAR, INTEGER); n STRUCT(t TIMESTAMP)[]",
				},
				{
					sql: "SELECT {'y': 'b', 'x': 2.5::DOUBLE} AS s, [0.5::DOUBLE] AS l, MAP {'k': 2::BIGINT} AS m, NULL::INTEGER[] AS n", columns: "s STRUCT(y VARCHAR, x DOUBLE); l DOUBLE[]; m MAP(VARCHAR, BIGINT); n NULL[]",
				},
			},
			[]string{
				"s STRUCT(x DOUBLE, y VARCHAR), l DOUBLE[], m MAP(VARCHAR, BIGINT), n STRUCT(t TIMESTAMP WITH TIME ZONE)[]",
				"({'x': 1.0, 'y': NULL}, [1.0], {k=1}, [{'t': '2025-01-01 00:00:00+00'}])",
				"({'x': 2.5, 'y': b}, [0.5], {k=2}, NULL)",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := engine(t)
			r, err := Unite(build(t, s, c.files), Options{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, rows(t, s, r.SQL())); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOneScanForFilesOfTheSameColumns(t *testing.T) {
	t.Parallel()
	var files []File
	for i := range 10 {
		f := File{Path: fmt.Sprintf("/x/%d.parquet", i), Columns: columns("a BIGINT; b VARCHAR")}
		if i%2 == 1 {
			f.Columns = columns("a INTEGER; b VARCHAR")
		}
		files = append(files, f)
	}
	r, err := Unite(files, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(r.SQL(), "read_parquet"); got != 2 {
		t.Errorf("%d scans, want 2:\n%s", got, r.SQL())
	}
	if got := r.Select([]string{"B"}, []int{0, 2}); got != `SELECT "b" FROM read_parquet(['/x/0.parquet', '/x/2.parquet'], hive_partitioning = false)` {
		t.Error(got)
	}
	if got := r.Select(nil, nil); got != `SELECT CAST(NULL AS BIGINT) AS "a", CAST(NULL AS VARCHAR) AS "b" LIMIT 0` {
		t.Error(got)
	}
}

func TestConflicts(t *testing.T) {
	t.Parallel()
	files := []File{
		{Path: "/x/1", Name: "one.parquet", Columns: columns("a NULL; b BIGINT; c BOOLEAN")},
		{Path: "/x/2", Name: "two.parquet", Columns: columns("a VARCHAR; b BIGINT; c BIGINT")},
		{Path: "/x/3", Name: "three.parquet", Columns: columns("a DOUBLE; b DOUBLE; c BIGINT")},
	}
	_, err := Unite(files, Options{})
	want := "column a is text in two.parquet but a number (DOUBLE) in three.parquet\n" +
		"column c is BOOLEAN in one.parquet but a number (BIGINT) in two.parquet"
	if err == nil || err.Error() != want || fault.CodeOf(err) != fault.Schema {
		t.Errorf("got %v\nwant %s", err, want)
	}
	r, err := Unite(files, Options{Lenient: true})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(columns("a VARCHAR; b DOUBLE; c VARCHAR"), r.Columns); diff != "" {
		t.Error(diff)
	}
}

func TestAllNullColumnTakesTheOtherType(t *testing.T) {
	t.Parallel()
	s := engine(t)
	files := build(t, s, []made{
		{sql: "SELECT NULL::VARCHAR AS a, NULL::VARCHAR AS b, NULL::VARCHAR AS c", columns: "a VARCHAR; b VARCHAR; c VARCHAR"},
		{sql: "SELECT 1.5::DOUBLE AS a, 'x' AS b, NULL::BIGINT AS c", columns: "a DOUBLE; b VARCHAR; c BIGINT"},
	})
	r, err := Unite(files, Options{AllNull: func(file int, column string) (bool, error) {
		var n int64
		err := s.QueryRow(context.Background(), fmt.Sprintf("SELECT count(%s) FROM %s", column, duck.Literal(files[file].Path)), &n)
		return n == 0, err
	}})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"a DOUBLE, b VARCHAR, c VARCHAR", "(1.5, x, NULL)", "(NULL, NULL, NULL)"}
	if diff := cmp.Diff(want, rows(t, s, r.SQL())); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestNamesThatDifferInCase(t *testing.T) {
	t.Parallel()
	s := engine(t)
	files := build(t, s, []made{
		{sql: "SELECT 1::BIGINT AS a", columns: "a BIGINT"},
		{sql: "SELECT 2::BIGINT AS A", columns: "A BIGINT"},
	})
	_, err := Unite(files, Options{})
	if want := `columns "a" and "A" differ only in case (files f0.parquet and f1.parquet)`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	_, err = Unite([]File{{Name: "f", Columns: columns("a BIGINT; A BIGINT")}}, Options{})
	if want := `columns "a" and "A" differ only in case (file f)`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	r, err := Unite(files, Options{Lenient: true})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a BIGINT", "(1)", "(2)"}, rows(t, s, r.SQL())); diff != "" {
		t.Error(diff)
	}
	r, err = Unite([]File{{Name: "f", Columns: columns("a BIGINT; A BIGINT")}}, Options{Lenient: true})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(columns("a BIGINT; A_1 BIGINT"), r.Columns); diff != "" {
		t.Error(diff)
	}
}

func TestPartitionColumns(t *testing.T) {
	t.Parallel()
	s := engine(t)
	one, two := "5", "a/b"
	for name, folders := range map[string][3]string{
		"in the path":     {"m=5/k=a%2Fb", "m=5/k=__HIVE_DEFAULT_PARTITION__", "m=__HIVE_DEFAULT_PARTITION__/k=a%2Fb"},
		"not in the path": {},
	} {
		t.Run(name, func(t *testing.T) {
			files := build(t, s, []made{
				{sql: "SELECT 1::BIGINT AS v", columns: "v BIGINT", folder: folders[0]},
				{sql: "SELECT 2::BIGINT AS v", columns: "v BIGINT", folder: folders[1]},
				{sql: "SELECT 3::BIGINT AS v", columns: "v BIGINT", folder: folders[2]},
			})
			files[0].Partition = map[string]*string{"m": &one, "k": &two}
			files[1].Partition = map[string]*string{"m": &one, "k": nil}
			files[2].Partition = map[string]*string{"m": nil, "k": &two}
			r, err := Unite(files, Options{Partition: columns("m BIGINT; k VARCHAR")})
			if err != nil {
				t.Fatal(err)
			}
			want := []string{"v BIGINT, m BIGINT, k VARCHAR", "(1, 5, a/b)", "(2, 5, NULL)", "(3, NULL, a/b)"}
			if diff := cmp.Diff(want, rows(t, s, r.SQL())); diff != "" {
				t.Errorf("rows (-want +got):\n%s\n%s", diff, r.SQL())
			}
			if got, want := strings.Count(r.SQL(), "read_parquet"), map[bool]int{true: 1, false: 3}[folders[0] != ""]; got != want {
				t.Errorf("%d scans, want %d", got, want)
			}
		})
	}
}

// The statistics of this file, which another tool wrote, leave NaN out: the
// largest value is -1 by them.
func TestStatisticsDoNotHideNaN(t *testing.T) {
	t.Parallel()
	s := engine(t)
	files := []File{{
		Path: filepath.Join("testdata", "nan.parquet"), Name: "nan",
		Columns: columns("a DOUBLE; i BIGINT; s STRUCT(x DOUBLE); l DOUBLE[]; f FLOAT"),
	}}
	r, err := Unite(files, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]int64{
		"SELECT count(*) FROM (%s) WHERE a > 0":                                    1,
		"SELECT count(*) FROM (%s) WHERE NOT (a <= -1)":                            1,
		"SELECT count_if(a > 0) FROM (%s)":                                         1,
		"SELECT count(*) FROM (%s) WHERE isnan(a)":                                 1,
		"SELECT count(*) FROM (%s) WHERE s.x > 0":                                  1,
		"SELECT count(*) FROM (%s) WHERE l[1] > 0":                                 1,
		"SELECT count(*) FROM (%s) WHERE f > 0":                                    1,
		"SELECT count(*) FROM (%s) WHERE a = 'nan'::DOUBLE":                        1,
		"SELECT isnan(max(a))::INT FROM (%s)":                                      1,
		"SELECT count(*) FROM (%s) SEMI JOIN (SELECT 'nan'::DOUBLE AS v) ON a = v": 1,
	} {
		var got int64
		if err := s.QueryRow(t.Context(), fmt.Sprintf(query, r.SQL()), &got); err != nil {
			t.Errorf("%s: %v", query, err)
		} else if got != want {
			t.Errorf("%s = %d, want %d", query, got, want)
		}
	}
}
