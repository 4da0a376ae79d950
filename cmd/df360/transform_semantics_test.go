package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// semanticsCase is input of another tool and what becomes of it.
type semanticsCase struct {
	name  string
	typ   string
	files []string // queries
	// columns are shown; "" is none.
	columns  string
	want     []string // processed
	rejected []string // the column shown first, and the reason
	agg      []string // whole, by "agg" columns
	aggShown string
	dups     int64
}

const transactionDefaults = "'t1' AS transaction_id, 'u1' AS user_id, 10.0::DOUBLE AS amount, 'EUR' AS currency, 'm' AS merchant, 'completed' AS status, TIMESTAMPTZ '2025-05-17 13:45:10+00' AS transaction_date"

// transaction is a row with some columns replaced.
func transaction(replace ...string) string {
	if len(replace) == 0 {
		return "SELECT " + transactionDefaults
	}
	return "SELECT * REPLACE (" + strings.Join(replace, ", ") + ") FROM (SELECT " + transactionDefaults + ")"
}

func union(queries ...string) string { return strings.Join(queries, " UNION ALL ") }

func semanticsCases() []semanticsCase {
	return []semanticsCase{
		{
			name: "users are trimmed of blanks only", typ: "users",
			files:   []string{"SELECT * FROM (VALUES (E'  A\t ', 'A@B.co', 30), ('b', E'c@d.org\n', 25), ('c', ' x@y.zz', 1)) AS t(name, email, age)"},
			columns: "'[' || name || ']', email, email_domain, age_group",
			want:    []string{"[A\t]|a@b.co|b.co|adult", "[b]|c@d.org\n|d.org|adult"},
			rejected: []string{
				"c|email_valid",
			},
		},
		{
			name: "email patterns are those of Java", typ: "users",
			files: []string{"SELECT 'n' AS name, email, 30 AS age FROM (VALUES ('a@b.co' || chr(8232)), (E'a@b.co\\r\\n'), (E'a@b.co\\n\\n'), ('ä@b.co'), ('a@b'), ('a@b.c_d'), (E'a@b.co\\n\\r'), ('a@b.co' || chr(133)), ('a@b.é'), (NULL), ('')) AS t(email)"},
			// The line terminators stay: only blanks are trimmed.
			columns:  "length(email), email_domain",
			want:     []string{"7|b.c_d", "7|b.co", "7|b.co", "8|b.co"},
			rejected: []string{"n|email_present,email_valid", "n|email_valid", "n|email_valid", "n|email_valid", "n|email_valid", "n|email_valid", "n|email_valid"},
		},
		{
			name: "ages", typ: "users",
			files:   []string{"SELECT 'n' || age AS name, 'a@b.co' AS email, age FROM (VALUES (0::DOUBLE), (24.9), (25), (49.5), (50), (120), (120.5), (-1), ('nan'), (NULL)) AS t(age)"},
			columns: "age, age_group",
			want:    []string{"0|young", "120|senior", "24.9|young", "25|adult", "49.5|adult", "50|senior"},
			rejected: []string{
				"NULL|age_range", "n-1.0|age_range", "n120.5|age_range", "nnan|age_range",
			},
		},
		{
			name: "ages in text", typ: "users",
			files:    []string{"SELECT 'n' AS name, 'a@b.co' AS email, age FROM (VALUES ('30'), (' 31.5 '), ('x'), (''), (NULL), ('1e1'), ('nan'), ('130')) AS t(age)"},
			columns:  "age",
			want:     []string{"10", "30", "31.5"},
			rejected: []string{"n|age_is_number", "n|age_is_number", "n|age_is_number", "n|age_range", "n|age_range"},
		},
		{
			name: "amounts", typ: "transactions",
			files: []string{union(
				transaction("0.01::DOUBLE AS amount", "'USD' AS currency"), transaction("50::DOUBLE AS amount", "'GBP' AS currency"), transaction("500::DOUBLE AS amount"),
				transaction("'nan'::DOUBLE AS amount"), transaction("0::DOUBLE AS amount"), transaction("NULL::DOUBLE AS amount", "'bogus' AS status"),
				transaction("NULL AS transaction_id"), transaction("'COMPLETED' AS status"),
			)},
			columns:  "amount, amount_eur, amount_category",
			want:     []string{"0.01|0.0092|small", "500|500|large", "50|58.5|medium", "NaN|NaN|large"},
			rejected: []string{"NULL|transaction_id_present", "t1|amount_positive", "t1|amount_present,amount_positive,status_valid", "t1|status_valid"},
			aggShown: "user_id, total_transactions, total_amount, avg_amount, max_amount, min_amount, last_transaction_date, unique_merchants",
			agg:      []string{"u1|4|NaN|NaN|NaN|0.01|2025-05-17 00:00:00|1"},
		},
		{
			name: "amounts in text", typ: "transactions",
			files:    []string{union(transaction("'12.50' AS amount"), transaction("'abc' AS amount"), transaction("' .5 ' AS amount"), transaction("NULL AS amount"))},
			columns:  "amount, typeof(amount)",
			want:     []string{"0.5|DOUBLE", "12.5|DOUBLE"},
			rejected: []string{"t1|amount_is_number", "t1|amount_present,amount_positive"},
		},
		{
			name: "decimals stay exact", typ: "transactions",
			files:    []string{union(transaction("0.10::DECIMAL(12,2) AS amount"), transaction("0.20::DECIMAL(12,2) AS amount"))},
			columns:  "amount, typeof(amount), amount_eur, typeof(amount_eur)",
			want:     []string{"0.1|DECIMAL(12,2)|0.1|DOUBLE", "0.2|DECIMAL(12,2)|0.2|DOUBLE"},
			aggShown: "total_amount::VARCHAR, typeof(total_amount), avg_amount, typeof(avg_amount), typeof(max_amount)",
			agg:      []string{"0.30|DECIMAL(38,2)|0.15|DOUBLE|DECIMAL(12,2)"},
		},
		{
			name: "sums of integers do not wrap", typ: "transactions",
			files:    []string{union(transaction("9223372036854775807 AS amount"), transaction("9223372036854775806 AS amount"))},
			columns:  "amount",
			want:     []string{"9223372036854775806", "9223372036854775807"},
			aggShown: "total_amount::VARCHAR, typeof(total_amount)",
			agg:      []string{"18446744073709551613|DECIMAL(38,0)"},
		},
		{
			name: "dates in text", typ: "transactions",
			files: []string{"SELECT * REPLACE (d AS transaction_date) FROM (" + transaction("'' AS transaction_date") + `), (VALUES ('2025-05-17'), ('2025-5-7'), (' 2025-05-17T23:30 '), ('2025-05-17 23:30:00-05:00'),
				('2025-05-17T23:30Z'), ('17.05.2025'), ('2025-02-30'), (''), (NULL), ('2025-05-17x'), ('2025'), ('2025-05-17T10:11:12.123456789+0530'), ('2025-05-17 24:10')) AS v(d)`},
			columns: "d, transaction_date, transaction_year, transaction_month, transaction_day",
			want: []string{
				" 2025-05-17T23:30 |2025-05-17 00:00:00|2025|5|17", "17.05.2025|NULL|NULL|NULL|NULL", "2025-02-30|NULL|NULL|NULL|NULL",
				"2025-05-17 23:30:00-05:00|2025-05-18 00:00:00|2025|5|18", "2025-05-17 24:10|NULL|NULL|NULL|NULL",
				"2025-05-17T10:11:12.123456789+0530|2025-05-17 00:00:00|2025|5|17", "2025-05-17T23:30Z|2025-05-17 00:00:00|2025|5|17",
				"2025-05-17x|NULL|NULL|NULL|NULL", "2025-05-17|2025-05-17 00:00:00|2025|5|17", "2025-5-7|2025-05-07 00:00:00|2025|5|7", "2025|NULL|NULL|NULL|NULL",
				"NULL|NULL|NULL|NULL|NULL", "|NULL|NULL|NULL|NULL",
			},
		},
		{
			name: "epochs", typ: "logs",
			files:   []string{"SELECT i::BIGINT AS timestamp, 'INFO' AS level FROM (VALUES (1747489510), (1747489510123), (-1), (100000000000), (100000000001), (9000000000000000)) AS t(i)"},
			columns: "timestamp, log_date, log_hour",
			want: []string{
				"-1|1969-12-31 00:00:00|23", "100000000000|5138-11-16 00:00:00|9", "100000000001|1973-03-03 00:00:00|9",
				"1747489510123|2025-05-17 00:00:00|13", "1747489510|2025-05-17 00:00:00|13", "9000000000000000|NULL|NULL",
			},
		},
		{
			name: "epochs with fractions", typ: "transactions",
			files:   []string{union(transaction("1747489510.999999::DOUBLE AS transaction_date"), transaction("'nan'::DOUBLE AS transaction_date"), transaction("-0.5::DOUBLE AS transaction_date"))},
			columns: "transaction_date",
			want:    []string{"1969-12-31 00:00:00", "2025-05-17 00:00:00", "NULL"},
		},
		{
			name: "logs", typ: "logs",
			files:   []string{`SELECT * FROM (VALUES ('2025-05-17T13:45', 'ERROR'), ('2025-05-17 00:00:00', 'WARNING'), ('yesterday', 'DEBUG'), (NULL, 'info'), ('x', NULL)) AS t(timestamp, level)`},
			columns: "timestamp, level, log_date, log_hour, severity_level, typeof(log_hour)",
			want:    []string{"2025-05-17 00:00:00|WARNING|2025-05-17 00:00:00|0|2|BIGINT", "2025-05-17T13:45|ERROR|2025-05-17 00:00:00|13|3|BIGINT", "yesterday|DEBUG|NULL|NULL|1|BIGINT"},
			rejected: []string{
				"NULL|timestamp_present,level_valid", "x|level_valid",
			},
		},
		{
			name: "old dates are proleptic", typ: "transactions",
			files:   []string{union(transaction("TIMESTAMPTZ '1500-02-28 12:00:00+00' AS transaction_date"), transaction("TIMESTAMPTZ '0001-01-01 00:00:00+00' AS transaction_date"))},
			columns: "transaction_date, transaction_year",
			want:    []string{"0001-01-01 00:00:00|1", "1500-02-28 00:00:00|1500"},
		},
		{
			name: "zones and nanoseconds", typ: "generic",
			files: []string{
				"SELECT TIMESTAMP '2025-05-17 23:59:59.5' AS t, 1::TINYINT AS n", "SELECT TIMESTAMPTZ '2025-05-17 23:59:59+02' AS t, 2.5::DOUBLE AS n",
				"SELECT TIMESTAMP_NS '2025-05-17 23:59:59.123456789' AS t, NULL::INTEGER AS n",
			},
			columns: "t, n, typeof(t), typeof(n)",
			want: []string{
				"2025-05-17 21:59:59|2.5|TIMESTAMP WITH TIME ZONE|DOUBLE", "2025-05-17 23:59:59.123456|NULL|TIMESTAMP WITH TIME ZONE|DOUBLE",
				"2025-05-17 23:59:59.5|1|TIMESTAMP WITH TIME ZONE|DOUBLE",
			},
		},
		{
			name: "duplicates", typ: "generic", dups: 5,
			files: []string{
				"SELECT * FROM (VALUES ('a', 'nan'::DOUBLE, 1), ('a', -'nan'::DOUBLE, 1), ('b', 0.0, 1), ('b', -0.0, 1), (NULL, NULL, NULL), (NULL, NULL, NULL), ('c', 1, 1), ('C', 1, 1), ('c ', 1, 1)) AS t(s, d, i)",
				"SELECT 'c' AS s, 1::DOUBLE AS d, 1 AS i UNION ALL SELECT NULL, NULL, NULL",
			},
			columns: "s, d, i",
			want:    []string{"C|1|1", "NULL|NULL|NULL", "a|NaN|1", "b|0|1", "c |1|1", "c|1|1"},
		},
		{
			name: "rows that differ in a dropped column are no duplicates", typ: "generic", dups: 1,
			files:   []string{"SELECT * FROM (VALUES (1, 'x'), (1, 'y'), (1, 'y')) AS t(a, _source)"},
			columns: "a",
			want:    []string{"1", "1"},
		},
		{
			name: "maps, lists and structs are compared", typ: "generic", dups: 3,
			files: []string{`SELECT MAP {'a': 1, 'b': 2} AS m, [1.0::DOUBLE, NULL] AS l, {'x': 'nan'::DOUBLE} AS s UNION ALL SELECT MAP {'b': 2, 'a': 1}, [1, NULL], {'x': 'nan'}
				UNION ALL SELECT MAP {'a': 1}, [1, NULL], {'x': 'nan'} UNION ALL SELECT NULL, NULL, NULL UNION ALL SELECT NULL, NULL, NULL UNION ALL SELECT NULL, NULL, {'x': NULL} UNION ALL SELECT NULL, NULL, {'x': NULL}`},
			columns: "cardinality(m), l::VARCHAR, s::VARCHAR",
			want:    []string{"1|[1.0, NULL]|{'x': nan}", "2|[1.0, NULL]|{'x': nan}", "NULL|NULL|NULL", "NULL|NULL|{'x': NULL}"},
		},
		{
			name: "names match in any case", typ: "users",
			files:   []string{"SELECT ' N ' AS Name, 'A@B.CO' AS EMAIL, 30 AS Age, 'x' AS Age_Group, 'k' AS Keep"},
			columns: "*",
			want:    []string{"N|a@b.co|30|adult|k|b.co|2026-01-01 00:00:00"},
		},
	}
}

