"""Every file of a home and of an export, damaged in every way: nothing prints or signs other figures, names, mode or status and ends well.

The table is made of the files that are there, so that a new file is in it by itself. A cell is *named* (a command ends with another code than
0 and says the file, or what is wrong with it), *mended* (the next start puts it right), or *changes nothing that is read*.
"""

import concurrent.futures
import contextlib
import hashlib
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import struct
import subprocess

import pytest

import journal_file
from conftest import TELLER, run, serving
from officers import Officers

LONG = bool(os.environ.get("TELLER_LONG"))
DAMAGES = ("flip", "truncate", "delete", "swap", "older")
# Of these a home has many of one kind; in the short run one of each is enough.
MANY = (
    *("segments/", "published/statement-", "published/steps-", "published/log/tile/", "published/log/partitions/"),
    *("elsewhere/statement-", "elsewhere/steps-", "statements/tile/", "partitions/", "set-aside/", "deliveries/"),
)
# The second place of what is published lies beside its home, and its files have names of their own here.
SECOND = "elsewhere/"
PRINTS = (("totals", "--format", "json"), ("totals", "--by", "unit", "--format", "csv"), ("digest",), ("deliveries", "--contest", "mayor", "--json"))
JUDGES = (("verify",), ("reconcile", "--full"))
# How a command ends that has found something, or refuses. By a signal it ends when it did not expect what it met.
SAID_NO = (1, 2, 3)


def of_many(names):
    """All in a long run; otherwise the first and the last of each kind, which differ by numbers and hashes only; of the second place the last."""
    if LONG:
        return sorted(names)
    kinds = {}
    for name in sorted(names):
        many = any(name.startswith(many) for many in MANY)
        kinds.setdefault(re.sub(r"[0-9a-f]{64}|[0-9]+", "", name) if many else name, []).append(name)
    return sorted({name for kind, each in kinds.items() for name in (each[-1 if kind.startswith(SECOND) else 0], each[-1])})


def files_of(folder):
    """By their names in the folder, or beside it."""
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and path.name != "lock"}
    return files | ({SECOND + name for name in files_of(folder.parent / SECOND)} if (folder / "also-published").exists() else set())


def file_of(folder, name):
    return (folder.parent if name.startswith(SECOND) else folder) / name


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


def judges_of(name, tmp, home):
    """The commands that look for what is wrong: at the count, and at what lies beside it and is no part of it."""
    if name.startswith("officers/"):
        return (*JUDGES, ("token", "list"))
    if name.startswith("voters."):
        return (*JUDGES, ("voters", "show", "--id", "M-1"))
    if name.startswith("import.key"):
        return (*JUDGES, (*import_again(tmp), "--out", home.parent / "again"))
    return JUDGES


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


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A count, `older` of which a copy was kept, and its export; nobody writes to either."""
    tmp = tmp_path_factory.mktemp("corruption")
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
    return tmp


def damage(file, how, older, others):
    """Damages `file`; gives the files that are another now, of which there are none where the damage would be none."""
    good = file.read_bytes()
    if how == "flip":
        if not good:
            return []
        at = random.Random(file.name).randrange(len(good))
        file.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
    elif how == "truncate":
        if not good:
            return []
        file.write_bytes(good[: len(good) // 2])
    elif how == "delete":
        file.unlink()
    elif how == "swap":
        other = next((path for path in others if path != file and path.read_bytes() != good), None)
        if other is None:
            return []
        theirs = other.read_bytes()
        other.write_bytes(good)
        file.write_bytes(theirs)
        return [file, other]
    elif how == "older":
        if not older.exists() or older.read_bytes() == good:
            return []
        file.write_bytes(older.read_bytes())
    return [file]


def tell(*command):
    return subprocess.run([TELLER, *map(str, command)], capture_output=True, text=True, timeout=120)


def siblings(name, folder):
    """Files of the same kind, with which this one may be exchanged."""
    kind = next((many for many in MANY if name.startswith(many)), None)
    if kind:
        return sorted(file_of(folder, other) for other in files_of(folder) if other.startswith(kind))
    file = file_of(folder, name)
    return sorted(path for path in file.parent.iterdir() if path.is_file() and path.suffix == file.suffix and path.name != "lock")


def signed(home):
    """What the store's statements say of mode and status, and by their digest of all figures; nothing where it cannot be read."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{home}/store.sqlite?mode=ro", uri=True)) as store:
            texts = [bytes(row[0]).decode(errors="replace") for row in store.execute("select bytes from statements order by number")]
    except sqlite3.DatabaseError:
        return []
    return [[line for line in text.splitlines() if line.startswith(("mode ", "status ", "digest "))] for text in texts]


