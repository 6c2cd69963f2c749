"""One run under load in which everything that can be killed is killed with -9, and more besides.

Two clients send without a break and keep their own ledger (ledger.py). Meanwhile each process of the service is killed
(TELLER_KILLS times each, once by default) and comes back; a gateway and a Spark worker are added and removed; two of
three brokers are down at once. After each of these: what was acknowledged after it is committed and published,
`teller reconcile` finds every place in agreement with the store, and `teller verify` finds nothing. At the end the exported
log is compared with the ledgers by id, and the digest with that of the embedded form. Then the topic is read again from 0,
everything is produced again under two jobs at once, and at last the topic itself is spoiled: the job must stop and name it.

The tests of this file stand on each other, in their order; recovery times are printed (pytest -s, or the end of the run).
"""

import json
import os
import pathlib
import re
import signal
import struct
import sys
import time

import pytest
import requests
from confluent_kafka import KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from ledger import Sender, crc32c, entries_of, leaf_hash  # noqa: E402
from service import SECRETS, STATE, TREE, Service, as_admin, consumer, run, settings, teller  # noqa: E402

KILLS = int(os.environ.get("TELLER_KILLS", 1))
RATE = 400  # Entries a second of each of the two senders.
BALLOTS = int(os.environ.get("TELLER_KILLS_BALLOTS", 1_200_000 * KILLS))
PARTITIONS = 4
OUTCOMES = ("counted", "duplicate", "conflict", "rejected")
# Speculation as eager as it gets: whatever task is slower than the others is run a second time beside itself.
SPECULATION = [
    word
    for name, value in {
        "spark.speculation": "true",
        "spark.speculation.interval": "50ms",
        "spark.speculation.multiplier": "1.01",
        "spark.speculation.quantile": "0.25",
        "spark.speculation.minTaskRuntime": "0ms",
    }.items()
    for word in ("--conf", f"{name}={value}")
]
pytestmark = pytest.mark.timeout(3600)


def stack(*command):
    return run(TREE / "stack" / command[0], *command[1:]).stdout


