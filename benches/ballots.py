"""The ballots of a benchmark, and what their count must be.

`teller generate` makes them up, with copies among them. They are read once more here, from schema/entry.md and with nothing of Teller's,
for the truth and for what rivals are given: one row a ballot, which is already checked and decoded. That work is on nobody's clock
but Teller's.
"""

import contextlib
import csv
import json
import mmap
import pathlib
import shutil
import subprocess
import uuid
from collections import Counter
from struct import unpack_from

TREE = pathlib.Path(__file__).resolve().parents[1]
TELLER = TREE / "build/release/teller"
OPTIONS, COPIES = 5, 0.01  # One contest, one vote; a copy is the same ballot sent a second time.
BALLOTS_A_PLACE = 400  # Whatever the size: what totals cost depends on how many ballots are in each.
PARTS = 2  # Files of rows, split by id, so that a rival may use two cores without meeting a copy in the other half.
AT_ONCE = 10_000_000  # Ballots whose ids are held in memory here to find copies; a copy is among those of its first.

# A row's `slot` is the option's number, or what a ballot without one valid vote is counted as.
COUNTERS = {"undervotes": 100, "overvotes": 101, "blank": 102}


def teller(*arguments):
    return subprocess.run([TELLER, *map(str, arguments)], check=True, capture_output=True, text=True).stdout


class Ballots:
    """A folder with the ballots in every form that an engine may want, and the truth. Made by make(), read by each run."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.home = self.folder / "home"  # An empty count, to be copied: packed ballots name the count that they belong to.
        self.packed = self.folder / "ballots.packed"
        self.ndjson = self.folder / "ballots.ndjson"
        self.tables = [self.folder / f"ballots.{part}.csv" for part in range(PARTS)]

    unit = "ballot"

    def make(self, size, ndjson=False, tables=True, init=()):
        """`tables`: with the rows for rivals; `init`: more options of `teller init`."""
        self.folder.mkdir(parents=True)
        rules = self.folder / "rules.json"
        teller("generate", "--write-rules", rules, "--contests", 1, "--units", max(1, size // BALLOTS_A_PLACE), "--options", OPTIONS)
        teller("init", "--home", self.home, "--rules", rules, "--mode", "test", "--label", "benchmark", *init)
        totals, copies = Counter(), 0
        with contextlib.ExitStack() as kept:
            files = [kept.enter_context(open(path, "w", newline="")) for path in self.tables if tables]
            writers = [csv.writer(file, lineterminator="\n") for file in files]
            for part in self.generate(size, "packed", self.packed):
                seen = set()
                for id, *cell in read_packed(part):
                    if tables:
                        writers[id[-1] % PARTS].writerow((uuid.UUID(bytes=id), *cell))
                    if id in seen:
                        copies += 1
                    else:
                        seen.add(id)
                        totals[tuple(cell)] += 1
        if ndjson:
            for _ in self.generate(size, "ndjson", self.ndjson):
                pass
        truth = {"size": size, "copies": copies, "totals": [[*cell, votes] for cell, votes in sorted(totals.items())]}
        truth["shape"] = {
            "contests": 1,
            "options": OPTIONS,
            "places": len({unit for unit, *_ in totals}),
            "totals": len(totals),
            "bytes": round(self.packed.stat().st_size / (size + copies)),
            **{name: sum(votes for (*_, slot), votes in totals.items() if slot == number) for name, number in COUNTERS.items()},
        }
        (self.folder / "truth.json").write_text(json.dumps(truth))
        return self

    def generate(self, size, form, out):
        """Writes them into one file, and gives the bytes of each part of it: all copies of a ballot are in the same one."""
        parts = -(-size // AT_ONCE)
        teller("generate", "--home", self.home, "--ballots", size, "--duplicates", COPIES, "--format", form, "--parts", parts, "--out", out)
        paths = [out.with_suffix(f".{part + 1}{out.suffix}") for part in range(parts)] if parts > 1 else [out]
        for number, path in enumerate(paths):
            with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                yield data
                if parts > 1:
                    with open(out, "wb" if number == 0 else "ab") as whole:
                        shutil.copyfileobj(file, whole)
            if parts > 1:
                path.unlink()

    def rows(self):
        """(id as 32 hexadecimal digits with hyphens, unit, method, slot), all as text, copies included."""
        for path in self.tables:
            with open(path, newline="") as file:
                yield from csv.reader(file)

    def truth(self):
        return json.loads((self.folder / "truth.json").read_text())

    def sent(self):
        """How many there are with their copies."""
        return self.truth()["size"] + self.truth()["copies"]

    def names(self):
        """(units, methods, options), each a list of ids whose places are the numbers in the rows."""
        rules = json.loads((self.folder / "rules.json").read_text())
        return [[item["id"] for item in items] for items in (rules["units"], rules["methods"], rules["contests"][0]["options"])]

    def wrong_in(self, answer):
        """What is wrong in what an engine has counted, in a sentence; None: nothing."""
        truth = self.truth()
        right = {tuple(cell): votes for *cell, votes in truth["totals"]}
        differ = [cell for cell in right.keys() | answer.totals.keys() if right.get(cell, 0) != answer.totals.get(cell, 0)]
        if differ:
            return f"{len(differ):,} of {len(right):,} totals differ: {sum(answer.totals.values()):,} votes instead of {sum(right.values()):,}"
        if answer.copies != truth["copies"]:
            return f"{answer.copies:,} copies instead of {truth['copies']:,}"
        return None


def read_packed(data):
    """(id, unit, method, slot) of each entry of packed batches: ballots of one contest with one vote, as made above."""
    at = 0
    while at < len(data):
        assert data[at : at + 4] == b"TBAT", at
        (entries,) = unpack_from("<I", data, at + 21)
        at += 25
        for _ in range(entries):
            (length,) = unpack_from("<H", data, at)
            entry = at + 2
            unit, method, form, marks, option = unpack_from("<I3xBx2xBBH", data, entry + 26)
            if form == 2:
                slot = COUNTERS["blank"]
            else:
                slot = option if marks == 1 else COUNTERS["overvotes" if marks else "undervotes"]
            yield data[entry + 10 : entry + 26], unit, method, slot
            at = entry + length
        at += 4  # The CRC.
