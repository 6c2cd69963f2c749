"""The board's questions to the pub_* views of schema/sql, and to nothing else. The same SQL for SQLite and PostgreSQL."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import sqlalchemy as sa

from model import (
    FALLS_SHOWN,
    PAGE_ROWS,
    WRONG_SHEETS_NAMED,
    Contest,
    Fall,
    Figure,
    Head,
    Line,
    Option,
    Outstanding,
    PartyLine,
    Place,
    Point,
    Reconciled,
    Share,
    Sheets,
    Trust,
    View,
    WrongSheet,
    summed,
)
from presentation import NONE, Presentation, read
from search import Entry

TIMELINE_POINTS = 300  # A line of the chart has at most about twice as many.


# -------------------------------------------------------------------------------------------------- the columns


class Whole(sa.TypeDecorator):
    """A whole number; PostgreSQL's sum of bigints comes as a Decimal."""

    impl, cache_ok = sa.BigInteger, True

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> int | None:
        return None if value is None else int(value)


class Moment(sa.TypeDecorator):
    """A moment in UTC: PostgreSQL's timestamptz, or SQLite's text in ISO 8601 (UTC when it names no zone)."""

    impl, cache_ok = sa.String, True

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> dt.datetime | None:
        if value is None:
            return None
        at = value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(str(value))
        return at.replace(tzinfo=dt.timezone.utc) if at.tzinfo is None else at.astimezone(dt.timezone.utc)


_TYPES: dict[str, Any] = {
    "int": Whole,
    "float | None": sa.Float,
    "str": sa.String,
    "str | None": sa.String,
    "dt.datetime": Moment,
    "dt.datetime | None": Moment,
    "bool": sa.Boolean,
}
# Fields of a row that take several columns; the view's columns are named beside it.
_MORE_THAN_ONE = {"Figure", "Share"}


def _view(name: str, row: type | None = None, **more: Any) -> sa.TableClause:
    """A view with a column for each field of `row`, by name and type, and with `more`."""
    fields = dataclasses.fields(row) if row else ()
    columns = {f.name: _TYPES[str(f.type)] for f in fields if str(f.type) not in _MORE_THAN_ONE} | more
    return sa.table(name, *(sa.column(column, type_) for column, type_ in columns.items()))


_STATE = {"how": sa.String, "withheld_in": Whole, "unknown_in": Whole, "of_reports": Whole}
_SHARE = {"share": sa.Float, "share_of": sa.String}


def _state(prefix: str) -> dict[str, Any]:
    """The columns of pub_contests that say one of its figures."""
    return {prefix: Whole} | {f"{prefix}_{name}": type_ for name, type_ in _STATE.items() if name != "of_reports"}


_OF_A_CONTEST = ("votes", "cards", "undervotes", "overvotes", "blank", "invalid", "write_ins")

HEAD = _view("pub_head", Head)
CONTESTS = _view(
    "pub_contests",
    Contest,
    of_reports=Whole,
    write_ins_share=sa.Float,
    write_ins_share_of=sa.String,
    **{column: type_ for name in _OF_A_CONTEST for column, type_ in _state(name).items()},
)
COUNTERS = _view("pub_counters", contest=Whole, slot=Whole, counter=sa.String, value=Whole, **_STATE)
OPTIONS = _view("pub_options", Option, contest=Whole, votes=Whole, **_STATE, **_SHARE)
PARTIES = _view("pub_parties", PartyLine, contest=Whole, votes=Whole, place=Whole, **_STATE, **_SHARE)
TIMELINE = _view("pub_timeline", Point, contest_id=sa.String, commit_number=Whole, how=sa.String)
RECONCILE = _view("pub_reconcile", Reconciled)
OUTCOMES = _view("pub_outcomes", partition=Whole, log_size=Whole, root=sa.String, halted_because=sa.String)
INCIDENTS = _view("pub_incidents", outcome=sa.String, reason=sa.String)
STATEMENTS = _view("pub_statements", number=Whole, commit_number=Whole)
FALLS = _view("pub_falls", Fall)
PRESENTATION = _view("pub_presentation", hash=sa.String, bytes=sa.String)
UNITS = _view(
    "pub_units",
    **dict.fromkeys(("unit", "depth", "registered", "changed_at_commit"), Whole),
    **dict.fromkeys(("unit_id", "unit_name", "kind", "parent_id", "parent_name", "top_id", "top_name"), sa.String),
    is_leaf=sa.Boolean,
)
SHEET_CHECKS = _view(
    "pub_sheet_checks", WrongSheet, contest=Whole, unit=Whole, method_id=sa.String, checked=sa.String, wrong=Whole
)
TOTALS = _view(
    "pub_totals",
    **dict.fromkeys(("contest", "slot", "unit", "value"), Whole),
    **dict.fromkeys(("method_id", "method_name", "how"), sa.String),
)
_PLACED = {"contest": Whole, "unit": Whole, "slot": Whole, "value": Whole, "option_id": sa.String}
_PLACED |= {"is_option": sa.Boolean} | _STATE
UNIT_FIGURES = _view("pub_unit_figures", **_PLACED)
AREA_FIGURES = _view("pub_area_figures", **_PLACED, area_id=sa.String, reporting=Whole)

