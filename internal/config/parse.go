package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/kalpafall/df360/internal/nearest"
)

// parser walks df360.yaml and collects what is wrong with it.
type parser struct {
	path     string
	into     *Settings
	problems []string
}

// parse reads a file's text into s and returns the problems it found, each with
// file and line.
func parse(s *Settings, path string, data []byte) []string {
	p := &parser{path: path, into: s}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		p.syntax(err)
		return p.problems
	}
	p.mapping(doc.Content[0], "")
	var second yaml.Node
	switch err := dec.Decode(&second); {
	case err == nil:
		p.add(second.Line, "a second document begins here; one is read")
	case !errors.Is(err, io.EOF):
		p.syntax(err)
	}
	return p.problems
}

func (p *parser) add(line int, format string, args ...any) {
	p.problems = append(p.problems, fmt.Sprintf("%s:%d: %s", p.path, line, fmt.Sprintf(format, args...)))
}

// syntax reports what the YAML parser says, with its line in our form.
func (p *parser) syntax(err error) {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if m := regexp.MustCompile(`^line (\d+): (.*)$`).FindStringSubmatch(text); m != nil {
		p.problems = append(p.problems, p.path+":"+m[1]+": "+m[2])
		return
	}
	p.problems = append(p.problems, p.path+": "+text)
}

// mapping reads one level of keys. prefix is "" or "lake.".
func (p *parser) mapping(n *yaml.Node, prefix string) {
	n = resolve(n)
	if isNull(n) {
		return
	}
	if n.Kind != yaml.MappingNode {
		p.add(n.Line, "settings expected (name: value), not %s", kind(n))
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], resolve(n.Content[i+1])
		if first, twice := seen[name.Value]; twice {
			p.add(name.Line, "%s%s is set twice, first in line %d", prefix, name.Value, first)
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

func (p *parser) value(known setting, shown string, value *yaml.Node) {
	if isNull(value) {
		return // a key whose value is commented out
	}
	if value.Kind != yaml.ScalarNode {
		p.add(value.Line, "%s: one value expected, not %s", shown, kind(value))
		return
	}
	text := value.Value
	if known.path && text != "" && !filepath.IsAbs(text) && !strings.Contains(text, "://") {
		text = filepath.Join(filepath.Dir(p.path), text)
	}
	if err := known.set(p.into, text); err != nil {
		p.add(value.Line, "%s: %s", shown, err)
	}
}

func (p *parser) unknown(name *yaml.Node, prefix string) {
	var have []string
	for _, key := range append(Keys(), "lake.url") {
		if rest, ok := strings.CutPrefix(key, prefix); ok && !strings.Contains(rest, ".") {
			have = append(have, rest)
		}
	}
	if near := nearest.Of(name.Value, have); near != "" {
		p.add(name.Line, "unknown setting %s%s: did you mean %s%s?", prefix, name.Value, prefix, near)
		return
	}
	p.add(name.Line, "unknown setting %s%s: there are %s", prefix, name.Value, strings.Join(have, ", "))
}

func resolve(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

func kind(n *yaml.Node) string {
	switch n.Kind {
	case yaml.SequenceNode:
		return "a list"
	case yaml.MappingNode:
		return "a level of settings"
	case yaml.ScalarNode:
		return "one value"
	case yaml.DocumentNode, yaml.AliasNode:
		return "something else"
	}
	return "something else"
}
