package columns

import (
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
		if s, digits := numberShape(text); fitsNumber(b.typ, s, digits) && b.addNumber(text, s) {
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
func fitsNumber(t *sqltype.Type, s shape, digits int) bool {
	switch s {
	case noNumber:
		return false
	case fractional:
		return t.Kind != sqltype.Double || digits <= maxDigits
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
