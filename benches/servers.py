"""The servers of stack/ for the questions about the service form: whether they are up, a count of our own on them, what each costs.

Nothing of another count is touched: database, topics and processes are made for a run and deleted after it.
"""

import contextlib
import json
import os
import pathlib
import secrets
import shutil
import signal
import ssl
import subprocess
import sys
import time
import urllib.request

from ballots import COUNTERS, TELLER, TREE
from measure import Answer, cost_so_far

sys.path += [str(TREE / "tests/shared"), str(TREE / "tests/stack")]
from running_stack import CA, SECRETS, STATE, own_config, port, stack  # noqa: E402 - where the stack is

PROCESSES = {
    "kafka": ["kafka-1", "kafka-2", "kafka-3"],
    "postgres": ["postgres"],
    "spark": ["spark-master", "spark-worker-1", "spark-worker-2"],
    "elasticsearch": ["elasticsearch"],
}
JAR = TREE / "spark/target/teller-spark.jar"
LIBRARIES = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "teller"
GATEWAY = 22  # Ports of our own, this far behind GATEWAY_PORT: the gateway, and two more.
GROUP = 250_000  # Ballots that an engine may put into one commit, so that totals move while it counts; an eighth of them, if that is less.
STILL = 60  # Seconds without one more ballot, after which an engine has counted what it will.
START = 300  # Seconds for the first ones.


# --------------------------------------------------------------------------------------------------------- servers


def pid_of(name):
    """Of a process of the stack; None where it does not run. That a pid is ours says its environment, as stack/lib.sh has it."""
    with contextlib.suppress(OSError, ValueError):
        pid = int((STATE / "run/pids" / name).read_text())
        if f"TELLER_SERVER={name}@{STATE}".encode() in pathlib.Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
            return pid
    return None


def pids(*servers):
    return [pid_of(name) for server in servers for name in PROCESSES[server]]


def missing(needs):
    """Why a question that needs these servers cannot be asked now; None: it can."""
    down = [server for server in needs if None in pids(server)]
    if down:
        return f"{', '.join(down)} of the stack not up: stack/stack.sh start {' '.join(needs)}"
    if not JAR.exists():
        return "the Spark job is not built: tools/build.sh service"
    with urllib.request.urlopen(f"http://127.0.0.1:{port('SPARK_PAGE_PORT')}/json/", timeout=10) as page:
        spark = json.load(page)
    if spark["coresused"]:
        return "a count has Spark's cores: stack/teller.sh stop count"
    return None


def start(needs):
    """Starts these servers for a question that was asked by its name. Gives what to do afterwards."""
    if any(None in pids(server) for server in needs):
        ran = any(pid_of(name) for names in PROCESSES.values() for name in names)
        subprocess.run([TREE / "stack/stack.sh", "start", *needs], check=True)
        if not ran:
            return lambda: subprocess.run([TREE / "stack/stack.sh", "stop"], check=True)
    return lambda: None


# ------------------------------------------------------------------------------------------------------- databases


@contextlib.contextmanager
def database():
    """A database of its own, as its owner; gives its name and connect()."""
    import psycopg

    name = "bench" + secrets.token_hex(4)
    stack("postgres.sh", "database", name)

    def connect():
        return psycopg.connect(conninfo(name), autocommit=True)

    try:
        yield name, connect
    finally:
        stack("postgres.sh", "drop-database", name)


def conninfo(database):
    owner = SECRETS / "teller_owner"
    place = f"host=localhost port={port('POSTGRES_PORT')} dbname={database} user=teller_owner"
    return f"{place} sslmode=verify-full sslrootcert={CA} sslcert={owner}.crt sslkey={owner}.key"


# ----------------------------------------------------------------------------------------------------------- kafka


def kafka_client():
    """Kafka's client settings of who may do everything: the accounts of the stack let nobody else use transactions."""
    brokers = ",".join(f"localhost:{port('KAFKA_PORT_BASE') + 100 * node + 3}" for node in (1, 2, 3))
    stores = {"keystore": SECRETS / "admin.pem", "truststore": CA}
    said = {"bootstrap.servers": brokers, "security.protocol": "SSL"}
    return said | {f"ssl.{store}.{what}": str(value) for store, path in stores.items() for what, value in (("type", "PEM"), ("location", path))}


