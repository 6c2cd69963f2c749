"""Counts the topic with plain Spark: spark-submit spark_drain.py JOB.json (rivals/spark.py writes it).

A batch is committed to PostgreSQL in one transaction with its number. Spark gives a batch again that it does not know the end of, with the
same ballots in it; the number is there then, and nothing is added twice.
"""

import json
import sys

import psycopg
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

job = json.loads(open(sys.argv[1]).read())
spark = SparkSession.builder.appName("bench-drain").getOrCreate()
fields = [T.StructField("id", T.BinaryType())] + [T.StructField(name, T.IntegerType()) for name in ("unit", "method", "slot")]
spark.udf.registerJavaFunction("ballots_in", "Decode", T.ArrayType(T.StructType(fields)))
store = psycopg.connect(job["store"])
store.execute("create temp table stage (unit int, method int, slot int, votes bigint)")
store.commit()


def add(ballots, number):
    totals = ballots.groupBy("unit", "method", "slot").count().collect()
    with store.transaction():
        if (
            store.execute("insert into batches values (%s, %s) on conflict do nothing", [number, sum(total["count"] for total in totals)]).rowcount
            == 0
        ):
            return
        store.execute("truncate stage")
        with store.cursor().copy("copy stage from stdin") as rows:
            for total in totals:
                rows.write_row(tuple(total))
        store.execute("insert into totals as t select * from stage on conflict (unit, method, slot) do update set votes = t.votes + excluded.votes")


records = (
    spark.readStream.format("kafka")
    .options(**{f"kafka.{name}": value for name, value in job["kafka"].items()})
    .option("kafka.fetch.max.wait.ms", 20)
    .option("subscribe", job["entries"])
    .option("startingOffsets", "earliest")
    .option("maxOffsetsPerTrigger", job["group"])
    .load()
)
ballots = records.select(F.expr("inline(ballots_in(value))")).dropDuplicates(["id"])
ballots.writeStream.foreachBatch(add).option("checkpointLocation", job["checkpoint"]).start().awaitTermination()
