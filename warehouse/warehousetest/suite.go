package warehousetest

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/warehouse"
)

// Place is an empty database of one test.
type Place struct {
	Target warehouse.Target
	// Ask runs a SELECT and returns its rows as text: values divided by |, NULL for
	// NULL, rows in the query's order.
	Ask func(t *testing.T, sql string) []string
	// NoIndexes: the database makes none.
	NoIndexes bool
	// Do runs statements.
	Do func(t *testing.T, sql string)
}

// Options are those of a load into curated.t.
func Options(t testing.TB, mode warehouse.Mode) warehouse.Options {
	return warehouse.Options{
		Schema: "curated", Table: "t", Mode: mode, NUL: warehouse.FailNUL, RunID: "run-" + time.Now().Format("150405.000000"),
		Wait: 2 * time.Second, Engine: duck.Options{Threads: 1, MemoryLimit: 256 << 20, TempDir: t.TempDir()},
		Log: slog.New(slog.DiscardHandler), Now: time.Now, Objects: warehouse.Objects{Indexes: map[string][]warehouse.Index{}},
	}
}

// Load loads, or ends the test.
func Load(t *testing.T, target warehouse.Target, in *warehouse.Input, o warehouse.Options) *warehouse.Result {
	t.Helper()
	res, err := target.Load(t.Context(), in, o)
	if err != nil {
		t.Fatalf("load: %v", err)
	}
	return res
}

func pair(t *testing.T) *Dataset {
	return &Dataset{Name: "d", Lake: "a", Columns: Columns(t, "id", "BIGINT", "v", "VARCHAR")}
}

