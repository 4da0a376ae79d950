package columns

import (
	"strconv"
	"unicode/utf8"

	"github.com/kalpafall/df360/internal/sqltype"
)

// Misfit is why a row cannot be taken.
type Misfit struct {
	Column string // "" where it is the whole row
	Reason string // for people: "1.5 is no BIGINT"
	// Wants is a type that the value would fit; nil where that is not the point.
	Wants *sqltype.Type
}

// Error is the reason.
func (m *Misfit) Error() string { return m.Reason }

// NewColumn says that a row has a value in a column, or in a field of one, that
// the layout does not know.
type NewColumn struct {
	Key string
	// Own says that it is a column which the source itself adds.
	Own bool
}

// Error names it.
func (n *NewColumn) Error() string { return "the column " + shown([]byte(n.Key)) + " is new" }

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
func (b *builder) noValue(what string, wants kinds) error {
	g := guess{seen: wants}
	return &Misfit{Reason: what + " is no " + b.typ.String(), Wants: g.typ()}
}

// noText is the misfit of a text.
func (b *builder) noText(text []byte, wants kinds) error {
	return b.noValue(strconv.Quote(shown(text)), wants)
}
