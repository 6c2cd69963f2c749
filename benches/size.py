#!/usr/bin/env python3
"""The arithmetic of docs/guides/size.md: from what a ballot has cost (questions/service_costs.py) to servers for a pace.

  size.py [RESULTS.json] [--an-hour BALLOTS] [--ballots BALLOTS]     prints it; of the newest results that have these costs
  size.py --page                                                     puts it into the guide

Costs are multiplied and nothing else: what a ballot costs at another pace, on another machine, on many, is for who measures it there.
"""

import argparse
import json
import math
import pathlib
import re
from statistics import median

import report
from ballots import TREE

PAGE = TREE / "docs/guides/size.md"
BLOCK = re.compile(r"<!-- size: (\S+) -->.*?<!-- end -->", re.DOTALL)
QUESTION = "service-costs"
AN_HOUR = 100_000_000
COPIES = 3  # Of the topic: replication in teller.toml.
SPARE = 2  # Cores for each core's work: bursts come, and a server that is down leaves its work to the others.
MOST = 4  # Rows and documents of a ballot of one contest that shares none: option, contest's cards, place's cards, the place.
PARTS = ("gateway", "brokers", "driver", "executors", "PostgreSQL", "publish", "Elasticsearch", "public log")
KEPT = {"topic": "on the brokers, all copies", "segments": "the log, on what every executor mounts", "database": "PostgreSQL"}
KEPT |= {"indices": "Elasticsearch, one copy", "published": "static files, statements, tiles"}


def newest(folder):
    """The last results that have the costs; None: there are none."""
    paths = [path for path in report.files(folder) if report.stands(costs_in(path) or {"runs": []})]
    return max(paths, default=None)


def costs_in(path):
    return json.loads(path.read_text())["questions"].get(QUESTION, {"answers": {}})["answers"].get("teller")


class Size:
    def __init__(self, path, an_hour=AN_HOUR, ballots=AN_HOUR):
        answer = costs_in(path)
        self.cost = {name: median(run["more"][name] for run in answer["runs"]) for name in answer["runs"][0]["more"]}
        self.an_hour, self.ballots, self.pace = an_hour, ballots, an_hour / 3600

    def cores(self, part):
        return self.cost[f"{part}: µs CPU"] * self.pace / 1e6

    def to_disk(self, part):
        """Megabytes a second."""
        return self.cost[f"{part}: bytes to the disk"] * self.pace / 1e6

    def kept(self, what):
        """Gigabytes when all are counted."""
        return self.cost[f"bytes kept: {what}"] * self.ballots / 1e9

    def cores_at_most(self, part, what):
        """If no two ballots of a commit share a row or document; what the part does at rest is counted into each of them."""
        return self.cost[f"{part}: µs CPU"] / self.cost[what] * MOST * self.pace / 1e6

    @property
    def executors(self):
        return max(2, math.ceil(SPARE * self.cores("executors")))

    def parts(self):
        yield ["part", "µs CPU a ballot", "cores busy", f"cores, {SPARE} × busy", "bytes to the disk a ballot", "MB/s to the disk", "MiB in memory"]
        rows = [(part, self.cost[f"{part}: µs CPU"], self.cost[f"{part}: bytes to the disk"], self.cost[f"{part}: MiB"]) for part in PARTS]
        rows.append(("together", *(sum(column) for column in list(zip(*rows, strict=True))[1:])))
        for part, processor, disk, memory in rows:
            cores = processor * self.pace / 1e6
            yield [
                part,
                f"{processor:.1f}",
                f"{cores:.2f}",
                f"{SPARE * cores:.1f}",
                f"{disk:,.0f}",
                f"{disk * self.pace / 1e6:.1f}",
                f"{memory:,.0f}",
            ]

    def stays(self):
        yield ["what stays", "bytes a ballot", f"GB of {self.ballots / 1e6:,.0f} million", "where"]
        for what, where in KEPT.items():
            yield [what, f"{self.cost[f'bytes kept: {what}']:,.0f}", f"{self.kept(what):,.1f}", where]

    def moves(self):
        yield ["what moves", "a ballot", "a second"]
        for what in ("rows of PostgreSQL written", "documents to Elasticsearch"):
            yield [what, f"{self.cost[what]:.2f}", f"{self.cost[what] * self.pace:,.0f}"]
        yield ["each of both, if no two ballots of a commit share one", f"{MOST:.2f}", f"{MOST * self.pace:,.0f}"]
        for what in ("bytes of PostgreSQL's WAL", "bytes between processes"):
            yield [what, f"{self.cost[what]:,.0f}", f"{self.cost[what] * self.pace:,.0f}"]
        yield ["commits", "", f"{self.cost['commits a second']:.1f}"]

    def servers(self):
        third, broker = self.kept("topic") / COPIES, SPARE * self.cores("brokers") / COPIES
        yield ["needed", "how many", "each"]
        yield ["brokers", f"{COPIES}", f"{broker:.1f} cores, {third:,.0f} GB, {self.to_disk('brokers') / COPIES:.1f} MB/s to the disk"]
        yield ["partitions", f"{max(4, 2 * self.executors)}", "two for each executor, so that one which is slow holds up half of a core"]
        yield ["executors", f"{self.executors}", "one core"]
        for part in ("gateway", "driver", "publish"):
            yield [part, "1", f"{SPARE * self.cores(part):.1f} cores"]
        for part, kept, what in (
            ("PostgreSQL", "database", "rows of PostgreSQL written"),
            ("Elasticsearch", "indices", "documents to Elasticsearch"),
        ):
            most = f"{SPARE * self.cores(part):.1f} cores ({SPARE * self.cores_at_most(part, what):.1f} if no two ballots share a total)"
            yield [part, "1", f"{most}, {self.kept(kept):,.1f} GB, {self.to_disk(part):.1f} MB/s to the disk"]
        yield ["public log", "1", f"{SPARE * self.cores('public log'):.1f} cores, {self.kept('published'):,.1f} GB"]
        yield ["folder of segments", "1", f"{self.kept('segments'):,.1f} GB, {self.to_disk('executors'):.1f} MB/s to the disk"]
        yield ["network", "", f"{self.cost['bytes between processes'] * self.pace * 8 / 1e6:,.0f} Mbit/s, all conversations together"]

    def text(self):
        said = f"{self.an_hour:,} ballots an hour are {self.pace:,.0f} a second. Measured at {self.cost['ballots a second']:,.0f} a second."
        tables = [report.table(list(rows)) for rows in (self.parts(), self.moves(), self.stays(), self.servers())]
        return "\n\n".join([said, *tables]) + "\n"


def block(path):
    return f"<!-- size: {path.name} -->\n\n```text\n{Size(path).text()}```\n\n<!-- end -->"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", nargs="?", type=pathlib.Path, default=newest(TREE / "benches/results"))
    parser.add_argument("--an-hour", type=int, default=AN_HOUR)
    parser.add_argument("--ballots", type=int, default=AN_HOUR)
    parser.add_argument("--page", action="store_true")
    options = parser.parse_args()
    if options.results is None:
        parser.error(f"no results have {QUESTION}: make bench QUESTION={QUESTION}")
    if options.page:
        PAGE.write_text(BLOCK.sub(lambda _: block(options.results), PAGE.read_text()))
    else:
        print(Size(options.results, options.an_hour, options.ballots).text(), end="")


if __name__ == "__main__":
    main()
