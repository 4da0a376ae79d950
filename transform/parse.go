package transform

import (
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/nearest"
	"github.com/kalpafall/df360/internal/yamlfile"
)

// Parse reads a type file. file is what errors call it. All problems come in
// one error of kind config, each with its line.
func Parse(file string, data []byte) (*Type, error) {
	p := &parser{File: yamlfile.New(file, data), into: &Type{File: file}}
	p.document()
	if len(p.Problems) == 0 {
		p.check()
	}
	if len(p.Problems) > 0 {
		return nil, fault.New(fault.Config, "%s", strings.Join(p.Problems, "\n")).
			WithHint("docs/transform.md describes type files")
	}
	return p.into, nil
}

// ParseColumns reads the columns of a type file, or of a file that has nothing
// else. All problems come in one error of kind config, each with its line.
func ParseColumns(file string, data []byte) ([]Column, error) {
	p := &parser{File: yamlfile.New(file, data), into: &Type{File: file}}
	p.document()
	if len(p.Problems) > 0 {
		return nil, fault.New(fault.Config, "%s", strings.Join(p.Problems, "\n")).
			WithHint("docs/transform.md describes type files")
	}
	return p.into.Columns, nil
}

// parser walks a type file and collects what is wrong with it.
type parser struct {
	*yamlfile.File
	into *Type
}

func (p *parser) document() {
	root := p.Root()
	if root == nil {
		if len(p.Problems) == 0 {
			p.Add(1, "the file is empty")
		}
		return
	}
	p.mapping(root, "", p.keys())
	p.End()
}

// reader reads the value of a key.
type reader func(name, value *yaml.Node)

// keys are the keys of a type file.
func (p *parser) keys() map[string]reader {
	t := p.into
	return map[string]reader{
		"name":         func(_, v *yaml.Node) { t.Name = p.word(v, "name") },
		"columns":      func(_, v *yaml.Node) { p.columns(v) },
		"dedupe":       func(_, v *yaml.Node) { p.dedupe(v) },
		"rules":        func(_, v *yaml.Node) { t.Rules = p.exprs(v, "rule", false) },
		"replace":      func(_, v *yaml.Node) { t.Replace = p.exprs(v, "replace", false) },
		"derive":       func(_, v *yaml.Node) { t.Derive = p.exprs(v, "derive", false) },
		"drop":         func(_, v *yaml.Node) { t.Drop = p.words(v, "drop") },
		"partition_by": func(_, v *yaml.Node) { t.Parts = p.words(v, "partition_by") },
		"aggregate": func(_, v *yaml.Node) {
			t.Agg = &Aggregated{}
			p.mapping(v, "aggregate.", p.aggregateKeys())
		},
	}
}

func (p *parser) aggregateKeys() map[string]reader {
	a := p.into.Agg
	return map[string]reader{
		"group_by": func(_, v *yaml.Node) { a.GroupBy = p.words(v, "aggregate.group_by") },
		"measures": func(_, v *yaml.Node) { a.Measures = p.exprs(v, "measure", true) },
		"order_by": func(_, v *yaml.Node) { a.OrderBy = p.orders(v, "aggregate.order_by") },
	}
}

// mapping reads one level of keys, in the order of the file. prefix is "" or
// "aggregate.".
func (p *parser) mapping(n *yaml.Node, prefix string, readers map[string]reader) {
	p.pairs(n, strings.TrimSuffix(prefix, "."), func(name, value *yaml.Node) {
		read, ok := readers[name.Value]
		if !ok {
			p.unknown(name, prefix, readers)
			return
		}
		if yamlfile.IsNull(value) {
			return // a key whose value is commented out
		}
		read(name, value)
	})
}

// pairs calls read for each key of a mapping; what is no mapping, or a key
// that comes twice, is a problem.
func (p *parser) pairs(n *yaml.Node, what string, read reader) {
	n = yamlfile.Resolve(n)
	if n.Kind != yaml.MappingNode {
		if what == "" {
			what = "a type file"
		}
		p.Add(n.Line, "%s: names with values expected (name: value), not %s", what, yamlfile.Kind(n))
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], yamlfile.Resolve(n.Content[i+1])
		key := strings.ToLower(name.Value)
		if first, twice := seen[key]; twice {
			p.Add(name.Line, "%s comes twice, first in line %d", name.Value, first)
			continue
		}
		seen[key] = name.Line
		read(name, value)
	}
}

func (p *parser) unknown(name *yaml.Node, prefix string, readers map[string]reader) {
	have := sortedKeys(readers)
	if near := nearest.Of(name.Value, have); near != "" {
		p.Add(name.Line, "unknown key %s%s: did you mean %s%s?", prefix, name.Value, prefix, near)
		return
	}
	p.Add(name.Line, "unknown key %s%s: there are %s", prefix, name.Value, strings.Join(have, ", "))
}

// word reads one text.
func (p *parser) word(n *yaml.Node, what string) string {
	n = yamlfile.Resolve(n)
	if n.Kind != yaml.ScalarNode || n.Value == "" {
		p.Add(n.Line, "%s: one text expected, not %s", what, yamlfile.Kind(n))
		return ""
	}
	return n.Value
}

// words reads a list of texts; one text is a list of one.
func (p *parser) words(n *yaml.Node, what string) []string {
	n = yamlfile.Resolve(n)
	if n.Kind == yaml.ScalarNode {
		return []string{p.word(n, what)}
	}
	if n.Kind != yaml.SequenceNode {
		p.Add(n.Line, "%s: a list expected, not %s", what, yamlfile.Kind(n))
		return nil
	}
	var out []string
	seen := map[string]bool{}
	for _, item := range n.Content {
		w := p.word(item, what)
		if seen[strings.ToLower(w)] {
			p.Add(item.Line, "%s: %s comes twice", what, w)
		}
		seen[strings.ToLower(w)] = true
		out = append(out, w)
	}
	return out
}

// exprs reads named expressions, and judges each of them.
func (p *parser) exprs(n *yaml.Node, what string, measure bool) []Expr {
	var out []Expr
	p.pairs(n, what, func(name, value *yaml.Node) {
		sql := strings.TrimSpace(p.word(value, what+" "+name.Value))
		if sql == "" {
			return
		}
		for _, problem := range lint(sql, measure) {
			p.Add(value.Line, "%s %s: %s", what, name.Value, problem)
		}
		out = append(out, Expr{Name: name.Value, SQL: sql, Line: value.Line})
	})
	return out
}

// orders reads columns to sort by: "column", "column asc" or "column desc".
func (p *parser) orders(n *yaml.Node, what string) []Order {
	var out []Order
	for _, w := range p.words(n, what) {
		column, direction, _ := strings.Cut(strings.TrimSpace(w), " ")
		o := Order{Column: column}
		switch strings.ToLower(strings.TrimSpace(direction)) {
		case "", "asc":
		case "desc":
			o.Desc = true
		default:
			p.Add(yamlfile.Resolve(n).Line, "%s: %q: a column, then asc or desc, expected", what, w)
		}
		out = append(out, o)
	}
	return out
}

// baseName is a type's name where its file does not say one.
func baseName(file string) string {
	base := filepath.Base(file)
	return strings.TrimSuffix(base, filepath.Ext(base))
}
