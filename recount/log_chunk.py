"""Counts one chunk of a partition's log: what a Spark task does. Knows files and entries, not Spark.

A chunk is up to 256 bundles that follow each other, 65,536 entries: a whole subtree of the partition's Merkle tree. What
leaves it are sums, subtree hashes and ids; never a ballot.
"""

import pathlib
from collections import Counter

import numpy

import entry
import tree

BUNDLES = 256
ENTRIES = BUNDLES * tree.BUNDLE
FINDINGS_MAX = 20  # Of one chunk; a log that is wrong everywhere need not be told in full.


def partitions_of(ids, partitions):
    """entry.partition_of() of many ids of 16 bytes at once."""
    words = numpy.frombuffer(ids, dtype="<u4").reshape(-1, 4)
    m = numpy.uint32(0x5BD1E995)
    value = numpy.full(len(words), 0x9747B28C ^ 16, dtype=numpy.uint32)
    for column in range(4):
        k = words[:, column] * m
        k = (k ^ k >> numpy.uint32(24)) * m
        value = value * m ^ k
    value = (value ^ value >> numpy.uint32(13)) * m
    value = value ^ value >> numpy.uint32(15)
    return (value & numpy.uint32(0x7FFFFFFF)) % numpy.uint32(partitions)


def twice(ids):
    """{id in hex: how often} of the ids that are there more than once. `ids` of a whole partition: 16 bytes each."""
    pairs = numpy.frombuffer(ids, dtype=">u8").reshape(-1, 2)
    pairs = pairs[numpy.lexsort((pairs[:, 1], pairs[:, 0]))]
    again = Counter(pairs[at].tobytes().hex() for at in numpy.flatnonzero((pairs[1:] == pairs[:-1]).all(axis=1)))
    return {name: times + 1 for name, times in again.items()}


class Chunk:
    """Entries [first, first + size) of a partition. After count(): what it found, ready to be a row."""

    def __init__(self, folder, partition, first, size):
        self.folder, self.partition, self.first, self.size = pathlib.Path(folder), partition, first, size
        self.peaks = []  # (height, hash), as in tree.grow()
        self.ids = bytearray()
        self.totals = Counter()  # (contest, slot, unit, method): number; of ballots only
        self.sheets = []  # (unit, method, contest, version, {slot: figure})
        self.decisions = []  # (place in the log, bytes); those that the officers signed
        self.ballots = 0
        self.findings, self.missing = [], []

    def count(self, rules, count):
        bodies = Counter()  # Many ballots are alike behind the id: each body is read once and counted as often as it is there.
        places = {}  # Where a body was seen first.
        for first in range(self.first, self.first + self.size, tree.BUNDLE):
            width = min(tree.BUNDLE, self.first + self.size - first)
            entries = self._bundle(first, width)
            if entries is None:
                return self
            for at, raw in enumerate(entries):
                try:
                    kind = entry.check_head(raw, count.tag)
                    if kind == entry.BALLOT:
                        body = raw[entry.HEAD :]
                        bodies[body] += 1
                        places.setdefault(body, first + at)
                    elif kind == entry.SHEET:
                        self.sheets.append(entry.sheet(rules, raw[10:26], raw[entry.HEAD :]))
                        if entry.partition_of(raw[26:33], count.partitions) != self.partition:
                            self._find(f"entry {first + at} belongs to another partition")
                    elif kind == entry.CONTROL:
                        entry.control(rules, count, raw)
                        self.decisions.append((first + at, raw))
                    else:
                        raise entry.Refused("entry.kind_not_counted_here")
                except entry.Refused as refused:
                    self._find(f"entry {first + at} is none of these rules: {refused}")
            self._belongs_here(entries, first, count.partitions)
        for body, times in bodies.items():
            try:
                for key, value in entry.ballot(rules, body).items():
                    self.totals[key] += value * times
                self.ballots += times
            except entry.Refused as refused:
                self._find(f"entry {places[body]} is none of these rules: {refused}" + (f" (and {times - 1} more)" if times > 1 else ""))
        return self

    def those_here(self, leaves):
        """Which of these leaf hashes stand in the tiles; count() has compared them with the entries."""
        found = set()
        for first in range(self.first, self.first + self.size, tree.BUNDLE):
            width = min(tree.BUNDLE, self.first + self.size - first)
            hashes = (self.folder / tree.tile_path(0, first // tree.BUNDLE, width)).read_bytes()
            found |= leaves & {hashes[at : at + 32] for at in range(0, len(hashes), 32)}
        return found

    def _bundle(self, first, width):
        """Entries [first, first + width); their hashes must stand in the tile beside them."""
        number = first // tree.BUNDLE
        bundle, tile = (self.folder / tree.tile_path(level, number, width) for level in ("entries", 0))
        try:
            entries, hashes = tree.unbundle(bundle.read_bytes()), tile.read_bytes()
        except OSError as error:
            self.missing.append(f"{error.filename}: {error.strerror}")
            return None
        except ValueError as error:
            self._find(f"{bundle.relative_to(self.folder)}: {error}")
            return None
        if len(entries) != width:
            self._find(f"{bundle.relative_to(self.folder)}: {len(entries)} entries instead of {width}")
            return None
        leaves = [tree.leaf_hash(raw) for raw in entries]
        if b"".join(leaves) != hashes:
            at = next((at for at, leaf in enumerate(leaves) if leaf != hashes[at * 32 : at * 32 + 32]), width)
            self._find(f"entry {first + at} does not have the hash that stands in {tile.relative_to(self.folder)}")
        tree.grow(self.peaks, leaves)
        return entries

    def _belongs_here(self, entries, first, partitions):
        """Ids are kept for the question whether any is there twice; a ballot's also says which partition is its own."""
        ids = b"".join(raw[10:26].ljust(16, b"\0") for raw in entries)
        self.ids += ids
        for at in numpy.flatnonzero(partitions_of(ids, partitions) != self.partition):
            if entries[at][1:2] == b"\1":
                self._find(f"entry {first + at} belongs to another partition")

    def _find(self, what):
        if len(self.findings) < FINDINGS_MAX:
            self.findings.append(f"partition {self.partition}: {what}")
        elif len(self.findings) == FINDINGS_MAX:
            self.findings.append(f"partition {self.partition}: more of the kind after entry {self.first}")

    def row(self):
        """As SCHEMA of recount.py has it. A figure that is withheld is the number 0 and a 1 beside it."""
        return (
            self.partition,
            self.first,
            self.peaks,
            bytes(self.ids),
            self.ballots,
            [(*key, value) for key, value in self.totals.items()],
            [
                (unit, method, contest, version, [(slot, 0, 1) if value == entry.WITHHELD else (slot, value, 0) for slot, value in figures.items()])
                for unit, method, contest, version, figures in self.sheets
            ],
            self.decisions,
            self.findings,
            self.missing,
        )
