"""What keeps a count: reconcile finds what was changed, a backup goes on elsewhere, a restored store is recovered."""

import contextlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import time
import urllib.request

import pytest

from conftest import TELLER, run, serving
from officers import Officers
from test_import import MAPPING

BALLOTS = 3000
ROWS = "ward,name,votes\nnorth,Ada,30\nnorth,Bell,12\n"


@pytest.fixture
def counted(tmp_path, new_home):
    """A home in which half of the ballots were counted and published; the second half as a file."""
    rules = tmp_path / "rules.json"
    run("generate", "--write-rules", rules, "--contests", 2, "--units", 5, "--seed", 3)
    return home_with_half(tmp_path, new_home(rules, "--partitions", 3))


@pytest.fixture
def closed(tmp_path, new_home):
    """The same of a count with officers, who closed it."""
    rules = tmp_path / "rules.json"
    run("generate", "--write-rules", rules, "--contests", 2, "--units", 5, "--seed", 3)
    officers = Officers(tmp_path, lambda *arguments: run(*arguments)[0])
    home = new_home(rules, "--partitions", 3, "--officers", officers.file)
    officers.decide("open", "--home", home)
    _, second = home_with_half(tmp_path, home)
    officers.decide("close", "--home", home)
    with serving(home, tmp_path / "engine.log"):
        pass  # Signs a statement of it.
    return home, second, officers


def home_with_half(tmp_path, home):
    shares = "--duplicates 0.02 --conflicts 0.01 --parts 2 --format packed".split()
    run("generate", "--home", home, "--ballots", BALLOTS, "--seed", 4, *shares, "--out", tmp_path / "sent.packed")
    load(home, tmp_path / "sent.1.packed", tmp_path)
    return home, tmp_path / "sent.2.packed"


def load(home, file, tmp_path):
    with serving(home, tmp_path / "engine.log") as url:
        run("load", file, "--to", url, "--in-order", "--no-wait")  # Some are conflicts.


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
        run("load", second, "--to", url, "--in-order", "--no-wait")
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


def test_a_backup_without_the_key_has_it_in_no_file(counted, tmp_path):
    """Neither as its text nor as its bytes; with the key it is there, so that this would see it. What came of it reads and signs nothing."""
    home, _ = counted
    text = (home / "key").read_text().strip()
    secret = {text.encode(), bytes.fromhex(text)}

    def holding_it(folder):
        return [file.name for file in folder.rglob("*") if file.is_file() and any(each in file.read_bytes() for each in secret)]

    run("backup", tmp_path / "with", "--home", home)
    assert holding_it(tmp_path / "with") == ["key"]
    told = run("backup", tmp_path / "without", "--home", home, "--without-key")[1]
    assert holding_it(tmp_path / "without") == [] and "the private key is not in it" in told
    run("restore", tmp_path / "without", "--home", tmp_path / "other")
    assert holding_it(tmp_path / "other") == [] and run("digest", "--home", tmp_path / "other") == run("digest", "--home", home)
    run("verify", "--home", tmp_path / "other")
    assert "is not here" in run("keys", "--home", tmp_path / "other")[1]


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

    # Where the folder is lost too, a copy of what was published says how far it was.
    (home / "published").rename(tmp_path / "copy")
    shutil.copy(tmp_path / "backup/store.sqlite", home / "store.sqlite")
    run("recover", "--home", home, "--reason", "from a copy", "--from", tmp_path / "copy")
    assert run("digest", "--home", home) == digest
    run("verify", "--home", home)
    (tmp_path / "copy").rename(home / "published")

    # And it goes on: the same ballots again change nothing but the duplicates, statements follow.
    load(home, second, tmp_path)
    assert run("digest", "--home", home) == digest
    assert (home / "published/checkpoint").read_text() != checkpoint
    run("verify", "--home", home)