def delete_topics(prefix):
    stack("kafka.sh", "tool", "org.apache.kafka.tools.TopicCommand", "--delete", "--topic", prefix + ".*")


def topic_bytes(topic):
    """On all nodes together: each has a copy."""
    return sum(path.stat().st_size for path in (STATE / "run/kafka").glob(f"data-*/{topic}-[0-9]*/*.log"))


def topic_records(topic):
    said = stack("kafka.sh", "tool", "org.apache.kafka.tools.GetOffsetShell", "--topic", topic)
    return sum(int(line.rpartition(":")[2]) for line in said.split())


# ------------------------------------------------------------------------------------------------------- the count


class Count:
    """Teller's count of these ballots on the servers, in a folder and a database; its topics begin with `prefix`."""

    def __init__(self, ballots, folder, prefix, database):
        self.folder, self.home, self.entries = folder, folder / "home", prefix + "entries"
        self.processes, self.config = {}, folder / "teller.toml"
        self.home.mkdir(parents=True, mode=0o700)
        for name in ("count.json", "rules.json", "presentation.json", "key"):
            shutil.copy2(ballots.home / name, self.home / name)
        self.port = port("GATEWAY_PORT") + GATEWAY
        self.config.write_text(own_config(self.home, self.home, prefix, database, self.port, self.port + 1))
        self.teller("init", "--rules", self.home / "rules.json")

    def teller(self, *arguments):
        done = subprocess.run([TELLER, *map(str, arguments), "--config", self.config], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"teller {arguments[0]}: {done.stderr.strip()}")
        return done.stdout

    def start(self, name, *options, **environment):
        """gateway, count (the Spark driver; `options` are of spark-submit), publish or log."""
        submit = [TREE / "stack/spark.sh", "submit", "--driver-java-options", "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"]
        command = {
            "gateway": [TELLER, "gateway", "--config", self.config],
            "publish": [TELLER, "publish", "--config", self.config],
            "log": [TELLER, "log", "serve", "--listen", f"127.0.0.1:{self.port + 2}", "--config", self.config],
            "count": [*submit, *options, "--class", "org.teller.spark.CountJob", JAR, self.config],
        }[name]
        library = {"TELLER_LIBRARY": str(TREE / "build/release/libteller.so")}
        self.processes[name] = launch(command, self.folder / f"{name}.log", library | environment)
        return self.processes[name]

    def start_gateways(self, number):
        """Gives their ports; the first is `port`, the others are behind those of our other processes."""
        ports = [self.port, *range(self.port + 3, self.port + 2 + number)]
        self.start("gateway")
        for other in ports[1:]:
            config = self.folder / f"gateway-{other}.toml"
            config.write_text(self.config.read_text().replace(f':{self.port}"', f':{other}"'))
            self.processes[config.stem] = launch([TELLER, "gateway", "--config", config], self.folder / f"{config.stem}.log", {})
        for one in ports:
            self.wait_for_gateway(one)
        return ports

    def wait_for_gateway(self, port=None):
        context = ssl.create_default_context(cafile=CA)
        context.load_cert_chain(SECRETS / "station.crt", SECRETS / "station.key")
        while True:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"https://localhost:{port or self.port}/v1/health", context=context, timeout=10).close()
                return
            alive(self.processes["gateway"])
            time.sleep(0.1)

    def load(self, file, port=None):
        """The command that sends a file to the gateway, or that on another port, as a station."""
        station = ("--certificate", SECRETS / "station.crt", "--key", SECRETS / "station.key")
        options = ("--format", "packed", "--to", f"https://localhost:{port or self.port}", "--ca", CA, *station, "--no-wait")
        return [str(word) for word in (TELLER, "load", file, *options)]

    def close(self):
        while self.processes:
            end(self.processes.popitem()[1])


def own_name():
    return "bench-" + secrets.token_hex(3)


def java(program):
    """Of the JDK that the servers run on."""
    return max(pathlib.Path("/usr/lib/jvm").glob("java-17-openjdk-*")) / "bin" / program


def compiled(folder, jars, name):
    """The folder with the classes of a rival's job."""
    classes, jobs = folder / "classes", TREE / "benches/rivals/jobs"
    sources = [jobs / "Packed.java", jobs / f"{name}.java"]
    subprocess.run([java("javac"), "-cp", f"{jars}/*", "-d", classes, *sources], check=True)
    return classes


