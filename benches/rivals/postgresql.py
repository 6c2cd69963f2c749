"""PostgreSQL of Debian, alone: a stage, ON CONFLICT DO NOTHING on the ballot's id, and totals that are added to."""

import contextlib
import importlib.util
import os
import pathlib
import shutil
import subprocess
import threading
import time

import load_generator
from measure import Answer

PROGRAMS = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), default=None)
GROUP = 200_000  # ballots a transaction
# What an experienced person would set for this work; nothing that a power failure would punish.
SETTINGS = {"listen_addresses": "", "shared_buffers": "1GB", "max_wal_size": "8GB", "max_connections": "200", "work_mem": "64MB"}
TABLES = """
    create table if not exists ballots_{0} (id uuid primary key, unit int, method smallint, slot smallint);
    create table if not exists totals_{0} (unit int, method smallint, slot smallint, votes bigint, primary key (unit, method, slot));
"""
ADD = """
    with new as (insert into ballots_{0} select * from stage on conflict do nothing returning unit, method, slot)
    insert into totals_{0} as t select unit, method, slot, count(*) from new group by 1, 2, 3
    on conflict (unit, method, slot) do update set votes = t.votes + excluded.votes
"""
CAST = """
    create function cast_ballot(uuid, int, int, int) returns void language plpgsql as $$
    begin
      insert into ballots_0 values ($1, $2, $3, $4) on conflict do nothing;
      if found then
        insert into totals_0 as t values ($2, $3, $4, 1) on conflict (unit, method, slot) do update set votes = t.votes + 1;
      end if;
    end $$
"""


def missing():
    return None if PROGRAMS and importlib.util.find_spec("psycopg") else "packages/install.sh bench"


def version():
    return subprocess.run([PROGRAMS / "postgres", "--version"], capture_output=True, text=True).stdout.split()[2]


@contextlib.contextmanager
def serving(folder):
    """A server of its own behind a Unix socket in `folder`; gives connect(). PostgreSQL refuses to run as root, which runs it as `postgres`."""
    import psycopg

    as_other = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups", "--"] if os.geteuid() == 0 else []
    data = folder / "data"
    if not data.exists():
        if as_other:
            shutil.chown(folder, "postgres", "postgres")
        command = [*as_other, PROGRAMS / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")
    settings = [word for name, value in (SETTINGS | {"unix_socket_directories": folder}).items() for word in ("-c", f"{name}={value}")]

    def connect():
        return psycopg.connect(host=str(folder), user="postgres", dbname="postgres", autocommit=True)

    with open(folder.parent / "postgresql.log", "ab") as log:
        # In the foreground: a child of ours, whose work is measured with ours.
        server = subprocess.Popen([*as_other, PROGRAMS / "postgres", "-D", data, *settings], stderr=log, cwd="/")
    try:
        while True:
            with contextlib.suppress(psycopg.OperationalError), connect():
                break
            if server.poll() is not None:
                raise RuntimeError(f"PostgreSQL has ended with {server.returncode}")
            time.sleep(0.05)
        yield connect
    finally:
        server.send_signal(2)  # SIGINT: fast, and in order.
        server.wait()


def groups(path):
    """A file of rows in pieces of whole lines, about GROUP rows each."""
    with open(path, "rb") as file:
        while lines := file.readlines(GROUP * 48):
            yield b"".join(lines)


def fill(connect, part, path):
    with connect() as store:
        store.execute(f"create temp table stage (like ballots_{part})")
        for rows in groups(path):
            with store.transaction():
                store.execute("truncate stage")
                with store.cursor().copy("copy stage from stdin (format csv)") as stage:
                    stage.write(rows)
                store.execute(ADD.format(part))


def fill_all(connect, tables):
    """A connection for each part of the ballots, side by side."""
    failed = []

    def work(part, path):
        try:
            fill(connect, part, path)
        except Exception as error:
            failed.append(error)

    workers = [threading.Thread(target=work, args=numbered) for numbered in enumerate(tables)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if failed:
        raise failed[0]


def make_tables(connect, parts):
    with connect() as store:
        for part in range(parts):
            store.execute(TABLES.format(part))


def counted(connect, parts, ballots, rows=None):
    """The totals, or `rows` instead, and how many copies were not kept."""
    with connect() as store:
        tables = " union all ".join(f"table totals_{part}" for part in range(parts))
        rows = rows or store.execute(f"select unit, method, slot, sum(votes) from ({tables}) as t group by 1, 2, 3").fetchall()
        kept = sum(store.execute(f"select count(*) from ballots_{part}").fetchone()[0] for part in range(parts))
    totals = {(unit, method, slot): int(votes) for unit, method, slot, votes in rows}
    return Answer(totals, ballots.sent() - kept)


def embedded_drain(ballots, folder, clock):
    """Exact copies (primary key); the ballots and the totals, with fsync. No checks of entries, no journal, no proof. COPY into a
    stage, ON CONFLICT, totals by group; two connections. Clock: from CSV that is split by id."""
    parts = len(ballots.tables)
    with serving(folder) as connect:
        make_tables(connect, parts)
        with clock:
            fill_all(connect, ballots.tables)
        return counted(connect, parts, ballots)


def message(kind, content):
    return kind + (len(content) + 4).to_bytes(4, "big") + content


def ready(answer):
    if answer.startswith(b"E"):
        raise RuntimeError(answer.decode(errors="replace"))
    return answer.endswith(b"Z\0\0\0\5I")


def embedded_http_one(ballots, folder, clock):
    """No HTTP: its own protocol over a Unix socket, a prepared statement a ballot, each a transaction. Exact copies; answers when it
    is committed (fsync, shared by those that wait). No checks of entries, no proof."""
    with serving(folder) as connect:
        make_tables(connect, 1)
        with connect() as store:
            store.execute(CAST)
        start = message(b"", b"\0\3\0\0user\0postgres\0database\0postgres\0\0")
        prepare = message(b"Q", b"prepare c as select cast_ballot($1, $2, $3, $4)\0")
        requests = [message(b"Q", f"execute c('{id}',{unit},{method},{slot})\0".encode()) for id, unit, method, slot in ballots.rows()]
        with clock:
            more = load_generator.drive(str(folder / ".s.PGSQL.5432"), requests, ready, greeting=(start, prepare))
        answer = counted(connect, 1, ballots)
    answer.more = more
    return answer


def recount(ballots, folder, clock):
    """Sums the rows again, whose ids were held apart when they were written. It reads no proof, and who can write to the database can
    change them."""
    parts = len(ballots.tables)
    filled = (folder / "data").exists()
    with serving(folder) as connect:
        if not filled:
            make_tables(connect, parts)
            fill_all(connect, ballots.tables)
            with connect() as store:
                store.execute("vacuum analyze")
        tables = " union all ".join(f"select unit, method, slot from ballots_{part}" for part in range(parts))
        with clock, connect() as store:
            rows = store.execute(f"select unit, method, slot, count(*) from ({tables}) as b group by 1, 2, 3").fetchall()
        return counted(connect, parts, ballots, rows)
