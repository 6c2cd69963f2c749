"""Every command is run by some test; here are those that no other test runs, and that each says what is wrong with its teller.toml."""

import base64
import contextlib
import functools
import json
import re
import subprocess
import time

import pytest

import little_rill
from argument_lists import Sources
from conftest import TELLER, run

BALLOT = "00000001-0000-4000-8000-000000000000"


@functools.cache
def count_of(home):
    return json.loads((home / "count.json").read_text())["id"]


def ballot(home, option, number=BALLOT):
    return json.dumps(little_rill.ballot(count_of(home), number, [option])) + "\n"


@pytest.fixture
def counted(tmp_path, new_home):
    """A home with one counted ballot and one conflict with it, and two statements."""
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps(little_rill.RULES))
    home = new_home(rules)
    for option, code in (("ada", 0), ("bell", 1)):  # `load` says that the second one is a conflict.
        (tmp_path / "ballots.ndjson").write_text(ballot(home, option))
        run("load", tmp_path / "ballots.ndjson", "--home", home, code=code)
    return home


def export(home, folder):
    run("log", "export", folder, "--home", home)
    return folder


def test_a_counted_ballot_is_proven_to_whoever_has_the_key(counted, tmp_path):
    copy, proof = export(counted, tmp_path / "copy"), tmp_path / "proof.json"
    key, said = run("keys", "--home", counted)
    assert "the private key is here" in said
    proof.write_text(run("prove", "--export", copy, "--id", BALLOT)[0])
    assert run("prove", "--check", proof, "--key", key.strip())[0].startswith("proven: ")
    assert run("prove", "--check", "-", "--key", key.strip(), input=proof.read_text())[0].startswith("proven: ")

    # What is proven is of that ballot, every byte of it.
    other = BALLOT.replace("1", "2", 1)
    assert "proof." in run("prove", "--export", copy, "--id", other, code=2)[1]
    assert "entry.id.not_uuid" in run("prove", "--export", copy, "--id", "ballot 1", code=2)[1]
    changed = json.loads(proof.read_text())
    entry = bytearray(base64.b64decode(changed["entry"]))
    entry[-1] ^= 1
    changed["entry"] = base64.b64encode(entry).decode()
    proof.write_text(json.dumps(changed))
    assert run("prove", "--check", proof, "--key", key.strip(), code=1)[0].startswith("not proven: ")


def test_that_nothing_stated_earlier_is_gone_is_proven(counted, tmp_path):
    copy, proof = export(counted, tmp_path / "copy"), tmp_path / "proof.json"
    key = run("keys", "--home", counted)[0].strip()
    proof.write_text(run("prove", "--export", copy, "--since", 0)[0])
    assert run("prove", "--check", proof, "--key", key)[0].startswith("proven: ")
    assert "proof." in run("prove", "--export", copy, "--since", 17, code=2)[1]


def test_the_private_key_may_be_elsewhere(counted):
    (counted / "key").unlink()
    key, said = run("keys", "--home", counted)
    assert key.strip() == json.loads((counted / "count.json").read_text())["public_key"] and "is not here" in said


def test_incidents_are_for_people_and_for_programs(counted):
    head, row, _ = run("incidents", "--home", counted, "--format", "csv")[0].split("\n")
    cells = dict(zip(head.split(","), row.split(","), strict=True))
    assert cells["outcome"] == "conflict" and len(cells["leaf"]) == 64 and len(cells["counted_leaf"]) == 32, cells
    [listed] = json.loads(run("incidents", "--home", counted, "--format", "json")[0])
    assert {name: str(listed.get(name, "")) for name in cells} == cells and cells["kind"] == "ballot"
    shown = run("incidents", "--home", counted)[0].splitlines()
    assert shown[0].split()[:4] == ["Partition", "Record", "Index", "Outcome"] and shown[-1].startswith("1 conflict(s), 0 rejected"), shown


def test_load_ends_when_what_it_counts_with_has_failed_and_not_after_the_last_ballot(tmp_path, new_home):
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps(little_rill.RULES))
    home = new_home(rules)
    (home / "segments").write_text("no folder: the first step cannot be kept")
    with open(tmp_path / "said", "w") as said:
        load = subprocess.Popen([TELLER, "load", "-", "--home", home], stdin=subprocess.PIPE, stdout=said, stderr=said, text=True)
    enough = 60
    for part in range(enough):  # A body of about a megabyte each, for as long as somebody reads.
        lines = "".join(ballot(home, "ada", f"{part:08x}-0000-4000-8000-{n:012x}") for n in range(5000))
        try:
            load.stdin.write(lines)
            load.stdin.flush()
        except BrokenPipeError:
            break
        time.sleep(0.2)
    assert part < enough - 1
    with contextlib.suppress(BrokenPipeError):
        load.stdin.close()
    assert load.wait(timeout=60) == 3 and "teller: segments.io: " in (tmp_path / "said").read_text()


OF_THE_SERVERS = (
    ("gateway",),
    ("gateway", "--inbox"),
    ("publish", "--once"),
    ("topics", "create"),
    ("log", "serve", "--once"),
    ("reconcile",),
    ("report", "canvass"),
)


@pytest.mark.parametrize("command", OF_THE_SERVERS, ids=" ".join)
def test_a_command_of_the_servers_says_what_is_wrong_with_its_settings(command, tmp_path):
    config = tmp_path / "teller.toml"
    assert "config.unreadable" in run(*command, "--config", config, code=2)[1]
    config.write_text("[count]\nhome = \n")
    said = run(*command, "--config", config, code=2)[1]
    assert "config." in said and f"{config}:2" in said, said


def commands(*above):
    """The commands that `teller --help` lists; of one that has others below it, those."""
    said = subprocess.run([TELLER, *above, "--help"], capture_output=True, text=True).stdout
    _, _, listed = said.partition("Subcommands:\n")
    below = re.findall(r"^  ([a-z-]+) ", listed.split("\n\n")[0], re.MULTILINE)
    return [each for name in below for each in commands(*above, name)] if below else [above]


COMMANDS = commands() if TELLER.exists() else []
# Each command that changes a count has the first three, and each that tells of votes the last: one piece of code for all of them.
OF_ALL = {"--reason", "--actor", "--approver", "--before-close"}
# What is decided about conflicts and write-ins goes the way of every decision (src/cli/decision_way.h).
BESIDE = {"resolve": "decide", "write-ins": "decide"}


@functools.cache
def used():
    """{(command, option)}, with None for a command that is run at all: what the tests do, as tests/shared/argument_lists.py reads them."""
    return Sources(COMMANDS).used


@functools.cache
def options_of(command):
    """{option: what it is for}, as its --help says."""
    said = subprocess.run([TELLER, *command, "--help"], capture_output=True, text=True).stdout
    _, _, listed = said.partition("\nOptions:\n")
    return dict(re.findall(r"^ +(?:-\w,)?(--[a-z-]+)((?:.|\n(?= {20}))*)", listed, re.MULTILINE))


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_is_run_by_a_test(command):
    assert (command, None) in used()


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_option_is_given_by_a_test(command):
    """To this command; or to one beside it (`decide open`, `decide close`) that has the same one."""
    kin = [each for each in COMMANDS if each[0] in (command[0], BESIDE.get(command[0]))]
    for option, meaning in options_of(command).items():
        alike = COMMANDS if option in OF_ALL else [each for each in kin if options_of(each).get(option) == meaning]
        assert option == "--help" or any((each, option) in used() for each in alike), option