# What a command says of the store of a home: its arguments. A command with --home stands here or below: the next test asks the program itself.
READING = {
    "totals": [(), ("--by", "unit", "--format", "csv")],
    "digest": [()],
    "inspect": [("--json",)],
    "incidents": [()],
    "check": [()],
    "deliveries": [()],
    "verify": [()],
    "audit show": [()],
    "audit verify": [()],
    "decide list": [()],
    "resolve": [()],
    "write-ins list": [()],
    "log export": [("{tmp}/export",)],
    "backup": [("{tmp}/copy",)],
    "reconcile": [("--full",)],
}
NOT_OF_THE_STORE = {
    "keys": "the public key, of count.json",
    "generate": "entries for the rules of the home",
    "test-deck": "made of the rules; compared with a count that it counts itself",
    "report check": "of the document; the home says the key",
    "token list": "of officers/, which no store holds",
    "voters show": "of the voters' roll, which is a file of its own",
    "voters turnout": "of the voters' roll, which is a file of its own",
}
CHANGES = {
    *("init", "serve", "load", "import", "feed", "withdraw", "zero", "replay-rejected", "resume", "restore", "recover", "retire"),
    *("token new", "token revoke", "voters load", "voters check-in", "voters close"),
    *(f"decide {what}" for what in ("open", "close", "certify", "reopen", "void", "reinstate", "send")),
    *(f"report {what}" for what in ("canvass", "certificate", "decisions", "sheets")),
    *("write-ins give", "complete"),
}


def commands(*path):
    """Every command of the program with what its help says, as `teller --help` names them."""
    told, _ = run(*path, "--help")
    _, found, below = told.partition("\nSubcommands:\n")
    if not found:
        yield " ".join(path), told
    for name in re.findall(r"^  (\S+)", below.partition("\n\n")[0], re.MULTILINE):
        yield from commands(*path, name)


def test_each_command_of_a_home_reads_its_store_or_is_said_not_to():
    of_a_home = {name for name, told in commands() if re.search(r"^\s+--home\b", told, re.MULTILINE)}
    assert of_a_home == READING.keys() | NOT_OF_THE_STORE.keys() | CHANGES
    assert len(of_a_home) == len(READING) + len(NOT_OF_THE_STORE) + len(CHANGES)


def refused_by_all(home, tmp_path, *codes, but=()):
    """No command reports on it: each names why, and ends with another code than 0."""
    for command in [(*name.split(), *more) for name, each in READING.items() for more in each]:
        if command[0] in but:
            continue
        done = subprocess.run([TELLER, *(word.format(tmp=tmp_path) for word in command), "--home", home], capture_output=True, text=True, timeout=60)
        said = done.stdout + done.stderr
        assert done.returncode != 0, (command, said)
        assert command[0] == "reconcile" or any(code in said for code in codes), (command, said)


def lose_store(home):
    for name in ("store.sqlite", "store.sqlite-wal", "store.sqlite-shm"):
        (home / name).unlink(missing_ok=True)


@pytest.mark.parametrize("left", ["everything", "no published files", "no journal"])
def test_a_store_that_is_gone_is_not_taken_for_an_empty_count(counted, tmp_path, left):
    home, _ = counted
    digest = run("digest", "--home", home)
    if left == "no published files":
        shutil.rmtree(home / "published")
    if left == "no journal":
        shutil.rmtree(home / "journal")
    lose_store(home)
    refused_by_all(home, tmp_path, "store.missing")
    _, why = run("serve", "--home", home, "--listen", "127.0.0.1:0", code=2)
    assert "store.missing" in why and "teller recover" in why
    refused_by_all(home, tmp_path, "store.missing")  # Nothing was left behind that answers.
    assert not (home / "store.sqlite").exists()
    (home / "store.sqlite").touch()  # Nor is an empty file a count.
    refused_by_all(home, tmp_path, "store.missing", "store.behind")
    run("serve", "--home", home, "--listen", "127.0.0.1:0", code=2)
    lose_store(home)
    if left == "everything":
        assert "recovered from commit 0" in run("recover", "--home", home, "--reason", "the store was lost")[0]
        assert run("digest", "--home", home) == digest
        run("verify", "--home", home)
        with serving(home, tmp_path / "engine.log"):
            pass
        assert run("digest", "--home", home) == digest
    else:
        run("recover", "--home", home, "--reason", "the store was lost", code=2 if left == "no published files" else 3)
        run("totals", "--home", home, code=2 if left == "no published files" else 3)


