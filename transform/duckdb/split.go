package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/sqltype"
	"github.com/kalpafall/df360/internal/unite"
	"github.com/kalpafall/df360/transform"
)

// Writing one partition after the other, each from the row groups that may have
// rows of it, costs less than letting the engine sort all rows into folders: as
// long as partitions are large, and row groups have rows of few of them.
const (
	leastRows    = 1000000 // of the input
	leastPerPart = 200000  // of a partition, on average
	mostRead     = 1.5     // how often a row is read, on average
)

// partition is one partition of the output.
type partition struct {
	values    []sql.NullString // of the partition columns
	low, high sql.NullInt64    // of the column that partitions run along
	rows      int64
	valued    int64 // rows that have a value in it
}

// group is a row group of the input.
type group struct {
	file      string
	rows      int64
	low, high sql.NullInt64
	nulls     sql.NullInt64
}

// has reports whether a row group may have rows of a partition. What its
// statistics do not tell, it may have.
func (g group) has(p partition) bool {
	if p.valued < p.rows && (!g.nulls.Valid || g.nulls.Int64 > 0) {
		return true
	}
	if !p.low.Valid || g.nulls.Valid && g.nulls.Int64 == g.rows {
		return false
	}
	return !g.low.Valid || !g.high.Valid || g.high.Int64 >= p.low.Int64 && g.low.Int64 <= p.high.Int64
}

// splitter writes partitions one after the other.
type splitter struct {
	e     *Engine
	w     transform.Write
	src   transform.Source
	kind  sqltype.Kind
	parts []unite.Column
	all   []partition
	files [][]int // of each partition: the files that may have rows of it
}

// split prepares writing partitions one after the other; nil is a case for
// which that is not worth it.
func (e *Engine) split(ctx context.Context, w transform.Write, parts []unite.Column) (*splitter, error) {
	if w.Split == nil {
		return nil, nil //nolint:nilnil // documented
	}
	src, ok := e.sources[w.Split.View]
	if !ok || src.Rows < leastRows || !src.Relation.AsStored(w.Split.Column, src.Files) {
		return nil, nil //nolint:nilnil // documented
	}
	s := &splitter{e: e, w: w, src: src, kind: src.Relation.Type(w.Split.Column).Kind, parts: parts}
	for _, step := range w.Split.Steps {
		if err := e.Step(ctx, step); err != nil {
			return nil, err
		}
	}
	if err := s.partitions(ctx); err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		// Rows that the rules drop may have values that the type's expressions
		// fail on: the engine sorts the rows that stay, then.
		return nil, nil //nolint:nilnil // documented
	}
	if int64(len(s.all))*leastPerPart > src.Rows {
		return nil, nil //nolint:nilnil // documented
	}
	groups, err := s.groups(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the statistics of the input: %w", err)
	}
	if float64(s.assign(groups)) > mostRead*float64(src.Rows) {
		return nil, nil //nolint:nilnil // documented
	}
	return s, nil
}

// ordinal is a value of the column as a whole number that keeps its order.
func (s *splitter) ordinal(expr string) string {
	switch s.kind {
	case sqltype.Date:
		return "(CAST(" + expr + " AS DATE) - DATE '1970-01-01')"
	case sqltype.Timestamp:
		return "epoch_us(" + expr + ")"
	default:
		return expr
	}
}

// value is the value of an ordinal, as SQL of the column's own type.
func (s *splitter) value(n int64) string {
	switch s.kind {
	case sqltype.Date:
		return fmt.Sprintf("(DATE '1970-01-01' + CAST(%d AS INTEGER))", n)
	case sqltype.Timestamp:
		return fmt.Sprintf("make_timestamptz(%d)", n)
	default:
		return fmt.Sprint(n)
	}
}

func (s *splitter) partitions(ctx context.Context) error {
	items := make([]string, len(s.parts))
	for i, c := range s.parts {
		items[i] = "CAST(" + duck.Ident(c.Name) + " AS VARCHAR)"
	}
	rows, err := s.e.s.Query(ctx, fmt.Sprintf("SELECT %s, %s, df360_rows, df360_values, %s FROM %s ORDER BY ALL",
		s.ordinal("df360_low"), s.ordinal("df360_high"), strings.Join(items, ", "), s.w.Split.Partitions))
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // everything was read, or the error is returned
	for rows.Next() {
		p := partition{values: make([]sql.NullString, len(s.parts))}
		dest := []any{&p.low, &p.high, &p.rows, &p.valued}
		for i := range p.values {
			dest = append(dest, &p.values[i])
		}
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		s.all = append(s.all, p)
	}
	return rows.Err()
}

