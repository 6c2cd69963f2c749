"""A client that keeps its own list of what was acknowledged, and looks for it in the log by id.

It shares no code with Teller: ballots, batches and segments are written and read from schema/entry.md alone.
"""

import collections
import hashlib
import http.client
import json
import random
import struct
import threading
import time
import urllib.parse
import uuid

from crc32c import crc32c
from little_rill import ballot as json_ballot
from little_rill import rules_of

UNITS = ["town", "north", "south", "east", "west"]
OPTIONS = ["ada", "bell", "cruz"]
RULES = rules_of(
    options=[{"id": option} for option in OPTIONS],
    units=[{"id": "town", "kind": "town"}] + [{"id": unit, "kind": "precinct", "parent": "town"} for unit in UNITS[1:]],
    seats=2,
    write_ins=True,
)

# ------------------------------------------------------------------------------------------ what is sent

Ballot = collections.namedtuple("Ballot", "id unit marks write_in")


def draw(rng):
    marks = tuple(sorted(rng.sample(range(len(OPTIONS)), rng.choice([0, 1, 1, 1, 2, 2, 3]))))
    return Ballot(uuid.UUID(bytes=rng.randbytes(16), version=4), rng.randrange(1, len(UNITS)), marks, "Zoë Ünal" if rng.random() < 0.05 else None)


def otherwise(ballot, rng):
    """The same id with other marks."""
    marks = rng.choice([other for other in [(), (0,), (1,), (0, 1), (1, 2)] if other != ballot.marks])
    return ballot._replace(marks=marks)


def canonical(ballot, count):
    write_ins = b"\0"
    if ballot.write_in is not None:
        text = ballot.write_in.encode()
        write_ins = struct.pack("<BB", 1, len(text)) + text
    return (
        struct.pack("<BB8s16sIHBBB", 1, 1, count[:8], ballot.id.bytes, ballot.unit, 0, 1, 0, 1)
        + struct.pack("<HBB", 0, 0, len(ballot.marks))
        + struct.pack(f"<{len(ballot.marks)}H", *ballot.marks)
        + write_ins
    )


def in_json(ballot, count):
    marks = [OPTIONS[mark] for mark in reversed(ballot.marks)]
    if ballot.write_in is not None:
        marks.append({"write_in": ballot.write_in})
    return json.dumps(json_ballot(count.hex(), str(ballot.id), marks, unit=UNITS[ballot.unit]))


def packed(entries, count):
    body = b"TBAT\1" + count + struct.pack("<I", len(entries))
    body += b"".join(struct.pack("<H", len(entry)) + entry for entry in entries)
    return body + struct.pack("<I", crc32c(body))


def body_of(ballots, count, form):
    """(content type, bytes)"""
    if form == "packed":
        return "application/vnd.teller.batch", packed([canonical(ballot, count) for ballot in ballots], count)
    texts = [in_json(ballot, count) for ballot in ballots]
    if form == "ndjson":
        return "application/x-ndjson", "\n".join(texts).encode()
    return "application/json", ("[" + ",".join(texts) + "]").encode()


# ---------------------------------------------------------------------------------------------- the ledger


class Ledger:
    """Safe from any thread."""

    def __init__(self, count):
        self.count = count
        self.lock = threading.Lock()
        self.acknowledged = {}  # id -> canonical bytes, of the first copy that was acknowledged.
        self.order = []  # The same ballots.
        self.conflicts = set()  # ids of which another content was sent after that.
        self.copies = 0
        self.answers = collections.Counter()  # status, or "none" -> how many
        self.progress = threading.Condition(self.lock)

    def note(self, ballots):
        with self.lock:
            for ballot in ballots:
                entry = canonical(ballot, self.count)
                first = self.acknowledged.setdefault(ballot.id.bytes, entry)
                if first is entry:
                    self.order.append(ballot)
                else:
                    self.copies += 1
            self.progress.notify_all()

    def wait_for_silence(self, more, timeout):
        """Until so many requests more got no answer."""
        with self.lock:
            wanted = self.answers["none"] + more
            assert self.progress.wait_for(lambda: self.answers["none"] >= wanted, timeout), "everything is answered"

    def wait_for(self, more, timeout):
        """Until so many ballots more are acknowledged."""
        with self.lock:
            wanted = len(self.order) + more
            assert self.progress.wait_for(lambda: len(self.order) >= wanted, timeout), "the engine takes nothing"


