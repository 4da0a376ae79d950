package columns

import (
	"bytes"
	"errors"

	"github.com/kalpafall/df360/internal/jsontext"
	"github.com/kalpafall/df360/internal/sqltype"
)

// decoder reads JSON values into builders.
type decoder struct {
	layout  *Layout
	strange bool // a value had no place
	scratch []byte
}

// json adds the value at data[i] and returns its end.
func (d *decoder) json(b *builder, data []byte, i int) (end int, err error) {
	if i >= len(data) {
		return i, jsontext.ErrEnd
	}
	switch c := data[i]; {
	case c == '"':
		return d.text(b, data, i)
	case c == '-' || isDigit(c):
		return d.number(b, data, i)
	case c == '{':
		return d.object(b, data, i)
	case c == '[':
		return d.array(b, data, i)
	}
	end, err = jsontext.Literal(data, i)
	switch {
	case err != nil:
		return end, err
	case data[i] == 'n':
		b.addNull()
		return end, nil
	case b.typ.Kind == sqltype.Boolean:
		x := int64(0)
		if data[i] == 't' {
			x = 1
		}
		b.addInt(x)
		return end, nil
	case b.typ.Kind == sqltype.Varchar:
		b.addText(data[i:end])
		return end, nil
	}
	return end, b.noValue(string(data[i:end]), aBool)
}

// text adds a string.
func (d *decoder) text(b *builder, data []byte, i int) (int, error) {
	end, plain, err := jsontext.String(data, i)
	if err != nil {
		return end, err
	}
	text := data[i+1 : end-1]
	if !plain {
		d.scratch = jsontext.Unescape(d.scratch[:0], text)
		text = d.scratch
		if bytes.IndexByte(text, 0) >= 0 {
			return end, &Misfit{Reason: NULInside}
		}
	}
	switch b.typ.Kind {
	case sqltype.Varchar:
		b.addText(text)
		return end, nil
	case sqltype.Timestamp:
		if micros, ok := parseTimestamp(text); ok {
			b.addInt(micros)
			return end, nil
		}
	case sqltype.Date:
		if days, ok := parseDate(text); ok {
			b.addInt(days)
			return end, nil
		}
	default:
	}
	return end, b.noText(text, textKind(text, true))
}

// Reasons of rows whose text is none.
const (
	NULInside = "a text holds a NUL character"
	NotUTF8   = "the text is not UTF-8"
)

// number adds a number.
func (d *decoder) number(b *builder, data []byte, i int) (int, error) {
	end, isWhole, err := jsontext.Number(data, i)
	if err != nil {
		return end, err
	}
	s := fractional
	if isWhole {
		s = whole
	}
	if b.addNumber(data[i:end], s) {
		return end, nil
	}
	if b.typ.Kind == sqltype.Varchar {
		b.addText(data[i:end])
		return end, nil
	}
	return end, b.noNumber(data[i:end], numberKind(data[i:end], isWhole))
}

// addNumber adds a number to a column of numbers, if it fits there.
func (b *builder) addNumber(text []byte, s shape) bool {
	switch b.typ.Kind {
	case sqltype.Bigint:
		x, ok := wholeOf(text, s)
		if ok {
			b.addInt(x)
		}
		return ok
	case sqltype.Double:
		x, ok := floatOf(text, s)
		if ok {
			b.addFloat(x)
		}
		return ok
	case sqltype.Decimal:
		return b.addDecimal(text, s)
	default:
	}
	return false
}

func floatOf(text []byte, s shape) (float64, bool) {
	if s == whole {
		return exactFloat(text)
	}
	return parseFloat(text)
}

func (b *builder) addDecimal(text []byte, s shape) bool {
	if s == special {
		return false
	}
	if b.typ.Precision <= maxSmall {
		x, ok := smallDecimal(text, b.typ.Precision, b.typ.Scale)
		if ok {
			b.addInt(x)
		}
		return ok
	}
	n, ok := parseDecimal(text, b.typ.Precision, b.typ.Scale)
	if ok {
		b.v.Fixed = appendWide(b.v.Fixed, n)
		b.took()
	}
	return ok
}

