"""An export of a small count with every kind of entry, made from the page schema/entry.md alone, and what its totals are.

Entries and the plain count of them are those of tests/vectors/make_entry_vectors.py; files as docs/guides/recount.md has them.
"""

import base64
import csv
import hashlib
import json
import pathlib
import shutil
import sys
import uuid

TREE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TREE / "tests/vectors"))
import make_entry_vectors as vectors  # noqa: E402

PARTITIONS = 3
BUNDLE = 256


def entries(ballots):
    """Ballots of every form, and sheets with updates, a correction, withdrawals, withheld and unknown figures. In JSON."""
    cast = [
        {"mayor": ["ada"], "council": ["cruz", "emil"]},
        {"mayor": [], "council": ["dora", {"write_in": "Zoë Ünal"}]},
        {"mayor": ["ada", "bell"], "council": ["cruz", "dora", "emil"]},
        {"mayor": {"blank": True}, "council": {"invalid": True}},
        {"mayor": ["nota"], "council": [{"write_in": ""}, {"write_in": ""}]},
    ]
    rankings = [[["gita"], ["finn"], ["hugo"]], [[], ["hugo"]], [["finn", "gita"]], []]
    for number in range(ballots):
        entry = vectors.changed(
            vectors.BALLOT,
            id=str(uuid.UUID(int=number * 0x9E3779B97F4A7C15 % 2**128, version=4)),
            unit=["city/north", "city/süd"][number % 7 // 4],
            method=["in-person", "postal"][number % 3 // 2],
        )
        if number % 4 == 3:
            entry |= {"card": 2, "contests": {"judge": {"ranking": rankings[number // 4 % 4]}}}
        elif number % 11 == 10:
            entry |= {"style": "bond", "method": "in-person", "contests": {"bond": [["yes"], ["no"], []][number % 3]}}
        else:
            entry["contests"] = cast[number % 5]
        yield entry
    sheet = vectors.SHEET
    for unit in ("city", "city/north", "city/süd"):
        for method in ("in-person", "postal"):
            yield vectors.changed(sheet, unit=unit, method=method)
    yield vectors.changed(sheet, version=3, votes={"ines": 70, "jan": 49}, registered=...)
    yield vectors.changed(sheet, version=2, cards=999)
    yield vectors.changed(sheet, version=4, act="correction", reason="Counted again.", cards=100, blank=..., votes={"ines": "withheld", "jan": 40})
    yield {
        "kind": "sheet",
        "count": vectors.COUNT.hex(),
        "unit": "city",
        "method": "postal",
        "contest": "bond",
        "version": 1,
        "votes": {"yes": 0, "no": 12},
    }
    for unit in ("city", "city/north"):  # The second one comes back.
        yield vectors.changed(vectors.WITHDRAWAL, unit=unit)
    yield vectors.changed(sheet, unit="city/north", version=3, cards=60, votes={"ines": 31, "jan": 20})


def raw_of(entry):
    return {"sheet": vectors.sheet_bytes, "ballot": vectors.ballot_bytes, "control": vectors.control_bytes}[entry["kind"]](entry)


def partition_of(entry):
    if entry["kind"] == "control":
        return entry["partition"] if vectors.about_stage(entry) else vectors.partition(vectors.target_of(entry)[0], PARTITIONS)
    raw = raw_of(entry)
    return vectors.partition(raw[26:33] if entry["kind"] == "sheet" else raw[10:26], PARTITIONS)


def write(path, raw):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)


def numbered(number, width):
    digits = f"{number % 1000:03}"
    while number := number // 1000:
        digits = f"x{number % 1000:03}/{digits}"
    return digits if width == BUNDLE else f"{digits}.p/{width}"


def write_tiles(folder, raws):
    """Tiles of every level, and entry bundles."""
    for first in range(0, len(raws), BUNDLE):
        some = raws[first : first + BUNDLE]
        write(folder / "tile/entries" / numbered(first // BUNDLE, len(some)), b"".join(len(raw).to_bytes(2, "big") + raw for raw in some))
    hashes, level = [vectors.leaf_hash(raw) for raw in raws], 0
    while hashes:
        for first in range(0, len(hashes), BUNDLE):
            some = hashes[first : first + BUNDLE]
            write(folder / f"tile/{level}" / numbered(first // BUNDLE, len(some)), b"".join(some))
        hashes = [vectors.merkle_root(hashes[first : first + BUNDLE]) for first in range(0, len(hashes) - BUNDLE + 1, BUNDLE)]
        level += 1


class SmallExport:
    """Writes itself into `folder`: what is counted in two steps a partition, a statement after each. With officers they open the
    count in the first step, take ballots out, put one back, let the other content of three count (of which one is void then, and
    one what it was before), keep one and close it in the second, and certify what is stated then."""

    def __init__(self, folder, ballots=1500, change=lambda partition, raws: raws, officers=False):
        self.folder, self.officers, self.decisions = folder, officers, 0
        self.counts = [vectors.Count(number, officers) for number in range(PARTITIONS)]
        all_of_them = list(entries(ballots))
        half = len(all_of_them) // 2
        shares = [all_of_them[:half], all_of_them[half:]]
        self.raws = [[] for _ in range(PARTITIONS)]
        self.statements, self.steps = [], ""
        if officers:
            out = [entry for entry in all_of_them[:half] if entry["kind"] == "ballot"][:40]
            shares[0] += [*self._about_stage(vectors.OPEN), *(self._decision(vectors.VOID, ballot=ballot) for ballot in out[:20])]
            shares[1] += [self._decision(vectors.VOID, ballot=ballot) for ballot in out[20:]]
            shares[1] += [self._decision(vectors.REINSTATE, ballot=out[7]), *self._about_stage(vectors.CLOSE)]
            at_odds = [entry for entry in all_of_them[:half] if entry["kind"] == "ballot"][40:44]
            other = [vectors.changed(ballot, contests=dict.fromkeys(ballot["contests"], {"invalid": True})) for ballot in at_odds]
            shares[0] += [self._supersede(at_odds[n], other[n]) for n in range(3)]
            shares[1] += [self._decision(vectors.VOID, ballot=other[1]), self._supersede(other[2], at_odds[2])]
            sides = [vectors.leaf_hash(raw_of(one[3])) for one in (at_odds, other)]
            shares[1] += [self._decision(vectors.KEEP, of=at_odds[3]["id"], counted=sides[0], other=sides[1])]
        for share in shares:
            self._step(share)
        if officers:
            self._step(list(self._certify()), "official")
        folder.mkdir(parents=True)
        shutil.copy(vectors.HERE / "rules.json", folder / "rules.json")
        write(folder / "count.json", self._count_file())
        write(folder / "presentation.json", b"{}")
        write(folder / "steps.txt", self.steps.encode())
        write_tiles(folder / "statements", self.statements)
        leaves = [vectors.leaf_hash(raw) for raw in self.statements]
        root = base64.b64encode(vectors.merkle_root(leaves)).decode()
        write(folder / "statements/checkpoint", f"recount.invalid/test\n{len(leaves)}\n{root}\n\n— recount.invalid/test AAAA\n".encode())
        for number, mine in enumerate(self.raws):
            write_tiles(folder / f"partitions/{number:04}", change(number, mine))
        self._write_totals()

    def _decision(self, entry, **members):
        self.decisions += 1
        return vectors.changed(entry, id=f"{0xD0000000 + self.decisions:08x}-0000-4000-8000-000000000000", **members)

    def _supersede(self, ballot, other):
        return self._decision(vectors.SUPERSEDE, ballot=ballot, other=other)

    def _about_stage(self, entry):
        return [self._decision(entry, partition=number) for number in range(PARTITIONS)]

    def _certify(self):
        """What the last statement says."""
        stated = hashlib.sha256(self.statements[-1]).digest(), bytes.fromhex(self.digest())
        for count in self.counts:
            certified = (len(self.statements) - 1, *stated, len(count.leaves))
            yield self._decision(vectors.CERTIFY, partition=count.number, certified=certified)

    def _step(self, share, status="unofficial"):
        lines = []
        for number, count in enumerate(self.counts):
            mine = [entry for entry in share if partition_of(entry) == number]
            before = count.position
            segment, _ = count.run(before + 1, [(before, at, entry, raw_of(entry), None) for at, entry in enumerate(mine)])
            self.raws[number] += sorted(map(raw_of, mine), key=vectors.leaf_hash)
            assert len(self.raws[number]) == len(count.leaves), "all of them are counted"
            lines.append(
                f"{number} {count.step} {before} {count.position} {len(count.leaves)} "
                f"{vectors.merkle_root(count.leaves).hex()} {hashlib.sha256(segment).hexdigest()}\n"
            )
        self.steps += f"statement {len(self.statements)}\n" + "".join(lines)
        self._state("".join(lines), status)

    def totals(self):
        """[contest, slot, unit, method, value, known, withheld], ascending; of all partitions."""
        summed = {}
        for count in self.counts:
            for key, cell in count.totals.items():
                old = summed.setdefault(key, [0, 0, 0])
                summed[key] = [a + b for a, b in zip(old, cell, strict=True)]
        return [[*key, *cell] for key, cell in sorted(summed.items())]

    def digest(self):
        return vectors.digest(self.totals())

    def _count_file(self):
        said = {"id": vectors.COUNT.hex(), "partitions": PARTITIONS}
        if self.officers:
            officers = [{name: officer[name] for name in ("name", "role", "key")} for officer in vectors.OFFICERS]
            said |= {"officers": officers, "approvals": vectors.APPROVALS}
        return json.dumps(said).encode()

    def _state(self, steps, status):
        previous = hashlib.sha256(self.statements[-1]).hexdigest() if self.statements else "0" * 64
        parts = "".join(
            f"partition {count.number} step {count.step} position {count.position} size {len(count.leaves)} "
            f"root {vectors.merkle_root(count.leaves).hex()}\n"
            for count in self.counts
        )
        self.statements.append(
            (
                f"teller statement 1\ncount {vectors.COUNT.hex()}\nnumber {len(self.statements)}\nprevious {previous}\n"
                f"commit {len(self.statements) + 1}\ntime 2026-05-17T20:00:00.000000Z\n"
                f"rules {hashlib.sha256((vectors.HERE / 'rules.json').read_bytes()).hexdigest()}\n"
                f"count_file {hashlib.sha256(self._count_file()).hexdigest()}\npresentation {hashlib.sha256(b'{}').hexdigest()}\n"
                f"mode test\nstatus {status}\npolicy live\n{parts}steps {hashlib.sha256(steps.encode()).hexdigest()}\n"
                f"digest {self.digest()}\nrandom {'0' * 32}\n"
            ).encode()
        )

    def _write_totals(self):
        names = {number: name for name, number in vectors.COUNTER.items()} | {vectors.EXHAUSTED: "exhausted", vectors.SHEETS: "sheets"}
        with open(self.folder / "totals.csv", "w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["contest", "column", "unit", "method", "known", "value"])
            for contest, slot, unit, method, value, _, withheld in self.totals():
                if not value and not withheld:
                    continue
                column = names.get(slot) or vectors.CONTESTS[contest]["options"][slot]["id"]
                writer.writerow(
                    [
                        "" if contest == vectors.WHOLE_UNIT else vectors.CONTESTS[contest]["id"],
                        column,
                        vectors.UNITS[unit]["id"],
                        vectors.METHODS[method]["id"],
                        "withheld" if withheld else "number",
                        "" if withheld else value,
                    ]
                )