@pytest.mark.parametrize("left", ["everything", "no published files"])
def test_an_empty_store_beside_what_was_counted_says_nothing(counted, tmp_path, left):
    home, _ = counted
    other = tmp_path / "empty.sqlite"
    with sqlite3.connect(home / "store.sqlite") as store:
        store.execute("pragma wal_checkpoint(truncate)")
    shutil.copy(home / "store.sqlite", other)
    with contextlib.closing(sqlite3.connect(other)) as store, store:  # As `init` left it; closed, so that no WAL is left.
        for table in ("steps", "totals", "contest_totals", "unit_cards", "incidents", "statements", "timeline"):
            store.execute(f"delete from {table}")
        store.execute("update head set commit_number = 0, committed_at = null")
        store.execute(
            "update partitions set step = 0, position = 0, log_size = 0, counted = 0, duplicate = 0, conflict = 0, rejected = 0,"
            " root = x'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'"
        )
    lose_store(home)
    shutil.copy(other, home / "store.sqlite")
    if left == "no published files":
        shutil.rmtree(home / "published")
    refused_by_all(home, tmp_path, "log.rollback", "store.behind")
    if left == "everything":
        _, why = run("serve", "--home", home, "--listen", "127.0.0.1:0", code=3)
        assert "log.rollback" in why and "teller recover" in why


def test_what_was_imported_before_a_backup_is_duplicates_after_it(new_home, tmp_path):
    (tmp_path / "rows.csv").write_text(ROWS)
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(MAPPING)
    run("import", tmp_path / "rows.csv", "--mapping", mapping, "--write-rules", tmp_path / "imported.json", "--synthesise-ballots")
    home = new_home(tmp_path / "imported.json")

    def imported(into):
        out = tmp_path / "out.tbat"
        out.unlink(missing_ok=True)
        run("import", tmp_path / "rows.csv", "--mapping", mapping, "--home", into, "--synthesise-ballots", "--out", out)
        run("load", out, "--home", into)
        return json.loads(run("inspect", "--home", into, "--json")[0])

    before = imported(home)
    assert before["counted"] == 42
    run("backup", tmp_path / "backup", "--home", home)
    run("restore", tmp_path / "backup", "--home", tmp_path / "other", "--reason", "a test")
    after = imported(tmp_path / "other")
    assert (after["counted"], after["duplicate"]) == (before["counted"], before["duplicate"] + 42)


def test_a_home_that_others_may_read_is_refused(counted, tmp_path):
    home, _ = counted
    for rights in (0o777, 0o750, 0o701):
        home.chmod(rights)
        refused_by_all(home, tmp_path, "home.open_to_others")
        run("serve", "--home", home, "--listen", "127.0.0.1:0", code=2)
        run("recover", "--home", home, "--reason", "a test", code=2)
        for of_persons in (("token", "list"), ("voters", "show"), ("voters", "turnout")):
            assert "home.open_to_others" in run(*of_persons, "--home", home, code=2)[1], of_persons
    home.chmod(0o700)
    run("verify", "--home", home)


@pytest.fixture
def read_only(tmp_path):
    """read_only(folder) gives a path at which it can be read and not written, by root neither."""
    mounted = []

    def mount(folder):
        at = tmp_path / f"read-only-{len(mounted)}"
        at.mkdir()
        if os.geteuid() != 0:
            shutil.copytree(folder, at, dirs_exist_ok=True)
            for path in (at, *at.rglob("*")):
                path.chmod(0o500 if path.is_dir() else 0o400)
            return at
        if subprocess.run(["mount", "--bind", folder, at], capture_output=True).returncode != 0:
            pytest.skip("root, and no right to mount: nothing here is read-only")
        mounted.append(at)
        subprocess.run(["mount", "-o", "remount,ro,bind", at], check=True)
        return at

    yield mount
    for at in mounted:
        subprocess.run(["umount", at], check=True)


def test_a_home_on_media_that_cannot_be_written_can_be_verified_and_printed(counted, tmp_path, read_only):
    home, _ = counted
    commands = (("totals",), ("digest",), ("inspect", "--json"), ("verify",), ("reconcile", "--full"), ("audit", "verify"))
    said = [run(*command, "--home", home)[0] for command in commands]
    if os.geteuid() == 0:
        home.chmod(0o755)  # As a disc is mounted.
    on_disc = read_only(home)
    assert [run(*command, "--home", on_disc)[0] for command in commands] == said
    run("log", "export", tmp_path / "export", "--home", on_disc)
    run("backup", tmp_path / "copy", "--home", on_disc)
    _, why = run("serve", "--home", on_disc, "--listen", "127.0.0.1:0", code=3)
    assert str(on_disc) in why


