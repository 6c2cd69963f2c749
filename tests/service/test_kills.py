"""One run under load in which everything that can be killed is killed with -9, and more besides.

Two clients and an outside producer send without a break and keep their own ledger (ledger.py). Meanwhile each process of the
service is killed (TELLER_KILLS times each, once by default) and comes back; a gateway and a Spark worker are added and removed;
two of three brokers are down at once; each process hangs for a while (SIGSTOP) and goes on; the network to the databases fails.
After each of these what was acknowledged after it is committed, and after most of them it is published too; after every few of
them (after each, where TELLER_KILLS is more than 1) `teller reconcile` finds every place in agreement with the store, and
`teller verify` finds nothing. At the end the exported log is compared with the
ledgers by id, and the digest with that of the embedded form. Then the topic is read again from 0, and everything is produced
again under two jobs at once.

Each test stands by itself and can be run alone: it begins from a state that its fixture makes sure of, whatever the test
before it left behind (under_load.py), and compares with what it found then. Tests under load (`night`) stand before those
of its end (`done`), since the load ends once. Recovery times are printed (pytest -s, or the end of the run).
"""

import concurrent.futures
import contextlib
import json
import os
import pathlib
import random
import re
import signal
import struct
import sys
import time

import pytest
import requests

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from ledger import leaf_hash  # noqa: E402
from service import STATE, TREE, run, settings, teller  # noqa: E402
from under_load import KILLS, PARTITIONS, SERVERS, SPECULATION, UnderLoad, produce, records_of, rejected_record, stack  # noqa: E402

pytestmark = pytest.mark.timeout(3600)


@pytest.fixture(scope="module")
def load(tmp_path_factory):
    made = UnderLoad(tmp_path_factory.mktemp("kills"))
    try:
        made.begin()
        yield made
        if made.not_looked_at:  # Not all tests were run.
            made.look()
    finally:
        made.close()


@pytest.fixture(scope="module")
def failed_so_far(request):
    return {"tests": request.session.testsfailed}


@pytest.fixture
def good(load, failed_so_far, request):
    """All is up, whatever the test before this one did, and begins anew if that test failed."""
    failed = request.session.testsfailed
    after_a_failure = failed > failed_so_far["tests"]
    failed_so_far["tests"] = failed
    load.bring_back(after_a_failure)
    return load


@pytest.fixture
def night(good):
    """Under load."""
    assert not good.over, "the load has ended: a test of this fixture stands before all of `done`"
    return good


@pytest.fixture
def done(good):
    """The load is over and everything is committed. What both forms say of it."""
    if good.ended_with is None:
        good.end()
    return good


@pytest.fixture
def again(done):
    """Everything in the topic has been looked at, some rejected entries among it."""
    if done.outcomes()["rejected"] == 0:
        produce(done.topic, [(partition, rejected_record(done.id, partition)) for partition in range(PARTITIONS)])
    done.counted_up_to_now("everything is looked at")
    return done


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
    night.start("count")
    assert night.recovered("driver killed", since) < 2 * 40  # Twice what is asked for, since this machine has other work.
    night.must_be_sound("driver")


@each_round
def test_an_executor_is_killed(night, number):
    since = time.monotonic()
    os.kill(night.executor(), signal.SIGKILL)
    night.recovered("executor killed", since)
    night.must_be_sound("executor")


@each_round
def test_the_spark_master_is_killed(night, number):
    """The executors count on without it, and it knows workers and job when it is back: one that forgets has the executors ended."""
    app = night.app()

    def of_the_master(what):
        return requests.get(f"http://127.0.0.1:{settings()['SPARK_PAGE_PORT']}/json/", timeout=10).json()[what]

    since = night.kill("spark-master", before_it_is_back=True)
    night.until(lambda: of_the_master("status") == "ALIVE" and of_the_master("aliveworkers") == 2, "the master has its workers again")
    assert app in [one["id"] for one in of_the_master("activeapps")]
    assert night.recovered("master back, with its workers", since) < 4 * 20  # 31 s on quiet cores, 50 on busy ones; three JVMs begin.
    assert night.app() == app
    night.must_be_sound("master")


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