class Run:
    """The service under load, and what one may do to it."""

    def __init__(self, folder):
        self.folder, self.embedded = folder, folder / "embedded"
        rules = folder / "rules.json"
        teller("generate", "--write-rules", rules, "--contests", 3, "--units", 60, "--ranked", 1, "--seed", 21)
        teller("init", "--home", self.embedded, "--rules", rules, "--mode", "test", "--partitions", PARTITIONS)
        teller(
            "generate",
            "--home",
            self.embedded,
            "--ballots",
            BALLOTS,
            "--seed",
            22,
            "--duplicates",
            0.01,
            "--conflicts",
            0.005,
            "--parts",
            2,
            "--format",
            "packed",
            "--out",
            folder / "load.packed",
        )
        self.service = service = Service(self.embedded, folder)
        self.id = bytes.fromhex(json.loads((self.embedded / "count.json").read_text())["id"])
        self.topic = service.prefix + "entries"
        self.admin = AdminClient(as_admin())
        self.times = []  # (what was done, seconds)
        self.senders = []

    def begin(self):
        service = self.service
        service.start("gateway")
        service.start("publish")
        service.start("count", *SPECULATION)
        service.wait_for_gateway()
        for part in (1, 2):
            self.senders.append(
                Sender(self.id, entries_of(self.folder / f"load.{part}.packed"), [service.port], SECRETS, RATE, self.folder / f"sent.{part}.packed")
            )
        for sender in self.senders:
            sender.start()

    def close(self):
        for sender in self.senders:
            sender.give_up()
        self.service.close()
        print("\nRecovered after (entries acknowledged after the fault are committed):")
        for what, seconds in self.times:
            print(f"  {what:44} {seconds:6.1f} s")

    # -------------------------------------------------------------------------------------------------- looking

    def until(self, holds, what, seconds=400):
        """What `holds` gives, once it is something; it may fail while a server is away. The limit only ends a run that hangs."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                if found := holds():
                    return found
                why = "it does not hold"
            except (AssertionError, KafkaException, requests.RequestException, OSError) as error:
                why = str(error)[-1500:]
            for sender in self.senders:
                assert sender.failure is None, sender.failure
            if time.monotonic() > deadline:
                raise AssertionError(f"not in time: {what}: {why}\n{self.service.logs()}")
            time.sleep(0.1)

    def everything_up_to(self, ends):
        positions = [one["position"] for one in self.service.numbers()["partitions"]]
        return all(at >= end for at, end in zip(positions, ends, strict=True))

    def published(self):
        """The commit that Elasticsearch and the static files show; the smaller of the two."""
        user, password = "board", (SECRETS / "elastic.board").read_text().strip()
        session = requests.Session()
        session.trust_env = False
        url = f"https://localhost:{settings()['ELASTICSEARCH_PORT']}/teller-{self.id.hex()[:8]}-head/_doc/head"
        found = session.get(url, auth=(user, password), verify=str(SECRETS / "ca.crt"), timeout=10)
        assert found.status_code == 200, found.text
        files = json.loads((self.service.home / "published/head.json").read_text())
        return min(found.json()["_source"]["commit_number"], files["commit_number"])

    def recovered(self, what, since):
        """Waits until both senders have had an answer to a request begun after `since`, and all of it is committed."""
        self.until(lambda: all(sender.since > since for sender in self.senders), f"{what}: entries are taken again")
        ends = self.until(self.service.ends, f"{what}: the brokers answer")
        self.until(lambda: self.everything_up_to(ends), f"{what}: they are committed")
        self.times.append((what, time.monotonic() - since))

    def must_be_sound(self, what):
        """Every place agrees with the store as it is now or later (`teller reconcile`), and the store with itself (`teller verify`)."""
        commit = self.service.numbers()["commit"]
        self.until(lambda: self.published() >= commit, f"{what}: it is published")
        # Under load readers are behind, and what has just come back may not be looked at yet: neither is a difference.
        self.until(
            lambda: self.service.reconciled(lambda line: line["result"] != "not looked at" and line["commit"] >= commit),
            f"{what}: every place is looked at, as of commit {commit} or later",
        )
        teller("verify", "--config", self.service.config)

    # --------------------------------------------------------------------------------------------------- doing

    def controller(self):
        told = stack("kafka.sh", "tool", "org.apache.kafka.tools.MetadataQuorumCommand", "describe", "--status")
        return int(re.search(r"LeaderId:\s+(\d+)", told)[1])

    def executor(self):
        """The process of one executor of our job."""
        app = re.findall(r"app-\d+-\d+", self.service.said("count"))[-1].encode()
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if app in words and any(b"CoarseGrainedExecutorBackend" in word for word in words):
                return int(process.name)
        raise AssertionError("no executor of our job was found")

    def kill(self, name, before_it_is_back=False):
        """A server of the stack dies and is started again; `before_it_is_back`: the others must do without it first."""
        since = time.monotonic()
        stack("stack.sh", "kill", name)
        if before_it_is_back:
            self.recovered(f"{name} killed, away", since)
            since = time.monotonic()
        stack("stack.sh", "start-one", name)
        return since


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    stack("teller.sh", "stop")  # The cluster has room for one job.
    made = Run(tmp_path_factory.mktemp("kills"))
    try:
        made.begin()
        yield made
    finally:
        made.close()


each_round = pytest.mark.parametrize("number", range(KILLS))


def test_it_counts_under_load(night):
    night.recovered("start of everything", time.monotonic())
    night.must_be_sound("start")


@each_round
def test_the_gateway_is_killed(night, number):
    since = time.monotonic()
    night.service.kill("gateway")
    night.service.start("gateway")
    night.recovered("gateway killed", since)
    night.must_be_sound("gateway")


@each_round
def test_the_driver_is_killed(night, number):
    since = time.monotonic()
    night.service.kill("count")
    night.service.start("count", *SPECULATION)
    night.recovered("driver killed (its checkpoint is gone with it)", since)
    night.must_be_sound("driver")


@each_round
def test_an_executor_is_killed(night, number):
    since = time.monotonic()
    os.kill(night.executor(), signal.SIGKILL)
    night.recovered("executor killed", since)
    night.must_be_sound("executor")


@each_round
def test_publish_is_killed(night, number):
    since = time.monotonic()
    night.service.kill("publish")
    night.service.start("publish")
    night.recovered("publish killed", since)
    night.must_be_sound("publish")


@each_round
def test_postgresql_stops_immediately(night, number):
    since = time.monotonic()
    if number % 2 == 0:
        os.kill(int((STATE / "run/pids/postgres").read_text()), signal.SIGQUIT)
        night.until(lambda: " gone" in stack("postgres.sh", "status"), "PostgreSQL is gone")
    else:
        stack("stack.sh", "kill", "postgres")
    stack("stack.sh", "start-one", "postgres")
    night.recovered("PostgreSQL stopped at once", since)
    night.must_be_sound("PostgreSQL")


@each_round
def test_elasticsearch_is_killed(night, number):
    since = time.monotonic()
    stack("stack.sh", "kill", "elasticsearch")
    night.recovered("Elasticsearch killed, away", since)  # It holds nothing up.
    stack("stack.sh", "start-one", "elasticsearch")
    night.must_be_sound("Elasticsearch")
    night.times.append(("Elasticsearch killed: it shows everything again", time.monotonic() - since))


@each_round
def test_a_broker_is_killed(night, number):
    controller = night.controller()
    broker = next(n for n in (1, 2, 3) if n != controller)
    since = night.kill(f"kafka-{broker}", before_it_is_back=True)
    night.recovered("broker back", since)
    night.must_be_sound("broker")


@each_round
def test_the_active_controller_is_killed(night, number):
    controller = night.controller()
    since = night.kill(f"kafka-{controller}", before_it_is_back=True)
    night.recovered("controller back", since)
    assert night.controller() != controller or number, "another node should have taken over"
    night.must_be_sound("controller")


def test_with_two_of_three_brokers_down_the_outcome_is_unknown_and_it_ends_counted_once(night):
    def unknown():
        return sum(sender.answers[status] for sender in night.senders for status in (503, 504))

    before = unknown()
    since = time.monotonic()
    for name in ("kafka-2", "kafka-3"):
        stack("stack.sh", "kill", name)
    night.until(lambda: unknown() > before, "an answer that says unknown")
    stack("kafka.sh", "start", "2", "3")
    night.recovered("two of three brokers killed", since)
    night.must_be_sound("two brokers")


def test_a_gateway_is_added_and_removed(night):
    service = night.service
    service.start("gateway-2")
    service.wait_for_gateway(service.port + 1)
    for sender in night.senders:
        sender.ports = [service.port + 1, service.port]
    since = time.monotonic()
    service.stop("gateway")  # The first one goes; the second one takes it all.
    night.recovered("gateway added, the first one stopped", since)
    service.start("gateway")
    service.wait_for_gateway()
    for sender in night.senders:
        sender.ports = [service.port, service.port + 1]
    since = time.monotonic()
    service.stop("gateway-2")
    night.recovered("second gateway removed", since)


def move(night, replicas):
    """Partition -> brokers, the leader first. Returns when every copy is where it shall be."""
    plan = night.folder / "move.json"
    plan.write_text(
        json.dumps(
            {"version": 1, "partitions": [{"topic": night.topic, "partition": number, "replicas": brokers} for number, brokers in replicas.items()]}
        )
    )
    command = ("kafka.sh", "tool", "org.apache.kafka.tools.reassign.ReassignPartitionsCommand", "--reassignment-json-file", plan)
    stack(*command, "--execute")
    night.until(lambda: "still in progress" not in (told := stack(*command, "--verify")) and "is completed" in told, "the move")


def test_a_broker_is_added_takes_partitions_and_is_removed(night):
    partitions = night.admin.list_topics(night.topic, timeout=60).topics[night.topic].partitions
    where = {number: list(one.replicas) for number, one in partitions.items()}
    assert all(sorted(brokers) == [1, 2, 3] for brokers in where.values())
    stack("certificates.sh", "start")
    stack("kafka.sh", "add")
    try:
        since = time.monotonic()
        move(night, {number: [4, *brokers[:2]] for number, brokers in where.items()})
        night.recovered("broker added, every partition moved to it", since)
        assert run(TREE / "stack/kafka.sh", "remove", code=None).returncode == 3, "it still holds everything"
    finally:
        since = time.monotonic()
        move(night, where)
        stack("kafka.sh", "remove")
    night.recovered("moved back, broker removed", since)
    night.must_be_sound("brokers")


def test_a_worker_is_added_and_removed(night):
    """The third worker takes the executor of the first, which goes; then back."""

    def workers(*command):
        run(TREE / "stack/spark.sh", *command, env={**os.environ, "SPARK_WORKERS": "3"})

    workers("start", "spark-worker-3")
    try:
        since = time.monotonic()
        stack("stack.sh", "kill", "spark-worker-1")
        night.recovered("worker added, the first one killed", since)
    finally:
        stack("spark.sh", "start")
    since = time.monotonic()
    os.kill(int((STATE / "run/pids/spark-worker-3").read_text()), signal.SIGTERM)
    night.recovered("third worker removed", since)
    night.must_be_sound("workers")


# ------------------------------------------------------------------------------------------------ the end of the load


@pytest.fixture(scope="module")
def done(night):
    """The load is over and everything is committed. What both forms say of it."""
    for sender in night.senders:
        sender.stop()
    ends = night.service.ends()
    night.until(lambda: night.everything_up_to(ends), "everything is committed")
    night.must_be_sound("the end")
    told = teller("load", *[sender.sent_file for sender in night.senders], "--home", night.embedded, "--in-order", "--json")
    night.embedded_told = json.loads(told.stdout)
    night.digest = teller("digest", "--home", night.embedded).stdout.strip()
    return night


def test_one_digest_in_both_forms(done):
    assert teller("digest", "--config", done.service.config).stdout.strip() == done.digest


def exported(run_, folder):
    """An export of the service's count, and every leaf of its logs as (id, leaf hash)."""
    teller("log", "export", folder, "--config", run_.service.config)
    leaves = []
    for bundle in folder.glob("partitions/*/tile/entries/**/*"):
        if bundle.is_file():
            raw, at = bundle.read_bytes(), 0
            while at < len(raw):
                (length,) = struct.unpack_from(">H", raw, at)
                leaves.append((raw[at + 12 : at + 28], leaf_hash(raw[at + 2 : at + 2 + length])))
                at += 2 + length
    return leaves


