package transform

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTokens(t *testing.T) {
	t.Parallel()
	var got []string
	for _, tok := range tokens(`a.b >= 'it''s' || "x ""y" -- c`) {
		got = append(got, tok.text)
	}
	if diff := cmp.Diff([]string{"a", ".", "b", ">=", "it's", "||", `x "y`, "--"}, got); diff != "" {
		t.Error(diff)
	}
	for _, text := range []string{"1", "1.5", ".5", "1e-3", "1.E4"} {
		if all := tokens(text); len(all) != 1 || all[0].kind != tokenNumber {
			t.Errorf("%s: %+v", text, all)
		}
	}
	for _, text := range []string{"'open", `"open`, "12abc", "1_000", "0x1f"} {
		if all := tokens(text); len(all) != 1 || all[0].kind != tokenBad {
			t.Errorf("%s: %+v", text, all)
		}
	}
}

func TestUses(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]bool{
		"a + 1": true, "A + 1": true, `"a" + 1`: true, "'a'": false, "a(1)": false, "ab": false, `"a"(1)`: true, "x.a": true,
	} {
		if got := uses(sql, "a"); got != want {
			t.Errorf("uses(%s) = %v", sql, got)
		}
	}
}

func TestLintAccepts(t *testing.T) {
	t.Parallel()
	for _, sql := range []string{
		"amount > 0", "a is not null", "a in (1, 2)", "a between 1 and 2", "not (a or b)", "a || 'x'", "a is not distinct from b",
		"case when a then 1 else 2 end", "case a when 1 then 'x' end", "a / nullif(b, 0)", "a / 2", "a % 10", "coalesce(a, b, 0)",
		"cast(a as double)", "cast(floor(a / 2) as bigint)", "cast(year(d) as int)", "cast(a as decimal(10,2))", "try_cast(a as date)",
		"rlike(a, '^[0-9]+[.]?$')", "rlike(a, '[$]')", "rlike(a, '[]$]+x')", "regexp_extract(a, '@(.*)', 1)", "a like 'x%'", `"odd name" > 1`,
		"date_format(as_timestamp(t), 'yyyy-MM-dd HH:mm')", "s.field > 1", "a in ('x')", "lower(trim(a))", "date '2025-01-01' < d",
		"substr(a, 1)", "substr(a, 1, 2)", "0.92e0 * a",
	} {
		if got := lint(sql, false); got != nil {
			t.Errorf("%s: %v", sql, got)
		}
	}
	for _, sql := range []string{"count(*)", "count(distinct a)", "sum(a) / nullif(count(*), 0)", "count_if(a > 0)", "cast(sum(a) as double)"} {
		if got := lint(sql, true); got != nil {
			t.Errorf("%s: %v", sql, got)
		}
	}
}

func TestLintRefuses(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]string{
		"":                             "it is empty",
		"a::int":                       "write cast(a as type)",
		"a == b":                       "write a = b",
		"a // b":                       "floor(a / nullif(b, 0))",
		"a ** 2":                       "power(a, b)",
		"a / b":                        "nullif",
		"a / 0":                        "nullif",
		"a % b":                        "nullif",
		"a[1]":                         "elements of lists",
		"a <=> b":                      "is not distinct from",
		"a;":                           "without ;",
		"a -> 'x'":                     "not known to every engine",
		"{'a': 1}":                     "not known to every engine",
		"a ~ 'x'":                      "not known to every engine",
		"`a` > 1":                      "not known to every engine",
		"now()":                        "when it is made",
		"current_date":                 "when it is made",
		"random() < 1":                 "the same when it is made again",
		"concat(a, b)":                 "write a || b",
		"regexp_matches(a, 'x')":       "write rlike",
		"round(a, 2)":                  "round floating point differently",
		"(select 1)":                   "SELECT is not for expressions",
		"row_number() over ()":         "OVER is not for expressions",
		"a + interval 1 day":           "INTERVAL is not for expressions",
		"a ilike 'x'":                  "ILIKE is not known",
		"lowr(a)":                      "did you mean lower?",
		"something_else_entirely(a)":   "is not among those",
		"lower()":                      "lower takes 1 argument, not 0",
		"substr(a)":                    "substr takes 2 to 3 arguments, not 1",
		"sum(a) > 0":                   "belongs to the measures",
		"rlike(a, b)":                  "must be a text",
		`rlike(a, '\d')`:               "backslash",
		"rlike(a, 'x$|y')":             "$ means different ends",
		"rlike(a, '(?i)x')":            "(? in a pattern",
		"regexp_extract(a, 'x', 1)":    "needs a group",
		"regexp_extract(a, '(x)$', 1)": "$ means different ends",
		"date_format(a, 'EEE')":        "the format of date_format",
		"cast(a as int)":               "cast(floor(…) as int)",
		"cast(a as hugeint)":           "type hugeint is not known",
		"cast(a, int)":                 "needs a type",
		"cast a":                       "needs a parenthesis",
		"as_timestamp(a || b)":         "takes the name of an input column",
		"(a":                           "parentheses do not match",
		"a)":                           "parentheses do not match",
		"a -- b":                       "YAML has comments of its own",
		"'open":                        "a quote is not closed",
		"1_000":                        "is not a number",
	} {
		got := strings.Join(lint(sql, false), "; ")
		if !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q in it", sql, got, want)
		}
	}
}

func FuzzLint(f *testing.F) {
	f.Add("case when rlike(a, '[') then cast(b as decimal(1,2)) / nullif(c, 0) end")
	f.Fuzz(func(_ *testing.T, sql string) {
		lint(sql, true)
		uses(sql, "a")
		readMeasure(Expr{SQL: sql})
	})
}
