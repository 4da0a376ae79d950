package columns

import (
	"errors"
	"strconv"
	"unicode/utf8"
)

// Misfit is why a row cannot be taken.
type Misfit struct {
	Column string // "" where it is the whole row
	Reason string // for people: "1.5 is no BIGINT"
}

// Error is the reason.
func (m *Misfit) Error() string { return m.Reason }

// ErrNew says that a row has a value in a column, or in a field of one, that the
// layout does not know.
var ErrNew = errors.New("a column that is not known yet has a value")

// maxQuote is how much of a value a reason shows.
const maxQuote = 40

// shown is a value as reasons show it.
func shown(b []byte) string {
	if len(b) <= maxQuote {
		return string(b)
	}
	end := maxQuote
	for end > 0 && !utf8.RuneStart(b[end]) {
		end--
	}
	return string(b[:end]) + "…"
}

// noValue is the misfit of a value that is none of a type.
func (b *builder) noValue(what string) error {
	return &Misfit{Reason: what + " is no " + b.typ.String()}
}

func (b *builder) noText(text []byte) error { return b.noValue(strconv.Quote(shown(text))) }
