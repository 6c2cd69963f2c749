"""The board's questions to the pub_* views of schema/sql, and to nothing else. The same SQL for SQLite and PostgreSQL."""

from __future__ import annotations

import dataclasses
from typing import Any

import sqlalchemy as sa

from model import (
    DECIDED_SHOWN,
    FALLS_SHOWN,
    SETTLED_SHOWN,
    WRONG_SHEETS_NAMED,
    Contest,
    Fall,
    Figure,
    Head,
    Option,
    Outstanding,
    PartyLine,
    Point,
    Reconciled,
    Settled,
    Sheets,
    Trust,
    WrongSheet,
)
from place_queries import PlaceQueries
from presentation import NONE, Presentation, read
from search import Entry
from views import (
    CONTESTS,
    COUNTERS,
    DECISIONS,
    FALLS,
    HEAD,
    INCIDENTS,
    OF_A_CONTEST,
    OPTIONS,
    OUTCOMES,
    PARTIES,
    PRESENTATION,
    RECONCILE,
    SHEET_CHECKS,
    STATEMENTS,
    TIMELINE,
    TOTALS,
    UNITS,
    figure_of,
    share_of,
)

TIMELINE_POINTS = 300  # A line of the chart has at most about twice as many.

_u = UNITS.c


class Queries:
    """Each method is a question; all of them in the caller's transaction, so that all answers are of one commit."""

    def __init__(self, connection: sa.Connection):
        self._connection = connection
        self.places = PlaceQueries(connection)

    def _rows(self, statement: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in self._connection.execute(statement).mappings()]

    def head(self) -> Head | None:
        """None: the tables are there and hold no count yet."""
        return next((Head(**row) for row in self._rows(sa.select(HEAD))), None)

    def contests(self) -> list[Contest]:
        contests = []
        for row in self._rows(sa.select(CONTESTS).order_by(CONTESTS.c.contest)):
            figures = {name: figure_of(row, name, name + "_") for name in OF_A_CONTEST}
            share = share_of(row, "write_ins_")
            del row["of_reports"]
            contests.append(Contest(**row, **figures, write_ins_share=share))
        return contests

    def options(self, contest: Contest) -> list[Option]:
        """Most votes first; those without a number last."""
        return self._options(OPTIONS.c.contest == contest.contest).get(contest.contest, [])

    def options_of_all(self) -> dict[int, list[Option]]:
        """Of every contest, by its number."""
        return self._options(sa.true())

    def _options(self, which: Any) -> dict[int, list[Option]]:
        o = OPTIONS.c
        order = (o.contest, sa.func.coalesce(o.votes, -1).desc(), o.slot)
        options: dict[int, list[Option]] = {}
        for row in self._rows(sa.select(OPTIONS).where(which).order_by(*order)):
            row |= {"votes": figure_of(row, "votes"), "share": share_of(row)}
            row["short_name"] = row["short_name"] or row["option_name"]
            contest = row.pop("contest")
            del row["of_reports"]
            options.setdefault(contest, []).append(Option(**row))
        return options

    def party_places(self) -> dict[str, int]:
        """Every party, or list of parties, in the order in which the rules name them first."""
        o = OPTIONS.c
        rows = self._rows(sa.select(o.party_ids).where(o.party_ids.is_not(None)).order_by(o.contest, o.slot))
        return {party: place for place, party in enumerate(dict.fromkeys(row["party_ids"] for row in rows))}

    def parties(self, contest: Contest) -> list[PartyLine]:
        p = PARTIES.c
        order = (sa.func.coalesce(p.votes, -1).desc(), p.place)
        lines = []
        for row in self._rows(sa.select(PARTIES).where(p.contest == contest.contest).order_by(*order)):
            row |= {"votes": figure_of(row, "votes"), "share": share_of(row)}
            del row["contest"], row["of_reports"], row["place"]
            lines.append(PartyLine(**row))
        return lines

    def exhausted(self, contest: Contest) -> Figure:
        """Ballots of a ranked contest without a first preference."""
        c = COUNTERS.c
        rows = self._rows(sa.select(COUNTERS).where(c.contest == contest.contest, c.counter == "exhausted"))
        return figure_of(rows[0]) if rows else Figure(how="unknown")

    def sheets(self, contest: Contest) -> Sheets | None:
        """Its result sheets, by how they could be checked; and those that break the law, in the rules' order."""
        s = SHEET_CHECKS.c
        if contest.counted_from == "ballots":
            return None
        counted = sa.select(s.checked, sa.func.count().label("sheets"), sa.func.sum(s.wrong).label("wrong"))
        rows = self._rows(counted.where(s.contest == contest.contest).group_by(s.checked))
        if not rows:
            return None
        wrong = sum(int(row["wrong"]) for row in rows)
        of = {row["checked"]: row["sheets"] for row in rows}
        named = sa.select(*(s[field.name] for field in dataclasses.fields(WrongSheet)))
        named = named.where(s.contest == contest.contest, s.wrong == 1).order_by(s.unit, s.method_id)
        sheets = self._rows(named.limit(WRONG_SHEETS_NAMED)) if wrong else []
        return Sheets(
            of.get("full", 0), of.get("part", 0), of.get("not", 0), wrong, [WrongSheet(**sheet) for sheet in sheets]
        )

    def decided_in(self, contest: Contest) -> str:
        return self._connection.scalar(sa.select(_u.unit_id).where(_u.unit == contest.unit)) or ""

    def registered(self, contest: Contest) -> int | None:
        """Of the unit in which it is decided; else, of a contest of the whole, the sum of the reporting units if it is
        known of each of them."""
        own = sa.select(_u.registered, _u.depth).where(_u.unit == contest.unit)
        row = next(iter(self._rows(own)), None)
        if row is None or row["registered"] is not None or row["depth"] > 0:
            return row["registered"] if row else None
        known, units, voters = self._connection.execute(
            sa.select(sa.func.count(_u.registered), sa.func.count(), sa.func.sum(_u.registered)).where(_u.is_leaf)
        ).one()
        return int(voters) if known and known == units == contest.units else None

    def outstanding(self, contest: Contest, units: int) -> Outstanding | None:
        """`units`: reporting units of the count. Where a contest is not voted on everywhere, nobody says here where."""
        open_ = contest.units - contest.reporting
        if open_ <= 0:
            return None
        if contest.units != units:
            return Outstanding(open_, None)
        t = TOTALS.c
        heard = sa.select(t.unit).where(t.contest == contest.contest).distinct()
        known, there, voters = self._connection.execute(
            sa.select(sa.func.count(_u.registered), sa.func.count(), sa.func.sum(_u.registered)).where(
                _u.is_leaf, _u.unit.not_in(heard)
            )
        ).one()
        return Outstanding(open_, int(voters) if known and known == there == open_ else None)

    def timeline(self, contest: Contest, options: list[Option]) -> list[Point]:
        """The votes of `options` over time: the first, the last, and at most 2 × TIMELINE_POINTS between."""
        t = TIMELINE.c
        of_option = {"partition_by": t.option_id, "order_by": t.commit_number}
        numbered = (
            sa.select(
                TIMELINE,
                sa.func.row_number().over(**of_option).label("row"),
                sa.func.count().over(partition_by=t.option_id).label("rows"),
            )
            .where(
                t.contest_id == contest.contest_id,
                t.option_id.in_([o.option_id for o in options]),
                t.at.is_not(None),
                # An older program did not keep how it was known: its 0 may be nothing at all.
                t.votes.is_not(None),
                sa.or_(t.how.is_not(None), t.votes > 0),
            )
            .subquery("numbered")
        )
        n = numbered.c
        every = sa.case((n.rows >= 2 * TIMELINE_POINTS, sa.cast(n.rows, sa.Integer) // TIMELINE_POINTS), else_=1)
        statement = (
            sa.select(n.at, n.option_id, n.votes)
            .where(sa.or_(n.row == 1, n.row == n.rows, n.row % every == 0))
            .order_by(n.commit_number)
        )
        return [Point(**row) for row in self._rows(statement)]

    def names(self) -> tuple[Entry, ...]:
        """Everything that has a name and can be searched for, in the rules' order."""
        return (*self._names_of_contests(), *self._names_of_places())

    def _names_of_contests(self) -> list[Entry]:
        c, o = CONTESTS.c, OPTIONS.c
        contests = self._rows(sa.select(c.contest, c.contest_id, c.contest_name).order_by(c.contest))
        name_of = {row["contest_id"]: row["contest_name"] for row in contests}
        found = [Entry("contest", row["contest_id"], row["contest_name"]) for row in contests]
        options = self._rows(sa.select(OPTIONS).order_by(o.contest, o.slot))
        contest_of = {row["contest"]: row["contest_id"] for row in contests}
        parties: dict[tuple[str, str, str], list[str]] = {}
        for row in options:
            contest = contest_of[row["contest"]]
            also = (row["short_name"],) if row["short_name"] else ()
            found.append(
                Entry(
                    "option", row["option_id"], row["option_name"], contest, (name_of[contest],), (contest,), also=also
                )
            )
            if row["party_ids"]:
                party = (contest, row["party_ids"], row["party_names"])
                parties.setdefault(party, []).append(row["option_id"])
        for (contest, id_, name), of in parties.items():
            found.append(Entry("party", id_, name, contest, (name_of[contest],), (contest,), options=tuple(of)))
        return found

    def _names_of_places(self) -> list[Entry]:
        wanted = (_u.unit, _u.unit_id, _u.unit_name, _u.kind, _u.parent_id, _u.is_leaf)
        places = self._rows(sa.select(*wanted).order_by(_u.unit))
        above = {row["unit_id"]: row for row in places}
        path_of: dict[str | None, tuple[tuple[str, ...], tuple[str, ...]]] = {None: ((), ())}

        def path(id_: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
            """The names and the ids of a place and of all above it."""
            if id_ not in path_of:
                row = above[id_]
                names, ids = path(row["parent_id"])
                path_of[id_] = (*names, row["unit_name"]), (*ids, id_)
            return path_of[id_]

        return [
            Entry(
                "place",
                row["unit_id"],
                row["unit_name"],
                where=path(row["parent_id"])[0],
                above=path(row["parent_id"])[1],
                what=row["kind"],
                unit=row["unit"] if row["is_leaf"] else None,
            )
            for row in places
        ]

    def trust(self) -> Trust:
        o, i, s, f = OUTCOMES.c, INCIDENTS.c, STATEMENTS.c, FALLS.c
        partitions = self._rows(sa.select(o.partition, o.log_size, o.root).order_by(o.partition))
        by_reason = sa.select(i.reason, sa.func.count().label("entries")).where(i.outcome == "rejected")
        rejected = self._rows(by_reason.group_by(i.reason).order_by(sa.func.count().desc(), i.reason))
        newest = self._rows(sa.select(s.number, s.commit_number).order_by(s.number.desc()).limit(1))
        falls = self._rows(sa.select(FALLS).order_by(f.commit_number.desc(), f.unit_id, f.option_id).limit(FALLS_SHOWN))
        about_conflicts = DECISIONS.c.action.in_(("keep", "supersede"))
        return Trust(
            [(row["partition"], row["log_size"], row["root"]) for row in partitions],
            [(row["reason"], row["entries"]) for row in rejected],
            (newest[0]["number"], newest[0]["commit_number"]) if newest else None,
            [Fall(**row) for row in falls],
            self._decided(about_conflicts, SETTLED_SHOWN),
            self._decided(sa.not_(about_conflicts), DECIDED_SHOWN),
            *self._warnings(),
        )

    def _decided(self, which: Any, most: int) -> list[Settled]:
        """The last ones."""
        if not sa.inspect(self._connection).has_table(DECISIONS.name):
            return []  # A count of an older program, in which nobody could decide.
        d = DECISIONS.c
        newest_first = d.commit_number.desc(), d.action, d.reason, d.officers
        return [
            Settled(**row) for row in self._rows(sa.select(DECISIONS).where(which).order_by(*newest_first).limit(most))
        ]

    def _warnings(self) -> tuple[int, list[WrongSheet]]:
        """Result sheets of any contest that do not go with their cards: how many, and the first of them."""
        s = SHEET_CHECKS.c
        many = self._connection.scalar(sa.select(sa.func.count()).select_from(SHEET_CHECKS).where(s.wrong == 1)) or 0
        named = sa.select(*(s[field.name] for field in dataclasses.fields(WrongSheet))).where(s.wrong == 1)
        rows = self._rows(named.order_by(s.contest, s.unit, s.method_id).limit(WRONG_SHEETS_NAMED)) if many else []
        return many, [WrongSheet(**row) for row in rows]

    def halted_because(self) -> list[str]:
        o = OUTCOMES.c
        rows = self._rows(sa.select(OUTCOMES).where(o.halted_because.is_not(None)).order_by(o.partition))
        return [f"{row['partition']}: {row['halted_because']}" for row in rows]

    def reconciled(self) -> Reconciled | None:
        if not sa.inspect(self._connection).has_table(RECONCILE.name):
            return None  # A count of an older program, which nobody has opened for writing since.
        return next((Reconciled(**row) for row in self._rows(sa.select(RECONCILE))), None)

    def presentation(self, known: Presentation) -> Presentation:
        """The newest; `known` if that is it. NONE of a count of an older program, which nobody has opened since."""
        if not sa.inspect(self._connection).has_table(PRESENTATION.name):
            return NONE
        hash_ = self._connection.scalar(sa.select(PRESENTATION.c.hash))
        if hash_ is None or hash_ == known.hash:
            return known if hash_ is not None else NONE
        return read(hash_, bytes.fromhex(self._connection.scalar(sa.select(PRESENTATION.c.bytes)) or ""))

    def log_size(self) -> int:
        return self._connection.scalar(sa.select(sa.func.sum(OUTCOMES.c.log_size))) or 0
