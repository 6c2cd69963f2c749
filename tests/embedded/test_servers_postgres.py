"""A count on servers, as far as PostgreSQL alone goes: tokens of persons, what the account of `teller api` may add for them, and the checks and
alarms of `teller reconcile --every`. A server that is thrown away, and nothing else of the stack; tests/service has the rest.
"""

import contextlib
import json
import secrets
import signal
import subprocess
import time

import psycopg
import pytest
import requests

import little_rill
from conftest import TELLER, run
from officers import Officers
from private_postgres import new_database, private_postgres, write_config
from test_alarms import SECRET, Receiver, units_of, verified_by_the_guide
from test_checks import RULES, bad_sheets, send
from test_corruption_postgres import Server, move


@pytest.fixture(scope="module")
def server():
    with private_postgres("servers") as folder:
        yield Server(folder)


def as_account(server, database, account):
    return psycopg.connect(server.conninfo(database, account), autocommit=True, options="-c search_path=teller")


@pytest.fixture(scope="module")
def config(server, tmp_path_factory):
    """A count with two officers, which was made and holds nothing."""
    folder = tmp_path_factory.mktemp("persons")
    new_database(server.folder, "persons")
    (folder / "rules.json").write_text(json.dumps(little_rill.RULES))
    officers = Officers(folder, lambda *arguments: run(*arguments)[0])
    run("init", "--home", folder / "home", "--rules", folder / "rules.json", "--mode", "test", "--officers", officers.file)
    path = server.config(folder, "persons", folder / "home")
    run("init", "--config", path, "--rules", folder / "rules.json")
    return path


def audit(config):
    return json.loads(run("audit", "show", "--config", config, "--json")[0])


def test_a_person_of_the_servers_has_a_token_whose_making_and_end_are_lines_of_the_audit_log(config):
    token = run("token", "new", "--config", config, "--role", "auditor", "--for", "c.auer")[0].strip()
    kept = config.parent / "home/officers/tokens"
    assert kept.stat().st_mode & 0o777 == 0o600 and token not in kept.read_text()
    (row,) = json.loads(run("token", "list", "--config", config, "--json")[0])
    assert (row["name"], row["role"], row["state"]) == ("c.auer", "auditor", "good")
    assert "officer.separated" in run("token", "new", "--config", config, "--role", "operator", "--for", "c.auer", code=2)[1]
    run("token", "revoke", "c.auer", "--config", config, "--reason", "left the office")
    assert json.loads(run("token", "list", "--config", config, "--json")[0])[0]["state"] == "revoked"
    made, ended = [line for line in audit(config) if line["action"].startswith("token-")]
    assert (made["action"], ended["action"]) == ("token-new", "token-revoke")
    assert made["subject"] == ended["subject"] == f"token {row['token']}" and "left the office" in ended["reason"]
    assert "good" in run("audit", "verify", "--config", config)[0]


@pytest.mark.parametrize(
    "deed",
    [
        "insert into audit values (1, 'x')",
        "update audit set bytes = 'x'",
        "delete from audit",
        "insert into officer_lines values (10000, 'x')",
        "update officer_lines set bytes = 'x'",
        "delete from officer_lines",
        "select * from officer_lines",
        "create or replace view officer_lines as select * from audit",
        "update partitions set halted_because = null",
        "insert into decisions select * from decisions",
        "truncate approvals",
        "delete from entered_sheets",
        "truncate entered_sheets",
    ],
)
def test_the_account_of_teller_api_changes_no_line_and_adds_none_of_another_kind(server, config, deed):
    refused = (psycopg.errors.InsufficientPrivilege, psycopg.errors.WithCheckOptionViolation)
    with as_account(server, "persons", "teller_deliverer") as session, pytest.raises(refused):
        session.execute(deed)