def at_once(work, cells):
    """Does the work on two cells at a time, each in a folder of its own."""
    with concurrent.futures.ThreadPoolExecutor(2) as workers:
        yield from workers.map(work, cells)


def damages_of(good):
    return [(how, name) for name in of_many(files_of(good)) for how in DAMAGES]


@contextlib.contextmanager
def damaged_copy(good, older, tmp_path, how, name):
    """Gives a copy of `good` with this damage and no other, and the names of the files that are another in it."""
    # A path that is printed names no file by chance.
    copy = tmp_path / "-".join(map(str, (DAMAGES.index(how), abs(hash(name))))) / "home"
    shutil.copytree(good, copy)
    if (good / "also-published").exists():
        shutil.copytree(good.parent / SECOND, copy.parent / SECOND)
        (copy / "also-published").write_text(f"{copy.parent / SECOND}\n")  # Its own, which is written to.
    before = copy / "also-published" if name == "also-published" else file_of(older, name)
    files = damage(file_of(copy, name), how, before, siblings(name, copy))
    yield copy, [other for other in files_of(good) if file_of(copy, other) in files]
    shutil.rmtree(copy.parent)


# The words by which a command says which file it means, where that is not its name.
WORDS_OF_FILES = {
    r"published/statement-(\d+)": lambda n: rf"statement[- ]({n}|{int(n) + 1})\b",  # Each is held by the next one, which may be said.
    r"published/steps-(\d+)": lambda n: rf"\b(steps|statement)-{n}\b",
    r"published/log/(.*)": lambda file: rf"(the public log, |public log = store: ){re.escape(file)}\b",
    r"published/(.*)": lambda file: rf"static files = store: .*{re.escape(file)}",
    r"elsewhere/statement-(\d+)": lambda n: rf"second place = store: (sink\.damaged: )?statement[- ]({n}|{int(n) + 1})\b",
    r"elsewhere/(.*)": lambda file: rf"second place = store: .*{re.escape(file)}|home\.second_place: ",
    r"also-published": lambda: r"home\.second_place: ",
    r"segments/p(\d+)/\d+/(\d+)-.*": lambda partition, n: rf"segment (of step )?{int(n)}( of partition {int(partition)})?\b",
    r"count\.json": lambda: r"home\.mixed: |holds no count|count\.json",  # It says what the other files are; either may be meant.
    r"store\.sqlite": lambda: r"store\.sqlite|older copy|(in|by) the store|the store (says|is|and|holds)",
    r"key|token": lambda: r"/(key|token)\b",  # By their place: every look at a count speaks of keys.
    r"journal/.*": lambda: r"journal\.\w+: |journal = recorded: partition \d+",
}


def words_of(name, table):
    """What must stand in what is said of this file."""
    for pattern, words in table.items():
        if found := re.fullmatch(pattern, name):
            return words(*found.groups())
    return re.escape(name)


def names(words, done):
    """Whether this command refuses, or has found something, and says what."""
    return done.returncode in SAID_NO and re.search(words, done.stdout + done.stderr) is not None


def figures_of(done):
    """What a command printed, but for whether the second place could be asked: that is said of the place, and truly."""
    return re.sub(r'\n *"second_place": "(asked|away)",', "", done.stdout)


def what_became_of(good, older, said, stated, tmp_path, how, name):
    """(what the cell is, what is wrong with it) of one damaged file of a home; None where there is no damage."""
    wrong = []
    with damaged_copy(good, older, tmp_path, how, name) as (home, damaged):
        if not damaged:
            return None
        judges = judges_of(name, good.parents[1], home)
        told = [tell(*command, "--home", home) for command in judges]
        found = any(done.returncode != 0 for done in told)
        for command in PRINTS:
            done = tell(*command, "--home", home)
            told.append(done)
            if done.returncode == 0 and figures_of(done) != said[command]:
                wrong.append(f"{command} prints something else and ends well")
        # And what a start makes of it.
        served = serve_a_moment(home)
        told.append(served)
        if served.returncode == 0 and any(text not in stated for text in signed(home)):
            wrong.append("another mode, status or digest was signed")
        # Where it did not start, all is as it was.
        for command in PRINTS if served.returncode == 0 else ():
            done = tell(*command, "--home", home)
            if done.returncode == 0 and figures_of(done) != said[command]:
                wrong.append(f"after a start {command} prints something else")
        what = "named" if found or served.returncode != 0 else "changes nothing that is read"
        if found and served.returncode == 0 and all(tell(*command, "--home", home).returncode == 0 for command in judges):
            what = "mended"
        words = "|".join(words_of(file, WORDS_OF_FILES) for file in damaged)
        if what == "named" and not any(names(words, done) for done in told):
            wrong.append(
                "not named: " + " | ".join(f"{done.returncode} {done.stdout[-300:]}{done.stderr[-300:]}" for done in told if done.returncode)
            )
    return what, wrong