@each_round
def test_driver_master_a_leader_gateway_and_postgresql_are_killed_at_once(night, number):
    """What a machine that dies takes along: whoever is back first finds the others away. Which of the brokers: the active controller every
    other time. That nothing acknowledged before or meanwhile is lost, doubled or altered, the ledgers say at the end of the load."""
    names = (f"kafka-{night.leader(controller=number % 2 == 1)}", "postgres", "spark-master", "count", "gateway")
    processes = {name: night.processes_of(name) for name in names[:3]}
    since = time.monotonic()
    for process in sum(processes.values(), []):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    for name in names[3:]:
        night.service.kill(name)
    night.until(lambda: not any(night.is_up(name) for name in names[:3]), "the servers are gone")
    night.bring_back(False)
    night.recovered("driver, master, leader, gateway, PostgreSQL killed", since)
    night.inbox_is_read("five killed at once")
    night.must_be_sound("five killed at once")


def test_with_two_of_three_brokers_down_the_outcome_is_unknown_and_it_ends_counted_once(night):
    def unknown():
        return sum(sender.answers[status] for sender in night.sending() for status in (503, 504))

    before = unknown()
    since = time.monotonic()
    for name in ("kafka-2", "kafka-3"):
        stack("stack.sh", "kill", name)
    night.until(lambda: unknown() > before, "an answer that says unknown")
    stack("kafka.sh", "start", "2", "3")
    night.recovered("two of three brokers killed", since)
    night.must_be_sound("two brokers")


# ------------------------------------------------------------------------------------------------ what hangs and goes on


@each_round
def test_a_leader_hangs_and_comes_back(night, number):
    """The others go on without it, its own partitions with another leader, and what it kept back when it returns harms nobody."""
    broker = night.leader(controller=number % 2 == 1)
    others = night.counts_what_others_lead(broker)
    with night.stopped(f"kafka-{broker}"), concurrent.futures.ThreadPoolExecutor(1) as beside:
        since = time.monotonic()
        of_others = beside.submit(others)
        night.until(lambda: all(sender.since > since for sender in night.sending()), "entries are acknowledged without the leader")
        acknowledged = time.monotonic() - since
        night.times.append(("a leader hangs: acknowledged again", acknowledged))
        recovered = night.recovered("a leader hangs", since)
        # Each of its partitions has waited for another leader; the others for nobody.
        night.times.append(("a leader hangs: partitions of the others", of_others.result()))
        while KILLS > 1 and time.monotonic() < since + 100:
            time.sleep(1)
    assert acknowledged < 2 * 10 and recovered < 2 * 20 and of_others.result() < 2 * 10
    since = time.monotonic()
    night.recovered("the leader that hung is back", since)
    night.inbox_is_read("the leader is back")
    night.must_be_sound("hung leader")


HANGS = ("gateway", "inbox", "publish", "count", "executor", "postgres", "elasticsearch", "kafka-2", "spark-worker-1")


@each_round
def test_each_process_hangs_for_a_while_and_goes_on(night, number):
    for name in HANGS:
        with night.stopped(name):
            time.sleep(1 if KILLS == 1 else 15)  # The fault itself.
    night.recovered("each hung for a while", time.monotonic())
    night.inbox_is_read("each hung for a while")


@each_round
def test_what_is_told_to_end_ends_although_postgresql_says_nothing(night, number):
    name = "publish" if number % 2 == 0 else "count"
    process = night.service.processes[name]
    with night.stopped("postgres"):
        # Both ask it every second: then they wait.
        time.sleep(3)
        since = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=40)
        night.times.append((f"{name} told to end while PostgreSQL hangs", time.monotonic() - since))
    del night.service.processes[name]
    night.start(name)
    night.recovered("PostgreSQL hung", time.monotonic())


