"""The transactions transform with Polars, streaming. Usage: SCRIPT RAW_GLOB FOLDER."""

import os
import sys

import polars as pl

raw, folder = sys.argv[1:3]
os.makedirs(folder)
amount = pl.col("amount").cast(pl.Float64)
rows = (
    pl.scan_parquet(raw, hive_partitioning=False)
    .unique()
    .filter(
        (pl.col("amount") > 0)
        & pl.col("transaction_id").is_not_null()
        & pl.col("status").is_in(["completed", "pending", "failed"])
    )
    .drop("_ingestion_timestamp", "_source")
    .with_columns(
        amount_eur=pl.when(pl.col("currency") == "USD")
        .then(amount * 0.92)
        .when(pl.col("currency") == "GBP")
        .then(amount * 1.17)
        .otherwise(amount),
        amount_category=pl.when(pl.col("amount") < 50)
        .then(pl.lit("small"))
        .when(pl.col("amount") < 500)
        .then(pl.lit("medium"))
        .otherwise(pl.lit("large")),
        transaction_date=pl.col("transaction_date").dt.date(),
    )
    .with_columns(
        transaction_year=pl.col("transaction_date").dt.year(),
        transaction_month=pl.col("transaction_date").dt.month(),
        transaction_day=pl.col("transaction_date").dt.day(),
    )
)
rows.sink_parquet(
    pl.PartitionBy(f"{folder}/processed", key=["transaction_year", "transaction_month"], include_key=False),
    mkdir=True,
    engine="streaming",
)
(
    pl.scan_parquet(f"{folder}/processed/**/*.parquet")
    .group_by("user_id")
    .agg(
        pl.len().alias("total_transactions"),
        pl.col("amount").sum().alias("total_amount"),
        pl.col("amount").mean().alias("avg_amount"),
        pl.col("amount").max().alias("max_amount"),
        pl.col("amount").min().alias("min_amount"),
        pl.col("transaction_date").max().alias("last_transaction_date"),
        pl.col("merchant").n_unique().alias("unique_merchants"),
    )
    .sink_parquet(f"{folder}/agg.parquet", engine="streaming")
)
