package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/kalpafall/df360/internal/duck"
)

// naiveArg makes this program the peer: plain SQL on the same engine.
const naiveArg = "naive"

// runNaive transforms as one would write it by hand: SELECT DISTINCT *, the
// rules, the derived columns, a partitioned COPY, then the aggregate over what
// was written. args: the glob of the raw files, the folder to write into.
func runNaive(ctx context.Context, args []string) (err error) {
	if len(args) != 2 {
		return fmt.Errorf("usage: bench %s GLOB FOLDER", naiveArg)
	}
	raw, folder := args[0], args[1]
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return err
	}
	s, err := duck.Open(ctx, duck.Options{TempDir: folder})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	processed := filepath.Join(folder, "processed")
	for _, sql := range []string{
		`COPY (
			SELECT * EXCLUDE (_ingestion_timestamp, _source, transaction_date),
				CASE currency WHEN 'USD' THEN amount * 0.92::DOUBLE WHEN 'GBP' THEN amount * 1.17::DOUBLE ELSE amount::DOUBLE END AS amount_eur,
				CASE WHEN amount < 50 THEN 'small' WHEN amount < 500 THEN 'medium' ELSE 'large' END AS amount_category,
				transaction_date::DATE AS transaction_date, now() AS _processed_timestamp,
				year(transaction_date) AS transaction_year, month(transaction_date) AS transaction_month, day(transaction_date) AS transaction_day
			FROM (SELECT DISTINCT * FROM read_parquet(` + duck.Literal(raw) + `, hive_partitioning = false))
			WHERE amount > 0 AND transaction_id IS NOT NULL AND status IN ('completed', 'pending', 'failed')
		) TO ` + duck.Literal(processed) + ` (FORMAT parquet, PARTITION_BY (transaction_year, transaction_month))`,
		`COPY (
			SELECT user_id, count(transaction_id) AS total_transactions, sum(amount) AS total_amount, avg(amount) AS avg_amount,
				max(amount) AS max_amount, min(amount) AS min_amount, max(transaction_date) AS last_transaction_date,
				count(DISTINCT merchant) AS unique_merchants
			FROM read_parquet(` + duck.Literal(processed+"/*/*/*.parquet") + `) GROUP BY user_id
		) TO ` + duck.Literal(filepath.Join(folder, "agg.parquet")) + ` (FORMAT parquet)`,
	} {
		if err := s.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}
