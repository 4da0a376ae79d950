package postgres

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/sqltype"
	"github.com/kalpafall/df360/warehouse"
	"github.com/kalpafall/df360/warehouse/warehousetest"
)

// TestServiceTypes loads values of every type and reads them back as text.
func TestServiceTypes(t *testing.T) {
	t.Parallel()
	_, url := newTarget(t)
	nines := strings.Repeat("9", 38)
	for i, c := range []struct {
		typ    string
		values string   // VALUES of the engine
		show   string   // SQL of Postgres that shows column v
		want   []string // in order
	}{
		{"BOOLEAN", "(true), (false), (NULL)", "v", []string{"true", "false", "NULL"}},
		{"BIGINT", "(0), (-1), (9223372036854775807), ('-9223372036854775808'::BIGINT), (NULL)", "v", []string{
			"0", "-1", "9223372036854775807", "-9223372036854775808", "NULL",
		}},
		{"DOUBLE", "(0.1), ('NaN'), ('Infinity'), ('-Infinity'), (1.7976931348623157e308), (5e-324), ('-0.0'), (NULL)", "v", []string{
			"0.1", "NaN", "Infinity", "-Infinity", "1.7976931348623157e+308", "5e-324", "-0", "NULL",
		}},
		{
			"VARCHAR", "(''), ('Zoë 😀 日本語'), ('a' || chr(9) || chr(10) || '\\N'), (repeat('x', 100000)), ('twelve bytes'), ('thirteen byte'), (NULL)",
			"CASE WHEN length(v) > 99 THEN md5(v) ELSE v END",
			[]string{
				"", "Zoë 😀 日本語", "a\t\n\\N", "d5816f35916d1d9482fb0f1ec201101d", "twelve bytes", "thirteen byte", "NULL",
			},
		},
		{"DATE", "('2026-11-25'), ('0001-01-01'), ('4713-01-01 (BC)'), ('5874897-12-31'), ('infinity'), ('-infinity'), ('1969-12-31'), (NULL)", "v", []string{
			"2026-11-25", "0001-01-01", "4713-01-01 BC", "5874897-12-31", "infinity", "-infinity", "1969-12-31", "NULL",
		}},
		{
			"TIMESTAMPTZ", "('2026-11-25 01:02:03.456789+00'), ('1999-12-31 23:59:59.999999+00'), ('0044-03-15 (BC) 00:00:00+00'), ('294247-01-10 04:00:54.775806+00'), ('infinity'), ('-infinity'), (NULL)",
			"v AT TIME ZONE 'UTC'",
			[]string{
				"2026-11-25 01:02:03.456789", "1999-12-31 23:59:59.999999", "0044-03-15 00:00:00 BC", "294247-01-10 04:00:54.775806", "infinity", "-infinity", "NULL",
			},
		},
		{"BLOB", "(''), ('\\x00\\xFF\\x41'), (NULL)", "v", []string{`\x`, `\x00ff41`, "NULL"}},
		{"DECIMAL(4,1)", "(0), (-999.9), (0.1), (NULL)", "v", []string{"0.0", "-999.9", "0.1", "NULL"}},
		{"DECIMAL(9,9)", "(0.000000001), (-0.999999999), (0.1)", "v", []string{"0.000000001", "-0.999999999", "0.100000000"}},
		{"DECIMAL(18,2)", "(9999999999999999.99), (-10000.00), (0.01), (10000), (100000000)", "v", []string{
			"9999999999999999.99", "-10000.00", "0.01", "10000.00", "100000000.00",
		}},
		{"DECIMAL(38,0)", "(" + nines + "), (-" + nines + "), (0), (10000000000000000000000000000000000000)", "v", []string{
			nines, "-" + nines, "0", "10000000000000000000000000000000000000",
		}},
		{"DECIMAL(38,38)", "('0." + nines + "'), ('-0.00000000000000000000000000000000000001')", "v", []string{"0." + nines, "-0.00000000000000000000000000000000000001"}},
		{"DECIMAL(38,10)", "('1234567890123456789012345678.0123456789'), (NULL)", "v", []string{"1234567890123456789012345678.0123456789", "NULL"}},
		{"BIGINT[]", "([1, NULL, -3]), ([]), (NULL)", "v", []string{"[1, null, -3]", "[]", "NULL"}},
		{
			`STRUCT("a ""q""" VARCHAR, b DOUBLE, c DECIMAL(20,3), d TIMESTAMPTZ, e DATE, f BLOB, g BOOLEAN)`,
			`(row('x\y"z' || chr(10), 'NaN', 1.5, '2026-01-02 03:04:05.6+00', '2026-01-02', '\xFF', true)), (row(NULL, 'Infinity', NULL, NULL, NULL, NULL, NULL)), (NULL)`, "v",
			[]string{
				`{"b": "NaN", "c": 1.500, "d": "2026-01-02T03:04:05.6Z", "e": "2026-01-02", "f": "/w==", "g": true, "a \"q\"": "x\\y\"z\n"}`,
				`{"b": "Infinity", "c": null, "d": null, "e": null, "f": null, "g": null, "a \"q\"": null}`, "NULL",
			},
		},
		{"MAP(VARCHAR, BIGINT[])", "(MAP {'k': [1, 2], 'l': NULL}), (MAP {}), (NULL)", "v", []string{`{"k": [1, 2], "l": null}`, "{}", "NULL"}},
		{"MAP(BIGINT, BOOLEAN)", "(MAP {7: true})", "v", []string{`{"7": true}`}},
		{"STRUCT(a STRUCT(b BIGINT[])[])[]", "([{'a': [{'b': [1, 2]}, {'b': NULL}]}, NULL])", "v", []string{`[{"a": [{"b": [1, 2]}, {"b": null}]}, null]`}},
	} {
		t.Run(c.typ, func(t *testing.T) {
			t.Parallel()
			d := &warehousetest.Dataset{Name: "d", Lake: "a", Columns: warehousetest.Columns(t, "n", "BIGINT", "v", c.typ)}
			d.Commits = []warehousetest.Commit{{SQL: "SELECT row_number() OVER (), * FROM (VALUES " + c.values + ")", Rows: int64(len(c.want))}}
			o := warehousetest.Options(t, warehouse.Replace)
			o.Table = fmt.Sprint("t", i)
			target := targetOf(t, url)
			warehousetest.Load(t, target, d.At(-1), o)
			got := ask(t, url, "SELECT "+c.show+" FROM curated."+o.Table+" ORDER BY n")
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestDecimalField compares the binary form with what the digits are, for random numbers.
func TestDecimalField(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		precision := 1 + random.IntN(38)
		scale := random.IntN(precision + 1)
		n := new(big.Int)
		for range 1 + random.IntN(precision) {
			n.Mul(n, big.NewInt(10)).Add(n, big.NewInt(int64(random.IntN(10))))
		}
		if random.IntN(3) == 0 { // with zeros at its end
			n.Exp(big.NewInt(10), big.NewInt(int64(random.IntN(precision))), nil)
		}
		m := magnitude{negative: random.IntN(2) == 0 && n.Sign() != 0}
		low := new(big.Int).And(n, new(big.Int).SetUint64(^uint64(0)))
		m.low, m.high = low.Uint64(), new(big.Int).Rsh(n, 64).Uint64()
		want := n.String()
		if m.negative {
			want = "-" + want
		}
		if got := decodeNumeric(t, decimalField(nil, m, scale), scale); got != want {
			t.Fatalf("%s with scale %d is sent as %s", want, scale, got)
		}
	}
}

// decodeNumeric is the number without its point that a field says.
func decodeNumeric(t *testing.T, field []byte, scale int) string {
	t.Helper()
	u16 := func(i int) int { return int(field[4+2*i])<<8 | int(field[5+2*i]) }
	count, weight, sign, dscale := u16(0), int(int16(u16(1))), u16(2), u16(3)
	if dscale != scale || len(field) != 12+2*count {
		t.Fatalf("% x", field)
	}
	n := new(big.Rat)
	for i := range count {
		digit := new(big.Rat).SetInt64(int64(u16(4 + i)))
		power := new(big.Int).Exp(big.NewInt(10000), big.NewInt(int64(max(weight-i, i-weight))), nil)
		if weight >= i {
			digit.Mul(digit, new(big.Rat).SetInt(power))
		} else {
			digit.Quo(digit, new(big.Rat).SetInt(power))
		}
		n.Add(n, digit)
	}
	n.Mul(n, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)))
	if !n.IsInt() {
		t.Fatalf("% x has more digits than its scale", field)
	}
	if sign == numericNegative {
		n.Neg(n)
	}
	return n.Num().String()
}

// TestServiceNUL: text with NUL fails, naming the column, or is replaced and counted.
func TestServiceNUL(t *testing.T) {
	t.Parallel()
	target, url := newTarget(t)
	d := &warehousetest.Dataset{Name: "d", Lake: "a", Columns: warehousetest.Columns(t, "id", "BIGINT", "note", "VARCHAR", "l", "VARCHAR[]")}
	d.Commits = []warehousetest.Commit{{SQL: "VALUES (1, 'a' || chr(0) || 'b' || chr(0), ['x' || chr(0)]), (2, 'plain', NULL)", Rows: 2}}
	o := warehousetest.Options(t, warehouse.Replace)
	_, err := target.Load(t.Context(), d.At(-1), o)
	if fault.CodeOf(err) != fault.Schema || !strings.Contains(err.Error(), "column note") || !strings.Contains(fault.Hint(err), "--nul replace") {
		t.Errorf("%v, hint %s", err, fault.Hint(err))
	}
	o.NUL = warehouse.ReplaceNUL
	if res := warehousetest.Load(t, target, d.At(-1), o); res.NULs != 3 {
		t.Errorf("%+v", res)
	}
	if diff := cmp.Diff([]string{"a\uFFFDb\uFFFD|[\"x\uFFFD\"]", "plain|NULL"}, ask(t, url, "SELECT note, l FROM curated.t ORDER BY id")); diff != "" {
		t.Error(diff)
	}
}

// TestServiceRefusedNames are those that only Postgres does not take.
func TestServiceRefusedNames(t *testing.T) {
	t.Parallel()
	target, _ := newTarget(t)
	d := &warehousetest.Dataset{Name: "d", Lake: "a"}
	d.Commits = []warehousetest.Commit{{SQL: "VALUES (1)", Rows: 1}}
	for name, part := range map[string]string{strings.Repeat("é", 32): "64 bytes", "xmin": "every table", "tableoid": "every table"} {
		d.Columns = []warehouse.Column{{Name: name, Type: sqltype.Of(sqltype.Bigint)}}
		if _, err := target.Load(t.Context(), d.At(-1), warehousetest.Options(t, warehouse.Replace)); fault.CodeOf(err) != fault.Schema || !strings.Contains(err.Error(), part) {
			t.Errorf("%v", err)
		}
	}
	d.Columns = warehousetest.Columns(t, "id", "BIGINT")
	o := warehousetest.Options(t, warehouse.Replace)
	o.Table = strings.Repeat("t", 64)
	if _, err := target.Load(t.Context(), d.At(-1), o); fault.CodeOf(err) != fault.Schema {
		t.Errorf("%v", err)
	}
}

// TestServiceOutOfRange: dates and times that Postgres has not are refused, not wrapped.
func TestServiceOutOfRange(t *testing.T) {
	t.Parallel()
	target, _ := newTarget(t)
	for typ, value := range map[string]string{"DATE": "'5874898-01-01'", "TIMESTAMPTZ": "'4800-01-01 (BC) 00:00:00+00'"} {
		d := &warehousetest.Dataset{Name: "d", Lake: "a", Columns: warehousetest.Columns(t, "at", typ)}
		d.Commits = []warehousetest.Commit{{SQL: "VALUES (" + value + ")", Rows: 1}}
		if _, err := target.Load(t.Context(), d.At(-1), warehousetest.Options(t, warehouse.Replace)); fault.CodeOf(err) != fault.Schema || !strings.Contains(err.Error(), "column at") {
			t.Errorf("%s: %v", typ, err)
		}
	}
}

// TestServiceTablesOfOthers: columns that hold the values are taken, others refused.
func TestServiceTablesOfOthers(t *testing.T) {
	t.Parallel()
	target, url := newTarget(t)
	do(t, url, "CREATE SCHEMA curated; CREATE TABLE curated.t (id bigint PRIMARY KEY, v varchar, n numeric, extra text DEFAULT 'mine')")
	d := &warehousetest.Dataset{Name: "d", Lake: "a", Columns: warehousetest.Columns(t, "id", "BIGINT", "v", "VARCHAR", "n", "DECIMAL(10,2)")}
	d.Commits = []warehousetest.Commit{{SQL: "VALUES (1, 'a', 1.25), (2, NULL, -1)", Rows: 2}}
	o := warehousetest.Options(t, warehouse.Replace)
	for range 2 {
		o.RunID += "x"
		warehousetest.Load(t, target, d.At(-1), o)
		d.Commits[0].Replaces = true
		d.Commits = append(d.Commits, d.Commits[0])
	}
	if diff := cmp.Diff([]string{"1|a|1.25|mine", "2|NULL|-1.00|mine"}, ask(t, url, "SELECT * FROM curated.t ORDER BY id")); diff != "" {
		t.Error(diff)
	}
	do(t, url, "CREATE TABLE curated.narrow (id bigint, v varchar(3), n numeric(6,1)); CREATE VIEW curated.seen AS SELECT 1 AS id")
	for table, part := range map[string]string{"narrow": "numeric(6,1)", "seen": "is a view"} {
		o.Table = table
		if _, err := target.Load(t.Context(), d.At(-1), o); fault.CodeOf(err) != fault.Schema || !strings.Contains(err.Error(), part) {
			t.Errorf("%v", err)
		}
	}
}

// TestReaderRefusesOtherTypes: memory is not read as what it is not.
func TestReaderRefusesOtherTypes(t *testing.T) {
	t.Parallel()
	r, err := duck.OpenReader(duck.Options{Threads: 1, MemoryLimit: 64 << 20, TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	for _, sql := range []string{"SELECT 1::INTEGER", "SELECT 1::BIGINT, 2", "SELECT 'a'"} {
		err := r.Each(t.Context(), sql, []*sqltype.Type{sqltype.Of(sqltype.Bigint)}, func(*duck.Chunk) error { return nil })
		if err == nil {
			t.Errorf("%s was read as BIGINT", sql)
		}
	}
}
