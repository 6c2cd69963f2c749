"""stack/postgres_auditor.sql on a PostgreSQL of our own: auditors read the audit log and nothing else, and nobody else reads it so."""

import os
import pathlib
import subprocess
import tempfile

import pytest

from conftest import TREE

LINE = """teller audit 1
count 8f3a6c0152de47b9a1c4e2f70b9d5e63
number {number}
previous {zeros}
time 2024-01-13T08:00:00.000000Z
actor a.huber
action resume
subject partition 3
reason Disk replaced; actor of it was nobody's approver x
before {zeros}
after {zeros}
approver {approver}
random 00112233445566778899aabbccddeeff
"""


@pytest.fixture(scope="module")
def database():
    """psql(user, sql) in the database of a count that has an audit log of two lines, as the stack makes it."""
    script, folder = TREE / "tests/postgres_fixture.sh", pathlib.Path(tempfile.gettempdir()) / f"teller-auditor-{os.getpid()}"
    subprocess.run([script, "start", folder], check=True, timeout=120)

    def psql(user, sql, name="teller", search_path=""):
        command = ["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-h", folder, "-U", user, "-d", name, "-f", "-"]
        settings = f"-c client_min_messages=warning {f'-c search_path={search_path}' if search_path else ''}"
        return subprocess.run(command, input=sql, capture_output=True, text=True, timeout=60, env={**os.environ, "PGOPTIONS": settings})

    def run(*given, **more):
        done = psql(*given, **more)
        assert done.returncode == 0, done.stderr
        return done.stdout

    try:
        run("postgres", "create database teller owner teller_owner", name="postgres")
        run("postgres", "create schema teller authorization teller_owner")
        run("postgres", (TREE / "stack/postgres_rights.sql").read_text())
        auditor = (TREE / "stack/postgres_auditor.sql").read_text()
        run("postgres", auditor)  # As at the first start: there is no log yet.
        assert psql("teller_auditor", "select * from ops.audit_log").returncode != 0
        for file in ("001_count", "002_audit"):
            run("teller_owner", (TREE / f"schema/sql/postgres/{file}.sql").read_text(), search_path="teller")
        for number, approver in enumerate(("-", "b.meier")):
            line = LINE.format(number=number, approver=approver, zeros="0" * 64).replace("'", "''")
            run("teller_owner", f"insert into teller.audit values ({number}, convert_to('{line}', 'UTF8'))")
        for _ in range(2):  # After `teller init`; and again, which changes nothing.
            run("postgres", auditor)
        yield psql
    finally:
        subprocess.run([script, "stop", folder], check=True, timeout=60)


def test_an_auditor_reads_each_line_in_columns(database):
    asked = database("teller_auditor", "select number, at, actor, action, subject, reason, approver from ops.audit_log order by number")

    assert asked.stdout.splitlines() == [
        "0|2024-01-13 08:00:00+00|a.huber|resume|partition 3|Disk replaced; actor of it was nobody's approver x|",
        "1|2024-01-13 08:00:00+00|a.huber|resume|partition 3|Disk replaced; actor of it was nobody's approver x|b.meier",
    ]


@pytest.mark.parametrize(
    "sql",
    [
        "select * from teller.audit",
        "select * from teller.head",
        "select * from teller.totals",
        "insert into teller.audit values (2, '')",
        "set default_transaction_read_only = off; delete from teller.audit",
        "set default_transaction_read_only = off; create table ops.mine (i int)",
        "set default_transaction_read_only = off; create table teller.mine (i int)",
        "select query_to_xml('select 1', true, true, '')",
        "select pg_sleep(0)",
        "set role teller_owner",
    ],
)
def test_an_auditor_reads_nothing_else_and_changes_nothing(database, sql):
    assert "denied" in database("teller_auditor", sql).stderr


@pytest.mark.parametrize("account", ["teller_reader", "teller_writer", "teller_publisher", "teller_deliverer"])
def test_nobody_else_reads_the_view(database, account):
    assert "permission denied for schema ops" in database(account, "select * from ops.audit_log").stderr


def test_the_board_s_account_reads_no_table_of_it_either(database):
    assert "permission denied" in database("teller_reader", "select * from teller.audit").stderr
