package postgres

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/pgtest"
	"github.com/kalpafall/df360/internal/secret"
	"github.com/kalpafall/df360/warehouse"
	"github.com/kalpafall/df360/warehouse/warehousetest"
)

func one(t *testing.T) *warehousetest.Dataset {
	return &warehousetest.Dataset{
		Name: "d", Lake: "a", Columns: warehousetest.Columns(t, "id", "BIGINT", "v", "VARCHAR"),
		Commits: []warehousetest.Commit{warehousetest.Numbers(0, 10, "a")},
	}
}

// TestRole: the role that scripts/postgres-role.sql makes can load, merge and make
// views, and cannot read what is not its.
func TestRole(t *testing.T) {
	t.Parallel()
	psql, err := exec.LookPath("psql")
	if err != nil {
		t.Skip("psql is not installed")
	}
	s := pgtest.Start(t)
	admin := s.URL("postgres")
	do(t, admin, "CREATE SCHEMA secret; CREATE TABLE secret.t (id bigint)")
	for range 2 { // it may be run again
		cmd := exec.CommandContext(t.Context(), psql, "-v", "role=loader", "-v", "schema=curated", "-qf", "../../scripts/postgres-role.sql", admin)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	mine := strings.Replace(admin, "df360@", "loader@", 1)
	target := targetOf(t, mine)
	d := one(t)
	o := warehousetest.Options(t, warehouse.Merge)
	o.Key = []string{"id"}
	o.Objects.Views = []warehouse.View{{Name: "seen", SQL: "SELECT count(*) AS n FROM t", Materialized: true}}
	o.Objects.Indexes["t"] = []warehouse.Index{{Columns: []string{"v"}}}
	warehousetest.Load(t, target, d.At(-1), o)
	if f, err := target.Finish(t.Context(), o); err != nil || len(f.Made) != 1 {
		t.Errorf("%+v, %v", f, err)
	}
	o.Schema = "secret"
	for _, table := range []string{"t", "other"} {
		o.Table = table
		_, err = target.Load(t.Context(), d.At(-1), o)
		if fault.CodeOf(err) != fault.Permission || !strings.Contains(fault.Hint(err), "postgres-role.sql") {
			t.Errorf("%v, hint %s", err, fault.Hint(err))
		}
	}
	if o.Schema = "nowhere"; true { // a schema that would have to be made
		if _, err = target.Load(t.Context(), d.At(-1), o); fault.CodeOf(err) != fault.Permission {
			t.Errorf("%v", err)
		}
	}
}

// secured is the server of scripts/services.sh, which has TLS and a password.
func secured(t *testing.T) (*url.URL, string) {
	t.Helper()
	at, ca := os.Getenv("DF360_TEST_POSTGRES"), os.Getenv("DF360_TEST_POSTGRES_CA")
	if at == "" || ca == "" {
		if slices.Contains(strings.Split(os.Getenv("DF360_TEST_NO_SKIP"), ","), "postgres") {
			t.Fatal("DF360_TEST_POSTGRES is not set")
		}
		t.Skip("DF360_TEST_POSTGRES is not set; make test-services sets it")
	}
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	return u, ca
}

// TestServiceTLS: sslmode means what it means to libpq.
func TestServiceTLS(t *testing.T) {
	t.Parallel()
	u, ca := secured(t)
	other := filepath.Join(t.TempDir(), "other.crt")
	pem, err := exec.CommandContext(t.Context(), "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=other",
		"-keyout", filepath.Join(t.TempDir(), "key")).Output()
	if err == nil {
		err = os.WriteFile(other, pem, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]struct {
		tls bool
		ok  bool
	}{
		"":                                      {true, true},
		"sslmode=disable":                       {false, true},
		"sslmode=prefer":                        {true, true},
		"sslmode=require":                       {true, true},
		"sslmode=verify-ca&sslrootcert=" + ca:   {true, true},
		"sslmode=verify-full&sslrootcert=" + ca: {true, true},
		"sslmode=verify-full&sslrootcert=" + other: {false, false},
		"sslmode=verify-ca&sslrootcert=" + other:   {false, false},
		"sslmode=require&sslrootcert=" + other:     {false, false}, // as libpq: with a CA it is checked
	} {
		at := *u
		at.RawQuery = query
		conn, err := targetOf(t, at.String()).connect(t.Context())
		if (err == nil) != want.ok {
			t.Errorf("%s: %v", query, err)
			continue
		}
		if err != nil {
			if fault.CodeOf(targetOf(t, at.String()).explain(err)) != fault.Unreachable {
				t.Errorf("%s: %v", query, err)
			}
			continue
		}
		var tls bool
		if err := conn.QueryRow(t.Context(), "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").Scan(&tls); err != nil || tls != want.tls {
			t.Errorf("%s: TLS %v, %v", query, tls, err)
		}
		closeConn(t.Context(), conn)
	}
}

// TestServicePasswords: from a reference and the password file; never in an error.
func TestServicePasswords(t *testing.T) {
	t.Parallel()
	u, _ := secured(t)
	password, _ := u.User.Password()
	u.User = url.User(u.User.Username())
	if _, err := New(u.String(), secret.New(password), func() float64 { return 0 }); err != nil {
		t.Fatal(err)
	}
	target, err := New(u.String(), secret.New(password), func() float64 { return 0 })
	if err != nil {
		t.Fatal(err)
	}
	conn, err := target.connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	closeConn(t.Context(), conn)
	file := filepath.Join(t.TempDir(), "pgpass")
	if err := os.WriteFile(file, fmt.Appendf(nil, "%s:%s:*:%s:%s\n", u.Hostname(), u.Port(), u.User.Username(), password), 0o600); err != nil {
		t.Fatal(err)
	}
	u.RawQuery = "passfile=" + file
	if conn, err = targetOf(t, u.String()).connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	closeConn(t.Context(), conn)
	u.RawQuery = ""
	wrong, err := New(u.String(), secret.New("hunter22"), func() float64 { return 0 })
	if err != nil {
		t.Fatal(err)
	}
	_, err = wrong.Load(t.Context(), one(t).At(-1), warehousetest.Options(t, warehouse.Replace))
	if fault.CodeOf(err) != fault.Permission || strings.Contains(err.Error(), "hunter22") {
		t.Errorf("%s: %v", fault.CodeOf(err), err)
	}
}

// TestURLs: what is wrong with a connection string is told without its password.
func TestURLs(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"postgres://me:hunter22@host:port/db", "postgres://me:hunter22@host/db?sslmode=nonsense", "postgres://me:hunter22@[::1/db",
		"host=h password=hunter22 port=x", "postgres://me:hunter22@host/db?connect_timeout=x", "postgres://me:hun%ter22@h/db",
	} {
		_, err := New(url, secret.Value{}, func() float64 { return 0 })
		if fault.CodeOf(err) != fault.Config || strings.Contains(err.Error(), "hunter22") || strings.Contains(err.Error(), "hun%ter22") {
			t.Errorf("%s: %v", fault.CodeOf(err), err)
		}
	}
}
