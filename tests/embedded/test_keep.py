"""What keeps a count: reconcile finds what was changed, a backup goes on elsewhere, a restored store is recovered."""

import json
import shutil
import sqlite3
import urllib.request

import pytest

from conftest import run, serving

BALLOTS = 3000


@pytest.fixture
def counted(tmp_path, new_home):
    """A home in which half of the ballots were counted and published; the second half as a file."""
    rules = tmp_path / "rules.json"
    run("generate", "--write-rules", rules, "--contests", 2, "--units", 5, "--seed", 3)
    home = new_home(rules, "--partitions", 3)
    shares = "--duplicates 0.02 --conflicts 0.01 --parts 2 --format packed".split()
    run("generate", "--home", home, "--ballots", BALLOTS, "--seed", 4, *shares, "--out", tmp_path / "sent.packed")
    load(home, tmp_path / "sent.1.packed", tmp_path)
    return home, tmp_path / "sent.2.packed"


def load(home, file, tmp_path):
    with serving(home, tmp_path / "engine.log") as url:
        run("load", file, "--to", url, "--in-order")


def lines(home, *more, code=0):
    said, _ = run("reconcile", "--home", home, "--json", *more, code=code)
    result = json.loads(said)
    return result, {line["what"]: line["result"] for line in result["lines"]}


def test_a_count_agrees_with_itself_also_while_it_is_served(counted, tmp_path):
    home, second = counted
    result, said = lines(home, "--full")
    assert result["good"] and set(said.values()) == {"same"}, result
    assert all(line["compared"] > 0 for line in result["lines"]), result
    with serving(home, tmp_path / "engine.log") as url:
        run("load", second, "--to", url, "--in-order")
        result, said = lines(home, "--full")
        assert result["good"], result
        # The engine holds everything against each other itself, at once and then every minute.
        with urllib.request.urlopen(urllib.request.Request(url + "/metrics", headers=url.headers)) as answer:
            metrics = answer.read().decode()
        assert "teller_reconcile_differences 0" in metrics, metrics
        assert "teller_reconcile_passes_total" in metrics


