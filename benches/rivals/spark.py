"""Plain Spark, of the same distribution and on the same cluster as our job: Structured Streaming, as its guide shows it."""

import contextlib
import functools
import json

import servers
from ballots import TREE

CONNECTOR = servers.LIBRARIES / "spark-kafka-4.2.0"
SPARK = max((TREE / "build/venv/spark/lib").glob("python3.*/site-packages/pyspark"), default=None)
JOBS = TREE / "benches/rivals/jobs"
STORE = "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider"
SETTINGS = {
    "spark.sql.streaming.stateStore.providerClass": STORE,
    "spark.sql.streaming.stateStore.rocksdb.changelogCheckpointing.enabled": "true",
    "spark.sql.streaming.stateStore.rocksdb.trackTotalNumberOfRows": "false",
    "spark.log.level": "WARN",
}


def missing():
    if not SPARK:
        return "packages/install.sh spark"
    return None if CONNECTOR.exists() else "packages/install.sh rivals"


def version():
    return CONNECTOR.name.rpartition("-")[2]


def drained(ballots, folder, clock, script, settings, counted, settled=lambda store: True):
    """The cells that a job of plain Spark leaves in PostgreSQL, and what it cost."""
    topic = servers.filled(ballots)
    jars = [*CONNECTOR.glob("*.jar"), servers.packed_jar(folder, SPARK / "jars", "Decode")]
    with contextlib.ExitStack() as kept:
        database, connect = kept.enter_context(servers.database())
        store = kept.enter_context(connect())
        store.execute("create table totals (unit int, method int, slot int, votes bigint, primary key (unit, method, slot))")
        store.execute("create table batches (number bigint primary key, votes bigint)")
        job = {"kafka": servers.kafka_client(), "entries": topic["entries"], "group": topic["group"], "store": servers.conninfo(database)}
        (folder / "job.json").write_text(json.dumps(job | {"checkpoint": (folder / "checkpoint").as_uri()}))
        options = [word for setting, value in settings.items() for word in ("--conf", f"{setting}={value}")]
        command = [TREE / "stack/spark.sh", "submit", "--jars", ",".join(map(str, jars)), *options, JOBS / script, folder / "job.json"]
        begin = functools.partial(servers.launch, command, folder / "job.log", {})
        more = servers.drain(ballots, clock, begin, lambda: store.execute(counted).fetchone()[0], lambda: settled(store))
        cells = store.execute("table totals").fetchall()
        return servers.Answer({tuple(cell): votes for *cell, votes in cells}, ballots.sent() - sum(votes for *_, votes in cells), more)


def service_drain(ballots, folder, clock):
    """Decodes every record (a function in Java); exact copies by id (dropDuplicates, RocksDB with a checkpoint on the disk); what each
    batch adds to the totals, in one transaction with the batch's number. No checks of entries, no conflicts, no log, no proof. The two
    executors that our job has."""
    return drained(ballots, folder, clock, "spark_drain.py", SETTINGS, "select coalesce(sum(votes), 0)::bigint from batches")
