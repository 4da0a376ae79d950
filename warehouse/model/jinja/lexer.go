package jinja

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// kind of a token. Operators are named by their text in token.val.
type tokKind byte

const (
	tokEOF tokKind = iota
	tokData
	tokVarBegin
	tokVarEnd
	tokBlockBegin
	tokBlockEnd
	tokName
	tokString
	tokInt
	tokFloat
	tokOp
	tokError // what the lexer could not read; num is the error
)

type token struct {
	kind tokKind
	line int32
	pos  int // byte offset in the normalized source
	end  int // where it ends
	val  string
	num  Value // of numbers; *Error of tokError
}

// is says whether the token is this operator.
func (t token) is(op string) bool { return t.kind == tokOp && t.val == op }

// isName says whether the token is this word.
func (t token) isName(name string) bool { return t.kind == tokName && t.val == name }

// describe names a token in messages.
func (t token) describe() string {
	switch t.kind {
	case tokEOF:
		return "end of template"
	case tokData:
		return "template data / text"
	case tokVarBegin:
		return "begin of print statement"
	case tokVarEnd:
		return "end of print statement"
	case tokBlockBegin:
		return "begin of statement block"
	case tokBlockEnd:
		return "end of statement block"
	case tokString:
		return "string"
	case tokInt:
		return "integer"
	case tokFloat:
		return "float"
	default:
		return t.val
	}
}

// lexer reads a whole source. Whitespace control happens here and nowhere else.
type lexer struct {
	src      string
	pos      int
	line     int32
	counted  int // how far newlines are counted into line
	toks     []token
	trim     bool // trim_blocks
	lstrip   bool // lstrip_blocks
	newlined bool // the last tag swallowed a newline: a line starts here
	err      *Error
}

// normalize gives all lines the same end and drops the last one's, as Jinja2 does.
func normalize(src string, keepLast bool) string {
	if strings.Contains(src, "\r") {
		src = strings.ReplaceAll(strings.ReplaceAll(src, "\r\n", "\n"), "\r", "\n")
	}
	if !keepLast {
		src = strings.TrimSuffix(src, "\n")
	}
	return src
}

func (l *lexer) lineAt(pos int) int32 {
	if pos > l.counted {
		l.line += int32(strings.Count(l.src[l.counted:pos], "\n")) //nolint:gosec // sources are smaller
		l.counted = pos
	}
	return l.line + 1
}

func (l *lexer) emit(kind tokKind, pos, end int, val string) {
	l.toks = append(l.toks, token{kind: kind, line: l.lineAt(pos), pos: pos, end: end, val: val})
}

func (l *lexer) fail(pos int, format string, args ...any) {
	l.err = Errorf(SyntaxError, format, args...)
	l.toks = append(l.toks, token{kind: tokError, line: l.lineAt(pos), pos: pos, end: pos, num: l.err})
}

// lex reads everything; an error is the last token, so that the parser may find
// one before it.
func (l *lexer) lex() []token {
	l.newlined = true
	for l.pos < len(l.src) && l.err == nil {
		start := l.pos
		tag := l.nextTag(start)
		if tag < 0 {
			l.emit(tokData, start, len(l.src), l.src[start:])
			break
		}
		l.data(start, tag)
		l.tag(tag)
	}
	if l.err == nil {
		l.emit(tokEOF, len(l.src), len(l.src), "")
	}
	return l.toks
}

// nextTag finds the next opening of a tag.
func (l *lexer) nextTag(from int) int {
	for {
		i := strings.IndexByte(l.src[from:], '{')
		if i < 0 || from+i+1 >= len(l.src) {
			return -1
		}
		from += i
		switch l.src[from+1] {
		case '%', '{', '#':
			return from
		}
		from++
	}
}

// data emits the text before a tag, stripped as the tag demands.
func (l *lexer) data(start, tag int) {
	text := l.src[start:tag]
	sign := byte(0)
	if tag+2 < len(l.src) {
		sign = l.src[tag+2]
	}
	switch {
	case sign == '-':
		text = strings.TrimRightFunc(text, isSpace)
	case sign != '+' && l.lstrip && l.src[tag+1] != '{':
		at := strings.LastIndexByte(text, '\n') + 1
		if (at > 0 || l.newlined) && strings.TrimFunc(text[at:], isSpace) == "" {
			text = text[:at]
		}
	}
	if text != "" {
		l.emit(tokData, start, start+len(text), text)
	}
}

func (l *lexer) tag(at int) {
	l.pos = at + 2
	if l.pos < len(l.src) && (l.src[l.pos] == '-' || l.src[l.pos] == '+') {
		l.pos++
	}
	switch l.src[at+1] {
	case '#':
		l.comment(at)
	case '%':
		if l.raw(at) {
			return
		}
		l.emit(tokBlockBegin, at, l.pos, "")
		l.inside(tokBlockEnd, "%}")
	default:
		l.emit(tokVarBegin, at, l.pos, "")
		l.inside(tokVarEnd, "}}")
	}
}

