package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/lake"
	"github.com/kalpafall/df360/warehouse/duckdb"
)

// attachedWarehouse is what a query's engine calls the warehouse.
const attachedWarehouse = "df360_warehouse"

// curatedTables makes the tables and views of the embedded warehouse that a query
// names as curated.NAME views of its session, and returns the tables that are
// left: those of the lake. The file is opened only if the query names curated.
func (a *app) curatedTables(ctx context.Context, v *views, tables []duck.Table) ([]duck.Table, error) {
	var rest, curated []duck.Table
	for _, t := range tables {
		if t.Catalog == "" && strings.EqualFold(t.Schema, lake.Curated) && !strings.Contains(t.Name, "@") {
			curated = append(curated, t)
		} else {
			rest = append(rest, t)
		}
	}
	if len(curated) == 0 {
		return tables, nil
	}
	target, err := a.embeddedWarehouse()
	if err != nil {
		return nil, err
	}
	if target == nil || !target.Exists() {
		return tables, nil
	}
	if err := target.Attach(ctx, v.session, attachedWarehouse); err != nil {
		return nil, err
	}
	schema := a.settings.WarehouseSchema
	for _, t := range curated {
		name, err := attachedName(ctx, v.session, schema, t.Name)
		if err != nil {
			return nil, err
		}
		if name == "" {
			rest = append(rest, t)
			continue
		}
		from := attachedWarehouse + "." + duck.Ident(schema) + "." + duck.Ident(name)
		if err := v.session.Exec(ctx, "CREATE OR REPLACE VIEW curated."+duck.Ident(strings.ToLower(t.Name))+" AS SELECT * FROM "+from); err != nil {
			return nil, fmt.Errorf("read curated.%s: %w", name, err)
		}
		v.read = append(v.read, readVersionOf{lake.Curated + "." + name, nil})
	}
	return rest, nil
}

// embeddedWarehouse is the DuckDB file that df360 load writes by default, or that
// df360.yaml names; nil where the warehouse is a server.
func (a *app) embeddedWarehouse() (*duckdb.Target, error) {
	at, err := a.warehouseURL("")
	if err != nil {
		return nil, err
	}
	path, ok := strings.CutPrefix(at, "duckdb:")
	if !ok {
		return nil, nil //nolint:nilnil // documented
	}
	return a.openDuckDB(path)
}

// attachedName is a table's or view's name as the warehouse spells it; "" where it has none.
func attachedName(ctx context.Context, s *duck.Session, schema, name string) (string, error) {
	var found []string
	rows, err := s.Query(ctx, `SELECT table_name FROM information_schema.tables
WHERE table_catalog = $1 AND table_schema = $2 AND lower(table_name) = lower($3)`, attachedWarehouse, schema, name)
	if err != nil {
		return "", err
	}
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return "", errors.Join(err, rows.Close())
		}
		found = append(found, text)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || len(found) == 0 {
		return "", err
	}
	return found[0], nil
}
