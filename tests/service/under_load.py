"""The service under load, and what one may do to it: for the tests that kill things.

Two clients send without a break and keep their own ledger (ledger.py). `bring_back` leads to the state that every test
begins from, whatever the test before it left behind.
"""

import contextlib
import json
import os
import pathlib
import re
import signal
import struct
import sys
import time

import requests
from confluent_kafka import ElectionType, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from fault_proxy import FaultProxy  # noqa: E402
from ledger import InboxSender, Sender, crc32c, entries_of  # noqa: E402
from service import SECRETS, STATE, TREE, Service, as_admin, consumer, offsets, run, settings, teller  # noqa: E402

KILLS = int(os.environ.get("TELLER_KILLS", 1))
FAULTS_A_LOOK = 1 if KILLS > 1 else 6  # Faults that one `look` is for.
RATE = 200  # Entries a second of each of the two senders.
INBOX_RATE = 50  # Of an outside producer.
BALLOTS = int(os.environ.get("TELLER_KILLS_BALLOTS", 600_000 * KILLS))
PARTITIONS = 4
# What is asked for, in seconds, on quiet cores; printed beside what was seen. What a test asserts is more: other work goes on beside it.
GOALS = {
    "a leader hangs: acknowledged again": 10,
    "a leader hangs": 20,
    "master back, with its workers": 20,
    "driver killed": 40,
    "driver, master, leader, gateway, PostgreSQL killed": 90,
    "everything killed": 90,
}
OUTCOMES = ("counted", "duplicate", "conflict", "rejected")
SERVERS = {"kafka-1", "kafka-2", "kafka-3", "postgres", "elasticsearch", "spark-master", "spark-worker-1", "spark-worker-2"}
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


def stack(*command):
    return run(TREE / "stack" / command[0], *command[1:]).stdout


