"""A small count that has something of all that a count can have, copies of which tests damage, and how what they find is judged."""

import concurrent.futures
import contextlib
import hashlib
import json
import os
import re
import shutil
import sqlite3
import struct
import subprocess

import journal_file
from conftest import TELLER, run, serving
from officers import Officers

LONG = bool(os.environ.get("TELLER_LONG"))
# The second place of what is published lies beside its home, and its files have names of their own here.
SECOND = "elsewhere/"
PRINTS = (("totals", "--format", "json"), ("totals", "--by", "unit", "--format", "csv"), ("digest",), ("deliveries", "--contest", "mayor", "--json"))
# What people read of a store: by these commands, and in its views by a board of their own.
READS = (
    ("deliveries", "--json"),
    ("incidents", "--format", "csv"),
    ("inspect", "--json"),
    *PRINTS,
    ("totals", "--by", "party", "--format", "json"),
    ("totals", "--by", "candidate", "--format", "json"),
)
JUDGES = (("verify",), ("reconcile", "--full"))
# How a command ends that has found something, or refuses. By a signal it ends when it did not expect what it met.
SAID_NO = (1, 2, 3)


PLACES = ("land/region-1/precinct-3", "land/region-2/precinct-4")
MAPPING = """teller = "mapping/1"
unit = [{kind = "precinct", id = "{precinct}"}]
contest = {id = "mayor"}
option = {id = "{name}"}
method = {id = "postal"}
votes = {column = "votes"}
"""


def write_rules(tmp):
    """Rules and looks that have something of all that a definition may have: a ticket, parties, a contest counted from sheets."""
    rules, looks = tmp / "rules.json", tmp / "presentation.json"
    run("generate", "--write-rules", rules, "--write-presentation", looks, "--contests", 2, "--units", 4, "--seed", 5)
    made = json.loads(rules.read_text())
    made["contests"][0]["options"][0]["candidates"] = [{"id": "ada", "name": "Ada Moss"}, {"id": "ben", "name": "Ben Rook"}]
    options = [{"id": "ada", "name": "Ada Moss"}, {"id": "ben", "name": "Ben Rook"}]
    made["contests"].append({"id": "mayor", "name": "Mayor", "kind": "plurality", "unit": "land", "counted_from": "sheets", "options": options})
    rules.write_text(json.dumps(made))
    shown = json.loads(looks.read_text())
    shown["options"]["contest-1/option-1"] |= {"short_name": "One", "photo": "one.jpg"}
    shown["registered"] = {"land/region-1/precinct-1": 500}
    looks.write_text(json.dumps(shown))
    (tmp / "one.jpg").write_bytes(b"\xff\xd8\xff\xe0 a photo")
    return rules, looks


def deliver(tmp, home, name, figures, *more, code=0):
    rows = [f"{unit},{option},{votes}\n" for unit, pair in figures.items() for option, votes in zip(("ada", "ben"), pair, strict=True)]
    (tmp / name).write_text("precinct,name,votes\n" + "".join(rows))
    run("import", tmp / name, "--mapping", tmp / "mapping.toml", "--home", home, "--source", "rill", *more, code=code)


BALLOTS_MAPPING = MAPPING.replace('"mayor"', '"contest-1"')


def put_what_is_beside_the_count(tmp, home, officers):
    """The voters' roll, a person's token, a decision that waits for signatures, the key of an import of ballots."""
    style = json.loads((tmp / "rules.json").read_text())["styles"][0]["id"]
    (tmp / "roll.csv").write_text(f"id,unit,style\nM-1,{PLACES[0]},{style}\n")
    run("voters", "load", tmp / "roll.csv", "--home", home)
    (tmp / "person").write_text(run("token", "new", "--home", home, "--role", "tabulation", "--for", "a.huber")[0])
    (tmp / "ballots.toml").write_text(BALLOTS_MAPPING)
    (tmp / "ballots.csv").write_text(f"precinct,name,votes\n{PLACES[0]},option-2,7\n")
    run(*import_again(tmp), "--home", home, "--out", tmp / "imported.packed")
    run("decide", "close", "--home", home, "--reason", "too early", "--sign", officers.keys[0], "--out", tmp / "waits.json")
    with serving(home, tmp / "engine.log") as url:
        run("decide", "send", tmp / "waits.json", "--to", str(url), "--token-file", tmp / "person", "--as-person")


def import_again(tmp):
    return ("import", tmp / "ballots.csv", "--mapping", tmp / "ballots.toml", "--synthesise-ballots")