func (p Place) want(t *testing.T, sql string, want ...string) {
	t.Helper()
	got := p.Ask(t, sql)
	if !slices.Equal(want, got) {
		t.Errorf("%s:\n%s\nwant\n%s", sql, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

const content = "SELECT v, count(*), min(id), max(id) FROM curated.t GROUP BY v ORDER BY v"

// Suite runs all promises; open makes a place for each.
func Suite(t *testing.T, open func(t *testing.T) Place) {
	for name, f := range map[string]func(*testing.T, Place){
		"replace": replaces, "replace an older version": goesBack, "append": appends, "append over a replacing commit": appendReplaced,
		"another lake": anotherLake, "merge": merges, "merge by order": mergesByOrder, "merge refuses": mergeRefuses, "growth": grows,
		"another type": otherType, "wrong count": wrongCount, "dropped table": droppedTable, "lineage": lineage,
		"names": names, "dry run": dryRun, "indexes": indexes, "views": views, "views that change": viewsChange, "a view depends on the table": viewDepends,
		"look": look, "empty": empty, "append after replace": appendAfterReplace,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(t, open(t))
		})
	}
}

func replaces(t *testing.T, p Place) {
	d := pair(t)
	d.Commits = []Commit{Numbers(0, 100, "a")}
	o := Options(t, warehouse.Replace)
	res := Load(t, p.Target, d.At(-1), o)
	if !res.Created || res.RowsRead != 100 || res.RowsWritten != 100 || res.There {
		t.Errorf("%+v", res)
	}
	p.want(t, content, "a|100|0|99")
	opened := d.Opened
	if res := Load(t, p.Target, d.At(-1), o); !res.There || d.Opened != opened || res.RowsWritten != 0 {
		t.Errorf("again: %+v, opened %d", res, d.Opened)
	}
	d.Commits = append(d.Commits, Numbers(100, 50, "b"))
	if res := Load(t, p.Target, d.At(-1), o); res.RowsDeleted != 100 || res.RowsWritten != 150 {
		t.Errorf("%+v", res)
	}
	p.want(t, content, "a|100|0|99", "b|50|100|149")
	p.want(t, "SELECT target, dataset, version, commit_id, mode, rows, fresh FROM df360.loads ORDER BY id",
		"curated.t|processed.d|0|a-d-0|replace|100|true", "curated.t|processed.d|1|a-d-1|replace|150|true")
}

func goesBack(t *testing.T, p Place) {
	d := pair(t)
	d.Commits = []Commit{Numbers(0, 3, "a"), Numbers(3, 4, "b")}
	o := Options(t, warehouse.Replace)
	for _, v := range []int64{1, 0, 1} {
		if res := Load(t, p.Target, d.At(v), o); res.There {
			t.Errorf("version %d was not loaded", v)
		}
	}
	p.want(t, "SELECT count(*) FROM curated.t", "7")
	p.want(t, "SELECT count(*) FROM df360.loads", "3")
}

func appends(t *testing.T, p Place) {
	d := pair(t)
	d.Commits = []Commit{Numbers(0, 10, "a"), Numbers(10, 10, "b")}
	o := Options(t, warehouse.Append)
	if res := Load(t, p.Target, d.At(-1), o); res.RowsWritten != 20 {
		t.Errorf("%+v", res)
	}
	if res := Load(t, p.Target, d.At(-1), o); !res.There {
		t.Errorf("%+v", res)
	}
	if res := Load(t, p.Target, d.At(0), o); !res.There { // it is part of what is there
		t.Errorf("%+v", res)
	}
	d.Commits = append(d.Commits, Commit{}, Numbers(20, 5, "c"), Numbers(25, 5, "d"))
	if res := Load(t, p.Target, d.At(-1), o); res.RowsWritten != 10 || res.Commits != 2 {
		t.Errorf("%+v", res)
	}
	p.want(t, content, "a|10|0|9", "b|10|10|19", "c|5|20|24", "d|5|25|29")
	p.want(t, "SELECT version, rows, fresh FROM df360.loads ORDER BY id", "1|20|true", "3|5|false", "4|5|false")
}

func appendAfterReplace(t *testing.T, p Place) {
	d := pair(t)
	d.Commits = []Commit{Numbers(0, 10, "a"), Numbers(10, 10, "b")}
	Load(t, p.Target, d.At(-1), Options(t, warehouse.Replace))
	if res := Load(t, p.Target, d.At(-1), Options(t, warehouse.Append)); !res.There {
		t.Errorf("%+v", res)
	}
	d.Commits = append(d.Commits, Numbers(20, 5, "c"))
	Load(t, p.Target, d.At(-1), Options(t, warehouse.Append))
	p.want(t, content, "a|10|0|9", "b|10|10|19", "c|5|20|24")
	if res := Load(t, p.Target, d.At(-1), Options(t, warehouse.Replace)); res.There || res.RowsDeleted != 25 {
		t.Errorf("%+v", res)
	}
	p.want(t, "SELECT count(*) FROM curated.t", "25")
}

func appendReplaced(t *testing.T, p Place) {
	d := pair(t)
	d.Commits = []Commit{Numbers(0, 10, "a")}
	Load(t, p.Target, d.At(-1), Options(t, warehouse.Append))
	again := Numbers(0, 7, "b")
	again.Replaces = true
	d.Commits = append(d.Commits, again)
	p.fails(t, d.At(-1), Options(t, warehouse.Append), fault.Schema, "--mode replace")
	p.want(t, "SELECT count(*) FROM curated.t", "10")
	Load(t, p.Target, d.At(-1), Options(t, warehouse.Replace))
	d.Commits = append(d.Commits, Numbers(7, 2, "c"))
	Load(t, p.Target, d.At(-1), Options(t, warehouse.Append))
	p.want(t, content, "b|7|0|6", "c|2|7|8")
}

func anotherLake(t *testing.T, p Place) {
	d := pair(t)
	d.Commits = []Commit{Numbers(0, 10, "a")}
	Load(t, p.Target, d.At(-1), Options(t, warehouse.Append))
	d.Lake = "b"
	p.fails(t, d.At(-1), Options(t, warehouse.Append), fault.Conflict, "--mode replace")
	if res := Load(t, p.Target, d.At(-1), Options(t, warehouse.Replace)); res.There {
		t.Error("another lake's version was taken for this one's")
	}
	p.want(t, "SELECT count(*) FROM curated.t", "10")
}

// fails checks the kind of an error, and its hint or message.
func (p Place) fails(t *testing.T, in *warehouse.Input, o warehouse.Options, code fault.Code, part string) {
	t.Helper()
	res, err := p.Target.Load(t.Context(), in, o)
	if res != nil || fault.CodeOf(err) != code {
		t.Errorf("%+v, %s: %v", res, fault.CodeOf(err), err)
		return
	}
	if !strings.Contains(err.Error()+"\n"+fault.Hint(err), part) {
		t.Errorf("%q is not in %q, hint %q", part, err, fault.Hint(err))
	}
}

func mergeOptions(t *testing.T, order ...string) warehouse.Options {
	o := Options(t, warehouse.Merge)
	o.Key, o.OrderBy = []string{"id"}, order
	return o
}

func merges(t *testing.T, p Place) {
	d := pair(t)
	d.Commits = []Commit{Numbers(0, 10, "a"), Numbers(5, 10, "b")} // 5 to 9 come again
	res := Load(t, p.Target, d.At(-1), mergeOptions(t))
	if res.RowsRead != 20 || res.RowsWritten != 15 || res.RowsDuplicate != 5 {
		t.Errorf("%+v", res)
	}
	p.want(t, content, "a|5|0|4", "b|10|5|14")
	if res := Load(t, p.Target, d.At(-1), mergeOptions(t)); !res.There {
		t.Errorf("%+v", res)
	}
	d.Commits = append(d.Commits, Numbers(14, 2, "c"))
	if res := Load(t, p.Target, d.At(-1), mergeOptions(t)); res.RowsRead != 2 || res.RowsUpdated != 1 {
		t.Errorf("%+v", res)
	}
	p.want(t, content, "a|5|0|4", "b|9|5|13", "c|2|14|15")
	again := Numbers(0, 2, "z")
	again.Replaces = true
	d.Commits = append(d.Commits, again)
	Load(t, p.Target, d.At(-1), mergeOptions(t))
	p.want(t, content, "a|3|2|4", "b|9|5|13", "c|2|14|15", "z|2|0|1")
}

func mergesByOrder(t *testing.T, p Place) {
	d := &Dataset{Name: "d", Lake: "a", Columns: Columns(t, "id", "BIGINT", "v", "VARCHAR", "at", "BIGINT")}
	d.Commits = []Commit{{SQL: "VALUES (1, 'late', 9), (1, 'early', 3), (2, 'only', NULL), (3, 'x', 1), (3, 'y', 2)", Rows: 5}}
	Load(t, p.Target, d.At(-1), mergeOptions(t, "at"))
	p.want(t, "SELECT id, v FROM curated.t ORDER BY id", "1|late", "2|only", "3|y")
	d.Commits = append(d.Commits, Commit{SQL: "VALUES (1, 'older', 8), (2, 'known', 1), (3, 'newer', 5)", Rows: 3})
	Load(t, p.Target, d.At(-1), mergeOptions(t, "at"))
	p.want(t, "SELECT id, v FROM curated.t ORDER BY id", "1|late", "2|known", "3|newer")
}

func mergeRefuses(t *testing.T, p Place) {
	d := &Dataset{Name: "d", Lake: "a", Columns: Columns(t, "id", "BIGINT", "v", "VARCHAR")}
	d.Commits = []Commit{{SQL: "VALUES (1, 'a'), (NULL, 'b')", Rows: 2}}
	p.fails(t, d.At(-1), mergeOptions(t), fault.Schema, "column id")
	d.Commits = []Commit{{SQL: "VALUES (1, 'a'), (7, 'b'), (7, 'c')", Rows: 3}}
	p.fails(t, d.At(-1), mergeOptions(t), fault.Schema, "--order-by")
	o := mergeOptions(t)
	o.Key = []string{"nope"}
	p.fails(t, d.At(-1), o, fault.Usage, "nope")
	o.Key = []string{"id", "id"}
	p.fails(t, d.At(-1), o, fault.Usage, "twice")
}

func grows(t *testing.T, p Place) {
	d := pair(t)
	d.Commits = []Commit{Numbers(0, 3, "a")}
	Load(t, p.Target, d.At(-1), Options(t, warehouse.Append))
	d.Grow(Columns(t, "more", "DOUBLE")[0])
	d.Commits[0].SQL = "SELECT *, NULL FROM (" + d.Commits[0].SQL + ")"
	d.Commits = append(d.Commits, Commit{SQL: "VALUES (9, 'b', 1.5)", Rows: 1})
	res := Load(t, p.Target, d.At(-1), Options(t, warehouse.Append))
	if !slices.Equal(res.AddedColumns, []string{"more"}) {
		t.Error(res.AddedColumns)
	}
	p.want(t, "SELECT id, v, more FROM curated.t ORDER BY id", "0|a|NULL", "1|a|NULL", "2|a|NULL", "9|b|1.5")
}

func otherType(t *testing.T, p Place) {
	d := pair(t)
	d.Commits = []Commit{Numbers(0, 3, "a")}
	Load(t, p.Target, d.At(-1), Options(t, warehouse.Replace))
	d.Columns = Columns(t, "id", "VARCHAR", "v", "VARCHAR")
	d.Commits = append(d.Commits, Numbers(3, 1, "b"))
	p.fails(t, d.At(-1), Options(t, warehouse.Replace), fault.Schema, "ALTER COLUMN")
	p.want(t, "SELECT count(*) FROM curated.t", "3")
}

func wrongCount(t *testing.T, p Place) {
	d := pair(t)
	d.Commits = []Commit{Numbers(0, 3, "a")}
	Load(t, p.Target, d.At(-1), Options(t, warehouse.Replace))
	d.Commits = append(d.Commits, Commit{SQL: "VALUES (1, 'x')", Rows: 2})
	p.fails(t, d.At(-1), Options(t, warehouse.Replace), fault.Corrupt, "nothing was loaded")
	p.want(t, content, "a|3|0|2")
	p.want(t, "SELECT count(*) FROM df360.loads", "1")
}

func droppedTable(t *testing.T, p Place) {
	d := pair(t)
	d.Commits = []Commit{Numbers(0, 3, "a"), Numbers(3, 3, "b")}
	for _, mode := range []warehouse.Mode{warehouse.Replace, warehouse.Append} {
		Load(t, p.Target, d.At(-1), Options(t, mode))
		p.Do(t, "DROP TABLE curated.t")
		if res := Load(t, p.Target, d.At(-1), Options(t, mode)); res.There || !res.Created {
			t.Errorf("%s: %+v", mode, res)
		}
		p.want(t, "SELECT count(*) FROM curated.t", "6")
	}
}

func lineage(t *testing.T, p Place) {
	d := pair(t)
	d.Commits = []Commit{Numbers(0, 3, "a")}
	Load(t, p.Target, d.At(-1), Options(t, warehouse.Replace))
	o := Options(t, warehouse.Replace)
	o.Lineage, o.RunID = true, "me"
	if res := Load(t, p.Target, d.At(-1), o); res.There {
		t.Error("columns that are asked for now were not added")
	}
	p.want(t, "SELECT DISTINCT _df360_version, _df360_run FROM curated.t", "0|me")
}

func names(t *testing.T, p Place) {
	d := &Dataset{Name: "d", Lake: "a", Columns: Columns(t, `Größe "x"`, "BIGINT", "select", "VARCHAR", "ünï", "BOOLEAN", strings.Repeat("n", 63), "BIGINT")}
	d.Commits = []Commit{{SQL: "VALUES (1, 'a', true, 4)", Rows: 1}}
	o := Options(t, warehouse.Replace)
	o.Schema, o.Table = `My "Schema"`, `Tab.le ü`
	Load(t, p.Target, d.At(-1), o)
	if res := Load(t, p.Target, d.At(-1), o); !res.There {
		t.Errorf("%+v", res)
	}
	p.want(t, `SELECT "Größe ""x""", "select", "ünï", `+strings.Repeat("n", 63)+` FROM "My ""Schema"""."Tab.le ü"`, "1|a|true|4")
	d.Columns = Columns(t, "a", "BIGINT", "A", "BIGINT")
	p.fails(t, d.At(-1), Options(t, warehouse.Replace), fault.Schema, "differ only in case")
	d.Columns = Columns(t, "a\x00b", "BIGINT")
	p.fails(t, d.At(-1), Options(t, warehouse.Replace), fault.Schema, "NUL")
}

func dryRun(t *testing.T, p Place) {
	d := pair(t)
	d.Commits = []Commit{Numbers(0, 3, "a")}
	o := Options(t, warehouse.Replace)
	o.DryRun = true
	res := Load(t, p.Target, d.At(-1), o)
	if res.There || !res.Created || res.RowsRead != 3 || d.Opened > 0 {
		t.Errorf("%+v", res)
	}
	o.DryRun = false
	if res := Load(t, p.Target, d.At(-1), o); !res.Created {
		t.Errorf("%+v", res)
	}
	o.DryRun = true
	if res := Load(t, p.Target, d.At(-1), o); !res.There {
		t.Errorf("%+v", res)
	}
}

func indexes(t *testing.T, p Place) {
	if p.NoIndexes {
		indexesOfOthers(t, p)
		return
	}
	d := pair(t)
	d.Commits = []Commit{Numbers(0, 3, "a")}
	o := Options(t, warehouse.Replace)
	o.Objects.Indexes["t"] = []warehouse.Index{{Columns: []string{"v"}}, {Columns: []string{"id", "v"}, Unique: true}}
	res := Load(t, p.Target, d.At(-1), o)
	if !slices.Equal(res.Indexes, []string{"t_v_idx", "t_id_v_idx"}) {
		t.Error(res.Indexes)
	}
	if res := Load(t, p.Target, d.At(-1), o); len(res.Indexes) > 0 || !res.There {
		t.Errorf("%+v", res)
	}
	d.Commits = append(d.Commits, Numbers(3, 3, "a"))
	Load(t, p.Target, d.At(-1), o) // the same keys again, under the unique index
	p.want(t, "SELECT count(*) FROM curated.t", "6")
	o.Objects.Indexes["t"] = append(o.Objects.Indexes["t"], warehouse.Index{Columns: []string{"nope"}})
	res, err := p.Target.Load(t.Context(), d.At(-1), o)
	if res == nil || fault.CodeOf(err) != fault.Partial {
		t.Errorf("%+v, %v", res, err)
	}
}

// indexesOfOthers: where none are made, those that are there do no harm.
func indexesOfOthers(t *testing.T, p Place) {
	d := pair(t)
	d.Commits = []Commit{Numbers(0, 3, "a")}
	o := Options(t, warehouse.Replace)
	o.Objects.Indexes["t"] = []warehouse.Index{{Columns: []string{"v"}}}
	if res := Load(t, p.Target, d.At(-1), o); len(res.Indexes) > 0 {
		t.Errorf("%+v", res)
	}
	p.Do(t, "CREATE UNIQUE INDEX theirs ON curated.t (id, v)")
	d.Commits = append(d.Commits, Numbers(3, 3, "a"))
	Load(t, p.Target, d.At(-1), o) // the same keys again
	p.want(t, "SELECT count(*) FROM curated.t", "6")
}

// finish finishes, or ends the test.
func (p Place) finish(t *testing.T, o warehouse.Options) *warehouse.Finished {
	t.Helper()
	f, err := p.Target.Finish(t.Context(), o)
	if err != nil {
		t.Fatalf("finish: %v", err)
	}
	return f
}

func views(t *testing.T, p Place) {
	d := pair(t)
	d.Commits = []Commit{Numbers(0, 3, "a")}
	o := Options(t, warehouse.Replace)
	o.Objects.Views = []warehouse.View{
		{Name: "plain", SQL: "SELECT count(*) AS n FROM t;"},
		{Name: "stored", SQL: "SELECT v, count(*) AS n FROM t GROUP BY v", Materialized: true},
		{Name: "upon", SQL: "SELECT sum(n) AS n FROM stored", Materialized: true},
		{Name: "later", SQL: "SELECT * FROM other"},
	}
	o.Objects.Indexes["stored"] = []warehouse.Index{{Columns: []string{"v"}, Unique: true}}
	if f := p.finish(t, o); len(f.Made) > 0 { // nothing was loaded ever
		t.Errorf("%+v", f)
	}
	Load(t, p.Target, d.At(-1), o)
	f := p.finish(t, o)
	if !slices.Equal(f.Made, []string{"plain", "stored", "upon"}) || len(f.Refreshed) > 0 || !slices.Equal(f.Waiting, []string{"later"}) {
		t.Errorf("%+v", f)
	}
	d.Commits = append(d.Commits, Numbers(3, 2, "a"))
	Load(t, p.Target, d.At(-1), o)
	p.want(t, "SELECT n FROM curated.plain", "5")
	p.want(t, "SELECT n FROM curated.stored", "3")
	// The run was stopped before it came to the views; the next one catches up.
	Load(t, p.Target, d.At(-1), o)
	f = p.finish(t, o)
	if len(f.Made) > 0 || !slices.Equal(f.Refreshed, []string{"stored", "upon"}) || !slices.Equal(f.Waiting, []string{"later"}) {
		t.Errorf("%+v", f)
	}
	p.want(t, "SELECT n FROM curated.stored", "5")
	p.want(t, "SELECT n FROM curated.upon", "5")
	if f := p.finish(t, o); len(f.Made)+len(f.Refreshed) > 0 {
		t.Errorf("%+v", f)
	}
	o.Table = "other"
	Load(t, p.Target, d.At(-1), o)
	if f := p.finish(t, o); len(f.Made) != 1 || len(f.Refreshed) > 0 {
		t.Errorf("%+v", f)
	}
}

func viewsChange(t *testing.T, p Place) {
	d := pair(t)
	d.Commits = []Commit{Numbers(0, 3, "a")}
	o := Options(t, warehouse.Replace)
	Load(t, p.Target, d.At(-1), o)
	p.Do(t, "CREATE VIEW curated.theirs AS SELECT 1 AS n")
	for _, v := range []warehouse.View{
		{Name: "x", SQL: "SELECT count(*) AS n FROM t"},
		{Name: "x", SQL: "SELECT max(v) AS n FROM t"},
		{Name: "x", SQL: "SELECT max(v) AS n FROM t", Materialized: true},
		{Name: "x", SQL: "SELECT min(id) AS n FROM t", Materialized: true},
		{Name: "x", SQL: "SELECT min(id) AS n, 1 AS m FROM t"},
	} {
		o.Objects.Views = []warehouse.View{v, {Name: "theirs", SQL: "SELECT 2 AS n"}}
		if f := p.finish(t, o); len(f.Made) != 1 {
			t.Errorf("%s: %+v", v.SQL, f)
		}
	}
	p.want(t, "SELECT n, m FROM curated.x", "0|1")
	p.want(t, "SELECT n FROM curated.theirs", "1")
	o.Objects.Views = []warehouse.View{{Name: "x", SQL: "SELECT nope FROM t"}, {Name: "good", SQL: "SELECT 1 AS n"}}
	f, err := p.Target.Finish(t.Context(), o)
	if fault.CodeOf(err) != fault.Partial || !strings.Contains(err.Error(), "view x") || len(f.Made) != 1 {
		t.Errorf("%+v, %v", f, err)
	}
	p.want(t, "SELECT n, m FROM curated.x", "0|1") // the old one is still there
}

func viewDepends(t *testing.T, p Place) {
	d := pair(t)
	d.Commits = []Commit{Numbers(0, 3, "a")}
	o := Options(t, warehouse.Replace)
	Load(t, p.Target, d.At(-1), o)
	p.Do(t, "CREATE VIEW curated.mine AS SELECT id, v FROM curated.t")
	d.Grow(Columns(t, "more", "BIGINT")[0])
	d.Commits[0].SQL = "SELECT *, NULL FROM (" + d.Commits[0].SQL + ")"
	d.Commits = append(d.Commits, Commit{SQL: "VALUES (9, 'b', 1)", Rows: 1})
	Load(t, p.Target, d.At(-1), o)
	p.want(t, "SELECT count(*), max(id) FROM curated.mine", "4|9")
}

func look(t *testing.T, p Place) {
	d := pair(t)
	d.Commits = []Commit{Numbers(0, 3, "a")}
	o := Options(t, warehouse.Replace)
	if got, err := p.Target.Describe(t.Context(), "curated", "t"); got != nil || err != nil {
		t.Errorf("%+v, %v", got, err)
	}
	Load(t, p.Target, d.At(-1), o)
	got, err := p.Target.Describe(t.Context(), "curated", "t")
	if err != nil || len(got.Columns) != 2 || got.Columns[0].Name != "id" || len(got.Loads) != 1 || got.Loads[0].Rows != 3 {
		t.Errorf("%+v, %v", got, err)
	}
	list, err := p.Target.Relations(t.Context(), "curated")
	if err != nil || len(list) != 1 || list[0].Name != "t" || list[0].Kind != "table" || list[0].Rows == nil || *list[0].Rows != 3 {
		t.Errorf("%+v, %v", list, err)
	}
	if list, err := p.Target.Relations(t.Context(), ""); err != nil || len(list) != 3 { // the ledger's, too
		t.Errorf("%+v, %v", list, err)
	}
}

func empty(t *testing.T, p Place) {
	d := pair(t)
	d.Commits = []Commit{{}}
	if res := Load(t, p.Target, d.At(-1), Options(t, warehouse.Replace)); !res.Created || res.RowsWritten != 0 {
		t.Errorf("%+v", res)
	}
	p.want(t, "SELECT count(*) FROM curated.t", "0")
	if res := Load(t, p.Target, d.At(-1), Options(t, warehouse.Replace)); !res.There {
		t.Errorf("%+v", res)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stopped")
	cancel(stop)
	d.Commits = append(d.Commits, Numbers(0, 3, "a"))
	if res, err := p.Target.Load(ctx, d.At(-1), Options(t, warehouse.Replace)); res != nil || !errors.Is(err, stop) {
		t.Errorf("%+v, %v", res, err)
	}
	p.want(t, "SELECT count(*) FROM curated.t", "0")
}
