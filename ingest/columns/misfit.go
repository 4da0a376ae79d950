package columns

import (
	"bytes"
	"errors"
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

// noValue is the misfit of a value that is none of a type. What is wanted is a
// type that the column can be widened to.
func (b *builder) noValue(what string, seen kinds) *Misfit {
	g := guess{seen: seen}
	wants := Wider(b.typ, g.typ())
	if wants.Equal(b.typ) { // a DOUBLE, for a whole number that it would round
		wants = sqltype.Of(sqltype.Varchar)
	}
	return &Misfit{Reason: what + " is no " + b.typ.String(), Wants: wants}
}

// noText is the misfit of a text.
func (b *builder) noText(text []byte, seen kinds) error {
	return b.wide(b.noValue(strconv.Quote(shown(text)), seen), text)
}

// noNumber is the misfit of a number.
func (b *builder) noNumber(text []byte, seen kinds) error {
	return b.wide(b.noValue(shown(text), seen), text)
}

// mostDigits is how many digits a DECIMAL has at most.
const mostDigits = 38

// wide makes it a wider DECIMAL that a DECIMAL wants for a number, where there is
// one: a DOUBLE would not keep what the column has exactly.
func (b *builder) wide(m *Misfit, text []byte) *Misfit {
	if b.typ.Kind != sqltype.Decimal {
		return m
	}
	if s, _ := numberShape(text); s != whole && s != fractional || bytes.ContainsAny(text, "eE") {
		return m
	}
	digits, places, _ := bytes.Cut(bytes.TrimPrefix(text, []byte("-")), []byte("."))
	places = bytes.TrimRight(places, "0")
	m.Wants = sqltype.Of(sqltype.Varchar)
	if n := len(digits) + len(places); n <= mostDigits {
		if wants, ok := sqltype.Widen(b.typ, sqltype.DecimalOf(n, len(places))); ok {
			m.Wants = wants
		}
	}
	return m
}

// ofElement is what a list wants because of an element of it.
func ofElement(err error) error {
	var m *Misfit
	if errors.As(err, &m) && m.Wants != nil {
		m.Wants = &sqltype.Type{Kind: sqltype.List, Elem: m.Wants}
	}
	return err
}

// ofEntry is what a map wants because of an entry: nobody can tell it to be another
// one.
func ofEntry(err error) error {
	var m *Misfit
	if errors.As(err, &m) {
		m.Wants = nil
	}
	return err
}