@each_round
def test_the_network_fails(night, number):
    """Between the job, publish and their databases: answers come late, are lost (of a commit too), connections are cut, nothing comes."""
    if "publish" not in night.service.configs:
        night.service.configs["publish"] = night.config_through_the_networks
        night.service.stop("publish")
        night.start("publish")
    postgres, elasticsearch = night.networks
    since = time.monotonic()
    for network in night.networks:
        network.delay(0.2)
    night.recovered("answers come late", since)
    for network in night.networks:
        network.well()
    for _ in range(5 * KILLS):
        for network in night.networks:
            network.lose_answer()
        night.until(lambda: postgres.answers_to_lose == elasticsearch.answers_to_lose == 0, "the next answers are lost")
    for network in night.networks:
        network.cut()
    night.recovered("answers lost, connections cut", time.monotonic())
    for network in night.networks:
        network.silence()
    time.sleep(2 if KILLS == 1 else 45)  # The fault itself.
    for network in night.networks:
        network.well()
    night.recovered("silence is over", time.monotonic())
    night.must_be_sound("network")


long_form = pytest.mark.skipif(KILLS == 1, reason="tests/long.sh kills")


@long_form
@pytest.mark.parametrize("number", range(2 * KILLS))
def test_two_and_three_hang_at_once(night, number):
    names = random.Random(number).sample(HANGS, 2 + number % 2)
    with night.stopped(*names):
        time.sleep(45)
    night.recovered(f"{' '.join(names)} hung", time.monotonic())
    night.inbox_is_read(f"{names} hung")
    night.must_be_sound(f"{names} hung")


@long_form
def test_connections_that_are_half_open_are_given_up(night):
    """Nobody says that they are gone: it is noticed by whoever waits."""
    since = time.monotonic()
    for network in night.networks:
        network.forget()
    night.recovered("half-open connections", since)
    night.must_be_sound("half-open connections")


@long_form
def test_everything_hangs_at_once(night):
    with night.stopped(*HANGS, "kafka-1", "kafka-3", "spark-master", "spark-worker-2"):
        time.sleep(60)
    since = time.monotonic()
    night.bring_back(False)
    night.recovered("everything hung", since)
    night.inbox_is_read("everything hung")
    night.must_be_sound("everything hung")


@long_form
def test_everything_is_killed_at_once(night):
    since = time.monotonic()
    for name in SERVERS:
        stack("stack.sh", "kill", name)
    for name in list(night.service.processes):
        night.service.kill(name)
    night.bring_back(False)
    assert night.recovered("everything killed", since) < 2 * 90
    night.inbox_is_read("everything killed")
    night.must_be_sound("everything killed")


# ------------------------------------------------------------------------------------------------ what comes and goes


def test_a_gateway_is_added_and_removed(night):
    service = night.service
    service.start("gateway-2")
    service.wait_for_gateway(service.port + 1)
    for sender in night.sending():
        sender.ports = [service.port + 1, service.port]
    since = time.monotonic()
    service.stop("gateway")  # The first one goes; the second one takes it all.
    night.recovered("gateway added, the first one stopped", since)
    service.start("gateway")
    service.wait_for_gateway()
    for sender in night.sending():
        sender.ports = [service.port, service.port + 1]
    since = time.monotonic()
    service.stop("gateway-2")
    night.recovered("second gateway removed", since)


def test_a_broker_is_added_takes_partitions_and_is_removed(night):
    partitions = night.admin.list_topics(night.topic, timeout=60).topics[night.topic].partitions
    where = {number: list(one.replicas) for number, one in partitions.items()}
    assert all(sorted(brokers) == [1, 2, 3] for brokers in where.values())
    stack("certificates.sh", "start")
    stack("kafka.sh", "add")
    try:
        since = time.monotonic()
        night.move({number: [4, *brokers[:2]] for number, brokers in where.items()})
        night.recovered("broker added, every partition moved to it", since)
        assert run(TREE / "stack/kafka.sh", "remove", code=None).returncode == 3, "it still holds everything"
    finally:
        since = time.monotonic()
        night.move(where)
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


def test_one_digest_in_both_forms(done):
    assert teller("digest", "--config", done.service.config).stdout.strip() == done.digest


def exported(run_):
    """An export of the service's count."""
    folder = run_.folder / "export"
    if not folder.exists():
        teller("log", "export", folder, "--config", run_.service.config)
    return folder


