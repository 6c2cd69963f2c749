"""The board's questions about places: areas, reporting units, what lies between, and the lines of the units table."""

from __future__ import annotations

import dataclasses
from typing import Any

import sqlalchemy as sa

from model import PAGE_ROWS, Contest, Figure, Line, OfMethod, Option, Place, View
from sums import Together, of_reports, shares_of
from views import (
    AREA_FIGURES,
    CARDS,
    COUNTERS,
    SHEET_CHECKS,
    TOTALS,
    UNIT_FIGURES,
    UNITS,
    WRITE_INS,
    Whole,
    figure_of,
)

_u = UNITS.c
_AREA = sa.func.coalesce(_u.top_id, _u.unit_id)  # The unit right below the whole that a unit belongs to.
_AREA_NAME = sa.func.coalesce(_u.top_name, _u.unit_name)
_OF_A_LINE = (CARDS, WRITE_INS)  # Counters; fields of Line have their names.


def _within(above: list[dict[str, Any]]) -> tuple[tuple[str, str], ...]:
    return tuple((row["unit_id"], row["unit_name"]) for row in above if row["depth"] > 0)


def _one_of(column: sa.ColumnElement[int], numbers: list[int]) -> sa.ColumnElement[bool]:
    """As numbers in the statement: there may be more of them than a statement takes parameters."""
    return column.in_(sa.bindparam(None, numbers, type_=sa.Integer, expanding=True, literal_execute=True))


def _below(unit_id: str) -> sa.CTE:
    """All that lies below a unit, and which of those right below it that is, or is in."""
    right = sa.select(_u.unit, _u.unit_id, _u.unit_id.label("part"), _u.is_leaf).where(_u.parent_id == unit_id)
    below = right.cte("below", recursive=True)
    under = UNITS.alias("under")
    return below.union_all(
        sa.select(under.c.unit, under.c.unit_id, below.c.part, under.c.is_leaf).where(
            under.c.parent_id == below.c.unit_id
        )
    )


