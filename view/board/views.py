"""The pub_* views of schema/sql that the board reads, as tables with the columns that it asks for."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import sqlalchemy as sa

from model import (
    Contest,
    Fall,
    Figure,
    Head,
    Option,
    PartyLine,
    Point,
    Reconciled,
    Settled,
    Share,
    WrongSheet,
)


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


OF_A_CONTEST = ("votes", "cards", "undervotes", "overvotes", "blank", "invalid", "write_ins")

HEAD = _view("pub_head", Head)
CONTESTS = _view(
    "pub_contests",
    Contest,
    of_reports=Whole,
    write_ins_share=sa.Float,
    write_ins_share_of=sa.String,
    **{column: type_ for name in OF_A_CONTEST for column, type_ in _state(name).items()},
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
DECISIONS = _view("pub_decisions", Settled)
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
    **dict.fromkeys(("unit_id", "method_id", "method_name", "option_id", "how"), sa.String),
    is_option=sa.Boolean,
)
_PLACED = {"contest": Whole, "unit": Whole, "slot": Whole, "value": Whole, "option_id": sa.String}
_PLACED |= {"is_option": sa.Boolean} | _STATE
UNIT_FIGURES = _view("pub_unit_figures", **_PLACED)
AREA_FIGURES = _view("pub_area_figures", **_PLACED, area_id=sa.String, reporting=Whole)

CARDS, WRITE_INS = "cards", "write_ins"


def figure_of(row: dict[str, Any], value: str = "value", prefix: str = "") -> Figure:
    """The Figure of a row; takes its columns out of the row, but for of_reports."""
    value, how = row.pop(value), row.pop(prefix + "how")
    return Figure(value, how, row.pop(prefix + "withheld_in"), row.pop(prefix + "unknown_in"), row["of_reports"])


def share_of(row: dict[str, Any], prefix: str = "") -> Share:
    return Share(row.pop(prefix + "share"), row.pop(prefix + "share_of"))
