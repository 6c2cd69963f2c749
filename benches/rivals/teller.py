"""Teller, the embedded form: the program of this tree."""

import contextlib
import functools
import re
import shutil
import signal
import sqlite3
import subprocess
import urllib.request

import costs
import load_generator
import servers
from ballots import COUNTERS, TELLER, TREE, teller
from measure import Answer


def missing():
    return None if TELLER.exists() else "the program is not built: make program"


def version():
    """With the last commit that changed the program, and a + if its sources are changed since."""
    program = ("--", "src", "cmake", "CMakeLists.txt")
    commit = git("log", "-1", "--format=%h", *program).strip() or "no commit"
    return f"{teller('--version').split()[1]} ({commit}{'+' if git('status', '--porcelain', *program) else ''})"


def git(*arguments):
    return subprocess.run(["git", *arguments], cwd=TREE, capture_output=True, text=True).stdout


def counted_in(home, ballots):
    units, methods, options = ({id: number for number, id in enumerate(names)} for names in ballots.names())
    slots = options | COUNTERS
    with contextlib.closing(sqlite3.connect(f"file:{home}/store.sqlite?mode=ro", uri=True)) as store:
        rows = store.execute("select unit_id, method_id, option_id, value from pub_totals where value <> 0").fetchall()
        ((copies,),) = store.execute("select sum(duplicate) from pub_outcomes")
    totals = {(units[unit], methods[method], slots[slot]): votes for unit, method, slot, votes in rows if slot in slots}
    return Answer(totals, copies)


def embedded_drain(ballots, folder, clock):
    """Checks and decodes every entry; exact copies and conflicts; a journal, a log of every ballot (RFC 6962) and totals, each with
    fsync; signed statements. Clock: `teller load --home`, from its start to its end."""
    home = shutil.copytree(ballots.home, folder / "home")
    with clock:
        teller("load", ballots.packed, "--home", home)
    return counted_in(home, ballots)


def embedded_http_one(ballots, folder, clock):
    """Checks and decodes every entry (JSON); answers when the journal is on the disk (fsync, one for all that wait); the
    totals follow with the next step, and log and statements with them."""
    home = shutil.copytree(ballots.home, folder / "home")
    command = [TELLER, "serve", "--home", home, "--listen", "127.0.0.1:0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as engine:
        try:
            host, port = engine.stdout.readline().strip().removeprefix("http://").split(":")
            head = f"POST /v1/entries HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {(home / 'token').read_text().strip()}\r\n"
            head += "Content-Type: application/json\r\nContent-Length: "
            requests = [f"{head}{len(line)}\r\n\r\n".encode() + line for line in ballots.ndjson.read_bytes().splitlines()]
            with clock:
                more = load_generator.drive((host, int(port)), requests, recorded)
        finally:
            engine.send_signal(signal.SIGTERM)  # It counts what it has acknowledged, and ends.
    answer = counted_in(home, ballots)
    answer.more = more
    return answer


def recorded(answer):
    """Whether the answer is complete; it must say that the ballot is recorded."""
    head, end, body = answer.partition(b"\r\n\r\n")
    if not end or len(body) < int(re.search(rb"\r\nContent-Length: (\d+)", head)[1]):
        return False
    if not body.startswith(b'{"recorded":1,'):
        raise RuntimeError(answer.decode())
    return True


def service_drain(ballots, folder, clock):
    """Checks and decodes every entry; exact copies and conflicts; a log of every ballot (RFC 6962), with fsync, on the disk of the
    executors; totals, roots and positions in one transaction a group. The library in Spark, two executors of 1 GB."""
    topic = servers.filled(ballots)
    with servers.database() as (database, connect), connect() as store:
        count = servers.Count(ballots, folder, topic["topics"], database)
        settled = lambda: sum(store.execute(servers.COUNTED).fetchone()) == ballots.sent()  # noqa: E731
        begin = functools.partial(count.start, "count", TELLER_SPARK_RECORDS_MAX=str(topic["group"]))
        more = servers.drain(ballots, clock, begin, lambda: store.execute(servers.COUNTED).fetchone()[0], settled)
        answer = servers.answer(ballots, store)
    answer.more = more
    return answer


def service_costs(ballots, folder, clock):
    """Everything that a count on servers is made of: a gateway, the brokers, the library in Spark, PostgreSQL with its totals, the signed
    statements, Elasticsearch and the public log. Duties as in service-drain, and each is published."""
    return costs.measured(ballots, folder, clock)


def recount(ballots, folder, clock):
    """`teller verify` of the exported log: reads and checks every entry again, its leaf hash and the tree, looks for ids that stand
    twice, counts, and compares with the signed statements."""
    home, export = folder / "home", folder / "export"
    if not export.exists():
        shutil.copytree(ballots.home, home)
        teller("load", ballots.packed, "--home", home)
        teller("log", "export", export, "--home", home)
    key = teller("keys", "--home", home).strip()
    with clock:
        teller("verify", "--export", export, "--key", key)
    return counted_in(home, ballots)  # verify has found that these are what it counted, or it would have failed.


def restart(ballots, folder, clock):
    """`teller serve` of a home that was counted: reads and checks every segment again, its leaf hashes and the tree, and holds every
    id, so that copies of all that was counted are known before the first new ballot comes. Clock: to the first answer of /v1/totals."""
    home = folder / "home"
    if not home.exists():
        shutil.copytree(ballots.home, home)
        teller("load", ballots.packed, "--home", home)
    command = [TELLER, "serve", "--home", home, "--listen", "127.0.0.1:0"]
    with contextlib.ExitStack() as running:
        with clock:
            engine = running.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True))
            running.callback(engine.send_signal, signal.SIGTERM)
            address = engine.stdout.readline().strip()
            token = (home / "token").read_text().strip()
            request = urllib.request.Request(f"{address}/v1/totals", headers={"Authorization": f"Bearer {token}"})
            with urllib.request.urlopen(request) as totals:
                totals.read()
    return counted_in(home, ballots)
