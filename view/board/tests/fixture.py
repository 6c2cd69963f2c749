"""Makes stores for the board's tests: the tables of schema/sql, filled directly, as a count would have left them.

Nothing here counts. `Count` keeps the rows of a store's tables; write_sqlite() and write_postgres() put them into a new
database. Used by the tests beside it and by tests/browser; `python fixture.py OUT.sqlite [CSV]` writes Taiwan's
17,795 polling stations (made-up figures without a CSV) to look at.
"""

from __future__ import annotations

import base64
import collections
import contextlib
import csv
import dataclasses
import datetime as dt
import gzip
import hashlib
import io
import json
import pathlib
import sqlite3
import struct
import sys
import zlib
from collections.abc import Iterable
from typing import Any

TREE = pathlib.Path(__file__).resolve().parents[3]
WHOLE_UNIT = 65535  # The contest that is none: counters of the unit itself.
T0 = dt.datetime(2024, 1, 13, 8, 0, tzinfo=dt.timezone.utc)


def _counters() -> dict[str, int]:
    """The slots of counters by name, as the schema has them."""
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        database.executescript((TREE / "schema/sql/sqlite/001_count.sql").read_text(encoding="utf-8"))
        return dict(database.execute("select id, slot from counters"))


_slots = _counters()
CARDS, UNDERVOTES, OVERVOTES, WRITE_INS = (_slots[x] for x in ("cards", "undervotes", "overvotes", "write_ins"))


def schema(database: str) -> list[str]:
    """The files that make the tables, in order; a line of the shared ones may be one database's alone."""
    files = sorted(
        [*TREE.glob("schema/sql/[0-9]*.sql"), *TREE.glob(f"schema/sql/{database}/[0-9]*.sql")], key=lambda f: f.name
    )
    return [file.read_text(encoding="utf-8").replace(f"--{database}: ", "") for file in files]