def test_what_is_damaged_is_named_by_its_file(counted, tmp_path):
    home, _ = counted
    journal = home / "journal/00000001.journal"
    good = journal.read_bytes()
    journal.write_bytes(good[:100] + bytes([good[100] ^ 1]) + good[101:])
    _, why = run("serve", "--home", home, "--listen", "127.0.0.1:0", code=3)
    assert str(journal) in why, why
    journal.write_bytes(good)
    store = home / "store.sqlite"
    store.write_bytes(b"no database" + store.read_bytes()[11:])
    for command in (("totals",), ("verify",)):
        _, why = run(*command, "--home", home, code=3)
        assert str(store) in why, why


def test_a_home_that_was_set_back_as_a_whole_is_known_by_its_second_place(counted, tmp_path):
    home, second = counted
    elsewhere = tmp_path / "elsewhere"
    with serving(home, tmp_path / "engine.log", "--also-publish", elsewhere):
        pass
    shutil.copytree(home, tmp_path / "snapshot")
    load(home, second, tmp_path)  # It is remembered.
    digest = run("digest", "--home", home)
    assert (elsewhere / "checkpoint").read_bytes() == (home / "published/checkpoint").read_bytes()
    assert lines(home, "--full")[1]["second place = store"] == "same"
    checkpoint = (elsewhere / "checkpoint").read_bytes()
    shutil.copytree(home / "journal", tmp_path / "journal")

    shutil.rmtree(home)
    shutil.copytree(tmp_path / "snapshot", home)  # The machine goes back to a snapshot.
    refused_by_all(home, tmp_path, "log.rollback")
    _, why = run("serve", "--home", home, "--listen", "127.0.0.1:0", code=3)
    assert "log.rollback" in why and str(elsewhere) in why
    run("load", second, "--home", home, code=3)
    assert (elsewhere / "checkpoint").read_bytes() == checkpoint
    # What was counted since is in no journal any more: who sent it sends it again; numbers go on behind those that were signed.
    _, why = run("recover", "--home", home, "--reason", "a snapshot was restored", code=3)
    assert "journal.gap" in why
    (home / "also-published").write_text(str(tmp_path / "not-mounted") + "\n")
    _, why = run("serve", "--home", home, "--listen", "127.0.0.1:0", code=2)
    assert "home.second_place" in why and not (tmp_path / "not-mounted").exists()
    _, why = run("serve", "--home", home, "--listen", "127.0.0.1:0", "--also-publish", home / "inside", code=2)
    assert "home.second_place" in why

    # With the journal of that night it is brought to what was stated, and goes on.
    shutil.rmtree(home)
    shutil.copytree(tmp_path / "snapshot", home)
    shutil.rmtree(home / "journal")
    shutil.copytree(tmp_path / "journal", home / "journal")
    run("recover", "--home", home, "--reason", "a snapshot was restored")
    assert run("digest", "--home", home) == digest
    load(home, second, tmp_path)
    run("verify", "--home", home)
    assert run("digest", "--home", home) == digest, "all of it was a duplicate"
    assert number_of_statements((elsewhere / "checkpoint").read_bytes()) > number_of_statements(checkpoint)


# Figures of a home that may have been set back are not shown without a word.
def test_whoever_reads_while_the_second_place_is_away_is_told_that_it_was_not_asked(counted, tmp_path):
    home, _ = counted
    elsewhere = tmp_path / "elsewhere"
    reads = (("totals",), ("digest",), ("inspect",), ("verify",), ("reconcile",), ("check",), ("incidents",), ("audit", "show"), ("audit", "verify"))
    in_json = (("totals", "--format", "json"), ("inspect", "--json"), ("check", "--json"), ("audit", "verify", "--json"))
    assert all("second_place" not in json.loads(run(*command, "--home", home)[0]) for command in in_json), "there is none"
    with serving(home, tmp_path / "engine.log", "--also-publish", elsewhere):
        pass
    figures = run("totals", "--home", home)[0]
    for command in reads:
        assert "could not be asked" not in run(*command, "--home", home)[1], command
    for command in in_json:
        assert json.loads(run(*command, "--home", home)[0])["second_place"] == "asked", command

    elsewhere.rename(tmp_path / "not-mounted")
    for command in reads:
        said = run(*command, "--home", home)[1]
        assert f"{elsewhere} is where statements are published too" in said and "nobody knows whether this home was set back" in said, command
    for command in in_json:
        assert json.loads(run(*command, "--home", home)[0])["second_place"] == "away", command
    assert any("could not be asked" in note for note in json.loads(run("verify", "--json", "--home", home)[0])["notes"])
    assert run("totals", "--home", home)[0] == figures
    assert "could not be asked" in run("backup", tmp_path / "copy", "--home", home)[1]

    # Where the folder is that it is mounted on, it is none: not even for who names it in each start, as a service does.
    elsewhere.mkdir()
    for more in ((), ("--also-publish", elsewhere), ("--also-publish", f"{elsewhere}/")):
        _, why = run("serve", "--home", home, "--listen", "127.0.0.1:0", *more, code=2)
        assert "home.second_place" in why and not any(elsewhere.iterdir())


