package config

import (
	"net/url"
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

// entry reads one key. lake and warehouse are a place, or a level of their own
// with the place as url.
func (p *parser) entry(name, value *yaml.Node, prefix string) {
	key := prefix + name.Value
	if (key == "lake" || key == "warehouse") && value.Kind == yaml.MappingNode {
		p.mapping(value, key+".")
		return
	}
	switch key {
	case sourcesKey:
		p.named(key, value, &p.into.Sources)
		return
	case indexesKey:
		p.named(key, value, &p.into.Indexes)
		return
	case viewsKey:
		p.named(key, value, &p.into.Views)
		return
	}
	shown := key
	if key == "lake.url" || key == "warehouse.url" {
		key = prefix[:len(prefix)-1]
	}
	for _, known := range settingList() {
		if known.key == key && !strings.Contains(name.Value, ".") {
			p.value(known, shown, value)
			return
		}
	}
	p.unknown(name, prefix)
}

// Keys that have no value but named parts, which are read by those that know what
// they are.
const (
	sourcesKey = "sources"
	indexesKey = "warehouse.indexes"
	viewsKey   = "warehouse.views"
)

func (p *parser) named(key string, n *yaml.Node, into *[]Named) {
	if yamlfile.IsNull(n) {
		return
	}
	if n.Kind != yaml.MappingNode {
		p.Add(n.Line, "%s: names with settings expected, not %s", key, yamlfile.Kind(n))
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name := n.Content[i]
		for _, other := range *into {
			if other.Name == name.Value {
				p.Add(name.Line, "%s.%s is there twice", key, name.Value)
			}
		}
		*into = append(*into, Named{name.Value, n.Content[i+1]})
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
	switch known.path {
	case nowhere:
	case whole:
		text = p.fromHere(text)
	case behind:
		if hasPassword(text) {
			p.Add(value.Line, "%s: a password cannot be written here: leave it out, and name its place in warehouse.password", shown)
			return
		}
		for _, scheme := range []string{"duckdb:", "file:"} {
			if path, ok := strings.CutPrefix(text, scheme); ok {
				text = scheme + p.fromHere(path)
			}
		}
	}
	if err := known.set(p.into, text); err != nil {
		p.Add(value.Line, "%s: %s", shown, err)
	}
}

// hasPassword reports whether a URL, or libpq's key=value, holds a password.
func hasPassword(text string) bool {
	if !strings.Contains(text, "://") {
		return strings.Contains(text, "password=")
	}
	u, err := url.Parse(text)
	if err != nil {
		return strings.Contains(text, "@")
	}
	_, has := u.User.Password()
	return has || u.Query().Has("password")
}

// fromHere makes a relative path start from the file's folder.
func (p *parser) fromHere(path string) string {
	if path == "" || filepath.IsAbs(path) || strings.Contains(path, "://") {
		return path
	}
	return filepath.Join(filepath.Dir(p.Path), path)
}

func (p *parser) unknown(name *yaml.Node, prefix string) {
	var have []string
	for _, key := range append(Keys(), "lake.url", sourcesKey, "warehouse.url", indexesKey, viewsKey) {
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
