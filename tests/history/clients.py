"""Clients of a `teller serve` that write down each call, its answer and both times, for the judge (judge/history.go has the words).

Each group of a few ids has two options of its own, so that ids of different groups never meet in a total, and copies and other
contents of one id are cast by several clients at once.
"""

import collections
import http.client
import json
import random
import threading
import time
import urllib.parse
import uuid

import little_rill

IDS_A_GROUP, OPEN_GROUPS, CASTS_A_GROUP = 4, 6, 14
PATIENCE = 1  # Seconds that a client waits for an answer.
PACE = 0.004


class History:
    """A file of JSON lines, one a call that is over. Safe from any thread."""

    def __init__(self, path):
        self.path, self.file, self.changed = path, open(path, "w"), threading.Condition()
        self.seen = collections.Counter()

    def add(self, op, call, back, **more):
        with self.changed:
            self.file.write(json.dumps({"op": op, "call": call, "return": back} | more) + "\n")
            self.seen[op if op != "cast" else "recorded" if more["recorded"] else "unknown"] += 1
            self.changed.notify_all()

    def wait_for(self, what, more, timeout=300):
        with self.changed:
            wanted = self.seen[what] + more
            assert self.changed.wait_for(lambda: self.seen[what] >= wanted, timeout), f"no more {what}: {self.seen}"

    def close(self):
        self.file.close()


def rules(groups):
    return little_rill.rules_of(options=[{"id": f"{group}{side}"} for group in range(groups) for side in "ab"])


class Ballots:
    """Which ids there are, and which of them are cast now."""

    def __init__(self, groups, seed):
        self.rng, self.lock, self.closed = random.Random(seed), threading.Lock(), iter(range(groups))
        self.open = [self.group(next(self.closed)) for _ in range(OPEN_GROUPS)]

    def group(self, number):
        ids = [str(uuid.UUID(bytes=self.rng.randbytes(16), version=4)) for _ in range(IDS_A_GROUP)]
        return {"number": number, "ids": ids, "left": CASTS_A_GROUP}

    def draw(self):
        """The entries of one body: (id, option)."""
        with self.lock:
            drawn = []
            for _ in range(self.rng.choice([1, 1, 2, 3])):
                place = self.rng.randrange(OPEN_GROUPS)
                group = self.open[place]
                drawn.append((self.rng.choice(group["ids"]), f"{group['number']}{'b' if self.rng.random() < 0.3 else 'a'}"))
                group["left"] -= 1
                if group["left"] <= 0 and (number := next(self.closed, None)) is not None:
                    self.open[place] = self.group(number)
            return drawn


class Clients:
    """Casting and reading at once, for as long as the block lasts."""

    def __init__(self, engine, network, count, history, groups, seed, casting=3, reading=2):
        self.engine, self.network, self.count, self.history = engine, network, count, history
        self.ballots = Ballots(groups, seed)
        self.over, self.faults = threading.Event(), []
        self.may_cast, self.casting_now, self.turn = True, 0, threading.Condition()
        self.threads = [threading.Thread(target=self.guarded, args=(self.cast, random.Random(seed * 100 + n))) for n in range(casting)]
        self.threads += [threading.Thread(target=self.guarded, args=(self.read, path)) for path in ("/v1/totals", "/v1/head")[:reading]]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.cast_again()
        for thread in self.threads:
            thread.join(120)
        assert not any(thread.is_alive() for thread in self.threads), "a client hangs"
        assert not self.faults, self.faults

    def guarded(self, what, *arguments):
        try:
            what(*arguments)
        except BaseException as fault:  # noqa: B902 - the test shows it
            self.faults.append(fault)

    def nobody_casts(self):
        """Returns when no cast is on its way from here."""
        with self.turn:
            self.may_cast = False
            assert self.turn.wait_for(lambda: self.casting_now == 0, 120)

    def cast_again(self):
        with self.turn:
            self.may_cast = True
            self.turn.notify_all()

    def ask(self, connection, *request):
        """(connection to go on with, status or None, answer)"""
        try:
            if connection is None:
                connection = http.client.HTTPConnection("127.0.0.1", self.network.port, timeout=PATIENCE)
            connection.request(*request)
            answer = connection.getresponse()
            return connection, answer.status, json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError):
            if connection is not None:
                connection.close()
            return None, None, None

    def headers(self):
        """Of the server that is meant, whatever lies between."""
        return self.engine.headers() | {"Host": urllib.parse.urlsplit(self.engine.url).netloc}

    def cast(self, rng):
        connection, again = None, None
        while not self.over.is_set():
            if not self.engine.up.wait(0.2):
                continue
            with self.turn:
                self.turn.wait_for(lambda: self.may_cast or self.over.is_set())
                self.casting_now += 1
            try:
                entries = again or self.ballots.draw()
                body = "\n".join(json.dumps(little_rill.ballot(self.count, id_, [option])) for id_, option in entries)
                headers = {"Content-Type": "application/x-ndjson"} | self.headers()
                call = time.monotonic_ns()
                connection, status, told = self.ask(connection, "POST", "/v1/entries", body, headers)
                back = time.monotonic_ns()
                assert status in (None, 200, 500, 503, 504), (status, told)
                assert status != 200 or told["recorded"] == len(entries), told
                written = [{"id": id_, "option": option} for id_, option in entries]
                self.history.add("cast", call, back, recorded=status == 200, entries=written)
                # Who got no answer usually sends again; some never do, and nobody knows of those ballots.
                again = entries if status != 200 and rng.random() < 0.7 else None
            finally:
                with self.turn:
                    self.casting_now -= 1
                    self.turn.notify_all()
            self.over.wait(PACE)

    def read(self, path):
        connection = None
        while not self.over.is_set():
            if self.engine.up.wait(0.2):
                connection = self.look(path, connection)
            self.over.wait(5 * PACE)

    def look(self, path, connection=None, settled=False):
        """One read over HTTP, written down if it was answered."""
        call = time.monotonic_ns()
        connection, status, told = self.ask(connection, "GET", path, None, self.headers())
        back = time.monotonic_ns()
        assert status in (None, 200, 503), (status, told)
        assert status == 200 or not settled, (status, told)
        if status == 200:
            self.history.add("read", call, back, commit=told["commit"], settled=settled, **figures(told))
        return connection


def figures(told):
    """The part of an answer that the judge looks at."""
    found = {}
    if "contests" in told:
        options = told["contests"][0]["by_option"]
        assert all(option["how"] == "number" or not option["votes"] for option in options)
        found["votes"] = {option["option"]: option["votes"] for option in options if option["votes"]}
    if "recorded" in told:
        found["head"] = {word: told[word] for word in ("recorded", "counted", "duplicate", "conflict", "rejected")}
    return found
