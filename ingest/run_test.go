package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kalpafall/df360/ingest"
	"github.com/kalpafall/df360/ingest/columns"
	"github.com/kalpafall/df360/ingest/ingesttest"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/sqltype"
)

func want(t *testing.T, r *result, taken, rejected []string) {
	t.Helper()
	if r.err != nil {
		t.Fatal(r.err)
	}
	gotTaken, gotRejected := r.committed(t)
	if diff := cmp.Diff(taken, gotTaken); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(rejected, gotRejected); diff != "" {
		t.Errorf("rejected rows (-want +got):\n%s", diff)
	}
}

func failsWith(t *testing.T, r *result, code fault.Code, says string) {
	t.Helper()
	if fault.CodeOf(r.err) != code || !strings.Contains(fmt.Sprint(r.err), says) {
		t.Errorf("%s: %v; want %s: %s", fault.CodeOf(r.err), r.err, code, says)
	}
}

func TestRowsAreTakenInOrderOrRejectedWithTheirReason(t *testing.T) {
	t.Parallel()
	f := &fake{batches: [][]*ingest.Block{
		{rows(`{"id":1,"a":"x"}`, `oops`, `{"id":2}`), rows(`{"id":3,"a":null}`, `[1]`, `{"id":4,"id":5}`, `{"new":1, oops`)},
		{rows(`{"id":"six"}`, `{"id":7.0}`, `{"id":8,"b":true}`), rows(`{"id":9}`)},
	}}
	r := run(t, f, ingest.Options{})
	want(t, r,
		[]string{`{"id":1,"a":"x"}`, `{"id":2,"a":null}`, `{"id":3,"a":null}`, `{"id":7,"a":null,"b":null}`, `{"id":8,"a":null,"b":true}`, `{"id":9,"a":null,"b":null}`},
		[]string{
			"fake:2 | - | no valid JSON: unexpected 'o' at byte 1 | oops", "fake:2 | - | not a JSON object | [1]", `fake:3 | - | the key id is there twice | {"id":4,"id":5}`,
			`fake:4 | - | no valid JSON: 'o' where a member's name should be at byte 11 | {"new":1, oops`, `fake:1 | id | "six" is no BIGINT | {"id":"six"}`,
		})
	if r.report.Commits != 2 || f.done != 2 || len(r.report.Rejects) != 5 {
		t.Errorf("%+v, done %d", r.report, f.done)
	}
	if got := r.report.Wants["id"]; got == nil || got.Type.Kind != sqltype.Varchar || got.Rows != 1 {
		t.Errorf("wants %+v", got)
	}
	// A dataset that is whole takes nothing more.
	again := runInto(t, r.store, f, ingest.Options{})
	if again.err != nil || again.report.Commits != 0 {
		t.Errorf("again: %v, %+v", again.err, again.report)
	}
}

func TestManyBlocksKeepTheirOrder(t *testing.T) {
	t.Parallel()
	var blocks []*ingest.Block
	var taken []string
	for i := range 300 {
		value := fmt.Sprintf(`{"id":%d,"pad":"%s"}`, i, strings.Repeat("p", 40_000))
		blocks = append(blocks, rows(value))
		taken = append(taken, value)
	}
	r := run(t, &fake{batches: [][]*ingest.Block{blocks}}, ingest.Options{Threads: 4, MemoryLimit: 64 << 20})
	want(t, r, taken, nil)
}

func TestRowGroupsAreBounded(t *testing.T) {
	t.Parallel()
	values := make([]string, 300_000)
	for i := range values {
		values[i] = `{"a":1}`
	}
	f := &fake{batches: [][]*ingest.Block{{rows(values...), text("a", strings.Repeat("1\n", 300_000))}}}
	r := run(t, f, ingest.Options{})
	if r.err != nil || r.store.Commits[0].Counts.Written != 600_000 {
		t.Fatal(r.err)
	}
	sizes := metadata(t, r.store.Commits[0].Files[0])
	total := 0
	for _, rows := range sizes {
		total += rows
		if rows > 122_880 {
			t.Errorf("a row group of %d rows", rows)
		}
	}
	if total != 600_000 {
		t.Errorf("%d rows in %v", total, sizes)
	}
}

