package fake

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/kalpafall/df360/internal/nearest"
	"github.com/kalpafall/df360/internal/yamlfile"
)

// specParser walks a dataset file and collects what is wrong with it.
type specParser struct {
	*yamlfile.File
	spec   *Spec
	where  string     // what is being read, in front of problems: "column x: "
	keyAt  *yaml.Node // the names that key and time give
	timeAt *yaml.Node
}

func (p *specParser) add(n *yaml.Node, format string, args ...any) {
	p.Add(n.Line, "%s%s", p.where, fmt.Sprintf(format, args...))
}

func (p *specParser) parse() {
	root := p.Root()
	if root == nil {
		if len(p.Problems) == 0 {
			p.Add(1, "the file is empty")
		}
		return
	}
	columns := &yaml.Node{Line: root.Line}
	found := false
	p.fields(root, "", map[string]func(*yaml.Node){
		"name":    p.name,
		"rows":    func(n *yaml.Node) { p.spec.options.Rows = p.positive(n, MaxRows) },
		"days":    func(n *yaml.Node) { p.spec.options.Days = int(p.positive(n, MaxDays)) },
		"users":   func(n *yaml.Node) { p.spec.options.Users = p.positive(n, MaxUsers) },
		"start":   func(n *yaml.Node) { p.spec.options.Start = time.Unix(p.date(n)*86400, 0).UTC() },
		"key":     func(n *yaml.Node) { p.keyAt = n },
		"time":    func(n *yaml.Node) { p.timeAt = n },
		"columns": func(n *yaml.Node) { columns, found = n, true },
	})
	if p.spec.Name == "" && len(p.Problems) == 0 {
		p.add(root, "name is missing")
	}
	if !found {
		p.add(root, "columns are missing")
		return
	}
	p.columns(columns)
	p.spec.key, p.spec.time = p.findKey(), p.findTime()
	p.End()
}

// each calls f for the entries of a mapping, aliases resolved.
func (p *specParser) each(n *yaml.Node, where string, f func(name, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		p.add(n, "%sa mapping (name: value) is expected", where)
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], yamlfile.Resolve(n.Content[i+1])
		if first, twice := seen[name.Value]; twice {
			p.add(name, "%s%s is there twice, first in line %d", where, name.Value, first)
			continue
		}
		seen[name.Value] = name.Line
		f(name, value)
	}
}

// fields reads a mapping with known names.
func (p *specParser) fields(n *yaml.Node, where string, known map[string]func(*yaml.Node)) {
	p.each(n, where, func(name, value *yaml.Node) {
		if read, ok := known[name.Value]; ok {
			read(value)
			return
		}
		if regexp.MustCompile(`^\d+\)$`).MatchString(name.Value) {
			return // the rest of a decimal(p,s), which readType has told of
		}
		var names []string
		for k := range known {
			names = append(names, k)
		}
		hint := ""
		if near := nearest.Of(name.Value, sorted(names)); near != "" {
			hint = ": did you mean " + near + "?"
		}
		p.add(name, "%sunknown field %s%s", where, name.Value, hint)
	})
}

// scalar is a single value; "" with a problem where it is none.
func (p *specParser) scalar(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		p.add(n, "one value is expected")
		return ""
	}
	return n.Value
}

func (p *specParser) name(n *yaml.Node) {
	text := p.scalar(n)
	if text != "" && !regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`).MatchString(text) {
		p.add(n, "name %q: a letter a–z and up to 62 letters a–z, digits and underscores are expected", text)
	}
	p.spec.Name = text
}

func (p *specParser) integer(n *yaml.Node) int64 {
	text := p.scalar(n)
	v, err := strconv.ParseInt(strings.ReplaceAll(text, "_", ""), 10, 64)
	if err != nil && text != "" {
		p.add(n, "%q is not a whole number", text)
	}
	return v
}

// positive is a whole number of 1 to most.
func (p *specParser) positive(n *yaml.Node, most int64) int64 {
	before := len(p.Problems)
	v := p.integer(n)
	if len(p.Problems) == before && (v < 1 || v > most) {
		p.add(n, "%d is not between 1 and %d", v, most)
		return 1
	}
	return v
}

func (p *specParser) share(n *yaml.Node) Share {
	text := p.scalar(n)
	s, err := ParseShare(text)
	if err != nil && text != "" {
		p.add(n, "%s", err)
	}
	return s
}

func (p *specParser) boolean(n *yaml.Node) bool {
	text := p.scalar(n)
	if text != "" && text != "true" && text != "false" {
		p.add(n, "%q is not true or false", text)
	}
	return text == "true"
}

// date is a day, as days since 1970.
func (p *specParser) date(n *yaml.Node) int64 {
	text := p.scalar(n)
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		if text != "" {
			p.add(n, "%q is not a day such as 2025-01-31", text)
		}
		return 0
	}
	return at.Unix() / 86400
}
