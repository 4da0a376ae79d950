package duckdb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/sqltype"
	"github.com/kalpafall/df360/warehouse"
)

// work is one load: a session on the file, and what it has found.
type work struct {
	t       *Target
	session *duck.Session
	in      *warehouse.Input
	o       warehouse.Options
	target  string // in the ledger
	ledger  ledger
	table   []warehouse.Column // nil: it is not there
	res     *warehouse.Result
}

// Load loads one version of a dataset into a table: rows and ledger are one
// transaction. The file is opened for writing only where there is something to do.
func (t *Target) Load(ctx context.Context, in *warehouse.Input, o warehouse.Options) (*warehouse.Result, error) {
	if err := check(in, o); err != nil {
		return nil, err
	}
	w := &work{t: t, in: in, o: o, target: warehouse.TargetName(o.Schema, o.Table)}
	w.res = warehouse.NewResult(in, o)
	var plan warehouse.Plan
	if t.Exists() {
		var done bool
		err := w.with(ctx, true, func() (err error) {
			plan, err = w.look(ctx)
			done = plan.There
			return err
		})
		if err != nil || done {
			w.res.There = plan.There
			return w.orNil(err), ended(ctx, err)
		}
	} else {
		var err error
		if plan, err = warehouse.MakePlan(ctx, in, o.Mode, false, nil); err != nil {
			return nil, err
		}
	}
	if o.DryRun {
		return w.preview(plan)
	}
	err := w.with(ctx, false, func() error { return w.load(ctx) })
	return w.orNil(err), ended(ctx, err)
}

func (w *work) orNil(err error) *warehouse.Result {
	if err != nil {
		return nil
	}
	return w.res
}

// check refuses what cannot be loaded.
func check(in *warehouse.Input, o warehouse.Options) error {
	for _, name := range []struct{ what, name string }{{"schema", o.Schema}, {"table", o.Table}} {
		if err := warehouse.CheckName(name.what, name.name, 0); err != nil {
			return err
		}
	}
	if err := warehouse.CheckColumns(in.Columns, 0, o.Reserved("rowid")); err != nil {
		return err
	}
	if err := warehouse.CheckKey(in.Columns, "--key", o.Key); err != nil {
		return err
	}
	return warehouse.CheckKey(in.Columns, "--order-by", o.OrderBy)
}

// ended is how a load ends: a run that was stopped says so, whatever broke of it.
func ended(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return explainLoad(err)
}

// explainLoad gives an error of the engine its kind.
func explainLoad(err error) error {
	var known *fault.Error
	if err == nil || errors.As(err, &known) || errors.Is(err, context.Canceled) {
		return err
	}
	text := firstLine(err.Error())
	for _, kind := range []string{"Constraint Error", "Conversion Error", "Catalog Error", "Binder Error", "Parser Error", "Out of Range Error", "Invalid Input Error"} {
		if strings.Contains(text, kind) {
			return fault.New(fault.Schema, "%s", text)
		}
	}
	return err
}

// with opens the file for f.
func (w *work) with(ctx context.Context, readOnly bool, f func() error) (err error) {
	if w.session, err = w.t.Open(ctx, w.o.Engine, readOnly); err != nil {
		return err
	}
	err = f()
	return errors.Join(err, w.session.Close())
}

// look reads what is there and decides what is left to do.
func (w *work) look(ctx context.Context) (plan warehouse.Plan, err error) {
	if w.ledger, err = readLedger(ctx, w.session, w.target); err != nil {
		return plan, err
	}
	if w.table, err = readTable(ctx, w.session, w.o.Schema, w.o.Table); err != nil {
		return plan, err
	}
	plan, err = warehouse.MakePlan(ctx, w.in, w.o.Mode, w.table != nil, w.ledger.entries)
	if err == nil && plan.There && w.o.Mode == warehouse.Replace {
		add, _, merr := w.differences()
		plan.There = merr != nil || len(add) == 0
	}
	return plan, err
}

func (w *work) preview(plan warehouse.Plan) (*warehouse.Result, error) {
	w.res.There, w.res.Created = plan.There, w.table == nil
	if w.table != nil {
		add, _, err := w.differences()
		if err != nil {
			return nil, err
		}
		for _, c := range add {
			w.res.AddedColumns = append(w.res.AddedColumns, c.Name)
		}
	}
	w.res.RowsRead = w.in.Rows
	if plan.Commits != nil {
		w.res.RowsRead = 0
		for _, c := range plan.Commits {
			w.res.RowsRead += c.Rows
		}
	}
	return w.res, nil
}

