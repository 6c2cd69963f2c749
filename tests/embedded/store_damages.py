"""Every column of a store, damaged in every way, and what a damage is found by: the same table of cells for both databases.

The table is made of the tables and columns that are there, so that a new one is in it by itself. `SqliteRows` and `PostgresRows` read and change
one store; they are past what the database itself holds (keys of other tables, checks), as whoever owns it is, or a disk that fails.
"""

import datetime
import sqlite3

import psycopg

from damaged_count import JUDGES, LONG, SAID_NO, names

# Tables, columns and cells that may differ and are not found, each with its reason: nothing that people read is another then.
NOT_HELD = {
    "head.timeline_at": "when the next point over time is due",
    "head.journal_id": "which topic is counted; nobody shows it, and a count goes on with no other",
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
    "delete the first row of schema_files": "of which program a store is, the last one says",
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
    "head.count_id": r"count\.other: (this store|the database) holds (another )?count|count\.other: the pub_\* views are those of count",
    "delete a row of head": r"count\.other: this store holds another count|count\.none: the head row is missing",
    "insert head.only_row": r"\bhead .* is in the store and not in the files|count\.none: the head row is missing",  # There are two.
    "older head": r"an older copy was restored",
    "head.status": r"the store says that the count is official",
    "extend head.status": r"the store says that the count is unofficial(.* more| – certified by the office)",
    "head.commit_number": r"the store says commit \d+|count\.none: the head row is missing",
    "deliveries": r"deliveries/\d+\.(ndjson|settled) ",
    "delivery_sheets": r"deliveries/\d+\.settled says otherwise: ",
    "falls": r"falls, step \d+ of partition \d+",
    "incidents": r"incidents = conflict \+ rejected: partition \d+|incidents,? partition \d+",
    "replays": r"replays, audit_number \d+",
    "decisions": r"decisions, step \d+ of partition \d+|by what officers signed it is",
    "delete the first row of timeline": r"timeline commit_number \d+ .* is missing",
    "delete a row of timeline": r"timeline commit_number \d+ .* is missing",
    "partitions": r"partition \d+(, .*)?: |table partitions: partition \d+ is ",
    "partitions.duplicate": r"partition \d+(, .*)?: |static files = store: duplicate: ",  # Without a journal the files alone say it.
    "head.partitions": r"table partitions: partition \d+ is not there",
    "presentations.hash": r"presentation\.json is not the one that the store holds",
    "schema_files": r"store\.(newer|older): ",
    "statements": r"\bstatement \d+[ :]",
    "steps": r"the steps between commit|step \d+ of partition \d+|segment \d+ of partition \d+",
}
# Of which the cells are tried on whoever signs.
SIGNED_FROM = ("totals", "head", "statements")


class SqliteRows:
    # By the type of a column a value that no row has.
    SPARE = {"blob": b"x" * 16, "text": "x"}
    FAR = {}
    NOTHING = {}  # By type: what says nothing. Any value may be compared with any other.
    REFUSED = sqlite3.IntegrityError

    def __init__(self, file):
        self.store = sqlite3.connect(file, isolation_level=None)
        self.store.execute("pragma ignore_check_constraints = on")

    def close(self):
        self.store.close()

    def ask(self, statement, *values):
        return self.store.execute(statement, values).fetchall()

    def tables(self):
        """Table -> its columns and their types, as they are there."""
        found = self.ask("select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by name")
        return {name: {row[1]: row[2].lower() for row in self.ask(f"pragma table_info({name})")} for (name,) in found}

    def row(self, _table):
        """What tells a row from the others of its table."""
        return "rowid"

    def order(self, _table, how="asc"):
        return f"rowid {how}"

    def keys(self, table):
        return [row[1] for row in self.ask(f"pragma table_info({table})") if row[5]]

    def of_another_type(self, table, column, value):
        """SQLite keeps any value in any column. What begins with the number is read as it by who asks for a number, and is another in a
        view. Of the column by which it numbers the rows of a table it takes whole numbers only."""
        if self.keys(table) == [column] and self.tables()[table][column] == "integer":
            return []
        if isinstance(value, int):
            return [value + 0.5, f"{value} of 900", f"{value}e3".encode()]
        return [value.encode()] if isinstance(value, str) else [value.hex() + "x"]

    def with_more_behind(self, value):
        """The same value to who reads its beginning."""
        if isinstance(value, str):
            return [f"{value} – certified by the office", value + "\0 more"]
        return [value + b"\0"] if isinstance(value, bytes) else []