def test_no_damaged_file_of_a_home_changes_what_is_said(place, tmp_path):
    good, older = place / "good/home", place / "older/home"
    said = {command: figures_of(tell(*command, "--home", good)) for command in PRINTS}
    stated = signed(good)
    assert {len(lines) for lines in stated} == {3}, stated
    table = damages_of(good)
    cells, wrong = {}, []
    for (how, name), became in zip(table, at_once(lambda cell: what_became_of(good, older, said, stated, tmp_path, *cell), table), strict=True):
        if became:
            cells[f"{how} {name}"] = became[0]
            wrong += [f"{how} {name}: {what}" for what in became[1]]
    assert not wrong, "\n".join(wrong)
    quiet = sorted(cell for cell, what in cells.items() if what == "changes nothing that is read")
    idle = [cell for cell in quiet if not quiet_by_right(cell)]
    assert not idle, f"nobody found it: {idle}"
    print(json.dumps(cells, indent=1))


def quiet_by_right(cell):
    """What nobody reads while it is as it is, and what is held elsewhere: the table of the exceptions, each with its reason."""
    how, name = cell.split(" ", 1)
    if name == "key" and how in ("flip", "truncate", "delete", "swap"):
        return True  # Read by the publisher only, who then signs nothing.
    if how == "delete" and name.startswith(("published/", SECOND)):
        return True  # What is gone says nothing else; reconcile says that it did not look, and the publisher writes it again.
    if how == "older" and name in ("published/audit-checkpoint", "published/log/checkpoint", SECOND + "audit-checkpoint"):
        return True  # It was signed, and is true of fewer lines; the next start writes the newest. Of the log reconcile says how far it is behind.
    if how == "delete" and name == "also-published":
        return True  # The place itself says what was published; that there is one is known by nobody else.
    if name.startswith("officers/approvals/"):
        return True  # A decision that waits: one that cannot be read is passed over, and its officers have it too.
    if name == "officers/tokens" and how in ("flip", "delete"):
        return True  # Who may ask as whom is what the owner of the home says, who can make any token.
    if cell == "flip voters.sqlite":
        return True  # A row of the roll: no part of the count, and held by nobody (docs/threat-model.md).
    if cell == "delete import.key.sha256":
        return True  # The key is there, and it is made of it again.
    if name == "token":
        return True  # Of senders; one that is none is refused by its name, another one refuses them.
    if name.startswith("store.sqlite-"):
        return True  # What SQLite keeps beside its file.
    return False


def serve_a_moment(home):
    """Starts and stops `serve`; how that ended, or how it ended by itself, and what it said."""
    command = [TELLER, "serve", "--home", home, "--listen", "127.0.0.1:0"]
    engine = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        if engine.stdout.readline():
            engine.send_signal(signal.SIGTERM)
        shown, said = engine.communicate(timeout=120)
        return subprocess.CompletedProcess(command, engine.returncode, shown, said)
    finally:
        engine.kill()
        engine.wait()


# The same of an export: what tiles hold is said by the entries that must be in them.
WORDS_OF_EXPORT = {
    r"partitions/(\d+)/tile/.*": lambda n: rf"partitions/{n}\b|segment \d+ of partition {int(n)}\b",
    r"statements/.*": lambda: r"statements/|checkpoint of statement \d+",
    r"steps\.txt": lambda: r"steps\.txt|the steps between commit \d+ and \d+",
}


def test_no_damaged_file_of_an_export_is_taken_for_good(place, tmp_path):
    good, key = place / "export", run("keys", "--home", place / "good/home")[0].strip()

    def judged(cell):
        with damaged_copy(good, place / "older-export", tmp_path, *cell) as (export, damaged):
            return damaged, tell("verify", "--export", export, "--key", key)

    wrong, table = [], damages_of(good)
    for (how, name), (damaged, done) in zip(table, at_once(judged, table), strict=True):
        if not damaged or (name == "totals.csv" and how == "delete" and done.returncode == 0):  # It need not be there.
            continue
        if not names("|".join(words_of(file, WORDS_OF_EXPORT) for file in damaged), done):
            wrong.append(f"{how} {name}: {done.returncode} {done.stdout} {done.stderr}")
    assert not wrong, "\n".join(wrong)


