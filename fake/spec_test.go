package fake

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/fault"
)

const orders = `
name: orders
rows: 3000
start: 2025-03-01
days: 10
key: order_id
time: ordered_at
columns:
  order_id:   {sequence: {start: 100, step: 5, prefix: ORD-}}
  number:     {sequence: true}
  token:      {uuid: true}
  user_id:    {ref: users}
  product:    {ref: products.sku, skew: flat}
  store:      {ref: raw.stores.id}
  customer:   {kind: name, distinct: 50, skew: zipf}
  quantity:   {min: 1, max: 9, invalid: [0, -1]}
  weight:     {type: number, min: 0.5, max: 2.5, invalid: [-1.5]}
  price:      {type: "decimal(10,2)", min: 0.99, max: 99.5}
  paid:       {type: boolean, share: 80%}
  ship_on:    {from: 2025-04-01, to: 2025-04-30}
  seen_at:    {type: timestamp, from: 2025-04-01, to: 2025-04-01}
  ordered_at: {type: timestamp}
  status:     {choices: {open: 60%, paid: 30%, lost: 10%}, invalid: [gone]}
  size:       {choices: [1, 2, 4]}
  rate:       {type: number, choices: [0.25, 0.5]}
  note:       {kind: sentence, nulls: 25%}
`

