"""Counts an export once more and compares: recount.sh EXPORT [--totals FILE] [--json].

Spark spreads the bundles of the log over tasks (log_chunk.py); here the sums are put together in SQL, the roots of the
partitions and the digest are computed and held against the last statement, and the totals against a file. Shares no
line with the program that counted.

Exit codes: 0 equal, 1 something differs, 2 wrong usage, 3 the recount could not be made.
"""

import argparse
import hashlib
import json
import pathlib
import struct
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from py4j.protocol import Py4JError  # noqa: E402
from pyspark.errors import PySparkException  # noqa: E402
from pyspark.sql import SparkSession  # noqa: E402

import decisions  # noqa: E402
import entry  # noqa: E402
import export as exported  # noqa: E402
import log_chunk  # noqa: E402
import tree  # noqa: E402

SCHEMA = """
  partition int, first bigint, peaks array<struct<height: int, hash: binary>>, ids binary, ballots bigint,
  totals array<struct<contest: int, slot: int, unit: bigint, method: int, value: bigint>>,
  sheets array<struct<unit: bigint, method: int, contest: int, version: bigint,
                      figures: array<struct<slot: int, value: bigint, withheld: int>>>>,
  decisions array<struct<place: bigint, raw: binary>>, findings array<string>, missing array<string>"""
UNDONE_SCHEMA = "contest int, slot int, unit bigint, method int, value bigint"

# Of each sheet's key the highest version stands. One key adds 1 to the sheets of its unit, however many versions it has, and
# nothing if the one that stands is a withdrawal, which has no figures. The view `undone` has what ballots added that officers took out, less what was put in their place.
TOTALS = f"""
  with sheets as (select sheet.* from chunks lateral view explode(sheets) as sheet),
  standing as (
    select unit, method, contest, figures from (
      select *, row_number() over (partition by unit, method, contest order by version desc) as place from sheets)
    where place = 1 and size(figures) > 0),
  parts as (
    select total.contest, total.slot, total.unit, total.method, total.value, 0 as withheld
      from chunks lateral view explode(totals) as total
    union all
    select contest, slot, unit, method, -value, 0 from undone
    union all
    select contest, figure.slot, unit, method, figure.value, figure.withheld
      from standing lateral view explode(figures) as figure
    union all
    select {entry.WHOLE_UNIT}, {entry.SHEETS}, unit, method, 1, 0 from standing)
  select contest, slot, unit, method, sum(value) as value, max(withheld) as withheld from parts
  group by contest, slot, unit, method having sum(value) <> 0 or max(withheld) = 1
  order by contest, slot, unit, method"""


def ship(spark):
    """What tasks need of this folder, to wherever they run."""
    for module in ("ed25519.py", "entry.py", "tree.py", "log_chunk.py"):
        spark.sparkContext.addPyFile(str(HERE / module))


def chunks_of(partitions):
    for number, (size, _) in enumerate(partitions):
        for first in range(0, size, log_chunk.ENTRIES):
            yield number, first, min(log_chunk.ENTRIES, size - first)


def read_chunks(spark, export):
    """The view `chunks`: one row for each chunk, read by as many tasks. Kept, because it is asked several questions."""
    shared = spark.sparkContext.broadcast(export.rules)
    of_count = export.count
    folders = [str(export.partition(number)) for number in range(len(export.partitions))]

    def count(place):
        number, first, size = place
        return log_chunk.Chunk(folders[number], number, first, size).count(shared.value, of_count).row()

    places = list(chunks_of(export.partitions))
    rows = spark.sparkContext.parallelize(places, max(1, len(places))).map(count)
    chunks = spark.createDataFrame(rows, SCHEMA, verifySchema=False).persist()
    chunks.createOrReplaceTempView("chunks")


def roots(spark):
    """{partition: root}, put together from the subtrees of the chunks."""
    peaks = {}
    for row in spark.sql("select partition, peaks from chunks order by partition, first").collect():
        for height, value in row.peaks:
            tree.grow(peaks.setdefault(row.partition, []), [bytes(value)], height)
    return {number: tree.root(found) for number, found in peaks.items()}