class PostgresRows:
    """As the superuser; `conninfo` names the database."""

    SPARE = {"bytea": b"x" * 16, "text": "x", "timestamp with time zone": datetime.datetime(2126, 5, 3, tzinfo=datetime.timezone.utc)}
    FAR = {"integer": 1 << 30, "smallint": 1 << 14}
    NOTHING = {"boolean": "false", "bytea": "''", "text": "''", "timestamp with time zone": "'-infinity'"}
    REFUSED = (psycopg.errors.IntegrityError, psycopg.errors.DataError)

    def __init__(self, conninfo):
        self.store = psycopg.connect(conninfo, autocommit=True)
        # No keys of other tables are looked for, and no trigger runs.
        self.store.execute("set search_path = teller; set session_replication_role = replica; set allow_system_table_mods = on")

    def close(self):
        self.store.close()

    def ask(self, statement, *values):
        try:
            done = self.store.execute(statement.replace("%", "%%").replace("?", "%s"), values)
        except psycopg.errors.CheckViolation as refused:
            self.without_check(refused.diag.table_name, refused.diag.constraint_name, lambda: self.ask(statement, *values))
            return []
        return done.fetchall() if done.description else []

    def put_back(self, table, rows):
        self.ask(f"delete from {table}")
        for row in rows:
            self.ask(f"insert into {table} values ({', '.join('?' * len(row))})", *row)

    def without_check(self, table, check, work):
        """The check is as it was afterwards, and nothing tells that it was away."""
        ((text,),) = self.ask("select pg_get_constraintdef(oid) from pg_constraint where conname = ? and conrelid = ?::regclass", check, table)
        self.ask(f"alter table {table} drop constraint {check}")
        try:
            work()
        finally:
            self.ask(f"alter table {table} add constraint {check} {text} not valid")
            self.ask("update pg_constraint set convalidated = true where conname = ? and conrelid = ?::regclass", check, table)

    def tables(self):
        found = {}
        for table, column, kind in self.ask(
            "select t.table_name, c.column_name, c.data_type from information_schema.tables t join information_schema.columns c"
            " using (table_schema, table_name) where t.table_schema = 'teller' and t.table_type = 'BASE TABLE' order by 1, c.ordinal_position"
        ):
            found.setdefault(table, {})[column] = kind
        return found

    def row(self, table):
        return f"{table}::text"  # Where it lies (ctid) is another place after it was put back.

    def order(self, table, how="asc"):
        return ", ".join(f"{key} {how}" for key in self.keys(table))

    def keys(self, table):
        return [
            name
            for (name,) in self.ask(
                "select a.attname from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)"
                " where i.indrelid = ?::regclass and i.indisprimary order by a.attnum",
                table,
            )
        ]

    def of_another_type(self, _table, _column, _value):
        return []  # The server refuses it.

    def with_more_behind(self, value):
        return [f"{value} – certified by the office"] if isinstance(value, str) else [value + b"\0"] if isinstance(value, bytes) else []


def another(value, column):
    """Another value of the same type, which the column may hold."""
    if isinstance(value, bool):
        return not value
    if column in ("known", "withheld"):
        return 1 - value if value in (0, 1) else value + 1
    if isinstance(value, (int, float)):
        return value + 1
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:] if value else b"x"
    if isinstance(value, datetime.datetime):
        return value.replace(year=value.year + 100)
    if column in ("at", "committed_at", "timeline_at"):
        return "21" + value[2:]
    return {"mode": "live", "status": "official", "conflict": "rejected", "rejected": "conflict"}.get(
        column if column != "outcome" else value, value + "x"
    )


def some_of(kinds, number):
    """All in a long run, otherwise one of them, another one for each cell."""
    return kinds if LONG else kinds[number % len(kinds) : number % len(kinds) + 1] if kinds else []


def another_key(store, table, key, value):
    """Of a new row; above all that are there."""
    if isinstance(value, bool):
        return not value
    ((top,),) = store.ask(f"select max({key}) from {table}")
    return top + 7 if isinstance(top, int) else top + (b"x" if isinstance(top, bytes) else "x")


def rows_more(store, table, columns):
    """(name, row) of rows that are made of one that is there, with another key; and of a commit that was not made."""
    keys = store.keys(table)
    rows = store.ask(f"select * from {table} order by {store.order(table, 'desc')} limit 1")
    for key in keys if rows else ():
        more = dict(zip(columns, rows[0], strict=True))
        more[key] = another_key(store, table, key, more[key])
        if store.ask(f"select 1 from {table} where {' and '.join(f'{one} = ?' for one in keys)}", *(more[one] for one in keys)):
            continue
        if "id" in more:
            more["id"] += "x"  # It must differ too.
        yield f"insert {table}.{key}", more
        if "commit_number" in more:
            ((last,),) = store.ask("select commit_number from head")
            for commit in (last + 1, -1):
                yield f"insert of commit {commit} by {key} {table}.commit_number", more | {"commit_number": commit}


def inserted(table, row):
    return (f"insert into {table} ({', '.join(row)}) values ({', '.join('?' * len(row))})", tuple(row.values()))