@pytest.mark.parametrize("account", ["teller_reader", "teller_writer", "teller_publisher", "teller_auditor", "teller_registrar"])
def test_nobody_else_sees_what_waits_or_adds_a_line_of_a_request(server, config, account):
    for deed in (
        "select * from teller.approvals",
        "delete from teller.approvals",
        "insert into teller.officer_lines values (1, 'x')",
        "select place from teller.entered_sheets",
        "select sheet from teller.entered_sheets",
        "delete from teller.entered_sheets",
        "insert into teller.entered_sheets values ('a', true, 'b', 'c')",
    ):
        with as_account(server, "persons", account) as session:
            session.execute("set default_transaction_read_only = off")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute(deed)


@pytest.fixture
def moved(server, tmp_path, new_home):
    """The toml of a count on servers with two sheets that cannot be right; its home."""
    (tmp_path / "rules.json").write_text(json.dumps(RULES))
    home = new_home(tmp_path / "rules.json")
    send(home, *bad_sheets())
    database = f"alarms_{secrets.token_hex(4)}"
    path = write_config(tmp_path / "teller.toml", server.folder, database, home)
    move(server, home, database, path)
    return path, home


@contextlib.contextmanager
def reconciling(config, log, *more):
    """`teller reconcile --every 1` for as long as the block lasts; gives where its metrics are."""
    with open(log, "ab") as events:
        process = subprocess.Popen(
            [TELLER, "reconcile", "--config", config, "--every", "1", "--listen", "127.0.0.1:0", *map(str, more)], stdout=events, stderr=events
        )
        try:
            deadline = time.monotonic() + 60
            while "reconcile.started" not in (said := log.read_text()):
                assert process.poll() is None and time.monotonic() < deadline, said
                time.sleep(0.1)
            yield said.split("reconcile.started", 1)[1].split("url=", 1)[1].split()[0].strip('"')
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


def test_what_the_checks_find_on_the_servers_is_told_in_metrics_and_sent_signed(moved, tmp_path):
    config, home = moved
    (secret := tmp_path / "alarm.secret").write_text(SECRET + "\n")
    secret.chmod(0o600)
    receiver, log = Receiver(), tmp_path / "reconcile.log"
    with reconciling(config, log, "--alarm-url", receiver.url, "--alarm-secret", secret) as url:
        _, body, headers, _ = receiver.next()
        told = json.loads(body)
        assert (told["teller"], told["errors"], told["count"]) == ("alarm/1", 2, json.loads((home / "count.json").read_text())["id"])
        assert units_of(body) == ["p05", "p06"]
        assert verified_by_the_guide()(body, headers["Teller-Signature"], SECRET)
        metrics = ""
        while "teller_alarms_told_total 2" not in metrics:
            metrics = requests.get(f"{url}/metrics", timeout=60).text
            time.sleep(0.1)
        assert 'teller_check_findings{check="votes_above_cards",severity="error"}' in metrics
    # Another process of that home repeats none of them.
    with reconciling(config, tmp_path / "again.log", "--alarm-url", receiver.url, "--alarm-secret", secret) as url:
        while "teller_check_commit 0" in requests.get(f"{url}/metrics", timeout=60).text:
            time.sleep(0.1)
    assert receiver.came.empty()
    assert SECRET not in log.read_text() and "desk=7" not in log.read_text()


def test_checks_and_alarms_of_the_servers_are_made_again_and_again_or_not_at_all(moved, tmp_path):
    config, home = moved
    (rules := tmp_path / "county.toml").write_text("[votes_above_cards]\n")
    for more in (("--alarm-url", "https://alarms.example/"), ("--checks", rules)):
        assert "--every" in run("reconcile", "--config", config, *more, code=2)[1]
        assert "--every" in run("reconcile", "--home", home, *more, code=2)[1]
    assert "--alarm-secret" in run("reconcile", "--config", config, "--every", "1", "--alarm-url", "https://alarms.example/", code=2)[1]
    with reconciling(config, tmp_path / "reconcile.log", "--checks", rules) as url:
        metrics = ""
        while "teller_check_commit 0" in metrics or not metrics:
            metrics = requests.get(f"{url}/metrics", timeout=60).text
            time.sleep(0.1)
        assert metrics.count("teller_check_findings{") == 1, metrics
