"""What the board shows, read from the pub_* views of schema/sql and from nothing else.

One call of Reader.read() is one transaction: every number of a Snapshot is true as of the one commit that its head
names. The same queries run on SQLite (opened read-only) and on PostgreSQL (as a role that sees only pub_*).

A Reader belongs to the server process and is shared by all browsers; one lock makes N pages ask the database as
often as one page does. When the database does not answer, the last snapshot is handed out again, and Reading says so.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import pathlib
import sqlite3
import sys
import threading
import time
import tomllib
import urllib.parse
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import psycopg
import psycopg.conninfo
import sqlalchemy as sa

UTC = dt.timezone.utc
PAGE_ROWS = 50  # Lines of the units table on one page.
TIMELINE_POINTS = 300  # A line of the chart has at most about twice as many.
TIMELINE_OPTIONS_MAX = 8  # Lines of the chart.
OPTION_COLUMNS_MAX = 6  # Options that have their own column in the units table.
ASK_AGAIN_AFTER_S = 0.9  # Browsers that ask within this time get the same answer …
ASK_AGAIN_FACTOR = 5  # … and within so many times of what the last reading took.
READ_ALL_AFTER_S = 30.0  # Without a new commit, colours and names are read again after this time.
SNAPSHOTS_KEPT = 64
FIRST_COUNTER = 65280  # Slots from here on are counters; see schema/sql.
CARDS, UNDERVOTES, OVERVOTES, BLANK, INVALID, WRITE_INS, EXHAUSTED = range(FIRST_COUNTER, FIRST_COUNTER + 7)


# ------------------------------------------------------------------------------------------------ what is shown


@dataclasses.dataclass(frozen=True)
class Figure:
    """A sum over cells of which some may be withheld or unknown: never an implied 0."""

    value: int = 0  # The sum of the cells that are numbers.
    numbers: int = 0  # How many cells are numbers …
    withheld: int = 0  # … and how many are not shown by the election office …
    unknown: int = 0  # … or were never said.

    @property
    def complete(self) -> bool:
        return self.withheld == 0 and self.unknown == 0

    def __add__(self, other: Figure) -> Figure:
        return Figure(
            self.value + other.value,
            self.numbers + other.numbers,
            self.withheld + other.withheld,
            self.unknown + other.unknown,
        )


@dataclasses.dataclass(frozen=True)
class Head:
    count_id: str
    mode: str
    label: str
    status: str
    publication: str
    election: str
    time_zone: str
    commit: int
    committed_at: dt.datetime | None  # UTC; None: nothing is committed yet.
    recorded: int
    counted: int
    duplicate: int
    conflict: int
    rejected: int
    halted: int  # Partitions that an officer has to look at.


@dataclasses.dataclass(frozen=True)
class Contest:
    id: str
    number: int
    name: str
    kind: str
    seats: int
    votes_allowed: int
    share_base: str
    decides: str
    counted_from: str


@dataclasses.dataclass(frozen=True)
class Option:
    id: str
    slot: int
    name: str
    short_name: str
    kind: str
    colour: str | None
    party_ids: str | None
    parties: str | None
    votes: Figure
    share: float | None  # None: nothing to divide by, or a part of it is withheld.


@dataclasses.dataclass(frozen=True)
class PartyLine:
    id: str
    name: str
    colour: str | None
    votes: int
    options: int


@dataclasses.dataclass(frozen=True)
class Line:
    """A line of the units table: one reporting unit, or all units of an area."""

    id: str
    name: str
    within: str  # The unit above, unless that is all of the election.
    units: int
    reporting: int
    cards: int
    votes: dict[int, Figure]  # By slot.
    changed_at_commit: int


@dataclasses.dataclass(frozen=True)
class Point:
    at: dt.datetime
    option: str
    votes: int


@dataclasses.dataclass(frozen=True)
class Law:
    name: str
    left: int
    right: int
    holds: bool | None  # None: a figure it needs is missing, so it cannot be checked here.
    terms: tuple[tuple[str, int], ...]


@dataclasses.dataclass(frozen=True)
class View:
    """What a reader of the page chose."""

    contest: str | None = None  # None: the first one.
    area: str | None = None  # None: all areas.
    search: str = ""
    order: str = "official"  # official, name, cards, changed, or "votes:<option id>".
    page: int = 0


@dataclasses.dataclass(frozen=True)
class Snapshot:
    head: Head
    contests: list[Contest]
    contest: Contest | None
    options: list[Option]  # Most votes first.
    parties: list[PartyLine]  # Most votes first.
    counters: dict[int, Figure]  # Of the contest, by slot.
    votes: Figure  # Of all options and write-ins.
    units: int  # Reporting units that have none below them …
    reporting: int  # … and how many of those have counted anything.
    cards: int  # Of the whole count, whatever stands on them.
    registered: int | None
    areas: list[Line]
    columns: list[Option]  # Those that have their own column in the units table, in the ballot's order.
    timeline: list[Point]
    laws: list[Law]
    halted_because: list[str]
    lines: list[Line] = dataclasses.field(default_factory=list)  # One page of the units table.
    lines_total: int = 0
    lines_are_units: bool = False  # Else areas.

    @property
    def flat(self) -> bool:
        """There is no level between the whole and its units: nothing to drill down from."""
        return len(self.areas) == self.units


@dataclasses.dataclass(frozen=True)
class Reconciled:
    """The last time that journal, store, log, statement and readers were held against each other."""

    at: dt.datetime
    commit: int
    differences: int
    differs: str  # Which comparisons: "log = store, static files = store".
    not_looked_at: str


@dataclasses.dataclass(frozen=True)
class Reading:
    snapshot: Snapshot | None  # The last one that could be read.
    read_at: dt.datetime | None  # When that was.
    reconciled: Reconciled | None = None  # Not of the snapshot's commit but of its own.
    away: str | None = None  # Why there is no newer one: absent, empty, away. None: it is the newest.
    away_since: dt.datetime | None = None
    went_back_from: int | None = None  # The store shows an older commit than it did before.


# ------------------------------------------------------------------------------------------------- the database

_POSTGRES = {"connect_timeout": 3, "options": "-c statement_timeout=8000", "application_name": "teller board"}


def engine_for(url: str) -> sa.Engine:
    """Opens `url` when something is read; SQLite's file read-only. Also takes libpq's own form, "host=… dbname=…"."""
    to_libpq: dict[str, Any] = {}
    if "://" not in url:
        conninfo, url = url, "postgresql+psycopg://"
        to_libpq["creator"] = lambda: psycopg.connect(conninfo, **_POSTGRES)
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        # Not kept open: a demo that starts again makes a new file under the same name.
        path = urllib.parse.quote(os.path.abspath(parsed.database or ""))
        connect = lambda: sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5, isolation_level=None)  # noqa: E731
        engine = sa.create_engine("sqlite://", creator=connect, poolclass=sa.NullPool)
        # Python's driver begins no transaction for a SELECT, and without one there is no snapshot.
        sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
        return engine
    return sa.create_engine(
        parsed,
        isolation_level="REPEATABLE READ",
        pool_size=2,
        max_overflow=0,
        pool_timeout=5,
        pool_pre_ping=True,
        pool_recycle=600,
        execution_options={"postgresql_readonly": True},
        **(to_libpq or {"connect_args": _POSTGRES}),
    )


class _Views:
    """The views' columns that the board reads."""

    def __init__(self, schema: str | None):
        def view(name: str, columns: str) -> sa.TableClause:
            return sa.table(
                name,
                *(sa.column(c, sa.Boolean) if c == "is_leaf" else sa.column(c) for c in columns.split()),
                schema=schema,
            )

        self.head = view(
            "pub_head",
            "count_id mode label status publication election time_zone commit_number committed_at "
            "recorded counted duplicate conflict rejected halted",
        )
        self.contests = view(
            "pub_contests", "contest contest_id contest_name kind seats votes_allowed share_base decides counted_from"
        )
        self.options = view(
            "pub_options",
            "contest slot option_id option_name short_name kind colour party_ids party_names votes withheld share",
        )
        self.parties = view("pub_parties", "contest party_id party_name colour votes options")
        self.units = view(
            "pub_units",
            "unit unit_id unit_name depth parent_name top_id top_name registered cards sheets "
            "changed_at_commit is_leaf",
        )
        self.totals = view("pub_totals", "contest slot unit value how changed_at_commit")
        self.reconcile = view("pub_reconcile", "at commit_number differences differs not_looked_at")
        self.outcomes = view("pub_outcomes", "partition log_size halted_because")
        self.timeline = view("pub_timeline", "commit_number at contest_id option_id votes")


