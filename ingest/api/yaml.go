package api

import (
	"fmt"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/kalpafall/df360/internal/nearest"
	"github.com/kalpafall/df360/internal/secret"
	"github.com/kalpafall/df360/internal/yamlfile"
)

// Extra are settings of a source in df360.yaml that are not this package's.
type Extra struct {
	Names []string // with -
	Set   func(name, value string) error
}

// ReadSource takes the settings of a source from df360.yaml. What is wrong is added
// to the problems of f. Names are those of the flags with _ for -; relative paths
// start from the folder of the file.
func (c *Config) ReadSource(f *yamlfile.File, name string, node *yaml.Node, extra Extra) {
	r := &sourceReader{c: c, f: f, name: name, extra: extra, dir: filepath.Dir(f.Path)}
	node = yamlfile.Resolve(node)
	if node.Kind != yaml.MappingNode {
		f.Add(node.Line, "sources.%s: settings expected (name: value), not %s", name, yamlfile.Kind(node))
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], yamlfile.Resolve(node.Content[i+1])
		if first, twice := seen[key.Value]; twice {
			f.Add(key.Line, "sources.%s.%s is set twice, first in line %d", name, key.Value, first)
			continue
		}
		seen[key.Value] = key.Line
		if !yamlfile.IsNull(value) { // a key whose value is commented out
			r.entry(key, value)
		}
	}
}

type sourceReader struct {
	c     *Config
	f     *yamlfile.File
	name  string
	extra Extra
	dir   string
}

func (r *sourceReader) entry(key, value *yaml.Node) {
	name := strings.ReplaceAll(key.Value, "_", "-")
	switch {
	case strings.Contains(key.Value, "-"):
		r.unknown(key)
	case name == "url":
		r.scalar(key.Value, value, func(v string) error { return setText(&r.c.URL, v) })
	case name == "dataset":
		r.scalar(key.Value, value, func(v string) error { return setText(&r.c.Dataset, v) })
	case name == "param" || name == "header":
		r.pairs(key.Value, value)
	default:
		r.setting(key, name, value)
	}
}

func (r *sourceReader) setting(key *yaml.Node, name string, value *yaml.Node) {
	for _, s := range Settings() {
		if s.Name != name {
			continue
		}
		if value.Kind == yaml.SequenceNode && (s.Many || name == "key") {
			r.list(key.Value, s, value)
			return
		}
		r.scalar(key.Value, value, func(v string) error { return r.c.apply(name, r.path(s, v), fromFile) })
		return
	}
	for _, other := range r.extra.Names {
		if other == name {
			r.scalar(key.Value, value, func(v string) error { return r.extra.Set(name, v) })
			return
		}
	}
	r.unknown(key)
}

// list reads a list where a flag may be repeated, or has names with commas.
func (r *sourceReader) list(shown string, s Setting, value *yaml.Node) {
	var all []string
	for _, item := range value.Content {
		r.scalar(shown, yamlfile.Resolve(item), func(v string) error {
			if s.Many {
				return r.c.apply(s.Name, r.path(s, v), fromFile)
			}
			all = append(all, v)
			return r.c.apply(s.Name, strings.Join(all, ","), fromFile)
		})
	}
}

// pairs reads param and header: names with values, or a list of NAME=VALUE. The
// value of a name may be a list, which sends it several times.
func (r *sourceReader) pairs(shown string, value *yaml.Node) {
	set := func(v string) error { return r.c.apply(shown, r.reference(v), fromFile) }
	switch value.Kind {
	case yaml.SequenceNode:
		for _, item := range value.Content {
			r.scalar(shown, yamlfile.Resolve(item), set)
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(value.Content); i += 2 {
			name, text := value.Content[i].Value, yamlfile.Resolve(value.Content[i+1])
			items := []*yaml.Node{text}
			if text.Kind == yaml.SequenceNode {
				items = text.Content
			}
			for _, item := range items {
				r.scalar(shown+"."+name, yamlfile.Resolve(item), func(v string) error { return set(name + "=" + v) })
			}
		}
	default:
		r.scalar(shown, value, set)
	}
}

func (r *sourceReader) scalar(shown string, value *yaml.Node, set func(string) error) {
	if value.Kind != yaml.ScalarNode {
		r.f.Add(value.Line, "sources.%s.%s: one value expected, not %s", r.name, shown, yamlfile.Kind(value))
		return
	}
	if err := set(value.Value); err != nil {
		r.f.Add(value.Line, "sources.%s.%s: %s", r.name, shown, err)
	}
}

// path makes a relative path start from the file's folder, also one in a
// reference.
func (r *sourceReader) path(s Setting, value string) string {
	if s.path && value != "" && !filepath.IsAbs(value) {
		return filepath.Join(r.dir, value)
	}
	return r.fromDir(value)
}

// reference is path for NAME=REFERENCE.
func (r *sourceReader) reference(pair string) string {
	if name, value, ok := strings.Cut(pair, "="); ok {
		return name + "=" + r.fromDir(value)
	}
	return pair
}

func (r *sourceReader) fromDir(value string) string {
	if path, ok := strings.CutPrefix(value, "file:"); ok && secret.IsReference(value) && path != "" && !filepath.IsAbs(path) {
		return "file:" + filepath.Join(r.dir, path)
	}
	return value
}

func (r *sourceReader) unknown(key *yaml.Node) {
	have := []string{"url", "dataset"}
	for _, s := range Settings() {
		have = append(have, strings.ReplaceAll(s.Name, "-", "_"))
	}
	for _, name := range r.extra.Names {
		have = append(have, strings.ReplaceAll(name, "-", "_"))
	}
	said := fmt.Sprintf("there are %s", strings.Join(have, ", "))
	if near := nearest.Of(key.Value, have); near != "" {
		said = "did you mean " + near + "?"
	}
	r.f.Add(key.Line, "unknown setting sources.%s.%s: %s", r.name, key.Value, said)
}
