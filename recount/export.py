"""What an export says of itself: its last statement, and that the statements before lead there.

An export is what `teller log export DIR` writes; docs/guides/recount.md has its files. Nothing here looks into the log of
votes; that is counted.py's part.
"""

import base64
import csv
import hashlib
import json
import pathlib

import entry
import tree


class Unreadable(Exception):
    """The recount cannot be made: something is missing or is not what an export holds. The text says what to do."""


def bytes_of(path):
    try:
        return path.read_bytes()
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror}. Is the export complete? Make it again with `teller log export`.") from None


def read_entries(folder, size):
    """All entries of a small log, one after the other."""
    for first in range(0, size, tree.BUNDLE):
        width = min(tree.BUNDLE, size - first)
        path = folder / tree.tile_path("entries", first // tree.BUNDLE, width)
        try:
            found = tree.unbundle(bytes_of(path))
        except ValueError as error:
            raise Unreadable(f"{path}: {error}") from None
        if len(found) != width:
            raise Unreadable(f"{path}: {len(found)} entries instead of {width}")
        yield from found


def words_of(statement, number):
    """The lines of a statement: {word: value}, and its partitions as a list of dictionaries, in order."""
    try:
        lines = statement.decode().split("\n")
        if lines[0] != "teller statement 1" or lines[-1]:
            raise ValueError
        said = [line.split(" ", 1) for line in lines[1:-1]]
        words = {word: value for word, value in said if word != "partition"}
        partitions = []
        for word, value in said:
            if word == "partition":
                parts = value.split(" ")
                partitions.append({"number": int(parts[0]), **dict(zip(parts[1::2], parts[2::2], strict=True))})
        if [one["number"] for one in partitions] != list(range(len(partitions))) or words["number"] != str(number):
            raise ValueError
        return words, [(int(one["size"]), bytes.fromhex(one["root"])) for one in partitions]
    except (ValueError, KeyError, IndexError):
        raise Unreadable(f"statement {number} cannot be read; this recount knows version 1") from None


class Export:
    """`findings` are what contradicts itself: a recount that finds nothing else still differs."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder).resolve()
        self.findings = []
        raw_rules, raw_count = bytes_of(self.folder / "rules.json"), bytes_of(self.folder / "count.json")
        try:
            self.rules = entry.Rules(json.loads(raw_rules))
            self.count = entry.Count(json.loads(raw_count))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unreadable(f"{self.folder}: rules.json or count.json cannot be read: {error}") from None
        self.rules_hash = hashlib.sha256(raw_rules).digest()
        self.statements = []  # Of a count with officers, who certify one: (hash, digest, entries of each partition).
        self.words, self.partitions = self._last_statement()
        self.digest = self.words["digest"]
        for name, raw in (("rules", raw_rules), ("count_file", raw_count)):
            if self.words.get(name) != hashlib.sha256(raw).hexdigest():
                self.findings.append(f"the last statement speaks of another {name} than the one in the export")
        if self.words.get("count") != self.count.id.hex():
            self.findings.append("the last statement speaks of another count")
        if len(self.partitions) != self.count.partitions:
            self.findings.append(f"{len(self.partitions)} partitions are stated, {self.count.partitions} are in count.json")

    def _last_statement(self):
        folder = self.folder / "statements"
        try:
            checkpoint = bytes_of(folder / "checkpoint").decode().split("\n")
            size, stated = int(checkpoint[1]), base64.b64decode(checkpoint[2], validate=True)
        except (ValueError, IndexError):
            raise Unreadable(f"{folder / 'checkpoint'} is no checkpoint") from None
        if not size:
            raise Unreadable("nothing was stated yet; there is nothing to hold a recount against")
        peaks, before = [], "0" * 64
        for number, statement in enumerate(read_entries(folder, size)):
            tree.grow(peaks, [tree.leaf_hash(statement)])
            words, partitions = words_of(statement, number)
            if words.get("previous") != before:
                self.findings.append(f"statement {number} does not follow the one before it")
            before = hashlib.sha256(statement).hexdigest()
            if self.count.officers:
                self.statements.append((before, words.get("digest"), [entries for entries, _ in partitions]))
        if tree.root(peaks) != stated:
            self.findings.append("the checkpoint's root is not the root of the statements")
        return words, partitions

    def partition(self, number):
        return self.folder / "partitions" / f"{number:04}"


def read_totals(path):
    """totals.csv: {(contest, column, unit, method): number or "withheld"}. Names are the ids of the rules."""
    totals = {}
    try:
        with open(path, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                value = "withheld" if row["known"] == "withheld" else int(row["value"])
                key = (row["contest"], row["column"], row["unit"], row["method"])
                if key in totals:
                    raise ValueError(f"{','.join(key)} stands there twice")
                totals[key] = value
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror}") from None
    except (KeyError, ValueError, TypeError, csv.Error) as error:
        raise Unreadable(f"{path} cannot be read (contest,column,unit,method,known,value): {error}") from None
    return totals
