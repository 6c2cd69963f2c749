"""Clients that keep a list of their own: what they sent, and what was acknowledged. They trust no answer but 200.

A Sender has one connection and sends its entries in order, a batch at a time. What is not answered, or answered with
503, 504 or 500, is unknown: the same bytes go again, until they are acknowledged. So in the journal the first copy of an
id stands before every other copy, whatever was killed in between.
"""

import collections
import hashlib
import http.client
import json
import ssl
import struct
import threading
import time

from confluent_kafka import Producer

from crc32c import crc32c

ENTRIES_A_BATCH = 100


def leaf_hash(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def entries_of(path):
    """The entries of a file of packed batches (schema/entry.md)."""
    raw, at = path.read_bytes(), 0
    while at < len(raw):
        assert raw[at : at + 5] == b"TBAT\1"
        (count,) = struct.unpack_from("<I", raw, at + 21)
        at += 25
        for _ in range(count):
            (length,) = struct.unpack_from("<H", raw, at)
            yield raw[at + 2 : at + 2 + length]
            at += 2 + length
        at += 4


def packed(count_id, entries):
    raw = b"TBAT\1" + count_id + struct.pack("<I", len(entries)) + b"".join(struct.pack("<H", len(one)) + one for one in entries)
    return raw + struct.pack("<I", crc32c(raw))


class Sender(threading.Thread):
    """Sends `entries` at `rate` a second until it is told to stop or has none left."""

    def __init__(self, count_id, entries, ports, secrets, rate, sent_file):
        super().__init__(daemon=True)
        self.count_id, self.rate = count_id, rate
        self.ports = ports  # Of the gateways, the preferred one first. The test changes it while we run.
        self.left = iter(entries)
        self._context = ssl.create_default_context(cafile=str(secrets / "ca.crt"))
        self._context.minimum_version = ssl.TLSVersion.TLSv1_3
        self._context.load_cert_chain(secrets / "station.crt", secrets / "station.key")
        self._connection = None
        self._over = threading.Event()
        self._sent_file = open(sent_file, "wb")  # Every batch once, in order: what the other form will be given.
        self.sent_file = sent_file
        self.first = {}  # id -> leaf hash of the first acknowledged copy
        self.other = collections.Counter()  # "duplicate" and "conflict": further copies the generator made
        self.acknowledged = 0
        self.answers = collections.Counter()  # What came back: 200, 503, 504, …, "none"
        self.since = 0.0  # When the request of the last acknowledged batch was first begun.
        self.ran_out = False
        self.failure = None
        self.replaced = False  # By another one that sends what is left.

    def run(self):
        try:
            began, sent = time.monotonic(), 0
            while not self._over.is_set():
                batch = [entry for _, entry in zip(range(ENTRIES_A_BATCH), self.left, strict=False)]
                if not batch:
                    self.ran_out = True
                    break
                self._until_acknowledged(batch)
                sent += len(batch)
                # Paced; what a dead server held up is not caught up on at once.
                ahead = sent / self.rate - (time.monotonic() - began)
                if ahead > 0:
                    self._over.wait(ahead)
                elif ahead < -2:
                    began -= ahead + 2
        except Exception as error:  # Told by whoever joins.
            self.failure = error
        finally:
            self._sent_file.close()

    def give_up(self):
        self._over.set()

    def stop(self):
        self._over.set()
        self.join(timeout=300)
        assert not self.is_alive(), "a sender cannot get rid of its last batch"
        assert self.failure is None, self.failure
        assert not self.ran_out, "there was no load any more at the end: TELLER_KILLS_BALLOTS"

    def _until_acknowledged(self, batch):
        body = packed(self.count_id, batch)
        begun = time.monotonic()
        attempt = 0
        while not self._acknowledged(body, attempt, len(batch)):
            attempt += 1
            time.sleep(0.1)  # A client's back-off.
        self._sent_file.write(body)
        for entry in batch:
            leaf = leaf_hash(entry)
            known = self.first.setdefault(entry[10:26], leaf)
            if known is not leaf:
                self.other["duplicate" if known == leaf else "conflict"] += 1
        self.acknowledged += len(batch)
        self.since = begun

    def _acknowledged(self, body, attempt, entries):
        ports = list(self.ports)
        try:
            if self._connection is None:
                self._connection = http.client.HTTPSConnection("localhost", ports[attempt % len(ports)], timeout=60, context=self._context)
            self._connection.request("POST", "/v1/entries", body, {"Content-Type": "application/vnd.teller.batch"})
            answer = self._connection.getresponse()
            told = answer.read()
        except (OSError, http.client.HTTPException):
            self.answers["none"] += 1
            self._hang_up()
            return False
        self.answers[answer.status] += 1
        if answer.status != 200:
            if answer.status not in (500, 503, 504):
                raise AssertionError(f"{answer.status}: {told[:500]}")
            self._hang_up()
            return False
        told = json.loads(told)
        if told["recorded"] != entries:
            raise AssertionError(f"of {entries} entries: {told}")
        if self._connection.port != ports[0]:
            self._hang_up()  # Back to the preferred gateway.
        return True

    def _hang_up(self):
        if self._connection:
            self._connection.close()
        self._connection = None


class InboxSender(threading.Thread):
    """Writes `lines` of JSON to the inbox at `rate` a second, in turn to each partition, until it is told to stop.

    An outside producer with any client: acknowledged is what the brokers have acknowledged, everything else it sends again.
    """

    def __init__(self, client, topic, partitions, lines, rate, sent_file):
        super().__init__(daemon=True)
        self.topic, self.partitions, self.rate = topic, partitions, rate
        self.left = iter(lines)
        self.sent_file = sent_file
        self.acknowledged = set()  # Ids.
        self.failure = None
        self._over = threading.Event()
        self._failed = []
        self._producer = Producer(client | {"linger.ms": 5})

    def run(self):
        try:
            with open(self.sent_file, "wb") as sent:
                began = time.monotonic()
                for number, line in enumerate(self.left):
                    if self._over.is_set():
                        break
                    self._produce(line.rstrip(b"\n"), number, sent)
                    self._over.wait(max(0, number / self.rate - (time.monotonic() - began)))
                while self._producer.flush(1) or self._failed:
                    for number, line in enumerate([self._failed.pop() for _ in range(len(self._failed))]):
                        self._produce(line, number, sent)
        except Exception as error:  # Told by whoever stops.
            self.failure = error

    def _produce(self, line, number, sent):
        def told(error, _):
            if error:
                self._failed.append(line)
                return
            self.acknowledged.add(bytes.fromhex(json.loads(line)["id"].replace("-", "")))
            sent.write(line + b"\n")

        while True:
            try:
                self._producer.produce(self.topic, line, partition=number % self.partitions, on_delivery=told)
                break
            except BufferError:
                self._producer.poll(0.5)
        self._producer.poll(0)

    def give_up(self):
        self._over.set()

    def stop(self):
        self._over.set()
        self.join(timeout=400)
        assert not self.is_alive(), "the producer cannot get rid of its last messages"
        assert self.failure is None, self.failure
