package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/warehouse"
)

// indexes makes the declared indexes that a table, or a materialised view, lacks. One
// on the same columns counts, whatever its name.
func (s *session) indexes(ctx context.Context, table string, made *[]string) error {
	declared := s.o.Objects.Indexes[table]
	if len(declared) == 0 {
		return nil
	}
	rows, err := s.conn.Query(ctx, `SELECT i.indisunique, i.indpred IS NULL,
	(SELECT coalesce(array_agg(a.attname::text ORDER BY k.ord), '{}') FROM unnest(i.indkey) WITH ORDINALITY k(num, ord)
		JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.num AND k.ord <= i.indnkeyatts)
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname = $2 AND i.indisvalid`, s.o.Schema, table)
	if err != nil {
		return fmt.Errorf("look at the indexes of %s: %w", table, err)
	}
	var have []warehouse.Index
	var whole bool
	var i warehouse.Index
	_, err = pgx.ForEachRow(rows, []any{&i.Unique, &whole, &i.Columns}, func() error {
		if whole {
			have = append(have, warehouse.Index{Columns: slices.Clone(i.Columns), Unique: i.Unique})
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("look at the indexes of %s: %w", table, err)
	}
	for _, want := range declared {
		if slices.ContainsFunc(have, func(h warehouse.Index) bool {
			return slices.Equal(h.Columns, want.Columns) && (h.Unique || !want.Unique)
		}) {
			continue
		}
		if err := s.makeIndex(ctx, table, want); err != nil {
			return err
		}
		*made = append(*made, want.Name(table))
	}
	return nil
}

func (s *session) makeIndex(ctx context.Context, table string, i warehouse.Index) error {
	unique := ""
	if i.Unique {
		unique = "UNIQUE "
	}
	name := i.Name(table)
	err := s.locked(ctx, lockKey(warehouse.TargetName(s.o.Schema, table)), func() error {
		return s.exec(ctx, "CREATE "+unique+"INDEX IF NOT EXISTS "+ident(name)+" ON "+qualified(s.o.Schema, table)+" ("+idents(i.Columns)+")")
	})
	if err == nil || passing(err) || ctx.Err() != nil {
		return err
	}
	return fault.New(fault.Partial, "index %s: %s", name, s.t.explain(err)).WithHint("the rows are loaded; put warehouse.indexes in df360.yaml right")
}

// finisher makes and refreshes views.
type finisher struct {
	session
	kinds   map[string]string // relkind of what is there, by name
	defined map[string]string // definitions of the views that df360 has made, by target
	due     []string          // targets that were loaded since views were refreshed
	dueTo   int64             // the newest of their entries
	failed  bool
	out     *warehouse.Finished
}

// Finish implements warehouse.Target. Each view is a transaction of its own, and
// what passes is met with another try.
func (t *Target) Finish(ctx context.Context, o warehouse.Options) (*warehouse.Finished, error) {
	out := warehouse.NewFinished()
	if len(o.Objects.Views) == 0 || o.DryRun {
		return out, nil
	}
	for try := 1; ; try++ {
		f := &finisher{session: session{t: t, o: o}, out: out}
		err := f.run(ctx)
		if err == nil || !passing(err) || try >= triesAfter(err, true) || ctx.Err() != nil {
			if err == nil {
				err = out.Err()
			}
			return out, t.ended(ctx, err)
		}
		pause := t.pause(try)
		o.Log.Warn("try again", "views", o.Schema, "reason", t.explain(err), "pause", pause)
		if err := wait(ctx, pause); err != nil {
			return nil, err
		}
	}
}

func (f *finisher) run(ctx context.Context) (err error) {
	if f.conn, err = f.t.connect(ctx); err != nil {
		return err
	}
	defer closeConn(ctx, f.conn)
	there, err := f.look(ctx)
	if err != nil || !there {
		return err
	}
	*f.out = *warehouse.NewFinished()
	for _, v := range f.o.Objects.Views {
		if err := f.view(ctx, v); err != nil {
			return err
		}
	}
	return f.refresh(ctx)
}

// look reads what is there; false where nothing was ever loaded.
func (f *finisher) look(ctx context.Context) (there bool, err error) {
	f.defined, f.kinds = map[string]string{}, map[string]string{}
	rows, err := f.conn.Query(ctx, "SELECT name, definition FROM df360.views")
	var name, text string
	if err == nil {
		_, err = pgx.ForEachRow(rows, []any{&name, &text}, func() error { f.defined[name] = text; return nil })
	}
	if isMissing(err) {
		return false, nil
	}
	if err == nil {
		rows, err = f.conn.Query(ctx, `SELECT c.relname::text, c.relkind::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relkind NOT IN ('i', 'I')`, f.o.Schema)
	}
	if err == nil {
		_, err = pgx.ForEachRow(rows, []any{&name, &text}, func() error { f.kinds[name] = text; return nil })
	}
	if err == nil {
		rows, err = f.conn.Query(ctx, "SELECT target, max(id) FROM df360.loads WHERE refreshed_at IS NULL GROUP BY target")
	}
	if err == nil {
		var id int64
		_, err = pgx.ForEachRow(rows, []any{&name, &id}, func() error {
			f.due, f.dueTo = append(f.due, name), max(f.dueTo, id)
			return nil
		})
	}
	if err != nil {
		return false, fmt.Errorf("look at views: %w", err)
	}
	return true, nil
}

// Kinds of relations.
const (
	kindView         = "v"
	kindMaterialized = "m"
)

// view makes one view where it is missing, or has changed.
func (f *finisher) view(ctx context.Context, v warehouse.View) error {
	key := warehouse.TargetName(f.o.Schema, v.Name)
	kind, there := f.kinds[v.Name]
	before, ours := f.defined[key]
	switch {
	case there && kind != kindView && kind != kindMaterialized:
		f.fail(v, fault.New(fault.Conflict, "%s is a table", key).WithHint("give the view another name"))
		return nil
	case there && !ours:
		f.o.Log.Warn("a view that df360 has not made is left as it is", "view", key)
		return nil
	case there && before == v.Definition():
		return nil
	}
	err := f.locked(ctx, setupKey, func() error { return f.make(ctx, v, key, kind) })
	var pg *pgconn.PgError
	switch {
	case err == nil:
		f.out.Made = append(f.out.Made, v.Name)
		f.kinds[v.Name] = kindView
		if v.Materialized {
			f.kinds[v.Name] = kindMaterialized
		}
	case passing(err), ctx.Err() != nil:
		return err
	case errors.As(err, &pg) && pg.Code == "42P01" && !there:
		f.out.Waiting = append(f.out.Waiting, v.Name)
		return nil
	default:
		f.fail(v, f.t.explain(err))
		return nil
	}
	if !v.Materialized {
		return nil
	}
	var made []string
	return f.indexes(ctx, v.Name, &made)
}

func (f *finisher) fail(v warehouse.View, err error) {
	f.failed = true
	f.out.Fail(v.Name, err)
}

// make makes a view in the open transaction.
func (f *finisher) make(ctx context.Context, v warehouse.View, key, kind string) error {
	name := qualified(f.o.Schema, v.Name)
	stmt := "SET LOCAL search_path = " + ident(f.o.Schema) + ", public;\n"
	switch kind {
	case kindMaterialized:
		stmt += "DROP MATERIALIZED VIEW " + name + ";\n"
	case kindView:
		stmt += "DROP VIEW " + name + ";\n"
	}
	what := "VIEW "
	if v.Materialized {
		what = "MATERIALIZED VIEW "
	}
	if err := f.exec(ctx, stmt+"CREATE "+what+name+" AS "+strings.TrimRight(v.SQL, "; \t\r\n")); err != nil {
		return err
	}
	_, err := f.conn.Exec(ctx, `INSERT INTO df360.views (name, definition) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET definition = excluded.definition, made_at = clock_timestamp()`, key, v.Definition())
	return err
}

// refresh brings the materialised views up to date that read, by themselves or
// through other views, a table that was loaded, and marks those loads.
func (f *finisher) refresh(ctx context.Context) error {
	var marks []string
	for _, v := range f.o.Objects.Views {
		if f.kinds[v.Name] != kindMaterialized || len(f.due) == 0 {
			continue
		}
		tables, err := f.reads(ctx, v.Name)
		if err != nil {
			return err
		}
		tables = slices.DeleteFunc(tables, func(t string) bool { return !slices.Contains(f.due, t) })
		if len(tables) == 0 {
			continue
		}
		marks = append(marks, tables...)
		if slices.Contains(f.out.Made, v.Name) {
			continue // it has just read them
		}
		if err := f.refreshOne(ctx, v); err != nil {
			return err
		}
	}
	if f.failed || len(marks) == 0 {
		return nil
	}
	_, err := f.conn.Exec(ctx, "UPDATE df360.loads SET refreshed_at = clock_timestamp() WHERE refreshed_at IS NULL AND id <= $1 AND target = ANY($2)", f.dueTo, marks)
	if err != nil {
		return fmt.Errorf("write %s: %w", Ledger, err)
	}
	return nil
}

// refreshOne keeps the view readable meanwhile where a unique index of it allows.
func (f *finisher) refreshOne(ctx context.Context, v warehouse.View) error {
	var gently bool
	err := f.conn.QueryRow(ctx, `SELECT c.relispopulated AND EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid
	AND i.indpred IS NULL AND i.indexprs IS NULL)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2`, f.o.Schema, v.Name).Scan(&gently)
	if err != nil {
		return fmt.Errorf("look at view %s: %w", v.Name, err)
	}
	how := ""
	if gently {
		how = "CONCURRENTLY "
	}
	err = f.locked(ctx, lockKey(warehouse.TargetName(f.o.Schema, v.Name)), func() error {
		return f.exec(ctx, "REFRESH MATERIALIZED VIEW "+how+qualified(f.o.Schema, v.Name))
	})
	switch {
	case err == nil:
		f.out.Refreshed = append(f.out.Refreshed, v.Name)
	case passing(err), ctx.Err() != nil:
		return err
	default:
		f.fail(v, f.t.explain(err))
	}
	return nil
}

// reads lists the tables that a view reads, by itself or through other views.
func (f *finisher) reads(ctx context.Context, view string) ([]string, error) {
	rows, err := f.conn.Query(ctx, `WITH RECURSIVE uses(oid) AS (
	SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2
	UNION
	SELECT d.refobjid FROM uses JOIN pg_rewrite r ON r.ev_class = uses.oid
	JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass)
SELECT n.nspname::text, c.relname::text FROM uses JOIN pg_class c ON c.oid = uses.oid JOIN pg_namespace n ON n.oid = c.relnamespace`, f.o.Schema, view)
	if err != nil {
		return nil, fmt.Errorf("look at view %s: %w", view, err)
	}
	var out []string
	var schema, name string
	_, err = pgx.ForEachRow(rows, []any{&schema, &name}, func() error {
		out = append(out, warehouse.TargetName(schema, name))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look at view %s: %w", view, err)
	}
	return out, nil
}
