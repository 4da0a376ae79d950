package columns

import (
	"bytes"
	"math"
	"strings"

	"github.com/kalpafall/df360/internal/jsontext"
	"github.com/kalpafall/df360/internal/sqltype"
)

// kinds is a set of kinds of values.
type kinds uint16

const (
	aBool    kinds = 1 << iota
	anInt          // whole, of 64 bits
	aLongInt       // … which a DOUBLE would round
	aWideInt       // whole, beyond 64 bits, at most 38 digits
	aDouble
	aSpecial // NaN, infinity
	aDate
	aTime
	anObject
	aList
	aText // everything else, and what no type of numbers can hold
)

// guess is what was seen of one column or field.
type guess struct {
	seen   kinds
	elem   *guess
	fields *guesses
	crowd  bool // there are more than maxFields fields
}

// guesses are the guesses of the keys of objects, in the order of their first
// appearance.
type guesses struct {
	keys  []string
	list  []*guess
	index *index
}

func newGuesses() *guesses { return &guesses{index: newIndex(0)} }

func (g *guesses) of(key []byte) *guess {
	if i, ok := g.index.find(key); ok {
		return g.list[i]
	}
	return g.add(string(key))
}

func (g *guesses) add(key string) *guess {
	g.index.add(key, len(g.list))
	out := &guess{}
	g.keys, g.list = append(g.keys, key), append(g.list, out)
	return out
}

// maxFields is how many keys the objects of a column may have together. More are
// data themselves, such as identifiers: the column is kept as JSON text.
const maxFields = 500

// object looks at the members of the object at data[i]; data was found valid.
func (g *guesses) object(data []byte, i int) int {
	g.index.begin()
	i = jsontext.Space(data, i+1)
	for more := data[i] != '}'; more; {
		end, plain, next, _ := jsontext.Key(data, i)
		key := data[i+1 : end]
		if !plain {
			key = jsontext.Unescape(nil, key)
		}
		i = g.of(key).json(data, next)
		i, more, _ = jsontext.Next(data, i, '}')
		if !more {
			return i
		}
	}
	return i + 1
}

// json looks at the value at data[i], which was found valid, and returns its
// end.
func (g *guess) json(data []byte, i int) int {
	switch data[i] {
	case '"':
		end, plain, _ := jsontext.String(data, i)
		if g.seen&aText == 0 {
			g.seen |= textKind(data[i+1:end-1], plain)
		}
		return end
	case 'n':
		return i + len("null")
	case 't':
		g.seen |= aBool
		return i + len("true")
	case 'f':
		g.seen |= aBool
		return i + len("false")
	case '[':
		return g.array(data, i)
	case '{':
		return g.object(data, i)
	}
	end, isWhole, _ := jsontext.Number(data, i)
	g.seen |= numberKind(data[i:end], isWhole)
	return end
}

func textKind(text []byte, plain bool) kinds {
	if plain && len(text) >= len("2026-01-01") && text[4] == '-' && isDigit(text[0]) {
		if _, ok := parseDate(text); ok {
			return aDate
		}
		if _, ok := parseTimestamp(text); ok {
			return aTime
		}
	}
	return aText
}

// numberKind is the kind of a number in JSON.
func numberKind(text []byte, isWhole bool) kinds {
	if !isWhole || len(text) == 2 && text[0] == '-' && text[1] == '0' {
		if _, ok := parseFloat(text); ok {
			return aDouble
		}
		return aText
	}
	x, ok := parseInt(text)
	switch {
	case !ok && len(bytes.TrimPrefix(text, []byte("-"))) <= 38:
		return aWideInt
	case !ok:
		return aText
	case x > 1<<53 || x < -1<<53:
		return anInt | longKind(x)
	}
	return anInt
}

// longKind is aLongInt for a number that a DOUBLE does not hold.
func longKind(x int64) kinds {
	if f := float64(x); f < math.MaxInt64 && int64(f) == x {
		return 0
	}
	return aLongInt
}

func (g *guess) array(data []byte, i int) int {
	g.seen |= aList
	if g.elem == nil {
		g.elem = &guess{}
	}
	i = jsontext.Space(data, i+1)
	for more := data[i] != ']'; more; {
		i = g.elem.json(data, i)
		i, more, _ = jsontext.Next(data, i, ']')
		if !more {
			return i
		}
	}
	return i + 1
}