// object adds an object: to a struct or a map, or as its text.
func (d *decoder) object(b *builder, data []byte, i int) (int, error) {
	switch b.typ.Kind {
	case sqltype.Struct:
		end, err := d.members(b.fields, b.kids, b.n, data, i)
		if err != nil {
			return end, inside(err)
		}
		b.took()
		return end, nil
	case sqltype.Map:
		return d.mapping(b, data, i)
	default:
	}
	return d.verbatim(b, data, i, "an object")
}

// verbatim adds an array or an object to a column of text.
func (d *decoder) verbatim(b *builder, data []byte, i int, what string) (int, error) {
	end, err := jsontext.Value(data, i)
	if err != nil {
		return end, err
	}
	if b.typ.Kind != sqltype.Varchar {
		return end, b.noValue(what, aText)
	}
	b.addText(data[i:end])
	return end, nil
}

// members reads the members of the object at data[i] into the builders that
// names lead to, as row number row of each.
func (d *decoder) members(names *index, kids []*builder, row int, data []byte, i int) (int, error) {
	names.begin()
	i = jsontext.Space(data, i+1)
	if i < len(data) && data[i] == '}' {
		return i + 1, nil
	}
	for {
		end, plain, next, err := jsontext.Key(data, i)
		if err != nil {
			return next, err
		}
		key := data[i+1 : end]
		if !plain {
			key = jsontext.Unescape(nil, key)
		}
		if i, err = d.member(names, kids, row, key, data, next); err != nil {
			return i, err
		}
		var more bool
		if i, more, err = jsontext.Next(data, i, '}'); err != nil || !more {
			return i, err
		}
	}
}

func (d *decoder) member(names *index, kids []*builder, row int, key, data []byte, i int) (int, error) {
	k, ok := names.find(key)
	if !ok {
		return d.unknown(key, data, i)
	}
	kid := kids[k]
	if kid.n > row {
		return i, &Misfit{Reason: "the key " + shown(key) + " is there twice"}
	}
	kid.pad(row)
	end, err := d.json(kid, data, i)
	if err != nil {
		return end, within(err, key)
	}
	return end, nil
}

// unknown passes a member that has no place.
func (d *decoder) unknown(key, data []byte, i int) (int, error) {
	end, err := jsontext.Value(data, i)
	if err == nil && d.layout.Strict && data[i] != 'n' {
		d.strange, err = true, d.layout.unknown(string(key))
	}
	return end, err
}

// within tells a misfit where it is, if nobody did.
func within(err error, key []byte) error {
	var m *Misfit
	if errors.As(err, &m) && m.Column == "" {
		m.Column = string(key)
	}
	return err
}

// inside leaves the naming of the column to those above, which know it.
func inside(err error) error {
	var m *Misfit
	if errors.As(err, &m) && m.Column != "" {
		return &Misfit{Reason: "field " + shown([]byte(m.Column)) + ": " + m.Reason}
	}
	return err
}

// mapping adds an object to a map.
func (d *decoder) mapping(b *builder, data []byte, i int) (int, error) {
	i = jsontext.Space(data, i+1)
	if i < len(data) && data[i] == '}' {
		b.addElements()
		return i + 1, nil
	}
	for {
		end, plain, next, err := jsontext.Key(data, i)
		if err != nil {
			return next, err
		}
		key := data[i+1 : end]
		if !plain {
			key = jsontext.Unescape(nil, key)
		}
		if b.kids[0].typ.Kind != sqltype.Varchar {
			return next, b.noValue("an object", aText)
		}
		b.kids[0].addText(key)
		if i, err = d.json(b.kids[1], data, next); err != nil {
			return i, ofEntry(err)
		}
		var more bool
		if i, more, err = jsontext.Next(data, i, '}'); err != nil || !more {
			b.addElementsIf(err)
			return i, err
		}
	}
}

func (b *builder) addElementsIf(err error) {
	if err == nil {
		b.addElements()
	}
}

// array adds an array.
func (d *decoder) array(b *builder, data []byte, i int) (int, error) {
	if b.typ.Kind != sqltype.List {
		return d.verbatim(b, data, i, "an array")
	}
	i = jsontext.Space(data, i+1)
	if i < len(data) && data[i] == ']' {
		b.addElements()
		return i + 1, nil
	}
	for {
		var err error
		if i, err = d.json(b.kids[0], data, i); err != nil {
			return i, ofElement(err)
		}
		var more bool
		if i, more, err = jsontext.Next(data, i, ']'); err != nil || !more {
			b.addElementsIf(err)
			return i, err
		}
	}
}
