package main

import (
	"math/rand/v2"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/secret"
	"github.com/kalpafall/df360/lake"
	"github.com/kalpafall/df360/warehouse"
	"github.com/kalpafall/df360/warehouse/duckdb"
	"github.com/kalpafall/df360/warehouse/postgres"
)

// warehouseURL is where the warehouse is: the flag, the environment, df360.yaml,
// PG* variables (""), or the file in the lake.
func (a *app) warehouseURL(to string) (string, error) {
	if to == "" {
		to = a.settings.Warehouse
	}
	if secret.IsReference(to) {
		value, err := secret.Resolve(to, a.getenv)
		if err != nil {
			return "", err
		}
		to = strings.TrimSpace(value.Reveal())
	}
	if to != "" {
		return to, nil
	}
	for _, name := range []string{"PGHOST", "PGSERVICE", "PGDATABASE"} {
		if a.getenv(name) != "" {
			return "postgres://", nil
		}
	}
	return "duckdb:", nil
}

// openWarehouse opens the warehouse that a command shall use.
func (a *app) openWarehouse(to string) (warehouse.Target, error) {
	at, err := a.warehouseURL(to)
	if err != nil {
		return nil, err
	}
	if isPostgres(at) {
		return a.openPostgres(at)
	}
	path, ok := strings.CutPrefix(at, "duckdb:")
	if !ok {
		return nil, fault.New(fault.Usage, "warehouse %s: postgres://… or duckdb:PATH expected", secret.MaskURL(at))
	}
	return a.openDuckDB(path)
}

// openDuckDB knows the file; "" is the one in the lake. Nothing is opened yet.
func (a *app) openDuckDB(path string) (*duckdb.Target, error) {
	if path == "" {
		if err := checkLake(a.lake); err != nil {
			return nil, err
		}
		path = filepath.Join(a.lake, lake.Curated, warehouseFile)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fault.OS(err, "find the warehouse %s", path)
	}
	return duckdb.New(abs, duckdb.Patience, a.duckOptions()), nil
}

// warehouseFile is the default warehouse in the lake's curated layer.
const warehouseFile = "warehouse.duckdb"

// isPostgres reports whether a warehouse is Postgres: a URL, or libpq's key=value.
func isPostgres(at string) bool {
	scheme, _, ok := strings.Cut(at, "://")
	if ok {
		return scheme == "postgres" || scheme == "postgresql"
	}
	return !strings.HasPrefix(at, "duckdb:") && strings.Contains(at, "=")
}

// openPostgres knows the server; nothing is connected yet. Its password is
// scrubbed from whatever is printed from here on.
func (a *app) openPostgres(at string) (*postgres.Target, error) {
	if u, err := url.Parse(at); err == nil && u.User != nil {
		if password, ok := u.User.Password(); ok {
			a.secrets.Add(secret.New(password))
		}
	}
	var password secret.Value
	if ref := a.settings.WarehousePassword; ref != "" {
		var err error
		if password, err = secret.Resolve(ref, a.getenv); err != nil {
			return nil, err
		}
	}
	target, err := postgres.New(at, password, rand.Float64)
	if err != nil {
		return nil, err
	}
	a.secrets.Add(target.Password())
	return target, nil
}

// splitTable is a table's schema and name, as users write them: schema.table, or
// table.
func splitTable(text, schema string) (string, string) {
	if s, t, ok := strings.Cut(text, "."); ok {
		return s, t
	}
	return schema, text
}
