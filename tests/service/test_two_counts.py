"""Two counts with names side by side on one started stack: ballots into both, one of them under kill -9 of its gateway, inbox,
publisher and driver, and then deleted, while the other one goes on as if it were alone.

What they have follows from their names (stack/counts.sh). Each ends with what its own senders were acknowledged, held against
the embedded form; its indices, its board's queries and its dashboard (with TELLER_DASHBOARDS=1) are its own.
"""

import concurrent.futures
import itertools
import json
import os
import pathlib
import shutil
import sys
import time
import tomllib

import pytest
import requests
from confluent_kafka.admin import AclBindingFilter, AclOperation, AclPermissionType, AdminClient, ResourcePatternType, ResourceType

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from ledger import Sender, entries_of, packed  # noqa: E402
from service import SECRETS, STATE, TREE, as_admin, consumer, offsets, run, settings, teller  # noqa: E402
from test_both_forms import produce  # noqa: E402

CA = str(SECRETS / "ca.crt")
RATE = 300  # Entries a second into each of the two.
PARTITIONS = 2
BY_INBOX = 500
UNDISTURBED, KILLED = "two-a", "two-b"
DASHBOARDS = bool(os.environ.get("TELLER_DASHBOARDS"))  # In Superset too, which takes as long as all the rest.
PROCESSES = ("gateway", "inbox", "count", "publish")


def script(name, *command, **options):
    return run(TREE / "stack" / name, *command, **options)


class Count:
    """One of the two, and its sender."""

    def __init__(self, name, folder, seed):
        self.name, self.folder = name, folder / name
        self.folder.mkdir()
        self.config, self.home = STATE / f"teller-{name}.toml", STATE / f"count-{name}"
        script("teller.sh", "--count", name, "create", env=environment())
        self.port = int(tomllib.loads(self.config.read_text())["gateway"]["listen"].rpartition(":")[2])
        rules = self.folder / "rules.json"
        teller("generate", "--write-rules", rules, "--contests", 2, "--units", seed, "--seed", seed)
        teller("init", "--config", self.config, "--rules", rules, "--mode", "test", "--label", name, "--partitions", PARTITIONS)
        teller("topics", "create", "--config", self.config)
        self.id = json.loads((self.home / "count.json").read_text())["id"]
        teller("generate", "--home", self.home, "--ballots", 100_000, "--seed", seed, "--format", "packed", "--out", self.folder / "load.packed")
        teller(
            "generate", "--home", self.home, "--ballots", BY_INBOX, "--seed", seed + 1, "--format", "ndjson", "--out", self.folder / "inbox.ndjson"
        )
        self.sender = Sender(bytes.fromhex(self.id), entries_of(self.folder / "load.packed"), [self.port], SECRETS, RATE, self.folder / "sent.packed")

    def begin(self):
        script("teller.sh", "--count", self.name, "start")
        self.pids = {process: self.pid(process) for process in PROCESSES}
        produce(f"{self.name}.inbox", self.folder / "inbox.ndjson")
        self.sender.start()

    def pid(self, process):
        return int((STATE / f"run/pids/{self.name}.{process}").read_text())

    def kill(self, process):
        script("stack.sh", "kill", f"{self.name}.{process}")

    def logs(self):
        return "\n".join(
            f"--- {log.name}\n{log.read_text(errors='replace')[-2000:]}" for log in sorted((STATE / "run/teller" / self.name).glob("*.log"))
        )

    def numbers(self):
        return json.loads(teller("inspect", "--config", self.config, "--json").stdout)

    def until(self, holds, what, seconds=300):
        deadline = time.monotonic() + seconds
        while not (found := holds()):
            assert self.sender.failure is None, self.sender.failure
            assert time.monotonic() < deadline, f"not in time: {self.name}: {what}\n{self.logs()}"
            time.sleep(0.2)
        return found

    def ends(self):
        with consumer() as reader:
            return [offsets(reader, f"{self.name}.entries", n)[1] for n in range(PARTITIONS)]

    def recovered(self, what):
        """What was sent from now on is acknowledged, and committed."""
        since = time.monotonic()
        self.until(lambda: self.sender.since > since, f"{what}: entries are taken")
        ends = self.ends()
        self.until(
            lambda: all(one["position"] >= end for one, end in zip(self.numbers()["partitions"], ends, strict=True)), f"{what}: they are counted"
        )

    def embedded_digest(self):
        """What the other form makes of the same."""
        home = self.folder / "embedded"
        home.mkdir(mode=0o700)
        for name in ("count.json", "rules.json", "presentation.json", "key"):
            shutil.copy2(self.home / name, home / name)
        teller("init", "--home", home, "--rules", home / "rules.json")
        teller("load", self.sender.sent_file, self.folder / "inbox.ndjson", "--home", home, "--in-order")
        return teller("digest", "--home", home).stdout.strip()

    def options(self):
        """Votes by option of the first contest."""
        told = json.loads(teller("totals", "--config", self.config, "--format", "json").stdout)["contests"][0]
        return {one["option"]: one["votes"] for one in told["by_option"] if one["option"] != "write-in"}

    def must_be_whole(self):
        """Stops its load. Everything that was sent is counted, and each reader has it."""
        self.sender.stop()
        expected = len(self.sender.first) + BY_INBOX
        self.until(lambda: self.numbers()["counted"] >= expected, "everything is counted")
        assert {outcome: self.numbers()[outcome] for outcome in ("counted", "conflict", "rejected")} == {
            "counted": expected,
            "conflict": 0,
            "rejected": 0,
        }
        assert teller("digest", "--config", self.config).stdout.strip() == self.embedded_digest()

        def agreed():
            done = teller("reconcile", "--config", self.config, "--full", "--json", code=None)
            assert done.returncode == 0, done.stdout + done.stderr
            return all(line["result"] == "same" for line in json.loads(done.stdout)["lines"])

        self.until(agreed, "every reader has it")
        teller("verify", "--config", self.config)


