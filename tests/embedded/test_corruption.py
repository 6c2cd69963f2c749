"""Every file of a home and of an export, damaged in every way: nothing prints or signs other figures, names, mode or status and ends well.

The table is made of the files that are there, so that a new file is in it by itself. A cell is *named* (a command ends with another code than
0 and says the file, or what is wrong with it), *mended* (the next start puts it right), or *changes nothing that is read*.
"""

import contextlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess

import pytest

from conftest import TELLER, run, serving

LONG = bool(os.environ.get("TELLER_LONG"))
DAMAGES = ("flip", "truncate", "delete", "swap", "older")
# Of these a home has many of one kind; in the short run one of each is enough.
MANY = ("segments/", "published/statement-", "published/steps-", "published/log/", "statements/tile/", "partitions/", "set-aside/")
PRINTS = (("totals", "--format", "json"), ("totals", "--by", "unit", "--format", "csv"), ("digest",))
JUDGES = (("verify",), ("reconcile", "--full"))


def of_many(names):
    """All in a long run; otherwise the first and the last of each kind."""
    if LONG:
        return sorted(names)
    kinds = {}
    for name in sorted(names):
        kind = next((many for many in MANY if name.startswith(many)), name)
        kinds.setdefault((kind, name.rsplit(".", 1)[-1] if "log/" in name else ""), []).append(name)
    return sorted({name for each in kinds.values() for name in (each[0], each[-1])})


def files_of(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and path.name != "lock"}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A count, `older` of which a copy was kept, and its export; nobody writes to either."""
    tmp = tmp_path_factory.mktemp("corruption")
    rules, home = tmp / "rules.json", tmp / "home"
    run("generate", "--write-rules", rules, "--contests", 2, "--units", 4, "--seed", 5)
    run("init", "--home", home, "--rules", rules, "--mode", "rehearsal", "--partitions", 2, "--label", "a night")
    run(
        "generate",
        "--home",
        home,
        "--ballots",
        400,
        "--seed",
        6,
        "--conflicts",
        0.05,
        "--parts",
        2,
        "--format",
        "packed",
        "--out",
        tmp / "sent.packed",
    )

    def count(part):
        with serving(home, tmp / "engine.log") as url:
            run("load", tmp / f"sent.{part}.packed", "--to", url, code=1)  # Some are conflicts.

    count(1)
    shutil.copytree(home, tmp / "older")
    run("log", "export", tmp / "older-export", "--home", home)
    count(2)
    run("log", "export", tmp / "export", "--home", home)
    return tmp


def damage(file, how, older, others):
    """Damages `file`; False where the damage would be none."""
    good = file.read_bytes()
    if how == "flip":
        if not good:
            return False
        at = random.Random(file.name).randrange(len(good))
        file.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
    elif how == "truncate":
        if not good:
            return False
        file.write_bytes(good[: len(good) // 2])
    elif how == "delete":
        file.unlink()
    elif how == "swap":
        other = next((path for path in others if path != file and path.read_bytes() != good), None)
        if other is None:
            return False
        theirs = other.read_bytes()
        other.write_bytes(good)
        file.write_bytes(theirs)
    elif how == "older":
        if not older.exists() or older.read_bytes() == good:
            return False
        file.write_bytes(older.read_bytes())
    return True


def tell(*command):
    return subprocess.run([TELLER, *map(str, command)], capture_output=True, text=True, timeout=120)


def siblings(name, folder):
    """Files of the same kind, with which this one may be exchanged."""
    kind = next((many for many in MANY if name.startswith(many)), None)
    if kind:
        return sorted(path for path in folder.rglob("*") if path.is_file() and path.relative_to(folder).as_posix().startswith(kind))
    return sorted(
        path for path in (folder / name).parent.iterdir() if path.is_file() and path.suffix == (folder / name).suffix and path.name != "lock"
    )


def signed(home):
    """What the store's statements say of mode and status; nothing where it cannot be read."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{home}/store.sqlite?mode=ro", uri=True)) as store:
            texts = [bytes(row[0]).decode(errors="replace") for row in store.execute("select bytes from statements order by number")]
    except sqlite3.DatabaseError:
        return []
    return [[line for line in text.splitlines() if line.startswith(("mode ", "status "))] for text in texts]


def damaged_copies(good, older, copy):
    """Every damage of every file of `good`, one at a time: gives (how, name) while `copy` has it and nothing else."""
    for name in of_many(files_of(good)):
        for how in DAMAGES:
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(good, copy)
            if damage(copy / name, how, older / name, siblings(name, copy)):
                yield how, name