class UnderLoad:
    """The service under load, and what one may do to it."""

    def __init__(self, folder):
        self.folder, self.embedded = folder, folder / "embedded"
        rules = folder / "rules.json"
        teller("generate", "--write-rules", rules, "--contests", 3, "--units", 60, "--ranked", 1, "--seed", 21)
        teller("init", "--home", self.embedded, "--rules", rules, "--mode", "test", "--partitions", PARTITIONS)
        shares = "--duplicates 0.01 --conflicts 0.005 --parts 2 --format packed".split()
        teller("generate", "--home", self.embedded, "--ballots", BALLOTS, "--seed", 22, *shares, "--out", folder / "load.packed")
        teller("generate", "--home", self.embedded, "--ballots", BALLOTS // 8, "--seed", 23, "--format", "ndjson", "--out", folder / "inbox.ndjson")
        self.service = service = Service(self.embedded, folder)
        # Between the job and PostgreSQL, and from test_the_network_fails on between publish and both databases.
        self.networks = [FaultProxy(int(settings()[name])).__enter__() for name in ("POSTGRES_PORT", "ELASTICSEARCH_PORT")]
        self.config_through_the_networks = folder / "through-the-networks.toml"
        text = service.config.read_text()
        for name, network in zip(("POSTGRES_PORT", "ELASTICSEARCH_PORT"), self.networks, strict=True):
            port = settings()[name]
            assert f"port={port} " in text or f"localhost:{port}" in text
            text = text.replace(f"port={port} ", f"port={network.port} ").replace(f"localhost:{port}", f"localhost:{network.port}")
        self.config_through_the_networks.write_text(text)
        service.configs["count"] = self.config_through_the_networks
        self.id = bytes.fromhex(json.loads((self.embedded / "count.json").read_text())["id"])
        self.topic = service.prefix + "entries"
        self.admin = AdminClient(as_admin())
        self.times = []  # (what was done, seconds)
        self.not_looked_at = []  # What was done since the last `look`.
        self.senders = []
        self.inbox = None
        self.over = False  # The load has ended, and is not to go on.
        self.ended_with = None  # What the service said then.

    def begin(self):
        for name in ("gateway", "inbox", "publish", "count"):
            self.start(name)
        self.service.wait_for_gateway()
        for part in (1, 2):
            self.send(entries_of(self.folder / f"load.{part}.packed"))
        lines = open(self.folder / "inbox.ndjson", "rb")
        self.inbox = InboxSender(as_admin(), self.service.prefix + "inbox", PARTITIONS, lines, INBOX_RATE, self.folder / "sent.inbox.ndjson")
        self.inbox.start()

    def start(self, name):
        self.service.start(name, *(SPECULATION if name.startswith("count") else ()))

    def send(self, entries):
        sent = self.folder / f"sent.{len(self.senders) + 1}.packed"
        self.senders.append(Sender(self.id, entries, [self.service.port], SECRETS, RATE, sent))
        self.senders[-1].start()

    def sending(self):
        """The senders at work; one that has failed has told so, and another one sends the rest."""
        return [sender for sender in self.senders if sender.failure is None]

    def close(self):
        self.tell_times()
        for sender in [*self.senders, *filter(None, [self.inbox])]:
            sender.give_up()
        self.service.close()
        for network in self.networks:
            network.__exit__()

    def tell_times(self):
        """tests/run.sh and tests/long.sh show the lines of those of which something is asked for."""
        print("\nRecovered after (entries acknowledged after the fault are committed):")
        for what, seconds in self.times:
            asked = f"  (asked for: {GOALS[what]} s)" if what in GOALS else ""
            print(f"  {what:52} {seconds:6.1f} s{asked}")

    # -------------------------------------------------------------------------------------------------- looking

    def until(self, holds, what, seconds=400):
        """What `holds` gives, once it is something; it may fail while a server is away. The limit only ends a run that hangs."""
        deadline, senders = time.monotonic() + seconds, self.sending()
        while True:
            try:
                if found := holds():
                    return found
                why = "it does not hold"
            except (AssertionError, KafkaException, requests.RequestException, OSError) as error:
                why = str(error)[-1500:]
            for sender in senders:
                assert sender.failure is None, sender.failure
            if time.monotonic() > deadline:
                raise AssertionError(f"not in time: {what}: {why}\n{self.service.logs()}")
            time.sleep(0.1)

    def everything_up_to(self, ends):
        positions = [one["position"] for one in self.service.numbers()["partitions"]]
        return all(at >= end for at, end in zip(positions, ends, strict=True))

    def published(self):
        """The commit that Elasticsearch and the static files show; the smaller of the two."""
        files = json.loads((self.service.home / "published/head.json").read_text())
        return min(self.service.indexed(timeout=10), files["commit_number"])  # It is asked again soon, also while a server hangs.

    def recovered(self, what, since):
        """Waits until both senders have had an answer to a request begun after `since`, and all of it is committed. Seconds since."""
        self.until(lambda: all(sender.since > since for sender in self.sending()), f"{what}: entries are taken again")
        ends = self.until(self.service.ends, f"{what}: the brokers answer")
        self.until(lambda: self.everything_up_to(ends), f"{what}: they are committed")
        self.times.append((what, time.monotonic() - since))
        return self.times[-1][1]

    def inbox_is_read(self, what):
        """All that stands in the inbox now is dealt with: its reader goes on, and has said how far it is."""
        topic = self.service.prefix + "inbox"
        with consumer(**{"group.id": "teller-inbox"}) as reader:
            all_of_it = [TopicPartition(topic, number) for number in range(PARTITIONS)]
            ends = self.until(lambda: [offsets(reader, topic, one.partition)[1] for one in all_of_it], f"{what}: the inbox's ends")
            self.until(
                lambda: all(at.offset >= end for at, end in zip(reader.committed(all_of_it, timeout=20), ends, strict=True)),
                f"{what}: the inbox is read up to {ends}",
            )

    def must_be_sound(self, what):
        """It is published, and no place says something else than the store: looked at now, or together with what is done next."""
        self.not_looked_at.append(what)
        commit = self.service.numbers()["commit"]
        self.until(lambda: self.published() >= commit, f"{what}: it is published")
        if len(self.not_looked_at) >= FAULTS_A_LOOK:
            self.look()

    def look(self):
        """Every place agrees with the store as it is now or later (`teller reconcile`), and the store with itself (`teller verify`).

        Both read all that was ever counted, and what is wrong stays wrong: so one look finds what any fault before it has done.
        """
        what, self.not_looked_at = ", ".join(self.not_looked_at), []
        since, commit = time.monotonic(), self.service.numbers()["commit"]
        # Under load readers are behind, and what has just come back may not be looked at yet: neither is a difference.
        self.until(
            lambda: self.service.reconciled(lambda line: line["result"] != "not looked at" and line["commit"] >= commit),
            f"after {what}: every place is looked at, as of commit {commit} or later",
        )
        teller("verify", "--config", self.service.config)
        self.times.append(("every place looked at", time.monotonic() - since))

    # --------------------------------------------------------------------------------------------------- doing

    def controller(self):
        told = stack("kafka.sh", "tool", "org.apache.kafka.tools.MetadataQuorumCommand", "describe", "--status")
        return int(re.search(r"LeaderId:\s+(\d+)", told)[1])

    def app(self):
        """What Spark calls the session of our job."""
        return re.findall(r"app-\d+-\d+", self.service.said("count"))[-1]

    def executor(self):
        """The process of one executor of our job."""
        app = self.app().encode()
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if app in words and any(b"CoarseGrainedExecutorBackend" in word for word in words):
                return int(process.name)
        raise AssertionError("no executor of our job was found")

    @contextlib.contextmanager
    def stopped(self, *names):
        """SIGSTOP to all processes of these, SIGCONT at the end: they hang, and their kernel goes on to acknowledge."""
        processes = [process for name in names for process in self.processes_of(name)]
        assert processes, names
        try:
            for process in processes:
                os.kill(process, signal.SIGSTOP)
            yield
        finally:
            for process in processes:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGCONT)

    def processes_of(self, name):
        if name in self.service.processes:
            return [self.service.processes[name].pid]
        if name == "executor":
            return [self.executor()]
        mark = f"TELLER_SERVER={name}@{STATE}".encode()
        found, parents = [], {}
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                parents[int(process.name)] = int((process / "stat").read_text().rpartition(")")[2].split()[1])
                if mark in (process / "environ").read_bytes().split(b"\0"):
                    found.append(int(process.name))
        # PostgreSQL's sessions write their titles over their environment: they are its children.
        for one in found:
            found += [child for child, parent in parents.items() if parent == one and child not in found]
        return found

    def leader(self, controller):
        """A broker that leads a partition of the entries: the active controller itself, or another one."""
        active = self.controller()
        leaders = set(self.until(self.spread_leaders, "brokers share the partitions").values())
        return next((broker for broker in sorted(leaders) if (broker == active) == controller), leaders.pop())

    def leaders(self):
        return {number: one.leader for number, one in self.admin.list_topics(self.topic, timeout=60).topics[self.topic].partitions.items()}

    def spread_leaders(self):
        """Partition -> leader; nothing while one broker leads all of them, as after the others were away."""
        if len(set(self.leaders().values())) == 1:
            self.admin.elect_leaders(ElectionType.PREFERRED, [TopicPartition(self.topic, number) for number in range(PARTITIONS)]).result()
        leaders = self.leaders()
        return leaders if len(set(leaders.values())) > 1 else None

    def counts_what_others_lead(self, broker):
        """A function to be called when this broker hangs: something of each partition that another one leads is sent and waited for until it
        is counted. Gives the seconds. What it sends stands in the topic already, so that it becomes duplicates."""
        others = {number for number, leader in self.leaders().items() if leader != broker}
        assert others and len(others) < PARTITIONS, f"broker {broker} leads all partitions or none"
        copies = [copy for copy in records_of(self.topic, [1] * PARTITIONS) if copy[0] in others]
        ends = self.service.ends()

        def counted():
            positions = [one["position"] for one in self.service.numbers()["partitions"]]
            return all(positions[number] > ends[number] for number in others)

        def seconds():
            since = time.monotonic()
            produce(self.topic, copies)
            self.until(counted, f"partitions {sorted(others)} are counted while their neighbours' leader hangs")
            return time.monotonic() - since

        return seconds

    def kill(self, name, before_it_is_back=False):
        """A server of the stack dies and is started again; `before_it_is_back`: the others must do without it first."""
        since = time.monotonic()
        stack("stack.sh", "kill", name)
        if before_it_is_back:
            self.recovered(f"{name} killed, away", since)
            since = time.monotonic()
        stack("stack.sh", "start-one", name)
        return since

    # ------------------------------------------------------------------------------------- the state to begin from

    def bring_back(self, after_a_failure):
        """Servers and processes are up, and there are no more of them than there should be; the load goes on.

        After a failure nothing is taken for well that only looks alive: our processes are killed and begin anew.
        """
        service, again = self.service, after_a_failure
        for network in self.networks:
            network.well()
        if not all(self.is_up(name) for name in SERVERS):
            stack("stack.sh", "start", "kafka", "postgres", "elasticsearch", "spark")
            again = True
        if (STATE / "run/kafka/data-4").exists():
            stack("kafka.sh", "start", "4")
            self.move({number: [1 + (number + i) % 3 for i in range(3)] for number in range(PARTITIONS)})
            stack("kafka.sh", "remove")
        if self.is_up("spark-worker-3"):
            os.kill(int((STATE / "run/pids/spark-worker-3").read_text()), signal.SIGTERM)
        wanted = {"gateway", "inbox", "publish", "count"}
        for name, process in list(service.processes.items()):
            if after_a_failure or name not in wanted or process.poll() is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                del service.processes[name]
        for name in wanted - service.processes.keys():
            self.start(name)
            again = True
        service.wait_for_gateway()
        if self.over:
            return
        failed = [sender for sender in self.senders if sender.failure and not sender.replaced]
        for sender in failed:
            sender.join()
            sender.replaced = True
            self.send(sender.left)
        for sender in self.sending():
            sender.ports = [service.port]
        if again or failed:
            self.recovered("the state to begin from", time.monotonic())
        assert after_a_failure or not failed, failed[0].failure

    def is_up(self, name):
        """A server of the stack; as stack/lib.sh knows it, which takes seconds to say it of all."""
        try:
            process = (STATE / "run/pids" / name).read_text().strip()
            return f"TELLER_SERVER={name}@{STATE}".encode() in pathlib.Path("/proc", process, "environ").read_bytes().split(b"\0")
        except OSError:
            return False

    def move(self, replicas):
        """Partition -> brokers, the leader first. Returns when every copy is where it shall be."""
        plan = self.folder / "move.json"
        plan.write_text(
            json.dumps(
                {
                    "version": 1,
                    "partitions": [{"topic": self.topic, "partition": number, "replicas": brokers} for number, brokers in replicas.items()],
                }
            )
        )
        command = ("kafka.sh", "tool", "org.apache.kafka.tools.reassign.ReassignPartitionsCommand", "--reassignment-json-file", plan)
        stack(*command, "--execute")

        def there():  # Until then the brokers name old copies beside the new ones.
            partitions = self.admin.list_topics(self.topic, timeout=60).topics[self.topic].partitions
            return all(partitions[number].replicas == brokers for number, brokers in replicas.items())

        self.until(there, "the move")

    def end(self):
        """The load ends, all of it is committed, and the other form has counted what was sent."""
        self.until(lambda: sum(sender.acknowledged for sender in self.sending()) > 12_000, "enough was sent")
        self.over = True
        for sender in self.senders:
            assert sender.replaced or sender.failure is None, sender.failure
            if not sender.replaced:
                sender.stop()
        self.inbox.stop()
        self.inbox_is_read("the end")
        self.counted_up_to_now("everything is committed")
        self.must_be_sound("the end")
        self.look()
        teller("load", *[sender.sent_file for sender in self.senders], "--home", self.embedded, "--in-order", code=1)  # Some are conflicts.
        teller("load", self.inbox.sent_file, "--home", self.embedded)
        self.digest = teller("digest", "--home", self.embedded).stdout.strip()
        self.ended_with = self.service.numbers()

    def counted_up_to_now(self, what):
        ends = self.service.ends()
        self.until(lambda: self.everything_up_to(ends), what)

    def outcomes(self):
        numbers = self.service.numbers()
        return {outcome: numbers[outcome] for outcome in OUTCOMES}


