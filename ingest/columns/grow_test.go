package columns_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kalpafall/df360/ingest/columns"
)

// Known columns keep their types; structs get the fields that are new, whatever
// else is in the column. Nothing is left that is asked for again.
func TestKnownColumnsGrow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, known string
		rows        []string
		typ         string
		want        []string
	}{
		{"a field", `STRUCT("a" BIGINT)`, []string{`{"a":1,"b":"x"}`}, `STRUCT("a" BIGINT, "b" VARCHAR)`, []string{"{a:1,b:'x'}"}},
		{
			"a field beside other kinds", `STRUCT("a" BIGINT)`,
			[]string{`"text"`, `{"b":[1]}`, `7`},
			`STRUCT("a" BIGINT, "b" BIGINT[])`,
			[]string{`! v: "text" is no STRUCT("a" BIGINT, "b" BIGINT[])`, "{a:NULL,b:[1]}", `! v: 7 is no STRUCT("a" BIGINT, "b" BIGINT[])`},
		},
		{
			"a field inside of one with other kinds", `STRUCT("a" STRUCT("b" BIGINT))`,
			[]string{`{"a":"text"}`, `{"a":{"c":1}}`},
			`STRUCT("a" STRUCT("b" BIGINT, "c" BIGINT))`,
			[]string{`! v: field a: "text" is no STRUCT("b" BIGINT, "c" BIGINT)`, "{a:{b:NULL,c:1}}"},
		},
		{"in lists", `STRUCT("a" BIGINT)[]`, []string{`[{"b":1}]`, `5`}, `STRUCT("a" BIGINT, "b" BIGINT)[]`, []string{"[{a:NULL,b:1}]", `! v: 5 is no STRUCT("a" BIGINT, "b" BIGINT)[]`}},
		{"types stay", `STRUCT("a" BIGINT)`, []string{`{"a":0.5,"b":1}`}, `STRUCT("a" BIGINT, "b" BIGINT)`, []string{"! v: field a: 0.5 is no BIGINT"}},
		{
			"a field that differs in case", `STRUCT("a" BIGINT)`,
			[]string{`{"A":1}`, `{"a":2,"A":null}`},
			`STRUCT("a" BIGINT)`,
			[]string{"! v: field A: it cannot be added: another is called the same but for case or signs, or there are too many", "{a:2}"},
		},
		{"a key that is cleaned to a field", `STRUCT("x_y" BIGINT)`, []string{`{"x y":1}`, `{"x y":1,"x_y":2}`}, `STRUCT("x_y" BIGINT)`, []string{"{x_y:1}", "! v: the key x_y is there twice"}},
		{"new keys that are cleaned to the same", `STRUCT("a" BIGINT)`, []string{`{"x y":1}`, `{"x_y":0.5}`}, `STRUCT("a" BIGINT, "x_y" DOUBLE)`, []string{"{a:NULL,x_y:1}", "{a:NULL,x_y:0.5}"}},
		{"new NULL", `STRUCT("a" BIGINT)`, []string{`{"a":1,"b":null}`}, `STRUCT("a" BIGINT)`, []string{"{a:1}"}},
		{"maps do not", "MAP(VARCHAR, BIGINT)", []string{`{"k":1}`}, "MAP(VARCHAR, BIGINT)", []string{"['k'=1]"}},
		{"texts do not", "VARCHAR", []string{`{"k":1}`}, "VARCHAR", []string{`'{"k":1}'`}},
	} {
		var rows []string
		for _, r := range c.rows {
			rows = append(rows, `{"v":`+r+`}`)
		}
		l := inferred(t, layoutOf(t, true, "v", c.known), rows...)
		if diff := cmp.Diff("v "+c.typ, described(l)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		if diff := cmp.Diff(c.want, taken(t, l, rows...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// objects are one object for each of n keys.
func objects(n int) []string {
	var rows []string
	for i := range n {
		rows = append(rows, fmt.Sprintf(`{"v":{"id%d":{"n":%d}}}`, i, i))
	}
	return rows
}

func TestKeysThatAreData(t *testing.T) {
	t.Parallel()
	rows := objects(501)
	l := inferred(t, nil, rows...)
	if described(l) != "v VARCHAR" {
		t.Fatalf("501 keys: %.80s", described(l))
	}
	if got := taken(t, l, rows[500]); got[0] != `'{"id500":{"n":500}}'` {
		t.Error(got)
	}
	if l := inferred(t, nil, rows[:500]...); !strings.HasPrefix(described(l), "v STRUCT") {
		t.Errorf("500 keys: %.80s", described(l))
	}
	// A struct that is known stays one; what cannot be added does not fit.
	known := layoutOf(t, true, "v", `STRUCT("id0" STRUCT("n" BIGINT))`)
	l = inferred(t, known, rows...)
	got := taken(t, l, rows[0], rows[1])
	if got[0] != "{id0:{n:0}}" || !strings.HasPrefix(got[1], "! v: field id1: it cannot be added") {
		t.Error(got)
	}
}

func TestTooManyColumnsAreALimit(t *testing.T) {
	t.Parallel()
	in := columns.NewInference()
	for i := range 20_001 {
		in.JSON(fmt.Appendf(nil, `{"id%d":1}`, i))
	}
	if _, err := in.Layout(columns.NewLayout(nil, true), nil, nil); err == nil || !strings.Contains(err.Error(), "20001 columns") {
		t.Error(err)
	}
}

// What several workers saw is what one would have seen.
func TestMergeIsTheSameAsOne(t *testing.T) {
	t.Parallel()
	rows := append(objects(30), `{"v":null,"a":[1]}`, `{"a":[]}`, `{"a":[0.5],"b":{"c":1}}`, `{"b":{"c":"x","d":true}}`, `{"e":1}`, `{"e":"2025-01-01"}`, `{"f":9007199254740993}`, `{"f":1}`)
	want := described(inferred(t, nil, rows...))
	for cut := range rows {
		parts := [2]*columns.Inference{columns.NewInference(), columns.NewInference()}
		for i, row := range rows {
			part := 0
			if i >= cut {
				part = 1
			}
			parts[part].JSON([]byte(row))
		}
		parts[0].Merge(parts[1])
		l, err := parts[0].Layout(columns.NewLayout(nil, true), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, described(l)); diff != "" {
			t.Fatalf("cut at %d (-one +two):\n%s", cut, diff)
		}
	}
}

// A column that is not known ends a row, unless it is to be left out.
func TestUnknownColumns(t *testing.T) {
	t.Parallel()
	strict, lax := layoutOf(t, true, "a", "BIGINT"), layoutOf(t, false, "a", "BIGINT", "s", `STRUCT("x" BIGINT)`)
	rows := []string{`{"a":1,"b":2}`, `{"a":1,"b":null}`, `{"b":[1,{"c":2}],"a":3}`}
	if diff := cmp.Diff([]string{"+ b", "1", "+ b"}, taken(t, strict, rows...)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"1|NULL", "1|NULL", "3|NULL", "NULL|{x:1}"}, taken(t, lax, append(rows, `{"s":{"y":2,"x":1}}`)...)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