class PlaceQueries:
    """Each method is a question; all of them in the caller's transaction, so that all answers are of one commit."""

    def __init__(self, connection: sa.Connection):
        self._connection = connection

    def _rows(self, statement: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in self._connection.execute(statement).mappings()]

    def areas(self) -> list[Line]:
        """Each area with its number of units; in the rules' order."""
        statement = (
            sa.select(
                _AREA.label("id"),
                _AREA_NAME.label("name"),
                sa.func.count().label("units"),
                sa.func.max(_u.changed_at_commit).label("changed_at_commit"),
            )
            .where(_u.is_leaf)
            .group_by(_AREA, _AREA_NAME)
            .order_by(sa.func.min(_u.unit))
        )
        return [Line(**row) for row in self._rows(statement)]

    def with_figures(self, areas: list[Line], contest: Contest) -> list[Line]:
        """The areas with the contest's votes, cards and write-ins in them and how many units they are from."""
        a = AREA_FIGURES.c
        statement = sa.select(AREA_FIGURES).where(
            a.contest == contest.contest, sa.or_(a.is_option, a.option_id.in_(_OF_A_LINE))
        )
        votes: dict[str, dict[int, Figure]] = {}
        counters: dict[tuple[str, str], Figure] = {}
        reporting: dict[str, int] = {}
        for row in self._rows(statement.order_by(a.slot)):
            area = row["area_id"]
            reporting[area] = row["reporting"]
            if row["is_option"]:
                votes.setdefault(area, {})[row["slot"]] = figure_of(row)
            else:
                counters[area, row["option_id"]] = figure_of(row)
        return [
            dataclasses.replace(
                area,
                votes=votes.get(area.id, {}),
                cards=counters.get((area.id, CARDS), Figure()),
                write_ins=counters.get((area.id, WRITE_INS), Figure()),
                reporting=reporting.get(area.id, 0),
            )
            for area in areas
        ]

    def unit_lines(
        self, contest: Contest, view: View, slots: list[int], order_slot: int | None, of: list[int] | None = None
    ) -> tuple[list[Line], int]:
        """One page of single units, sorted and cut by the database; and how many there are on all pages. `of`: these."""
        chosen = [_u.is_leaf]
        if view.place is not None:
            inside = _below(view.place)
            chosen.append(sa.or_(_u.unit_id == view.place, _u.unit.in_(sa.select(inside.c.unit))))
        if of is not None:
            chosen.append(_one_of(_u.unit, of))
        total = self._connection.scalar(sa.select(sa.func.count()).select_from(UNITS).where(*chosen)) or 0
        statement = sa.select(
            _u.unit,
            _u.unit_id.label("id"),
            _u.unit_name.label("name"),
            sa.case((_u.depth > 1, _u.parent_name), else_="").label("within"),
            sa.case((_u.depth > 1, _u.parent_id), else_="").label("within_id"),
            sa.literal(1).label("units"),
            _u.changed_at_commit,
        )
        if order_slot is None and view.order == "cards":
            order_slot = next(iter(self._slots_of(CARDS)), None)
        orders = {"name": [_u.unit_name], "changed": [_u.changed_at_commit.desc()]}
        order = orders.get(view.order, [])
        if order_slot is not None:
            of_unit = (
                sa.select(TOTALS.c.unit, sa.func.sum(TOTALS.c.value).label("value"))
                .where(TOTALS.c.contest == contest.contest, TOTALS.c.slot == order_slot)
                .group_by(TOTALS.c.unit)
                .subquery("of_unit")
            )
            statement = statement.outerjoin_from(UNITS, of_unit, of_unit.c.unit == _u.unit)
            order = [sa.func.coalesce(of_unit.c.value, -1).desc()]
        page = statement.where(*chosen).order_by(*order, _u.unit).limit(PAGE_ROWS).offset(view.page * PAGE_ROWS)
        rows = self._rows(page)
        figures = self._figures_of(contest, [row["unit"] for row in rows], slots)
        lines = []
        for row in rows:
            votes, counters = figures.get(row.pop("unit"), ({}, {}))
            lines.append(Line(**row, votes=votes, **counters, reporting=int(CARDS in counters)))
        return lines, total

    def _figures_of(
        self, contest: Contest, units: list[int], slots: list[int]
    ) -> dict[int, tuple[dict[int, Figure], dict[str, Figure]]]:
        """Of each of these units that was heard from: its votes by slot, its cards and its write-ins."""
        f = UNIT_FIGURES.c
        statement = sa.select(UNIT_FIGURES).where(
            f.contest == contest.contest,
            f.unit.in_(units),
            sa.or_(f.slot.in_(slots), sa.and_(sa.not_(f.is_option), f.option_id.in_(_OF_A_LINE))),
        )
        found: dict[int, tuple[dict[int, Figure], dict[str, Figure]]] = {}
        for row in self._rows(statement.order_by(f.slot)):
            votes, counters = found.setdefault(row["unit"], ({}, {}))
            if row["is_option"]:
                votes[row["slot"]] = figure_of(row)
            else:
                counters[row["option_id"]] = figure_of(row)
        return found

    def place(self, contest: Contest, options: list[Option], unit_id: str) -> Place | None:
        """None: there is no such unit. `options`: all of the contest, as the views say them of the whole."""
        row = self._unit(unit_id)
        if row is None:
            return None
        above = self._above(row)
        if row["is_leaf"]:
            found = self._at(UNIT_FIGURES, contest, UNIT_FIGURES.c.unit == row["unit"])
            units, reporting = 1, int(bool(found))
        elif row["depth"] == 1:
            found = self._at(AREA_FIGURES, contest, AREA_FIGURES.c.area_id == unit_id)
            units, reporting = self._leaves(unit_id), found[0]["reporting"] if found else 0
        elif row["depth"] == 0:
            return self._whole(contest, options, row)
        else:
            return self._between(contest, options, row, above)
        figures = {r["slot"]: figure_of(r) for r in found if r["is_option"]}
        counters = {r["option_id"]: figure_of(r) for r in found if not r["is_option"]}
        return Place(
            unit_id,
            row["unit_name"],
            row["kind"],
            bool(row["is_leaf"]),
            _within(above),
            row["registered"],
            max(units, reporting),
            reporting,
            figures,
            counters,
            self.by_method(contest, options, unit_id),
        )

    def _between(
        self, contest: Contest, options: list[Option], row: dict[str, Any], above: list[dict[str, Any]]
    ) -> Place:
        """A unit between area and reporting unit: what it and all below it say together."""
        inside = self._inside(row["unit_id"])
        part_of = dict.fromkeys((row["unit"], *(r["unit"] for r in inside)), row["unit_id"])
        said = self._sums(contest, part_of).get(row["unit_id"], Together())
        return Place(
            row["unit_id"],
            row["unit_name"],
            row["kind"],
            False,
            _within(above),
            row["registered"],
            max(sum(bool(r["is_leaf"]) for r in inside), len(said.units)),
            len(said.units),
            said.options(),
            said.counters(),
            self.by_method(contest, options, row["unit_id"]),
        )

    def _unit(self, unit_id: str) -> dict[str, Any] | None:
        return next(iter(self._rows(sa.select(UNITS).where(_u.unit_id == unit_id).limit(1))), None)

    def _above(self, row: dict[str, Any]) -> list[dict[str, Any]]:
        """The units above, the highest first."""
        above: list[dict[str, Any]] = []
        while row["parent_id"] is not None and (parent := self._unit(row["parent_id"])) is not None:
            above.insert(0, row := parent)
        return above

    def below(self, unit_id: str) -> set[str]:
        """The ids of all units below one."""
        return {row["unit_id"] for row in self._rows(sa.select(_below(unit_id).c.unit_id))}

    def _leaves(self, unit_id: str) -> int:
        inside = _below(unit_id)
        return self._connection.scalar(sa.select(sa.func.count()).select_from(inside).where(inside.c.is_leaf)) or 0

    def _whole(self, contest: Contest, options: list[Option], row: dict[str, Any]) -> Place:
        """All of a contest, in the unit above all others."""
        of_contest = sa.select(COUNTERS).where(COUNTERS.c.contest == contest.contest).order_by(COUNTERS.c.slot)
        counters = {r["counter"]: figure_of(r) for r in self._rows(of_contest)}
        figures = {o.slot: o.votes for o in options} if contest.reporting else {}
        return Place(
            row["unit_id"],
            row["unit_name"],
            row["kind"],
            False,
            (),
            row["registered"],
            contest.units,
            contest.reporting,
            figures,
            counters,
            self.by_method(contest, options),
            is_whole=True,
        )

    def _inside(self, unit_id: str) -> list[dict[str, Any]]:
        """Each unit below one, with the part that it is in."""
        inside = _below(unit_id)
        wanted = sa.select(inside.c.unit, inside.c.part, _u.is_leaf, _u.changed_at_commit)
        return self._rows(wanted.select_from(inside).join(UNITS, _u.unit == inside.c.unit))

    def _slots_of(self, *counters: str) -> list[int]:
        """Of those of these counters of which something is known anywhere."""
        c = COUNTERS.c
        return [row["slot"] for row in self._rows(sa.select(c.slot).where(c.counter.in_(counters)).distinct())]

    def _sums(self, contest: Contest, part_of: dict[int, str], slots: list[int] | None = None) -> dict[str, Together]:
        """What units say together, by part, of `slots` or of all; each with what the views say of it, so that nothing is left out."""
        f = UNIT_FIGURES.c
        wanted = sa.select(f.unit, f.slot, f.option_id, f.is_option, f.value, f.of_reports, f.withheld_in, f.unknown_in)
        # The units as numbers, by which the databases find their figures without those of all others.
        which = [f.contest == contest.contest, _one_of(f.unit, list(part_of))]
        which += [] if slots is None else [_one_of(f.slot, slots)]
        rows = self._connection.execute(wanted.where(*which))
        parts: dict[str, Together] = {}
        for unit, slot, option_id, is_option, value, of, withheld_in, unknown_in in rows:
            part = parts.setdefault(part_of[unit], Together())
            part.add(unit, (slot, option_id, bool(is_option)), value, of, withheld_in, unknown_in)
        return parts

    def parts(self, contest: Contest, unit_id: str, slots: list[int]) -> list[Line]:
        """The units right below one, with what lies below each of them together; none where all of them are reporting
        units themselves."""
        wanted = sa.select(_u.unit, _u.unit_id, _u.unit_name, _u.is_leaf).where(_u.parent_id == unit_id)
        right = self._rows(wanted.order_by(_u.unit))
        if all(row["is_leaf"] for row in right):
            return []
        inside = self._inside(unit_id)
        sums = self._sums(contest, {row["unit"]: row["part"] for row in inside}, [*slots, *self._slots_of(*_OF_A_LINE)])
        lines = []
        for row in right:
            below = [r for r in inside if r["part"] == row["unit_id"]]
            said = sums.get(row["unit_id"], Together())
            lines.append(
                Line(
                    row["unit_id"],
                    row["unit_name"],
                    max(sum(bool(r["is_leaf"]) for r in below), len(said.units)),
                    max(r["changed_at_commit"] for r in below),
                    len(said.units),
                    votes=said.options(),
                    **said.counters(),
                )
            )
        return lines

    def grouped(self, contest: Contest, wanted: set[str], within: set[str] | None, slots: list[int]) -> list[Line]:
        """Each of the `wanted` units, with what it and all below it say together; `within`: those of these alone. What
        does not vote on the contest is left out: it neither lies in the unit in which that is decided, nor holds it, nor was
        heard from."""
        rows = self._rows(sa.select(_u.unit, _u.unit_id, _u.unit_name, _u.parent_id, _u.is_leaf, _u.changed_at_commit))
        above = {row["unit_id"]: row["parent_id"] for row in rows}

        def chain(id_: str | None) -> list[str]:
            """A unit and all above it."""
            found = []
            while id_ is not None:
                found.append(id_)
                id_ = above.get(id_)
            return found

        members: dict[str, list[dict[str, Any]]] = {}
        for row in rows:
            ids = chain(row["unit_id"])
            part = next((id_ for id_ in ids if id_ in wanted), None)
            if part is not None and (within is None or part in within):
                members.setdefault(part, []).append(row)
        sums = self._sums(contest, {row["unit"]: part for part, of in members.items() for row in of}, slots)
        names = {row["unit_id"]: row["unit_name"] for row in rows}
        decided_in = next((row["unit_id"] for row in rows if row["unit"] == contest.unit), None)
        silent = {slot: Figure() for slot in slots}
        lines = []
        for part, of in members.items():
            said = sums.get(part, Together())
            if not said.units and decided_in not in chain(part) and part not in chain(decided_in):
                continue
            leaves = sum(bool(row["is_leaf"]) for row in of)
            changed = max(row["changed_at_commit"] for row in of)
            parent = above[part]
            named_in = names[parent] if parent is not None and above[parent] is not None else ""
            lines.append(
                Line(
                    part,
                    names[part],
                    max(leaves, len(said.units)),
                    changed,
                    len(said.units),
                    within=named_in,
                    within_id=parent or "",
                    votes=said.options() or silent,
                )
            )
        return lines

    def _at(self, view: Any, contest: Contest, where: Any) -> list[dict[str, Any]]:
        return self._rows(sa.select(view).where(view.c.contest == contest.contest, where).order_by(view.c.slot))

    def by_method(self, contest: Contest, options: list[Option], unit_id: str | None = None) -> tuple[OfMethod, ...]:
        """What each voting method says in a unit and all below it, or everywhere; nothing where the count has one method."""
        if contest.cell_word != "report":
            return ()
        t = TOTALS.c
        where = [t.contest == contest.contest]
        if unit_id is not None:
            inside = _below(unit_id)
            where.append(sa.or_(t.unit_id == unit_id, t.unit.in_(sa.select(inside.c.unit))))
        of_sheets = self._methods_of_sheets(contest)
        # Heard from: a card was counted, or a sheet gives or withholds a figure; of a sheet that was withdrawn nothing is left.
        given = sa.and_(t.how == "number", sa.true() if of_sheets is None else t.method_id.in_(of_sheets))
        is_heard = sa.or_(t.how == "withheld", given, sa.and_(sa.not_(t.is_option), t.option_id == CARDS, t.value > 0))
        heard = sa.select(t.method_id, sa.func.count(sa.distinct(t.unit)).label("reports")).where(*where, is_heard)
        reports = {r["method_id"]: r["reports"] for r in self._rows(heard.group_by(t.method_id))}
        if len(reports) < 2:
            return ()
        of_each = t.method_id, t.method_name, t.slot, t.option_id, t.is_option
        said = sa.select(
            *of_each,
            sa.func.sum(t.value, type_=Whole).label("total"),
            sa.func.count(sa.case((t.how == "number", 1))).label("numbers"),
            sa.func.count(sa.case((t.how == "withheld", 1))).label("withheld"),
        ).where(*where)
        rows = self._rows(said.group_by(*of_each).order_by(t.method_id, t.slot))
        names = {row["method_id"]: row["method_name"] for row in rows if row["method_id"] in reports}
        found = []
        for method, name in names.items():
            sheets, of = of_sheets is None or method in of_sheets, reports[method]
            by_slot = {r["slot"]: r for r in rows if r["method_id"] == method}
            counters = {r["option_id"]: slot for slot, r in by_slot.items() if not r["is_option"]}

            def figure(slot: int | None, by_slot: Any = by_slot, sheets: bool = sheets, of: int = of) -> Figure:
                row = by_slot.get(slot, {"total": 0, "numbers": 0, "withheld": 0})
                return of_reports(row["total"] or 0, of, row["numbers"], row["withheld"], sheets)

            votes = {o.slot: figure(o.slot) for o in options}
            cards, write_ins = (figure(counters.get(counter)) for counter in _OF_A_LINE)
            shares = shares_of(contest, list(votes.values()), cards, write_ins)
            found.append(OfMethod(name, votes, dict(zip(votes, shares, strict=True)), cards))
        return tuple(found)

    def _methods_of_sheets(self, contest: Contest) -> set[str] | None:
        """None: all of them."""
        if contest.counted_from in ("ballots", "sheets"):
            return set() if contest.counted_from == "ballots" else None
        s = SHEET_CHECKS.c
        rows = self._rows(sa.select(s.method_id).where(s.contest == contest.contest).distinct())
        return {row["method_id"] for row in rows}
