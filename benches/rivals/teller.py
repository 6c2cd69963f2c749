"""Teller, the embedded form: the program of this tree."""

import contextlib
import functools
import http.client
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import time

import costs
import live
import load_generator
import servers
import shapes
import stations
from ballots import COUNTERS, TELLER, TREE, teller
from measure import Answer, Clock, highest, run_and_weigh


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


class Engine:
    """A `teller serve` that answers."""

    def __init__(self, home, process):
        self.process = process
        self.host, _, port = process.stdout.readline().strip().removeprefix("http://").partition(":")
        self.port = int(port)
        self.headers = {"Authorization": f"Bearer {(home / 'token').read_text().strip()}"}

    def connect(self):
        return http.client.HTTPConnection(self.host, self.port, timeout=60)

    def requests(self, kind, bodies):
        """As bytes."""
        head = f"POST /v1/entries HTTP/1.1\r\nHost: {self.host}\r\nAuthorization: {self.headers['Authorization']}\r\n"
        head += f"Content-Type: {kind}\r\nContent-Length: "
        return [f"{head}{len(body)}\r\n\r\n".encode() + body for body in bodies]

    def counter(self):
        """Asks over one connection how many ballots are in the totals."""
        connection = self.connect()

        def cards():
            connection.request("GET", "/v1/totals", headers=self.headers)
            return json.loads(connection.getresponse().read())["contests"][0]["counters"].get("cards", {}).get("value") or 0

        return cards


