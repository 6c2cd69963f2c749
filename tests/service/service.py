"""A count of its own on the running stack: its database, topics, home and processes stand beside those of any other.

Used by the tests of this folder. Needs stack/stack.sh start, build/release/teller, and spark/target/teller-spark.jar.
"""

import contextlib
import json
import os
import pathlib
import secrets
import shutil
import signal
import subprocess
import sys
import time

import pytest
import requests
from confluent_kafka import Consumer, KafkaException, TopicPartition

TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(TREE / "tests/stack"))
from running_stack import SECRETS, STATE, TELLER, own_config, postgres, settings  # noqa: E402, F401 - the tests take STATE from here

JAR = TREE / "spark/target/teller-spark.jar"


def run(*command, code=0, **options):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=900, **options)
    assert code is None or done.returncode == code, f"{command}\n{done.stdout}\n{done.stderr}"
    return done


def teller(*arguments, **options):
    return run(TELLER, *arguments, **options)


def as_admin():
    """A Kafka client that may do everything."""
    base = int(settings()["KAFKA_PORT_BASE"])
    return {
        "bootstrap.servers": ",".join(f"localhost:{base + 100 * n + 3}" for n in (1, 2, 3)),
        "security.protocol": "SSL",
        "ssl.ca.location": str(SECRETS / "ca.crt"),
        "ssl.certificate.location": str(SECRETS / "admin.crt"),
        "ssl.key.location": str(SECRETS / "admin.key"),
        "log_level": 0,
        "error_cb": lambda error: None,
    }


@contextlib.contextmanager
def consumer(**options):
    """May read every topic, and leaves no trace of having read it."""
    made = Consumer(as_admin() | {"group.id": "test", "enable.auto.commit": False} | options)
    try:
        yield made
    finally:
        made.close()


def offsets(reader, topic, partition, timeout=20):
    """The first offset of a partition, and its end.

    A client that has just connected learns the brokers' names, and drops the connection by which it learnt them; a question that
    went that way ends with "broker handle destroyed", and is asked again.
    """
    deadline = time.monotonic() + timeout
    while True:
        try:
            return reader.get_watermark_offsets(TopicPartition(topic, partition), timeout=timeout)
        except KafkaException as wrong:
            if wrong.args[0].name() != "_DESTROY_BROKER" or time.monotonic() > deadline:
                raise