_u = UNITS.c
_AREA = sa.func.coalesce(_u.top_id, _u.unit_id)  # The unit right below the whole that a unit belongs to.
_AREA_NAME = sa.func.coalesce(_u.top_name, _u.unit_name)
_CARDS = "cards"


def _figure(row: dict[str, Any], value: str = "value", prefix: str = "") -> Figure:
    """The Figure of a row; takes its columns out of the row, but for of_reports."""
    value, how = row.pop(value), row.pop(prefix + "how")
    return Figure(value, how, row.pop(prefix + "withheld_in"), row.pop(prefix + "unknown_in"), row["of_reports"])


def _within(above: list[dict[str, Any]]) -> tuple[tuple[str, str], ...]:
    return tuple((row["unit_id"], row["unit_name"]) for row in above if row["depth"] > 0)


def _one_of(column: sa.ColumnElement[int], numbers: list[int]) -> sa.ColumnElement[bool]:
    """As numbers in the statement: there may be more of them than a statement takes parameters."""
    return column.in_(sa.bindparam(None, numbers, type_=sa.Integer, expanding=True, literal_execute=True))


@dataclasses.dataclass
class _Together:
    """What units say together: by slot, id and whether it is an option, the sums that summed() takes."""

    units: set[int] = dataclasses.field(default_factory=set)
    sums: dict[tuple[int, str, bool], list[int]] = dataclasses.field(default_factory=dict)

    def options(self) -> dict[int, Figure]:
        return {slot: summed(*sums) for (slot, _, is_option), sums in sorted(self.sums.items()) if is_option}

    def counters(self) -> dict[str, Figure]:
        return {id_: summed(*sums) for (_, id_, is_option), sums in sorted(self.sums.items()) if not is_option}


def _share(row: dict[str, Any], prefix: str = "") -> Share:
    return Share(row.pop(prefix + "share"), row.pop(prefix + "share_of"))


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


# ------------------------------------------------------------------------------------------------ the questions


