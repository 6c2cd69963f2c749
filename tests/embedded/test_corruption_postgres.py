"""Every column of a store on PostgreSQL, damaged in every way: nothing prints or signs other figures, names, mode or status and ends well.

The count is that of the embedded form, moved: its rows lie in a database of their own, and its journal, segments and files where they lay.
So every table has rows that were counted, and what is asked is what the service's commands say of them. No Kafka runs: what the journal
alone tells of a store is not looked at here, and the table ONLY_IN_THE_JOURNAL names it.

What is damaged and how is what test_corruption.py does to a home's store. Of those damages every third is made here, and all of them with
TELLER_LONG (tests/long.sh): only then are the tables of what is not held known to be no longer than they must be.
"""

import contextlib
import queue
import shutil
import sqlite3

import psycopg
import pytest

from conftest import run, serving
from damaged_count import JUDGES, LONG, PRINTS, READS, at_once, figures_of, lines_signed, make_count, record_what_counts_nothing, tell
from private_postgres import drop_database, new_database, private_postgres, write_config
from store_damages import NOT_HELD, NOT_HELD_YET, SIGNED_FROM, PostgresRows, change, damages_of_the_store, judged, of_cell, wrong_of

# Held against the entry at its place in the journal, which nobody reads here; `reconcile --full` reads it where Kafka runs, as in a home.
ONLY_IN_THE_JOURNAL = {
    "incidents.place": "which entry of its record it was: pub_incidents",
    "incidents.leaf": "the hash of what was not counted: pub_incidents",
}
if LONG:
    ONLY_IN_THE_JOURNAL["swap incidents.position"] = "which record it was of: pub_incidents"
READ_BY_NOBODY = NOT_HELD | {
    "delete a row of contest_totals": "the sum of what units say of their cards; the views read it from unit_cards",
}
READ_AND_NOT_HELD = (
    NOT_HELD_YET
    | ONLY_IN_THE_JOURNAL
    | {
        "insert deliveries.number": "a delivery that nobody brought: its file may be in the home of another `teller api`: `teller deliveries`",
        "inbox_refused": "what the last look counted in the topic, until the next one counts it anew: pub_inbox_refused",
    }
)
# Of totals; `verify` finds what of it is read.
NOT_IN_THE_DIGEST = {"totals.known": "known", "totals.changed_at_commit": "when it was changed"}


class Server:
    def __init__(self, folder):
        self.folder = folder

    def conninfo(self, database, user="postgres"):
        return f"host={self.folder} dbname={database} user={user}"

    @contextlib.contextmanager
    def rows(self, database):
        with contextlib.closing(PostgresRows(self.conninfo(database))) as rows:
            yield rows

    @contextlib.contextmanager
    def copied(self, database, name):
        new_database(self.folder, name, template=database)
        try:
            yield name
        finally:
            drop_database(self.folder, name)

    def config(self, beside, database, home):
        return write_config(beside / f"{database}.toml", self.folder, database, home)


@pytest.fixture(scope="module")
def server():
    with private_postgres("damages") as folder:
        yield Server(folder)


def move(server, home, database, config):
    """The store of a home, into a database of its own: made by `teller init`, and filled with the rows that were counted."""
    new_database(server.folder, database)
    run("init", "--config", config, "--rules", home / "rules.json")
    with server.rows(database) as rows, contextlib.closing(sqlite3.connect(f"file:{home}/store.sqlite?mode=ro", uri=True)) as store:
        tables = rows.tables()
        assert set(tables) == {name for (name,) in store.execute("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'")}
        for table, columns in tables.items():
            rows.ask(f"delete from {table}")
            for row in store.execute(f"select {', '.join(columns)} from {table} order by rowid"):
                values = [bool(value) if kind == "boolean" else value for value, kind in zip(row, columns.values(), strict=True)]
                rows.ask(f"insert into {table} values ({', '.join('?' * len(row))})", *values)
        rows.ask("insert into inbox_refused values ('entry.unknown', 3)")  # As if there were an inbox.


@pytest.fixture(scope="module")
def place(tmp_path_factory, server):
    """The count, and in the databases `good` and `older` its store and what that was before."""
    tmp = tmp_path_factory.mktemp("corruption-postgres")
    make_count(tmp)
    for name in ("good", "older"):
        shutil.copytree(tmp / name / "home", tmp / f"{name}-moved", symlinks=True)
        move(server, tmp / f"{name}-moved", name, server.config(tmp, name, tmp / f"{name}-moved"))
    return tmp


def what_is_read(server, database, config):
    """(name, what it says) of each view that the board may read, then of each command that ends well."""
    with psycopg.connect(server.conninfo(database, "teller_reader"), autocommit=True) as board:
        columns = board.execute(
            "select table_name, string_agg(column_name, ', ' order by ordinal_position) from information_schema.columns"
            # When a row was last changed is for those who are sent what changed.
            " where table_schema = 'teller' and table_name like 'pub_%' and column_name <> 'changed_at_commit' group by 1 order by 1"
        ).fetchall()
        for view, shown in columns:
            with contextlib.suppress(psycopg.Error):
                yield view, sorted(map(repr, board.execute(f"select {shown} from teller.{view}")))
    for command in READS:
        done = tell(*command, "--config", config)
        if done.returncode == 0:
            yield " ".join(command), done.stdout


