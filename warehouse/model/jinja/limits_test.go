package jinja_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/kalpafall/df360/warehouse/model/jinja"
)

// hostile are templates that try to eat the machine.
func hostile() []string {
	rep := strings.Repeat
	return []string{
		rep("(", 100_000),
		"{{" + rep("(", 50_000) + "1" + rep(")", 50_000) + "}}",
		"{{" + rep("[", 50_000) + "}}",
		"{{" + rep("not ", 50_000) + "1}}",
		"{{" + rep("-", 50_000) + "1}}",
		"{{ 1" + rep("+1", 50_000) + "}}",
		"{{ 1" + rep("|abs", 50_000) + "}}",
		"{{ a" + rep(".b", 50_000) + "}}",
		"{{ a" + rep("()", 50_000) + "}}",
		"{{ a" + rep("[0]", 50_000) + "}}",
		"{{ 1" + rep(" if 1 else 1", 50_000) + "}}",
		"{{ 1" + rep(" ~ 1", 50_000) + "}}",
		"{{ 1" + rep(" and 1", 50_000) + "}}",
		rep("{% if 1 %}", 20_000),
		rep("{% for x in y %}", 20_000),
		rep("{{ x }}", 20_000),
		rep("{%", 100_000), rep("{#", 100_000), rep("{{", 100_000), rep("{% raw %}", 20_000),
		rep("{% raw %}{% endraw", 20_000),
		rep("{%- if 1 -%} \n", 100) + rep(" ", 100_000),
		rep(" ", 100_000) + "{%- if",
		"{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
		"{% macro m(x) %}{{ m(x) " + rep("+1", 2_900) + " }}{% endmacro %}{{ m(1) }}",
		"{% macro m() %}{% call m() %}{% endcall %}{% endmacro %}{{ m() }}",
		"{% macro m(a=m()) %}{% endmacro %}{{ m() }}",
		"{% include 'inc' %}",
		"{% extends 'inc' %}",
		"{% import 'inc' as x %}",
		"{% block a %}{{ self.a() }}{% endblock %}",
		"{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
		"{% set l = [1] %}{% for x in l %}{% do l.append(1) %}{% endfor %}",
		"{{ 'a' * 10**10 }}", "{{ [1] * 10**10 }}", "{{ 10 ** 10 ** 10 }}", "{{ (10**10) ** (10**10) }}",
		"{{ 9 ** 9 ** 9 % 7 }}", "{{ 2 ** 10000000 }}",
		"{% set ns = namespace(s='ab') %}{% for i in range(100) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
		"{% set ns = namespace(s=[1]) %}{% for i in range(100) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
		"{% set ns = namespace(s=7) %}{% for i in range(100) %}{% set ns.s = ns.s * ns.s %}{% endfor %}",
		"{% set ns = namespace(l=[]) %}{% for i in range(5000) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l }}",
		"{% set ns = namespace(l=[]) %}{% for i in range(5000) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l|tojson }}",
		"{% set ns = namespace(l=[]) %}{% for i in range(5000) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l == [[ns.l]] }}",
		"{% set ns = namespace(l=()) %}{% for i in range(5000) %}{% set ns.l = (ns.l,) %}{% endfor %}{{ {ns.l: 1} }}",
		"{% set l = [] %}{% do l.append(l) %}{{ l }}{{ l|tojson }}",
		"{% set l = [] %}{% do l.append(l) %}{{ l|pprint }}",
		"{% set l = [] %}{% do l.append(l) %}{{ l == [l] }}{{ l < [l] }}",
		"{% set d = {} %}{% do d.update(a=d) %}{{ d }}{{ d|tojson }}",
		"{{ '%1000000000d' % 1 }}", "{{ '%.1000000000f' % 1 }}", "{{ '%*d' % (1000000000, 1) }}", "{{ '{:1000000000}'.format(1) }}",
		"{{ '{:{}}'.format(1, 10**10) }}", "{{ 'a'|center(10**10) }}", "{{ 'a'.ljust(10**10) }}", "{{ 'a'.zfill(10**10) }}",
		"{{ '\t'.expandtabs(10**10) }}", "{{ ('a' * 100000).replace('a', 'b' * 100000) }}", "{{ ('a,' * 100000)|replace('', 'b' * 100000) }}",
		"{{ [1]|batch(10**10, 1)|list }}", "{{ [1]|slice(10**10)|list|length }}", "{{ 'a'|indent(10**10) }}", "{{ lipsum(10**10) }}",
		"{{ range(10**10) }}", "{{ range(-10**18, 10**18) }}",
		"{{ 'a'|map('map', 'map')|list }}",
		"{{ {}.__class__ }}{{ '{0.__class__}'.format(1) }}",
		"{{ '{" + rep("{", 10_000) + "}'.format(1) }}",
		"{{ '" + rep("%(", 10_000) + "' % {} }}",
		"{% for x in range(100000) %}{% for y in range(100000) %}{% endfor %}{% endfor %}",
		"{{ 'http://" + rep("a.", 20_000) + "'|urlize }}", "{{ '" + rep("(", 20_000) + "'|urlize }}", "{{ '" + rep("<", 50_000) + "'|striptags }}",
		"{{ '" + rep("<!--", 20_000) + "'|striptags }}", "{{ ('a-' * 20000)|wordwrap(3) }}",
		"{{ 1e308 * 10 }}{{ 1e400|int }}{{ ('9' * 5000)|int }}{{ 10 ** 5000 }}",
	}
}