def edit(file, old, new):
    text = file.read_text()
    assert old in text, (file, old)
    file.write_text(text.replace(old, new))


def forged_totals(folder, commit):
    """The files that people read, with other figures, and agreeing with each other; of `commit`, if that is said."""
    for name in ("totals.json", "options.json"):
        text = re.sub(r'("(?:value|votes)": ?)(\d+)', lambda n: n[1] + str(int(n[2]) + 900), (folder / name).read_text())
        (folder / name).write_text(text if commit is None else re.sub(r'("commit_number": ?)\d+', rf"\g<1>{commit}", text))


def forged_head(folder, commit, statements):
    forged_totals(folder, commit)
    head = json.loads((folder / "head.json").read_text())
    (folder / "head.json").write_text(json.dumps(head | {"commit_number": commit, "statements": statements}, indent=1, ensure_ascii=False) + "\n")


# What one changed file would give away, somebody changes in two, or beside it.
PUBLISHED_TOGETHER = {
    "the head of commit 0, other totals": lambda folder: forged_head(folder, 0, 0),
    "the head of commit 1, other totals, no statements": lambda folder: (
        forged_head(folder, 1, 0), [file.unlink() for kind in ("statement-*", "steps-*", "checkpoint") for file in folder.glob(kind)]),
    "no head, other totals": lambda folder: (forged_totals(folder, None), (folder / "head.json").unlink()),
    "no checkpoint, another statement": lambda folder: ((folder / "checkpoint").unlink(), edit(folder / "statement-1", "status", "Status")),
    "no totals.json, another totals.csv": lambda folder: ((folder / "totals.json").unlink(), edit(folder / "totals.csv", ",", ";")),
    "a statement too many": lambda folder: shutil.copy(folder / "statement-0", folder / "statement-999"),
    "a list of steps too many": lambda folder: shutil.copy(folder / "steps-0", folder / "steps-999"),
    "a statement without a number": lambda folder: (folder / "statement-x").write_text("status official\n"),
    "a statement of a number written otherwise": lambda folder: shutil.copy(folder / "statement-0", folder / "statement-00"),
    "a name as of a file that is written": lambda folder: (folder / "certified.new.html").write_text("official"),
    "a link": lambda folder: (folder / "statement-999").symlink_to("statement-0"),
    "a link in the place of a file": lambda folder: ((folder / "options.json").rename(folder.parent / "aside"), (folder / "options.json").symlink_to("../aside")),
    "a folder in the place of none": lambda folder: (folder / "more").mkdir(),
    "a member more in the head": lambda folder: edit(folder / "head.json", '"mode"', '"note": "certified",\n "mode"'),
}  # fmt: skip


def test_no_published_files_changed_together_are_taken_for_good(place, tmp_path):
    def judged(what):
        home = tmp_path / re.sub(r"\W+", "-", what) / "home"
        shutil.copytree(place / "good", home.parent, symlinks=True)
        PUBLISHED_TOGETHER[what](home / "published")
        return tell("reconcile", "--full", "--home", home)

    found = dict(zip(PUBLISHED_TOGETHER, at_once(judged, list(PUBLISHED_TOGETHER)), strict=True))
    wrong = [
        f"{what}: {done.returncode} {done.stdout} {done.stderr}"
        for what, done in found.items()
        if done.returncode != 1 or "static files" not in done.stdout
    ]
    assert not wrong, "\n".join(wrong)


def test_nothing_else_lies_in_an_export(place, tmp_path):
    key = run("keys", "--home", place / "good/home")[0].strip()
    for what in ("file", "folder", "folder in a folder", "link", "link to a folder"):
        export = tmp_path / what.replace(" ", "-")
        shutil.copytree(place / "export", export)
        if what == "file":
            (export / "results.csv").write_text("ada,1\n")
        elif what == "folder":
            (export / "more").mkdir()
        elif what == "folder in a folder":
            (export / "statements/more/deep").mkdir(parents=True)
        else:
            (export / "more").symlink_to(export / ("rules.json" if what == "link" else "statements"))
        said, _ = run("verify", "--export", export, "--key", key, code=1)
        assert "check 15" in said and ("more" in said or "results.csv" in said), said


def test_a_made_up_export_is_not_believed(place, tmp_path):
    """Whoever makes a whole count has a key for it."""
    home = tmp_path / "forged"
    run("init", "--home", home, "--rules", place / "rules.json", "--mode", "live")
    with serving(home, tmp_path / "engine.log"):
        pass
    run("log", "export", tmp_path / "export", "--home", home)
    said, _ = run("verify", "--export", tmp_path / "export", code=1)
    assert "check 4: believed the key in the export" in said
    run("verify", "--export", tmp_path / "export", "--trust-key-in-export")
    run("verify", "--export", tmp_path / "export", "--key", run("keys", "--home", place / "good/home")[0].strip(), code=1)