def environment(**more):
    return {**os.environ, "COUNT_CORES": "1", **more}


def clear():
    for name in (UNDISTURBED, KILLED):
        if (STATE / "counts" / name).exists():
            script("teller.sh", "--count", name, "delete")


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """Both are under load."""
    folder = tmp_path_factory.mktemp("two")
    script("teller.sh", "stop")  # The cluster has two cores.
    clear()
    counts = []
    try:
        counts += [Count(UNDISTURBED, folder, 31), Count(KILLED, folder, 47)]
        with concurrent.futures.ThreadPoolExecutor(3) as together:
            dashboards = together.submit(script, "superset.sh", "counts") if DASHBOARDS else None
            list(together.map(Count.begin, counts))
            if dashboards:
                dashboards.result()
        for count in counts:
            count.recovered("the start")
        yield counts
    finally:
        for count in counts:
            count.sender.give_up()
        for name in (UNDISTURBED, KILLED):
            if (STATE / "counts" / name).exists():
                script("teller.sh", "--count", name, "stop")


def search(path):
    session = requests.Session()
    session.trust_env = False
    password = (SECRETS / "elastic.auditor").read_text().strip()
    return session.get(f"https://localhost:{settings()['ELASTICSEARCH_PORT']}/{path}", auth=("auditor", password), verify=CA, timeout=30)


def indices(name):
    return set(search(f"teller-{name}-*,audit-{name}-*?ignore_unavailable=true&filter_path=*.aliases").json())


def board_says(config):
    """Label, and votes by option of the first contest, as the board's own queries read them."""
    code = (
        "import json; from model import View; from reader import Reader; from store import url_from_environment\n"
        "s = Reader(url_from_environment()).read(View()).snapshot\n"
        "print(json.dumps([s.head.label, {o.option_id: o.votes.value for o in s.options}]))"
    )
    python = TREE / "build/venv/board/bin/python"
    return json.loads(run(python, "-c", code, cwd=TREE / "view/board", env=environment(TELLER_CONFIG=str(config))).stdout)


def dashboards_of(*names):
    """Of these counts, those that have a dashboard which an observer sees; of all if nobody looks."""
    if not DASHBOARDS:
        return set(names)
    session = requests.Session()
    session.trust_env = False
    url = f"https://localhost:{settings()['SUPERSET_PORT']}/api/v1"
    who = {"username": "observer", "password": (SECRETS / "superset.observer").read_text().strip(), "provider": "db", "refresh": False}
    token = session.post(f"{url}/security/login", json=who, verify=CA, timeout=60).json()["access_token"]
    found = session.get(f"{url}/dashboard/", headers={"Authorization": f"Bearer {token}"}, verify=CA, timeout=60).json()
    return {name for name in names if f"teller-{name}" in {one["slug"] for one in found["result"]}}


