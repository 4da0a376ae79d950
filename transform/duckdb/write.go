package duckdb

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/sqltype"
	"github.com/kalpafall/df360/internal/unite"
	"github.com/kalpafall/df360/transform"
)

// rowGroup is how many rows a row group has: the engine's own unit, and small
// enough that a reader of one partition skips most of a file.
const rowGroup = 122880

// mostDictionary is how many different values of a column in a row group are
// worth a dictionary: where there are more, as in keys, looking for them costs
// more than the dictionary saves.
const mostDictionary = 10000

// hiveNull stands for NULL in a folder's name.
const hiveNull = "__HIVE_DEFAULT_PARTITION__"

// Write writes a view as Parquet files.
func (e *Engine) Write(ctx context.Context, w transform.Write) (*transform.Written, error) {
	columns, err := e.Columns(ctx, w.View)
	if err != nil {
		return nil, err
	}
	var items, unpartitioned []string // the second without the partition columns
	var plain, parts []unite.Column
	for _, c := range columns {
		item, t, err := lakeItem(c)
		if err != nil {
			return nil, err
		}
		if t.Kind == sqltype.Varchar && slices.ContainsFunc(w.PartitionBy, func(n string) bool { return strings.EqualFold(n, c.Name) }) {
			item = folderText(c.Name)
		}
		items = append(items, item)
		if c.Type = t.String(); !slices.ContainsFunc(w.PartitionBy, func(n string) bool { return strings.EqualFold(n, c.Name) }) {
			plain, unpartitioned = append(plain, c), append(unpartitioned, item)
		}
	}
	for _, name := range w.PartitionBy {
		c, err := partitionColumn(columns, name)
		if err != nil {
			return nil, err
		}
		parts = append(parts, c)
	}
	out := &transform.Written{Columns: append(plain, parts...)}
	if len(parts) == 0 {
		return out, e.writeFile(ctx, w, selectSQL(items, w), out)
	}
	split, err := e.split(ctx, w, parts)
	switch {
	case err != nil:
		return nil, err
	case split != nil:
		return out, split.write(ctx, unpartitioned, out)
	}
	return out, e.writePartitions(ctx, w, selectSQL(items, w), parts, out)
}

// folderText is a text column that folders are named by. The text that stands
// for NULL there is an error: its rows and those of NULL would be one.
func folderText(column string) string {
	name := duck.Ident(column)
	message := "partition_by: column " + column + " holds the text " + hiveNull + ", which stands for NULL in the names of folders"
	return "CASE WHEN " + name + " = " + duck.Literal(hiveNull) + " THEN error(" + duck.Literal(message) + ") ELSE " + name + " END AS " + name
}

// selectSQL reads what is written.
func selectSQL(items []string, w transform.Write, conditions ...string) string {
	query := "SELECT " + strings.Join(items, ", ") + " FROM " + duck.Ident(w.View)
	if len(conditions) > 0 {
		query += " WHERE " + strings.Join(conditions, " AND ")
	}
	if len(w.OrderBy) > 0 {
		query += " ORDER BY " + orderBy(w.OrderBy)
	}
	return query
}

// partitionColumn is a column that folders are named by: one whose values have
// one spelling.
func partitionColumn(columns []unite.Column, name string) (unite.Column, error) {
	i := slices.IndexFunc(columns, func(c unite.Column) bool { return strings.EqualFold(c.Name, name) })
	if i < 0 {
		return unite.Column{}, fault.New(fault.Internal, "partition column %s is not written", name)
	}
	c := columns[i]
	_, t, err := lakeItem(c)
	if err != nil {
		return c, err
	}
	switch t.Kind {
	case sqltype.Bigint, sqltype.Date, sqltype.Varchar, sqltype.Boolean:
		c.Type = t.String()
		return c, nil
	default:
		return c, fault.New(fault.Config, "partition_by: column %s is %s; whole numbers, dates and text can name folders", c.Name, t)
	}
}

func orderBy(order []transform.Order) string {
	parts := make([]string, len(order))
	for i, o := range order {
		parts[i] = o.String()
	}
	return strings.Join(parts, ", ")
}

// format are the options that every file is written with. Bloom filters would
// help few readers, and cost a tenth of the time.
func (e *Engine) format() string {
	return fmt.Sprintf("FORMAT parquet, COMPRESSION %s, ROW_GROUP_SIZE %d, DICTIONARY_SIZE_LIMIT %d, WRITE_BLOOM_FILTER false",
		e.compression, rowGroup, mostDictionary)
}

// writeFile writes one file.
func (e *Engine) writeFile(ctx context.Context, w transform.Write, query string, out *transform.Written) error {
	name := w.File
	if name == "" {
		name = "data"
	}
	path := filepath.Join(w.Dir, name+".part")
	rows, err := e.copy(ctx, query, path)
	if err != nil {
		return err
	}
	if rows == 0 && !w.Empty {
		return fault.OS(os.Remove(path), "remove %s", path)
	}
	out.Rows = rows
	out.Files = []transform.WrittenFile{{Path: path, Rows: rows}}
	return nil
}

// copy writes a query into one file and returns the rows.
func (e *Engine) copy(ctx context.Context, query, path string) (int64, error) {
	var rows int64
	err := e.s.QueryRow(ctx, fmt.Sprintf("COPY (%s) TO %s (%s)", query, duck.Literal(path), e.format()), &rows)
	return rows, err
}

// writePartitions lets the engine sort rows into folders.
func (e *Engine) writePartitions(ctx context.Context, w transform.Write, query string, parts []unite.Column, out *transform.Written) error {
	names := make([]string, len(parts))
	for i, c := range parts {
		names[i] = duck.Ident(c.Name)
	}
	rows, err := e.s.Query(ctx, fmt.Sprintf(
		"COPY (%s) TO %s (%s, PARTITION_BY (%s), WRITE_PARTITION_COLUMNS false, FILE_EXTENSION 'part', OVERWRITE_OR_IGNORE, RETURN_STATS)",
		query, duck.Literal(w.Dir), e.format(), strings.Join(names, ", ")))
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // everything was read, or the error is returned
	for rows.Next() {
		var f transform.WrittenFile
		var skipped any
		if err := rows.Scan(&f.Path, &f.Rows, &skipped, &skipped, &skipped, &skipped); err != nil {
			return fmt.Errorf("read what was written: %w", err)
		}
		f.Partition = partitionOf(strings.TrimPrefix(f.Path, w.Dir))
		out.Rows += f.Rows
		out.Files = append(out.Files, f)
	}
	return rows.Err()
}

// partitionOf reads the folders k=v of a path.
func partitionOf(path string) map[string]*string {
	out := map[string]*string{}
	folders := strings.Split(filepath.ToSlash(path), "/")
	for _, folder := range folders[:len(folders)-1] {
		k, v, ok := strings.Cut(folder, "=")
		if !ok {
			continue
		}
		if v == hiveNull {
			out[unescape(k)] = nil
			continue
		}
		value := unescape(v)
		out[unescape(k)] = &value
	}
	return out
}

func unescape(text string) string {
	if plain, err := url.PathUnescape(text); err == nil {
		return plain
	}
	return text
}