class Client:
    """One sender: sends a body again until it is acknowledged. It waits `patience` seconds for an answer."""

    def __init__(self, engine, ledger, patience=60):
        self.engine, self.ledger, self.connection, self.patience = engine, ledger, None, patience

    def post(self, kind, body):
        """One try: (status, headers, answer), or None: no answer."""
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(self.engine.url).netloc, timeout=self.patience)
            self.connection.request("POST", "/v1/entries", body, {"Content-Type": kind} | self.engine.headers())
            response = self.connection.getresponse()
            text = response.read()
            with self.ledger.lock:
                self.ledger.answers[response.status] += 1
            return response.status, response.headers, json.loads(text)
        except (OSError, http.client.HTTPException):
            if self.connection is not None:
                self.connection.close()
            self.connection = None
            with self.ledger.lock:
                self.ledger.answers["none"] += 1
                self.ledger.progress.notify_all()
            return None

    def send(self, ballots, form, give_up=lambda: False):
        """True when all of it is acknowledged (and noted)."""
        kind, body = body_of(ballots, self.ledger.count, form)
        while not give_up():
            if not self.engine.up.wait(1):
                continue
            answer = self.post(kind, body)
            if answer is None:
                continue
            status, headers, told = answer
            if status == 200:
                assert told["recorded"] == len(ballots) and told["refused_total"] == 0, told
                self.ledger.note(ballots)
                return True
            assert status in (500, 503, 504), (status, told)
            time.sleep(float(headers.get("Retry-After", 0.1)))
        return False


class Load:
    """Senders at work: with Load(…) as load: … At the end everything that was begun is acknowledged."""

    def __init__(self, engine, ledger, threads=3, ballots_a_body=5, seed=1, patience=60):
        self.stopping, self.abandoned = threading.Event(), threading.Event()
        self.faults = []
        self.threads = [threading.Thread(target=self.run, args=(engine, ledger, ballots_a_body, seed * 1000 + i, patience)) for i in range(threads)]

    def run(self, engine, ledger, ballots_a_body, seed, patience):
        rng = random.Random(seed)
        client = Client(engine, ledger, patience)
        try:
            while not self.stopping.is_set():
                ballots = [draw(rng) for _ in range(rng.randint(1, ballots_a_body))]
                if rng.random() < 0.1:
                    ballots.append(ballots[0])  # Twice in one body.
                with ledger.lock:
                    known = ledger.order[-rng.randint(1, 1000) :]
                    if known and rng.random() < 0.4:
                        ballots.append(rng.choice(known))
                    if known and rng.random() < 0.2:
                        wrong = otherwise(rng.choice(known), rng)
                        ledger.conflicts.add(wrong.id.bytes)
                        ballots.insert(0, wrong)
                client.send(ballots, rng.choice(["packed", "ndjson", "json"]), self.abandoned.is_set)
        except BaseException as fault:  # noqa: B902 - the test shows it
            self.faults.append(fault)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, fault, *_):
        self.stopping.set()
        if fault is not None:
            self.abandoned.set()
        for thread in self.threads:
            thread.join(120)
        assert not any(thread.is_alive() for thread in self.threads), "a sender hangs"
        assert not self.faults, self.faults


# ------------------------------------------------------------------------------------- what is in the log


def sha256(data):
    return hashlib.sha256(data).digest()


def root_of(hashes):
    """RFC 6962, of leaf hashes."""
    if not hashes:
        return sha256(b"")
    while len(hashes) > 1:
        pairs = [sha256(b"\1" + hashes[i] + hashes[i + 1]) for i in range(0, len(hashes) - 1, 2)]
        hashes = pairs + ([hashes[-1]] if len(hashes) % 2 else [])
    return hashes[0]


