package file

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/kalpafall/df360/internal/fault"
)

// Encoding finds an encoding by its name; nil is UTF-8.
func Encoding(name string) (encoding.Encoding, error) {
	if name == "" || strings.EqualFold(name, "utf-8") || strings.EqualFold(name, "utf8") {
		return nil, nil //nolint:nilnil // documented
	}
	if strings.EqualFold(name, "utf-16") {
		name = "utf-16le" // where no byte order mark says another
	}
	enc, err := htmlindex.Get(name)
	if err != nil {
		return nil, fault.New(fault.Usage, "--encoding %q is none that is known", name).
			WithHint("names are those of the WHATWG: utf-8, utf-16le, windows-1252, iso-8859-15, shift_jis, …")
	}
	return enc, nil
}

// decoded is a text in UTF-8. A byte order mark at its beginning is dropped, and
// says more than enc. Bytes that are no text in their encoding are none in UTF-8
// either, so that their rows are rejected: decoders put U+FFFD in their place.
func decoded(text io.Reader, enc encoding.Encoding) io.Reader {
	return transform.NewReader(text, transform.Chain(unicode.BOMOverride(enc.NewDecoder()), damage{}))
}

// damage makes U+FFFD a byte that UTF-8 does not have. It implements
// transform.Transformer.
type damage struct{ transform.NopResetter }

// Transform copies text.
func (damage) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	mark := []byte(string(utf8.RuneError))
	for nSrc < len(src) {
		rest := src[nSrc:]
		n := bytes.IndexByte(rest, mark[0])
		if n < 0 {
			n = len(rest)
		}
		if n == 0 {
			if !atEOF && len(rest) < len(mark) {
				return nDst, nSrc, transform.ErrShortSrc
			}
			if nDst == len(dst) {
				return nDst, nSrc, transform.ErrShortDst
			}
			n, dst[nDst] = 1, rest[0]
			if bytes.HasPrefix(rest, mark) {
				n, dst[nDst] = len(mark), 0xff
			}
			nDst, nSrc = nDst+1, nSrc+n
			continue
		}
		if n = min(n, len(dst)-nDst); n == 0 {
			return nDst, nSrc, transform.ErrShortDst
		}
		copy(dst[nDst:], rest[:n])
		nDst, nSrc = nDst+n, nSrc+n
	}
	return nDst, nSrc, nil
}
