"""A count on servers that is published after the close of voting, as far as PostgreSQL alone goes: the servers take it, and no command that
tells of votes tells before the close. A server that is thrown away, and nothing else of the stack."""

import json
import os
import pathlib
import subprocess
import tempfile

import pytest

import little_rill
from conftest import TREE, run
from officers import Officers
from test_after_close import CODE, SENTENCE, TELLS, VIEWS_TOLD, say


@pytest.fixture(scope="module")
def postgres():
    """The folder of its socket, whose path must be short."""
    script, folder = TREE / "tests/postgres_fixture.sh", pathlib.Path(tempfile.gettempdir()) / f"teller-held-{os.getpid()}"
    subprocess.run([script, "start", folder], check=True, timeout=120)
    yield folder
    subprocess.run([script, "stop", folder], check=True, timeout=60)


def sql(postgres, user, database, text):
    command = ["psql", "-X", "-At", "-v", "ON_ERROR_STOP=1", "-h", postgres, "-U", user, "-d", database, "-c", text]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


@pytest.fixture(scope="module")
def config(postgres, tmp_path_factory):
    folder = tmp_path_factory.mktemp("held")
    sql(postgres, "postgres", "postgres", "create database held owner teller_owner template template0")
    home = folder / "home"
    home.mkdir(mode=0o700)
    path = folder / "teller.toml"
    path.write_text(f'[count]\nhome = "{home}"\n[postgres]\nconninfo = "host={postgres} dbname=held"\npassfiles = "{folder}"\n')
    (folder / "rules.json").write_text(json.dumps(little_rill.RULES))
    officers = Officers(folder, say).file
    made = ("--mode", "test", "--partitions", 2, "--officers", officers, "--publication", "after_close")
    run("init", "--config", path, "--rules", folder / "rules.json", *made)
    return path


def test_no_view_of_the_reader_has_rows_but_those_that_say_nothing_of_votes(postgres, config):
    names = sql(postgres, "postgres", "held", r"select viewname from pg_views where schemaname = 'teller' and viewname like 'pub\_%'").split()
    assert len(names) > 20
    shown = {name for name in names if sql(postgres, "teller_reader", "held", f"select * from teller.{name}")}
    assert shown <= VIEWS_TOLD, shown
    assert sql(postgres, "teller_reader", "held", "select publication from teller.pub_head").strip() == "after_close"
    # A count that publishes live shows its options and units before anything is counted.
    assert "pub_options" in names and "pub_units" in names


def test_each_command_that_tells_of_votes_says_that_it_waits_for_the_close(config, tmp_path):
    for command, more in TELLS.items():
        given = [tmp_path / "out" if one == "FOLDER" else one for one in more]
        out, said = run(*command.split(), *given, "--config", config, code=2)
        assert CODE in said and SENTENCE in said, (command, said)
        assert out == "", (command, out)
    assert not (tmp_path / "out").exists()
    assert CODE in run("log", "serve", "--config", config, "--once", code=2)[1]
    assert CODE in run("incidents", "--refused", "--config", config, code=2)[1]


def test_whoever_must_look_leaves_a_line(config):
    say("totals", "--config", config, "--before-close", "--reason", "the scanner counts wrongly", "--actor", "c.roth")
    line = say("audit", "show", "--config", config).splitlines()[-1]
    for word in ("look-before-close", "teller totals", "c.roth", "the scanner counts wrongly"):
        assert word in line, line
    said = run("reconcile", "--config", config, "--every", 1, "--before-close", "--reason", "to see", code=2)[1]
    assert "config.invalid" in said and "without --every" in said, said
