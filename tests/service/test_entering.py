"""Sheets that two people type, at two `teller api` before one PostgreSQL and one Kafka: what is typed at one is typed again at the other, a process
dies when a sheet is ready and when it is delivered, and nobody is told a figure too early.

tests/embedded/test_entering_twice.py asks the same of the embedded form. Needs the stack, and room for one Spark job.
"""

import json
import pathlib
import sys
import time

import psycopg
import pytest
import requests

import little_rill
from officers import Officers

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from service import SECRETS, TREE, Service, postgres, run, teller  # noqa: E402

sys.path.append(str(TREE / "tests/embedded"))
from http_api import Answers  # noqa: E402

SHEETS, SHEET = "/v1/officer/sheets", "/v1/officer/sheet"
UNITS = [{"id": "rill", "name": "Rill", "kind": "town"}] + [
    {"id": name.lower(), "name": name, "kind": "precinct", "parent": "rill"} for name in ("North", "South", "East", "West")
]
CLERK = (str(SECRETS / "clerk.crt"), str(SECRETS / "clerk.key"))
# A number that cannot come about by chance: the first one's, and nobody else's before both have typed.
CANARY = 73519467


def figures(ada, bell):
    return {"cards": ada + bell, "ada": ada, "bell": bell, "blank": 0, "invalid": 0}


def words(typed):
    return [f"{field}={figure}" for field, figure in typed.items()]


class Night:
    def __init__(self, folder):
        self.folder = folder
        rules = little_rill.rules_of(units=UNITS, contests=[little_rill.contest("mayor", counted_from="sheets")])
        (folder / "rules.json").write_text(json.dumps(rules))
        self.officers = Officers(folder, lambda *arguments: teller(*arguments).stdout)
        made = ("--partitions", 2, "--step-interval-ms", 200, "--officers", self.officers.file)
        teller("init", "--home", folder / "embedded", "--rules", folder / "rules.json", "--mode", "test", *made)
        (folder / "service").mkdir()
        self.service = Service(folder / "embedded", folder / "service")
        self.where = ("--config", self.service.config)
        self.one, self.other = self.service.api_port, self.service.api_port + 1
        self.tokens = {}

    def begin(self):
        for name in ("gateway", "api", "api-2", "count", "publish"):
            self.service.start(name)
        for port in (self.service.port, self.one, self.other):
            self.service.wait_for_gateway(port)
        for role, *names in (("clerk", "c.one", "c.two"), ("tabulation", "a.huber", "b.meier"), ("auditor", "d.auer")):
            for name in names:
                self.tokens[name] = self.folder / f"{name}.token"
                self.tokens[name].write_text(teller("token", "new", *self.where, "--role", role, "--for", name).stdout)
        self.decide("open")

    def decide(self, action):
        self.officers.decide(action, *self.service.load("", "--no-wait")[2:], *self.where)
        self.service.wait_for(lambda _: self.service.positions() == self.service.ends())

    def to(self, name, port):
        """The options by which our commands ask as this person."""
        return (
            *("--to", f"https://localhost:{port}", "--ca", SECRETS / "ca.crt", "--certificate", CLERK[0], "--key", CLERK[1]),
            *("--token-file", self.tokens[name]),
        )

    def asks(self, name, port):
        bearer = {"Authorization": f"Bearer {self.tokens[name].read_text().strip()}"}
        return Answers(f"https://localhost:{port}", set(), bearer, verify=str(SECRETS / "ca.crt"), cert=CLERK)

    def types(self, name, port, unit, typed, status=200, **more):
        return self.asks(name, port).ask("POST", SHEETS, status, json={"unit": unit, "figures": typed} | more).json()

    def steps(self, port):
        return {sheet["unit"]: sheet["step"] for sheet in self.asks("d.auer", port).ask("GET", SHEETS).json()["sheets"]}

    def until(self, unit, step, port):
        """Spark may need a moment, and whoever delivers has others before it."""
        deadline = time.monotonic() + 300
        while self.steps(port)[unit] != step:
            assert time.monotonic() < deadline, (self.steps(port), self.service.logs())
            time.sleep(0.2)

    def deliveries(self):
        return [one["source"] for one in json.loads(teller("deliveries", *self.where, "--json").stdout)["deliveries"]]

    def audit(self):
        return json.loads(teller("audit", "show", *self.where, "--json").stdout)

    def sql(self, role, text):
        with postgres(role, self.service.name) as session:
            session.execute("set search_path = teller")
            return session.execute(text).fetchall()


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    made = Night(tmp_path_factory.mktemp("night"))
    try:
        made.begin()
        yield made
    finally:
        made.service.close()


