"""Puts the answers of queries.py together into one Snapshot, and cuts the page of the units table."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from model import PAGE_ROWS, TIMELINE_OPTIONS_MAX, Figure, Head, Line, Snapshot, View, columns_of, laws
from queries import Queries


def whole(query: Queries, head: Head, contest_id: str | None) -> Snapshot:
    """All of a snapshot but the page of the units table."""
    contests = query.contests()
    contest = next((c for c in contests if c.contest_id == contest_id), contests[0] if contests else None)
    areas, options, parties, timeline = query.areas(), [], [], []
    exhausted, sheets = Figure(), None
    registered = None
    units = sum(a.units for a in areas)
    if contest is not None:
        areas = query.with_figures(areas, contest)
        options = query.options(contest)
        parties = query.parties(contest)
        exhausted = query.exhausted(contest)
        sheets = query.sheets(contest)
        registered = query.registered(contest.unit)
        timeline = query.timeline(contest, options[:TIMELINE_OPTIONS_MAX])
    return Snapshot(
        head=head,
        contests=contests,
        contest=contest,
        options=options,
        parties=parties,
        units=units,
        registered=registered,
        areas=areas,
        columns=columns_of(options),
        timeline=timeline,
        laws=laws(head, query.log_size(), contest, exhausted),
        sheets=sheets,
        halted_because=query.halted_because() if head.halted else [],
    )


def with_lines(query: Queries, snapshot: Snapshot, view: View) -> Snapshot:
    """`snapshot` with the page of the units table that `view` asks for."""
    if snapshot.contest is None:
        return snapshot
    order_slot = next((o.slot for o in snapshot.options if view.order == f"votes:{o.option_id}"), None)
    as_units = snapshot.flat or view.area is not None or bool(view.search)
    if as_units:
        slots = [o.slot for o in snapshot.columns]
        slots += [] if order_slot is None or order_slot in slots else [order_slot]
        lines, total = query.unit_lines(snapshot.contest, view, slots, order_slot)
    else:
        lines, total = _sorted(snapshot.areas, view.order, order_slot), len(snapshot.areas)
        lines = lines[view.page * PAGE_ROWS : (view.page + 1) * PAGE_ROWS]
    return dataclasses.replace(snapshot, lines=lines, lines_total=total, lines_are_units=as_units)


def _sorted(areas: list[Line], order: str, order_slot: int | None) -> list[Line]:
    """Those without a number come last."""

    def most(f: Figure | None) -> int:
        return -f.value if f is not None and f.value is not None else 1

    keys: dict[str, Callable[[Line], Any]] = {
        "name": lambda line: line.name,
        "cards": lambda line: most(line.cards),
        "changed": lambda line: -line.changed_at_commit,
    }
    if order_slot is not None:
        return sorted(areas, key=lambda line: most(line.votes.get(order_slot)))
    return sorted(areas, key=keys[order]) if order in keys else areas
