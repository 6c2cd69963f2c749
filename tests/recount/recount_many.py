"""Runs the recount over many exports in one Spark session (starting Spark is what takes long): a list of results, as JSON.

Runs in build/venv/spark; the arguments are the folders. First two checks that need numpy, which only that has.
"""

import json
import os
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "recount"))
from pyspark.sql import SparkSession  # noqa: E402

import entry  # noqa: E402
import export  # noqa: E402
import log_chunk  # noqa: E402
import recount  # noqa: E402

ids = [random.Random(number).randbytes(16) for number in range(1000)]
for partitions in (1, 3, 512):
    assert log_chunk.partitions_of(b"".join(ids), partitions).tolist() == [entry.partition_of(one, partitions) for one in ids]

# Chunks of two bundles, so that small exports have several and their subtrees must be put together.
log_chunk.ENTRIES, log_chunk.BUNDLES = 512, 2

# Spark asks for the address of the machine's name, which a bare machine has none for.
os.environ |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").config("spark.sql.shuffle.partitions", "2").getOrCreate()
recount.ship(spark)
results = []
for folder in sys.argv[1:]:
    try:
        done = recount.Recount(spark, export.Export(folder), export.read_totals(pathlib.Path(folder) / "totals.csv"))
        results.append(done.to_json() | {"text": list(recount.report(done))})
    except export.Unreadable as error:
        results.append({"unreadable": str(error)})
    spark.catalog.clearCache()
spark.stop()
print(json.dumps(results))