# It is known by a mark of its own: a count that is held back until the close has published nothing yet.
def test_a_second_place_is_this_counts_or_none(counted, tmp_path):
    home, _ = counted
    elsewhere = tmp_path / "elsewhere"
    with serving(home, tmp_path / "engine.log", "--also-publish", elsewhere):
        pass
    mark = elsewhere / "second-place"
    good = mark.read_text()
    mark.write_text(good.replace(good.split()[4], "0" * 32))
    assert good != mark.read_text()
    for command in (("totals",), ("serve", "--listen", "127.0.0.1:0"), ("serve", "--listen", "127.0.0.1:0", "--also-publish", elsewhere)):
        _, why = run(*command, "--home", home, code=2)
        assert "home.second_place" in why and str(mark) in why, command
    mark.write_text(good)
    for file in set(elsewhere.iterdir()) - {mark}:
        shutil.rmtree(file) if file.is_dir() else file.unlink()
    with serving(home, tmp_path / "engine.log"):
        pass
    assert (elsewhere / "head.json").exists()
    mark.unlink()  # An older program left none.
    with serving(home, tmp_path / "engine.log", "--also-publish", elsewhere):
        pass


def number_of_statements(checkpoint):
    return int(checkpoint.splitlines()[1])


def test_a_journal_is_kept_until_the_count_is_certified(counted):
    home, _ = counted
    _, why = run("retire", "--home", home, "--reason", "space", code=2)
    assert "policy.not_certified" in why
    assert list((home / "journal").iterdir())


@pytest.mark.parametrize(("table", "command"), [("cells", "verify"), ("deliveries", "deliveries"), ("inbox_refused", "inspect")])
def test_a_table_that_was_dropped_is_not_that_of_an_older_program(counted, table, command):
    home, _ = counted
    run(command, "--home", home)
    with sqlite3.connect(home / "store.sqlite") as store:
        store.execute(f"drop table {table}")
    said, why = run(command, "--home", home, code=3)
    assert table in said + why


def test_a_status_that_nobody_decided_is_shown_and_signed_by_nobody(counted, tmp_path):
    home, second = counted
    checkpoint = (home / "published/checkpoint").read_bytes()
    with sqlite3.connect(home / "store.sqlite") as store:
        store.execute("update head set status = 'official'")
    refused_by_all(home, tmp_path, "status.undecided", "check 17", but=("backup", "audit"))
    _, said = lines(home, code=1)
    assert {line for line, state in said.items() if state == "DIFFERS"} == {"names = files"}
    # Who would sign it says so and stops; what has been published stays as it was.
    log = tmp_path / "engine.log"
    with log.open("ab") as events:
        engine = subprocess.run([TELLER, "serve", "--home", home, "--listen", "127.0.0.1:0"], stdout=events, stderr=events, timeout=60)
    assert engine.returncode == 3 and "status.undecided" in log.read_text()
    run("load", second, "--home", home, code=3)
    assert (home / "published/checkpoint").read_bytes() == checkpoint
    assert "official" not in (home / "published/head.json").read_text().replace("unofficial", "")
    with sqlite3.connect(home / "store.sqlite") as store:
        store.execute("update head set status = 'unofficial'")
    run("verify", "--home", home)