def test_what_one_types_at_one_process_the_other_one_types_again_at_the_other(night):
    said = teller("enter", "sheet", "north", *words(figures(CANARY, 5)), *night.to("c.one", night.one)).stdout
    assert said == "north, mayor, in-person: once\n"
    # At neither process it is told to anybody; nor typed by the same person.
    for port in (night.one, night.other):
        for name in night.tokens:
            for path in (SHEETS, f"{SHEET}?unit=north", "/v1/officer/audit", "/v1/officer/me"):
                assert str(CANARY) not in night.asks(name, port).plain("GET", path).text, (name, path)
        refused = night.types("c.one", port, "north", figures(CANARY, 5), 403)["error"]
        assert refused["code"] == "entering.same_person"
    assert night.types("c.two", night.other, "north", figures(4, 5))["step"] == "different"
    # An officer sees both, at either process.
    for port in (night.one, night.other):
        shown = night.asks("a.huber", port).ask("GET", SHEET, path=f"{SHEET}?unit=north").json()
        (field,) = [field for field in shown["fields"] if field["field"] == "ada"]
        assert (field["first"], field["second"], field["differs"]) == (CANARY, 4, True)
    teller("enter", "keep", "north", "--of", "c.two", "--reason", "4 on the paper", *night.to("a.huber", night.one))
    night.until("north", "delivered", night.other)
    assert night.deliveries() == ["North"]
    lines = night.audit()
    assert [line["actor"] for line in lines if line["action"] == "sheet-read"] == ["a.huber"]
    assert not any(str(CANARY) in json.dumps(line) for line in lines)
    for name in ("api", "api-2"):
        assert str(CANARY) not in night.service.said(name)


def test_a_sheet_that_is_ready_when_its_process_dies_is_delivered_by_the_other_one(night):
    service = night.service
    service.stop("api")
    service.start("api", TELLER_FAIL_POINT="entering.ready:1")
    service.wait_for_gateway(night.one)
    assert night.types("c.one", night.other, "south", figures(31, 48))["step"] == "once"
    with pytest.raises(requests.ConnectionError):  # It has it, and dies before it delivers.
        night.types("c.two", night.one, "south", figures(31, 48))
    service.processes.pop("api").wait(timeout=60)
    night.until("south", "delivered", night.other)
    assert night.deliveries() == ["North", "South"]
    service.start("api")
    service.wait_for_gateway(night.one)
    assert night.steps(night.one)["south"] == "delivered"


def test_a_sheet_that_was_delivered_by_who_died_before_he_said_so_is_delivered_once(night):
    service = night.service
    for name in ("api", "api-2"):
        service.stop(name)
    service.start("api", TELLER_FAIL_POINT="entering.delivered:1")
    service.wait_for_gateway(night.one)
    night.types("c.two", night.one, "east", figures(12, 8))
    with pytest.raises(requests.ConnectionError):
        night.types("c.one", night.one, "east", figures(12, 8))
    service.processes.pop("api").wait(timeout=60)
    service.start("api-2")
    service.wait_for_gateway(night.other)
    night.until("east", "delivered", night.other)
    assert night.deliveries() == ["North", "South", "East"]
    service.start("api")
    service.wait_for_gateway(night.one)
    delivered = [line["subject"] for line in night.audit() if line["action"] == "sheet-delivered"]
    assert delivered == [f"sheet {unit}, mayor" for unit in ("north", "south", "east")]
    assert "good" in teller("audit", "verify", *night.where).stdout


def test_no_other_account_reads_what_was_typed(night):
    assert len(night.sql("teller_deliverer", "select sheet from teller.entered_sheets")) == 3
    for role in ("teller_reader", "teller_writer", "teller_publisher", "teller_auditor"):
        for deed in ("select sheet from teller.entered_sheets", "select place from teller.entered_sheets", "select * from teller.entered_sheets"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                night.sql(role, deed)
    assert night.sql("teller_publisher", "select count(*) from teller.entered_sheets where is_open") == [(0,)]


def test_a_backup_has_typed_sheets(night, tmp_path):
    night.types("c.one", night.one, "west", figures(60, 40))
    teller("backup", tmp_path / "backup", *night.where)
    assert "TABLE DATA teller entered_sheets" in run("pg_restore", "--list", tmp_path / "backup/postgres.dump").stdout


def test_a_sheet_that_one_person_typed_is_left_open_and_is_gone_when_the_count_is_retired(night):
    """The last one: nothing is served behind it."""
    service = night.service
    night.decide("close")
    service.settled()
    certify = ("decide", "certify", "--reason", "canvass", *night.officers.signed(), *service.load("", "--no-wait")[2:], *night.where)
    why = teller(*certify, code=2).stderr
    assert "decision.open" in why and "1 sheet(s) that were typed and not delivered" in why, why
    assert "\nopen_typed 1\n" in teller("report", "canvass", *night.where).stdout
    night.types("c.two", night.other, "west", figures(60, 40))
    night.until("west", "delivered", night.one)
    service.settled()
    teller(*certify)
    service.settled()
    assert "\nopen_typed 0\n" in teller("report", "certificate", *night.where).stdout
    votes = {one["option"]: one["votes"] for one in json.loads(teller("totals", *night.where, "--format", "json").stdout)["contests"][0]["by_option"]}
    assert votes == {"ada": 4 + 31 + 12 + 60, "bell": 5 + 48 + 8 + 40}
    for name in list(service.processes):
        service.stop(name)
    teller("retire", *night.where, "--reason", "four weeks after the result stood")
    assert night.sql("teller_owner", "select count(*) from teller.entered_sheets") == [(0,)]