func TestCSVBlocks(t *testing.T) {
	t.Parallel()
	f := &fake{batches: [][]*ingest.Block{
		{text("id,Name,id", "1,a,2\n3,\"b\nb\",4\n5,c\n6,\"\",\n"), text("name,ID,x", "d,7,\ne,8,\n")},
		{text("id,name", "007,f\n12.0,g\n1.5,h\n\x00,i\n9,\xff\n\"x\"y,j\n10,k,l\n11,\n")},
	}}
	r := run(t, f, ingest.Options{})
	want(t, r,
		[]string{
			`{"id":1,"name":"a","id_2":2}`, `{"id":3,"name":"b\nb","id_2":4}`, `{"id":6,"name":"","id_2":null}`, `{"id":7,"name":"d","id_2":null}`, `{"id":8,"name":"e","id_2":null}`,
			`{"id":12,"name":"g","id_2":null}`, `{"id":11,"name":null,"id_2":null}`,
		},
		[]string{
			"fake.csv:5 | - | 2 fields where the header has 3 | 5,c", `fake.csv:2 | id | "007" is no BIGINT | 007,f`, `fake.csv:4 | id | "1.5" is no BIGINT | 1.5,h`,
			`fake.csv:5 | - | a text holds a NUL character | \x00,i`, `fake.csv:6 | - | the text is not UTF-8 | 9,\xff`, `fake.csv:7 | - | text behind the closing quote of a field | "x"y,j`,
			"fake.csv:8 | - | 3 fields where the header has 2 | 10,k,l",
		})
	if len(r.report.Renamed) == 0 {
		t.Error("nothing is said of the second id")
	}
}

func TestNewColumns(t *testing.T) {
	t.Parallel()
	first := []*ingest.Block{rows(`{"id":1}`)}
	for _, refetch := range []bool{false, true} {
		for _, c := range []struct {
			name   string
			o      ingest.Options
			second []*ingest.Block
			code   fault.Code
			taken  []string
		}{
			{
				"are added in the middle",
				ingest.Options{},
				[]*ingest.Block{rows(`{"id":2}`), rows(`{"id":3,"n":{"x":1}}`), rows(`{"id":4,"n":{"y":"z"}}`)},
				"",
				[]string{`{"id":1}`, `{"id":2,"n":null}`, `{"id":3,"n":{"x":1,"y":null}}`, `{"id":4,"n":{"x":null,"y":"z"}}`},
			},
			{"are left out", ingest.Options{OnNew: ingest.Ignore}, []*ingest.Block{rows(`{"id":2,"n":1}`)}, "", []string{`{"id":1}`, `{"id":2}`}},
			{"fail the run", ingest.Options{OnNew: ingest.Fail}, []*ingest.Block{rows(`{"id":2}`, `{"id":3,"n":1}`)}, fault.Schema, []string{`{"id":1}`}},
			{"of NULL are none", ingest.Options{OnNew: ingest.Fail}, []*ingest.Block{rows(`{"id":2,"n":null}`)}, "", []string{`{"id":1}`, `{"id":2}`}},
		} {
			o := c.o
			o.Refetch = refetch
			r := run(t, &fake{batches: [][]*ingest.Block{first, c.second}}, o)
			if c.code != "" {
				failsWith(t, r, c.code, "the column n is new")
				r.err = nil
			}
			t.Run(c.name, func(t *testing.T) { want(t, r, c.taken, nil) })
		}
	}
}

// A batch that changes while it is read begins again with the columns that the
// dataset has, wherever that happens.
func TestErrAgain(t *testing.T) {
	t.Parallel()
	first := []*ingest.Block{rows(`{"id":1,"at":"2025-01-01"}`)}
	second := []*ingest.Block{rows(`{"id":2}`), rows(`{"id":3,"n":"new"}`, `{"at":"text"}`), rows(`{"id":"void","ghost":1}`)}
	for pass := 1; pass <= 3; pass++ {
		for block := range 3 {
			f := &fake{batches: [][]*ingest.Block{first, second}, shrinks: true}
			failed := false
			f.fails = func(batch, p, b int) error {
				if batch == 1 && p == pass && b == block && !failed {
					failed = true
					return ingest.ErrAgain
				}
				return nil
			}
			r := run(t, f, ingest.Options{})
			taken := []string{`{"id":1,"at":"2025-01-01"}`, `{"id":2,"at":null,"n":null}`, `{"id":3,"at":null,"n":"new"}`}
			want(t, r, taken, []string{`fake:2 | at | "text" is no DATE | {"at":"text"}`})
			if !failed {
				t.Errorf("pass %d did not come to block %d", pass, block)
			}
		}
	}
}

