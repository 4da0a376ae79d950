package postgres

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kalpafall/df360/internal/pgtest"
	"github.com/kalpafall/df360/internal/secret"
	"github.com/kalpafall/df360/warehouse/warehousetest"
)

var server pgtest.Shared

func TestMain(m *testing.M) {
	code := m.Run()
	server.Purge()
	os.Exit(code)
}

// newTarget is a database of the test's own.
func newTarget(t *testing.T) (*Target, string) {
	t.Helper()
	url := server.Database(t)
	return targetOf(t, url), url
}

func targetOf(t *testing.T, url string) *Target {
	t.Helper()
	target, err := New(url, secret.Value{}, func() float64 { return 0 })
	if err != nil {
		t.Fatal(err)
	}
	target.firstPause = time.Millisecond
	return target
}

func connectTo(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeConn(context.WithoutCancel(t.Context()), conn) })
	return conn
}

func do(t *testing.T, url, sql string) {
	t.Helper()
	conn := connectTo(t, url)
	defer closeConn(t.Context(), conn)
	if _, err := conn.PgConn().Exec(t.Context(), sql).ReadAll(); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func ask(t *testing.T, url, sql string) []string {
	t.Helper()
	conn := connectTo(t, url)
	defer closeConn(t.Context(), conn)
	results, err := conn.PgConn().Exec(t.Context(), sql).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	var out []string
	for _, row := range results[len(results)-1].Rows {
		var cells []string
		for i, v := range row {
			switch {
			case v == nil:
				cells = append(cells, "NULL")
			case results[len(results)-1].FieldDescriptions[i].DataTypeOID == 16:
				cells = append(cells, fmt.Sprint(string(v) == "t"))
			default:
				cells = append(cells, string(v))
			}
		}
		out = append(out, strings.Join(cells, "|"))
	}
	return out
}

func TestServiceSuite(t *testing.T) {
	t.Parallel()
	warehousetest.Suite(t, func(t *testing.T) warehousetest.Place {
		target, url := newTarget(t)
		return warehousetest.Place{
			Target: target,
			Ask:    func(t *testing.T, sql string) []string { return ask(t, url, sql) },
			Do:     func(t *testing.T, sql string) { do(t, url, sql) },
		}
	})
}
