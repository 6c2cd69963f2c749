"""Every file of a home and of an export, damaged in every way: nothing prints or signs other figures, names, mode or status and ends well.

The table is made of the files that are there, so that a new file is in it by itself. A cell is *named* (a command ends with another code than
0 and says the file, or what is wrong with it), *mended* (the next start puts it right), or *changes nothing that is read*.
"""

import contextlib
import json
import random
import re
import shutil
import signal
import sqlite3
import subprocess

import pytest

from conftest import TELLER, run, serving
from damaged_count import (
    JUDGES,
    LONG,
    PRINTS,
    READS,
    SECOND,
    at_once,
    figures_of,
    import_again,
    lines_signed,
    make_count,
    names,
    record_what_counts_nothing,
    tell,
)
from store_damages import NOT_HELD, NOT_HELD_YET, SIGNED_FROM, SqliteRows, change, damages_of_the_store, judged, wrong_of

DAMAGES = ("flip", "truncate", "delete", "swap", "older")
# Of these a home has many of one kind; in the short run one of each is enough.
MANY = (
    *("segments/", "published/statement-", "published/steps-", "published/log/tile/", "published/log/partitions/"),
    *("elsewhere/statement-", "elsewhere/steps-", "statements/tile/", "partitions/", "set-aside/", "deliveries/"),
)


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


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    tmp = tmp_path_factory.mktemp("corruption")
    make_count(tmp)
    return tmp


def judges_of(name, tmp, home):
    """The commands that look for what is wrong: at the count, and at what lies beside it and is no part of it."""
    if name.startswith("officers/"):
        return (*JUDGES, ("token", "list"))
    if name.startswith("voters."):
        return (*JUDGES, ("voters", "show", "--id", "M-1"))
    if name.startswith("import.key"):
        return (*JUDGES, (*import_again(tmp), "--out", home.parent / "again"))
    return JUDGES


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
            return lines_signed(bytes(row[0]) for row in store.execute("select bytes from statements order by number"))
    except sqlite3.DatabaseError:
        return []


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
    if name.startswith("earlier-totals/"):
        return True  # Read for who asks for that hour alone, and refused where it is not as it was kept (src/host/earlier_totals_test.cc).
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

# An embedded count has no inbox, and a file of each decision that waits and of each sheet that two people type.
NO_ROWS = {"inbox_refused", "approvals", "entered_sheets"}


@contextlib.contextmanager
def rows_of(home):
    with contextlib.closing(SqliteRows(home / "store.sqlite")) as rows:
        yield rows


def damages_of_the_home(good, older):
    with rows_of(good) as rows, rows_of(older) as before:
        return list(damages_of_the_store(rows, before, NO_ROWS))


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


def test_no_changed_store_is_taken_for_good(place, tmp_path):
    good, older = place / "good/home", place / "older/home"
    read = dict(what_is_read(good))
    assert len(read) > 15 + len(READS)

    def judged_of(number_and_cell):
        number, (cell, table, statements) = number_and_cell
        home = tmp_path / str(number)
        shutil.copytree(good, home)
        try:
            with rows_of(home) as rows:
                changed = change(rows, table, statements)
            if not changed:
                assert cell.startswith("swap "), f"{cell}: it changed nothing"  # Keys may be others' then, or the same as before.
                return True, None
            return judged(cell, lambda *command: tell(*command, "--home", home), lambda: what_is_read(home), read)
        finally:
            shutil.rmtree(home)

    cells = damages_of_the_home(good, older)
    became = at_once(judged_of, list(enumerate(cells)))
    wrong = wrong_of([(cell, what) for (cell, _, _), what in zip(cells, became, strict=True)], NOT_HELD, NOT_HELD_YET)
    assert not wrong, "\n".join(wrong)


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


def test_nothing_other_is_signed_of_a_changed_store(place, tmp_path):
    """A record more, so that the next start has something to state: it counts nothing, and what is stated is what was."""
    good, older = place / "good/home", place / "older/home"
    stated = signed(good)

    def newly_signed(number, table=None, statements=()):
        """(how `serve` ended, what it has signed) on a copy of the home in which the store was changed; nothing where no change was made."""
        home = tmp_path / str(number)
        shutil.copytree(good, home)
        (home / "also-published").unlink()  # It is of all copies together, and nobody writes to it.
        record_what_counts_nothing(home)
        if table:
            with rows_of(home) as rows:
                if not change(rows, table, statements):
                    return None
        before = all_signed(home)
        served = serve_a_moment(home)
        more = all_signed(home) - before
        shutil.rmtree(home)
        return served.returncode, lines_signed(more)

    code, more = newly_signed("good")
    assert code == 0 and len(more) == 1 and more[0] in stated, (code, more)
    cells = [cell for cell in damages_of_the_home(good, older) if cell[1] in SIGNED_FROM]
    became = at_once(lambda one: newly_signed(one[0], *one[1][1:]), list(enumerate(cells)))
    wrong = [
        f"{cell}: {signed_of_it}"
        for (cell, _, _), signed_of_it in zip(cells, became, strict=True)
        if signed_of_it and any(lines not in stated for lines in signed_of_it[1])
    ]
    assert len(cells) > 50 and not wrong, "\n".join(wrong)