def test_the_log_holds_what_was_acknowledged_once_and_nothing_else(done):
    ledger = {}
    for sender in done.senders:
        assert not ledger.keys() & sender.first.keys()
        ledger |= sender.first
    log = exported(done, done.folder / "export")
    assert len(log) == len(dict(log)), "an id stands in the log twice"
    assert dict(log) == ledger
    assert len(log) == done.service.numbers()["counted"] > 10_000


def test_copies_are_told_apart_and_only_more_of_them_came_by_sending_again(done):
    numbers = done.service.numbers()
    other = sum((sender.other for sender in done.senders), start=type(done.senders[0].other)())
    assert other["duplicate"] and other["conflict"]
    assert numbers["duplicate"] >= other["duplicate"] and numbers["conflict"] >= other["conflict"]
    assert numbers["recorded"] == sum(numbers[outcome] for outcome in OUTCOMES)
    assert numbers["rejected"] == 0


# ------------------------------------------------------------------------------------------- the same records once more


def picture(run_):
    """What must not change: digest; log sizes and roots."""
    numbers = run_.service.numbers()
    return teller("digest", "--config", run_.service.config).stdout.strip(), [(one["log_size"], one["root"]) for one in numbers["partitions"]]


def outcomes(run_):
    numbers = run_.service.numbers()
    return {outcome: numbers[outcome] for outcome in OUTCOMES}


