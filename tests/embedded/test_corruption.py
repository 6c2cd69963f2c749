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
    run("generate", "--home", home, "--ballots", 400, "--seed", 6, "--parts", 2, "--format", "packed", "--out", tmp / "sent.packed")

    def count(part):
        with serving(home, tmp / "engine.log") as url:
            run("load", tmp / f"sent.{part}.packed", "--to", url)

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


# Columns of the store that people read or that are signed, each with another value. Not held yet, and so not here: unit_cards,
# contest_totals.known (sums for the views), head.commit_number (docs/threat-model.md says so).
READ = {
    "totals": ("value", "known", "withheld"),
    "contest_totals": ("value", "withheld"),
    "partitions": ("step", "position", "log_size", "root", "duplicate", "conflict", "rejected"),
    "steps": ("from_position", "to_position", "commit_number", "log_size", "root", "segment"),
    "statements": ("commit_number", "bytes", "checkpoint"),
    "audit": ("bytes",),
    "head": ("mode", "label", "status", "publication", "election", "time_zone", "rules_hash", "count_file"),
}


def another(value, column):
    """Another value of the same type, which the column may hold."""
    if column in ("known", "withheld"):
        return 1 - value if value in (0, 1) else value + 1
    if isinstance(value, int):
        return value + 1
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:]
    return {"mode": "live", "status": "official"}.get(column, value + "x")


@pytest.mark.parametrize("table", READ)
def test_no_changed_column_of_the_store_is_taken_for_good(place, tmp_path, table):
    said = {command: tell(*command, "--home", place / "home").stdout for command in PRINTS}
    wrong = []
    for column in READ[table]:
        home = tmp_path / "home"
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(place / "home", home)
        with sqlite3.connect(home / "store.sqlite") as store:
            store.execute("pragma ignore_check_constraints = on")
            value = store.execute(f"select {column} from {table} limit 1").fetchone()[0]
            changed = another(value, column)
            store.execute(f"update {table} set {column} = ? where rowid = (select min(rowid) from {table})", (changed,))
        judged = [tell(*command, "--home", home) for command in (*JUDGES, ("audit", "verify"))]
        if all(done.returncode == 0 for done in judged):
            wrong.append(f"{table}.{column}: nobody found it")
        for command in PRINTS:
            done = tell(*command, "--home", home)
            if done.returncode == 0 and done.stdout != said[command] and judged[0].returncode == 0 and judged[1].returncode == 0:
                wrong.append(f"{table}.{column}: {command} prints something else")
    assert not wrong, wrong
