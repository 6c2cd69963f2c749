"""What an older program counted, today's opens, verifies, restores and goes on with (tests/fixtures/README.md)."""

import csv
import json
import sqlite3
import tarfile

import pytest

import little_rill
from conftest import TREE, run, serving
from private_postgres import drop_database, new_database, private_postgres, sql, write_config

OLDER = sorted((TREE / "tests/fixtures").glob("home-*.tar.*"))


def with_a(name):
    """For a test of those that have such a file."""
    having = [path for path in OLDER if name in tarfile.open(path).getnames()]
    return pytest.mark.parametrize("older", having, indirect=True, ids=lambda path: path.name)


@pytest.fixture(params=OLDER, ids=lambda path: path.name)
def older(request, tmp_path):
    """The folder with home, export, backup and what was sent; and the digest that its program printed."""
    tarfile.open(request.param).extractall(tmp_path)
    return tmp_path, (tmp_path / "digest.txt").read_text().strip()


def digest_of(home):
    return run("digest", "--home", home)[0].strip()


def outcomes(home):
    said = json.loads(run("inspect", "--home", home, "--json")[0])
    return {name: said[name] for name in ("recorded", "counted", "duplicate", "conflict", "rejected")}


def deliveries(home):
    return json.loads(run("deliveries", "--home", home, "--json")[0])["deliveries"]


def decided(home):
    """What officers decided, an entry each; nothing where the count has none."""
    return json.loads(run("decide", "list", "--home", home, "--json")[0])


def test_there_is_an_older_count_of_each_kind():
    """And one of PostgreSQL; else the tests of them would be of nothing."""
    names = [set(tarfile.open(path).getnames()) for path in OLDER]
    for kind in ("home/store.sqlite", "mail.toml", "officers.toml", "home/voters.sqlite", "presentation.json", "service/postgres.dump"):
        assert any(kind in each for each in names), kind


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
    delivered += len(decided(folder / "home")["decisions"])
    after = outcomes(folder / "home")
    assert digest_of(folder / "home") == digest
    # Everything is there a second time: a duplicate of what was counted, or once more the conflict that it was.
    assert after["counted"] == before["counted"] and after["rejected"] == before["rejected"] == 0
    assert after["recorded"] == 2 * before["recorded"] - delivered and after["conflict"] == 2 * before["conflict"] > 0
    run("verify", "--home", folder / "home")


def schema_of(home):
    """Columns of tables; views and indexes word by word."""
    with sqlite3.connect(f"file:{home}/store.sqlite?mode=ro", uri=True) as store:
        names = [name for (name,) in store.execute("select name from sqlite_master where type = 'table' order by name")]
        tables = {name: store.execute("select name, type from pragma_table_info(?) order by name", (name,)).fetchall() for name in names}
        return tables, dict(store.execute("select name, sql from sqlite_master where type in ('view', 'index')"))


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


@with_a("officers.toml")
def test_what_officers_decided_stands_and_they_go_on_deciding(older, tmp_path):
    """Two ballots are void, one was reinstated, the count is certified; with the keys of then it is reopened today."""
    folder, _ = older
    home = folder / "home"
    told = decided(home)
    assert (told["stage"], told["status"]) == ("certified", "official")
    acts = [one["action"] for one in told["decisions"]]
    assert {act: acts.count(act) for act in acts} == {"open": 2, "void": 3, "reinstate": 1, "close": 2, "certify": 2}
    assert {one["officers"] for one in told["decisions"]} == {"a.huber, b.meier"}
    late = little_rill.ballot(json.loads((home / "count.json").read_text())["id"], "00000001-0000-4000-8000-000000000000", ["ada"], unit="rill/mill")
    (tmp_path / "late.ndjson").write_text(json.dumps(late) + "\n")
    assert "count.certified" in run("load", tmp_path / "late.ndjson", "--home", home, code=1)[1]
    signed = ("--sign", folder / "huber.key", "--sign", folder / "meier.key")
    run("decide", "reopen", "--home", home, "--reason", "a box was found", *signed)
    about = {act: {one["about"].removeprefix("ballot ") for one in told["decisions"] if one["action"] == act} for act in acts}
    void = min(about["void"] - about["reinstate"])
    run("decide", "reinstate", "--home", home, "--reason", "it was signed", "--ballot", void, *signed)
    counted = outcomes(home)["counted"]
    run("load", tmp_path / "late.ndjson", "--home", home)
    assert outcomes(home)["counted"] == counted + 1 and decided(home)["stage"] == "closed"
    run("verify", "--home", home)