# ------------------------------------------------------------------------------------------------- records, without a gateway


def records_of(topic, ends):
    """All records of the topic: (partition, bytes), in order."""
    with consumer() as reader:
        for partition, end in enumerate(ends):
            reader.assign([TopicPartition(topic, partition, 0)])
            at = -1
            while at < end - 1:
                message = reader.poll(60)
                assert message is not None and not message.error(), message and message.error()
                at = message.offset()
                yield partition, message.value()


def produce(topic, records):
    failed = []
    producer = Producer(as_admin() | {"enable.idempotence": True, "linger.ms": 5})
    for partition, record in records:
        while True:
            try:
                producer.produce(topic, record, partition=partition, on_delivery=lambda error, _: failed.append(error) if error else None)
                break
            except BufferError:
                producer.poll(0.5)
        producer.poll(0)
    assert producer.flush(120) == 0 and not failed, failed[:3]


def rejected_record(count_id, partition):
    """A record as a gateway writes it, with an entry that no gateway lets in: its style does not exist."""
    entry = bytes([1, 1]) + count_id[:8] + os.urandom(6) + b"\x40\0\x80" + os.urandom(7) + struct.pack("<IHBBB", 0, 65535, 1, 0, 0)
    raw = b"TREC\1" + count_id + struct.pack("<HI", partition, 1)
    raw += b"\4test\0" + struct.pack("<II", 2**32 - 1, 1) + struct.pack("<QH", 0, len(entry)) + entry
    return raw + struct.pack("<I", crc32c(raw))