def test_the_moved_count_is_the_same(place):
    """What follows is about damages, and not about the way by which the rows came there."""
    for command in JUDGES + (("audit", "verify"),):
        done = tell(*command, "--config", place / "good.toml")
        assert done.returncode == 0, done.stdout + done.stderr
    for command in PRINTS:
        here, there = tell(*command, "--config", place / "good.toml"), tell(*command, "--home", place / "good/home")
        assert here.stdout == figures_of(there), command


def damages(server, database):
    with server.rows(database) as rows, server.rows("older") as before:
        return list(damages_of_the_store(rows, before, no_rows={"approvals", "entered_sheets"}))[:: 1 if LONG else 3]


def test_no_changed_store_is_taken_for_good(place, server, tmp_path):
    read = dict(what_is_read(server, "good", place / "good.toml"))
    assert len(read) > 15 + len(READS)

    def judged_of(one):
        """On a database that nobody else changes meanwhile, and which is afterwards as it was."""
        cell, table, statements = one
        database = free.get()
        try:
            with server.rows(database) as rows:
                good = rows.ask(f"select * from {table}")
                if not change(rows, table, statements):
                    assert cell.startswith("swap "), f"{cell}: it changed nothing"  # Keys may be others' then, or the same as before.
                    found = True, None
                else:
                    config = tmp_path / f"{database}.toml"
                    found = judged(cell, lambda *command: tell(*command, "--config", config), lambda: what_is_read(server, database, config), read)
                rows.put_back(table, good)
                return found
        finally:
            free.put(database)

    cells = damages(server, "good")
    free = queue.SimpleQueue()
    with contextlib.ExitStack() as both:
        for database in ("damaged_1", "damaged_2"):
            free.put(both.enter_context(server.copied("good", database)))
            server.config(tmp_path, database, place / "good-moved")
        became = list(at_once(judged_of, cells))
        # Whatever was damaged was put back: what a cell was found by was its own damage.
        for database in ("damaged_1", "damaged_2"):
            assert dict(what_is_read(server, database, tmp_path / f"{database}.toml")) == read
    wrong = wrong_of([(cell, what) for (cell, _, _), what in zip(cells, became, strict=True)], READ_BY_NOBODY, READ_AND_NOT_HELD, whole=LONG)
    assert not wrong, "\n".join(wrong)


@pytest.fixture(scope="module")
def to_state(place, server):
    """The count with a step more that nobody has stated yet: its home; its store is the database `to_state`."""
    home = place / "to-state"
    shutil.copytree(place / "good/home", home)
    (home / "also-published").unlink()  # The second place is the good count's.
    record_what_counts_nothing(home)
    with serving(home, place / "engine.log"):
        pass
    move(server, home, "to_state", server.config(place, "to_state", home))
    with server.rows("to_state") as rows, server.rows("good") as before:
        ((last,),) = before.ask("select max(number) from statements")
        rows.ask("delete from statements where number > ?", last)
    shutil.rmtree(home / "published")
    shutil.copytree(place / "good/home/published", home / "published")
    return home


def all_signed(server, database):
    with server.rows(database) as rows:
        return {text for (text,) in rows.ask("select bytes from statements")}


def newly_signed(server, database, home, folder, number, table=None, statements=()):
    """(how `publish` ended, what it has signed) on a copy of the store, which was changed; nothing where no change was made."""
    copy = folder / str(number)
    shutil.copytree(home, copy)
    with server.copied(database, f"signs_{number}") as name:
        if table:
            with server.rows(name) as rows:
                if not change(rows, table, statements):
                    return None
        before = all_signed(server, name)
        done = tell("publish", "--once", "--config", server.config(folder, name, copy))
        more = all_signed(server, name) - before
    shutil.rmtree(copy)
    return done.returncode, lines_signed(more)


def test_nothing_other_is_signed_of_a_changed_store(to_state, server, tmp_path):
    """`teller publish` has one statement to make: it says what those before it said, or nothing."""
    stated = lines_signed(all_signed(server, "good"))
    assert {len(lines) for lines in stated} == {3}, stated
    code, more = newly_signed(server, "to_state", to_state, tmp_path, "good")
    assert code == 0 and len(more) == 1 and more[0] in stated, (code, more)
    cells = [cell for cell in damages(server, "to_state") if cell[1] in SIGNED_FROM]
    became = at_once(lambda one: newly_signed(server, "to_state", to_state, tmp_path, one[0], *one[1][1:]), list(enumerate(cells)))
    other = {
        cell: signed_of_it
        for (cell, _, _), signed_of_it in zip(cells, became, strict=True)
        if signed_of_it and any(lines not in stated for lines in signed_of_it[1])
    }
    wrong = [f"{cell}: {signed_of_it}" for cell, signed_of_it in other.items()]
    assert len(cells) > 15 and not wrong, "\n".join(wrong)


def test_totals_that_were_stated_are_held_before_anything_is_signed(place, server, tmp_path):
    """Where nothing was committed since the last statement, `teller publish` refuses other totals than it says."""
    cells = [cell for cell in damages(server, "good") if cell[1] == "totals" and not of_cell(cell[0], NOT_IN_THE_DIGEST)]
    home = place / "good-moved"
    became = list(at_once(lambda one: newly_signed(server, "good", home, tmp_path, one[0], *one[1][1:]), list(enumerate(cells))))
    wrong = [f"{cell}: {how}" for (cell, _, _), how in zip(cells, became, strict=True) if how and how != (3, [])]
    assert len(cells) > 3 and not wrong, "\n".join(wrong)