@with_a("home/voters.sqlite")
def test_its_roll_lets_nobody_come_twice_and_says_how_many_came(older):
    """70 had come then, and one more comes now; the same in what is restored of its backup."""
    folder, _ = older
    run("restore", folder / "bk", "--home", folder / "again")
    for home in (folder / "home", folder / "again"):
        for voter in ("V-1", "V-150"):  # She came; he did not.
            run("voters", "check-in", voter, "--method", "in-person", "--home", home, code=int(voter == "V-1"))
        run("voters", "close", "--home", home, "--reason", "the polls closed")
        told = json.loads(run("voters", "turnout", "--home", home, "--format", "json")[0])
        assert (told["registered"], told["checked_in"]) == (150, 71)


@with_a("presentation.json")
def test_its_presentation_is_what_people_see(older, tmp_path):
    folder, _ = older
    with serving(folder / "home", tmp_path / "engine.log"):
        pass  # Brings the store up.
    with sqlite3.connect(f"file:{folder}/home/store.sqlite?mode=ro", uri=True) as store:
        (shown,) = store.execute("select bytes from pub_presentation").fetchone()
    assert bytes.fromhex(shown) == (folder / "presentation.json").read_bytes()


# ------------------------------------------------------------------------------------------------ on PostgreSQL


@pytest.fixture(scope="module")
def postgres():
    with private_postgres("older") as folder:
        yield folder


@pytest.fixture
def servers(postgres, tmp_path):
    """servers(name) gives the teller.toml of a count on a database of its own, which is empty."""

    def make(name):
        home = tmp_path / name
        home.mkdir(mode=0o700)
        drop_database(postgres, name)
        new_database(postgres, name)
        return write_config(tmp_path / f"{name}.toml", postgres, name, home)

    return make


def columns_of(postgres, name):
    """Of tables and views. (The text of a view is another one once it went through pg_dump.)"""
    asked = "select table_name, column_name, data_type from information_schema.columns where table_schema = 'teller' order by 1, 2"
    return sql(postgres, name, asked).splitlines()


@with_a("service/postgres.dump")
def test_its_database_becomes_one_of_today_and_holds_the_same_count(older, postgres, servers, tmp_path):
    folder, digest = older
    config = servers("older")
    assert digest in run("restore", folder / "service", "--config", config)[0]
    # The rights to change a count bring its tables up; here those of a deck that is held against it.
    here = run("test-deck", "--check", folder / "deck", "--home", folder / "home", code=1)
    there = run("test-deck", "--check", folder / "deck", "--config", config, code=1)
    assert figures_named(there) == figures_named(here) and len(figures_named(here)) > 5
    assert run("digest", "--config", config)[0].strip() == digest
    totals = [run("totals", *which, "--format", "csv")[0] for which in (("--home", folder / "home"), ("--config", config))]
    assert list(csv.reader(totals[0].splitlines())) == list(csv.reader(totals[1].splitlines()))
    assert f"digest {digest}\n" in run("verify", "--config", config)[0]
    run("init", "--config", servers("anew"), "--rules", folder / "rules.json", "--mode", "test")
    assert columns_of(postgres, "older") == columns_of(postgres, "anew")


def figures_named(said):
    """What a deck says that differs, without the file that it says it in."""
    return [line for line in "".join(said).splitlines() if "expected" in line or "counted" in line]