func TestErrAgainInAFirstCommit(t *testing.T) {
	t.Parallel()
	for pass := 1; pass <= 2; pass++ {
		f := &fake{batches: [][]*ingest.Block{{rows(`{"id":1}`), rows(`{"id":"void"}`)}}, shrinks: true}
		failed := false
		f.fails = func(_, p, b int) error {
			if p == pass && b == 1 && !failed {
				failed = true
				return ingest.ErrAgain
			}
			return nil
		}
		r := run(t, f, ingest.Options{Declared: []columns.Field{{Key: "d", Name: "d", Type: sqltype.DecimalOf(4, 2)}}})
		want(t, r, []string{`{"d":null,"id":1}`}, nil)
	}
}

func TestErrorsOfTheSource(t *testing.T) {
	t.Parallel()
	for pass := 1; pass <= 2; pass++ {
		f := &fake{batches: [][]*ingest.Block{{rows(`{"id":1}`), rows(`{"id":2}`)}}}
		f.fails = func(_, p, b int) error {
			if p == pass && b == 1 {
				return errBroken
			}
			return nil
		}
		r := run(t, f, ingest.Options{})
		if !errors.Is(r.err, errBroken) || len(r.store.Commits) != 0 || f.done != 0 {
			t.Errorf("pass %d: %v, %d commits", pass, r.err, len(r.store.Commits))
		}
		f.fails = nil
		want(t, runInto(t, r.store, f, ingest.Options{}), []string{`{"id":1}`, `{"id":2}`}, nil)
	}
}

func TestErrorsOfTheStage(t *testing.T) {
	t.Parallel()
	// The folder is a file: nothing can be written below it, whoever runs this.
	dir := filepath.Join(t.TempDir(), "stage")
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*ingest.Block{"rows": rows(`{"id":1}`), "rejected rows": rows(`x`)} {
		f := &fake{batches: [][]*ingest.Block{{block}}}
		_, err := ingest.Run(context.Background(), stageIn{ingesttest.NewStore(t.TempDir()), dir}, f, ingest.Options{})
		if err == nil || fault.CodeOf(err) != fault.IO || !strings.Contains(err.Error(), "stage rows") {
			t.Errorf("%s: %s: %v", name, fault.CodeOf(err), err)
		}
	}
}

// stageIn is a store whose commits stage their files in a folder.
type stageIn struct {
	*ingesttest.Store
	dir string
}

func (s stageIn) Begin(ctx context.Context) (ingest.Txn, error) {
	txn, err := s.Store.Begin(ctx)
	return stagedTxn{txn, s.dir}, err
}

type stagedTxn struct {
	ingest.Txn
	dir string
}

func (s stagedTxn) Stage(bool) (string, error) { return s.dir, nil }

func TestErrorsOfTheCommit(t *testing.T) {
	t.Parallel()
	store := ingesttest.NewStore(t.TempDir())
	store.Before = func(ingest.Change) error { return errBroken }
	f := &fake{batches: [][]*ingest.Block{{rows(`{"id":1}`, `x`)}}}
	if r := runInto(t, store, f, ingest.Options{}); !errors.Is(r.err, errBroken) || f.done != 0 {
		t.Errorf("%v, done %d", r.err, f.done)
	}
	store.Before = nil
	want(t, runInto(t, store, f, ingest.Options{}), []string{`{"id":1}`}, []string{"fake:2 | - | no valid JSON: unexpected 'x' at byte 1 | x"})
}