def test_no_damaged_file_of_a_home_changes_what_is_said(place, tmp_path):
    good = place / "home"
    said = {command: tell(*command, "--home", good).stdout for command in PRINTS}
    stated = signed(good)
    cells, wrong = {}, []
    home = tmp_path / "home"
    for how, name in damaged_copies(good, place / "older", home):
        cell = f"{how} {name}"
        judged = [tell(*command, "--home", home) for command in JUDGES]
        for command in PRINTS:
            done = tell(*command, "--home", home)
            if done.returncode == 0 and done.stdout != said[command]:
                wrong.append(f"{cell}: {command} prints something else and ends well")
        found = any(done.returncode != 0 for done in judged)
        # And what a start makes of it.
        served = serve_a_moment(home)
        now = signed(home)
        if served == 0 and any(text not in stated for text in now):
            wrong.append(f"{cell}: another mode or status was signed")
        after = {command: tell(*command, "--home", home) for command in PRINTS}
        for command, done in after.items():
            if done.returncode == 0 and done.stdout != said[command]:
                wrong.append(f"{cell}: after a start {command} prints something else")
        cells[cell] = "named" if found or served != 0 else "changes nothing that is read"
        if found and served == 0 and all(tell(*command, "--home", home).returncode == 0 for command in JUDGES):
            cells[cell] = "mended"
    assert not wrong, "\n".join(wrong)
    quiet = sorted(cell for cell, what in cells.items() if what == "changes nothing that is read")
    assert [cell for cell in quiet if not quiet_by_right(cell)] == [], quiet
    print(json.dumps(cells, indent=1))


def quiet_by_right(cell):
    """What nobody reads while it is as it is, and what is held elsewhere: the table of the exceptions, each with its reason."""
    how, name = cell.split(" ", 1)
    if name == "key" and how in ("flip", "truncate", "delete", "swap"):
        return True  # Read by the publisher only, who then signs nothing.
    if how == "delete" and name.startswith("published/"):
        return True  # What is gone says nothing else; reconcile says that it did not look, and the publisher writes it again.
    if name.startswith("published/log/"):
        return True  # Tiles: whoever reads the log holds them against the checkpoint.
    if name == "token":
        return True  # Of senders; one that is none is refused by its name, another one refuses them.
    if name.startswith("store.sqlite-"):
        return True  # What SQLite keeps beside its file.
    return False