def packed_jar(folder, jars, name):
    made = folder / f"{name}.jar"
    subprocess.run([java("jar"), "--create", "--file", made, "-C", compiled(folder, jars, name), "."], check=True)
    return made


def launch(command, log, environment):
    with open(log, "ab") as said:
        process = subprocess.Popen(list(map(str, command)), stdout=said, stderr=said, env=os.environ | environment, start_new_session=True)
    process.log = log
    return process


def alive(process):
    if process.poll() is not None:
        raise RuntimeError(f"ended with {process.returncode}: {process.log.read_text(errors='replace')[-1500:]}")


def end(process):
    """And whatever it has started, at last by force."""
    process.send_signal(signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(30)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


# What a test may read: how many ballots stand in the totals that are committed, and how many came twice.
COUNTED = "select coalesce(sum(counted), 0)::bigint, coalesce(sum(duplicate), 0)::bigint from teller.partitions"
VALUES = "select unit_id, method_id, option_id, value from teller.pub_totals where value <> 0"


def answer(ballots, store):
    units, methods, options = ({id: number for number, id in enumerate(names)} for names in ballots.names())
    slots = options | COUNTERS
    totals = {(units[unit], methods[method], slots[slot]): votes for unit, method, slot, votes in store.execute(VALUES) if slot in slots}
    return Answer(totals, store.execute(COUNTED).fetchone()[1])


# ----------------------------------------------------------------------------------------------------- the questions


def fill(ballots):
    """The topic that each engine drains, written by our gateway as ballots of stations are."""
    name = own_name() + "-"
    stack("kafka.sh", "allow", name)
    with database() as (store, _):
        count = Count(ballots, ballots.folder / "filled", name, store)
        try:
            count.teller("topics", "create")
            count.start("gateway")
            count.wait_for_gateway()
            subprocess.run(count.load(ballots.packed), check=True, capture_output=True)
        finally:
            count.close()
    records = topic_records(count.entries)
    filled = {"topics": name, "entries": count.entries, "records": records, "group": group_of(ballots, records)}
    (ballots.folder / "topic.json").write_text(json.dumps(filled))


def group_of(ballots, records):
    """Records that an engine may put into one commit."""
    return max(1, min(GROUP * records // ballots.sent(), records // 8))


def filled(ballots):
    return json.loads((ballots.folder / "topic.json").read_text())


def empty(ballots):
    stack("kafka.sh", "forget", filled(ballots)["topics"])


def changes_of(counted, process, so_far):
    """Waits until `counted` says something else than `so_far`, or the engine has stood still."""
    moved = time.monotonic()
    while (now := counted()) == so_far and time.monotonic() < moved + (STILL if so_far else START):
        alive(process)
        time.sleep(0.05)
    return now


def drain(ballots, clock, begin, counted, settled=lambda: True):
    """Starts an engine, and lets the clock run from one of its first commits to the one that holds the last ballot.

    What a JVM needs to come up is not a matter of draining; it is given beside it. `counted()` is what the database says. Copies may come
    behind the last ballot, and what an engine writes by several ways: until `settled()` it may go on, on nobody's clock.
    """
    size, started = ballots.truth()["size"], time.perf_counter()
    process = begin()
    clock.servers, clock.starts_under_way = pids("kafka", "postgres", "spark"), True
    try:
        if not (first := changes_of(counted, process, 0)):
            raise RuntimeError(f"nothing was counted in {START} seconds")
        up = time.perf_counter() - started
        with clock:
            parts = {name: [process.pid] if name == "engine" else pids(name) for name in ("kafka", "postgres", "engine", "spark")}
            before, now = {name: cost_so_far(part)[0] for name, part in parts.items()}, first
            while now < size and (then := changes_of(counted, process, now)) != now:
                now = then
        clock.ballots = max(1, now - first)
        worked = {name: (cost_so_far(part)[0] - before[name]) / clock.ballots * 1e6 for name, part in parts.items()}
        give_up = time.monotonic() + 15
        while not settled() and time.monotonic() < give_up:
            time.sleep(0.1)
        return {"first s": up, "µs brokers": worked["kafka"], "µs PostgreSQL": worked["postgres"]}
    finally:
        end(process)