func TestAnotherRunThatComesFirst(t *testing.T) {
	t.Parallel()
	store := ingesttest.NewStore(t.TempDir())
	moves := 0
	store.Before = func(ingest.Change) error {
		if moves++; moves <= 3 {
			return ingest.ErrMoved
		}
		return nil
	}
	f := &fake{batches: [][]*ingest.Block{{rows(`{"id":1}`)}}}
	want(t, runInto(t, store, f, ingest.Options{}), []string{`{"id":1}`}, nil)

	store.Before = func(ingest.Change) error { return ingest.ErrMoved }
	f.batches = append(f.batches, []*ingest.Block{rows(`{"id":2}`)})
	failsWith(t, runInto(t, store, f, ingest.Options{}), fault.Conflict, "other runs took the same rows")
}

func TestTheEndOfTheContext(t *testing.T) {
	t.Parallel()
	stop := errors.New("stop")
	for _, at := range []int{1, 2, 3, 4} {
		ctx, cancel := context.WithCancelCause(context.Background())
		calls := 0
		f := &fake{batches: [][]*ingest.Block{{rows(`{"id":1}`)}, {rows(`{"id":2}`), rows(`{"id":3}`)}}}
		f.fails = func(int, int, int) error {
			if calls++; calls == at {
				cancel(stop)
			}
			return nil
		}
		store := ingesttest.NewStore(t.TempDir())
		report, err := ingest.Run(ctx, store, f, ingest.Options{})
		r := &result{store: store, report: report}
		r.tidy(t)
		if !errors.Is(err, stop) || report.Commits != len(store.Commits) {
			t.Errorf("call %d: %v, %+v", at, err, report)
		}
		f.fails = nil
		want(t, runInto(t, store, f, ingest.Options{}), []string{`{"id":1}`, `{"id":2}`, `{"id":3}`}, nil)
		cancel(nil)
	}
}

func TestLimitsOfRejectedRows(t *testing.T) {
	t.Parallel()
	block := func() [][]*ingest.Block {
		return [][]*ingest.Block{{rows(`{"id":1}`, `x`, `{"id":2}`, `y`)}}
	}
	for _, c := range []struct {
		bound string
		ok    bool
	}{{"0", false}, {"1", false}, {"2", true}, {"49.9%", false}, {"50%", true}, {"0%", false}, {"100%", true}} {
		bound, err := ingest.ParseBound(c.bound)
		if err != nil {
			t.Fatal(err)
		}
		r := run(t, &fake{batches: block()}, ingest.Options{MaxRejects: bound})
		if c.ok != (r.err == nil) {
			t.Errorf("%s: %v", c.bound, r.err)
		}
		if !c.ok {
			failsWith(t, r, fault.ChecksFailed, "more than --max-rejects "+c.bound)
		}
	}
	r := run(t, &fake{batches: block()}, ingest.Options{FailOnReject: true})
	failsWith(t, r, fault.ChecksFailed, "fake:2: no valid JSON")
	// What was committed before stays.
	f := &fake{batches: [][]*ingest.Block{{rows(`{"id":1}`)}, {rows(`{"id":2}`, `x`)}}}
	r = run(t, f, ingest.Options{FailOnReject: true})
	failsWith(t, r, fault.ChecksFailed, "fake:2")
	r.err = nil
	want(t, r, []string{`{"id":1}`}, nil)
}

