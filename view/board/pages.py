"""The pages: all contests, one contest, a place, an option, what to trust, and the large screen. Each is one piece of HTML
of one commit."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import threading
import zoneinfo
from collections import OrderedDict

import bars
import charts
import checks
import lead
import strip
import tables
import tiles
import words as w
from model import Contest, Head, Option, Reading, Snapshot, View
from parts import Here, bar, bare, colours_of, dot, figure, isolated, scrolling, share, text


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
    snapshot = reading.snapshot
    here = Here(view, chosen_language, zone_of(snapshot.head) if snapshot else dt.timezone.utc, now)
    top = strip.of(reading, now, here.zone, amber_after_s)
    if snapshot is None:
        return Page(_whole(top.html, "", here), w.TITLE, w.language(), "", top.signs)
    body = _screen(snapshot, here) if view.screen else _body(snapshot, here)
    return Page(
        _whole(top.html, body, here),
        _title(snapshot),
        w.language(),
        _says(snapshot),
        signs(reading, now, amber_after_s),
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


def _title(snapshot: Snapshot) -> str:
    """Of the window and of the history: what is shown first."""
    names = [snapshot.place.name if snapshot.place else None, snapshot.option.option_name if snapshot.option else None]
    if snapshot.kind in ("contest", "place", "option") and snapshot.contest:
        names.append(snapshot.contest.contest_name)
    if snapshot.kind == "trust":
        names.append(w.TRUST_SHORT)
    return " · ".join(bare(name) for name in [*filter(None, names), snapshot.head.election, w.TITLE])


def _says(snapshot: Snapshot) -> str:
    if snapshot.kind not in ("contest", "place", "option"):
        return ""
    said = re.sub(r"<[^>]+>", "", lead.sentence(snapshot))
    return w.CHANGED.format(commit=w.number(snapshot.head.commit_number), lead=said)


# ---------------------------------------------------------------------------------------------- what pages share


def _crumbs(snapshot: Snapshot, here: Here) -> str:
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
    if snapshot.kind in ("trust", "none"):
        steps.insert(0, (isolated(snapshot.head.election), here.href(**{**clean, "contest": None})))
    if snapshot.kind == "trust":
        steps.append((text(w.TRUST_SHORT), None))
    if len(steps) < 2:
        return ""
    parts = [
        f'<li><a href="{href}">{name}</a></li>' if href else f'<li aria-current="page">{name}</li>'
        for name, href in steps
    ]
    return f'<nav class="t-crumbs" aria-label="{text(w.YOU_ARE_HERE)}"><ol>{"".join(parts)}</ol></nav>'


def _heading(snapshot: Snapshot, name: str = "") -> str:
    under = f"<p>{name}</p>" if name else ""
    return f'<div class="t-title"><h1>{isolated(snapshot.head.election)}</h1>{under}</div>'


def _choose_contest(snapshot: Snapshot, here: Here) -> str:
    if len(snapshot.contests) < 2 or snapshot.contest is None:
        return ""
    options = "".join(
        f'<option value="{text(c.contest_id)}"{" selected" if c is snapshot.contest else ""}>{text(bare(c.contest_name))}</option>'
        for c in snapshot.contests
    )
    keep = f'<input type="hidden" name="place" value="{text(here.view.place)}">' if snapshot.place else ""
    return f'<form class="t-choices" data-go="fresh">{keep}<label>{text(w.CONTEST)}<select name="contest">{options}</select></label></form>'


def _foot(snapshot: Snapshot, here: Here) -> str:
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


def _body(snapshot: Snapshot, here: Here) -> str:
    drawn = {
        "contests": _contests,
        "contest": _contest,
        "place": _place,
        "option": _option,
        "trust": _trust,
        "none": _none,
    }
    return f"{_crumbs(snapshot, here)}{drawn[snapshot.kind](snapshot, here)}{_foot(snapshot, here)}"


# ---------------------------------------------------------------------------------------------------- the pages


def _none(snapshot: Snapshot, here: Here) -> str:
    return f'{_heading(snapshot)}<p class="t-none">{text(w.NO_SUCH)}</p>'


def _contest(snapshot: Snapshot, here: Here) -> str:
    contest = snapshot.contest
    if contest is None:
        return f'{_heading(snapshot)}{tiles.of_contest(snapshot)}<p class="t-none">{text(w.NO_CONTEST)}</p>{checks.laws(snapshot)}'
    parties = bars.by_party(snapshot) if bars.parties_differ(snapshot) else ""
    return (
        f"{_heading(snapshot, isolated(contest.contest_name))}{_choose_contest(snapshot, here)}{lead.block(snapshot, here)}"
        f"{tiles.of_contest(snapshot)}"
        f'<div class="t-columns">{bars.by_option(snapshot, here)}<div>{charts.over_time(snapshot, here)}{parties}</div></div>{bars.the_rest(snapshot, here)}'
        f"{tables.units(snapshot, here)}{checks.laws(snapshot)}"
    )


def _contests(snapshot: Snapshot, here: Here) -> str:
    """All of them: who is ahead in each, and how much of it was heard from."""
    wanted = here.view.search.casefold()
    contests = [
        c for c in snapshot.contests if wanted in c.contest_name.casefold() or wanted in c.contest_id.casefold()
    ]
    search = (
        f'<form class="t-choices" role="search" data-go><label>{text(w.SEARCH_CONTEST)}<input type="search" name="q" value="{text(here.view.search)}"'
        f' placeholder="{text(w.SEARCH_HINT)}" autocomplete="off"></label><button type="submit" class="t-button">{text(w.SEARCH_GO)}</button></form>'
    )
    cards = "".join(_card(c, snapshot, here) for c in contests)
    none = "" if contests else f'<p class="t-none">{text(w.NO_CONTESTS)}</p>'
    return (
        f"{_heading(snapshot, text(w.ALL_CONTESTS))}{search}{none}"
        f'<ul class="t-cards">{cards}</ul>{tiles.of_contest(dataclasses.replace(snapshot, contest=None))}'
    )


def _card(contest: Contest, snapshot: Snapshot, here: Here) -> str:
    options = snapshot.of_contests.get(contest.contest, [])
    colour = colours_of(dataclasses.replace(snapshot, options=options))
    stands = lead.standing(contest, options)
    most = max((o.votes.value or 0 for o in options), default=0)
    shown = options[: max(2, min(contest.seats, 5))]
    lines = "".join(
        f"<li><span>{dot(colour[o.option_id])}{isolated(o.option_name)}{_tag(o, contest, stands, snapshot)}</span> "
        f"<span>{figure(o.votes)}{f' · {share(o.share)}' if o.share.share is not None else ''}</span>"
        f"{bar(colour[o.option_id], o.votes, most)}</li>"
        for o in shown
    )
    form = w.HEARD_ALL if contest.all_heard else w.HEARD_FROM
    said = [form.format(reporting=w.number(contest.reporting), units=w.number(contest.units))]
    said += [w.counted(w.SEATS, contest.seats)] if contest.seats > 1 else []
    said += [w.FIRST_PREFERENCES] if contest.ranked else []
    said += [w.counted(w.MORE_OPTIONS, len(options) - len(shown))] if len(options) > len(shown) else []
    href = here.href(show="", contest=contest.contest_id, search="", order="official")
    return (
        f'<li class="t-card" data-key="{text(contest.contest_id)}"><h2><a href="{href}">{isolated(contest.contest_name)}</a></h2>'
        f"<ol>{lines}</ol><p>{text(' · '.join(said))}</p></li>"
    )


def _tag(option: Option, contest: Contest, stands: lead.Standing, snapshot: Snapshot) -> str:
    says = lead.tag(option, stands, contest, lead.is_final(snapshot))
    return f' <span class="t-tag">{text(says)}</span>' if says else ""


def _place(snapshot: Snapshot, here: Here) -> str:
    place, contest = snapshot.place, snapshot.contest
    if place is None or contest is None:
        return _none(snapshot, here)
    below = "" if place.is_unit else tables.units(snapshot, here)
    if place.figures or place.is_unit:
        figures = f"<section><h2>{text(w.BY_OPTION)}</h2>{_place_options(snapshot, here)}</section>"
        figures += tables.by_method(place.methods, snapshot.options)
    else:
        figures = f'<p class="t-none">{text(w.NO_SUMS)}</p>' if snapshot.lines else ""
    return (
        f'{_heading(snapshot, isolated(contest.contest_name))}<h2 class="t-name">{isolated(place.name)}</h2>'
        f"{_choose_contest(snapshot, here)}{_place_tiles(snapshot)}{figures}{below}"
    )


def _place_options(snapshot: Snapshot, here: Here) -> str:
    place = snapshot.place
    if place is None or not place.figures:
        return f'<p class="t-none">{text(w.NOT_REPORTED)}</p>'
    counted = {name: f for name, f in place.counters.items() if name != "cards"}
    table = tables.lines_of_options(snapshot.options, place.figures, snapshot, here)
    return table + bars.list_of(counted, "unit")


def _place_tiles(snapshot: Snapshot) -> str:
    place = snapshot.place
    if place is None:
        return ""
    facts = [(w.VOTES, figure(place.votes, "unit"), "")] if place.votes.complete else []
    facts += [(w.CARDS, figure(place.cards, "unit"), "")]
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
    return (
        f"{_heading(snapshot, isolated(contest.contest_name))}"
        f'<div class="t-person"><h2 class="t-name">{dot(colours_of(snapshot)[option.option_id])}{isolated(option.option_name)}'
        f"{_tag(option, contest, stands, snapshot)}</h2>{parties}</div>"
        f'<div class="t-tiles">{cells}</div>{lead.block(snapshot, here)}{tables.units(snapshot, here)}'
    )


def _trust(snapshot: Snapshot, here: Here) -> str:
    trust, t = snapshot.trust, w.trusted
    if trust is None:
        return _none(snapshot, here)
    kept = "".join(
        f'<tr><th scope="row">{w.number(number)}</th><td>{w.number(size)}</td><td class="t-hash">{text(root)}</td></tr>'
        for number, size, root in trust.partitions
    )
    table = (
        f'<table class="t-table"><thead><tr><th scope="col">{t("kept_partition")}</th><th scope="col">{t("kept_entries")}</th>'
        f'<th scope="col" class="t-hash">{t("kept_root")}</th></tr></thead><tbody>{kept}</tbody></table>'
    )
    rejected = "".join(f'<tr><th scope="row">{text(r)}</th><td>{w.number(n)}</td></tr>' for r, n in trust.rejected)
    rejected_table = (
        f"<section><h2>{t('rejected_by')}</h2>"
        + scrolling(
            t("rejected_by"),
            f'<table class="t-table"><thead><tr><th scope="col">{t("rejected_reason")}</th><th scope="col">{t("rejected_count")}</th></tr></thead>'
            f"<tbody>{rejected}</tbody></table>",
        )
        + "</section>"
        if rejected
        else ""
    )
    statement = t("statements_none")
    if trust.statement:
        statement = t("statements_last").format(
            number=w.number(trust.statement[0]), commit=w.number(trust.statement[1])
        )
    return (
        f"{_heading(snapshot, text(w.TRUST))}<section><h2>{t('received')}</h2>"
        f"{tiles.of_contest(dataclasses.replace(snapshot, contest=None))}</section>{checks.laws(snapshot)}{rejected_table}"
        f"<section><h2>{t('kept')}</h2><p>{t('kept_says')}</p>{scrolling(t('kept'), table)}</section>"
        f"<section><h2>{t('statements')}</h2><p>{text(statement)}</p></section>{_falls(snapshot)}"
        f'<section><h2>{t("yourself")}</h2><p>{t("yourself_says")}</p><pre tabindex="0">teller verify --home HOME\n'
        "teller verify --export FOLDER\nteller prove --help</pre></section>"
    )


def _falls(snapshot: Snapshot) -> str:
    t, falls = w.trusted, snapshot.trust.falls if snapshot.trust else []
    if not falls:
        return f"<section><h2>{t('falls')}</h2><p>{t('falls_none')}</p></section>"
    rows = "".join(
        f'<tr><th scope="row">{isolated(f.unit_id)}</th><td>{isolated(f.contest_id)}</td><td>{isolated(f.option_id)}</td>'
        f"<td>{w.number(f.before_value)}</td><td>{w.number(f.after_value)}</td><td>{isolated(f.reason)}</td></tr>"
        for f in falls
    )
    head = "".join(
        f'<th scope="col">{text(name)}</th>'
        for name in (w.UNIT, w.CONTEST, w.OPTION, t("fall_before"), t("fall_after"), t("fall_reason"))
    )
    table = f'<table class="t-table"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    return f"<section><h2>{t('falls')}</h2><p>{t('falls_says')}</p>{scrolling(t('falls'), table)}</section>"


# ------------------------------------------------------------------------------------------------ the large screen

SCREEN_OPTIONS = 6


def _screen(snapshot: Snapshot, here: Here) -> str:
    """Nothing to choose, large type; of several contests each in its turn (page.js goes on to the next)."""
    contest = snapshot.contest
    if contest is None or snapshot.kind == "none":
        return _none(snapshot, here)
    numbers = [c.contest_id for c in snapshot.contests]
    after = numbers[(numbers.index(contest.contest_id) + 1) % len(numbers)]
    turn = f' data-next="{here.href(show="", contest=after, place=None, option=None)}"' if len(numbers) > 1 else ""
    stands = lead.standing(contest, snapshot.options)
    most = max((o.votes.value or 0 for o in snapshot.options), default=0)
    colour = colours_of(snapshot)
    many = max(SCREEN_OPTIONS, min(contest.seats + 1, 9))
    shown = snapshot.options[:many]
    rows = ""
    for place, o in enumerate(shown):
        rows += (
            f'<li data-key="{text(o.option_id)}"><span class="t-wall-name"><span>{isolated(o.option_name)}</span>'
            f"{_tag(o, contest, stands, snapshot)}</span> "
            f'<span class="t-wall-votes">{figure(o.votes)}</span> <span class="t-wall-share">{share(o.share)}</span>'
            f"{bar(colour[o.option_id], o.votes, most)}</li>"
        )
        if contest.seats > 1 and place + 1 == len(stands.leading) == contest.seats:
            rows += f'<li class="t-cut" data-key="cut">{w.counted(w.SEATS_END_HERE, contest.seats)}</li>'
    left = len(snapshot.options) - len(shown)
    more = f"<p>{text(w.counted(w.MORE_OPTIONS, left))}</p>" if left > 0 else ""
    away = here.href(screen=False)
    return (
        f'<div class="t-wall"{turn} style="--rows:{len(shown)}"><div class="t-title"><h1>{isolated(snapshot.head.election)}</h1><p>{isolated(contest.contest_name)}</p></div>'
        f'{lead.block(snapshot, here)}<ol class="t-bars">{rows}</ol>{more}<a class="t-wall-end" href="{away}">{text(w.WALL_END)}</a></div>'
    )
