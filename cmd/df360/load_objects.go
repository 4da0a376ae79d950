package main

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/kalpafall/df360/internal/config"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/nearest"
	"github.com/kalpafall/df360/internal/yamlfile"
	"github.com/kalpafall/df360/warehouse"
)

// objects are the indexes and views that df360.yaml declares. All problems come in
// one error.
func (a *app) objects() (warehouse.Objects, error) {
	r := &objectReader{f: &yamlfile.File{Path: a.settings.File}, out: warehouse.Objects{Indexes: map[string][]warehouse.Index{}}}
	for _, n := range a.settings.Indexes {
		r.indexes(n)
	}
	for _, n := range a.settings.Views {
		r.view(n)
	}
	if len(r.f.Problems) > 0 {
		return r.out, fault.New(fault.Config, "%s", strings.Join(r.f.Problems, "\n"))
	}
	return r.out, nil
}

type objectReader struct {
	f   *yamlfile.File
	out warehouse.Objects
}

// indexes reads a table's list: names of columns, lists of names, or settings.
func (r *objectReader) indexes(n config.Named) {
	shown := "warehouse.indexes." + n.Name
	node := yamlfile.Resolve(n.Node)
	if yamlfile.IsNull(node) {
		return
	}
	if node.Kind != yaml.SequenceNode {
		r.f.Add(node.Line, "%s: a list of columns expected, not %s", shown, yamlfile.Kind(node))
		return
	}
	for _, item := range node.Content {
		item = yamlfile.Resolve(item)
		var i warehouse.Index
		switch item.Kind {
		case yaml.MappingNode:
			r.settings(shown, item, []string{"columns", "unique"}, func(key string, value *yaml.Node) {
				if key == "unique" {
					i.Unique = r.truth(shown+".unique", value)
				} else {
					i.Columns = r.columns(shown+".columns", value)
				}
			})
		default:
			i.Columns = r.columns(shown, item)
		}
		if len(i.Columns) == 0 {
			r.f.Add(item.Line, "%s: an index needs columns", shown)
			continue
		}
		r.out.Indexes[n.Name] = append(r.out.Indexes[n.Name], i)
	}
}

// view reads SQL, or sql and materialized.
func (r *objectReader) view(n config.Named) {
	shown := "warehouse.views." + n.Name
	node := yamlfile.Resolve(n.Node)
	v := warehouse.View{Name: n.Name}
	switch node.Kind {
	case yaml.MappingNode:
		r.settings(shown, node, []string{"sql", "materialized"}, func(key string, value *yaml.Node) {
			if key == "materialized" {
				v.Materialized = r.truth(shown+".materialized", value)
			} else {
				v.SQL = r.text(shown+".sql", value)
			}
		})
	default:
		v.SQL = r.text(shown, node)
	}
	if strings.TrimSpace(v.SQL) == "" {
		r.f.Add(node.Line, "%s: its SQL is missing", shown)
		return
	}
	if err := warehouse.CheckName("view", n.Name, warehouse.MostName); err != nil {
		r.f.Add(node.Line, "%s: %s", shown, err)
		return
	}
	r.out.Views = append(r.out.Views, v)
}

// settings reads a mapping of known keys.
func (r *objectReader) settings(shown string, n *yaml.Node, known []string, set func(key string, value *yaml.Node)) {
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch {
		case seen[key.Value]:
			r.f.Add(key.Line, "%s.%s is set twice", shown, key.Value)
		case contains(known, key.Value):
			set(key.Value, yamlfile.Resolve(n.Content[i+1]))
		default:
			said := "there are " + strings.Join(known, ", ")
			if near := nearest.Of(key.Value, known); near != "" {
				said = "did you mean " + near + "?"
			}
			r.f.Add(key.Line, "unknown setting %s.%s: %s", shown, key.Value, said)
		}
		seen[key.Value] = true
	}
}

// columns reads one name, or a list of them.
func (r *objectReader) columns(shown string, n *yaml.Node) []string {
	if n.Kind != yaml.SequenceNode {
		if name := r.text(shown, n); name != "" {
			return []string{name}
		}
		return nil
	}
	var out []string
	for _, item := range n.Content {
		if name := r.text(shown, yamlfile.Resolve(item)); name != "" {
			out = append(out, name)
		}
	}
	return out
}

func (r *objectReader) text(shown string, n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode || yamlfile.IsNull(n) {
		r.f.Add(n.Line, "%s: a text expected, not %s", shown, yamlfile.Kind(n))
		return ""
	}
	return n.Value
}

func (r *objectReader) truth(shown string, n *yaml.Node) bool {
	var out bool
	if n.Kind != yaml.ScalarNode || n.Decode(&out) != nil {
		r.f.Add(n.Line, "%s: true or false expected", shown)
	}
	return out
}
