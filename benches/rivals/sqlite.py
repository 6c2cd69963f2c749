"""SQLite alone, through Python's own module."""

import contextlib
import itertools
import sqlite3

from measure import Answer

GROUP = 200_000  # ballots a transaction
TABLES = """
    pragma journal_mode = wal; pragma synchronous = full; pragma cache_size = -1000000;
    create table if not exists ballots (id blob primary key, unit integer, method integer, slot integer);
    create table if not exists totals (unit integer, method integer, slot integer, votes integer, primary key (unit, method, slot)) without rowid;
"""
# Rows get ascending numbers, so that the new ones of a group are those above the highest of before.
ADD = """
    insert into totals select unit, method, slot, count(*) from ballots where rowid > ? group by 1, 2, 3
    on conflict do update set votes = votes + excluded.votes
"""


def missing():
    return None


def version():
    return sqlite3.sqlite_version


def fill(store, rows):
    while group := list(itertools.islice(rows, GROUP)):
        ((before,),) = store.execute("select coalesce(max(rowid), 0) from ballots")
        store.executemany("insert or ignore into ballots values (?, ?, ?, ?)", group)
        store.execute(ADD, (before,))
        store.commit()


def rows_of(ballots):
    return [(bytes.fromhex(id.replace("-", "")), int(unit), int(method), int(slot)) for id, unit, method, slot in ballots.rows()]


def embedded_drain(ballots, folder, clock):
    """Exact copies (primary key); the ballots and the totals, with fsync (WAL, synchronous=FULL). No checks of entries, no journal, no
    proof; one core. Clock: from rows in memory."""
    rows = rows_of(ballots)
    with contextlib.closing(sqlite3.connect(folder / "store.sqlite")) as store:
        store.executescript(TABLES)
        with clock:
            fill(store, iter(rows))
        totals = {(unit, method, slot): votes for unit, method, slot, votes in store.execute("select * from totals")}
        ((kept,),) = store.execute("select count(*) from ballots")
    return Answer(totals, ballots.sent() - kept)


def recount(ballots, folder, clock):
    """Sums the rows again, whose ids were held apart when they were written. It reads no proof, and who can write to the file can change them."""
    with contextlib.closing(sqlite3.connect(folder / "store.sqlite")) as store:
        store.executescript(TABLES)
        ((kept,),) = store.execute("select count(*) from ballots")
        if not kept:
            fill(store, iter(rows_of(ballots)))
        with clock:
            rows = store.execute("select unit, method, slot, count(*) from ballots group by 1, 2, 3").fetchall()
        ((kept,),) = store.execute("select count(*) from ballots")
    return Answer({(unit, method, slot): votes for unit, method, slot, votes in rows}, ballots.sent() - kept)