def decided(spark, export):
    """What officers decided; the view `undone` has what that took out of the totals."""
    rows = spark.sql("select partition, decisions from chunks where size(decisions) > 0 order by partition, first").collect()
    found = {}
    for row in rows:
        found.setdefault(row.partition, []).extend((place, entry.read_decision(bytes(raw))) for place, raw in row.decisions)
    done = decisions.Decided(export.count, [size for size, _ in export.partitions], found)
    done.compare(export.statements, export.words.get("status"))
    wanted = done.targets(found)
    if wanted:
        folders = {number: str(export.partition(number)) for number in wanted}
        places = [place for place in chunks_of(export.partitions) if place[0] in wanted]

        def look(place):
            number, first, size = place
            return number, log_chunk.Chunk(folders[number], number, first, size).those_here(wanted[number])

        there = {}
        for number, leaves in spark.sparkContext.parallelize(places, len(places)).map(look).collect():
            there.setdefault(number, set()).update(leaves)
        done.missing_targets(wanted, there)
    totals, done.ballots, done.superseded = done.undone_totals(export.rules)
    undone = [(*key, value) for key, value in sorted(totals.items())]
    spark.createDataFrame(undone, UNDONE_SCHEMA).createOrReplaceTempView("undone")
    return done


def entries_twice(spark):
    """Of each partition the ids that are there more than once. Two copies can meet in one partition only: which one an
    entry belongs to follows from its id (a sheet's id from its key), and every task has checked that."""
    ids = spark.sql("select partition, ids from chunks").rdd.map(tuple).groupByKey()
    found = ids.flatMap(lambda group: log_chunk.twice(b"".join(map(bytes, group[1]))).items())
    return sorted(found.take(1000))


def digest_of(rules_hash, totals):
    """schema/entry.md, "The digest". `totals`: rows in ascending order of their keys."""
    digest = hashlib.sha256(b"teller digest 1\n" + rules_hash)
    for row in totals:
        value = entry.WITHHELD if row.withheld else row.value
        digest.update(struct.pack("<HHIBQ", row.contest, row.slot, row.unit, row.method, value))
    return digest.hexdigest()


def compare(recounted, told):
    """Every figure that one side has and the other has otherwise; a figure that is not there is 0."""
    differences = []
    for key in sorted(recounted.keys() | told.keys()):
        one, other = recounted.get(key, 0), told.get(key, 0)
        if one != other:
            differences.append({"contest": key[0], "column": key[1], "unit": key[2], "method": key[3], "recounted": one, "told": other})
    return differences


class Recount:
    """What was found. `told`: the totals to compare with, or None."""

    def __init__(self, spark, export, told):
        began = time.monotonic()
        self.export = export
        read_chunks(spark, export)
        rows = spark.sql(
            "select partition, first, ballots, size(sheets) as sheets, findings, missing from chunks order by partition, first"
        ).collect()
        missing = [text for row in rows for text in row.missing]
        if missing:
            raise exported.Unreadable(f"{missing[0]} ({len(missing)} such). Is the export complete, and at this path on every Spark host?")
        self.findings = export.findings + [text for row in rows for text in row.findings]
        self.ballots, self.sheets = sum(row.ballots for row in rows), sum(row.sheets for row in rows)
        self.entries = sum(size for size, _ in export.partitions)
        found = roots(spark)
        for number, (_, stated) in enumerate(export.partitions):
            if found.get(number, tree.root([])) != stated:
                self.findings.append(f"partition {number}: the entries do not have the root that the last statement names")
        self.findings += [f"the id {name} is in the log {times} times" for name, times in entries_twice(spark)]
        self.decided = decided(spark, export)
        self.findings += self.decided.findings
        totals = spark.sql(TOTALS).collect()
        self.digest = digest_of(export.rules_hash, totals)
        if self.decided.certified and self.decided.certified[2].hex() != self.digest:
            self.findings.append("the digest that was certified is not the one of the log")
        self.differences, self.compared = None, 0
        if told is not None:
            rules = export.rules
            mine = {
                (rules.contest(row.contest), rules.column(row.contest, row.slot), rules.units[row.unit], rules.methods[row.method]): "withheld"
                if row.withheld
                else row.value
                for row in totals
            }
            self.differences, self.compared = compare(mine, told), len(mine.keys() | told.keys())
        self.seconds = time.monotonic() - began

    @property
    def equal(self):
        return not self.findings and not self.differences and self.digest == self.export.digest

    def to_json(self):
        return {
            "equal": self.equal,
            "statement": int(self.export.words["number"]),
            "commit": int(self.export.words["commit"]),
            "entries": self.entries,
            "ballots": self.ballots,
            "sheets": self.sheets,
            "decisions": decisions_json(self.decided) if self.export.count.officers else None,
            "findings": self.findings,
            "digest": {"recounted": self.digest, "stated": self.export.digest},
            "totals": None if self.differences is None else {"compared": self.compared, "differences": self.differences},
            "seconds": round(self.seconds, 1),
        }


