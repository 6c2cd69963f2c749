"""Persons at `teller api`: two of these processes before one PostgreSQL and one Kafka, and Spark that counts what officers decide.

tests/embedded/test_persons.py asks the same of the embedded form. Needs the stack, and room for one Spark job.
"""

import itertools
import json
import pathlib
import sys
import time

import psycopg
import pytest

import little_rill
from officers import Officers

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from service import SECRETS, TREE, Service, postgres, teller  # noqa: E402

sys.path += [str(TREE / "tools"), str(TREE / "tests/embedded")]
import roles_source  # noqa: E402
from http_api import Answers  # noqa: E402
from identity_provider import IdentityProvider  # noqa: E402

TABLE = roles_source.read_table()
ROLES, OPERATIONS = TABLE["roles"], TABLE["operations"]
CLERK = (str(SECRETS / "clerk.crt"), str(SECRETS / "clerk.key"))
OF_SHEETS = {"list sheets", "enter sheet", "read sheet", "settle sheet"}


class Persons:
    def __init__(self, folder, provider):
        self.folder = folder
        (folder / "rules.json").write_text(json.dumps(little_rill.RULES))
        self.officers = Officers(folder, lambda *arguments: teller(*arguments).stdout)
        made = ("--partitions", 2, "--officers", self.officers.file)
        teller("init", "--home", folder / "embedded", "--rules", folder / "rules.json", "--mode", "test", *made)
        self.service = Service(folder / "embedded", folder)
        persons = provider.persons_file(folder / "persons.toml")
        config = self.service.config
        config.write_text(config.read_text().replace("[api]\n", f'[api]\npersons = "{persons}"\napproval_hours = 2\n'))
        self.tokens = {}

    def begin(self):
        for name in ("api", "api-2", "count"):
            self.service.start(name)
        for port in self.ports():
            self.service.wait_for_gateway(port)

    def ports(self):
        return self.service.api_port, self.service.api_port + 1

    def token(self, name, role):
        """The file of it."""
        if name not in self.tokens:
            self.tokens[name] = self.folder / f"{name}.token"
            self.tokens[name].write_text(teller("token", "new", "--config", self.service.config, "--role", role, "--for", name).stdout)
        return self.tokens[name]

    def asks(self, name, role, port=None):
        return self.asks_with(self.token(name, role).read_text().strip(), port)

    def asks_with(self, token, port=None):
        url = f"https://localhost:{port or self.service.api_port}"
        return Answers(url, set(), {"Authorization": f"Bearer {token}"}, verify=str(SECRETS / "ca.crt"), cert=CLERK)

    def door(self, name, role, port):
        """The options by which our commands ask as this person."""
        return (
            *("--to", f"https://localhost:{port}", "--ca", SECRETS / "ca.crt", "--certificate", CLERK[0], "--key", CLERK[1]),
            *("--token-file", self.token(name, role)),
        )

    def audit(self):
        return json.loads(teller("audit", "show", "--config", self.service.config, "--json").stdout)


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    with IdentityProvider(tmp_path_factory.mktemp("provider") / "office").running() as running:
        running.new_key("first")
        yield running


@pytest.fixture(scope="module")
def persons(tmp_path_factory, provider):
    made = Persons(tmp_path_factory.mktemp("persons"), provider)
    try:
        made.begin()
        yield made
    finally:
        made.service.close()


def unsigned(persons, action):
    """A decision that nobody signed: it may be handed in, and is refused for that."""
    count = json.loads((persons.service.home / "count.json").read_text())["id"]
    made = {"teller": "decision/1", "count": count, "action": action, "reason": "because"}
    entry = {"id": "8f14e45f-ceea-4123-8f14-e45fceea4123"}
    if action == "certify":
        made |= {"statement": 1, "statement_hash": "0" * 64, "digest": "0" * 64}
    if action == "keep":
        entry |= {"of": "8f14e45f-ceea-4123-8f14-e45fceea4124", "kept": "0" * 64, "not_counted": "1" * 64}
    elif action in ("void", "reinstate", "supersede"):
        entry |= {"ballot": "00"} | ({"other": "01"} if action == "supersede" else {})
    else:
        entry |= {"partition": 0, "number": 1} | ({"counted": 0} if action == "certify" else {})
    return made | {"entries": [entry], "signatures": []}


