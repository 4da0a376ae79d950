package lake

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/kalpafall/df360/internal/fault"
)

// dataType is a column's type as a tree. Scalars have a name only.
type dataType struct {
	name             string // BOOLEAN, BIGINT, …, DECIMAL, STRUCT, LIST, MAP; a physical one ("INTEGER") in foreign files
	precision, scale int    // DECIMAL
	fields           []typeField
	key, elem        *dataType // MAP: both; LIST: elem
}

type typeField struct {
	name string
	typ  *dataType
}

// lakeTypes are the scalars that files of the lake have, with Delta's names.
func lakeTypes() map[string]string {
	return map[string]string{
		"BOOLEAN": "boolean", "BIGINT": "long", "DOUBLE": "double", "VARCHAR": "string",
		"DATE": "date", "TIMESTAMPTZ": "timestamp", "BLOB": "binary",
	}
}

// isLake reports whether every engine reads the type the same (lake types).
func (t *dataType) isLake() bool {
	switch t.name {
	case "DECIMAL":
		return t.precision > 0 && t.precision <= 38
	case "STRUCT":
		for _, f := range t.fields {
			if !f.typ.isLake() {
				return false
			}
		}
		return len(t.fields) > 0
	case "LIST":
		return t.elem.isLake()
	case "MAP":
		return t.key.isLake() && t.elem.isLake()
	}
	_, ok := lakeTypes()[t.name]
	return ok
}

// String is the type in DuckDB's spelling.
func (t *dataType) String() string {
	switch t.name {
	case "DECIMAL":
		return fmt.Sprintf("DECIMAL(%d,%d)", t.precision, t.scale)
	case "STRUCT":
		parts := make([]string, len(t.fields))
		for i, f := range t.fields {
			parts[i] = quoteName(f.name) + " " + f.typ.String()
		}
		return "STRUCT(" + strings.Join(parts, ", ") + ")"
	case "LIST":
		return t.elem.String() + "[]"
	case "MAP":
		return "MAP(" + t.key.String() + ", " + t.elem.String() + ")"
	}
	return t.name
}

func quoteName(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// parseType reads DuckDB's spelling of a type.
func parseType(text string) (*dataType, error) {
	p := &typeParser{rest: text}
	t, err := p.parse()
	if err == nil && strings.TrimSpace(p.rest) != "" {
		err = fmt.Errorf("%q is left over", p.rest)
	}
	if err != nil {
		return nil, fault.New(fault.Schema, "type %q: %w", text, err)
	}
	return t, nil
}

// typeParser is a recursive-descent parser; rest is what is not read yet.
type typeParser struct{ rest string }

func (p *typeParser) accept(token string) bool {
	trimmed := strings.TrimLeft(p.rest, " ")
	if !strings.HasPrefix(trimmed, token) {
		return false
	}
	p.rest = trimmed[len(token):]
	return true
}

func (p *typeParser) expect(token string) error {
	if !p.accept(token) {
		return fmt.Errorf("%q expected before %q", token, p.rest)
	}
	return nil
}

func (p *typeParser) word() string {
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

func (p *typeParser) parse() (*dataType, error) {
	t, err := p.base()
	for err == nil && p.accept("[") {
		err = p.expect("]")
		t = &dataType{name: "LIST", elem: t}
	}
	return t, err
}

func (p *typeParser) base() (*dataType, error) {
	name := strings.ToUpper(p.word())
	switch name {
	case "":
		return nil, fmt.Errorf("a type expected before %q", p.rest)
	case "DECIMAL", "NUMERIC":
		return p.decimal()
	case "STRUCT":
		return p.structure()
	case "MAP":
		return p.mapping()
	case "TIMESTAMP":
		if p.accept("WITH TIME ZONE") {
			name = "TIMESTAMPTZ"
		}
	case "TEXT", "STRING":
		name = "VARCHAR"
	}
	return &dataType{name: name}, nil
}

func (p *typeParser) decimal() (*dataType, error) {
	t := &dataType{name: "DECIMAL", precision: 18, scale: 3} // DuckDB's default
	if !p.accept("(") {
		return t, nil
	}
	var err error
	if t.precision, err = strconv.Atoi(p.word()); err != nil {
		return nil, fmt.Errorf("precision: %w", err)
	}
	t.scale = 0
	if p.accept(",") {
		if t.scale, err = strconv.Atoi(p.word()); err != nil {
			return nil, fmt.Errorf("scale: %w", err)
		}
	}
	if t.precision < 1 || t.precision > 38 || t.scale < 0 || t.scale > t.precision {
		return nil, fmt.Errorf("precision 1 to 38 and a scale within it expected")
	}
	return t, p.expect(")")
}

func (p *typeParser) structure() (*dataType, error) {
	t := &dataType{name: "STRUCT"}
	if err := p.expect("("); err != nil {
		return nil, err
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
		t.fields = append(t.fields, typeField{name, ft})
		if !p.accept(",") {
			return t, p.expect(")")
		}
	}
}

func (p *typeParser) name() (string, error) {
	if !p.accept(`"`) {
		name := p.word()
		if name == "" {
			return "", fmt.Errorf("a field name expected before %q", p.rest)
		}
		return name, nil
	}
	var name strings.Builder
	for {
		end := strings.IndexByte(p.rest, '"')
		if end < 0 {
			return "", fmt.Errorf("a quoted name without end")
		}
		name.WriteString(p.rest[:end])
		p.rest = p.rest[end+1:]
		if !strings.HasPrefix(p.rest, `"`) {
			return name.String(), nil
		}
		name.WriteByte('"')
		p.rest = p.rest[1:]
	}
}

func (p *typeParser) mapping() (*dataType, error) {
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
	return &dataType{name: "MAP", key: key, elem: elem}, p.expect(")")
}

// canonicalSchema spells every type the one way, so that schemas compare.
func canonicalSchema(columns []Column) ([]Column, error) {
	out := make([]Column, len(columns))
	for i, c := range columns {
		t, err := parseType(c.Type)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", c.Name, err)
		}
		c.Type = t.String()
		out[i] = c
	}
	return out, nil
}
