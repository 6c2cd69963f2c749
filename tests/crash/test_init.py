"""A `teller init` that fails leaves nothing behind, whatever it failed of; and when that is mended the same command works.

The disk is disk_fault.c. Of the servers' form what can be seen without servers; tests/stack has the database.
"""

import json
import pathlib

import pytest

from engine import TREE, disk_fault_library, teller

RULES = TREE / "tests/vectors/rules.json"


def below(folder):
    """Everything in it: path -> bytes, None for a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return disk_fault_library(tmp_path_factory.mktemp("library"))


@pytest.fixture
def place(tmp_path):
    """Where the count is to be, two folders that are not there yet deep."""
    (tmp_path / "here").mkdir()
    return tmp_path / "here"


def init(home, *more, rules=RULES, env=None):
    return teller("init", "--home", home, "--rules", rules, *more, env=env)


def must_work(home, *more):
    done = init(home, "--label", "the next try", *more)
    assert done.returncode == 0, done.stderr
    assert json.loads((home / "count.json").read_text())["label"] == "the next try"
    verified = teller("verify", "--home", home)
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_what_is_asked_for_wrongly_makes_nothing(place, tmp_path):
    home = place / "deep/home"
    bad = tmp_path / "bad.json"
    bad.write_text(RULES.read_text()[:-20])
    attempts = [
        init(home, rules=bad),
        init(home, rules=tmp_path / "none.json"),
        init(home, "--presentation", bad),
        init(home, "--origin", "no name"),
        init(home, "--publication", "after_close"),
        init(home, "--reason", "x" * 100_000),
    ]
    assert [one.returncode for one in attempts] == [2] * len(attempts), [one.stderr for one in attempts]
    assert below(place) == {}
    must_work(home)


def test_a_place_where_no_folder_can_be_made_is_left_as_it_is(place):
    (place / "file").write_text("a file")
    before = below(place)
    done = init(place / "file/home")
    assert done.returncode == 3 and below(place) == before, done.stderr
    (place / "file").unlink()
    must_work(place / "file/home")


@pytest.mark.parametrize(
    "fault",
    [
        *[f"write {name} {how}" for name in ("home/key", "rules.json", "presentation.json", "count.json") for how in ("full", "broken")],
        "sync rules.json broken",
        "rename count.json broken",
        "write store.sqlite full",
        "write store.sqlite-wal full",
        "sync store.sqlite broken",
    ],
)
def test_a_disk_that_is_full_or_fails_leaves_nothing(place, tmp_path, library, fault):
    home = place / "deep/home"
    rules = tmp_path / "faults"
    rules.write_text(fault + "\n")
    env = {"LD_PRELOAD": str(library), "TELLER_DISK_FAULT": str(rules)}
    done = init(home, env=env)
    assert done.returncode == 3, (done.stdout, done.stderr)
    assert below(place) == {}
    rules.write_text("")
    done = init(home, "--label", "the next try", "--mode", "rehearsal", env=env)
    assert done.returncode == 0, done.stderr
    must_verify = teller("verify", "--home", home)
    assert must_verify.returncode == 0, must_verify.stdout + must_verify.stderr


def test_what_was_in_the_folder_before_stays(place, tmp_path, library):
    (place / "rules.json").write_bytes(RULES.read_bytes())
    (place / "notes.txt").write_text("of the office")
    before = below(place)
    rules = tmp_path / "faults"
    rules.write_text("write store.sqlite full\n")
    done = init(place, rules=place / "rules.json", env={"LD_PRELOAD": str(library), "TELLER_DISK_FAULT": str(rules)})
    assert done.returncode == 3 and below(place) == before, done.stderr
    must_work(place)


@pytest.mark.parametrize("command", [(), ("--mode", "live"), ("--label", "other")])
def test_a_count_that_is_there_stays_byte_for_byte(place, command):
    home = place / "home"
    must_work(home)
    before = below(place)
    done = init(home, *command)
    assert done.returncode == 2 and "home.exists" in done.stderr
    assert below(place) == before


@pytest.mark.parametrize(
    "fault",
    [
        "write rules.json kill-before",
        "rename count.json kill-before",
        "rename count.json kill-after",
        "write store.sqlite kill-before",
        "write store.sqlite-wal kill-after 3",
        "sync store.sqlite kill-after",
        "sync store.sqlite kill-after 3",
    ],
)
def test_after_a_death_the_same_command_goes_on(place, tmp_path, library, fault):
    home = place / "home"
    rules = tmp_path / "faults"
    rules.write_text(fault + "\n")
    died = init(home, "--label", "the next try", env={"LD_PRELOAD": str(library), "TELLER_DISK_FAULT": str(rules)})
    assert died.returncode == -9, died.stderr
    must_work(home)


def test_a_count_that_was_begun_goes_on_only_as_it_was_begun(place, tmp_path, library):
    """Another mode that is asked for and not so would be seen by nobody."""
    home = place / "home"
    rules = tmp_path / "faults"
    rules.write_text("rename count.json kill-after\n")
    assert init(home, "--mode", "test", env={"LD_PRELOAD": str(library), "TELLER_DISK_FAULT": str(rules)}).returncode == -9
    for other in (("--mode", "live"), ("--label", "other"), ("--partitions", 8), ("--origin", "a.example/b")):
        refused = init(home, *other)
        assert refused.returncode == 2 and "home.exists" in refused.stderr, refused.stderr
    assert init(home, "--mode", "test").returncode == 0


# ------------------------------------------------------------------------------------------ the form of the servers


def servers(folder, home, postgres=True):
    config = folder / "teller.toml"
    # Nobody listens there.
    table = f'[postgres]\nconninfo = "host=127.0.0.1 port=1 dbname=teller connect_timeout=2"\npassfiles = "{folder}"\n' if postgres else ""
    config.write_text(f'[count]\nhome = "{home}"\n{table}')
    return config


@pytest.mark.parametrize("postgres", [True, False])
def test_without_its_database_a_count_is_not_begun(place, tmp_path, postgres):
    home = place / "deep/home"
    done = teller("init", "--config", servers(tmp_path, home, postgres), "--rules", RULES)
    assert done.returncode == (3 if postgres else 2), done.stderr
    assert below(place) == {}
    must_work(home, "--mode", "live")


def test_folders_that_were_made_for_it_stay_empty(place, tmp_path):
    """As the stack makes them, for other users to write into."""
    home = place / "home"
    for name in ("segments", "published"):
        (home / name).mkdir(parents=True)
    before = below(place)
    done = teller("init", "--config", servers(tmp_path, home), "--rules", RULES)
    assert done.returncode == 3 and below(place) == before, done.stderr


def test_a_home_that_was_brought_there_stays(place, tmp_path):
    home = pathlib.Path(place / "home")
    must_work(home)
    before = below(place)
    done = teller("init", "--config", servers(tmp_path, home), "--rules", RULES)
    assert done.returncode == 3 and below(place) == before, done.stderr
