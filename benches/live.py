"""A count on the servers of stack/ that ballots are sent to while it counts, with everything on."""

import contextlib
import functools
import http.client
import json
import os
import pathlib
import ssl
import time
from base64 import b64encode

import servers
import stations
from measure import processes

OWN = ("gateway", "count", "publish", "log")


@contextlib.contextmanager
def counting(ballots, folder, own=OWN):
    """Gives a Live, of which these processes of ours run. Database, topics and indices are its own, and gone afterwards."""
    prefix = servers.own_name() + "-"
    servers.stack("kafka.sh", "allow", prefix)
    with contextlib.ExitStack() as kept:
        database, connect = kept.enter_context(servers.database())
        kept.callback(servers.stack, "kafka.sh", "forget", prefix)
        count = servers.Count(ballots, folder, prefix, database)
        live = Live(count, database, connect, kept.enter_context(connect()))
        if "publish" in own:
            kept.callback(servers.stack, "elasticsearch.sh", "forget", "-" + live.id)
        kept.callback(count.close)  # First of all these: a publisher would make its indices again.
        count.teller("topics", "create")
        for name in own:
            count.start(name)
        if "gateway" in own:
            count.wait_for_gateway()
        yield live


class Live:
    def __init__(self, count, database, connect, store):
        self.count, self.database, self.connect, self.store = count, database, connect, store
        self.id = json.loads((count.home / "count.json").read_text())["id"][:8]

    def senders(self, work, due=stations.at_once, kind=stations.PACKED, **more):
        """Before its gateway, over TLS."""
        context = ssl.create_default_context(cafile=servers.CA)
        context.load_cert_chain(servers.SECRETS / "station.crt", servers.SECRETS / "station.key")

        def connect():
            connection = http.client.HTTPSConnection("localhost", self.count.port, context=context, timeout=60)
            connection.connect()
            return connection

        return stations.Stations(connect, work, due, kind, **more)

    def warm_up(self, first, kind=stations.PACKED):
        """A first body, until it is counted and, where there is a publisher, searched: executors, connections and indices are there then."""
        self.senders([first], kind=kind).send_all()
        self.wait(lambda: self.committed() and self.shown(first[0]))
        return first[0]

    def wait(self, holds):
        """Five minutes, and longer as long as something is counted."""
        so_far, moved = 0, time.monotonic()
        while not holds():
            for process in self.count.processes.values():
                servers.alive(process)
            if (now := self.recorded()) != so_far:
                so_far, moved = now, time.monotonic()
            if time.monotonic() > moved + 300:
                raise RuntimeError("for five minutes nothing was counted, and not everything is counted and published")
            time.sleep(0.1)

    def shown(self, recorded):
        """Whether so many are counted, copies included, and Elasticsearch shows it."""
        return self.recorded() >= recorded and ("publish" not in self.count.processes or self.head().get("commit_number", 0) >= self.committed())

    def committed(self):
        """The last commit; 0 as long as nothing is counted."""
        return self.store.execute("select commit_number from teller.head").fetchone()[0]

    def recorded(self):
        return sum(self.store.execute(servers.COUNTED).fetchone())

    def head(self):
        """What Elasticsearch says last when a commit is in it; nothing as long as there is none."""
        return search(f"teller-{self.id}-head/_doc/head").get("_source", {})

    def executors(self):
        """Processes; no other job has any when a question is asked."""
        workers = [pid for pid in servers.pids("spark") if pid]
        return [pid for pid in processes(workers) if b"CoarseGrainedExecutorBackend" in command_line(pid)]


def command_line(pid):
    with contextlib.suppress(OSError):
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


@functools.cache
def reader_of_indices():
    password = (servers.SECRETS / "elastic.board").read_text().strip()
    return {"Authorization": "Basic " + b64encode(f"board:{password}".encode()).decode()}, ssl.create_default_context(cafile=servers.CA)


def search(path):
    headers, context = reader_of_indices()
    with contextlib.closing(http.client.HTTPSConnection("localhost", servers.port("ELASTICSEARCH_PORT"), context=context, timeout=60)) as server:
        server.request("GET", f"/{path}", headers=headers)
        return json.loads(server.getresponse().read() or "{}")


class Burst:
    """When entries come: at a pace for a minute, ten times as many for five, and as before for another one. The pace is what makes so many of it."""

    CALM, HOT, TIMES = 60, 300, 10  # seconds, seconds, so many times the pace

    def __init__(self, entries):
        self.pace = entries / (2 * self.CALM + self.TIMES * self.HOT)
        self.lags = []  # (moment, entries that are acknowledged and not counted)

    def due(self, n):
        before, within = self.pace * self.CALM, self.pace * self.TIMES * self.HOT
        if n < before:
            return n / self.pace
        if n < before + within:
            return self.CALM + (n - before) / (self.pace * self.TIMES)
        return self.CALM + self.HOT + (n - before - within) / self.pace

    def said(self, begin):
        """`begin` is when the first was sent."""
        calm = max(lag for moment, lag in self.lags if moment < begin + self.CALM)
        over = max([moment for moment, lag in self.lags if lag > calm], default=0) - (begin + self.CALM + self.HOT)
        return {"calm/s": self.pace, "lag calm": calm, "lag most": max(lag for _, lag in self.lags), "drained s": max(0, over)}


def lose(pid):
    """As a machine that loses its power does."""
    os.kill(pid, 9)