func (g *guess) object(data []byte, i int) int {
	g.seen |= anObject
	if g.crowd {
		end, _ := jsontext.Value(data, i)
		return end
	}
	if g.fields == nil {
		g.fields = newGuesses()
	}
	end := g.fields.object(data, i)
	g.bound()
	return end
}

// bound forgets fields that are too many.
func (g *guess) bound() {
	if g.crowd || g.fields != nil && len(g.fields.keys) > maxFields {
		g.seen, g.fields, g.crowd = g.seen|aText, nil, true
	}
}

// text looks at a CSV field.
func (g *guess) text(text []byte) {
	if g.seen&aText == 0 {
		g.seen |= fieldKind(text)
	}
}

func fieldKind(text []byte) kinds {
	if len(text) == 0 {
		return aText
	}
	if c := text[0]; !isDigit(c) && c != '-' && c != '.' {
		if _, ok := parseBool(text); ok {
			return aBool
		}
		if isSpecial(text) {
			return aSpecial
		}
		return aText
	}
	switch s, digits := numberShape(text); {
	case s == whole && digits <= maxDigits:
		return numberKind(text, true)
	case s == fractional && keepsDigits(text, digits):
		return numberKind(text, false)
	case s == special:
		return aSpecial
	case s != noNumber:
		return aText
	}
	return textKind(text, true)
}

// merge adds what another guess has seen.
func (g *guess) merge(o *guess) {
	g.seen |= o.seen
	if o.elem != nil {
		if g.elem == nil {
			g.elem = &guess{}
		}
		g.elem.merge(o.elem)
	}
	g.crowd = g.crowd || o.crowd
	if o.fields != nil && !g.crowd {
		if g.fields == nil {
			g.fields = newGuesses()
		}
		g.fields.merge(o.fields)
	}
	g.bound()
}

func (g *guesses) merge(o *guesses) {
	for i, key := range o.keys {
		g.of([]byte(key)).merge(o.list[i])
	}
}

// typ is the type that holds everything that was seen; nil where there was
// nothing but NULL.
func (g *guess) typ() *sqltype.Type { return g.typeAt(0) }

// maxNested is how many levels a nested type has. What is deeper is kept as JSON
// text: the engine's time for lists of lists doubles with every level.
const maxNested = 12

func (g *guess) typeAt(depth int) *sqltype.Type {
	only := func(set kinds) bool { return g.seen&^set == 0 }
	switch {
	case g.seen == 0:
		return nil
	case only(aBool):
		return sqltype.Of(sqltype.Boolean)
	case only(anInt | aLongInt):
		return sqltype.Of(sqltype.Bigint)
	case only(anInt | aLongInt | aWideInt):
		return sqltype.DecimalOf(38, 0)
	case only(anInt|aDouble|aSpecial) && g.seen != aSpecial:
		return sqltype.Of(sqltype.Double)
	case only(aDate):
		return sqltype.Of(sqltype.Date)
	case only(aDate | aTime):
		return sqltype.Of(sqltype.Timestamp)
	case depth > maxNested && g.seen&(aList|anObject) != 0:
		return sqltype.Of(sqltype.Varchar)
	case only(aList):
		elem := g.elem.typeAt(depth + 1)
		if elem == nil { // nothing but empty lists: text holds whatever comes
			elem = sqltype.Of(sqltype.Varchar)
		}
		return &sqltype.Type{Kind: sqltype.List, Elem: elem}
	case only(anObject):
		return g.fields.structType(depth + 1)
	}
	return sqltype.Of(sqltype.Varchar)
}

// structType is a struct of the fields that have a type; text where none has, or
// where engines could not tell two of them apart: by case, or by the signs that
// names cannot have.
func (g *guesses) structType(depth int) *sqltype.Type {
	out := &sqltype.Type{Kind: sqltype.Struct}
	alike := false
	names := map[string]bool{}
	for i, key := range g.keys {
		name := cleanField(key)
		if t := g.list[i].typeAt(depth); t != nil {
			out.Fields = append(out.Fields, sqltype.Field{Name: name, Type: t})
			alike = alike || names[strings.ToLower(name)]
			names[strings.ToLower(name)] = true
		}
	}
	if alike || len(out.Fields) == 0 {
		return sqltype.Of(sqltype.Varchar)
	}
	return out
}
