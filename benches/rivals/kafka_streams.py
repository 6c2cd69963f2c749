"""Kafka Streams of the brokers' version, from Maven: the library that one takes to count what comes through Kafka without Spark."""

import contextlib
import functools
import subprocess

import servers

JARS = servers.LIBRARIES / "kafka-streams-4.3.1"
# What an experienced person would set for this work; nothing that a crash would punish. Else the defaults.
SETTINGS = {
    "processing.guarantee": "exactly_once_v2",
    "num.stream.threads": "2",
    "replication.factor": "3",
    "commit.interval.ms": "1000",
    "statestore.cache.max.bytes": str(64 << 20),
    "auto.offset.reset": "earliest",
    "producer.linger.ms": "20",
    "producer.compression.type": "lz4",
}
VOTES = "select coalesce(sum(votes), 0)::bigint from totals where partition between 0 and 3 and unit = {}"
COPIES, COUNTED = -1, -2  # Units that there are not: as jobs/StreamsDrain.java has them.
KEPT = "select coalesce(sum(votes), 0)::bigint from totals where unit >= 0"
CELLS = "select unit, method, slot, sum(votes)::bigint from totals where unit >= 0 group by 1, 2, 3"


def missing():
    return None if JARS.exists() else "packages/install.sh rivals"


def version():
    return JARS.name.rpartition("-")[2]


def service_drain(ballots, folder, clock):
    """Decodes every record (Java); exact copies by id (RocksDB, with its changelog on the brokers, exactly_once_v2); totals of each
    partition, which a consumer beside it puts into PostgreSQL. No checks of entries, no conflicts, no log, no proof. Two threads, 1 GB."""
    topic = servers.filled(ballots)
    classes = servers.compiled(folder, JARS, "StreamsDrain")
    name = servers.own_name()
    key = folder / "teller_owner.pk8"  # As Java's driver wants it.
    owner = servers.SECRETS / "teller_owner.key"
    subprocess.run(["openssl", "pkcs8", "-topk8", "-nocrypt", "-in", owner, "-outform", "DER", "-out", key], check=True)
    job = SETTINGS | servers.kafka_client() | {"application.id": name, "state.dir": folder / "state", "from": topic["entries"]}
    (folder / "job.properties").write_text("".join(f"{setting}={value}\n" for setting, value in job.items()))
    with contextlib.ExitStack() as kept:
        database, connect = kept.enter_context(servers.database())
        kept.callback(servers.delete_topics, name)
        jdbc = f"jdbc:postgresql://localhost:{servers.port('POSTGRES_PORT')}/{database}?user=teller_owner&sslmode=verify-full"
        jdbc += f"&sslrootcert={servers.CA}&sslcert={servers.SECRETS}/teller_owner.crt&sslkey={key}"
        log = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
        command = [servers.java("java"), "-Xms1g", "-Xmx1g", log, "-cp", f"{classes}:{JARS}/*", "StreamsDrain", folder / "job.properties", jdbc]
        store = kept.enter_context(connect())

        def settled():
            counted = number(store, COUNTED)
            return counted + number(store, COPIES) == ballots.sent() and store.execute(KEPT).fetchone()[0] == counted

        begin = functools.partial(servers.launch, command, folder / "job.log", {})
        more = servers.drain(ballots, clock, begin, lambda: number(store, COUNTED), settled)
        cells = store.execute(CELLS).fetchall()
        return servers.Answer({tuple(cell): votes for *cell, votes in cells}, number(store, COPIES), more)


def number(store, unit):
    """0 as long as there is no such table."""
    if store.execute("select to_regclass('totals')").fetchone()[0] is None:
        return 0
    return store.execute(VOTES.format(unit)).fetchone()[0]