class Service:
    """The same count as `home` holds, on the servers. The stack's own count is stopped: the cluster has room for one job."""

    def __init__(self, home, folder):
        run(TREE / "stack/teller.sh", "stop")
        self.name = "t" + secrets.token_hex(4)
        self.prefix = self.name + "-"
        self.folder, self.home = folder, folder / "home"
        self.config = folder / "teller.toml"
        self.configs = {}  # Of processes that read another one: name -> file.
        self.port = int(settings()["GATEWAY_PORT"]) + 7
        self.api_port = self.port + 2  # port + 1: a second gateway; api_port + 1: a second API.
        self.processes = {}
        self.said_last = None
        self.home.mkdir(mode=0o700)
        for name in ("count.json", "rules.json", "presentation.json", "key"):
            shutil.copy2(home / name, self.home / name)
        self.config.write_text(own_config(self.home, self.home, self.prefix, self.name, self.port, self.api_port))
        run(TREE / "stack/postgres.sh", "database", self.name)
        run(TREE / "stack/kafka.sh", "allow", self.prefix)
        teller("init", "--config", self.config, "--rules", self.home / "rules.json")
        made = json.loads(teller("topics", "create", "--config", self.config, "--json").stdout)
        assert len(made) == 3 and all(topic["created"] for topic in made), made

    def close(self):
        for name in list(self.processes):
            self.stop(name)
        run(TREE / "stack/postgres.sh", "drop-database", self.name, code=None)

    def start(self, name, *options, **environment):
        """`options` are of spark-submit. "gateway-2" and "api-2" are second ones, on the next port; "count-2" a second job."""
        what, _, other = name.partition("-")
        config = self.configs.get(name, self.config)
        if what in ("gateway", "api") and other:
            port = self.port if what == "gateway" else self.api_port
            config = self.folder / f"{name}.toml"
            config.write_text(self.config.read_text().replace(f':{port}"', f':{port + 1}"'))
        command = {
            "gateway": [TELLER, "gateway", "--config", config],
            "inbox": [TELLER, "gateway", "--inbox", "--config", config],
            "api": [TELLER, "api", "--config", config],
            "publish": [TELLER, "publish", "--config", config],
            "count": [TREE / "stack/spark.sh", "submit", *options, "--class", "org.teller.spark.CountJob", JAR, config],
        }[what]
        log = open(self.folder / f"{name}.log", "ab")
        self.processes[name] = subprocess.Popen(
            [*map(str, command)],
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={**os.environ, "TELLER_LIBRARY": str(TREE / "build/release/libteller.so"), **environment},
        )

    def said(self, name):
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def kill(self, name):
        """-9 to it and to all it started."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self, name):
        process = self.processes.pop(name)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=120)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)

    def numbers(self):
        return json.loads(teller("inspect", "--config", self.config, "--json").stdout)

    def wait_for(self, what, still=300):
        """Until `what(numbers)` holds. It ends a run in which nothing has moved for `still` seconds, and says where all stands."""
        numbers, moved = None, time.monotonic()
        while True:
            before, numbers = numbers, self.numbers()
            if what(numbers):
                return numbers
            if numbers != before:
                moved = time.monotonic()
            dead = [name for name, process in self.processes.items() if process.poll() is not None]
            assert not dead, f"{dead} ended\n{self.logs()}"
            assert time.monotonic() < moved + still, f"stands still at {numbers}; reconcile says {self.said_last}\n{self.logs()}"
            time.sleep(0.5)

    def logs(self):
        """The end of what each process wrote."""
        return "\n".join(f"--- {log.name}\n{log.read_text(errors='replace')[-2000:]}" for log in sorted(self.folder.glob("*.log")))

    def ends(self):
        """The end of each partition of the topic of entries."""
        partitions = json.loads((self.home / "count.json").read_text())["partitions"]
        with consumer() as reader:
            return [offsets(reader, self.prefix + "entries", n)[1] for n in range(partitions)]

    def positions(self):
        """How far each partition is counted, as the database has it; also of a count of which nothing is told yet."""
        with postgres("teller_publisher", self.name) as session:
            return [position for (position,) in session.execute("select position from teller.partitions order by partition")]

    def until_its_topics_are_gone(self):
        """Kafka deletes behind our back."""
        deadline = time.monotonic() + 120
        with consumer() as reader:
            while any(topic.startswith(self.prefix) for topic in reader.list_topics(timeout=20).topics):
                assert time.monotonic() < deadline
                time.sleep(0.2)

    def reconciled(self, enough):
        """The lines of `teller reconcile --full`; nothing as long as one of them is not `enough(line)`.

        A difference ends the test at once. Whatever else is going on there must be none, and no waiting mends it.
        """
        done = teller("reconcile", "--config", self.config, "--full", "--json", code=None)
        if done.returncode != 0:
            pytest.fail(f"{done.stdout}\n{done.stderr}")
        lines = json.loads(done.stdout)["lines"]
        self.said_last = [line for line in lines if not enough(line)]
        return lines if all(map(enough, lines)) else None

    def settled(self):
        """Waits until all that was sent is counted, stated and at every reader; what reconcile said of it.

        Positions are read first, then the inbox is found empty, then the topic's ends are read: if those are the same, nothing is
        on its way.
        """
        said = []

        def all_of_it(numbers):
            said[:] = self.reconciled(lambda line: line["result"] == "same") or []
            return said and [one["position"] for one in numbers["partitions"]] == self.ends()

        self.wait_for(all_of_it)
        return said

    def wait_for_gateway(self, port=None):
        deadline = time.monotonic() + 120
        url = f"https://localhost:{port or self.port}/v1/health"
        while (
            run(
                "curl", "-sf", "--cacert", SECRETS / "ca.crt", "--cert", SECRETS / "station.crt", "--key", SECRETS / "station.key", url, code=None
            ).returncode
            != 0
        ):
            assert time.monotonic() < deadline, (self.folder / "gateway.log").read_text()
            time.sleep(0.2)

    def search(self, path, timeout=60):
        """Of Elasticsearch, as the board may read it; nothing where there is nothing yet."""
        count = json.loads((self.home / "count.json").read_text())["id"][:8]
        with requests.Session() as session:
            session.trust_env, session.verify = False, str(SECRETS / "ca.crt")
            session.auth = ("board", (SECRETS / "elastic.board").read_text().strip())
            answer = session.get(f"https://localhost:{settings()['ELASTICSEARCH_PORT']}/teller-{count}-{path}", timeout=timeout)
        just_made = answer.status_code == 503 and "no_shard_available_action_exception" in answer.text  # No copy of the index is up yet.
        assert answer.status_code in (200, 404) or just_made, answer.text
        return answer.json() if answer.status_code == 200 else {}

    def indexed(self, timeout=60):
        """The commit that Elasticsearch shows."""
        return self.search("head/_doc/head", timeout).get("_source", {}).get("commit_number", 0)

    def reader(self):
        """SQL as the board and the dashboards have it: who may only read the pub_* views."""
        return postgres("teller_reader", self.name)

    def load(self, file, *options):
        return [
            "load",
            file,
            "--to",
            f"https://localhost:{self.port}",
            "--ca",
            SECRETS / "ca.crt",
            "--certificate",
            SECRETS / "station.crt",
            "--key",
            SECRETS / "station.key",
            *options,
        ]