def test_each_role_may_do_what_the_table_says_at_either_process_and_each_refusal_leaves_a_line(persons):
    before, refusals = len(persons.audit()), 0
    for turn, (role, operation) in enumerate(itertools.product(ROLES, OPERATIONS)):
        row = OPERATIONS[operation]
        method, path = row["request"].split(" ")
        asks = persons.asks(f"a {role}", role, persons.ports()[turn % 2])
        body = {} if operation in OF_SHEETS else unsigned(persons, operation.removeprefix("decide "))
        no_body = operation.startswith("decide ") or operation in ("enter sheet", "settle sheet", "read sheet")  # Or no sheet is named.
        answer = asks.plain(method, path.replace("{path}", "0" * 16), **({"json": body} if method == "POST" else {}))
        where = (role, operation, answer.status_code, answer.text)
        if role in row["roles"] and "setup" in row["stages"]:
            assert answer.status_code == (404 if operation == "read approval" else 400 if no_body else 200), where
            continue
        refusals += 1
        assert answer.status_code == 403 and answer.json()["error"]["code"] == "officer.not_allowed", where
    # Of persons' requests there are lines of refusals alone; the tokens' were made by the owner.
    lines = [line for line in persons.audit()[before:] if not line["action"].startswith("token-")]
    assert {line["action"] for line in lines} == {"refused"}
    assert sum("asks as" in line["reason"] for line in lines) == refusals
    assert "good" in teller("audit", "verify", "--config", persons.service.config).stdout


def test_what_waits_at_one_process_is_signed_at_the_other_one_after_a_kill_and_counted_by_spark(persons):
    one, other = persons.ports()
    service, officers = persons.service, persons.officers
    first = persons.folder / "open.json"
    teller("decide", "open", "--config", service.config, "--reason", "Polls open", "--sign", officers.keys[0], "--out", first)
    said = teller("decide", "send", first, *persons.door("a.huber", "tabulation", one), "--as-person").stdout
    assert "it waits for more signatures until" in said and "a.huber" in said
    service.kill("api")  # Where it was handed in.
    (row,) = json.loads(teller("decide", "waiting", *persons.door("b.meier", "tabulation", other), "--json").stdout)
    assert (row["action"], row["officers"], row["sent_by"], row["approvals"]) == ("open", ["a.huber"], "a.huber", 2)
    fetched = persons.folder / "fetched.json"
    teller("decide", "waiting", *persons.door("b.meier", "tabulation", other), "--get", row["approval"], "--out", fetched)
    teller("decide", "sign", fetched, "--sign", officers.keys[1])
    told = teller("decide", "send", fetched, *persons.door("b.meier", "tabulation", other), "--as-person").stdout
    assert "open: counted, signed by a.huber, b.meier" in told, told + service.logs()
    service.start("api")
    service.wait_for_gateway(one)
    assert json.loads(teller("decide", "waiting", *persons.door("a.huber", "tabulation", one), "--json").stdout) == []
    again = json.loads(teller("decide", "send", first, *persons.door("a.huber", "tabulation", one), "--as-person", "--json").stdout)
    assert (again["became"], again["again"]) == ("counted", True)
    for port in persons.ports():
        assert persons.asks("a.huber", "tabulation", port).ask("GET", "/v1/officer/me").json()["stage"] == "open"
    handed = [(line["actor"], line["subject"]) for line in persons.audit() if line["action"] == "hand-in"]
    assert handed == [("a.huber", "decide open"), ("b.meier", "decide open")]


def test_a_person_of_the_provider_is_known_at_both(persons, provider):
    token = provider.token("count-auditor", "count-operator", sub="9a-1", username="c.auer")
    for port in persons.ports():
        answer = persons.asks_with(token, port).plain("GET", "/v1/officer/me")
        deadline = time.monotonic() + 60
        while answer.status_code == 503 and time.monotonic() < deadline:  # The key is being fetched.
            time.sleep(0.2)
            answer = persons.asks_with(token, port).plain("GET", "/v1/officer/me")
        assert answer.status_code == 403 and answer.json()["error"]["code"] == "officer.separated", answer.text
    token = provider.token("count-tabulation", sub="9a-2", username="d.lang")
    for port in persons.ports():
        me = persons.asks_with(token, port).ask("GET", "/v1/officer/me").json()
        assert (me["role"], me["stage"]) == ("tabulation", "open") and "d.lang" in me["name"]
        assert set(me["may"]) >= {"list sheets", "read sheet", "settle sheet"}


def test_the_account_of_the_api_adds_no_line_of_another_kind(persons):
    with postgres("teller_deliverer", persons.service.name) as session:
        session.execute("set search_path = teller")
        for deed in (
            "insert into audit values (10000, 'x')",
            "delete from audit",
            "update officer_lines set bytes = 'x'",
            "truncate approvals",
            "delete from entered_sheets",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute(deed)
        with pytest.raises(psycopg.errors.WithCheckOptionViolation):
            session.execute("insert into officer_lines values ((select count(*) from audit), 'teller audit 1')")
