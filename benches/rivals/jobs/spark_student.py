"""Counts the topic as projects of students do: spark-submit spark_student.py JOB.json (rivals/spark_student.py writes it)."""

import json
import sys

import psycopg
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

job = json.loads(open(sys.argv[1]).read())
spark = SparkSession.builder.appName("bench-student").getOrCreate()
fields = [T.StructField("id", T.BinaryType())] + [T.StructField(name, T.IntegerType()) for name in ("unit", "method", "slot")]
spark.udf.registerJavaFunction("ballots_in", "Decode", T.ArrayType(T.StructType(fields)))
store = psycopg.connect(job["store"])
store.execute("create temp table stage (unit int, method int, slot int, votes bigint)")
store.commit()


def put(totals, _):
    with store.transaction():
        store.execute("truncate stage")
        with store.cursor().copy("copy stage from stdin") as rows:
            for total in totals.select("unit", "method", "slot", "count").collect():
                rows.write_row(tuple(total))
        store.execute("insert into totals select * from stage on conflict (unit, method, slot) do update set votes = excluded.votes")


records = (
    spark.readStream.format("kafka")
    .options(**{f"kafka.{name}": value for name, value in job["kafka"].items()})
    .option("subscribe", job["entries"])
    .option("startingOffsets", "earliest")
    .option("maxOffsetsPerTrigger", job["group"])
    .load()
)
votes = records.select(F.expr("inline(ballots_in(value))"), "timestamp").withWatermark("timestamp", "1 minute")
by_option = votes.groupBy("unit", "method", "slot").count().writeStream.outputMode("update").foreachBatch(put)
by_place = votes.groupBy("unit").count().writeStream.outputMode("update").foreachBatch(lambda totals, _: totals.collect())
for name, query in (("option", by_option), ("place", by_place)):
    query.option("checkpointLocation", f"{job['checkpoint']}/{name}").start()
spark.streams.awaitAnyTermination()