BROKEN = {
    "a total in the store": "update totals set value = value + 1 where rowid = (select min(rowid) from totals where contest < 65535)",
    "what a partition says it counted": "update partitions set duplicate = duplicate + 1 where partition = 1",
    "a root": "update partitions set root = zeroblob(32) where partition = 2",
    "a conflict": "delete from incidents where rowid = (select min(rowid) from incidents)",
    "a sum that people read": "update contest_totals set value = value + 1 where contest = 0 and slot = 0",
}
FOUND_BY = {
    "a total in the store": {"statement = store", "static files = store", "pub_* views = store"},
    "what a partition says it counted": {"recorded = counted + duplicate + conflict + rejected", "static files = store"},
    "a root": {"log = store", "statement = store"},
    "a conflict": {"incidents = conflict + rejected"},
    "a sum that people read": {"pub_* views = store"},
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_was_changed_in_the_store_is_found(counted, what):
    home, _ = counted
    with sqlite3.connect(home / "store.sqlite") as store:
        assert store.execute(BROKEN[what]).rowcount == 1
    result, said = lines(home, "--full", code=1)
    differing = {line for line, state in said.items() if state == "DIFFERS"}
    if what == "a root":
        differing.discard("statement = store")
        assert differing == {"log = store"}, result
    else:
        assert differing <= FOUND_BY[what] and differing, result


def test_the_board_is_told_which_comparison_differs_and_no_figure(counted, tmp_path):
    home, _ = counted

    def told():
        with serving(home, tmp_path / "engine.log"):
            pass  # Its first pass is over before it ends.
        return json.loads(run("inspect", "--home", home, "--json")[0])["reconciled"]

    good = told()
    assert (good["differences"], good["differs"], good["not_looked_at"]) == (0, "", "")
    with sqlite3.connect(home / "store.sqlite") as store:
        store.execute(BROKEN["a conflict"])
    assert told()["differs"] == "incidents = conflict + rejected"
    with sqlite3.connect(home / "store.sqlite") as store:
        row = store.execute("select commit_number, differences, differs, not_looked_at from pub_reconcile").fetchall()
    assert row == [(good["commit"], 1, "incidents = conflict + rejected", "")]


def test_a_changed_file_is_found_and_named(counted):
    home, _ = counted
    file = home / "published/totals.json"
    text = file.read_text()
    first = json.loads(text)["totals"][0]
    file.write_text(text.replace(f'"value":{first["value"]}', f'"value":{first["value"] + 1}', 1))
    result, said = lines(home, "--full", code=1)
    assert {line for line, state in said.items() if state == "DIFFERS"} == {"static files = store"}
    where = result["differences"][0]["where"]
    assert first["contest"] in where and first["unit"] in where and f"{first['value']} in the store, {first['value'] + 1} there" in where


def test_a_backup_goes_on_elsewhere(counted, tmp_path):
    home, second = counted
    backup, other = tmp_path / "backup", tmp_path / "other"
    with serving(home, tmp_path / "engine.log"):
        said, _ = run("backup", backup, "--home", home)
    run("backup", backup, "--home", home, code=2)  # Never overwritten.
    told, _ = run("restore", backup, "--home", other)
    digest = run("digest", "--home", home)[0].strip()
    assert f"digest {digest}" in said and f"digest {digest}" in told
    assert run("digest", "--home", other)[0].strip() == digest
    assert run("verify", "--home", other)
    assert backup.stat().st_mode & 0o777 == 0o700 and other.stat().st_mode & 0o777 == 0o700
    for each in (home, other):
        load(each, second, tmp_path)
    assert run("digest", "--home", other) == run("digest", "--home", home)
    run("reconcile", "--home", other, "--full")


def test_a_restored_store_that_is_behind_what_was_published_is_recovered(counted, tmp_path):
    home, second = counted
    run("backup", tmp_path / "backup", "--home", home)
    load(home, second, tmp_path)
    digest = run("digest", "--home", home)
    checkpoint = (home / "published/checkpoint").read_text()
    statements = json.loads(run("inspect", "--home", home, "--json")[0])["statements"]

    for name in ("store.sqlite-wal", "store.sqlite-shm"):
        (home / name).unlink(missing_ok=True)
    shutil.copy(tmp_path / "backup/store.sqlite", home / "store.sqlite")
    # Nothing is counted and nothing signed on an older copy, and what to do is said.
    _, why = run("serve", "--home", home, "--listen", "127.0.0.1:0", code=3)
    assert "log.rollback" in why and "teller recover" in why
    assert lines(home, code=1)[1]["static files = store"] == "DIFFERS"

    said, _ = run("recover", "--home", home, "--reason", "a test")
    assert "recovered" in said
    assert run("digest", "--home", home) == digest
    assert json.loads(run("inspect", "--home", home, "--json")[0])["statements"] == statements
    assert lines(home, "--full")[0]["good"]
    run("verify", "--home", home)
    run("recover", "--home", home, "--reason", "again", code=2)  # Not needed.

    # And it goes on: the same ballots again change nothing but the duplicates, statements follow.
    load(home, second, tmp_path)
    assert run("digest", "--home", home) == digest
    assert (home / "published/checkpoint").read_text() != checkpoint
    run("verify", "--home", home)


def test_a_journal_is_kept_until_the_count_is_certified(counted):
    home, _ = counted
    _, why = run("retire", "--home", home, "--reason", "space", code=2)
    assert "policy.not_certified" in why
    assert list((home / "journal").iterdir())


def test_of_a_certified_count_the_order_of_arrival_is_deleted_and_the_rest_stands(counted, tmp_path):
    home, ballots = counted
    with sqlite3.connect(home / "store.sqlite") as store:  # What certification will do, once it is built.
        store.execute("update head set status = 'official'")
    load(home, ballots, tmp_path)  # A commit, so that a statement can say it: every ballot a second time.
    digest = run("digest", "--home", home)
    run("retire", "--home", home, "--reason", "four weeks after the result stood")
    assert [file.name for file in (home / "journal").iterdir()] == ["retired"]
    assert "retire" in run("audit", "show", "--home", home)[0]

    assert run("digest", "--home", home) == digest
    run("verify", "--home", home)
    run("audit", "verify", "--home", home)
    run("log", "export", tmp_path / "export", "--home", home)
    run("verify", "--export", tmp_path / "export", "--key", run("keys", "--home", home)[0].strip())
    for command in (("serve",), ("load", ballots), ("retire", "--reason", "again")):
        _, why = run(*command, "--home", home, code=2)
        assert "journal.retired" in why, command
    # Nothing differs; of the journal it says that it did not look.
    told, _ = lines(home, "--full")
    assert told["good"] and any(line["result"] == "not looked at" for line in told["lines"])
    run("backup", tmp_path / "backup", "--home", home)
    run("restore", tmp_path / "backup", "--home", tmp_path / "restored", "--reason", "a test")
    assert run("digest", "--home", tmp_path / "restored") == digest
    _, why = run("serve", "--home", tmp_path / "restored", code=2)
    assert "journal.retired" in why
