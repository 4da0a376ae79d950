package lake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/sqltype"
	"github.com/kalpafall/df360/internal/unite"
)

// adoptable refuses a folder that belongs to another table format.
func (l *Lake) adoptable(snap *Snapshot) error {
	_, err := l.s.stat(path.Join(snap.dir(), deltaDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fault.OS(err, "look at %s", snap.dir())
	}
	return fault.New(fault.Conflict, "dataset %s is a Delta table of another tool: df360 does not write into it", snap.Ref).
		WithHint("write into a dataset of another name; reading it stays possible")
}

// vacant refuses to make a companion where another tool has files.
func (l *Lake) vacant(ref Ref) error {
	snap, err := l.foreign(ref)
	if err != nil {
		return err
	}
	_, err = l.s.stat(path.Join(ref.dir(), deltaDir))
	if snap == nil && errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return fault.New(fault.Conflict, "folder %s holds files of another tool, and df360 writes a companion there", ref.dir()).
		WithHint("move the folder away, or write into a dataset of another name")
}

// longestAdopted is the longest file name, in bytes, that is adopted: a pinned
// or kept file's name is longer, and file systems end at 255.
const longestAdopted = 240

// commitAdoption commits the files that another tool made as version 0, so
// that the change is one on top of it. Nothing is adopted for a change that
// could not be committed then; where another run came first, the change is
// asked to rebase as on any other.
func (t *Txn) commitAdoption(ctx context.Context, c *Change, staged map[string][]stagedFile) error {
	adoption, err := t.adoption(ctx)
	if err != nil {
		return err
	}
	if err := t.tryOn(adoption, *c, staged); err != nil {
		return err
	}
	landed, err := t.put(adoption)
	if err != nil {
		return err
	}
	t.adopt = nil
	if err := t.refresh(); err != nil {
		return err
	}
	if landed && t.base.CommitID == adoption.CommitID {
		return nil
	}
	return t.rebase(ctx, c)
}

// tryOn builds the change's record on top of the adoption's, to see that it can
// be.
func (t *Txn) tryOn(adoption *Record, c Change, staged map[string][]stagedFile) error {
	before := t.base
	defer func() { t.base = before }()
	t.base = before.clone()
	if err := t.base.apply(adoption); err != nil {
		return err
	}
	_, err := t.record(c, staged)
	return err
}

// adoption is the record that adopts the files of the folder, made durable:
// they must be those that Begin saw.
func (t *Txn) adoption(ctx context.Context) (*Record, error) {
	snap, err := t.l.foreign(t.ref)
	if err != nil {
		return nil, err
	}
	if snap == nil || !sameFiles(snap.Files, t.adopt.Files) {
		return nil, fault.New(fault.Conflict, "another tool has changed the files of %s meanwhile", t.ref).
			WithHint("nothing of this run was kept; run the command again when the other tool is done")
	}
	if err := t.l.Inspect(snap); err != nil {
		return nil, err
	}
	add := make([]AddFile, len(snap.Files))
	err = parallel(len(snap.Files), func(i int) (err error) {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		add[i], err = t.adoptFile(snap, snap.Files[i])
		return err
	})
	if err != nil {
		return nil, err
	}
	change := Change{
		Operation: OpAdopt, Counts: Counts{Read: snap.Rows, Written: snap.Rows},
		Datasets: map[string]DatasetChange{
			t.ref.Name: {Schema: snap.Schema, PartitionBy: snap.PartitionBy, add: add, settled: true, odd: snap.odd},
		},
	}
	r, err := t.record(change, nil)
	if err != nil {
		return nil, err
	}
	r.CommitID = randomHex(16)
	return r, nil
}

func sameFiles(a, b []File) bool {
	return slices.EqualFunc(a, b, func(x, y File) bool {
		return x.Path == y.Path && x.Bytes == y.Bytes && x.ModTime.Equal(y.ModTime)
	})
}

// adoptFile makes a file durable and describes it. Statistics of other tools'
// footers are not taken over: some lack what Delta readers rely on.
func (t *Txn) adoptFile(snap *Snapshot, f File) (AddFile, error) {
	name := path.Join(snap.dir(), f.Path)
	if !utf8.ValidString(name) || len(path.Base(name)) > longestAdopted {
		return AddFile{}, fault.New(fault.Schema, "file %q cannot be adopted: its name is too long or not UTF-8", name).
			WithHint("rename it")
	}
	if err := t.l.s.syncFile(name); err != nil {
		return AddFile{}, fault.OS(err, "sync %s", name)
	}
	d, err := t.l.describe(name)
	if err != nil {
		return AddFile{}, err
	}
	if d.rows != f.Rows || d.bytes != f.Bytes {
		return AddFile{}, fault.New(fault.Conflict, "another tool is changing file %s", name).
			WithHint("run the command again when the other tool is done")
	}
	return AddFile{Path: f.Path, Rows: d.rows, Bytes: d.bytes, SHA256: d.sha256, Partition: f.Partition}, nil
}

// Inspect fills in what a foreign snapshot does not have from records: the
// rows and statistics of each file, the partition columns and the columns,
// united by name.
func (l *Lake) Inspect(snap *Snapshot) error {
	if !snap.Foreign {
		return nil
	}
	fts, err := l.footers(snap)
	if err != nil {
		return err
	}
	snap.Rows = 0
	for i, ft := range fts {
		snap.Files[i].Rows, snap.Files[i].Stats = ft.rows, ft.stats
		snap.Rows += ft.rows
	}
	if err := snap.uniteColumns(fts); err != nil {
		return fmt.Errorf("columns of %s: %w", snap.Ref, err)
	}
	snap.partitionByFolders()
	return nil
}

// uniteColumns makes the schema of files of another tool: all their columns by
// name, with the lake types that they are read as. A column that no file has a
// type for stays without one, so that the first rows can bring it.
func (s *Snapshot) uniteColumns(fts []*footer) error {
	files := make([]unite.File, len(fts))
	typed := map[string]bool{}
	for i, ft := range fts {
		files[i].Name = s.Files[i].Path
		for _, c := range ft.columns {
			files[i].Columns = append(files[i].Columns, unite.Column{Name: c.Name, Type: c.Type})
			if c.Type != string(sqltype.Null) {
				typed[strings.ToLower(c.Name)] = true
			}
		}
	}
	rel, err := unite.Unite(files, unite.Options{Lenient: true})
	if err != nil {
		return err
	}
	s.Schema = make([]Column, len(rel.Columns))
	types := map[string]string{}
	for i, c := range rel.Columns {
		if !typed[strings.ToLower(c.Name)] {
			c.Type = string(sqltype.Null)
		}
		s.Schema[i] = Column{Name: c.Name, Type: c.Type, Nullable: true}
		types[c.Name] = c.Type
	}
	for _, f := range files {
		for _, c := range f.Columns {
			t, err := sqltype.Parse(c.Type)
			s.odd = s.odd || err != nil || !t.IsLake() || types[c.Name] != t.String()
		}
	}
	return nil
}

// partitionByFolders takes the Hive folders of a foreign dataset as columns
// where every file has the same ones and no file has such a column itself. The
// folders of raw are layout only.
func (s *Snapshot) partitionByFolders() {
	if s.Layer == Raw || len(s.Files) == 0 {
		return
	}
	keys, _ := hiveValues(s.Files[0].Path)
	if len(keys) == 0 {
		return
	}
	for _, c := range s.Schema {
		if slices.Contains(keys, c.Name) {
			return
		}
	}
	values := make([]map[string]*string, len(s.Files))
	for i, f := range s.Files {
		k, v := hiveValues(f.Path)
		if !slices.Equal(k, keys) {
			return
		}
		values[i] = v
	}
	s.PartitionBy = keys
	for i := range s.Files {
		s.Files[i].Partition = values[i]
	}
	for _, k := range keys {
		s.Schema = append(s.Schema, Column{Name: k, Type: folderType(values, k), Nullable: true})
	}
}

// folderType is the type that all values of a partition folder have.
func folderType(values []map[string]*string, key string) string {
	integer := regexp.MustCompile(`^-?(0|[1-9][0-9]{0,17})$`)
	integers, dates, some := true, true, false
	for _, v := range values {
		if text := v[key]; text != nil {
			some = true
			integers = integers && integer.MatchString(*text)
			_, err := time.Parse(time.DateOnly, *text)
			dates = dates && err == nil
		}
	}
	switch {
	case some && integers:
		return "BIGINT"
	case some && dates:
		return "DATE"
	}
	return "VARCHAR"
}