# ------------------------------------------------------------------------------------------------------------- the store

# Tables of which this count has no row, so that nothing of them is damaged here.
NO_ROWS = {"inbox_refused"}  # An embedded count has no inbox.
# Tables, columns and cells that may differ and are not found, each with its reason: nothing that people read is another then.
NOT_HELD = {
    "head.timeline_at": "when the next point over time is due",
    "head.journal_id": "of a count on the servers; an embedded one has none",
    # What is derived from the totals again, or decides only what is sent anew.
    "contest_totals.changed_at_commit": "what readers are sent next",
    "totals.changed_at_commit": "what readers are sent next",
    "unit_cards.changed_at_commit": "what readers are sent next",
    "partitions.changed_at_commit": "what readers are sent next",
    "contest_heard.ballots": "in the sums of a contest that has sheets, which are held",
    "contest_heard.votes_numbers": "as long as it is not 0, it says nothing",
    # Of no contest, counter, unit or delivery that there is: no view and no command shows it.
    "insert contest_heard.contest": "of no contest",
    "insert contest_totals.contest": "of no contest",
    "insert contest_totals.slot": "of no option and no counter",
    "insert unit_cards.unit": "of no unit",
    "insert delivery_sheets.delivery": "of no delivery",
    # What the publisher writes again.
    "audit_checkpoints": "made again by whoever signs next",
}
# What people read, and what is another then without being found. Each is a fault of the program and not of this table: who mends one takes
# its line away, and a line that is idle fails.
NOT_HELD_YET = {
    "fill partitions.halted_because": "a partition that is called halted: `teller inspect`, pub_head, pub_outcomes",
    "reconciliation": "what the last look said, until the next one says it anew: `teller inspect`, pub_reconcile",
    # Points that are there are held; that there was one is known by nobody else.
    "truncate timeline": "points over time that are gone with all their rows: pub_timeline, pub_commits",
    "older timeline": "points over time that are gone with all their rows: pub_timeline, pub_commits",
}
# The words by which a command says what is wrong with a table; of those that are not here its name and the column.
WORDS_OF_TABLES = {
    "audit": r"audit line \d+[ :]|\d+ audit lines are signed|the audit checkpoint of \d+ lines",
    "audit_checkpoints": r"the audit checkpoint of \d+ lines",
    "cells": r"contest \d+, unit .*\(cells\)",
    "contest_heard": r"pub_\* views = store: contest ",
    "contest_totals": r"pub_\* views = store: contest ",
    "unit_cards": r"pub_\* views = store: unit ",
    "totals": r"contest \d+, slot \d+, unit .* differ|contest \d+, unit .*\(cells\)",
    "head.count_id": r"count\.other: this store holds another count",
    "delete a row of head": r"count\.other: this store holds another count",
    "older head": r"an older copy was restored",
    "head.status": r"the store says that the count is official",
    "extend head.status": r"the store says that the count is unofficial.* more",
    "head.commit_number": r"the store says commit \d+",
    "deliveries": r"deliveries/\d+\.(ndjson|settled) ",
    "delivery_sheets": r"deliveries/\d+\.settled says otherwise: ",
    "falls": r"falls, step \d+ of partition \d+",
    "incidents": r"incidents = conflict \+ rejected: partition \d+|incidents,? partition \d+",
    "replays": r"replays, audit_number \d+",
    "decisions": r"decisions, step \d+ of partition \d+|by what officers signed it is",
    "delete a row of timeline": r"timeline commit_number \d+ .* is missing",
    "partitions": r"partition \d+(, .*)?: |table partitions: partition \d+ is ",
    "head.partitions": r"table partitions: partition \d+ is not there",
    "presentations.hash": r"presentation\.json is not the one that the store holds",
    "schema_files": r"store\.(newer|older): ",
    "statements": r"\bstatement \d+[ :]",
    "steps": r"the steps between commit|step \d+ of partition \d+|segment \d+ of partition \d+",
}


def tables_of(store):
    """Table -> its columns and their types, as they are there: a new one is in the test by itself."""
    names = [name for (name,) in store.execute("select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by name")]
    return {name: {row[1]: row[2] for row in store.execute(f"pragma table_info({name})")} for name in names}