def replay_one(tmp, home):
    """A ballot that was rejected, and is recorded anew by a program that takes it: what is mended here is the ballot."""
    journal, count = home / "journal/00000001.journal", bytes.fromhex(json.loads((home / "count.json").read_text())["id"])

    def ballot(style):
        head = b"\x01\x01" + count[:8] + bytes.fromhex("00000007000040008000000000000000")
        return head + struct.pack("<IHBBB", 3, style, 1, 0, 1) + struct.pack("<HBBHB", 0, 0, 1, 0, 0)

    def record(style):
        return journal_file.record(count, 0, [ballot(style)], "somebody", "")

    journal.write_bytes(journal_file.appended(journal.read_bytes(), 0, record(9)))
    with serving(home, tmp / "engine.log"):
        pass
    data = journal.read_bytes()
    at, number, payload = next(each for each in journal_file.groups(data) if record(9) in each[2])
    behind = data[at + journal_file.GROUP_HEAD + len(payload) :]
    journal.write_bytes(data[:at] + journal_file.group(number, payload.replace(record(9), record(1))) + behind)
    with contextlib.closing(sqlite3.connect(home / "store.sqlite", isolation_level=None)) as store:
        leaf = hashlib.sha256(b"\0" + ballot(1)).digest()
        assert store.execute("update incidents set leaf = ? where outcome = 'rejected'", (leaf,)).rowcount == 1
    run("replay-rejected", "--home", home, "--reason", "it is known now")


def make_count(tmp):
    """In `tmp` a count, `older` of which a copy was kept, and its export; nobody writes to either."""
    home = tmp / "good/home"
    rules, looks = write_rules(tmp)
    (tmp / "mapping.toml").write_text(MAPPING)
    made = ("--mode", "rehearsal", "--partitions", 2, "--label", "a night")
    officers = Officers(tmp, lambda *arguments: run(*arguments)[0])
    run("init", "--home", home, "--rules", rules, "--presentation", looks, "--officers", officers.file, *made)
    run("zero", "--home", home)
    officers.decide("open", "--home", home)
    sent = ("--ballots", 400, "--seed", 6, "--conflicts", 0.05, "--parts", 2, "--format", "packed", "--out", tmp / "sent.packed")
    run("generate", "--home", home, *sent)

    def count(part):
        with serving(home, tmp / "engine.log", "--also-publish", home.parent / SECOND) as url:
            run("load", tmp / f"sent.{part}.packed", "--to", url, code=1)  # Some are conflicts.

    count(1)
    deliver(tmp, home, "first.csv", {PLACES[0]: (120, 80), PLACES[1]: (5, 6)}, "--at", "2026-05-03T20:00Z")
    put_what_is_beside_the_count(tmp, home, officers)
    shutil.copytree(home.parent, tmp / "older")
    run("log", "export", tmp / "older-export", "--home", home)
    deliver(tmp, home, "falls.csv", {PLACES[0]: (110, 80)}, "--at", "2026-05-03T21:00Z")
    deliver(tmp, home, "mended.csv", {PLACES[0]: (102, 80)}, "--at", "2026-05-03T22:00Z", "--correct", "--reason", "two digits exchanged")
    deliver(tmp, home, "held.csv", {PLACES[1]: (5, "6½")}, "--at", "2026-05-03T22:00Z", code=1)
    replay_one(tmp, home)
    count(2)
    officers.decide("close", "--home", home)
    run("log", "export", tmp / "export", "--home", home)


def tell(*command):
    return subprocess.run([TELLER, *map(str, command)], capture_output=True, text=True, timeout=120)


def figures_of(done):
    """What a command printed, but for whether the second place could be asked: that is said of the place, and truly."""
    return re.sub(r'\n *"second_place": "(asked|away)",', "", done.stdout)


def names(words, done):
    """Whether this command refuses, or has found something, and says what."""
    return done.returncode in SAID_NO and re.search(words, done.stdout + done.stderr) is not None


def at_once(work, cells):
    """Does the work on two cells at a time, each in a folder of its own."""
    with concurrent.futures.ThreadPoolExecutor(2) as workers:
        yield from workers.map(work, cells)


def record_what_counts_nothing(home):
    """A record more, so that the next start has something to state; what is stated of figures, mode and status is what was."""
    journal, count = home / "journal/00000001.journal", bytes.fromhex(json.loads((home / "count.json").read_text())["id"])
    record = journal_file.record(count, 0, [b"\x01\x01" + count[:8] + b"no ballot"], "somebody", "")
    journal.write_bytes(journal_file.appended(journal.read_bytes(), 0, record))


def lines_signed(texts):
    """Of each statement what it says of mode and status, and by its digest of all figures."""
    return [[line for line in text.decode(errors="replace").splitlines() if line.startswith(("mode ", "status ", "digest "))] for text in texts]
