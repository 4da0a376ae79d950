package jinja_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kalpafall/df360/warehouse/model/jinja"
)

func mustParse(t testing.TB, env *jinja.Environment, src string) *jinja.Template {
	t.Helper()
	tmpl, err := env.Parse("test.sql", src)
	if err != nil {
		t.Fatal(err)
	}
	return tmpl
}

func mustRender(t testing.TB, env *jinja.Environment, src string, vars jinja.Vars) string {
	t.Helper()
	out, err := mustParse(t, env, src).Render(t.Context(), vars)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// returned unwinds to the macro's caller, as dbt's return does.
type returned struct{ v jinja.Value }

func (returned) Error() string { return "return" }
func (returned) Unwinds()      {}

// catching is a macro whose calls end at a return.
type catching struct{ macro jinja.Callable }

func (m catching) Call(c *jinja.Call) (jinja.Value, error) {
	v, err := m.macro.Call(c)
	var r returned
	if errors.As(err, &r) {
		return r.v, nil
	}
	return v, err
}

func TestReturnUnwindsToTheMacro(t *testing.T) {
	t.Parallel()
	env := jinja.NewEnvironment(jinja.Options{MacroName: func(s string) string { return "dbt_macro__" + s }})
	names := jinja.Names{"return": jinja.NewFunc("return", func(c *jinja.Call) (jinja.Value, error) {
		return nil, returned{c.Args[0]}
	})}
	lib := mustParse(t, env, "{% macro f(x) %}{% for i in [1, 2] %}{% set y %}{{ return([x, i]) }}{% endset %}{% endfor %}never{% endmacro %}")
	m, err := lib.Module(t.Context(), names)
	if err != nil {
		t.Fatal(err)
	}
	f, ok := m.Get("dbt_macro__f")
	if !ok {
		t.Fatal("no macro")
	}
	names["f"] = catching{f.(jinja.Callable)}
	if got := mustRender(t, env, "{% set l = f('a') %}{{ l[1] + 1 }}{{ l }}", names); got != "2['a', 1]" {
		t.Error(got)
	}
}

func TestMacrosSeeNamesOfTheirModuleLate(t *testing.T) {
	t.Parallel()
	env := jinja.NewEnvironment(jinja.Options{})
	names := jinja.Names{}
	m, err := mustParse(t, env, "{% macro m() %}{{ late }}{% endmacro %}").Module(t.Context(), names)
	if err != nil {
		t.Fatal(err)
	}
	f, _ := m.Get("m")
	names["late"] = "found"
	v, err := f.(jinja.Callable).Call(jinja.NewCall(t.Context(), nil))
	if err != nil || v != "found" {
		t.Error(v, err)
	}
}

// dbtTags are dbt's blocks, which define macros under other names.
func dbtTags() []jinja.Tag {
	return []jinja.Tag{
		{Name: "test", End: "endtest", Macro: func(h *jinja.TagHead) (string, error) {
			name := h.Name()
			h.Signature()
			return "test_" + name, nil
		}},
		{Name: "docs", End: "enddocs", Macro: func(h *jinja.TagHead) (string, error) { return "docs_" + h.Name(), nil }},
		{Name: "materialization", End: "endmaterialization", Macro: func(h *jinja.TagHead) (string, error) {
			name, adapter := h.Name(), "default"
			for h.Skip(",") {
				switch word := h.Name(); word {
				case "default":
				case "adapter":
					h.Expect("=")
					v, ok := h.Constant()
					if !ok {
						return "", errors.New("adapter wants a string")
					}
					adapter = jinja.Str(v)
				case "supported_languages":
					h.Expect("=")
					h.Param(word)
				default:
					return "", errors.New("materialization has no argument " + word)
				}
			}
			if !h.HasParam("supported_languages") {
				h.ParamValue("supported_languages", "sql")
			}
			return "materialization_" + name + "_" + adapter, nil
		}},
		{Name: "twice", End: "endtwice", Block: func(c *jinja.Call, body func() (string, error)) (string, error) {
			a, err := body()
			if err != nil {
				return "", err
			}
			b, err := body()
			return jinja.Repr(jinja.NewTuple(c.Args...)) + a + b, err
		}},
	}
}

func TestTagsOfTheHost(t *testing.T) {
	t.Parallel()
	env := jinja.NewEnvironment(jinja.Options{Tags: dbtTags(), TypedMacros: true})
	src := `{% test positive(model, column: string = 'x') %}{{ model }}.{{ column }}{% endtest %}
{% docs orders %}# Orders{% enddocs %}
{%- materialization fancy, adapter='duckdb', supported_languages=['sql', 'python'] %}{{ supported_languages }}{% endmaterialization %}
{% materialization plain, default %}{{ supported_languages }}{% endmaterialization %}
{% macro m(a: list[dict[str, int]], b: any = 1) -%} {{ a }} {%- endmacro %}`
	tmpl := mustParse(t, env, src)
	var got []string
	for _, m := range tmpl.Macros() {
		line := m.Tag + " " + m.Name
		for _, p := range m.Params {
			line += " " + p.Name + ":" + p.Type
		}
		got = append(got, line)
		if body := tmpl.Source()[m.Start:m.End]; !strings.HasPrefix(body, "{%") || !strings.HasSuffix(body, "end"+m.Tag+" %}") {
			t.Errorf("%s has the source %q", m.Name, body)
		}
	}
	want := []string{
		"test test_positive model: column:string", "docs docs_orders",
		"materialization materialization_fancy_duckdb supported_languages:",
		"materialization materialization_plain_default supported_languages:",
		"macro m a:list[dict[str, int]] b:any",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	out := mustRender(t, env, src+"|{{ test_positive('m') }} {{ docs_orders() }} {{ materialization_fancy_duckdb() }}{{ materialization_plain_default() }}", nil)
	if _, out, _ = strings.Cut(out, "|"); out != "m.x # Orders ['sql', 'python']['sql']" {
		t.Errorf("%q", out)
	}
	if out := mustRender(t, env, "{% for i in [1, 2] %}{% twice i, 'a' %}<{{ i }}>{% endtwice %}{% endfor %}", nil); out != "(1, 'a')<1><1>(2, 'a')<2><2>" {
		t.Errorf("%q", out)
	}
	for _, bad := range []string{"{% materialization x, y=1 %}{% endmaterialization %}", "{% test %}", "{% docs a b %}{% enddocs %}"} {
		if _, err := env.Parse("bad.sql", bad); err == nil || !strings.Contains(err.Error(), "bad.sql line 1") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestErrorsTellTheirPlace(t *testing.T) {
	t.Parallel()
	env := jinja.NewEnvironment(jinja.Options{})
	cause := errors.New("the database said no")
	names := jinja.Names{"query": jinja.NewFunc("query", func(*jinja.Call) (jinja.Value, error) { return nil, cause })}
	_, err := mustParse(t, env, "{% macro inner(x) %}\n\n  select {{ query(x) }}\n{% endmacro %}\n{% macro outer() %}{{ inner(1) }}{% endmacro %}\n\n{{ outer(\n) }}").Render(t.Context(), names)
	if !errors.Is(err, cause) || jinja.KindOf(err) != jinja.Host {
		t.Fatal(err)
	}
	var e *jinja.Error
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	want := []jinja.Frame{
		{Template: "test.sql", Line: 3, In: "macro inner", Excerpt: "  select {{ query(x) }}"},
		{Template: "test.sql", Line: 5, In: "macro outer", Excerpt: "{% macro outer() %}{{ inner(1) }}{% endmacro %}"},
		{Template: "test.sql", Line: 7, Excerpt: "{{ outer("},
	}
	if d := cmp.Diff(want, e.Frames); d != "" {
		t.Error(d)
	}
	if want := "the database said no\n  test.sql line 3, in macro inner\n    select {{ query(x) }}\n  test.sql line 5, in macro outer\n  test.sql line 7"; err.Error() != want {
		t.Errorf("%s", err)
	}
}

func TestUndefinedWhileDbtParses(t *testing.T) {
	t.Parallel()
	env := jinja.NewEnvironment(jinja.Options{Undefined: jinja.UndefinedCallable})
	got := mustRender(t, env, "[{{ a }}{{ a.b.c }}{{ a['x'][0] }}{{ a.b(1).c() }}{% for x in a.b %}x{% endfor %}{{ a.b is defined }}{{ a.b|length }}{{ ref('x') }}]", nil)
	if got != "[False0]" {
		t.Error(got)
	}
	for _, src := range []string{"{{ a + 1 }}", "{{ 'x' + a.b }}", "{{ a < 1 }}"} {
		_, err := mustParse(t, env, src).Render(t.Context(), nil)
		if jinja.KindOf(err) != jinja.UndefinedError {
			t.Errorf("%s: %v", src, err)
		}
	}
	_, err := mustParse(t, env, "{{ a.b.c + 1 }}").Render(t.Context(), nil)
	if err == nil || !strings.HasPrefix(err.Error(), "'c' is undefined\n") {
		t.Error(err)
	}
}

func TestRenderNative(t *testing.T) {
	t.Parallel()
	env := jinja.NewEnvironment(jinja.Options{Filters: jinja.NativeFilters()})
	for src, want := range map[string]string{
		"":                                       "''",
		"abc":                                    "'abc'",
		"{{ 1 }}":                                "1",
		"{{ '1' }}":                              "'1'",
		"{{ [1, none] }}":                        "[1, None]",
		"{{ none }}":                             "None",
		"{{ 1 }}{{ 2 }}":                         "'12'",
		"a{{ none }}":                            "'aNone'",
		"{{ '1'|as_number }}":                    "1",
		"{{ '1.50'|as_native }}":                 "1.5",
		"{{ 'True'|as_bool }}":                   "True",
		"{{ '1'|as_text }}":                      "'1'",
		"{{ 'abc'|as_native }}":                  "'abc'",
		"{{ \"['a']\"|as_native }}":              "['a']",
		"{% if true %}{{ {'a': 1} }}{% endif %}": "{'a': 1}",
	} {
		v, err := mustParse(t, env, src).RenderNative(t.Context(), nil)
		if err != nil || jinja.Repr(v) != want {
			t.Errorf("%s is %s, want %s (%v)", src, jinja.Repr(v), want, err)
		}
	}
	for _, src := range []string{"{{ 'x'|as_bool }}", "{{ 'True'|as_number }}", "{{ '1'|as_bool }}"} {
		if v, err := mustParse(t, env, src).RenderNative(t.Context(), nil); jinja.KindOf(err) != jinja.ValueError {
			t.Errorf("%s is %v, %v", src, v, err)
		}
	}
}

func TestLiteralEval(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"1": "1", "-1.5": "-1.5", "'a'": "'a'", "[1, (2, 3), {'a': None}]": "[1, (2, 3), {'a': None}]", "True": "True",
	} {
		if v, ok := jinja.LiteralEval(src); !ok || jinja.Repr(v) != want {
			t.Errorf("%s is %v", src, jinja.Repr(v))
		}
	}
	for _, src := range []string{"", "a", "true", "1 + 1", "1}}{{2", "1 }} x", "f()", "{% if 1 %}", "'", "1 if 1"} {
		if v, ok := jinja.LiteralEval(src); ok {
			t.Errorf("%q is %v", src, jinja.Repr(v))
		}
	}
}

func TestOneTemplateInManyGoroutines(t *testing.T) {
	t.Parallel()
	env := jinja.NewEnvironment(jinja.Options{Loader: files{"inc": "{{ n }}"}})
	tmpl := mustParse(t, env, "{% macro m(x, l=[]) %}{% do l.append(x) %}{{ l|length }}{% endmacro %}{% for i in range(50) %}{{ m(i) }}{% include 'inc' %}{% endfor %}{% set x %}{{ n }}{% endset %}{{ x }}")
	lib, err := mustParse(t, env, "{% macro id(x) %}{% set y = x %}{% for i in [y] %}{{ i }}{% endfor %}{% endmacro %}").Module(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	id, _ := lib.Get("id")
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			s := jinja.Str(int64(n))
			out, err := tmpl.Render(context.Background(), jinja.Names{"n": int64(n)})
			if want := strings.Repeat("1"+s, 50) + s; err != nil || out != want {
				t.Errorf("%q, %v", out, err)
			}
			v, err := id.(jinja.Callable).Call(jinja.NewCall(context.Background(), []jinja.Value{int64(n)}))
			if err != nil || v != s {
				t.Errorf("%v, %v", v, err)
			}
		})
	}
	wg.Wait()
}

func TestBind(t *testing.T) {
	t.Parallel()
	call := jinja.NewCall(t.Context(), []jinja.Value{int64(1), int64(2), int64(3)}, jinja.Kwarg{Name: "z", Value: "q"})
	a, err := call.Bind("f", "a", "b=", "*", "**")
	if err != nil || jinja.Repr(a[2]) != "(3,)" || jinja.Repr(a[3]) != "{'z': 'q'}" || a[0] != int64(1) {
		t.Error(a, err)
	}
	for _, params := range [][]string{{"a"}, {"a", "b", "c"}, {"a", "b", "c", "d", "z"}, {"z", "b", "c", "d"}} {
		if _, err := call.Bind("f", params...); jinja.KindOf(err) != jinja.TypeError {
			t.Error(params, err)
		}
	}
}

func TestGoValues(t *testing.T) {
	t.Parallel()
	v := jinja.From(map[string]any{"b": []any{1, 2.5, nil, true}, "a": map[string]string{"x": "y"}, "c": uint64(1 << 63)})
	if got := jinja.Repr(v); got != "{'a': {'x': 'y'}, 'b': [1, 2.5, None, True], 'c': 9223372036854775808}" {
		t.Error(got)
	}
	want := map[string]any{"l": []any{int64(1), "x"}, "1": nil}
	if d := cmp.Diff(want, jinja.Go(jinja.DictOf("l", jinja.NewTuple(int64(1), "x"), int64(1), nil))); d != "" {
		t.Error(d)
	}
}

// macros500 is a file of 500 lines of macros as packages have them.
func macros500() string {
	var b strings.Builder
	for range 50 {
		b.WriteString(`{% macro pivot(column, values, agg='sum', prefix='', quote=True) %}
  {%- for value in values -%}
    {{ agg }}(
      case when {{ column }} = '{{ value|replace("'", "''") }}'
      then {{ loop.index * 2 }} else {{ none if false else 0 }} end
    )
    {%- if quote %} as "{{ prefix ~ value }}"{% else %} as {{ prefix ~ value }}{% endif %}
    {%- if not loop.last %},{% endif %}
  {% endfor %}
{% endmacro %}
`)
	}
	return b.String()
}

func BenchmarkParse500Lines(b *testing.B) {
	env := jinja.NewEnvironment(jinja.Options{})
	src := macros500()
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		if _, err := env.Parse("x", src); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRender500Lines(b *testing.B) {
	env := jinja.NewEnvironment(jinja.Options{})
	tmpl, err := env.Parse("x", macros500()+"{% for i in range(100) %}{{ pivot('col', ['a', 'b', \"c'd\", 'e']) }}{% endfor %}")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := tmpl.Render(b.Context(), nil); err != nil {
			b.Fatal(err)
		}
	}
}