def another(value, column):
    """Another value of the same type, which the column may hold."""
    if column in ("known", "withheld"):
        return 1 - value if value in (0, 1) else value + 1
    if isinstance(value, (int, float)):
        return value + 1
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:] if value else b"x"
    if column in ("at", "committed_at", "timeline_at"):
        return "21" + value[2:]
    return {"mode": "live", "status": "official", "conflict": "rejected", "rejected": "conflict"}.get(
        column if column != "outcome" else value, value + "x"
    )


# By the type of a column a value that no row has.
SPARE = {"blob": b"x" * 16, "text": "x"}


def of_another_type(value):
    """SQLite keeps any value in any column. What begins with the number is read as it by who asks for a number, and is another in a view."""
    if isinstance(value, int):
        return [value + 0.5, f"{value} of 900", f"{value}e3".encode()]
    return [value.encode()] if isinstance(value, str) else [value.hex() + "x"]


def row_number_of(store, table):
    """The column by which SQLite numbers the rows of a table, of which alone it takes whole numbers only."""
    keys = [row for row in store.execute(f"pragma table_info({table})") if row[5]]
    return keys[0][1] if len(keys) == 1 and keys[0][2].lower() == "integer" else None


def with_more_behind(value):
    """The same value to who reads its beginning."""
    return (
        [value + b"\0"] if isinstance(value, bytes) else [f"{value} – certified by the office", value + "\0 more"] if isinstance(value, str) else []
    )


def some_of(kinds, number):
    """All in a long run, otherwise one of them, another one for each cell."""
    return kinds if LONG else kinds[number % len(kinds) : number % len(kinds) + 1] if kinds else []


def rows_more(store, table, columns):
    """(name, row) of rows that are made of one that is there, with another key; and of a commit that was not made."""
    keys = [row[1] for row in store.execute(f"pragma table_info({table})") if row[5]]
    row = store.execute(f"select * from {table} order by rowid desc limit 1").fetchone()
    for key in keys if row else ():
        more = dict(zip(columns, row, strict=True))
        top = store.execute(f"select max({key}) from {table}").fetchone()[0]
        more[key] = top + 7 if isinstance(top, int) else top + (b"x" if isinstance(top, bytes) else "x")
        if "id" in more:
            more["id"] += "x"  # It must differ too.
        yield f"insert {table}.{key}", more
        if "commit_number" in more:
            last = store.execute("select commit_number from head").fetchone()[0]
            for commit in (last + 1, -1):
                yield f"insert of commit {commit} by {key} {table}.commit_number", more | {"commit_number": commit}


def damages_of_the_store(home, older):
    """(name, what to do to a store) of each damage that changes something."""
    with contextlib.closing(sqlite3.connect(home / "store.sqlite")) as store:
        tables = tables_of(store)
        for table, columns in tables.items():
            for column, type_name in columns.items():
                change = f"update {table} set {column} = ? where rowid = ?"
                # A value that says something rather than none.
                some = f"select rowid, {column} from {table} where {column} is not null order by {column} in ('', 0), rowid limit 1"
                found = store.execute(some).fetchone()
                if found:
                    yield f"flip {table}.{column}", [(change, (another(found[1], column), found[0]))]
                    other = [] if column == row_number_of(store, table) else of_another_type(found[1])
                    for kind, values in (("retype", other), ("extend", with_more_behind(found[1]))):
                        for value in some_of(values, found[0] + len(column)):
                            yield f"{kind} {table}.{column}", [(change, (value, found[0]))]
                    if isinstance(found[1], int) and column == "number":
                        yield f"put far {table}.{column}", [(change, (1 << 62, found[0]))]
                empty = store.execute(f"select rowid from {table} where {column} is null order by rowid limit 1").fetchone()
                if empty:
                    yield f"fill {table}.{column}", [(change, (SPARE.get(type_name.lower(), 1), empty[0]))]
                if found and LONG:
                    other = store.execute(f"select rowid, {column} from {table} where {column} <> ? limit 1", (found[1],)).fetchone()
                    if other:
                        away = (change, (SPARE.get(type_name.lower(), 1 << 40), found[0]))  # One value at a time, where they must differ.
                        yield f"swap {table}.{column}", [away, (change, (found[1], other[0])), (change, (other[1], found[0]))]
            for name, row in rows_more(store, table, columns):
                yield name, [(f"insert into {table} ({', '.join(row)}) values ({', '.join('?' * len(row))})", tuple(row.values()))]
            rows = store.execute(f"select count(*) from {table}").fetchone()[0]
            assert (rows == 0) == (table in NO_ROWS), table
            if rows:
                yield f"delete a row of {table}", [(f"delete from {table} where rowid = (select max(rowid) from {table})", ())]
            if rows > 1:
                yield f"truncate {table}", [(f"delete from {table}", ())]
            same = f"select * from {table} except select * from older.{table}"
            store.execute("attach ? as older", (str(older / "store.sqlite"),))
            differs = store.execute(same).fetchone()
            store.execute("detach older")
            if differs:
                back = [("attach ? as older", (str(older / "store.sqlite"),)), (f"delete from {table}", ())]
                yield f"older {table}", [*back, (f"insert into {table} select * from older.{table}", ())]


