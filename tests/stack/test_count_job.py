"""The Spark job on the real servers, through what may happen to it: nothing is lost, nothing is counted twice.

A count of its own (database, topic, folder), made by build/release/spark/jni/sample_journal, which knows what must come
out. The driver and its executors are killed with -9 while they count. Needs both cores of the Spark cluster: no other
job may run there meanwhile.
"""

import json
import os
import pathlib
import re
import secrets
import signal
import struct
import subprocess
import time

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from running_stack import CA, ROOT, SECRETS, kafka_port, port, stack

PARTITIONS = 4
BALLOTS = 200_000
BROKERS = ",".join(f"localhost:{kafka_port(node, 'mtls')}" for node in (1, 2, 3))
AS_ADMIN = {
    "bootstrap.servers": BROKERS,
    "security.protocol": "SSL",
    "ssl.ca.location": CA,
    "ssl.certificate.location": str(SECRETS / "admin.crt"),
    "ssl.key.location": str(SECRETS / "admin.key"),
}
pytestmark = pytest.mark.timeout(1800)


class Count:
    """A count of its own, and the job that counts it."""

    def __init__(self, home):
        self.name = "job_" + secrets.token_hex(3)
        self.topic = self.name + "-entries"
        self.home = home
        self.driver = None
        self.admin = AdminClient(AS_ADMIN)
        stack("postgres.sh", "database", self.name)
        stack("kafka.sh", "allow", self.name + "-")
        self.make_topic()
        conninfo = f"host=localhost port={port('POSTGRES_PORT')} dbname={self.name} sslmode=verify-full sslrootcert={CA}"
        made = subprocess.run(
            [
                ROOT / "build/release/spark/jni/sample_journal",
                home,
                str(PARTITIONS),
                str(BALLOTS),
                "200",
                f"{conninfo} user=teller_owner sslcert={SECRETS}/teller_owner.crt sslkey={SECRETS}/teller_owner.key",
            ],
            check=True,
            capture_output=True,
            text=True,
        )
        self.expected = json.loads(made.stdout)
        self.records = list(self.read_journal())
        self.config = home / "teller.toml"
        self.config.write_text(f'''
[count]
home = "{home}"
[kafka]
brokers = "{BROKERS}"
ca = "{CA}"
identities = "{SECRETS}"
entries = "{self.topic}"
[postgres]
conninfo = "{conninfo}"
identities = "{SECRETS}"
''')
        self.log = home / "driver.log"

    def read_journal(self):
        bytes_ = (self.home / "journal.bin").read_bytes()
        at = 0
        while at < len(bytes_):
            partition, size = struct.unpack_from("<HI", bytes_, at)
            yield partition, bytes_[at + 6 : at + 6 + size]
            at += 6 + size

    def make_topic(self):
        topic = NewTopic(self.topic, PARTITIONS, 3, config={"min.insync.replicas": "2", "retention.ms": "-1"})
        for future in self.admin.create_topics([topic]).values():
            future.result()

    def delete_topic(self):
        for future in self.admin.delete_topics([self.topic]).values():
            future.result()

    def produce(self, records):
        failed = []
        producer = Producer(AS_ADMIN | {"enable.idempotence": True, "linger.ms": 5})
        for partition, record in records:
            producer.produce(self.topic, record, partition=partition, on_delivery=lambda error, _: failed.append(error) if error else None)
            producer.poll(0)
        producer.flush()
        assert not failed, failed[:3]

    def sql(self, query):
        return stack("postgres.sh", "sql", "-d", self.name, "-Atc", query).strip()

    def outcomes(self):
        found = self.sql("select sum(counted), sum(duplicate), sum(conflict), sum(rejected) from teller.partitions")
        return dict(zip(("counted", "duplicate", "conflict", "rejected"), map(int, found.split("|")), strict=True))

    def start(self):
        log = open(self.log, "ab")
        self.driver = subprocess.Popen(
            [
                ROOT / "stack/spark.sh",
                "submit",
                "--driver-java-options",
                "-XX:+UseSerialGC -XX:TieredStopAtLevel=1",
                "--class",
                "org.teller.spark.CountJob",
                ROOT / "spark/target/teller-spark.jar",
                self.config,
            ],
            env=os.environ | {"TELLER_LIBRARY": str(ROOT / "build/release/libteller.so"), "TELLER_SPARK_RECORDS_MAX": "100"},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def end(self, how):
        self.driver.send_signal(how)
        return self.driver.wait(timeout=60)

    def wait(self, holds, what, seconds=600):
        until = time.monotonic() + seconds
        while not holds():
            ended = self.driver.poll()
            assert ended is None, f"the job ended with {ended}: {self.said()[-2000:]}"
            assert time.monotonic() < until, f"not in time: {what}; {self.said()[-2000:]}"
            time.sleep(0.3)

    def said(self):
        return self.log.read_text(errors="replace")

    def executors(self):
        """Process numbers of the executors of this driver."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                command = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if (
                any(b"CoarseGrainedExecutorBackend" in part for part in command)
                and any(re.search(rb"--driver-url|spark://", part) for part in command)
                and self.app() in command
            ):
                found.append(int(entry.name))
        return found

    def app(self):
        ids = re.findall(r"Executor added: (app-\d+-\d+)/", self.said())
        return ids[-1].encode() if ids else b"?"

    def close(self):
        if self.driver and self.driver.poll() is None:
            self.end(signal.SIGKILL)
        self.delete_topic()
        stack("postgres.sh", "drop-database", self.name)


@pytest.fixture(scope="module")
def count(tmp_path_factory):
    made = Count(tmp_path_factory.mktemp("count"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def counted(count):
    """Everything counted, with the driver killed once, segments lost, and an executor killed on the way."""
    third = len(count.records) // 3
    count.produce(count.records[:third])
    count.start()
    count.wait(lambda: count.outcomes()["counted"] > 0, "a first commit")
    count.end(signal.SIGKILL)
    after_kill = count.outcomes()
    # And one partition's segments are gone.
    count.lost = {path.name: path.read_bytes() for path in count.home.glob("segments/p0001/*/*.segment")}
    for path in count.home.glob("segments/p0001/*/*.segment"):
        path.unlink()

    count.produce(count.records[third : 2 * third])
    count.start()
    count.wait(lambda: count.outcomes()["counted"] > after_kill["counted"], "a commit after the driver was killed")
    victims = count.executors()
    assert victims, "no executor was found"
    os.kill(victims[0], signal.SIGKILL)
    count.produce(count.records[2 * third :])

    count.wait(lambda: sum(count.outcomes().values()) == BALLOTS + BALLOTS // 100 + BALLOTS // 1000, "all counted")
    return count


def test_each_entry_is_counted_once_whoever_is_killed(counted):
    expected = {name: counted.expected[name] for name in ("counted", "duplicate", "conflict", "rejected")}
    assert counted.outcomes() == expected


def test_the_votes_are_the_votes(counted):
    votes = counted.sql("select value from teller.contest_totals where contest = 0 and slot < 65280 order by slot")
    assert [int(line) for line in votes.splitlines()] == counted.expected["votes"]


def test_a_commit_takes_the_steps_of_several_partitions(counted):
    assert int(counted.sql("select max(n) from (select count(*) n from teller.steps group by commit_number) c")) > 1


def test_everything_again_is_all_duplicates(counted):
    before = counted.outcomes()
    counted.produce(counted.records)
    again = sum(before.values())
    counted.wait(lambda: sum(counted.outcomes().values()) == 2 * again, "all counted again")
    after = counted.outcomes()
    assert after["counted"] == before["counted"]
    assert after["conflict"] == 2 * before["conflict"]


def test_lost_segments_were_computed_again(counted):
    assert counted.lost and "spark.segments_rebuilt" in counted.said()
    named = {
        f"{int(step):012}-{segment}.segment"
        for step, segment in (
            line.split("|") for line in counted.sql("select step, encode(segment, 'hex') from teller.steps where partition = 1").splitlines()
        )
    }
    there = {path.name: path.read_bytes() for path in counted.home.glob("segments/p0001/*/*.segment")}
    assert named <= set(there)
    for name in named & set(counted.lost):
        assert there[name] == counted.lost[name]


def test_a_record_that_is_none_halts_its_partition_and_the_others_go_on(counted):
    position = int(counted.sql("select position from teller.partitions where partition = 2"))
    of_another = next(record for partition, record in counted.records if partition != 2)
    counted.produce([(2, of_another)])
    counted.wait(lambda: counted.sql("select halted_because from teller.partitions where partition = 2"), "the halt")
    why = counted.sql("select halted_because from teller.partitions where partition = 2")
    assert f"partition 2, offset {position}" in why
    before = sum(counted.outcomes().values())
    counted.produce([record for record in counted.records if record[0] == 0][:1])
    counted.wait(lambda: sum(counted.outcomes().values()) > before, "partition 0 goes on")


def test_it_stops_cleanly_when_it_is_told_to(counted):
    assert counted.end(signal.SIGTERM) == 0
    assert "spark.stopped" in counted.said().splitlines()[-1]


def test_a_topic_that_was_made_again_is_refused_by_name(counted):
    before = counted.outcomes()
    counted.delete_topic()
    until = time.monotonic() + 30
    while counted.topic in counted.admin.list_topics(timeout=10).topics and time.monotonic() < until:
        time.sleep(0.2)
    counted.make_topic()
    counted.produce(counted.records)
    counted.start()
    assert counted.driver.wait(timeout=600) == 3
    assert "journal.other" in counted.said().splitlines()[-1]
    assert counted.outcomes() == before


def test_nothing_of_its_certificates_stands_in_its_log(counted):
    key = (SECRETS / "spark.key").read_text().splitlines()[1]
    assert key not in counted.said()
