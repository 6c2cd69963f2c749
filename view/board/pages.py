"""The pages: all contests, one contest, a place, an option, and those of found.py, trust.py and screen.py. Each is one piece
of HTML of one commit."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import threading
import zoneinfo
from collections import OrderedDict

import bars
import cards
import charts
import checks
import found
import frame
import geography
import lead
import names
import screen
import strip
import tables
import tiles
import trust
import words as w
from frame import also_called, choose_contest, foot, heading, tag, top
from model import Figure, Head, Reading, Snapshot, View
from parts import Here, bare, colours_of, dot, figure, isolated, share, text
from sums import votes_of


@dataclasses.dataclass(frozen=True)
class Page:
    html: str
    title: str
    language: str
    says: str  # What a screen reader is told when the page changes.
    signs: tuple[object, ...]  # Another page with the same signs says the same.


class Drawn:
    """The last pages that were drawn: what many look at is drawn once. How long ago things were is as it was then, until
    the browser counts on."""

    KEPT = 64

    def __init__(self) -> None:
        self._pages: OrderedDict[tuple[object, ...], tuple[Reading, Page]] = OrderedDict()
        self._lock = threading.Lock()

    def of(
        self, reading: Reading, view: View, now: dt.datetime, amber_after_s: float, chosen_language: str = ""
    ) -> Page:
        key = (view, w.language(), chosen_language, signs(reading, now, amber_after_s))
        with self._lock:
            if key not in self._pages:  # The reading is kept with it: its snapshot's identity is a part of the key.
                self._pages[key] = reading, of(reading, view, now, amber_after_s, chosen_language)
                while len(self._pages) > self.KEPT:
                    self._pages.popitem(last=False)
            return self._pages[key][1]


def zone_of(head: Head) -> dt.tzinfo:
    try:
        return zoneinfo.ZoneInfo(head.time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return dt.timezone.utc


def of(reading: Reading, view: View, now: dt.datetime, amber_after_s: float, chosen_language: str = "") -> Page:
    """In the language of words.speaking()."""
    given = reading
    if reading.snapshot is not None:
        reading = dataclasses.replace(reading, snapshot=names.in_language(reading.snapshot, w.language()))
    snapshot = reading.snapshot
    shown = snapshot.contest.contest_id if snapshot and snapshot.contest else None
    here = Here(view, chosen_language, zone_of(snapshot.head) if snapshot else dt.timezone.utc, now, shown)
    top = strip.of(reading, now, here.zone, amber_after_s)
    if snapshot is None:
        return Page(_whole(top.html, "", here), w.TITLE, w.language(), "", top.signs)
    body = screen.page(snapshot, here) if view.screen else _body(snapshot, here)
    return Page(
        _whole(top.html, body, here),
        _title(snapshot, view.search),
        w.language(),
        _says(snapshot),
        signs(given, now, amber_after_s),
    )


def signs(reading: Reading, now: dt.datetime, amber_after_s: float) -> tuple[object, ...]:
    """What a page of this reading would say, but for how long ago; without drawing it."""
    snapshot = reading.snapshot
    if snapshot is None:
        return strip.of(reading, now, dt.timezone.utc, amber_after_s).signs
    return id(snapshot), strip.of(reading, now, dt.timezone.utc, amber_after_s).signs


def _whole(top: str, body: str, here: Here) -> str:
    kind = "t-page t-screen" if here.view.screen else "t-page"
    return f'<div class="{kind}">{top}<div class="t-body" id="numbers" tabindex="-1">{body}</div></div>'


def _title(snapshot: Snapshot, search: str) -> str:
    """Of the window and of the history: what is shown first."""
    called = [snapshot.place.name if snapshot.place else None, snapshot.option.option_name if snapshot.option else None]
    if snapshot.kind in ("contest", "place", "option") and snapshot.contest:
        called.append(snapshot.contest.contest_name)
    if snapshot.kind == "trust":
        called.append(w.TRUST_SHORT)
    if snapshot.kind == "search":
        called.append(w.FOUND_TITLE.format(said=search) if search else w.SEARCH_ALL)
    return " · ".join(bare(name) for name in [*filter(None, called), snapshot.head.election, w.TITLE])


def _says(snapshot: Snapshot) -> str:
    if snapshot.kind not in ("contest", "place", "option"):
        return ""
    said = re.sub(r"<[^>]+>", "", lead.sentence(snapshot))
    return w.CHANGED.format(commit=w.number(snapshot.head.commit_number), lead=said)


def _body(snapshot: Snapshot, here: Here) -> str:
    drawn = {
        "contests": _contests,
        "contest": _contest,
        "place": _place,
        "option": _option,
        "search": found.page,
        "trust": trust.page,
        "none": _none,
    }
    return f"{top(snapshot, here)}{drawn[snapshot.kind](snapshot, here)}{foot(snapshot, here)}"


# ---------------------------------------------------------------------------------------------------- the pages


def _none(snapshot: Snapshot, here: Here) -> str:
    return f'{heading(snapshot)}<p class="t-none">{text(w.NO_SUCH)}</p>'


def _why_nothing(snapshot: Snapshot) -> str:
    """Of a count whose views give no contest: rules have one always, so they are held back."""
    return {"after_close": w.BEFORE_CLOSE, "certified": w.RESULT_ALONE}.get(snapshot.head.publication, w.NO_CONTEST)


def _contest(snapshot: Snapshot, here: Here) -> str:
    contest = snapshot.contest
    if contest is None:
        return f'{heading(snapshot)}{tiles.of_contest(snapshot)}<p class="t-none">{text(_why_nothing(snapshot))}</p>{checks.laws(snapshot)}'
    parties = bars.by_party(snapshot) if bars.parties_differ(snapshot) else ""
    return (
        f"{heading(snapshot, isolated(contest.contest_name))}{choose_contest(snapshot, here)}{lead.block(snapshot, here)}"
        f"{tiles.of_contest(snapshot)}"
        f'<div class="t-columns">{bars.by_option(snapshot, here)}<div>{charts.over_time(snapshot, here)}{parties}</div></div>{bars.the_rest(snapshot, here)}'
        f"{tables.by_method(snapshot, snapshot.methods)}{geography.section(snapshot, here)}{tables.units(snapshot, here)}{checks.laws(snapshot)}"
    )


def _contests(snapshot: Snapshot, here: Here) -> str:
    """All of them: who is ahead in each, and how much of it was heard from."""
    each = "".join(cards.card(c, snapshot, here) for c in snapshot.contests)
    return (
        f"{heading(snapshot, text(w.ALL_CONTESTS))}"
        f'<ul class="t-cards">{each}</ul>{tiles.of_contest(dataclasses.replace(snapshot, contest=None))}'
    )


def _place(snapshot: Snapshot, here: Here) -> str:
    place, contest = snapshot.place, snapshot.contest
    if place is None or contest is None:
        return _none(snapshot, here)
    below = "" if place.is_unit else tables.units(snapshot, here)
    if place.figures or place.is_unit:
        figures = f"<section><h2>{text(w.FIRST_PREFERENCES if contest.ranked else w.BY_OPTION)}</h2>{place_options(snapshot, here)}</section>"
        figures += tables.by_method(snapshot, place.methods)
    else:
        figures = f'<p class="t-none">{text(w.NO_FIGURES)}</p>'
    return (
        f'{heading(snapshot, isolated(contest.contest_name))}<div class="t-person"><h2 class="t-name">{isolated(place.name)}</h2>{also_called(snapshot)}</div>'
        f"{choose_contest(snapshot, here)}{place_tiles(snapshot)}{figures}{geography.section(snapshot, here)}{below}"
    )


def place_options(snapshot: Snapshot, here: Here) -> str:
    place, contest = snapshot.place, snapshot.contest
    if place is None or contest is None or not place.figures:
        return f'<p class="t-none">{text(w.NOT_REPORTED)}</p>'
    no_part = {"cards"} | ({"undervotes"} if contest.ranked else {"exhausted"})
    no_part |= set() if contest.write_ins_allowed else {"write_ins"}
    counted = {name: f for name, f in place.counters.items() if name not in no_part}
    return tables.lines_of_options(snapshot, contest, place, here) + bars.list_of(counted, contest.cell_word)


def place_tiles(snapshot: Snapshot) -> str:
    place, contest = snapshot.place, snapshot.contest
    if place is None or contest is None:
        return ""
    figures = [place.figures.get(o.slot, Figure()) for o in snapshot.options]
    votes = votes_of(contest, figures, place.write_ins)
    facts = [(w.VOTES, w.number(votes.value), "")] if votes.complete and votes.value is not None else []
    facts += [(w.CARDS, figure(place.cards, contest.cell_word), "")]
    if place.registered:
        known = place.cards.complete and place.reporting >= place.units
        turnout = w.percent((place.cards.value or 0) / place.registered) if known else ""
        facts.append((w.REGISTERED, w.number(place.registered), f"{w.TURNOUT} {turnout}" if turnout else ""))
    if not place.is_unit:
        reporting = f"{w.number(place.reporting)} <small>{w.OF_UNITS.format(w.number(place.units))}</small>"
        facts.append((w.UNITS, reporting, ""))
    cells = "".join(
        f'<div class="t-tile"><h3>{text(name)}</h3><div class="t-big">{value}</div>{f"<p>{text(below)}</p>" if below else ""}</div>'
        for name, value, below in facts
    )
    return f'<div class="t-tiles">{cells}</div>'


def _option(snapshot: Snapshot, here: Here) -> str:
    option, contest = snapshot.option, snapshot.contest
    if option is None or contest is None:
        return _none(snapshot, here)
    stands = lead.standing(contest, snapshot.options)
    place = snapshot.options.index(option) + 1
    facts = [
        (w.VOTES, figure(option.votes, contest.cell_word), ""),
        (w.SHARE, share(option.share), ""),
        (w.MOST_VOTES_PLACE, f"{place} <small>{w.OF_UNITS.format(w.number(len(snapshot.options)))}</small>", "")
        if option.votes.value is not None
        else None,
    ]
    cells = "".join(
        f'<div class="t-tile"><h3>{text(f[0])}</h3><div class="t-big">{f[1]}</div></div>'
        for f in facts
        if f is not None
    )
    parties = f"<p>{isolated(option.party_names)}</p>" if option.party_names else ""
    key = f"{contest.contest_id}/{option.option_id}"
    photo, profile = frame.photo(snapshot, key, option.option_name), frame.profile(snapshot, key)
    return (
        f"{heading(snapshot, isolated(contest.contest_name))}"
        f'<div class="t-person">{photo}<div><h2 class="t-name">{dot(colours_of(snapshot)[option.option_id])}{isolated(option.option_name)}'
        f"{tag(option, contest, stands, snapshot)}</h2>{also_called(snapshot)}{parties}{profile}</div></div>"
        f'<div class="t-tiles">{cells}</div>{lead.block(snapshot, here)}{tables.units(snapshot, here)}'
    )
