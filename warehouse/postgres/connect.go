package postgres

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/secret"
)

// connectTimeout is how long a server has to answer, where the user says nothing.
const connectTimeout = 10 * time.Second

// Target is a database. It holds no connection between two calls.
type Target struct {
	config *pgx.ConnConfig
	random func() float64 // from 0 to 1, for the pauses between tries
	// firstPause is the one before the second try.
	firstPause time.Duration
}

// New reads a connection string, postgres://… or key=value, as libpq does: what it
// leaves out comes from PG* variables, the service file and the password file.
// password, where it is not empty, is used in place of any other.
func New(url string, password secret.Value, random func() float64) (*Target, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fault.New(fault.Config, "connection to Postgres: %s", withoutURL(err, url)).
			WithHint("as in postgres://user@host:5432/database?sslmode=verify-full; the password comes from PGPASSWORD, ~/.pgpass or warehouse.password")
	}
	if !password.Empty() {
		config.Password = password.Reveal()
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "df360"
	}
	// One round trip, and nothing prepared that a pooler would not know.
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	return &Target{config: config, random: random, firstPause: firstPause}, nil
}

// withoutURL is what is wrong with a connection string, without the string.
func withoutURL(err error, url string) string {
	text := err.Error()
	if _, rest, ok := strings.Cut(text, "`: "); ok && strings.HasPrefix(text, "cannot parse `") {
		text = rest
	}
	return strings.ReplaceAll(text, url, "the connection string")
}

// Password is the one that connections use, so that it can be scrubbed from
// everything that is printed.
func (t *Target) Password() secret.Value { return secret.New(t.config.Password) }

// String is the server and database for people.
func (t *Target) String() string { return t.Address() + "/" + t.config.Database }

// Address is the server: host and port of each that is tried.
func (t *Target) Address() string {
	all := []string{net.JoinHostPort(t.config.Host, strconv.Itoa(int(t.config.Port)))}
	for _, f := range t.config.Fallbacks {
		next := net.JoinHostPort(f.Host, strconv.Itoa(int(f.Port)))
		if all[len(all)-1] != next {
			all = append(all, next)
		}
	}
	return strings.Join(all, ", ")
}

// connect opens a connection in which names and values mean the same everywhere.
func (t *Target) connect(ctx context.Context) (*pgx.Conn, error) {
	conn, err := pgx.ConnectConfig(ctx, t.config)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return conn, nil
}

// closeConn ends a connection; what was not committed is gone. A server that does
// not listen is not waited for.
func closeConn(ctx context.Context, conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = conn.Close(ctx) // nothing is to be kept
}