func (l *lexer) skipSpace() {
	rest := strings.TrimLeftFunc(l.src[l.pos:], isSpace)
	l.pos = len(l.src) - len(rest)
}

// closeTag reads the end of a tag at l.pos: "%}", "-%}" or "+%}".
func (l *lexer) closeTag(end string, kind tokKind) bool {
	rest := l.src[l.pos:]
	plus := kind != tokVarEnd
	switch {
	case strings.HasPrefix(rest, end):
		l.pos += len(end)
		if l.trim && plus && strings.HasPrefix(l.src[l.pos:], "\n") {
			l.pos++
		}
	case rest != "" && rest[0] == '-' && strings.HasPrefix(rest[1:], end):
		l.pos += 1 + len(end)
		l.skipSpace()
	case plus && rest != "" && rest[0] == '+' && strings.HasPrefix(rest[1:], end):
		l.pos += 1 + len(end)
	default:
		return false
	}
	l.newlined = l.src[l.pos-1] == '\n'
	return true
}

// comment skips one; its body may begin with the closing sign: {#-#}.
func (l *lexer) comment(at int) {
	l.pos = at + 2
	if l.pos < len(l.src) && (l.src[l.pos] == '-' || l.src[l.pos] == '+') && !strings.HasPrefix(l.src[l.pos+1:], "#}") {
		l.pos++
	}
	i := strings.Index(l.src[l.pos:], "#}")
	if i < 0 {
		l.fail(at, "Missing end of comment tag")
		return
	}
	l.pos += i
	if i > 0 && (l.src[l.pos-1] == '-' || l.src[l.pos-1] == '+') {
		l.pos--
	}
	l.closeTag("#}", tokBlockEnd)
}

// raw reads a raw block, if one begins at at.
func (l *lexer) raw(at int) bool {
	saved := l.pos
	l.skipSpace()
	if !strings.HasPrefix(l.src[l.pos:], "raw") {
		l.pos = saved
		return false
	}
	l.pos += 3
	l.skipSpace()
	if strings.HasPrefix(l.src[l.pos:], "+%}") || !l.closeTag("%}", tokVarEnd) {
		l.pos = saved
		return false
	}
	start := l.pos
	for from := start; ; {
		i := strings.Index(l.src[from:], "{%")
		if i < 0 {
			l.fail(at, "Missing end of raw directive")
			return true
		}
		tag := from + i
		l.pos = tag + 2
		if l.pos < len(l.src) && (l.src[l.pos] == '-' || l.src[l.pos] == '+') {
			l.pos++
		}
		l.skipSpace()
		if strings.HasPrefix(l.src[l.pos:], "endraw") {
			l.pos += 6
			l.skipSpace()
			if l.closeTag("%}", tokBlockEnd) {
				l.data(start, tag)
				return true
			}
		}
		from = tag + 2
	}
}

// inside reads the tokens of a tag up to its end.
func (l *lexer) inside(end tokKind, close string) {
	var open []byte
	for {
		l.skipSpace()
		at := l.pos
		if at >= len(l.src) {
			return // the parser finds that the end is missing
		}
		if len(open) == 0 && l.closeTag(close, end) {
			l.emit(end, at, l.pos, "")
			return
		}
		c := l.src[at]
		switch {
		case isDigit(c):
			l.number()
		case c == '\'' || c == '"':
			if !l.str(c) {
				return
			}
		case nameLen(l.src[at:]) > 0:
			if !l.name() {
				return
			}
		default:
			op := operator(l.src[at:])
			if op == "" {
				r, _ := utf8.DecodeRuneInString(l.src[at:])
				l.fail(at, "unexpected char %s at %d", Repr(string(r)), textLen(l.src[:at]))
				return
			}
			if !l.balance(&open, op, at) {
				return
			}
			l.pos += len(op)
			l.emit(tokOp, at, l.pos, op)
		}
	}
}

// balance keeps the stack of brackets.
func (l *lexer) balance(open *[]byte, op string, at int) bool {
	switch op {
	case "(":
		*open = append(*open, ')')
	case "[":
		*open = append(*open, ']')
	case "{":
		*open = append(*open, '}')
	case ")", "]", "}":
		n := len(*open)
		if n == 0 {
			l.fail(at, "unexpected '%s'", op)
			return false
		}
		if want := (*open)[n-1]; want != op[0] {
			l.fail(at, "unexpected '%s', expected '%c'", op, want)
			return false
		}
		*open = (*open)[:n-1]
	}
	return true
}

func operator(s string) string {
	if len(s) > 1 {
		switch s[:2] {
		case "//", "**", "==", "!=", ">=", "<=":
			return s[:2]
		}
	}
	if strings.IndexByte("+-/*%~[](){}><=.:|,;", s[0]) >= 0 {
		return s[:1]
	}
	return ""
}

// nameLen is the length of the word at the start of s.
func nameLen(s string) int {
	for i, r := range s {
		if !isWord(r) {
			return i
		}
	}
	return len(s)
}

