package transform

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// tokenKind is what a token of SQL is.
type tokenKind int

const (
	tokenWord   tokenKind = iota // a keyword, a function or an unquoted name
	tokenQuoted                  // "a quoted name"; text is the name
	tokenText                    // 'a text'; text is its value
	tokenNumber
	tokenSymbol
	tokenBad // a quote without end, a comment, a byte that is no SQL
)

// token is a lexical element of SQL, at bytes start to end of the source.
type token struct {
	kind       tokenKind
	text       string
	start, end int
}

// is reports whether a token is an unquoted word or a symbol, in any case.
func (t token) is(text string) bool {
	return (t.kind == tokenWord || t.kind == tokenSymbol) && strings.EqualFold(t.text, text)
}

// names reports whether a token can stand for a column of this name.
func (t token) names(column string) bool {
	return (t.kind == tokenWord || t.kind == tokenQuoted) && strings.EqualFold(t.text, column)
}

// tokens splits SQL. Comments are bad tokens: an expression has none.
func tokens(sql string) []token {
	var out []token
	for i := 0; i < len(sql); {
		r, size := utf8.DecodeRuneInString(sql[i:])
		if unicode.IsSpace(r) {
			i += size
			continue
		}
		t := next(sql, i)
		out = append(out, t)
		i = t.end
	}
	return out
}

func next(sql string, i int) token {
	c := sql[i]
	switch {
	case c == '\'' || c == '"':
		return quotedToken(sql, i)
	case isDigit(c) || c == '.' && i+1 < len(sql) && isDigit(sql[i+1]):
		return numberToken(sql, i)
	case isWordStart(sql[i:]):
		end := i
		for end < len(sql) && (isWordStart(sql[end:]) || isDigit(sql[end])) {
			_, size := utf8.DecodeRuneInString(sql[end:])
			end += size
		}
		return token{tokenWord, sql[i:end], i, end}
	case strings.HasPrefix(sql[i:], "--"), strings.HasPrefix(sql[i:], "/*"):
		return token{tokenBad, sql[i : i+2], i, len(sql)}
	}
	for _, long := range []string{"<=>", "->>", "!~~", "::", "||", "<=", ">=", "<>", "!=", "->", "//", "**", "==", ":=", "~~", "!~"} {
		if strings.HasPrefix(sql[i:], long) {
			return token{tokenSymbol, long, i, i + len(long)}
		}
	}
	_, size := utf8.DecodeRuneInString(sql[i:])
	return token{tokenSymbol, sql[i : i+size], i, i + size}
}

func quotedToken(sql string, i int) token {
	quote, kind := sql[i], tokenText
	if quote == '"' {
		kind = tokenQuoted
	}
	var text strings.Builder
	for end := i + 1; end < len(sql); end++ {
		if sql[end] != quote {
			text.WriteByte(sql[end])
			continue
		}
		if end+1 < len(sql) && sql[end+1] == quote {
			text.WriteByte(quote)
			end++
			continue
		}
		return token{kind, text.String(), i, end + 1}
	}
	return token{tokenBad, sql[i:], i, len(sql)}
}

func numberToken(sql string, i int) token {
	end := i
	for end < len(sql) && (isDigit(sql[end]) || sql[end] == '.') {
		end++
	}
	if end < len(sql) && (sql[end] == 'e' || sql[end] == 'E') {
		exp := end + 1
		if exp < len(sql) && (sql[exp] == '+' || sql[exp] == '-') {
			exp++
		}
		if exp < len(sql) && isDigit(sql[exp]) {
			for exp < len(sql) && isDigit(sql[exp]) {
				exp++
			}
			end = exp
		}
	}
	if isWordStart(sql[end:]) { // 12abc, 0x1f, 1_000
		return token{tokenBad, sql[i:], i, len(sql)}
	}
	return token{tokenNumber, sql[i:end], i, end}
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isWordStart(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return s != "" && (r == '_' || unicode.IsLetter(r))
}

// uses reports whether an expression mentions a column.
func uses(sql, column string) bool {
	all := tokens(sql)
	for i, t := range all {
		if t.names(column) && (i+1 == len(all) || !all[i+1].is("(") || t.kind == tokenQuoted) {
			return true
		}
	}
	return false
}

// quote is an identifier.
func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// text is a text literal.
func text(value string) string { return "'" + strings.ReplaceAll(value, "'", "''") + "'" }
