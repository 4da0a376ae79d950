package sqltype

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/kalpafall/df360/internal/fault"
)

// Parse reads the engine's spelling of a type. The error is of kind schema.
func Parse(text string) (*Type, error) {
	p := &parser{rest: text}
	t, err := p.parse()
	if err == nil && strings.TrimSpace(p.rest) != "" {
		err = fmt.Errorf("%q is left over", p.rest)
	}
	if err != nil {
		return nil, fault.New(fault.Schema, "type %q: %w", text, err)
	}
	return t, nil
}

// maxDepth bounds how deep types may nest, so that hostile text cannot exhaust
// the stack.
const maxDepth = 100

// parser is a recursive-descent parser; rest is what is not read yet.
type parser struct {
	rest  string
	depth int
}

func (p *parser) accept(token string) bool {
	trimmed := strings.TrimLeft(p.rest, " ")
	if !strings.HasPrefix(trimmed, token) {
		return false
	}
	p.rest = trimmed[len(token):]
	return true
}

func (p *parser) expect(token string) error {
	if !p.accept(token) {
		return fmt.Errorf("%q expected before %q", token, p.rest)
	}
	return nil
}

func (p *parser) word() string {
	p.rest = strings.TrimLeft(p.rest, " ")
	end := strings.IndexFunc(p.rest, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_'
	})
	if end < 0 {
		end = len(p.rest)
	}
	word := p.rest[:end]
	p.rest = p.rest[end:]
	return word
}

func (p *parser) parse() (*Type, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, fmt.Errorf("it is nested too deep")
	}
	defer func() { p.depth-- }()
	t, err := p.base()
	for err == nil && p.accept("[") {
		err = p.expect("]")
		t = &Type{Kind: List, Elem: t}
	}
	return t, err
}

func (p *parser) base() (*Type, error) {
	if p.accept(`"NULL"`) { // how the engine quotes it
		return Of(Null), nil
	}
	name := Kind(strings.ToUpper(p.word()))
	switch name {
	case "":
		return nil, fmt.Errorf("a type expected before %q", p.rest)
	case Decimal, "NUMERIC":
		return p.decimal()
	case Struct:
		return p.structure()
	case Map:
		return p.mapping()
	case "ENUM":
		return p.enum()
	case "TIMESTAMP":
		if p.accept("WITH TIME ZONE") {
			name = Timestamp
		}
	case "TIME":
		if p.accept("WITH TIME ZONE") {
			name = "TIMETZ"
		}
	case "TEXT", "STRING":
		name = Varchar
	default: // any other word is the name of a scalar
	}
	return Of(name), nil
}

// enum skips the list of values, which is not part of what columns are
// compared by.
func (p *parser) enum() (*Type, error) {
	if p.accept("(") {
		for !p.accept(")") {
			if err := p.expect("'"); err != nil {
				return nil, err
			}
			if _, err := p.quoted('\''); err != nil {
				return nil, err
			}
			p.accept(",")
		}
	}
	return Of("ENUM"), nil
}

func (p *parser) decimal() (*Type, error) {
	t := DecimalOf(18, 3) // the engine's default
	if !p.accept("(") {
		return t, nil
	}
	var err error
	if t.Precision, err = strconv.Atoi(p.word()); err != nil {
		return nil, fmt.Errorf("precision: %w", err)
	}
	t.Scale = 0
	if p.accept(",") {
		if t.Scale, err = strconv.Atoi(p.word()); err != nil {
			return nil, fmt.Errorf("scale: %w", err)
		}
	}
	if t.Precision < 1 || t.Precision > 76 || t.Scale < 0 || t.Scale > t.Precision {
		return nil, fmt.Errorf("a precision and a scale within it expected")
	}
	return t, p.expect(")")
}

func (p *parser) structure() (*Type, error) {
	t := &Type{Kind: Struct}
	if !p.accept("(") {
		return t, nil // a group without fields
	}
	if p.accept(")") {
		return t, nil
	}
	for {
		name, err := p.name()
		if err != nil {
			return nil, err
		}
		ft, err := p.parse()
		if err != nil {
			return nil, err
		}
		t.Fields = append(t.Fields, Field{name, ft})
		if !p.accept(",") {
			return t, p.expect(")")
		}
	}
}

func (p *parser) name() (string, error) {
	if p.accept(`"`) {
		return p.quoted('"')
	}
	name := p.word()
	if name == "" {
		return "", fmt.Errorf("a field name expected before %q", p.rest)
	}
	return name, nil
}

// quoted reads up to the closing quote; a doubled one stands for itself.
func (p *parser) quoted(quote byte) (string, error) {
	var text strings.Builder
	for {
		end := strings.IndexByte(p.rest, quote)
		if end < 0 {
			return "", fmt.Errorf("a quoted name without end")
		}
		text.WriteString(p.rest[:end])
		p.rest = p.rest[end+1:]
		if p.rest == "" || p.rest[0] != quote {
			return text.String(), nil
		}
		text.WriteByte(quote)
		p.rest = p.rest[1:]
	}
}

func (p *parser) mapping() (*Type, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	key, err := p.parse()
	if err != nil {
		return nil, err
	}
	if err := p.expect(","); err != nil {
		return nil, err
	}
	elem, err := p.parse()
	if err != nil {
		return nil, err
	}
	return &Type{Kind: Map, Key: key, Elem: elem}, p.expect(")")
}