def leaves_of(folder):
    """Every leaf of the logs of an export as (id, leaf hash)."""
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
    log = leaves_of(exported(done))
    assert len(log) == len(dict(log)), "an id stands in the log twice"
    # What the outside producer's JSON became is compared by the digest.
    by_inbox = done.inbox.acknowledged
    assert by_inbox and not by_inbox & ledger.keys()
    assert dict(log).keys() >= by_inbox
    assert {id_: leaf for id_, leaf in log if id_ not in by_inbox} == ledger
    assert len(log) == done.ended_with["counted"] > 10_000


def test_copies_are_told_apart_and_only_more_of_them_came_by_sending_again(done):
    numbers = done.ended_with
    other = sum((sender.other for sender in done.senders), start=type(done.senders[0].other)())
    assert other["duplicate"] and other["conflict"]
    assert numbers["duplicate"] >= other["duplicate"] and numbers["conflict"] >= other["conflict"]
    assert numbers["recorded"] == sum(numbers[outcome] for outcome in ("counted", "duplicate", "conflict", "rejected"))
    assert numbers["rejected"] == 0


# ------------------------------------------------------------------------------------------- the same records once more


def picture(run_):
    """What must not change: digest; log sizes and roots."""
    numbers = run_.service.numbers()
    return teller("digest", "--config", run_.service.config).stdout.strip(), [(one["log_size"], one["root"]) for one in numbers["partitions"]]


def test_an_entry_that_no_gateway_lets_in_is_rejected(again):
    before = picture(again), again.outcomes()
    produce(again.topic, [(partition, rejected_record(again.id, partition)) for partition in range(PARTITIONS)])
    again.counted_up_to_now("rejected entries are looked at")
    assert picture(again) == before[0]
    assert again.outcomes() == before[1] | {"rejected": before[1]["rejected"] + PARTITIONS}


def test_the_topic_read_again_from_0_changes_nothing(again):
    before = picture(again), again.outcomes()
    again.service.stop("count")
    again.service.start("count", *SPECULATION, TELLER_SPARK_FROM_START="1")
    # What comes behind it all is counted when all of it has been read.
    produce(again.topic, [(partition, rejected_record(again.id, partition)) for partition in range(PARTITIONS)])
    again.counted_up_to_now("the whole topic is read again")
    assert re.search(r"spark.counting .*from=\S*\{0=0, 1=0, 2=0, 3=0\}", again.service.said("count").rpartition("spark.starting")[2])
    assert picture(again) == before[0]
    assert again.outcomes() == before[1] | {"rejected": before[1]["rejected"] + PARTITIONS}


def test_every_record_produced_again_under_two_jobs_moves_only_the_counters_of_copies(again):
    before, was = picture(again), again.outcomes()
    again.service.stop("count")
    for name in ("count", "count-2"):  # One core each; both believe that they are the one.
        again.service.start(name, *SPECULATION, "--conf", "spark.cores.max=1", "--conf", "spark.ui.port=0")
    for name in ("count", "count-2"):
        again.until(lambda name=name: "spark.counting " in again.service.said(name).rpartition("spark.starting")[2], f"{name} reads")
    records = list(records_of(again.topic, again.service.ends()))
    produce(again.topic, records)
    again.counted_up_to_now("everything is looked at again")
    again.service.stop("count-2")
    assert picture(again) == before
    counted = again.outcomes()
    assert counted == {
        "counted": was["counted"],
        "duplicate": 2 * was["duplicate"] + was["counted"],
        "conflict": 2 * was["conflict"],
        "rejected": 2 * was["rejected"],
    }
    again.must_be_sound("everything again")
    again.look()


def test_spark_keeps_nothing_that_could_be_lost(done):
    """Where the count is lives in the store alone; Spark has no checkpoint of it."""
    assert not pathlib.Path("/teller-count").exists()
    assert not [path for path in (STATE / "run/spark").rglob("*") if path.name in ("offsets", "commits") and path.is_dir()]


def test_the_recount_on_the_cluster_agrees(done):
    """The job is over, so there is room; the export lies where every executor sees it."""
    done.service.stop("count")
    ran = run(TREE / "recount/recount.sh", exported(done), "--json", env={**os.environ, "RECOUNT_MASTER": "stack"})
    told = json.loads(ran.stdout)
    assert told["equal"] and told["digest"]["recounted"] == done.digest
    assert told["entries"] == done.service.numbers()["counted"]
