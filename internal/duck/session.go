package duck

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"runtime"
	"strings"

	duckdb "github.com/duckdb/duckdb-go/v2"

	"github.com/kalpafall/df360/internal/fault"
)

// Options bind a session. The zero value takes every default.
type Options struct {
	// Path of a database file; "" is a database in memory.
	Path string
	// ReadOnly opens Path without write access.
	ReadOnly bool
	// MemoryLimit caps the process's use of the engine, in bytes; 0 is DefaultMemory.
	MemoryLimit int64
	// Threads of the engine; 0 is all cores.
	Threads int
	// TempDir is where the private spill folder is made; "" is the system's
	// temporary folder.
	TempDir string
	// Settings are further SET statements' names and values, as SQL literals.
	Settings map[string]string
}

// Session is one connection to one embedded engine. It is not safe for
// concurrent use, as a connection is not.
type Session struct {
	db    *sql.DB
	conn  *sql.Conn
	spill *Spill
}

// Open starts an engine.
func Open(ctx context.Context, o Options) (*Session, error) {
	spill, err := MakeSpill(o.TempDir)
	if err != nil {
		return nil, err
	}
	s, err := open(ctx, o, spill)
	if err != nil {
		return nil, errors.Join(err, spill.Close())
	}
	return s, nil
}

func open(ctx context.Context, o Options, spill *Spill) (*Session, error) {
	dsn := o.Path
	if o.ReadOnly {
		dsn += "?access_mode=READ_ONLY"
	}
	connector, err := duckdb.NewConnector(dsn, nil)
	if err != nil {
		return nil, fault.New(fault.IO, "open engine: %w", err)
	}
	db := sql.OpenDB(connector)
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(fault.New(fault.IO, "open engine: %w", err), db.Close())
	}
	s := &Session{db: db, conn: conn, spill: spill}
	for _, stmt := range settings(o, spill.Dir) {
		if err := s.Exec(ctx, stmt); err != nil {
			s.spill = nil // the caller removes it
			return nil, errors.Join(fmt.Errorf("configure engine: %w", err), s.Close())
		}
	}
	return s, nil
}

// engineShare is the part of the memory limit that the engine's own accounting
// may use: allocations that it does not count (decompression buffers, the
// Parquet writer's pages) take the rest.
const engineShare = 0.85

func settings(o Options, spill string) []string {
	memory := o.MemoryLimit
	if memory <= 0 {
		memory = DefaultMemory()
	}
	threads := o.Threads
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	out := []string{
		fmt.Sprintf("SET memory_limit = '%dB'", int64(float64(memory)*engineShare)),
		fmt.Sprintf("SET threads = %d", threads),
		"SET temp_directory = " + Literal(spill),
		"SET TimeZone = 'UTC'",
		"SET autoinstall_known_extensions = false",
		"SET autoload_known_extensions = false",
		"SET preserve_insertion_order = false",
		"SET enable_progress_bar = false",
	}
	for name, value := range o.Settings {
		out = append(out, fmt.Sprintf("SET %s = %s", Ident(name), value))
	}
	return out
}

// Exec runs statements without a result.
func (s *Session) Exec(ctx context.Context, query string, args ...any) error {
	_, err := s.conn.ExecContext(ctx, query, args...)
	return classify(ctx, err)
}

// Query runs one SELECT. The caller closes the rows.
func (s *Session) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	rows, err := s.conn.QueryContext(ctx, query, args...)
	return rows, classify(ctx, err)
}

// QueryRow runs one SELECT and scans its first row into dest.
func (s *Session) QueryRow(ctx context.Context, query string, dest ...any) error {
	return classify(ctx, s.conn.QueryRowContext(ctx, query).Scan(dest...))
}

// Append adds values to a temporary table of one UBIGINT column.
func (s *Session) Append(ctx context.Context, table string, values []uint64) error {
	err := s.conn.Raw(func(raw any) error {
		conn, ok := raw.(driver.Conn)
		if !ok {
			return errors.New("driver has no connection")
		}
		a, err := duckdb.NewAppender(conn, "temp", "main", table)
		if err != nil {
			return err
		}
		for _, v := range values {
			if err := a.AppendRow(v); err != nil {
				return errors.Join(err, a.Close())
			}
		}
		return a.Close()
	})
	return classify(ctx, err)
}

// Conn is the connection below, for the driver's own interfaces.
func (s *Session) Conn() *sql.Conn { return s.conn }

// IsSelect reports whether query is exactly one statement that only reads.
func (s *Session) IsSelect(ctx context.Context, query string) (bool, error) {
	selects := false
	err := s.conn.Raw(func(raw any) error {
		preparer, ok := raw.(driver.ConnPrepareContext)
		if !ok {
			return errors.New("driver cannot prepare")
		}
		stmt, err := preparer.PrepareContext(ctx, query)
		if err != nil {
			return err
		}
		defer func() { _ = stmt.Close() }() // nothing was executed
		typed, ok := stmt.(*duckdb.Stmt)
		if !ok {
			return errors.New("driver does not tell statement types")
		}
		kind, err := typed.StatementType()
		selects = kind == duckdb.STATEMENT_TYPE_SELECT
		return err
	})
	return selects, classify(ctx, err)
}

// TempDir is the session's private folder, which goes with it.
func (s *Session) TempDir() string { return s.spill.Dir }

// Close ends the engine and removes the spill folder.
func (s *Session) Close() error {
	err := errors.Join(s.conn.Close(), s.db.Close())
	if s.spill != nil {
		err = errors.Join(err, s.spill.Close())
	}
	return err
}

// Ident quotes a name for SQL.
func Ident(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Literal quotes a text for SQL.
func Literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// List is a SQL list of text literals.
func List(texts []string) string {
	quoted := make([]string, len(texts))
	for i, t := range texts {
		quoted[i] = Literal(t)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// Files is a SQL list of file paths, each meaning that file alone.
func Files(paths []string) string { return List(EscapeGlobs(paths)) }

// EscapeGlobs makes paths that the engine does not take for patterns: it reads
// *, ? and [ in a path as those of a glob.
func EscapeGlobs(paths []string) []string {
	plain := strings.NewReplacer("*", "[*]", "?", "[?]", "[", "[[]")
	escaped := make([]string, len(paths))
	for i, p := range paths {
		escaped[i] = plain.Replace(p)
	}
	return escaped
}

// classify gives an engine error its kind, so that a full disk or an exhausted
// memory limit reads as what it is.
func classify(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var de *duckdb.Error
	if !errors.As(err, &de) {
		return err
	}
	switch {
	case de.Type == duckdb.ErrorTypeOutOfMemory && strings.Contains(de.Msg, "temp"):
		return fault.New(fault.NoSpace, "engine: %w", err).
			WithHint("free space where the engine spills, or name another folder with --temp-dir")
	case de.Type == duckdb.ErrorTypeOutOfMemory:
		return fault.New(fault.Limit, "engine: %w", err).WithHint("raise --memory-limit or lower --threads")
	case strings.Contains(de.Msg, "No space left on device"):
		return fault.New(fault.NoSpace, "engine: %w", err).WithHint("free space on the lake's file system")
	case de.Type == duckdb.ErrorTypeIO:
		return fault.New(fault.IO, "engine: %w", err)
	}
	return err
}