// TestHostileTemplatesEnd would not end, or not fit into memory, without limits.
// One after the other: each may take what the limits allow.
func TestHostileTemplatesEnd(t *testing.T) {
	for _, src := range hostile() {
		name := src
		if len(name) > 60 {
			name = name[:60]
		}
		t.Run(name, func(t *testing.T) {
			env := jinja.NewEnvironment(jinja.Options{
				Limits: jinja.Limits{Steps: 1_000_000, Output: 64 << 20}, Loader: files{"inc": src},
			})
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			tmpl, err := env.Parse("hostile", src)
			if err == nil {
				_, err = tmpl.Render(ctx, jinja.Names{})
			}
			if ctx.Err() != nil {
				t.Errorf("did not end by itself: %v", err)
			}
		})
	}
}

func TestRecursionIsAnError(t *testing.T) {
	t.Parallel()
	env := jinja.NewEnvironment(jinja.Options{})
	for _, src := range []string{
		"{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
		"{{ 1" + strings.Repeat("+1", 50_000) + "}}",
		"{% set a = [] %}{% do a.append(a) %}{% set b = [] %}{% do b.append(b) %}{{ a == b }}",
	} {
		tmpl, err := env.Parse("x", src)
		if err == nil {
			_, err = tmpl.Render(t.Context(), nil)
		}
		if jinja.KindOf(err) != jinja.RecursionError {
			t.Errorf("%.40s: %v", src, err)
		}
	}
}

func TestContextEndsRendering(t *testing.T) {
	t.Parallel()
	env := jinja.NewEnvironment(jinja.Options{})
	tmpl, err := env.Parse("x", "{% for x in range(100000) %}{% for y in range(100000) %}{% endfor %}{% endfor %}")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = tmpl.Render(ctx, nil)
	if !errors.Is(err, context.DeadlineExceeded) || jinja.KindOf(err) != jinja.Interrupted {
		t.Errorf("got %v", err)
	}
}

func TestParseAllocatesLinearly(t *testing.T) {
	env := jinja.NewEnvironment(jinja.Options{})
	for _, part := range []string{
		"{% if a %}{{ b|upper }}{% endif %}\n", "{# c #} ", "{%- set x = 1 -%}   ", "{{ {'a': [1, (2, 3)]}['a'][0] }}\n",
		"{% macro m(a, b=1) %}{% for x in a %}{{ loop.index }}{% endfor %}{% endmacro %}", "{% raw %}{{ {% endraw %}", "{{ \"x\" }}{ ",
	} {
		allocs := func(n int) float64 {
			src := strings.Repeat(part, n)
			return testing.AllocsPerRun(1, func() {
				if _, err := env.Parse("x", src); err != nil {
					t.Fatal(part, err)
				}
			})
		}
		if small, large := allocs(200), allocs(2000); large > 12*small {
			t.Errorf("%q: %v allocations for 200, %v for 2000", part, small, large)
		}
	}
}
