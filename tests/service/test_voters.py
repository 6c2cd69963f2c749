"""A voters' roll of a count on the real servers: kept by the registrar's account alone, checked in from by several desks at once, and nowhere
joined with a ballot. Every topic, table, view, index, log, file and metric of the count is searched for what is known of voters.

tests/embedded/test_voters.py asks the rest of a home and of PostgreSQL alone. Needs the stack, and room for one Spark job.
"""

import hashlib
import hmac
import json
import pathlib
import subprocess
import sys
import time
import types

import psycopg
import pytest
import requests

from little_rill import contest, rules_of
from officers import Officers

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parents[1] / "embedded")]
from private_words import Words  # noqa: E402
from service import SECRETS, TELLER, Service, postgres, run, settings, teller  # noqa: E402
from test_privacy import Servers, tables, web, within, within_logs  # noqa: E402

UNITS = ["north", "south"]
RULES = rules_of(
    methods=[{"id": "desk", "name": "At the desk"}, {"id": "post", "name": "By post"}],
    units=[{"id": "rill", "name": "Rill", "kind": "union"}]
    + [{"id": unit, "name": unit.title(), "kind": "branch", "parent": "rill"} for unit in UNITS],
    contests=[contest("chair")],
    styles=[{"id": "member", "name": "Member", "cards": [["chair"]]}],
)
MEMBERS = [f"Member-{number:05}" for number in range(200)]  # Those of even numbers are of North.
BY_TURNS = (31, 4, 17)  # They come one after the other, and after each a ballot is counted.
AT_TWO_DESKS = range(40, 100)
LOOKED_FOR = (*BY_TURNS, 40, 99)
ACCOUNTS = ("teller_owner", "teller_writer", "teller_publisher", "teller_deliverer", "teller_reader", "teller_auditor")
OURS = {"voters", "check_ins", "voter_groups", "about"}


def ballot_id(number):
    return f"{number:08x}-0000-4000-8000-00000000face"


