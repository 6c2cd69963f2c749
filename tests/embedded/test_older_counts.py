"""What an older program counted, today's opens, verifies, restores and goes on with (tests/fixtures/README.md)."""

import json
import sqlite3
import subprocess

import pytest

from conftest import TREE, run, serving

OLDER = sorted((TREE / "tests/fixtures").glob("home-*.tar.gz"))


@pytest.fixture(params=OLDER, ids=lambda path: path.name)
def older(request, tmp_path):
    """The folder with home, export, backup and what was sent; and the digest that its program printed."""
    subprocess.run(["tar", "-xzf", request.param, "-C", tmp_path], check=True)
    return tmp_path, (tmp_path / "digest.txt").read_text().strip()


def digest_of(home):
    return run("digest", "--home", home)[0].strip()


def outcomes(home):
    said = json.loads(run("inspect", "--home", home, "--json")[0])
    return {name: said[name] for name in ("recorded", "counted", "duplicate", "conflict", "rejected")}


def test_there_is_an_older_count():
    assert OLDER


def test_it_opens_and_verifies(older):
    folder, digest = older
    assert digest_of(folder / "home") == digest
    for which in ("--home", folder / "home"), ("--trust-key-in-export", "--export", folder / "export"):
        assert f"digest {digest}\n" in run("verify", *which)[0]


def test_it_goes_on_and_what_was_sent_before_changes_nothing(older, tmp_path):
    folder, digest = older
    before = outcomes(folder / "home")
    with serving(folder / "home", tmp_path / "engine.log") as url:
        run("load", folder / "b.tbat", "--to", url, code=1)  # Some of it is refused, today as then.
        run("load", folder / "sheets.ndjson", "--to", url)
    after = outcomes(folder / "home")
    assert digest_of(folder / "home") == digest
    # Everything is there a second time: a duplicate of what was counted, or once more the conflict that it was.
    assert after["counted"] == before["counted"] and after["rejected"] == before["rejected"] == 0
    assert after["recorded"] == 2 * before["recorded"] and after["conflict"] == 2 * before["conflict"] > 0
    run("verify", "--home", folder / "home")


def schema_of(home):
    """Columns of tables, and views word by word."""
    with sqlite3.connect(f"file:{home}/store.sqlite?mode=ro", uri=True) as store:
        names = [name for (name,) in store.execute("select name from sqlite_master where type = 'table' order by name")]
        tables = {name: store.execute("select name, type from pragma_table_info(?) order by name", (name,)).fetchall() for name in names}
        return tables, dict(store.execute("select name, sql from sqlite_master where type = 'view'"))


def test_its_store_becomes_one_of_today(older, new_home, tmp_path):
    folder, _ = older
    with serving(folder / "home", tmp_path / "engine.log"):
        pass
    assert schema_of(folder / "home") == schema_of(new_home(folder / "rules.json"))


def test_its_backup_becomes_the_same_count(older):
    folder, digest = older
    run("restore", folder / "bk", "--home", folder / "again")
    assert digest_of(folder / "again") == digest
    run("verify", "--home", folder / "again")