def test_kills_of_one_do_not_disturb_the_other(two):
    undisturbed, killed = two
    for round_ in (["gateway", "inbox", "publish"], ["count"]):
        before = {process: killed.pid(process) for process in round_}
        for process in round_:
            killed.kill(process)
        undisturbed.recovered(f"{round_} of the other one killed")
        killed.recovered(f"{round_} killed")
        assert all(killed.pid(process) != pid for process, pid in before.items()), "keep.sh started them again"
    assert {process: undisturbed.pid(process) for process in PROCESSES} == undisturbed.pids
    assert set(undisturbed.sender.answers) == {200}
    assert not list((STATE / "run/pids").glob(f"{UNDISTURBED}.*.again"))


def test_what_one_has_is_not_the_others(two):
    digits = {count.name: count.id[:8] for count in two}
    for count in two:
        name = count.name
        kinds = ("totals", "options", "units", "incidents", "head")
        assert indices(name) == {f"teller-{name}-{digits[name]}-{kind}" for kind in kinds} | {f"audit-{name}-{digits[name]}"}
        assert board_says(count.config)[0] == name
    assert dashboards_of(UNDISTURBED, KILLED) == {UNDISTURBED, KILLED}
    rows = {row.split()[0] for row in script("stack.sh", "status").stdout.splitlines()}
    assert {f"{count.name}.{process}" for count in two for process in (*PROCESSES, "api", "board", "log", "reconcile")} <= rows


def test_configuration_that_mixes_the_two_is_refused(two, tmp_path):
    """A wrong home, a wrong database, a wrong gateway: said at once, and nothing is written."""
    undisturbed, killed = two
    right = killed.config.read_text()
    mixed = tmp_path / "teller.toml"
    home, database = f'home = "{killed.home}"', f"dbname=teller_{KILLED} "
    for what, program in ((home, "gateway"), (database, "publish"), (home, "api"), (database, "api")):
        assert what in right
        mixed.write_text(right.replace(what, what.replace(KILLED, UNDISTURBED)))
        refused = teller(program, "--config", mixed, code=2)
        assert "count.other" in refused.stderr, refused.stderr
    foreign = tmp_path / "foreign.packed"
    some = itertools.islice(entries_of(killed.folder / "load.packed"), 10)
    foreign.write_bytes(packed(bytes.fromhex(killed.id), list(some)))
    keys = ("--ca", CA, "--certificate", SECRETS / "station.crt", "--key", SECRETS / "station.key")
    refused = teller("load", foreign, "--to", f"https://localhost:{undisturbed.port}", *keys, "--no-wait", code=None)
    assert refused.returncode != 0, refused.stdout + refused.stderr


def test_the_killed_one_has_counted_what_was_acknowledged(two):
    _, killed = two
    killed.must_be_whole()
    assert board_says(killed.config) == [KILLED, killed.options()]


def test_one_is_deleted_and_the_other_goes_on(two):
    undisturbed, killed = two
    with concurrent.futures.ThreadPoolExecutor(1) as beside:
        deleted = beside.submit(script, "teller.sh", "--count", KILLED, "delete")
        undisturbed.recovered("the other one is deleted meanwhile")
        undisturbed.must_be_whole()
        deleted.result()
    assert set(undisturbed.sender.answers) == {200}
    assert {process: undisturbed.pid(process) for process in PROCESSES} == undisturbed.pids
    assert board_says(undisturbed.config) == [UNDISTURBED, undisturbed.options()]

    assert not indices(KILLED)
    if DASHBOARDS:
        assert dashboards_of(UNDISTURBED, KILLED) == {UNDISTURBED}
    assert not [path for path in (killed.config, killed.home, STATE / "counts" / KILLED, STATE / "run/teller" / KILLED) if path.exists()]
    admin = AdminClient(as_admin())
    assert not [topic for topic in admin.list_topics(timeout=60).topics if topic.startswith(f"{KILLED}.")]
    rights = AclBindingFilter(
        ResourceType.TOPIC, f"{KILLED}.entries", ResourcePatternType.LITERAL, None, None, AclOperation.ANY, AclPermissionType.ANY
    )
    assert not admin.describe_acls(rights).result(60)
    databases = script("postgres.sh", "sql", "-At", "-d", "postgres", "-c", "SELECT datname FROM pg_database").stdout.split()
    assert f"teller_{KILLED}" not in databases and f"teller_{UNDISTURBED}" in databases