def test_a_status_is_stated_before_files_show_it(closed, tmp_path):
    home, _, officers = closed

    def shown():
        return json.loads((home / "published/head.json").read_text())["status"]

    def stated():
        return max((home / "published").glob("statement-*"), key=lambda file: int(file.name.split("-")[1])).read_text()

    with serving(home, tmp_path / "engine.log") as url:
        officers.decide("certify", "--accept-open", "--home", home, "--to", url)
        deadline = time.monotonic() + 60
        while shown() != "official":
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert "status official" in stated()
        run("reconcile", "--home", home, "--full")


# What people read beside a number, and a change that leaves every number alone.
BESIDE = {
    "two options' names": "update options set name = (select o.name from options o where o.contest = 0 and o.slot = 1 - options.slot)"
    " where contest = 0 and slot < 2",
    "two options' short names": "update options set short_name = (select o.short_name from options o where o.contest = 0"
    " and o.slot = 1 - options.slot) where contest = 0 and slot < 2",
    "a photo": "update options set photo = 'other.jpg' where contest = 0 and slot = 0",
    "a colour": "update options set colour = '#000000' where contest = 0 and slot = 0",
    "a contest's name": "update contests set name = 'Dog catcher' where contest = 0",
    "what decides": "update contests set decides = 'a coin' where contest = 0",
    "seats": "update contests set seats = 9 where contest = 0",
    "what shares are of": "update contests set share_base = 'cards' where contest = 0",
    "write-ins allowed": "update contests set write_ins = 1 - write_ins where contest = 0",
    "units to hear from": "update contests set leaf_units = 1 where contest = 0",
    "a party": "insert into parties values (9999, 'x', 'Of nobody', null)",
    "a party line": "delete from option_parties where contest = 0 and slot = 0",
    "a unit's name": "update units set name = 'Elsewhere' where unit = 2",
    "a unit's parent": "update units set parent = null, depth = 0, top = null where unit = 2",
    "a unit more": "insert into units values (9999, 'x', 'Of nobody', 'ward', null, 0, null, null)",
    "registered voters": "update units set registered = 12345 where unit = 1",
    "a method's name": "update methods set name = 'by pigeon' where method = 0",
    "a candidate": "insert into candidates values (0, 0, 9, 'x', 'Nobody')",
    "counters": "update counters set id = case slot when 65281 then 'x' else id end",
    "the mode": "update head set mode = 'live'",
    "the label": "update head set label = 'REPLAY: of nothing'",
    "the election": "update head set election = 'Another'",
    "the count file": "update head set count_file = zeroblob(10)",
}


@pytest.mark.parametrize("what", BESIDE)
def test_what_stands_beside_a_number_is_bound(counted, tmp_path, what):
    home, _ = counted
    with sqlite3.connect(home / "store.sqlite") as store:
        assert store.execute(BESIDE[what]).rowcount > 0
    found = json.loads(run("verify", "--home", home, "--json", code=1)[0])
    assert {finding["check"] for finding in found["findings"]} == {17}, found["findings"]
    for full in ((), ("--full",)):
        result, said = lines(home, *full, code=1)
        assert said["names = files"] == "DIFFERS", result
    where = result["differences"][0]["where"]
    assert "in the store" in where and "in the files" in where, where
    if what in ("write-ins allowed", "units to hear from"):
        with serving(home, tmp_path / "engine.log"):  # Told anew at every start.
            pass
        run("verify", "--home", home)
        return
    checkpoint = (home / "published/checkpoint").read_bytes()
    done = subprocess.run([TELLER, "serve", "--home", home, "--listen", "127.0.0.1:0"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 3 and "store.definition" in done.stderr and where.split(":")[0] in done.stderr, done.stderr
    assert (home / "published/checkpoint").read_bytes() == checkpoint


def test_of_a_certified_count_the_order_of_arrival_is_deleted_and_the_rest_stands(closed, tmp_path):
    home, ballots, officers = closed
    officers.decide("certify", "--accept-open", "--home", home)  # And signs the statement that says official.
    digest = run("digest", "--home", home)
    (home / "entered").mkdir(mode=0o700)
    (home / "entered/0123.json").write_text("what two clerks typed")
    run("retire", "--home", home, "--reason", "four weeks after the result stood")
    assert [file.name for file in (home / "journal").iterdir()] == ["retired"]
    assert not (home / "entered").exists()
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
