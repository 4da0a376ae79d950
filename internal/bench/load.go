package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// loadRows is how many transactions are loaded.
const loadRows = 2_000_000

// loadPostgres measures load into PostgreSQL beside psql's \copy of a CSV file of the
// same rows that lies ready, by turns into new tables without indexes. The server is
// the one of DF360_TEST_POSTGRES (scripts/services.sh env).
func loadPostgres(ctx context.Context, b *bench) error {
	url := os.Getenv("DF360_TEST_POSTGRES")
	if url == "" {
		b.row("`load` into Postgres", "DF360_TEST_POSTGRES is not set: eval \"$(scripts/services.sh env)\"", "")
		return nil
	}
	lake, csv := filepath.Join(b.dir, "load-lake"), filepath.Join(b.dir, "load.csv")
	for _, args := range [][]string{
		{"fake", "transactions", "--rows", fmt.Sprint(loadRows), "--seed", "1", "--dataset", "t", "--lake", lake, "-q"},
		{"lake", "query", "FROM raw.t", "--format", "csv", "--out", csv, "--lake", lake, "-q"},
	} {
		if _, err := b.df360(ctx, args...); err != nil {
			return err
		}
	}
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }() // nothing is to be kept
	load := []string{"load", "--dataset", "raw.t", "--schema", "df360_bench", "--lake", lake, "--to", url, "-q"}
	var ours, theirs []usage
	for range 3 {
		if err := freshTables(ctx, conn); err != nil {
			return err
		}
		u, err := b.df360(ctx, load...)
		if err != nil {
			return err
		}
		ours = append(ours, u)
		if _, err := conn.Exec(ctx, "CREATE TABLE df360_bench.peer (LIKE df360_bench.t)"); err != nil {
			return err
		}
		if u, err = b.exec(ctx, "psql", "-qX", url, "-c", `\copy df360_bench.peer FROM '`+csv+`' CSV HEADER`); err != nil {
			return err
		}
		theirs = append(theirs, u)
	}
	middle := func(us []usage) usage {
		slices.SortFunc(us, func(a, b usage) int { return int(a.wall - b.wall) })
		return us[len(us)/2]
	}
	our, their := middle(ours), middle(theirs)
	b.row(`psql \copy of ready CSV, 2 M transactions`, their.String(), "the peer")
	b.row("`load` of the same from the lake, new table", fmt.Sprintf("%s: %.2f× the time, %d MiB", our, ratio(our.wall, their.wall), our.peak>>20), "≤ 0.70×, ≤ 300 MiB")
	again, err := b.median(ctx, func(ctx context.Context, _ int) (usage, error) { return b.df360(ctx, load...) })
	if err != nil {
		return err
	}
	b.row("`load` of a version that is there", fmt.Sprintf("%.0f ms", float64(again)/float64(time.Millisecond)), "≤ 50 ms")
	if err := b.pandas(ctx, url, csv, our); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "DROP SCHEMA df360_bench CASCADE; DELETE FROM df360.loads WHERE target LIKE 'df360_bench.%'")
	return err
}

func freshTables(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, "DROP SCHEMA IF EXISTS df360_bench CASCADE")
	if err == nil {
		_, err = conn.Exec(ctx, "CREATE SCHEMA df360_bench")
	}
	if err == nil {
		_, err = conn.Exec(ctx, "CHECKPOINT") // so that nobody pays for the one before
	}
	return err
}

// pandasShare is the part of the rows that pandas loads: all of them take minutes.
const pandasShare = 10

// pandas measures to_sql where it is installed.
func (b *bench) pandas(ctx context.Context, url, csv string, our usage) error {
	if _, err := b.exec(ctx, "python3", "-c", "import pandas, sqlalchemy, psycopg2"); err != nil {
		b.row("pandas to_sql", "not installed", "")
		return nil //nolint:nilerr // that is all to tell
	}
	script := fmt.Sprintf(`import sys, time, pandas, sqlalchemy
rows = pandas.read_csv(sys.argv[2], nrows=%d)
engine = sqlalchemy.create_engine(sys.argv[1].replace("postgres://", "postgresql+psycopg2://", 1))
start = time.time()
rows.to_sql("pandas", engine, schema="df360_bench", index=False, chunksize=10000)
open(sys.argv[3], "w").write(str(time.time() - start))
`, loadRows/pandasShare)
	out := filepath.Join(b.dir, "pandas.seconds")
	if _, err := b.exec(ctx, "python3", "-c", script, url, csv, out); err != nil {
		return err
	}
	text, err := os.ReadFile(out) //nolint:gosec // scratch
	if err != nil {
		return err
	}
	var seconds float64
	if _, err := fmt.Sscan(string(text), &seconds); err != nil || seconds == 0 {
		return errors.Join(errors.New("pandas has written no time"), err)
	}
	whole := seconds * pandasShare
	b.row("pandas to_sql, a tenth of the rows, times 10", fmt.Sprintf("%.0f s: `load` takes %.3f× that", whole, our.wall.Seconds()/whole), "≤ 0.05×")
	return nil
}
