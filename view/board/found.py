"""The page of a search: contests as cards, then candidates, parties and places, each with what it is and where."""

from __future__ import annotations

import cards
import words as w
from frame import heading
from model import Snapshot
from parts import Here, isolated, text
from search import Entry, Found


def page(snapshot: Snapshot, here: Here) -> str:
    said, found = here.view.search, snapshot.found or Found()
    if not said:
        return f'{heading(snapshot, text(w.SEARCH_ALL))}<p class="t-none">{text(w.FOUND_WRITE)}</p>'
    if not found.entries:
        return f'{heading(snapshot)}<p class="t-none" role="status">{text(w.FOUND_NONE.format(said=said))}</p>'
    many = dict(found.of_kind)
    kinds = "".join(_kind(kind, many[kind], found, snapshot, here) for kind in many)
    nearly = f'<p class="t-none">{text(w.FOUND_NEARLY)}</p>' if found.nearly else ""
    return f"{heading(snapshot, text(w.FOUND_TITLE.format(said=said)))}{nearly}{kinds}"


def _kind(kind: str, many: int, found: Found, snapshot: Snapshot, here: Here) -> str:
    entries = [e for e in found.entries if e.kind == kind]
    if kind == "contest":
        by_id = {c.contest_id: c for c in snapshot.contests}
        inside = "".join(cards.card(by_id[e.id], snapshot, here) for e in entries if e.id in by_id)
        inside = f'<ul class="t-cards">{inside}</ul>'
    else:
        inside = f'<ul class="t-found">{"".join(_entry(e, snapshot, here) for e in entries)}</ul>'
    more = f'<p class="t-none">{text(w.counted(w.FOUND_MORE, many - len(entries)))}</p>' if many > len(entries) else ""
    name = w.counted(w.__getattr__(f"FOUND_{kind.upper()}"), many)
    return f'<section data-key="{kind}"><h2>{text(name)}</h2>{inside}{more}</section>'


def _entry(e: Entry, snapshot: Snapshot, here: Here) -> str:
    # The whole is above every place, and so says nothing of where one is.
    where = e.where[1:] if e.kind == "place" else e.where
    said = " › ".join(isolated(name) for name in where)
    if e.kind == "place":  # Their kinds differ; of the others the heading says what they are.
        what = text(w.UNIT_OF_REPORT) if e.unit is not None else isolated(e.what or w.AREA)
        said = f"{what} · {said}" if said else what
    return f'<li data-key="{text(f"{e.contest or str()} {e.id}")}"><a href="{_href(e, snapshot, here)}">{isolated(e.name)}</a>{f" <span>{said}</span>" if said else ""}</li>'


def _href(e: Entry, snapshot: Snapshot, here: Here) -> str:
    clean = {"show": "", "search": "", "order": "official", "place": None, "option": None}
    if e.kind == "place":
        contest = snapshot.contest.contest_id if snapshot.contest else None
        return here.href(**{**clean, "contest": contest, "place": e.id})
    only = e.options[0] if len(e.options) == 1 else None  # Of a party with several: their contest, with all of them.
    return here.href(**{**clean, "contest": e.contest, "option": e.id if e.kind == "option" else only})