// groups are the row groups of the input, by the footers of its files.
func (s *splitter) groups(ctx context.Context) ([]group, error) {
	paths := make([]string, len(s.src.Files))
	for i, f := range s.src.Files {
		paths[i] = s.src.Relation.Path(f)
	}
	typ := s.src.Relation.Type(s.w.Split.Column)
	rows, err := s.e.s.Query(ctx, fmt.Sprintf("SELECT file_name, row_group_num_rows, stats_null_count, %s, %s FROM parquet_metadata(%s) WHERE path_in_schema = %s",
		s.ordinal("TRY_CAST(stats_min_value AS "+typ.String()+")"), s.ordinal("TRY_CAST(stats_max_value AS "+typ.String()+")"),
		duck.Files(paths), duck.Literal(s.w.Split.Column)))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // everything was read, or the error is returned
	var out []group
	for rows.Next() {
		var g group
		if err := rows.Scan(&g.file, &g.rows, &g.nulls, &g.low, &g.high); err != nil {
			return nil, err
		}
		out = append(out, g)
	}
	return out, rows.Err()
}

// assign finds the files of each partition, and says how many rows are read to
// write all partitions. A group whose statistics are not known may have rows of
// any.
func (s *splitter) assign(groups []group) int64 {
	index := map[string]int{}
	for _, f := range s.src.Files {
		index[s.src.Relation.Path(f)] = f
	}
	var read int64
	for _, p := range s.all {
		mine := map[int]bool{}
		for _, g := range groups {
			if !g.has(p) {
				continue
			}
			read += g.rows
			mine[index[g.file]] = true
		}
		var files []int
		for _, f := range s.src.Files {
			if mine[f] {
				files = append(files, f)
			}
		}
		s.files = append(s.files, files)
	}
	return read
}

// write writes one partition after the other. The view that rows come from is
// narrowed to each of them meanwhile.
func (s *splitter) write(ctx context.Context, items []string, out *transform.Written) error {
	for i, p := range s.all {
		src := transform.Source{Relation: s.src.Relation, Files: s.files[i]}
		if err := s.e.define(ctx, s.w.Split.View, "VIEW", sourceSQL(src, s.range_(p))); err != nil {
			return err
		}
		file, err := s.writeOne(ctx, items, p)
		if err != nil {
			return err
		}
		if file.Rows > 0 {
			out.Files = append(out.Files, file)
			out.Rows += file.Rows
		}
	}
	return s.e.define(ctx, s.w.Split.View, "VIEW", SourceSQL(s.src))
}

// range_ is the condition that a row of the input may be of a partition.
func (s *splitter) range_(p partition) string {
	name := duck.Ident(s.w.Split.Column)
	null := name + " IS NULL"
	if !p.low.Valid {
		return null
	}
	within := name + " BETWEEN " + s.value(p.low.Int64) + " AND " + s.value(p.high.Int64)
	if p.valued < p.rows {
		return "(" + within + " OR " + null + ")"
	}
	return within
}

func (s *splitter) writeOne(ctx context.Context, items []string, p partition) (transform.WrittenFile, error) {
	file := transform.WrittenFile{Partition: map[string]*string{}}
	dir := s.w.Dir
	var conditions []string
	for i, c := range s.parts {
		name, v := duck.Ident(c.Name), p.values[i]
		if !v.Valid {
			dir = filepath.Join(dir, escape(c.Name)+"="+hiveNull)
			file.Partition[c.Name] = nil
			conditions = append(conditions, name+" IS NULL")
			continue
		}
		dir = filepath.Join(dir, escape(c.Name)+"="+escape(v.String))
		file.Partition[c.Name] = &v.String
		conditions = append(conditions, name+" = CAST("+duck.Literal(v.String)+" AS "+c.Type+")")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // as readable as the data
		return file, fault.OS(err, "make folder %s", dir)
	}
	file.Path = filepath.Join(dir, "data.part")
	var err error
	file.Rows, err = s.e.copy(ctx, selectSQL(items, s.w, conditions...), file.Path)
	if err == nil && file.Rows == 0 {
		err = fault.OS(os.Remove(file.Path), "remove %s", file.Path)
	}
	return file, err
}

// escape is a text as part of a folder's name.
func escape(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }
