package fake

import (
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/kalpafall/df360/internal/nearest"
)

func sorted(names []string) []string {
	sort.Strings(names)
	return names
}

// columns reads the columns, in the order of the file.
func (p *specParser) columns(n *yaml.Node) {
	before := len(p.Problems)
	lower := map[string]string{
		strings.ToLower(IngestedColumn): IngestedColumn, strings.ToLower(SourceColumn): SourceColumn,
	}
	p.each(n, "columns: ", func(name, value *yaml.Node) {
		folded := strings.ToLower(name.Value)
		switch other, taken := lower[folded]; {
		case name.Value == "":
			p.add(name, "a column has no name")
			return
		case taken:
			p.add(name, "column %s has the name of column %s", name.Value, other)
			return
		}
		lower[folded] = name.Value
		p.where = "column " + name.Value + ": "
		p.spec.columns = append(p.spec.columns, (&columnParser{specParser: p, name: name}).parse(value))
		p.where = ""
	})
	if len(p.spec.columns) == 0 && len(p.Problems) == before {
		p.add(n, "columns: there is none")
	}
}

// find is the index of the column that a field names; -1 with a problem.
func (p *specParser) find(field string, n *yaml.Node) int {
	name := p.scalar(n)
	i := slices.IndexFunc(p.spec.columns, func(c specColumn) bool { return c.Name == name })
	if i < 0 && name != "" {
		var names []string
		for _, c := range p.spec.columns {
			names = append(names, c.Name)
		}
		hint := ""
		if near := nearest.Of(name, names); near != "" {
			hint = ": did you mean " + near + "?"
		}
		p.add(n, "%s: there is no column %s%s", field, name, hint)
	}
	return i
}

// findKey is the column that names rows: the one that the file says, else the
// first that is distinct.
func (p *specParser) findKey() int {
	distinct := func(c specColumn) bool { return (c.values.uuid || c.values.sequence != nil) && c.nulls == 0 }
	if p.keyAt == nil {
		return slices.IndexFunc(p.spec.columns, distinct)
	}
	i := p.find("key", p.keyAt)
	if i >= 0 && !distinct(p.spec.columns[i]) {
		p.add(p.keyAt, "key: column %s is not distinct in every row; uuid and sequence without nulls are", p.spec.columns[i].Name)
	}
	return i
}

func (p *specParser) findTime() int {
	if p.timeAt == nil {
		return -1
	}
	i := p.find("time", p.timeAt)
	if i >= 0 && (p.spec.columns[i].Type.Kind != Timestamp || !p.spec.columns[i].values.window) {
		p.add(p.timeAt, "time: column %s is not a timestamp within the days of the run (type: timestamp, no from and to)", p.spec.columns[i].Name)
	}
	return i
}

// columnParser reads one column.
type columnParser struct {
	*specParser
	name    *yaml.Node
	column  specColumn
	typed   bool
	ways    []string // the fields that say where values come from
	min     *yaml.Node
	max     *yaml.Node
	from    *yaml.Node
	to      *yaml.Node
	options []*yaml.Node // of choices
	wrong   *yaml.Node   // of invalid
	skew    *yaml.Node
}

// way notes that a field says where the values come from.
func (c *columnParser) way(name string, read func(*yaml.Node)) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if !slices.Contains(c.ways, name) {
			c.ways = append(c.ways, name)
		}
		read(n)
	}
}

func (c *columnParser) parse(n *yaml.Node) specColumn {
	c.column = specColumn{Column: Column{Name: c.name.Value}, line: c.name.Line}
	v := &c.column.values
	before := len(c.Problems)
	c.fields(n, "", map[string]func(*yaml.Node){
		"type":     c.readType,
		"uuid":     c.way("uuid", func(n *yaml.Node) { v.uuid = c.boolean(n) }),
		"sequence": c.way("sequence", c.readSequence),
		"kind":     c.way("kind", c.readKind),
		"choices":  c.way("choices", c.readChoices),
		"ref":      c.way("ref", c.readRef),
		"share":    c.way("share", func(n *yaml.Node) { v.share, v.isShare = c.share(n), true }),
		"min":      c.way("min and max", func(n *yaml.Node) { c.min = n }),
		"max":      c.way("min and max", func(n *yaml.Node) { c.max = n }),
		"from":     c.way("from and to", func(n *yaml.Node) { c.from = n }),
		"to":       c.way("from and to", func(n *yaml.Node) { c.to = n }),
		"distinct": func(n *yaml.Node) { v.distinct = int(c.positive(n, 100_000)) },
		"skew":     func(n *yaml.Node) { c.skew = n },
		"nulls":    func(n *yaml.Node) { c.column.nulls = c.share(n) },
		"invalid":  func(n *yaml.Node) { c.wrong = n },
	})
	if len(c.Problems) == before {
		c.settle(n)
	}
	return c.column
}