class Hall:
    """The count, its roll and its officers."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "rules.json").write_text(json.dumps(RULES))
        self.officers = Officers(folder, lambda *arguments: teller(*arguments).stdout)
        made = ("--partitions", 1, "--officers", self.officers.file)
        teller("init", "--home", folder / "embedded", "--rules", folder / "rules.json", "--mode", "test", *made)
        self.servers = Servers()
        self.service = Service(folder / "embedded", folder)
        self.where = ("--config", self.service.config)
        self.count = json.loads((self.service.home / "count.json").read_text())["id"]
        self.said = {}

    def begin(self):
        for name in ("gateway", "api", "count", "publish"):
            self.service.start(name)
        self.loop_port = int(settings()["RECONCILE_PORT"]) + 27
        log = open(self.folder / "loop.log", "ab")
        loop = (TELLER, "reconcile", "--every", "1", "--listen", f"127.0.0.1:{self.loop_port}", *self.where)
        self.service.processes["loop"] = subprocess.Popen([*map(str, loop)], stdout=log, stderr=log, start_new_session=True)
        for port in (self.service.port, self.service.api_port):
            self.service.wait_for_gateway(port)
        lines = [f"{member},{UNITS[number % 2]},{('18-39', '40+')[number // 2 % 2]}" for number, member in enumerate(MEMBERS)]
        (self.folder / "roll.csv").write_text("\n".join(["id,unit,age", *lines]) + "\n")
        self.says("voters", "load", self.folder / "roll.csv")
        self.decide("open", "open")

    def says(self, *command, code=0):
        """What a command of this count says, which is searched at the end."""
        done = teller(*command, *self.where, code=code)
        self.said.setdefault(" ".join(map(str, command[:2])), []).append(done.stdout + done.stderr)
        return done.stdout

    def comes(self, number, code=0):
        return self.says("voters", "check-in", MEMBERS[number], "--method", "desk", code=code)

    def ballots(self, *numbers):
        """A ballot of each of these numbers, all of North, until they are counted and stated."""
        body = {
            "kind": "ballot",
            "count": self.count,
            "unit": "north",
            "style": "member",
            "card": 1,
            "method": "desk",
            "contests": {"chair": ["ada"]},
        }
        file = self.folder / "ballots.ndjson"
        file.write_text("".join(json.dumps(body | {"id": ballot_id(number)}) + "\n" for number in numbers))
        teller(*self.service.load(file, "--no-wait"))
        self.service.settled()

    def decide(self, action, stage, *more):
        where = self.service.load("", *self.where, "--no-wait")[2:]
        self.officers.decide(action, *where, *more)
        deadline = time.monotonic() + 180
        while json.loads(teller("decide", "list", *self.where, "--json").stdout)["stage"] != stage:
            assert time.monotonic() < deadline, self.service.logs()
            time.sleep(0.2)
        self.service.settled()

    def hash_of(self, number):
        key = (self.service.home / "voters.key").read_bytes()
        return hmac.new(key, b"teller/voter/1\n" + MEMBERS[number].encode(), hashlib.sha256).digest()


@pytest.fixture(scope="module")
def hall(tmp_path_factory):
    made = Hall(tmp_path_factory.mktemp("voters"))
    try:
        made.begin()
        yield made
    finally:
        made.service.close()


def test_the_first_check_in_counts_and_a_second_one_is_named(hall):
    for number in BY_TURNS:
        assert "hand out one ballot" in hall.comes(number)
        hall.ballots(number)
    assert 'checked in already (checked in at "south", At the desk)' in hall.comes(31, code=1)
    assert "200 voters in 2 places, 3 checked in; check-ins are open" in hall.says("voters", "show")


def test_two_desks_at_once_give_each_voter_one_ballot(hall):
    """Both have the same people before them, in opposite orders, and each waits for its answer."""
    desks = []
    for turned in (1, -1):
        file = hall.folder / f"desk-{turned}.txt"
        file.write_text("".join(MEMBERS[number] + "\n" for number in list(AT_TWO_DESKS)[::turned]))
        command = (TELLER, "voters", "check-in", "--from", "-", "--method", "desk", "--json", *hall.where)
        desks.append(subprocess.Popen([*map(str, command)], stdin=open(file), stdout=subprocess.PIPE, text=True))
    answers = [json.loads(line) for desk in desks for line in desk.communicate(timeout=300)[0].splitlines()]
    assert len(answers) == 2 * len(AT_TWO_DESKS)
    assert sum(answer["checked_in"] for answer in answers) == len(AT_TWO_DESKS)
    assert {answer["code"] for answer in answers if not answer["checked_in"]} == {"voters.checked_in"}
    assert "63 checked in" in hall.says("voters", "show")


def test_no_account_but_the_registrars_reads_the_roll_or_counts_check_ins(hall):
    for account in ACCOUNTS:
        with postgres(account, hall.service.name, options="-c default_transaction_read_only=off") as session:
            for query in (
                *(f"select * from teller_voters.{table}" for table in sorted(OURS)),
                "drop schema teller_voters cascade",
                "set role teller_registrar",
                "select n_tup_ins from pg_stat_all_tables",
                "select * from pg_locks",
                "select pg_relation_size(oid) from pg_class where relname = 'check_ins'",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    session.execute(query)
    with postgres("teller_registrar", hall.service.name) as session:
        for query in ("select * from teller.head", "select * from teller.pub_head", "select * from teller.audit", "create schema more"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute(query)


def test_cards_are_held_against_who_came(hall):
    """31 of North came, and of the three ballots before each was counted there: 29 more are one too many."""
    came = 1 + len([number for number in AT_TWO_DESKS if number % 2 == 0])
    hall.ballots(*range(1000, 1000 + came + 1 - len(BY_TURNS)))
    assert f"error: North, Chair: {came + 1} cards, and {came} voters checked in (above_check_ins; north)" in hall.says("check", code=1)
    hall.comes(0)
    assert "above_check_ins; north" not in hall.says("check", code=None)


@pytest.fixture(scope="module")
def left(hall):
    """What is everywhere, after all that; what answers is asked before."""
    station, clerk = (web(cert=(str(SECRETS / f"{name}.crt"), str(SECRETS / f"{name}.key"))) for name in ("station", "clerk"))
    for name, session, port in (("gateway", station, hall.service.port), ("api", clerk, hall.service.api_port)):
        for path in ("/metrics", "/v1/head", "/v1/health", "/v1/totals", "/v1/search?q=rill"):
            hall.said[f"{name} {path}"] = [session.get(f"https://localhost:{port}{path}", timeout=60).text]
    hall.said["reconcile /metrics"] = [requests.get(f"http://127.0.0.1:{hall.loop_port}/metrics", timeout=60).text]
    for command in (("audit", "show"), ("inspect", "--incidents"), ("incidents",), ("totals",), ("voters", "turnout"), ("reconcile", "--full")):
        hall.says(*command)
    hall.says("log", "export", hall.folder / "export")
    return types.SimpleNamespace(
        words=Words([*(MEMBERS[number] for number in LOOKED_FOR), *map(hall.hash_of, LOOKED_FOR), (hall.service.home / "voters.key").read_bytes()]),
        topics=hall.servers.topics(),
        indexes=hall.servers.indexes(),
        tables=tables(hall.service.name),
    )


def test_of_the_tables_the_registrars_alone_know_a_voter_and_no_ballot(hall, left):
    assert {name for name, _ in within(left.words, left.tables)} == {"voters", "check_ins"}
    assert {word for _, word in within(left.words, left.tables)} == {hall.hash_of(number) for number in LOOKED_FOR}
    assert left.tables.keys() >= OURS | {"audit", "partitions", "statements", "steps", "totals"}
    ballots = Words([bytes.fromhex(ballot_id(number).replace("-", "")) for number in (*BY_TURNS, *range(1000, 1010))])
    assert within(ballots, {name: left.tables[name] for name in OURS & left.tables.keys()}) == set()
    with hall.service.reader() as session:
        views = session.execute("select viewname from pg_views where schemaname = 'teller'").fetchall()
        assert len(views) > 20
        for (view,) in views:
            rows = session.execute(f"select * from teller.{view}").fetchall() if view.startswith("pub_") else []
            assert left.words.within_rows(view, rows) == [], view


def test_no_topic_and_no_index_knows_a_voter(hall, left):
    assert within(left.words, left.topics) == set()
    assert within(left.words, left.indexes) == set()
    # What is there of ballots was searched.
    entries = within(Words([bytes.fromhex(ballot_id(31).replace("-", ""))]), left.topics)
    assert {name for name, _ in entries} == {hall.service.prefix + "entries"} and left.indexes


def test_no_log_file_answer_or_metric_knows_a_voter(hall, left):
    assert {name for name, _ in left.words.within_files(hall.service.home)} == {"voters.key"}
    assert left.words.within_files(hall.folder / "export") == []
    logs = {log.name: [log.read_bytes()] for log in hall.folder.glob("*.log")}
    assert len(logs) >= 5 and within(left.words, logs) == set()
    assert within_logs(left.words) == set()
    for name, texts in hall.said.items():
        for text in texts:
            assert left.words.within(name, text.encode()) == [], name
    # The log of what persons did has the loading, and no check-in.
    lines = json.loads(teller("audit", "show", *hall.where, "--json").stdout)
    assert [line["subject"] for line in lines if "voters" in line["action"]] == ["the voters' roll: 200 added, 0 changed"]


def written(hall):
    """How many check-ins there are, by how many transactions they were written, and whether they stand in the order of their hashes."""
    with postgres("teller_registrar", hall.service.name) as session:
        return session.execute(
            "select count(*), count(distinct xmin::text), bool_and(in_order) from (select xmin, voter > lag(voter, 1, '') over (order by ctid)"
            " as in_order from teller_voters.check_ins) one"
        ).fetchone()


def test_after_the_close_nothing_says_who_came_before_whom_and_the_turnout_is_told(hall, left):
    came, by, _ = written(hall)
    assert came == 64 and by > 1
    hall.says("voters", "close", "--reason", "The hall is closed")
    assert written(hall) == (64, 1, True)
    told = json.loads(hall.says("voters", "turnout", "--format", "json"))
    assert (told["registered"], told["checked_in"]) == (200, 64)
    assert [row["checked_in"] for row in told["by"]["place"]] == [32, 32], told
    assert "voters.closed" in teller("voters", "check-in", MEMBERS[199], "--method", "desk", *hall.where, code=2).stderr


def test_certifying_waits_for_the_roll_and_retiring_deletes_it(hall):
    """The last one: afterwards nothing can be counted any more."""
    hall.ballots(2000)  # 33 cards of North, and 32 came.
    hall.decide("close", "closed")
    certify = hall.service.load("", *hall.where, "--no-wait", "--reason", "canvass", *hall.officers.signed())[2:]
    assert "decision.open" in teller("decide", "certify", *certify, code=2).stderr
    hall.decide("certify", "certified", "--accept-open")
    told = json.loads(teller("voters", "turnout", "--format", "json", *hall.where).stdout)
    for name in list(hall.service.processes):
        hall.service.stop(name)
    run(TELLER, "retire", *hall.where, "--reason", "four weeks after the result stood")
    hall.service.until_its_topics_are_gone()
    assert not [path.name for path in hall.service.home.iterdir() if path.name.startswith("voters")]
    assert not OURS & tables(hall.service.name).keys()
    assert json.loads((hall.service.home / "turnout.json").read_text()) == told
    assert json.loads(teller("voters", "turnout", "--format", "json", *hall.where).stdout) == told
    assert "voters.retired" in teller("voters", "load", hall.folder / "roll.csv", *hall.where, code=2).stderr
