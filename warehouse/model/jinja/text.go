package jinja

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Strings are UTF-8; lengths and positions are in code points, as in Python.

// isSpace is str.isspace of one character.
func isSpace(r rune) bool {
	return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f
}

func isWord(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.In(r, unicode.N, unicode.Mn, unicode.Mc, unicode.Pc) && r != utf8.RuneError
}

// isIdentifier is str.isidentifier.
func isIdentifier(s string) bool {
	for i, r := range s {
		ok := r == '_' || unicode.IsLetter(r) || unicode.Is(unicode.Nl, r)
		if i > 0 {
			ok = ok || unicode.In(r, unicode.Nd, unicode.Mn, unicode.Mc, unicode.Pc)
		}
		if !ok || r == utf8.RuneError {
			return false
		}
	}
	return s != ""
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func textLen(s string) int { return utf8.RuneCountInString(s) }

func runeLen(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	return n
}

// offset is the byte offset of character i, which is at most the length.
func offset(s string, i int) int {
	if isASCII(s) {
		return i
	}
	at := 0
	for range i {
		at += runeLen(s[at:])
	}
	return at
}

// asciiDigits makes ASCII of other scripts' digits, as int() and float() read them.
func asciiDigits(s string) string {
	if isASCII(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r >= utf8.RuneSelf && unicode.Is(unicode.Nd, r) {
			if d, ok := digitValue(r); ok {
				return '0' + d
			}
		}
		return r
	}, s)
}

// digitValue is the value of a decimal digit: Unicode has them in runs of ten.
func digitValue(r rune) (rune, bool) {
	for _, t := range unicode.Nd.R16 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return (r - rune(t.Lo)) % 10, true
		}
	}
	for _, t := range unicode.Nd.R32 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) { //nolint:gosec // code points
			return (r - rune(t.Lo)) % 10, true //nolint:gosec // code points
		}
	}
	return 0, false
}

// escapeHTML is markupsafe.escape of a str.
func escapeHTML(s string) string {
	if !strings.ContainsAny(s, `&<>'"`) {
		return s
	}
	return strings.NewReplacer("&", "&amp;", ">", "&gt;", "<", "&lt;", "'", "&#39;", `"`, "&#34;").Replace(s)
}

// escape is markupsafe.escape of any value.
func escape(v Value) (Markup, error) {
	if m, ok := v.(Markup); ok {
		return m, nil
	}
	s, err := str(v)
	return Markup(escapeHTML(s)), err
}

func nthRune(s string, i int) string {
	at := offset(s, i)
	return s[at : at+runeLen(s[at:])]
}