// load loads the rows in one transaction.
func (w *work) load(ctx context.Context) (err error) {
	if err := w.session.Exec(ctx, "BEGIN TRANSACTION"); err != nil {
		return err
	}
	done := false
	defer func() {
		if !done { // an error has mostly ended it by itself
			_ = w.session.Exec(context.WithoutCancel(ctx), "ROLLBACK")
		}
	}()
	if err := w.prepare(ctx); err != nil {
		return err
	}
	plan, err := w.look(ctx)
	if err != nil {
		return err
	}
	if plan.There {
		w.res.There = true
		return nil
	}
	if err := w.rows(ctx, plan); err != nil {
		return err
	}
	if err := w.o.Fail.Hit("commit"); err != nil {
		return err
	}
	done = true
	if err := w.session.Exec(ctx, "COMMIT"); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return w.o.Fail.Hit("committed")
}

// prepare makes the ledger and the schema.
func (w *work) prepare(ctx context.Context) error {
	for _, stmt := range append(ledgerDDL(), "CREATE SCHEMA IF NOT EXISTS "+duck.Ident(w.o.Schema)) {
		if err := w.session.Exec(ctx, stmt); err != nil {
			return err
		}
	}
	return nil
}

// rows does the work of a load in the open transaction.
func (w *work) rows(ctx context.Context, plan warehouse.Plan) (err error) {
	fresh := w.o.Mode == warehouse.Replace || w.table == nil
	if w.table == nil {
		err = w.create(ctx)
	} else {
		err = w.grow(ctx)
	}
	if err != nil {
		return err
	}
	reading, err := w.in.Open(ctx, plan.Commits, w.o.Mode == warehouse.Merge)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, reading.Close()) }()
	if err := w.bindIndexes(ctx); err != nil {
		return err
	}
	if w.o.Mode == warehouse.Replace && !w.res.Created {
		if w.res.RowsDeleted, err = w.count(ctx, "DELETE FROM "+w.name()); err != nil {
			return fmt.Errorf("empty %s: %w", w.target, err)
		}
	}
	if w.o.Mode == warehouse.Merge {
		err = w.merge(ctx, reading.Parts)
	} else {
		w.res.RowsRead, err = w.insert(ctx, w.name(), w.columnNames(), reading.Parts, w.lineage)
		w.res.RowsWritten = w.res.RowsRead
	}
	if err != nil {
		return err
	}
	return w.enter(ctx, plan, fresh)
}

// bindIndexes makes the engine load the table's indexes: until something is
// inserted, those of a file that was just opened do not hear of deleted rows, and
// take a key that comes again for a duplicate.
func (w *work) bindIndexes(ctx context.Context) error {
	names := idents(w.columnNames())
	return w.session.Exec(ctx, "INSERT INTO "+w.name()+" ("+names+") SELECT "+names+" FROM "+w.name()+" LIMIT 0")
}

// name is the table in SQL.
func (w *work) name() string { return duck.Ident(w.o.Schema) + "." + duck.Ident(w.o.Table) }

// count runs a statement and returns how many rows it changed.
func (w *work) count(ctx context.Context, stmt string) (int64, error) {
	res, err := w.session.Conn().ExecContext(ctx, stmt)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// insert inserts the rows of parts, and checks their number.
func (w *work) insert(ctx context.Context, table string, columns []string, parts []warehouse.Part, fields func(warehouse.Part) []string) (int64, error) {
	var total int64
	for _, p := range parts {
		items := make([]string, 0, len(w.in.Columns)+2)
		for _, c := range w.in.Columns {
			items = append(items, duck.Ident(c.Name))
		}
		items = append(items, fields(p)...)
		n, err := w.count(ctx, "INSERT INTO "+table+" ("+idents(columns)+") SELECT "+strings.Join(items, ", ")+" FROM ("+p.SQL+")")
		if err != nil {
			return 0, fmt.Errorf("load %s into %s: %w", w.in.Dataset, w.target, err)
		}
		if n != p.Rows {
			return 0, fault.New(fault.Corrupt, "the files of version %d of %s hold %d rows, their record says %d", p.Commit.Version, w.in.Dataset, n, p.Rows).
				WithHint("nothing was loaded; df360 lake verify checks the files")
		}
		total += n
		if w.o.Told != nil {
			w.o.Told(total)
		}
	}
	return total, nil
}

// lineage are the columns that tell where a row is from.
func (w *work) lineage(p warehouse.Part) []string {
	if !w.o.Lineage {
		return nil
	}
	return []string{fmt.Sprintf("CAST(%d AS BIGINT)", p.Commit.Version), duck.Literal(w.o.RunID)}
}

// columns are those that rows come with, the lineage's too.
func (w *work) columns() []warehouse.Column {
	if !w.o.Lineage {
		return w.in.Columns
	}
	return append(slices.Clone(w.in.Columns), warehouse.Column{Name: warehouse.VersionColumn, Type: sqltype.Of(sqltype.Bigint)},
		warehouse.Column{Name: warehouse.RunColumn, Type: sqltype.Of(sqltype.Varchar)})
}

func (w *work) columnNames() []string {
	var names []string
	for _, c := range w.columns() {
		names = append(names, c.Name)
	}
	return names
}

func idents(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = duck.Ident(n)
	}
	return strings.Join(quoted, ", ")
}
