package jinja

import (
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
