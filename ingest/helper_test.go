package ingest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/kalpafall/df360/ingest"
	"github.com/kalpafall/df360/ingest/columns"
	"github.com/kalpafall/df360/ingest/csv"
	"github.com/kalpafall/df360/ingest/ingesttest"
	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/parquetfile"
	"github.com/kalpafall/df360/internal/sqltype"
)

var errBroken = errors.New("broken")

// fake is a source whose batches are lists of blocks.
type fake struct {
	batches [][]*ingest.Block
	columns []ingest.Column
	// fails is asked before each block is yielded: pass counts the reads of the
	// batch from 1.
	fails   func(batch, pass, block int) error
	shrinks bool // what is read after ErrAgain is without its last block

	reads []bool // again, of each Read
	next  int    // calls of Next
	done  int
}

func (f *fake) Name() string { return "fake" }

func (f *fake) Columns() []ingest.Column { return f.columns }

func (f *fake) Close() error { return nil }

func (f *fake) Next(_ context.Context, progress json.RawMessage) (ingest.Batch, error) {
	f.next++
	var at struct{ Next int }
	if len(progress) > 0 {
		if err := json.Unmarshal(progress, &at); err != nil {
			return nil, err
		}
	}
	if at.Next >= len(f.batches) {
		return nil, nil
	}
	return &fakeBatch{f: f, at: at.Next, blocks: f.batches[at.Next]}, nil
}

type fakeBatch struct {
	f      *fake
	at     int
	pass   int
	blocks []*ingest.Block
}

func (b *fakeBatch) Read(ctx context.Context, again bool, yield func(*ingest.Block) error) error {
	b.pass++
	b.f.reads = append(b.f.reads, again)
	for i, block := range b.blocks {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if b.f.fails != nil {
			if err := b.f.fails(b.at, b.pass, i); err != nil {
				if b.f.shrinks {
					b.blocks = b.blocks[:len(b.blocks)-1]
				}
				return err
			}
		}
		if err := yield(block); err != nil {
			return err
		}
	}
	return nil
}

func (b *fakeBatch) Progress() (any, error) { return map[string]int{"Next": b.at + 1}, nil }

// rows are a block of JSON rows.
func rows(values ...string) *ingest.Block {
	b := &ingest.Block{Rows: len(values), Origin: func(row int) string { return fmt.Sprintf("fake:%d", row+1) }}
	for _, v := range values {
		b.Values = append(b.Values, []byte(v))
	}
	return b
}

// text is a block of CSV.
func text(header, data string) *ingest.Block {
	d := csv.Dialect{Delimiter: ',', Quote: '"', EOL: '\n'}
	return &ingest.Block{CSV: &ingest.Text{
		Dialect: d, Header: &ingest.Header{Names: strings.Split(header, ",")}, Data: []byte(data),
		Origin: func(at int) string { return fmt.Sprintf("fake.csv:%d", 2+strings.Count(data[:at], "\n")) },
	}}
}

// texts are values of a column of the source.
func texts(values ...string) parquetfile.Values {
	m := columns.NewMeta(sqltype.Of(sqltype.Varchar))
	for _, v := range values {
		if v == "" {
			m.Null(1)
		} else {
			m.Text([]byte(v))
		}
	}
	return m.Values()
}

// result is a run over a dataset in a folder.
type result struct {
	store  *ingesttest.Store
	report ingest.Report
	err    error
}

func run(t *testing.T, f *fake, o ingest.Options) *result {
	t.Helper()
	return runInto(t, ingesttest.NewStore(t.TempDir()), f, o)
}

func runInto(t *testing.T, store *ingesttest.Store, f *fake, o ingest.Options) *result {
	t.Helper()
	r := &result{store: store}
	if o.Threads == 0 {
		o.Threads = 2
	}
	done := o.Done
	o.Done = func(ctx context.Context) {
		f.done++
		if done != nil {
			done(ctx)
		}
	}
	r.report, r.err = ingest.Run(context.Background(), store, f, o)
	r.tidy(t)
	return r
}

// tidy checks that the folder holds nothing but what was committed, and that
// counts add up.
func (r *result) tidy(t *testing.T) {
	t.Helper()
	var want []string
	for _, c := range r.store.Commits {
		want = append(want, c.Files...)
		want = append(want, c.Rejected...)
		if c.Counts.Read != c.Counts.Written+c.Counts.Rejected+c.Counts.Duplicate {
			t.Errorf("counts do not add up: %+v", c.Counts)
		}
	}
	var got []string
	err := filepath.WalkDir(r.store.Dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			got = append(got, path)
		}
		return err
	})
	slices.Sort(want)
	slices.Sort(got)
	if err != nil || !slices.Equal(want, got) {
		t.Errorf("the folder holds %q, committed were %q (%v)", got, want, err)
	}
}

// committed are all rows of the dataset as JSON, without the columns that every
// row has; of the rejected ones their origin, column, reason and text.
func (r *result) committed(t *testing.T) (taken, rejected []string) {
	t.Helper()
	for _, c := range r.store.Commits {
		taken = append(taken, query(t, c.Files, "to_json(COLUMNS(* EXCLUDE (_ingestion_timestamp, _source)))")...)
		rejected = append(rejected, query(t, c.Rejected, "concat_ws(' | ', _origin, coalesce(_column, '-'), _reason, _raw)")...)
	}
	return taken, rejected
}

func query(t *testing.T, files []string, item string) []string {
	t.Helper()
	if len(files) == 0 {
		return nil
	}
	s, err := duck.Open(context.Background(), duck.Options{TempDir: t.TempDir(), Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	from := "read_parquet(" + duck.Files(files) + ", hive_partitioning = false)"
	if strings.HasPrefix(item, "to_json(COLUMNS") {
		item = "to_json(r)"
		from = "(SELECT * EXCLUDE (_ingestion_timestamp, _source) FROM " + from + ") r"
	}
	found, err := s.Query(context.Background(), "SELECT CAST("+item+" AS VARCHAR) FROM "+from)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = found.Close() }()
	var out []string
	for found.Next() {
		var row string
		if err := found.Scan(&row); err != nil {
			t.Fatal(err)
		}
		out = append(out, row)
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// metadata are the numbers of rows of a file's row groups.
func metadata(t *testing.T, file string) []int {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	p, err := parquet.OpenFile(f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	var out []int
	for _, g := range p.RowGroups() {
		out = append(out, int(g.NumRows()))
	}
	return out
}
