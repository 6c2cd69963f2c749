"""Stations that send at a pace, and somebody who looks meanwhile how much is counted."""

import contextlib
import http.client
import json
import re
import threading
import time

CONNECTIONS = 32  # An answer that takes long must not hold up other bodies.
PACKED, LINES = "application/vnd.teller.batch", "application/x-ndjson"
STILL = 60  # Seconds without one more ballot, after which nobody looks any longer.


def bodies_of_lines(path, size):
    """(entries, bytes) of each so many lines."""
    lines = path.read_bytes().splitlines()
    for at in range(0, len(lines), size):
        yield len(lines[at : at + size]), b"\n".join(lines[at : at + size])


class Stations:
    """Send bodies, (entries, bytes) each, at their time, over connections that stay open; a body that is late is sent at once.

    due(n) is when, in seconds after the first, the n-th entry comes. `connect()` gives a connection. Afterwards `times` says how long each answer took, and,
    where that is to be followed, `answers` has (moment, body) in the order of the answers.
    """

    def __init__(self, connect, work, due, kind, headers=(), follow=False):
        self.connect, self.work, self.due, self.follow = connect, work, due, follow
        self.headers = {"Content-Type": kind} | dict(headers)
        self.recorded, self.answers, self.times, self.failed = 0, [], [], []

    def send_all(self):
        """Seconds that it took."""
        ready = [self.connect() for _ in range(CONNECTIONS)]
        self.begin, self.sent, self.waiting, self.lock = time.monotonic(), 0, iter(self.work), threading.Lock()
        workers = [threading.Thread(target=self.run, args=[connection]) for connection in ready]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        if self.failed:
            raise RuntimeError(self.failed[0])
        return time.monotonic() - self.begin

    def run(self, connection):
        with contextlib.closing(connection):
            while not self.failed:
                with self.lock:
                    entries, body = next(self.waiting, (0, b""))
                    due = self.begin + self.due(self.sent)
                    self.sent += entries
                if not entries:
                    return
                time.sleep(max(0, due - time.monotonic()))
                self.send(connection, entries, body)

    def send(self, connection, entries, body):
        begin = time.monotonic()
        try:
            connection.request("POST", "/v1/entries", body, self.headers)
            answer = connection.getresponse()
            said = json.loads(answer.read())
        except (OSError, ValueError, http.client.HTTPException) as error:
            self.failed.append(repr(error))
            return
        if said.get("recorded") != entries:
            self.failed.append(f"{answer.status}: {said}")
        with self.lock:
            now = time.monotonic()
            self.recorded += entries
            self.answers += [(now, body)] if self.follow else []
            self.times.append(now - begin)


def at_pace(a_second):
    return lambda n: n / a_second


def at_once(n):
    return 0


class Watch:
    """`with Watch(…)`: looks again and again how many are counted, until all are; `seen` has (moment, counted) of each change."""

    def __init__(self, counted, enough, pause):
        self.counted, self.enough, self.pause = counted, enough, pause
        self.seen, self.failed, self.over = [(time.monotonic(), 0)], [], threading.Event()

    def __enter__(self):
        self.thread = threading.Thread(target=self.look)
        self.thread.start()
        return self

    def look(self):
        try:
            while self.seen[-1][1] < self.enough and not self.over.wait(self.pause):
                if (now := self.counted()) != self.seen[-1][1]:
                    self.seen.append((time.monotonic(), now))
                elif time.monotonic() > self.seen[-1][0] + STILL:
                    raise RuntimeError(f"{now:,} of {self.enough:,} are counted, and for {STILL} seconds not one more")
        except Exception as error:
            self.failed.append(error)

    def __exit__(self, failure, *_):
        if failure:
            self.over.set()
        self.thread.join()
        if self.failed and not failure:
            raise self.failed[0]


def waits(answers, seen):
    """Seconds from each answer until as many are counted as were answered by then. Copies are not: an id counts where it is answered first."""
    ids, look, found = set(), iter(seen), []
    moment, counted = next(look)
    for answered, body in answers:
        ids.update(re.findall(rb'"id":"([^"]+)"', body))
        while counted < len(ids):
            moment, counted = next(look)
        found.append(max(0, moment - answered))
    return found