@contextlib.contextmanager
def serving(home):
    """At the end it counts what it has acknowledged."""
    command = [TELLER, "serve", "--home", home, "--listen", "127.0.0.1:0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield Engine(home, process)
        finally:
            process.send_signal(signal.SIGTERM)


def embedded_http_one(ballots, folder, clock):
    """Checks and decodes every entry (JSON); answers when the journal is on the disk (fsync, one for all that wait); the
    totals follow with the next step, and log and statements with them."""
    home = shutil.copytree(ballots.home, folder / "home")
    with serving(home) as engine:
        requests = engine.requests("application/json", ballots.ndjson.read_bytes().splitlines())
        with clock:
            more = load_generator.drive((engine.host, engine.port), requests, recorded)
    answer = counted_in(home, ballots)
    answer.more = more
    return answer


def recorded(answer):
    """Whether the answer is complete; it must say that all of its ballots are recorded."""
    head, end, body = answer.partition(b"\r\n\r\n")
    if not end or len(body) < int(re.search(rb"\r\nContent-Length: (\d+)", head)[1]):
        return False
    if not body.startswith(b'{"recorded":') or b'"refused_total":0' not in body:
        raise RuntimeError(answer.decode())
    return True


def embedded_http_many(ballots, folder, clock):
    """Packed batches of 1,000. Duties as in embedded-drain; each answer comes when the journal is on the disk."""
    return post_many(ballots, folder, clock, stations.PACKED, [body for _, body in costs.bodies(ballots.packed)])


def post_many(ballots, folder, clock, kind, bodies):
    home = shutil.copytree(ballots.home, folder / "home")
    with serving(home) as engine:
        requests, cards = engine.requests(kind, bodies), engine.counter()
        with clock:
            more = load_generator.drive((engine.host, engine.port), requests, recorded, at_once=stations.CONNECTIONS)
            while cards() < ballots.truth()["size"]:
                time.sleep(0.005)
    answer = counted_in(home, ballots)
    answer.more = more
    return answer


def embedded_visible(ballots, folder, clock):
    """Duties as in embedded-http-one; lines of JSON."""
    home = shutil.copytree(ballots.home, folder / "home")
    with serving(home) as engine:
        work = stations.bodies_of_lines(ballots.ndjson, 100)
        sending = stations.Stations(engine.connect, work, stations.at_pace(20_000), stations.LINES, engine.headers, follow=True)
        with clock, stations.Watch(engine.counter(), ballots.truth()["size"], pause=0.005) as watch:
            sending.send_all()
    answer = counted_in(home, ballots)
    answer.more = load_generator.waits(sending.times, "answer ")
    answer.more |= load_generator.waits(stations.waits(sending.answers, watch.seen), "visible ")
    return answer


def embedded_sheets(sheets, folder, clock):
    """Reads the file by a mapping, compares each sheet with what stands, and keeps what it became; journal, log and totals, each with
    fsync; signed statements. Clock: `teller import --home`, from its start to its end."""
    home, again = shutil.copytree(sheets.home, folder / "home"), Clock()
    first, second = (["import", path, "--mapping", sheets.mapping, "--home", home, "--at", at] for at, path in sheets.files.items())
    with clock:
        memory = run_and_weigh([TELLER, *first])
    with again:
        memory_again = run_and_weigh([TELLER, *second])
    answer = counted_in(home, sheets)
    delivered = json.loads(teller("deliveries", "--home", home, "--json"))["deliveries"]
    answer.copies = delivered[1]["became"]["unchanged"]
    answer.more = {"again s": again.seconds, "MiB": memory / 2**20, "again MiB": memory_again / 2**20}
    return answer


def embedded_nation(ballots, folder, clock):
    """Duties as in embedded-drain, recount and restart."""
    home, checking, starting = shutil.copytree(ballots.home, folder / "home"), Clock(), Clock()
    with clock:
        loading = run_and_weigh([TELLER, "load", ballots.packed, "--home", home])
    with checking:
        teller("verify", "--home", home)
    with contextlib.ExitStack() as running:
        with starting:
            engine = running.enter_context(serving(home))
            engine.counter()()
        serves = highest(engine.process.pid)
    answer = counted_in(home, ballots)
    size = ballots.truth()["size"]
    answer.more = {"verify s": checking.seconds, "restart s": starting.seconds, "load B": loading / size, "serve B": serves / size}
    return answer


def building(ballots, folder, clock):
    """`git clone` of what is committed, `make program` without what the compiler's cache has kept, and the count with that program. Packages
    are there already."""
    home, clone = shutil.copytree(ballots.home, folder / "home"), folder / "clone"
    with clock:
        subprocess.run(["git", "clone", "--quiet", TREE, clone], check=True)
        subprocess.run(["make", "program"], cwd=clone, check=True, stdout=subprocess.DEVNULL, env=os.environ | {"CCACHE_DISABLE": "1"})
        for arguments in (["load", ballots.packed], ["totals"]):
            subprocess.run([clone / "build/release/teller", *arguments, "--home", home], check=True, stdout=subprocess.DEVNULL)
    return counted_in(home, ballots)


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


def service_live(ballots, folder, clock):
    """Everything that a count on servers is made of, as in service-costs. Packed batches of 1,000."""
    with live.counting(ballots, folder) as counting:
        work = list(costs.bodies(ballots.packed))
        first = counting.warm_up(work.pop(0))
        sending = counting.senders(work)
        clock.servers = [pid for names in servers.PROCESSES for pid in servers.pids(names)]
        with clock:
            seconds = sending.send_all()
            counting.wait(lambda: counting.shown(ballots.sent()))
        clock.ballots = ballots.sent() - first
        answer = servers.answer(ballots, counting.store)
    answer.more = {"answered/s": clock.ballots / seconds} | load_generator.waits(sending.times, "answer ")
    return answer


def service_gateway(ballots, folder, clock):
    """Checks and decodes every entry; answers when it is on the brokers (acks=all, two of three at least). Packed batches of 1,000. It
    is counted afterwards, to be compared."""
    with live.counting(ballots, folder, own=["gateway"]) as counting:
        work = list(costs.bodies(ballots.packed))
        first = work.pop(0)
        counting.senders([first]).send_all()
        sending = counting.senders(work)
        clock.servers = servers.pids("kafka")
        with clock:
            sending.send_all()
        clock.ballots = ballots.sent() - first[0]
        counting.count.start("count")
        counting.wait(lambda: counting.shown(ballots.sent()))
        answer = servers.answer(ballots, counting.store)
    answer.more = load_generator.waits(sending.times)
    return answer


def service_shapes(ballots, folder, clock):
    """As in service-gateway, and then as in service-drain."""
    return shapes.measured(ballots, folder, clock)


def service_visible(ballots, folder, clock):
    """Everything that a count on servers is made of, as in service-costs. Lines of JSON."""
    with live.counting(ballots, folder) as counting, counting.connect() as store:
        work = list(stations.bodies_of_lines(ballots.ndjson, 100))
        before = [(time.monotonic(), work[0][1])]
        first, size = counting.warm_up(work.pop(0), stations.LINES), ballots.truth()["size"]
        warm = len(work) * 2 // 3
        at_work, sending = (counting.senders(bodies, stations.at_pace(20_000), stations.LINES, follow=True) for bodies in (work[:warm], work[warm:]))
        at_work.send_all()
        before += at_work.answers
        clock.servers = [pid for names in servers.PROCESSES for pid in servers.pids(names)]
        stored = stations.Watch(lambda: store.execute(servers.COUNTED).fetchone()[0], size, pause=0.01)
        searched = stations.Watch(lambda: counting.head().get("counted", 0), size, pause=0.05)
        with clock, stored, searched:
            sending.send_all()
        clock.ballots = ballots.sent() - first - at_work.recorded
        counting.wait(lambda: counting.shown(ballots.sent()))
        answer = servers.answer(ballots, counting.store)
    for name, watch in (("PostgreSQL ", stored), ("Elasticsearch ", searched)):
        answer.more |= load_generator.waits(stations.waits(before + sending.answers, watch.seen)[len(before) :], name)
    return answer


def service_executor_lost(ballots, folder, clock):
    """The library in Spark reads the segments of the partitions that were lost again, and then what has come."""
    with live.counting(ballots, folder, own=["gateway", "count"]) as counting:
        work = list(costs.bodies(ballots.packed))
        last = -max(1, len(work) // 1000)
        before, after = work[1:last], work[last:]
        counted = counting.warm_up(work[0]) + sum(entries for entries, _ in before)
        counting.senders(before).send_all()
        counting.wait(lambda: counting.shown(counted))
        clock.servers = [pid for names in ("kafka", "postgres", "spark") for pid in servers.pids(names)]
        executors = counting.executors()
        with clock:
            live.lose(executors[0])
            counting.senders(after).send_all()
            counting.wait(lambda: counting.shown(ballots.sent()))
        clock.ballots = ballots.sent() - counted
        answer = servers.answer(ballots, counting.store)
    answer.more = {"executors": len(executors), "counted before": counted}
    return answer


def service_burst(ballots, folder, clock):
    """Everything that a count on servers is made of, as in service-costs. Packed batches of 1,000."""
    with live.counting(ballots, folder) as counting, counting.connect() as store:
        work = costs.bodies(ballots.packed)
        first = counting.warm_up(next(work))
        burst, sent = live.Burst(ballots.sent() - first), ballots.sent()
        sending = counting.senders(work, burst.due)

        def counted():
            now = sum(store.execute(servers.COUNTED).fetchone())
            burst.lags.append((time.monotonic(), first + sending.recorded - now))
            return now

        clock.servers = [pid for names in servers.PROCESSES for pid in servers.pids(names)]
        with clock, stations.Watch(counted, sent, pause=0.25):
            sending.send_all()
        clock.ballots = sent - first
        counting.wait(lambda: counting.shown(sent))
        answer = servers.answer(ballots, counting.store)
    answer.more = burst.said(sending.begin)
    return answer


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
    with contextlib.ExitStack() as running:
        with clock:
            running.enter_context(serving(home)).counter()()
    return counted_in(home, ballots)
