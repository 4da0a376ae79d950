package lake

import (
	"fmt"
	"strings"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/sqltype"
)

// settleSchema is the schema that a dataset has after a change: what the
// change says, else what its files say, checked against what was there.
func settleSchema(c DatasetChange, before *datasetState, staged []stagedFile) ([]Column, error) {
	columns := c.Schema
	if columns == nil {
		var err error
		if columns, err = stagedColumns(staged); err != nil {
			return nil, err
		}
		if columns == nil {
			columns = before.Schema
		}
	}
	columns, err := canonicalSchema(columns)
	if err != nil {
		return nil, err
	}
	if c.settled { // an older version's, or another tool's
		return columns, nil
	}
	if err := checkColumns(columns); err != nil {
		return nil, err
	}
	if err := checkDeltaNames(columns, before); err != nil {
		return nil, err
	}
	for _, f := range staged {
		if err := checkFile(columns, c.PartitionBy, f); err != nil {
			return nil, err
		}
	}
	if c.Replace || len(before.Files) == 0 {
		return columns, nil
	}
	return columns, checkGrowth(before.Schema, columns)
}

// stagedColumns are the columns of the staged files, which must agree.
func stagedColumns(staged []stagedFile) ([]Column, error) {
	if len(staged) == 0 {
		return nil, nil
	}
	first := staged[0].columns
	for _, f := range staged[1:] {
		if err := checkFile(first, nil, f); err != nil {
			return nil, err
		}
	}
	return first, nil
}

// checkColumns refuses columns that some engine could not read.
func checkColumns(columns []Column) error {
	if len(columns) == 0 {
		return fault.New(fault.Schema, "it has no column")
	}
	seen := map[string]string{}
	for _, c := range columns {
		key := strings.ToLower(c.Name)
		if c.Name == "" || strings.ContainsRune(c.Name, 0) {
			return fault.New(fault.Schema, "a column has the name %q", c.Name)
		}
		if other, ok := seen[key]; ok {
			return fault.New(fault.Schema, "columns %q and %q differ only in case", other, c.Name)
		}
		seen[key] = c.Name
		t, err := sqltype.Parse(c.Type)
		if err != nil {
			return fmt.Errorf("column %s: %w", c.Name, err)
		}
		if !t.IsLake() {
			return fault.New(fault.Schema, "column %s has type %s, which files of a lake do not have", c.Name, t).
				WithHint("the types are BOOLEAN, BIGINT, DOUBLE, DECIMAL, VARCHAR, DATE, TIMESTAMPTZ, BLOB, STRUCT, LIST and MAP")
		}
	}
	return nil
}

// checkFile compares a staged file's columns with the schema that it is
// committed under: every column but those of the partition, with its type.
func checkFile(schema []Column, partitionBy []string, f stagedFile) error {
	have := make(map[string]string, len(f.columns))
	for _, c := range f.columns {
		have[c.Name] = c.Type
	}
	partition := make(map[string]bool, len(partitionBy))
	for _, name := range partitionBy {
		partition[name] = true
		if _, ok := f.Partition[name]; !ok {
			return fault.New(fault.Internal, "staged file %s is in no partition of %s", f.Staged, name)
		}
	}
	for _, c := range schema {
		if partition[c.Name] {
			continue
		}
		got, ok := have[c.Name]
		if !ok {
			return fault.New(fault.Schema, "staged file %s lacks column %s", f.Staged, c.Name)
		}
		if got != c.Type {
			return fault.New(fault.Schema, "staged file %s has column %s as %s, not %s", f.Staged, c.Name, got, c.Type)
		}
		delete(have, c.Name)
	}
	for _, name := range sortedKeys(have) {
		return fault.New(fault.Schema, "staged file %s has a column %s that the schema does not name", f.Staged, name)
	}
	return nil
}

// checkGrowth holds a dataset to its types: an append may bring columns, but
// neither lose nor change one. A column that another tool wrote without a type
// takes any.
func checkGrowth(before, after []Column) error {
	now := make(map[string]Column, len(after))
	for _, c := range after {
		now[c.Name] = c
	}
	for _, c := range before {
		a, ok := now[c.Name]
		if !ok {
			return fault.New(fault.Schema, "the new rows lack its column %s", c.Name).
				WithHint("write the column as NULLs: the newest file has every column")
		}
		if !grown(c.Type, a.Type) {
			return fault.New(fault.Schema, "its column %s is %s, the new rows have it as %s", c.Name, c.Type, a.Type).
				WithHint("df360 lake alter widens a column's type")
		}
	}
	return nil
}

// grown reports whether a column may go on as type after: it is the same, or a
// struct in it has more fields, which older files read as NULL. A type that only
// other tools write goes on as the lake's.
func grown(before, after string) bool {
	if before == after || before == string(sqltype.Null) {
		return true
	}
	b, err := sqltype.Parse(before)
	if err != nil {
		return false
	}
	a, err := sqltype.Parse(after)
	if err != nil {
		return false
	}
	if lake, ok := b.Lake(); ok && !b.IsLake() {
		return lake.Equal(a)
	}
	return contains(a, b)
}

// contains reports whether a has everything that b has.
func contains(a, b *sqltype.Type) bool {
	if a.Kind != b.Kind {
		return false
	}
	switch b.Kind {
	case sqltype.List:
		return contains(a.Elem, b.Elem)
	case sqltype.Map:
		return a.Key.Equal(b.Key) && contains(a.Elem, b.Elem)
	case sqltype.Struct:
		at := map[string]*sqltype.Type{}
		for _, f := range a.Fields {
			at[f.Name] = f.Type
		}
		for _, f := range b.Fields {
			if at[f.Name] == nil || !contains(at[f.Name], f.Type) {
				return false
			}
		}
		return true
	default:
		return a.Equal(b)
	}
}

// deltaForbids lists what Delta's reader version 1 has no column names with.
const deltaForbids = " ,;{}()\n\t="

// checkDeltaNames refuses a new column that a dataset's Delta projection, once
// there, has no place for.
func checkDeltaNames(columns []Column, before *datasetState) error {
	if before.CreatedBy == "" || before.NoDelta {
		return nil
	}
	for _, c := range columns {
		if strings.ContainsAny(c.Name, deltaForbids) {
			return fault.New(fault.Schema, "column name %q cannot be added: a Delta table has no names with any of %q", c.Name, deltaForbids).
				WithHint("rename the column before it enters the lake")
		}
	}
	return nil
}

// noDelta reports whether a dataset has no Delta projection. That is settled
// by its first commit.
func (t *Txn) noDelta(name string, c DatasetChange, d *DatasetRecord) bool {
	if before, ok := t.base.Datasets[name]; ok {
		return before.NoDelta
	}
	if c.odd {
		return true
	}
	for _, c := range d.Schema {
		typ, err := sqltype.Parse(c.Type)
		if err != nil || !typ.IsLake() || strings.ContainsAny(c.Name, deltaForbids) {
			return true
		}
	}
	return false
}
