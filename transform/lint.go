package transform

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kalpafall/df360/internal/nearest"
)

// lint lists what in an expression does not mean the same in every engine, or
// not the same on every run. measure: the expression may aggregate.
func lint(sql string, measure bool) []string {
	l := linter{all: tokens(sql), measure: measure, known: functions()}
	if len(l.all) == 0 {
		return []string{"it is empty"}
	}
	for i := range l.all {
		l.token(i)
	}
	l.parentheses()
	return l.problems
}

type linter struct {
	all      []token
	measure  bool
	known    map[string]function
	problems []string
}

func (l *linter) problem(format string, args ...any) {
	p := fmt.Sprintf(format, args...)
	if !slices.Contains(l.problems, p) {
		l.problems = append(l.problems, p)
	}
}

// at is the token at i, a bad one where there is none.
func (l *linter) at(i int) token {
	if i < 0 || i >= len(l.all) {
		return token{kind: tokenBad}
	}
	return l.all[i]
}

func (l *linter) token(i int) {
	t := l.all[i]
	switch t.kind {
	case tokenBad:
		l.bad(t)
	case tokenText:
		if strings.Contains(t.text, `\`) {
			l.problem(`a backslash in a text means different things; in a pattern write [0-9] for \d, [.] for \.`)
		}
	case tokenSymbol:
		l.symbol(i)
	case tokenWord:
		l.word(i)
	case tokenQuoted, tokenNumber:
	}
}

func (l *linter) bad(t token) {
	switch {
	case strings.HasPrefix(t.text, "--"), strings.HasPrefix(t.text, "/*"):
		l.problem("a comment in SQL; YAML has comments of its own (#)")
	case strings.HasPrefix(t.text, "'"), strings.HasPrefix(t.text, `"`):
		l.problem("a quote is not closed: %s", t.text)
	default:
		l.problem("%q is not a number", t.text)
	}
}

func (l *linter) symbol(i int) {
	t := l.all[i]
	switch t.text {
	case "(", ")", ",", "+", "-", "*", "||", "<", "<=", ">", ">=", "=", "<>", "!=", ".":
	case "/", "%":
		l.divisor(i)
	case "::":
		l.problem("a::type is not known to every engine; write cast(a as type)")
	case "==":
		l.problem("a == b is not known to every engine; write a = b")
	case "<=>":
		l.problem("a <=> b is not known to every engine; write a is not distinct from b")
	case "//":
		l.problem("a // b is not known to every engine; write floor(a / nullif(b, 0))")
	case "**", "^":
		l.problem("%s is not known to every engine; write power(a, b)", t.text)
	case "[", "]":
		l.problem("engines count the elements of lists from 0 or from 1; there is no common form")
	case ";":
		l.problem("it is one expression, without ;")
	default:
		l.problem("%s is not known to every engine", t.text)
	}
}

// divisor: dividing by zero is an error in one engine and NULL in another.
func (l *linter) divisor(i int) {
	by := l.at(i + 1)
	zero := strings.Trim(by.text, "0.") == ""
	if by.is("nullif") || by.kind == tokenNumber && !zero {
		return
	}
	l.problem("dividing by zero is an error in some engines: write %s nullif(…, 0)", l.all[i].text)
}

func (l *linter) word(i int) {
	t := l.all[i]
	word := strings.ToLower(t.text)
	switch word {
	case "select", "over", "interval", "qualify":
		l.problem("%s is not for expressions of a type", strings.ToUpper(word))
		return
	case "ilike", "glob", "similar", "collate":
		l.problem("%s is not known to every engine; write rlike(text, pattern), or like with lower(text)", strings.ToUpper(word))
		return
	case "current_date", "current_timestamp", "current_time", "localtimestamp":
		l.problem("%s: a result must not depend on when it is made", word)
		return
	case "cast", "try_cast":
		l.cast(i)
		return
	}
	if !l.at(i+1).is("(") || isOperator(word) || isTypeName(word) {
		return
	}
	l.call(i, word)
}

// isOperator reports whether a word before a parenthesis is no function.
func isOperator(word string) bool {
	switch word {
	case "and", "or", "not", "in", "between", "like", "is", "case", "when", "then", "else", "distinct", "from":
		return true
	}
	return false
}

// isTypeName reports whether a word is a type with parameters.
func isTypeName(word string) bool { return word == "decimal" || word == "numeric" }

func (l *linter) call(i int, name string) {
	f, ok := l.known[name]
	switch {
	case !ok:
		l.unknown(name)
		return
	case f.aggregate && !l.measure:
		l.problem("%s aggregates: it belongs to the measures of an aggregate", name)
	}
	args := l.arguments(i + 1)
	if len(args) < f.least || f.most >= 0 && len(args) > f.most {
		l.problem("%s takes %s, not %d", name, countOf(f), len(args))
		return
	}
	if f.pattern > 0 {
		l.pattern(name, args[f.pattern-1])
	}
	if name == "as_timestamp" && (len(args[0]) != 1 || args[0][0].kind != tokenWord && args[0][0].kind != tokenQuoted) {
		l.problem("as_timestamp takes the name of an input column")
	}
	if name == "date_format" {
		l.format(args[1])
	}
}

func (l *linter) unknown(name string) {
	if hint := instead()[name]; hint != "" {
		l.problem("%s: %s", name, hint)
		return
	}
	var have []string
	for n := range l.known {
		have = append(have, n)
	}
	slices.Sort(have)
	if near := nearest.Of(name, have); near != "" {
		l.problem("function %s is not among those that mean the same in every engine; did you mean %s?", name, near)
		return
	}
	l.problem("function %s is not among those that mean the same in every engine: %s", name, strings.Join(have, ", "))
}

func countOf(f function) string {
	switch {
	case f.most < 0:
		return fmt.Sprintf("at least %d arguments", f.least)
	case f.least == f.most && f.least == 1:
		return "1 argument"
	case f.least == f.most:
		return fmt.Sprintf("%d arguments", f.least)
	}
	return fmt.Sprintf("%d to %d arguments", f.least, f.most)
}

// arguments are the tokens of each argument of the call whose parenthesis is
// at i.
func (l *linter) arguments(open int) [][]token {
	var args [][]token
	depth, start := 0, open+1
	for i := open; i < len(l.all); i++ {
		switch {
		case l.all[i].is("("):
			depth++
		case l.all[i].is(")"):
			depth--
		}
		if depth == 0 || depth == 1 && l.all[i].is(",") {
			if i > start {
				args = append(args, l.all[start:i])
			}
			start = i + 1
		}
		if depth == 0 {
			break
		}
	}
	return args
}

// pattern: a regular expression is a text, so that it can be checked.
func (l *linter) pattern(name string, arg []token) {
	if len(arg) != 1 || arg[0].kind != tokenText {
		l.problem("the pattern of %s must be a text", name)
		return
	}
	p := arg[0].text
	inside := strings.TrimSuffix(p, "$")
	if name == "regexp_extract" {
		inside = p
		if !strings.Contains(strings.ReplaceAll(p, "(?", ""), "(") {
			l.problem("the pattern of regexp_extract needs a group: (…)")
		}
	}
	if strings.Contains(inClass(inside), "$") {
		l.problem("$ means different ends of a text, so it may only end the pattern of rlike; a $ itself is [$]")
	}
	for _, no := range []string{"(?", "*+", "++", "?+", "[[:", "&&"} {
		if strings.Contains(p, no) {
			l.problem("%s in a pattern is not known to every engine", no)
		}
	}
}

// inClass is a pattern without its character classes.
func inClass(p string) string {
	var out strings.Builder
	inside := false
	for i, r := range p {
		switch {
		case r == '[' && !inside:
			inside = true
		case r == ']' && inside && p[i-1] != '[' && !strings.HasSuffix(p[:i], "[^"):
			inside = false
		case !inside:
			out.WriteRune(r)
		}
	}
	return out.String()
}

// format: date_format's pattern is made of few letters that all engines have.
func (l *linter) format(arg []token) {
	if len(arg) == 1 && arg[0].kind == tokenText {
		rest := arg[0].text
		for _, part := range []string{"yyyy", "MM", "dd", "HH", "mm", "ss"} {
			rest = strings.ReplaceAll(rest, part, "")
		}
		if strings.Trim(rest, "-/:. _T") == "" {
			return
		}
	}
	l.problem("the format of date_format must be a text made of yyyy, MM, dd, HH, mm, ss and - / : . _ blank")
}

// cast: engines round differently when a fraction becomes an integer.
func (l *linter) cast(i int) {
	open := i + 1
	if !l.at(open).is("(") {
		l.problem("%s needs a parenthesis: cast(a as type)", l.all[i].text)
		return
	}
	depth := 0
	for j := open; j < len(l.all); j++ {
		switch {
		case l.all[j].is("("):
			depth++
		case l.all[j].is(")"):
			depth--
		case depth == 1 && l.all[j].is("as"):
			l.castTo(open+1, j+1)
			return
		}
	}
	l.problem("%s needs a type: cast(a as type)", l.all[i].text)
}

// castTo judges the cast of the expression that begins at from to the type at to.
func (l *linter) castTo(from, to int) {
	typ := strings.ToLower(l.at(to).text)
	switch typ {
	case "double", "decimal", "numeric", "date", "timestamp", "boolean", "varchar", "string", "text":
	case "int", "integer", "bigint", "smallint", "tinyint":
		f, called := l.known[strings.ToLower(l.at(from).text)]
		if called && f.whole && l.at(from+1).is("(") || l.at(from).kind == tokenNumber {
			return
		}
		l.problem("engines round differently when a number becomes an integer: write cast(floor(…) as %s)", typ)
	default:
		l.problem("type %s is not known to every engine; the types are bigint, double, decimal(p,s), varchar, boolean, date, timestamp", typ)
	}
}

func (l *linter) parentheses() {
	depth := 0
	for _, t := range l.all {
		if t.is("(") {
			depth++
		}
		if t.is(")") {
			if depth--; depth < 0 {
				break
			}
		}
	}
	if depth != 0 {
		l.problem("its parentheses do not match")
	}
}