def change_store(home, table, statements):
    """Makes a change, where another row has that number already with one that none has. Whether the table is another now."""
    with contextlib.closing(sqlite3.connect(home / "store.sqlite", isolation_level=None)) as store:

        def rows():
            return sorted(map(repr, store.execute(f"select * from {table}")))

        store.execute("pragma ignore_check_constraints = on")
        before = rows()
        for statement, values in statements:
            try:
                store.execute(statement, values)
            except sqlite3.IntegrityError:
                if not (statement.startswith("update") and isinstance(values[0], int) and len(statements) == 1):
                    return False
                store.execute(statement, (values[0] + 1000, *values[1:]))
        return rows() != before


# What people read of a store: by these commands, and in its views by a board of their own.
READS = (
    ("deliveries", "--json"),
    ("incidents", "--format", "csv"),
    ("inspect", "--json"),
    *PRINTS,
    ("totals", "--by", "party", "--format", "json"),
    ("totals", "--by", "candidate", "--format", "json"),
)


def what_is_read(home):
    """(name, what it says) of each view that can be read, then of each command that ends well."""
    with contextlib.closing(sqlite3.connect(f"file:{home}/store.sqlite?mode=ro", uri=True)) as store:
        for (view,) in store.execute("select name from sqlite_master where type = 'view' and name like 'pub_%' order by name").fetchall():
            # When a row was last changed is for those who are sent what changed.
            columns = [row[1] for row in store.execute(f"pragma table_info({view})") if row[1] != "changed_at_commit"]
            with contextlib.suppress(sqlite3.OperationalError):
                yield view, sorted(map(repr, store.execute(f"select {', '.join(columns)} from {view}")))
    for command in READS:
        done = tell(*command, "--home", home)
        if done.returncode == 0:
            yield " ".join(command), done.stdout


def of_cell(cell, table):
    """The key in `table` that speaks of this cell: itself, its column or its table."""
    what = cell.split()[-1]
    return next((key for key in (cell, what, what.split(".")[0]) if key in table), None)


def words_of_cell(cell):
    words = []
    if key := of_cell(cell, WORDS_OF_TABLES):
        words = [WORDS_OF_TABLES[key]]
    if not words or not cell.startswith("flip "):
        table, _, column = cell.split()[-1].partition(".")
        # A key that is another is a row too many and one too few.
        named = rf"(, {column}: |\b{column} )"
        if cell.startswith("insert "):
            words.append(rf"\b{table} .* is in the store and not in the files")
        words.append(rf"\b{table}\b.*{named}" if column else rf"\b{table} .* in the files and not in the store")
    return "|".join(words)


def test_no_changed_store_is_taken_for_good(place, tmp_path):
    good, older = place / "good/home", place / "older/home"
    read = dict(what_is_read(good))
    assert len(read) > 15 + len(READS)

    def judged(number_and_cell):
        """Of a cell: whether somebody found it; and what is wrong with his words, or where people read something else nevertheless."""
        number, (cell, statements) = number_and_cell
        home = tmp_path / str(number)
        shutil.copytree(good, home)
        try:
            if not change_store(home, cell.split()[-1].split(".")[0], statements):
                assert cell.startswith("swap "), f"{cell}: it changed nothing"  # Keys may be others' then, or the same as before.
                return True, None
            told = []
            for command in (*JUDGES, ("audit", "verify")):
                told.append(tell(*command, "--home", home))
                if names(words_of_cell(cell), told[-1]):
                    return True, None
            if any(done.returncode in SAID_NO for done in told):
                return True, " | ".join(f"{done.returncode} {done.stdout[-300:]}{done.stderr[-300:]}" for done in told)
            return False, next((what for what, text in what_is_read(home) if text != read[what]), None)
        finally:
            shutil.rmtree(home)

    wrong, used = [], set()
    cells = list(damages_of_the_store(good, older))
    for (cell, _), (found, what) in zip(cells, at_once(judged, list(enumerate(cells))), strict=True):
        key = of_cell(cell, NOT_HELD_YET if what else NOT_HELD)
        if found and what:
            wrong.append(f"{cell}: not named: {what}")
        elif not found and key:
            used.add(key)
        elif not found and (what or not of_cell(cell, NOT_HELD_YET)):
            wrong.append(f"{cell}: nobody found it" + (f", and another is {what}" if what else ""))
    assert not wrong, "\n".join(wrong)
    idle = (NOT_HELD.keys() | NOT_HELD_YET.keys()) - used
    assert not idle, f"held, or read by nobody, and in the table of what is not: {sorted(idle)}"