def records_of(run_, ends):
    """All records of the topic: (partition, bytes), in order."""
    with consumer() as reader:
        for partition, end in enumerate(ends):
            reader.assign([TopicPartition(run_.topic, partition, 0)])
            at = -1
            while at < end - 1:
                message = reader.poll(60)
                assert message is not None and not message.error(), message and message.error()
                at = message.offset()
                yield partition, message.value()


def produce(run_, records):
    failed = []
    producer = Producer(as_admin() | {"enable.idempotence": True, "linger.ms": 5})
    for partition, record in records:
        while True:
            try:
                producer.produce(run_.topic, record, partition=partition, on_delivery=lambda error, _: failed.append(error) if error else None)
                break
            except BufferError:
                producer.poll(0.5)
        producer.poll(0)
    assert producer.flush(120) == 0 and not failed, failed[:3]


def rejected_record(run_, partition):
    """A record as a gateway writes it, with an entry that no gateway lets in: its style does not exist."""
    entry = bytes([1, 1]) + run_.id[:8] + os.urandom(6) + b"\x40\0\x80" + os.urandom(7) + struct.pack("<IHBBB", 0, 65535, 1, 0, 0)
    raw = b"TREC\1" + run_.id + struct.pack("<HI", partition, 1)
    raw += b"\4test\0" + struct.pack("<II", 2**32 - 1, 1) + struct.pack("<QH", 0, len(entry)) + entry
    return raw + struct.pack("<I", crc32c(raw))


def counted_up_to_now(run_, what):
    ends = run_.service.ends()
    run_.until(lambda: run_.everything_up_to(ends), what)


