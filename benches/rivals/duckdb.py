"""DuckDB, from PyPI. It is made for questions and not for a stream of small commits: it answers the recount only."""

import importlib.util

from measure import Answer


def missing():
    return None if importlib.util.find_spec("duckdb") else "packages/install.sh bench"


def version():
    import duckdb

    return duckdb.__version__


def recount(ballots, folder, clock):
    """Reads what was sent, copies included, from a table of its own on disk, drops exact copies and sums. It reads no proof, and who
    can write to the file can change it."""
    import duckdb

    with duckdb.connect(folder / "ballots.duckdb") as store:
        store.execute("create table if not exists sent (id uuid, unit integer, method utinyint, slot smallint)")
        (sent,) = store.execute("select count(*) from sent").fetchone()
        if not sent:
            for path in ballots.tables:
                store.execute(f"copy sent from '{path}' (header false)")
            store.execute("checkpoint")
    with duckdb.connect(folder / "ballots.duckdb", read_only=True) as store, clock:
        store.execute("create temp table kept as select distinct * from sent")
        rows = store.execute("select unit, method, slot, count(*) from kept group by all").fetchall()
        sent, kept = store.execute("select (select count(*) from sent), (select count(*) from kept)").fetchone()
    return Answer({(unit, method, slot): votes for unit, method, slot, votes in rows}, sent - kept)
