"""Calls everything as the presentation calls it in the language of the page; what it does not name stays as the rules have it.

Ids stay what they are, and no number is touched: a page in another language is the same page.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from model import Contest, Line, Option, PartyLine, Place, Snapshot, Trust, WrongSheet
from presentation import Presentation
from search import Entry


def in_language(snapshot: Snapshot, language: str) -> Snapshot:
    said, given = snapshot.presentation.in_language(language), snapshot.presentation
    title = said.get("title") or given.title or snapshot.head.election
    subtitle = said.get("subtitle") or given.subtitle
    contest = snapshot.contest
    contest_id = contest.contest_id if contest else ""
    by_number = {c.contest: c.contest_id for c in snapshot.contests}
    found = snapshot.found
    if found is not None:
        found = dataclasses.replace(found, entries=tuple(_entry(e, said) for e in found.entries))
    return dataclasses.replace(
        snapshot,
        head=dataclasses.replace(snapshot.head, election=title),
        subtitle=subtitle,
        contests=[_contest(c, said) for c in snapshot.contests],
        contest=_contest(contest, said) if contest else None,
        options=[_option(o, contest_id, said) for o in snapshot.options],
        columns=[_option(o, contest_id, said) for o in snapshot.columns],
        parties=[_party(p, said) for p in snapshot.parties],
        areas=[_line(line, said) for line in snapshot.areas],
        lines=[_line(line, said) for line in snapshot.lines],
        on_map=[_line(line, said) for line in snapshot.on_map],
        place=_place(snapshot.place, said) if snapshot.place else None,
        option=_option(snapshot.option, contest_id, said) if snapshot.option else None,
        of_contests={
            number: [_option(o, by_number[number], said) for o in options]
            for number, options in snapshot.of_contests.items()
        },
        found=found,
        also_called=_also(snapshot, said),
        trust=_trust(snapshot.trust, said) if snapshot.trust else None,
    )


def _trust(trust: Trust, said: Mapping[str, str]) -> Trust:
    def named(s: WrongSheet) -> WrongSheet:
        contest, unit = said.get(s.contest_id) or s.contest_name, said.get(s.unit_id) or s.unit_name
        return dataclasses.replace(s, contest_name=contest, unit_name=unit)

    return dataclasses.replace(trust, warnings=[named(s) for s in trust.warnings])


def _also(snapshot: Snapshot, said: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """What the place or option of the page is called besides, each with its language; none: nobody says which."""
    if snapshot.option is not None and snapshot.contest is not None:
        id_, own = f"{snapshot.contest.contest_id}/{snapshot.option.option_id}", snapshot.option.option_name
    elif snapshot.place is not None:
        id_, own = snapshot.place.id, snapshot.place.name
    else:
        return ()
    shown = said.get(id_) or own
    names = {name: language for language, name in (("", own), *snapshot.presentation.names(id_)) if name != shown}
    return tuple((language, name) for name, language in names.items())


def _contest(c: Contest, said: Mapping[str, str]) -> Contest:
    return dataclasses.replace(c, contest_name=said.get(c.contest_id) or c.contest_name)


def _option(o: Option, contest_id: str, said: Mapping[str, str]) -> Option:
    name = said.get(f"{contest_id}/{o.option_id}") or o.option_name
    short = name if o.short_name == o.option_name else o.short_name  # It has none of its own.
    ids = o.party_ids.split(", ") if o.party_ids else []
    parties = said.get(o.party_ids or "") or _joined(ids, o.party_names, ", ", said)
    return dataclasses.replace(o, option_name=name, short_name=short, party_names=parties)


def _party(p: PartyLine, said: Mapping[str, str]) -> PartyLine:
    name = said.get("+".join(p.ids)) or _joined(p.ids, p.party_name, " + ", said)
    return dataclasses.replace(p, party_name=name or p.party_name)


def _joined(ids: list[str], names: str | None, between: str, said: Mapping[str, str]) -> str | None:
    """Names of several parties, which the store gives in one: each as it is called, if all can be told apart."""
    if not ids or not names:
        return names
    called = names.split(between)
    if len(ids) != len(called):
        return names
    return between.join(said.get(id_) or name for id_, name in zip(ids, called, strict=True))


def _line(line: Line, said: Mapping[str, str]) -> Line:
    within = said.get(line.within_id) or line.within
    return dataclasses.replace(line, name=said.get(line.id) or line.name, within=within)


def _place(place: Place, said: Mapping[str, str]) -> Place:
    within = tuple((id_, said.get(id_) or name) for id_, name in place.within)
    return dataclasses.replace(place, name=said.get(place.id) or place.name, within=within)


def _entry(e: Entry, said: Mapping[str, str]) -> Entry:
    where = tuple(said.get(id_) or name for id_, name in zip(e.above, e.where, strict=True))
    return dataclasses.replace(e, name=said.get(_id_of(e)) or e.name, where=where)


def _id_of(e: Entry) -> str:
    return f"{e.contest}/{e.id}" if e.kind == "option" else e.id


def to_search(entries: tuple[Entry, ...], presentation: Presentation) -> tuple[Entry, ...]:
    """Each with all that it, and what it is in, is called in any language."""
    if not presentation.texts:
        return entries
    called: dict[str, tuple[str, ...]] = {}

    def names(id_: str) -> tuple[str, ...]:
        if id_ not in called:
            called[id_] = tuple(name for _, name in presentation.names(id_))
        return called[id_]

    return tuple(
        dataclasses.replace(
            e, also=(*e.also, *names(_id_of(e))), where_also=tuple(name for id_ in e.above for name in names(id_))
        )
        for e in entries
    )