class Queries:
    """Each method is a question; all of them in the caller's transaction, so that all answers are of one commit."""

    def __init__(self, connection: sa.Connection):
        self._connection = connection

    def _rows(self, statement: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in self._connection.execute(statement).mappings()]

    def head(self) -> Head | None:
        """None: the tables are there and hold no count yet."""
        return next((Head(**row) for row in self._rows(sa.select(HEAD))), None)

    def contests(self) -> list[Contest]:
        contests = []
        for row in self._rows(sa.select(CONTESTS).order_by(CONTESTS.c.contest)):
            figures = {name: _figure(row, name, name + "_") for name in _OF_A_CONTEST}
            share = _share(row, "write_ins_")
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
            row |= {"votes": _figure(row, "votes"), "share": _share(row)}
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
            row |= {"votes": _figure(row, "votes"), "share": _share(row)}
            del row["contest"], row["of_reports"], row["place"]
            lines.append(PartyLine(**row))
        return lines

    def exhausted(self, contest: Contest) -> Figure:
        """Ballots of a ranked contest without a first preference."""
        c = COUNTERS.c
        rows = self._rows(sa.select(COUNTERS).where(c.contest == contest.contest, c.counter == "exhausted"))
        return _figure(rows[0]) if rows else Figure(how="unknown")

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

    def with_figures(self, areas: list[Line], contest: Contest) -> list[Line]:
        """The areas with the contest's votes and cards in them and how many units they are from."""
        a = AREA_FIGURES.c
        statement = sa.select(AREA_FIGURES).where(
            a.contest == contest.contest, sa.or_(a.is_option, a.option_id == _CARDS)
        )
        votes: dict[str, dict[int, Figure]] = {}
        cards: dict[str, Figure] = {}
        reporting: dict[str, int] = {}
        for row in self._rows(statement.order_by(a.slot)):
            area = row["area_id"]
            reporting[area] = row["reporting"]
            if row["option_id"] == _CARDS and not row["is_option"]:
                cards[area] = _figure(row)
            else:
                votes.setdefault(area, {})[row["slot"]] = _figure(row)
        return [
            dataclasses.replace(
                area,
                votes=votes.get(area.id, {}),
                cards=cards.get(area.id, Figure()),
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
            order_slot = self._slot_of_cards()
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
            votes, cards = figures.get(row.pop("unit"), ({}, None))
            lines.append(Line(**row, votes=votes, cards=cards or Figure(), reporting=int(cards is not None)))
        return lines, total

    def _figures_of(
        self, contest: Contest, units: list[int], slots: list[int]
    ) -> dict[int, tuple[dict[int, Figure], Figure]]:
        """Of each of these units that was heard from: its votes by slot, and its cards."""
        f = UNIT_FIGURES.c
        statement = sa.select(UNIT_FIGURES).where(
            f.contest == contest.contest,
            f.unit.in_(units),
            sa.or_(f.slot.in_(slots), f.option_id == _CARDS),
        )
        votes: dict[int, dict[int, Figure]] = {}
        cards: dict[int, Figure] = {}
        for row in self._rows(statement.order_by(f.slot)):
            if row["slot"] in slots:
                votes.setdefault(row["unit"], {})[row["slot"]] = _figure(row)
            else:
                cards[row["unit"]] = _figure(row)
        return {unit: (votes.get(unit, {}), of_unit) for unit, of_unit in cards.items()}

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

    def place(self, contest: Contest, unit_id: str) -> Place | None:
        """None: there is no such unit."""
        row = self._unit(unit_id)
        if row is None:
            return None
        above = self._above(row)
        methods: tuple[tuple[str, dict[int, Figure]], ...] = ()
        if row["is_leaf"]:
            found = self._at(UNIT_FIGURES, contest, UNIT_FIGURES.c.unit == row["unit"])
            units, reporting, methods = 1, int(bool(found)), self._by_method(contest, row["unit"])
        elif row["depth"] == 1:
            found = self._at(AREA_FIGURES, contest, AREA_FIGURES.c.area_id == unit_id)
            units, reporting = self._leaves(unit_id), found[0]["reporting"] if found else 0
        elif row["depth"] == 0:
            return self._whole(contest, row)
        else:
            return self._between(contest, row, above)
        figures = {r["slot"]: _figure(r) for r in found if r["is_option"]}
        counters = {r["option_id"]: _figure(r) for r in found if not r["is_option"]}
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
            methods,
        )

    def _between(self, contest: Contest, row: dict[str, Any], above: list[dict[str, Any]]) -> Place:
        """A unit between area and reporting unit: what it and all below it say together."""
        inside = self._inside(row["unit_id"])
        part_of = dict.fromkeys((row["unit"], *(r["unit"] for r in inside)), row["unit_id"])
        said = self._sums(contest, part_of).get(row["unit_id"], _Together())
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
        )

    def _unit(self, unit_id: str) -> dict[str, Any] | None:
        return next(iter(self._rows(sa.select(UNITS).where(_u.unit_id == unit_id).limit(1))), None)

    def _above(self, row: dict[str, Any]) -> list[dict[str, Any]]:
        """The units above, the highest first."""
        above: list[dict[str, Any]] = []
        while row["parent_id"] is not None and (parent := self._unit(row["parent_id"])) is not None:
            above.insert(0, row := parent)
        return above

    def _leaves(self, unit_id: str) -> int:
        inside = _below(unit_id)
        return self._connection.scalar(sa.select(sa.func.count()).select_from(inside).where(inside.c.is_leaf)) or 0

    def _whole(self, contest: Contest, row: dict[str, Any]) -> Place:
        """All of a contest, in the unit above all others."""
        counters = {name: getattr(contest, name) for name in _OF_A_CONTEST if name not in ("votes", "write_ins")}
        counters |= {"write_ins": contest.write_ins} if contest.write_ins_allowed else {}
        figures = {o.slot: o.votes for o in self.options(contest)} if contest.reporting else {}
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
            is_whole=True,
        )

    def _inside(self, unit_id: str) -> list[dict[str, Any]]:
        """Each unit below one, with the part that it is in."""
        inside = _below(unit_id)
        wanted = sa.select(inside.c.unit, inside.c.part, _u.is_leaf, _u.changed_at_commit)
        return self._rows(wanted.select_from(inside).join(UNITS, _u.unit == inside.c.unit))

    def _slot_of_cards(self) -> int | None:
        return self._connection.scalar(sa.select(COUNTERS.c.slot).where(COUNTERS.c.counter == _CARDS).limit(1))

    def _sums(self, contest: Contest, part_of: dict[int, str], slots: list[int] | None = None) -> dict[str, _Together]:
        """What units say together, by part, of `slots` or of all; each with what the views say of it, so that nothing is left out. The value of
        a unit is null where it has no number: it adds nothing, and is among those withheld or unknown."""
        f = UNIT_FIGURES.c
        wanted = sa.select(f.unit, f.slot, f.option_id, f.is_option, f.value, f.of_reports, f.withheld_in, f.unknown_in)
        # The units as numbers, by which the databases find their figures without those of all others.
        which = [f.contest == contest.contest, _one_of(f.unit, list(part_of))]
        which += [] if slots is None else [_one_of(f.slot, slots)]
        rows = self._connection.execute(wanted.where(*which))
        parts: dict[str, _Together] = {}
        for unit, slot, option_id, is_option, value, of, withheld_in, unknown_in in rows:
            part = parts.setdefault(part_of[unit], _Together())
            part.units.add(unit)
            sums = part.sums.setdefault((slot, option_id, bool(is_option)), [0, 0, 0, 0])
            for i, n in enumerate((value or 0, of, withheld_in, unknown_in)):
                sums[i] += n
        return parts

    def parts(self, contest: Contest, unit_id: str, slots: list[int]) -> list[Line]:
        """The units right below one, with what lies below each of them together; none where all of them are reporting
        units themselves."""
        wanted = sa.select(_u.unit, _u.unit_id, _u.unit_name, _u.is_leaf).where(_u.parent_id == unit_id)
        right = self._rows(wanted.order_by(_u.unit))
        if all(row["is_leaf"] for row in right):
            return []
        inside = self._inside(unit_id)
        cards = self._slot_of_cards()
        slots = slots if cards is None else [*slots, cards]
        sums = self._sums(contest, {row["unit"]: row["part"] for row in inside}, slots)
        lines = []
        for row in right:
            below = [r for r in inside if r["part"] == row["unit_id"]]
            said = sums.get(row["unit_id"], _Together())
            lines.append(
                Line(
                    row["unit_id"],
                    row["unit_name"],
                    max(sum(bool(r["is_leaf"]) for r in below), len(said.units)),
                    max(r["changed_at_commit"] for r in below),
                    len(said.units),
                    said.counters().get(_CARDS, Figure()),
                    votes=said.options(),
                )
            )
        return lines

    def _at(self, view: Any, contest: Contest, where: Any) -> list[dict[str, Any]]:
        return self._rows(sa.select(view).where(view.c.contest == contest.contest, where).order_by(view.c.slot))

    def _by_method(self, contest: Contest, unit: int) -> tuple[tuple[str, dict[int, Figure]], ...]:
        t = TOTALS.c
        rows = self._rows(
            sa.select(t.method_id, t.method_name, t.slot, t.value, t.how)
            .where(t.contest == contest.contest, t.unit == unit)
            .order_by(t.method_id, t.slot)
        )
        methods: dict[tuple[str, str], dict[int, Figure]] = {}
        for row in rows:
            figure = Figure(row["value"], row["how"], of=1)
            methods.setdefault((row["method_id"], row["method_name"]), {})[row["slot"]] = figure
        return tuple((name, figures) for (_, name), figures in methods.items())

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
        return Trust(
            [(row["partition"], row["log_size"], row["root"]) for row in partitions],
            [(row["reason"], row["entries"]) for row in rejected],
            (newest[0]["number"], newest[0]["commit_number"]) if newest else None,
            [Fall(**row) for row in falls],
        )

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