@pytest.fixture(scope="module")
def again(done):
    """Some rejected entries more, then: the topic read again from 0; everything produced again, under two jobs at once."""
    produce(done, [(partition, rejected_record(done, partition)) for partition in range(PARTITIONS)])
    counted_up_to_now(done, "rejected entries are looked at")
    assert outcomes(done)["rejected"] == PARTITIONS
    return done


def test_the_topic_read_again_from_0_changes_nothing(again):
    before = picture(again), outcomes(again)
    again.service.stop("count")
    again.service.start("count", *SPECULATION, TELLER_SPARK_FROM_START="1")
    # What comes behind it all is counted when all of it has been read.
    produce(again, [(partition, rejected_record(again, partition)) for partition in range(PARTITIONS)])
    counted_up_to_now(again, "the whole topic is read again")
    assert re.search(r"spark.counting .*from=\S*\{0=0, 1=0, 2=0, 3=0\}", again.service.said("count"))
    assert picture(again) == before[0]
    assert outcomes(again) == before[1] | {"rejected": 2 * PARTITIONS}


def test_every_record_produced_again_under_two_jobs_moves_only_the_counters_of_copies(again):
    before = picture(again), outcomes(again)
    again.service.stop("count")
    for name in ("count", "count-2"):  # One core each; both believe that they are the one.
        again.service.start(name, *SPECULATION, "--conf", "spark.cores.max=1", "--conf", "spark.ui.port=0")
    for name in ("count", "count-2"):
        again.until(lambda name=name: "spark.counting " in again.service.said(name).rpartition("spark.starting")[2], f"{name} reads")
    records = list(records_of(again, again.service.ends()))
    produce(again, records)
    counted_up_to_now(again, "everything is looked at again")
    again.service.stop("count-2")
    assert picture(again) == before[0]
    counted, was = outcomes(again), before[1]
    assert counted == {
        "counted": was["counted"],
        "duplicate": 2 * was["duplicate"] + was["counted"],
        "conflict": 2 * was["conflict"],
        "rejected": 2 * was["rejected"],
    }
    again.must_be_sound("everything again")


def test_spark_keeps_no_checkpoint_that_could_be_lost(again):
    """Where a query was lives in the store alone. Spark's checkpoint is in the driver's memory, and dies with it."""
    assert not pathlib.Path("/teller-count").exists()
    assert not [path for path in (STATE / "run/spark").rglob("*") if path.name in ("offsets", "commits") and path.is_dir()]


# --------------------------------------------------------------------------------------------------- a spoiled topic


def stops_by_name(run_, code):
    """The job ends with 3 and says why; nothing is counted."""
    before = picture(run_), outcomes(run_)
    if "count" not in run_.service.processes:
        run_.service.start("count")
    job = run_.service.processes.pop("count")
    assert job.wait(timeout=400) == 3
    assert code in run_.service.said("count").strip().splitlines()[-1]
    assert (picture(run_), outcomes(run_)) == before


def done_with(futures):
    for future in futures.values():
        future.result(timeout=60)


def test_an_expired_topic_stops_the_count_by_name(again):
    again.service.stop("count")
    ends = again.service.ends()
    produce(again, [(1, rejected_record(again, 1)) for _ in range(3)])
    # Leaders have moved, and a client learns it a moment later: hence again until it is done.
    again.until(lambda: done_with(again.admin.delete_records([TopicPartition(again.topic, 1, ends[1] + 2)])) or True, "the records are deleted")
    stops_by_name(again, "journal.expired")


def test_a_topic_that_has_grown_stops_the_count_by_name(again):
    done_with(again.admin.create_partitions([NewPartitions(again.topic, PARTITIONS + 1)]))
    stops_by_name(again, "journal.partitions")


def test_a_topic_that_was_made_again_stops_the_count_by_name(again):
    again.service.stop("gateway")
    done_with(again.admin.delete_topics([again.topic]))
    again.until(lambda: again.topic not in again.admin.list_topics(timeout=10).topics, "the topic is gone")
    done_with(again.admin.create_topics([NewTopic(again.topic, PARTITIONS, 3)]))
    stops_by_name(again, "journal.other")


def test_the_recount_on_the_cluster_agrees(again):
    """Every job is over, so there is room; the export lies where every executor sees it."""
    ran = run(TREE / "recount/recount.sh", again.folder / "export", "--json", env={**os.environ, "RECOUNT_MASTER": "stack"})
    told = json.loads(ran.stdout)
    assert told["equal"] and told["digest"]["recounted"] == again.digest
    assert told["entries"] == again.service.numbers()["counted"]