func (c *columnParser) readType(n *yaml.Node) {
	c.typed = true
	text := c.scalar(n)
	kinds := map[string]Kind{
		"text": Text, "integer": Integer, "number": Number, "boolean": Boolean, "date": Date, "timestamp": Timestamp,
	}
	if kind, ok := kinds[text]; ok {
		c.column.Type.Kind = kind
		return
	}
	if m := regexp.MustCompile(`^decimal\((\d{1,3}), ?(\d{1,3})\)$`).FindStringSubmatch(text); m != nil {
		precision, _ := strconv.Atoi(m[1]) // digits
		scale, _ := strconv.Atoi(m[2])
		c.column.Type = Type{Decimal, precision, scale}
		if precision < 1 || precision > 18 || scale > precision {
			c.add(n, "type %s: 1 to 18 digits are possible, and a scale within them", text)
		}
		return
	}
	if strings.HasPrefix(text, "decimal(") && !strings.HasSuffix(text, ")") {
		c.add(n, "type %s: quote it within braces: {type: \"decimal(12,2)\"}", text)
		return
	}
	names := []string{"boolean", "date", "decimal(12,2)", "integer", "number", "text", "timestamp"}
	hint := ": the types are " + strings.Join(names, ", ")
	if near := nearest.Of(text, names); near != "" {
		hint = ": did you mean " + near + "?"
	}
	c.add(n, "unknown type %q%s", text, hint)
}

func (c *columnParser) readSequence(n *yaml.Node) {
	s := &sequence{start: 1, step: 1}
	c.column.values.sequence = s
	if n.Kind == yaml.ScalarNode {
		if !c.boolean(n) {
			c.add(n, "sequence: true, or start, step and prefix, are expected")
		}
		return
	}
	c.fields(n, "sequence: ", map[string]func(*yaml.Node){
		"start":  func(n *yaml.Node) { s.start = c.integer(n) },
		"prefix": func(n *yaml.Node) { s.prefix = c.scalar(n) },
		"step": func(n *yaml.Node) {
			if s.step = c.integer(n); s.step == 0 {
				c.add(n, "sequence: a step of 0 leads nowhere")
			}
		},
	})
}

func (c *columnParser) readKind(n *yaml.Node) {
	kind := c.scalar(n)
	c.column.values.kind = kind
	if _, ok := kindInfo(kind); ok || kind == "" {
		return
	}
	hint := ": docs/fake.md lists them"
	if near := nearest.Of(kind, Kinds()); near != "" {
		hint = ": did you mean " + near + "?"
	}
	c.add(n, "unknown kind %q%s", kind, hint)
}

// readRef reads users, dataset.column, or layer.dataset.column.
func (c *columnParser) readRef(n *yaml.Node) {
	text := c.scalar(n)
	if text == UserName {
		c.column.values.ref = &Reference{Users: true}
		return
	}
	dot := strings.LastIndexByte(text, '.')
	if dot <= 0 || dot == len(text)-1 {
		if text != "" {
			c.add(n, "ref %q: users, or DATASET.COLUMN, is expected", text)
		}
		return
	}
	c.column.values.ref = &Reference{Dataset: text[:dot], Column: text[dot+1:], Line: n.Line}
}

// readChoices reads a list of equally likely values, or values with weights.
func (c *columnParser) readChoices(n *yaml.Node) {
	v := &c.column.values
	switch n.Kind {
	case yaml.SequenceNode:
		for _, item := range n.Content {
			v.choices = append(v.choices, weighted{text: c.scalar(item), weight: 1})
			c.options = append(c.options, item)
		}
	case yaml.MappingNode:
		c.each(n, "choices: ", func(name, weight *yaml.Node) {
			v.choices = append(v.choices, weighted{text: name.Value, weight: c.weight(weight)})
			c.options = append(c.options, name)
		})
	case yaml.ScalarNode, yaml.AliasNode, yaml.DocumentNode:
		c.add(n, "choices: a list of values, or values with their shares, are expected")
		return
	}
	if len(v.choices) == 0 || len(v.choices) > 200 {
		c.add(n, "choices: there are %d; 1 to 200 are possible", len(v.choices))
	}
}

// weight reads a share or a whole number.
func (c *columnParser) weight(n *yaml.Node) uint64 {
	text := c.scalar(n)
	if w, err := strconv.ParseUint(text, 10, 32); err == nil && w > 0 {
		return w * uint64(Whole/100) // as many percent
	}
	s, err := ParseShare(text)
	if err != nil || s <= 0 {
		c.add(n, "choices: %q is not a share such as 60%%, or a whole number above 0", text)
		return 1
	}
	return uint64(s)
}