func mustSpec(t *testing.T, text string) *Spec {
	t.Helper()
	s, err := ParseSpec("orders.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func orderKeys() []Keys {
	return []Keys{{Texts: []string{"a", "b,c", `d"e`}}, {Integers: []int64{7, 8, 9}}}
}

func orderTable(t *testing.T, o Options) *Table {
	t.Helper()
	table, err := mustSpec(t, orders).Table(o, orderKeys())
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestSpecRows(t *testing.T) {
	t.Parallel()
	s := mustSpec(t, orders)
	want := []Reference{{Dataset: "products", Column: "sku", Line: 13}, {Dataset: "raw.stores", Column: "id", Line: 14}}
	if diff := cmp.Diff(want, s.References()); diff != "" {
		t.Error(diff)
	}
	all := rows(t, orderTable(t, Options{Seed: 4}))
	if len(all) != 3000 {
		t.Fatalf("%d rows", len(all))
	}
	users := map[string]bool{}
	for _, row := range rows(t, mustTable(t, UserName, Options{})) {
		users[row["user_id"]] = true
	}
	count := map[string]int{}
	for i, row := range all {
		checkOrder(t, i, row, users)
		for _, c := range []string{"status", "size", "product", "store", "paid", "customer", "rate", "quantity"} {
			count[c+"="+row[c]]++
		}
		if row["note"] == "" {
			count["no note"]++
		}
		if i > 0 && row["ordered_at"] < all[i-1]["ordered_at"] {
			t.Fatalf("row %d is older than the one before", i)
		}
	}
	for what, share := range map[string]float64{
		"status=open": .6, "status=lost": .1, "size=4": 1. / 3, "product=b,c": 1. / 3, "paid=true": .8, "no note": .25,
		"rate=0.25": .5, "quantity=9": 1. / 9,
	} {
		if got := float64(count[what]) / 3000; got < share-.03 || got > share+.03 {
			t.Errorf("%s: a share of %.3f, want %.3f", what, got, share)
		}
	}
}

func checkOrder(t *testing.T, i int, row map[string]string, users map[string]bool) {
	t.Helper()
	weight, _ := strconv.ParseFloat(row["weight"], 64)
	price, _ := strconv.ParseFloat(row["price"], 64)
	for what, ok := range map[string]bool{
		"order_id":   row["order_id"] == "ORD-"+strconv.Itoa(100+5*i),
		"number":     row["number"] == strconv.Itoa(1+i),
		"token":      len(row["token"]) == uuidLen,
		"user_id":    users[row["user_id"]],
		"product":    slices.Contains([]string{"a", "b,c", `d"e`}, row["product"]),
		"store":      slices.Contains([]string{"7", "8", "9"}, row["store"]),
		"weight":     weight >= .5 && weight <= 2.5,
		"price":      price >= .99 && price <= 99.5,
		"ship_on":    row["ship_on"] >= "2025-04-01" && row["ship_on"] <= "2025-04-30",
		"seen_at":    strings.HasPrefix(row["seen_at"], "2025-04-01T"),
		"ordered_at": row["ordered_at"] >= "2025-03-01" && row["ordered_at"] < "2025-03-11",
	} {
		if !ok {
			t.Errorf("row %d: %s is %q", i, what, row[what])
		}
	}
}

func TestSpecIsDeterministic(t *testing.T) {
	t.Parallel()
	o := Options{Seed: 4, Rows: 2*chunkRows + 5, Faults: someFaults()}
	for _, format := range []Format{CSV, JSONLines, Parquet} {
		if string(written(t, orderTable(t, o), format, 1)) != string(written(t, orderTable(t, o), format, 3)) {
			t.Errorf("%s differs between runs", format)
		}
	}
}

// TestSpecColumnsAreIndependent: a column more does not change the others.
func TestSpecColumnsAreIndependent(t *testing.T) {
	t.Parallel()
	more := strings.Replace(orders, "  token: ", "  extra: {kind: city}\n  token: ", 1)
	table, err := mustSpec(t, more).Table(Options{Seed: 4}, orderKeys())
	if err != nil {
		t.Fatal(err)
	}
	got := rows(t, table)
	for i, row := range rows(t, orderTable(t, Options{Seed: 4})) {
		delete(got[i], "extra")
		if diff := cmp.Diff(row, got[i]); diff != "" {
			t.Fatalf("row %d: %s", i, diff)
		}
	}
}

func TestSpecFaults(t *testing.T) {
	t.Parallel()
	table := orderTable(t, Options{Seed: 4, Faults: Faults{Late: Whole / 10, Duplicates: Whole / 10, Invalid: Whole / 10, Nulls: Whole / 10}})
	wrong := map[string]string{}
	counts := map[string]int{}
	for _, line := range truth(t, table) {
		counts[line.Fault]++
		if line.Fault == "invalid" {
			wrong[line.Key] = *line.Column
		}
	}
	if diff := cmp.Diff(map[string]int{"late": 300, "duplicate": 300, "invalid": 300, "null": 300}, counts); diff != "" {
		t.Error(diff)
	}
	all := rows(t, table)
	if len(all) != 3300 {
		t.Errorf("%d rows", len(all))
	}
	for _, row := range all {
		got := ""
		switch {
		case slices.Contains([]string{"0", "-1"}, row["quantity"]):
			got = "quantity"
		case row["weight"] == "-1.5":
			got = "weight"
		case row["status"] == "gone":
			got = "status"
		}
		if got != wrong[row["order_id"]] {
			t.Errorf("%s: %q is invalid, the truth says %q", row["order_id"], got, wrong[row["order_id"]])
		}
	}
}

func TestSpecTypesInParquet(t *testing.T) {
	t.Parallel()
	session, err := duck.Open(t.Context(), duck.Options{TempDir: t.TempDir(), Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close() })
	name := filepath.Join(t.TempDir(), "orders.parquet")
	table := orderTable(t, Options{Seed: 4, Faults: someFaults()})
	if err := os.WriteFile(name, written(t, table, Parquet, 2), 0o600); err != nil {
		t.Fatal(err)
	}
	var got string
	query := "SELECT string_agg(column_type, ' ') FROM (DESCRIBE FROM read_parquet(" + duck.Literal(name) + "))"
	if err := session.QueryRow(t.Context(), query, &got); err != nil {
		t.Fatal(err)
	}
	got = strings.ReplaceAll(got, "TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ")
	want := "VARCHAR BIGINT VARCHAR VARCHAR VARCHAR BIGINT VARCHAR BIGINT DOUBLE DECIMAL(10,2) BOOLEAN DATE " +
		"TIMESTAMPTZ TIMESTAMPTZ VARCHAR BIGINT DOUBLE VARCHAR TIMESTAMPTZ VARCHAR"
	if got != want {
		t.Errorf("types are\n%s, want\n%s", got, want)
	}
	var sum string
	if err := session.QueryRow(t.Context(), "SELECT sum(price)::VARCHAR || ' ' || count(DISTINCT seen_at) || ' ' || count(*) FILTER (paid) FROM read_parquet("+duck.Literal(name)+")", &sum); err != nil {
		t.Fatal(err)
	}
	cents, seen, paid := int64(0), map[string]bool{}, 0
	for _, row := range rows(t, table) {
		n, _ := strconv.ParseInt(strings.ReplaceAll(row["price"], ".", ""), 10, 64)
		cents += n
		if row["seen_at"] != "" {
			seen[row["seen_at"]] = true
		}
		if row["paid"] == "true" {
			paid++
		}
	}
	if want := string(appendDecimal(nil, cents, 2)) + " " + strconv.Itoa(len(seen)) + " " + strconv.Itoa(paid); sum != want {
		t.Errorf("Parquet says %s, CSV %s", sum, want)
	}
}

func TestSpecProblems(t *testing.T) {
	t.Parallel()
	const text = `nam: orders
rows: 0
start: someday
key: ordr
time: id
columns:
  id: {type: text}
  ID: {uuid: true}
  a: {kind: emial}
  b: {kind: city, uuid: true}
  c: {min: 5, max: 1}
  d: {type: 'decimal(30,2)', min: 1, max: 2}
  e: {choices: {x: much}}
  f: {type: intger, min: 1, max: 2}
  g: {ref: nowhere}
  h: {min: 3}
  i: {choices: [x, y], invalid: [y]}
  j: {kind: city, nulls: 200%, colour: red}
  order: {sequence: {step: 0}}
  _source: {uuid: true}
  k: {uuid: true, invalid: [x]}
  l: {type: decimal(3,2), min: 1, max: 2}
`
	_, err := ParseSpec("o.yaml", []byte(text))
	if err == nil || fault.CodeOf(err) != fault.Config {
		t.Fatalf("error %v", err)
	}
	for _, want := range []string{
		"o.yaml:1: unknown field nam: did you mean name?",
		"o.yaml:2: 0 is not between 1 and",
		`o.yaml:3: "someday" is not a day`,
		"o.yaml:4: key: there is no column ordr: did you mean order?",
		"o.yaml:5: time: column id is not a timestamp",
		"o.yaml:7: column id: it does not say where its values come from",
		"o.yaml:8: column ID has the name of column id",
		`o.yaml:9: column a: unknown kind "emial": did you mean email?`,
		"o.yaml:10: column b: its values come from one place, not from kind and uuid",
		"o.yaml:11: column c: 5 is above 1",
		"o.yaml:12: column d: type decimal(30,2): 1 to 18 digits",
		`o.yaml:13: column e: choices: "much" is not a share`,
		`o.yaml:14: column f: unknown type "intger": did you mean integer?`,
		`o.yaml:15: column g: ref "nowhere"`,
		"o.yaml:16: column h: both min and max are needed",
		"o.yaml:17: column i: invalid: y is a valid value",
		`o.yaml:18: column j: share "200%" is not between`,
		"o.yaml:18: column j: unknown field colour",
		"o.yaml:19: column order: sequence: a step of 0",
		"o.yaml:20: column _source has the name of column _source",
		`o.yaml:22: column l: type decimal(3: quote it within braces`,
		"o.yaml:21: column k: invalid: a column of this sort has no invalid values",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("missing: %s\nin: %v", want, err)
		}
	}
	for text, want := range map[string]string{
		"":                      "o.yaml:1: the file is empty",
		"a: [":                  "o.yaml:1: ",
		"- x":                   "o.yaml:1: a mapping (name: value) is expected",
		"name: x":               "o.yaml:1: columns are missing",
		"name: x\ncolumns: {}":  "o.yaml:2: columns: there is none",
		"name: x\nname: y\n":    "o.yaml:2: name is there twice, first in line 1",
		"name: X-1\ncolumns: 1": `o.yaml:1: name "X-1"`,
		"name: x\ncolumns: {a: {uuid: true}}\n---\nname: y": "a second document",
	} {
		if _, err := ParseSpec("o.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %s", text, err, want)
		}
	}
}

func FuzzParseSpec(f *testing.F) {
	f.Add(orders)
	f.Add("name: x\ncolumns: {a: {min: 1, max: 9223372036854775807}}")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSpec("f.yaml", []byte(text))
		if err != nil || len(s.References()) > 0 || len(s.columns) > 20 {
			return
		}
		table, err := s.Table(Options{Rows: 10}, nil)
		if err != nil {
			return
		}
		written(t, table, JSONLines, 1)
	})
}
