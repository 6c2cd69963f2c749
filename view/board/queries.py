"""The board's questions to the pub_* views of schema/sql, and to nothing else. The same SQL for SQLite and PostgreSQL."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import sqlalchemy as sa

from model import PAGE_ROWS, Contest, Figure, Head, Line, Option, PartyLine, Point, Reconciled, View

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
    "Figure": Whole,  # Its sum, as the view has it.
}


def _view(name: str, row: type | None = None, **more: Any) -> sa.TableClause:
    """A view with a column for each field of `row`, by name and type, and with `more`."""
    fields = dataclasses.fields(row) if row else ()
    columns = {f.name: _TYPES[str(f.type)] for f in fields} | more
    return sa.table(name, *(sa.column(column, type_) for column, type_ in columns.items()))


HEAD = _view("pub_head", Head)
CONTESTS = _view("pub_contests", Contest)
OPTIONS = _view("pub_options", Option, contest=Whole, withheld=Whole)
PARTIES = _view("pub_parties", PartyLine, contest=Whole)
TIMELINE = _view("pub_timeline", Point, contest_id=sa.String, commit_number=Whole)
RECONCILE = _view("pub_reconcile", Reconciled)
OUTCOMES = _view("pub_outcomes", partition=Whole, log_size=Whole, halted_because=sa.String)
UNITS = _view(
    "pub_units",
    **dict.fromkeys(("unit", "depth", "registered", "cards", "sheets", "changed_at_commit"), Whole),
    **dict.fromkeys(("unit_id", "unit_name", "parent_name", "top_id", "top_name"), sa.String),
    is_leaf=sa.Boolean,
)
TOTALS = _view(
    "pub_totals",
    **dict.fromkeys(("contest", "slot", "unit", "value"), Whole),
    **dict.fromkeys(("option_id", "how"), sa.String),  # option_id: of an option, or the name of a counter.
    is_option=sa.Boolean,
)

_u, _t = UNITS.c, TOTALS.c
_EVERY = sa.true()
_AREA = sa.func.coalesce(_u.top_id, _u.unit_id)  # The unit right below the whole that a unit belongs to.
_AREA_NAME = sa.func.coalesce(_u.top_name, _u.unit_name)
_REPORTING = sa.or_(_u.cards > 0, _u.sheets > 0)


def _count_if(condition: Any) -> Any:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)


def _figure_columns(suffix: str = "", only: Any = _EVERY) -> list[Any]:
    """The sums that a Figure is made of, over the cells of TOTALS for which `only` holds."""
    hows = {"numbers": "number", "withheld": "withheld", "unknown": "unknown"}
    return [
        sa.func.coalesce(sa.func.sum(sa.case((only, _t.value))), 0).label("value" + suffix),
        *(_count_if(sa.and_(only, _t.how == how)).label(name + suffix) for name, how in hows.items()),
    ]


def _figure(row: dict[str, Any], suffix: str = "") -> Figure:
    """The Figure of _figure_columns(suffix); takes them out of the row."""
    return Figure(**{f.name: row.pop(f.name + suffix) or 0 for f in dataclasses.fields(Figure)})


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
        return [Contest(**row) for row in self._rows(sa.select(CONTESTS).order_by(CONTESTS.c.contest))]

    def options(self, contest: Contest, votes: dict[int, Figure]) -> list[Option]:
        """Most votes first. `votes`: by slot, from the cells, which know what is missing."""
        o = OPTIONS.c
        rows = self._rows(sa.select(OPTIONS).where(o.contest == contest.contest).order_by(o.votes.desc(), o.slot))
        any_withheld = any(row["withheld"] for row in rows)
        for row in rows:
            del row["contest"], row["withheld"]
            row["votes"] = votes.get(row["slot"], Figure())
            row["share"] = None if any_withheld else row["share"]
            row["short_name"] = row["short_name"] or row["option_name"]
        return [Option(**row) for row in rows]

    def parties(self, contest: Contest) -> list[PartyLine]:
        p = PARTIES.c
        columns = [c for c in p if c.name != "contest"]
        statement = sa.select(*columns).where(p.contest == contest.contest).order_by(p.votes.desc(), p.party_id)
        return [PartyLine(**row) for row in self._rows(statement)]

    def areas(self) -> list[Line]:
        """Each area with its number of units, how many report, and their cards; in the rules' order."""
        statement = (
            sa.select(
                _AREA.label("id"),
                _AREA_NAME.label("name"),
                sa.func.count().label("units"),
                _count_if(_REPORTING).label("reporting"),
                sa.func.sum(_u.cards).label("cards"),
                sa.func.max(_u.changed_at_commit).label("changed_at_commit"),
            )
            .where(_u.is_leaf)
            .group_by(_AREA, _AREA_NAME)
            .order_by(sa.func.min(_u.unit))
        )
        return [Line(**row) for row in self._rows(statement)]

    def registered(self) -> int | None:
        return self._connection.scalar(sa.select(sa.func.sum(_u.registered)).where(_u.depth == 0))

    def area_totals(self, contest: Contest) -> tuple[dict[str, dict[int, Figure]], dict[str, Figure]]:
        """The votes of each area, by the area's id and the option's slot; and the contest's counters, by name."""
        statement = (
            sa.select(
                _AREA.label("area"),
                _t.slot,
                sa.func.max(sa.case((_t.is_option, None), else_=_t.option_id)).label("counter"),
                *_figure_columns(),
            )
            .join_from(TOTALS, UNITS, _u.unit == _t.unit)
            .where(_t.contest == contest.contest)
            .group_by(_AREA, _t.slot)
            .order_by(_t.slot)
        )
        votes: dict[str, dict[int, Figure]] = {}
        counters: dict[str, Figure] = {}
        for row in self._rows(statement):
            if (counter := row["counter"]) is None:
                votes.setdefault(row["area"], {})[row["slot"]] = _figure(row)
            else:
                counters[counter] = counters.get(counter, Figure()) + _figure(row)
        return votes, counters

    def unit_lines(
        self, contest: Contest, view: View, slots: list[int], order_slot: int | None
    ) -> tuple[list[Line], int]:
        """One page of single units, sorted and cut by the database; and how many there are on all pages."""
        chosen = [_u.is_leaf]
        if view.area is not None:
            chosen.append(_AREA == view.area)
        if view.search:
            searched = (_u.unit_name, _u.parent_name, _u.unit_id)
            chosen.append(sa.or_(*(c.icontains(view.search, autoescape=True) for c in searched)))
        total = self._connection.scalar(sa.select(sa.func.count()).select_from(UNITS).where(*chosen)) or 0

        sums = (
            sa.select(_t.unit, *(c for slot in slots for c in _figure_columns(f"_{slot}", _t.slot == slot)))
            .where(_t.contest == contest.contest, _t.slot.in_(slots), _t.unit.in_(sa.select(_u.unit).where(*chosen)))
            .group_by(_t.unit)
            .subquery("sums")
        )
        orders = {"name": [_u.unit_name], "cards": [_u.cards.desc()], "changed": [_u.changed_at_commit.desc()]}
        order = orders.get(view.order, [])
        if order_slot is not None:
            order = [sa.func.coalesce(sums.c[f"value_{order_slot}"], -1).desc()]
        statement = (
            sa.select(
                _u.unit_id.label("id"),
                _u.unit_name.label("name"),
                sa.case((_u.depth > 1, _u.parent_name), else_="").label("within"),
                sa.literal(1).label("units"),
                sa.case((_REPORTING, 1), else_=0).label("reporting"),
                _u.cards,
                _u.changed_at_commit,
                *(c for c in sums.c if c.name != "unit"),
            )
            .outerjoin_from(UNITS, sums, sums.c.unit == _u.unit)
            .where(*chosen)
            .order_by(*order, _u.unit)
            .limit(PAGE_ROWS)
            .offset(view.page * PAGE_ROWS)
        )
        rows = self._rows(statement)
        votes = [{slot: _figure(row, f"_{slot}") for slot in slots} for row in rows]
        return [Line(**row, votes=v) for row, v in zip(rows, votes, strict=True)], total

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
                t.contest_id == contest.contest_id, t.option_id.in_([o.option_id for o in options]), t.at.is_not(None)
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

    def halted_because(self) -> list[str]:
        o = OUTCOMES.c
        rows = self._rows(sa.select(OUTCOMES).where(o.halted_because.is_not(None)).order_by(o.partition))
        return [f"{row['partition']}: {row['halted_because']}" for row in rows]

    def reconciled(self) -> Reconciled | None:
        if not sa.inspect(self._connection).has_table(RECONCILE.name):
            return None  # A count of an older program, which nobody has opened for writing since.
        return next((Reconciled(**row) for row in self._rows(sa.select(RECONCILE))), None)

    def log_size(self) -> int:
        return self._connection.scalar(sa.select(sa.func.sum(OUTCOMES.c.log_size))) or 0