// TestSemantics holds what docs/transform.md says against small inputs.
func TestSemantics(t *testing.T) {
	t.Parallel()
	for _, c := range semanticsCases() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			testSemantics(t, c)
		})
	}
}

func testSemantics(t *testing.T, c semanticsCase) {
	t.Helper()
	l := newTestLake(t)
	l.project(nil)
	for i, q := range c.files {
		l.raw("x", string(rune('a'+i))+".parquet", q)
	}
	args := []string{"--dataset", "x", "--type", c.typ}
	if c.agg != nil {
		args = append(args, "--aggregate")
	}
	got := l.transform(args...)
	if got.RowsDuplicate != c.dups || got.RowsRead != got.RowsWritten+got.RowsRejected+got.RowsDuplicate {
		t.Errorf("summary %+v, want %d duplicates", got, c.dups)
	}
	shown := "(SELECT * REPLACE (TIMESTAMPTZ '2026-01-01 00:00:00+00' AS _processed_timestamp) FROM " + l.processed("x") + ")"
	if diff := cmp.Diff(c.want, l.rows("SELECT "+c.columns+" FROM "+shown)); diff != "" {
		t.Errorf("processed (-want +got):\n%s", diff)
	}
	first := l.rows("SELECT column_name FROM (DESCRIBE SELECT * FROM " + l.processed("x_rejected") + ") LIMIT 1")
	if diff := cmp.Diff(append([]string{}, c.rejected...), l.rows("SELECT "+first[0]+", _reason FROM "+l.processed("x_rejected"))); diff != "" {
		t.Errorf("rejected (-want +got):\n%s", diff)
	}
	if c.agg != nil {
		if diff := cmp.Diff(c.agg, l.rows("SELECT "+c.aggShown+" FROM "+l.processed("x_agg"))); diff != "" {
			t.Errorf("aggregate (-want +got):\n%s", diff)
		}
	}
}
