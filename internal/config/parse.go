package config

import (
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/kalpafall/df360/internal/nearest"
	"github.com/kalpafall/df360/internal/yamlfile"
)

// parser walks df360.yaml and collects what is wrong with it.
type parser struct {
	*yamlfile.File
	into *Settings
}

// parse reads a file's text into s and returns the problems it found, each with
// file and line.
func parse(s *Settings, path string, data []byte) []string {
	p := &parser{File: yamlfile.New(path, data), into: s}
	if root := p.Root(); root != nil {
		p.mapping(root, "")
		p.End()
	}
	return p.Problems
}

// mapping reads one level of keys. prefix is "" or "lake.".
func (p *parser) mapping(n *yaml.Node, prefix string) {
	n = yamlfile.Resolve(n)
	if yamlfile.IsNull(n) {
		return
	}
	if n.Kind != yaml.MappingNode {
		p.Add(n.Line, "settings expected (name: value), not %s", yamlfile.Kind(n))
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], yamlfile.Resolve(n.Content[i+1])
		if first, twice := seen[name.Value]; twice {
			p.Add(name.Line, "%s%s is set twice, first in line %d", prefix, name.Value, first)
			continue
		}
		seen[name.Value] = name.Line
		p.entry(name, value, prefix)
	}
}

// entry reads one key. lake is a path, or a level of its own with the path as
// lake.url.
func (p *parser) entry(name, value *yaml.Node, prefix string) {
	key := prefix + name.Value
	if key == "lake" && value.Kind == yaml.MappingNode {
		p.mapping(value, "lake.")
		return
	}
	if key == sourcesKey {
		p.sources(value)
		return
	}
	shown := key
	if key == "lake.url" {
		key = "lake"
	}
	for _, known := range settingList() {
		if known.key == key && !strings.Contains(name.Value, ".") {
			p.value(known, shown, value)
			return
		}
	}
	p.unknown(name, prefix)
}

// sourcesKey is the one that has no value but named sources, which are read by
// those that know what a source is.
const sourcesKey = "sources"

func (p *parser) sources(n *yaml.Node) {
	if yamlfile.IsNull(n) {
		return
	}
	if n.Kind != yaml.MappingNode {
		p.Add(n.Line, "%s: names with settings expected, not %s", sourcesKey, yamlfile.Kind(n))
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name := n.Content[i]
		for _, other := range p.into.Sources {
			if other.Name == name.Value {
				p.Add(name.Line, "%s.%s is there twice", sourcesKey, name.Value)
			}
		}
		p.into.Sources = append(p.into.Sources, Named{name.Value, n.Content[i+1]})
	}
}

func (p *parser) value(known setting, shown string, value *yaml.Node) {
	if yamlfile.IsNull(value) {
		return // a key whose value is commented out
	}
	if value.Kind != yaml.ScalarNode {
		p.Add(value.Line, "%s: one value expected, not %s", shown, yamlfile.Kind(value))
		return
	}
	text := value.Value
	if known.path && text != "" && !filepath.IsAbs(text) && !strings.Contains(text, "://") {
		text = filepath.Join(filepath.Dir(p.Path), text)
	}
	if err := known.set(p.into, text); err != nil {
		p.Add(value.Line, "%s: %s", shown, err)
	}
}

func (p *parser) unknown(name *yaml.Node, prefix string) {
	var have []string
	for _, key := range append(Keys(), "lake.url", sourcesKey) {
		if rest, ok := strings.CutPrefix(key, prefix); ok && !strings.Contains(rest, ".") {
			have = append(have, rest)
		}
	}
	if near := nearest.Of(name.Value, have); near != "" {
		p.Add(name.Line, "unknown setting %s%s: did you mean %s%s?", prefix, name.Value, prefix, near)
		return
	}
	p.Add(name.Line, "unknown setting %s%s: there are %s", prefix, name.Value, strings.Join(have, ", "))
}