def serve_a_moment(home):
    """Starts and stops `serve`; its exit code, or that with which it ended by itself."""
    engine = subprocess.Popen(
        [TELLER, "serve", "--home", home, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        if engine.stdout.readline():
            engine.send_signal(signal.SIGTERM)
        return engine.wait(timeout=120)
    finally:
        engine.kill()
        engine.wait()


def test_no_damaged_file_of_an_export_is_taken_for_good(place, tmp_path):
    good, key = place / "export", run("keys", "--home", place / "home")[0].strip()
    passed = []
    export = tmp_path / "export"
    for how, name in damaged_copies(good, place / "older-export", export):
        done = tell("verify", "--export", export, "--key", key)
        if done.returncode == 0 and not (name == "totals.csv" and how == "delete"):  # It need not be there.
            passed.append(f"{how} {name}")
    assert not passed, passed


def test_nothing_else_lies_in_an_export(place, tmp_path):
    key = run("keys", "--home", place / "home")[0].strip()
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
        assert "check 15" in said and "more" in said or "results.csv" in said, said


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
    run("verify", "--export", tmp_path / "export", "--key", run("keys", "--home", place / "home")[0].strip(), code=1)


# ------------------------------------------------------------------------------------------------------------- the store

# Tables of which this count has no row, so that nothing of them is damaged here.
NO_ROWS = {"candidates", "deliveries", "delivery_sheets", "falls", "inbox_refused", "replays"}
# Tables and columns that may differ and are not found, each with its reason. All else of the store must be found.
NOT_HELD = {
    # Clocks: nothing that is signed says when a commit was made.
    "head.committed_at": "the time beside a commit",
    "head.timeline_at": "when the next point over time is due",
    "timeline": "points of the past; the count done again knows the end only",
    # What is derived from the totals again, or decides only what is sent anew.
    "contest_totals.changed_at_commit": "what readers are sent next",
    "totals.changed_at_commit": "what readers are sent next",
    "unit_cards.changed_at_commit": "what readers are sent next",
    "partitions.changed_at_commit": "what readers are sent next",
    "contest_heard.ballots": "in the sums of a contest that has sheets, which are held",
    "contest_heard.votes_numbers": "as long as it is not 0, it says nothing",
    # That each is listed is held; what it says stands in the journal, at its place, and in nothing that is signed.
    **{
        f"incidents.{column}": "what was not counted leaves nothing in the log"
        for column in ("place", "outcome", "reason", "entry_id", "leaf", "counted_leaf", "commit_number")
    },
    # Words of the program; a row that is in use says how a figure is known, which is held.
    "figure_states": "the rows that no figure of this count uses",
    "schema_files": "what was brought up already",
    # What the publisher and the reconciler write again.
    "audit_checkpoints": "made again by whoever signs next",
    "reconciliation": "what the last look said; the next one says it anew",
    # Of a presentation its hash is held; the bytes are read from presentation.json.
    "presentations.version": "a number of order, of one",
    "presentations.bytes": "nobody reads them",
    "presentations.actor": "nobody reads it",
    "presentations.reason": "nobody reads it",
}


def tables_of(store):
    """Table -> its columns, as they are there: a new one is in the test by itself."""
    names = [name for (name,) in store.execute("select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by name")]
    return {name: [row[1] for row in store.execute(f"pragma table_info({name})")] for name in names}


def another(value, column):
    """Another value of the same type, which the column may hold."""
    if column in ("known", "withheld"):
        return 1 - value if value in (0, 1) else value + 1
    if isinstance(value, (int, float)):
        return value + 1
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:] if value else b"x"
    return {"mode": "live", "status": "official"}.get(column, value + "x")


def damages_of_the_store(home, older):
    """(name, what to do to a store) of each damage that changes something."""
    with contextlib.closing(sqlite3.connect(home / "store.sqlite")) as store:
        tables = tables_of(store)
        for table, columns in tables.items():
            for column in columns:
                found = store.execute(f"select rowid, {column} from {table} where {column} is not null order by rowid limit 1").fetchone()
                if found:
                    changed = another(found[1], column)
                    yield f"flip {table}.{column}", [(f"update {table} set {column} = ? where rowid = ?", (changed, found[0]))]
                if found and LONG:
                    other = store.execute(f"select rowid, {column} from {table} where {column} <> ? limit 1", (found[1],)).fetchone()
                    if other:
                        swap = f"update {table} set {column} = ? where rowid = ?"
                        yield f"swap {table}.{column}", [(swap, (other[1], found[0])), (swap, (found[1], other[0]))]
            rows = store.execute(f"select count(*) from {table}").fetchone()[0]
            assert (rows == 0) == (table in NO_ROWS), table
            if rows:
                yield f"delete a row of {table}", [(f"delete from {table} where rowid = (select max(rowid) from {table})", ())]
            if rows > 1 and LONG:
                yield f"truncate {table}", [(f"delete from {table}", ())]
            same = f"select * from {table} except select * from older.{table}"
            store.execute("attach ? as older", (str(older / "store.sqlite"),))
            differs = store.execute(same).fetchone()
            store.execute("detach older")
            if differs and LONG:
                back = [("attach ? as older", (str(older / "store.sqlite"),)), (f"delete from {table}", ())]
                yield f"older {table}", [*back, (f"insert into {table} select * from older.{table}", ())]


def held_by_nobody(cell):
    what = cell.split()[-1]
    return what in NOT_HELD or what.split(".")[0] in NOT_HELD


def test_no_changed_store_is_taken_for_good(place, tmp_path):
    said = {command: tell(*command, "--home", place / "home").stdout for command in PRINTS}
    good, wrong, quiet = place / "home", [], set()
    home = tmp_path / "home"
    for cell, statements in damages_of_the_store(good, place / "older"):
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(good, home)
        with contextlib.closing(sqlite3.connect(home / "store.sqlite", isolation_level=None)) as store:
            store.execute("pragma ignore_check_constraints = on")
            try:
                for statement, values in statements:
                    store.execute(statement, values)
            except sqlite3.IntegrityError:
                continue  # SQLite itself does not take it.
        if any(tell(*command, "--home", home).returncode != 0 for command in (*JUDGES, ("audit", "verify"))):
            continue
        quiet.add(cell)
        if not held_by_nobody(cell):
            wrong.append(f"{cell}: nobody found it")
        for command in PRINTS:
            done = tell(*command, "--home", home)
            if done.returncode == 0 and done.stdout != said[command] and cell != "flip head.committed_at":
                wrong.append(f"{cell}: {command} prints something else")
    assert not wrong, "\n".join(wrong)
    idle = [what for what in NOT_HELD if not any(cell.split()[-1] == what or cell.split()[-1].startswith(what + ".") for cell in quiet)]
    assert not idle, f"held, and in the table of what is not: {idle}"
