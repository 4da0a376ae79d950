package jinja

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

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
