"""On the servers: everything agrees, what is changed is found where it is, and a PostgreSQL that was restored from an older
backup is recovered to the same roots.

Needs the stack, and room for one Spark job. 30,000 ballots (TELLER_KEEP_BALLOTS), half packed, half through the inbox.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

import pytest

from officers import Officers

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parents[1] / "embedded")]
from public_log import must_hold_what_the_export_holds  # noqa: E402
from service import SECRETS, TELLER, TREE, Service, run, settings, teller  # noqa: E402
from test_both_forms import produce  # noqa: E402

BALLOTS = int(os.environ.get("TELLER_KEEP_BALLOTS", 30_000))


@pytest.fixture(scope="module")
def sent(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sent")
    teller("generate", "--write-rules", folder / "rules.json", "--contests", 2, "--units", 20, "--seed", 31)
    officers = Officers(folder, lambda *arguments: teller(*arguments).stdout).file
    teller("init", "--home", folder / "home", "--rules", folder / "rules.json", "--mode", "test", "--partitions", 4, "--officers", officers)
    for form in ("packed", "ndjson"):
        shares = "--duplicates 0.01 --conflicts 0.001 --invalid 0.001 --parts 4".split()
        out = ("--format", form, "--out", folder / f"sent.{form}")
        teller("generate", "--home", folder / "home", "--ballots", BALLOTS, "--seed", 32, *shares, *out)
    return folder


@pytest.fixture(scope="module")
def service(sent, tmp_path_factory):
    service = Service(sent / "home", tmp_path_factory.mktemp("service"))
    for name in ("gateway", "inbox", "count", "publish"):
        service.start(name)
    service.wait_for_gateway()
    teller("zero", "--config", service.config, "--out", sent / "zero.txt")
    decide(service, sent, "open", "open")
    yield service
    service.close()


def load(service, file):
    said = teller(*service.load(file, "--in-order", "--json"), code=None)
    assert said.returncode in (0, 1), said.stderr  # 1: some were refused.


def differing(service):
    said = teller("reconcile", "--config", service.config, "--full", "--json", code=1).stdout
    result = json.loads(said)
    return {line["what"] for line in result["lines"] if line["result"] == "DIFFERS"}, result["differences"]


def sql(service, text):
    return run(TREE / "stack/postgres.sh", "sql", "-d", service.name, "-At", "-c", text).stdout.strip()


def decide(service, sent, action, stage, *more):
    """Both officers decide, through the gateway; until every partition has counted it."""
    signed = [word for key in ("huber.key", "meier.key") for word in ("--sign", sent / key)]
    where = service.load("", "--config", service.config, "--reason", "the board decided so", "--no-wait", *signed, *more)[2:]
    teller("decide", action, *where)
    deadline = time.monotonic() + 180
    while json.loads(teller("decide", "list", "--config", service.config, "--json").stdout)["stage"] != stage:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_every_place_agrees(service, sent):
    load(service, sent / "sent.1.packed")
    produce(service.prefix + "inbox", sent / "sent.2.ndjson")
    lines = service.settled()
    assert {line["what"] for line in lines} >= {"Elasticsearch = store", "pub_* views = store", "inbox = recorded + refused"}
    assert all(line["compared"] > 0 for line in lines), lines


def test_a_count_was_signed_at_zero_and_never_again(service, sent):
    key = json.loads((service.home / "count.json").read_text())["public_key"]
    assert "in 4 partitions" in teller("zero", "--check", sent / "zero.txt", "--key", key).stdout
    assert "zero.not_empty" in teller("zero", "--config", service.config, code=2).stderr


def test_figures_are_checked(service, sent):
    service.settled()
    said = teller("check", "--config", service.config, "--json", code=None)
    found = json.loads(said.stdout)["findings"]
    assert said.returncode == int(any(each["severity"] != "note" for each in found)), said.stderr


def test_a_number_changed_in_elasticsearch_is_found_and_named(service, sent):
    service.settled()
    head = json.loads(teller("inspect", "--config", service.config, "--json").stdout)["count"][:8]
    password = (SECRETS / "elastic.publisher").read_text().strip()
    base = f"https://localhost:{settings()['ELASTICSEARCH_PORT']}/teller-{head}-totals"
    curl = ["curl", "-sS", "--cacert", SECRETS / "ca.crt", "-u", f"publisher:{password}", "-H", "Content-Type: application/json"]
    found = json.loads(run(*curl, base + "/_search?size=1&version=true&q=how:number").stdout)["hits"]["hits"][0]
    source = found["_source"]
    wrong = {**source, "value": source["value"] + 1}
    put = f"{base}/_doc/{found['_id']}?version={found['_version']}&version_type=external_gte&refresh=true"
    run(*curl, "-X", "PUT", put, "-d", json.dumps(wrong))
    lines, differences = differing(service)
    assert lines == {"Elasticsearch = store"}
    assert len(differences) == 1 and source["contest_id"] in differences[0]["where"] and source["unit_id"] in differences[0]["where"]
    run(*curl, "-X", "PUT", put, "-d", json.dumps(source))
    service.settled()


def test_a_sum_changed_in_the_views_is_found(service, sent):
    service.settled()
    sql(service, "update teller.contest_totals set value = value + 1 where contest = 0 and slot = 0")
    lines, _ = differing(service)
    assert lines == {"pub_* views = store"}
    sql(service, "update teller.contest_totals set value = value - 1 where contest = 0 and slot = 0")
    service.settled()


def test_a_view_that_shows_other_names_is_found_and_nothing_is_signed_beside_it(service, sent):
    """No figure of it is another: it is held by what it is made of (docs/decisions/0038)."""
    service.settled()
    service.stop("publish")  # Which would end.
    statements = service.numbers()["statements"]
    said = sql(service, "select pg_get_viewdef('teller.pub_units'::regclass)")
    assert said.count("u.name AS unit_name") == 1
    as_made = f"set search_path = teller; create or replace view pub_units as {said}"
    sql(service, as_made.replace("u.name AS unit_name", "upper(u.name) AS unit_name"))
    try:
        lines, differences = differing(service)
        assert lines == {"names = files"} and "view pub_units: it is not as this program makes it" in json.dumps(differences)
        assert "view pub_units" in teller("verify", "--config", service.config, code=1).stdout
        assert "store.definition" in teller("publish", "--config", service.config, "--once", code=3).stderr
        assert service.numbers()["statements"] == statements
    finally:
        sql(service, as_made)
        service.start("publish")
    service.settled()


def test_a_postgresql_restored_from_an_older_backup_is_recovered(service, sent, tmp_path):
    service.settled()
    backup = tmp_path / "backup"
    teller("backup", backup, "--config", service.config)
    load(service, sent / "sent.3.packed")
    service.settled()
    digest = teller("digest", "--config", service.config).stdout
    numbers = service.numbers()
    checkpoint = (service.home / "published/checkpoint").read_text()

    for name in ("count", "publish"):
        service.stop(name)
    run(TREE / "stack/postgres.sh", "drop-database", service.name)
    run(TREE / "stack/postgres.sh", "database", service.name)
    teller("restore", backup, "--config", service.config)
    behind = teller("digest", "--config", service.config, code=3)  # Published files lie beside it that know more.
    assert "log.rollback" in behind.stderr
    refused = teller("publish", "--config", service.config, "--once", code=3)
    assert "log.rollback" in refused.stderr

    teller("recover", "--config", service.config, "--reason", "a test")
    assert teller("digest", "--config", service.config).stdout == digest
    again = service.numbers()
    assert [(p["step"], p["root"]) for p in again["partitions"]] == [(p["step"], p["root"]) for p in numbers["partitions"]]
    assert again["statements"] == numbers["statements"]
    teller("verify", "--config", service.config)

    for name in ("count", "publish"):
        service.start(name)
    load(service, sent / "sent.4.packed")
    service.settled()
    assert (service.home / "published/checkpoint").read_text() != checkpoint
    teller("verify", "--config", service.config)


def test_the_loop_says_what_it_finds_in_its_metrics(service, sent):
    service.settled()
    port = int(settings()["RECONCILE_PORT"]) + 7
    loop = subprocess.Popen(
        [TELLER, "reconcile", "--config", service.config, "--every", "1", "--listen", f"127.0.0.1:{port}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert any(" reconcile.agrees" in line for line in loop.stdout)
        metrics = run("curl", "-sf", f"http://127.0.0.1:{port}/metrics").stdout
        assert "teller_reconcile_differences 0" in metrics
    finally:
        loop.terminate()
        assert loop.wait(timeout=120) == 0


def test_the_public_log_has_what_an_export_of_the_moment_has(service, tmp_path):
    service.settled()
    teller("log", "serve", "--config", service.config, "--once")
    export = tmp_path / "export"
    teller("log", "export", export, "--config", service.config, "--without-entries")
    must_hold_what_the_export_holds(service.home / "published/log", export)
    shutil.rmtree(service.home / "published/log")  # Nobody follows it here: from the next commit on it would be behind.


def test_a_certified_count_loses_its_order_of_arrival_and_nothing_else(service, sent):
    """The last one here: afterwards nothing can be counted any more."""
    refused = teller("retire", "--config", service.config, "--reason", "space", code=2)
    assert "policy.not_certified" in refused.stderr
    load(service, sent / "sent.4.packed")
    service.settled()
    decide(service, sent, "close", "closed")
    decide(service, sent, "certify", "certified", "--accept-open")
    service.settled()
    for name in ("gateway", "inbox", "count", "publish"):
        service.stop(name)
    digest = teller("digest", "--config", service.config).stdout

    teller("retire", "--config", service.config, "--reason", "four weeks after the result stood")
    service.until_its_topics_are_gone()
    assert "retire" in teller("audit", "show", "--config", service.config).stdout
    assert teller("digest", "--config", service.config).stdout == digest
    teller("verify", "--config", service.config)
    ends_without_its_topic(3, "journal.topic_missing", "gateway", "--config", service.config)
    ends_without_its_topic(2, "journal.retired", "retire", "--config", service.config, "--reason", "again")


def ends_without_its_topic(code, why, *command):
    """A broker that has not heard of it yet lets a process begin as if nothing were: then it is asked again."""
    for seconds in range(5, 60, 5):
        try:
            done = subprocess.run([TELLER, *map(str, command)], capture_output=True, text=True, timeout=seconds)
        except subprocess.TimeoutExpired:
            continue
        assert done.returncode == code and why in done.stderr, done.stderr
        return
    pytest.fail(f"{command[0]} goes on without its topic")