def other_objects(home):
    """(its name, what makes it another) of each view, index and table of a store, and of what is none of ours."""
    with contextlib.closing(sqlite3.connect(home / "store.sqlite")) as store:
        for kind, name, sql in store.execute("select type, name, sql from sqlite_master where sql is not null order by name").fetchall():
            if kind == "view":
                columns = [row[1] for row in store.execute(f"pragma table_info({name})")]
                # The last column says nothing any more, and all others what they did.
                shown = ", ".join([*columns[:-1], f"null as {columns[-1]}"])
                made = sql.replace(name, f"x_{name}", 1)
                yield name, f"drop view {name}; {made}; create view {name} as select {shown} from x_{name}"
            elif kind == "index":
                yield name, f"drop index {name}"
            else:
                yield name, f"alter table {name} add column more text"
    yield "takes", "create trigger takes after update on contest_totals begin update contest_totals set value = 1; end"
    yield "more", "create table more (one)"
    yield "pub_more", "create view pub_more as select 90000 as votes"


def test_no_view_that_says_something_else_is_taken_for_ours(place, tmp_path):
    """Whatever the store is made of: tables that hold what they did do not say what a view makes of them."""
    good = place / "good/home"

    def judged(number_and_object):
        number, (name, sql) = number_and_object
        home = tmp_path / str(number)
        shutil.copytree(good, home)
        with contextlib.closing(sqlite3.connect(home / "store.sqlite")) as store:
            store.executescript(sql)
        told = [tell(*command, "--home", home) for command in (("verify",), ("reconcile",))]
        shutil.rmtree(home)
        return [f"{name}: {done.args[1]} {done.returncode} {done.stdout[-300:]}" for done in told if not names(rf"\b{name}: ", done)]

    objects = list(other_objects(good))
    assert len(objects) > 70
    wrong = [what for each in at_once(judged, list(enumerate(objects))) for what in each]
    assert not wrong, "\n".join(wrong)


def all_signed(home):
    with contextlib.closing(sqlite3.connect(f"file:{home}/store.sqlite?mode=ro", uri=True)) as store:
        return {bytes(row[0]) if isinstance(row[0], bytes) else row[0] for row in store.execute("select bytes from statements")}


def lines_signed(texts):
    return [[line for line in text.splitlines() if line.startswith(("mode ", "status ", "digest "))] for text in map(bytes.decode, texts)]


def test_nothing_other_is_signed_of_a_changed_store(place, tmp_path):
    """A record more, so that the next start has something to state: it counts nothing, and what is stated is what was."""
    good, older = place / "good/home", place / "older/home"
    stated = signed(good)

    def newly_signed(number, change=None):
        """(how `serve` ended, what it has signed) on a copy of the home in which the store was changed."""
        home = tmp_path / str(number)
        shutil.copytree(good, home)
        (home / "also-published").unlink()  # It is of all copies together, and nobody writes to it.
        journal, count = home / "journal/00000001.journal", bytes.fromhex(json.loads((home / "count.json").read_text())["id"])
        record = journal_file.record(count, 0, [b"\x01\x01" + count[:8] + b"no ballot"], "somebody", "")
        journal.write_bytes(journal_file.appended(journal.read_bytes(), 0, record))
        if change and not change_store(home, *change):
            return None
        before = all_signed(home)
        served = serve_a_moment(home)
        more = all_signed(home) - before
        shutil.rmtree(home)
        return served.returncode, lines_signed(more)

    code, more = newly_signed("good")
    assert code == 0 and len(more) == 1 and more[0] in stated, (code, more)
    cells = [
        (cell, statements)
        for cell, statements in damages_of_the_store(good, older)
        if cell.split()[-1].split(".")[0] in ("totals", "head", "statements")
    ]
    wrong = []
    for (cell, _), became in zip(
        cells,
        at_once(lambda one: newly_signed(one[0], (one[1][0].split()[-1].split(".")[0], one[1][1])), list(enumerate(cells))),
        strict=True,
    ):
        if became and any(lines not in stated for lines in became[1]):
            wrong.append(f"{cell}: {became}")
    assert len(cells) > 50 and not wrong, "\n".join(wrong)
