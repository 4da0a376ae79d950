"""The transactions transform with the DuckDB package. Usage: SCRIPT RAW_GLOB FOLDER."""

import os
import sys

import duckdb

raw, folder = sys.argv[1:3]
os.makedirs(folder)
db = duckdb.connect()
db.execute("SET TimeZone = 'UTC'")
db.execute(
    f"""
    COPY (
        SELECT * EXCLUDE (_ingestion_timestamp, _source, transaction_date),
            CASE currency WHEN 'USD' THEN amount * 0.92::DOUBLE WHEN 'GBP' THEN amount * 1.17::DOUBLE
                ELSE amount::DOUBLE END AS amount_eur,
            CASE WHEN amount < 50 THEN 'small' WHEN amount < 500 THEN 'medium' ELSE 'large' END AS amount_category,
            transaction_date::DATE AS transaction_date, now() AS _processed_timestamp,
            year(transaction_date) AS transaction_year, month(transaction_date) AS transaction_month,
            day(transaction_date) AS transaction_day
        FROM (SELECT DISTINCT * FROM read_parquet('{raw}', hive_partitioning = false))
        WHERE amount > 0 AND transaction_id IS NOT NULL AND status IN ('completed', 'pending', 'failed')
    ) TO '{folder}/processed' (FORMAT parquet, PARTITION_BY (transaction_year, transaction_month))
    """
)
db.execute(
    f"""
    COPY (
        SELECT user_id, count(transaction_id), sum(amount), avg(amount), max(amount), min(amount),
            max(transaction_date), count(DISTINCT merchant)
        FROM read_parquet('{folder}/processed/*/*/*.parquet') GROUP BY user_id
    ) TO '{folder}/agg.parquet' (FORMAT parquet)
    """
)