def damages_of_a_column(store, table, column, kind, number):
    """`number` tells cells apart of which a short run makes one kind each."""
    row, order = store.row(table), store.order(table)
    change = f"update {table} set {column} = ? where {row} = ?"
    # A value that says something rather than none.
    nothing = f"{column} in ('', 0)" if not store.NOTHING else f"{column} = {store.NOTHING.get(kind, '0')}"
    found = store.ask(f"select {row}, {column} from {table} where {column} is not null order by {nothing}, {order} limit 1")
    empty = store.ask(f"select {row} from {table} where {column} is null order by {order} limit 1")
    if empty:
        yield f"fill {table}.{column}", [(change, (store.SPARE.get(kind, 1), empty[0][0]))]
    if not found:
        return
    at, value = found[0]
    yield f"flip {table}.{column}", [(change, (another(value, column), at))]
    for how, values in (("retype", store.of_another_type(table, column, value)), ("extend", store.with_more_behind(value))):
        for one in some_of(values, number):
            yield f"{how} {table}.{column}", [(change, (one, at))]
    if isinstance(value, int) and column == "number":
        yield f"put far {table}.{column}", [(change, (store.FAR.get(kind, 1 << 62), at))]
    if LONG:
        yield from swaps(store, table, column, kind, at, value)


def swaps(store, table, column, kind, at, value):
    row = store.row(table)
    other = store.ask(f"select {row}, {column} from {table} where {column} <> ? limit 1", value)
    if not other or isinstance(value, bool):
        return
    # One value at a time, where they must differ; a row that was changed is found by its value.
    spare = store.SPARE.get(kind, store.FAR.get(kind, 1 << 40))
    into = f"update {table} set {column} = ? where {row} = (select min({row}) from {table} where {column} = ?)"
    change = f"update {table} set {column} = ? where {row} = ?"
    yield f"swap {table}.{column}", [(change, (spare, at)), (change, (value, other[0][0])), (into, (other[0][1], spare))]


def damages_of_the_store(store, older, no_rows):
    """(name, table, what to do to a store) of each damage that changes something. `older`: the same store as it was before. `no_rows`: tables
    of which this count has none, so that nothing of them is damaged."""
    for table, columns in store.tables().items():
        for number, (column, kind) in enumerate(columns.items()):
            for name, statements in damages_of_a_column(store, table, column, kind, number + len(table)):
                yield name, table, statements
        for name, more in rows_more(store, table, columns):
            yield name, table, [inserted(table, more)]
        row, order = store.row(table), store.order(table)
        rows = store.ask(f"select * from {table} order by {order}")
        assert (not rows) == (table in no_rows), table
        delete = f"delete from {table} where {row} = (select {row} from {table} order by {{}} limit 1)"
        if rows:
            yield f"delete a row of {table}", table, [(delete.format(store.order(table, "desc")), ())]
        if len(rows) > 1:
            yield f"delete the first row of {table}", table, [(delete.format(order), ())]
            yield f"truncate {table}", table, [(f"delete from {table}", ())]
        before = older.ask(f"select * from {table} order by {order}")
        if set(map(repr, rows)) - set(map(repr, before)):
            back = [inserted(table, dict(zip(columns, one, strict=True))) for one in before]
            yield f"older {table}", table, [(f"delete from {table}", ()), *back]


def change(store, table, statements):
    """Makes a change, where another row has that number already with one that none has. Whether the table is another now."""

    def rows():
        return sorted(map(repr, store.ask(f"select * from {table}")))

    before = rows()
    for statement, values in statements:
        try:
            store.ask(statement, *values)
        except store.REFUSED:
            if not (statement.startswith("update") and isinstance(values[0], int) and len(statements) == 1):
                return False
            store.ask(statement, values[0] + 1000, *values[1:])
    return rows() != before


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


def judged(cell, asked, reads, read):
    """Of a cell: whether somebody found it; and what is wrong with his words, or where people read something else nevertheless.

    `asked(*command)` runs one on the damaged store. `reads()` gives (name, what it says) of all that people read of it, `read` what that was
    of the good one."""
    told = []
    for command in (*JUDGES, ("audit", "verify")):
        told.append(asked(*command))
        if names(words_of_cell(cell), told[-1]):
            return True, None
    if any(done.returncode in SAID_NO for done in told):
        return True, " | ".join(f"{done.returncode} {done.stdout[-300:]}{done.stderr[-300:]}" for done in told)
    return False, next((what for what, text in reads() if text != read[what]), None)


def wrong_of(cells, not_held, not_held_yet, whole=True):
    """What is wrong with the cells (name, what judged() said of it): those that nobody named, or that nobody found and no table excuses; and
    of the `whole` of them the lines of the tables that excuse nothing."""
    wrong, used = [], set()
    for cell, (found, what) in cells:
        key = of_cell(cell, not_held_yet if what else not_held)
        if found and what:
            wrong.append(f"{cell}: not named: {what}")
        elif not found and key:
            used.add(key)
        elif not found and (what or not of_cell(cell, not_held_yet)):
            wrong.append(f"{cell}: nobody found it" + (f", and another is {what}" if what else ""))
    idle = (not_held.keys() | not_held_yet.keys()) - used if whole else ()
    return wrong + [f"{line}: held, or read by nobody, and in the table of what is not" for line in sorted(idle)]
