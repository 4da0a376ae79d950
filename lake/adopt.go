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

// commitAdoption commits the files that another tool made as version 0, so
// that the commit to come is one on top of it.
func (t *Txn) commitAdoption(ctx context.Context) error {
	snap := t.adopt
	if err := t.l.Inspect(snap); err != nil {
		return err
	}
	add := make([]AddFile, len(snap.Files))
	err := parallel(len(snap.Files), func(i int) error {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		f := snap.Files[i]
		size, sum, err := t.l.hash(path.Join(snap.dir(), f.Path))
		add[i] = AddFile{Path: f.Path, Rows: f.Rows, Bytes: size, SHA256: sum, Partition: f.Partition, Stats: f.Stats}
		return err
	})
	if err != nil {
		return err
	}
	change := Change{
		Operation: OpAdopt, Counts: Counts{Read: snap.Rows, Written: snap.Rows},
		Datasets: map[string]DatasetChange{
			t.ref.Name: {Schema: snap.Schema, PartitionBy: snap.PartitionBy, add: add, settled: true, odd: snap.odd},
		},
	}
	r, err := t.record(change, nil)
	if err != nil {
		return err
	}
	r.CommitID = randomHex(16)
	if _, err := t.put(r); err != nil { // another run may have been first: that is fine, too
		return err
	}
	t.committed, t.adopt = false, nil
	return t.refresh()
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
	date := regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)
	integers, dates, some := true, true, false
	for _, v := range values {
		if text := v[key]; text != nil {
			some = true
			integers = integers && integer.MatchString(*text)
			dates = dates && date.MatchString(*text)
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