def stamp(at: dt.datetime) -> str:
    return at.astimezone(dt.timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")


@dataclasses.dataclass
class Count:
    """Rows of a store, by table. Numbers are places in the lists, as in a real one."""

    election: str = "Test election"
    label: str = "TEST: figures made up by a fixture"
    mode: str = "test"
    time_zone: str = "Asia/Taipei"
    methods: tuple[tuple[str, str], ...] = (("in-person", "In person"),)  # Of every contest that is made then.
    rows: dict[str, list[tuple[Any, ...]]] = dataclasses.field(default_factory=lambda: collections.defaultdict(list))
    commit: int = 1
    committed_at: dt.datetime = T0
    outcomes: tuple[int, int, int] = (0, 0, 0)  # duplicate, conflict, rejected
    counted: int | None = None  # None: the cards of all units.
    presentation: dict[str, Any] | None = None  # presentation.json.

    def parties(self, *parties: tuple[str, str, str | None]) -> None:
        self.rows["parties"] = [(i, *p) for i, p in enumerate(parties)]

    def units(
        self, units: Iterable[tuple[str, str, str, str | None]], registered: dict[str, int] | None = None
    ) -> None:
        """`units`: (id, name, kind, parent's id), a parent before its children."""
        number: dict[str, int] = {}
        depth: dict[str, int] = {}
        top: dict[str, int] = {}
        for i, (id_, name, kind, parent) in enumerate(units):
            number[id_] = i
            depth[id_] = 0 if parent is None else depth[parent] + 1
            if depth[id_] > 0:
                top[id_] = i if depth[id_] == 1 else top[parent or ""]
            self.rows["units"].append(
                (
                    i,
                    id_,
                    name,
                    kind,
                    None if parent is None else number[parent],
                    depth[id_],
                    top.get(id_),
                    (registered or {}).get(id_),
                )
            )
        self.number = number

    def contest(
        self,
        id_: str,
        name: str,
        options: list[tuple[str, str, str, str | None, str | None]],
        *,
        votes_allowed: int = 1,
        seats: int = 1,
        sheets: bool = False,
        kind: str = "plurality",
    ) -> int:
        """`options`: (id, name, short name, party id, colour). Returns the contest's number."""
        contest = len(self.rows["contests"])
        self.rows["contests"].append(
            (contest, id_, name, kind, seats, votes_allowed, "votes", "most votes", 0, 0, 0, len(options))
        )
        self.rows["contest_methods"] += [(contest, method, int(sheets)) for method in range(len(self.methods))]
        party_number = {row[1]: row[0] for row in self.rows["parties"]}
        for slot, (option, option_name, short, party, colour) in enumerate(options):
            self.rows["options"].append((contest, slot, option, option_name, short, "candidate", colour, None))
            if party is not None:
                self.rows["option_parties"].append((contest, slot, party_number[party], 0))
        return contest

    def total(
        self, contest: int, slot: int, unit: str, value: int, *, known: int = 0, withheld: int = 0, method: int = 0
    ) -> None:
        self.rows["totals"].append((contest, slot, self.number[unit], method, value, known, withheld, self.commit))

    def cards(self, unit: str, cards: int, sheets: int = 0) -> None:
        self.total(WHOLE_UNIT, CARDS, unit, cards)
        self.rows["unit_cards"].append((self.number[unit], cards, sheets, self.commit))

    def curve(self, finals: dict[tuple[int, int], int], points: int = 200, hours: float = 4.0) -> None:
        """A timeline that rises to `finals`, by (contest, slot), and ends at the committed time."""
        for i in range(1, points + 1):
            done = i / points
            for place, ((contest, slot), final) in enumerate(finals.items()):
                risen = done ** max(0.2, 1.6 - 0.25 * place) if i < points else 1
                at = self.committed_at - dt.timedelta(hours=hours * (1 - done))
                self.rows["timeline"].append((i, stamp(at), contest, slot, round(final * risen), "number"))
        self.commit = max(self.commit, points)

    def reconciled(self, differences: int = 0, differs: str = "", not_looked_at: str = "") -> None:
        """The last reconciliation: at T0, as of the first commit."""
        self.rows["reconciliation"] = [(1, stamp(T0), 1, differences, differs, not_looked_at)]

    def _cells(self) -> list[tuple[int, ...]]:
        """What a commit keeps of each contest, unit and method, from the totals."""
        cells: dict[tuple[int, int, int], list[int]] = {}
        for contest, slot, unit, method, value, known, withheld, _ in self.rows["totals"]:
            if contest == WHOLE_UNIT:
                continue
            cell = cells.setdefault((contest, unit, method), [0] * 6)
            cell[0] += known + withheld
            cell[1] += value if slot == CARDS else 0
            at = 2 if slot < CARDS else 4 if slot == WRITE_INS else None
            if at is not None:
                cell[at] += known
                cell[at + 1] += withheld
        return [(*key, *cell) for key, cell in cells.items()]

    def finished(self) -> dict[str, list[tuple[Any, ...]]]:
        rows = dict(self.rows)
        sums: dict[tuple[int, int], list[int]] = {}
        for contest, slot, _, _, value, known, withheld, _ in self.rows["totals"]:
            line = sums.setdefault((contest, slot), [0, 0, 0])
            line[0] += value
            line[1] += withheld
            line[2] += known
        rows["contest_totals"] = [(c, s, v, w, self.commit, k) for (c, s), (v, w, k) in sums.items()]
        rows["cells"] = self._cells()
        above = {row[4] for row in self.rows["units"]}
        leaves = sum(row[0] not in above for row in self.rows["units"])
        rows["contests"] = [(*row[:-2], leaves, row[-1]) for row in self.rows["contests"]]
        if self.presentation is not None:
            given = json.dumps({"teller": "presentation/1"} | self.presentation, ensure_ascii=False).encode()
            rows["presentations"] = [(1, hashlib.sha256(given).digest(), given, "init", "first version")]
        rows["methods"] = [(i, *method) for i, method in enumerate(self.methods)]
        counted = sum(r[1] for r in self.rows["unit_cards"]) if self.counted is None else self.counted
        duplicate, conflict, rejected = self.outcomes
        rows["partitions"] = [
            (0, self.commit, counted, counted, bytes(32), counted, duplicate, conflict, rejected, self.commit, None)
        ]
        committed = stamp(self.committed_at) if self.commit else None
        rows["head"] = [
            (
                1,
                bytes(range(16)),
                b"{}",
                self.mode,
                self.label,
                "unofficial",
                "live",
                self.election,
                self.time_zone,
                bytes(32),
                1,
                None,
                self.commit,
                committed,
                committed,
            )
        ]
        return rows


def write_sqlite(count: Count, path: pathlib.Path) -> pathlib.Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(path) as database:
        database.execute("pragma journal_mode=wal")
        for text in schema("sqlite"):
            database.executescript(text)
        for table, rows in count.finished().items():
            if rows:
                marks = ",".join("?" * len(rows[0]))
                database.executemany(f'insert into "{table}" values ({marks})', rows)
        database.execute("insert into contest_heard select * from contest_heard_anew")
    database.close()
    return path


def write_postgres(count: Count, owner_conninfo: str) -> None:
    """Into an empty schema `teller` whose roles exist."""
    import psycopg

    with psycopg.connect(owner_conninfo, options="-c search_path=teller") as database, database.cursor() as cursor:
        for text in schema("postgres"):
            cursor.execute(text)
        rows = count.finished()
        ordered = [
            t
            for t in ("methods", "parties", "units", "contests", "contest_methods", "options", "option_parties")
            if t in rows
        ]
        for table in [*ordered, *(t for t in rows if t not in ordered)]:
            values = rows[table]
            if table == "contest_methods":
                values = [(*r[:2], bool(r[2])) for r in values]
            if values:
                with cursor.copy(f"copy {table} from stdin") as copy:
                    for row in values:
                        copy.write_row(row)
        cursor.execute("insert into contest_heard select * from contest_heard_anew")
        cursor.execute("analyze")  # As autovacuum would have done by now.


# ---------------------------------------------------------------------------------------------------- elections


def small() -> Count:
    """One contest, two areas, four polling places; Lai 60, Hou 40, of which 3 ballots were sent twice."""
    count = Count()
    count.parties(("dpp", "民主進步黨", "#1b9431"), ("kmt", "中國國民黨", "#000099"))
    count.units(
        [
            ("tw", "臺灣", "country", None),
            ("tw/a", "連江縣", "county", "tw"),
            ("tw/b", "臺北市", "county", "tw"),
            ("tw/a/1", "介壽村 1", "polling_place", "tw/a"),
            ("tw/a/2", "介壽村 2", "polling_place", "tw/a"),
            ("tw/b/1", "大安 1", "polling_place", "tw/b"),
            ("tw/b/2", "大安 2", "polling_place", "tw/b"),
        ],
        {"tw": 200},
    )
    president = count.contest(
        "president",
        "President and Vice President",
        [("lai", "賴清德/蕭美琴", "Lai / Hsiao", "dpp", None), ("hou", "侯友宜/趙少康", "Hou / Jaw", "kmt", None)],
    )
    for unit, lai, hou in (("tw/a/1", 10, 5), ("tw/a/2", 20, 15), ("tw/b/1", 30, 20)):
        count.total(president, 0, unit, lai)
        count.total(president, 1, unit, hou)
        count.total(president, CARDS, unit, lai + hou)
        count.cards(unit, lai + hou)
    count.outcomes = (3, 1, 2)
    return count


def picture(red: int = 90, green: int = 110, blue: int = 140, width: int = 60, height: int = 80) -> str:
    """A PNG of one colour, as a presentation holds it."""

    def part(name: bytes, inside: bytes) -> bytes:
        return struct.pack(">I", len(inside)) + name + inside + struct.pack(">I", zlib.crc32(name + inside))

    lines = (b"\0" + bytes((red, green, blue)) * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    png = part(b"IHDR", head) + part(b"IDAT", zlib.compress(lines)) + part(b"IEND", b"")
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + png).decode()


def small_in_languages() -> Count:
    """small(), with a presentation that has everything: three languages, two scripts, a photo, profiles."""
    count = small()
    count.presentation = {
        "title": "President 2024",
        "subtitle": "A made-up count of four places",
        "options": {"president/lai": {"short_name": "Lai / Hsiao", "photo": "lai.png"}},
        "photos": {"lai.png": picture()},
        "profiles": {
            "en": {"president/lai": "Vice president since 2020.\n\nBorn in <b>Wanli</b>."},
            "zh-TW": {"president/lai": "2020年起任副總統。"},
        },
        "texts": {
            "en": {
                "president": "President",
                "president/lai": "Lai Ching-te / Hsiao Bi-khim",
                "president/hou": "Hou Yu-ih / Jaw Shaw-kong",
                "dpp": "Democratic Progressive Party",
                "kmt": "Kuomintang",
                "tw": "Taiwan",
                "tw/a": "Lienchiang County",
                "tw/b": "Taipei City",
            },
            "zh-TW": {"title": "總統選舉", "subtitle": "虛構的四處計票", "president": "總統副總統"},
            "ja": {"president/lai": "頼清徳／蕭美琴", "tw/b": "台北市"},
        },
    }
    return count


def small_with_earlier() -> Count:
    """small() with every place heard from, and figures of four years before: of the whole and of one area."""
    count = small_in_languages()
    count.total(0, 0, "tw/b/2", 30)
    count.total(0, 1, "tw/b/2", 20)
    count.total(0, CARDS, "tw/b/2", 50)
    count.cards("tw/b/2", 50)
    count.presentation["earlier"] = {
        "president": {
            "title": "2020",
            "units": {
                "tw": {"of": 200, "options": {"lai": 114, "hou": 77}},
                "tw/a": {"of": 40, "options": {"lai": 24, "hou": 16}},
            },
        }
    }
    return count


def small_on_a_map() -> Count:
    """small(), with a map: the two areas, an islet that is no unit's, and a third area that has no place on it."""
    count = small_in_languages()
    count.presentation["map"] = {
        "source": "Made up <b>here</b>",
        "width": 400,
        "height": 300,
        "outline": "M20 20l360 0 0 260-360 0z",
        "shapes": {"north": [100, 80], "south": [260, 200], "islet": [390, 10]},
        "units": {"tw/a": "north", "tw/b": "south"},
        "units_without": {"tw/c": "votes from abroad"},
        "shapes_without": {"islet": "nobody lives there"},
    }
    return count


IMAGE = "<img src=x onerror=alert(1)>"  # What would show itself if a name became markup.


def naughty_strings() -> list[str]:
    """The Big List of Naughty Strings, each of them once, and IMAGE."""
    listed = json.loads((TREE / "tests/suites/blns/blns.json").read_text(encoding="utf-8"))
    return [IMAGE, *dict.fromkeys(said for said in listed if said.strip() and said != IMAGE)]


def naughty() -> Count:
    """Everything that has a name is called by one of naughty_strings(): options, parties, places; the election, the label, the
    contests, the method and what officers write by IMAGE."""
    names = naughty_strings()
    count = Count(election=IMAGE, label=IMAGE, methods=(("polls", IMAGE), ("post", IMAGE + "2")))
    count.parties(*((f"p{i}", name, None) for i, name in enumerate(names)))
    places = [(f"u/{i}", name, "precinct", "u") for i, name in enumerate(names)]
    count.units([("u", IMAGE, "country", None), *places])
    for contest, called in enumerate(("c", "d")):
        count.contest(called, IMAGE, [(f"n{i}", name, name, f"p{i}", None) for i, name in enumerate(names)])
        for slot in range(len(names)):
            count.total(contest, slot, "u/0", len(names) - slot, method=slot % 2)
        for method in (0, 1):
            count.total(contest, CARDS, "u/0", 100_000, method=method)
    count.cards("u/0", 200_000)
    count.curve({(0, slot): len(names) - slot for slot in range(8)}, points=4)
    count.rows["falls"] = [(0, 1, 0, 1, 0, 0, 3, 0, 30, 20, IMAGE)]
    count.rows["decisions"] = [
        (0, 3, place, 7, action, number, IMAGE, IMAGE, None, b"0")
        for place, (action, number) in enumerate((("keep", 0), ("void", 0), (IMAGE, 1)))
    ]
    profile = {"c/n0": IMAGE}
    count.presentation = {"subtitle": IMAGE, "profiles": {"en": profile}, "texts": {"de": {"c/n0": f"{IMAGE} de"}}}
    return count


def small_and_reconciled() -> Count:
    count = small()
    count.reconciled(1, "log = store", "a, b")
    return count


def taiwan(csv_gz: pathlib.Path | None) -> Count:
    """Taiwan's presidential election of 2024 by polling station, from the published file or with made-up figures."""
    count = Count(
        election="第16任總統副總統選舉 · Taiwan presidential election 2024",
        mode="demo",
        label="REPLAY: ballots synthesised from published polling-station totals (valid votes only)",
    )
    parties = {
        "民主進步黨": ("dpp", "#1b9431", "Lai / Hsiao"),
        "中國國民黨": ("kmt", "#000099", "Hou / Jaw"),
        "台灣民眾黨": ("tpp", "#28c8c8", "Ko / Wu"),
    }
    rows: list[dict[str, str]] = []
    if csv_gz is not None:
        rows = list(csv.DictReader(io.TextIOWrapper(gzip.open(csv_gz), encoding="utf-8")))
    else:
        for i in range(17_795):
            county, town = i * 22 // 17_795, i * 357 // 17_795
            for n, party in enumerate(parties):
                rows.append(
                    {
                        "county": f"County {county + 1}",
                        "town": f"Town {town + 1}",
                        "village": f"Village {i % 40}",
                        "polling_place": str(i + 1),
                        "party": party,
                        "candidate": party,
                        "number": str(n + 1),
                        "votes": str(200 + (i * (7 + n)) % 190),
                    }
                )
    units: dict[str, tuple[str, str, str, str | None]] = {"tw": ("tw", "臺灣", "country", None)}
    votes: dict[str, dict[str, int]] = collections.defaultdict(dict)
    tickets: dict[str, str] = {}
    for r in rows:
        county, town = f"tw/{r['county']}", f"tw/{r['county']}/{r['town']}"
        unit = f"{town}/{r['polling_place']}"
        units.setdefault(county, (county, r["county"], "county", "tw"))
        units.setdefault(town, (town, r["town"], "town", county))
        units.setdefault(unit, (unit, f"{r['village']} {r['polling_place']}", "polling_place", town))
        votes[unit][r["party"]] = int(r["votes"])
        tickets[r["party"]] = r["candidate"]
    count.parties(*((parties[name][0], name, parties[name][1]) for name in parties))
    count.units(units.values(), {"tw": 19_548_531})
    president = count.contest(
        "president",
        "總統副總統 · President and Vice President",
        [(parties[n][0], tickets[n], parties[n][2], parties[n][0], None) for n in parties],
    )
    order = list(parties)
    finals: dict[tuple[int, int], int] = collections.defaultdict(int)
    for unit, by_party in votes.items():
        for slot, name in enumerate(order):
            count.total(president, slot, unit, by_party[name])
            finals[(president, slot)] += by_party[name]
        count.total(president, CARDS, unit, sum(by_party.values()))
        count.cards(unit, sum(by_party.values()))
    count.outcomes = (139_475, 12, 31)
    count.committed_at = dt.datetime.now(dt.timezone.utc)
    count.curve(finals)
    return count


if __name__ == "__main__":
    write_sqlite(taiwan(pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None), pathlib.Path(sys.argv[1]))