def as_time(value: Any) -> dt.datetime | None:
    """A time of either database: an aware datetime, or ISO 8601 text (UTC when it names no zone)."""
    if value is None:
        return None
    time_ = value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(str(value))
    return time_.replace(tzinfo=UTC) if time_.tzinfo is None else time_.astimezone(UTC)


def _count_if(condition: Any) -> Any:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)


class _Query:
    """The queries of one snapshot, all in the caller's transaction."""

    def __init__(self, connection: sa.Connection):
        self.connection = connection
        self.v = _Views("teller" if connection.dialect.name == "postgresql" else None)

    def rows(self, statement: Any) -> list[Any]:
        return list(self.connection.execute(statement).mappings())

    def head(self) -> Head | None:
        for r in self.rows(sa.select(self.v.head)):
            return Head(
                r["count_id"],
                r["mode"],
                r["label"] or "",
                r["status"],
                r["publication"],
                r["election"],
                r["time_zone"],
                int(r["commit_number"]),
                as_time(r["committed_at"]),
                int(r["recorded"]),
                int(r["counted"]),
                int(r["duplicate"]),
                int(r["conflict"]),
                int(r["rejected"]),
                int(r["halted"]),
            )
        return None

    def contests(self) -> list[Contest]:
        v = self.v.contests
        return [
            Contest(
                r["contest_id"],
                r["contest"],
                r["contest_name"],
                r["kind"],
                r["seats"],
                r["votes_allowed"],
                r["share_base"],
                r["decides"],
                r["counted_from"],
            )
            for r in self.rows(sa.select(v).order_by(v.c.contest))
        ]

    def options(self, contest: Contest) -> list[Option]:
        v = self.v.options
        rows = self.rows(sa.select(v).where(v.c.contest == contest.number).order_by(v.c.votes.desc(), v.c.slot))
        any_withheld = any(r["withheld"] for r in rows)
        return [
            Option(
                r["option_id"],
                r["slot"],
                r["option_name"],
                r["short_name"] or r["option_name"],
                r["kind"],
                r["colour"],
                r["party_ids"],
                r["party_names"],
                # Its numbers are filled in from the cells (see snapshot), which know what is missing.
                Figure(int(r["votes"]), 1 if r["votes"] else 0, int(r["withheld"])),
                None if any_withheld or r["share"] is None else float(r["share"]),
            )
            for r in rows
        ]

    def parties(self, contest: Contest) -> list[PartyLine]:
        v = self.v.parties
        rows = self.rows(sa.select(v).where(v.c.contest == contest.number).order_by(v.c.votes.desc(), v.c.party_id))
        return [
            PartyLine(r["party_id"], r["party_name"], r["colour"], int(r["votes"]), int(r["options"])) for r in rows
        ]

    def area_units(self) -> list[Line]:
        """Each area with its number of units, how many report, and their cards; in the rules' order."""
        u = self.v.units
        statement = (
            sa.select(
                sa.func.coalesce(u.c.top_id, u.c.unit_id).label("id"),
                sa.func.coalesce(u.c.top_name, u.c.unit_name).label("name"),
                sa.func.count().label("units"),
                _count_if(sa.or_(u.c.cards > 0, u.c.sheets > 0)).label("reporting"),
                sa.func.sum(u.c.cards).label("cards"),
                sa.func.max(u.c.changed_at_commit).label("changed"),
                sa.func.min(u.c.unit).label("first"),
            )
            .where(u.c.is_leaf)
            .group_by(sa.func.coalesce(u.c.top_id, u.c.unit_id), sa.func.coalesce(u.c.top_name, u.c.unit_name))
            .order_by("first")
        )
        return [
            Line(
                r["id"],
                r["name"],
                "",
                int(r["units"]),
                int(r["reporting"]),
                int(r["cards"] or 0),
                {},
                int(r["changed"] or 0),
            )
            for r in self.rows(statement)
        ]

    def registered(self) -> int | None:
        u = self.v.units
        value = self.connection.scalar(sa.select(sa.func.sum(u.c.registered)).where(u.c.depth == 0))
        return None if value is None else int(value)

    def area_totals(self, contest: Contest) -> dict[str, dict[int, Figure]]:
        t, u = self.v.totals, self.v.units
        area = sa.func.coalesce(u.c.top_id, u.c.unit_id)
        statement = (
            sa.select(
                area.label("area"),
                t.c.slot,
                sa.func.sum(t.c.value).label("value"),
                _count_if(t.c.how == "number").label("numbers"),
                _count_if(t.c.how == "withheld").label("withheld"),
                _count_if(t.c.how == "unknown").label("unknown"),
            )
            .join_from(t, u, u.c.unit == t.c.unit)
            .where(t.c.contest == contest.number)
            .group_by(area, t.c.slot)
        )
        found: dict[str, dict[int, Figure]] = {}
        for r in self.rows(statement):
            found.setdefault(r["area"], {})[r["slot"]] = _figure(r, "")
        return found

    def unit_lines(
        self, contest: Contest, view: View, slots: list[int], order_slot: int | None
    ) -> tuple[list[Line], int]:
        """One page of single units, sorted and cut by the database."""
        t, u = self.v.totals, self.v.units
        chosen = [u.c.is_leaf]
        if view.area is not None:
            chosen.append(sa.func.coalesce(u.c.top_id, u.c.unit_id) == view.area)
        if view.search:
            chosen.append(
                sa.or_(
                    *(c.icontains(view.search, autoescape=True) for c in (u.c.unit_name, u.c.parent_name, u.c.unit_id))
                )
            )
        total = int(self.connection.scalar(sa.select(sa.func.count()).select_from(u).where(*chosen)) or 0)

        columns: list[Any] = [t.c.unit]
        for slot in slots:
            columns.append(sa.func.sum(sa.case((t.c.slot == slot, t.c.value))).label(f"value_{slot}"))
            for how, name in (("number", "numbers"), ("withheld", "withheld"), ("unknown", "unknown")):
                columns.append(_count_if(sa.and_(t.c.slot == slot, t.c.how == how)).label(f"{name}_{slot}"))
        of_units = sa.select(u.c.unit).where(*chosen)
        sums = (
            sa.select(*columns)
            .where(t.c.contest == contest.number, t.c.slot.in_(slots), t.c.unit.in_(of_units))
            .group_by(t.c.unit)
            .subquery("sums")
        )
        order = {"name": [u.c.unit_name], "cards": [u.c.cards.desc()], "changed": [u.c.changed_at_commit.desc()]}.get(
            view.order, []
        )
        if order_slot is not None:
            order = [sa.func.coalesce(sums.c[f"value_{order_slot}"], -1).desc()]
        statement = (
            sa.select(
                u.c.unit_id,
                u.c.unit_name,
                u.c.parent_name,
                u.c.depth,
                u.c.cards,
                u.c.sheets,
                u.c.changed_at_commit,
                *(c for c in sums.c if c.name != "unit"),
            )
            .outerjoin_from(u, sums, sums.c.unit == u.c.unit)
            .where(*chosen)
            .order_by(*order, u.c.unit)
            .limit(PAGE_ROWS)
            .offset(view.page * PAGE_ROWS)
        )
        lines = [
            Line(
                r["unit_id"],
                r["unit_name"],
                r["parent_name"] if r["depth"] > 1 else "",
                1,
                1 if r["cards"] or r["sheets"] else 0,
                int(r["cards"]),
                {slot: _figure(r, f"_{slot}") for slot in slots},
                int(r["changed_at_commit"]),
            )
            for r in self.rows(statement)
        ]
        return lines, total

    def timeline(self, contest: Contest, options: list[Option]) -> list[Point]:
        v = self.v.timeline
        of_option = {"partition_by": v.c.option_id, "order_by": v.c.commit_number}
        numbered = (
            sa.select(
                v.c.at,
                v.c.option_id,
                v.c.votes,
                v.c.commit_number,
                sa.func.row_number().over(**of_option).label("row"),
                sa.func.count().over(partition_by=v.c.option_id).label("rows"),
            )
            .where(v.c.contest_id == contest.id, v.c.option_id.in_([o.id for o in options]))
            .subquery("numbered")
        )
        n = numbered.c
        every = sa.case((n.rows >= 2 * TIMELINE_POINTS, sa.cast(n.rows, sa.Integer) // TIMELINE_POINTS), else_=1)
        statement = (
            sa.select(n.at, n.option_id, n.votes)
            .where(sa.or_(n.row == 1, n.row == n.rows, n.row % every == 0))
            .order_by(n.commit_number)
        )
        return [
            Point(at, r["option_id"], int(r["votes"]))
            for r in self.rows(statement)
            if (at := as_time(r["at"])) is not None
        ]

    def halted_because(self) -> list[str]:
        v = self.v.outcomes
        return [
            f"{r['partition']}: {r['halted_because']}"
            for r in self.rows(sa.select(v).where(v.c.halted_because.is_not(None)).order_by(v.c.partition))
        ]

    def reconciled(self) -> Reconciled | None:
        v = self.v.reconcile
        if not sa.inspect(self.connection).has_table(v.name, v.schema):
            return None  # A count of an older program, which nobody has opened for writing since.
        for r in self.rows(sa.select(v)):
            if (at := as_time(r["at"])) is not None:
                return Reconciled(at, int(r["commit_number"]), int(r["differences"]), r["differs"], r["not_looked_at"])
        return None

    def log_size(self) -> int:
        return int(self.connection.scalar(sa.select(sa.func.sum(self.v.outcomes.c.log_size))) or 0)

    def whole(self, head: Head, contest_id: str | None) -> Snapshot:
        """All of a snapshot but the page of the units table."""
        contests = self.contests()
        contest = next((c for c in contests if c.id == contest_id), contests[0] if contests else None)
        areas, sums, options, parties, timeline = self.area_units(), {}, [], [], []
        if contest is not None:
            totals = self.area_totals(contest)
            for of_area in totals.values():
                for slot, figure in of_area.items():
                    sums[slot] = sums.get(slot, Figure()) + figure
            areas = [dataclasses.replace(a, votes=totals.get(a.id, {})) for a in areas]
            options = [dataclasses.replace(o, votes=sums.get(o.slot, Figure())) for o in self.options(contest)]
            parties = self.parties(contest)
            timeline = self.timeline(contest, options[:TIMELINE_OPTIONS_MAX])
        votes = sum((f for slot, f in sums.items() if slot < FIRST_COUNTER or slot == WRITE_INS), Figure())
        return Snapshot(
            head=head,
            contests=contests,
            contest=contest,
            options=options,
            parties=parties,
            counters=sums,
            votes=votes,
            units=sum(a.units for a in areas),
            reporting=sum(a.reporting for a in areas),
            cards=sum(a.cards for a in areas),
            registered=self.registered(),
            areas=areas,
            columns=columns_of(options),
            timeline=timeline,
            laws=laws(head, self.log_size(), contest, sums, votes),
            halted_because=self.halted_because() if head.halted else [],
        )

    def with_lines(self, whole: Snapshot, view: View) -> Snapshot:
        """`whole` with the page of the units table that `view` asks for."""
        if whole.contest is None:
            return whole
        order_slot = next((o.slot for o in whole.options if view.order == f"votes:{o.id}"), None)
        as_units = whole.flat or view.area is not None or bool(view.search)
        if as_units:
            slots = [o.slot for o in whole.columns]
            slots += [] if order_slot is None or order_slot in slots else [order_slot]
            lines, total = self.unit_lines(whole.contest, view, slots, order_slot)
        else:
            key: Callable[[Line], Any] | None = {
                "name": lambda x: x.name,
                "cards": lambda x: -x.cards,
                "changed": lambda x: -x.changed_at_commit,
            }.get(view.order)
            if order_slot is not None:
                key = lambda x: -x.votes.get(order_slot, Figure(-1)).value  # noqa: E731
            lines, total = sorted(whole.areas, key=key) if key else whole.areas, len(whole.areas)
            lines = lines[view.page * PAGE_ROWS : (view.page + 1) * PAGE_ROWS]
        return dataclasses.replace(whole, lines=lines, lines_total=total, lines_are_units=as_units)


def columns_of(options: list[Option]) -> list[Option]:
    """The options with most votes, in the ballot's order: columns stay where they are while the count goes on."""
    return sorted(options[:OPTION_COLUMNS_MAX], key=lambda o: o.slot)


def _figure(row: Any, suffix: str) -> Figure:
    return Figure(*(int(row[name + suffix] or 0) for name in ("value", "numbers", "withheld", "unknown")))


def laws(head: Head, log_size: int, contest: Contest | None, sums: dict[int, Figure], votes: Figure) -> list[Law]:
    """The laws of the count, checked with the numbers of this snapshot."""
    parts = (
        ("counted", head.counted),
        ("duplicate", head.duplicate),
        ("conflict", head.conflict),
        ("rejected", head.rejected),
    )
    right = sum(n for _, n in parts)
    found = [
        Law("recorded", head.recorded, right, head.recorded == right, parts),
        Law("log", head.counted, log_size, head.counted == log_size, (("log", log_size),)),
    ]
    if contest is not None and CARDS in sums:
        none = Figure()
        missed = EXHAUSTED if contest.kind == "ranked" else UNDERVOTES
        slots = (missed, OVERVOTES, BLANK, INVALID)
        needed = [votes, sums[CARDS], *(sums.get(s, none) for s in slots)]
        # A sheet that says nothing of, say, blank cards leaves no cell at all.
        said = contest.counted_from == "ballots" or all(s in sums for s in slots)
        each = 1 if contest.kind == "ranked" else contest.votes_allowed
        parts = (
            ("votes", votes.value),
            ("exhausted" if contest.kind == "ranked" else "undervotes", needed[2].value),
            ("overvotes", needed[3].value),
        )
        left = sum(n for _, n in parts)
        right = each * (needed[1].value - needed[4].value - needed[5].value)
        found.append(
            Law("contest", right, left, left == right if said and all(f.complete for f in needed) else None, parts)
        )
    return found


# -------------------------------------------------------------------------------------------------- the reader


class Reader:
    """Reads snapshots; safe from any thread. Keeps the last one of each view."""

    def __init__(self, url: str, clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(UTC)):
        self._engine = engine_for(url)
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[View, tuple[Snapshot, dt.datetime]] = OrderedDict()
        self._ask_again: dict[View, float] = {}
        self._head: Head | None = None
        self._reconciled: Reconciled | None = None
        self._away: tuple[str, dt.datetime] | None = None
        self._highest: tuple[str, int] = ("", 0)

    def read(self, view: View) -> Reading:
        with self._lock:
            now = self._clock()
            began = time.monotonic()
            if not (began < self._ask_again.get(view, 0) and view in self._kept and self._away is None):
                self._refresh(view, now)
                ended = time.monotonic()
                self._ask_again[view] = ended + max(ASK_AGAIN_AFTER_S, ASK_AGAIN_FACTOR * (ended - began))
            return self._reading(view)

    def _refresh(self, view: View, now: dt.datetime) -> None:
        try:
            with self._engine.connect() as connection, connection.begin():
                query = _Query(connection)
                head = query.head()
                if head is None:
                    self._say_away("empty", now)
                    return
                reconciled = query.reconciled()
                kept = self._kept.get(view)
                if kept is None or kept[0].head != head or (now - kept[1]).total_seconds() > READ_ALL_AFTER_S:
                    # Another view of the same commit has read the same, but for the units table.
                    whole, read_at = next(
                        (
                            (s, at)
                            for v, (s, at) in self._kept.items()
                            if v.contest == view.contest
                            and s.head == head
                            and v != view
                            and (now - at).total_seconds() <= READ_ALL_AFTER_S
                        ),
                        (None, now),
                    )
                    kept = (query.with_lines(whole or query.whole(head, view.contest), view), read_at)
                self._kept[view] = kept
        except sa.exc.SQLAlchemyError as error:
            # What the driver says may name hosts and files, so people get a word and the server's own
            # diagnostics get the class of the error.
            cause = getattr(error, "orig", None)
            if self._away is None:
                print(
                    f"board: the store could not be read: {type(cause or error).__name__}", file=sys.stderr, flush=True
                )
            absent = type(cause).__name__ == "UndefinedTable" or str(cause).startswith(
                ("unable to open", "no such table")
            )
            self._say_away("absent" if absent else "away", now)
            return
        self._away = None
        self._head, self._reconciled = head, reconciled
        if head.count_id != self._highest[0]:
            self._kept = OrderedDict({view: kept})  # Another count: nothing of the old one is shown again.
            self._highest = (head.count_id, head.commit)
        self._highest = (head.count_id, max(head.commit, self._highest[1]))
        self._kept.move_to_end(view)
        while len(self._kept) > SNAPSHOTS_KEPT:
            old, _ = self._kept.popitem(last=False)
            self._ask_again.pop(old, None)

    def _say_away(self, why: str, now: dt.datetime) -> None:
        self._away = (why, self._away[1] if self._away else now)

    def _reading(self, view: View) -> Reading:
        snapshot, read_at = self._kept.get(view, (None, None))
        why, since = self._away or (None, None)
        back = self._highest[1] if self._head is not None and self._head.commit < self._highest[1] else None
        return Reading(snapshot, read_at, self._reconciled, why, since, back)


def url_from_environment() -> str:
    """What to read: TELLER_BOARD_URL, else the PostgreSQL of TELLER_CONFIG's teller.toml; empty when neither is there.

    TELLER_BOARD_URL is an SQLAlchemy URL or a count's home. No password stands in it: libpq finds that in a passfile.
    """
    value = os.environ.get("TELLER_BOARD_URL", "")
    if value and "://" not in value:
        return f"sqlite:///{pathlib.Path(value).absolute() / 'store.sqlite'}"
    if not value and (config := os.environ.get("TELLER_CONFIG")):
        postgres = tomllib.loads(pathlib.Path(config).read_text(encoding="utf-8"))["postgres"]
        role = "teller_reader"
        return psycopg.conninfo.make_conninfo(
            postgres["conninfo"], user=role, passfile=os.path.join(postgres["passfiles"], f"{role}.pgpass")
        )
    return value