def decisions_json(decided):
    certified = decided.certified and {"statement": decided.certified[0], "digest": decided.certified[2].hex()}
    taken = {"taken": dict(decided.taken), "void": decided.ballots, "superseded": decided.superseded}
    return taken | {"stage": decided.stage, "certified": certified}


def decisions_words(decided):
    """What officers decided, in words, for people."""
    taken = ", ".join(f"{times} × {name}" for name, times in sorted(decided.taken.items()))
    yield f"Decided by officers: {taken or 'nothing'}. {decided.ballots:,} ballots are void. The count is {decided.stage}, which makes it {decided.status}."
    if decided.superseded:
        yield f"{decided.superseded:,} ballots count by the content that superseded the first one."
    if decided.certified:
        yield f"Certified         {decided.certified[2].hex()}  (statement {decided.certified[0]})"


def table(head, rows):
    widths = [max(len(str(row[at])) for row in [head, *rows]) for at in range(len(head))]
    for row in [head, ["-" * width for width in widths], *rows]:
        yield "  ".join(
            str(cell).rjust(width) if isinstance(cell, int) else str(cell).ljust(width) for cell, width in zip(row, widths, strict=True)
        ).rstrip()


def report(done):
    """The recount in words, for people."""
    words = done.export.words
    yield f"Recount of count {words['count']} as of statement {words['number']} (commit {words['commit']}, {words['time']})"
    yield f"{done.entries:,} entries in {len(done.export.partitions)} partitions: {done.ballots:,} ballots, {done.sheets:,} result sheets"
    yield ""
    if done.findings:
        yield "The log is not what was stated:"
        yield from (f"  {text}" for text in done.findings)
    else:
        yield "The log has the roots that were stated, and holds no entry twice."
    if done.export.count.officers:
        yield from decisions_words(done.decided)
    yield f"Digest recounted  {done.digest}"
    yield f"Digest stated     {done.export.digest}  {'equal' if done.digest == done.export.digest else 'DIFFERENT'}"
    if done.differences is None:
        yield "No totals were given to compare with (--totals FILE)."
    else:
        yield f"{done.compared:,} figures compared, {len(done.differences):,} of them different"
    if done.differences:
        per_contest = {}
        for one in done.differences:
            units = per_contest.setdefault(one["contest"], [0, set()])
            units[0] += 1
            units[1].add(one["unit"])
        yield ""
        yield from table(
            ["contest", "figures", "units"], [[name or "(whole unit)", count, len(units)] for name, (count, units) in per_contest.items()]
        )
        yield ""
        head = ["contest", "column", "unit", "method", "recounted", "told"]
        yield from table(
            [*head, "by"],
            [
                [
                    *(one[name] for name in head),
                    one["recounted"] - one["told"] if isinstance(one["recounted"], int) and isinstance(one["told"], int) else "",
                ]
                for one in done.differences
            ],
        )
    yield ""
    yield f"{'Equal.' if done.equal else 'DIFFERENT.'} {done.seconds:.1f} s, {done.entries / done.seconds:,.0f} entries a second."


def main():
    parser = argparse.ArgumentParser(prog="recount.sh", description="Counts an export of the log once more and compares.")
    parser.add_argument("export", help="folder that `teller log export` wrote; the same path on every Spark host")
    parser.add_argument("--totals", help="totals to compare with (default: totals.csv of the export, if it is there)")
    parser.add_argument("--json", action="store_true", help="the result as one JSON object")
    options = parser.parse_args()
    totals_file = options.totals
    if totals_file is None and (pathlib.Path(options.export) / "totals.csv").exists():
        totals_file = pathlib.Path(options.export) / "totals.csv"
    spark = None
    try:
        export = exported.Export(options.export)
        told = exported.read_totals(totals_file) if totals_file else None
        spark = SparkSession.builder.appName("teller recount").getOrCreate()
        spark.sparkContext.setLogLevel("ERROR")
        ship(spark)
        done = Recount(spark, export, told)
    except exported.Unreadable as error:
        print(f"recount: {error}", file=sys.stderr)
        return 3
    except (PySparkException, Py4JError) as error:
        print(f"recount: Spark could not: {str(error)[:2000]}", file=sys.stderr)
        return 3
    finally:
        if spark:
            spark.stop()
    if options.json:
        print(json.dumps(done.to_json(), ensure_ascii=False, indent=1))
    else:
        print("\n".join(report(done)))
    return 0 if done.equal else 1


if __name__ == "__main__":
    sys.exit(main())
