package jsontext

import (
	"unicode/utf16"
	"unicode/utf8"
)

// Unescape appends what a string says to dst. text is what stands between its
// quotes, and was found valid.
func Unescape(dst, text []byte) []byte {
	for i := 0; i < len(text); {
		c := text[i]
		if c != '\\' {
			dst = append(dst, c)
			i++
			continue
		}
		switch c = text[i+1]; c {
		case 'b':
			c = '\b'
		case 'f':
			c = '\f'
		case 'n':
			c = '\n'
		case 'r':
			c = '\r'
		case 't':
			c = '\t'
		case 'u':
			r, end, _ := unit(text, i)
			dst = utf8.AppendRune(dst, r)
			i = end
			continue
		}
		dst = append(dst, c)
		i += 2
	}
	return dst
}

// unit reads the escape \uXXXX at data[i], or the two of a surrogate pair.
func unit(data []byte, i int) (r rune, end int, err error) {
	r, err = hex4(data, i+2)
	if err != nil || !utf16.IsSurrogate(r) {
		return r, i + 6, err
	}
	next := data[i+6:]
	if len(next) < 2 && string(next) == `\u`[:len(next)] {
		return 0, len(data), ErrEnd
	}
	if len(next) >= 2 && string(next[:2]) == `\u` {
		low, err := hex4(data, i+8)
		if err != nil {
			return 0, i, err
		}
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, i + 12, nil
		}
	}
	return 0, i, wrong(i, "half of a surrogate pair")
}

func hex4(data []byte, i int) (rune, error) {
	var r rune
	for _, c := range data[i:min(i+4, len(data))] {
		r <<= 4
		switch {
		case c >= '0' && c <= '9':
			r |= rune(c - '0')
		case c >= 'a' && c <= 'f':
			r |= rune(c-'a') + 10
		case c >= 'A' && c <= 'F':
			r |= rune(c-'A') + 10
		default:
			return 0, wrong(i, "%q in an escape", rune(c))
		}
	}
	if i+4 > len(data) {
		return 0, ErrEnd
	}
	return r, nil
}
