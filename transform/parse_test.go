package transform

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/sqltype"
)

func TestParseReadsEverything(t *testing.T) {
	t.Parallel()
	got, err := Parse("orders.yaml", []byte(`
name: orders
columns:
  id: {type: integer, required: true}
  customer: {type: text, required: aggregate}
  amount: {type: "decimal(10,2)"}
  tags: list(text)
  place: struct(street text, zip struct(a integer, b number))
  anything: any
dedupe: {keys: [id], order: [updated_at desc, id]}
rules:
  amount_positive: amount > 0
replace: {customer: trim(customer)}
derive:
  day: cast(as_timestamp(anything) as date)
drop: ['_*']
partition_by: day
aggregate:
  group_by: [customer]
  measures: {n: count(*)}
  order_by: [n desc]
`))
	if err != nil {
		t.Fatal(err)
	}
	want := &Type{
		Name: "orders", File: "orders.yaml",
		Columns: []Column{
			{Name: "id", Kind: Integer, Required: Always, Line: 4},
			{Name: "customer", Kind: Text, Required: ForAggregate, Line: 5},
			{Name: "amount", Kind: Decimal, Elem: sqltype.DecimalOf(10, 2), Line: 6},
			{Name: "tags", Kind: List, Elem: &sqltype.Type{Kind: sqltype.List, Elem: sqltype.Of(sqltype.Varchar)}, Line: 7},
			{Name: "place", Kind: Struct, Elem: &sqltype.Type{Kind: sqltype.Struct, Fields: []sqltype.Field{
				{Name: "street", Type: sqltype.Of(sqltype.Varchar)},
				{Name: "zip", Type: &sqltype.Type{Kind: sqltype.Struct, Fields: []sqltype.Field{
					{Name: "a", Type: sqltype.Of(sqltype.Bigint)}, {Name: "b", Type: sqltype.Of(sqltype.Double)},
				}}},
			}}, Line: 8},
			{Name: "anything", Kind: Any, Line: 9},
		},
		Dedupe:  Dedupe{Mode: DedupeKeys, Keys: []string{"id"}, Order: []Order{{"updated_at", true}, {"id", false}}},
		Rules:   []Expr{{"amount_positive", "amount > 0", 12}},
		Replace: []Expr{{"customer", "trim(customer)", 13}},
		Derive:  []Expr{{"day", "cast(as_timestamp(anything) as date)", 15}},
		Drop:    []string{"_*"},
		Parts:   []string{"day"},
		Agg:     &Aggregated{GroupBy: []string{"customer"}, Measures: []Expr{{"n", "count(*)", 20}}, OrderBy: []Order{{"n", true}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestParseReportsAllProblems(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"empty":           {"", "t.yaml:1: the file is empty"},
		"no YAML":         {"name: [", "t.yaml:1: did not find expected node content"},
		"not a mapping":   {"- a\n", "t.yaml:1: a type file: names with values expected (name: value), not a list"},
		"two documents":   {"name: a\n---\nname: b\n", "t.yaml:2: a second document begins here; one is read"},
		"unknown keys":    {"nam: a\naggregat: {}\nzzzzzz: 1\n", "t.yaml:1: unknown key nam: did you mean name?\nt.yaml:2: unknown key aggregat: did you mean aggregate?\nt.yaml:3: unknown key zzzzzz: there are aggregate, columns, dedupe, derive, drop, name, partition_by, replace, rules"},
		"twice":           {"name: a\nrules: {a: b > 0, A: c > 0}\nname: b\n", "t.yaml:2: A comes twice, first in line 2\nt.yaml:3: name comes twice, first in line 1"},
		"types":           {"columns:\n  a: decimal\n  b: decimal(40,2)\n  c: list(any)\n  d: struct(a)\n  e: {required: maybe}\n", "t.yaml:2: columns.a: decimal needs its digits: decimal(12,2)\nt.yaml:3: columns.b: decimal(p,s) needs a precision of 1 to 38 and a scale within it, not decimal(40,2)\nt.yaml:4: columns.c: type any cannot stand inside another one\nt.yaml:5: columns.d: a field of a struct is written as name type: struct(a text, b number)\nt.yaml:6: required: true, false or aggregate expected, not \"maybe\""},
		"dedupe":          {"dedupe: {keys: []}\n", "t.yaml:1: dedupe.keys: at least one column expected"},
		"order":           {"dedupe: {keys: [a], order: [b down]}\n", `t.yaml:1: dedupe.order: "b down": a column, then asc or desc, expected`},
		"rule names":      {"columns: {a: number}\nrules: {\"a,b\": a > 0, a_is_number: a > 0}\n", "t.yaml:2: rule \"a,b\": a name without commas and blanks expected\nt.yaml:2: rule a_is_number: rows whose a is no number are found without a rule"},
		"stamp":           {"derive: {_processed_timestamp: a}\n", "t.yaml:1: _processed_timestamp is the column that every transform adds"},
		"derive replaced": {"replace: {a: b}\nderive: {A: c}\n", "t.yaml:2: derive A replaces the column that replace has made in line 1"},
		"no aggregate":    {"columns: {a: {type: text, required: aggregate}}\n", "t.yaml:1: columns.a is required for an aggregate, but the type has none"},
		"empty aggregate": {"aggregate: {}\n", "t.yaml: aggregate.group_by: at least one column expected\nt.yaml: aggregate.measures: at least one measure expected"},
		"aggregate names": {"aggregate: {group_by: [a], measures: {A: count(*)}, order_by: [b]}\n", "t.yaml:1: measure A has the name of a column of group_by\nt.yaml: aggregate.order_by: there is no column b in the aggregate"},
		"no text":         {"name: {a: b}\nrules: {r: [1]}\n", "t.yaml:1: name: one text expected, not names with values\nt.yaml:2: rule r: one text expected, not a list"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse("t.yaml", []byte(c.text))
			if err == nil || err.Error() != c.want || fault.CodeOf(err) != fault.Config {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestBuiltinsAreSound(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff([]string{"generic", "logs", "transactions", "users"}, Builtins()); diff != "" {
		t.Error(diff)
	}
	for _, name := range Builtins() {
		typ, err := Find(t.TempDir(), name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if typ.Name != name || typ.Path != "" || typ.Dedupe.Mode != DedupeAll {
			t.Errorf("%s: %+v", name, typ)
		}
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("types/users.yaml", "name: users\ndrop: [mine]\n")
	write("types/other.yml", "drop: [other]\n")
	own := write("elsewhere/t.yaml", "drop: [own]\n")
	for name, want := range map[string]string{"users": "mine", "other": "other", own: "own"} {
		typ, err := Find(dir, name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if typ.Drop[0] != want || typ.Path == "" {
			t.Errorf("%s: %+v", name, typ)
		}
	}
	for name, want := range map[string]string{
		"user": "did you mean --type users?", "oter": "did you mean --type other?", "nonsense": "there are generic, logs, other, transactions, users",
		filepath.Join(dir, "no.yaml"): "", dir + "/": "",
	} {
		_, err := Find(dir, name)
		if err == nil || fault.CodeOf(err) != fault.Usage || !strings.Contains(fault.Hint(err), want) {
			t.Errorf("%s: %v (%s)", name, err, fault.Hint(err))
		}
	}
}

func TestHashesFollowTheMeaning(t *testing.T) {
	t.Parallel()
	hash := func(text string) [2]string {
		typ, err := Parse("t.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return [2]string{typ.Hash(), typ.AggregateHash()}
	}
	base := hash("name: a\nrules: {r: x > 0}\naggregate: {group_by: [x], measures: {n: count(*)}}\n")
	if got := hash("# a comment\n\nname:   a\naggregate:\n  measures: {n: count(*)}\n  group_by: [x]\nrules:\n  r: 'x > 0'\n"); got != base {
		t.Error("another layout of the same type has another hash")
	}
	if got := hash("name: a\nrules: {r: x > 1}\naggregate: {group_by: [x], measures: {n: count(*)}}\n"); got[0] == base[0] || got[1] != base[1] {
		t.Error("a changed rule must change the type's hash, not the aggregate's")
	}
	if got := hash("name: a\nrules: {r: x > 0}\naggregate: {group_by: [x], measures: {m: count(*)}}\n"); got[0] != base[0] || got[1] == base[1] {
		t.Error("a changed measure must change the aggregate's hash, not the type's")
	}
}

func TestDropPatterns(t *testing.T) {
	t.Parallel()
	typ := &Type{Drop: []string{"_*", "tmp", "a*z"}}
	for name, want := range map[string]bool{"_": true, "_x": true, "x_": false, "TMP": true, "tmp2": false, "az": true, "abz": true, "abza": false, "AbZ": true} {
		if got := typ.drops(name); got != want {
			t.Errorf("drops(%s) = %v", name, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range Builtins() {
		data, err := builtinFiles.ReadFile("types/" + name + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	f.Add("columns: {a: struct(b list(struct(c text)))}\nrules: {r: \"((\"}\n")
	f.Fuzz(func(t *testing.T, text string) {
		typ, err := Parse("t.yaml", []byte(text))
		if (typ == nil) == (err == nil) {
			t.Errorf("%+v, %v", typ, err)
		}
	})
}