func (l *lexer) name() bool {
	at := l.pos
	l.pos += nameLen(l.src[at:])
	word := l.src[at:l.pos]
	if !isIdentifier(word) {
		l.fail(at, "Invalid character in identifier")
		return false
	}
	l.emit(tokName, at, l.pos, word)
	return true
}

// digits is the length of digits of a base with single underscores in between.
func digits(s string, valid string) int {
	i := 0
	for i < len(s) {
		switch {
		case strings.IndexByte(valid, s[i]) >= 0:
			i++
		case s[i] == '_' && i > 0 && i+1 < len(s) && strings.IndexByte(valid, s[i+1]) >= 0:
			i += 2
		default:
			return i
		}
	}
	return i
}

const decimals = "0123456789"

func (l *lexer) number() {
	at := l.pos
	s := l.src[at:]
	n := digits(s, decimals)
	float := false
	if at == 0 || l.src[at-1] != '.' {
		m := n
		if m+1 < len(s) && s[m] == '.' && isDigit(s[m+1]) {
			m += 1 + digits(s[m+1:], decimals)
			float = true
		}
		if m < len(s) && s[m]|0x20 == 'e' {
			k := m + 1
			if k < len(s) && (s[k] == '+' || s[k] == '-') {
				k++
			}
			if d := digits(s[k:], decimals); d > 0 && k < len(s) && s[k] != '_' {
				m, float = k+d, true
			}
		}
		if float {
			n = m
		}
	}
	kind := tokFloat
	var val Value
	if float {
		val, _ = strconv.ParseFloat(strings.ReplaceAll(s[:n], "_", ""), 64) // beyond the range it is an infinity, as in Python
	} else {
		kind = tokInt
		n = intLen(s, n)
		val = literalInt(s[:n])
	}
	l.pos += n
	l.toks = append(l.toks, token{kind: kind, line: l.lineAt(at), pos: at, end: l.pos, val: s[:n], num: val})
}

// intLen is the length of an integer literal that begins with n decimal digits.
func intLen(s string, n int) int {
	if len(s) > 2 && s[0] == '0' {
		from := 2
		if s[2] == '_' && len(s) > 3 {
			from = 3
		}
		valid := map[byte]string{'x': "0123456789abcdefABCDEF", 'o': "01234567", 'b': "01"}[s[1]|0x20]
		if valid != "" {
			if d := digits(s[from:], valid); d > 0 && s[from] != '_' {
				return from + d
			}
		}
	}
	if s[0] == '0' { // 007 is 0, 0 and 7
		return digits(s, "0")
	}
	return n
}

func literalInt(s string) Value {
	s = strings.ReplaceAll(s, "_", "")
	if s[0] == '0' && strings.Trim(s, "0") == "" {
		return int64(0)
	}
	if n, err := strconv.ParseInt(s, 0, 64); err == nil {
		return n
	}
	if len(s) > maxIntBits/4 {
		s = s[:1]
	}
	n, ok := new(big.Int).SetString(s, 0)
	if !ok {
		return int64(0)
	}
	return normInt(n)
}

func (l *lexer) str(q byte) bool {
	at := l.pos
	for i := at + 1; i < len(l.src); i++ {
		switch l.src[i] {
		case '\\':
			i++
		case q:
			val, err := unescape(l.src[at+1 : i])
			if err != nil {
				l.fail(at, "%s", err.Error())
				return false
			}
			l.pos = i + 1
			l.emit(tokString, at, l.pos, val)
			return true
		}
	}
	l.fail(at, "unexpected char %s at %d", Repr(string(q)), textLen(l.src[:at]))
	return false
}

// unescape reads the escapes of a string literal; unknown ones stay as they are.
func unescape(s string) (string, error) {
	if !strings.Contains(s, `\`) {
		return s, nil
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 >= len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		const plain, means = `\'"abfnrtv`, "\\'\"\a\b\f\n\r\t\v"
		if k := strings.IndexByte(plain, s[i]); k >= 0 {
			b.WriteByte(means[k])
			continue
		}
		switch c := s[i]; c {
		case '\n':
		case '0', '1', '2', '3', '4', '5', '6', '7':
			n := 1
			for n < 3 && i+n < len(s) && '0' <= s[i+n] && s[i+n] <= '7' {
				n++
			}
			r, _ := strconv.ParseUint(s[i:i+n], 8, 32) // 1 to 3 octal digits
			b.WriteRune(rune(r))                       //nolint:gosec // at most 0o777
			i += n - 1
		case 'x', 'u', 'U':
			n := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]
			if i+n >= len(s) {
				return "", fmt.Errorf("truncated \\%c escape", c)
			}
			r, err := strconv.ParseUint(s[i+1:i+1+n], 16, 32)
			if err != nil || r > utf8.MaxRune {
				return "", fmt.Errorf("truncated \\%c escape", c)
			}
			b.WriteRune(rune(r))
			i += n
		default:
			b.WriteByte('\\')
			b.WriteByte(c)
		}
	}
	return b.String(), nil
}
