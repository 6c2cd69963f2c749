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


def deliveries(home):
    return json.loads(run("deliveries", "--home", home, "--json")[0])["deliveries"]


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
    delivered = sum(
        number
        for one in deliveries(folder / "home")
        for became, number in one["became"].items()
        if became not in ("refused", "unchanged")  # The others were recorded, and are not sent again here.
    )
    with serving(folder / "home", tmp_path / "engine.log") as url:
        run("load", folder / "b.tbat", "--to", url, code=1)  # Some of it is refused, today as then.
        run("load", folder / "sheets.ndjson", "--to", url)
    after = outcomes(folder / "home")
    assert digest_of(folder / "home") == digest
    # Everything is there a second time: a duplicate of what was counted, or once more the conflict that it was.
    assert after["counted"] == before["counted"] and after["rejected"] == before["rejected"] == 0
    assert after["recorded"] == 2 * before["recorded"] - delivered and after["conflict"] == 2 * before["conflict"] > 0
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


def test_its_deliveries_are_known(older):
    folder, digest = older
    if not (folder / "mail.toml").exists():  # That program knew no deliveries.
        assert deliveries(folder / "home") == []
        return
    assert [(one["act"], one["file"]) for one in deliveries(folder / "home")] == [
        ("withdrawal", "mail-wrong.csv"),
        ("update", "mail-20h.csv"),
        ("update", "mail-21h.csv"),
        ("withdrawal", "mail-wrong.csv"),
    ]
    given = ("--mapping", folder / "mail.toml", "--home", folder / "home", "--source", "Little Rill")
    # One of its sheets was withdrawn later, and does not come back by sending the old file again.
    said = run("import", folder / "mail-21h.csv", *given, code=1)[0]
    assert "\nstale      1\nunchanged  1\n" in said or "\nunchanged  1\nstale      1\n" in said
    assert "rill/mill, by-mail, A new bridge: stale, left out: the figures of this place were withdrawn since" in said
    assert digest_of(folder / "home") == digest


def test_its_backup_becomes_the_same_count(older):
    folder, digest = older
    run("restore", folder / "bk", "--home", folder / "again")
    assert digest_of(folder / "again") == digest
    run("verify", "--home", folder / "again")
