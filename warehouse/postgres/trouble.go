package postgres

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kalpafall/df360/internal/fault"
)

// How often a load is tried: a server that restarts is given more time than one
// that never was there, and a lock was waited for in each try. Pauses between two
// grow from firstPause to mostPause.
const (
	tries          = 9
	triesToConnect = 6
	triesToLock    = 5
	firstPause     = 100 * time.Millisecond
	mostPause      = 5 * time.Second
)

// triesAfter is how often a load is tried that fails with err; connected says
// whether the server has answered at all.
func triesAfter(err error, connected bool) int {
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &pg) && pg.Code == "55P03":
		return triesToLock
	case !connected:
		return triesToConnect
	}
	return tries
}

// pause is how long to wait before try n (from 1): twice as long each time, and
// by chance between half of that and all of it, so that loaders part ways.
func (t *Target) pause(n int) time.Duration {
	d := min(t.firstPause<<(n-1), mostPause)
	return d/2 + time.Duration(t.random()*float64(d/2))
}

// wait waits, or returns why the run ends.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

// passing reports whether an error is one that passes: of the connection, of the
// server's state, or of another session's locks. Errors of the data, of rights
// and of the statement stay what they are.
func passing(err error) bool {
	var known *fault.Error
	if err == nil || errors.Is(err, context.Canceled) || errors.As(err, &known) {
		return false
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code {
		case "40001", "40P01", "55P03", "57P01", "57P02", "57P03", "57P05", "53300":
			return true
		}
		return strings.HasPrefix(pg.Code, "08") && pg.Code != "08P01"
	}
	return lost(err)
}

// lost reports whether an error is one of the connection, so that what was sent
// may or may not have happened.
func lost(err error) bool {
	if err == nil {
		return false
	}
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || pgconn.SafeToRetry(err) || strings.Contains(err.Error(), "conn closed") ||
		errors.Is(err, context.DeadlineExceeded)
}

// explain gives an error of the server or of the connection its kind.
func (t *Target) explain(err error) error {
	var known *fault.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return t.explainServer(pg)
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	if lost(err) {
		return fault.New(fault.Unreachable, "Postgres at %s: %s", t.Address(), plainNetwork(err)).
			WithHint("is the server running, and are host, port and sslmode right? Nothing is half loaded: run it again")
	}
	return fault.New(fault.Internal, "Postgres at %s: %w", t.Address(), err)
}

// plainNetwork is an error of the connection without what names user and database.
func plainNetwork(err error) string {
	var op *net.OpError
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		return dns.Error()
	case errors.As(err, &op):
		return op.Error()
	}
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) && connect.Unwrap() != nil {
		return strings.TrimSpace(connect.Unwrap().Error())
	}
	return err.Error()
}

func (t *Target) explainServer(pg *pgconn.PgError) error {
	text := pg.Message
	if pg.Detail != "" {
		text += " (" + pg.Detail + ")"
	}
	if pg.Where != "" && strings.HasPrefix(pg.Where, "COPY ") {
		text += " [" + pg.Where + "]"
	}
	said := func(code fault.Code) *fault.Error {
		return fault.New(code, "Postgres at %s: %s: %s", t.Address(), pg.Code, text)
	}
	switch {
	case pg.Code == "42501":
		return said(fault.Permission).WithHint("scripts/postgres-role.sql gives a role what df360 needs, and nothing else")
	case strings.HasPrefix(pg.Code, "28"):
		return said(fault.Permission).WithHint("the password comes from PGPASSWORD, ~/.pgpass, a service file or warehouse.password")
	case pg.Code == "3D000":
		return said(fault.NotFound).WithHint("create the database, or name another one")
	case pg.Code == "53100":
		return said(fault.NoSpace).WithHint("the load was undone; free space on the server's disk or tablespace")
	case pg.Code == "55P03", pg.Code == "40P01", pg.Code == "40001":
		return said(fault.Conflict).WithHint("another session holds the table; --lock-timeout is how long each try waits")
	case pg.Code == "57P03", pg.Code == "53300", pg.Code == "57P01", pg.Code == "57P02", strings.HasPrefix(pg.Code, "08"):
		return said(fault.Unreachable)
	case pg.Code == "57014":
		return said(fault.Limit)
	case strings.HasPrefix(pg.Code, "22"), strings.HasPrefix(pg.Code, "23"), strings.HasPrefix(pg.Code, "42"), strings.HasPrefix(pg.Code, "0A"), pg.Code == "54000", pg.Code == "54011":
		return said(fault.Schema)
	case strings.HasPrefix(pg.Code, "53"):
		return said(fault.Limit)
	case strings.HasPrefix(pg.Code, "58"):
		return said(fault.IO)
	case pg.Code == "25006":
		return said(fault.Permission).WithHint("this server takes no writes: name the primary, or target_session_attrs=read-write")
	}
	return said(fault.Internal)
}
