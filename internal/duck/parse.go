package duck

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/kalpafall/df360/internal/fault"
)

// Table is a table that a query names: catalog and schema may be empty.
type Table struct {
	Catalog, Schema, Name string
}

// Tables parses query, which must be one statement that only reads, and lists
// the tables that it names, each once; names that the query itself defines
// (WITH) are left out. Nothing is looked up or executed. A query that does not
// parse, or does anything else, is an error of kind usage.
func (s *Session) Tables(ctx context.Context, query string) ([]Table, error) {
	var text string
	err := s.conn.QueryRowContext(ctx, "SELECT CAST(json_serialize_sql(CAST(? AS VARCHAR)) AS VARCHAR)", query).Scan(&text)
	if err != nil {
		return nil, classify(ctx, err)
	}
	var tree struct {
		Error      bool   `json:"error"`
		Kind       string `json:"error_type"`
		Message    string `json:"error_message"`
		Statements []any  `json:"statements"`
	}
	if err := json.Unmarshal([]byte(text), &tree); err != nil {
		return nil, fault.New(fault.Internal, "read the engine's parse tree: %w", err)
	}
	switch {
	case tree.Error && tree.Kind == "parser":
		return nil, fault.New(fault.Usage, "SQL: %s", tree.Message)
	case tree.Error, len(tree.Statements) != 1:
		return nil, fault.New(fault.Usage, "SQL: one SELECT expected").
			WithHint("SELECT, WITH, FROM, VALUES, DESCRIBE and SUMMARIZE read; everything else is refused")
	}
	var w treeWalk
	w.see(tree.Statements[0])
	return w.list(), nil
}

// treeWalk collects tables and the names that the query defines.
type treeWalk struct {
	tables  []Table
	defined []string // lower case
}

func (w *treeWalk) see(node any) {
	switch node := node.(type) {
	case []any:
		for _, n := range node {
			w.see(n)
		}
	case map[string]any:
		if node["type"] == "BASE_TABLE" {
			w.table(node)
		}
		if m, ok := node["cte_map"].(map[string]any); ok {
			w.define(m["map"])
		}
		for _, n := range node {
			w.see(n)
		}
	}
}

func (w *treeWalk) table(node map[string]any) {
	catalog, _ := node["catalog_name"].(string)
	schema, _ := node["schema_name"].(string)
	name, ok := node["table_name"].(string)
	if ok {
		w.tables = append(w.tables, Table{catalog, schema, name})
	}
}

func (w *treeWalk) define(entries any) {
	list, _ := entries.([]any)
	for _, e := range list {
		entry, _ := e.(map[string]any)
		if key, ok := entry["key"].(string); ok {
			w.defined = append(w.defined, strings.ToLower(key))
		}
	}
}

// list is what was collected, in a fixed order.
func (w *treeWalk) list() []Table {
	out := slices.DeleteFunc(w.tables, func(t Table) bool {
		return t.Schema == "" && slices.Contains(w.defined, strings.ToLower(t.Name))
	})
	slices.SortFunc(out, func(a, b Table) int {
		return strings.Compare(a.Schema+"\x00"+a.Name+"\x00"+a.Catalog, b.Schema+"\x00"+b.Name+"\x00"+b.Catalog)
	})
	return slices.Compact(out)
}
