package columns

import (
	"math"
	"strconv"

	"github.com/kalpafall/df360/internal/jsontext"
	"github.com/kalpafall/df360/internal/sqltype"
)

// field adds a CSV field that is there (an empty one without quotes is NULL, and
// does not come here).
func (d *decoder) field(b *builder, text []byte) error {
	switch b.typ.Kind {
	case sqltype.Varchar:
		b.addText(text)
		return nil
	case sqltype.Boolean:
		if x, ok := parseBool(text); ok {
			b.addInt(x)
			return nil
		}
	case sqltype.Bigint, sqltype.Double, sqltype.Decimal:
		if s, digits := numberShape(text); fitsNumber(b.typ, text, s, digits) && b.addNumber(text, s) {
			return nil
		}
	case sqltype.Date:
		if days, ok := parseDate(text); ok {
			b.addInt(days)
			return nil
		}
	case sqltype.Timestamp:
		if micros, ok := parseTimestamp(text); ok {
			b.addInt(micros)
			return nil
		}
	case sqltype.Struct, sqltype.List, sqltype.Map:
		if len(text) == 0 || text[0] != '{' && text[0] != '[' || jsontext.Valid(text) != nil {
			break
		}
		_, err := d.json(b, text, 0)
		return err
	default:
	}
	return b.noText(text, fieldKind(text))
}

// fitsNumber reports whether a text of a shape can be a value of a type: more
// digits than a DOUBLE has are not rounded.
func fitsNumber(t *sqltype.Type, text []byte, s shape, digits int) bool {
	switch s {
	case noNumber:
		return false
	case fractional:
		return t.Kind != sqltype.Double || keepsDigits(text, digits)
	case special:
		return t.Kind == sqltype.Double
	case whole:
	}
	return true
}

// maxDigits is how many digits a number in text may have: more is an
// identifier, or a number that a DOUBLE would round.
const maxDigits = 18

// parseBool reads true or false, as programs write them.
func parseBool(text []byte) (x int64, ok bool) {
	switch string(text) {
	case "true", "True", "TRUE":
		return 1, true
	case "false", "False", "FALSE":
		return 0, true
	}
	return 0, false
}

// IsValue reports whether a text is the value of something else than a text: a
// number, a date, a truth value. The header of a file has none.
func IsValue(text string) bool {
	return text != "" && fieldKind([]byte(text))&(aText|aSpecial) == 0
}

// safeDigits is how many digits every DOUBLE keeps.
const safeDigits = 15

// keepsDigits reports whether a DOUBLE of a fraction in text, printed with as many
// digits, is that text again: 0.30000000000000004 is, 99999999999999.99 is not.
func keepsDigits(text []byte, digits int) bool {
	if digits <= safeDigits || digits > maxDigits {
		return digits <= safeDigits
	}
	x, ok := parseFloat(text)
	if !ok {
		return false
	}
	var buf [32]byte
	printed := strconv.AppendFloat(buf[:0], math.Abs(x), 'e', digits-1, 64)
	i, begun := 0, false
	for _, c := range text {
		switch {
		case c == 'e' || c == 'E':
			return i == digits+1
		case !isDigit(c) || c == '0' && !begun:
			continue
		}
		begun = true
		if i == 1 { // the point
			i++
		}
		if i >= len(printed) || printed[i] != c {
			return false
		}
		i++
	}
	return true
}
