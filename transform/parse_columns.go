package transform

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/kalpafall/df360/internal/nearest"
	"github.com/kalpafall/df360/internal/sqltype"
	"github.com/kalpafall/df360/internal/yamlfile"
)

// columns reads `name: type` or `name: {type: …, required: …}`.
func (p *parser) columns(n *yaml.Node) {
	p.pairs(n, "columns", func(name, value *yaml.Node) {
		c := Column{Name: name.Value, Kind: Any, Line: name.Line}
		if yamlfile.Resolve(value).Kind == yaml.ScalarNode {
			p.columnType(&c, value)
		} else {
			p.mapping(value, "columns."+name.Value+".", map[string]reader{
				"type":     func(_, v *yaml.Node) { p.columnType(&c, v) },
				"required": func(_, v *yaml.Node) { c.Required = p.required(v) },
			})
		}
		p.into.Columns = append(p.into.Columns, c)
	})
}

func (p *parser) required(n *yaml.Node) Required {
	switch strings.ToLower(p.word(n, "required")) {
	case "true", "yes":
		return Always
	case "false", "no":
		return Optional
	case "aggregate":
		return ForAggregate
	}
	p.Add(n.Line, "required: true, false or aggregate expected, not %q", n.Value)
	return Optional
}

// columnType reads text, decimal(12,2), list(number), struct(a text, b date), …
func (p *parser) columnType(c *Column, n *yaml.Node) {
	written := strings.TrimSpace(p.word(n, "type"))
	if written == "" {
		return
	}
	kind, elem, problem := parseKind(written)
	if problem != "" {
		p.Add(n.Line, "columns.%s: %s", c.Name, problem)
		return
	}
	c.Kind, c.Elem = kind, elem
}

// plainKinds are the kinds without parameters, with the types that they have
// inside a struct or a list.
func plainKinds() map[Kind]sqltype.Kind {
	return map[Kind]sqltype.Kind{
		Any: "", Text: sqltype.Varchar, Integer: sqltype.Bigint, Number: sqltype.Double, Float: sqltype.Double,
		Boolean: sqltype.Boolean, Date: sqltype.Date, Timestamp: sqltype.Timestamp,
	}
}

func parseKind(written string) (kind Kind, elem *sqltype.Type, problem string) {
	word, inner, parens := strings.Cut(strings.ToLower(written), "(")
	kind = Kind(strings.TrimSpace(word))
	plain := plainKinds()
	if _, ok := plain[kind]; ok && !parens {
		return kind, nil, ""
	}
	switch {
	case kind == Decimal && parens:
		t, err := sqltype.Parse(written)
		if err != nil || t.Precision > 38 {
			return "", nil, "decimal(p,s) needs a precision of 1 to 38 and a scale within it, not " + written
		}
		return Decimal, t, ""
	case kind == Decimal:
		return "", nil, "decimal needs its digits: decimal(12,2)"
	case (kind == Struct || kind == List) && !parens:
		return kind, nil, "" // of whatever
	case kind == List && strings.HasSuffix(inner, ")"):
		t, problem := nestedType(strings.TrimSuffix(inner, ")"))
		if problem != "" {
			return "", nil, problem
		}
		return List, &sqltype.Type{Kind: sqltype.List, Elem: t}, ""
	case kind == Struct && strings.HasSuffix(inner, ")"):
		t, problem := structType(written[strings.Index(written, "(")+1 : len(written)-1])
		return Struct, t, problem
	}
	have := []string{"decimal(12,2)", string(Struct), string(List)}
	for k := range plain {
		have = append(have, string(k))
	}
	if near := nearest.Of(string(kind), have); near != "" {
		return "", nil, "unknown type " + written + ": did you mean " + near + "?"
	}
	return "", nil, "unknown type " + written + ": there are any, text, integer, number, float, decimal(p,s), boolean, date, timestamp, struct, list"
}

// nestedType is the type of an element or a field.
func nestedType(written string) (*sqltype.Type, string) {
	kind, elem, problem := parseKind(strings.TrimSpace(written))
	switch {
	case problem != "":
		return nil, problem
	case elem != nil:
		return elem, ""
	}
	typ, ok := plainKinds()[kind]
	if !ok || typ == "" {
		return nil, "type " + written + " cannot stand inside another one"
	}
	return sqltype.Of(typ), ""
}

func structType(inner string) (*sqltype.Type, string) {
	t := &sqltype.Type{Kind: sqltype.Struct}
	for _, part := range splitTop(inner) {
		name, typ, ok := strings.Cut(strings.TrimSpace(part), " ")
		if !ok {
			return nil, "a field of a struct is written as name type: struct(a text, b number)"
		}
		ft, problem := nestedType(typ)
		if problem != "" {
			return nil, problem
		}
		t.Fields = append(t.Fields, sqltype.Field{Name: name, Type: ft})
	}
	return t, ""
}

// splitTop splits at the commas that are in no parentheses.
func splitTop(list string) []string {
	var out []string
	depth, start := 0, 0
	for i, r := range list {
		switch r {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth == 0 {
				out = append(out, list[start:i])
				start = i + 1
			}
		}
	}
	return append(out, list[start:])
}

// dedupe reads all, content, none, or {keys: […], order: […]}.
func (p *parser) dedupe(n *yaml.Node) {
	d := &p.into.Dedupe
	if yamlfile.Resolve(n).Kind == yaml.MappingNode {
		d.Mode = DedupeKeys
		p.mapping(n, "dedupe.", map[string]reader{
			"keys":  func(_, v *yaml.Node) { d.Keys = p.words(v, "dedupe.keys") },
			"order": func(_, v *yaml.Node) { d.Order = p.orders(v, "dedupe.order") },
		})
		if len(d.Keys) == 0 {
			p.Add(yamlfile.Resolve(n).Line, "dedupe.keys: at least one column expected")
		}
		return
	}
	mode := DedupeMode(p.word(n, "dedupe"))
	switch mode {
	case DedupeAll, DedupeContent, DedupeNone:
		d.Mode = mode
	case DedupeKeys:
		p.Add(n.Line, "dedupe: keys are written as {keys: [column], order: [column desc]}")
	default:
		if mode != "" {
			p.Add(n.Line, "dedupe: all, content, none or {keys: [column], order: [column desc]} expected, not %s", mode)
		}
	}
}