def read_segment(data):
    """(head as a dict, leaves)"""
    magic, version, count, partition, number, first, leaves, before, after = struct.unpack_from("<4sB16sHQQI32s32s", data)
    assert magic == b"TSEG" and version == 1
    at, entries = 107, []
    for _ in range(leaves):
        (size,) = struct.unpack_from("<H", data, at)
        entries.append(data[at + 2 : at + 2 + size])
        at += 2 + size
    assert at == len(data) and all(len(entry) >= 26 for entry in entries)
    return {"number": number, "first": first, "before": before, "after": after, "partition": partition}, entries


def last_statement(home):
    """Lines of the newest published statement, as (word, rest)."""
    # Not `statement-11.new-…`, which a kill may leave behind.
    files = sorted(
        (path for path in (home / "published").glob("statement-*") if path.name.split("-")[1].isdigit()),
        key=lambda path: int(path.name.split("-")[1]),
    )
    return [line.split(" ", 1) for line in files[-1].read_text().splitlines()]


def logs(home):
    """Every partition's log as its last statement names it: the entries, found from the root backwards."""
    for word, rest in last_statement(home):
        if word != "partition":
            continue
        fields = rest.split(" ")
        partition, step, size, root = int(fields[0]), int(fields[2]), int(fields[6]), bytes.fromhex(fields[8])
        kept = collections.defaultdict(list)
        for path in (home / f"segments/p{partition:04d}").rglob("*.segment"):
            data = path.read_bytes()
            assert path.name.split("-")[1].removesuffix(".segment") == sha256(data).hex(), f"{path} is damaged"
            head, entries = read_segment(data)
            kept[head["number"], head["after"]].append((head, entries))
        chain, at = [], root
        for number in range(step, 0, -1):
            head, entries = kept[number, at][0]
            chain.append(entries)
            at = head["before"]
        assert at == root_of([])
        entries = [entry for step_entries in reversed(chain) for entry in step_entries]
        assert len(entries) == size
        assert root_of([sha256(b"\0" + entry) for entry in entries]) == root, f"partition {partition}: another root"
        yield entries


def must_hold(home, ledger):
    """Every acknowledged ballot is in the log once, with the content that was acknowledged first; nothing else is."""
    found = {}
    for entries in logs(home):
        for entry in entries:
            assert entry[10:26] not in found, "an id stands in the log twice"
            found[entry[10:26]] = entry
    lost = [key.hex() for key in ledger.acknowledged if key not in found]
    assert not lost, f"{len(lost)} acknowledged ballots are not in the log: {lost[:5]}"
    other = [key.hex() for key, entry in ledger.acknowledged.items() if found[key] != entry]
    assert not other, f"{len(other)} ballots were counted with another content: {other[:5]}"
    assert len(found) == len(ledger.acknowledged), "the log holds ballots that nobody sent"


def make_home(teller, folder, partitions=3, interval_ms=20, maximum=3000):
    """A count of RULES; gives (home, count id)."""
    folder.mkdir(parents=True, exist_ok=True)
    rules = folder / "rules.json"
    rules.write_text(json.dumps(RULES))
    home = folder / "home"
    steps = ("--step-interval-ms", interval_ms, "--step-maximum", maximum)
    teller("init", "--home", home, "--rules", rules, "--mode", "test", "--partitions", partitions, *steps)
    return home, bytes.fromhex(json.loads((home / "count.json").read_text())["id"])


def undisturbed_digest(teller, folder, ledger):
    """What a count says that got the same ballots in one go, without a kill, a copy or a conflict."""
    home, count = make_home(teller, folder / "undisturbed", partitions=1, interval_ms=250, maximum=200_000)
    file = folder / "all.tbat"
    with open(file, "wb") as batches:
        for i in range(0, len(ledger.order), 1000):
            batches.write(packed([canonical(ballot, count) for ballot in ledger.order[i : i + 1000]], count))
    teller("load", file, "--home", home, "--format", "packed")
    return teller("digest", "--home", home)