func TestBounds(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"0": "0", "100": "100", "2%": "2%", "2.5%": "2.5%"} {
		if b, err := ingest.ParseBound(text); err != nil || b.String() != want {
			t.Errorf("%s: %s, %v", text, b, err)
		}
	}
	for _, text := range []string{"", "-1", "1.5", "101%", "-1%", "%", "NaN%", "many"} {
		if _, err := ingest.ParseBound(text); fault.CodeOf(err) != fault.Usage {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestColumnsOfTheSource(t *testing.T) {
	t.Parallel()
	f := &fake{columns: []ingest.Column{{Name: "_key", Type: "VARCHAR"}, {Name: "_extra", Type: "VARCHAR"}}}
	block := func(extra string, values ...string) *ingest.Block {
		b := rows(values...)
		keys := make([]string, len(values))
		for i := range keys {
			keys[i] = fmt.Sprintf("k%d", i)
		}
		b.Meta = append(b.Meta, texts(keys...), texts(append(make([]string, len(values)-1), extra)...))
		return b
	}
	poison := block("", `{"id":3}`, `x`, `{"id":4}`)
	poison.Unfit = map[int]*columns.Misfit{2: {Reason: "unfit", Column: "id"}}
	tombstone := block("", `{"id":5}`, ``)
	tombstone.Values[1] = nil
	bare := &ingest.Block{Rows: 2, Meta: poison.Meta[:1], Origin: poison.Origin, Unfit: map[int]*columns.Misfit{0: {Reason: "bare"}}}
	f.batches = [][]*ingest.Block{{block("", `{"id":1,"_key":"mine"}`, `{"id":2}`)}, {poison, tombstone, block("e", `{"id":6}`), bare}}
	for _, refetch := range []bool{false, true} {
		r := run(t, f, ingest.Options{Refetch: refetch})
		want(t, r,
			[]string{
				`{"id":1,"_key_2":"mine","_key":"k0"}`, `{"id":2,"_key_2":null,"_key":"k1"}`, `{"id":3,"_key_2":null,"_key":"k0","_extra":null}`, `{"id":5,"_key_2":null,"_key":"k0","_extra":null}`,
				`{"id":null,"_key_2":null,"_key":"k1","_extra":null}`, `{"id":6,"_key_2":null,"_key":"k0","_extra":"e"}`, `{"id":null,"_key_2":null,"_key":"k1","_extra":null}`,
			},
			[]string{"fake:2 | - | no valid JSON: unexpected 'x' at byte 1 | x", `fake:3 | id | unfit | {"id":4}`, "fake:1 | - | bare | "})
		keys := query(t, r.store.Commits[1].Rejected, "concat_ws(' ', _key, coalesce(_extra, '-'))")
		if diff := cmp.Diff([]string{"k1 -", "k2 -", "k0 -"}, keys); diff != "" {
			t.Errorf("keys of rejected rows (-want +got):\n%s", diff)
		}
	}
}

func TestLongTexts(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ü", 60)
	f := &fake{batches: [][]*ingest.Block{
		{rows(`{"a":"`+strings.Repeat("y", 100)+`"}`, `{"a": "`+long+`"}`, `{"`+long+`":1}`, `{"a":"x","b":"`+strings.Repeat("z", 80)+`","c":"`+strings.Repeat("z", 80)+`"}`)},
		{text("a,b,c", long+",x,y\nz,\""+strings.Repeat("q", 101)+"\",\n")},
	}}
	r := run(t, f, ingest.Options{MaxField: 100})
	if r.err != nil {
		t.Fatal(r.err)
	}
	_, rejected := r.committed(t)
	if len(rejected) != 4 {
		t.Fatalf("%q", rejected)
	}
	for _, reject := range rejected {
		if !strings.Contains(reject, "a text of more than 100 bytes (only the beginning of its text is kept)") || strings.Contains(reject, `\x`) {
			t.Errorf("%q", reject)
		}
	}
	if ingest.Replayable("a text of more than 100 bytes (only the beginning of its text is kept)") {
		t.Error("half a text can be read again")
	}
}

// Defects of a worker are errors, not the end of the process.
func TestPanicsAreErrors(t *testing.T) {
	t.Parallel()
	bad := rows(`x`)
	bad.Origin = nil
	failsWith(t, run(t, &fake{batches: [][]*ingest.Block{{bad}}}, ingest.Options{}), fault.Internal, "a defect of df360")
}

func TestProgressWithoutRows(t *testing.T) {
	t.Parallel()
	f := &fake{batches: [][]*ingest.Block{{}}}
	done := 0
	store := ingesttest.NewStore(t.TempDir())
	o := ingest.Options{CommitEmpty: true, Done: func(context.Context) { done++ }}
	if r := runInto(t, store, f, o); r.err != nil || r.report.Commits != 1 || len(store.Commits[0].Files) != 0 || done != 1 {
		t.Errorf("%v, %+v", r.err, r.report)
	}
}

func TestReadableTextsOfAnyBytes(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"": "", "a\\b": "a\\b", "ü": "ü", "a\x00\\": `a\x00\\`, "\xffü\\x": `\xffü\\x`, "�": "�"} {
		if got := string(ingest.Readable([]byte(in))); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
