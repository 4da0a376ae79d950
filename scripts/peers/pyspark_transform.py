"""The transactions transform with PySpark, local[2]. Usage: SCRIPT RAW_GLOB FOLDER."""

import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

raw, folder = sys.argv[1:3]
spark = (
    SparkSession.builder.master("local[2]")
    .config("spark.driver.memory", "5g")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.ui.enabled", "false")
    .getOrCreate()
)
rows = (
    spark.read.parquet(raw)
    .dropDuplicates()
    .filter((F.col("amount") > 0) & F.col("transaction_id").isNotNull())
    .filter(F.col("status").isin("completed", "pending", "failed"))
    .drop("_ingestion_timestamp", "_source")
    .withColumn(
        "amount_eur",
        F.when(F.col("currency") == "USD", F.col("amount") * 0.92)
        .when(F.col("currency") == "GBP", F.col("amount") * 1.17)
        .otherwise(F.col("amount")),
    )
    .withColumn(
        "amount_category",
        F.when(F.col("amount") < 50, "small").when(F.col("amount") < 500, "medium").otherwise("large"),
    )
    .withColumn("transaction_date", F.to_date("transaction_date"))
    .withColumn("transaction_year", F.year("transaction_date"))
    .withColumn("transaction_month", F.month("transaction_date"))
    .withColumn("transaction_day", F.dayofmonth("transaction_date"))
    .withColumn("_processed_timestamp", F.current_timestamp())
)
rows.write.partitionBy("transaction_year", "transaction_month").parquet(f"{folder}/processed")
(
    spark.read.parquet(f"{folder}/processed")
    .groupBy("user_id")
    .agg(
        F.count("transaction_id").alias("total_transactions"),
        F.sum("amount").alias("total_amount"),
        F.avg("amount").alias("avg_amount"),
        F.max("amount").alias("max_amount"),
        F.min("amount").alias("min_amount"),
        F.max("transaction_date").alias("last_transaction_date"),
        F.countDistinct("merchant").alias("unique_merchants"),
    )
    .write.parquet(f"{folder}/agg")
)
spark.stop()
