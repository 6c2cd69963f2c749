"""What every page has around it: where one is, its title, the choice of a contest, and its foot."""

from __future__ import annotations

import lead
import words as w
from model import Contest, Option, Snapshot
from parts import Here, bare, isolated, text


def heading(snapshot: Snapshot, name: str = "") -> str:
    under = f"<p>{name}</p>" if name else ""
    if snapshot.subtitle and snapshot.kind in ("contest", "contests"):
        under += f'<p class="t-subtitle">{isolated(snapshot.subtitle)}</p>'
    return f'<div class="t-title"><h1>{isolated(snapshot.head.election)}</h1>{under}</div>'


def also_called(snapshot: Snapshot) -> str:
    """What the place or option of the page is called in other languages."""
    said = [
        f'<span lang="{text(tag)}">{isolated(name)}</span>' if tag else isolated(name)
        for tag, name in snapshot.also_called
    ]
    return f'<p class="t-also">{" · ".join(said)}</p>' if said else ""


def photo(snapshot: Snapshot, key: str, name: str) -> str:
    """`key`: contest/option. It came with the presentation, so that no other host is asked."""
    source = snapshot.presentation.photo_of.get(key)
    return f'<img class="t-photo" src="{text(source)}" alt="{text(w.PHOTO_OF.format(bare(name)))}">' if source else ""


def profile(snapshot: Snapshot, key: str) -> str:
    """What the presentation says of an option; a line that is empty parts two paragraphs."""
    found = snapshot.presentation.profile(key, w.language())
    if found is None:
        return ""
    lines = [line for line in found[1].split("\n") if line.strip()]
    return f'<div class="t-profile" lang="{text(found[0])}">{"".join(f"<p><bdi>{text(line)}</bdi></p>" for line in lines)}</div>'


def crumbs(snapshot: Snapshot, here: Here) -> str:
    """Where one is, from the whole down."""
    clean = {"show": "", "place": None, "option": None, "search": "", "order": "official", "screen": False}
    steps: list[tuple[str, str | None]] = []
    contest = snapshot.contest
    if len(snapshot.contests) > 1:
        at_all = snapshot.kind == "contests"
        steps.append((text(w.ALL_CONTESTS), None if at_all else here.href(**{**clean, "contest": None})))
    if snapshot.kind in ("contest", "place", "option") and contest:
        own = here.href(**{**clean, "contest": contest.contest_id})
        steps.append((isolated(contest.contest_name), None if snapshot.kind == "contest" else own))
        if snapshot.place is not None:
            steps += [
                (isolated(name), here.href(**{**clean, "contest": contest.contest_id, "place": id_}))
                for id_, name in snapshot.place.within
            ]
            steps.append((isolated(snapshot.place.name), None))
        if snapshot.option is not None:
            steps.append((isolated(snapshot.option.option_name), None))
    if snapshot.kind in ("trust", "none", "search") and not steps:
        steps.append((isolated(snapshot.head.election), here.href(**{**clean, "contest": None})))
    if snapshot.kind == "trust":
        steps.append((text(w.TRUST_SHORT), None))
    if snapshot.kind == "search":
        steps.append((text(w.SEARCH_SHORT), None))
    if not any(href for _, href in steps):
        return ""
    parts = [
        f'<li><a href="{href}">{name}</a></li>' if href else f'<li aria-current="page">{name}</li>'
        for name, href in steps
    ]
    return f'<nav class="t-crumbs" aria-label="{text(w.YOU_ARE_HERE)}"><ol>{"".join(parts)}</ol></nav>'


def top(snapshot: Snapshot, here: Here) -> str:
    """Where one is, and the search of everything that has a name."""
    contest = snapshot.contest.contest_id if snapshot.contest and here.view.contest else ""
    said = here.view.search if snapshot.kind == "search" else ""
    return (
        f'<div class="t-top" data-key="top">{crumbs(snapshot, here)}<form class="t-search" role="search" data-key="search" data-go="fresh" '
        f'aria-label="{text(w.SEARCH_SHORT)}"><input type="hidden" name="show" value="search">'
        f'<input type="hidden" name="contest" value="{text(contest)}">'
        f'<input type="search" name="q" value="{text(said)}" aria-label="{text(w.SEARCH_SHORT)}" placeholder="{text(w.SEARCH_ALL)}" autocomplete="off">'
        f'<button type="submit" class="t-button">{text(w.SEARCH_GO)}</button></form></div>'
    )


def choose_contest(snapshot: Snapshot, here: Here) -> str:
    if len(snapshot.contests) < 2 or snapshot.contest is None:
        return ""
    options = "".join(
        f'<option value="{text(c.contest_id)}"{" selected" if c.contest == snapshot.contest.contest else ""}>{text(bare(c.contest_name))}</option>'
        for c in snapshot.contests
    )
    keep = f'<input type="hidden" name="place" value="{text(here.view.place)}">' if snapshot.place else ""
    return f'<form class="t-choices" data-go="fresh">{keep}<label>{text(w.CONTEST)}<select name="contest">{options}</select></label></form>'


def tag(option: Option, contest: Contest, stands: lead.Standing, snapshot: Snapshot) -> str:
    says = lead.tag(option, stands, contest, lead.is_final(snapshot))
    return f' <span class="t-tag">{text(says)}</span>' if says else ""


def foot(snapshot: Snapshot, here: Here) -> str:
    commit = w.number(snapshot.head.commit_number)
    said = (w.FOOTER_OFFICIAL if lead.is_final(snapshot) else w.FOOTER).format(commit=commit)
    links = [
        f'<a href="{here.href(show="trust", place=None, option=None, search="", order="official")}">{text(w.TRUST)}</a>',
        f'<a href="{here.href(screen=True)}">{text(w.WALL)}</a>',
        f'<button type="button" class="t-button" data-pause data-go-on="{text(w.GO_ON)}" data-paused="{text(w.PAUSED)}">{text(w.PAUSE)}</button>',
    ]
    languages = "".join(
        f'<option value="{text(code)}" lang="{text(code)}"{" selected" if code == w.language() else ""}>{text(name)}</option>'
        for code, name in w.languages().items()
    )
    choose = f'<form class="t-choices" data-go="keep"><label>{text(w.LANGUAGE)}<select name="lang">{languages}</select></label></form>'
    return f'<footer class="t-foot"><p>{text(said)}</p><div class="t-links">{"".join(links)}{choose}</div></footer>'
