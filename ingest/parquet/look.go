package parquet

import (
	"context"
	"strconv"
	"strings"

	"github.com/kalpafall/df360/ingest"
	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/unite"
)

// empty finds the columns that hold nothing but NULL: they have no type yet.
// Statistics only say where it is not worth looking: not every program writes
// them, and not every one right.
func (r *Reader) empty(ctx context.Context, f *ingest.File, all []unite.Column) (map[string]bool, error) {
	file := duck.Files([]string{f.Path})
	full, err := r.Engine.Run(ctx, "SELECT path_in_schema FROM parquet_metadata("+file+
		") GROUP BY 1 HAVING sum(num_values) > sum(stats_null_count) AND count(*) = count(stats_null_count)")
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, row := range full {
		if row[0] != nil {
			known[*row[0]] = true
		}
	}
	out := map[string]bool{}
	var ask []string
	var items []string
	for _, c := range all {
		if !known[c.Name] {
			ask = append(ask, c.Name)
			items = append(items, "EXISTS (SELECT 1 FROM "+scan(f)+" WHERE "+duck.Ident(c.Name)+" IS NOT NULL)::VARCHAR")
		}
	}
	if len(ask) == 0 {
		return out, nil
	}
	found, err := r.Engine.Run(ctx, "SELECT "+strings.Join(items, ", "))
	if err != nil {
		return nil, err
	}
	for i, name := range ask {
		out[name] = *found[0][i] == "false"
	}
	return out, nil
}

// scan reads a file as it is.
func scan(f *ingest.File) string {
	return "read_parquet(" + duck.Files([]string{f.Path}) + ", hive_partitioning = false)"
}

// readable refuses a file with numbers that the engine would read wrong.
func (r *Reader) readable(ctx context.Context, f *ingest.File) error {
	rows, err := r.Engine.Run(ctx, "SELECT name, precision::VARCHAR, scale::VARCHAR FROM parquet_schema("+duck.Files([]string{f.Path})+") WHERE precision > 38")
	if err != nil || len(rows) == 0 {
		return err
	}
	return fault.New(fault.Schema, "column %s is DECIMAL(%s,%s): there is room for 38 digits", *rows[0][0], *rows[0][1], *rows[0][2]).
		WithHint("write it as a text, or with fewer digits")
}

// rawName is the name of the column with what the file has as its column number
// i, before it was converted.
func rawName(i int) string { return "_df360_raw_" + strconv.Itoa(i) }

// lossless is the condition that converting a column keeps its value; "" where
// that is always so. Times lose their nanoseconds, and infinity.
func lossless(name, typ string, i int) string {
	value, raw := duck.Ident(name), duck.Ident(rawName(i))
	switch typ {
	case "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS":
		return "(" + value + " IS NULL) = (" + raw + " IS NULL)"
	case "TIMESTAMP_NS":
		return "(" + value + " IS NULL) = (" + raw + " IS NULL) AND coalesce(epoch_ns(" + raw + ") % 1000 = 0, true)"
	}
	if strings.Contains(typ, "TIMESTAMP_NS") {
		return "CAST(" + value + " AS " + typ + ") IS NOT DISTINCT FROM " + raw
	}
	return ""
}
