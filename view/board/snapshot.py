"""Puts the answers of queries.py together into one Snapshot, and cuts the page of the units table."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from model import (
    PAGE_ROWS,
    TIMELINE_OPTIONS_MAX,
    Figure,
    Head,
    Line,
    Snapshot,
    View,
    columns_of,
    laws,
)
from queries import Queries
from search import Index


def whole(query: Queries, head: Head, contest_id: str | None) -> Snapshot:
    """All of a contest, without what only one page of it shows. Of an unknown contest: nothing (`kind` is none)."""
    contests = query.contests()
    wanted = contest_id if contest_id is not None else contests[0].contest_id if contests else None
    contest = next((c for c in contests if c.contest_id == wanted), None)
    areas, options, parties, timeline = query.places.areas(), [], [], []
    exhausted, sheets = Figure(), None
    registered, outstanding = None, None
    units = sum(a.units for a in areas)
    if contest is not None:
        areas = query.places.with_figures(areas, contest)
        options = query.options(contest)
        parties = query.parties(contest)
        exhausted = query.exhausted(contest)
        sheets = query.sheets(contest)
        registered = query.registered(contest)
        outstanding = query.outstanding(contest, units)
        timeline = query.timeline(contest, options[:TIMELINE_OPTIONS_MAX])
    return Snapshot(
        head=head,
        contests=contests,
        contest=contest,
        options=options,
        parties=parties,
        party_places=query.party_places(),
        units=units,
        registered=registered,
        decided_in=query.decided_in(contest) if contest is not None else "",
        outstanding=outstanding,
        areas=areas,
        columns=columns_of(options, contest),
        timeline=timeline,
        laws=laws(head, query.log_size(), contest, exhausted),
        sheets=sheets,
        halted_because=query.halted_because() if head.halted else [],
        kind="contest" if contest is not None or contest_id is None else "none",
    )


def of_view(query: Queries, snapshot: Snapshot, view: View, index: Callable[[], Index]) -> Snapshot:
    """`snapshot` with what only the page of `view` shows. `index`: asked for where something is searched."""
    if snapshot.kind == "none" or snapshot.contest is None:
        return snapshot
    if view.show == "trust":
        return dataclasses.replace(snapshot, kind="trust", trust=query.trust())
    one = view.contest or view.place or view.option or view.show == "contest"
    of_all = view.show == "contests" or (not one and len(snapshot.contests) > 1)
    if view.show == "search" or (of_all and view.search):
        snapshot = dataclasses.replace(snapshot, of_contests=query.options_of_all())
        return dataclasses.replace(snapshot, kind="search", found=index().find(view.search))
    if of_all:
        return dataclasses.replace(snapshot, kind="contests", of_contests=query.options_of_all())
    kind, place, option = "contest", None, None
    if view.place is not None:
        place = query.places.place(snapshot.contest, snapshot.options, view.place)
        kind = "place" if place is not None else "none"
    elif view.option is not None:
        option = next((o for o in snapshot.options if o.option_id == view.option), None)
        kind = "option" if option is not None else "none"
    if kind == "none":
        return dataclasses.replace(snapshot, kind="none")
    snapshot = dataclasses.replace(snapshot, kind=kind, place=place, option=option)
    if chosen := [o for o in sorted(snapshot.options, key=lambda o: o.slot) if o.option_id in view.columns]:
        snapshot = dataclasses.replace(snapshot, columns=chosen)
    if place is not None and place.is_unit:
        return snapshot
    if kind == "contest":
        snapshot = dataclasses.replace(snapshot, methods=query.places.by_method(snapshot.contest, snapshot.options))
    return _with_lines(query, _with_map(query, snapshot), view, index)


def _with_map(query: Queries, snapshot: Snapshot) -> Snapshot:
    """`snapshot` with the figures of what the presentation's map has of its place; of all of it on the page of a contest."""
    contest, place, drawn = snapshot.contest, snapshot.place, snapshot.presentation.map
    if contest is None or drawn is None or snapshot.kind not in ("contest", "place"):
        return snapshot
    within = None if place is None or place.is_whole else query.places.below(place.id)
    off_it = [unit for unit in drawn.units_without if within is None or unit in within]
    snapshot = dataclasses.replace(snapshot, off_map=off_it)
    if within is None and drawn.at.keys() <= {area.id for area in snapshot.areas}:
        on_it = [area for area in snapshot.areas if area.id in drawn.at and area.votes_on_it]
        return dataclasses.replace(snapshot, on_map=on_it)
    lines = query.places.grouped(contest, set(drawn.at), within, [o.slot for o in snapshot.options])
    return dataclasses.replace(snapshot, on_map=lines)


def _with_lines(query: Queries, snapshot: Snapshot, view: View, index: Callable[[], Index]) -> Snapshot:
    """`snapshot` with the page of the units table that `view` asks for."""
    order_slot = next((o.slot for o in snapshot.options if view.order == f"votes:{o.option_id}"), None)
    parts = _parts(query, snapshot) if snapshot.place is not None and not view.search else []
    as_units = not parts and (snapshot.flat or view.place is not None or bool(view.search))
    of, nearly = index().units(view.search) if view.search else (None, False)
    if as_units:
        # Of those without a column too: a share is of all of them, and so are who is ahead and what all others have.
        slots = [o.slot for o in snapshot.options]
        lines, total = query.places.unit_lines(snapshot.contest, view, slots, order_slot, of)
    else:
        lines_of = parts or snapshot.areas
        here = [area for area in lines_of if area.votes_on_it] or lines_of
        lines, total = _sorted(here, view.order, order_slot), len(here)
        lines = lines[view.page * PAGE_ROWS : (view.page + 1) * PAGE_ROWS]
    return dataclasses.replace(
        snapshot, lines=lines, lines_total=total, lines_are_units=as_units, lines_nearly=nearly and bool(lines)
    )


def _parts(query: Queries, snapshot: Snapshot) -> list[Line]:
    """What the page of a place lists, unless its single units: those right below it, with their sums."""
    place, contest = snapshot.place, snapshot.contest
    if place is None or contest is None:
        return []
    if place.is_whole:
        return snapshot.areas
    parts = query.places.parts(contest, place.id, [o.slot for o in snapshot.options])
    if contest.units != snapshot.units:
        return parts  # Nobody says here in which of them it is voted on.
    nothing_yet = {o.slot: Figure() for o in snapshot.options}
    return [line if line.votes_on_it else dataclasses.replace(line, votes=nothing_yet) for line in parts]


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
